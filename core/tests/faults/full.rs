//! A file system that is full, or read-only. Mounted for the child alone, in a namespace of its
//! own; where that is not allowed the tests say so, and `calls.rs` has the shim's ENOSPC.

use std::path::Path;
use std::process::Command;

use crate::child::{command, home};
use crate::script::{create, epochs, key, now, open, put_epochs};

fn in_small_file_system(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let child = command(name, folder.path());
    let mut unshare = Command::new("unshare");
    unshare.args([
        "-rm",
        "sh",
        "-c",
        "mount -t tmpfs -o size=2m,mode=700 tmpfs \"$VLEC_FAULT_HOME\" || exit 77; exec \"$@\"",
        "sh",
    ]);
    unshare.arg(child.get_program()).args(child.get_args());
    unshare.envs(child.get_envs().filter_map(|(key, value)| Some((key, value?))));
    match unshare.output() {
        Ok(output) if output.status.code() != Some(77) => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains("ack done"), "{output:?}");
        }
        _ => println!("skipped: mounting is not allowed here"),
    }
}

#[test]
fn l5_a_full_file_system_is_said_and_nothing_is_lost() {
    in_small_file_system("full::fills");
}

#[test]
fn l5_a_read_only_file_system_is_said_and_the_vault_is_usable_afterwards() {
    in_small_file_system("full::read_only");
}

#[test]
#[ignore = "run by other tests as a child"]
fn fills() {
    let home = home();
    let filler = home.join("filler");
    let vault = create(&home).unwrap();
    std::fs::write(&filler, vec![1; 700 << 10]).unwrap();
    let mut written = 0u32;
    let put = |n: u32| vault.write(now(), |edit| edit.put(vlec::Table::Outbox, &n.to_be_bytes(), &[7; 9000]));
    let error = loop {
        match put(written) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    println!("{written} rows, then {error}");
    assert!(matches!(error.code(), "store-full" | "anchor-failed"), "{error}");
    assert!(put(written).is_err());
    let rows = |vault: &vlec::hazmat::Vault| {
        vault.read(|view| Ok(view.range(vlec::Table::Outbox, &[], &[], usize::MAX)?.len())).unwrap()
    };
    let there = rows(&vault);
    assert!(
        (written as usize..=written as usize + 1).contains(&there),
        "{written} acknowledged, {there} there"
    );
    std::fs::remove_file(filler).unwrap();
    put_epochs(&vault, &[1, 2]).unwrap();
    drop(vault);
    let vault = open(&home, key(1)).unwrap();
    assert_eq!(vault.condition(), vlec::Condition::Sound);
    assert_eq!((rows(&vault), epochs(&vault)), (there, vec![1, 2]));
    println!("ack done");
}

#[test]
#[ignore = "run by other tests as a child"]
fn read_only() {
    let home = home();
    let vault = create(&home).unwrap();
    put_epochs(&vault, &[1]).unwrap();
    drop(vault);
    remount(&home, "ro");
    let error = open(&home, key(1)).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    remount(&home, "rw");
    assert_eq!(epochs(&open(&home, key(1)).unwrap()), [1]);
    println!("ack done");
}

fn remount(home: &Path, how: &str) {
    let status = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(home).status();
    assert!(status.unwrap().success());
}
