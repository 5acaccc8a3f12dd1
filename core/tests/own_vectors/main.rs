//! The project's own vectors, `core/tests/vectors`: every file of every folder, by its data alone.
//!
//! - What a file expects is known here, or the file fails; so does a field that is not known.
//! - Opening goes through all ways there are, which must come to one verdict. What is released
//!   before an error is compared too.
//! - The values on the way to an honest envelope are computed again over other implementations
//!   (`independent`), down to the envelope's last byte.
//!
//! No test writes a vector: the program `make-vectors` does. Each folder prints one line:
//! `vectors: own <folder>: N run, 0 skipped`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a vector that cannot be read is a failed test"
)]

mod bundles;
mod bytes;
mod checkpoints;
mod envelopes;
mod events;
mod independent;
mod intermediates;
mod ledgers;
mod manifests;
mod padme;
mod rosters;
mod sealing;
mod support;
mod vault;
mod ways;
mod world;

/// SPEC §9.2, §9.3 and §12.9 show what `make vectors` makes.
#[test]
fn the_specification_shows_the_worked_examples() {
    let specification = include_str!("../../../SPEC.md");
    assert!(specification.contains(include_str!("../vectors/worked-example.md").trim()));
    assert!(specification.contains(include_str!("../vectors/worked-roster.md").trim()));
    assert!(specification.contains(include_str!("../vectors/worked-vault.md").trim()));
}
