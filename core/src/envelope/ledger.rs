//! The seam of the ledger, which remembers what arrived (SPEC §5.6, step 13).
//!
//! Opening asks it once, after the signature holds and before the first byte is released.

use super::signed::VerifiedManifest;

/// Remembers arrivals by sender and envelope id; never by ciphertext or signature bytes.
pub trait Ledger {
    /// Records that the envelope with this manifest arrived, durably, before its content is
    /// released. Its key is the manifest's sender and id, its value [`VerifiedManifest::digest`];
    /// of a conflict, [`VerifiedManifest::signed`] is the evidence.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is released then.
    fn arrive(&self, manifest: &VerifiedManifest) -> Result<Arrival, LedgerError>;
}

/// Whether the envelope was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// For the first time, as far as the ledger knows.
    First,
    /// It arrived before and was not accepted: it is offered again.
    Again,
}

/// The ledger refused the arrival.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The envelope was accepted before.
    #[error("the envelope was accepted before")]
    Duplicate,
    /// The same sender used the same id for another manifest.
    #[error("the sender used this envelope id before, for something else: kept as evidence")]
    Conflict,
    /// The ledger could not be read or written.
    #[error("the ledger cannot be used, the envelope is still to be opened: {0}")]
    Unavailable(String),
}

impl LedgerError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Unavailable(_) => "ledger-unavailable",
        }
    }
}

/// No memory: every arrival is the first. For tools that read an envelope and deliver nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unrecorded;

impl Ledger for Unrecorded {
    fn arrive(&self, _: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        Ok(Arrival::First)
    }
}
