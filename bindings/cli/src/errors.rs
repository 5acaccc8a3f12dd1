//! The core's errors in the operator's terms: times as dates, the country in what is to be done.

use vlec::{
    CheckpointError, Country, DirectoryError, DiskError, EnvelopeError, IdError, LedgerError, PolicyError,
    Rejection, RosterError,
};

use crate::failure::Failure;
use crate::output::duration;
use crate::times::exact;

impl From<vlec::Error> for Failure {
    fn from(error: vlec::Error) -> Self {
        let failure = Self::new(error.code(), dated(&error).unwrap_or_else(|| error.to_string()));
        let failure = match country_of(&error) {
            Some(country) => failure.about(country),
            None => failure,
        };
        match &error {
            vlec::Error::Envelope(EnvelopeError::Ledger(LedgerError::Duplicate { outcome })) => {
                let outcome = String::from_utf8_lossy(outcome.as_bytes()).into_owned();
                let text = match outcome.is_empty() {
                    true => error.to_string(),
                    false => format!("{error}; its outcome: {outcome}"),
                };
                Self::new(error.code(), text).detail("outcome", outcome)
            }
            vlec::Error::Roster(RosterError::Fork(proof)) => {
                let country = proof.anchor().country().to_string();
                failure
                    .remedy(format!(
                        "the proof is kept: `vlec roster frozen {country} -o {country}.equivocation` writes \
                         it, for everybody to `vlec roster accuse`"
                    ))
                    .detail("country", country)
            }
            _ => failure,
        }
    }
}

/// Messages with a time in them: the core counts seconds.
fn dated(error: &vlec::Error) -> Option<String> {
    Some(match error {
        vlec::Error::Directory(error) => aged(error)?,
        vlec::Error::Envelope(EnvelopeError::Sender(error)) => {
            format!("the sender is not accepted: {}", aged(error)?)
        }
        vlec::Error::Roster(RosterError::Rejected {
            subject,
            reason: Rejection::Recovering { until },
            ..
        }) => {
            let until = exact(*until);
            format!(
                "the recovered identity of {subject} takes effect {until}: until then only the roots act for it"
            )
        }
        vlec::Error::Roster(RosterError::OlderView { country, held, offered }) => {
            let (held, offered) = (exact(*held), exact(*offered));
            format!("the view of {country} is of {offered}, and the one held of {held}: get a newer one")
        }
        vlec::Error::Roster(RosterError::FromFuture { country, offered, now }) => {
            format!(
                "the view of {country} is of {}, and it is {}: set the clock",
                exact(*offered),
                exact(*now)
            )
        }
        vlec::Error::ProposalNotOfNow { country, signed_at, now } => {
            let (signed, now) = (exact(*signed_at), exact(*now));
            format!("the proposal of {country} was signed {signed}, and it is {now}: have it published again")
        }
        vlec::Error::Envelope(EnvelopeError::Ledger(LedgerError::PastHorizon { created })) => format!(
            "the envelope is of {}, which is before the ledger's horizon: ask the sender to seal it again",
            exact(*created)
        ),
        _ => return None,
    })
}

fn aged(error: &DirectoryError) -> Option<String> {
    Some(match error {
        DirectoryError::Stale { country, age } => {
            let age = duration(*age);
            format!("the roster of {country} is {age} old, older than policy allows: import a newer one")
        }
        DirectoryError::FromFuture { country, ahead } => {
            let ahead = duration(*ahead);
            format!("the roster of {country} is {ahead} ahead of the clock: set the clock, or import it anew")
        }
        _ => return None,
    })
}

/// Whose roster, anchor or log it is about.
fn country_of(error: &vlec::Error) -> Option<Country> {
    match error {
        vlec::Error::Directory(error) | vlec::Error::Envelope(EnvelopeError::Sender(error)) => match error {
            DirectoryError::NoRoster(country)
            | DirectoryError::Stale { country, .. }
            | DirectoryError::FromFuture { country, .. }
            | DirectoryError::RosterBehind { country, .. }
            | DirectoryError::RosterConflict { country, .. } => Some(*country),
            DirectoryError::NotEnrolled(agency)
            | DirectoryError::Withdrawn(agency)
            | DirectoryError::UnknownKey(agency)
            | DirectoryError::Revoked(agency)
            | DirectoryError::NoEpoch(agency) => Some(agency.country()),
            _ => None,
        },
        vlec::Error::Roster(error) => match error {
            RosterError::Rejected { subject, .. } => Some(subject.country()),
            RosterError::Empty(country)
            | RosterError::NoRoster(country)
            | RosterError::OtherAnchor(country)
            | RosterError::Gap { country, .. } => Some(*country),
            _ => None,
        },
        vlec::Error::NotPinned(country) => Some(*country),
        _ => None,
    }
}

macro_rules! through_the_cores_error {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                vlec::Error::from(error).into()
            }
        })*
    };
}

through_the_cores_error!(
    CheckpointError,
    DiskError,
    EnvelopeError,
    PolicyError,
    RosterError,
    vlec::RandomError
);

impl From<IdError> for Failure {
    fn from(error: IdError) -> Self {
        Self::usage(error.to_string(), "a name as in GE/mia/cyber; a country as in GE")
    }
}
