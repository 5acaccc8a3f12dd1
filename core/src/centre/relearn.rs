//! After a restore: what this centre has signed and cosigned, others know (SPEC §4.20, `[BND-34]`, `[BND-56]`).
//!
//! ```text
//! witness   no log is cosigned until so many others have cosigned, since the restore, what is held, that those
//!           who have not make no quorum
//! log       signs only what it remembers as its last, and admits nothing, until every witness of its policy has
//!           cosigned that
//! ```

use super::Centre;
use super::rows::{self, LOG_RESTORED, RESTORED, ROUND, SIGNED};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::{CheckpointError, Policy, RosterError, SignedCheckpoint, TrustAnchor};
use crate::time::{MAX_SKEW, Timestamp};
use crate::vault::edit::{Edit, View};
use crate::vault::store::Table;

impl Centre {
    /// Ends the quarantine of a store that was restored or copied. Nothing is forgotten, and nothing
    /// new is signed until others have told what the store may have lost:
    /// - pin and set policies again, as far as the store has lost them, and import every country's newest
    ///   bundle, the own one too;
    /// - [`Self::relearn`] the notes with which other witnesses have cosigned since, until those who have not
    ///   are too few for a quorum, so that this one cosigns again;
    /// - [`Self::publish`] and [`Self::collect`] until every witness has cosigned what the log
    ///   remembers as its last. One that knows of a later one refuses, and returns it: relearn that. Where
    ///   nobody has published what it ends with, [`Self::readmit`] the events that are missing.
    ///
    /// Until then nothing is admitted: agencies bring their events again.
    ///
    /// # Errors
    /// [`Error::Vault`]; the vault is then still quarantined.
    pub fn leave_quarantine(&self) -> Result<(), Error> {
        let since = self.words_count_from();
        self.replica.leave_quarantine(|edit| begin_restoration(edit, since))?;
        self.pin_itself()?;
        self.tidy(&mut *self.log()?)
    }

    /// Takes a checkpoint of which this centre may have lost the memory: of another country's log,
    /// with the cosignatures of other witnesses; of the own log, as a witness returned it. Says whether
    /// that log is cosigned again, or the own log goes on.
    ///
    /// # Errors
    /// [`Error::Roster`]: not signed by the log; larger than the roster that is held, which is to be
    /// imported first; a fork, which is kept and freezes the country.
    pub fn relearn(&self, note: &SignedCheckpoint) -> Result<bool, Error> {
        self.replica.check_sound()?;
        let country = note.checkpoint().anchor().country();
        if country == self.country() { self.relearn_log(note) } else { self.relearn_witness(country, note) }
    }

    /// `[BND-34]`
    pub(super) fn check_relearned(view: &View<'_>, anchor: &TrustAnchor) -> Result<(), Error> {
        match rows::restored(view)? {
            Some(since) if !rows::relearned(view, anchor)?.0 => {
                Err(Error::Relearn { country: anchor.country(), since })
            }
            _ => Ok(()),
        }
    }

