//! Floor 1: published constructions, one file for each, the standard cited above the code.

pub mod chunked;
pub mod composite;
pub mod digest;
pub mod hpke;
pub mod kdf;
pub mod note_pair;
pub mod xwing;

use crate::random::RandomError;

/// Why a primitive gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// A public value is not of its form: wrong length, a coefficient above the modulus, a
    /// low-order point, a weak or undecodable key.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// Decryption or a signature check failed; deliberately without detail.
    #[error("cannot be opened")]
    OpenFailed,
    /// A signature just made did not verify and was discarded: suspect the machine.
    #[error("a signature just made did not verify and was discarded: check the machine")]
    FaultySignature,
    /// The input is longer than the construction allows.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// No randomness, nothing made.
    #[error(transparent)]
    Random(#[from] RandomError),
}
