//! Why a roster, or an event for it, is not taken.

use std::io;

use super::checkpoint::CheckpointError;
use super::equivocation::EquivocationProof;
use super::event::EventKind;
use super::policy::PolicyError;
use crate::cbor::Malformed;
use crate::crypto::CryptoError;
use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::time::Timestamp;

/// An event or a view of a roster is not taken; the roster is as it was before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// A field is not of its form.
    #[error("{field} is malformed, in a roster's bundle or event: get it again from its source")]
    Malformed {
        /// The field.
        field: &'static str,
    },
    /// A well-formed event breaks a rule.
    #[error("event {index} ({kind} of {subject}) is rejected: {reason}")]
    Rejected {
        /// The event's place in the roster, from 0.
        index: u64,
        /// Its kind.
        kind: EventKind,
        /// Whom it is about.
        subject: AgencyId,
        /// The rule.
        reason: Rejection,
    },
    /// There is no event to begin with.
    #[error("the roster of {0} has no events: it begins with its genesis")]
    Empty(Country),
    /// No roster of the country is there to be extended.
    #[error("no roster of {0} is known: import it whole")]
    NoRoster(Country),
    /// The view is older than the one that is held.
    #[error("the view of {country} is of {offered}, and the one that is held of {held}: get a newer one")]
    OlderView {
        /// The roster's country.
        country: Country,
        /// The time of the view that is held.
        held: Timestamp,
        /// The time of the view that was offered.
        offered: Timestamp,
    },
    /// The view's time lies in the future.
    #[error("the view of {country} is of {offered}, and it is {now}: set the clock")]
    FromFuture {
        /// The roster's country.
        country: Country,
        /// The time of the view that was offered.
        offered: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The roster has fewer events than the one that is held.
    #[error("the roster of {country} has {offered} events, the one held has {held}: get a newer one")]
    Smaller {
        /// The roster's country.
        country: Country,
        /// The number of events held.
        held: u64,
        /// The number of events offered.
        offered: u64,
    },
    /// The roster does not begin with the events of the one that is held: a fork.
    #[error(
        "two rosters of {country} differ within their first {size} events: keep both and ask the country"
    )]
    Differs {
        /// The roster's country.
        country: Country,
        /// The number of events held.
        size: u64,
    },
    /// The roster has another trust anchor than the one that is held.
    #[error("the roster of {0} has another trust anchor than the one held: pin it anew in a ceremony")]
    OtherAnchor(Country),
    /// The bundle begins after the end of what is held.
    #[error("the bundle of {country} begins at event {from}, and {held} are held: get one from there on")]
    Gap {
        /// The roster's country.
        country: Country,
        /// The number of events held.
        held: u64,
        /// The number of events that the bundle leaves out.
        from: u64,
    },
    /// A checkpoint is not of its form, or not signed as it must be.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// The entries of a bundle have another root than its checkpoint.
    #[error("the entries of {country} do not give the checkpoint of size {size}: get the bundle again")]
    WrongRoot {
        /// The roster's country.
        country: Country,
        /// The checkpoint's size.
        size: u64,
    },
    /// The country's log has signed two rosters: the proof is for everybody.
    #[error("the log of {} has shown two rosters: no new key of it counts; pass on the proof", .0.anchor().country())]
    Fork(Box<EquivocationProof>),
    /// The country's log has shown two rosters before.
    #[error("the roster of {0} is frozen, its log has shown two: pin it anew in a ceremony")]
    Frozen(Country),
    /// The checkpoints prove no equivocation.
    #[error("the proof against the log of {0} does not hold: nothing is frozen")]
    NoEquivocation(Country),
    /// A policy is not of its form.
    #[error(transparent)]
    Policy(PolicyError),
    /// It is not known whose cosignatures the log needs.
    #[error(
        "the roster of {0} has too few witnesses, since fewer than two other countries are pinned and no policy names \
         any: pin at least two countries besides {0}, or set its policy"
    )]
    NoPolicy(Country),
    /// A proposal holds nothing to be cosigned.
    #[error("there is nothing of {0} to cosign: a quorum has cosigned all of it")]
    NothingProposed(Country),
    /// The caller's input could not be read, or its output not be written.
    #[error("the bundle could not be {doing}: {}", system_error(*kind, *code))]
    Unreadable {
        /// What was tried, as in "read".
        doing: &'static str,
        /// What failed.
        kind: io::ErrorKind,
        /// The system's number for it.
        code: Option<i32>,
    },
    /// A value of the caller's is not of its form.
    #[error("{what} is not acceptable: {expected}")]
    Draft {
        /// Which value.
        what: &'static str,
        /// What is expected of it.
        expected: &'static str,
    },
    /// A signature could not be made.
    #[error("the event was not signed: {0}")]
    NotSigned(CryptoError),
}

