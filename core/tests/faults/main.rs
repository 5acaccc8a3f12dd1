//! Faults of the machine, made by real means: processes killed at every system call, power cut,
//! failing and full disks, copied homes, and what is left of destroyed secrets.
//!
//! The tests start this program again as a child with a script of vault operations; a shim that is
//! loaded before the C library (`shim.c`) stops it. `VLEC_SOAK=1` runs every case, otherwise a part.
// Helpers outside `#[test]` functions may fail loudly too: this is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub)]

mod calls;
mod child;
mod copies;
mod erasure;
mod full;
mod kills;
mod outputs;
mod script;
