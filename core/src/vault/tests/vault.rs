//! Generations, quarantine, moved rows, destruction, what opens a vault.

use super::*;
use crate::vault::header::{self, Header};
use crate::vault::lock::Process;
use crate::{Anchor, Condition, PassphraseForm, Reason, Rows, RowsMut, Store, Table};

fn value(vault: &Vault, key: &[u8]) -> Option<Vec<u8>> {
    vault.read(|view| Ok(view.get(Table::Outbox, key)?.map(|value| value.to_vec()))).unwrap()
}

fn put(vault: &Vault, key: &[u8], value: &[u8]) -> Result<(), VaultError> {
    vault.write(at(1000), |edit| edit.put(Table::Outbox, key, value))
}

fn code<T>(result: Result<T, VaultError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn what_is_written_is_there_after_opening() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, b"k", b"value").unwrap();
    vault.write(at(1), |edit| edit.put_wrapped(b"epoch 1", &seed(9))).unwrap();
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(vault.condition(), Condition::Sound);
    assert_eq!(value(&vault, b"k").unwrap(), b"value");
    let secret = vault.read(|view| view.get_wrapped(b"epoch 1")).unwrap().unwrap();
    assert_eq!(secret.expose(), &[9; 32]);
    assert_eq!(vault.generation(), 3);
}

#[test]
fn failed_work_leaves_rows_and_generation_as_they_were() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    let failed: Result<(), _> = vault.write(at(1), |edit| {
        edit.put(Table::Outbox, b"k", b"half")?;
        Err(VaultError::OtherOwner)
    });
    assert_eq!(code(failed), "other-owner");
    assert_eq!((value(&vault, b"k"), vault.generation()), (None, 1));
    assert_eq!(code(vault.write(at(1), |edit| edit.put(Table::Meta, b"state", b""))), "reserved-table");
    assert_eq!(code(vault.write(at(1), |edit| edit.delete(Table::Wrapped, b""))), "reserved-table");
}

#[test]
fn a_vault_is_created_once_and_opened_by_its_owner_with_its_key() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let opened = open(&store, &anchor);
    assert_eq!(code(opened), "no-vault");
    drop(create(&store, &anchor));
    let again = |store: &MemoryStore, anchor: &MemoryAnchor| {
        code(Vault::create(store.clone(), anchor.clone(), owner(), key(1), random(), at(1)))
    };
    assert_eq!(again(&store, &anchor), "vault-exists");
    assert_eq!(again(&MemoryStore::new(), &anchor), "anchor-taken");
    let open = |owner: &str, unlock| {
        code(Vault::open(store.clone(), anchor.clone(), owner.parse().unwrap(), unlock, random()))
    };
    assert_eq!(open("GE/mia", key(1)), "other-owner");
    assert_eq!(open("GE/mia/cyber", key(2)), "wrong-passphrase");
    assert_eq!(open("GE/mia/cyber", passphrase("x")), "other-unlock");
    assert_eq!(open("GE/mia/cyber", key(1)), "ok");
}

#[test]
fn l6_a_restored_store_is_quarantined_until_its_owner_ends_it() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    vault.write(at(1), |edit| edit.put_wrapped(b"epoch 1", &seed(9))).unwrap();
    put(&vault, b"k", b"old").unwrap();
    let old = store.snapshot();
    put(&vault, b"k", b"new").unwrap();
    drop(vault);
    let vault = open(&old, &anchor).unwrap();
    assert_eq!(vault.condition(), Condition::Quarantined(Reason::StoreOlder));
    assert_eq!(value(&vault, b"k").unwrap(), b"old");
    assert_eq!(code(put(&vault, b"k", b"x")), "quarantined");
    assert_eq!(code(vault.destroy(at(1), |_| Ok(()))), "quarantined");
    assert_eq!(code(vault.change_unlock(at(1), key(2))), "quarantined");
    assert_eq!(code(vault.set_clock_back(at(1))), "quarantined");
    let failed: Result<(), _> = vault.leave_quarantine(at(1), |_| Err(VaultError::OtherOwner));
    assert_eq!(code(failed), "other-owner");
    assert!(matches!(vault.condition(), Condition::Quarantined(_)));
    vault.leave_quarantine(at(1), |edit| edit.put(Table::Outbox, b"left", b"1")).unwrap();
    assert_eq!(vault.condition(), Condition::Sound);
    put(&vault, b"k", b"later").unwrap();
    assert!(vault.read(|view| view.get_wrapped(b"epoch 1")).unwrap().is_none());
    drop(vault);
    let vault = open(&old, &anchor).unwrap();
    assert_eq!((vault.condition(), value(&vault, b"k").unwrap()), (Condition::Sound, b"later".to_vec()));
    assert_eq!(code(vault.leave_quarantine(at(1), |_| Ok(()))), "not-quarantined");
    // The store that was ahead is now the one that is behind.
    assert!(matches!(open(&store, &anchor).unwrap().condition(), Condition::Quarantined(_)));
}

