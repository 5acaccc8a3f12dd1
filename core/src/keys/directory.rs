//! What a verified roster tells the envelope: to whom one may seal, and whose signature holds.
//!
//! The types have no public constructor: a recipient key comes out of a verified roster and from
//! nowhere else (`[ROS-01]`).

use std::marker::PhantomData;

use crate::crypto::composite::VerifyingKey;
use crate::crypto::xwing::EncapsulationKey;
use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::time::{Span, Timestamp};

use super::epoch::EpochKey;

/// A roster does not allow what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// No roster of this country has been imported.
    #[error("no roster of {0} is known: pin the country and import its bundle")]
    NoRoster(Country),
    /// The roster is older than policy allows.
    #[error("the roster of {country} is {} old, older than policy allows: import a newer one", Span(*age))]
    Stale {
        /// The roster's country.
        country: Country,
        /// Its age in seconds.
        age: u64,
    },
    /// The roster's time lies further ahead of the clock than policy allows.
    #[error(
        "the roster of {country} is {} ahead of the clock: set the clock, or import it anew",
        Span(*ahead)
    )]
    FromFuture {
        /// The roster's country.
        country: Country,
        /// How far ahead it is, in seconds.
        ahead: u64,
    },
    /// The sender has seen a newer roster than this party holds.
    #[error("the sender knows {size} events of {country}, more than are held: import a newer roster first")]
    RosterBehind {
        /// The roster's country.
        country: Country,
        /// The number of events that the sender knows.
        size: u64,
    },
    /// The sender's roster is not the one that this party holds.
    #[error(
        "the sender's roster of {country} with {size} events is another one: ask the sender for its bundle, \
         and import it"
    )]
    RosterConflict {
        /// The roster's country.
        country: Country,
        /// The number of events that the sender knows.
        size: u64,
    },
    /// The roster does not know the agency.
    #[error("{0} is not in the roster that is held: check the name, or import a newer roster")]
    NotEnrolled(AgencyId),
    /// The agency has left.
    #[error("{0} has been withdrawn")]
    Withdrawn(AgencyId),
    /// The key is not one of the agency's identities, or does not hold yet.
    #[error("the key is not a valid identity of {0}: import a newer roster")]
    UnknownKey(AgencyId),
    /// The key has been revoked.
    #[error("the key of {0} has been revoked")]
    Revoked(AgencyId),
    /// No epoch key of the agency may be sealed to now.
    #[error(
        "{0} has no epoch key to seal to now, none being open or its identity revoked: import a newer roster"
    )]
    NoEpoch(AgencyId),
    /// An agency was named twice.
    #[error("{0} is named twice")]
    NamedTwice(AgencyId),
    /// Nobody, or too many, were named.
    #[error("an envelope has 1 to 1024 recipients")]
    RecipientCount,
}

impl DirectoryError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRoster(_) => "no-roster",
            Self::Stale { .. } => "roster-stale",
            Self::FromFuture { .. } => "roster-from-future",
            Self::RosterBehind { .. } => "roster-behind",
            Self::RosterConflict { .. } => "roster-conflict",
            Self::NotEnrolled(_) => "not-enrolled",
            Self::Withdrawn(_) => "withdrawn",
            Self::UnknownKey(_) => "unknown-key",
            Self::Revoked(_) => "revoked",
            Self::NoEpoch(_) => "no-epoch",
            Self::NamedTwice(_) => "named-twice",
            Self::RecipientCount => "recipient-count",
        }
    }
}

/// One agency's epoch key, out of a verified roster.
#[derive(Clone, Debug)]
pub struct Recipient(EpochKey);

impl Recipient {
    /// For verified rosters only.
    pub(crate) fn from_roster(key: EpochKey) -> Self {
        Self(key)
    }

    /// The agency.
    pub fn agency(&self) -> &AgencyId {
        self.0.agency()
    }

    /// The epoch that is sealed to.
    pub fn epoch(&self) -> EpochNumber {
        self.0.number()
    }

    /// The id of the epoch's key.
    pub fn key_id(&self) -> &KeyId {
        self.0.id()
    }

    pub(crate) fn key(&self) -> &EncapsulationKey {
        self.0.key()
    }
}

/// A sender's view of one roster: the log's origin, its size and its Merkle root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log's name, `vlec/1/GE/<hex>`.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root of the RFC 6962 tree of that size.
    pub root: [u8; 32],
}

/// One envelope's sender, recipients, time and roster heads, as verified rosters allow them. It
/// holds on to the rosters, so that they cannot be replaced by newer ones while it waits for use.
#[derive(Debug)]
pub struct Addressed<'a> {
    pub(crate) rosters: PhantomData<&'a ()>,
    pub(crate) sender: AgencyId,
    pub(crate) sender_key: KeyId,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) heads: Vec<Head>,
    pub(crate) at: Timestamp,
}

impl Addressed<'_> {
    /// The recipients, in the order in which they were named.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// Lets go of the rosters: what takes long to seal must not keep newer ones waiting.
    pub(crate) fn detached(self) -> Addressed<'static> {
        let Self { rosters: _, sender, sender_key, recipients, heads, at } = self;
        Addressed { rosters: PhantomData, sender, sender_key, recipients, heads, at }
    }
}

/// A set of verified rosters. Sealed: only this crate's rosters implement it.
pub trait Directory: sealed::Sealed {
    /// The key under which `agency` signs as `key_id`, if it holds at `now`.
    ///
    /// # Errors
    /// [`DirectoryError`] if the roster is missing or stale, or the agency or key does not hold.
    fn sender(
        &self,
        agency: &AgencyId,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<VerifiedSender, DirectoryError>;

    /// Compares a sender's view of the rosters with this one.
    ///
    /// # Errors
    /// [`DirectoryError::RosterBehind`], [`DirectoryError::RosterConflict`].
    fn check_heads(&self, heads: &[Head]) -> Result<(), DirectoryError>;
}

/// A sender's key out of a verified roster.
#[derive(Debug)]
pub struct VerifiedSender(pub(crate) VerifyingKey);

pub(crate) mod sealed {
    pub trait Sealed {}
}
