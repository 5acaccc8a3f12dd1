//! The script stopped at every call that changes a file.

use std::path::Path;

use crate::child::{acknowledged, command, soak, start, with_shim};
use crate::script::{STEPS, check};

const CHILD: &str = "child::steps";

/// How many calls the whole script makes.
fn calls() -> u64 {
    let root = tempfile::tempdir().unwrap();
    let (files, count) = (root.path().join("files"), root.path().join("count"));
    std::fs::create_dir(&files).unwrap();
    let mut child = command(CHILD, &files);
    with_shim(&mut child, root.path(), "count", 0).env("VLEC_FAULT_COUNT", &count);
    assert_eq!(acknowledged(&mut child).len(), STEPS);
    std::fs::read_to_string(count).unwrap().parse().unwrap()
}

fn run(mode: &str, at: u64, retry: bool) -> usize {
    let root = tempfile::tempdir().unwrap();
    let files = root.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let mut child = command(CHILD, &files);
    with_shim(&mut child, root.path(), mode, at);
    if retry {
        child.env("VLEC_FAULT_RETRY", "1");
    }
    let done = acknowledged(&mut child).len();
    check(&files, done, &format!("{mode} at call {at}"));
    done
}

/// Every call in a full run, every `part`-th one otherwise.
fn places(part: u64) -> impl Iterator<Item = u64> {
    let calls = calls();
    assert!(calls > 100, "the shim sees {calls} calls only");
    println!("the script makes {calls} calls");
    (0..calls).step_by(if soak() { 1 } else { part as usize })
}

fn stopped(mode: &str, part: u64) {
    // Calls whose number differs a little from run to run: the last ones may not be reached.
    let unfinished = places(part).filter(|at| run(mode, *at, false) < STEPS).count();
    assert!(unfinished > 10, "{mode}: stopped {unfinished} times only");
}

#[test]
fn l4_killed_before_any_call_the_vault_is_whole() {
    stopped("kill", 2);
}

#[test]
fn l4_killed_in_the_middle_of_any_write_the_vault_is_whole() {
    stopped("torn", 7);
}

#[test]
fn l4_power_cut_at_any_call_loses_nothing_that_was_acknowledged() {
    stopped("lost", 3);
}

#[test]
fn l4_power_cut_with_names_on_the_disk_before_contents_loses_nothing_acknowledged() {
    stopped("lostdata", 5);
}

#[test]
fn l5_a_disk_that_fails_from_any_call_on_leaves_no_partial_effect() {
    stopped("EIO", 7);
}

#[test]
fn l5_a_disk_that_is_full_from_any_call_on_leaves_no_partial_effect() {
    stopped("ENOSPC", 7);
}

#[test]
fn l5_a_single_error_at_any_call_is_survived_by_trying_again() {
    for mode in ["EIO1", "ENOSPC1"] {
        for at in places(11) {
            assert_eq!(run(mode, at, true), STEPS, "{mode} at call {at}");
        }
    }
}

#[test]
fn l3_a_second_process_is_told_that_the_vault_is_in_use() {
    let root = tempfile::tempdir().unwrap();
    let opens = || {
        let mut child = command("calls::opens", root.path());
        start(&mut child).wait_with_output().unwrap().stdout
    };
    let said = |what: &str, stdout: Vec<u8>| String::from_utf8_lossy(&stdout).contains(what);
    let vault = crate::script::create(root.path()).unwrap();
    assert!(said("in use by another process", opens()));
    drop(vault);
    assert!(said("ack opened", opens()));
}

#[test]
#[ignore = "run by other tests as a child"]
fn opens() {
    let home: &Path = &crate::child::home();
    match crate::script::open(home, crate::script::key(1)) {
        Ok(_) => println!("ack opened"),
        Err(error) => println!("{error}"),
    }
}