#[test]
fn l6_copies_and_foreign_or_lost_anchors_are_noticed() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, b"k", b"1").unwrap();
    let (copy, early) = (store.snapshot(), anchor.snapshot());
    let condition = |store: &MemoryStore, anchor: &MemoryAnchor| open(store, anchor).unwrap().condition();
    // Without its anchor, as on another machine.
    let apart = Condition::Quarantined;
    assert_eq!(condition(&copy, &MemoryAnchor::new()), apart(Reason::AnchorMissing));
    // With a copy of the anchor it writes; the first one's anchor tells.
    put(&open(&copy, &early).unwrap(), b"k", b"2").unwrap();
    put(&vault, b"k", b"3").unwrap();
    assert_eq!(condition(&copy, &anchor), apart(Reason::Diverged));
    put(&vault, b"k", b"4").unwrap();
    put(&vault, b"k", b"5").unwrap();
    assert_eq!(condition(&store, &early), apart(Reason::AnchorOlder));
    let (other, others) = (MemoryStore::new(), MemoryAnchor::new());
    drop(create_other(&other, &others));
    assert_eq!(condition(&store, &others), apart(Reason::AnchorOfAnother));
    let vault = open(&store, &others).unwrap();
    assert_eq!(code(vault.leave_quarantine(at(1), |_| Ok(()))), "anchor-taken");
}

fn create_other(store: &MemoryStore, anchor: &MemoryAnchor) -> Vault {
    let random = crate::hazmat::seeded_random([8; 32]);
    Vault::create(store.clone(), anchor.clone(), owner(), key(1), random, at(1)).unwrap()
}

/// Two handles on one store, which no lock keeps apart: the second writer is told.
#[test]
fn l6_a_store_that_changed_underneath_is_noticed_before_the_write() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let first = create(&store, &anchor);
    let second = open(&store, &anchor).unwrap();
    put(&second, b"k", b"2").unwrap();
    assert_eq!(code(put(&first, b"k", b"1")), "quarantined");
    assert_eq!(first.condition(), Condition::Quarantined(Reason::Diverged));
    assert_eq!(value(&second, b"k").unwrap(), b"2");
}

/// An anchor that fails when told to.
struct Faulty {
    anchor: MemoryAnchor,
    fails: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Anchor for Faulty {
    fn load(&self) -> Result<Option<crate::AnchorState>, crate::AnchorStoreError> {
        self.anchor.load()
    }

    fn save(&self, state: &crate::AnchorState) -> Result<(), crate::AnchorStoreError> {
        if self.fails.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(crate::AnchorStoreError::Failed("test".into()));
        }
        self.anchor.save(state)
    }
}

