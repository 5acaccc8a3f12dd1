//! The embedded store: one SQLite database in a folder of its own (SPEC §12.1).
//!
//! ```text
//! HOME/lock            held while the store is open
//! HOME/vault.sqlite    application_id "VLEC", user_version = schema; one table for each `Table`:
//!                      key BLOB PRIMARY KEY, value BLOB NOT NULL; STRICT, WITHOUT ROWID
//! HOME/vault.sqlite-wal
//! ```
//!
//! The database is locked for this process as a whole, so that SQLite keeps the journal's index in
//! memory and no `-shm` file exists.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::files::{self, Create};
use super::handle::PAGE;
use super::lock::{Lock, Process};
use super::store::{Inserted, Left, Row, Rows, RowsMut, Store, StoreError, Table};
use super::sums::after;

const NAME: &str = "vault.sqlite";
const JOURNAL: &str = "vault.sqlite-wal";
/// `VLEC` in the database's header.
const APPLICATION_ID: i64 = 0x564c_4543;

/// What leads from one schema to the next; the place in the list is the `user_version` before it.
/// An entry that was released is never changed.
const MIGRATIONS: &[fn() -> String] = &[create_tables];

/// The tables with secrets, and with the keys of all others; they are small.
const WITH_SECRETS: [Table; 4] = [Table::Meta, Table::Wrapped, Table::Identity, Table::Authority];

/// A store in an SQLite database.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
    path: PathBuf,
    left: Left,
    pub(super) process: Process,
    _lock: Lock,
}

impl Drop for SqliteStore {
    /// The journal is the other process's: what has been forked from it leaves the files as they are.
    fn drop(&mut self) {
        if self.process.check().is_err() {
            let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = keep_journal(connection, Journal::Stays);
        }
    }
}

impl SqliteStore {
    /// Opens the store in `home`, and creates folder and database if they are missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create(home: &Path) -> Result<Self, StoreError> {
        files::create_folder(home)?;
        Self::start(home, Create::IfMissing)
    }

    /// Opens the store in `home`.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, and the other kinds of [`StoreError`].
    pub fn open(home: &Path) -> Result<Self, StoreError> {
        Self::start(home, Create::No)
    }

    fn start(home: &Path, create: Create) -> Result<Self, StoreError> {
        files::check_folder(home)?;
        let home = home.canonicalize().map_err(StoreError::io("find the vault's folder"))?;
        let path = home.join(NAME);
        if create == Create::No && !path.exists() {
            return Err(StoreError::Missing);
        }
        let lock = Lock::take(&home)?;
        drop(files::open_file(&path, create)?);
        files::sync_folder(&home)?;
        let left = left(&home)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
        let mut connection =
            Connection::open_with_flags(&path, flags).map_err(failed("open the database"))?;
        configure(&connection).map_err(failed("open the database"))?;
        migrate(&mut connection, create)?;
        if left == Left::Perhaps {
            keep_journal(&connection, Journal::Stays).map_err(failed("open the database"))?;
        }
        Ok(Self { connection: Mutex::new(connection), path, left, process: Process::this(), _lock: lock })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A panic of a caller's work has undone its transaction; the connection is usable.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of the journal when the store is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Journal {
    Goes,
    /// `[VLT-14]` One that was found stays until something is written: nothing else says to whoever opens the vault
    /// next that all rows are to be compared, after a wrong passphrase as after a crash.
    Stays,
}

fn keep_journal(connection: &Connection, journal: Journal) -> rusqlite::Result<bool> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, journal == Journal::Stays)
}

/// A journal is emptied into the database and removed when the store is closed. One that is there and not
/// empty was left by a crash, or put beside this database by somebody.
fn left(home: &Path) -> Result<Left, StoreError> {
    match home.join(JOURNAL).symlink_metadata() {
        Ok(found) if found.len() > 0 => Ok(Left::Perhaps),
        Ok(_) => Ok(Left::InOrder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Left::InOrder),
        Err(error) => Err(StoreError::io("examine the vault's journal")(error)),
    }
}

