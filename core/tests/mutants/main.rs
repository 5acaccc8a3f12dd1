//! Deliberate faults: each is put into a copy of the library, and the vectors must find every one.
//!
//! `faults/*.txt` name the faults and say how each changes the source. All of them are put into one copy of
//! `core/`, each behind a number that is chosen while it runs; the copy is built once, with the tests of
//! `own_vectors`, and these are run for one fault after the other. So the library that is shipped has no
//! switch: there is no feature, no `cfg` and no variable that could turn a check off in it.
//!
//! ```text
//! fault heads: the roster heads are not compared            a name, and what is wrong then
//! in envelope/signed.rs                                     under core/src
//! - directory.check_heads(&manifest.heads)                  must stand there exactly once
//! + if !FAULT { … }                                         FAULT: whether this fault is chosen
//! ```
//!
//! A fault may have several changes; later ones see what earlier ones have written. `killers.txt` says which
//! vector finds each fault. `make mutants` runs all, and says how long it took.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what cannot be read or does not match is a failed test"
)]

mod faults;
mod tree;

use std::process::Command;
use std::time::Instant;

use faults::{Fault, killers};
use tree::{PACKAGE, Tree};

/// So many faults there must be.
const LEAST: usize = 120;

#[test]
fn every_change_of_every_fault_matches_the_source_once() {
    let faults = faults::load();
    assert!(faults.len() >= LEAST, "{} faults", faults.len());
    tree::patched(&faults);
}

#[test]
fn every_fault_names_the_vector_that_finds_it() {
    let (faults, killers) = (faults::load(), killers());
    let unnamed: Vec<&str> =
        faults.iter().map(|fault| &*fault.name).filter(|name| !killers.contains_key(*name)).collect();
    assert!(unnamed.is_empty(), "killers.txt names no vector for {unnamed:?}: make mutants tells which");
    let gone: Vec<&String> =
        killers.keys().filter(|name| !faults.iter().any(|fault| fault.name == **name)).collect();
    assert!(gone.is_empty(), "killers.txt names faults that are none: {gone:?}");
}

/// Builds the library a second time, which takes a minute or two: `make mutants`.
#[test]
#[ignore = "make mutants"]
fn no_fault_survives_the_vectors() {
    let (start, faults) = (Instant::now(), faults::load());
    let tree = Tree::write(&faults);
    let built = cargo(&tree, &["--no-run"]);
    assert!(built, "the library with the faults does not build");
    let built = start.elapsed();
    let found = cargo(&tree, &["--quiet", "--", "--exact", "mutants::every_fault_is_found", "--nocapture"]);
    println!(
        "mutants: {} faults, built in {} s, run in {} s",
        faults.len(),
        built.as_secs(),
        (start.elapsed() - built).as_secs()
    );
    assert!(found, "a fault survives, or is found by another vector than killers.txt says");
}

/// Builds or runs the copy's tests.
fn cargo(tree: &Tree, arguments: &[&str]) -> bool {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo says of this test is not said of the copy: build scripts would run again for it.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
            .iter()
            .any(|own| name.starts_with(own))
        {
            cargo.env_remove(&*name);
        }
    }
    cargo.args(["test", "--offline", "--package", PACKAGE, "--test", "own_vectors"]).args(arguments);
    cargo.current_dir(&tree.root).env("CARGO_TARGET_DIR", &tree.target).status().unwrap().success()
}

/// The text of a fault's place in the list that the copy is built with.
fn listed(faults: &[Fault]) -> String {
    let known = killers();
    let rows = faults.iter().map(|fault| {
        let killer = known.get(&fault.name).map_or("", |killer| killer);
        format!("    ({:?}, {:?}, {killer:?}),\n", fault.name, fault.from)
    });
    format!("const FAULTS: &[(&str, &str, &str)] = &[\n{}];\n", rows.collect::<String>())
}
