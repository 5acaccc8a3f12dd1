//! What every store has to keep, over every implementation.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::contains;
use crate::vault::lock::Process;
use crate::{MemoryStore, Rows, RowsMut, SqliteStore, Store, StoreError, Table};

/// Runs a test over every implementation, each empty.
fn each(test: impl Fn(&dyn Store)) {
    test(&MemoryStore::new());
    let folder = tempfile::tempdir().unwrap();
    test(&SqliteStore::create(&folder.path().join("home")).unwrap());
}

fn put(store: &dyn Store, table: Table, key: &[u8], value: &[u8]) {
    store.write(&mut |rows| rows.put(table, key, value)).unwrap();
}

fn get(store: &dyn Store, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    let mut value = None;
    let mut read = |rows: &dyn Rows| {
        value = rows.get(table, key)?;
        Ok(())
    };
    store.read(&mut read).unwrap();
    value
}

fn keys(store: &dyn Store, from: &[u8], until: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let mut read = |rows: &dyn Rows| {
        keys = rows.range(Table::Pin, from, until, limit)?.into_iter().map(|(key, _)| key).collect();
        Ok(())
    };
    store.read(&mut read).unwrap();
    keys
}

#[test]
fn rows_are_put_replaced_and_deleted_in_their_own_table() {
    each(|store| {
        put(store, Table::Pin, b"k", b"one");
        put(store, Table::Outbox, b"k", b"other");
        put(store, Table::Pin, b"k", b"two");
        put(store, Table::Pin, b"", b"");
        assert_eq!(get(store, Table::Pin, b"k").unwrap(), b"two");
        assert_eq!(get(store, Table::Pin, b"").unwrap(), b"");
        store.write(&mut |rows| rows.delete(Table::Pin, b"k")).unwrap();
        store.write(&mut |rows| rows.delete(Table::Pin, b"never was")).unwrap();
        assert_eq!(get(store, Table::Pin, b"k"), None);
        assert_eq!(get(store, Table::Outbox, b"k").unwrap(), b"other");
    });
}

#[test]
fn a_sound_store_is_found_sound_and_a_damaged_database_is_not() {
    each(|store| {
        put(store, Table::Pin, b"k", b"one");
        store.examine().unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    (0..200_u8).for_each(|key| put(&store, Table::Pin, &[key], &[key; 900]));
    store.scrub().unwrap();
    let path = store.path().to_path_buf();
    drop(store);
    // A page of the table in the middle of the file: no row of it is read at the opening.
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 64].fill(0x55);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    assert!(matches!(store.examine(), Err(StoreError::Damaged)), "{:?}", store.examine());
}

#[test]
fn ranges_are_half_open_ascending_and_limited() {
    each(|store| {
        for key in [&b"b"[..], b"", b"ab", b"a", b"\xff", b"\xff\xff", b"a\0"] {
            put(store, Table::Pin, key, b"x");
        }
        put(store, Table::Policy, b"a", b"x");
        let all: [&[u8]; 7] = [b"", b"a", b"a\0", b"ab", b"b", b"\xff", b"\xff\xff"];
        assert_eq!(keys(store, b"", b"", usize::MAX), all);
        assert_eq!(keys(store, b"a", b"b", usize::MAX), all[1..4]);
        assert_eq!(keys(store, b"a", b"", 2), all[1..3]);
        assert_eq!(keys(store, b"b", b"a", 9).len() + keys(store, b"b", b"b", 9).len(), 0);
        assert_eq!(keys(store, b"", b"", 0).len(), 0);
    });
}

#[test]
fn failed_work_is_undone_and_its_error_returned() {
    each(|store| {
        put(store, Table::Pin, b"k", b"old");
        let failed = store.write(&mut |rows: &mut dyn RowsMut| {
            rows.put(Table::Pin, b"k", b"new")?;
            rows.delete(Table::Pin, b"k")?;
            rows.put(Table::Pin, b"l", b"new")?;
            assert_eq!(rows.get(Table::Pin, b"l")?.unwrap(), b"new");
            Err(StoreError::Undone)
        });
        assert!(matches!(failed, Err(StoreError::Undone)));
        assert_eq!(get(store, Table::Pin, b"k").unwrap(), b"old");
        assert_eq!(get(store, Table::Pin, b"l"), None);
    });
}

#[test]
fn work_that_panics_is_undone_and_the_store_goes_on() {
    each(|store| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.write(&mut |rows| {
                rows.put(Table::Pin, b"k", b"new")?;
                panic!("expected by this test")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(get(store, Table::Pin, b"k"), None);
        put(store, Table::Pin, b"k", b"later");
        assert_eq!(get(store, Table::Pin, b"k").unwrap(), b"later");
    });
}

#[test]
fn scrubbing_keeps_every_row() {
    each(|store| {
        for table in Table::ALL {
            put(store, *table, b"k", table.name().as_bytes());
        }
        store.scrub().unwrap();
        for table in Table::ALL {
            assert_eq!(get(store, *table, b"k").unwrap(), table.name().as_bytes());
        }
    });
}

fn home() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    (folder, home)
}

fn code(opened: Result<SqliteStore, StoreError>) -> &'static str {
    opened.map_or_else(|error| error.code(), |_| "opened")
}