/// `[VLT-01]` Settings that make a commit durable and deletion an erasure.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // Before the first look at the database: what it is, the settings below must not change.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "fullfsync", "ON")?;
    connection.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // KiB. A batch of arrivals changes more pages than the default of 2 MiB holds.
    connection.pragma_update(None, "cache_size", -16384)?;
    // Pages. The journal is emptied within a commit, for which everybody waits: 2 MiB at a time.
    connection.pragma_update(None, "wal_autocheckpoint", 512)?;
    connection.set_prepared_statement_cache_capacity(6 * Table::ALL.len());
    Ok(())
}

/// Writes all rows as they are into an empty file: a database without a journal beside it.
pub(super) fn copy(rows: &dyn Rows, path: &Path) -> Result<(), StoreError> {
    let doing = "write the copy";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed(doing))?;
    // Made durable as a whole when it is done, or removed.
    let settings = [("journal_mode", "OFF"), ("synchronous", "OFF"), ("temp_store", "MEMORY")];
    let set = settings.iter().try_for_each(|(name, value)| connection.pragma_update(None, name, value));
    set.map_err(failed(doing))?;
    let transaction = connection.transaction().map_err(failed(doing))?;
    let ids = [("application_id", APPLICATION_ID), ("user_version", MIGRATIONS.len() as i64)];
    ids.iter()
        .try_for_each(|(name, value)| transaction.pragma_update(None, name, value))
        .and_then(|()| MIGRATIONS.iter().try_for_each(|migration| transaction.execute_batch(&migration())))
        .map_err(failed(doing))?;
    let mut to = View(&transaction);
    for table in Table::ALL {
        let mut from = Vec::new();
        loop {
            let page = rows.range(*table, &from, &[], PAGE)?;
            page.iter().try_for_each(|(key, value)| to.put(*table, key, value))?;
            let Some((last, _)) = page.into_iter().next_back() else { break };
            from = after(last);
        }
    }
    transaction.commit().map_err(failed(doing))?;
    connection.close().map_err(|(_, error)| failed(doing)(error))
}

/// Reads a copy back: it is whole, and `look` sees its rows.
pub(super) fn look_at_copy(
    path: &Path,
    look: impl FnOnce(&dyn Rows) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let doing = "read the copy back";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed(doing))?;
    let said: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed(doing))?;
    if said != "ok" {
        return Err(StoreError::Damaged);
    }
    let transaction = connection.transaction().map_err(failed(doing))?;
    look(&View(&transaction))
}

/// `[VLT-04]` Brings the database to this version's schema; refuses one that is newer or not ours.
fn migrate(connection: &mut Connection, create: Create) -> Result<(), StoreError> {
    let pragma = |connection: &Connection, name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(failed("read the database"))
    };
    let (id, version) = (pragma(connection, "application_id")?, pragma(connection, "user_version")?);
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed("read the database"))?;
    let is_new = (id, version, objects) == (0, 0, 0);
    if id != APPLICATION_ID && !is_new {
        return Err(StoreError::Foreign);
    }
    if is_new && create == Create::No {
        return Err(StoreError::Missing);
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(StoreError::Newer { found: version, known });
    }
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed("open the database"))?;
    if mode != "wal" {
        return Err(StoreError::Io {
            doing: "open the database",
            reason: "it has no write-ahead log".into(),
        });
    }
    let done = usize::try_from(version).map_err(|_| StoreError::Foreign)?;
    for (before, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        let doing = "bring the database up to date";
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(failed(doing))?;
        let ids = [("application_id", APPLICATION_ID), ("user_version", before as i64 + 1)];
        let set = ids.iter().try_for_each(|(name, value)| transaction.pragma_update(None, name, value));
        set.and_then(|()| transaction.execute_batch(&migration()))
            .and_then(|()| transaction.commit())
            .map_err(failed(doing))?;
    }
    Ok(())
}