#[test]
fn l5_an_anchor_that_fails_is_caught_up_with_before_the_next_write_and_after_a_crash() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    drop(create(&store, &anchor));
    let fails = std::sync::Arc::<std::sync::atomic::AtomicBool>::default();
    let set = |on| fails.store(on, std::sync::atomic::Ordering::SeqCst);
    let faulty = Faulty { anchor: anchor.clone(), fails: fails.clone() };
    let vault = Vault::open(store.clone(), faulty, owner(), key(1), random()).unwrap();
    set(true);
    assert_eq!(code(put(&vault, b"k", b"1")), "anchor-failed");
    // Never two generations ahead: the next write waits for the anchor.
    assert_eq!(code(put(&vault, b"l", b"1")), "anchor-failed");
    assert_eq!(value(&vault, b"l"), None);
    assert_eq!(open(&store.snapshot(), &anchor.snapshot()).unwrap().condition(), Condition::Sound);
    set(false);
    put(&vault, b"l", b"2").unwrap();
    assert_eq!((value(&vault, b"k").unwrap(), value(&vault, b"l").unwrap()), (b"1".to_vec(), b"2".to_vec()));
    // The same in a destruction: before the transaction, and after it.
    vault.write(at(1), |edit| edit.put_wrapped(b"a", &seed(1))).unwrap();
    vault.write(at(1), |edit| edit.put_wrapped(b"b", &seed(2))).unwrap();
    set(true);
    assert_eq!(code(vault.destroy(at(1), |edit| edit.delete_wrapped(b"a"))), "anchor-failed");
    assert!(vault.read(|view| view.get_wrapped(b"a")).unwrap().is_some());
    set(false);
    vault.destroy(at(1), |edit| edit.delete_wrapped(b"a")).unwrap();
    assert_eq!(anchor.load().unwrap().unwrap().keys.len(), 1);
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(vault.read(|view| view.get_wrapped(b"b")).unwrap().unwrap().expose(), &[2; 32]);
}

#[test]
fn l7_rows_moved_between_keys_tables_and_vaults_are_rejected() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, b"a", b"one").unwrap();
    put(&vault, b"b", b"two").unwrap();
    let sealed = |store: &MemoryStore, table, key: &[u8]| {
        let mut found = None;
        store
            .read(&mut |rows| {
                found = rows.get(table, key)?;
                Ok(())
            })
            .unwrap();
        found.unwrap()
    };
    let a = sealed(&store, Table::Outbox, b"a");
    let get = |vault: &Vault, table, key: &[u8]| code(vault.read(|view| view.get(table, key)));
    let place =
        |table, key: &[u8], value: &[u8]| store.write(&mut |rows| rows.put(table, key, value)).unwrap();
    place(Table::Outbox, b"b", &a);
    assert_eq!(get(&vault, Table::Outbox, b"b"), "row-damaged");
    place(Table::Pin, b"a", &a);
    assert_eq!(get(&vault, Table::Pin, b"a"), "row-damaged");
    // The same key, table and vault key in another agency's vault, or in another vault of this one.
    let (others, other_anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let other = create_other(&others, &other_anchor);
    put(&other, b"a", b"one").unwrap();
    place(Table::Outbox, b"a", &sealed(&others, Table::Outbox, b"a"));
    assert_eq!(get(&vault, Table::Outbox, b"a"), "row-damaged");
    // Every bit counts; a cut or empty row is damaged, not missing.
    for at in 0..a.len() {
        let mut changed = a.clone();
        changed[at] ^= 1;
        place(Table::Outbox, b"a", &changed);
        assert_eq!(get(&vault, Table::Outbox, b"a"), "row-damaged", "byte {at}");
        place(Table::Outbox, b"a", &a[..at]);
        assert_eq!(get(&vault, Table::Outbox, b"a"), "row-damaged", "cut at {at}");
    }
    // A secret under another key.
    vault.write(at(1), |edit| edit.put_wrapped(b"x", &seed(1))).unwrap();
    place(Table::Wrapped, b"y", &sealed(&store, Table::Wrapped, b"x"));
    assert_eq!(code(vault.read(|view| view.get_wrapped(b"y"))), "row-damaged");
    // The header of another vault brings its own key, which opens nothing here.
    place(Table::Meta, b"header", &sealed(&others, Table::Meta, b"header"));
    assert_eq!(code(open(&store, &anchor)), "row-damaged");
}

#[test]
fn l7_a_damaged_row_that_nobody_asks_for_is_found_by_examining() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    vault.write(at(1), |edit| edit.put_wrapped(b"x", &seed(1))).unwrap();
    for n in 0_u16..600 {
        put(&vault, &n.to_be_bytes(), b"value").unwrap();
    }
    vault.examine().unwrap();
    let place =
        |table, key: &[u8], value: &[u8]| store.write(&mut |rows| rows.put(table, key, value)).unwrap();
    // The last row of a full page, the first of the next, and the very last.
    for n in [255_u16, 256, 599] {
        let mut good = None;
        let mut read = |rows: &dyn Rows| {
            good = rows.get(Table::Outbox, &n.to_be_bytes())?;
            Ok(())
        };
        store.read(&mut read).unwrap();
        place(Table::Outbox, &n.to_be_bytes(), b"damaged");
        assert_eq!(code(vault.examine()), "row-damaged", "{n}");
        place(Table::Outbox, &n.to_be_bytes(), &good.unwrap());
        vault.examine().unwrap();
    }
    place(Table::Wrapped, b"x", b"damaged");
    assert_eq!(code(vault.examine()), "row-damaged");
}