    fn relearn_witness(&self, country: Country, note: &SignedCheckpoint) -> Result<bool, Error> {
        let Some(since) = self.replica.read(rows::restored)? else { return Ok(true) };
        let own = rows::witness_name(&self.anchor);
        self.check_held(country, note)?;
        self.check_witnessed(country)?;
        let (spoken, policy, note) = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            let policy = rosters.policy(country).ok_or(RosterError::NoPolicy(country))?;
            let mut spoken = Vec::new();
            for (pair, at) in note.cosigners(policy, self.latest())? {
                if pair.name() != own && at >= since {
                    spoken.push(pair.name().to_owned());
                }
            }
            (spoken, policy.clone(), note.signed_by(roster.log_keys()))
        };
        let anchor = note.checkpoint().anchor();
        self.replica.write(|edit| {
            let (before, mut names) = rows::relearned(&edit.view(), anchor)?;
            names.extend(spoken.iter().cloned());
            names.sort_unstable();
            names.dedup();
            let done = before || have_told(&policy, &own, &names);
            rows::put_relearned(edit, anchor, done, &names)?;
            let last = rows::witnessed(&edit.view(), anchor)?;
            if last.is_none_or(|last| last.checkpoint().size() < note.checkpoint().size()) {
                rows::put_witnessed(edit, &note)?;
            }
            Ok(done)
        })
    }

    /// A larger checkpoint that the own log has signed is what it must continue.
    fn relearn_log(&self, note: &SignedCheckpoint) -> Result<bool, Error> {
        let _log = self.log()?;
        let mut keys = self.log_signers(&self.ready()?);
        if let Some(roster) = self.replica.rosters().roster(self.country()) {
            keys.extend_from_slice(roster.log_keys());
        }
        if *note.checkpoint().anchor() != self.anchor || keys.iter().all(|key| note.verify_log(key).is_err())
        {
            return Err(CheckpointError::LogSignatureMissing.into());
        }
        let held = self.replica.read(|view| rows::note(view, Table::Handle, SIGNED))?;
        if held.is_none_or(|held| held.checkpoint().size() < note.checkpoint().size()) {
            self.note_restored()?;
        }
        self.raise(&note.signed_by(&keys))?;
        Ok(!self.is_restored()?)
    }

    /// `[BND-56]` binds: what the log has signed may not all be known here yet.
    pub(super) fn is_restored(&self) -> Result<bool, Error> {
        self.replica.read(|view| Ok(view.get(Table::Handle, LOG_RESTORED)?.is_some()))
    }

    /// The published roster ends with what the log has signed.
    pub(super) fn raise_signed(&self) -> Result<(), Error> {
        let note = {
            let rosters = self.replica.rosters();
            let Some(roster) = rosters.roster(self.country()) else { return Ok(()) };
            let Some(checkpoint) = roster.checkpoint() else { return Ok(()) };
            checkpoint.signed_by(roster.log_keys())
        };
        self.raise(&note)
    }

    fn raise(&self, note: &SignedCheckpoint) -> Result<(), Error> {
        let checkpoint = note.checkpoint();
        self.replica.write(|edit| {
            let held = rows::note(&edit.view(), Table::Handle, SIGNED)?;
            match held.as_ref().map(SignedCheckpoint::checkpoint) {
                Some(held) if held.size() > checkpoint.size() || held == checkpoint => return Ok(()),
                Some(held) if held.size() == checkpoint.size() => {
                    let (country, size) = (held.anchor().country(), held.size());
                    return Err(RosterError::Differs { country, size }.into());
                }
                _ => {}
            }
            edit.put(Table::Handle, SIGNED, note.encode().as_bytes())?;
            Ok(edit.put(Table::Handle, ROUND, note.encode().as_bytes())?)
        })
    }

    /// The log has signed what the store does not hold: it was restored with its anchor, unnoticed.
    pub(super) fn note_restored(&self) -> Result<(), Error> {
        let since = self.words_count_from();
        self.replica.write(|edit| match edit.get(Table::Handle, LOG_RESTORED)? {
            Some(_) => Ok(()),
            None => begin_restoration(edit, since),
        })
    }

    /// A peer's clock may be ahead: its word is one of afterwards only if it says so beyond doubt.
    fn words_count_from(&self) -> Timestamp {
        self.now().plus(MAX_SKEW)
    }
}

/// `[BND-34]`: of every quorum that `own` may have been part of, somebody else has been heard, as those who
/// have not are none without them. Where they are all of one anyway, everybody else.
pub(super) fn have_told(policy: &Policy, own: &str, heard: &[String]) -> bool {
    let is_heard = |name: &str| heard.iter().any(|known| known == name);
    let all_others = || policy.witnesses().all(|name| name == own || is_heard(name));
    !heard.is_empty() && (!policy.is_quorum(|name| !is_heard(name)) || all_others())
}

fn begin_restoration(edit: &mut Edit<'_>, since: Timestamp) -> Result<(), Error> {
    edit.put(Table::Handle, RESTORED, &since.unix().to_be_bytes())?;
    edit.put(Table::Handle, LOG_RESTORED, &[])?;
    for (key, _) in edit.range(Table::Handle, rows::RELEARNED, rows::AFTER_RELEARNED, usize::MAX)? {
        edit.delete(Table::Handle, &key)?;
    }
    Ok(())
}
