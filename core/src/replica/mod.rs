//! What every party keeps: a vault, and the verified rosters of all countries (SPEC §13).
//!
//! ```text
//! bundle ──verify against a copy──▶ rows of the vault, the view's last ──swap──▶ Rosters in memory
//! open:              rows of the vault ──restore──▶ Rosters in memory
//! ```

mod export;
mod import;
mod incoming;
mod rosters;
pub(crate) mod rows;
mod status;
mod storage;
mod times;

pub(crate) use incoming::Incoming;
pub use status::CountryStatus;
pub use storage::Storage;

use std::path::Path;
use std::sync::atomic::AtomicU64;

use crate::error::Error;
use crate::ids::AgencyId;
use crate::random::Random;
use crate::roster::{RosterPolicy, Rosters};
use crate::sync::{Exclusive, Rank, Reading, Shared};
use crate::time::{Clock, Timestamp};
use crate::vault::edit::{Edit, View};
use crate::vault::error::VaultError;
use crate::vault::handle::Vault;
use crate::vault::store::StoreError;
use crate::vault::{Condition, Unlock};

/// Rows are compared once in so many seconds.
const COMPARING: u64 = 86_400;

/// A vault with the rosters that are kept in it.
pub(crate) struct Replica {
    vault: Vault,
    rosters: Shared<Rosters>,
    /// Whoever takes a bundle, or rewrites what was taken, holds it: before either of the others' locks.
    importing: Exclusive<()>,
    clock: Clock,
    random: Random,
    /// The newest quorum time, in Unix seconds.
    quorum_time: AtomicU64,
}

impl Replica {
    /// Creates the party's vault in an empty storage.
    pub(crate) fn create(
        storage: Storage,
        owner: AgencyId,
        unlock: Unlock,
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let Storage { store, anchor } = storage;
        let [for_vault, random] = random;
        let vault = Vault::create(store, anchor, owner, unlock, for_vault, clock.now())?;
        let rosters = Shared::new(Rank::Rosters, Rosters::new(RosterPolicy::default()));
        Ok(Self {
            vault,
            rosters,
            importing: Exclusive::new(Rank::Importing, ()),
            clock,
            random,
            quorum_time: AtomicU64::new(0),
        })
    }

    /// Opens a vault, and takes its rosters back. A quarantined one is opened too.
    pub(crate) fn open(
        storage: Storage,
        unlock: Unlock,
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let owner = storage.owner()?;
        let Storage { store, anchor } = storage;
        let [for_vault, random] = random;
        let vault = Vault::open(store, anchor, owner, unlock, for_vault)?;
        let rosters = rosters::load(&vault)?;
        let quorum_time = AtomicU64::new(times::newest(&rosters).unix());
        let rosters = Shared::new(Rank::Rosters, rosters);
        Ok(Self {
            vault,
            rosters,
            importing: Exclusive::new(Rank::Importing, ()),
            clock,
            random,
            quorum_time,
        })
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> &AgencyId {
        self.vault.owner()
    }

    pub(crate) fn random(&self) -> &Random {
        &self.random
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// `[VLT-02]`: before any lock is asked for. In a forked process somebody may hold it who is not there.
    pub(crate) fn check_process(&self) -> Result<(), Error> {
        Ok(self.vault.check_process()?)
    }

    /// Nothing is done in quarantine.
    pub(crate) fn check_sound(&self) -> Result<(), Error> {
        self.check_process()?;
        match self.vault.condition() {
            Condition::Sound => Ok(()),
            Condition::Quarantined(reason) => Err(Error::Quarantined(reason)),
        }
    }

    /// The verified rosters. No write is begun while this is held.
    pub(crate) fn rosters(&self) -> Reading<'_, Rosters> {
        self.rosters.read()
    }

    pub(crate) fn read<T>(&self, mut work: impl FnMut(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.check_process()?;
        undoing(|undo| self.vault.read(|view| undo.keep(work(view))))
    }

    /// One transaction: everything that `work` writes is durable when this returns, or nothing.
    pub(crate) fn write<T>(
        &self,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_process()?;
        let now = self.times().sure;
        undoing(|undo| self.vault.write(now, |edit| undo.keep(work(edit))))
    }

    /// As [`Self::write`]; the wrapped secrets that `work` deletes are gone from every copy.
    pub(crate) fn destroy<T>(
        &self,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_process()?;
        let now = self.times().sure;
        undoing(|undo| self.vault.destroy(now, |edit| undo.keep(work(edit))))
    }

    /// Ends a quarantine: every wrapped secret is deleted, then `work` writes.
    pub(crate) fn leave_quarantine<T>(
        &self,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_process()?;
        let now = self.times().sure;
        undoing(|undo| self.vault.leave_quarantine(now, |edit| undo.keep(work(edit))))
    }

    /// `[VLT-50]` One file with everything but the anchor.
    pub(crate) fn backup(&self, to: &Path) -> Result<(), Error> {
        match self.vault.backup(to) {
            // As of every file that the application names.
            Err(VaultError::Copy(error)) => Err(error.into()),
            done => Ok(done?),
        }
    }

    /// `[VLT-15]` Compares all rows with what was written last, once a day.
    pub(crate) fn compare_if_due(&self) -> Result<(), Error> {
        self.check_sound()?;
        let times = self.times();
        if times.jumped() || times.sure.since(self.vault.compared()) < COMPARING {
            return Ok(());
        }
        Ok(self.vault.compare(times.sure)?)
    }

    /// When that was done last.
    pub(crate) fn rows_compared(&self) -> Option<Timestamp> {
        Some(self.vault.compared()).filter(|at| *at > Timestamp::default())
    }

    /// Changes the passphrase or key, and seals everything anew.
    pub(crate) fn change_unlock(&self, new: Unlock) -> Result<(), Error> {
        self.check_process()?;
        Ok(self.vault.change_unlock(self.times().sure, new)?)
    }
}

/// Carries an error of the caller's work past the vault, which undoes the transaction.
#[derive(Default)]
struct Undo(Option<Error>);

impl Undo {
    fn keep<T>(&mut self, done: Result<T, Error>) -> Result<T, VaultError> {
        done.map_err(|error| {
            self.0 = Some(error);
            StoreError::Undone.into()
        })
    }
}

fn undoing<T>(run: impl FnOnce(&mut Undo) -> Result<T, VaultError>) -> Result<T, Error> {
    let mut undo = Undo::default();
    let done = run(&mut undo);
    match undo.0 {
        Some(error) if done.is_err() => Err(error),
        _ => Ok(done?),
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { vault, rosters: _, importing: _, clock, random: _, quorum_time: _ } = self;
        write!(f, "Replica({}, {:?}, {clock:?})", vault.owner(), vault.condition())
    }
}
