//! Rows of two times: put together, put back, removed (`l12_…`).

use std::fs;
use std::path::Path;

use super::*;
use crate::vault::compare::Progress;
use crate::vault::state::{RowState, State};
use crate::vault::sums::Sums;
use crate::{Condition, FileAnchor, Reason, Rows, RowsMut, SqliteStore, Store, Table};

fn code<T>(result: Result<T, VaultError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

fn put(vault: &Vault, table: Table, key: &[u8], value: &[u8]) {
    vault.write(at(1000), |edit| edit.put(table, key, value)).unwrap();
}

fn why(vault: &Vault) -> &'static str {
    match vault.condition() {
        Condition::Sound => "sound",
        Condition::Quarantined(reason) => reason.code(),
    }
}

fn sealed(store: &dyn Store, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    store
        .read(&mut |rows: &dyn Rows| {
            found = rows.get(table, key)?;
            Ok(())
        })
        .unwrap();
    found
}

fn change(store: &dyn Store, mut work: impl FnMut(&mut dyn RowsMut)) {
    store
        .write(&mut |rows: &mut dyn RowsMut| {
            work(rows);
            Ok(())
        })
        .unwrap();
}

/// A vault on a disk, opened and closed at will.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        let store = SqliteStore::create(&disk.home()).unwrap();
        let anchor = FileAnchor::new(&disk.0.path().join("anchor")).unwrap();
        drop(Vault::create(store, anchor, owner(), key(1), Random::system(), at(1000)).unwrap());
        disk
    }

    fn home(&self) -> std::path::PathBuf {
        self.0.path().join("home")
    }

    fn open(&self) -> Vault {
        let store = SqliteStore::open(&self.home()).unwrap();
        let anchor = FileAnchor::new(&self.0.path().join("anchor")).unwrap();
        Vault::open(store, anchor, owner(), key(1), Random::system()).unwrap()
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.home().join(file)).unwrap()
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        fs::write(self.home().join(file), bytes).unwrap();
    }

    /// Changes rows behind the vault's back, and leaves no journal.
    fn change(&self, work: impl FnMut(&mut dyn RowsMut)) {
        change(&SqliteStore::open(&self.home()).unwrap(), work);
    }
}

const DATABASE: &str = "vault.sqlite";
const JOURNAL: &str = "vault.sqlite-wal";

/// The newest state stands in the journal, over rows of an older time.
#[test]
fn l12_an_older_database_with_a_newer_journal_is_quarantined() {
    let disk = Disk::new();
    put(&disk.open(), Table::Ledger, b"letter", b"pending");
    let old = disk.read(DATABASE);
    put(&disk.open(), Table::Ledger, b"letter", b"accepted");
    let vault = disk.open();
    put(&vault, Table::Outbox, b"k", b"value");
    let journal = disk.read(JOURNAL);
    drop(vault);
    disk.write(DATABASE, &old);
    disk.write(JOURNAL, &journal);
    assert_eq!(why(&disk.open()), "rows-differ");
    // The journal is in the database now, and what was found is known without it.
    assert_eq!(disk.open().condition(), Condition::Quarantined(Reason::RowsDiffer("ledger")));
}

/// Whoever opens the store and not the vault, as with a wrong passphrase, leaves the journal where it was: once it
/// is in the database, nothing says that the large tables are to be compared.
#[test]
fn l12_an_opening_that_fails_hides_no_newer_journal() {
    for what in ["wrong passphrase", "another owner", "a look", "what cannot be noted"] {
        let disk = Disk::new();
        put(&disk.open(), Table::Ledger, b"letter", b"pending");
        let old = disk.read(DATABASE);
        put(&disk.open(), Table::Ledger, b"letter", b"accepted");
        let vault = disk.open();
        put(&vault, Table::Outbox, b"k", b"value");
        let journal = disk.read(JOURNAL);
        drop(vault);
        disk.write(DATABASE, &old);
        disk.write(JOURNAL, &journal);
        let store = SqliteStore::open(&disk.home()).unwrap();
        let anchor = FileAnchor::new(&disk.0.path().join("anchor")).unwrap();
        let other = "UA/npu/cyber".parse().unwrap();
        let opened = match what {
            "wrong passphrase" => code(Vault::open(store, anchor, owner(), key(2), Random::system())),
            "another owner" => code(Vault::open(store, anchor, other, key(1), Random::system())),
            "a look" => {
                let found = code(Vault::owner_in(&store));
                drop(store);
                found
            }
            _ => code(Vault::open(store, anchor, owner(), key(1), Random::injected(|_| false))),
        };
        assert_eq!(opened == "ok", what == "a look", "{opened}");
        assert_eq!(why(&disk.open()), "rows-differ", "{what}");
    }
}

