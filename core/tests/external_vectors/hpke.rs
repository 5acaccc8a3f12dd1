//! HPKE against draft-ietf-hpke-pq (X-Wing) and RFC 9180 (X25519, base mode).
//!
//! Out of scope, because the core has no such function and needs none: KDFs other than
//! HKDF-SHA256 (for the case with KDF 0x0011 the KEM is checked, for those with HKDF-SHA512 the
//! DHKEM), exports, and `DeriveKeyPair` (`ikmR`), as the core draws seeds from the system.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, UnboundKey};
use serde::Deserialize;
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{
    EncapsulationKey, Secret, encapsulate_derand, hpke, hpke_key_schedule, injected_random, kdf,
};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::support::{Hex, Suite, Verdict, ensure, external, same, secret};

const HKDF_SHA256: u16 = 1;
const AES_256: u16 = 2;
const CHACHA20: u16 = 3;

#[derive(Deserialize)]
struct Case {
    mode: u8,
    kem_id: u16,
    kdf_id: u16,
    aead_id: u16,
    info: Hex,
    #[serde(rename = "ikmE")]
    ikm_e: Hex,
    #[serde(rename = "skRm")]
    secret_key: Hex,
    #[serde(rename = "skEm")]
    ephemeral: Option<Hex>,
    #[serde(rename = "pkRm")]
    public_key: Hex,
    enc: Hex,
    shared_secret: Hex,
    key: Hex,
    base_nonce: Hex,
    encryptions: Vec<Encryption>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: Hex,
    ct: Hex,
    nonce: Hex,
    pt: Hex,
}

impl Case {
    fn suite_id(&self) -> [u8; 10] {
        let mut id = *b"HPKE\0\0\0\0\0\0";
        let ids = [self.kem_id, self.kdf_id, self.aead_id].map(u16::to_be_bytes);
        id[4..].copy_from_slice(&ids.concat());
        id
    }

    fn check_key_schedule(&self) -> Verdict {
        same("mode", self.mode, 0)?;
        let (key, base_nonce) =
            hpke_key_schedule(&self.suite_id(), &secret(&self.shared_secret.0), &self.info.0);
        same("key", &key.expose()[..], &self.key.0)?;
        same("base nonce", &base_nonce.expose()[..], &self.base_nonce.0)
    }

    /// The AEAD that the core uses, under the key of our key schedule.
    fn check_encryption(&self, sequence: usize) -> Verdict {
        let Encryption { aad, ct, nonce, pt } = &self.encryptions[sequence];
        let (key, base_nonce) =
            hpke_key_schedule(&self.suite_id(), &secret(&self.shared_secret.0), &self.info.0);
        let mut ours = *base_nonce.expose();
        ours[4..].iter_mut().zip((sequence as u64).to_be_bytes()).for_each(|(n, s)| *n ^= s);
        same("nonce", &ours[..], &nonce.0)?;
        let sealed = match self.aead_id {
            CHACHA20 => chacha20(&key)
                .encrypt(&Nonce::from(ours), Payload { msg: &pt.0, aad: &aad.0 })
                .map_err(|error| error.to_string())?,
            AES_256 => {
                let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).unwrap());
                let mut text = pt.0.clone();
                let nonce = ring::aead::Nonce::assume_unique_for_key(ours);
                cipher.seal_in_place_append_tag(nonce, Aad::from(&aad.0), &mut text).unwrap();
                text
            }
            other => return Err(format!("unknown AEAD {other}")),
        };
        same("ciphertext", &sealed, &ct.0)
    }
}

fn chacha20(key: &Secret<32>) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key.expose()))
}

/// 14 for the suite that is ours (KEM to and fro, key schedule, our own single shot, ten
/// encryptions), and 2 for the KEM of the other.
#[test]
fn hpke_with_xwing_gives_the_drafts_values() {
    let Some(text) = external("hpke xwing", "hpke-xwing.json", 16) else { return };
    let mut suite = Suite::new("hpke xwing");
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    for case in &cases {
        let id = |part: &str| format!("kdf {:#06x} {part}", case.kdf_id);
        suite.vector(id("encapsulate"), check_encapsulation(case));
        suite.vector(id("decapsulate"), check_decapsulation(case));
        if case.kdf_id == HKDF_SHA256 {
            suite.vector(id("key schedule"), case.check_key_schedule());
            suite.vector(id("single shot"), check_single_shot(case));
            for sequence in 0..case.encryptions.len() {
                suite.vector(id(&format!("encryption {sequence}")), case.check_encryption(sequence));
            }
        }
    }
    suite.finish(16);
}

