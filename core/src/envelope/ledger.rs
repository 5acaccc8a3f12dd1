//! The seam of the ledger, which remembers what arrived (SPEC §5.6, step 13).
//!
//! Opening asks it once, after the signature holds and before the first byte is released.

use std::fmt;

use crate::time::Timestamp;

use super::signed::VerifiedManifest;

/// Longest outcome in bytes.
pub(crate) const MAX_OUTCOME: usize = 1024;

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
    /// It, or one that it replaces or that replaces it, arrived before and was not accepted: it is
    /// offered again.
    Again,
}

/// What the application made of an envelope when it accepted it: at most 1 KiB of its own, such as
/// the receipt that it sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome(Vec<u8>);

impl Outcome {
    /// An outcome of these bytes.
    ///
    /// # Errors
    /// [`LedgerError::OutcomeTooLong`].
    pub fn new(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > MAX_OUTCOME {
            return Err(LedgerError::OutcomeTooLong);
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "Outcome({} bytes)", bytes.len())
    }
}

/// The ledger refused the arrival or the acceptance.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The envelope, or one that it replaces or that replaces it, was accepted before.
    #[error("the envelope was accepted before")]
    Duplicate {
        /// What the application made of it then.
        outcome: Outcome,
    },
    /// The same sender used the same id for another manifest.
    #[error("the sender used this envelope id before, for something else: kept as evidence")]
    Conflict,
    /// The envelope is older than the ledger remembers: whether it was accepted cannot be known.
    #[error(
        "the envelope is of {created}, which is before the ledger's horizon: ask the sender to seal it again"
    )]
    PastHorizon {
        /// When it was sealed, by its sender's word.
        created: Timestamp,
    },
    /// What is to be accepted has not arrived.
    #[error("no envelope of this sender and id has arrived: open it first")]
    NotPending,
    /// What is to be read again has not been accepted.
    #[error("the envelope has not been accepted before: open it")]
    NotAccepted,
    /// The outcome is longer than 1 KiB.
    #[error("the outcome is longer than 1024 bytes")]
    OutcomeTooLong,
    /// The ledger could not be read or written.
    #[error("the ledger cannot be used, the envelope is still to be opened: {0}")]
    Unavailable(String),
}

impl LedgerError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "duplicate",
            Self::Conflict => "conflict",
            Self::PastHorizon { .. } => "past-horizon",
            Self::NotPending => "not-pending",
            Self::NotAccepted => "not-accepted",
            Self::OutcomeTooLong => "outcome-too-long",
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
