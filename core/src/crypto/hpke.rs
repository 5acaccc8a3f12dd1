//! HPKE base mode, single shot: RFC 9180 with KEM 0x647a (X-Wing), KDF 0x0001 (HKDF-SHA256),
//! AEAD 0x0003 (ChaCha20-Poly1305), as registered by draft-ietf-hpke-pq.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use super::CryptoError;
use super::kdf::{expand_sha256, extract_sha256};
use super::xwing::{CIPHERTEXT_LEN, DecapsulationKey, EncapsulationKey};
use crate::random::Random;
use crate::secret::Secret;

/// Length of the authentication tag in bytes.
pub const TAG_LEN: usize = 16;

const VERSION: &[u8] = b"HPKE-v1";
/// `"HPKE" ‖ KEM ‖ KDF ‖ AEAD`, RFC 9180 §5.1.
pub(crate) const SUITE_ID: [u8; 10] = *b"HPKE\x64\x7a\x00\x01\x00\x03";
const MODE_BASE: u8 = 0;

/// `SealBase(pkR, info, aad = "", pt)`, RFC 9180 §6.1, for a 32-byte plaintext: the
/// encapsulated key and the ciphertext with its tag.
///
/// # Errors
/// As [`EncapsulationKey::encapsulate`].
pub fn seal(
    key: &EncapsulationKey,
    info: &[&[u8]],
    plaintext: &Secret<32>,
    random: &Random,
) -> Result<([u8; CIPHERTEXT_LEN], [u8; 32 + TAG_LEN]), CryptoError> {
    let (shared, enc) = key.encapsulate(random)?;
    let context = key_schedule(&SUITE_ID, &shared, info);
    let mut sealed = [0; 32 + TAG_LEN];
    let (text, tag) = sealed.split_at_mut(32);
    text.copy_from_slice(plaintext.expose());
    let made = context
        .cipher()
        .encrypt_inout_detached(context.nonce(), &[], text.into())
        .map_err(|_| CryptoError::TooLong("HPKE plaintext"))?;
    tag.copy_from_slice(&made);
    Ok((enc, sealed))
}

/// `OpenBase(enc, skR, info, aad = "", ct)`, RFC 9180 §6.1, for a 32-byte plaintext.
///
/// # Errors
/// [`CryptoError::OpenFailed`], whatever was wrong.
pub fn open(
    key: &DecapsulationKey,
    enc: &[u8; CIPHERTEXT_LEN],
    info: &[&[u8]],
    sealed: &[u8; 32 + TAG_LEN],
) -> Result<Secret<32>, CryptoError> {
    let context = key_schedule(&SUITE_ID, &key.decapsulate(enc)?, info);
    Secret::try_new(|out| {
        let (text, tag) = sealed.split_at(32);
        out.copy_from_slice(text);
        let tag = tag.try_into().map_err(|_| CryptoError::OpenFailed)?;
        context
            .cipher()
            .decrypt_inout_detached(context.nonce(), &[], out.as_mut_slice().into(), &tag)
            .map_err(|_| CryptoError::OpenFailed)
    })
}

/// What one message needs of the context of RFC 9180 §5.1.
pub(crate) struct KeySchedule {
    pub(crate) key: Secret<32>,
    pub(crate) base_nonce: Secret<12>,
}

impl KeySchedule {
    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(<&Key>::from(self.key.expose()))
    }

    /// The nonce of sequence number 0 is the base nonce.
    fn nonce(&self) -> &Nonce {
        <&Nonce>::from(self.base_nonce.expose())
    }
}

/// `KeySchedule(mode_base, shared_secret, info, psk = "", psk_id = "")`, RFC 9180 §5.1.
///
/// ```text
/// psk_id_hash = LabeledExtract("", "psk_id_hash", "")
/// info_hash   = LabeledExtract("", "info_hash", info)
/// secret      = LabeledExtract(shared_secret, "secret", "")
/// key         = LabeledExpand(secret, "key",        mode ‖ psk_id_hash ‖ info_hash, 32)
/// base_nonce  = LabeledExpand(secret, "base_nonce", mode ‖ psk_id_hash ‖ info_hash, 12)
/// ```
pub(crate) fn key_schedule(suite_id: &[u8; 10], shared: &Secret<32>, info: &[&[u8]]) -> KeySchedule {
    let psk_id_hash = labeled_extract(suite_id, b"", b"psk_id_hash", &[]);
    let info_hash = labeled_extract(suite_id, b"", b"info_hash", info);
    let secret = labeled_extract(suite_id, shared.expose(), b"secret", &[]);
    let context: [&[u8]; 3] = [&[MODE_BASE], psk_id_hash.expose(), info_hash.expose()];
    KeySchedule {
        key: labeled_expand(suite_id, &secret, b"key", &context),
        base_nonce: labeled_expand(suite_id, &secret, b"base_nonce", &context),
    }
}

/// `Extract(salt, "HPKE-v1" ‖ suite_id ‖ label ‖ ikm)`, RFC 9180 §4.
fn labeled_extract(suite_id: &[u8; 10], salt: &[u8], label: &[u8], ikm: &[&[u8]]) -> Secret<32> {
    let mut parts: Vec<&[u8]> = vec![VERSION, suite_id, label];
    parts.extend_from_slice(ikm);
    extract_sha256(salt, &parts)
}

/// `Expand(prk, I2OSP(L, 2) ‖ "HPKE-v1" ‖ suite_id ‖ label ‖ info, L)`, RFC 9180 §4.
fn labeled_expand<const L: usize>(
    suite_id: &[u8; 10],
    prk: &Secret<32>,
    label: &[u8],
    info: &[&[u8]; 3],
) -> Secret<L> {
    let length = (L as u16).to_be_bytes();
    let [a, b, c] = *info;
    Secret::new(|out| expand_sha256(prk.expose(), &[&length, VERSION, suite_id, label, a, b, c], out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_of_the_wrapped_key_fails() {
        let key = DecapsulationKey::from_seed(&Secret::new(|seed| seed.fill(1)));
        let plaintext = Secret::new(|text| text.fill(2));
        let random = Random::system();
        let (enc, sealed) = seal(key.encapsulation_key(), &[b"info"], &plaintext, &random).unwrap();
        assert_eq!(open(&key, &enc, &[b"info"], &sealed).unwrap().expose(), plaintext.expose());
        assert!(open(&key, &enc, &[b"other"], &sealed).is_err());
        for i in 0..sealed.len() {
            let mut changed = sealed;
            changed[i] ^= 1;
            assert_eq!(open(&key, &enc, &[b"info"], &changed).unwrap_err(), CryptoError::OpenFailed);
        }
    }
}
