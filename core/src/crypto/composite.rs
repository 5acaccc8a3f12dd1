//! Composite signature id-MLDSA65-Ed25519-SHA512 (OID 1.3.6.1.5.5.7.6.48),
//! draft-ietf-lamps-pq-composite-sigs-19.
//!
//! ```text
//! M'         = "CompositeAlgorithmSignatures2025" ‖ "COMPSIG-MLDSA65-Ed25519-SHA512"
//!              ‖ len(ctx) u8 ‖ ctx ‖ SHA-512(M)
//! signature  = ML-DSA-65.Sign(M', mldsa_ctx = "COMPSIG-MLDSA65-Ed25519-SHA512") (3309)
//!              ‖ Ed25519.Sign(M') (64)
//! public key = ML-DSA-65 (1952) ‖ Ed25519 (32)
//! seed       = ML-DSA-65 seed (32) ‖ Ed25519 seed (32)
//! ```
//!
//! Added to the draft: Ed25519 is verified strictly (`verify_strict`), weak Ed25519 keys are
//! refused at parse, and a signature is verified before it is released (`[SIG-01]`…`[SIG-03]`).

use std::fmt;

use ed25519_dalek::Signer;
use libcrux_ml_dsa::ml_dsa_65::{self, MLDSA65Signature, MLDSA65SigningKey, MLDSA65VerificationKey};
use zeroize::Zeroize;

use super::CryptoError;
use super::digest::sha512;
use crate::label::Label;
use crate::random::Random;
use crate::secret::Secret;

/// Length of a public key in bytes.
pub const VERIFYING_KEY_LEN: usize = ML_DSA_KEY_LEN + 32;
/// Length of a signature in bytes.
pub const SIGNATURE_LEN: usize = ML_DSA_SIGNATURE_LEN + 64;

const ML_DSA_KEY_LEN: usize = 1952;
const ML_DSA_SIGNATURE_LEN: usize = 3309;
const PREFIX: &[u8; 32] = b"CompositeAlgorithmSignatures2025";
const LABEL: &[u8; 30] = b"COMPSIG-MLDSA65-Ed25519-SHA512";

/// A composite public key whose halves have been checked.
#[derive(Clone)]
pub struct VerifyingKey {
    ml_dsa: Box<MLDSA65VerificationKey>,
    ed25519: ed25519_dalek::VerifyingKey,
}

/// A composite secret key, ML-DSA expanded; wiped when dropped.
pub struct SigningKey {
    ml_dsa: Box<MLDSA65SigningKey>,
    ed25519: ed25519_dalek::SigningKey,
    public: VerifyingKey,
}

impl VerifyingKey {
    /// Parses and checks the 1,984 bytes of a key.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`]: wrong length, not an Ed25519 point, or one of small order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        const ERROR: CryptoError = CryptoError::Malformed("composite public key");
        let (ml_dsa, ed25519) = bytes.split_at_checked(ML_DSA_KEY_LEN).ok_or(ERROR)?;
        let ml_dsa = MLDSA65VerificationKey::new(ml_dsa.try_into().map_err(|_| ERROR)?);
        let ed25519 = strict_ed25519_key(ed25519).ok_or(ERROR)?;
        Ok(Self { ml_dsa: Box::new(ml_dsa), ed25519 })
    }

    /// The 1,984 bytes of the key.
    pub fn to_bytes(&self) -> [u8; VERIFYING_KEY_LEN] {
        let mut out = [0; VERIFYING_KEY_LEN];
        let [ml_dsa, ed25519] = self.components();
        out.iter_mut().zip(ml_dsa.iter().chain(ed25519)).for_each(|(o, b)| *o = *b);
        out
    }

    /// The two component keys, ML-DSA-65 first.
    pub fn components(&self) -> [&[u8]; 2] {
        [self.ml_dsa.as_slice(), self.ed25519.as_bytes()]
    }

    /// `Composite-ML-DSA.Verify(pk, message, signature, context)`: both halves must verify.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`], whatever was wrong.
    pub fn verify(&self, context: Label, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.verify_with(context.bytes(), message, signature)
    }

    /// As [`VerifyingKey::verify`], with any context of at most 255 bytes.
    pub(crate) fn verify_with(
        &self,
        context: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.verify_prehash(context, &sha512(&[message]), signature)
    }

    /// As [`VerifyingKey::verify_with`], for the message of this SHA-512.
    pub(crate) fn verify_prehash(
        &self,
        context: &[u8],
        prehash: &[u8; 64],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        const ERROR: CryptoError = CryptoError::OpenFailed;
        let representative = representative(context, prehash)?;
        let (ml_dsa, ed25519) = signature.split_at_checked(ML_DSA_SIGNATURE_LEN).ok_or(ERROR)?;
        let ml_dsa = MLDSA65Signature::new(ml_dsa.try_into().map_err(|_| ERROR)?);
        let ed25519 = ed25519_dalek::Signature::from_slice(ed25519).map_err(|_| ERROR)?;
        ml_dsa_65::verify(&self.ml_dsa, &representative, LABEL, &ml_dsa).map_err(|_| ERROR)?;
        self.ed25519.verify_strict(&representative, &ed25519).map_err(|_| ERROR)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.components() == other.components()
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_dsa: _, ed25519: _ } = self;
        f.write_str("VerifyingKey(…)")
    }
}

