//! The texts of a log: notes, policies, proofs of inclusion.

use std::sync::OnceLock;

use super::world;
use crate::roster::{Checkpoint, CheckpointError, InclusionProof, Policy, SignedCheckpoint};
use crate::time::Timestamp;

/// A note, a policy or a proof: what is read is written to the same bytes. The keys are the world's.
pub fn checkpoint(data: &[u8]) {
    if let Ok(signed) = SignedCheckpoint::decode(data) {
        assert_eq!(signed.encode().as_bytes(), data);
        judge(&signed);
    }
    if let Ok(proof) = InclusionProof::decode(data) {
        assert_eq!(proof.encode().as_bytes(), data);
        for authority in world().countries.values() {
            let log = authority.log.public();
            let held = proof.verify(&[6], &authority.anchor, log, two_of_three(), Timestamp::MAX);
            assert!(held.is_err() || proof.checkpoint().verify_log(log).is_ok());
        }
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(policy) = Policy::parse(text) {
        assert_eq!(policy.text(), text);
        assert!(policy.witnesses().count() > 0);
        // Nobody is no quorum.
        let time = uncosigned().time(&policy, Timestamp::MAX);
        assert_eq!(time, Err(CheckpointError::NoQuorum));
    }
}

/// Whoever has signed, a time that counts is one that may count.
fn judge(signed: &SignedCheckpoint) {
    let now = world().now;
    for latest in [now, Timestamp::MAX] {
        if let Ok(time) = signed.time(two_of_three(), latest) {
            assert!((1..=latest.unix()).contains(&time.unix()));
        }
    }
    for authority in world().countries.values() {
        let log = signed.verify_log(authority.log.public());
        assert!(log.is_err() || signed.checkpoint().anchor() == &authority.anchor);
    }
}

/// A checkpoint that no witness has cosigned.
fn uncosigned() -> &'static SignedCheckpoint {
    static SIGNED: OnceLock<SignedCheckpoint> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let ge = world().countries.values().find(|a| a.anchor.country().as_str() == "GE").expect("GE");
        let text = Checkpoint::new(ge.anchor, 5, [1; 32]).expect("the size is small");
        SignedCheckpoint::sign(text, &ge.log, world().now, &world().random).expect("it is signed")
    })
}

/// Of the log of GE.
fn two_of_three() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let others =
            world().countries.values().filter(|authority| authority.anchor.country().as_str() != "GE");
        let keys: Vec<_> = others.map(|other| (other.anchor, other.witness.public().clone())).collect();
        Policy::new(&keys, 2).expect("the policy is made")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_world_hold() {
        let mut signed = uncosigned().clone();
        for other in world().countries.values() {
            signed.cosign(&other.anchor, &other.witness, world().now, &world().random).unwrap();
        }
        assert!(signed.time(two_of_three(), world().now).is_ok());
        checkpoint(signed.encode().as_bytes());
        checkpoint(InclusionProof::new(3, vec![[2; 32]; 3], signed).unwrap().encode().as_bytes());
        checkpoint(two_of_three().text().as_bytes());
    }
}
