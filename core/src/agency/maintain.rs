//! Doing what is due and needs no human (SPEC §6.2, `[ROT-12]`…`[ROT-17]`).
//!
//! Every step is one transaction and follows from the rows, the roster and the time alone: after a
//! crash between any two, the next maintenance goes on where this one ended.

use std::path::Path;

use crate::disk;
use crate::error::Error;
use crate::keys::Signer;
use crate::keys::epoch::Epoch;
use crate::roster::event::{Event, Reason, SignedEvent};
use crate::time::Timestamp;
use crate::vault::ledger::LedgerPolicy;
use crate::vault::store::Table;

use super::chain::{Fits, Ground};
use super::due::Due;
use super::rows::{EpochRow, Outgoing, SecretIs};
use super::situation::{Situation, Superseded};
use super::{Agency, write};

/// Ledger and rosters are cleaned once in so many seconds.
const CLEANING: u64 = 86_400;

/// What a maintenance did, and what is left for people and for the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintained {
    /// Done, and durable.
    pub done: Vec<Due>,
    /// Still due.
    pub left: Vec<Due>,
}

impl Agency {
    /// Does everything that is due and needs no human: destroys epochs whose time is over, prepares
    /// those that are missing, erases identities that were replaced, prunes, and removes orphaned
    /// temporary files in `folders`. To be called often, at least once a day; it is cheap where
    /// nothing is due. Then [`Agency::announcements`] are to be brought to the centre.
    ///
    /// # Errors
    /// [`Error`] of the first step that failed; those before it are done, and calling it again goes on.
    pub fn maintain(&self, folders: &[&Path]) -> Result<Maintained, Error> {
        let mut done = Vec::new();
        if self.replica.check_sound().is_ok() {
            let mut cleaned = self.begin_upkeep()?;
            self.destroy_epochs(&mut done)?;
            self.drop_lost()?;
            self.prepare_epochs(&mut done)?;
            self.retire_identities(&mut done)?;
            self.tend_outbox(&mut done)?;
            self.clean(&mut cleaned)?;
        }
        for folder in folders {
            for orphan in disk::orphans(folder)? {
                disk::remove_orphan(&orphan)?;
                done.push(Due::Orphan(orphan));
            }
        }
        Ok(Maintained { done, left: self.due(folders)? })
    }

    /// `[ROT-14]` The vault first: a crash between the two leaves nothing in memory anyway.
    fn destroy_epochs(&self, done: &mut Vec<Due>) -> Result<(), Error> {
        let Situation { destroy, chain, .. } = self.situation()?;
        if destroy.is_empty() {
            return Ok(());
        }
        // Not in the roster yet: the events after it cannot do without it.
        let is_pending =
            |row: &EpochRow| chain.iter().any(|event| row.event.as_ref().is_some_and(|own| same(own, event)));
        self.replica.destroy(|edit| {
            for row in &destroy {
                edit.delete_wrapped(row.key_id.as_bytes())?;
                let event = row.event.clone().filter(|_| is_pending(row));
                EpochRow { secret: SecretIs::Destroyed, event, ..row.clone() }.put(edit)?;
            }
            Ok(())
        })?;
        let mut keyring = write(&self.keyring);
        for row in &destroy {
            keyring.destroy(row.number);
        }
        done.extend(destroy.iter().map(|row| Due::Destroy(row.number)));
        Ok(())
    }

    /// `[ROT-21]` Nobody can have sealed to what the roster never held.
    fn drop_lost(&self) -> Result<(), Error> {
        let Situation { lost, forget, .. } = self.situation()?;
        let gone: Vec<EpochRow> = lost.into_iter().chain(forget).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.replica.write(|edit| gone.iter().try_for_each(|row| row.delete(edit)))?;
        let mut keyring = write(&self.keyring);
        gone.iter().for_each(|row| keyring.forget(row.number));
        Ok(())
    }

