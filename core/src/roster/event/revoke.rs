//! `Revoke`: a key of an agency is revoked (SPEC §4.7, `[EVT-40]`, `[EVT-41]`).
//!
//! ```text
//! 6: key id      of an identity or an epoch
//! 7: reason      closed registry
//! 8: effective   Unix seconds; 0 by the owner
//! 9: by          0 the owner   1 the roots
//! ```

use std::fmt;

use super::Written;
use crate::cbor::{Encoder, Malformed, Reader};
use crate::ids::KeyId;
use crate::time::Timestamp;

/// Which key is revoked, why, from when its use is doubted, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoke {
    key_id: KeyId,
    reason: Reason,
    effective: Timestamp,
    by: Revoker,
}

/// Whose word a revocation is: they alone sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revoker {
    /// The key itself, or for an epoch its agency's identity.
    Owner,
    /// The country's roots.
    Roots,
}

/// Why a key is revoked; the registry is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not said.
    Unspecified,
    /// Someone else may hold the secret.
    KeyCompromise,
    /// The owner no longer has the secret.
    KeyLoss,
    /// Another key has taken its place.
    Superseded,
    /// The owner no longer does what the key was for.
    Ceased,
}

impl Revoke {
    /// The owner revokes the key, from the time at which the event is published.
    pub fn by_owner(key_id: KeyId, reason: Reason) -> Self {
        Self { key_id, reason, effective: Timestamp::default(), by: Revoker::Owner }
    }

    /// The roots revoke the key, and doubt its use from `effective` on.
    pub fn by_roots(key_id: KeyId, reason: Reason, effective: Timestamp) -> Self {
        Self { key_id, reason, effective, by: Revoker::Roots }
    }

    /// The key that is revoked.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The effective time that the event states; an owner states none.
    pub fn effective(&self) -> Option<Timestamp> {
        match self.by {
            Revoker::Owner => None,
            Revoker::Roots => Some(self.effective),
        }
    }

    /// Whose word it is.
    pub fn by(&self) -> Revoker {
        self.by
    }

    pub(super) fn write(&self, e: &mut Encoder<'_>) -> Written {
        e.u8(6)?.bytes(self.key_id.as_bytes())?;
        e.u8(7)?.u64(self.reason.number())?;
        e.u8(8)?.u64(self.effective.unix())?;
        e.u8(9)?.u64(self.by.number())?;
        Ok(())
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.key("key id", 6)?;
        let key_id = KeyId::from_bytes(*r.fixed::<32>("key id")?);
        r.key("reason", 7)?;
        let reason = Reason::from_number(r.uint("reason")?).ok_or(Malformed { field: "reason" })?;
        r.key("effective", 8)?;
        let effective = r.time("effective")?;
        r.key("by", 9)?;
        let by = Revoker::from_number(r.uint("by")?).ok_or(Malformed { field: "by" })?;
        // [EVT-41]
        if by == Revoker::Owner && effective != Timestamp::default() {
            return Err(Malformed { field: "effective" });
        }
        Ok(Self { key_id, reason, effective, by })
    }
}

impl Revoker {
    const fn number(self) -> u64 {
        match self {
            Self::Owner => 0,
            Self::Roots => 1,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        [Self::Owner, Self::Roots].into_iter().find(|by| by.number() == number)
    }
}

impl Reason {
    const ALL: [Self; 5] =
        [Self::Unspecified, Self::KeyCompromise, Self::KeyLoss, Self::Superseded, Self::Ceased];

    /// The reason's number on the wire.
    pub const fn number(self) -> u64 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::KeyLoss => 2,
            Self::Superseded => 3,
            Self::Ceased => 4,
        }
    }

    /// The reason's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::KeyLoss => "key-loss",
            Self::Superseded => "superseded",
            Self::Ceased => "ceased",
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
