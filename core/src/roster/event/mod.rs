//! A roster event's body (SPEC §4.2, `[EVT-01]`…`[EVT-05]`): one file per kind of content.
//!
//! ```text
//! body = { 1: kind, 2: version, 3: subject, 4: serial, 5: roster (absent in Genesis), 6…: fields }
//!
//! kind 1 genesis    country   serial 0    authority keys, recovery delay
//!      2 authority  country   serial +1   authority keys
//!      3 enrol      agency    serial 1    names, roles, identity key
//!      4 epoch      agency    serial +1   number, X-Wing key, window
//!      5 identity   agency    serial +1   next identity key, rotation or recovery
//!      6 revoke     agency    serial 0    key id, reason, effective time, by whom
//!      7 withdraw   agency    serial +1
//! ```
//!
//! `roster` is the digest of the trust anchor: an event of an earlier roster of the same country,
//! under the same keys, is not one of this roster.

mod authority;
mod enrol;
mod epoch;
mod identity;
mod revoke;
mod signed;

pub use authority::{AuthorityKeys, Genesis};
pub use enrol::{DisplayName, Enrol, Role};
pub use revoke::{Reason, Revoke, Revoker};
pub(super) use signed::Proof;
pub use signed::SignedEvent;
#[cfg(any(test, feature = "hazmat"))]
pub(crate) use signed::encode_signed;

use std::fmt;

use super::anchor::TrustAnchor;
use super::error::RosterError;
use crate::cbor::{self, Encoder, Malformed, Reader};
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, Country};
use crate::keys::Signer;
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::label::{self, Label};
use crate::random::Random;

/// Writing into memory, which cannot fail.
type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

const VERSION: u64 = 1;
/// The body's first fields: kind, version, subject, serial.
const COMMON_FIELDS: u64 = 4;

/// What an event is about; the registry is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The roster's first event, whose hash is the trust anchor.
    Genesis,
    /// New root, log or witness keys.
    Authority,
    /// An agency joins.
    Enrol,
    /// An agency announces an epoch key.
    Epoch,
    /// An agency's next identity key.
    Identity,
    /// A key is revoked.
    Revoke,
    /// An agency leaves.
    Withdraw,
}

impl EventKind {
    const ALL: [Self; 7] = [
        Self::Genesis,
        Self::Authority,
        Self::Enrol,
        Self::Epoch,
        Self::Identity,
        Self::Revoke,
        Self::Withdraw,
    ];

    /// The kind's number on the wire.
    pub const fn number(self) -> u64 {
        match self {
            Self::Genesis => 1,
            Self::Authority => 2,
            Self::Enrol => 3,
            Self::Epoch => 4,
            Self::Identity => 5,
            Self::Revoke => 6,
            Self::Withdraw => 7,
        }
    }

