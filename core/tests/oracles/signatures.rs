//! The composite signature and the note pair, rebuilt over `ml-dsa`, Ed25519 of `ring` and `sha2`.

use ml_dsa::{MlDsa44, MlDsa65, Signature};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha512};
use vlec::hazmat::note_pair::{SigningPair, VerifyingPair};
use vlec::hazmat::{composite, composite_sign, composite_verify, label};

use crate::dice::{CASES, Dice, fixed_random, secret};

macro_rules! their_pair {
    ($name:ident, $parameters:ident, $ml_dsa_len:literal) => {
        /// Both keys from a seed of 64 bytes; both signatures over `input`, ML-DSA under `context`.
        struct $name {
            ml_dsa: ml_dsa::SigningKey<$parameters>,
            ed25519: Ed25519KeyPair,
        }

        impl $name {
            fn from_seed(seed: &[u8; 64]) -> Self {
                let (ml_dsa, ed25519) = seed.split_at(32);
                Self {
                    ml_dsa: ml_dsa::SigningKey::from_seed(&ml_dsa.try_into().unwrap()),
                    ed25519: Ed25519KeyPair::from_seed_unchecked(ed25519).unwrap(),
                }
            }

            fn public(&self) -> Vec<u8> {
                let ml_dsa = self.ml_dsa.expanded_key().verifying_key().encode();
                [&ml_dsa[..], self.ed25519.public_key().as_ref()].concat()
            }

            fn sign(&self, context: &[u8], input: &[u8], rnd: [u8; 32]) -> Vec<u8> {
                let header = [0, u8::try_from(context.len()).unwrap()];
                let ml_dsa =
                    self.ml_dsa.expanded_key().sign_internal(&[&header, context, input], &rnd.into());
                [&ml_dsa.encode()[..], self.ed25519.sign(input).as_ref()].concat()
            }

            fn verify(&self, context: &[u8], input: &[u8], signature: &[u8]) -> bool {
                let (ml_dsa, ed25519) = signature.split_at($ml_dsa_len);
                let public = self.ml_dsa.expanded_key().verifying_key();
                let key = UnparsedPublicKey::new(&ED25519, self.ed25519.public_key());
                Signature::<$parameters>::try_from(ml_dsa)
                    .is_ok_and(|ml_dsa| public.verify_with_context(input, context, &ml_dsa))
                    && key.verify(input, ed25519).is_ok()
            }
        }
    };
}

their_pair!(Pair65, MlDsa65, 3309);
their_pair!(Pair44, MlDsa44, 2420);

/// `M'` of draft-ietf-lamps-pq-composite-sigs.
fn composite_input(context: &[u8], message: &[u8]) -> Vec<u8> {
    let mut input = b"CompositeAlgorithmSignatures2025COMPSIG-MLDSA65-Ed25519-SHA512".to_vec();
    input.push(u8::try_from(context.len()).unwrap());
    input.extend_from_slice(context);
    input.extend_from_slice(&Sha512::digest(message));
    input
}

/// One bit flipped in the ML-DSA half, and one in the Ed25519 half.
fn damaged_halves(dice: &Dice, signature: &[u8], ml_dsa_len: usize) -> [Vec<u8>; 2] {
    let (ml_dsa, ed25519) = signature.split_at(ml_dsa_len);
    [[&dice.damaged(ml_dsa), ed25519].concat(), [ml_dsa, &dice.damaged(ed25519)].concat()]
}

#[test]
fn composite_signatures_of_each_verify_with_the_other() {
    let dice = Dice::new("composite");
    for _ in 0..CASES {
        let (seed, rnd) = (dice.bytes::<64>(), dice.bytes::<32>());
        let (message, context) = (dice.vec(dice.below(300)), dice.vec(dice.below(256)));
        let ours = composite::SigningKey::from_seed(&secret(&seed));
        let theirs = Pair65::from_seed(&seed);
        let public = composite::VerifyingKey::from_bytes(&theirs.public()).unwrap();
        assert_eq!(&public, ours.verifying_key());

        let algorithm = b"COMPSIG-MLDSA65-Ed25519-SHA512";
        let input = composite_input(&context, &message);
        let signed = composite_sign(&ours, &context, &message, &fixed_random(rnd)).unwrap();
        assert!(theirs.verify(algorithm, &input, &signed));
        let their_signed = theirs.sign(algorithm, &input, rnd);
        assert!(composite_verify(&public, &context, &message, &their_signed).is_ok());
        assert_eq!(signed[..], their_signed);

        for damaged in damaged_halves(&dice, &signed, 3309) {
            assert!(!theirs.verify(algorithm, &input, &damaged));
            assert!(composite_verify(&public, &context, &message, &damaged).is_err());
        }
    }
}

#[test]
fn note_pair_signatures_of_each_verify_with_the_other() {
    let dice = Dice::new("note pair");
    for case in 0..CASES {
        let (seed, rnd) = (dice.bytes::<64>(), dice.bytes::<32>());
        let message = dice.vec(dice.below(300));
        let (_, label) = label::ALL[case % label::ALL.len()];
        let ours = SigningPair::from_seed(&secret(&seed));
        let theirs = Pair44::from_seed(&seed);
        let public = VerifyingPair::from_bytes(&theirs.public()).unwrap();
        assert_eq!(&public, ours.verifying_pair());

        let input = [label.bytes(), &message].concat();
        let signed = ours.sign(label, &message, &fixed_random(rnd)).unwrap();
        assert!(theirs.verify(label.bytes(), &input, &signed));
        let their_signed = theirs.sign(label.bytes(), &input, rnd);
        assert!(public.verify(label, &message, &their_signed).is_ok());
        assert_eq!(signed[..], their_signed);

        for damaged in damaged_halves(&dice, &signed, 2420) {
            assert!(!theirs.verify(label.bytes(), &input, &damaged));
            assert!(public.verify(label, &message, &damaged).is_err());
        }
    }
}
