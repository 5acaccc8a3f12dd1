//! Tests of the vault: every store, generations and quarantine, moved rows, the ledger.

mod anchors;
mod ledger;
mod store;
mod sums;
mod vault;

use std::path::Path;

use crate::hazmat::seeded_random;
use crate::random::Random;
use crate::secret::{Secret, SecretText};
use crate::time::Timestamp;
use crate::vault::handle::Vault;
use crate::{AgencyId, MemoryAnchor, MemoryStore, Unlock, VaultError};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn owner() -> AgencyId {
    "GE/mia/cyber".parse().unwrap()
}

fn key(byte: u8) -> Unlock {
    Unlock::Key(Secret::new(|out| out.fill(byte)))
}

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(SecretText::new(text.into()))
}

fn seed(byte: u8) -> Secret<32> {
    Secret::new(|out| out.fill(byte))
}

fn random() -> Random {
    seeded_random([7; 32])
}

fn create(store: &MemoryStore, anchor: &MemoryAnchor) -> Vault {
    Vault::create(store.clone(), anchor.clone(), owner(), key(1), random(), at(1000)).unwrap()
}

fn open(store: &MemoryStore, anchor: &MemoryAnchor) -> Result<Vault, VaultError> {
    Vault::open(store.clone(), anchor.clone(), owner(), key(1), Random::system())
}

fn contains(path: &Path, needle: &[u8]) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}
