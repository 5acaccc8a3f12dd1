//! X-Wing against the vectors of draft-connolly-cfrg-xwing-kem.

use serde::Deserialize;
use vlec::hazmat::{EncapsulationKey, encapsulate_derand, xwing::DecapsulationKey};

use crate::support::{Hex, Suite, Verdict, external, same, secret};

#[derive(Deserialize)]
struct Vector {
    seed: Hex,
    eseed: Hex,
    ss: Hex,
    sk: Hex,
    pk: Hex,
    ct: Hex,
}

#[test]
fn xwing_keys_ciphertexts_and_secrets_are_the_drafts() {
    let Some(text) = external("xwing draft", "xwing.json", 3) else { return };
    let mut suite = Suite::new("xwing draft");
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    for (number, vector) in vectors.iter().enumerate() {
        suite.vector(number, check(vector));
    }
    suite.finish(3);
}

fn check(vector: &Vector) -> Verdict {
    same("sk is the seed", &vector.sk.0, &vector.seed.0)?;
    let key = DecapsulationKey::from_seed(&secret(&vector.seed.0));
    same("pk", &key.encapsulation_key().to_bytes()[..], &vector.pk.0)?;

    let public = EncapsulationKey::from_bytes(&vector.pk.0).map_err(|error| error.to_string())?;
    let (shared, ciphertext) =
        encapsulate_derand(&public, &secret(&vector.eseed.0)).map_err(|error| error.to_string())?;
    same("ct", &ciphertext[..], &vector.ct.0)?;
    same("ss, encapsulated", &shared.expose()[..], &vector.ss.0)?;

    let opened = key.decapsulate(&vector.ct.0).map_err(|error| error.to_string())?;
    same("ss, decapsulated", &opened.expose()[..], &vector.ss.0)
}
