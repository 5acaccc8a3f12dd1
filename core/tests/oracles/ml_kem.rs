//! ML-KEM-768 of `libcrux-ml-kem` against the crate `ml-kem`.

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PublicKey};
use ml_kem::ml_kem_768::{Ciphertext, DecapsulationKey, EncapsulationKey};
use ml_kem::{Decapsulate, KeyExport};
use vlec::hazmat;

use crate::dice::{CASES, Dice};

#[test]
fn ml_kem_agrees_with_theirs_on_keys_ciphertexts_and_secrets() {
    let dice = Dice::new("ml-kem agrees");
    for _ in 0..CASES {
        let (seed, m) = (dice.bytes::<64>(), dice.bytes::<32>());
        let ours = mlkem768::generate_key_pair(seed);
        let theirs = DecapsulationKey::from_seed(seed.into());
        assert_eq!(ours.pk()[..], theirs.encapsulation_key().to_bytes()[..]);

        let (our_ciphertext, our_secret) = mlkem768::encapsulate(ours.public_key(), m);
        let (their_ciphertext, their_secret) =
            theirs.encapsulation_key().encapsulate_deterministic(&m.into());
        assert_eq!(our_ciphertext.as_slice()[..], their_ciphertext[..]);
        assert_eq!(our_secret[..], their_secret[..]);

        // Good ciphertexts, damaged ones, and bytes that never were one.
        let damaged = dice.damaged(our_ciphertext.as_slice());
        for ciphertext in [our_ciphertext.as_slice().to_vec(), damaged, dice.vec(1088)] {
            let opened = mlkem768::decapsulate(
                ours.private_key(),
                &MlKem768Ciphertext::try_from(&ciphertext[..]).unwrap(),
            );
            let theirs = theirs.decapsulate(&Ciphertext::try_from(&ciphertext[..]).unwrap());
            assert_eq!(opened[..], theirs[..]);
        }
    }
}

/// One coefficient of twelve bits is replaced by any value, half of the time near the modulus.
#[test]
fn ml_kem_agrees_with_theirs_on_which_keys_are_reduced() {
    let dice = Dice::new("ml-kem modulus");
    let xwing = hazmat::xwing::DecapsulationKey::from_seed(&hazmat::Secret::new(|seed| seed.fill(1)));
    let good = xwing.encapsulation_key().to_bytes();
    let mut counts = [0, 0];
    for case in 0..16 * CASES {
        let value = if case % 2 == 0 { dice.below(4096) } else { 3325 + dice.below(8) };
        let key = replace_coefficient(&good, dice.below(768), value);
        let reduced = value < 3329;
        counts[usize::from(reduced)] += 1;

        let libcrux = MlKem768PublicKey::try_from(&key[..1184]).unwrap();
        assert_eq!(mlkem768::validate_public_key(&libcrux), reduced, "{value}");
        assert_eq!(hazmat::EncapsulationKey::from_bytes(&key).is_ok(), reduced, "{value}");
        let theirs = EncapsulationKey::new(&key[..1184].try_into().unwrap());
        assert_eq!(theirs.is_ok(), reduced, "{value}");
    }
    assert!(counts.iter().all(|count| *count >= CASES), "{counts:?}");
}

/// `ByteEncode_12` of FIPS 203 §4.2.1: two coefficients in three bytes, little-endian.
fn replace_coefficient(key: &[u8], index: usize, value: usize) -> Vec<u8> {
    let mut key = key.to_vec();
    let at = index / 2 * 3;
    let pair = usize::from(key[at]) | usize::from(key[at + 1]) << 8 | usize::from(key[at + 2]) << 16;
    let pair = if index.is_multiple_of(2) { pair & 0xfff000 | value } else { pair & 0xfff | value << 12 };
    key[at..at + 3].copy_from_slice(&pair.to_le_bytes()[..3]);
    key
}
