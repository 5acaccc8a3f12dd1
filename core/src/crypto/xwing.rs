//! X-Wing: ML-KEM-768 and X25519 under one SHA3-256 combiner.
//!
//! draft-connolly-cfrg-xwing-kem-10, §5. Added to it: a non-contributory X25519 result is an
//! error in both directions (`[XW-02]`), and an encapsulation key passes the modulus check of
//! FIPS 203 §7.2 and is not a low-order point before it exists as a type (`[XW-01]`).
//!
//! ```text
//! encapsulation key = ML-KEM-768 key (1184) ‖ X25519 key (32)           1216 bytes
//! ciphertext        = ML-KEM-768 ciphertext (1088) ‖ X25519 key (32)    1120 bytes
//! decapsulation key = seed (32); expanded once and kept expanded
//! ```

use std::fmt;

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroize;

use super::CryptoError;
use crate::random::Random;
use crate::secret::Secret;

/// Length of an encapsulation key in bytes.
pub const ENCAPSULATION_KEY_LEN: usize = 1216;
/// Length of a ciphertext in bytes.
pub const CIPHERTEXT_LEN: usize = 1120;

const ML_KEM_KEY_LEN: usize = 1184;
const ML_KEM_CIPHERTEXT_LEN: usize = 1088;
/// `\.//^\`, §5.3.
const XWING_LABEL: &[u8; 6] = b"\\.//^\\";

/// A public X-Wing key whose halves have been checked.
#[derive(Clone)]
pub struct EncapsulationKey {
    ml_kem: Box<MlKem768PublicKey>,
    x25519: PublicKey,
}

/// A secret X-Wing key, expanded; wiped when dropped.
pub struct DecapsulationKey {
    ml_kem: Box<MlKem768PrivateKey>,
    x25519: StaticSecret,
    public: EncapsulationKey,
}

impl EncapsulationKey {
    /// Parses and checks the 1,216 bytes of a key.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`]: wrong length, an ML-KEM coefficient not reduced modulo
    /// q (FIPS 203 §7.2), an X25519 coordinate not reduced modulo p, or a point of low order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        const ERROR: CryptoError = CryptoError::Malformed("X-Wing encapsulation key");
        let (ml_kem, x25519) = bytes.split_at_checked(ML_KEM_KEY_LEN).ok_or(ERROR)?;
        let ml_kem = Box::new(MlKem768PublicKey::try_from(ml_kem).map_err(|_| ERROR)?);
        let x25519 = PublicKey::from(<[u8; 32]>::try_from(x25519).map_err(|_| ERROR)?);
        if !mlkem768::validate_public_key(&ml_kem) || !is_reduced(&x25519) || is_low_order(&x25519) {
            return Err(ERROR);
        }
        Ok(Self { ml_kem, x25519 })
    }

    /// The 1,216 bytes of the key.
    pub fn to_bytes(&self) -> [u8; ENCAPSULATION_KEY_LEN] {
        let mut out = [0; ENCAPSULATION_KEY_LEN];
        let (ml_kem, x25519) = out.split_at_mut(ML_KEM_KEY_LEN);
        ml_kem.copy_from_slice(self.ml_kem.as_slice());
        x25519.copy_from_slice(self.x25519.as_bytes());
        out
    }

    /// `Encapsulate(pk)`, §5.4: a shared secret and its ciphertext.
    ///
    /// # Errors
    /// [`CryptoError::Random`], or [`CryptoError::Malformed`] for a non-contributory result.
    pub fn encapsulate(&self, random: &Random) -> Result<(Secret<32>, [u8; CIPHERTEXT_LEN]), CryptoError> {
        self.encapsulate_derand(&random.secret()?)
    }

    /// `EncapsulateDerand(pk, eseed)`, §5.4.1. The seed must be random and used once.
    pub(crate) fn encapsulate_derand(
        &self,
        eseed: &Secret<64>,
    ) -> Result<(Secret<32>, [u8; CIPHERTEXT_LEN]), CryptoError> {
        let (mut m, mut ephemeral) = halves(eseed.expose());
        let secret = StaticSecret::from(ephemeral);
        ephemeral.zeroize();
        let ct_x = PublicKey::from(&secret);
        let ss_x = secret.diffie_hellman(&self.x25519);
        if !ss_x.was_contributory() {
            m.zeroize();
            return Err(CryptoError::Malformed("X25519 public key"));
        }
        let (ct_m, mut ss_m) = mlkem768::encapsulate(&self.ml_kem, m);
        m.zeroize();
        let shared = combine(&ss_m, ss_x.as_bytes(), ct_x.as_bytes(), self.x25519.as_bytes());
        ss_m.zeroize();

        let mut ciphertext = [0; CIPHERTEXT_LEN];
        let (head, tail) = ciphertext.split_at_mut(ML_KEM_CIPHERTEXT_LEN);
        head.copy_from_slice(ct_m.as_slice());
        tail.copy_from_slice(ct_x.as_bytes());
        Ok((shared, ciphertext))
    }
}

