//! Writing: one transaction of the store, then the anchor (SPEC §12.4).

use crate::random::Random;
use crate::time::Timestamp;

use super::compare::differing_in;
use super::edit::{Edit, Tally};
use super::error::VaultError;
use super::handle::{Inner, PAGE, Unsettled, Vault};
use super::header::{self, PassphraseForm};
use super::seal::{RowSeal, WrappingKey};
use super::state::{self, Reason, RowState, State};
use super::store::{Rows, RowsMut, StoreError, Table};
use super::sums::{Sums, after, name, summed};

impl Vault {
    /// `[VLT-32]` Scrubs if a destruction asks for it, then brings the anchor up to the store.
    pub(super) fn settle(&self, inner: &mut Inner) -> Result<(), VaultError> {
        if inner.unsettled == Unsettled::ScrubAndAnchor {
            self.store.scrub()?;
            inner.unsettled = Unsettled::Anchor;
        }
        if inner.unsettled == Unsettled::Anchor {
            let State { generation, tag, wrapping, .. } = inner.state;
            inner.anchored.keys.retain(|key| key.number == wrapping);
            inner.anchored.generation = generation;
            inner.anchored.tag = tag;
            self.anchor.save(&inner.anchored)?;
            inner.unsettled = Unsettled::Nothing;
        }
        Ok(())
    }

    /// One transaction of the store with the state that follows, then the anchor.
    pub(super) fn commit<T>(
        &self,
        inner: &mut Inner,
        now: Timestamp,
        expect: Expect,
        work: &mut dyn FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut state = self.next_state(inner, now, inner.state.wrapping)?;
        let mut walk = None;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                expect.check(inner, rows)?;
                let mut edit = self.edit(inner, rows, state.floor);
                let value = work(&mut edit)?;
                let Tally { sums, walk: walked, floor } = edit.tally;
                walk = walked;
                state.floor = floor;
                self.put_state(rows, &inner.seal, &mut state, sums)?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = outcome(done, result).inspect_err(|error| inner.note(error))?;
        inner.state = state;
        inner.walk = walk;
        inner.unsettled = inner.unsettled.max(Unsettled::Anchor);
        self.settle(inner)?;
        Ok(value)
    }

    /// `[VLT-33]` A write after which nothing is sealed or wrapped under the old keys.
    pub(super) fn rewrap<T>(
        &self,
        inner: &mut Inner,
        now: Timestamp,
        new: Option<(Vec<u8>, RowSeal)>,
        work: &mut dyn FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        // [VLT-33] What a transaction that failed has left on the disk may be wrapped under the next key that
        // was drawn for it. A plain one first shows that the present key is the store's; then that key goes.
        let last = inner.anchored.keys.iter().map(|key| key.number).max().unwrap_or(0);
        if inner.anchored.keys.len() > 1 {
            self.commit(inner, now, Expect::Own, &mut |_| Ok(()))?;
        }
        let number = last.max(inner.state.wrapping).saturating_add(1);
        let mut state = self.next_state(inner, now, number)?;
        inner.anchored.keys.push(WrappingKey { number, key: self.random.secret()? });
        self.anchor.save(&inner.anchored)?;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                Expect::Own.check(inner, rows)?;
                let mut edit = self.edit(inner, rows, state.floor);
                let value = work(&mut edit)?;
                let Tally { mut sums, floor, .. } = edit.tally;
                state.floor = floor;
                let to = new.as_ref().map_or(&inner.seal, |(_, seal)| seal);
                self.rewrap_secrets(inner, rows, to, &mut sums)?;
                if let Some((header, to)) = &new {
                    self.seal_anew(inner, rows, to, &mut sums)?;
                    rows.put(Table::Meta, header::KEY, header)?;
                }
                self.put_state(rows, to, &mut state, sums)?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = match outcome(done, result) {
            Ok(value) => value,
            Err(error) => {
                inner.note(&error);
                if let Some(table) = differing_in(&error) {
                    self.quarantine(inner, table)?;
                }
                return Err(error);
            }
        };
        inner.state = state;
        inner.walk = None;
        if let Some((_, seal)) = new {
            inner.seal = seal;
            inner.form = PassphraseForm::Normal;
        }
        inner.unsettled = Unsettled::ScrubAndAnchor;
        self.settle(inner)?;
        Ok(value)
    }