/// A process that was killed leaves a journal that belongs to its database.
#[test]
fn l12_a_crash_leaves_a_sound_vault() {
    let disk = Disk::new();
    put(&disk.open(), Table::Ledger, b"letter", b"pending");
    let vault = disk.open();
    put(&vault, Table::Ledger, b"letter", b"accepted");
    let (database, journal) = (disk.read(DATABASE), disk.read(JOURNAL));
    drop(vault);
    disk.write(DATABASE, &database);
    disk.write(JOURNAL, &journal);
    assert_eq!(why(&disk.open()), "sound");
}

#[test]
fn l12_a_row_of_a_small_table_that_was_put_back_or_removed_is_noticed_at_the_opening() {
    for what in ["put back", "removed", "added"] {
        let disk = Disk::new();
        put(&disk.open(), Table::Policy, b"k", b"old");
        let old = sealed(&SqliteStore::open(&disk.home()).unwrap(), Table::Policy, b"k").unwrap();
        let vault = disk.open();
        put(&vault, Table::Policy, b"k", b"new");
        put(&vault, Table::Policy, b"gone", b"x");
        let gone = |disk: &Disk| sealed(&SqliteStore::open(&disk.home()).unwrap(), Table::Policy, b"gone");
        drop(vault);
        let removed = gone(&disk).unwrap();
        disk.open().write(at(1), |edit| edit.delete(Table::Policy, b"gone")).unwrap();
        assert_eq!(why(&disk.open()), "sound");
        disk.change(|rows| match what {
            "put back" => rows.put(Table::Policy, b"k", &old).unwrap(),
            "removed" => rows.delete(Table::Policy, b"k").unwrap(),
            _ => rows.put(Table::Policy, b"gone", &removed).unwrap(),
        });
        let vault = disk.open();
        assert_eq!(why(&vault), "rows-differ", "{what}");
        assert_eq!(code(vault.write(at(1), |_| Ok(()))), "quarantined");
    }
}

#[test]
fn l12_a_ledger_row_that_was_put_back_or_removed_is_found_by_examining() {
    for what in ["put back", "removed", "emptied"] {
        let disk = Disk::new();
        put(&disk.open(), Table::Ledger, b"letter", b"pending");
        let old = sealed(&SqliteStore::open(&disk.home()).unwrap(), Table::Ledger, b"letter").unwrap();
        let vault = disk.open();
        put(&vault, Table::Ledger, b"letter", b"accepted");
        put(&vault, Table::Ledger, b"other", b"accepted");
        vault.examine().unwrap();
        drop(vault);
        disk.change(|rows| match what {
            "put back" => rows.put(Table::Ledger, b"letter", &old).unwrap(),
            "removed" => rows.delete(Table::Ledger, b"letter").unwrap(),
            _ => [&b"letter"[..], b"other"].iter().for_each(|key| rows.delete(Table::Ledger, key).unwrap()),
        });
        let vault = disk.open();
        assert_eq!(code(vault.examine()), "quarantined", "{what}");
        assert_eq!(why(&vault), "rows-differ");
        drop(vault);
        assert_eq!(why(&disk.open()), "rows-differ", "it is still known after a restart");
    }
}

/// The page of one table comes from an older copy of the database: each row on it opens.
#[test]
fn l12_a_page_of_another_time_is_found_by_examining() {
    let disk = Disk::new();
    put(&disk.open(), Table::Ledger, b"letter", b"pending");
    let old = disk.read(DATABASE);
    put(&disk.open(), Table::Ledger, b"letter", b"accepted");
    let page = root_page(&disk.home().join(DATABASE), Table::Ledger);
    let mut new = disk.read(DATABASE);
    new[page.clone()].copy_from_slice(&old[page]);
    disk.write(DATABASE, &new);
    let vault = disk.open();
    let row = vault.read(|view| view.get(Table::Ledger, b"letter")).unwrap().unwrap();
    assert_eq!(&**row, b"pending");
    assert_eq!(code(vault.examine()), "quarantined");
}

