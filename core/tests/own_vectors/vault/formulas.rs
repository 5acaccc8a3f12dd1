//! SPEC §12.2 and §12.3 written again from their text, over `chacha20poly1305` and `argon2`. Nothing
//! of the core is used.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::independent::label;

/// `nonce(24) ‖ XChaCha20-Poly1305(key, nonce, ad, plaintext)`.
pub(super) fn seal(key: &[u8], nonce: &[u8], ad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
    let bare: [u8; 24] = nonce.try_into().unwrap();
    let sealed = cipher.encrypt(&XNonce::from(bare), Payload { msg: plaintext, aad: ad }).unwrap();
    [nonce, &sealed].concat()
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
