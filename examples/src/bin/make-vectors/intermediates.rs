//! Every value on the way to an honest envelope, computed with the core's primitives.

use serde::Serialize;
use vlec::hazmat::forge::Parts;
use vlec::hazmat::world::{World, seed};
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{Label, Secret, chunked, digest, encapsulate_derand, hint, hpke_key_schedule, kdf, label};

use crate::Result;
use crate::case::sha256_hex;
use crate::hex::hex;

const SEGMENT_LEN: usize = 1 << 20;
const COBBLESTONE: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const HPKE_SUITE: &[u8; 10] = b"HPKE\x64\x7a\x00\x01\x00\x03";

#[derive(Serialize)]
pub(crate) struct Intermediates {
    pub(crate) header_key: String,
    pub(crate) manifest_key: String,
    pub(crate) body_key: String,
    pub(crate) stanzas: Vec<Stanza>,
    pub(crate) header_mac_input_length: usize,
    pub(crate) header_mac: String,
    pub(crate) segment_key: String,
    pub(crate) root_key: String,
    pub(crate) segment_digests: Vec<String>,
    pub(crate) body_root: String,
    pub(crate) manifest: String,
    pub(crate) manifest_sha512: String,
    pub(crate) signed_message: String,
    pub(crate) signature: String,
    pub(crate) front: Message,
    pub(crate) body: Message,
}

#[derive(Serialize)]
pub(crate) struct Stanza {
    pub(crate) key_id: String,
    pub(crate) hint: String,
    pub(crate) shared_secret: String,
    pub(crate) info: String,
    pub(crate) hpke_key: String,
    pub(crate) hpke_base_nonce: String,
    pub(crate) enc_sha256: String,
    pub(crate) wrapped: String,
}

/// A Cobblestone-256 message.
#[derive(Serialize)]
pub(crate) struct Message {
    pub(crate) plaintext_length: usize,
    pub(crate) plaintext_sha256: String,
    pub(crate) salt: String,
    pub(crate) message_key: String,
    pub(crate) base_nonce: String,
    pub(crate) commitment: String,
    pub(crate) sealed_length: usize,
}

/// Follows an honest envelope of `to` whose encapsulations used `eseeds`.
pub(crate) fn trace(world: &World, parts: &Parts, to: &[&str], eseeds: &[Vec<u8>]) -> Result<Intermediates> {
    let manifest = parts.manifest()?;
    let derive = |label: Label| kdf::derive::<32>(parts.file_key.expose(), label, &parts.id);
    let digest_key = |label: Label| kdf::derive::<32>(&manifest.content_salt, label, &parts.id);
    let header = parts.header();
    let (mac_input, mac) = header.split_last_chunk::<32>().ok_or("header")?;
    let stanzas = to.iter().zip(eseeds).zip(&parts.stanzas);
    let stanzas = stanzas.map(|((agency, eseed), stanza)| trace_stanza(world, parts, agency, eseed, stanza));

    let (segment_key, root_key) = (digest_key(label::SEGMENT_DIGEST), digest_key(label::BODY_ROOT));
    let digests = parts.body.chunks(SEGMENT_LEN).map(|segment| keyed(&segment_key, &[segment]));
    let digests: Vec<[u8; 32]> = digests.collect();
    let body_root = keyed(&root_key, &[&(parts.body.len() as u64).to_be_bytes(), digests.as_flattened()]);

    let front = front(parts, &digests);
    let context = |label: Label| [label.bytes(), parts.id.as_bytes()].concat();
    let front_key = (derive(label::MANIFEST_KEY), context(label::MANIFEST_CONTEXT));
    let body_key = (derive(label::BODY_KEY), context(label::BODY_CONTEXT));
    Ok(Intermediates {
        header_key: hex(kdf::derive::<64>(parts.file_key.expose(), label::HEADER_KEY, &parts.id).expose()),
        manifest_key: hex(front_key.0.expose()),
        body_key: hex(body_key.0.expose()),
        stanzas: stanzas.collect::<Result<_>>()?,
        header_mac_input_length: mac_input.len(),
        header_mac: hex(mac),
        segment_key: hex(segment_key.expose()),
        root_key: hex(root_key.expose()),
        segment_digests: digests.iter().map(hex).collect(),
        body_root: hex(body_root),
        manifest: hex(&parts.manifest),
        manifest_sha512: hex(digest::sha512(&[&parts.manifest])),
        signed_message: hex(composite_message(label::SIGN_MANIFEST, &parts.manifest)),
        signature: hex(parts.signature),
        front: message(&front_key, &parts.front_salt, &front),
        body: message(&body_key, &parts.body_salt, &parts.body),
    })
}

