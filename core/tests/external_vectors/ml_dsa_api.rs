//! The two parameter sets of ML-DSA that the suite uses, behind one shape. A length that the
//! types of `libcrux-ml-dsa` cannot hold is a refusal.

use libcrux_ml_dsa::{ml_dsa_44, ml_dsa_65};

pub(crate) struct MlDsa {
    pub(crate) name: &'static str,
    pub(crate) keygen: Keygen,
    pub(crate) sign: Sign,
    pub(crate) verify: Verify,
}

/// Seed to secret key and public key.
type Keygen = fn(&[u8]) -> Option<(Vec<u8>, Vec<u8>)>;
/// Secret key, message, context and randomness to signature.
type Sign = fn(&[u8], &[u8], &[u8], &[u8]) -> Option<Vec<u8>>;
/// Public key, message, context, signature.
type Verify = fn(&[u8], &[u8], &[u8], &[u8]) -> bool;

macro_rules! parameter_set {
    ($name:literal, $module:ident, $signing:ident, $verifying:ident, $signature:ident) => {
        MlDsa {
            name: $name,
            keygen: |seed| {
                let pair = $module::generate_key_pair(seed.try_into().ok()?);
                Some((pair.signing_key.as_slice().to_vec(), pair.verification_key.as_slice().to_vec()))
            },
            sign: |key, message, context, randomness| {
                let key = $module::$signing::new(key.try_into().ok()?);
                let signature = $module::sign(&key, message, context, randomness.try_into().ok()?).ok()?;
                Some(signature.as_slice().to_vec())
            },
            verify: |key, message, context, signature| {
                let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
                let (key, signature) = ($module::$verifying::new(key), $module::$signature::new(signature));
                $module::verify(&key, message, context, &signature).is_ok()
            },
        }
    };
}

pub(crate) const ML_DSA_65: MlDsa =
    parameter_set!("ML-DSA-65", ml_dsa_65, MLDSA65SigningKey, MLDSA65VerificationKey, MLDSA65Signature);
pub(crate) const ML_DSA_44: MlDsa =
    parameter_set!("ML-DSA-44", ml_dsa_44, MLDSA44SigningKey, MLDSA44VerificationKey, MLDSA44Signature);
