//! The vault: a store and an anchor, opened (SPEC §12.4 to §12.6).
//!
//! ```text
//! write      store: rows, state(g + 1) ─▶ anchor(g + 1) ─▶ acknowledged
//! destroy    anchor(g, K, K') ─▶ store: rows gone, others under K', state(g + 1) ─▶ scrub ─▶ anchor(g + 1, K')
//! open       equal: sound · store one ahead, on the anchor's tag: scrub, anchor ─▶ sound · else quarantined
//! ```

use crate::envelope::ledger::LedgerError;
use crate::ids::AgencyId;
use crate::random::Random;
use crate::sync::{Reading, Shared, Writing};
use crate::time::Timestamp;

use super::anchor::{Anchor, AnchorState, AnchorStoreError};
use super::edit::{Edit, View};
use super::error::VaultError;
use super::group::Group;
use super::header::{self, PassphraseForm, Unlock};
use super::ledger::Accepting;
use super::lock::Process;
use super::seal::{RowSeal, VaultId, WrappingKey};
use super::state::{Condition, Reason, RowState, State};
use super::store::Store;
use super::sums::Walk;
use super::transaction::{Expect, keep, outcome};

/// So many rows are read at a time where all of a table are sealed anew.
pub(super) const PAGE: usize = 256;

/// An agency's or a centre's vault.
///
/// One write at a time; what `work` is given to do must not call the vault itself.
pub struct Vault {
    pub(super) store: Box<dyn Store>,
    pub(super) anchor: Box<dyn Anchor>,
    pub(super) random: Random,
    pub(super) vault: VaultId,
    pub(super) owner: AgencyId,
    pub(super) process: Process,
    /// Acceptances that wait for a transaction.
    pub(super) accepting: Group<Accepting, Result<(), LedgerError>>,
    pub(super) inner: Shared<Inner>,
}

/// What one lock guards: what opens the rows, and how store and anchor stand.
pub(super) struct Inner {
    pub(super) seal: RowSeal,
    /// Of the passphrase that opens the vault.
    pub(super) form: PassphraseForm,
    pub(super) state: State,
    /// What the anchor holds, or will hold once `unsettled` is done.
    pub(super) anchored: AnchorState,
    pub(super) condition: Condition,
    pub(super) unsettled: Unsettled,
    /// A comparison of the rows that is under way.
    pub(super) walk: Option<Walk>,
}

/// What is still to be done before the last write counts as acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unsettled {
    Nothing,
    Anchor,
    ScrubAndAnchor,
}

impl Vault {
    /// Whose vault it is.
    pub fn owner(&self) -> &AgencyId {
        &self.owner
    }

    /// Whether store and anchor belong together.
    pub fn condition(&self) -> Condition {
        self.shared().condition
    }

    /// `[VLT-20]`: which text of the passphrase opens the vault.
    pub fn passphrase_form(&self) -> PassphraseForm {
        self.shared().form
    }

    /// `[VLT-02]`: that the vault was opened by this process, and not by one that it was forked from.
    pub fn check_process(&self) -> Result<(), VaultError> {
        Ok(self.process.check()?)
    }

    /// The generation of the last write.
    pub fn generation(&self) -> u64 {
        self.shared().state.generation
    }

    /// `now`, or the latest time that was written if that is later (`[VLT-40]`).
    pub fn now_floor(&self, now: Timestamp) -> Timestamp {
        now.max(self.shared().state.floor)
    }

    /// Reads. Works in quarantine too.
    ///
    /// # Errors
    /// What `work` returns; [`VaultError::Store`].
    pub fn read<T>(&self, mut work: impl FnMut(&View<'_>) -> Result<T, VaultError>) -> Result<T, VaultError> {
        self.check_process()?;
        let inner = self.shared();
        let mut result = None;
        let done = self.store.read(&mut |rows| {
            let view = View { rows, seal: &inner.seal, wrapping: inner.wrapping(), seen: None };
            keep(work(&view), &mut result)
        });
        outcome(done, result)
    }

    /// Writes, all or nothing; durable and acknowledged by the anchor when this returns. `work` may
    /// be called again if the store asks for it.
    ///
    /// # Errors
    /// What `work` returns, and then nothing was written; [`VaultError::Quarantined`];
    /// [`VaultError::Store`], and [`VaultError::Anchor`] after which the write may have taken place.
    pub fn write<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut inner = self.ready()?;
        self.commit(&mut inner, now, Expect::Own, &mut work)
    }

