//! Comparing the rows with what the vault wrote last (SPEC §12.6, `[VLT-14]`, `[VLT-15]`).
//!
//! ```text
//! opening    the small tables; all, if the store was not left in order
//! examine    all, in one go, and every row is opened
//! compare    all, in steps between which others write
//! ```

use crate::time::Timestamp;

use super::edit::View;
use super::error::VaultError;
use super::handle::{Inner, PAGE, Unsettled, Vault};
use super::seal::RowSeal;
use super::state::{Condition, Reason, RowState, State};
use super::store::{Left, Rows, Store, StoreError, Table};
use super::sums::{Size, Step, Sums, Walk, after, is_large, summed};
use super::transaction::{Expect, keep, outcome};

/// What one step reads at most: it holds the vault for a few milliseconds.
const STEP: (usize, usize) = (512, 2 << 20);

impl Vault {
    /// Opens every row and every wrapped secret, and compares the rows with what was written last: damage,
    /// and what was put back or removed, is found although no command has met it yet.
    ///
    /// # Errors
    /// [`VaultError::Row`] for the first that does not open; [`VaultError::Quarantined`] if a table's rows
    /// differ, and then the vault is quarantined; as [`Vault::read`].
    pub fn examine(&self) -> Result<(), VaultError> {
        self.check_process()?;
        let inner = self.shared();
        let mut result = None;
        let done = self.store.read(&mut |rows| {
            let view = View { rows, seal: &inner.seal, wrapping: inner.wrapping(), seen: None };
            let opened = Table::ALL.iter().try_for_each(|table| open_all(&view, *table));
            keep(opened.and_then(|()| differing(&view, &inner.rows().sums)), &mut result)
        });
        drop(inner);
        self.judge(outcome(done, result)?)
    }

    /// Compares all rows with what was written last, in steps between which others read and write, and notes
    /// that it was done at `now`.
    ///
    /// # Errors
    /// [`VaultError::Quarantined`] if a table's rows differ, and then the vault is quarantined; as
    /// [`Vault::write`].
    pub fn compare(&self, now: Timestamp) -> Result<(), VaultError> {
        while self.compare_step()? == Progress::More {
            // The lock is free for a moment; whoever waits for it is to get it.
            std::thread::yield_now();
        }
        let mut inner = self.ready()?;
        let before = inner.rows();
        inner.state.rows = Some(RowState { compared: now, ..before });
        let done = self.commit(&mut inner, now, Expect::Own, &mut |_| Ok(()));
        if done.is_err() && inner.unsettled == Unsettled::Nothing {
            inner.state.rows = Some(before);
        }
        done
    }

    /// When [`Vault::compare`] was last done to the end; zero if never.
    pub fn compared(&self) -> Timestamp {
        self.shared().rows().compared
    }

    /// One step of a comparison, from where the last one ended or from the beginning.
    pub(super) fn compare_step(&self) -> Result<Progress, VaultError> {
        let mut inner = self.ready()?;
        let Some(mut walk) = inner.walk.take().or_else(Walk::begin) else { return Ok(Progress::Done) };
        let mut step = Step::Within;
        let read = self.store.read(&mut |rows| {
            let mut on = walk.clone();
            step = on.step(inner.seal.marker(), rows, STEP)?;
            walk = on;
            Ok(())
        });
        read?;
        inner.walk = match step {
            Step::Within => Some(walk),
            Step::EndOf(table, sum) if sum != inner.rows().sums.get(table) => {
                self.quarantine(&mut inner, table)?;
                return Err(differ(table));
            }
            Step::EndOf(..) => walk.next(),
        };
        Ok(if inner.walk.is_some() { Progress::More } else { Progress::Done })
    }

    /// `[VLT-14]` What was found by whatever has gone through the rows.
    pub(super) fn judge(&self, differs: Option<Table>) -> Result<(), VaultError> {
        let Some(table) = differs else { return Ok(()) };
        let mut inner = self.locked();
        if inner.condition == Condition::Sound {
            self.quarantine(&mut inner, table)?;
        }
        Err(differ(table))
    }

    /// `[VLT-14]` Nothing is written any more but this: that the table was found to differ. What opens the
    /// vault next knows it too, without going through all rows.
    pub(super) fn quarantine(&self, inner: &mut Inner, table: Table) -> Result<(), VaultError> {
        inner.condition = Condition::Quarantined(Reason::RowsDiffer(table.name()));
        inner.walk = None;
        self.settle(inner)?;
        if inner.rows().differs == Some(table) {
            return Ok(());
        }
        let floor = inner.state.floor;
        inner.state.rows = Some(RowState { differs: Some(table), ..inner.rows() });
        self.commit(inner, floor, Expect::Own, &mut |_| Ok(()))
    }
}

/// The table whose rows were found to differ, if the error says that.
pub(super) fn differing_in(error: &VaultError) -> Option<Table> {
    let VaultError::Quarantined(Reason::RowsDiffer(name)) = error else { return None };
    summed().find(|table| table.name() == *name)
}

/// Whether a comparison has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

fn differ(table: Table) -> VaultError {
    VaultError::Quarantined(Reason::RowsDiffer(table.name()))
}

/// The first table whose rows are not those that the state tells of. A state of before that was kept is
/// completed with the rows as they are.
pub(super) fn at_opening(
    store: &dyn Store,
    seal: &RowSeal,
    state: &mut State,
) -> Result<Option<Table>, StoreError> {
    let Some(RowState { differs, sums, .. }) = state.rows else {
        let sums = sum_all(store, seal)?;
        state.rows = Some(RowState { sums, ..RowState::default() });
        return Ok(None);
    };
    if differs.is_some() {
        return Ok(differs);
    }
    let all = store.left() == Left::Perhaps;
    let mut found = None;
    store.read(&mut |rows| {
        found = None;
        for table in summed().filter(|table| all || is_large(*table) == Size::Small) {
            if seal.marker().sum(rows, table)? != sums.get(table) {
                found = Some(table);
                break;
            }
        }
        Ok(())
    })?;
    Ok(found)
}

fn sum_all(store: &dyn Store, seal: &RowSeal) -> Result<Sums, StoreError> {
    let mut sums = Sums::default();
    store.read(&mut |rows: &dyn Rows| {
        for table in summed() {
            sums.set(table, seal.marker().sum(rows, table)?);
        }
        Ok(())
    })?;
    Ok(sums)
}

pub(super) fn differing(view: &View<'_>, sums: &Sums) -> Result<Option<Table>, VaultError> {
    for table in summed() {
        if view.seal.marker().sum(view.rows, table)? != sums.get(table) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// The vault's own rows were opened with it; secrets are opened to the end, under the anchor's key.
fn open_all(view: &View<'_>, table: Table) -> Result<(), VaultError> {
    let mut from = Vec::new();
    loop {
        let keys: Vec<Vec<u8>> = match table {
            Table::Meta => return Ok(()),
            Table::Wrapped => view.wrapped_keys(&from, PAGE)?,
            _ => view.range(table, &from, &[], PAGE)?.into_iter().map(|(key, _)| key).collect(),
        };
        if table == Table::Wrapped {
            keys.iter().try_for_each(|key| view.get_wrapped(key).map(drop))?;
        }
        match keys.into_iter().last() {
            Some(last) => from = after(last),
            None => return Ok(()),
        }
    }
}
