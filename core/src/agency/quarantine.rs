//! Leaving quarantine (SPEC §6.6, `[ROT-50]`…`[ROT-53]`).
//!
//! The store may be an old copy, or one of two: another may have used its keys and numbers. So
//! none of them is used again.

use crate::error::Error;
use crate::keys::keyring::Keyring;
use crate::roster::event::Reason;
use crate::time::Timestamp;

use super::Agency;
use super::rows::{self, EpochRow, Outgoing, SecretIs};

impl Agency {
    /// Ends the quarantine, on the operator's decision: every epoch in the store is destroyed, and
    /// revoked as soon as its revocation is brought to the centre; where no identity of the agency signs now,
    /// [`Due::Revoke`](super::Due::Revoke) says so until one does. The numbers that envelopes carry
    /// skip what may have been used. Mail that was under way is lost: its senders seal it again.
    /// Import the rosters next, then [`Agency::maintain`] prepares epochs above the roster's highest.
    ///
    /// # Errors
    /// [`Error::State`] if the agency is not in quarantine; [`Error::Vault`].
    pub fn leave_quarantine(&self) -> Result<(), Error> {
        self.check_process()?;
        let _upkeep = self.upkeep.lock();
        if self.replica.check_sound().is_ok() {
            return Err(Error::State("the agency is not in quarantine"));
        }
        let times = self.replica.times();
        let rows = self.replica.read(EpochRow::all)?;
        let revocations = self.revocations(&rows, times.now)?;
        self.replica.leave_quarantine(|edit| {
            for row in &rows {
                EpochRow { secret: SecretIs::Destroyed, event: None, ..row.clone() }.put(edit)?;
            }
            for revocation in &revocations {
                revocation.put(edit)?;
            }
            let next = rows::sequence(&edit.view())?;
            rows::put_sequence(edit, beyond(next, times.now))
        })?;
        self.sequence.forget();
        let mut keyring = self.keyring.write();
        *keyring = Keyring::new(self.id().clone());
        rows.iter().for_each(|row| keyring.bury(row.number, row.key_id));
        Ok(())
    }

    /// Of every epoch that still opens, in the store or in the roster only.
    fn revocations(&self, rows: &[EpochRow], now: Timestamp) -> Result<Vec<Outgoing>, Error> {
        let identity = match self.signing_identity() {
            Err(Error::NoIdentity(_)) => None,
            identity => Some(identity?),
        };
        let in_store =
            rows.iter().filter(|row| row.is_held() && row.window.opens_at(now)).map(|row| row.key_id);
        let mut key_ids: Vec<_> = in_store.collect();
        key_ids.extend(self.with_rosters(|rosters| {
            let roster = rosters.roster(self.id().country());
            let epochs = roster.and_then(|roster| roster.agency(self.id()));
            let epochs = epochs
                .iter()
                .flat_map(|agency| agency.epochs())
                .filter(|epoch| epoch.window().opens_at(now) && epoch.revocation().is_none());
            epochs.map(|epoch| *epoch.key_id()).collect::<Vec<_>>()
        }));
        key_ids.sort_unstable();
        key_ids.dedup();
        let sign = |key_id| {
            let sign = |identity| self.sign_revocation(&key_id, Reason::KeyLoss, identity);
            let event = identity.as_deref().map(sign).transpose()?;
            Ok(Outgoing { key_id, not_before: Timestamp::default(), event })
        };
        key_ids.into_iter().map(sign).collect()
    }
}

/// `[ROT-52]` More than any copy of the store can have used by now: nobody seals a million envelopes
/// in a second, and no two ways out of quarantine happen in the same one.
fn beyond(next: u64, now: Timestamp) -> u64 {
    next.saturating_add(sequence_block()).max(now.unix() << 20)
}

const fn sequence_block() -> u64 {
    super::sequence::BLOCK
}
