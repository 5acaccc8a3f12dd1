//! What README.md shows is what runs: its `console` block, by the shell, in an empty folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::town::{VLEC, ran};

#[test]
fn the_operators_chapter_runs() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let block = readme.split("```console\n").nth(1).expect("a console block").split("```").next().unwrap();
    let mut script = String::from("set -eu\numask 077\n");
    for line in block.lines() {
        let command = line.strip_prefix("$ ").or(line.strip_prefix("> "));
        script.extend(command.map(|command| format!("{command}\n")));
    }
    assert!(script.matches("vlec ").count() >= 20, "{script}");
    let folder = tempfile::tempdir().unwrap();
    let programs = Path::new(VLEC).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let ran = ran(Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .unwrap());
    assert_eq!(ran.code, 0, "{script}\n{}{}", ran.out, ran.err);
    assert_eq!(fs::read(folder.path().join("inbox/report.txt")).unwrap(), b"the van was seen\n");
}
