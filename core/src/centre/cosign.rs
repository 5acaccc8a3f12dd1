//! Cosigning: the witness of this country judges another's proposal (SPEC §4.20, `[BND-30]`…`[BND-33]`).

use super::Centre;
use super::keys;
use super::rows;
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::SignedEvent;
use crate::roster::{BundleReader, EquivocationProof, RosterError, SignedCheckpoint, TrustAnchor};
use crate::vault::edit::View;
use crate::vault::store::Table;

/// A proposal that its log has signed longer ago, in seconds, is not cosigned.
pub(super) const MAX_AGE: u64 = 86400;

impl Centre {
    /// Judges a proposal by the own view and rules, and cosigns it: the note is for its log to collect.
    ///
    /// It continues what this witness has cosigned before, and is durable as the last before the
    /// signature leaves. The same proposal again gives the same note; a log that has signed the
    /// same checkpoint anew gets a newer time.
    ///
    /// # Errors
    /// [`Error::Roster`]: the proposal breaks a rule, or does not begin where the own view ends; a
    /// fork is kept, and freezes the country. [`Error::OwnLog`], [`Error::Relearn`],
    /// [`Error::ProposalNotOfNow`], [`Error::NotPinned`].
    pub fn cosign(&self, proposal: &[u8]) -> Result<SignedCheckpoint, Error> {
        self.replica.check_sound()?;
        let anchor = *BundleReader::new(proposal)?.anchor();
        if anchor.country() == self.country() {
            return Err(Error::OwnLog(anchor.country()));
        }
        self.replica.read(|view| Self::check_relearned(view, &anchor))?;
        loop {
            if let Some(note) = self.try_cosign(&anchor, proposal)? {
                return Ok(note);
            }
        }
    }

    /// `None` if another proposal was cosigned meanwhile: it is to be judged against that one.
    fn try_cosign(&self, anchor: &TrustAnchor, proposal: &[u8]) -> Result<Option<SignedCheckpoint>, Error> {
        let (country, times) = (anchor.country(), self.replica.times());
        let now = times.now;
        // A country that begins anew has a new log, which continues nothing.
        let last = self.replica.read(|view| rows::witnessed(view, anchor))?;
        let proposed = {
            let rosters = self.replica.rosters().clone();
            match rosters.examine(BundleReader::new(proposal)?, times, last.as_ref()) {
                Err(RosterError::Fork(proof)) => {
                    self.freeze(&proof)?;
                    return Err(RosterError::Fork(proof).into());
                }
                judged => judged?,
            }
        };
        // [BND-32] A proposal that was held back, or replayed, makes no view a newer one.
        if now.since(proposed.signed_at) > MAX_AGE || proposed.signed_at > times.latest() {
            return Err(Error::ProposalNotOfNow { country, signed_at: proposed.signed_at, now });
        }
        let public = self.witness_public()?;
        if let Some(last) = &last {
            let same = last.checkpoint() == proposed.checkpoint.checkpoint();
            let as_new = last.verify_log(&proposed.log_key).is_ok_and(|at| at >= proposed.signed_at);
            if same && as_new && last.is_cosigned_by(&self.anchor, &public) {
                return Ok(Some(last.clone()));
            }
        }
        self.replica.write(|edit| {
            // [BND-31] Compared and replaced in one transaction, before the signature leaves.
            let view = edit.view();
            Self::check_as_judged(&view, anchor)?;
            if rows::witnessed(&view, anchor)? != last {
                return Ok(None);
            }
            let witness = keys::witness_key(&edit.view(), self.country(), public.id())?;
            let mut note = proposed.checkpoint.clone();
            note.cosign(&self.anchor, &witness, now, self.replica.random())?;
            rows::put_witnessed(edit, &note)?;
            Ok(Some(note))
        })
    }

    /// Since the proposal was judged nobody has frozen the country, pinned it anew, or ended a quarantine.
    fn check_as_judged(view: &View<'_>, anchor: &TrustAnchor) -> Result<(), Error> {
        let country = anchor.country();
        if view.get(Table::Freeze, country.as_str().as_bytes())?.is_some() {
            return Err(RosterError::Frozen(country).into());
        }
        let genesis = view.get(Table::Pin, country.as_str().as_bytes())?.ok_or(Error::NotPinned(country))?;
        if SignedEvent::decode(&genesis)?.event().anchor() != Some(*anchor) {
            return Err(RosterError::OtherAnchor(country).into());
        }
        Self::check_relearned(view, anchor)
    }

    /// What this witness has cosigned last of the log of a country, by the anchor that is pinned: for that
    /// country, and for a centre whose store was restored.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn witnessed(&self, country: Country) -> Result<Option<SignedCheckpoint>, Error> {
        let Some(anchor) = self.pinned(country) else { return Ok(None) };
        self.replica.read(|view| rows::witnessed(view, &anchor))
    }

    pub(super) fn pinned(&self, country: Country) -> Option<TrustAnchor> {
        self.replica.rosters().pinned().find(|anchor| anchor.country() == country).copied()
    }

    /// `[BND-33]`: what this witness has cosigned is of the tree that it holds now, or of a later one.
    pub(super) fn check_witnessed(&self, country: Country) -> Result<(), Error> {
        let Some(last) = self.witnessed(country)? else { return Ok(()) };
        match self.check_held(country, &last) {
            Err(error @ Error::Roster(RosterError::Fork(_))) => Err(error),
            _ => Ok(()),
        }
    }

    /// The checkpoint is signed by the log, and of the tree that is held. A fork is kept, and freezes
    /// the country.
    pub(super) fn check_held(&self, country: Country, note: &SignedCheckpoint) -> Result<(), Error> {
        let checked = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            roster.check_signed(note)
        };
        if let Err(RosterError::Fork(proof)) = &checked {
            self.freeze(proof)?;
        }
        Ok(checked?)
    }

    /// `[BND-33]`: the two checkpoints have been verified by this witness itself; no roster of the
    /// country needs to be held.
    pub(super) fn freeze(&self, proof: &EquivocationProof) -> Result<(), Error> {
        let country = proof.anchor().country();
        let mut rosters = self.replica.rosters_mut()?;
        // Pinned anew since they were judged, the country has another log.
        if rosters.pinned().all(|anchor| anchor != proof.anchor()) {
            return Err(RosterError::OtherAnchor(country).into());
        }
        let bytes = proof.encode();
        self.replica.write(|edit| Ok(edit.put(Table::Freeze, country.as_str().as_bytes(), &bytes)?))?;
        rosters.restore_freeze(proof.clone());
        Ok(())
    }
}