    fn edit<'a>(&'a self, inner: &'a Inner, rows: &'a mut dyn RowsMut, floor: Timestamp) -> Edit<'a> {
        let tally = Tally { sums: inner.rows().sums, walk: inner.walk.clone(), floor };
        Edit::new(rows, &inner.seal, inner.wrapping(), &self.random, tally)
    }

    fn put_state(
        &self,
        rows: &mut dyn RowsMut,
        seal: &RowSeal,
        state: &mut State,
        sums: Sums,
    ) -> Result<(), VaultError> {
        state.rows = Some(RowState { sums, ..state.rows.unwrap_or_default() });
        let sealed = seal.seal(Table::Meta, state::KEY, &state.encode(), &self.random)?;
        Ok(rows.put(Table::Meta, state::KEY, &sealed)?)
    }

    /// Wraps every secret under the anchor's newest key, and seals its row with `to`.
    fn rewrap_secrets(
        &self,
        inner: &Inner,
        rows: &mut dyn RowsMut,
        to: &RowSeal,
        sums: &mut Sums,
    ) -> Result<(), VaultError> {
        let next = inner.anchored.keys.last().ok_or(VaultError::SecretOutOfReach)?;
        let mut resealing = Resealing::of(Table::Wrapped, inner, to);
        for (key, sealed) in rows.range(Table::Wrapped, &[], &[], usize::MAX)? {
            let wrapped = inner.seal.open(Table::Wrapped, &key, &sealed)?;
            let present = inner.wrapping().ok_or(VaultError::SecretOutOfReach)?;
            let secret = present.unwrap(&inner.seal, &key, &wrapped)?;
            let wrapped = next.wrap(to, &key, &secret, &self.random)?;
            resealing.put(rows, &key, &sealed, &wrapped, &self.random)?;
        }
        resealing.end(sums)
    }

    /// Seals the rows of all other tables with `to`.
    fn seal_anew(
        &self,
        inner: &Inner,
        rows: &mut dyn RowsMut,
        to: &RowSeal,
        sums: &mut Sums,
    ) -> Result<(), VaultError> {
        for table in summed().filter(|table| *table != Table::Wrapped) {
            let mut resealing = Resealing::of(table, inner, to);
            let mut from = Vec::new();
            loop {
                let page = rows.range(table, &from, &[], PAGE)?;
                for (key, sealed) in &page {
                    let plain = inner.seal.open(table, key, sealed)?;
                    resealing.put(rows, key, sealed, &plain, &self.random)?;
                }
                let Some((last, _)) = page.into_iter().next_back() else { break };
                from = after(last);
            }
            resealing.end(sums)?;
        }
        Ok(())
    }

    fn next_state(&self, inner: &Inner, now: Timestamp, wrapping: u64) -> Result<State, VaultError> {
        let State { generation, tag, floor, rows, .. } = inner.state;
        let generation = generation.saturating_add(1);
        let floor = floor.max(now);
        Ok(State { generation, tag: self.random.bytes()?, previous: tag, wrapping, floor, rows })
    }
}

/// A table whose rows are sealed anew: what was put back or removed is noticed, not sealed again.
struct Resealing<'a> {
    table: Table,
    from: &'a RowSeal,
    to: &'a RowSeal,
    before: u128,
    after: u128,
}

impl<'a> Resealing<'a> {
    fn of(table: Table, inner: &'a Inner, to: &'a RowSeal) -> Self {
        Self { table, from: &inner.seal, to, before: 0, after: 0 }
    }

    fn put(
        &mut self,
        rows: &mut dyn RowsMut,
        key: &[u8],
        old: &[u8],
        value: &[u8],
        random: &Random,
    ) -> Result<(), VaultError> {
        let sealed = self.to.seal(self.table, key, value, random)?;
        let mark = |seal: &RowSeal, sealed: &[u8]| seal.marker().mark(self.table, key, &name(sealed));
        self.before = self.before.wrapping_add(mark(self.from, old));
        self.after = self.after.wrapping_add(mark(self.to, &sealed));
        Ok(rows.put(self.table, key, &sealed)?)
    }

    fn end(self, sums: &mut Sums) -> Result<(), VaultError> {
        if self.before != sums.get(self.table) {
            return Err(VaultError::Quarantined(Reason::RowsDiffer(self.table.name())));
        }
        sums.set(self.table, self.after);
        Ok(())
    }
}

/// Which state a transaction must find in the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    Nothing,
    Anything,
    /// The one this process wrote or read last, by its tag.
    Own,
}

impl Expect {
    /// `[VLT-34]`
    fn check(self, inner: &Inner, rows: &dyn Rows) -> Result<(), VaultError> {
        let found = rows.get(Table::Meta, state::KEY)?;
        match (self, &found) {
            (Self::Anything, _) | (Self::Nothing, None) => return Ok(()),
            (Self::Nothing, Some(_)) => return Err(VaultError::Exists),
            (Self::Own, _) => {}
        }
        let found = read_state(&inner.seal, found.as_deref())?;
        if (found.generation, found.tag) == (inner.state.generation, inner.state.tag) {
            Ok(())
        } else {
            Err(VaultError::Quarantined(Reason::Diverged))
        }
    }
}

pub(super) fn read_state(seal: &RowSeal, sealed: Option<&[u8]>) -> Result<State, VaultError> {
    let error = || VaultError::Row(Table::Meta.name());
    let plain = seal.open(Table::Meta, state::KEY, sealed.ok_or_else(error)?)?;
    State::decode(&plain).ok_or_else(error)
}

/// Keeps what a caller's work returned, and tells the store whether to go on.
pub(super) fn keep<T>(
    value: Result<T, VaultError>,
    kept: &mut Option<Result<T, VaultError>>,
) -> Result<(), StoreError> {
    match value {
        Ok(value) => {
            *kept = Some(Ok(value));
            Ok(())
        }
        // The store must see its own errors: it may know what to do.
        Err(VaultError::Store(error)) => Err(error),
        Err(error) => {
            *kept = Some(Err(error));
            Err(StoreError::Undone)
        }
    }
}

pub(super) fn outcome<T>(
    done: Result<(), StoreError>,
    kept: Option<Result<T, VaultError>>,
) -> Result<T, VaultError> {
    match (done, kept) {
        (Ok(()), Some(result)) => result,
        (Err(StoreError::Undone), Some(Err(error))) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(()), None) => Err(StoreError::Undone.into()),
    }
}
