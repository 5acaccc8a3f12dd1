//! The suite's constructions written again from SPEC.md, over `x-wing`, `hmac`, `sha2`, `aes-gcm`,
//! `chacha20poly1305`, `ml-dsa`, Ed25519 of `ring` and `blake3`. Nothing of the core is used.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use chacha20poly1305::ChaCha20Poly1305;
use hmac::{Hmac, Mac};
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256, Sha512};
use x_wing::{Decapsulator, KeyExport};

const COBBLESTONE: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const HPKE_SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";
const COMPOSITE_LABEL: &[u8] = b"COMPSIG-MLDSA65-Ed25519-SHA512";

/// A label of SPEC §2.3 with its closing zero.
pub(crate) fn label(name: &str) -> Vec<u8> {
    format!("vlec/1 {name}\0").into_bytes()
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

pub(crate) fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = <Hmac<Sha512> as hmac::KeyInit>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// HKDF-Expand, RFC 5869 §2.3, over the HMAC given.
fn expand(hmac: fn(&[u8], &[&[u8]]) -> Vec<u8>, key: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let (mut okm, mut block) = (Vec::new(), Vec::new());
    for counter in 1.. {
        if okm.len() >= length {
            break;
        }
        block = hmac(key, &[&block, info, &[counter]]);
        okm.extend_from_slice(&block);
    }
    okm.truncate(length);
    okm
}

/// SPEC §2.4.
pub(crate) fn derive(key: &[u8], name: &str, id: &[u8], length: usize) -> Vec<u8> {
    expand(hmac_sha512, key, &[&label(name), id].concat(), length)
}

/// SPEC §3.2.
pub(crate) fn key_id(name: &str, agency: &str, epoch: u64, public_key: &[u8]) -> [u8; 32] {
    let length = (agency.len() as u64).to_be_bytes();
    sha256(&[&label(name), &length, agency.as_bytes(), &epoch.to_be_bytes(), public_key])
}

pub(crate) fn blake3_keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    blake3::keyed_hash(key.try_into().unwrap(), &parts.concat()).into()
}

/// One recipient's HPKE, with what RFC 9180 §5.1 derives on the way.
pub(crate) struct Wrapped {
    pub(crate) enc: Vec<u8>,
    pub(crate) shared_secret: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) base_nonce: Vec<u8>,
    pub(crate) wrapped: Vec<u8>,
}

/// The X-Wing public key of a seed.
pub(crate) fn xwing_public(seed: [u8; 32]) -> Vec<u8> {
    x_wing::DecapsulationKey::from(seed).encapsulation_key().to_bytes().to_vec()
}

pub(crate) fn wrap(public: &[u8], eseed: [u8; 64], info: &[u8], plaintext: &[u8]) -> Wrapped {
    let public = x_wing::EncapsulationKey::try_from(public).unwrap();
    let (enc, shared) = public.encapsulate_deterministic(&eseed.into());
    let extract =
        |salt: &[u8], name: &[u8], ikm: &[u8]| hmac_sha256(salt, &[b"HPKE-v1", HPKE_SUITE, name, ikm]);
    let context = [&[0][..], &extract(b"", b"psk_id_hash", b""), &extract(b"", b"info_hash", info)].concat();
    let secret = extract(&shared, b"secret", b"");
    let expand = |name: &[u8], length: u16| {
        let info = [&length.to_be_bytes(), &b"HPKE-v1"[..], HPKE_SUITE, name, &context].concat();
        expand(hmac_sha256, &secret, &info, length.into())
    };
    let (key, base_nonce) = (expand(b"key", 32), expand(b"base_nonce", 12));
    let cipher = ChaCha20Poly1305::new_from_slice(&key).unwrap();
    let nonce: [u8; 12] = base_nonce[..].try_into().unwrap();
    let wrapped = cipher.encrypt(&nonce.into(), plaintext).unwrap();
    Wrapped { enc: enc.to_vec(), shared_secret: shared.to_vec(), key, base_nonce, wrapped }
}

