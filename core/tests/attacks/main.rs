//! The attack catalogue's lines on envelopes, files and load: one test for each, named after it.
//!
//! Lines on key agreement and signatures (K, S) and on rosters (R) stand beside the code they
//! concern; SECURITY.md keeps the map.
// Helpers outside `#[test]` functions may fail loudly too: this is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub)]

mod crowd;
mod envelope;
mod files;
mod load;
mod scene;
mod streams;
