//! What is known of a revoked key (SPEC §4.7, `[ROS-39]`, `[ROS-40]`).

use std::cmp::Reverse;

use super::event::{Reason, Revoke, Revoker};
use crate::time::Timestamp;

/// A key that is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the revocation was published; in force from then on, whatever time is claimed.
    pub seen: Timestamp,
    /// From when the key's use is doubted: evidence. Earlier than `seen` only if the roots say so.
    pub effective: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Who revoked it.
    pub by: RevokedBy,
}

/// Who revoked a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevokedBy {
    /// The key itself, or for an epoch its agency's identity.
    Owner,
    /// A recovery of the agency, which revokes all of its identities.
    Recovery,
    /// The country's roots.
    Roots,
}

impl Revocation {
    /// `[ROS-39]`: only the roots may date a revocation back.
    pub(super) fn new(revoke: &Revoke, at: Timestamp) -> Self {
        let by = match revoke.by() {
            Revoker::Owner => RevokedBy::Owner,
            Revoker::Roots => RevokedBy::Roots,
        };
        let effective = revoke.effective().map_or(at, |stated| stated.min(at));
        Self { seen: at, effective, reason: revoke.reason(), by }
    }

    /// `[ROS-40]`: the earliest times, and the reason of the one with more authority, of equals the
    /// one of the lower number, unspecified last. The order of merging does not matter.
    pub(super) fn merge(self, other: Self) -> Self {
        let word = if other.weight() > self.weight() { other } else { self };
        let (seen, effective) = (self.seen.min(other.seen), self.effective.min(other.effective));
        Self { seen, effective, ..word }
    }

    fn weight(&self) -> (RevokedBy, bool, Reverse<u64>) {
        (self.by, self.reason != Reason::Unspecified, Reverse(self.reason.number()))
    }
}
