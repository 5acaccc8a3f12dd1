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

/// Messages up to this length are put together on the stack.
const SHORT: usize = 128;

/// `BLAKE3.keyed_hash(key, parts…)`. A short message costs no allocation.
pub fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut message = [0; SHORT];
    let mut rest = message.as_mut_slice();
    for part in parts {
        let Some((to, after)) = std::mem::take(&mut rest).split_at_mut_checked(part.len()) else {
            let mut hash = KeyedHash::new(key);
            parts.iter().for_each(|part| hash.update(part));
            return hash.finish();
        };
        to.copy_from_slice(part);
        rest = after;
    }
    let length = SHORT - rest.len();
    *blake3::keyed_hash(key, message.get(..length).unwrap_or_default()).as_bytes()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_hash_is_of_all_its_parts_however_long_they_are() {
        let (key, bytes) = ([7; 32], [5; 2 * SHORT]);
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 2 * SHORT] {
            let message = &bytes[..length];
            let (first, second) = message.split_at(length / 3);
            let whole = *blake3::keyed_hash(&key, message).as_bytes();
            assert_eq!(keyed_hash(&key, &[first, &[], second]), whole, "{length}");
        }
    }
}
