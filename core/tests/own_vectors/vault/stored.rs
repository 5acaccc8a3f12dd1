//! Whole vaults: opened with the anchor's file beside them, read, written, and gone through.

use std::path::PathBuf;

use serde::Deserialize;
use tempfile::TempDir;
use vlec::hazmat::{Vault, seeded_random};
use vlec::{
    Anchor, Condition, FileAnchor, Left, MemoryStore, Reason, Rows, RowsMut, Secret, Store, StoreError,
    Table, Unlock, VaultError,
};

use super::rows::{agency, number_of, table_of};
use super::sums::Found;
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
    closed: Option<bool>,
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
    differing: Option<String>,
    written: Option<Hex>,
    examined: Option<String>,
}

/// One opening of the vault.
struct Opening {
    _home: TempDir,
    folder: PathBuf,
    store: MemoryStore,
    vault: Result<Vault, VaultError>,
}

/// The rows, and how they were left.
struct Kept(MemoryStore, Left);

impl Store for Kept {
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.0.read(work)
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.write(work)
    }

    fn scrub(&self) -> Result<(), StoreError> {
        self.0.scrub()
    }

    fn left(&self) -> Left {
        self.1
    }
}

impl Stored {
    fn open(&self) -> Verdict<Opening> {
        let Self { unlock, owner, rows, closed, slots, says: _ } = self;
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
        let left = if *closed == Some(true) { Left::InOrder } else { Left::Perhaps };
        let kept = Kept(store.clone(), left);
        let vault = Vault::open(kept, anchor, agency(owner)?, unlock.unlock(), seeded_random([9; 32]));
        Ok(Opening { _home: home, folder, store, vault })
    }

    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Opening { _home, folder, store, vault: opened } = self.open()?;
        let come = opened.as_ref().map(|vault| match vault.condition() {
            Condition::Sound => "ok",
            Condition::Quarantined(reason) => reason.code(),
        });
        same("verdict", come.unwrap_or_else(VaultError::code), expect)?;
        ensure(
            opened.is_ok() == self.says.is_some(),
            "what opens says what it holds, and nothing else does",
        )?;
        let (Ok(vault), Some(says)) = (opened, &self.says) else { return Ok(()) };
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
        same("differing", differing(&vault), says.differing.as_deref())?;
        // After all that: what an opening of today leaves for tomorrow's.
        let held = FileAnchor::new(&folder).and_then(|anchor| anchor.load());
        if let Some(said) = &says.anchor {
            said.check(held.as_ref().map_err(|error| error.code())?.as_ref().ok_or("no anchor")?)?;
        }
        let Key::Key(unlocking) = &self.unlock else { return Ok(()) };
        if let Some(written) = &says.written {
            let found = Found::read(&store, &self.owner, &unlocking.0)?;
            same("the state's rows", found.state.get(56..), Some(written.0.as_slice()))?;
            same("the state's generation", found.state.get(..8), Some(&says.generation.to_be_bytes()[..]))?;
            let held = held.map_err(|error| error.code())?.ok_or("no anchor")?;
            same("the anchor's generation", held.generation, says.generation)?;
            same("the anchor's tag", Some(&held.tag[..]), found.state.get(8..24))?;
        }
        match (expect, &says.examined) {
            ("ok", examined) => {
                self.check_writes(unlocking)?;
                examined.as_deref().map_or(Ok(()), |examined| self.check_examined(examined, unlocking))
            }
            ("rows-differ", _) => self.check_left(unlocking),
            _ => Ok(()),
        }
    }

    /// Whatever is written, the sums change as the rows do; an older state gets sums of the rows as they are.
    fn check_writes(&self, unlocking: &Hex) -> Verdict {
        let Opening { _home, folder: _, store, vault } = self.open()?;
        let vault = vault.map_err(code)?;
        let above = |unlocking: &[u8]| Found::read(&store, &self.owner, unlocking).map(|found| found.above);
        let before = Some(above(&unlocking.0)?.unwrap_or_default());
        let check = |what: &str| same(what, above(&unlocking.0)?, before.clone());
        let row = |n: u8| vault.write(time(1), |edit| edit.put(Table::Outbox, &[n], b"value"));
        (0..3).try_for_each(row).map_err(code)?;
        check("sums after rows were put")?;
        row(1).map_err(code)?;
        check("sums after a row was put again")?;
        let read = vault.write(time(1), |edit| {
            let value = edit.get(Table::Outbox, &[2])?;
            edit.put(Table::Outbox, &[2], value.as_deref().map_or(&[], |value| value))
        });
        read.map_err(code)?;
        check("sums after a row was read and put")?;
        let gone = vault.write(time(1), |edit| {
            edit.delete(Table::Outbox, &[0])?;
            edit.delete(Table::Outbox, &[7])?;
            edit.delete(Table::Identity, b"now")
        });
        gone.map_err(code)?;
        check("sums after rows were deleted")?;
        let secret = Secret::new(|out| *out = [5; 32]);
        vault.write(time(1), |edit| edit.put_wrapped(b"epoch 8", &secret)).map_err(code)?;
        vault.destroy(time(1), |edit| edit.delete_wrapped(b"epoch 7")).map_err(code)?;
        check("sums after a secret was destroyed")?;
        if before.is_some_and(|before| before.is_empty()) && self.says.as_ref().is_some_and(Says::whole) {
            let new = Secret::new(|out| *out = [6; 32]);
            vault.change_unlock(time(1), Unlock::Key(new)).map_err(code)?;
            same("sums under a new key", above(&[6; 32])?, Some(Default::default()))?;
        }
        Ok(())
    }

    /// All rows are gone through, at once and in steps.
    fn check_examined(&self, examined: &str, unlocking: &Hex) -> Verdict {
        for by_steps in [false, true] {
            let Opening { _home, folder: _, store, vault } = self.open()?;
            let vault = vault.map_err(code)?;
            let come = if by_steps { vault.compare(time(2)) } else { vault.examine() };
            let come = match &come {
                Ok(()) => "ok",
                Err(VaultError::Quarantined(reason)) => reason.code(),
                Err(other) => other.code(),
            };
            let found = Found::read(&store, &self.owner, &unlocking.0)?;
            match examined {
                "rows-differ" => {
                    same("gone through", come, examined)?;
                    let table = differing(&vault).ok_or("no table differs")?;
                    same("kept in the state", found.differing(), Some(number_of(table_of(table)?)?))?;
                }
                // Steps compare rows, and open none.
                _ if by_steps => {
                    same("gone through in steps", come, "ok")?;
                    same("compared at", vault.compared(), time(2))?;
                    same("kept in the state", found.state.get(56..64), Some(&2u64.to_be_bytes()[..]))?;
                }
                _ => same("gone through", come, examined)?,
            }
        }
        Ok(())
    }

    /// The quarantine of a vault whose rows differ is left: they are taken as they are, without their secrets.
    fn check_left(&self, unlocking: &Hex) -> Verdict {
        let Opening { _home, folder: _, store, vault } = self.open()?;
        let vault = vault.map_err(code)?;
        vault.leave_quarantine(time(1), |_| Ok(())).map_err(code)?;
        same("left", vault.condition(), Condition::Sound)?;
        let found = Found::read(&store, &self.owner, &unlocking.0)?;
        same("sums after it was left", found.above.clone(), Some(Default::default()))?;
        same("differing after it was left", found.differing(), Some(0))?;
        let secrets = vault.read(|view| view.wrapped_keys(&[], 9)).map_err(code)?;
        same("secrets after it was left", secrets.len(), 0)
    }
}

impl Says {
    /// Whether every row opens, as far as the vector says.
    fn whole(&self) -> bool {
        self.examined.as_deref().is_none_or(|examined| examined == "ok")
    }
}

/// The table that was found to differ.
fn differing(vault: &Vault) -> Option<&'static str> {
    match vault.condition() {
        Condition::Quarantined(Reason::RowsDiffer(table)) => Some(table),
        _ => None,
    }
}
