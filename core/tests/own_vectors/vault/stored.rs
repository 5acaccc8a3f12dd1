//! Whole vaults: opened with the anchor's file beside them, and read.

use serde::Deserialize;
use vlec::hazmat::{Vault, seeded_random};
use vlec::{Anchor, Condition, FileAnchor, MemoryStore, Store, Table, VaultError};

use super::rows::{agency, table_of};
use super::{Key, anchors, code};
use crate::bytes::Hex;
use crate::support::{Verdict, ensure, same};
use crate::world::time;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    unlock: Key,
    owner: String,
    rows: Vec<(String, Hex, Hex)>,
    slots: Option<[Hex; 2]>,
    says: Option<Says>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    generation: u64,
    value: Hex,
    secret: Option<Hex>,
    anchor: Option<anchors::Says>,
}

impl Stored {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { unlock, owner, rows, slots, says } = self;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("anchor");
        let anchor = match slots {
            Some(slots) => anchors::place(&folder, slots, 8192),
            None => FileAnchor::new(&folder).unwrap(),
        };
        let store = MemoryStore::new();
        for (table, key, value) in rows {
            let table = table_of(table)?;
            store.write(&mut |rows| rows.put(table, &key.0, &value.0)).map_err(|error| error.code())?;
        }
        let opened = Vault::open(store, anchor, agency(owner)?, unlock.unlock(), seeded_random([9; 32]));
        let come = opened.as_ref().map(|vault| match vault.condition() {
            Condition::Sound => "ok",
            Condition::Quarantined(reason) => reason.code(),
        });
        same("verdict", come.unwrap_or_else(VaultError::code), expect)?;
        ensure(opened.is_ok() == says.is_some(), "what opens says what it holds, and nothing else does")?;
        let (Ok(vault), Some(says)) = (opened, says) else { return Ok(()) };
        same("generation", vault.generation(), says.generation)?;
        let value = vault.read(|view| view.get(Table::Identity, b"now")).map_err(code)?;
        same("value", value.map(|value| Hex(value.to_vec())), Some(says.value.clone()))?;
        let secret = vault.read(|view| view.get_wrapped(b"epoch 7"));
        match &says.secret {
            Some(said) => {
                let secret = secret.map_err(code)?;
                same("secret", secret.map(|secret| Hex(secret.expose().to_vec())), Some(said.clone()))?;
            }
            None => same("secret", secret.err().map(code), Some("secret-out-of-reach"))?,
        }
        if expect != "ok" {
            let written = vault.write(time(1), |edit| edit.put(Table::Outbox, b"row", b"value"));
            same("written", written.err().map(code), Some("quarantined"))?;
        }
        // After all that: what an opening of today leaves for tomorrow's.
        let held = FileAnchor::new(&folder).and_then(|anchor| anchor.load());
        match &says.anchor {
            Some(said) => said.check(&held.map_err(|error| error.code())?.ok_or("no anchor")?),
            None => Ok(()),
        }
    }
}
