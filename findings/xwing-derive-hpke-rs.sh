#!/bin/sh
# HPKE's DeriveKeyPair for X-Wing (KEM 0x647a): hpke-rs 0.7.0, the HPKE of OpenMLS 0.9, hashes the input bare,
# SHAKE-256(ikm, 32); hpke 0.15.1 hashes it with the labels of draft-ietf-hpke-pq, as hpke-rs does from 0.8.0 on.
# One ikm gives two key pairs. A private key is the same 32-byte seed in both: carry that, and derive nothing.
# Seen on 2026-11-30 with Rust 1.95.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'MANIFEST'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
hpke = { version = "=0.15.1", default-features = false, features = ["mlkem", "x25519", "chacha", "alloc"] }
hpke-rs = { version = "=0.7.0", features = ["hazmat"] }
hpke-rs-libcrux = "=0.7.0"
hpke-rs-crypto = "=0.7.0"
sha3 = "=0.10.8"
MANIFEST
cat > src/main.rs <<'PROGRAM'
use hpke::{Deserializable, Kem, Serializable, kem::XWing};
use hpke_rs::Hpke;
use hpke_rs::{hpke_types::AeadAlgorithm, hpke_types::KdfAlgorithm, hpke_types::KemAlgorithm};
use hpke_rs_libcrux::HpkeLibcrux;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput, Update, XofReader};

fn main() {
    let ikm = [7; 32];
    let suite = Hpke::<HpkeLibcrux>::new(
        hpke_rs::Mode::Base,
        KemAlgorithm::XWingDraft06,
        KdfAlgorithm::HkdfSha256,
        AeadAlgorithm::ChaCha20Poly1305,
    );
    let (theirs, theirs_public) = suite.derive_key_pair(&ikm).unwrap().into_keys();
    let (other, other_public) = XWing::derive_keypair(&ikm);
    let mut bare = [0; 32];
    let mut hash = Shake256::default();
    hash.update(&ikm);
    hash.finalize_xof().read(&mut bare);

    println!("hpke-rs 0.7.0: SHAKE-256(ikm, 32): {}", theirs.as_slice() == bare);
    println!("hpke 0.15.1:   SHAKE-256(ikm, 32): {}", other.to_bytes()[..] == bare);
    assert!(theirs.as_slice() == bare && other.to_bytes()[..] != bare);
    assert!(theirs_public.as_slice() != &other_public.to_bytes()[..]);
    let same = <XWing as Kem>::PrivateKey::from_bytes(theirs.as_slice()).unwrap();
    let public = XWing::sk_to_pk(&same);
    println!("the seed itself, in both: one public key: {}", theirs_public.as_slice() == &public.to_bytes()[..]);
    assert!(theirs_public.as_slice() == &public.to_bytes()[..]);
}
PROGRAM
cargo run --quiet
