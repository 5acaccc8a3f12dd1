//! At a terminal: what is asked, typed and shown there.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};
use rustix::process::{Pid, Signal, kill_process};

use crate::town::{Town, VLEC, by_default_signals, mode};

/// Milliseconds until an answer that does not come is a failure.
const PATIENCE: u64 = 120_000;

fn at_terminal(town: &Town, line: &str) -> PtySession {
    let mut command = by_default_signals(VLEC);
    command.args(line.split(' ')).current_dir(town.folder()).env("TERM", "xterm");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// A shell at a terminal of its own that shows what is typed, and its number; `$VLEC` is the program.
fn in_shell(town: &Town, script: &str) -> (PtySession, Pid) {
    let mut command = by_default_signals("sh");
    command.args(["-c", &format!("stty sane; echo process $$; {script}")]).current_dir(town.folder());
    command.env("TERM", "xterm").env("VLEC", VLEC);
    let mut shell = spawn_command(command, Some(PATIENCE)).unwrap();
    let number = process(&mut shell);
    (shell, number)
}

/// As the process itself says it.
fn process(terminal: &mut PtySession) -> Pid {
    let (_, said) = terminal.exp_regex("process [0-9]+\\s").unwrap();
    Pid::from_raw(said.trim().rsplit(' ').next().unwrap().parse().unwrap()).unwrap()
}

/// Of the terminal that a process has.
fn stty(process: Pid, how: &str) -> String {
    let device = format!("/proc/{}/fd/0", process.as_raw_nonzero());
    let done = Command::new("stty").args(["-F", &device, how]).output().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

/// How `stty -a` says that what is typed is shown, and hidden.
const SHOWN: &str = "iexten echo ";
const HIDDEN: &str = "iexten -echo ";

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
fn passphrases_that_differ_three_times_make_nothing() {
    let town = Town::empty();
    let mut terminal = at_terminal(&town, "agency create GE/mia/lab --home lab");
    for _ in 0..3 {
        terminal.exp_string("New passphrase of GE/mia/lab: ").unwrap();
        terminal.send_line("one").unwrap();
        terminal.exp_string("The same again, for GE/mia/lab: ").unwrap();
        terminal.send_line("two").unwrap();
    }
    let said = ends(terminal, 5);
    assert!(
        said.contains("not-confirmed") && said.contains("the two passphrases are not the same"),
        "{said}"
    );
    town.refused("agency fingerprint --home lab", "no-vault", 1);
}

/// A slip ends no ceremony; an empty passphrase is not asked for again before it is refused.
#[test]
fn a_new_passphrase_that_was_mistyped_is_asked_for_again() {
    let town = Town::empty();
    let mut terminal = at_terminal(&town, "agency create GE/mia/lab --home lab");
    terminal.exp_string("New passphrase of GE/mia/lab: ").unwrap();
    terminal.send_line("").unwrap();
    terminal.exp_string("the passphrase is empty; once more.").unwrap();
    for (second, then) in [("wrods", "not the same; once more."), ("words", "created")] {
        terminal.exp_string("New passphrase of GE/mia/lab: ").unwrap();
        terminal.send_line("words").unwrap();
        terminal.exp_string("The same again, for GE/mia/lab: ").unwrap();
        terminal.send_line(second).unwrap();
        terminal.exp_string(then).unwrap();
    }
    ends(terminal, 0);
    town.secret("typed", b"words");
    town.line("agency fingerprint --home lab --passphrase-file typed");
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

const ASKS: &str = "\"$VLEC\" agency create GE/mia/lab --home lab";
const ASKED: &str = "New passphrase of GE/mia/lab: ";

/// A shell learns of the key too, and of how its command ended: it does not go on with what comes next.
#[test]
fn b5_a_key_that_ends_the_job_ends_all_of_it_and_the_terminal_shows_again() {
    let town = Town::empty();
    for (key, name, status) in [('c', "INT", 130), ('\\', "QUIT", 131)] {
        let script = format!("trap 'echo the shell too' {name}; {ASKS}; echo ended $?; stty -a");
        let (mut terminal, _) = in_shell(&town, &script);
        terminal.exp_string(ASKED).unwrap();
        terminal.send("sec").unwrap();
        terminal.send_control(key).unwrap();
        let rest = terminal.exp_eof().unwrap();
        assert!(rest.contains("the shell too"), "{name}: {rest}");
        assert!(rest.contains(&format!("ended {status}")), "{name}: {rest}");
        assert!(rest.contains(SHOWN), "{name}: {rest}");
    }
}

#[test]
fn b5_a_signal_at_a_prompt_ends_the_process_and_the_terminal_shows_again() {
    let town = Town::empty();
    for signal in [
        Signal::TERM,
        Signal::HUP,
        Signal::INT,
        Signal::ALARM,
        Signal::USR1,
        Signal::VTALARM,
        Signal::XCPU,
        Signal::POWER,
    ] {
        let script = format!("sh -c 'echo process $$; exec {ASKS}'; echo ended $?; stty -a");
        let (mut terminal, _) = in_shell(&town, &script);
        let number = process(&mut terminal);
        terminal.exp_string(ASKED).unwrap();
        kill_process(number, signal).unwrap();
        let rest = terminal.exp_eof().unwrap();
        assert!(rest.contains(&format!("ended {}", 128 + signal.as_raw())), "{signal:?}: {rest}");
        assert!(rest.contains(SHOWN), "{signal:?}: {rest}");
    }
}

/// What was typed before is not part of the passphrase, and neither is the key.
#[test]
fn b5_a_job_that_is_suspended_at_a_prompt_shows_and_hides_again_when_it_goes_on() {
    let town = Town::empty();
    let (mut shell, number) = in_shell(&town, "PS1='next''> ' exec sh -i");
    shell.exp_string("next> ").unwrap();
    shell.send_line(ASKS).unwrap();
    shell.exp_string(ASKED).unwrap();
    shell.send("forgotten").unwrap();
    shell.send_control('z').unwrap();
    shell.exp_string("next> ").unwrap();
    shell.send_line("stty -a").unwrap();
    shell.exp_string(SHOWN).unwrap();
    shell.exp_string("next> ").unwrap();
    shell.send_line("fg").unwrap();
    shell.exp_string(ASKED).unwrap();
    assert!(stty(number, "-a").contains(HIDDEN));
    shell.send_line("words").unwrap();
    shell.exp_string("The same again, for GE/mia/lab: ").unwrap();
    shell.send_line("words").unwrap();
    let shown = shell.exp_string("next> ").unwrap();
    assert!(!shown.contains("words"), "{shown}");
    shell.send_line("exit").unwrap();
    town.secret("typed", b"words\n");
    town.line("agency fingerprint --home lab --passphrase-file typed");
}

/// A shell has shown what is typed while the process was stopped from outside.
#[test]
fn b5_a_process_that_goes_on_at_a_prompt_hides_again() {
    let town = Town::empty();
    let (mut terminal, number) = in_shell(&town, &format!("exec {ASKS}"));
    terminal.exp_string(ASKED).unwrap();
    stty(number, "echo");
    assert!(stty(number, "-a").contains(SHOWN));
    kill_process(number, Signal::CONT).unwrap();
    while !stty(number, "-a").contains(HIDDEN) {
        std::thread::yield_now();
    }
    terminal.send_line("words").unwrap();
    terminal.exp_string("The same again").unwrap();
    terminal.send_line("words").unwrap();
    assert!(!ends(terminal, 0).contains("words"));
}

/// What is edited away, and what a line of the terminal cannot hold, is not part of it.
#[test]
fn b5_a_passphrase_is_the_line_that_was_typed() {
    let town = Town::empty();
    let mut terminal = at_terminal(&town, "agency create GE/mia/lab --home lab");
    terminal.exp_string(ASKED).unwrap();
    terminal.send_line("wrong\u{15}w\u{f6}rdx\u{7f}s").unwrap();
    terminal.exp_string("The same again").unwrap();
    terminal.send_line("w\u{f6}rds").unwrap();
    ends(terminal, 0);
    town.secret("typed", "w\u{f6}rds".as_bytes());
    town.line("agency fingerprint --home lab --passphrase-file typed");

    let mut terminal = at_terminal(&town, "agency fingerprint --home lab");
    terminal.exp_string("Passphrase of GE/mia/lab: ").unwrap();
    terminal.send_line(&"x".repeat(5000)).unwrap();
    assert!(ends(terminal, 1).contains("a line of the terminal is not so long"));
}
