//! A file system that is full, or read-only. It is mounted for the child alone, in a namespace of its own; where
//! that is not allowed, as in a plain `chroot` or a container, that is said. The shim makes both everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::{acknowledged, command, home, with_shim};
use crate::script::{create, epochs, key, now, open, put_epochs};

/// Runs the child in a file system of 2 MiB, if one can be mounted.
fn in_small_file_system(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let child = command(name, folder.path());
    let mut unshare = Command::new("unshare");
    unshare.args([
        "-rm",
        "sh",
        "-c",
        "mount -t tmpfs -o size=2m,mode=700 tmpfs \"$VLEC_FAULT_HOME\" && echo mounted && exec \"$@\"",
        "sh",
    ]);
    unshare.arg(child.get_program()).args(child.get_args());
    unshare.envs(child.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let (mounted, text) = match unshare.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let done = output.status.success() && said.contains("ack done");
            assert!(done || !said.contains("mounted"), "{output:?}");
            (done, String::from_utf8_lossy(&output.stderr).into_owned())
        }
        Err(error) => (false, error.to_string()),
    };
    if !mounted {
        println!("skipped: no file system can be mounted here: {}", text.trim());
    }
}

/// Runs the child with the shim, which fails every call with `error` while there is a file of that name.
fn with_failing_calls(name: &str, error: &str) {
    let root = tempfile::tempdir().unwrap();
    let files = root.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let mut child = command(name, &files);
    with_shim(&mut child, root.path(), "count", 0).env("VLEC_FAULT_WHILE", root.path().join(error));
    assert_eq!(acknowledged(&mut child), ["done"]);
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
fn l5_calls_that_fail_as_on_a_full_file_system_are_said_and_nothing_is_lost() {
    with_failing_calls("full::fills", "ENOSPC");
}

#[test]
fn l5_calls_that_fail_as_on_a_read_only_file_system_are_said_and_the_vault_is_usable_afterwards() {
    with_failing_calls("full::read_only", "EROFS");
}

/// The file that makes the shim fail, if there is a shim.
fn failing() -> Option<PathBuf> {
    std::env::var_os("VLEC_FAULT_WHILE").map(PathBuf::from)
}

/// With the shim full after so many rows; a file system that is mounted fills by itself.
const ROWS: u32 = 40;

#[test]
#[ignore = "run by other tests as a child"]
fn fills() {
    let home = home();
    let vault = create(&home).unwrap();
    let filler = failing().unwrap_or_else(|| {
        let filler = home.join("filler");
        std::fs::write(&filler, vec![1; 700 << 10]).unwrap();
        filler
    });
    let mut written = 0u32;
    let put = |n: u32| vault.write(now(), |edit| edit.put(vlec::Table::Outbox, &n.to_be_bytes(), &[7; 9000]));
    let error = loop {
        if written == ROWS && failing().is_some() {
            std::fs::write(&filler, "").unwrap();
        }
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
    make_writable(&home, false);
    let error = open(&home, key(1)).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    make_writable(&home, true);
    assert_eq!(epochs(&open(&home, key(1)).unwrap()), [1]);
    println!("ack done");
}

fn make_writable(home: &Path, writable: bool) {
    match failing() {
        Some(flag) if writable => std::fs::remove_file(flag).unwrap(),
        Some(flag) => std::fs::write(flag, "").unwrap(),
        None => {
            let how = if writable { "remount,rw" } else { "remount,ro" };
            let status = Command::new("mount").args(["-o", how]).arg(home).status();
            assert!(status.unwrap().success());
        }
    }
}
