//! ML-KEM-768 of `libcrux-ml-kem` against CCTV: keys above the modulus, a sampling that needs more
//! bytes than usual, a comparison that must not stop at a zero byte, and the intermediate values.
//!
//! The files with a seed `d` were made from the draft of FIPS 203, whose key generation hashed `d`
//! alone: the final one hashes `d ‖ k` (§5.1, domain separation), so `d` gives another key today,
//! and the test pins that. From the key on nothing changed, and all of it is checked.
//!
//! Of the intermediate values, those are checked that the crates let through: the hashes G, H and
//! J, and every encoded value. Polynomials stay inside `libcrux-ml-kem`.

use std::collections::HashMap;

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use vlec::hazmat::xwing::{DecapsulationKey, EncapsulationKey};

use crate::support::{Suite, Verdict, accepted, external, same, secret, unhex};

#[test]
fn ml_kem_768_keys_above_the_modulus_are_rejected() {
    let Some(text) = external("cctv ml-kem modulus", "cctv-mlkem768-modulus.txt", 780) else { return };
    let mut suite = Suite::new("cctv ml-kem modulus");
    let good = DecapsulationKey::from_seed(&secret(&[1; 32])).encapsulation_key().to_bytes();
    for (number, line) in text.lines().enumerate() {
        let ek = unhex(line);
        let key = MlKem768PublicKey::try_from(&ek[..]).expect("the length is right");
        let xwing = EncapsulationKey::from_bytes(&[&ek[..], &good[1184..]].concat());
        suite.vector(
            number,
            accepted(mlkem768::validate_public_key(&key), false).and(accepted(xwing.is_ok(), false)),
        );
    }
    suite.finish(780);
}

#[test]
fn ml_kem_768_samples_on_when_luck_runs_out() {
    let Some(values) = named("cctv ml-kem unlucky sample", "cctv-mlkem768-unluckysample.txt", 1) else {
        return;
    };
    let mut suite = Suite::new("cctv ml-kem unlucky sample");
    suite.vector("unlucky sample", check_all(&values));
    suite.finish(1);
}

#[test]
fn ml_kem_768_compares_ciphertexts_past_a_zero_byte() {
    let Some(values) = named("cctv ml-kem strcmp", "cctv-mlkem768-strcmp.txt", 1) else { return };
    let mut suite = Suite::new("cctv ml-kem strcmp");
    let opened = decapsulate(&values["dk"], &values["c"]);
    suite.vector("strcmp", opened.and_then(|k| same("K", &k[..], &values["K"])));
    suite.finish(1);
}

#[test]
fn ml_kem_768_passes_through_the_published_intermediate_values() {
    let Some(values) = named("cctv ml-kem intermediate", "cctv-mlkem768-intermediate.txt", 1) else { return };
    let mut suite = Suite::new("cctv ml-kem intermediate");
    suite.vector("intermediate", check_all(&values).and_then(|()| check_hashes(&values)));
    suite.finish(1);
}

type Values = HashMap<String, Vec<u8>>;

/// The lines `name = hexadecimal`; those with a list of numbers are polynomials, and left out. Of
/// two with one name the first counts: `r` is the seed, and then the vector sampled from it.
fn named(suite: &str, file: &str, pinned: usize) -> Option<Values> {
    let text = external(suite, file, pinned)?;
    let mut values = Values::new();
    for (name, value) in text.lines().filter_map(|line| line.rsplit_once(" = ")) {
        if !value.starts_with('{') {
            values.entry(name.to_owned()).or_insert_with(|| unhex(value));
        }
    }
    Some(values)
}

/// The key's parts, encapsulation of `m`, decapsulation of `c`.
fn check_all(values: &Values) -> Verdict {
    let (ek, dk, z) = (&values["ek"], &values["dk"], &values["z"]);
    same("ρ of the draft in ek", &ek[1152..], &libcrux_sha3::sha512(&values["d"])[..32])?;
    let seed = [&values["d"][..], z].concat().try_into().map_err(|_| "seed")?;
    let last = mlkem768::generate_key_pair(seed);
    same(
        "ρ of FIPS 203",
        &last.pk()[1152..],
        &libcrux_sha3::sha512(&[&values["d"][..], &[3]].concat())[..32],
    )?;
    same("dk", dk, &[&dk[..1152], ek, &libcrux_sha3::sha256(ek), z].concat())?;

    let public = MlKem768PublicKey::try_from(&ek[..]).map_err(|_| "length of ek")?;
    accepted(mlkem768::validate_public_key(&public), true)?;
    let m = values["m"][..].try_into().map_err(|_| "m")?;
    let (c, k) = mlkem768::encapsulate(&public, m);
    same("c", &c.as_slice()[..], &values["c"])?;
    same("K, encapsulated", &k[..], &values["K"])?;
    same("K, decapsulated", &decapsulate(dk, &values["c"])?[..], &values["K"])
}

/// The hashes of FIPS 203 §4.1, with the SHA-3 that the core uses, and the parts of each value.
fn check_hashes(values: &Values) -> Verdict {
    let (ek, dk, z, c) = (&values["ek"], &values["dk"], &values["z"], &values["c"]);
    let seeds = libcrux_sha3::sha512(&values["d"]);
    same("ρ and σ", &seeds[..], [&values["ρ"][..], &values["σ"]].concat())?;
    same("t and ρ", ek, &[&values["t"][..], &values["ρ"]].concat())?;
    same("dkPKE", &dk[..1152], &values["dkPKE = NTT(s)"])?;
    let h = libcrux_sha3::sha256(ek);
    same("H(ek)", &h[..], &values["H(ek)"])?;
    let k_r = libcrux_sha3::sha512(&[&values["m"][..], &h].concat());
    same("K and r", &k_r[..], [&values["K"][..], &values["r"]].concat())?;
    same("c1 and c2", c, &[&values["c1"][..], &values["c2"]].concat())?;
    same("KBar", &libcrux_sha3::shake256::<32>(&[&z[..], c].concat())[..], &values["KBar"])?;

    // Implicit rejection: J(z ‖ c) of the ciphertext that came, whichever byte is changed.
    for at in [0, 319, 959, 960, 1087] {
        let mut changed = c.clone();
        changed[at] ^= 1;
        let rejected = libcrux_sha3::shake256::<32>(&[&z[..], &changed].concat());
        same("implicit rejection", decapsulate(dk, &changed)?, rejected)?;
    }
    Ok(())
}

fn decapsulate(dk: &[u8], c: &[u8]) -> Result<[u8; 32], String> {
    let dk = MlKem768PrivateKey::try_from(dk).map_err(|_| "length of dk")?;
    let c = MlKem768Ciphertext::try_from(c).map_err(|_| "length of c")?;
    accepted(mlkem768::validate_private_key(&dk, &c), true)?;
    Ok(mlkem768::decapsulate(&dk, &c))
}
