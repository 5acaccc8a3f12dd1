//! What is due (SPEC §6.2, `[ROT-16]`).

use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::Error;
use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::time::Timestamp;
use crate::vault::{Condition, PassphraseForm, Reason};

use super::Agency;
use super::situation::{Membership, Situation};

/// One thing that is due. [`Agency::maintain`] does those of the second half.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// The vault does not fit its anchor: find out why, then [`Agency::leave_quarantine`].
    Quarantine(Reason),
    /// The clock is more than two days ahead of everything known, so nothing is destroyed or prepared:
    /// import a new roster, or [`Agency::confirm_time`].
    ConfirmTime,
    /// The clock is so many seconds behind what this vault has seen. If it is wrong, set it. If it is right,
    /// it was ahead once, and what is sealed now is dated too late: [`Agency::set_clock_back`].
    ClockBehind(u64),
    /// The vault opens only with the bytes of the passphrase that were given, which another keyboard or
    /// language may write differently: [`Agency::change_unlock`], with the same passphrase.
    RenewPassphrase,
    /// Nothing newer is held of this country than half the age that policy allows: import its bundle.
    Refresh(Country),
    /// The agency is not in its country's roster: bring [`Agency::enrol_request`] to the centre.
    Enrol,
    /// The agency has been withdrawn from its country's roster.
    Withdrawn,
    /// The agency's identity has been revoked: bring [`Agency::recovery_request`] to the centre.
    Recover,
    /// The agency's recovered identity waits out its country's delay until this time; nobody but the roots
    /// acts for it meanwhile. Afterwards import a roster that was published since.
    Recovering(Timestamp),
    /// The roster names an identity that this vault does not hold. Unless another device of this
    /// agency made it, somebody else speaks for the agency: have it recovered.
    ForeignIdentity(KeyId),
    /// The roster holds an epoch that this vault does not know: mail to it cannot be opened, unless by
    /// somebody else. Find out who announced it, and [`Agency::revoke_epoch`].
    ForeignEpoch(EpochNumber),
    /// This sender has used a sequence number twice within the last 30 days: a copy of its vault is at work beside it,
    /// anchor and all. Tell it: it finds out which copy goes on, and has its identity recovered if the other is
    /// not in its hands. Nothing of what it sends is refused for it.
    SequenceTwice(AgencyId),
    /// So many signed events are to be brought to the centre: [`Agency::announcements`].
    Announce(u64),

    /// So many keys are to be revoked. It is done once an identity of the agency signs: import the own
    /// country's roster, or have the agency recovered.
    Revoke(u64),
    /// So many epochs are to be prepared.
    Prepare(u64),
    /// The secret of this epoch is to be destroyed.
    Destroy(EpochNumber),
    /// The secret of this identity, which another has replaced, is to be erased.
    RetireIdentity(KeyId),
    /// A temporary file that a crash left behind is to be removed.
    Orphan(PathBuf),
}

impl Agency {
    /// What is due, in the vault and in `folders`, where the application seals and opens files.
    ///
    /// # Errors
    /// [`Error::Vault`]; [`Error::Envelope`] if a folder cannot be read.
    pub fn due(&self, folders: &[&Path]) -> Result<Vec<Due>, Error> {
        if let Condition::Quarantined(reason) = self.condition() {
            return Ok(vec![Due::Quarantine(reason)]);
        }
        let mut due = Vec::new();
        let times = self.replica.times();
        if times.jumped() {
            due.push(Due::ConfirmTime);
        }
        due.extend(times.behind().map(Due::ClockBehind));
        due.extend((self.passphrase_form() == PassphraseForm::AsGiven).then_some(Due::RenewPassphrase));
        due.extend(self.situation()?.due());
        let twice = self.ledger_at(self.replica.times().sure).sequence_twice()?;
        due.extend(twice.into_iter().map(|twice| Due::SequenceTwice(twice.sender)));
        for folder in folders {
            due.extend(disk::orphans(folder)?.into_iter().map(Due::Orphan));
        }
        Ok(due)
    }
}

impl Situation {
    fn due(&self) -> Vec<Due> {
        let mut due: Vec<Due> = self.stale.iter().copied().map(Due::Refresh).collect();
        match self.membership {
            Membership::NotEnrolled => due.push(Due::Enrol),
            Membership::Withdrawn => due.push(Due::Withdrawn),
            Membership::NoRoster | Membership::Enrolled => {}
        }
        if self.voiceless {
            due.push(Due::Recover);
        }
        due.extend(self.recovering.map(Due::Recovering));
        due.extend(self.foreign_identity.map(Due::ForeignIdentity));
        due.extend(self.foreign_epochs.iter().copied().map(Due::ForeignEpoch));
        let announce = self.announcements().len() as u64;
        due.extend((announce > 0).then_some(Due::Announce(announce)));
        let revoke = self.unsigned.len() as u64;
        due.extend((revoke > 0).then_some(Due::Revoke(revoke)));
        let prepare = self.missing.len() as u64;
        due.extend((prepare > 0).then_some(Due::Prepare(prepare)));
        due.extend(self.destroy.iter().map(|row| Due::Destroy(row.number)));
        due.extend(self.superseded.iter().map(|identity| Due::RetireIdentity(identity.key_id)));
        due
    }
}
