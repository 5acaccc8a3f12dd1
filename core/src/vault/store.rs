//! The seam below the vault: ordered tables of byte strings with transactions (SPEC §12.1).
//!
//! A store knows nothing of keys and meaning; the vault seals every value before it comes here.

use std::io;

/// Where the rows are. Implementations: [`SqliteStore`](super::sqlite::SqliteStore),
/// [`MemoryStore`](super::memory::MemoryStore).
///
/// What an implementation for a database server has to keep:
/// - Keys are compared as unsigned bytes, shorter before longer (PostgreSQL: `bytea`, which does).
/// - `write` is one serialisable transaction; at most one is under way for a store. Where the
///   database refuses a transaction for a conflict, `work` may be called again from the start.
/// - `write` returns only when the transaction is durable: it survives the loss of power. If it
///   returns an error, the transaction took place whole or not at all.
/// - An error of `work` undoes the transaction and is returned unchanged.
/// - One process owns a store: a second one is refused with [`StoreError::InUse`] (PostgreSQL: an
///   advisory lock of the session that writes).
/// - After `scrub` nothing that was deleted or replaced can be read from what the store occupies:
///   journals, free pages, old versions of rows (PostgreSQL: `VACUUM FULL` and a checkpoint; its
///   archived journals lie outside and are why wrapping keys stand in the anchor).
pub trait Store: Send + Sync {
    /// Runs `work` on one state of the rows.
    ///
    /// # Errors
    /// [`StoreError`]; what `work` returned, if it failed.
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Runs `work` in a transaction: all of it becomes durable before this returns, or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; what `work` returned, if it failed.
    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Makes what was deleted or replaced unreadable in everything the store occupies.
    ///
    /// # Errors
    /// [`StoreError`]; the scrubbing must then be done again.
    fn scrub(&self) -> Result<(), StoreError>;

    /// Examines everything the store occupies for damage that reading single rows would not meet. What
    /// stands in the rows, the vault judges. A store that cannot tell, says nothing.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; [`StoreError`] if it cannot be read.
    fn examine(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How the store was left before it was opened this time.
    fn left(&self) -> Left {
        Left::Perhaps
    }
}

/// A row's key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Rows to be read.
pub trait Rows {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` rows with `from ≤ key < until`, ascending. An empty `until` is no bound.
    ///
    /// # Errors
    /// [`StoreError`].
    fn range(&self, table: Table, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<Row>, StoreError>;
}

/// Rows to be written.
pub trait RowsMut: Rows {
    /// Sets the value under `key`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// Sets the value under `key` if there is no row, and says whether there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Inserted, StoreError> {
        if self.get(table, key)?.is_some() {
            return Ok(Inserted::No);
        }
        self.put(table, key, value)?;
        Ok(Inserted::Yes)
    }

    /// Removes the row under `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError>;
}

/// Whether there was no row under a key, so that there is one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// There was none.
    Yes,
    /// There was one, and it stands as it did.
    No,
}

/// How the store was left when it was used last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Closed, with nothing to catch up on.
    InOrder,
    /// Perhaps not: a journal lay beside it, or the store cannot tell. Every row is then compared with what
    /// the vault last wrote before the vault counts as sound.
    Perhaps,
}

impl Store for Box<dyn Store> {
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError> {
        (**self).read(work)
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        (**self).write(work)
    }

    fn scrub(&self) -> Result<(), StoreError> {
        (**self).scrub()
    }

    fn examine(&self) -> Result<(), StoreError> {
        (**self).examine()
    }

    fn left(&self) -> Left {
        (**self).left()
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// The tables. Numbers are bound into sealed rows and never change (SPEC §12.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Table { $($(#[$doc])* $name = $number,)* }

        impl Table {
            /// All tables.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number that is bound into the table's rows.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The name in a database.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

tables! {
    /// The vault's own rows: header and state.
    Meta = 1, "meta";
    /// The agency's identities.
    Identity = 2, "identity";
    /// The agency's epochs, without their seeds.
    Epoch = 3, "epoch";
    /// A centre's log and witness keys.
    Authority = 4, "authority";
    /// Pinned trust anchors.
    Pin = 5, "pin";
    /// The operator's decisions.
    Policy = 6, "policy";
    /// Leaves and events of rosters.
    RosterEntry = 7, "roster_entry";
    /// Checkpoints of rosters.
    Checkpoint = 8, "checkpoint";
    /// Revocations heard outside the logs.
    Heard = 9, "heard";
    /// Countries that are frozen, with the proof.
    Freeze = 10, "freeze";
    /// Envelopes that arrived.
    Ledger = 11, "ledger";
    /// The ledger's rows by the time until which they are kept.
    LedgerTime = 12, "ledger_time";
    /// Two manifests of one sender under one envelope id.
    Conflict = 13, "conflict";
    /// What waits to be sent.
    Outbox = 14, "outbox";
    /// Secrets under the anchor's key: epoch seeds.
    Wrapped = 15, "wrapped";
    /// Single values that the handles keep: numbers reserved, policies, the last signed checkpoint.
    Handle = 16, "handle";
    /// The checkpoint that a centre cosigned last, for each country.
    Witnessed = 17, "witnessed";
    /// The events that a centre's log has admitted and not published, by their place.
    Pending = 18, "pending";
}

/// The store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process, or this one, has the store open.
    #[error("the vault is in use by another process, or opened twice: close the other one first")]
    InUse,
    /// This process was forked from the one that opened the store.
    #[error("the vault was opened by the process that this one was forked from: open it after forking")]
    Forked,
    /// There is no store where one was to be opened.
    #[error("there is no vault here: create one first, or name another folder")]
    Missing,
    /// The database is missing or empty, and its anchor is there.
    #[error(
        "the vault's anchor is here, and its database is missing or empty: put the newest copy of `vault.sqlite` \
         there, without a journal beside it; if there is none, the vault is lost: create another in another folder"
    )]
    Lost,
    /// The database is not a vault's.
    #[error("the database is not a vault: name another folder")]
    Foreign,
    /// The database was written by a later version.
    #[error("the database is of version {found}, this library knows up to {known}: update the library")]
    Newer {
        /// The database's version.
        found: i64,
        /// The latest version that this library knows.
        known: i64,
    },
    /// The database's pages contradict each other.
    #[error("the database is damaged: restore the disk, then open the vault again")]
    Damaged,
    /// No room is left for the database.
    #[error("no room is left for the vault: make room and try again")]
    Full,
    /// The database or its folder is read-only.
    #[error("the vault cannot be written: make its folder and files writable")]
    ReadOnly,
    /// A path cannot be used.
    #[error("the vault's folder cannot be used: {0}")]
    Path(&'static str),
    /// Reading or writing failed.
    #[error("cannot {doing}: {reason}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The reason.
        reason: String,
    },
    /// The caller's work failed; the transaction was undone.
    #[error("the transaction was undone")]
    Undone,
}

impl StoreError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Forked => "forked",
            Self::Missing => "no-vault",
            Self::Lost => "vault-lost",
            Self::Foreign => "not-a-vault",
            Self::Newer { .. } => "newer-vault",
            Self::Damaged => "store-damaged",
            Self::Full => "store-full",
            Self::ReadOnly => "store-read-only",
            Self::Path(_) => "path",
            Self::Io { .. } => "store-io",
            Self::Undone => "undone",
        }
    }

    /// For `map_err`: what was being done with files.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::Io { doing, reason: error.to_string() },
        }
    }
}
