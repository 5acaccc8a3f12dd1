//! VLEC.

pub(crate) mod cbor;
mod crypto;
mod disk;
mod envelope;
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
pub use disk::{DiskError, Existing};
pub use envelope::draft::{Draft, Extension, Labels, Urgency};
pub use envelope::error::{EnvelopeError, OpenFailure};
pub use envelope::ledger::{Arrival, Ledger, LedgerError, Unrecorded};
pub use envelope::manifest::{Manifest, SealedTo, VerifiedManifest};
pub use envelope::open::{About, Opened, Opener};
pub use envelope::padding::Padding;
pub use envelope::pipe::EnvelopeStream;
pub use envelope::reader::EnvelopeReader;
pub use envelope::seal::{Sealed, Sealer};
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
