//! Writing: one transaction of the store, then the anchor (SPEC §12.4).

use crate::time::Timestamp;

use super::edit::Edit;
use super::error::VaultError;
use super::handle::{Inner, PAGE, Unsettled, Vault};
use super::header::{self, PassphraseForm};
use super::seal::{RowSeal, WrappingKey};
use super::state::{self, Reason, State};
use super::store::{Rows, RowsMut, StoreError, Table};

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
        let state = self.next_state(inner, now, inner.state.wrapping)?;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                expect.check(inner, rows)?;
                let (seal, wrapping) = (&inner.seal, inner.wrapping());
                let mut edit = Edit { rows: &mut *rows, seal, wrapping, random: &self.random };
                let value = work(&mut edit)?;
                edit.put_sealed(Table::Meta, state::KEY, &state.encode())?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = outcome(done, result).inspect_err(|error| inner.note(error))?;
        inner.state = state;
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
        let number = inner.state.wrapping.saturating_add(1);
        let state = self.next_state(inner, now, number)?;
        // A transaction that failed may have reached the disk: the next key stays in the anchor until
        // a later one is durable, and serves again.
        if inner.anchored.keys.iter().all(|key| key.number != number) {
            inner.anchored.keys.push(WrappingKey { number, key: self.random.secret()? });
        }
        self.anchor.save(&inner.anchored)?;
        let mut result = None;
        let done = self.store.write(&mut |rows| {
            let mut attempt = || {
                Expect::OwnState.check(inner, rows)?;
                let (seal, wrapping) = (&inner.seal, inner.wrapping());
                let mut edit = Edit { rows: &mut *rows, seal, wrapping, random: &self.random };
                let value = work(&mut edit)?;
                let to = new.as_ref().map_or(seal, |(_, seal)| seal);
                self.rewrap_secrets(inner, rows, to)?;
                if let Some((header, to)) = &new {
                    self.seal_anew(inner, rows, to)?;
                    rows.put(Table::Meta, header::KEY, header)?;
                }
                let sealed = to.seal(Table::Meta, state::KEY, &state.encode(), &self.random)?;
                rows.put(Table::Meta, state::KEY, &sealed)?;
                Ok(value)
            };
            keep(attempt(), &mut result)
        });
        let value = outcome(done, result).inspect_err(|error| inner.note(error))?;
        inner.state = state;
        if let Some((_, seal)) = new {
            inner.seal = seal;
            inner.form = PassphraseForm::Normal;
        }
        inner.unsettled = Unsettled::ScrubAndAnchor;
        self.settle(inner)?;
        Ok(value)
    }

    /// Wraps every secret under the anchor's newest key, and seals its row with `to`.
    fn rewrap_secrets(&self, inner: &Inner, rows: &mut dyn RowsMut, to: &RowSeal) -> Result<(), VaultError> {
        let next = inner.anchored.keys.last().ok_or(VaultError::SecretOutOfReach)?;
        for (key, sealed) in rows.range(Table::Wrapped, &[], &[], usize::MAX)? {
            let wrapped = inner.seal.open(Table::Wrapped, &key, &sealed)?;
            let present = inner.wrapping().ok_or(VaultError::SecretOutOfReach)?;
            let secret = present.unwrap(&inner.seal, &key, &wrapped)?;
            let wrapped = next.wrap(to, &key, &secret, &self.random)?;
            rows.put(Table::Wrapped, &key, &to.seal(Table::Wrapped, &key, &wrapped, &self.random)?)?;
        }
        Ok(())
    }

    /// Seals the rows of all other tables with `to`.
    fn seal_anew(&self, inner: &Inner, rows: &mut dyn RowsMut, to: &RowSeal) -> Result<(), VaultError> {
        let others = Table::ALL.iter().filter(|table| !matches!(table, Table::Meta | Table::Wrapped));
        for &table in others {
            let mut from = Vec::new();
            loop {
                let page = rows.range(table, &from, &[], PAGE)?;
                for (key, sealed) in &page {
                    let plain = inner.seal.open(table, key, sealed)?;
                    rows.put(table, key, &to.seal(table, key, &plain, &self.random)?)?;
                }
                let Some((last, _)) = page.into_iter().next_back() else { break };
                from = last;
                // The key that follows `last`: none lies between.
                from.push(0);
            }
        }
        Ok(())
    }

    fn next_state(&self, inner: &Inner, now: Timestamp, wrapping: u64) -> Result<State, VaultError> {
        let State { generation, tag, floor, .. } = inner.state;
        let generation = generation.saturating_add(1);
        Ok(State { generation, tag: self.random.bytes()?, previous: tag, wrapping, floor: floor.max(now) })
    }
}

/// Which state a transaction must find in the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    NoState,
    AnyState,
    /// The one this process wrote or read last.
    OwnState,
    /// The same, whatever its floor.
    OwnTag,
}

impl Expect {
    /// `[VLT-34]`
    fn check(self, inner: &Inner, rows: &dyn Rows) -> Result<(), VaultError> {
        let found = rows.get(Table::Meta, state::KEY)?;
        match (self, &found) {
            (Self::AnyState, _) | (Self::NoState, None) => return Ok(()),
            (Self::NoState, Some(_)) => return Err(VaultError::Exists),
            (Self::OwnState | Self::OwnTag, _) => {}
        }
        let found = read_state(&inner.seal, found.as_deref())?;
        let same = found == inner.state || (self == Self::OwnTag && found.tag == inner.state.tag);
        if same { Ok(()) } else { Err(VaultError::Quarantined(Reason::Diverged)) }
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
