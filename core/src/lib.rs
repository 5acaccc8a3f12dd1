//! VLEC.

pub(crate) mod cbor;
mod crypto;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod ids;
mod label;
mod random;
mod secret;
mod time;

pub use crypto::CryptoError;
pub use ids::{AgencyId, Country, EnvelopeId, EpochNumber, IdError, KeyId, KeyUse};
pub use random::{Random, RandomError};
pub use time::Timestamp;
