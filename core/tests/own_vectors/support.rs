//! What every folder shares: enumerating, counting, comparing.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// What went wrong with one vector.
pub(crate) type Verdict<T = ()> = Result<T, String>;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// Every vector of a folder by its file's name. Anything else in the folder is a failure.
pub(crate) fn load<T: DeserializeOwned>(folder: &str) -> BTreeMap<String, T> {
    let folder = root().join(folder);
    names(&folder).into_iter().map(|name| (name.clone(), read(&folder.join(name)))).collect()
}

/// What is in a folder, by name.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> T {
    assert_eq!(path.extension().and_then(|e| e.to_str()), Some("json"), "unknown file {}", path.display());
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs every vector, prints the folder's line, names every failure; `least` must have run.
pub(crate) fn run<T>(
    folder: &str,
    vectors: &BTreeMap<String, T>,
    least: usize,
    check: impl Fn(&str, &T) -> Verdict,
) {
    let failures: Vec<String> = vectors
        .iter()
        .filter_map(|(file, vector)| check(file, vector).err().map(|reason| format!("{file}: {reason}")))
        .collect();
    println!("vectors: own {folder}: {} run, 0 skipped", vectors.len());
    assert!(failures.is_empty(), "{folder}: {} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(vectors.len() >= least, "{folder}: {} vectors, {least} are expected", vectors.len());
}

pub(crate) fn ensure(condition: bool, reason: &str) -> Verdict {
    if condition { Ok(()) } else { Err(reason.to_owned()) }
}

/// `what` must be what the vector says. A difference is shown by its beginning.
pub(crate) fn same<A: PartialEq<B> + Debug, B: Debug>(what: &str, ours: A, theirs: B) -> Verdict {
    if ours == theirs {
        return Ok(());
    }
    let head = |text: String| text.chars().take(160).collect::<String>();
    Err(format!("{what}: {} is not {}", head(format!("{ours:02x?}")), head(format!("{theirs:02x?}"))))
}

/// The parts that every vector has: a name like its file's, a description, rules and attacks.
pub(crate) fn check_heading(
    file: &str,
    name: &str,
    description: &str,
    rules: &[String],
    attacks: &[String],
) -> Verdict {
    same("name", format!("{name}.json"), file.to_owned())?;
    ensure(!description.is_empty(), "no description")?;
    ensure(!rules.is_empty(), "no rule")?;
    rules.iter().try_for_each(|rule| check_rule(rule))?;
    attacks.iter().try_for_each(|attack| {
        let (letter, number) = attack.split_at(1);
        let known = "EKSRLFBDC".contains(letter) && number.parse::<u8>().is_ok();
        ensure(known, &format!("attack {attack} is not of the form E1"))
    })
}

/// A rule's id stands in SPEC.md; or it is a section of it.
fn check_rule(rule: &str) -> Verdict {
    const SPEC: &str = include_str!("../../../SPEC.md");
    if rule.starts_with('§') {
        return Ok(());
    }
    let (family, number) = rule.split_once('-').ok_or(format!("rule {rule}"))?;
    ensure(
        number.len() == 2 && number.parse::<u8>().is_ok(),
        &format!("rule {rule} is not of the form ENV-01"),
    )?;
    let family_is_specified = SPEC.contains(&format!("[{family}-"));
    ensure(
        !family_is_specified || SPEC.contains(&format!("[{rule}]")),
        &format!("SPEC.md has no rule {rule}"),
    )
}

/// Every file and folder is one that a test here reads, or explains them.
#[test]
fn nothing_lies_among_the_vectors_that_no_test_reads() {
    const KNOWN: [&str; 14] = [
        "README.md",
        "bundles",
        "checkpoints",
        "envelopes",
        "events",
        "long",
        "manifests",
        "padme.json",
        "rosters",
        "vault",
        "worked-example.md",
        "worked-roster.md",
        "worked-vault.md",
        "world.json",
    ];
    assert_eq!(names(&root()), KNOWN);
    assert_eq!(names(&root().join("long")), ["several-segments.envelope"]);
}