impl fmt::Debug for EncapsulationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_kem: _, x25519: _ } = self;
        f.write_str("EncapsulationKey(…)")
    }
}

impl DecapsulationKey {
    /// `expandDecapsulationKey(seed)`, §5.2: SHAKE-256 to the ML-KEM seeds d and z and the
    /// X25519 scalar. ML-KEM's own key check holds by construction, as the key is generated here.
    pub fn from_seed(seed: &Secret<32>) -> Self {
        let mut expanded = libcrux_sha3::shake256::<96>(seed.expose());
        let (mut d_z, mut scalar) = ([0; 64], [0; 32]);
        d_z.iter_mut().chain(&mut scalar).zip(&expanded).for_each(|(o, e)| *o = *e);
        expanded.zeroize();

        let (mut private, public) = mlkem768::generate_key_pair(d_z).into_parts();
        d_z.zeroize();
        let ml_kem = Box::new(MlKem768PrivateKey::from(private.as_slice()));
        wipe_ml_kem(&mut private);

        let x25519 = StaticSecret::from(scalar);
        scalar.zeroize();
        let public = EncapsulationKey { ml_kem: Box::new(public), x25519: PublicKey::from(&x25519) };
        Self { ml_kem, x25519, public }
    }

    /// The public half.
    pub fn encapsulation_key(&self) -> &EncapsulationKey {
        &self.public
    }

    /// `Decapsulate(ct, sk)`, §5.5. A changed ML-KEM half gives another secret, without an
    /// error (implicit rejection); the caller's key commitment finds it.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`] for a wrong length or a non-contributory X25519 half.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret<32>, CryptoError> {
        #[cfg(test)]
        decapsulations::count();
        let (ct_m, ct_x) =
            ciphertext.split_at_checked(ML_KEM_CIPHERTEXT_LEN).ok_or(CryptoError::OpenFailed)?;
        let ct_m = MlKem768Ciphertext::try_from(ct_m).map_err(|_| CryptoError::OpenFailed)?;
        let ct_x = PublicKey::from(<[u8; 32]>::try_from(ct_x).map_err(|_| CryptoError::OpenFailed)?);
        let ss_x = self.x25519.diffie_hellman(&ct_x);
        if !ss_x.was_contributory() {
            return Err(CryptoError::OpenFailed);
        }
        let mut ss_m = mlkem768::decapsulate(&self.ml_kem, &ct_m);
        let shared = combine(&ss_m, ss_x.as_bytes(), ct_x.as_bytes(), self.public.x25519.as_bytes());
        ss_m.zeroize();
        Ok(shared)
    }
}

impl Drop for DecapsulationKey {
    fn drop(&mut self) {
        wipe_ml_kem(&mut self.ml_kem);
    }
}

impl fmt::Debug for DecapsulationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ml_kem: _, x25519: _, public: _ } = self;
        f.write_str("DecapsulationKey(…)")
    }
}

/// `Combiner`, §5.3: `SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ XWingLabel)`.
fn combine(ss_m: &[u8; 32], ss_x: &[u8; 32], ct_x: &[u8; 32], pk_x: &[u8; 32]) -> Secret<32> {
    let input = Secret::<134>::new(|input| {
        let parts = ss_m.iter().chain(ss_x).chain(ct_x).chain(pk_x).chain(XWING_LABEL);
        input.iter_mut().zip(parts).for_each(|(i, p)| *i = *p);
    });
    Secret::new(|out| libcrux_sha3::sha256_ema(out, input.expose()))
}

/// A coordinate below p = 2^255 − 19: X25519 would take the others too, and one point would have
/// several keys.
fn is_reduced(point: &PublicKey) -> bool {
    let [low, middle @ .., high] = point.as_bytes();
    *high < 0x7f || (*high == 0x7f && (middle.iter().any(|byte| *byte != 0xff) || *low < 0xed))
}

/// Every reduced coordinate of a point of low order, of the curve and of its twist
/// (Bernstein, <https://cr.yp.to/ecdh.html#validate>): 0, 1, two of order 8, and p − 1.
#[rustfmt::skip]
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    *b"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
    *b"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

/// Of a reduced coordinate: without a scalar multiplication, which takes longer than all other
/// checks of a key together.
fn is_low_order(point: &PublicKey) -> bool {
    LOW_ORDER.contains(point.as_bytes())
}

fn halves(seed: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (mut a, mut b) = ([0; 32], [0; 32]);
    a.iter_mut().chain(&mut b).zip(seed).for_each(|(o, s)| *o = *s);
    (a, b)
}

fn wipe_ml_kem(key: &mut MlKem768PrivateKey) {
    let all = 0..MlKem768PrivateKey::len();
    std::ops::IndexMut::index_mut(key, all).zeroize();
}

/// Counts decapsulations of this thread, for tests of the work an attacker can cause.
#[cfg(test)]
pub(crate) mod decapsulations {
    use std::cell::Cell;

    thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });

    pub(super) fn count() {
        COUNT.set(COUNT.get() + 1);
    }

    pub(crate) fn so_far() -> usize {
        COUNT.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> DecapsulationKey {
        DecapsulationKey::from_seed(&Secret::new(|seed| seed.fill(byte)))
    }

    #[test]
    fn both_sides_agree() {
        let (secret, ciphertext) = key(1).public.encapsulate(&Random::system()).unwrap();
        assert_eq!(key(1).decapsulate(&ciphertext).unwrap().expose(), secret.expose());
        assert_ne!(key(2).decapsulate(&ciphertext).unwrap().expose(), secret.expose());
    }

    /// The seven values of x that give zero, and two not reduced modulo p.
    fn low_order_points() -> Vec<[u8; 32]> {
        let p = |low: u8| {
            let mut bytes = [0xff; 32];
            bytes[0] = low;
            bytes[31] = 0x7f;
            bytes
        };
        let mut one = [0; 32];
        one[0] = 1;
        let order8 = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let mut points = vec![[0; 32], one, p(0xec), p(0xed), p(0xee)];
        points.extend(order8.map(|hex| *hex.parse::<crate::ids::KeyId>().unwrap().as_bytes()));
        points
    }

    /// A point is of low order exactly if every clamped scalar sends it to zero.
    #[test]
    fn k1_the_listed_points_and_no_others_are_sent_to_zero() {
        let is_zero = |point: [u8; 32]| {
            !StaticSecret::from([0x42; 32]).diffie_hellman(&PublicKey::from(point)).was_contributory()
        };
        assert!(LOW_ORDER.into_iter().all(is_zero));
        for point in LOW_ORDER.iter().copied().chain((0..=255).map(|byte| [byte; 32])) {
            for (at, change) in [(0, 1), (0, 2), (15, 0x10), (31, 0x40)] {
                let mut other = point;
                other[at] ^= change;
                let reduced = is_reduced(&PublicKey::from(other));
                assert_eq!(LOW_ORDER.contains(&other), reduced && is_zero(other), "{other:?}");
            }
        }
    }

    #[test]
    fn k1_low_order_points_are_rejected_at_parse_encapsulate_and_decapsulate() {
        let (_, good_ciphertext) = key(1).public.encapsulate(&Random::system()).unwrap();
        for point in low_order_points() {
            let mut public = key(1).public.to_bytes();
            public[ML_KEM_KEY_LEN..].copy_from_slice(&point);
            assert!(EncapsulationKey::from_bytes(&public).is_err(), "{point:?}");

            let mut unchecked = key(1).public.clone();
            unchecked.x25519 = PublicKey::from(point);
            assert!(unchecked.encapsulate(&Random::system()).is_err(), "{point:?}");

            let mut ciphertext = good_ciphertext;
            ciphertext[ML_KEM_CIPHERTEXT_LEN..].copy_from_slice(&point);
            assert_eq!(key(1).decapsulate(&ciphertext).unwrap_err(), CryptoError::OpenFailed);
        }
    }

    #[test]
    fn k2_an_x25519_half_of_another_encoding_is_rejected() {
        let good = key(1).public.to_bytes();
        let with = |x25519: [u8; 32]| {
            let mut bytes = good;
            bytes[ML_KEM_KEY_LEN..].copy_from_slice(&x25519);
            EncapsulationKey::from_bytes(&bytes)
        };
        let mut high_bit: [u8; 32] = good[ML_KEM_KEY_LEN..].try_into().unwrap();
        assert!(with(high_bit).is_ok());
        high_bit[31] |= 0x80;
        assert!(with(high_bit).is_err());
        // u = 9, the base point, and u + p.
        let mut nine = [0; 32];
        nine[0] = 9;
        let mut nine_and_p = [0xff; 32];
        (nine_and_p[0], nine_and_p[31]) = (0xed + 9, 0x7f);
        assert!(with(nine).is_ok());
        assert!(with(nine_and_p).is_err());
    }

    #[test]
    fn k2_wrong_lengths_and_unreduced_coefficients_are_rejected() {
        let good = key(1).public.to_bytes();
        for len in [0, 31, 32, 1183, 1184, 1215] {
            assert!(EncapsulationKey::from_bytes(&good[..len]).is_err(), "{len}");
        }
        let mut unreduced = good;
        unreduced[..2].copy_from_slice(&[0xff, 0xff]);
        assert!(EncapsulationKey::from_bytes(&unreduced).is_err());
        for len in [0, 1087, 1088, 1119, 1121] {
            assert_eq!(key(1).decapsulate(&vec![9; len]).unwrap_err(), CryptoError::OpenFailed, "{len}");
        }
    }

    #[test]
    fn k3_changed_ml_kem_half_gives_another_secret_without_an_error() {
        let (secret, mut ciphertext) = key(1).public.encapsulate(&Random::system()).unwrap();
        ciphertext[5] ^= 1;
        assert_ne!(key(1).decapsulate(&ciphertext).unwrap().expose(), secret.expose());
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", key(1)), "DecapsulationKey(…)");
        assert_eq!(format!("{:?}", key(1).public), "EncapsulationKey(…)");
    }
}
