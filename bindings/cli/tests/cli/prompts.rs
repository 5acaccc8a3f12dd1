//! At a terminal: what is asked, typed and shown there.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::town::{Town, VLEC, mode};

/// Milliseconds until an answer that does not come is a failure.
const PATIENCE: u64 = 120_000;

fn at_terminal(town: &Town, line: &str) -> PtySession {
    let mut command = Command::new(VLEC);
    command.args(line.split(' ')).current_dir(town.folder()).env("TERM", "xterm");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

fn ends(mut session: PtySession, code: i32) -> String {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        rexpect::process::WaitStatus::Exited(_, status) => assert_eq!(status, code, "{rest}"),
        other => panic!("{other:?}: {rest}"),
    }
    rest
}

#[test]
fn a_ceremony_asks_each_officer_and_shows_the_anchor() {
    let town = Town::empty();
    let mut terminal = at_terminal(&town, "centre found GE --roots 2 --threshold 1 --home ge");
    for prompt in ["root key ge/roots/GE-1.root", "root key ge/roots/GE-2.root", "centre of GE"] {
        terminal.exp_string(&format!("New passphrase of the {prompt}: ")).unwrap();
        terminal.send_line(&format!("words for {prompt}")).unwrap();
        terminal.exp_string("The same again").unwrap();
        terminal.send_line(&format!("words for {prompt}")).unwrap();
    }
    let shown = ends(terminal, 0);
    assert!(!shown.contains("words for"), "what is typed is not shown");
    assert!(shown.contains("vlec/1/GE/") && shown.contains("GE is founded"), "{shown}");
    // Read byte by byte.
    assert!(shown.contains("\u{e2}\u{96}\u{88}"), "a QR code for a camera: {shown}");
    assert_eq!(mode(&town.path("ge/roots/GE-2.root")), 0o600);

    // One officer is not here; the other mistypes once.
    let mut terminal = at_terminal(&town, "centre withdraw GE/nobody --home ge");
    terminal.exp_string("Passphrase of the centre of GE: ").unwrap();
    terminal.send_line("words for centre of GE").unwrap();
    terminal.exp_string("Type withdraw to do so: ").unwrap();
    terminal.send_line("withdraw").unwrap();
    terminal.exp_string("GE-1.root (empty: not here): ").unwrap();
    terminal.send_line("").unwrap();
    terminal.exp_string("GE-2.root (empty: not here): ").unwrap();
    terminal.send_line("mistyped").unwrap();
    terminal.exp_string("That is not it.").unwrap();
    terminal.exp_string("GE-2.root (empty: not here): ").unwrap();
    terminal.send_line("words for root key ge/roots/GE-2.root").unwrap();
    // The log itself refuses: there is no such agency.
    assert!(ends(terminal, 5).contains("event-not-enrolled"));
}

#[test]
fn passphrases_that_differ_make_nothing() {
    let town = Town::empty();
    let mut terminal = at_terminal(&town, "agency create GE/mia/lab --home lab");
    terminal.exp_string("New passphrase of GE/mia/lab: ").unwrap();
    terminal.send_line("one").unwrap();
    terminal.exp_string("The same again, for GE/mia/lab: ").unwrap();
    terminal.send_line("two").unwrap();
    assert!(ends(terminal, 5).contains("the two passphrases are not the same"));
}

#[test]
fn a_fingerprint_is_typed_back() {
    let town = Town::new();
    town.found("AZ");
    let fingerprint = town.fingerprint("AZ");
    let line = "centre pin az/az.anchor --home ge --key-file key";
    let mut terminal = at_terminal(&town, line);
    terminal.exp_string(&fingerprint).unwrap();
    terminal.exp_string("and type it: ").unwrap();
    terminal.send_line("0000").unwrap();
    assert!(ends(terminal, 5).contains("not-confirmed"));
    let mut terminal = at_terminal(&town, line);
    terminal.exp_string("and type it: ").unwrap();
    terminal.send_line(&fingerprint.replace(' ', "").to_uppercase()).unwrap();
    assert!(ends(terminal, 0).contains("AZ  pinned"));
}

#[test]
fn a_word_is_asked_for_and_no_other_does() {
    let town = Town::new();
    let line = "revoke --epoch 1 --home cyber --key-file key -o out";
    let mut terminal = at_terminal(&town, line);
    terminal.exp_string("Type revoke to do so: ").unwrap();
    terminal.send_line("yes").unwrap();
    assert!(ends(terminal, 5).contains("revoke was not typed: nothing was changed"));
    assert!(!town.exists("out"));
    let mut terminal = at_terminal(&town, line);
    terminal.exp_string("Type revoke to do so: ").unwrap();
    terminal.send_line("revoke").unwrap();
    ends(terminal, 0);
    assert!(town.exists("out"));
}

#[test]
fn a_passphrase_is_not_read_from_a_terminal_that_shows_it() {
    let town = Town::new();
    let terminal = at_terminal(&town, "agency fingerprint --home cyber --passphrase-fd 0");
    assert!(ends(terminal, 3).contains("secret-file"));
}

#[test]
fn nobody_is_asked_where_that_is_said() {
    let town = Town::new();
    let terminal = at_terminal(&town, "--no-input agency fingerprint --home cyber");
    assert!(ends(terminal, 3).contains("no-terminal"));
}

#[test]
fn a_terminal_gets_colour_and_reports_but_no_content() {
    let town = Town::new();
    town.write("a.txt", "a");
    let done = ends(at_terminal(&town, "seal --home cyber --key-file key --to UA/npu/cyber a.txt"), 0);
    assert!(done.contains("a.txt.vlec") && done.contains("id "), "{done}");
    let status = ends(at_terminal(&town, "roster status --home cyber --key-file key"), 0);
    assert!(status.contains("\u{1b}[32m"), "{status:?}");
    let refused = ends(at_terminal(&town, "open --home npu --key-file key -o - a.txt.vlec"), 2);
    assert!(refused.contains("content is not written to a terminal"), "{refused}");
    let refused = ends(at_terminal(&town, "seal --home npu --key-file key --to UA/npu/cyber -o - a.txt"), 2);
    assert!(refused.contains("an envelope is not text for a terminal"), "{refused}");
}
