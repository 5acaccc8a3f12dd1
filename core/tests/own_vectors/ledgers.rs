//! The ledger of a real vault with the one row that a vector says.

use vlec::hazmat::{Entry, LedgerPolicy, Vault, arrive_entries};
use vlec::{AgencyId, MemoryAnchor, MemoryStore, Outcome, Random, Secret, SignedManifest, Timestamp, Unlock};

use crate::ways::Row;

/// The default, or one with this horizon in seconds.
pub(crate) fn policy(horizon: Option<u64>) -> LedgerPolicy {
    let policy = LedgerPolicy::default();
    LedgerPolicy { horizon: horizon.unwrap_or(policy.horizon), ..policy }
}

/// A vault in whose ledger the row stands, as having arrived at `now`.
pub(crate) fn vault(row: Option<Row>, now: Timestamp) -> Vault {
    let owner: AgencyId = "UA/npu/cyber".parse().unwrap();
    let unlock = Unlock::Key(Secret::new(|key| key.fill(1)));
    let vault =
        Vault::create(MemoryStore::new(), MemoryAnchor::new(), owner, unlock, Random::system(), now).unwrap();
    if let Some((sender, id, digest, accepted)) = row {
        let sender: AgencyId = sender.parse().unwrap();
        let (id, digest) = (id.parse().unwrap(), digest.try_into().unwrap());
        // What the sender signed is not asked for.
        let signed = SignedManifest { bytes: b"a manifest".to_vec(), signature: [0; 3373] };
        let entry = Entry {
            sender: &sender,
            id,
            digest: &digest,
            created: now,
            replaces: None,
            signed: &signed,
            epoch: None,
            sequence: 0,
        };
        let ledger = vault.ledger(LedgerPolicy::default(), now);
        arrive_entries(&ledger, &[entry]).unwrap().pop().unwrap().unwrap();
        if accepted {
            ledger.accept(&sender, &id, &Outcome::new(b"").unwrap()).unwrap();
        }
    }
    vault
}