/// The rule that an event breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The first event is not the pinned `Genesis`.
    #[error("it is not the genesis that the trust anchor pins: check the anchor and the source")]
    NotTheAnchor,
    /// A second `Genesis`.
    #[error("a roster has one genesis, its first event: a new one is pinned in a ceremony")]
    SecondGenesis,
    /// The subject is another country's.
    #[error("a roster speaks for its own country only: ask its log for the reason")]
    OutOfScope,
    /// The event was made for another roster.
    #[error("it was signed for another roster of the country: it must be signed anew for this one")]
    OtherRoster,
    /// The event is earlier than the one before it.
    #[error("its time is before that of the event before it: import the events in the log's order")]
    TimeWentBack,
    /// The event is later than the view.
    #[error("its time is after that of the view: get the view again")]
    AfterView,
    /// The serial does not follow: a fork, a gap or a step back.
    #[error("its serial is {found} where {expected} follows: get the events between, or sign it anew")]
    Serial {
        /// The serial that follows.
        expected: u64,
        /// The event's serial.
        found: u64,
    },
    /// The epoch's number does not follow.
    #[error("its epoch is {found} where {expected} follows: get the events between, or sign it anew")]
    Epoch {
        /// The number that follows.
        expected: EpochNumber,
        /// The event's number.
        found: EpochNumber,
    },
    /// The agency has not been enrolled.
    #[error("the agency is not enrolled: enrol it first")]
    NotEnrolled,
    /// The agency has been enrolled before.
    #[error("the agency is enrolled already: announce a new identity instead")]
    Enrolled,
    /// The agency has left.
    #[error("the agency has been withdrawn: enrol it under another name")]
    Withdrawn,
    /// The agency has no identity that could sign.
    #[error("the agency's identity is revoked: the roots must recover it")]
    NoIdentity,
    /// The agency's recovery waits out its delay.
    #[error("the agency's recovered identity takes effect {until}: until then only the roots may act")]
    Recovering {
        /// When the recovered identity takes effect.
        until: Timestamp,
    },
    /// The agency has had the key before.
    #[error("the agency has had the key before: make a new one")]
    KeyReused,
    /// A component of the key serves elsewhere.
    #[error("a component of key {0} serves in another key, role or agency: make a new one")]
    ComponentReused(KeyId),
    /// The key has been revoked.
    #[error("key {0} has been revoked: make a new one")]
    KeyRevoked(KeyId),
    /// The key that is to be revoked is another agency's, or not one of an agency.
    #[error("key {0} is not an identity or an epoch of the agency: check the key id")]
    NotItsKey(KeyId),
    /// A signature that the event needs is not there.
    #[error("the signature of {0} is missing: have it signed by that key")]
    SignatureMissing(KeyId),
    /// Fewer roots than the threshold have signed.
    #[error("{found} of the {needed} roots needed have signed: have it signed by more roots")]
    TooFewRoots {
        /// The threshold.
        needed: usize,
        /// The roots that signed.
        found: usize,
    },
    /// A signer whom the event does not call for.
    #[error("{0} has signed and is not one of its signers: sign it anew without that key")]
    SignerNotCalledFor(KeyId),
    /// A signature does not verify.
    #[error("the signature of {0} does not verify: get the event again from its source")]
    BadSignature(KeyId),
    /// A leaf without the bytes of its event.
    #[error("its bytes are missing, and it is no epoch that has ended: get the roster from another source")]
    BytesMissing,
    /// Something other than a revocation was heard outside the log.
    #[error("only revocations count outside the log: import the roster")]
    NotARevocation,
}

impl RosterError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "event-malformed",
            Self::Rejected { reason, .. } => reason.code(),
            Self::Empty(_) => "roster-empty",
            Self::NoRoster(_) => "no-roster",
            Self::OlderView { .. } => "roster-older",
            Self::FromFuture { .. } => "roster-from-future",
            Self::Smaller { .. } => "roster-smaller",
            Self::Differs { .. } => "roster-differs",
            Self::OtherAnchor(_) => "roster-other-anchor",
            Self::Gap { .. } => "roster-gap",
            Self::Checkpoint(error) => error.code(),
            Self::WrongRoot { .. } => "roster-wrong-root",
            Self::Fork(_) => "roster-fork",
            Self::Frozen(_) => "roster-frozen",
            Self::NoEquivocation(_) => "roster-no-equivocation",
            Self::Policy(error) => error.code(),
            Self::NoPolicy(_) => "roster-no-policy",
            Self::NothingProposed(_) => "roster-nothing-proposed",
            Self::Unreadable { .. } => "roster-unreadable",
            Self::Draft { .. } => "draft",
            Self::NotSigned(_) => "event-not-signed",
        }
    }
}

