//! What a vault has to tell of its past: a clock that was ahead once, a passphrase that counted byte for byte.

use std::io;

use vlec::hazmat::{self, vault::header_under_bytes};
use vlec::{Random, Timestamp};

use crate::town::{Ran, Town};

const HOUR: u64 = 3600;

/// Runs `vlec maintain` in this process, with a clock that is so far ahead.
fn maintain_ahead(town: &Town, home: &str, by: u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let clock = move || hazmat::injected_clock(move || Timestamp::from_unix(now + by).unwrap());
    let world = vlec_cli::World::at(clock, io::empty(), io::sink(), io::sink());
    let [home, key] = [home, "key"].map(|name| town.path(name).display().to_string());
    vlec_cli::run(["vlec", "maintain", "--home", &home, "--key-file", &key], world);
}

fn dues(ran: &Ran) -> Vec<String> {
    let said: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let left = said["left"].as_array().unwrap();
    left.iter().map(|due| due["due"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn r21_a_clock_that_was_ahead_is_told_by_maintain_seal_and_doctor_until_it_is_set_back() {
    let town = Town::new();
    maintain_ahead(&town, "cyber", 20 * HOUR);
    let due = town.run("maintain --home cyber --json".split(' '));
    assert!(due.code == 6 && dues(&due).contains(&"clock-behind".to_owned()), "{}{}", due.out, due.err);
    let due = town.run("maintain --home cyber".split(' '));
    assert!(due.out.contains("behind what this vault has seen"), "{}", due.out);
    town.write("a.txt", "a");
    let sealed = town.run("seal --home cyber --to UA/npu/cyber a.txt".split(' '));
    assert!(sealed.code == 0 && sealed.err.contains("--set-clock-back"), "{}", sealed.err);
    let doctor = town.run("doctor --home cyber".split(' '));
    assert!(doctor.code == 6 && doctor.out.contains("wrong    clock"), "{}", doctor.out);
    town.run("doctor --set-clock-back --yes --home cyber".split(' '));
    let sealed = town.run("seal --home cyber --to UA/npu/cyber a.txt -o b.vlec".split(' '));
    assert_eq!((sealed.code, sealed.err.as_str()), (0, ""));
    let due = town.run("maintain --home cyber --json".split(' '));
    assert!(!dues(&due).contains(&"clock-behind".to_owned()), "{}", due.out);
}

#[test]
fn b6_a_passphrase_that_opens_by_its_bytes_alone_is_told_until_it_is_renewed() {
    const TYPED: &str = "ge\u{301}nie";
    let town = Town::empty();
    town.secret("typed", format!("{TYPED}\n").as_bytes());
    town.secret("composed", "g\u{e9}nie\n".as_bytes());
    town.line("agency create GE/mia/lab --home lab --passphrase-file typed");
    let database = rusqlite::Connection::open(town.path("lab/vault.sqlite")).unwrap();
    let header: Vec<u8> = database
        .query_row("SELECT value FROM meta WHERE key = CAST('header' AS BLOB)", [], |row| row.get(0))
        .unwrap();
    let before = header_under_bytes(&header, TYPED, &Random::system()).unwrap();
    let put = "UPDATE meta SET value = ?1 WHERE key = CAST('header' AS BLOB)";
    assert_eq!(database.execute(put, [before]).unwrap(), 1);
    drop(database);

    town.refused("maintain --home lab --passphrase-file composed", "wrong-passphrase", 3);
    let due = town.run("maintain --home lab --passphrase-file typed --json".split(' '));
    assert!(due.code == 6 && dues(&due).contains(&"renew-passphrase".to_owned()), "{}{}", due.out, due.err);
    let doctor = town.run("doctor --home lab --passphrase-file typed".split(' '));
    assert!(doctor.out.contains("`vlec passphrase`, with the same passphrase again"), "{}", doctor.out);
    town.line("passphrase --home lab --passphrase-file typed --new-passphrase-file typed");
    let due = town.run("maintain --home lab --passphrase-file composed --json".split(' '));
    assert!(!dues(&due).contains(&"renew-passphrase".to_owned()), "{}{}", due.out, due.err);
}
