//! The pair of signature keys that a log or a witness holds: Ed25519 (RFC 8032) beside
//! ML-DSA-44 (FIPS 204), the two types of C2SP signed-note and tlog-cosignature.
//!
//! ```text
//! public key = ML-DSA-44 (1312) ‖ Ed25519 (32)
//! signature  = ML-DSA-44 (2420) ‖ Ed25519 (64), both over label ‖ message,
//!              the ML-DSA context is the label
//! seed       = ML-DSA-44 seed (32) ‖ Ed25519 seed (32)
//! ```
//!
//! This module proves possession of a pair inside a roster event. The label in front of the
//! message, which ends in 0x00, cannot begin a C2SP note, and notes have an empty ML-DSA context.

use std::fmt;

use ed25519_dalek::Signer;
use libcrux_ml_dsa::ml_dsa_44::{self, MLDSA44Signature, MLDSA44SigningKey, MLDSA44VerificationKey};
use zeroize::Zeroize;

use super::CryptoError;
use super::composite::strict_ed25519_key;
use crate::label::Label;
use crate::random::Random;
use crate::secret::Secret;

/// Length of a public pair in bytes.
pub const VERIFYING_PAIR_LEN: usize = ML_DSA_KEY_LEN + 32;
/// Length of a pair of signatures in bytes.
pub const PAIR_SIGNATURE_LEN: usize = ML_DSA_SIGNATURE_LEN + 64;

const ML_DSA_KEY_LEN: usize = 1312;
const ML_DSA_SIGNATURE_LEN: usize = 2420;

/// The public pair, checked.
#[derive(Clone)]
pub struct VerifyingPair {
    ml_dsa: Box<MLDSA44VerificationKey>,
    ed25519: ed25519_dalek::VerifyingKey,
}

/// The secret pair; wiped when dropped.
pub struct SigningPair {
    ml_dsa: Box<MLDSA44SigningKey>,
    ed25519: ed25519_dalek::SigningKey,
    public: VerifyingPair,
}

impl VerifyingPair {
    /// Parses and checks the 1,344 bytes of a pair.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], as for a composite key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        const ERROR: CryptoError = CryptoError::Malformed("key pair");
        let (ml_dsa, ed25519) = bytes.split_at_checked(ML_DSA_KEY_LEN).ok_or(ERROR)?;
        let ml_dsa = MLDSA44VerificationKey::new(ml_dsa.try_into().map_err(|_| ERROR)?);
        let ed25519 = strict_ed25519_key(ed25519).ok_or(ERROR)?;
        Ok(Self { ml_dsa: Box::new(ml_dsa), ed25519 })
    }

    /// The 1,344 bytes of the pair.
    pub fn to_bytes(&self) -> [u8; VERIFYING_PAIR_LEN] {
        let mut out = [0; VERIFYING_PAIR_LEN];
        let [ml_dsa, ed25519] = self.components();
        out.iter_mut().zip(ml_dsa.iter().chain(ed25519)).for_each(|(o, b)| *o = *b);
        out
    }

    /// The two component keys, ML-DSA-44 first.
    pub fn components(&self) -> [&[u8]; 2] {
        [self.ml_dsa.as_slice(), self.ed25519.as_bytes()]
    }

    /// Verifies both signatures over `label ‖ message`.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`], whatever was wrong.
    pub fn verify(&self, label: Label, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        const ERROR: CryptoError = CryptoError::OpenFailed;
        let input = [label.bytes(), message].concat();
        let (ml_dsa, ed25519) = signature.split_at_checked(ML_DSA_SIGNATURE_LEN).ok_or(ERROR)?;
        let ml_dsa = MLDSA44Signature::new(ml_dsa.try_into().map_err(|_| ERROR)?);
        let ed25519 = ed25519_dalek::Signature::from_slice(ed25519).map_err(|_| ERROR)?;
        ml_dsa_44::verify(&self.ml_dsa, &input, label.bytes(), &ml_dsa).map_err(|_| ERROR)?;
        self.ed25519.verify_strict(&input, &ed25519).map_err(|_| ERROR)
    }
}