#[test]
fn l9_an_older_copy_of_the_store_gives_no_destroyed_secret() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    for n in 1..=3 {
        vault.write(at(1), |edit| edit.put_wrapped(&[n], &seed(n))).unwrap();
    }
    let old = store.snapshot();
    vault.destroy(at(2), |edit| edit.delete_wrapped(&[1])).unwrap();
    let secret = |vault: &Vault, n| vault.read(|view| view.get_wrapped(&[n]));
    assert!(secret(&vault, 1).unwrap().is_none());
    assert_eq!(secret(&vault, 3).unwrap().unwrap().expose(), &[3; 32]);
    drop(vault);
    let from_old = open(&old, &anchor).unwrap();
    assert_eq!(from_old.condition(), Condition::Quarantined(Reason::StoreOlder));
    assert_eq!(code(secret(&from_old, 1)), "secret-out-of-reach");
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(vault.read(|view| view.wrapped_keys(&[], 9)).unwrap(), [[2], [3]]);
    assert_eq!(secret(&vault, 2).unwrap().unwrap().expose(), &[2; 32]);
}

#[test]
fn changing_what_opens_the_vault_seals_everything_anew() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    for n in 0..600u32 {
        put(&vault, &n.to_be_bytes(), b"value").unwrap();
    }
    vault.write(at(1), |edit| edit.put_wrapped(b"e", &seed(5))).unwrap();
    let old = store.snapshot();
    vault.change_unlock(at(1), passphrase("correct horse")).unwrap();
    put(&vault, b"after", b"value").unwrap();
    drop(vault);
    assert_eq!(code(open(&store, &anchor)), "other-unlock");
    let with = |text: &str| Vault::open(store.clone(), anchor.clone(), owner(), passphrase(text), random());
    assert_eq!(code(with("correct horse ")), "wrong-passphrase");
    let vault = with("correct horse").unwrap();
    let rows = vault.read(|view| view.range(Table::Outbox, &[], &[], usize::MAX)).unwrap();
    assert_eq!(rows.len(), 601);
    assert_eq!(vault.read(|view| view.get_wrapped(b"e")).unwrap().unwrap().expose(), &[5; 32]);
    // No sealed row is the old one, and the old copy with the old key gives no secret.
    let all = |store: &MemoryStore| {
        let mut all = Vec::new();
        let mut read = |rows: &dyn Rows| {
            for table in Table::ALL {
                all.extend(rows.range(*table, &[], &[], usize::MAX)?.into_iter().map(|(_, value)| value));
            }
            Ok(())
        };
        store.read(&mut read).unwrap();
        all
    };
    let (before, after) = (all(&old), all(&store));
    assert!(before.iter().all(|row| !after.contains(row)));
    let from_old = open(&old, &anchor).unwrap();
    assert_eq!(code(from_old.read(|view| view.get_wrapped(b"e"))), "secret-out-of-reach");
    assert_eq!(code(vault.change_unlock(at(1), passphrase(""))), "empty-passphrase");
}

