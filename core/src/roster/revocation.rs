//! What is known of a revoked key (SPEC §4.7, `[ROS-39]`, `[ROS-40]`).

use super::event::{Reason, Revoke};
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
    pub(super) fn new(revoke: &Revoke, by: RevokedBy, at: Timestamp) -> Self {
        let effective = match by {
            RevokedBy::Roots => revoke.effective().min(at),
            RevokedBy::Owner | RevokedBy::Recovery => at,
        };
        Self { seen: at, effective, reason: revoke.reason(), by }
    }

    /// The earliest times of both, and the reason of the one with more authority.
    pub(super) fn merge(self, other: Self) -> Self {
        let word = if other.by > self.by { other } else { self };
        let (seen, effective) = (self.seen.min(other.seen), self.effective.min(other.effective));
        Self { seen, effective, ..word }
    }
}
