//! What holds when a verified roster is asked: the log's word, and what was heard outside it
//! (SPEC §4.11, `[ROS-41]`…`[ROS-43]`).
//!
//! The rules of the log never look here: what one peer has heard and another has not must not
//! decide which events follow.

use std::sync::Arc;

use super::Roster;
use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::call::Check;
use super::collections::Map;
use super::error::Rejection;
use super::event::{Content, Event, Revoker, SignedEvent};
use super::fold::Phase;
use super::revocation::Revocation;
use super::state::{KeyRecord, epoch_public_key, identity_public_key, note};
use crate::ids::{AgencyId, KeyId};
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

/// Revocations that were heard outside the log of one anchor's roster: of one key by the roots, and by
/// whoever says that it is the owner's.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Map<(KeyId, Option<AgencyId>), Revocation>);

impl Heard {
    /// `[ROS-38]`: an owner's word counts for keys of that owner.
    fn of(&self, owner: Option<&AgencyId>, id: &KeyId) -> Option<Revocation> {
        let by_roots = self.0.get(&(*id, None)).copied();
        let by_owner = owner.and_then(|owner| self.0.get(&(*id, Some(owner.clone()))).copied());
        match (by_roots, by_owner) {
            (Some(by_roots), Some(by_owner)) => Some(by_roots.merge(by_owner)),
            (by_roots, by_owner) => by_roots.or(by_owner),
        }
    }

    /// Whether that changes anything.
    pub(super) fn note(&mut self, Word { id, owner, revocation }: Word) -> bool {
        note(&mut self.0, (id, owner), revocation)
    }

    #[cfg(any(test, feature = "hazmat"))]
    pub(super) fn iter(&self) -> impl Iterator<Item = Word> {
        self.0.iter().map(|((id, owner), revocation)| {
            let (id, owner, revocation) = (*id, owner.clone(), *revocation);
            Word { id, owner, revocation }
        })
    }
}

/// A revocation outside the log.
#[derive(Clone, Debug)]
pub(super) struct Word {
    id: KeyId,
    /// Who says that the key is its own; otherwise it is the roots' word.
    owner: Option<AgencyId>,
    revocation: Revocation,
}

impl Word {
    /// As it is said, whoever has signed it; `None` if the event is no revocation.
    pub(super) fn of(event: &Event, at: Timestamp) -> Option<Self> {
        let Content::Revoke(revoke) = event.content() else { return None };
        let owner = (revoke.by() == Revoker::Owner).then(|| event.subject().clone());
        Some(Self { id: *revoke.key_id(), owner, revocation: Revocation::new(revoke, at) })
    }
}

impl Roster {
    /// `[ROS-41]`: judges a revocation that is not in the log, or not yet, and was heard at `at`.
    pub(super) fn judge_heard(&self, signed: SignedEvent, at: Timestamp) -> Result<Word, Rejection> {
        let (Content::Revoke(revoke), Some(word)) = (signed.event().content(), Word::of(signed.event(), at))
        else {
            return Err(Rejection::NotARevocation);
        };
        self.state.scope(signed.event())?;
        let has_ended = |agency: &Agency, id: &KeyId| self.end_of_identity(agency, id).is_some();
        let call = self.state.rules_revoke(&signed, revoke, (at, Phase::Offered), has_ended)?;
        call.check_presence(&signed)?;
        let (_, proof) = signed.into_parts();
        Check { call, proof }.run()?;
        Ok(word)
    }

    /// The revocation of a key, of this roster or not yet seen in it, logged or heard.
    pub fn revocation(&self, id: &KeyId) -> Option<Revocation> {
        match (self.state.revocations.get(id).copied(), self.heard_of(id)) {
            (Some(logged), Some(heard)) => Some(logged.merge(heard)),
            (logged, heard) => logged.or(heard),
        }
    }

    fn heard_of(&self, id: &KeyId) -> Option<Revocation> {
        let owner = match self.state.keys.get(id) {
            Some(KeyRecord::Identity { agency, .. } | KeyRecord::Epoch { agency, .. }) => Some(agency),
            Some(KeyRecord::Authority) | None => None,
        };
        self.heard.of(owner, id)
    }

    /// `[ROS-26]`, for a key that is to be announced: whether the log would refuse it, or somebody who
    /// has heard what was heard here would not believe it.
    pub(crate) fn is_revoked_before_use(&self, key: &IdentityKey, at: Timestamp) -> bool {
        self.revocation(key.id()).is_some() || self.state.is_barred(key.id(), &identity_public_key(key), at)
    }

    /// `[ROS-26]`: whether the log refuses the key that the event names for being revoked.
    pub(crate) fn bars(&self, event: &SignedEvent, at: Timestamp) -> bool {
        match event.event().content() {
            Content::Epoch(key) => self.state.is_barred(key.id(), &epoch_public_key(key), at),
            Content::Rotation(key) | Content::Recovery(key) => {
                self.state.is_barred(key.id(), &identity_public_key(key), at)
            }
            _ => false,
        }
    }

    /// `[ROS-42]`: what ended an identity: its own revocation; or one that had been heard of the
    /// identity that vouched for it, or of one further back, before it did.
    pub(super) fn end_of_identity(&self, agency: &Agency, id: &KeyId) -> Option<Revocation> {
        // Of the identities before: from `seen` on, whom they vouch for is nobody.
        let mut heard: Option<Revocation> = None;
        for record in &agency.identities {
            let vouched = record.vouched_by.is_some();
            heard = heard.filter(|heard| vouched && heard.seen <= record.announced);
            if record.id() == id {
                return self.revocation(id).or(heard);
            }
            heard = heard.or_else(|| self.heard_of(record.id()));
        }
        self.revocation(id)
    }

    /// What ended an epoch: its own revocation, or the end of the identity that announced it.
    pub(super) fn end_of_epoch(&self, agency: &Agency, epoch: &EpochRecord) -> Option<Revocation> {
        self.revocation(epoch.key.id()).or_else(|| self.end_of_identity(agency, &epoch.announced_by))
    }

    /// The identity that signs for the agency at `now`.
    pub(super) fn current_at<'a>(
        &self,
        agency: &'a Agency,
        now: Timestamp,
    ) -> Result<&'a Arc<IdentityKey>, Rejection> {
        agency.current(now.min(self.as_of()), |id| self.end_of_identity(agency, id).is_some())
    }

    /// `[ROS-43]` Whether the identity's delay is over at `now`, and at the time of the view: one that ends
    /// before the delay does cannot hold what cancels the recovery.
    pub(super) fn is_in_effect(&self, identity: &IdentityRecord, now: Timestamp) -> bool {
        identity.waits_at(now.min(self.as_of())).is_none()
    }
}