    /// Writes, and makes the secrets that `work` deletes unreadable everywhere: the others are wrapped
    /// under a new key, store and journal are scrubbed, and the anchor gives up the old key.
    ///
    /// # Errors
    /// As [`Vault::write`]. After an error of store or anchor the destruction is finished with the
    /// next write, or when the vault is opened again, if it was begun.
    pub fn destroy<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut inner = self.ready()?;
        self.rewrap(&mut inner, now, None, &mut work)
    }

    /// Changes what opens the vault. Every row is sealed under a new vault key, every secret wrapped under a
    /// new wrapping key; the old passphrase opens nothing any more, and an older copy of the store no secret.
    ///
    /// # Errors
    /// As [`Vault::destroy`].
    pub fn change_unlock(&self, now: Timestamp, new: Unlock) -> Result<(), VaultError> {
        let mut inner = self.ready()?;
        let made = header::create(&self.vault, &self.owner, &new, &self.random)?;
        drop(new);
        self.rewrap(&mut inner, now, Some(made), &mut |_| Ok(()))
    }

    /// Ends a quarantine: a new generation with a new wrapping key begins. Every wrapped secret in the
    /// store is deleted, before `work` writes what else the owner decided.
    ///
    /// # Errors
    /// [`VaultError::NotQuarantined`]; [`VaultError::AnchorTaken`] if the anchor is another vault's; as
    /// [`Vault::write`], and the vault is then still quarantined.
    pub fn leave_quarantine<T>(
        &self,
        now: Timestamp,
        mut work: impl FnMut(&mut Edit<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.check_process()?;
        let mut inner = self.locked();
        match inner.condition {
            Condition::Sound => return Err(VaultError::NotQuarantined),
            Condition::Quarantined(Reason::AnchorOfAnother) => return Err(VaultError::AnchorTaken),
            Condition::Quarantined(reason) => self.look_again(reason)?,
        }
        let last = inner.anchored.keys.iter().map(|key| key.number).max().unwrap_or(0);
        let number = last.max(inner.state.wrapping).saturating_add(1);
        let generation = inner.anchored.generation.max(inner.state.generation);
        let anchored = AnchorState {
            vault: self.vault,
            generation,
            tag: self.random.bytes()?,
            keys: vec![WrappingKey { number, key: self.random.secret()? }],
        };
        self.anchor.save(&anchored)?;
        let before = inner.state.clone();
        let rows = Some(RowState { differs: None, ..inner.rows() });
        inner.state = State { generation, tag: anchored.tag, wrapping: number, rows, ..before.clone() };
        inner.anchored = anchored;
        inner.unsettled = Unsettled::ScrubAndAnchor;
        let result = self.commit(&mut inner, now, Expect::Anything, &mut |edit| {
            edit.sum_anew()?;
            for key in edit.view().wrapped_keys(&[], usize::MAX)? {
                edit.delete_wrapped(&key)?;
            }
            work(edit)
        });
        if inner.state.generation == generation {
            inner.state = before;
        } else {
            inner.condition = Condition::Sound;
        }
        result
    }

    /// The anchor may have come since the vault was opened: a disk that was mounted, or another vault's.
    fn look_again(&self, reason: Reason) -> Result<(), VaultError> {
        match self.anchor.load() {
            Ok(Some(anchor)) if anchor.vault != self.vault => Err(VaultError::AnchorTaken),
            Ok(Some(_)) if reason == Reason::AnchorMissing => {
                Err(AnchorStoreError::Failed("it is there now: open the vault again".into()).into())
            }
            Ok(_) | Err(AnchorStoreError::Damaged) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets the latest time that is believed back to `now`, on the operator's word: after a clock that
    /// was ahead has written.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn set_clock_back(&self, now: Timestamp) -> Result<(), VaultError> {
        let mut inner = self.ready()?;
        let before = std::mem::replace(&mut inner.state.floor, now);
        let result = self.commit(&mut inner, now, Expect::Own, &mut |_| Ok(()));
        if result.is_err() && inner.unsettled == Unsettled::Nothing {
            inner.state.floor = before;
        }
        result
    }

    pub(super) fn shared(&self) -> Reading<'_, Inner> {
        self.inner.read()
    }

    pub(super) fn locked(&self) -> Writing<'_, Inner> {
        self.inner.write()
    }

    /// The vault for a write: sound, and every earlier write acknowledged.
    pub(super) fn ready(&self) -> Result<Writing<'_, Inner>, VaultError> {
        self.check_process()?;
        let mut inner = self.locked();
        if let Condition::Quarantined(reason) = inner.condition {
            return Err(VaultError::Quarantined(reason));
        }
        self.settle(&mut inner)?;
        Ok(inner)
    }
}

impl Inner {
    pub(super) fn wrapping(&self) -> Option<&WrappingKey> {
        self.anchored.keys.iter().find(|key| key.number == self.state.wrapping)
    }

    pub(super) fn rows(&self) -> RowState {
        self.state.rows.unwrap_or_default()
    }

    /// Somebody else wrote to the store: this process must not any more.
    pub(super) fn note(&mut self, error: &VaultError) {
        if let VaultError::Quarantined(reason) = error {
            self.condition = Condition::Quarantined(*reason);
        }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store: _, anchor: _, random: _, vault: _, owner, process: _, accepting: _, inner: _ } =
            self;
        write!(f, "Vault({owner}, generation {}, {:?})", self.generation(), self.condition())
    }
}
