//! How vaults are opened: passphrases and keys from files and descriptors, and how they are changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::town::{Ran, Town, VLEC, ran};

#[test]
fn a_passphrase_comes_from_a_file_or_a_descriptor() {
    let town = Town::empty();
    town.secret("words", "corréct horse\r\n".as_bytes());
    town.line("agency create GE/mia/lab --home lab --passphrase-file words");
    let fingerprint = town.line("agency fingerprint --home lab --passphrase-file words");
    // The same words as another keyboard writes them, without a line end.
    town.secret("other", "corre\u{301}ct horse".as_bytes());
    assert_eq!(town.line("agency fingerprint --home lab --passphrase-file other"), fingerprint);
    let script = format!("{VLEC} agency fingerprint --home lab --passphrase-fd 3 3< words");
    let shell = Command::new("sh").args(["-c", &script]).current_dir(town.folder()).output().unwrap();
    assert_eq!(ran(shell).out, fingerprint);
    let script = format!("cat words | {VLEC} agency fingerprint --home lab --passphrase-fd 0");
    let shell = Command::new("sh").args(["-c", &script]).current_dir(town.folder()).output().unwrap();
    assert_eq!(ran(shell).out, fingerprint);
    town.secret("wrong", b"correct horse ");
    town.refused("agency fingerprint --home lab --passphrase-file wrong", "wrong-passphrase", 3);
    town.refused("agency fingerprint --home lab --key-file key", "other-unlock", 3);
    town.secret("empty", b"\n");
    town.refused("agency fingerprint --home lab --passphrase-file empty", "empty-passphrase", 3);
    town.secret("binary", &[0xff; 32]);
    town.refused("agency fingerprint --home lab --passphrase-file binary", "secret-file", 3);
    town.secret("long", &[b'x'; 5000]);
    town.refused("agency fingerprint --home lab --passphrase-file long", "secret-file", 3);
}

/// Runs `script` in a shell, with `$VLEC` and the fingerprint's command in `$SHOW`.
fn shell(town: &Town, script: &str) -> Ran {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(town.folder()).stdin(Stdio::null());
    ran(shell
        .env("VLEC", VLEC)
        .env("SHOW", format!("{VLEC} agency fingerprint --home lab"))
        .output()
        .unwrap())
}

/// Of pipes, sockets, and files that are read already in part.
#[test]
fn b5_a_descriptor_is_read_as_it_was_handed_over() {
    let town = Town::empty();
    town.secret("words", b"corr\xc3\xa9ct horse");
    town.line("agency create GE/mia/lab --home lab --passphrase-file words");
    let fingerprint = town.line("agency fingerprint --home lab --passphrase-file words");
    town.secret("lines", b"first\ncorr\xc3\xa9ct horse\n");
    for script in [
        "{ read -r first; $SHOW --passphrase-fd 3; } <lines 3<&0",
        "{ read -r first; $SHOW --passphrase-fd 0; } <lines",
        "cat words | $SHOW --passphrase-fd 0",
        "$SHOW --passphrase-fd 7 7<words",
    ] {
        let shown = shell(&town, script);
        assert_eq!((shown.code, shown.out), (0, fingerprint.clone()), "{script}: {}", shown.err);
    }
    // A socket has no path.
    let (socket, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
    std::io::Write::write_all(&mut other, &town.read("words")).unwrap();
    drop(other);
    let mut command = town.command("agency fingerprint --home lab --passphrase-fd 0".split(' '));
    let shown = ran(command.stdin(std::os::fd::OwnedFd::from(socket)).output().unwrap());
    assert_eq!((shown.code, shown.out), (0, fingerprint), "{}", shown.err);
    for (script, said) in [
        ("$SHOW --passphrase-fd 99", "cannot be read"),
        ("$SHOW --passphrase-fd 4294967295", "cannot be read"),
        ("$SHOW --passphrase-fd 0 <.", "cannot be read"),
    ] {
        let refused = shell(&town, script);
        assert_eq!(refused.code, 3, "{script}: {}", refused.err);
        assert!(refused.err.contains("error[secret-file]") && refused.err.contains(said), "{}", refused.err);
    }
    // What this program has opened for itself is not taken for a secret.
    for number in 3..12 {
        assert_eq!(shell(&town, &format!("$SHOW --passphrase-fd {number}")).code, 3);
    }
}

/// A pipe of another user cannot be opened by its name, as `sudo` leaves it.
#[test]
fn b5_a_pipe_of_another_user_is_read() {
    let town = Town::empty();
    town.secret("words", b"words");
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: only root gives its pipe to another user");
    }
    town.line("agency create GE/mia/lab --home lab --passphrase-file words");
    let shown = shell(
        &town,
        "chmod 711 . && chown -R 65534:65534 lab && \
         cat words | setpriv --reuid 65534 --regid 65534 --clear-groups $SHOW --passphrase-fd 0",
    );
    assert_eq!(shown.code, 0, "{}", shown.err);
}