/// What a forked process has of the store is not its own: its end takes no journal away.
#[test]
fn l3_a_forked_process_leaves_the_files_as_they_are() {
    let (_folder, home) = home();
    let mut store = SqliteStore::create(&home).unwrap();
    store.write(&mut |rows| rows.put(Table::Identity, b"key", b"value")).unwrap();
    let journal = || std::fs::metadata(home.join("vault.sqlite-wal")).map(|file| file.len()).unwrap_or(0);
    let before = journal();
    assert!(before > 0);
    store.process = Process::other();
    drop(store);
    assert_eq!(journal(), before);
    drop(SqliteStore::open(&home).unwrap());
    assert_eq!(journal(), before, "who only looks leaves it for the vault to compare");
    let store = SqliteStore::open(&home).unwrap();
    store.write(&mut |rows| rows.put(Table::Identity, b"key", b"other")).unwrap();
    drop(store);
    assert_eq!(journal(), 0);
}

#[test]
fn l3_a_store_is_opened_once() {
    let (_folder, home) = home();
    let first = SqliteStore::create(&home).unwrap();
    assert_eq!(code(SqliteStore::open(&home)), "in-use");
    assert_eq!(code(SqliteStore::create(&home)), "in-use");
    drop(first);
    assert_eq!(code(SqliteStore::open(&home)), "opened");
}

