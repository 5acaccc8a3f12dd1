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
use crate::vault::edit::Edit;
use crate::vault::error::VaultError;
use crate::vault::store::Table;

use super::Agency;
use super::chain::{Fits, Ground};
use super::due::Due;
use super::rows::{EpochRow, Outgoing, SecretIs};
use super::situation::{Situation, Superseded};

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
            self.compare_rows()?;
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
        let mut keyring = self.keyring.write();
        for row in &destroy {
            keyring.destroy_key(row.number, row.key_id);
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
        self.delete_epochs(&gone, |_| Ok(()))?;
        let mut keyring = self.keyring.write();
        gone.iter().for_each(|row| keyring.forget(row.number, row.key_id));
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
        // In their places are tombstones of what the roster never held, or nothing.
        let mut gone = self.replica.read(EpochRow::all)?;
        gone.retain(|old| prepared.iter().any(|(row, ..)| row.key() == old.key()));
        self.delete_epochs(&gone, |edit| {
            for (row, seed, _) in &prepared {
                row.put(edit)?;
                edit.put_wrapped(row.key_id.as_bytes(), seed)?;
            }
            Ok(())
        })?;
        let count = prepared.len() as u64;
        let mut keyring = self.keyring.write();
        gone.iter().for_each(|row| keyring.forget(row.number, row.key_id));
        for (_, _, epoch) in prepared {
            keyring.add_beside(epoch)?;
        }
        done.push(Due::Prepare(count));
        Ok(())
    }

    /// Deletes what is kept of these epochs, then does `work`: a secret that is held is destroyed.
    fn delete_epochs(
        &self,
        gone: &[EpochRow],
        mut work: impl FnMut(&mut Edit<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let delete = |edit: &mut Edit<'_>| {
            gone.iter().try_for_each(|row| row.delete(edit))?;
            work(edit)
        };
        match gone.iter().any(EpochRow::is_held) {
            true => self.replica.destroy(delete),
            false => self.replica.write(delete),
        }
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
        let anchor = Some(*ground.anchor.digest());
        Ok(EpochRow { anchor, number, key_id, window, secret: SecretIs::Held, event: Some(event) })
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
            self.identities.write().remove(&key_id);
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
        self.ledger_at(times.sure).prune()?;
        self.ledger_at(times.sure).convert()?;
        self.replica.forget_epochs()?;
        *cleaned = times.sure;
        Ok(())
    }
}

impl Agency {
    /// `[VLT-15]` A difference ends in quarantine, which is then what is due.
    fn compare_rows(&self) -> Result<(), Error> {
        match self.replica.compare_if_due() {
            Err(Error::Vault(VaultError::Quarantined(_))) => Ok(()),
            done => done,
        }
    }

    /// When all rows of the vault were last compared with what it wrote, as maintenance does once a day;
    /// `None` if they never were.
    pub fn rows_compared(&self) -> Option<Timestamp> {
        self.replica.rows_compared()
    }
}

fn same(a: &SignedEvent, b: &SignedEvent) -> bool {
    a.body() == b.body()
}