fn trace_stanza(
    world: &World,
    parts: &Parts,
    agency: &str,
    eseed: &[u8],
    stanza: &vlec::hazmat::Stanza,
) -> Result<Stanza> {
    let epoch = world.epoch(agency, 1)?;
    let key_id = *epoch.public().id();
    let key = DecapsulationKey::from_seed(&seed(&format!("{agency} epoch 1")));
    let eseed = Secret::try_new(|out: &mut [u8; 64]| eseed.try_into().map(|bytes| *out = bytes))?;
    let (shared, enc) = encapsulate_derand(key.encapsulation_key(), &eseed)?;
    let info =
        [label::STANZA.bytes(), &parts.suite.to_be_bytes(), parts.id.as_bytes(), key_id.as_bytes()].concat();
    let (hpke_key, base_nonce) = hpke_key_schedule(HPKE_SUITE, &shared, &info);
    Ok(Stanza {
        key_id: key_id.to_string(),
        hint: hex(hint(&key_id, &parts.id)),
        shared_secret: hex(shared.expose()),
        info: hex(info),
        hpke_key: hex(hpke_key.expose()),
        hpke_base_nonce: hex(base_nonce.expose()),
        enc_sha256: sha256_hex(&enc),
        wrapped: hex(stanza.wrapped),
    })
}

/// `length ‖ manifest ‖ signature ‖ zeros to a multiple of 1024 ‖ digests`, SPEC §5.2.
fn front(parts: &Parts, digests: &[[u8; 32]]) -> Vec<u8> {
    let mut front = (parts.manifest.len() as u32).to_be_bytes().to_vec();
    front.extend_from_slice(&parts.manifest);
    front.extend_from_slice(&parts.signature);
    front.resize(front.len().next_multiple_of(1024), 0);
    front.extend_from_slice(digests.as_flattened());
    front
}

fn message((key, context): &(Secret<32>, Vec<u8>), salt: &[u8; 24], plaintext: &[u8]) -> Message {
    let mut okm = [0; 76];
    kdf::expand_sha512(key.expose(), &[COBBLESTONE, salt, context], &mut okm);
    let (message_key, rest) = okm.split_at(32);
    let (base_nonce, commitment) = rest.split_at(12);
    Message {
        plaintext_length: plaintext.len(),
        plaintext_sha256: sha256_hex(plaintext),
        salt: hex(salt),
        message_key: hex(message_key),
        base_nonce: hex(base_nonce),
        commitment: hex(commitment),
        sealed_length: chunked::sealed_len(plaintext.len() as u64).unwrap_or_default() as usize,
    }
}

/// What both halves of a composite sign, SPEC §2.5.
pub(crate) fn composite_message(label: Label, message: &[u8]) -> Vec<u8> {
    let context = label.bytes();
    let mut out = b"CompositeAlgorithmSignatures2025COMPSIG-MLDSA65-Ed25519-SHA512".to_vec();
    out.push(context.len() as u8);
    out.extend_from_slice(context);
    out.extend_from_slice(&digest::sha512(&[message]));
    out
}

fn keyed(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = digest::KeyedHash::new(key.expose());
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