#[test]
fn l8_a_header_that_asks_for_everything_costs_nothing() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let made = Vault::create(store.clone(), anchor.clone(), owner(), passphrase("x"), random(), at(1));
    drop(made.unwrap());
    let mut header = None;
    store
        .read(&mut |rows| {
            header = rows.get(Table::Meta, b"header")?;
            Ok(())
        })
        .unwrap();
    let header = header.unwrap();
    let with = |header: &[u8]| {
        store.write(&mut |rows: &mut dyn RowsMut| rows.put(Table::Meta, b"header", header)).unwrap();
        code(Vault::open(store.clone(), anchor.clone(), owner(), passphrase("x"), random()))
    };
    let parameters = 1 + 16 + 1 + owner().as_str().len() + 1;
    for place in 0..3 {
        let mut hostile = header.clone();
        hostile[parameters + 4 * place..][..4].fill(0xff);
        assert_eq!(with(&hostile), "hostile-parameters");
    }
    // Weaker parameters are bound to the wrapped key.
    let mut weaker = header.clone();
    weaker[parameters + 7] = 1;
    assert_eq!(with(&weaker), "wrong-passphrase");
    let mut long = header.clone();
    long.insert(parameters, 0);
    assert_eq!(with(&long), "row-damaged");
    for cut in 0..parameters {
        assert_eq!(with(&header[..cut]), "row-damaged", "{cut}");
    }
    assert_eq!(with(&header), "ok");
}

#[test]
fn l11_time_does_not_go_back_unless_the_operator_says_so() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    vault.write(at(5000), |edit| edit.put(Table::Outbox, b"k", b"")).unwrap();
    vault.write(at(2000), |edit| edit.put(Table::Outbox, b"k", b"")).unwrap();
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!([4999, 5001].map(|now| vault.now_floor(at(now))), [at(5000), at(5001)]);
    vault.set_clock_back(at(3000)).unwrap();
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(vault.now_floor(at(1)), at(3000));
    put(&vault, b"k", b"1").unwrap();
}

#[test]
fn debug_shows_no_secret() {
    let vault = create(&MemoryStore::new(), &MemoryAnchor::new());
    assert_eq!(format!("{vault:?}"), "Vault(GE/mia/cyber, generation 1, Sound)");
    assert_eq!(format!("{:?}", key(1)), "Key(Secret<32>(…))");
    let key = crate::WrappingKey { number: 3, key: seed(4) };
    assert_eq!(format!("{key:?}"), "WrappingKey { number: 3, key: Secret<32>(…) }");
}

/// Two processes with one memory would give out the same sequence numbers, and accept twice.
#[test]
fn l3_a_vault_is_not_used_by_a_forked_process() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let mut vault = create(&store, &anchor);
    vault.write(at(1), |_| Ok(())).unwrap();
    let generation = vault.generation();
    vault.process = Process::other();
    assert_eq!(vault.check_process().unwrap_err().code(), "forked");
    assert_eq!(vault.read(|_| Ok(())).unwrap_err().code(), "forked");
    assert_eq!(vault.write(at(2), |_| Ok(())).unwrap_err().code(), "forked");
    assert_eq!(vault.destroy(at(2), |_| Ok(())).unwrap_err().code(), "forked");
    assert_eq!(vault.change_unlock(at(2), key(9)).unwrap_err().code(), "forked");
    assert_eq!(vault.leave_quarantine(at(2), |_| Ok(())).unwrap_err().code(), "forked");
    assert_eq!(vault.generation(), generation);
}

#[test]
fn b6_a_vault_of_other_bytes_opens_and_says_so_until_its_passphrase_is_made_normal() {
    const TYPED: &str = "ge\u{301}nie";
    const COMPOSED: &str = "g\u{e9}nie";
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let open =
        |text: &str| Vault::open(store.clone(), anchor.clone(), owner(), passphrase(text), Random::system());
    let unlock = passphrase(TYPED);
    drop(Vault::create(store.clone(), anchor.clone(), owner(), unlock, random(), at(1)).unwrap());
    for text in [TYPED, COMPOSED] {
        assert_eq!(open(text).unwrap().passphrase_form(), PassphraseForm::Normal);
    }
    store
        .write(&mut |rows| {
            let made = Header::decode(&rows.get(Table::Meta, header::KEY)?.unwrap()).unwrap();
            let before = made.under_bytes(&SecretText::new(TYPED.into()), &random()).unwrap();
            rows.put(Table::Meta, header::KEY, &before)
        })
        .unwrap();
    assert_eq!(code(open(COMPOSED)), "wrong-passphrase");
    let vault = open(TYPED).unwrap();
    assert_eq!(vault.passphrase_form(), PassphraseForm::AsGiven);
    vault.change_unlock(at(2), passphrase(TYPED)).unwrap();
    assert_eq!(vault.passphrase_form(), PassphraseForm::Normal);
    drop(vault);
    assert_eq!(open(COMPOSED).unwrap().passphrase_form(), PassphraseForm::Normal);
}

