//! Why the vault did not do what was asked.

use crate::disk::DiskError;
use crate::random::RandomError;

use super::anchor::AnchorStoreError;
use super::state::Reason;
use super::store::StoreError;

/// The vault was not opened, read or written. Messages are safe to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The store failed. If it failed to write, the write took place whole or not at all.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The anchor failed. A write that reached the store is finished with the next one, or when the vault
    /// is opened again.
    #[error(transparent)]
    Anchor(#[from] AnchorStoreError),
    /// The store holds a vault already.
    #[error("there is a vault here already: open it")]
    Exists,
    /// The anchor belongs to another vault.
    #[error("the anchor is another vault's: name another place for it")]
    AnchorTaken,
    /// The vault is another agency's.
    #[error("the vault is another agency's")]
    OtherOwner,
    /// The passphrase or key does not open the vault.
    #[error("the passphrase or key does not open it")]
    WrongPassphrase,
    /// The vault is opened in another way.
    #[error("this vault is opened with {0}")]
    OtherUnlock(&'static str),
    /// A passphrase of no characters.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// A new passphrase is not one line of text.
    #[error("there is {0} in the passphrase: a new one is one line of text")]
    PassphraseNotOneLine(&'static str),
    /// Argon2id parameters outside the limits; nothing was computed.
    #[error(
        "the vault asks for {memory} KiB, {passes} passes and {lanes} lanes, which is outside the limits"
    )]
    HostileParameters {
        /// Memory in KiB.
        memory: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// The memory for the passphrase's key could not be had.
    #[error("{kib} KiB of memory are needed to open the vault, and could not be had")]
    NoMemory {
        /// The amount.
        kib: u32,
    },
    /// A row is not what this vault wrote there: changed, moved from another place, or another vault's.
    #[error("a row of the table {0} was changed or moved: restore the disk, then open the vault again")]
    Row(&'static str),
    /// A secret is wrapped under a key that the anchor no longer has.
    #[error("the secret was wrapped under a key that the anchor no longer has")]
    SecretOutOfReach,
    /// Store and anchor do not belong together; nothing is written.
    #[error("the vault is quarantined: {0}; see how its owner leaves the quarantine")]
    Quarantined(Reason),
    /// Only a quarantined vault leaves the quarantine.
    #[error("the vault is sound: there is no quarantine to leave")]
    NotQuarantined,
    /// The vault keeps this table itself.
    #[error("the table {0} is the vault's own")]
    ReservedTable(&'static str),
    /// The file of a backup cannot be written.
    #[error(transparent)]
    Copy(#[from] DiskError),
    /// No randomness; nothing was written.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl VaultError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Anchor(error) => error.code(),
            Self::Exists => "vault-exists",
            Self::AnchorTaken => "anchor-taken",
            Self::OtherOwner => "other-owner",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::OtherUnlock(_) => "other-unlock",
            Self::EmptyPassphrase => "empty-passphrase",
            Self::PassphraseNotOneLine(_) => "passphrase-form",
            Self::HostileParameters { .. } => "hostile-parameters",
            Self::NoMemory { .. } => "no-memory",
            Self::Row(_) => "row-damaged",
            Self::SecretOutOfReach => "secret-out-of-reach",
            Self::Quarantined(_) => "quarantined",
            Self::NotQuarantined => "not-quarantined",
            Self::ReservedTable(_) => "reserved-table",
            Self::Copy(error) => error.code(),
            Self::Random(_) => "crypto",
        }
    }
}
