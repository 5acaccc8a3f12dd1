//! Rows in plaintext: what `Vault::read` and `Vault::write` give to their caller's work.

use std::cell::RefCell;
use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::random::Random;
use crate::secret::Secret;
use crate::time::Timestamp;

use super::error::VaultError;
use super::seal::{RowSeal, WrappingKey};
use super::store::{Inserted, Rows, RowsMut, StoreError, Table};
use super::sums::{Name, Sums, Walk, name, summed};

/// A row's key, and its value in plaintext, which is wiped when dropped.
pub type PlainRow = (Vec<u8>, Zeroizing<Vec<u8>>);

/// Rows to be read, in plaintext.
pub struct View<'a> {
    pub(super) rows: &'a dyn Rows,
    pub(super) seal: &'a RowSeal,
    pub(super) wrapping: Option<&'a WrappingKey>,
    /// Of a transaction that writes: what it has read.
    pub(super) seen: Option<&'a RefCell<Seen>>,
}

/// The names of sealed rows that a transaction has read: writing them costs no other look.
/// Of two tables' rows with one key, that of the last.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<Vec<u8>, (Table, Name)>);

impl Seen {
    fn note(&mut self, table: Table, key: &[u8], sealed: &[u8]) {
        self.0.insert(key.to_vec(), (table, name(sealed)));
    }

    /// A row that is written is no longer what was read.
    fn take(&mut self, table: Table, key: &[u8]) -> Option<Name> {
        let (of, name) = self.0.remove(key)?;
        (of == table).then_some(name)
    }
}

impl View<'_> {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`VaultError::Row`] if the row was changed or moved; [`VaultError::Store`].
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(sealed) = self.rows.get(table, key)? else { return Ok(None) };
        self.note(table, key, &sealed);
        self.seal.open(table, key, &sealed).map(Some)
    }

    fn note(&self, table: Table, key: &[u8], sealed: &[u8]) {
        if let Some(seen) = self.seen {
            seen.borrow_mut().note(table, key, sealed);
        }
    }

    /// At most `limit` rows with `from ≤ key < until`, ascending. An empty `until` is no bound.
    ///
    /// # Errors
    /// As [`View::get`].
    pub fn range(
        &self,
        table: Table,
        from: &[u8],
        until: &[u8],
        limit: usize,
    ) -> Result<Vec<PlainRow>, VaultError> {
        let open = |(key, sealed): (Vec<u8>, Vec<u8>)| {
            self.note(table, &key, &sealed);
            let value = self.seal.open(table, &key, &sealed)?;
            Ok((key, value))
        };
        self.rows.range(table, from, until, limit)?.into_iter().map(open).collect()
    }

    /// The secret that was put under `key` with [`Edit::put_wrapped`].
    ///
    /// # Errors
    /// [`VaultError::SecretOutOfReach`] if the anchor no longer has its wrapping key; as [`View::get`].
    pub fn get_wrapped(&self, key: &[u8]) -> Result<Option<Secret<32>>, VaultError> {
        let Some(wrapped) = self.get(Table::Wrapped, key)? else { return Ok(None) };
        let wrapping = self.wrapping.ok_or(VaultError::SecretOutOfReach)?;
        wrapping.unwrap(self.seal, key, &wrapped).map(Some)
    }

    /// The keys of at most `limit` wrapped secrets, from `from` on, ascending.
    ///
    /// # Errors
    /// As [`View::get`].
    pub fn wrapped_keys(&self, from: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, VaultError> {
        let rows = self.rows.range(Table::Wrapped, from, &[], limit)?;
        Ok(rows.into_iter().map(|(key, _)| key).collect())
    }
}

/// Rows to be read and written in one transaction.
pub struct Edit<'a> {
    pub(super) rows: &'a mut dyn RowsMut,
    pub(super) seal: &'a RowSeal,
    pub(super) wrapping: Option<&'a WrappingKey>,
    pub(super) random: &'a Random,
    seen: RefCell<Seen>,
    /// The sums as they will stand after this transaction, and the walk over the rows.
    pub(super) tally: Tally,
}

/// What follows the rows with each change (`[VLT-13]`, `[VLT-15]`).
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) sums: Sums,
    pub(super) walk: Option<Walk>,
    /// The latest time that is written (`[VLT-40]`).
    pub(super) floor: Timestamp,
}

impl Tally {
    fn add(&mut self, table: Table, key: &[u8], difference: u128) {
        self.sums.add(table, difference);
        if let Some(walk) = &mut self.walk {
            walk.note(table, key, difference);
        }
    }
}

impl<'a> Edit<'a> {
    pub(super) fn new(
        rows: &'a mut dyn RowsMut,
        seal: &'a RowSeal,
        wrapping: Option<&'a WrappingKey>,
        random: &'a Random,
        tally: Tally,
    ) -> Self {
        Self { rows, seal, wrapping, random, seen: RefCell::default(), tally }
    }
}

