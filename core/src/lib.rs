//! Cryptographic protection for agencies of several countries that work together without a
//! common centre.
//!
//! ```text
//! Agency ─ seal, open, accept, maintain ─┐                    ┌─ Centre ─ enrol, admit, publish, cosign
//!                                        ├─ vault, rosters ───┤
//! bundles of four countries ─ import ────┘                    └─ ceremonies of the roots
//! ```
//!
//! - [`Agency`]: the integrator's handle, with an example of a day.
//! - [`Centre`] and [`RootFile`]: the operator's.
//! - [`Rosters`]: whom one may seal to and whose signature holds; [`BundleReader`], [`Policy`],
//!   [`SignedCheckpoint`], [`InclusionProof`], [`EquivocationProof`]: what comes from other countries.
//! - [`Sealer`] and [`Opener`]: the envelope alone, for those who keep keys and rosters themselves.
//! - [`Storage`], [`Store`], [`Anchor`]: where everything is kept.
//!
//! Nothing is sent anywhere: what others are to have is returned as bytes and files. Errors have a
//! stable `code()`. What the bytes are, SPEC.md says.

mod agency;
pub(crate) mod cbor;
mod centre;
mod crypto;
mod disk;
mod envelope;
pub(crate) mod error;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod ids;
mod keys;
mod label;
mod random;
mod replica;
mod roster;
mod secret;
mod sync;
mod text;
mod time;
mod vault;

pub use agency::{
    Acceptance, Agency, Due, EpochState, EpochStatus, Letter, Maintained, Reopened, RotationPolicy,
    SealedMessage,
};
pub use centre::{Admitted, Centre, Collected, Relearned, Renewal, RootFile, Successors};
pub use crypto::CryptoError;
pub use disk::{DiskError, Existing, NewFile, SourceFile, sync_folder};
pub use envelope::draft::Draft;
pub use envelope::error::{EnvelopeError, OpenFailure};
pub use envelope::file::Watch;
pub use envelope::labels::{Extension, Labels, Urgency};
pub use envelope::ledger::{Arrival, Ledger, LedgerError, Outcome, Unrecorded};
pub use envelope::manifest::{Manifest, SealedTo};
pub use envelope::memory::Fill;
pub use envelope::open::{About, Opened, Opener};
pub use envelope::outside::EnvelopeHeader;
pub use envelope::padding::Padding;
pub use envelope::pipe::EnvelopeStream;
pub use envelope::reader::EnvelopeReader;
pub use envelope::seal::{Sealed, Sealer};
pub use envelope::signed::{Evidence, SignedManifest, VerifiedManifest};
pub use error::Error;
pub use ids::{AgencyId, Country, EnvelopeId, EpochNumber, IdError, KeyId, KeyUse};
pub use keys::Signer;
pub use keys::authority::{LogKey, LogPublicKey, RootKey, RootPublicKey, WitnessKey, WitnessPublicKey};
pub use keys::directory::{Addressed, Directory, DirectoryError, Head, Recipient, VerifiedSender};
pub use keys::epoch::{Epoch, EpochKey, Window, WindowError};
pub use keys::identity::{Identity, IdentityKey};
pub use keys::keyring::{Held, Keyring, KeyringError};
pub use random::{Random, RandomError};
pub use replica::{CountryStatus, Storage};
pub use roster::event::{self, Event, EventKind, SignedEvent};
pub use roster::{
    AgencyView, AnchorError, AuthorityView, BundleReader, Checkpoint, CheckpointError, EpochView,
    EquivocationProof, IdentityView, Imported, InclusionProof, Observed, Policy, PolicyError, PolicyFault,
    Rejection, Revocation, RevokedBy, Roster, RosterError, RosterPolicy, Rosters, SignedCheckpoint,
    TrustAnchor,
};
pub use secret::{Secret, SecretText};
pub use text::{is_invisible, shown};
pub use time::{Clock, Span, Timestamp};
pub use vault::anchor::{Anchor, AnchorState, AnchorStoreError, FileAnchor, MemoryAnchor};
pub use vault::error::VaultError;
pub use vault::memory::MemoryStore;
pub use vault::sqlite::SqliteStore;
pub use vault::store::{Inserted, Left, Row, Rows, RowsMut, Store, StoreError, Table};
pub use vault::{Condition, PassphraseForm, Reason, Unlock, WrappingKey};

/// The example in README.md compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
