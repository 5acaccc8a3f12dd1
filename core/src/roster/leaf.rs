//! A leaf of the log: the record of one event (SPEC §4.9, `[ROS-03]`).
//!
//! ```text
//! leaf = [ kind, subject, serial, expiry, SHA-256 of the body ]
//! ```
//!
//! `expiry` is an epoch's `destroy_at`, and 0 for every other kind.

use super::event::{Content, EventKind, SignedEvent};
use crate::cbor::{self, Malformed, Reader};
use crate::crypto::digest::sha256;
use crate::ids::AgencyId;
use crate::time::Timestamp;

/// What the log's tree says of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) kind: EventKind,
    pub(crate) subject: AgencyId,
    pub(crate) serial: u64,
    pub(crate) expiry: Timestamp,
    pub(crate) digest: [u8; 32],
}

impl SignedEvent {
    /// The record of the event in the log, for [`InclusionProof::verify`]. It does not hold the
    /// signatures: they are no part of what the log proves.
    ///
    /// [`InclusionProof::verify`]: crate::InclusionProof::verify
    pub fn leaf(&self) -> Vec<u8> {
        Leaf::of(self).encode()
    }
}

impl Leaf {
    /// The longest leaf in bytes.
    pub(crate) const MAX_LEN: usize = 1 + 1 + 2 + AgencyId::MAX_LEN + 9 + 9 + 34;

    pub(crate) fn of(signed: &SignedEvent) -> Self {
        let event = signed.event();
        let expiry = match event.content() {
            Content::Epoch(epoch) => epoch.window().destroy_at(),
            _ => Timestamp::default(),
        };
        let (kind, subject, serial) = (event.kind(), event.subject().clone(), event.serial());
        Self { kind, subject, serial, expiry, digest: sha256(&[signed.body()]) }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let Self { kind, subject, serial, expiry, digest } = self;
        cbor::encode(|e| {
            e.array(5)?.u64(kind.number())?.str(subject.as_str())?;
            e.u64(*serial)?.u64(expiry.unix())?.bytes(digest)?;
            Ok(())
        })
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let r = &mut Reader::new(bytes);
        r.array("leaf", 5, 5)?;
        let kind = EventKind::from_number(r.uint("leaf")?).ok_or(Malformed { field: "leaf" })?;
        let subject = r.parsed("leaf", AgencyId::MAX_LEN)?;
        let (serial, expiry, digest) = (r.uint("leaf")?, r.time("leaf")?, *r.fixed::<32>("leaf")?);
        r.end("leaf")?;
        let leaf = Self { kind, subject, serial, expiry, digest };
        cbor::check_canonical(bytes, &leaf.encode(), "leaf")?;
        Ok(leaf)
    }
}
