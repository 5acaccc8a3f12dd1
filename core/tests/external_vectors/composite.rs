//! The vectors of draft-ietf-lamps-pq-composite-sigs: the composite that is the suite's, and the
//! pure ML-DSA of both parameter sets beside it.
//!
//! Out of scope: id-MLDSA44-Ed25519-SHA512, a composite that the suite does not have.
//! Each entry counts four: the key, the signature, the signature with context, the certificate.

use serde::Deserialize;
use vlec::hazmat::composite::{SigningKey, VerifyingKey};
use vlec::hazmat::{composite_sign, composite_verify, seeded_random};

use crate::der::certificate;
use crate::ml_dsa_api::{ML_DSA_44, ML_DSA_65, MlDsa};
use crate::support::{Base64, Suite, Verdict, ensure, external, same, secret};

/// 1.3.6.1.5.5.7.6.48, with its tag and length.
const OID: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x06\x30";

#[derive(Deserialize)]
struct File {
    m: Base64,
    ctx: Base64,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    #[serde(rename = "tcId")]
    id: String,
    pk: Base64,
    x5c: Base64,
    sk: Base64,
    sk_pkcs8: Base64,
    s: Base64,
    #[serde(rename = "sWithContext")]
    s_with_context: Base64,
}

#[test]
fn composite_keys_signatures_and_certificates_are_the_drafts() {
    let Some(text) = external("composite draft", "composite-mldsa-ed25519.json", 12) else { return };
    let mut suite = Suite::new("composite draft");
    let file: File = serde_json::from_str(&text).unwrap();
    for test in &file.tests {
        match test.id.as_str() {
            "id-MLDSA65-Ed25519-SHA512" => check_composite(&mut suite, &file, test),
            "id-ML-DSA-65" => check_pure(&mut suite, &ML_DSA_65, &file, test),
            "id-ML-DSA-44" => check_pure(&mut suite, &ML_DSA_44, &file, test),
            "id-MLDSA44-Ed25519-SHA512" => {}
            other => panic!("{other}: unknown"),
        }
    }
    suite.finish(12);
}

fn check_composite(suite: &mut Suite, file: &File, test: &Test) {
    let key = SigningKey::from_seed(&secret(&test.sk.0));
    let public = VerifyingKey::from_bytes(&test.pk.0).unwrap();
    let derived = same("public key from seed", &key.verifying_key().to_bytes()[..], &test.pk.0)
        .and(ensure(test.sk_pkcs8.0.ends_with(&test.sk.0), "PKCS #8 holds another seed"))
        .and(ensure(contains(&test.sk_pkcs8.0, OID), "PKCS #8 has another algorithm"));
    suite.vector(format!("{} key", test.id), derived);

    let ours = |context: &[u8], published: &[u8], other: &[u8]| -> Verdict {
        let verify = |context: &[u8], signature: &[u8]| {
            composite_verify(&public, context, &file.m.0, signature).is_ok()
        };
        ensure(verify(context, published), "the published signature does not verify")?;
        ensure(!verify(other, published), "the published signature verifies under another context")?;
        ensure(!verify(context, &published[1..]), "a shorter signature verifies")?;
        let signed = composite_sign(&key, context, &file.m.0, &seeded_random([7; 32]));
        let signed = signed.map_err(|error| error.to_string())?;
        ensure(verify(context, &signed), "our signature does not verify")?;
        // Ed25519 is deterministic, so its half is the published one; ML-DSA is hedged.
        same("Ed25519 half", &signed[3309..], &published[3309..])
    };
    suite.vector(format!("{} s", test.id), ours(b"", &test.s.0, &file.ctx.0));
    suite.vector(format!("{} sWithContext", test.id), ours(&file.ctx.0, &test.s_with_context.0, b""));

    let (signed, signature) = certificate(&test.x5c.0).unwrap();
    let certified = ensure(contains(signed, &test.pk.0), "another key in the certificate")
        .and(ensure(contains(signed, OID), "another algorithm in the certificate"))
        .and(composite_verify(&public, b"", signed, signature).map_err(|error| error.to_string()));
    suite.vector(format!("{} x5c", test.id), certified);
}

fn check_pure(suite: &mut Suite, scheme: &MlDsa, file: &File, test: &Test) {
    assert_eq!(test.id, format!("id-{}", scheme.name));
    let (key, public) = (scheme.keygen)(&test.sk.0).unwrap();
    let derived = ensure(public == test.pk.0, "another public key from the seed")
        .and(ensure(test.sk_pkcs8.0.ends_with(&test.sk.0), "PKCS #8 holds another seed"));
    suite.vector(format!("{} key", test.id), derived);

    let ours = |context: &[u8], published: &[u8], other: &[u8]| -> Verdict {
        let verify =
            |context: &[u8], signature: &[u8]| (scheme.verify)(&public, &file.m.0, context, signature);
        ensure(verify(context, published), "the published signature does not verify")?;
        ensure(!verify(other, published), "the published signature verifies under another context")?;
        let signed = (scheme.sign)(&key, &file.m.0, context, &[7; 32]).ok_or("not signed")?;
        ensure(verify(context, &signed), "our signature does not verify")
    };
    suite.vector(format!("{} s", test.id), ours(b"", &test.s.0, &file.ctx.0));
    suite.vector(format!("{} sWithContext", test.id), ours(&file.ctx.0, &test.s_with_context.0, b""));

    let (signed, signature) = certificate(&test.x5c.0).unwrap();
    let certified = ensure(contains(signed, &test.pk.0), "another key in the certificate")
        .and(ensure((scheme.verify)(&public, signed, b"", signature), "the certificate does not verify"));
    suite.vector(format!("{} x5c", test.id), certified);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