#[test]
fn b5_a_key_comes_from_a_descriptor() {
    let town = Town::empty();
    let created = shell(&town, "$VLEC agency create GE/mia/lab --home lab --key-fd 3 3<key");
    assert_eq!(created.code, 0, "{}", created.err);
    town.line("agency fingerprint --home lab --key-file key");
    town.secret("new", &[8; 32]);
    let changed = shell(&town, "cat new | $VLEC passphrase --home lab --key-fd 3 --new-key-fd 0 3<key");
    assert_eq!(changed.code, 0, "{}", changed.err);
    assert_eq!(shell(&town, "$SHOW --key-fd 0 <new").code, 0);
    town.secret("line", &[8; 33]);
    for script in
        ["$SHOW --key-fd 0 <line", "$SHOW --key-fd 0 </dev/null", "$SHOW --key-fd 0 <new --key-file new"]
    {
        let refused = shell(&town, script);
        assert!(matches!(refused.code, 2 | 3), "{script}: {}", refused.err);
    }
    // One for all root keys is read once.
    let founded = shell(
        &town,
        "$VLEC centre found GE --home ge --key-file key --root-key-fd 0 <new && \
         cat new | $VLEC centre withdraw GE/x --yes --home ge --key-file key --root-key-fd 0",
    );
    assert!(founded.err.contains("error[event-not-enrolled]"), "{}", founded.err);
}

/// What an editor, a shell or another system has put into a file unseen would be missing when it is typed. A vault
/// that has such a passphrase opens with the same file.
#[test]
fn b6_a_new_passphrase_is_one_line_of_text_wherever_it_comes_from() {
    let town = Town::empty();
    let cases: [(&[u8], &str); 8] = [
        (b"\xef\xbb\xbfwords\n", "a byte order mark"),
        (b"words\r", "a line end"),
        (b"words\r\r\n", "a line end"),
        (b"one\ntwo\n", "a line end"),
        (b"one\rtwo", "a line end"),
        (b"words\n\n", "a line end"),
        (b"wor\0ds", "a zero byte"),
        (b"wor\tds", "a tab"),
    ];
    for (bytes, problem) in cases {
        town.secret("words", bytes);
        for line in ["--passphrase-file words", "--passphrase-fd 0 <words"] {
            let refused = shell(&town, &format!("$VLEC agency create GE/mia/lab --home lab {line}"));
            assert_eq!(refused.code, 3, "{bytes:?}: {}", refused.err);
            assert!(refused.err.contains("error[passphrase-form]"), "{bytes:?}: {}", refused.err);
            assert!(refused.err.contains(problem), "{bytes:?}: {}", refused.err);
        }
        town.refused("centre root GE -o officer.root --root-passphrase-file words", "passphrase-form", 3);
    }
    assert!(!town.exists("officer.root"));
    town.line("agency create GE/mia/lab --home lab --key-file key");
    town.refused("passphrase --home lab --key-file key --new-passphrase-file words", "passphrase-form", 3);
    town.secret("words", b"\xff\xfew\0o\0");
    town.refused("passphrase --home lab --key-file key --new-passphrase-file words", "secret-file", 3);
    town.line("agency fingerprint --home lab --key-file key");
}

/// Behind links, and for a group that root chose: nobody else could have put them there.
#[test]
fn b5_a_secret_that_a_platform_mounts_is_taken() {
    let town = Town::new();
    fs::create_dir_all(town.path("mounted/..2026")).unwrap();
    fs::copy(town.path("key"), town.path("mounted/..2026/key")).unwrap();
    std::os::unix::fs::symlink("..2026", town.path("mounted/..data")).unwrap();
    std::os::unix::fs::symlink("..data/key", town.path("mounted/key")).unwrap();
    let line = "agency fingerprint --home cyber --key-file mounted/key";
    let mount = |mode: u32| {
        fs::set_permissions(town.path("mounted/..2026/key"), fs::Permissions::from_mode(mode)).unwrap();
    };
    mount(0o400);
    town.line(line);
    let is_root = rustix::process::geteuid().is_root();
    mount(0o440);
    match is_root {
        true => drop(town.line(line)),
        false => drop(town.refused(line, "secret-file", 3)),
    }
    for mode in [0o444, 0o640, 0o460, 0o420] {
        mount(mode);
        let refused = town.refused(line, "secret-file", 3);
        assert!(refused.err.contains("--key-fd") && refused.err.contains("0440"), "{}", refused.err);
    }
    let pipe = town.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let refused = town.refused("agency fingerprint --home cyber --key-file pipe", "secret-file", 3);
    assert!(refused.err.contains("--key-fd 3 3<pipe"), "{}", refused.err);
    town.refused("agency fingerprint --home cyber --key-file nowhere", "secret-file", 3);
    if is_root {
        mount(0o400);
        fs::set_permissions(town.folder(), fs::Permissions::from_mode(0o711)).unwrap();
        let other = ["--reuid", "65534", "--regid", "65534", "--clear-groups", VLEC];
        let mut command = Command::new("setpriv");
        fs::create_dir(town.path("free")).unwrap();
        fs::set_permissions(town.path("free"), fs::Permissions::from_mode(0o777)).unwrap();
        command.args(other).args("agency create GE/x --home free/x --key-file mounted/key".split(' '));
        let refused = ran(command.current_dir(town.folder()).output().unwrap());
        assert_eq!(refused.code, 3, "{}", refused.err);
        assert!(refused.err.contains("the right to read it"), "{}", refused.err);
    }
}

