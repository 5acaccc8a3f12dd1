//! VLEC.

pub(crate) mod cbor;
mod crypto;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod ids;
mod keys;
mod label;
mod random;
mod roster;
mod secret;
mod time;

pub use crypto::CryptoError;
pub use ids::{AgencyId, Country, EnvelopeId, EpochNumber, IdError, KeyId, KeyUse};
pub use keys::Signer;
pub use keys::authority::{LogKey, LogPublicKey, RootKey, RootPublicKey, WitnessKey, WitnessPublicKey};
pub use keys::directory::{Addressed, Directory, DirectoryError, Head, Recipient, VerifiedSender};
pub use keys::epoch::{Epoch, EpochKey, Window, WindowError};
pub use keys::identity::{Identity, IdentityKey};
pub use keys::keyring::{Held, Keyring, KeyringError};
pub use random::{Random, RandomError};
pub use roster::event::{self, Event, EventKind, SignedEvent};
pub use roster::{
    AgencyView, AnchorError, AuthorityView, EpochView, IdentityView, Observed, Rejection, Revocation,
    RevokedBy, Roster, RosterError, RosterPolicy, Rosters, TrustAnchor,
};
pub use time::Timestamp;
