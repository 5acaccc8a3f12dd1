//! Stopped in the middle: by `kill -9` after so many bytes, and by Ctrl-C. No half file is left.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::Signal;

use crate::town::{Town, VLEC, names, ran, with_key};

const KILLS: u64 = 50;
const LEN: usize = 3 << 20;

/// How many bytes the process has written so far, to files, pipes and its vault.
fn written(child: &Child) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{}/io", child.id())).ok()?;
    io.lines().find_map(|line| line.strip_prefix("wchar: "))?.trim().parse().ok()
}

/// Starts `line` and kills it once it has written `bytes`; says whether it had ended by itself.
fn killed(town: &Town, line: &str, bytes: u64) -> bool {
    let mut command = town.command(line.split(' '));
    with_key(&mut command);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        if written(&child).is_some_and(|written| written >= bytes) {
            child.kill().unwrap();
            return child.wait().unwrap().success();
        }
        std::thread::yield_now();
    }
}

/// Bytes that a run writes from its beginning to its end.
fn all_of(town: &Town, line: &str) -> u64 {
    let mut command = town.command(line.split(' '));
    with_key(&mut command);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = written(&child).unwrap_or_default().max(most);
        std::thread::yield_now();
    }
    assert!(child.wait().unwrap().success());
    most
}

/// Nothing but whole files, and temporary ones that the next maintenance removes.
fn no_half_file(town: &Town, folder: &str, whole: &str) {
    for name in names(&town.path(folder)) {
        let temporary = name.starts_with(".vlec-") && name.ends_with(".tmp");
        assert!(temporary || name == whole, "{folder}/{name}");
    }
    town.run(["maintain", "--home", "cyber", folder]);
    let left = names(&town.path(folder));
    assert!(left.is_empty() || left == [whole], "{left:?}");
}

#[test]
fn sealing_that_is_killed_leaves_no_half_envelope() {
    let town = Town::new();
    town.write("content", vec![7; LEN]);
    fs::create_dir(town.path("out")).unwrap();
    let line = "seal --home cyber --to UA/npu/cyber -o out/content.vlec content";
    let total = all_of(&town, line);
    fs::remove_file(town.path("out/content.vlec")).unwrap();
    let mut stopped = 0;
    for kill in 0..KILLS {
        let ended = killed(&town, line, total * kill / KILLS);
        stopped += u64::from(!ended);
        no_half_file(&town, "out", "content.vlec");
        if town.exists("out/content.vlec") {
            town.line("inspect --home npu out/content.vlec");
            let opened = town.run("open --no-accept --home npu -o - out/content.vlec".split(' '));
            assert!(opened.bytes == vec![7; LEN], "kill {kill}: {}", opened.err);
            fs::remove_file(town.path("out/content.vlec")).unwrap();
        }
    }
    assert!(stopped > KILLS / 2, "{stopped} of {KILLS} were stopped in the middle");
    town.line(line);
}

#[test]
fn opening_that_is_killed_leaves_no_half_content_and_loses_no_delivery() {
    let town = Town::new();
    town.write("content", vec![7; LEN]);
    fs::create_dir(town.path("in")).unwrap();
    let seal = "seal --force --home cyber --to UA/npu/cyber content";
    let open = "open --home npu -o in/content content.vlec";
    town.line(seal);
    let total = all_of(&town, open);
    fs::remove_file(town.path("in/content")).unwrap();
    let mut stopped = 0;
    for kill in 0..KILLS {
        town.line(seal);
        let ended = killed(&town, open, total * kill / KILLS);
        stopped += u64::from(!ended);
        no_half_file(&town, "in", "content");
        let there = town.exists("in/content");
        if there {
            assert!(town.read("in/content") == vec![7; LEN], "kill {kill}");
            fs::remove_file(town.path("in/content")).unwrap();
        }
        // Offered again until it is accepted, which it is only where the content was there.
        let again = town.run(open.split(' '));
        match again.code {
            0 => fs::remove_file(town.path("in/content")).unwrap(),
            _ => assert!(there && again.err.contains("error[duplicate]"), "kill {kill}: {}", again.err),
        }
    }
    assert!(stopped > KILLS / 2, "{stopped} of {KILLS} were stopped in the middle");
}