#[test]
fn a_secret_that_others_may_read_is_not_taken() {
    let town = Town::new();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(town.path("key"), fs::Permissions::from_mode(mode)).unwrap();
        let refused = town.refused("agency fingerprint --home cyber", "secret-file", 3);
        assert!(refused.err.contains("chmod 600 key"), "{}", refused.err);
    }
    fs::set_permissions(town.path("key"), fs::Permissions::from_mode(0o400)).unwrap();
    town.line("agency fingerprint --home cyber");
    fs::create_dir(town.path("folder")).unwrap();
    town.refused("agency fingerprint --home cyber --key-file folder", "secret-file", 3);
}

#[test]
fn a_changed_key_opens_and_the_old_one_does_not() {
    let town = Town::new();
    town.secret("new", &[8; 32]);
    town.secret("words", b"eight words");
    town.line("passphrase --home cyber --new-key-file new");
    town.refused("agency fingerprint --home cyber", "wrong-passphrase", 3);
    town.line("passphrase --home cyber --key-file new --new-passphrase-file words");
    town.line("agency fingerprint --home cyber --passphrase-file words");
    town.line("passphrase --home ge --new-passphrase-file words");
    town.line("centre anchor --home ge --passphrase-file words");
    town.refused("passphrase --home npu --new-key-file new --new-passphrase-file words", "usage", 2);
    town.refused("passphrase --home npu --new-key-file words", "secret-file", 3);
}

#[test]
fn roots_have_secrets_of_their_own() {
    let town = Town::empty();
    for (name, byte) in [("r1", 1), ("r2", 2), ("r3", 3)] {
        town.secret(name, &[byte; 32]);
    }
    let found = "centre found GE --home ge --root-key-file r1 --root-key-file r2";
    town.refused(found, "usage", 2);
    assert!(!town.exists("ge/roots/GE-1.root"));
    town.line(&format!("{found} --root-key-file r3"));
    town.secret("vault", &[9; 32]);
    // In the order of the files.
    let withdraw = "centre withdraw GE/x --yes --home ge";
    town.refused(&format!("{withdraw} --root-key-file r2 --root-key-file r1"), "wrong-passphrase", 3);
    town.refused(&format!("{withdraw} --root-key-file r1"), "wrong-passphrase", 3);
    // Both open: the log itself says no.
    town.refused(&format!("{withdraw} --root-key-file r1 --root-key-file r2"), "event-not-enrolled", 5);
    let named = "--root ge/roots/GE-3.root --root ge/roots/GE-1.root --root-key-file r3 --root-key-file r1";
    town.refused(&format!("{withdraw} {named}"), "event-not-enrolled", 5);
    town.refused(&format!("{withdraw} --roots-dir nowhere --root-key-file r1"), "no-roots", 1);
}

#[test]
fn one_process_at_a_time_works_in_a_home() {
    let town = Town::new();
    let storage = vlec::Storage::open(&town.path("cyber")).unwrap();
    let held =
        vlec::Agency::unlock(storage, vlec::Unlock::Key(vlec::Secret::new(|key| key.fill(7)))).unwrap();
    let refused = town.refused("agency fingerprint --home cyber", "in-use", 4);
    assert!(refused.err.contains("wait until the other process"), "{}", refused.err);
    drop(held);
    town.line("agency fingerprint --home cyber");
}

#[test]
fn no_environment_opens_a_vault() {
    let town = Town::new();
    let mut command = town.command(["agency", "fingerprint", "--home", "cyber"]);
    for name in ["VLEC_PASSPHRASE", "VLEC_KEY_FILE", "VLEC_PASSPHRASE_FILE", "PASSPHRASE"] {
        command.env(name, "key");
    }
    let refused = ran(command.stdout(Stdio::piped()).output().unwrap());
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains("error[no-terminal]"), "{}", refused.err);
}
