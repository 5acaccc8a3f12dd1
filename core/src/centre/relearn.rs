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

/// How far a centre has come with what its restored store may have lost of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relearned {
    /// More witnesses must say what they have cosigned.
    Waiting {
        /// Who has cosigned since the restore.
        cosigned: Vec<Country>,
        /// Whose cosignatures would count too.
        missing: Vec<Country>,
        /// How many more witnesses are needed.
        needed: usize,
        /// Who has cosigned this note, and when, before others' words count: that shows nothing of what was lost.
        /// The log is to publish anew, and they to cosign that.
        too_old: Vec<(Country, Timestamp)>,
        /// Who has cosigned this note, and when by the witness's clock, at a time that is still to come by
        /// this centre's: one of the two clocks is wrong. It counts once that time is here.
        not_yet: Vec<(Country, Timestamp)>,
        /// From when on cosignatures count.
        since: Timestamp,
        /// What time it is by this centre's clock.
        now: Timestamp,
    },
    /// The log is cosigned again; the own log goes on.
    Done,
}

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
    /// that log is cosigned again, or the own log goes on; if not, who has been heard and how many are needed.
    ///
    /// # Errors
    /// [`Error::Roster`]: not signed by the log; larger than the roster that is held, which is to be
    /// imported first; a fork, which is kept and freezes the country; no witnesses of that log are known.
    pub fn relearn(&self, note: &SignedCheckpoint) -> Result<Relearned, Error> {
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

    fn relearn_witness(&self, country: Country, note: &SignedCheckpoint) -> Result<Relearned, Error> {
        let Some(since) = self.replica.read(rows::restored)? else { return Ok(Relearned::Done) };
        let own = rows::witness_name(&self.anchor);
        self.check_held(country, note)?;
        self.check_witnessed(country)?;
        let (policy, signed) = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            let policy = rosters.policy(country).ok_or(RosterError::NoPolicy(country))?;
            (policy.clone(), note.signed_by(roster.log_keys()))
        };
        let others = |name: &str| name != own;
        let words = Words::of(note, &policy, others, since, self.latest())?;
        let anchor = note.checkpoint().anchor();
        let (done, names) = self.replica.write(|edit| {
            let (before, mut names) = rows::relearned(&edit.view(), anchor)?;
            names.extend(words.heard.iter().cloned());
            names.sort_unstable();
            names.dedup();
            let done = before || still_needed(&policy, &own, &names) == 0;
            rows::put_relearned(edit, anchor, done, &names)?;
            let last = rows::witnessed(&edit.view(), anchor)?;
            if last.is_none_or(|last| last.checkpoint().size() < signed.checkpoint().size()) {
                rows::put_witnessed(edit, &signed)?;
            }
            Ok((done, names))
        })?;
        if done {
            return Ok(Relearned::Done);
        }
        let needed = still_needed(&policy, &own, &names);
        Ok(Words { heard: names, ..words }.waiting(&policy, others, needed, self.now()))
    }

    /// A larger checkpoint that the own log has signed is what it must continue.
    fn relearn_log(&self, note: &SignedCheckpoint) -> Result<Relearned, Error> {
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
        let (since, round) = self.replica.read(|view| {
            let binds = view.get(Table::Handle, LOG_RESTORED)?.is_some();
            let since = if binds { rows::restored(view)? } else { None };
            Ok((since, rows::note(view, Table::Handle, ROUND)?))
        })?;
        let (Some(since), Some(round)) = (since, round) else { return Ok(Relearned::Done) };
        // Not before: what the log has signed counts also where no witnesses are known.
        let policy = self.replica.rosters().policy(self.country()).cloned();
        let policy = policy.ok_or(RosterError::NoPolicy(self.country()))?;
        let words = Words::of(&round, &policy, |_| true, since, self.latest())?;
        let needed = policy.witnesses().filter(|name| !words.is_heard(name)).count();
        Ok(words.waiting(&policy, |_| true, needed, self.now()))
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

/// What the witnesses of a policy have said by a note, since the store was restored.
struct Words {
    /// The key names of those who count.
    heard: Vec<String>,
    too_old: Vec<(Country, Timestamp)>,
    not_yet: Vec<(Country, Timestamp)>,
    since: Timestamp,
}

impl Words {
    fn of(
        note: &SignedCheckpoint,
        policy: &Policy,
        is_asked: impl Fn(&str) -> bool,
        since: Timestamp,
        latest: Timestamp,
    ) -> Result<Self, Error> {
        let (mut heard, mut too_old) = (Vec::new(), Vec::new());
        for (pair, at) in
            note.cosigners(policy, latest)?.into_iter().filter(|(pair, _)| is_asked(pair.name()))
        {
            match at >= since {
                true => heard.push(pair.name().to_owned()),
                false => too_old.extend(country_of(policy, pair.name()).map(|country| (country, at))),
            }
        }
        Ok(Self { heard, too_old, not_yet: note.not_yet(policy, latest)?, since })
    }

    fn is_heard(&self, name: &str) -> bool {
        self.heard.iter().any(|heard| heard == name)
    }

    fn waiting(
        self,
        policy: &Policy,
        is_asked: impl Fn(&str) -> bool,
        needed: usize,
        now: Timestamp,
    ) -> Relearned {
        let (mut cosigned, mut missing) = (Vec::new(), Vec::new());
        for (name, country) in policy.countries().filter(|(name, _)| is_asked(name)) {
            if self.is_heard(name) { cosigned.push(country) } else { missing.push(country) }
        }
        let Self { heard: _, mut too_old, mut not_yet, since } = self;
        too_old.retain(|(country, _)| missing.contains(country));
        not_yet.retain(|(country, _)| missing.contains(country));
        missing.retain(|country| not_yet.iter().all(|(early, _)| early != country));
        Relearned::Waiting { cosigned, missing, needed, too_old, not_yet, since, now }
    }
}

fn country_of(policy: &Policy, name: &str) -> Option<Country> {
    policy.countries().find(|(known, _)| *known == name).map(|(_, country)| country)
}

/// `[BND-34]`: how many more others must be heard. Enough are heard once of every quorum that `own` may have been
/// part of somebody else has been, as those who have not are none without them. Where they are all of one anyway,
/// everybody else is asked.
pub(super) fn still_needed(policy: &Policy, own: &str, heard: &[String]) -> usize {
    let is_heard = |name: &str| heard.iter().any(|known| known == name);
    let others = policy.witnesses().filter(|name| *name != own && !is_heard(name)).count();
    let against = policy.needed_against(|name| match name {
        _ if is_heard(name) => Some(0),
        _ if name == own => None,
        _ => Some(1),
    });
    let needed = against.map_or(others, |against| against.min(others));
    if heard.is_empty() { needed.max(1) } else { needed }
}

fn begin_restoration(edit: &mut Edit<'_>, since: Timestamp) -> Result<(), Error> {
    edit.put(Table::Handle, RESTORED, &since.unix().to_be_bytes())?;
    edit.put(Table::Handle, LOG_RESTORED, &[])?;
    for (key, _) in edit.range(Table::Handle, rows::RELEARNED, rows::AFTER_RELEARNED, usize::MAX)? {
        edit.delete(Table::Handle, &key)?;
    }
    Ok(())
}
