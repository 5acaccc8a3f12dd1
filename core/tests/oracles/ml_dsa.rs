//! ML-DSA-65 and ML-DSA-44 of `libcrux-ml-dsa` against the crate `ml-dsa`.

use libcrux_ml_dsa::{ml_dsa_44, ml_dsa_65};

use crate::dice::{CASES, Dice};

macro_rules! agreement {
    ($test:ident, $ours:ident, $signature:ident, $theirs:ident) => {
        #[test]
        fn $test() {
            let dice = Dice::new(stringify!($theirs));
            for _ in 0..CASES {
                let (seed, rnd) = (dice.bytes::<32>(), dice.bytes::<32>());
                let (message, context) = (dice.vec(dice.below(300)), dice.vec(dice.below(256)));
                let ours = $ours::generate_key_pair(seed);
                let theirs = ml_dsa::SigningKey::<ml_dsa::$theirs>::from_seed(&seed.into());
                let public = theirs.expanded_key().verifying_key();
                assert_eq!(ours.verification_key.as_slice(), &public.encode()[..]);

                // From the same randomness, the same bytes; zeros give the deterministic variant.
                let signed = $ours::sign(&ours.signing_key, &message, &context, rnd).unwrap();
                let header = [0, context.len() as u8];
                let theirs_signed =
                    theirs.expanded_key().sign_internal(&[&header, &context, &message], &rnd.into());
                assert_eq!(signed.as_slice(), &theirs_signed.encode()[..]);
                let ours_fixed = $ours::sign(&ours.signing_key, &message, &context, [0; 32]).unwrap();
                let theirs_fixed = theirs.expanded_key().sign_deterministic(&message, &context).unwrap();
                assert_eq!(ours_fixed.as_slice(), &theirs_fixed.encode()[..]);

                // Each decides on good and damaged signatures, and on other messages, as the other.
                let damaged = dice.damaged(signed.as_slice());
                let other = [&message[..], b"!"].concat();
                for (signature, message, context, good) in [
                    (signed.as_slice(), &message, &context[..], true),
                    (&damaged, &message, &context, false),
                    (signed.as_slice(), &other, &context, false),
                    (signed.as_slice(), &message, b"another", false),
                ] {
                    let ours_signature = $ours::$signature::new(signature.try_into().unwrap());
                    let verified =
                        $ours::verify(&ours.verification_key, message, context, &ours_signature).is_ok();
                    assert_eq!(verified, good);
                    let verified = ml_dsa::Signature::<ml_dsa::$theirs>::try_from(signature)
                        .is_ok_and(|signature| public.verify_with_context(message, context, &signature));
                    assert_eq!(verified, good);
                }
            }
        }
    };
}

agreement!(ml_dsa_65_agrees_with_theirs, ml_dsa_65, MLDSA65Signature, MlDsa65);
agreement!(ml_dsa_44_agrees_with_theirs, ml_dsa_44, MLDSA44Signature, MlDsa44);
