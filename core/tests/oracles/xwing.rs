//! X-Wing against the crate `x-wing`.

use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{EncapsulationKey, encapsulate_derand};
use x_wing::{Decapsulate, DecapsulationKeyRejectNonContrib, Decapsulator, KeyExport, TryDecapsulate};

use crate::dice::{CASES, Dice, secret};

#[test]
fn xwing_agrees_with_theirs_on_keys_ciphertexts_and_secrets() {
    let dice = Dice::new("xwing agrees");
    for _ in 0..CASES {
        let (seed, eseed) = (dice.bytes::<32>(), dice.bytes::<64>());
        let ours = DecapsulationKey::from_seed(&secret(&seed));
        let theirs = x_wing::DecapsulationKey::from(seed);
        let public = ours.encapsulation_key().to_bytes();
        assert_eq!(public[..], theirs.encapsulation_key().to_bytes()[..]);

        let (our_secret, our_ciphertext) =
            encapsulate_derand(ours.encapsulation_key(), &secret(&eseed)).unwrap();
        let parsed = x_wing::EncapsulationKey::try_from(&public[..]).unwrap();
        let (their_ciphertext, their_secret) = parsed.encapsulate_deterministic(&eseed.into());
        assert_eq!(our_ciphertext[..], their_ciphertext[..]);
        assert_eq!(our_secret.expose()[..], their_secret[..]);

        // Each opens what came from the other.
        let opened_by_theirs = theirs.decapsulate(&our_ciphertext.into());
        assert_eq!(opened_by_theirs[..], our_secret.expose()[..]);
        assert_eq!(ours.decapsulate(&their_ciphertext).unwrap().expose()[..], their_secret[..]);
    }
}

#[test]
fn xwing_agrees_with_theirs_on_damaged_ciphertexts() {
    let dice = Dice::new("xwing damaged");
    let seed = dice.bytes::<32>();
    let ours = DecapsulationKey::from_seed(&secret(&seed));
    let theirs = x_wing::DecapsulationKey::from(seed);
    for _ in 0..CASES {
        let (shared, good) = encapsulate_derand(ours.encapsulation_key(), &secret(&dice.bytes())).unwrap();
        let damaged: [u8; 1120] = dice.damaged(&good).try_into().unwrap();
        let opened = ours.decapsulate(&damaged).unwrap();
        assert_eq!(opened.expose()[..], theirs.decapsulate(&damaged.into())[..]);
        // The top bit of an X25519 coordinate is ignored in the scalar multiplication, but hashed.
        assert_ne!(opened.expose(), shared.expose());
    }
}

#[test]
fn points_of_low_order_are_refused_by_ours_and_accepted_by_theirs() {
    let seed = [3; 32];
    let ours = DecapsulationKey::from_seed(&secret(&seed));
    let theirs = x_wing::DecapsulationKey::from(seed);
    let strict = DecapsulationKeyRejectNonContrib::from(seed);
    let (_, mut ciphertext) = encapsulate_derand(ours.encapsulation_key(), &secret(&[4; 64])).unwrap();
    let mut public = ours.encapsulation_key().to_bytes();
    for point in [[0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }] {
        public[1184..].copy_from_slice(&point);
        assert!(EncapsulationKey::from_bytes(&public).is_err());
        assert!(x_wing::EncapsulationKey::try_from(&public[..]).is_ok());

        ciphertext[1088..].copy_from_slice(&point);
        assert!(ours.decapsulate(&ciphertext).is_err());
        let _accepted = theirs.decapsulate(&ciphertext.into());
        assert!(strict.try_decapsulate(&ciphertext.into()).is_err());
    }
}