impl Edit<'_> {
    /// The time of what is done at `now`: never before what was written, and then written itself.
    pub(super) fn at(&mut self, now: Timestamp) -> Timestamp {
        self.tally.floor = self.tally.floor.max(now);
        self.tally.floor
    }

    /// The rows as they stand in this transaction.
    pub fn view(&self) -> View<'_> {
        View { rows: &*self.rows, seal: self.seal, wrapping: self.wrapping, seen: Some(&self.seen) }
    }

    /// As [`View::get`].
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.view().get(table, key)
    }

    /// As [`View::range`].
    ///
    /// # Errors
    /// As there.
    pub fn range(
        &self,
        table: Table,
        from: &[u8],
        until: &[u8],
        limit: usize,
    ) -> Result<Vec<PlainRow>, VaultError> {
        self.view().range(table, from, until, limit)
    }

    #[cfg(any(test, feature = "hazmat"))]
    /// As [`View::get_wrapped`].
    ///
    /// # Errors
    /// As there.
    pub fn get_wrapped(&self, key: &[u8]) -> Result<Option<Secret<32>>, VaultError> {
        self.view().get_wrapped(key)
    }

    /// Sets the value under `key`.
    ///
    /// # Errors
    /// [`VaultError::ReservedTable`] for `Meta` and `Wrapped`; [`VaultError::Store`].
    pub fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), VaultError> {
        free(table)?;
        self.put_sealed(table, key, value)
    }

    /// Removes the row under `key`, if there is one.
    ///
    /// # Errors
    /// As [`Edit::put`].
    pub fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), VaultError> {
        free(table)?;
        Ok(self.remove(table, key)?)
    }

    /// Puts a secret under `key`, wrapped under the anchor's key: once it is deleted with
    /// `Vault::destroy`, no copy of the store gives it back.
    ///
    /// # Errors
    /// As [`Edit::put`].
    pub fn put_wrapped(&mut self, key: &[u8], secret: &Secret<32>) -> Result<(), VaultError> {
        let wrapping = self.wrapping.ok_or(VaultError::SecretOutOfReach)?;
        let wrapped = wrapping.wrap(self.seal, key, secret, self.random)?;
        self.put_sealed(Table::Wrapped, key, &wrapped)
    }

    /// Removes the secret under `key`. Outside `Vault::destroy` an older copy of the store still
    /// gives it.
    ///
    /// # Errors
    /// As [`Edit::put`].
    pub fn delete_wrapped(&mut self, key: &[u8]) -> Result<(), VaultError> {
        Ok(self.remove(Table::Wrapped, key)?)
    }

    /// Puts a row where there is none, and says whether there was none.
    pub(super) fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Inserted, VaultError> {
        let sealed = self.seal.seal(table, key, value, self.random)?;
        let inserted = self.rows.insert(table, key, &sealed)?;
        if inserted == Inserted::Yes {
            self.tally.add(table, key, self.seal.marker().mark(table, key, &name(&sealed)));
        }
        Ok(inserted)
    }

    fn put_sealed(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), VaultError> {
        let sealed = self.seal.seal(table, key, value, self.random)?;
        if let Some(old) = self.seen.get_mut().take(table, key) {
            self.rows.put(table, key, &sealed)?;
            self.forget(table, key, &old);
        } else if self.rows.insert(table, key, &sealed)? == Inserted::No {
            let old = self.rows.get(table, key)?.ok_or(StoreError::Damaged)?;
            self.rows.put(table, key, &sealed)?;
            self.forget(table, key, &name(&old));
        }
        self.tally.add(table, key, self.seal.marker().mark(table, key, &name(&sealed)));
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let old = match self.seen.get_mut().take(table, key) {
            Some(old) => old,
            None => match self.rows.get(table, key)? {
                Some(old) => name(&old),
                None => return Ok(()),
            },
        };
        self.rows.delete(table, key)?;
        self.forget(table, key, &old);
        Ok(())
    }

    /// Takes a row that is gone out of the sums.
    fn forget(&mut self, table: Table, key: &[u8], old: &Name) {
        let mark = self.seal.marker().mark(table, key, old);
        self.tally.add(table, key, mark.wrapping_neg());
    }

    /// Takes the rows as they stand for what was written last: on the owner's word only.
    pub(super) fn sum_anew(&mut self) -> Result<(), StoreError> {
        let mut sums = Sums::default();
        for table in summed() {
            sums.set(table, self.seal.marker().sum(&*self.rows, table)?);
        }
        self.tally = Tally { sums, walk: None, floor: self.tally.floor };
        Ok(())
    }
}

fn free(table: Table) -> Result<(), VaultError> {
    match table {
        Table::Meta | Table::Wrapped => Err(VaultError::ReservedTable(table.name())),
        _ => Ok(()),
    }
}
