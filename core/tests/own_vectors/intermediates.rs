//! An envelope sealed from SPEC §5 and the recorded random values, without the core; and every
//! value on the way compared with the file's.

use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::bytes::{Hex, hex};
use crate::independent::{
    Message, blake3_keyed, cbor, cobblestone, composite_message, composite_sign, derive, hmac_sha512, key_id,
    label, wrap, xwing_public,
};
use crate::padme::padme;
use crate::sealing::{FilePadding, Seal};
use crate::support::Verdict;
use crate::world::World;

const SEGMENT_LEN: usize = 1 << 20;
/// The epoch to which every vector seals.
const EPOCH: u64 = 1;

/// The envelope, and its intermediates in the file's form.
pub(crate) fn seal(world: &World, seal: &Seal, content: &[u8]) -> (Vec<u8>, Value) {
    let random = &seal.random;
    let (id, file_key, salt) = (&*random.envelope_id.0, &*random.file_key.0, &*random.content_salt.0);

    let mut body = content.to_vec();
    body.resize(body_len(seal.padding, content.len()), 0);
    let (segment_key, root_key) = (derive(salt, "segment digest", id, 32), derive(salt, "body root", id, 32));
    let digests: Vec<[u8; 32]> =
        body.chunks(SEGMENT_LEN).map(|segment| blake3_keyed(&segment_key, &[segment])).collect();
    let root = blake3_keyed(&root_key, &[&(body.len() as u64).to_be_bytes(), digests.as_flattened()]);
    let body_key = derive(file_key, "body key", id, 32);
    let sealed_body =
        cobblestone(&body_key, &random.body_salt.0, &[&label("body context"), id].concat(), &body);

    let manifest = manifest(world, seal, content.len(), body.len(), &root, &sealed_body.commitment);
    let context = label("sign manifest");
    let seed = world.identity_seed(&seal.sender);
    let signature = composite_sign(&seed, &context, &manifest, random.signature.array());

    let mut envelope = [b"VLEC\x01\x00\x01", id, &(seal.to.len() as u16).to_be_bytes()].concat();
    let stanzas: Vec<Value> = seal
        .to
        .iter()
        .zip(&random.encapsulations)
        .map(|(agency, eseed)| {
            let key_id = world.key_id(agency, EPOCH);
            let public = xwing_public(world.file_epoch(agency, EPOCH).seed.array());
            assert_eq!(
                key_id[..],
                self::key_id("key-id epoch", agency, EPOCH, &public),
                "key id of {agency}"
            );
            let hint = &hmac_sha512(&key_id, &[&label("hint"), id])[..8];
            let info = [&label("stanza"), &[0, 1][..], id, &key_id].concat();
            let stanza = wrap(&public, eseed.array(), &info, file_key);
            envelope.extend([hint, &stanza.enc, &stanza.wrapped].concat());
            json!({
                "key_id": hex(&key_id),
                "hint": hex(hint),
                "shared_secret": hex(&stanza.shared_secret),
                "info": hex(&info),
                "hpke_key": hex(&stanza.key),
                "hpke_base_nonce": hex(&stanza.base_nonce),
                "enc_sha256": hex(Sha256::digest(&stanza.enc)),
                "wrapped": hex(&stanza.wrapped),
            })
        })
        .collect();
    let header_key = derive(file_key, "header key", id, 64);
    let (mac_input, mac) = (envelope.len(), hmac_sha512(&header_key, &[&envelope])[..32].to_vec());
    envelope.extend_from_slice(&mac);

    let mut front = [&(manifest.len() as u32).to_be_bytes()[..], &manifest, &signature].concat();
    front.resize(front.len().next_multiple_of(1024), 0);
    front.extend_from_slice(digests.as_flattened());
    let manifest_key = derive(file_key, "manifest key", id, 32);
    let context_of_front = [&label("manifest context"), id].concat();
    let sealed_front = cobblestone(&manifest_key, &random.front_salt.0, &context_of_front, &front);
    envelope.extend_from_slice(&(sealed_front.sealed.len() as u64).to_be_bytes());
    envelope.extend_from_slice(&sealed_front.sealed);
    envelope.extend_from_slice(&sealed_body.sealed);

    let computed = json!({
        "header_key": hex(header_key),
        "manifest_key": hex(manifest_key),
        "body_key": hex(body_key),
        "stanzas": stanzas,
        "header_mac_input_length": mac_input,
        "header_mac": hex(mac),
        "segment_key": hex(segment_key),
        "root_key": hex(root_key),
        "segment_digests": digests.iter().map(hex).collect::<Vec<_>>(),
        "body_root": hex(root),
        "manifest": hex(&manifest),
        "manifest_sha512": hex(Sha512::digest(&manifest)),
        "signed_message": hex(composite_message(&context, &manifest)),
        "signature": hex(signature),
        "front": message(&sealed_front, &random.front_salt, &front),
        "body": message(&sealed_body, &random.body_salt, &body),
    });
    (envelope, computed)
}