    /// The kind's name, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Authority => "authority",
            Self::Enrol => "enrol",
            Self::Epoch => "epoch",
            Self::Identity => "identity",
            Self::Revoke => "revoke",
            Self::Withdraw => "withdraw",
        }
    }

    pub(super) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The context under which the event is signed: a signature holds for one kind only.
    pub(super) const fn label(self) -> Label {
        match self {
            Self::Genesis => label::SIGN_GENESIS,
            Self::Authority => label::SIGN_AUTHORITY,
            Self::Enrol => label::SIGN_ENROL,
            Self::Epoch => label::SIGN_EPOCH,
            Self::Identity => label::SIGN_IDENTITY,
            Self::Revoke => label::SIGN_REVOKE,
            Self::Withdraw => label::SIGN_WITHDRAW,
        }
    }

    /// The number of fields in the body, `roster` counted.
    const fn fields(self) -> u64 {
        COMMON_FIELDS
            + match self {
                Self::Genesis | Self::Authority => 5,
                Self::Enrol => 4,
                Self::Epoch => 6,
                Self::Identity => 3,
                Self::Revoke => 5,
                Self::Withdraw => 1,
            }
    }

    /// The one serial that the kind has, if it is fixed (`[EVT-04]`).
    const fn fixed_serial(self) -> Option<u64> {
        match self {
            Self::Genesis | Self::Revoke => Some(0),
            Self::Enrol => Some(1),
            Self::Authority | Self::Epoch | Self::Identity | Self::Withdraw => None,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of a roster event: well-formed, and neither signed nor verified.
#[derive(Clone, Debug)]
pub struct Event {
    subject: AgencyId,
    serial: u64,
    roster: Option<[u8; 32]>,
    content: Content,
}

/// What an event says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// The country's first keys, and the recovery delay.
    Genesis(Genesis),
    /// The country's next keys.
    Authority(AuthorityKeys),
    /// The agency's names, roles and first identity.
    Enrol(Enrol),
    /// The agency's next epoch.
    Epoch(EpochKey),
    /// The agency's next identity, for which the one before it vouches.
    Rotation(IdentityKey),
    /// The agency's next identity, for which the roots vouch.
    Recovery(IdentityKey),
    /// The key that is revoked.
    Revoke(Revoke),
    /// The agency leaves.
    Withdraw,
}

impl Event {
    /// The first event of `country`'s roster.
    pub fn genesis(country: Country, genesis: Genesis) -> Self {
        Self { subject: country.into(), serial: 0, roster: None, content: Content::Genesis(genesis) }
    }

    /// The country's next keys; `serial` is one more than that of the keys they replace.
    pub fn authority(anchor: &TrustAnchor, serial: u64, keys: AuthorityKeys) -> Self {
        Self::of(anchor, anchor.country().into(), serial, Content::Authority(keys))
    }

    /// An agency joins.
    pub fn enrol(anchor: &TrustAnchor, enrol: Enrol) -> Self {
        Self::of(anchor, enrol.identity().agency().clone(), 1, Content::Enrol(enrol))
    }

    /// An agency announces an epoch key; `serial` is the agency's next.
    ///
    /// # Errors
    /// [`RosterError::Malformed`] if the epoch's number is 0.
    pub fn epoch(anchor: &TrustAnchor, serial: u64, epoch: EpochKey) -> Result<Self, RosterError> {
        epoch::check(&epoch)?;
        Ok(Self::of(anchor, epoch.agency().clone(), serial, Content::Epoch(epoch)))
    }

    /// An agency's next identity, which the current one signs too; `serial` is the agency's next.
    pub fn rotation(anchor: &TrustAnchor, serial: u64, next: IdentityKey) -> Self {
        Self::of(anchor, next.agency().clone(), serial, Content::Rotation(next))
    }

    /// An agency's next identity, which the roots sign too: all earlier ones are revoked, and the
    /// new one takes effect after the country's delay. `serial` is the agency's next.
    pub fn recovery(anchor: &TrustAnchor, serial: u64, next: IdentityKey) -> Self {
        Self::of(anchor, next.agency().clone(), serial, Content::Recovery(next))
    }

    /// A key of `agency` is revoked.
    pub fn revoke(anchor: &TrustAnchor, agency: AgencyId, revoke: Revoke) -> Self {
        Self::of(anchor, agency, 0, Content::Revoke(revoke))
    }

    /// An agency leaves; `serial` is the agency's next.
    pub fn withdraw(anchor: &TrustAnchor, agency: AgencyId, serial: u64) -> Self {
        Self::of(anchor, agency, serial, Content::Withdraw)
    }

    fn of(anchor: &TrustAnchor, subject: AgencyId, serial: u64, content: Content) -> Self {
        Self { subject, serial, roster: Some(*anchor.digest()), content }
    }

    /// The country for `genesis` and `authority`, the agency for every other kind.
    pub fn subject(&self) -> &AgencyId {
        &self.subject
    }

    /// The event's place in the subject's chain; 0 for `genesis` and `revoke`.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// The digest of the roster's trust anchor; `genesis` has none, it is what is hashed.
    pub fn roster(&self) -> Option<&[u8; 32]> {
        self.roster.as_ref()
    }

    /// What the event says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    pub(super) fn into_content(self) -> (AgencyId, u64, Content) {
        (self.subject, self.serial, self.content)
    }

    /// The kind of the content.
    pub fn kind(&self) -> EventKind {
        match self.content {
            Content::Genesis(_) => EventKind::Genesis,
            Content::Authority(_) => EventKind::Authority,
            Content::Enrol(_) => EventKind::Enrol,
            Content::Epoch(_) => EventKind::Epoch,
            Content::Rotation(_) | Content::Recovery(_) => EventKind::Identity,
            Content::Revoke(_) => EventKind::Revoke,
            Content::Withdraw => EventKind::Withdraw,
        }
    }

    /// The trust anchor that a `genesis` makes; `None` for every other kind.
    pub fn anchor(&self) -> Option<TrustAnchor> {
        match self.content {
            Content::Genesis(_) => Some(TrustAnchor::new(self.subject.country(), sha256(&[&self.encode()]))),
            _ => None,
        }
    }

    /// Signs the event. Who must sign is the roster's to decide: see [`SignedEvent::countersign`]
    /// for signers who do not sit together.
    ///
    /// # Errors
    /// [`RosterError::Malformed`] for no signer, a signer named twice, or more than 64;
    /// [`RosterError::NotSigned`] if a signature could not be made.
    pub fn sign(self, signers: &[Signer<'_>], random: &Random) -> Result<SignedEvent, RosterError> {
        SignedEvent::sign(self, signers, random)
    }

    /// The bytes that are signed.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let kind = self.kind();
        cbor::encode(|e| {
            e.map(kind.fields())?.u8(1)?.u64(kind.number())?.u8(2)?.u64(VERSION)?;
            e.u8(3)?.str(self.subject.as_str())?.u8(4)?.u64(self.serial)?;
            if let Some(roster) = &self.roster {
                e.u8(5)?.bytes(roster)?;
            }
            self.content.write(e)
        })
    }

    /// `[EVT-01]`…`[EVT-05]`: every field of its form, nothing else, in the one encoding.
    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let r = &mut Reader::new(body);
        let fields = r.map("event", COMMON_FIELDS, 10)?;
        r.key("kind", 1)?;
        let kind = EventKind::from_number(r.uint("kind")?).ok_or(Malformed { field: "kind" })?;
        if fields != kind.fields() {
            return Err(Malformed { field: "event" });
        }
        r.key("version", 2)?;
        if r.uint("version")? != VERSION {
            return Err(Malformed { field: "version" });
        }
        r.key("subject", 3)?;
        let subject: AgencyId = r.parsed("subject", AgencyId::MAX_LEN)?;
        r.key("serial", 4)?;
        let serial = r.uint("serial")?;
        if kind.fixed_serial().is_some_and(|fixed| fixed != serial) {
            return Err(Malformed { field: "serial" });
        }
        let roster = match kind {
            EventKind::Genesis => None,
            _ => {
                r.key("roster", 5)?;
                Some(*r.fixed::<32>("roster")?)
            }
        };
        let content = Content::read(kind, &subject, r)?;
        r.end("event")?;
        let event = Self { subject, serial, roster, content };
        cbor::check_canonical(body, &event.encode(), "event")?;
        Ok(event)
    }
}

