//! What holds when a verified roster is asked: the log's word, and what was heard outside it
//! (SPEC §4.11, `[ROS-41]`…`[ROS-43]`).
//!
//! The rules of the log never look here: what one peer has heard and another has not must not
//! decide which events follow.

use std::sync::Arc;

use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::error::Rejection;
use super::revocation::Revocation;
use super::state::State;
use crate::ids::KeyId;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

impl State {
    /// A key's own revocation, logged or heard.
    pub(super) fn revocation(&self, id: &KeyId) -> Option<Revocation> {
        match (self.revocations.get(id), self.heard.get(id)) {
            (Some(logged), Some(heard)) => Some(logged.merge(*heard)),
            (logged, heard) => logged.or(heard).copied(),
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
            heard = heard.or_else(|| self.heard.get(record.id()).copied());
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
        now.min(self.as_of)
    }
}
