//! After a restore: what this centre has signed and cosigned, others know (SPEC §4.20, `[BND-34]`, `[BND-56]`).
//!
//! ```text
//! witness   no log is cosigned until two other witnesses of it have cosigned, since the restore, what is held
//! log       signs only what it remembers as its last, until every witness of its policy has cosigned that
//! ```

use super::Centre;
use super::rows::{self, LOG_RESTORED, RESTORED, ROUND, SIGNED};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::{CheckpointError, RosterError, RosterPolicy, SignedCheckpoint};
use crate::time::Timestamp;
use crate::vault::edit::Edit;
use crate::vault::store::Table;

/// So many other witnesses must have spoken before this one cosigns again; all, if they are fewer.
const PEERS: usize = 2;
/// The mark before the names: whether they were enough.
const DONE: u8 = b'+';
const WAITING: u8 = b'-';

impl Centre {
    /// Ends the quarantine of a store that was restored or copied. Nothing is forgotten, and nothing
    /// new is signed until others have told what the store may have lost:
    /// - import every country's newest bundle, the own one too;
    /// - [`Self::relearn`] the notes with which other witnesses have cosigned since, so that this
    ///   one cosigns again;
    /// - [`Self::publish`] and [`Self::collect`] until every witness has cosigned what the log
    ///   remembers as its last. One that knows of a later one refuses, and returns it: relearn that.
    ///
    /// # Errors
    /// [`Error::Vault`]; the vault is then still quarantined.
    pub fn leave_quarantine(&self) -> Result<(), Error> {
        let since = self.words_count_from();
        self.replica.leave_quarantine(|edit| begin_restoration(edit, since))?;
        self.pin_itself()?;
        self.tidy()
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
    pub(super) fn check_relearned(&self, country: Country) -> Result<(), Error> {
        self.replica.read(|view| {
            let done = view.get(Table::Handle, &rows::relearned(country))?;
            match rows::restored(view)? {
                Some(since) if done.is_none_or(|row| row.first() != Some(&DONE)) => {
                    Err(Error::Relearn { country, since })
                }
                _ => Ok(()),
            }
        })
    }

    fn relearn_witness(&self, country: Country, note: &SignedCheckpoint) -> Result<bool, Error> {
        let Some(since) = self.replica.read(rows::restored)? else { return Ok(true) };
        let own = rows::witness_name(&self.anchor);
        self.check_held(country, note)?;
        self.check_witnessed(country)?;
        let (spoken, asked, note) = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            let policy = rosters.policy(country).ok_or(RosterError::NoPolicy(country))?;
            let asked = policy.witnesses().filter(|name| *name != own).count().min(PEERS);
            let mut spoken = Vec::new();
            for (pair, at) in note.cosigners(policy, rosters.latest(self.now()))? {
                if pair.name() != own && at >= since {
                    spoken.push(pair.name().to_owned());
                }
            }
            (spoken, asked, note.signed_by(roster.log_keys()))
        };
        let key = rows::relearned(country);
        self.replica.write(|edit| {
            let row = edit.get(Table::Handle, &key)?;
            let held =
                row.as_ref().and_then(|row| std::str::from_utf8(row.get(1..)?).ok()).unwrap_or_default();
            let mut names: Vec<&str> = held.lines().chain(spoken.iter().map(String::as_str)).collect();
            names.sort_unstable();
            names.dedup();
            let done = asked > 0 && names.len() >= asked;
            let row = [[if done { DONE } else { WAITING }].as_slice(), names.join("\n").as_bytes()].concat();
            edit.put(Table::Handle, &key, &row)?;
            let last = rows::note(&edit.view(), Table::Witnessed, &rows::witnessed(country))?;
            let (new, last) = (note.checkpoint(), last.as_ref().map(SignedCheckpoint::checkpoint));
            if last.is_none_or(|last| last.anchor() != new.anchor() || last.size() < new.size()) {
                edit.put(Table::Witnessed, &rows::witnessed(country), note.encode().as_bytes())?;
            }
            Ok(done)
        })
    }

    /// A larger checkpoint that the own log has signed is what it must continue.
    fn relearn_log(&self, note: &SignedCheckpoint) -> Result<bool, Error> {
        let _log = self.log()?;
        let mut keys = self.log_signers(&self.queue()?.ready());
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
        let queue = self.queue_under(checkpoint)?;
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
            edit.put(Table::Handle, ROUND, note.encode().as_bytes())?;
            queue.write(edit)
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
        self.now().plus(RosterPolicy::default().max_skew)
    }
}

fn begin_restoration(edit: &mut Edit<'_>, since: Timestamp) -> Result<(), Error> {
    edit.put(Table::Handle, RESTORED, &since.unix().to_be_bytes())?;
    edit.put(Table::Handle, LOG_RESTORED, &[])?;
    for (key, _) in edit.range(Table::Handle, rows::RELEARNED, rows::AFTER_RELEARNED, usize::MAX)? {
        edit.delete(Table::Handle, &key)?;
    }
    Ok(())
}
