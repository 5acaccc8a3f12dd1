//! Rows of the table epoch, and those of an earlier version under their new keys.

use serde::Deserialize;
use vlec::hazmat::vault::{KeptEpoch, epochs, rewrite_epochs};
use vlec::hazmat::{Vault, seeded_random};
use vlec::{MemoryAnchor, MemoryStore, Table, Unlock};

use super::rows::agency;
use super::{code, secret, verdict};
use crate::bytes::Hex;
use crate::independent::cbor::{array, bytes, uint};
use crate::support::{Verdict, same};
use crate::world::time;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochRows {
    pinned: Hex,
    rows: Vec<(Hex, Hex)>,
    says: Option<Says>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    epochs: Vec<Epoch>,
    after: Vec<(Hex, Hex)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Epoch {
    anchor: Option<Hex>,
    number: u64,
    key_id: Hex,
    not_before: u64,
    not_after: u64,
    destroy_at: u64,
    held: bool,
    event: Hex,
}

impl EpochRows {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { pinned, rows, says } = self;
        let unlock = Unlock::Key(secret(&Hex(vec![3; 32])));
        let random = seeded_random([9; 32]);
        let owner = agency("GE/mia/cyber")?;
        let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
        let vault = Vault::create(store, anchor, owner, unlock, random, time(1)).map_err(code)?;
        let put = vault.write(time(1), |edit| {
            rows.iter().try_for_each(|(key, value)| edit.put(Table::Epoch, &key.0, &value.0))
        });
        put.map_err(code)?;
        let come = epochs(&vault).map_err(|error| error.code());
        let (Some(come), Some(says)) = (verdict(expect, come, says.is_some())?, says) else { return Ok(()) };
        let mut said: Vec<&Epoch> = says.epochs.iter().collect();
        // The core gives them in this order.
        said.sort_by_key(|epoch| (epoch.number, epoch.key()));
        let mut come: Vec<Epoch> = come.into_iter().map(Epoch::of).collect();
        come.sort_by_key(|epoch| (epoch.number, epoch.key()));
        same("epochs", come.iter().collect::<Vec<_>>(), said)?;
        let again: Vec<(Hex, Hex)> =
            says.epochs.iter().map(|epoch| (Hex(epoch.key()), epoch.value())).collect();
        same("made by the formula", &again, rows)?;
        rewrite_epochs(&vault, time(1), &pinned.array()).map_err(|error| error.code())?;
        let after = vault.read(|view| view.range(Table::Epoch, &[], &[], 99)).map_err(code)?;
        let after: Vec<_> = after.into_iter().map(|(key, value)| (Hex(key), Hex(value.to_vec()))).collect();
        same("after the opening", &after, &says.after)?;
        // By the formula: an anchor that an event names, or else the one that is pinned.
        let mut all: Vec<(Vec<u8>, Hex)> = says.epochs.iter().map(|epoch| epoch.after(&pinned.0)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        same("after the opening, by the formula", all, keys(&after))
    }
}

fn keys(rows: &[(Hex, Hex)]) -> Vec<(Vec<u8>, Hex)> {
    rows.iter().map(|(key, value)| (key.0.clone(), value.clone())).collect()
}

impl Epoch {
    fn of(kept: KeptEpoch) -> Self {
        Self {
            anchor: kept.anchor.map(|anchor| Hex(anchor.to_vec())),
            number: kept.number.0,
            key_id: Hex(kept.key_id.as_bytes().to_vec()),
            not_before: kept.window.not_before().unix(),
            not_after: kept.window.not_after().unix(),
            destroy_at: kept.window.destroy_at().unix(),
            held: kept.held,
            event: Hex(kept.event),
        }
    }

    /// `digest(32) ‖ number u64`, or the number alone.
    fn key(&self) -> Vec<u8> {
        let anchor = self.anchor.clone().unwrap_or_default();
        [&anchor.0[..], &self.number.to_be_bytes()].concat()
    }

    fn after(&self, pinned: &[u8]) -> (Vec<u8>, Hex) {
        // The body's key 5 is the roster: 05 5820 and the digest, in an event of SPEC §4.2.
        let named = self.event.0.windows(3).position(|window| window == [0x05, 0x58, 0x20]);
        let named = named.map(|at| self.event.0[at + 3..at + 35].to_vec());
        let anchor = self.anchor.clone().map(|anchor| anchor.0).or(named).unwrap_or(pinned.to_vec());
        ([&anchor[..], &self.number.to_be_bytes()].concat(), self.value())
    }

    /// `[key id, not_before, not_after, destroy_at, held, event]`
    fn value(&self) -> Hex {
        let times = [self.not_before, self.not_after, self.destroy_at].map(uint);
        let [not_before, not_after, destroy_at] = times;
        let (id, held, event) = (bytes(&self.key_id.0), uint(self.held.into()), bytes(&self.event.0));
        Hex(array(&[id, not_before, not_after, destroy_at, held, event]))
    }
}
