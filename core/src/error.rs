//! What the handles answer with when they do not do what was asked.

use crate::crypto::CryptoError;
use crate::disk::DiskError;
use crate::envelope::error::EnvelopeError;
use crate::envelope::ledger::LedgerError;
use crate::ids::{AgencyId, Country, IdError};
use crate::keys::directory::DirectoryError;
use crate::keys::keyring::KeyringError;
use crate::random::RandomError;
use crate::roster::event::EventKind;
use crate::roster::{CheckpointError, PolicyError, RosterError};
use crate::time::Timestamp;
use crate::vault::Reason;
use crate::vault::error::VaultError;
use crate::vault::store::StoreError;

/// An agency or a centre did not do what was asked; nothing was done by halves. Messages are safe
/// to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The rosters do not allow it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A roster, a bundle or an event.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// What the party keeps.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The genesis is not of the anchor that people have compared.
    #[error("the genesis of {0} is not of the anchor named: get it again from its source")]
    NotTheAnchor(Country),
    /// The country has not been pinned.
    #[error("{0} is not pinned: pin its anchor in a ceremony")]
    NotPinned(Country),
    /// The party is not enrolled, or its identity does not hold yet or no more.
    #[error("{0} has no identity that holds: enrol it, import its roster, or have it recovered")]
    NoIdentity(AgencyId),
    /// Store and anchor do not belong together.
    #[error("nothing is done in quarantine: {0}; find out why before you leave it")]
    Quarantined(Reason),
    /// The clock jumped.
    #[error(
        "the clock is more than two days ahead of all that is known: import a new roster, or confirm the time"
    )]
    ClockJumped,
    /// A centre was asked to cosign its own log.
    #[error("{0} does not cosign its own log: hand the proposal to the other countries")]
    OwnLog(Country),
    /// The proposal was signed too long ago, or in the future.
    #[error(
        "the log of {country} signed the proposal at {signed_at} by its own clock, and it is {now} by this centre's: set \
         the clock that is wrong, then have it published again"
    )]
    ProposalNotOfNow {
        /// The log's country.
        country: Country,
        /// When its log says that it signed.
        signed_at: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The store was restored, and what was cosigned before may not be in it.
    #[error(
        "the log of {country} is not cosigned since the store was restored: relearn checkpoints of it that other \
         witnesses have cosigned after {since}, until those who have not are too few for a quorum"
    )]
    Relearn {
        /// The log's country.
        country: Country,
        /// From when on the words of others count.
        since: Timestamp,
    },
    /// The log has signed what the store does not hold.
    #[error(
        "the log has signed a tree of {signed} events that does not begin with those held: \
         import the own roster from a peer, and readmit what is missing, in its order"
    )]
    LogBehind {
        /// The size of the largest tree that is known to be signed.
        signed: u64,
    },
    /// The store was restored, and the log does not know yet what it has signed.
    #[error(
        "the log was restored, and admits nothing until every witness of its policy has cosigned what it remembers as its \
         last: publish, have all of them cosign, collect; then bring the event again"
    )]
    LogRestored,
    /// The event belongs to another ceremony.
    #[error(
        "the event is of the kind {0}: this ceremony takes the request to enrol, or the one to recover, that it is named for"
    )]
    WrongCeremony(EventKind),
    /// A root key's file is damaged, or none.
    #[error("the file of the root key is damaged, or is none: take the copy that was made of it")]
    RootFile,
    /// It cannot be asked for in this state; the text says what to do.
    #[error("{0}")]
    State(&'static str),
}

impl Error {
    /// The country of a bundle that brings nothing, because more, or newer, is held of the same roster: an older
    /// bundle, which may be passed over.
    pub fn older_bundle_of(&self) -> Option<Country> {
        match self {
            Self::Roster(RosterError::OlderView { country, .. } | RosterError::Smaller { country, .. }) => {
                Some(*country)
            }
            _ => None,
        }
    }

    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Roster(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::NotTheAnchor(_) => "not-the-anchor",
            Self::NotPinned(_) => "not-pinned",
            Self::NoIdentity(_) => "no-identity",
            Self::Quarantined(_) => "quarantined",
            Self::ClockJumped => "clock-jumped",
            Self::OwnLog(_) => "own-log",
            Self::ProposalNotOfNow { .. } => "proposal-not-of-now",
            Self::Relearn { .. } => "relearn",
            Self::LogBehind { .. } => "log-behind",
            Self::LogRestored => "log-restored",
            Self::WrongCeremony(_) => "wrong-ceremony",
            Self::RootFile => "root-file",
            Self::State(_) => "state",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<RandomError> for Error {
    fn from(error: RandomError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Self {
        RosterError::Checkpoint(error).into()
    }
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        RosterError::Policy(error).into()
    }
}

impl From<CryptoError> for Error {
    fn from(error: CryptoError) -> Self {
        EnvelopeError::from(error).into()
    }
}

impl From<DiskError> for Error {
    fn from(error: DiskError) -> Self {
        EnvelopeError::from(error).into()
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        EnvelopeError::from(error).into()
    }
}

impl From<KeyringError> for Error {
    fn from(_: KeyringError) -> Self {
        Self::State(
            "an epoch of the vault does not fit the others: restore the disk, then open the vault again",
        )
    }
}

impl From<IdError> for Error {
    fn from(_: IdError) -> Self {
        Self::State("a name in the vault is malformed: restore the disk, then open the vault again")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// A string literal of Rust from its opening quote on, as the compiler reads it.
    fn literal(source: &str) -> String {
        let (mut text, mut rest) = (String::new(), source.chars());
        while let Some(next) = rest.next() {
            match next {
                '"' => break,
                '\\' => match rest.next() {
                    // The line goes on with its first letter.
                    Some('\n') => rest = rest.as_str().trim_start().chars(),
                    Some('n') => text.push('\n'),
                    other => text.extend(other),
                },
                other => text.push(other),
            }
        }
        text
    }

    fn check(folder: &Path, seen: &mut usize, wrong: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(&path, seen, wrong);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap();
                let texts = ["#[error(", "State(", "Failure::usage(", ".remedy("];
                let remedies = ["=> ", "=> {"].iter().filter(|_| path.ends_with("remedy.rs"));
                for opening in texts.iter().chain(remedies) {
                    for (at, _) in source.match_indices(opening) {
                        let argument = source[at + opening.len()..].trim_start();
                        let Some(argument) = argument.strip_prefix('"') else { continue };
                        let text = literal(argument);
                        *seen += 1;
                        if text.contains("  ")
                            || text.contains('\n')
                            || text.trim() != text
                            || text.is_empty()
                        {
                            wrong.push(format!("{}: {text:?}", path.display()));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_message_has_two_spaces_in_a_row_or_begins_or_ends_with_one() {
        let (mut seen, mut wrong) = (0, Vec::new());
        let core = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in
            [core.join("src"), core.join("../bindings/cli/src"), core.join("../bindings/python/src")]
        {
            check(&folder, &mut seen, &mut wrong);
        }
        assert!(seen > 200, "only {seen} messages were found");
        assert_eq!(wrong, Vec::<String>::new());
    }
}