#[test]
fn an_interrupted_command_removes_what_it_began() {
    let town = Town::new();
    let content = fs::File::create(town.path("content")).unwrap();
    content.set_len(1 << 30).unwrap();
    fs::create_dir(town.path("out")).unwrap();
    let mut command =
        town.command("seal --home cyber --to UA/npu/cyber -o out/content.vlec content".split(' '));
    with_key(&mut command);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while written(&child).is_some_and(|written| written < 8 << 20) {
        std::thread::yield_now();
    }
    interrupt(&child);
    let ended = ran(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 130, "{}", ended.err);
    assert!(
        ended.err.contains("error[interrupted]: ") && ended.err.contains("nothing is half-written"),
        "{}",
        ended.err
    );
    assert!(names(&town.path("out")).is_empty());
    assert!(!Path::new(&town.path("out/content.vlec")).exists());
}

/// Nothing more comes from the pipe, and its writer stays: the first signal is enough.
#[test]
fn a_command_that_waits_for_input_is_interrupted_and_removes_what_it_began() {
    let town = Town::new();
    fs::create_dir(town.path("out")).unwrap();
    let mut command = town.command("seal --home cyber --to UA/npu/cyber -o out/x.vlec -".split(' '));
    with_key(&mut command);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"the beginning").unwrap();
    while !has_open(&child, &town.path("out")) {
        std::thread::yield_now();
    }
    interrupt(&child);
    let ended = ran(child.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!(ended.code, 130, "{}", ended.err);
    assert!(ended.err.contains("nothing is half-written"), "{}", ended.err);
    assert!(names(&town.path("out")).is_empty());
}

/// What a reader has got of a stream is not taken back, and not said to be.
#[test]
fn an_interrupted_stream_is_not_said_to_be_whole() {
    let town = Town::new();
    town.write("content", vec![7; LEN]);
    town.line("seal --home cyber --to UA/npu/cyber content");
    let envelope = town.read("content.vlec");
    let mut command = town.command("open --home npu -".split(' '));
    with_key(&mut command);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // Fails when the command has ended; until then the pipe stays open.
        let _ = stdin.write_all(&envelope[..envelope.len() - 1000]);
        stdin
    });
    let mut first = [0; 1];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    interrupt(&child);
    let ended = ran(child.wait_with_output().unwrap());
    drop(writer.join().unwrap());
    assert_eq!(ended.code, 130, "{}", ended.err);
    assert!(ended.err.contains("what went to standard output is not whole"), "{}", ended.err);
}

/// A command that seals without end, once it has begun to write.
fn at_work(town: &Town) -> (Child, ChildStdin) {
    fs::create_dir_all(town.path("out")).unwrap();
    let mut command = town.command("seal --home cyber --to UA/npu/cyber -o out/x.vlec -".split(' '));
    with_key(&mut command);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[7; LEN]).unwrap();
    while written(&child).is_some_and(|written| written < LEN as u64 / 2) {
        std::thread::yield_now();
    }
    (child, stdin)
}

/// All that end a process and can be caught.
#[test]
fn f8_a_signal_that_ends_the_process_leaves_no_half_file() {
    let town = Town::new();
    for signal in [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::ALARM,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XCPU,
        Signal::IO,
        Signal::POWER,
        Signal::STKFLT,
    ] {
        let (child, stdin) = at_work(&town);
        send(&child, signal);
        let ended = ran(child.wait_with_output().unwrap());
        drop(stdin);
        assert_eq!(ended.code, 130, "{signal:?}: {}", ended.err);
        assert!(ended.err.contains("nothing is half-written"), "{signal:?}: {}", ended.err);
        assert!(names(&town.path("out")).is_empty(), "{signal:?}");
    }
}

