//! What a roster knows of one agency.

use std::sync::Arc;

use super::collections::List;
use super::error::Rejection;
use super::event::{DisplayName, Role};
use crate::ids::{EpochNumber, KeyId};
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

/// It is enrolled once, and from then on only grows.
#[derive(Clone, Debug)]
pub(super) struct Agency {
    pub(super) names: Arc<[DisplayName]>,
    pub(super) roles: Arc<[Role]>,
    pub(super) enrolled: Timestamp,
    pub(super) withdrawn: Option<Timestamp>,
    /// The serial of the last event of the chain.
    pub(super) serial: u64,
    /// In the order of their events; the last is the current one, or the next.
    pub(super) identities: List<IdentityRecord>,
    /// In the order of their numbers, without a gap; `None` where the bytes have been dropped.
    pub(super) epochs: List<Option<EpochRecord>>,
}

#[derive(Clone, Debug)]
pub(super) struct IdentityRecord {
    pub(super) key: Arc<IdentityKey>,
    pub(super) announced: Timestamp,
    /// The identity before it, by a rotation; otherwise the roots vouched.
    pub(super) vouched_by: Option<KeyId>,
    /// When a recovered identity takes effect; others do at once.
    pub(super) waits_until: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct EpochRecord {
    pub(super) key: EpochKey,
    pub(super) announced: Timestamp,
    pub(super) announced_by: KeyId,
}

impl IdentityRecord {
    pub(super) fn id(&self) -> &KeyId {
        self.key.id()
    }

    /// When the identity will take effect, if it has not at `now`.
    pub(super) fn waits_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.waits_until.filter(|until| now < *until)
    }
}

impl Agency {
    /// The identity that signs for the agency at `at`.
    pub(super) fn current(
        &self,
        at: Timestamp,
        has_ended: impl Fn(&KeyId) -> bool,
    ) -> Result<&Arc<IdentityKey>, Rejection> {
        let last = self.identities.last().ok_or(Rejection::NoIdentity)?;
        if has_ended(last.id()) {
            return Err(Rejection::NoIdentity);
        }
        match last.waits_at(at) {
            Some(until) => Err(Rejection::Recovering { until }),
            None => Ok(&last.key),
        }
    }

    pub(super) fn identity(&self, id: &KeyId) -> Option<&IdentityRecord> {
        self.identities.iter().find(|record| record.id() == id)
    }

    /// Whether one of the epochs has ended at `at`, or has been dropped, which ends nothing that had
    /// not ended by the time of the view.
    pub(super) fn has_ended_epoch(&self, at: Timestamp) -> bool {
        let ended = |epoch: &EpochRecord| epoch.key.window().destroy_at() <= at;
        self.epochs.iter().any(|slot| slot.as_ref().is_none_or(ended))
    }

    /// The number that the agency's next epoch has.
    pub(super) fn next_epoch(&self) -> EpochNumber {
        EpochNumber(self.epochs.len() as u64 + 1)
    }
}