impl Rejection {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTheAnchor => "event-not-the-anchor",
            Self::SecondGenesis => "event-second-genesis",
            Self::OutOfScope => "event-out-of-scope",
            Self::OtherRoster => "event-other-roster",
            Self::TimeWentBack => "event-time-went-back",
            Self::AfterView => "event-after-view",
            Self::Serial { .. } => "event-serial",
            Self::Epoch { .. } => "event-epoch",
            Self::NotEnrolled => "event-not-enrolled",
            Self::Enrolled => "event-enrolled",
            Self::Withdrawn => "event-withdrawn",
            Self::NoIdentity => "event-no-identity",
            Self::Recovering { .. } => "event-recovering",
            Self::KeyReused => "event-key-reused",
            Self::ComponentReused(_) => "event-component-reused",
            Self::KeyRevoked(_) => "event-key-revoked",
            Self::NotItsKey(_) => "event-not-its-key",
            Self::SignatureMissing(_) => "event-signature-missing",
            Self::TooFewRoots { .. } => "event-too-few-roots",
            Self::SignerNotCalledFor(_) => "event-signer-not-called-for",
            Self::BadSignature(_) => "event-bad-signature",
            Self::BytesMissing => "event-bytes-missing",
            Self::NotARevocation => "event-not-a-revocation",
        }
    }
}

impl RosterError {
    /// Of an input or output of the caller's.
    pub(crate) fn unreadable(doing: &'static str) -> impl Fn(io::Error) -> Self + Copy {
        move |error| Self::Unreadable { doing, kind: error.kind(), code: error.raw_os_error() }
    }

    /// A value that the caller gives, and that was not received from anybody.
    pub(super) fn draft(Malformed { field }: Malformed) -> Self {
        let expected = match field {
            "names" => {
                "1 to 16 names of 1 to 256 bytes, without control characters, each in a language of its own, as en or az-Latn"
            }
            "roles" => "at most 16 roles, each once, of 1 to 32 of a-z, 0-9 and -, as contact-24x7",
            "roots" => "1 to 16 root keys of the country, each once",
            "threshold" => "from 1 to as many as there are root keys",
            "recovery delay" => "from one hour to 365 days",
            _ => "keys of the same country",
        };
        Self::Draft { what: field, expected }
    }
}

/// As the system says it, where it has said something.
fn system_error(kind: io::ErrorKind, code: Option<i32>) -> io::Error {
    code.map_or_else(|| kind.into(), io::Error::from_raw_os_error)
}

impl From<Malformed> for RosterError {
    fn from(Malformed { field }: Malformed) -> Self {
        Self::Malformed { field }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_messages_say_what_where_and_what_to_do() {
        let (id, at) = (KeyId::from_bytes([1; 32]), Timestamp::MAX);
        let (expected, found) = (EpochNumber(1), EpochNumber(2));
        let rejections = [
            Rejection::NotTheAnchor,
            Rejection::SecondGenesis,
            Rejection::OutOfScope,
            Rejection::OtherRoster,
            Rejection::TimeWentBack,
            Rejection::AfterView,
            Rejection::Serial { expected: 1, found: 2 },
            Rejection::Epoch { expected, found },
            Rejection::NotEnrolled,
            Rejection::Enrolled,
            Rejection::Withdrawn,
            Rejection::NoIdentity,
            Rejection::Recovering { until: at },
            Rejection::KeyReused,
            Rejection::ComponentReused(id),
            Rejection::KeyRevoked(id),
            Rejection::NotItsKey(id),
            Rejection::SignatureMissing(id),
            Rejection::TooFewRoots { needed: 2, found: 1 },
            Rejection::SignerNotCalledFor(id),
            Rejection::BadSignature(id),
            Rejection::BytesMissing,
            Rejection::NotARevocation,
        ];
        let codes: std::collections::BTreeSet<_> = rejections.iter().map(Rejection::code).collect();
        assert_eq!(codes.len(), rejections.len());
        for rejection in rejections {
            let text = rejection.to_string();
            assert!(text.contains(": "), "{text}: what to do");
            assert!(!text.starts_with(char::is_uppercase), "{text}");
        }
        let subject = "GE/mia".parse().unwrap();
        let reason = Rejection::Serial { expected: 4, found: 6 };
        let error = RosterError::Rejected { index: 7, kind: EventKind::Epoch, subject, reason };
        let text = "event 7 (epoch of GE/mia) is rejected: its serial is 6 where 4 follows: \
                    get the events between, or sign it anew";
        assert_eq!((error.code(), error.to_string().as_str()), ("event-serial", text));
    }
}