#[test]
fn f6_folders_and_files_that_cannot_be_used_are_named() {
    let (folder, home) = home();
    assert_eq!(code(SqliteStore::open(&home)), "no-vault");
    drop(SqliteStore::create(&home).unwrap());
    let link = folder.path().join("link");
    symlink(&home, &link).unwrap();
    assert_eq!(code(SqliteStore::open(&link)), "path");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&home, 0o777);
    assert_eq!(code(SqliteStore::open(&home)), "path");
    mode(&home, 0o700);
    let database = home.join("vault.sqlite");
    mode(&database, 0o644);
    assert_eq!(code(SqliteStore::open(&home)), "opened");
    for file in ["vault.sqlite", "lock"] {
        assert_eq!(fs::metadata(home.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&database, &elsewhere).unwrap();
    symlink(&elsewhere, &database).unwrap();
    assert_eq!(code(SqliteStore::open(&home)), "path");
    let file = folder.path().join("file");
    fs::write(&file, b"x").unwrap();
    assert_eq!(code(SqliteStore::create(&file)), "path");
}

/// What the superuser writes in another's home, its owner cannot open any more.
#[test]
fn f6_a_home_of_another_user_is_refused() {
    let (_folder, home) = home();
    drop(SqliteStore::create(&home).unwrap());
    if std::os::unix::fs::chown(&home, Some(12345), None).is_err() {
        // Whoever may not give files away is not the superuser, to whom this folder belongs.
        assert_eq!(code(SqliteStore::open(Path::new("/usr"))), "path");
        return;
    }
    assert_eq!(code(SqliteStore::open(&home)), "path");
    std::os::unix::fs::chown(&home, Some(0), None).unwrap();
    std::os::unix::fs::chown(home.join("vault.sqlite"), Some(12345), None).unwrap();
    assert_eq!(code(SqliteStore::open(&home)), "path");
}

/// A copy that failed, or a restore that was begun: nothing is made of it.
#[test]
fn an_empty_database_is_no_vault_and_stays_empty() {
    let (_folder, home) = home();
    drop(SqliteStore::create(&home).unwrap());
    fs::write(home.join("vault.sqlite"), b"").unwrap();
    assert_eq!(code(SqliteStore::open(&home)), "no-vault");
    assert_eq!(fs::read(home.join("vault.sqlite")).unwrap(), b"");
    drop(SqliteStore::create(&home).unwrap());
    assert_eq!(code(SqliteStore::open(&home)), "opened");
}

#[test]
fn databases_that_are_newer_foreign_or_damaged_are_refused_and_left_alone() {
    let (_folder, home) = home();
    drop(SqliteStore::create(&home).unwrap());
    let database = home.join("vault.sqlite");
    let set = |sql: &str| rusqlite::Connection::open(&database).unwrap().execute_batch(sql).unwrap();
    set("PRAGMA user_version = 2");
    assert_eq!(code(SqliteStore::open(&home)), "newer-vault");
    set("PRAGMA user_version = 1; PRAGMA application_id = 5");
    assert_eq!(code(SqliteStore::open(&home)), "not-a-vault");
    set("PRAGMA application_id = 0; PRAGMA user_version = 0");
    assert_eq!(code(SqliteStore::open(&home)), "not-a-vault");
    let noise = vec![0x5a; 8192];
    fs::write(&database, &noise).unwrap();
    assert_eq!(code(SqliteStore::open(&home)), "not-a-vault");
    assert_eq!(fs::read(&database).unwrap(), noise);
}

#[test]
fn a_damaged_page_is_a_typed_error() {
    let (_folder, home) = home();
    let store = SqliteStore::create(&home).unwrap();
    for n in 0..200u32 {
        put(&store, Table::Pin, &n.to_be_bytes(), &[7; 200]);
    }
    store.scrub().unwrap();
    drop(store);
    let database = home.join("vault.sqlite");
    let mut bytes = fs::read(&database).unwrap();
    // Every page but those of the schema.
    let len = bytes.len();
    bytes[4 * 4096..len].fill(0xa5);
    fs::write(&database, bytes).unwrap();
    let store = SqliteStore::open(&home).unwrap();
    let read = store.read(&mut |rows| rows.range(Table::Pin, &[], &[], usize::MAX).map(|_| ()));
    assert_eq!(read.unwrap_err().code(), "store-damaged");
}

/// Rows with secrets are deleted one by one among rows that stay, in an order that makes SQLite
/// split and join pages.
#[test]
fn l9_what_was_deleted_is_in_no_file_after_scrubbing() {
    let (_folder, home) = home();
    let store = SqliteStore::create(&home).unwrap();
    let key = |n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes();
    let value = |n: u32| [b"secret-of-".as_slice(), &key(n), &[n as u8; 90]].concat();
    for n in 0..600 {
        put(&store, Table::Wrapped, &key(n), &value(n));
    }
    for n in (0..600).filter(|n| n % 3 != 0) {
        store.write(&mut |rows| rows.delete(Table::Wrapped, &key(n))).unwrap();
    }
    store.scrub().unwrap();
    let files: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).collect();
    for n in 0..600 {
        let found = files.iter().any(|file| contains(file, &value(n)[..20]));
        assert_eq!(found, n % 3 == 0, "{n}");
    }
    assert_eq!(fs::metadata(home.join("vault.sqlite-wal")).unwrap().len(), 0);
}
