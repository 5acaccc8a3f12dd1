//! Files that are written where the file system lacks something, fails, or the writer is killed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::PoisonError;

use vlec::{Agency, Due, Existing, Maintained, NewFile, Secret, Storage, Unlock};

use crate::child::{STARTING, acknowledged, command, home, soak, with_shim};
use crate::script::{Fallible, STEPS};

/// What a file system may lack before a file can be given its name only by replacing.
const LACKING: [&str; 8] = [
    "",
    "unnamed",
    "unnamed,flags",
    "folders",
    "unnamed,folders",
    "reading",
    "unnamed,reading",
    "unnamed,flags,folders,reading",
];

/// How a child ended that has written `out`, and what is in the folder then.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    said: String,
    content: Option<String>,
    others: usize,
}

fn written(said: &str, content: Option<&str>) -> Written {
    Written { said: said.into(), content: content.map(str::to_owned), others: 0 }
}

/// The file holds `old`, if it is there at all, and is to hold `new`.
fn write(lacks: &str, how: &str, old: Option<&str>) -> Written {
    let root = tempfile::tempdir().unwrap();
    let files = root.path().join("files");
    let out = files.join("out");
    fs::create_dir(&files).unwrap();
    old.iter().for_each(|old| fs::write(&out, old).unwrap());
    let mut child = command("outputs::writes", &files);
    with_shim(&mut child, root.path(), "count", 0).env("VLEC_FAULT_LACKS", lacks).env("VLEC_FAULT_HOW", how);
    let said = acknowledged(&mut child).concat();
    let others = fs::read_dir(&files).unwrap().filter(|entry| entry.as_ref().unwrap().path() != out).count();
    Written { said, content: fs::read_to_string(&out).ok(), others }
}

#[test]
#[ignore = "run by other tests as a child"]
fn writes() {
    let (out, how) = (home().join("out"), std::env::var("VLEC_FAULT_HOW").unwrap());
    let replaces = ["replace", "killed"].contains(&how.as_str());
    let existing = if replaces { Existing::Replace } else { Existing::Refuse };
    println!("ack {}", new_file(&out, existing, &how).map_or_else(|error| error.code(), |()| "done"));
}

fn new_file(out: &Path, existing: Existing, how: &str) -> Result<(), vlec::DiskError> {
    let mut file = NewFile::create(out, existing)?;
    file.write_all(b"new").unwrap();
    match how {
        "late" => fs::write(out, "old").unwrap(),
        "killed" => std::process::abort(),
        _ => {}
    }
    file.finish()
}

#[test]
fn f8_a_file_is_written_whatever_the_file_system_lacks() {
    for lacks in LACKING {
        assert_eq!(write(lacks, "refuse", None), written("done", Some("new")), "{lacks}");
        assert_eq!(write(lacks, "refuse", Some("old")), written("exists", Some("old")), "{lacks}");
        assert_eq!(write(lacks, "late", None), written("exists", Some("old")), "{lacks}");
        assert_eq!(write(lacks, "replace", None), written("done", Some("new")), "{lacks}");
        assert_eq!(write(lacks, "replace", Some("old")), written("done", Some("new")), "{lacks}");
    }
}

#[test]
fn f8_where_a_name_cannot_be_claimed_only_replacing_is_left() {
    let lacks = "unnamed,flags,links";
    assert_eq!(write(lacks, "refuse", None), written("replace-only", None));
    assert_eq!(write(lacks, "late", None), written("replace-only", Some("old")));
    assert_eq!(write(lacks, "replace", None), written("done", Some("new")));
    assert_eq!(write(lacks, "replace", Some("old")), written("done", Some("new")));
}

/// What it replaced is there again, unless the file system cannot exchange names: then neither is.
#[test]
fn f8_a_file_that_cannot_be_made_durable_does_not_stay() {
    for (lacks, kept) in
        [("broken", Some("old")), ("unnamed,broken", Some("old")), ("unnamed,flags,broken", None)]
    {
        assert_eq!(write(lacks, "refuse", None), written("io", None), "{lacks}");
        assert_eq!(write(lacks, "replace", None), written("io", None), "{lacks}");
        assert_eq!(write(lacks, "replace", Some("old")), written("io", kept), "{lacks}");
    }
}

#[test]
fn f8_a_writer_that_is_killed_leaves_no_file_with_a_name() {
    assert_eq!(write("", "killed", None), written("", None));
    assert_eq!(write("", "killed", Some("old")), written("", Some("old")));
    // Elsewhere an orphan, whose name says so.
    assert_eq!(write("unnamed", "killed", None), Written { others: 1, ..written("", None) });
}

const CLERK: &str = "GE/mia/clerk";

fn clerk() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(1)))
}

/// A backup into `home()`, of a vault beside it.
#[test]
#[ignore = "run by other tests as a child"]
fn backs_up() -> Fallible {
    let store = Storage::create(&home().with_file_name("clerk"))?;
    let agency = Agency::create(store, CLERK.parse()?, clerk())?;
    agency.backup(&home().join("copy.sqlite"))?;
    println!("ack done");
    Ok(())
}

#[test]
fn f8_what_a_killed_backup_leaves_is_found_and_removed() {
    let killed_at = |mode: &str, at: u64| {
        let root = tempfile::tempdir().unwrap();
        let (files, count) = (root.path().join("files"), root.path().join("count"));
        fs::create_dir(&files).unwrap();
        let mut child = command("outputs::backs_up", &files);
        with_shim(&mut child, root.path(), mode, at).env("VLEC_FAULT_COUNT", &count);
        let done = !acknowledged(&mut child).is_empty();
        let left = |folder: &Path| {
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name != "copy.sqlite").count()
        };
        let orphans = left(&files);
        let _open = STARTING.read().unwrap_or_else(PoisonError::into_inner);
        let agency = Agency::unlock(Storage::open(&root.path().join("clerk")).unwrap(), clerk()).unwrap();
        let Maintained { done: tidied, .. } = agency.maintain(&[&files]).unwrap();
        assert_eq!(
            tidied.iter().filter(|due| matches!(due, Due::Orphan(_))).count(),
            orphans,
            "at call {at}"
        );
        assert_eq!(left(&files), 0, "at call {at}");
        (done, orphans, fs::read_to_string(count).ok())
    };
    let (done, _, count) = killed_at("count", 0);
    let calls: u64 = count.unwrap().parse().unwrap();
    assert!(done && calls > 5, "{calls}");
    let part = if soak() { 1 } else { 1 + calls as usize / 12 };
    let found: usize = (0..calls).step_by(part).map(|at| killed_at("kill", at).1).sum();
    assert!(found > 3, "{found} of {calls}");
}

/// As on a network file system, where no folder can be written to the disk by itself.
#[test]
fn f8_a_vault_works_whatever_the_file_system_lacks() {
    for lacks in ["unnamed", "folders", "unnamed,flags,links,folders"] {
        let root = tempfile::tempdir().unwrap();
        let files = root.path().join("files");
        fs::create_dir(&files).unwrap();
        let mut child = command("child::steps", &files);
        with_shim(&mut child, root.path(), "count", 0).env("VLEC_FAULT_LACKS", lacks);
        assert_eq!(acknowledged(&mut child).len(), STEPS, "{lacks}");
    }
}