/// A store whose transactions fail when told to, after they have reached the disk.
struct Failing {
    store: MemoryStore,
    fails: std::sync::Arc<std::sync::atomic::AtomicBool>,
    image: std::sync::Arc<std::sync::Mutex<Option<MemoryStore>>>,
}

impl Store for Failing {
    fn read(
        &self,
        work: &mut dyn FnMut(&dyn Rows) -> Result<(), crate::StoreError>,
    ) -> Result<(), crate::StoreError> {
        self.store.read(work)
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), crate::StoreError>,
    ) -> Result<(), crate::StoreError> {
        if self.fails.load(std::sync::atomic::Ordering::SeqCst) {
            let image = self.store.snapshot();
            image.write(work)?;
            *self.image.lock().unwrap() = Some(image);
            return Err(crate::StoreError::Full);
        }
        self.store.write(work)
    }

    fn scrub(&self) -> Result<(), crate::StoreError> {
        Ok(())
    }
}

/// Frames of a transaction that failed lie on the disk, with every other secret under the next key: they are
/// worth nothing once that secret too has been destroyed.
#[test]
fn l16_a_failed_destruction_leaves_no_key_for_the_next_one() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    drop(create(&store, &anchor));
    let (fails, image) = Default::default();
    let failing = Failing { store, fails, image };
    let (fails, image) = (failing.fails.clone(), failing.image.clone());
    let vault = Vault::open(failing, anchor.clone(), owner(), key(1), Random::system()).unwrap();
    for n in 1..=3 {
        vault.write(at(1), |edit| edit.put_wrapped(&[n], &seed(n))).unwrap();
    }
    fails.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(code(vault.destroy(at(2), |edit| edit.delete_wrapped(&[1]))), "store-full");
    fails.store(false, std::sync::atomic::Ordering::SeqCst);
    vault.destroy(at(3), |edit| edit.delete_wrapped(&[2])).unwrap();
    // With the anchor of today, the image of the failed transaction gives no secret.
    let image = image.lock().unwrap().take().unwrap();
    let from_image = open(&image, &anchor).unwrap();
    assert_eq!(code(from_image.read(|view| view.get_wrapped(&[2]))), "secret-out-of-reach");
    assert_eq!(anchor.load().unwrap().unwrap().keys.len(), 1);
    assert_eq!(vault.read(|view| view.get_wrapped(&[3])).unwrap().unwrap().expose(), &[3; 32]);
}

fn copied(path: &std::path::Path) -> MemoryStore {
    let store = MemoryStore::new();
    let connection = rusqlite::Connection::open(path).unwrap();
    for table in Table::ALL {
        let sql = format!("SELECT key, value FROM {}", table.name());
        let mut rows = connection.prepare(&sql).unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        for row in rows {
            let (key, value): (Vec<u8>, Vec<u8>) = row.unwrap();
            store.write(&mut |rows| rows.put(*table, &key, &value)).unwrap();
        }
    }
    store
}

#[test]
fn a_backup_is_of_one_time_and_is_restored_in_quarantine() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    for n in 0..600_u32 {
        put(&vault, &n.to_be_bytes(), b"value").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.sqlite");
    vault.backup(&path).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(code(vault.backup(&path)), "exists");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
    // Nothing was written since: it is the store.
    assert_eq!(open(&copied(&path), &anchor).unwrap().condition(), Condition::Sound);
    put(&vault, b"later", b"value").unwrap();
    let restored = open(&copied(&path), &anchor).unwrap();
    assert_eq!(restored.condition(), Condition::Quarantined(Reason::StoreOlder));
    assert_eq!(value(&restored, &599_u32.to_be_bytes()).unwrap(), b"value");
    restored.leave_quarantine(at(1), |_| Ok(())).unwrap();
    restored.examine().unwrap();
}

#[test]
fn a_backup_of_rows_that_were_put_back_is_refused() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    put(&vault, b"k", b"value").unwrap();
    store.write(&mut |rows: &mut dyn RowsMut| rows.delete(Table::Outbox, b"k")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(vault.backup(&folder.path().join("copy"))), "quarantined");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
