//! Publishing: the log's checkpoint over everything that is pending, for others to cosign
//! (SPEC §4.20, `[BND-53]`…`[BND-56]`).

use super::Centre;
use super::keys;
use super::pending::published;
use super::rows::{self, LOG_RESTORED, ROUND, SIGNED};
use crate::error::Error;
use crate::roster::bundle;
use crate::roster::event::SignedEvent;
use crate::roster::{BundleReader, Checkpoint, SignedCheckpoint};
use crate::time::Timestamp;
use crate::vault::store::Table;

/// Past half the age at which witnesses refuse a proposal, it is signed again.
const SIGN_AGAIN: u64 = super::cosign::MAX_AGE / 2;

/// What the vault says of the log.
struct Standing {
    pending: Vec<SignedEvent>,
    /// The largest checkpoint that the log has signed.
    signed: Option<SignedCheckpoint>,
    /// The same, with the cosignatures that have come in.
    round: Option<SignedCheckpoint>,
    /// Since the store was restored at this time, not every witness has spoken.
    restored: Option<Timestamp>,
}

impl Centre {
    /// Signs a checkpoint over everything that is pending, and returns the proposal for the other
    /// centres: a bundle that begins where the published roster ends. With nothing pending it is a
    /// heartbeat, by which the view of the same events becomes a newer one. As long as no quorum has
    /// cosigned, asking again gives the same proposal, with what was admitted since.
    ///
    /// # Errors
    /// [`Error::LogBehind`] if the log has signed what this store does not hold; [`Error::Vault`].
    pub fn publish(&self) -> Result<Vec<u8>, Error> {
        let _log = self.log()?;
        let Standing { pending, signed, round, restored } = self.standing()?;
        let checkpoint = self.next_checkpoint(&pending, signed.as_ref(), restored.is_some())?;
        let now = self.now();
        let of_round = round.filter(|round| *round.checkpoint() == checkpoint && !self.has_quorum(round));
        if let (Some(_), Some(signed)) = (&of_round, &signed) {
            // Same checkpoint, as both rows are of one transaction.
            let at = self.signed_at(signed, &pending)?;
            // Signed when the clock was ahead, no witness would take it for a long time.
            let of_now = at <= self.latest() && now.since(at) < SIGN_AGAIN;
            if of_now && restored.is_none_or(|since| since <= at) {
                return self.proposal(&pending, signed);
            }
        }
        let note = self.sign(&pending, checkpoint, now)?;
        let round = match of_round {
            Some(mut round) => {
                round.merge(&note)?;
                round
            }
            None => note.clone(),
        };
        let before = signed.map(|signed| signed.encode());
        self.replica.write(|edit| {
            // [BND-53] Durable before it leaves, and after nothing that this call has not seen.
            if edit.get(Table::Handle, SIGNED)?.as_deref().map(Vec::as_slice)
                != before.as_deref().map(str::as_bytes)
            {
                return Err(Error::State("the log was used from two places at once: try again"));
            }
            edit.put(Table::Handle, SIGNED, note.encode().as_bytes())?;
            Ok(edit.put(Table::Handle, ROUND, round.encode().as_bytes())?)
        })?;
        self.proposal(&pending, &note)
    }

    /// As [`Self::publish`], for a witness that holds the first `held` events only and cannot take the
    /// others yet, as when they were cosigned with keys that have been renewed since.
    ///
    /// # Errors
    /// As that; [`Error::Roster`] if less than `held` is published.
    pub fn publish_for(&self, held: u64) -> Result<Vec<u8>, Error> {
        let proposal = self.publish()?;
        if BundleReader::new(&*proposal)?.from() <= held {
            return Ok(proposal);
        }
        // What is published, and then the proposal's section in the place of its header.
        let mut whole = Vec::new();
        self.replica.export(self.country(), held, &mut whole)?;
        whole.extend_from_slice(bundle::after_header(&proposal)?);
        Ok(whole)
    }

    fn standing(&self) -> Result<Standing, Error> {
        let pending = self.ready()?;
        self.replica.read(|view| {
            Ok(Standing {
                pending: pending.clone(),
                signed: rows::note(view, Table::Handle, SIGNED)?,
                round: rows::note(view, Table::Handle, ROUND)?,
                restored: match view.get(Table::Handle, LOG_RESTORED)? {
                    Some(_) => rows::restored(view)?,
                    None => None,
                },
            })
        })
    }

    /// `[BND-53]`: it begins with everything that the log has signed. `[BND-56]`: after a restore it is
    /// what was signed before, and nothing new.
    fn next_checkpoint(
        &self,
        pending: &[SignedEvent],
        signed: Option<&SignedCheckpoint>,
        restored: bool,
    ) -> Result<Checkpoint, Error> {
        let rosters = self.replica.rosters();
        let signed = signed.map(SignedCheckpoint::checkpoint);
        if let Some(signed) = signed.filter(|signed| !rosters.continues(pending, signed)) {
            return Err(Error::LogBehind { signed: signed.size() });
        }
        let published = published(&rosters, self.country());
        let pending = match (restored, signed) {
            (false, _) => pending,
            (true, signed) => {
                let size = signed.map_or(1, Checkpoint::size).max(published);
                let ahead = usize::try_from(size - published).unwrap_or(usize::MAX);
                pending.get(..ahead).ok_or(Error::LogBehind { signed: size })?
            }
        };
        Ok(rosters.propose(self.anchor, pending)?)
    }

    /// Both pairs, where the authority changes on the way.
    fn sign(
        &self,
        pending: &[SignedEvent],
        checkpoint: Checkpoint,
        now: Timestamp,
    ) -> Result<SignedCheckpoint, Error> {
        let (country, random) = (self.country(), self.replica.random());
        let signers = self.log_signers(pending);
        self.replica.read(|view| {
            let mut note: Option<SignedCheckpoint> = None;
            for signer in &signers {
                let key = keys::log_key(view, country, signer.id())?;
                note = Some(match note.take() {
                    None => SignedCheckpoint::sign(checkpoint, &key, now, random)?,
                    Some(note) => note.countersign(&key, now, random)?,
                });
            }
            note.ok_or(Error::State("the centre has no log key: found it again"))
        })
    }

    fn signed_at(&self, note: &SignedCheckpoint, pending: &[SignedEvent]) -> Result<Timestamp, Error> {
        let signers = self.log_signers(pending);
        let last = signers.last().ok_or(Error::State("the centre has no log key: found it again"))?;
        Ok(note.verify_log(last)?)
    }

    pub(super) fn has_quorum(&self, note: &SignedCheckpoint) -> bool {
        let (rosters, latest) = (self.replica.rosters(), self.latest());
        rosters.policy(self.country()).is_some_and(|policy| note.time(policy, latest).is_ok())
    }

    /// The bundle from the end of what is published to this checkpoint.
    pub(super) fn proposal(
        &self,
        pending: &[SignedEvent],
        note: &SignedCheckpoint,
    ) -> Result<Vec<u8>, Error> {
        let rosters = self.replica.rosters();
        let ahead = note.checkpoint().size().saturating_sub(published(&rosters, self.country()));
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let pending = pending.get(..ahead).ok_or(Error::LogBehind { signed: note.checkpoint().size() })?;
        Ok(rosters.proposal(pending, note)?)
    }
}
