//! Content digests: BLAKE3 in keyed mode (BLAKE3 paper §2.3) and SHA-2 (FIPS 180-4).

use ring::digest::{SHA256, SHA512};

/// BLAKE3 keyed hash, fed in pieces.
pub struct KeyedHash(blake3::Hasher);

impl KeyedHash {
    /// `BLAKE3.keyed_hash(key, …)`.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(blake3::Hasher::new_keyed(key))
    }

    /// Feeds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was fed.
    pub fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// `BLAKE3.keyed_hash(key, message)` of a short message.
pub fn keyed_hash(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(key, message).as_bytes()
}

/// `SHA-256(parts…)`.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    hash(&SHA256, parts)
}

/// `SHA-512(parts…)`.
pub fn sha512(parts: &[&[u8]]) -> [u8; 64] {
    hash(&SHA512, parts)
}

fn hash<const N: usize>(algorithm: &'static ring::digest::Algorithm, parts: &[&[u8]]) -> [u8; N] {
    let mut context = ring::digest::Context::new(algorithm);
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; N];
    out.iter_mut().zip(context.finish().as_ref()).for_each(|(o, d)| *o = *d);
    out
}
