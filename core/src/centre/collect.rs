//! Collecting cosignatures: at a quorum the log is published (SPEC §4.20, `[BND-57]`).

use std::io::Cursor;

use super::Centre;
use super::pending::published;
use super::rows::{self, LOG_RESTORED, ROUND, SIGNED};
use crate::error::Error;
use crate::ids::Country;
use crate::replica::Incoming;
use crate::roster::{BundleReader, CheckpointError, Imported, RosterError, SignedCheckpoint};
use crate::time::Timestamp;
use crate::vault::store::Table;

/// How far a proposal has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// The policy asks for more cosignatures.
    Waiting {
        /// Who has cosigned.
        cosigned: Vec<Country>,
        /// Whose cosignatures would count too.
        missing: Vec<Country>,
        /// Who has cosigned this note, and when by the witness's clock, at a time that is still to come by
        /// this centre's: one of the two clocks is wrong. It counts once that time is here.
        not_yet: Vec<(Country, Timestamp)>,
        /// What time it is by this centre's clock.
        now: Timestamp,
    },
    /// A quorum has cosigned; the roster can be exported.
    Published(Imported),
}

impl Centre {
    /// Takes the cosignatures of a note that another centre has returned. What counts is verified
    /// before it is taken, and durable when this returns.
    ///
    /// # Errors
    /// [`Error::Roster`]: the note is of another checkpoint than the last one published, a
    /// cosignature of a known witness does not verify, or no witnesses are known.
    pub fn collect(&self, note: &SignedCheckpoint) -> Result<Collected, Error> {
        let mut log = self.log()?;
        let nothing = Error::State("nothing has been proposed: publish first");
        let round = self.replica.read(|view| rows::note(view, Table::Handle, ROUND))?.ok_or(nothing)?;
        let now = self.now();
        let (merged, cosigned, missing, not_yet) = {
            let rosters = self.replica.rosters();
            let policy = rosters.policy(self.country()).ok_or(RosterError::NoPolicy(self.country()))?;
            let latest = self.latest();
            let mut merged = round.clone();
            merged.take(note, policy, latest)?;
            let cosigners = merged.cosigners(policy, latest)?;
            let spoken = |name: &str| cosigners.iter().any(|(pair, _)| pair.name() == name);
            let (mut cosigned, mut missing) = (Vec::new(), Vec::new());
            for (name, country) in policy.countries() {
                if spoken(name) { cosigned.push(country) } else { missing.push(country) }
            }
            let mut not_yet = note.not_yet(policy, latest)?;
            not_yet.retain(|(country, _)| missing.contains(country));
            missing.retain(|country| not_yet.iter().all(|(early, _)| early != country));
            (merged, cosigned, missing, not_yet)
        };
        if merged != round {
            self.replica.write(|edit| Ok(edit.put(Table::Handle, ROUND, merged.encode().as_bytes())?))?;
        }
        if !self.has_quorum(&merged) {
            return Ok(Collected::Waiting { cosigned, missing, not_yet, now });
        }
        let imported = self.take_round(&merged)?;
        self.end_restoration(&merged)?;
        self.tidy(&mut log)?;
        Ok(Collected::Published(imported))
    }

    /// The round has a quorum: the own roster takes it, by the rules by which everybody does.
    fn take_round(&self, round: &SignedCheckpoint) -> Result<Imported, Error> {
        if round.checkpoint().size() < published(&self.replica.rosters(), self.country()) {
            return Err(CheckpointError::OtherCheckpoint.into());
        }
        let bundle = self.proposal(&self.ready()?, round)?;
        self.replica.import(BundleReader::new(Cursor::new(bundle))?)
    }

    /// `[BND-56]`: the log goes on once every witness of its policy has cosigned, since the store was
    /// restored, what the log remembers as its last.
    fn end_restoration(&self, round: &SignedCheckpoint) -> Result<(), Error> {
        let (restored, since) = self
            .replica
            .read(|view| Ok((view.get(Table::Handle, LOG_RESTORED)?.is_some(), rows::restored(view)?)))?;
        let (true, Some(since)) = (restored, since) else { return Ok(()) };
        let all = {
            let rosters = self.replica.rosters();
            let policy = rosters.policy(self.country()).ok_or(RosterError::NoPolicy(self.country()))?;
            let cosigners = round.cosigners(policy, self.latest())?;
            policy
                .witnesses()
                .all(|name| cosigners.iter().any(|(pair, at)| pair.name() == name && *at >= since))
        };
        match all {
            true => self.replica.write(|edit| Ok(edit.delete(Table::Handle, LOG_RESTORED)?)),
            false => Ok(()),
        }
    }

    /// A bundle of the own roster, as others hold it: with more cosignatures than were collected
    /// here, or, after a restore, with what the store has lost.
    pub(super) fn import_own(&self, bundle: Incoming) -> Result<Imported, Error> {
        let mut log = self.log()?;
        let imported = self.replica.import(bundle)?;
        self.tidy(&mut log)?;
        self.note_if_behind()?;
        Ok(imported)
    }

    /// `[BND-56]`: more is published than the log remembers that it has signed.
    pub(super) fn note_if_behind(&self) -> Result<(), Error> {
        let published = published(&self.replica.rosters(), self.country());
        let signed = self.replica.read(|view| rows::note(view, Table::Handle, SIGNED))?;
        if signed.map_or(0, |signed| signed.checkpoint().size()) < published {
            self.note_restored()?;
            self.raise_signed()?;
        }
        Ok(())
    }
}