/// Schema 1.
fn create_tables() -> String {
    let table = |table: &Table| {
        let columns = "key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL";
        format!("CREATE TABLE {} ({columns}) STRICT, WITHOUT ROWID;\n", table.name())
    };
    Table::ALL.iter().map(table).collect()
}

impl Store for SqliteStore {
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(failed("read the database"))?;
        work(&View(&transaction))
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(failed("write the database"))?;
        work(&mut View(&transaction))?;
        transaction.commit().map_err(failed("write the database"))?;
        if self.left == Left::Perhaps {
            // The rows have been compared, or the write says that they differ. A journal that stays is compared again.
            let _ = keep_journal(&connection, Journal::Goes);
        }
        Ok(())
    }

    /// Writes the tables with secrets anew, because SQLite leaves copies of cells that it moved
    /// between pages in their slack; then empties the journal into the database and cuts it off.
    fn scrub(&self) -> Result<(), StoreError> {
        let doing = "erase what was deleted";
        let mut connection = self.connection();
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(failed(doing))?;
        let mut rows = View(&transaction);
        for table in WITH_SECRETS {
            let all = rows.range(table, &[], &[], usize::MAX)?;
            let clear = format!("DELETE FROM {}", table.name());
            transaction.execute(&clear, []).map_err(failed(doing))?;
            all.iter().try_for_each(|(key, value)| rows.put(table, key, value))?;
        }
        transaction.commit().map_err(failed(doing))?;
        let busy: i64 = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(failed(doing))?;
        if busy != 0 {
            return Err(StoreError::Io { doing, reason: "the database is busy".into() });
        }
        connection.release_memory().map_err(failed(doing))
    }

    fn examine(&self) -> Result<(), StoreError> {
        let connection = self.connection();
        let said: String = connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(failed("examine the database"))?;
        if said == "ok" { Ok(()) } else { Err(StoreError::Damaged) }
    }

    fn left(&self) -> Left {
        self.left
    }
}

struct View<'a>(&'a Transaction<'a>);

impl Rows for View<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = format!("SELECT value FROM {} WHERE key = ?1", table.name());
        let mut statement = self.0.prepare_cached(&sql).map_err(failed("read the database"))?;
        statement.query_row([key], |row| row.get(0)).optional().map_err(failed("read the database"))
    }

    fn range(&self, table: Table, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let bound = if until.is_empty() { "?2 = x''" } else { "key < ?2" };
        let name = table.name();
        let sql = format!("SELECT key, value FROM {name} WHERE key >= ?1 AND {bound} ORDER BY key LIMIT ?3");
        let mut statement = self.0.prepare_cached(&sql).map_err(failed("read the database"))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement
            .query_map((from, until, limit), |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(failed("read the database"))?;
        rows.collect::<Result<_, _>>().map_err(failed("read the database"))
    }
}

impl RowsMut for View<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let name = table.name();
        let sql = format!("INSERT INTO {name} VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2");
        let mut statement = self.0.prepare_cached(&sql).map_err(failed("write the database"))?;
        statement.execute((key, value)).map(|_| ()).map_err(failed("write the database"))
    }

    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Inserted, StoreError> {
        let sql = format!("INSERT INTO {} VALUES (?1, ?2) ON CONFLICT DO NOTHING", table.name());
        let mut statement = self.0.prepare_cached(&sql).map_err(failed("write the database"))?;
        let rows = statement.execute((key, value)).map_err(failed("write the database"))?;
        Ok(if rows == 0 { Inserted::No } else { Inserted::Yes })
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM {} WHERE key = ?1", table.name());
        let mut statement = self.0.prepare_cached(&sql).map_err(failed("write the database"))?;
        statement.execute([key]).map(|_| ()).map_err(failed("write the database"))
    }
}

/// For `map_err`: SQLite's reason in the store's terms. Its texts hold no value of a row.
fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse,
        Some(ErrorCode::NotADatabase) => StoreError::Foreign,
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged,
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly,
        _ => StoreError::Io { doing, reason: error.to_string() },
    }
}
