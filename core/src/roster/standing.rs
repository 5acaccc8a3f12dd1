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
use super::event::{Content, SignedEvent};
use super::revocation::Revocation;
use super::state::note;
use crate::ids::KeyId;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

/// Revocations that were heard outside the log, of keys of one anchor's roster.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Map<KeyId, Revocation>);

impl Heard {
    fn get(&self, id: &KeyId) -> Option<Revocation> {
        self.0.get(id).copied()
    }

    pub(super) fn note(&mut self, id: KeyId, revocation: Revocation) {
        note(&mut self.0, id, revocation);
    }

    #[cfg(any(test, feature = "hazmat"))]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&KeyId, &Revocation)> {
        self.0.iter()
    }
}

impl Roster {
    /// `[ROS-41]`: judges a revocation that is not in the log, or not yet, and was heard at `at`.
    pub(super) fn judge_heard(
        &self,
        signed: SignedEvent,
        at: Timestamp,
    ) -> Result<(KeyId, Revocation), Rejection> {
        let Content::Revoke(revoke) = signed.event().content() else {
            return Err(Rejection::NotARevocation);
        };
        self.state.scope(signed.event())?;
        let has_ended = |agency: &Agency, id: &KeyId| self.end_of_identity(agency, id).is_some();
        let call = self.state.rules_revoke(&signed, revoke, (at, at), has_ended)?;
        call.check_presence(&signed)?;
        let heard = (*revoke.key_id(), Revocation::new(revoke, at));
        let (_, proof) = signed.into_parts();
        Check { call, proof }.run()?;
        Ok(heard)
    }

    /// The revocation of a key, of this roster or not yet seen in it, logged or heard.
    pub fn revocation(&self, id: &KeyId) -> Option<Revocation> {
        match (self.state.revocations.get(id).copied(), self.heard.get(id)) {
            (Some(logged), Some(heard)) => Some(logged.merge(heard)),
            (logged, heard) => logged.or(heard),
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
            heard = heard.or_else(|| self.heard.get(record.id()));
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
        agency.current(self.known_until(now), |id| self.end_of_identity(agency, id).is_some())
    }

    /// Whether the identity's delay is over at `now`.
    pub(super) fn is_in_effect(&self, identity: &IdentityRecord, now: Timestamp) -> bool {
        identity.waits_at(self.known_until(now)).is_none()
    }

    /// `[ROS-43]`: a view that ends before a delay does cannot hold what cancels the recovery.
    fn known_until(&self, now: Timestamp) -> Timestamp {
        now.min(self.as_of())
    }
}
