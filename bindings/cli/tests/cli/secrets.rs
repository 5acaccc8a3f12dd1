//! How vaults are opened: passphrases and keys from files and descriptors, and how they are changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::town::{Town, VLEC, ran};

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
    town.refused("agency fingerprint --home lab --passphrase-fd 99", "io", 1);
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
    std::os::unix::fs::symlink("key", town.path("link")).unwrap();
    town.refused("agency fingerprint --home cyber --key-file link", "io", 1);
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
