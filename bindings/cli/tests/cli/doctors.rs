//! `vlec doctor`: what it finds, and the ways out.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::town::{Town, copy};

fn findings(town: &Town, line: &str) -> (i32, Vec<Value>) {
    let ran = town.run(line.split(' ').chain(["--json"]));
    let found: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
    (ran.code, found.as_array().unwrap().clone())
}

fn of<'a>(findings: &'a [Value], check: &str, state: &str) -> Option<&'a Value> {
    findings.iter().find(|finding| finding["check"] == check && finding["state"] == state)
}

#[test]
fn a_sound_home_is_found_sound() {
    let town = Town::new();
    town.line("maintain --home cyber");
    let (code, found) = findings(&town, "doctor --home cyber");
    assert_eq!(code, 0, "{found:?}");
    for check in ["permissions", "store", "vault", "clock", "rosters", "rotation", "orphaned files"] {
        assert!(found.iter().any(|finding| finding["check"] == check), "{check}: {found:?}");
    }
    let text = town.line("doctor --home cyber");
    assert!(text.contains("ok       vault             GE/mia/cyber"), "{text}");
}

#[test]
fn open_doors_root_keys_and_orphans_are_found() {
    let town = Town::new();
    fs::set_permissions(town.path("cyber"), fs::Permissions::from_mode(0o755)).unwrap();
    town.write("cyber/notes.txt", "readable");
    fs::set_permissions(town.path("cyber/notes.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    town.write("out/.vlec-x.tmp", "");
    let (code, found) = findings(&town, "doctor --home cyber out");
    assert_eq!(code, 6);
    let doors: Vec<_> = found.iter().filter(|finding| finding["check"] == "permissions").collect();
    assert_eq!(doors.len(), 2, "{found:?}");
    assert!(doors[0]["remedy"].as_str().unwrap().starts_with("chmod 700"), "{doors:?}");
    assert!(of(&found, "orphaned files", "warning").is_some(), "{found:?}");
    let (code, found) = findings(&town, "doctor --home ge");
    assert_eq!(code, 6);
    assert!(of(&found, "root keys", "warning").unwrap()["text"].as_str().unwrap().contains("GE-1.root"));
}

#[test]
fn a_damaged_database_is_found_without_a_key() {
    let town = Town::new();
    let path = town.path("cyber/vault.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let len = bytes.len();
    for page in (1..len / 4096).skip(2) {
        bytes[page * 4096..page * 4096 + 64].fill(0x55);
    }
    fs::write(&path, bytes).unwrap();
    let ran = town.run("doctor --home cyber".split(' '));
    assert_ne!(ran.code, 0);
    assert!(ran.out.contains("wrong    store"), "{}{}", ran.out, ran.err);
    let ran = town.run("doctor --home nowhere".split(' '));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("error[no-vault]"), "{}", ran.err);
}

/// Whole as a database, and a row of it was changed.
#[test]
fn a_damaged_row_that_nothing_has_asked_for_is_found() {
    let town = Town::new();
    let envelope = town.sealed("a.txt", b"content");
    town.line(&format!("open --home npu -o in/ {envelope}"));
    town.line("maintain --home npu");
    let (code, found) = findings(&town, "doctor --home npu");
    assert_eq!(code, 0, "{found:?}");
    let database = rusqlite::Connection::open(town.path("npu/vault.sqlite")).unwrap();
    let changed =
        database.execute("UPDATE ledger SET value = x'00' WHERE substr(key, 1, 1) <> x'00'", []).unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let (code, found) = findings(&town, "doctor --home npu");
    assert_eq!(code, 6, "{found:?}");
    assert!(of(&found, "store", "ok").is_some() && of(&found, "vault", "wrong").is_some(), "{found:?}");
}

#[test]
fn a_restored_store_is_quarantined_and_helped_out() {
    let town = Town::new();
    copy(&town.path("cyber"), &town.path("backup"));
    let envelope = town.sealed("a.txt", b"after the backup");
    fs::remove_file(town.path("cyber/vault.sqlite")).unwrap();
    fs::remove_file(town.path("cyber/vault.sqlite-wal")).ok();
    for name in ["vault.sqlite", "vault.sqlite-wal"] {
        if town.exists(&format!("backup/{name}")) {
            fs::copy(town.path(format!("backup/{name}")), town.path(format!("cyber/{name}"))).unwrap();
        }
    }
    town.write("b.txt", "b");
    let refused = town.refused("seal --home cyber --to UA/npu/cyber b.txt", "quarantined", 6);
    assert!(refused.err.contains("vlec doctor"), "{}", refused.err);
    assert_eq!(town.run("maintain --announce x --home cyber".split(' ')).code, 6);
    let (code, found) = findings(&town, "doctor --home cyber");
    assert_eq!(code, 6);
    assert!(
        of(&found, "vault", "wrong").unwrap()["text"].as_str().unwrap().contains("quarantined"),
        "{found:?}"
    );
    town.refused("doctor --leave-quarantine --home cyber", "no-terminal", 3);
    town.refused("doctor --leave-quarantine --confirm-time --home cyber", "usage", 2);
    town.refused("doctor --yes --home cyber", "usage", 2);
    let out = town.run("doctor --leave-quarantine --yes --home cyber".split(' '));
    assert!(out.out.contains("ok       vault"), "{}{}", out.out, out.err);
    town.refused("doctor --leave-quarantine --yes --home cyber", "not-quarantined", 1);
    // A new epoch, above those that were revoked.
    town.announce("cyber", "ge");
    town.publish();
    town.line("seal --home cyber --to UA/npu/cyber b.txt");
    town.line(&format!("open --home npu -o in/ {envelope}"));
}

/// As `vlec backup --help` says it.
#[test]
fn a_backup_is_restored_in_quarantine_and_a_lost_database_is_named() {
    let town = Town::new();
    town.line("backup --home cyber cyber.sqlite");
    town.refused("backup --home cyber cyber.sqlite", "exists", 1);
    town.refused("backup --home cyber cyber/copy.sqlite", "protected", 2);
    town.sealed("a.txt", b"after the backup");
    for name in ["vault.sqlite", "vault.sqlite-wal"] {
        fs::remove_file(town.path(format!("cyber/{name}"))).ok();
    }
    let lost = town.refused("maintain --home cyber", "vault-lost", 1);
    assert!(lost.err.contains("anchor is here") && lost.err.contains("vlec backup"), "{}", lost.err);
    fs::copy(town.path("cyber.sqlite"), town.path("cyber/vault.sqlite")).unwrap();
    town.write("b.txt", "b");
    town.refused("seal --home cyber --to UA/npu/cyber b.txt", "quarantined", 6);
    let out = town.run("doctor --leave-quarantine --yes --home cyber".split(' '));
    assert!(out.out.contains("ok       vault"), "{}{}", out.out, out.err);
}

/// The secrets that the lost anchor held the key of are no damage of rows.
#[test]
fn a_home_without_its_anchor_is_quarantined_and_helped_out() {
    let town = Town::new();
    fs::remove_dir_all(town.path("cyber/anchor")).unwrap();
    let (code, found) = findings(&town, "doctor --home cyber");
    let vault = of(&found, "vault", "wrong").unwrap().to_string();
    assert!(
        code == 6 && vault.contains("there is no anchor") && vault.contains("--leave-quarantine"),
        "{vault}"
    );
    let out = town.run("doctor --leave-quarantine --yes --home cyber".split(' '));
    assert!(out.out.contains("ok       vault"), "{}{}", out.out, out.err);
}

#[test]
fn the_clock_is_confirmed_and_set_back_on_the_operators_word() {
    let town = Town::new();
    for home in ["cyber", "ge"] {
        town.refused(&format!("doctor --confirm-time --home {home}"), "no-terminal", 3);
        for flag in ["--confirm-time", "--set-clock-back"] {
            let ran = town.run(["doctor", flag, "--yes", "--home", home]);
            assert!(ran.out.contains("ok       clock"), "{}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn an_anchor_is_asked_for_where_none_was_found_and_nothing_is_made_there() {
    let town = Town::new();
    town.line("agency create GE/mia/lab --home lab --anchor-dir apart");
    for (options, folder) in [("", "lab/anchor"), (" --anchor-dir aprat", "aprat")] {
        let (code, found) = findings(&town, &format!("doctor --home lab{options}"));
        let vault = of(&found, "vault", "wrong").unwrap().to_string();
        assert_eq!(code, 6, "{vault}");
        for part in ["no anchor where it was looked for", "there is none in ", folder, "--anchor-dir"] {
            assert!(vault.contains(part), "{part}: {vault}");
        }
        assert!(of(&found, "anchor", "note").is_none(), "{found:?}");
        assert!(!town.path(folder).exists(), "{folder}");
    }
    let (_, found) = findings(&town, "doctor --home lab --anchor-dir apart");
    assert!(of(&found, "vault", "ok").is_some(), "{found:?}");
}