/// A Cobblestone-256 message, C2SP chunked-encryption v1.
pub(crate) struct Message {
    pub(crate) key: Vec<u8>,
    pub(crate) base_nonce: Vec<u8>,
    pub(crate) commitment: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

pub(crate) fn cobblestone(key: &[u8], salt: &[u8], context: &[u8], plaintext: &[u8]) -> Message {
    let okm = expand(hmac_sha512, key, &[COBBLESTONE, salt, context].concat(), 76);
    let (key, base_nonce, commitment) = (okm[..32].to_vec(), okm[32..44].to_vec(), okm[44..].to_vec());
    let cipher = Aes256Gcm::new_from_slice(&key).unwrap();
    let mut sealed = [salt, &commitment].concat();
    // The last chunk is always a short one.
    for index in 0..=plaintext.len() / 16384 {
        let chunk = &plaintext[index * 16384..plaintext.len().min((index + 1) * 16384)];
        let counter = (index as u128).to_be_bytes();
        let nonce: [u8; 12] = std::array::from_fn(|i| base_nonce[i] ^ counter[4 + i]);
        sealed.extend(cipher.encrypt(&Nonce::from(nonce), chunk).unwrap());
    }
    Message { key, base_nonce, commitment, sealed }
}

/// `M'` of draft-ietf-lamps-pq-composite-sigs.
pub(crate) fn composite_message(context: &[u8], message: &[u8]) -> Vec<u8> {
    let length = u8::try_from(context.len()).unwrap();
    let digest = Sha512::digest(message);
    [b"CompositeAlgorithmSignatures2025", COMPOSITE_LABEL, &[length], context, &digest].concat()
}

/// A composite signature from a seed and ML-DSA's 32 random bytes.
pub(crate) fn composite_sign(seed: &[u8; 64], context: &[u8], message: &[u8], rnd: [u8; 32]) -> Vec<u8> {
    let input = composite_message(context, message);
    let (ml_dsa, ed25519) = seed.split_at(32);
    let ml_dsa = ml_dsa::SigningKey::<ml_dsa::MlDsa65>::from_seed(&ml_dsa.try_into().unwrap());
    let header = [0, COMPOSITE_LABEL.len() as u8];
    let signed = ml_dsa.expanded_key().sign_internal(&[&header, COMPOSITE_LABEL, &input], &rnd.into());
    let ed25519 = Ed25519KeyPair::from_seed_unchecked(ed25519).unwrap();
    [&signed.encode()[..], ed25519.sign(&input).as_ref()].concat()
}

/// The public key of a composite seed.
pub(crate) fn composite_public(seed: &[u8; 64]) -> Vec<u8> {
    let (ml_dsa, ed25519) = seed.split_at(32);
    let ml_dsa = ml_dsa::SigningKey::<ml_dsa::MlDsa65>::from_seed(&ml_dsa.try_into().unwrap());
    [&ml_dsa.expanded_key().verifying_key().encode()[..], &ed25519_public(ed25519)].concat()
}

/// The public key of a pair's seed.
pub(crate) fn pair_public(seed: &[u8; 64]) -> Vec<u8> {
    let (ml_dsa, ed25519) = seed.split_at(32);
    let ml_dsa = ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&ml_dsa.try_into().unwrap());
    [&ml_dsa.expanded_key().verifying_key().encode()[..], &ed25519_public(ed25519)].concat()
}

fn ed25519_public(seed: &[u8]) -> Vec<u8> {
    Ed25519KeyPair::from_seed_unchecked(seed).unwrap().public_key().as_ref().to_vec()
}

/// A pair's signature, both halves over `label ‖ message`.
pub(crate) fn pair_sign(seed: &[u8; 64], label: &[u8], message: &[u8], rnd: [u8; 32]) -> Vec<u8> {
    let input = [label, message].concat();
    let (ml_dsa, ed25519) = seed.split_at(32);
    let ml_dsa = ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&ml_dsa.try_into().unwrap());
    let header = [0, label.len() as u8];
    let signed = ml_dsa.expanded_key().sign_internal(&[&header, label, &input], &rnd.into());
    let ed25519 = Ed25519KeyPair::from_seed_unchecked(ed25519).unwrap();
    [&signed.encode()[..], ed25519.sign(&input).as_ref()].concat()
}

/// One signature of a note by a pair's seed: ML-DSA-44 with the empty context if there are its 32
/// random bytes, otherwise Ed25519.
pub(crate) fn note_sign(seed: &[u8; 64], message: &[u8], rnd: Option<[u8; 32]>) -> Vec<u8> {
    let (ml_dsa, ed25519) = seed.split_at(32);
    let Some(rnd) = rnd else {
        return Ed25519KeyPair::from_seed_unchecked(ed25519).unwrap().sign(message).as_ref().to_vec();
    };
    let ml_dsa = ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&ml_dsa.try_into().unwrap());
    ml_dsa.expanded_key().sign_internal(&[&[0, 0], message], &rnd.into()).encode().to_vec()
}

/// CBOR of the shortest form.
pub(crate) mod cbor {
    fn head(major: u8, value: u64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        let (extra, width) = match value {
            0..=23 => return vec![major << 5 | value as u8],
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        [&[major << 5 | extra], &bytes[8 - width..]].concat()
    }

    pub(crate) fn uint(value: u64) -> Vec<u8> {
        head(0, value)
    }

    pub(crate) fn bytes(value: &[u8]) -> Vec<u8> {
        [head(2, value.len() as u64), value.to_vec()].concat()
    }

    pub(crate) fn text(value: &str) -> Vec<u8> {
        [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
    }

    pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
        [head(4, items.len() as u64), items.concat()].concat()
    }

    pub(crate) fn map(entries: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let entries: Vec<Vec<u8>> =
            entries.iter().map(|(key, value)| [uint(*key), value.clone()].concat()).collect();
        [head(5, entries.len() as u64), entries.concat()].concat()
    }
}
