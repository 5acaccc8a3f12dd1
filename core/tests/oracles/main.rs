//! Our constructions against independent implementations, in both directions, on seeded cases.
//!
//! | Ours | Theirs | What both share |
//! |---|---|---|
//! | X-Wing | `x-wing` (RustCrypto) | `x25519-dalek` |
//! | HPKE | `hpke` (rozbb) over `x-wing` | `x25519-dalek`, `chacha20poly1305` |
//! | ML-KEM-768 of `libcrux-ml-kem` | `ml-kem` (RustCrypto) | nothing |
//! | ML-DSA-65, ML-DSA-44 of `libcrux-ml-dsa` | `ml-dsa` (RustCrypto) | nothing |
//! | composite signature, note pair | `ml-dsa`, Ed25519 of `ring`, `sha2` | nothing in the same place |
//! | Cobblestone-256 over `ring` | written here over `aes-gcm`, `hmac`, `sha2` | nothing |
//!
//! What both share is held to published vectors in `external_vectors`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a case that cannot be built is a failed test"
)]

mod cobblestone;
mod dice;
mod hpke;
mod ml_dsa;
mod ml_kem;
mod signatures;
mod xwing;
