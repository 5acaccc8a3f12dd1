//! An anchor that is not where it was, or comes back.

use super::*;
use crate::vault::anchor::FileAnchor;
use crate::{Anchor, Condition, Reason, Table};

fn put(vault: &Vault, value: &[u8]) -> Result<(), VaultError> {
    vault.write(at(1), |edit| edit.put(Table::Pin, b"key", value))
}

fn open_at(store: &MemoryStore, folder: &Path) -> Vault {
    let anchor = FileAnchor::at(folder).unwrap();
    Vault::open(store.clone(), anchor, owner(), key(1), Random::system()).unwrap()
}

#[test]
fn l6_an_anchor_that_has_gone_is_not_begun_anew_and_nothing_is_acknowledged() {
    let disk = tempfile::tempdir().unwrap();
    let folder = disk.path().join("anchor");
    let store = MemoryStore::new();
    let anchor = FileAnchor::at(&folder).unwrap();
    let vault = Vault::create(store.clone(), anchor, owner(), key(1), Random::system(), at(1)).unwrap();
    assert!(folder.join("anchor").exists());
    std::fs::rename(&folder, disk.path().join("unmounted")).unwrap();
    assert_eq!(put(&vault, b"1").unwrap_err().code(), "anchor-failed");
    assert!(!folder.exists(), "nothing is made where it was");
    std::fs::rename(disk.path().join("unmounted"), &folder).unwrap();
    put(&vault, b"2").unwrap();
    drop(vault);
    assert_eq!(open_at(&store, &folder).condition(), Condition::Sound);
}

#[test]
fn l6_an_anchor_that_has_come_back_is_not_replaced_by_leaving_the_quarantine() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    put(&create(&store, &anchor), b"1").unwrap();
    let disk = tempfile::tempdir().unwrap();
    let folder = disk.path().join("anchor");
    let vault = open_at(&store, &folder);
    assert_eq!(vault.condition(), Condition::Quarantined(Reason::AnchorMissing));
    // The disk is mounted meanwhile.
    let mounted = FileAnchor::new(&folder).unwrap();
    mounted.save(&anchor.load().unwrap().unwrap()).unwrap();
    assert_eq!(vault.leave_quarantine(at(1), |_| Ok(())).unwrap_err().code(), "anchor-failed");
    assert_eq!(mounted.load().unwrap().unwrap().generation, anchor.load().unwrap().unwrap().generation);
    drop(vault);
    assert_eq!(open_at(&store, &folder).condition(), Condition::Sound);
}

#[test]
fn l6_files_of_others_in_a_folder_that_was_named_by_mistake_stay() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join(".vlec-0123456789abcdef.tmp");
    std::fs::write(&file, b"somebody's").unwrap();
    assert!(FileAnchor::at(disk.path()).unwrap().load().unwrap().is_none());
    assert_eq!(std::fs::read(file).unwrap(), b"somebody's");
}
