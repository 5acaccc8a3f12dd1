//! SPEC §12.2, §12.3 and §12.7 written again from their text, over `chacha20poly1305`, `argon2`, `hmac` and
//! `blake3`. Nothing of the core is used.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::independent::{blake3_keyed, derive, label};

/// `nonce(24) ‖ XChaCha20-Poly1305(key, nonce, ad, plaintext)`.
pub(super) fn seal(key: &[u8], nonce: &[u8], ad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
    let bare: [u8; 24] = nonce.try_into().unwrap();
    let sealed = cipher.encrypt(&XNonce::from(bare), Payload { msg: plaintext, aad: ad }).unwrap();
    [nonce, &sealed].concat()
}

/// The plaintext of what [`seal`] gives.
pub(super) fn open(key: &[u8], ad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: ad }).ok()
}

/// The vault key in a header of kind 0.
pub(super) fn vault_key(header: &[u8], unlocking: &[u8]) -> Vec<u8> {
    let (bound, wrapped) = header.split_at(header.len() - 24 - 48);
    open(unlocking, &[&label("vault key"), bound].concat(), wrapped).unwrap()
}

/// `k = HKDF-Expand-SHA-512(PRK = vault key, info = VAULT_SUMS ‖ vault id(16), L = 32)`
pub(super) fn mark_key(vault_key: &[u8], vault: &[u8]) -> Vec<u8> {
    derive(vault_key, "vault sums", vault, 32)
}

/// `mark = first 16 bytes of BLAKE3(k, table u8 ‖ length u32 ‖ row key ‖ nonce(24) ‖ tag(16))`, big-endian
pub(super) fn mark(key: &[u8], table: u8, row_key: &[u8], sealed: &[u8]) -> u128 {
    let length = u32::try_from(row_key.len()).unwrap().to_be_bytes();
    let name = if sealed.len() < 24 + 16 {
        sealed.to_vec()
    } else {
        [&sealed[..24], &sealed[sealed.len() - 16..]].concat()
    };
    let hash = blake3_keyed(key, &[&[table], &length, row_key, &name]);
    u128::from_be_bytes(hash[..16].try_into().unwrap())
}

/// `HKDF-Expand-SHA-512(PRK = epoch seed, info = EPOCH_EVIDENCE, L = 32)`
pub(super) fn evidence_key(seed: &[u8]) -> Vec<u8> {
    derive(seed, "epoch evidence", &[], 32)
}

/// `VAULT_EVIDENCE ‖ digest`
pub(super) fn evidence_ad(digest: &[u8]) -> Vec<u8> {
    [&label("vault evidence"), digest].concat()
}

/// `ad = VAULT_ROW ‖ 01 ‖ vault id(16) ‖ length u8 ‖ owner ‖ table u8 ‖ row key`
pub(super) fn row_ad(vault: &[u8], owner: &str, table: u8, row_key: &[u8]) -> Vec<u8> {
    let length = u8::try_from(owner.len()).unwrap();
    [&label("vault row")[..], &[1], vault, &[length], owner.as_bytes(), &[table], row_key].concat()
}

/// `ad = VAULT_SECRET ‖ 01 ‖ vault id(16) ‖ length u8 ‖ owner ‖ number u64 ‖ row key`
pub(super) fn secret_ad(vault: &[u8], owner: &str, number: u64, row_key: &[u8]) -> Vec<u8> {
    let (length, number) = (u8::try_from(owner.len()).unwrap(), number.to_be_bytes());
    [&label("vault secret")[..], &[1], vault, &[length], owner.as_bytes(), &number, row_key].concat()
}

/// `01 ‖ vault id(16) ‖ length u8 ‖ owner`
pub(super) fn header_front(vault: &[u8], owner: &str) -> Vec<u8> {
    [&[1], vault, &[u8::try_from(owner.len()).unwrap()], owner.as_bytes()].concat()
}

/// `01 ‖ memory u32 ‖ passes u32 ‖ lanes u32 ‖ salt(16)`: kind 1 with its parameters.
pub(super) fn passphrase_kind([memory, passes, lanes]: [u32; 3], salt: &[u8]) -> Vec<u8> {
    [&[1], &memory.to_be_bytes()[..], &passes.to_be_bytes(), &lanes.to_be_bytes(), salt].concat()
}

/// `Argon2id(passphrase, salt, memory, passes, lanes)`, version 0x13, 32 bytes.
pub(super) fn argon2id(passphrase: &str, salt: &[u8], [memory, passes, lanes]: [u32; 3]) -> [u8; 32] {
    let params = Params::new(memory, passes, lanes, Some(32)).unwrap();
    let mut key = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(passphrase.as_bytes(), salt, &mut key).unwrap();
    key
}
