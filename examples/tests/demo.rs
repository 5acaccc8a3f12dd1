//! The demonstration as a user runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the demonstration with a folder of its own for temporary files, which must be empty then.
fn demo(files: &[&Path]) -> (Output, String) {
    let temporary = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(files)
        .env("TMPDIR", temporary.path())
        .output()
        .expect("the demonstration runs");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "temporary files were left");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

fn assert_all_ok(output: &Output, text: &str) {
    assert!(output.status.success(), "{text}");
    assert!(output.stderr.is_empty());
    assert!(!text.contains("FAILED"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("  ok ")).count(), 28, "{text}");
    assert!(text.ends_with("\nAll 28 checks ok.\n"), "{text}");
}

/// Refused as wrong use, with the file's name, before anything is done.
fn assert_refused(path: &Path, reason: &str) {
    let (output, text) = demo(&[path]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(text.is_empty(), "{text}");
    for part in [path.to_str().unwrap(), reason, "Usage: demo"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn the_sample_data_reach_their_recipients_and_all_checks_hold() {
    let (output, text) = demo(&[]);
    assert_all_ok(&output, &text);
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let row = text.lines().find(|line| line.starts_with(&name));
        match name.as_str() {
            "README.md" => assert_eq!(row, None),
            _ => assert!(row.is_some_and(|row| row.ends_with("ok")), "{name}\n{text}"),
        }
    }
}

#[test]
fn what_is_shown_is_plain_and_narrow() {
    let (_, text) = demo(&[]);
    for line in text.lines() {
        assert!(line.chars().count() <= 110, "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn a_users_own_files_are_sealed_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let contents =
        [("letter.txt", b"A letter.".to_vec()), ("empty.bin", vec![]), ("large.bin", vec![7; 3_000_000])];
    let paths = contents.each_ref().map(|(name, content)| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    });
    let (output, text) = demo(&paths.each_ref().map(|path| path.as_path()));
    assert_all_ok(&output, &text);
    for ((name, content), path) in contents.iter().zip(&paths) {
        assert!(text.lines().any(|line| line.starts_with(name) && line.ends_with("ok")), "{text}");
        assert_eq!(fs::read(path).unwrap(), *content);
    }
    assert!(!text.contains("forensic-report.pdf"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), paths.len());
}

#[test]
fn one_file_alone_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("only one.pdf");
    fs::write(&path, b"%PDF-1.7").unwrap();
    let (output, text) = demo(&[&path]);
    assert_all_ok(&output, &text);
}

#[test]
fn a_missing_file_is_named_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder.path().join("missing.pdf"), "No such file");
}

#[test]
fn a_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(folder.path(), "it is a folder");
}