impl PartialEq for VerifyingPair {
    fn eq(&self, other: &Self) -> bool {
        self.components() == other.components()
    }
}

impl Eq for VerifyingPair {}

impl fmt::Debug for VerifyingPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_dsa: _, ed25519: _ } = self;
        f.write_str("VerifyingPair(…)")
    }
}

impl SigningPair {
    /// Expands a 64-byte seed.
    pub fn from_seed(seed: &Secret<64>) -> Self {
        let (mut ml_dsa_seed, mut ed25519_seed) = ([0; 32], [0; 32]);
        let targets = ml_dsa_seed.iter_mut().chain(&mut ed25519_seed);
        targets.zip(seed.expose()).for_each(|(t, s)| *t = *s);

        let mut pair = ml_dsa_44::generate_key_pair(ml_dsa_seed);
        ml_dsa_seed.zeroize();
        let mut ml_dsa = Box::new(MLDSA44SigningKey::zero());
        ml_dsa.as_mut_slice().copy_from_slice(pair.signing_key.as_slice());
        pair.signing_key.as_mut_slice().zeroize();
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(&ed25519_seed);
        ed25519_seed.zeroize();
        let public =
            VerifyingPair { ml_dsa: Box::new(pair.verification_key), ed25519: ed25519.verifying_key() };
        Self { ml_dsa, ed25519, public }
    }

    /// The public half.
    pub fn verifying_pair(&self) -> &VerifyingPair {
        &self.public
    }

    /// Signs `label ‖ message` with both keys, hedged, and verifies before returning.
    ///
    /// # Errors
    /// [`CryptoError::Random`]; [`CryptoError::FaultySignature`] if the result does not verify.
    pub fn sign(
        &self,
        label: Label,
        message: &[u8],
        random: &Random,
    ) -> Result<[u8; PAIR_SIGNATURE_LEN], CryptoError> {
        let input = [label.bytes(), message].concat();
        let hedge = random.secret::<32>()?;
        let ml_dsa = ml_dsa_44::sign(&self.ml_dsa, &input, label.bytes(), *hedge.expose())
            .map_err(|_| CryptoError::FaultySignature)?;
        let ed25519 = self.ed25519.sign(&input).to_bytes();
        let mut signature = [0; PAIR_SIGNATURE_LEN];
        signature.iter_mut().zip(ml_dsa.as_slice().iter().chain(&ed25519)).for_each(|(s, b)| *s = *b);
        self.public.verify(label, message, &signature).map_err(|_| CryptoError::FaultySignature)?;
        Ok(signature)
    }
}

impl Drop for SigningPair {
    fn drop(&mut self) {
        self.ml_dsa.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for SigningPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_dsa: _, ed25519: _, public: _ } = self;
        f.write_str("SigningPair(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label;

    #[test]
    fn s2_both_signatures_of_a_pair_must_verify() {
        let pair = |byte| SigningPair::from_seed(&Secret::new(|seed| seed.fill(byte)));
        let random = Random::system();
        let good = pair(1).sign(label::SIGN_GENESIS, b"body", &random).unwrap();
        let other = pair(2).sign(label::SIGN_GENESIS, b"body", &random).unwrap();
        let public = pair(1).public.clone();
        assert!(public.verify(label::SIGN_GENESIS, b"body", &good).is_ok());
        assert!(public.verify(label::SIGN_AUTHORITY, b"body", &good).is_err());
        for half in [0..ML_DSA_SIGNATURE_LEN, ML_DSA_SIGNATURE_LEN..PAIR_SIGNATURE_LEN] {
            let mut replaced = good;
            replaced[half.clone()].copy_from_slice(&other[half]);
            assert!(public.verify(label::SIGN_GENESIS, b"body", &replaced).is_err());
        }
        let parsed = VerifyingPair::from_bytes(&public.to_bytes()).unwrap();
        assert_eq!(parsed, public);
    }
}
