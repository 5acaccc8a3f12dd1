//! HKDF (RFC 5869) and HMAC (RFC 2104) with SHA-2, over `ring`.

use ring::hkdf::{self, HKDF_SHA256, HKDF_SHA512, KeyType, Prk};
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::ids::EnvelopeId;
use crate::label::Label;
use crate::secret::Secret;

/// `HKDF-Expand-SHA-512(key, label ‖ envelope_id)`, SPEC §2.4: the one way in which the suite derives
/// keys from a key, which is prepared once.
pub struct Derivation<'a> {
    prk: Prk,
    id: &'a EnvelopeId,
}

impl<'a> Derivation<'a> {
    /// From `key`, for the envelope of this id.
    pub fn new(key: &[u8; 32], id: &'a EnvelopeId) -> Self {
        Self { prk: Prk::new_less_safe(HKDF_SHA512, key), id }
    }

    /// The key of this label.
    pub fn key<const N: usize>(&self, label: Label) -> Secret<N> {
        const { assert!(N <= 255 * 64) }
        Secret::new(|out| expand(&self.prk, &[label.bytes(), self.id.as_bytes()], out))
    }
}

/// One key from a key; for vectors and auditors.
#[cfg(any(test, feature = "hazmat"))]
pub fn derive<const N: usize>(key: &[u8; 32], label: Label, id: &EnvelopeId) -> Secret<N> {
    Derivation::new(key, id).key(label)
}

/// `HKDF-Expand` with SHA-512 (RFC 5869 §2.3); `out` of at most 255 × 64 bytes.
pub fn expand_sha512<const N: usize>(prk: &[u8; 32], info: &[&[u8]], out: &mut [u8; N]) {
    const { assert!(N <= 255 * 64) }
    expand(&Prk::new_less_safe(HKDF_SHA512, prk), info, out);
}

/// `HKDF-Expand` with SHA-256 (RFC 5869 §2.3); `out` of at most 255 × 32 bytes.
pub fn expand_sha256<const N: usize>(prk: &[u8; 32], info: &[&[u8]], out: &mut [u8; N]) {
    const { assert!(N <= 255 * 32) }
    expand(&Prk::new_less_safe(HKDF_SHA256, prk), info, out);
}

/// `HKDF-Extract` with SHA-256 (RFC 5869 §2.2) is `HMAC-SHA-256(salt, ikm)`.
pub fn extract_sha256(salt: &[u8], ikm: &[&[u8]]) -> Secret<32> {
    Secret::new(|out| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt));
        ikm.iter().for_each(|part| context.update(part));
        out.copy_from_slice(context.sign().as_ref());
    })
}

/// The first `N ≤ 64` bytes of `HMAC-SHA-512(key, parts…)`.
pub fn hmac_sha512<const N: usize>(key: &[u8], parts: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 64) }
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; N];
    out.iter_mut().zip(context.sign().as_ref()).for_each(|(o, t)| *o = *t);
    out
}

/// Equality of two tags in time that depends on their lengths only.
pub fn tags_equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]], out: &mut [u8; N]) {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    // `N` is checked against the limit of RFC 5869 at compile time, the only cause of an error.
    let filled = prk.expand(info, Length(N)).and_then(|okm: hkdf::Okm<'_, Length>| okm.fill(out));
    debug_assert!(filled.is_ok());
}