/// By the signal itself: a script that runs one command after another then stops too.
#[test]
fn f8_a_shell_learns_that_its_command_was_interrupted() {
    let town = Town::new();
    let (mut child, stdin) = at_work(&town);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
    drop(stdin);
}

/// Ctrl-C reaches the writer of the pipe too, whose end then comes at the same moment.
#[test]
fn f8_an_end_that_comes_with_the_signal_is_not_the_end_of_the_content() {
    let town = Town::new();
    for _ in 0..10 {
        let (child, stdin) = at_work(&town);
        send(&child, Signal::STOP);
        while !fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap().contains(") T ") {
            std::thread::yield_now();
        }
        interrupt(&child);
        drop(stdin);
        send(&child, Signal::CONT);
        let ended = ran(child.wait_with_output().unwrap());
        assert_eq!(ended.code, 130, "{}", ended.err);
        assert!(names(&town.path("out")).is_empty());
    }
}

/// A signal that a process is started to ignore, as by `nohup`, stays ignored.
#[test]
fn f8_an_ignored_signal_does_not_interrupt() {
    let town = Town::new();
    let line = "seal --home cyber --key-file key --to UA/npu/cyber -o x.vlec -";
    let script = format!("trap '' HUP INT; exec {VLEC} {line}");
    let mut command = Command::new("sh");
    let mut child = command
        .args(["-c", &script])
        .current_dir(town.folder())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[7; LEN]).unwrap();
    while written(&child).is_some_and(|written| written < LEN as u64 / 2) {
        std::thread::yield_now();
    }
    send(&child, Signal::HUP);
    interrupt(&child);
    drop(stdin);
    let ended = ran(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(town.exists("x.vlec"));
}

/// What cannot be caught, and what is too late to: the file in the making has no name.
#[test]
fn f8_a_process_that_is_killed_leaves_no_content_under_any_name() {
    let town = Town::new();
    town.write("content", vec![7; LEN]);
    town.line("seal --home cyber --to UA/npu/cyber content");
    let envelope = town.read("content.vlec");
    fs::create_dir(town.path("in")).unwrap();
    for signal in [Signal::KILL, Signal::ABORT] {
        let mut command = town.command("open --home npu -o in/content -".split(' '));
        with_key(&mut command);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&envelope[..envelope.len() - 1]).unwrap();
        while written(&child).is_some_and(|written| written < LEN as u64 / 2) {
            std::thread::yield_now();
        }
        send(&child, signal);
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()));
        drop(stdin);
        assert!(names(&town.path("in")).is_empty(), "{signal:?}: {:?}", names(&town.path("in")));
    }
}

/// `ulimit -f`
#[test]
fn f8_a_limit_on_the_length_of_files_is_an_error() {
    let town = Town::new();
    town.write("content", vec![7; LEN]);
    town.line("seal --home cyber --to UA/npu/cyber content");
    fs::create_dir(town.path("in")).unwrap();
    for line in [
        "open --home npu --key-file key -o in/content content.vlec",
        "seal --home cyber --key-file key --to UA/npu/cyber -o in/ content",
    ] {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -f 2000; exec {VLEC} {line}")]).current_dir(town.folder());
        let ended = ran(command.output().unwrap());
        assert_eq!(ended.code, 1, "{line}: {}", ended.err);
        assert!(ended.err.contains("File too large"), "{line}: {}", ended.err);
        assert!(names(&town.path("in")).is_empty(), "{line}");
    }
}

/// Whether the process has a file of the folder open, under whatever name or none.
fn has_open(child: &Child, folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", child.id())) else { return true };
    let named = |entry: std::io::Result<fs::DirEntry>| fs::read_link(entry.ok()?.path()).ok();
    entries.filter_map(named).any(|path| path.starts_with(folder))
}

fn interrupt(child: &Child) {
    send(child, Signal::INT);
}

fn send(child: &Child, signal: Signal) {
    let id = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}