impl Content {
    fn write(&self, e: &mut Encoder<'_>) -> Written {
        match self {
            Self::Genesis(genesis) => genesis.write(e),
            Self::Authority(keys) => keys.write(e),
            Self::Enrol(enrol) => enrol.write(e),
            Self::Epoch(epoch) => epoch::write(epoch, e),
            Self::Rotation(next) => identity::write_rotation(next, e),
            Self::Recovery(next) => identity::write_recovery(next, e),
            Self::Revoke(revoke) => revoke.write(e),
            Self::Withdraw => Ok(()),
        }
    }

    fn read(kind: EventKind, subject: &AgencyId, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match kind {
            EventKind::Genesis => Self::Genesis(Genesis::read(country(subject)?, r)?),
            EventKind::Authority => Self::Authority(AuthorityKeys::read(country(subject)?, r)?),
            EventKind::Enrol => Self::Enrol(Enrol::read(subject, r)?),
            EventKind::Epoch => Self::Epoch(epoch::read(subject, r)?),
            EventKind::Identity => identity::read(subject, r)?,
            EventKind::Revoke => Self::Revoke(Revoke::read(r)?),
            EventKind::Withdraw => Self::Withdraw,
        })
    }
}

/// The subject of an event that speaks for the country is the country alone (`[EVT-03]`).
fn country(subject: &AgencyId) -> Result<Country, Malformed> {
    subject.as_str().parse().map_err(|_| Malformed { field: "subject" })
}
