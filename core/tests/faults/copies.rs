//! Homes restored from a snapshot or cloned, with real files.

use std::fs;
use std::path::Path;
use std::sync::PoisonError;

use vlec::{Condition, Reason};

use crate::child::STARTING;
use crate::script::{accept, arrive, create, destroy, epochs, key, open, put_epochs};

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn l6_a_restored_snapshot_and_a_cloned_home_are_noticed() {
    let _open = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let root = tempfile::tempdir().unwrap();
    let (home, backup) = (root.path().join("home"), root.path().join("backup"));
    let vault = create(root.path()).unwrap();
    put_epochs(&vault, &[1, 2]).unwrap();
    arrive(&vault, 5).unwrap();
    drop(vault);
    copy(&home, &backup);
    let vault = open(root.path(), key(1)).unwrap();
    accept(&vault, 5).unwrap();
    destroy(&vault, 1).unwrap();
    drop(vault);
    fs::remove_dir_all(&home).unwrap();
    copy(&backup, &home);
    let vault = open(root.path(), key(1)).unwrap();
    assert_eq!(vault.condition(), Condition::Quarantined(Reason::StoreOlder));
    assert!(arrive(&vault, 5).is_err() && accept(&vault, 5).is_err());
    // [VLT-33] The old store's secrets are out of reach with the present anchor, destroyed or not.
    for epoch in [1u64, 2] {
        let secret = vault.read(|view| view.get_wrapped(&epoch.to_be_bytes()));
        assert_eq!(secret.unwrap_err().code(), "secret-out-of-reach");
    }
    drop(vault);
    // A clone on another machine, where backups do not bring the anchor.
    let clone = tempfile::tempdir().unwrap();
    copy(&backup, &clone.path().join("home"));
    let vault = open(clone.path(), key(1)).unwrap();
    assert_eq!(vault.condition(), Condition::Quarantined(Reason::AnchorMissing));
    vault.leave_quarantine(crate::script::now(), |_| Ok(())).unwrap();
    assert_eq!(epochs(&vault), [0u64; 0]);
    assert!(
        fs::read_to_string(clone.path().join("anchor/CACHEDIR.TAG"))
            .unwrap()
            .starts_with("Signature: 8a477f597d28d172789f06886806bc55")
    );
}