    /// `[ROT-11]`, `[ROT-20]`: durable with its event before it is told to anybody.
    fn prepare_epochs(&self, done: &mut Vec<Due>) -> Result<(), Error> {
        if self.situation()?.lost_rotation.is_some() {
            self.sign_rotation_anew()?;
        }
        let Situation { missing, ground: Some(mut ground), .. } = self.situation()? else { return Ok(()) };
        if missing.is_empty() {
            return Ok(());
        }
        let prepared = missing
            .into_iter()
            .map(|window| {
                let seed = self.replica.random().secret()?;
                let epoch = Epoch::from_seed(self.id().clone(), ground.epoch, window, &seed);
                Ok((self.sign_epoch(&epoch, &mut ground)?, seed, epoch))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        self.replica.write(|edit| {
            let held = EpochRow::all(&edit.view())?;
            for (row, seed, _) in &prepared {
                // One of that number is a tombstone of what the roster never held, or of before a re-pin.
                held.iter().filter(|old| old.number == row.number).try_for_each(|old| old.delete(edit))?;
                row.put(edit)?;
                edit.put_wrapped(row.key_id.as_bytes(), seed)?;
            }
            Ok(())
        })?;
        let count = prepared.len() as u64;
        let mut keyring = write(&self.keyring);
        for (row, _, epoch) in prepared {
            keyring.forget(row.number);
            keyring.add(epoch)?;
        }
        done.push(Due::Prepare(count));
        Ok(())
    }

    fn sign_epoch(&self, epoch: &Epoch, ground: &mut Ground) -> Result<EpochRow, Error> {
        let signer = ground.signer.and_then(|id| self.identity(&id));
        let signer = signer.ok_or_else(|| Error::NoIdentity(self.id().clone()))?;
        let public = epoch.public();
        let event = Event::epoch(&ground.anchor, ground.serial, public.clone())?;
        let event = event.sign(&[Signer::Identity(&signer)], self.replica.random())?;
        if ground.take(&event) == Fits::No {
            return Err(Error::State("the agency has no epoch numbers left: enrol it under another name"));
        }
        let (number, key_id, window) = (public.number(), *public.id(), public.window());
        Ok(EpochRow { number, key_id, window, secret: SecretIs::Held, event: Some(event) })
    }

    /// `[ROT-31]` Before its secret goes, an identity signs its own revocation, for when nothing
    /// depends on it any more.
    fn retire_identities(&self, done: &mut Vec<Due>) -> Result<(), Error> {
        let Situation { superseded, .. } = self.situation()?;
        for Superseded { key_id, revoke_at } in superseded {
            let revocation = match (revoke_at, self.identity(&key_id)) {
                (Some(not_before), Some(identity)) => {
                    let event = self.sign_revocation(&key_id, Reason::Superseded, &identity)?;
                    Some(Outgoing { key_id, not_before, event: Some(event) })
                }
                _ => None,
            };
            self.replica.destroy(|edit| {
                let known = Outgoing::get(&edit.view(), &key_id)?.is_some();
                if let Some(revocation) = revocation.as_ref().filter(|_| !known) {
                    revocation.put(edit)?;
                }
                Ok(edit.delete(Table::Identity, key_id.as_bytes())?)
            })?;
            write(&self.identities).remove(&key_id);
            done.push(Due::RetireIdentity(key_id));
        }
        Ok(())
    }

    fn clean(&self, cleaned: &mut Timestamp) -> Result<(), Error> {
        let times = self.replica.times();
        if times.jumped() || times.sure.since(*cleaned) < CLEANING {
            return Ok(());
        }
        // [ROT-42] That time has passed is written: an idle week must not look like a jump.
        self.replica.write(|_| Ok(()))?;
        self.replica.vault().ledger(LedgerPolicy::default(), times.sure).prune()?;
        self.replica.forget_epochs()?;
        *cleaned = times.sure;
        Ok(())
    }
}

fn same(a: &SignedEvent, b: &SignedEvent) -> bool {
    a.body() == b.body()
}
