//! Floor 4: what an agency or a centre keeps (SPEC §12).
//!
//! ```text
//! Vault ─ View, Edit: rows in plaintext, epoch seeds under the anchor's key
//!   │  └─ VaultLedger: what arrived, what was accepted
//!   ├─ seal: every row under the vault key; passphrase, header: that key under Argon2id
//!   ├─ compare: each table's rows against their sum in the state
//!   ├─ Store: ordered tables with transactions ─ SqliteStore, MemoryStore
//!   └─ Anchor: generation and wrapping key outside the store ─ FileAnchor, MemoryAnchor
//! ```

pub(crate) mod anchor;
mod backup;
mod compare;
pub(crate) mod edit;
pub(crate) mod error;
pub(crate) mod evidence;
mod files;
mod group;
pub(crate) mod handle;
pub(crate) mod header;
pub(crate) mod ledger;
mod ledger_rows;
mod lock;
pub(crate) mod memory;
mod opening;
mod passphrase;
pub(crate) mod seal;
mod sequence;
pub(crate) mod sqlite;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod sums;
mod transaction;

pub use header::{PassphraseForm, Unlock};
#[cfg(feature = "hazmat")]
pub use ledger_rows::Entry;
pub use seal::WrappingKey;
pub use state::{Condition, Reason};

#[cfg(test)]
mod tests;