fn check_encapsulation(case: &Case) -> Verdict {
    same("KEM", case.kem_id, 0x647a)?;
    let public = EncapsulationKey::from_bytes(&case.public_key.0).map_err(|error| error.to_string())?;
    let (shared, enc) =
        encapsulate_derand(&public, &secret(&case.ikm_e.0)).map_err(|error| error.to_string())?;
    same("enc", &enc[..], &case.enc.0)?;
    same("shared secret", &shared.expose()[..], &case.shared_secret.0)
}

fn check_decapsulation(case: &Case) -> Verdict {
    let key = DecapsulationKey::from_seed(&secret(&case.secret_key.0));
    same("public key", &key.encapsulation_key().to_bytes()[..], &case.public_key.0)?;
    let shared = key.decapsulate(&case.enc.0).map_err(|error| error.to_string())?;
    same("shared secret", &shared.expose()[..], &case.shared_secret.0)
}

/// Our `seal` with the vector's randomness makes the vector's `enc` and a text that the vector's
/// key opens; our `open` opens it.
fn check_single_shot(case: &Case) -> Verdict {
    let eseed = case.ikm_e.0.clone();
    let random = injected_random(move |out| {
        out.copy_from_slice(&eseed);
        true
    });
    let public = EncapsulationKey::from_bytes(&case.public_key.0).map_err(|error| error.to_string())?;
    // `info` is a list of parts to us: cut anywhere, it is the same.
    let (head, tail) = case.info.0.split_at(case.info.0.len() / 2);
    let file_key = secret::<32>(&[0x5a; 32]);
    let (enc, sealed) =
        hpke::seal(&public, &[head, tail], &file_key, &random).map_err(|error| error.to_string())?;
    same("enc", &enc[..], &case.enc.0)?;
    let nonce = Nonce::try_from(&case.base_nonce.0[..]).unwrap();
    let opened = chacha20(&secret(&case.key.0)).decrypt(&nonce, &sealed[..]);
    ensure(opened.as_deref() == Ok(file_key.expose()), "the vector's key does not open what we sealed")?;

    let key = DecapsulationKey::from_seed(&secret(&case.secret_key.0));
    let opened = hpke::open(&key, &enc, &[&case.info.0], &sealed).map_err(|error| error.to_string())?;
    same("plaintext", opened.expose(), file_key.expose())
}

/// 4 DHKEM, and for the 2 cases with HKDF-SHA256 the key schedule and 20 encryptions each.
#[test]
fn hpke_key_schedule_gives_the_values_of_rfc9180() {
    let Some(text) = external("hpke rfc9180", "hpke-rfc9180-x25519-base.json", 46) else { return };
    let mut suite = Suite::new("hpke rfc9180");
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    for case in &cases {
        let id = |part: &str| format!("kdf {} aead {} {part}", case.kdf_id, case.aead_id);
        suite.vector(id("dhkem"), check_dhkem(case));
        if case.kdf_id == HKDF_SHA256 {
            suite.vector(id("key schedule"), case.check_key_schedule());
            for sequence in 0..case.encryptions.len() {
                suite.vector(id(&format!("encryption {sequence}")), case.check_encryption(sequence));
            }
        }
    }
    suite.finish(46);
}

/// RFC 9180 §4.1 `Encap`, from the core's X25519 and HKDF.
fn check_dhkem(case: &Case) -> Verdict {
    let ephemeral = case.ephemeral.as_ref().ok_or("no skEm")?;
    let key = |bytes: &Hex| <[u8; 32]>::try_from(&bytes.0[..]).unwrap();
    let shared = StaticSecret::from(key(ephemeral)).diffie_hellman(&PublicKey::from(key(&case.public_key)));
    let other = StaticSecret::from(key(&case.secret_key)).diffie_hellman(&PublicKey::from(key(&case.enc)));
    same("Diffie-Hellman", shared.as_bytes(), other.as_bytes())?;

    let (version, kem) = (b"HPKE-v1", b"KEM\x00\x20");
    let prk = kdf::extract_sha256(b"", &[version, kem, b"eae_prk", shared.as_bytes()]);
    let mut out = [0; 32];
    let info: [&[u8]; 6] = [b"\x00\x20", version, kem, b"shared_secret", &case.enc.0, &case.public_key.0];
    kdf::expand_sha256(prk.expose(), &info, &mut out);
    same("shared secret", &out[..], &case.shared_secret.0)
}
