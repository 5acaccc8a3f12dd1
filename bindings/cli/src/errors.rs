//! The core's errors in the operator's terms: with the country in what is to be done.

use vlec::{
    CheckpointError, Country, DirectoryError, DiskError, EnvelopeError, IdError, LedgerError, PolicyError,
    RosterError,
};

use crate::failure::Failure;

impl From<vlec::Error> for Failure {
    fn from(error: vlec::Error) -> Self {
        let failure = Self::new(error.code(), error.to_string());
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
            | RosterError::NoPolicy(country)
            | RosterError::NoRoster(country)
            | RosterError::OtherAnchor(country)
            | RosterError::Gap { country, .. } => Some(*country),
            _ => None,
        },
        vlec::Error::NotPinned(country) | vlec::Error::Relearn { country, .. } => Some(*country),
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