fn root_page(database: &Path, table: Table) -> std::ops::Range<usize> {
    let connection = rusqlite::Connection::open(database).unwrap();
    let number = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let number: i64 = connection.query_row(number, [table.name()], |row| row.get(0)).unwrap();
    let number = usize::try_from(number).unwrap();
    (number - 1) * 4096..number * 4096
}

/// A store that cannot tell how it was left is gone through whole.
#[test]
fn l12_in_memory_too_every_table_is_compared_at_the_opening() {
    for table in Table::ALL.iter().copied().filter(|table| !matches!(table, Table::Meta | Table::Wrapped)) {
        let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
        put(&create(&store, &anchor), table, b"k", b"value");
        assert_eq!(why(&open(&store, &anchor).unwrap()), "sound");
        change(&store, |rows| rows.delete(table, b"k").unwrap());
        let vault = open(&store, &anchor).unwrap();
        assert_eq!(vault.condition(), Condition::Quarantined(Reason::RowsDiffer(table.name())));
    }
}

#[test]
fn l12_leaving_the_quarantine_takes_the_rows_as_they_are() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    put(&create(&store, &anchor), Table::Pin, b"k", b"value");
    change(&store, |rows| rows.delete(Table::Pin, b"k").unwrap());
    let vault = open(&store, &anchor).unwrap();
    vault.leave_quarantine(at(1), |_| Ok(())).unwrap();
    vault.examine().unwrap();
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(why(&vault), "sound");
    put(&vault, Table::Pin, b"k", b"again");
    vault.examine().unwrap();
}

#[test]
fn l12_a_new_passphrase_does_not_seal_anew_what_was_put_back() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, Table::Ledger, b"k", b"old");
    let old = sealed(&store, Table::Ledger, b"k").unwrap();
    put(&vault, Table::Ledger, b"k", b"new");
    change(&store, |rows| rows.put(Table::Ledger, b"k", &old).unwrap());
    assert_eq!(code(vault.change_unlock(at(1), key(2))), "quarantined");
    assert_eq!(why(&vault), "rows-differ");
}

/// What a change of the passphrase or a backup finds, the next opening knows, also of a table that it does not compare.
#[test]
fn l12_what_any_work_finds_outlasts_the_process() {
    for what in ["passphrase", "backup"] {
        let disk = Disk::new();
        put(&disk.open(), Table::Ledger, b"letter", b"accepted");
        disk.change(|rows| rows.delete(Table::Ledger, b"letter").unwrap());
        let vault = disk.open();
        assert_eq!(why(&vault), "sound");
        let found = match what {
            "passphrase" => vault.change_unlock(at(1), key(2)),
            _ => vault.backup(&disk.0.path().join("copy")),
        };
        assert_eq!((code(found), why(&vault)), ("quarantined", "rows-differ"), "{what}");
        drop(vault);
        assert_eq!(disk.open().condition(), Condition::Quarantined(Reason::RowsDiffer("ledger")), "{what}");
    }
}

fn rows(vault: &Vault, count: u32) {
    vault
        .write(at(1), |edit| (0..count).try_for_each(|n| edit.put(Table::Ledger, &n.to_be_bytes(), b"row")))
        .unwrap();
}

/// What is written before and behind the place that a comparison has reached is no difference.
#[test]
fn l12_a_comparison_in_steps_agrees_with_what_is_written_meanwhile() {
    let vault = create(&MemoryStore::new(), &MemoryAnchor::new());
    rows(&vault, 2000);
    let mut steps = 0_u32;
    while vault.compare_step().unwrap() == Progress::More {
        for n in [0, 1999, steps * 37 % 2000, steps * 611 % 2000] {
            let work = |edit: &mut crate::vault::edit::Edit<'_>| match n % 3 {
                0 => edit.delete(Table::Ledger, &n.to_be_bytes()),
                1 => edit.put(Table::Ledger, &n.to_be_bytes(), b"changed"),
                _ => edit.put(Table::Ledger, &(n + 5000).to_be_bytes(), b"new"),
            };
            vault.write(at(1), work).unwrap();
        }
        // A transaction that is undone leaves no trace in the comparison.
        let undone: Result<(), _> = vault.write(at(1), |edit| {
            edit.put(Table::Ledger, &0_u32.to_be_bytes(), b"undone")?;
            Err(VaultError::OtherOwner)
        });
        assert_eq!(code(undone), "other-owner");
        steps += 1;
    }
    assert!(steps > 4, "the ledger alone takes several steps: {steps}");
    assert_eq!(why(&vault), "sound");
    vault.examine().unwrap();
}

