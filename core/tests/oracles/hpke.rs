//! HPKE against the crate `hpke`.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable};
use libcrux_ml_kem::mlkem768::{self, MlKem768PublicKey};
use vlec::hazmat::hpke::{open, seal};
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{CryptoError, EncapsulationKey, hpke_key_schedule};

use crate::dice::{CASES, Dice, FixedRng, fixed_random, secret};

type TheirSecretKey = <XWing as Kem>::PrivateKey;
type TheirPublicKey = <XWing as Kem>::PublicKey;
type TheirEnc = <XWing as Kem>::EncappedKey;

fn seal_with_theirs(
    public: &[u8],
    info: &[u8],
    text: &[u8],
    eseed: [u8; 64],
) -> Result<(Vec<u8>, Vec<u8>), HpkeError> {
    let public = TheirPublicKey::from_bytes(public)?;
    let (enc, sealed) = hpke::single_shot_seal_with_rng::<hpke::aead::ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        text,
        b"",
        &mut FixedRng(eseed),
    )?;
    Ok((enc.to_bytes().to_vec(), sealed))
}

fn open_with_theirs(seed: &[u8; 32], enc: &[u8], info: &[u8], sealed: &[u8]) -> Result<Vec<u8>, HpkeError> {
    hpke::single_shot_open::<hpke::aead::ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &TheirSecretKey::from_bytes(seed)?,
        &TheirEnc::from_bytes(enc)?,
        info,
        sealed,
        b"",
    )
}

#[test]
fn hpke_of_each_opens_what_the_other_sealed() {
    let dice = Dice::new("hpke agrees");
    for _ in 0..CASES {
        let (seed, eseed, text) = (dice.bytes::<32>(), dice.bytes::<64>(), dice.bytes::<32>());
        let info = dice.vec(dice.below(200));
        let (head, tail) = info.split_at(info.len() / 3);
        let key = DecapsulationKey::from_seed(&secret(&seed));
        let public = key.encapsulation_key();

        let (our_enc, our_sealed) =
            seal(public, &[head, tail], &secret(&text), &fixed_random(eseed)).unwrap();
        assert_eq!(open_with_theirs(&seed, &our_enc, &info, &our_sealed).unwrap(), text);

        let (their_enc, their_sealed) = seal_with_theirs(&public.to_bytes(), &info, &text, eseed).unwrap();
        let sealed = their_sealed[..].try_into().unwrap();
        let opened = open(&key, their_enc[..].try_into().unwrap(), &[&info], sealed).unwrap();
        assert_eq!(opened.expose(), &text);

        // From the same randomness, the same bytes.
        assert_eq!((&our_enc[..], &our_sealed[..]), (&their_enc[..], &their_sealed[..]));
    }
}

#[test]
fn hpke_of_each_rejects_what_was_damaged() {
    let dice = Dice::new("hpke damaged");
    let seed = dice.bytes::<32>();
    let key = DecapsulationKey::from_seed(&secret(&seed));
    for _ in 0..CASES {
        let random = fixed_random(dice.bytes::<64>());
        let (enc, sealed) = seal(key.encapsulation_key(), &[b"info"], &secret(&[1; 32]), &random).unwrap();
        let bad_enc = dice.damaged(&enc);
        let bad_sealed = dice.damaged(&sealed);
        for (enc, info, sealed) in [
            (&bad_enc[..], &b"info"[..], &sealed[..]),
            (&enc, b"info", &bad_sealed),
            (&enc, b"other", &sealed),
        ] {
            assert!(open_with_theirs(&seed, enc, info, sealed).is_err());
            let opened = open(&key, enc.try_into().unwrap(), &[info], sealed.try_into().unwrap());
            assert_eq!(opened.unwrap_err(), CryptoError::OpenFailed);
        }
    }
}

/// The documented difference: `hpke` does not check X25519's result in X-Wing.
#[test]
fn points_of_low_order_are_refused_by_ours_and_accepted_by_theirs() {
    let seed = [3; 32];
    let key = DecapsulationKey::from_seed(&secret(&seed));
    let public = key.encapsulation_key().to_bytes();

    // A public key whose X25519 half is zero.
    let mut weak = public;
    weak[1184..].fill(0);
    assert!(EncapsulationKey::from_bytes(&weak).is_err());
    assert!(seal_with_theirs(&weak, b"info", &[1; 32], [4; 64]).is_ok());

    // A message whose X25519 half is zero, made as one who knows the ML-KEM secret would.
    let ml_kem = MlKem768PublicKey::try_from(&public[..1184]).unwrap();
    let (ct_m, ss_m) = mlkem768::encapsulate(&ml_kem, [5; 32]);
    let zero = [0; 32];
    let input = [&ss_m[..], &zero, &zero, &public[1184..], br"\.//^\"].concat();
    let shared = secret(&libcrux_sha3::sha256(&input));
    let (aead_key, nonce) = hpke_key_schedule(b"HPKE\x64\x7a\x00\x01\x00\x03", &shared, b"info");
    let cipher = ChaCha20Poly1305::new(&Key::from(*aead_key.expose()));
    let sealed = cipher.encrypt(&Nonce::from(*nonce.expose()), &[1; 32][..]).unwrap();
    let enc = [&ct_m.as_slice()[..], &zero].concat();

    assert_eq!(open_with_theirs(&seed, &enc, b"info", &sealed).unwrap(), [1; 32]);
    let opened = open(&key, enc[..].try_into().unwrap(), &[b"info"], sealed[..].try_into().unwrap());
    assert_eq!(opened.unwrap_err(), CryptoError::OpenFailed);
}
