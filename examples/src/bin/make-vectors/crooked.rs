//! Ed25519 signatures that hold for a verifier with the cofactor, and not by the rules (`[SIG-01]`).
//!
//! ```text
//! sB = R + kA,  k = SHA-512(R ‖ A ‖ message) mod L      T: a point of order 8
//!
//! R = rB + T            both sides differ by T, which eight times is nothing
//! R = the neutral one   r = 0: the equation holds, and R is of small order
//! A = aB + T            both sides differ by kT: by nothing where 8 divides k
//! ```

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::Identity;
use vlec::hazmat::digest::sha512;

use crate::Result;

/// A point of order 8.
const ORDER_8: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
    0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

/// What is wrong with a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crook {
    /// R has a component of small order.
    MixedR,
    /// R is of small order.
    SmallR,
    /// The public key has a component of small order, and the signature holds with the cofactor alone.
    MixedKey,
    /// The public key has one, and the signature holds all the same.
    MixedKeyHolds,
}

/// The public key to verify under, and the signature. `seed` is an RFC 8032 secret key.
pub(crate) fn sign(crook: Crook, seed: &[u8], message: &[u8]) -> Result<([u8; 32], [u8; 64])> {
    let small = CompressedEdwardsY(ORDER_8).decompress().ok_or("no point")?;
    let [secret, _] = halves(sha512(&[seed]));
    let a = Scalar::from_bytes_mod_order(clamp_integer(secret));
    let mixed_key = matches!(crook, Crook::MixedKey | Crook::MixedKeyHolds);
    let public = EdwardsPoint::mul_base(&a) + if mixed_key { small } else { EdwardsPoint::identity() };
    let public = public.compress().to_bytes();
    for attempt in 0u32..4096 {
        let r = match crook {
            Crook::SmallR => Scalar::ZERO,
            _ => Scalar::from_bytes_mod_order_wide(&sha512(&[seed, message, &attempt.to_be_bytes()])),
        };
        let point = EdwardsPoint::mul_base(&r);
        let point = if crook == Crook::MixedR { point + small } else { point };
        let point = point.compress().to_bytes();
        let digest = sha512(&[&point, &public, message]);
        let k = Scalar::from_bytes_mod_order_wide(&digest);
        // Reduced or not, k says the same of T.
        let [reduced, whole] = [k.to_bytes()[0] & 7, digest[0] & 7];
        let fits = match crook {
            Crook::MixedKey => reduced != 0 && whole != 0,
            Crook::MixedKeyHolds => reduced == 0 && whole == 0,
            Crook::MixedR | Crook::SmallR => true,
        };
        if fits {
            let s = r + k * a;
            let mut signature = [0; 64];
            signature.iter_mut().zip(point.iter().chain(&s.to_bytes())).for_each(|(out, byte)| *out = *byte);
            return Ok((public, signature));
        }
    }
    Err("no r gives such a k".into())
}

fn halves(bytes: [u8; 64]) -> [[u8; 32]; 2] {
    let mut halves = [[0; 32]; 2];
    halves.iter_mut().flatten().zip(bytes).for_each(|(out, byte)| *out = byte);
    halves
}
