//! `vault/`: records of a vault, whole vaults with their anchors, and root files. What is honest is
//! opened by the core, made again by the core, and made again without it.

mod anchors;
mod epochs;
mod evidence;
mod formulas;
mod headers;
mod rows;
mod stored;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vlec::hazmat::injected_random;
use vlec::{Random, Secret, SecretText, Unlock, VaultError};

use crate::bytes::Hex;
use crate::support::{Verdict, check_heading, ensure, load, run, same};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    description: String,
    rule: Vec<String>,
    #[serde(default)]
    attack: Vec<String>,
    expect: String,
    record: Record,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Record {
    Row(rows::Row),
    Secret(rows::Wrapped),
    Header(headers::Header),
    Sums(sums::Summed),
    State(anchors::StateRow),
    Anchor(anchors::Slot),
    AnchorFile(anchors::File),
    Vault(stored::Stored),
    Evidence(evidence::EvidenceRow),
    EpochRows(epochs::EpochRows),
    RootFile(headers::RootFile),
}

/// What opens a vault or a root file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Key {
    Key(Hex),
    Passphrase(String),
}

impl Key {
    fn unlock(&self) -> Unlock {
        match self {
            Self::Key(key) => Unlock::Key(secret(key)),
            Self::Passphrase(text) => Unlock::Passphrase(SecretText::new(text.clone())),
        }
    }
}

#[test]
fn records_and_vaults_open_or_fail_as_they_say() {
    run("vault", &load::<Vector>("vault"), 320, |file, vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        match &vector.record {
            Record::Row(row) => row.check(&vector.expect),
            Record::Secret(wrapped) => wrapped.check(&vector.expect),
            Record::Header(header) => header.check(&vector.expect),
            Record::Sums(sums) => sums.check(&vector.expect),
            Record::State(state) => state.check(&vector.expect),
            Record::Anchor(slot) => slot.check(&vector.expect),
            Record::AnchorFile(anchor) => anchor.check(&vector.expect),
            Record::Vault(vault) => vault.check(&vector.expect),
            Record::Evidence(row) => row.check(&vector.expect),
            Record::EpochRows(rows) => rows.check(&vector.expect),
            Record::RootFile(root) => root.check(&vector.expect),
        }
    });
}

/// And each by one that holds as well as by one that does not, where there are both.
#[test]
fn every_rule_of_what_a_vault_keeps_is_shown() {
    let vectors: BTreeMap<String, Vector> = load("vault");
    let shown: BTreeSet<(&str, bool)> = vectors
        .values()
        .flat_map(|vector| vector.rule.iter().map(|rule| (rule.as_str(), vector.expect == "ok")))
        .collect();
    for rule in [
        "VLT-12", "VLT-13", "VLT-14", "VLT-20", "VLT-21", "VLT-22", "VLT-30", "VLT-31", "LED-11", "LED-12",
        "ROT-23",
    ] {
        assert!(shown.contains(&(rule, true)), "{rule} is shown by nothing that holds");
        assert!(shown.contains(&(rule, false)), "{rule} is shown by nothing that fails");
    }
    assert!(shown.contains(&("VLT-10", true)) && shown.contains(&("VLT-11", false)));
}

/// `[VLT-10]` Each nonce is a draw of its own: no two rows of the vectors share key and nonce.
#[test]
fn one_row_sealed_twice_is_two_rows() {
    let vectors: BTreeMap<String, Vector> = load("vault");
    let sealed = |name: &str| match &vectors[name].record {
        Record::Row(row) => row.sealed.clone(),
        _ => panic!("{name} is no row"),
    };
    assert_ne!(sealed("row.json").0[..24], sealed("row-sealed-again.json").0[..24]);
}

/// The code is the file's; a good one, and no other, says what it comes to.
fn verdict<T>(expect: &str, come: Result<T, &'static str>, says: bool) -> Verdict<Option<T>> {
    same("code", come.as_ref().err().copied().unwrap_or("ok"), expect)?;
    ensure(come.is_ok() == says, "a good one says what it comes to, and no other does")?;
    Ok(come.ok())
}

fn code(error: VaultError) -> &'static str {
    error.code()
}

fn secret<const N: usize>(hex: &Hex) -> Secret<N> {
    Secret::new(|out| *out = hex.array())
}

/// A source that gives these draws and no other.
fn draws<'a>(draws: impl IntoIterator<Item = &'a Hex>) -> Random {
    let draws: Vec<Hex> = draws.into_iter().cloned().collect();
    let left = std::sync::Mutex::new(draws.into_iter());
    injected_random(move |out| match left.lock().unwrap().next() {
        Some(draw) if draw.0.len() == out.len() => {
            out.copy_from_slice(&draw.0);
            true
        }
        _ => false,
    })
}
