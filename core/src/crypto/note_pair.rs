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
//! So a pair proves possession inside a roster event. C2SP notes are signed by the two keys one by
//! one, without a label: what may be signed so is settled in `roster::cosignature`. No message of
//! the one kind is one of the other: a label ends in 0x00, which no note has, no message over which
//! a note is signed begins with a label, and a note's ML-DSA context is empty.

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

/// Length of an ML-DSA-44 public key in bytes.
pub const ML_DSA_KEY_LEN: usize = 1312;
/// Length of an ML-DSA-44 signature in bytes.
pub const ML_DSA_SIGNATURE_LEN: usize = 2420;
/// Length of an Ed25519 signature in bytes.
pub const ED25519_SIGNATURE_LEN: usize = 64;

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

    /// Verifies an Ed25519 signature over `message` itself, strictly.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`], whatever was wrong.
    pub fn verify_ed25519(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let signature =
            ed25519_dalek::Signature::from_slice(signature).map_err(|_| CryptoError::OpenFailed)?;
        self.ed25519.verify_strict(message, &signature).map_err(|_| CryptoError::OpenFailed)
    }

    /// Verifies an ML-DSA-44 signature over `message` itself, with the empty context.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`], whatever was wrong.
    pub fn verify_ml_dsa(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let signature: [u8; ML_DSA_SIGNATURE_LEN] =
            signature.try_into().map_err(|_| CryptoError::OpenFailed)?;
        let signature = MLDSA44Signature::new(signature);
        ml_dsa_44::verify(&self.ml_dsa, message, &[], &signature).map_err(|_| CryptoError::OpenFailed)
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

    /// Signs `message` itself with the Ed25519 key, and verifies before returning.
    ///
    /// # Errors
    /// [`CryptoError::FaultySignature`] if the result does not verify.
    pub fn sign_ed25519(&self, message: &[u8]) -> Result<[u8; ED25519_SIGNATURE_LEN], CryptoError> {
        let signature = self.ed25519.sign(message).to_bytes();
        self.public.verify_ed25519(message, &signature).map_err(|_| CryptoError::FaultySignature)?;
        Ok(signature)
    }

    /// Signs `message` itself with the ML-DSA-44 key, hedged, with the empty context, and verifies
    /// before returning.
    ///
    /// # Errors
    /// [`CryptoError::Random`]; [`CryptoError::FaultySignature`] if the result does not verify.
    pub fn sign_ml_dsa(
        &self,
        message: &[u8],
        random: &Random,
    ) -> Result<[u8; ML_DSA_SIGNATURE_LEN], CryptoError> {
        let hedge = random.secret::<32>()?;
        let signature = ml_dsa_44::sign(&self.ml_dsa, message, &[], *hedge.expose())
            .map_err(|_| CryptoError::FaultySignature)?;
        let mut out = [0; ML_DSA_SIGNATURE_LEN];
        out.copy_from_slice(signature.as_slice());
        self.public.verify_ml_dsa(message, &out).map_err(|_| CryptoError::FaultySignature)?;
        Ok(out)
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

    #[test]
    fn s2_a_bare_signature_verifies_under_its_own_key_and_over_its_own_message_only() {
        let pair = |byte| SigningPair::from_seed(&Secret::new(|seed| seed.fill(byte)));
        let (one, other, random) = (pair(1), pair(2), Random::system());
        let (ed25519, ml_dsa) = (one.sign_ed25519(b"m").unwrap(), one.sign_ml_dsa(b"m", &random).unwrap());
        let (public, wrong) = (one.verifying_pair(), other.verifying_pair());
        assert!(public.verify_ed25519(b"m", &ed25519).is_ok());
        assert!(public.verify_ml_dsa(b"m", &ml_dsa).is_ok());
        for refused in [
            public.verify_ed25519(b"n", &ed25519),
            public.verify_ml_dsa(b"n", &ml_dsa),
            wrong.verify_ed25519(b"m", &ed25519),
            wrong.verify_ml_dsa(b"m", &ml_dsa),
            public.verify_ed25519(b"m", &ed25519[1..]),
            public.verify_ml_dsa(b"m", &ml_dsa[1..]),
            public.verify_ed25519(b"m", &ml_dsa),
            public.verify_ml_dsa(b"m", &ed25519),
        ] {
            assert_eq!(refused, Err(CryptoError::OpenFailed));
        }
    }

    #[test]
    fn s1_a_bare_ed25519_signature_is_verified_strictly() {
        let pair = SigningPair::from_seed(&Secret::new(|seed| seed.fill(1)));
        let good = pair.sign_ed25519(b"m").unwrap();
        // S + L, with L the order of the group.
        let order = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let (mut bad, mut carry) = (good, 0u16);
        for (byte, add) in bad[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + add + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        assert!(pair.verifying_pair().verify_ed25519(b"m", &bad).is_err());
    }

    #[test]
    fn k5_without_randomness_there_is_no_bare_ml_dsa_signature() {
        let pair = SigningPair::from_seed(&Secret::new(|seed| seed.fill(1)));
        let refused = pair.sign_ml_dsa(b"m", &Random::injected(|_| false));
        assert_eq!(refused, Err(CryptoError::Random(crate::random::RandomError::Failed)));
    }
}
