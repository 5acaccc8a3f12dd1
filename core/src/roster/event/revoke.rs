//! `Revoke`: a key of an agency is revoked (SPEC §4.7, `[EVT-40]`).
//!
//! ```text
//! 6: key id      of an identity or an epoch
//! 7: reason      closed registry
//! 8: effective   Unix seconds
//! ```

use std::fmt;

use super::Written;
use crate::cbor::{Encoder, Malformed, Reader};
use crate::ids::KeyId;
use crate::time::Timestamp;

/// Which key is revoked, why, and from when its use is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoke {
    key_id: KeyId,
    reason: Reason,
    effective: Timestamp,
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
    /// `effective` is heard from the country's roots alone: a key that revokes itself is revoked
    /// from the time at which the event is published, whatever it says.
    pub fn new(key_id: KeyId, reason: Reason, effective: Timestamp) -> Self {
        Self { key_id, reason, effective }
    }

    /// The key that is revoked.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The effective time that the event states.
    pub fn effective(&self) -> Timestamp {
        self.effective
    }

    pub(super) fn write(&self, e: &mut Encoder<'_>) -> Written {
        e.u8(6)?.bytes(self.key_id.as_bytes())?;
        e.u8(7)?.u64(self.reason.number())?;
        e.u8(8)?.u64(self.effective.unix())?;
        Ok(())
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.key("key id", 6)?;
        let key_id = KeyId::from_bytes(*r.fixed::<32>("key id")?);
        r.key("reason", 7)?;
        let reason = Reason::from_number(r.uint("reason")?).ok_or(Malformed { field: "reason" })?;
        r.key("effective", 8)?;
        Ok(Self { key_id, reason, effective: r.time("effective")? })
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
