//! Cobblestone-256 (C2SP chunked-encryption v1) written again, over `aes-gcm`, `hmac` and `sha2`.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha512;
use vlec::hazmat::chunked::{CHUNK_LEN, MessageKey, open, seal};

use crate::dice::{CASES, Dice, secret};

/// HKDF-Expand (RFC 5869 §2.3) with SHA-512.
fn expand(key: &[u8], info: &[u8], len: usize) -> Vec<u8> {
    let mut okm = Vec::new();
    let mut block = Vec::new();
    for counter in 1.. {
        if okm.len() >= len {
            break;
        }
        let mut mac = <Hmac<Sha512> as hmac::KeyInit>::new_from_slice(key).unwrap();
        [&block[..], info, &[counter]].iter().for_each(|part| mac.update(part));
        block = mac.finalize().into_bytes().to_vec();
        okm.extend_from_slice(&block);
    }
    okm.truncate(len);
    okm
}

struct Message {
    cipher: Aes256Gcm,
    base_nonce: Vec<u8>,
    commitment: Vec<u8>,
}

impl Message {
    fn new(key: &[u8; 32], salt: &[u8], context: &[u8]) -> Self {
        let info = [b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", salt, context].concat();
        let okm = expand(key, &info, 76);
        let cipher = Aes256Gcm::new_from_slice(&okm[..32]).unwrap();
        Self { cipher, base_nonce: okm[32..44].to_vec(), commitment: okm[44..].to_vec() }
    }

    fn nonce(&self, index: u128) -> [u8; 12] {
        let counter = &index.to_be_bytes()[4..];
        std::array::from_fn(|i| self.base_nonce[i] ^ counter[i])
    }
}

fn their_seal(key: &[u8; 32], salt: &[u8; 24], context: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let message = Message::new(key, salt, context);
    let mut out = [&salt[..], &message.commitment].concat();
    let mut rest = plaintext;
    for index in 0.. {
        let (chunk, after) = rest.split_at(rest.len().min(16384));
        out.extend(message.cipher.encrypt(&Nonce::from(message.nonce(index)), chunk).unwrap());
        rest = after;
        if chunk.len() < 16384 {
            break;
        }
    }
    out
}

fn their_open(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = sealed.split_at_checked(24)?;
    let (commitment, mut rest) = rest.split_at_checked(32)?;
    let message = Message::new(key, salt, context);
    if message.commitment != commitment {
        return None;
    }
    let mut out = Vec::new();
    for index in 0.. {
        let (chunk, after) = rest.split_at(rest.len().min(16400));
        out.extend(message.cipher.decrypt(&Nonce::from(message.nonce(index)), chunk).ok()?);
        rest = after;
        if chunk.len() < 16400 {
            break;
        }
    }
    rest.is_empty().then_some(out)
}

#[test]
fn cobblestone_of_each_opens_what_the_other_sealed() {
    let dice = Dice::new("cobblestone agrees");
    // The lengths around the bounds of chunks, one over 256 chunks, then any.
    let mut lengths = vec![0, 1, 257 * CHUNK_LEN + 5];
    lengths.extend((1..4).flat_map(|n| [n * CHUNK_LEN - 1, n * CHUNK_LEN, n * CHUNK_LEN + 1]));
    lengths.extend((0..CASES).map(|_| dice.below(6 * CHUNK_LEN)));
    for len in lengths {
        let (key, salt) = (dice.bytes::<32>(), dice.bytes::<24>());
        let (context, plaintext) = (dice.vec(dice.below(100)), dice.vec(len));
        let (head, tail) = context.split_at(context.len() / 2);

        let ours = seal(&MessageKey::derive(&secret(&key), salt, &[head, tail]), &plaintext).unwrap();
        assert!(their_open(&key, &context, &ours).as_ref() == Some(&plaintext), "{len}");
        let theirs = their_seal(&key, &salt, &context, &plaintext);
        assert!(open(&secret(&key), &[&context], &theirs).as_ref() == Ok(&plaintext), "{len}");
        assert!(ours == theirs, "{len}");
    }
}

#[test]
fn cobblestone_of_each_rejects_what_was_damaged() {
    let dice = Dice::new("cobblestone damaged");
    let (key, salt) = (dice.bytes::<32>(), dice.bytes::<24>());
    for _ in 0..CASES {
        let plaintext = dice.vec(dice.below(3 * CHUNK_LEN));
        let good = seal(&MessageKey::derive(&secret(&key), salt, &[]), &plaintext).unwrap();
        let cut = good[..dice.below(good.len())].to_vec();
        let longer = [&good[..], &dice.vec(1 + dice.below(40))].concat();
        for bad in [dice.damaged(&good), cut, longer] {
            assert!(their_open(&key, b"", &bad).is_none());
            assert!(open(&secret(&key), &[], &bad).is_err());
        }
        assert!(their_open(&key, b"context", &good).is_none());
        assert!(open(&secret(&key), &[b"context"], &good).is_err());
    }
}