#[test]
fn l12_what_was_put_back_is_found_by_the_comparison_on_both_sides_of_its_place() {
    for n in [0_u32, 1500] {
        let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
        let vault = create(&store, &anchor);
        rows(&vault, 2000);
        let old = sealed(&store, Table::Ledger, &n.to_be_bytes()).unwrap();
        put(&vault, Table::Ledger, &n.to_be_bytes(), b"accepted");
        change(&store, |rows| rows.put(Table::Ledger, &n.to_be_bytes(), &old).unwrap());
        assert_eq!(code(vault.compare(at(2000))), "quarantined", "{n}");
        assert_eq!((why(&vault), vault.compared()), ("rows-differ", at(0)));
    }
}

#[test]
fn the_time_of_a_whole_comparison_is_kept() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    assert_eq!(vault.compared(), at(0));
    vault.compare(at(2000)).unwrap();
    put(&vault, Table::Pin, b"k", b"v");
    drop(vault);
    assert_eq!(open(&store, &anchor).unwrap().compared(), at(2000));
}

/// A vault that an earlier version has written knows no sums: its rows are summed once, as they are.
#[test]
fn a_state_without_sums_is_taken_and_completed() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, Table::Ledger, b"k", b"value");
    let inner = vault.locked();
    let old = State { rows: None, ..inner.state.clone() }.encode();
    assert_eq!(old.len(), 56);
    let row = inner.seal.seal(Table::Meta, b"state", &old, &Random::system()).unwrap();
    drop(inner);
    change(&store, |rows| rows.put(Table::Meta, b"state", &row).unwrap());
    let vault = open(&store, &anchor).unwrap();
    put(&vault, Table::Ledger, b"other", b"value");
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    vault.examine().unwrap();
    change(&store, |rows| rows.delete(Table::Ledger, b"k").unwrap());
    assert_eq!(why(&open(&store, &anchor).unwrap()), "rows-differ");
}

#[test]
fn a_state_is_taken_only_of_its_exact_bytes() {
    let mut sums = Sums::default();
    sums.add(Table::Identity, 5);
    sums.add(Table::Witnessed, u128::MAX);
    let rows = RowState { compared: at(7), differs: Some(Table::Ledger), sums };
    let state =
        State { generation: 3, tag: [1; 16], previous: [2; 16], wrapping: 1, floor: at(9), rows: Some(rows) };
    let good = state.encode();
    assert_eq!(State::decode(&good), Some(state));
    for len in 0..good.len() {
        assert_eq!(State::decode(&good[..len]).is_some(), len == 56, "{len}");
    }
    let with = |at: usize, byte| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        State::decode(&bytes)
    };
    // A table that is not summed, or twice, or out of order; a sum of zero; another number of them.
    assert_eq!(
        [with(66, 1), with(66, 0), with(66, 17), with(66, 99), with(65, 1), with(65, 3)],
        [const { None }; 6]
    );
    assert_eq!([with(64, 1), with(64, 99)], [const { None }; 2]);
    assert_eq!(with(82, 0), None);
    assert_eq!(State::decode(&[good.as_slice(), &[0]].concat()), None);
}

/// The mark of a row, made again of the specification's formula.
#[test]
fn a_sum_is_what_the_formula_says() {
    let store = MemoryStore::new();
    let vault = create(&store, &MemoryAnchor::new());
    put(&vault, Table::Pin, b"k", b"value");
    let row = sealed(&store, Table::Pin, b"k").unwrap();
    let vault_key: [u8; 32] = {
        let header =
            crate::vault::header::Header::decode(&sealed(&store, Table::Meta, b"header").unwrap()).unwrap();
        header.vault_key(&key(1)).unwrap().0.expose().to_owned()
    };
    let mut k = [0; 32];
    crate::crypto::kdf::expand_sha512(&vault_key, &[b"vlec/1 vault sums\0", &vault.vault], &mut k);
    let named = [&[5, 0, 0, 0, 1, b'k'][..], &row[..24], &row[row.len() - 16..]].concat();
    let mark = u128::from_be_bytes(blake3::keyed_hash(&k, &named).as_bytes()[..16].try_into().unwrap());
    assert_eq!(vault.locked().rows().sums.get(Table::Pin), mark);
    assert_eq!(vault.locked().rows().sums.get(Table::Ledger), 0);
}