impl SigningKey {
    /// Expands a 64-byte seed, `DeserializePrivateKey` and `ML-DSA.KeyGen_internal`.
    pub fn from_seed(seed: &Secret<64>) -> Self {
        let (mut ml_dsa_seed, mut ed25519_seed) = ([0; 32], [0; 32]);
        let targets = ml_dsa_seed.iter_mut().chain(&mut ed25519_seed);
        targets.zip(seed.expose()).for_each(|(t, s)| *t = *s);

        let mut ml_dsa = Box::new(MLDSA65SigningKey::zero());
        let mut ml_dsa_public = Box::new(MLDSA65VerificationKey::zero());
        ml_dsa_65_generate(ml_dsa_seed, &mut ml_dsa, &mut ml_dsa_public);
        ml_dsa_seed.zeroize();
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(&ed25519_seed);
        ed25519_seed.zeroize();
        let public = VerifyingKey { ml_dsa: ml_dsa_public, ed25519: ed25519.verifying_key() };
        Self { ml_dsa, ed25519, public }
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// `Composite-ML-DSA.Sign(sk, message, context)`, hedged, and verified before it is returned.
    ///
    /// # Errors
    /// [`CryptoError::Random`]; [`CryptoError::FaultySignature`] if the result does not verify.
    pub fn sign(
        &self,
        context: Label,
        message: &[u8],
        random: &Random,
    ) -> Result<[u8; SIGNATURE_LEN], CryptoError> {
        self.sign_with(context.bytes(), message, random)
    }

    /// As [`SigningKey::sign`], with any context of at most 255 bytes.
    pub(crate) fn sign_with(
        &self,
        context: &[u8],
        message: &[u8],
        random: &Random,
    ) -> Result<[u8; SIGNATURE_LEN], CryptoError> {
        let representative = representative(context, &sha512(&[message]))?;
        let hedge = random.secret::<32>()?;
        let ml_dsa = ml_dsa_65::sign(&self.ml_dsa, &representative, LABEL, *hedge.expose())
            .map_err(|_| CryptoError::FaultySignature)?;
        let ed25519 = self.ed25519.sign(&representative).to_bytes();

        let mut signature = [0; SIGNATURE_LEN];
        signature.iter_mut().zip(ml_dsa.as_slice().iter().chain(&ed25519)).for_each(|(s, b)| *s = *b);
        #[cfg(test)]
        faults::apply(&mut signature);
        self.public.verify_with(context, message, &signature).map_err(|_| CryptoError::FaultySignature)?;
        Ok(signature)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.ml_dsa.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_dsa: _, ed25519: _, public: _ } = self;
        f.write_str("SigningKey(…)")
    }
}

/// An Ed25519 public key that is a point and not of small order.
pub(super) fn strict_ed25519_key(bytes: &[u8]) -> Option<ed25519_dalek::VerifyingKey> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
    // An encoding that decompresses but is not reduced would give one point two names.
    let canonical = key.to_edwards().compress().to_bytes() == *key.as_bytes();
    (canonical && !key.is_weak()).then_some(key)
}

/// `M'`, §2.2 of the draft.
fn representative(context: &[u8], prehash: &[u8; 64]) -> Result<Vec<u8>, CryptoError> {
    let length = u8::try_from(context.len()).map_err(|_| CryptoError::TooLong("signature context"))?;
    Ok([&PREFIX[..], LABEL, &[length], context, prehash].concat())
}