fn message(message: &Message, salt: &Hex, plaintext: &[u8]) -> Value {
    json!({
        "plaintext_length": plaintext.len(),
        "plaintext_sha256": hex(Sha256::digest(plaintext)),
        "salt": hex(&salt.0),
        "message_key": hex(&message.key),
        "base_nonce": hex(&message.base_nonce),
        "commitment": hex(&message.commitment),
        "sealed_length": message.sealed.len(),
    })
}

fn body_len(padding: FilePadding, length: usize) -> usize {
    match padding {
        FilePadding::None => length,
        FilePadding::Padme => padme(length as u64) as usize,
    }
}

/// SPEC §5.3.
fn manifest(
    world: &World,
    seal: &Seal,
    content: usize,
    body: usize,
    root: &[u8],
    commitment: &[u8],
) -> Vec<u8> {
    use cbor::{array, bytes, map, text, uint};
    let sender_key = data_encoding::HEXLOWER.decode(world.identity_id(&seal.sender).as_bytes()).unwrap();
    let recipient =
        |agency: &String| array(&[text(agency), uint(EPOCH), bytes(&world.key_id(agency, EPOCH))]);
    let heads = world.heads().map(|(origin, size, root)| array(&[text(origin), uint(size), bytes(root)]));
    let extensions: Vec<_> = seal.extensions.iter().map(|(id, value)| (*id, bytes(&value.0))).collect();
    map(&[
        (1, uint(1)),
        (2, uint(1)),
        (3, bytes(&seal.random.envelope_id.0)),
        (4, array(&[text(&seal.sender), bytes(&sender_key)])),
        (5, array(&seal.to.iter().map(recipient).collect::<Vec<_>>())),
        (6, uint(seal.at)),
        (7, uint(seal.sequence)),
        (8, text(&seal.content_type)),
        (9, bytes(&(content as u64).to_be_bytes())),
        (10, uint(body as u64)),
        (11, bytes(&seal.random.content_salt.0)),
        (12, bytes(root)),
        (13, bytes(commitment)),
        (14, array(&heads.collect::<Vec<_>>())),
        (15, map(&seal.labels.entries())),
        (16, map(&[])),
        (17, map(&extensions)),
    ])
}

/// Names the first value that differs; a value that only one side has differs too.
pub(crate) fn compare(computed: &Value, file: &Value) -> Verdict {
    compare_at("intermediates", computed, file)
}

fn compare_at(path: &str, computed: &Value, file: &Value) -> Verdict {
    match (computed, file) {
        (Value::Object(ours), Value::Object(theirs)) => {
            if let Some(key) = theirs.keys().find(|key| !ours.contains_key(*key)) {
                return Err(format!("{path}.{key} is not known"));
            }
            ours.iter().try_for_each(|(key, value)| {
                compare_at(&format!("{path}.{key}"), value, theirs.get(key).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.try_for_each(|(i, (ours, theirs))| compare_at(&format!("{path}[{i}]"), ours, theirs))
        }
        _ if computed == file => Ok(()),
        _ => Err(format!("{path}: {computed:.80} is not {file:.80}")),
    }
}