/// Generates, and moves the secret key to where it will live; the copy on the stack is wiped.
fn ml_dsa_65_generate(
    seed: [u8; 32],
    signing: &mut MLDSA65SigningKey,
    verifying: &mut MLDSA65VerificationKey,
) {
    let mut pair = ml_dsa_65::generate_key_pair(seed);
    signing.as_mut_slice().copy_from_slice(pair.signing_key.as_slice());
    verifying.as_mut_slice().copy_from_slice(pair.verification_key.as_slice());
    pair.signing_key.as_mut_slice().zeroize();
}

/// Flips a bit of a signature between its making and its check, as a failing machine would.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;

    thread_local!(static FLIP: Cell<Option<usize>> = const { Cell::new(None) });

    pub(crate) fn flip_byte(at: Option<usize>) {
        FLIP.set(at);
    }

    pub(super) fn apply(signature: &mut [u8]) {
        if let Some(at) = FLIP.get() {
            signature[at] ^= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::new(|seed| seed.fill(byte)))
    }

    #[test]
    fn s2_both_halves_must_verify() {
        let (random, context) = (Random::system(), label::SIGN_MANIFEST);
        let good = key(1).sign(context, b"message", &random).unwrap();
        let public = key(1).public.clone();
        assert!(public.verify(context, b"message", &good).is_ok());

        let other = key(2).sign(context, b"message", &random).unwrap();
        let mut ml_dsa_replaced = good;
        ml_dsa_replaced[..ML_DSA_SIGNATURE_LEN].copy_from_slice(&other[..ML_DSA_SIGNATURE_LEN]);
        let mut ed25519_replaced = good;
        ed25519_replaced[ML_DSA_SIGNATURE_LEN..].copy_from_slice(&other[ML_DSA_SIGNATURE_LEN..]);
        for bad in [&ml_dsa_replaced[..], &ed25519_replaced, &good[..ML_DSA_SIGNATURE_LEN], &good[1..], &[]] {
            assert!(public.verify(context, b"message", bad).is_err());
        }
    }

    #[test]
    fn s2_every_changed_byte_fails() {
        let good = key(1).sign(label::SIGN_MANIFEST, b"message", &Random::system()).unwrap();
        let public = key(1).public.clone();
        for i in 0..good.len() {
            let mut bad = good;
            bad[i] ^= 1;
            assert!(public.verify(label::SIGN_MANIFEST, b"message", &bad).is_err(), "{i}");
        }
    }

    #[test]
    fn s3_another_context_fails() {
        let good = key(1).sign(label::SIGN_MANIFEST, b"message", &Random::system()).unwrap();
        assert!(key(1).public.verify(label::SIGN_EPOCH, b"message", &good).is_err());
    }

    #[test]
    fn s4_a_faulty_signature_never_leaves() {
        for at in [0, ML_DSA_SIGNATURE_LEN - 1, ML_DSA_SIGNATURE_LEN, SIGNATURE_LEN - 1] {
            faults::flip_byte(Some(at));
            let signed = key(1).sign(label::SIGN_MANIFEST, b"message", &Random::system());
            faults::flip_byte(None);
            assert_eq!(signed.unwrap_err(), CryptoError::FaultySignature, "{at}");
        }
    }

    #[test]
    fn s1_weak_and_uncanonical_ed25519_keys_are_refused_at_parse() {
        let good = key(1).public.to_bytes();
        let with = |ed25519: [u8; 32]| {
            let mut bytes = good;
            bytes[ML_DSA_KEY_LEN..].copy_from_slice(&ed25519);
            VerifyingKey::from_bytes(&bytes)
        };
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut uncanonical_identity = [0xff; 32];
        uncanonical_identity[0] = 0xee;
        uncanonical_identity[31] = 0x7f;
        let mut uncanonical = [0xff; 32];
        uncanonical[0] = 0xf0; // y = p + 3, a point not of small order
        uncanonical[31] = 0x7f;
        for bad in [identity, [0; 32], uncanonical_identity, uncanonical] {
            assert!(with(bad).is_err(), "{bad:?}");
        }
        assert!(VerifyingKey::from_bytes(&good[1..]).is_err());
        assert!(VerifyingKey::from_bytes(&good).is_ok());
    }

    #[test]
    fn k5_no_randomness_no_signature() {
        let signed = key(1).sign(label::SIGN_MANIFEST, b"m", &Random::injected(|_| false));
        assert!(matches!(signed, Err(CryptoError::Random(_))));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", key(1)), "SigningKey(…)");
    }
}
