//! `events/`: decoded; what decodes is put together again, signed again and hashed again without the
//! core. Whether a roster takes an event is a matter of `rosters/`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vlec::{RosterError, SignedEvent};

use crate::bytes::{Fill, Hex, filled, hex};
use crate::independent::cbor::{array, bytes, map, text, uint};
use crate::independent::{
    composite_message, composite_public, composite_sign, key_id, label, pair_public, pair_sign, sha256,
};
use crate::support::{Verdict, check_heading, ensure, load, run, same};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    description: String,
    rule: Vec<String>,
    #[serde(default)]
    attack: Vec<String>,
    expect: String,
    field: Option<String>,
    event: String,
    fill: Option<Fill>,
    decoded: Option<Decoded>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decoded {
    kind: String,
    subject: String,
    serial: u64,
    roster: Option<Hex>,
    fields: Value,
    key_ids: Vec<Hex>,
    body_length: usize,
    body_sha256: Hex,
    anchor: Option<String>,
    signatures: Vec<Signature>,
    leaf: Hex,
    leaf_hash: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    signer: Hex,
    role: String,
    owner: String,
    seed: Hex,
    random: Hex,
    signed_message: Option<Hex>,
}

#[test]
fn events_decode_or_fail_as_they_say() {
    let vectors: BTreeMap<String, Vector> = load("events");
    run("events", &vectors, 109, |file, vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        let text = filled(&vector.event, vector.fill.as_ref())?;
        let encoded = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|error| error.to_string())?;
        let event = SignedEvent::decode(&encoded);
        match (vector.expect.as_str(), &vector.decoded, &vector.field) {
            ("ok", Some(decoded), None) => {
                let event = event.map_err(|error| error.to_string())?;
                ensure(event.encode() == encoded, "the core encodes other bytes")?;
                check(&event, decoded)?;
                ensure(encode(decoded)? == encoded, "an independent implementation makes other bytes")
            }
            ("event-malformed", None, Some(field)) => match event {
                Err(RosterError::Malformed { field: told }) => same("field", told, field.as_str()),
                Err(error) => Err(format!("told as {}", error.code())),
                Ok(_) => Err("decoded, but must not".into()),
            },
            _ => Err("an expectation that is not known, or without what belongs to it".into()),
        }
    });
}

/// What the core decoded.
fn check(signed: &SignedEvent, decoded: &Decoded) -> Verdict {
    let event = signed.event();
    same("kind", event.kind().as_str(), decoded.kind.as_str())?;
    same("subject", event.subject().as_str(), decoded.subject.as_str())?;
    same("serial", event.serial(), decoded.serial)?;
    same("roster", event.roster().map(|digest| Hex(digest.to_vec())), decoded.roster.clone())?;
    same("anchor", event.anchor().map(|anchor| anchor.to_string()), decoded.anchor.clone())?;
    let signers: Vec<String> = signed.signers().map(ToString::to_string).collect();
    same(
        "signers",
        signers,
        decoded.signatures.iter().map(|signature| hex(&signature.signer.0)).collect::<Vec<_>>(),
    )
}

/// The signed event, from the fields and the signers' seeds.
fn encode(decoded: &Decoded) -> Verdict<Vec<u8>> {
    let number = ["genesis", "authority", "enrol", "epoch", "identity", "revoke", "withdraw"]
        .iter()
        .position(|kind| *kind == decoded.kind)
        .ok_or("kind")? as u64
        + 1;
    let mut entries =
        vec![(1, uint(number)), (2, uint(1)), (3, text(&decoded.subject)), (4, uint(decoded.serial))];
    entries.extend(decoded.roster.iter().map(|Hex(digest)| (5, bytes(digest))));
    entries.extend(fields(decoded)?);
    let body = map(&entries);
    same("body length", body.len(), decoded.body_length)?;
    same("body digest", sha256(&[&body]), decoded.body_sha256.array::<32>())?;
    if let Some(anchor) = &decoded.anchor {
        same("anchor", anchor, &format!("vlec/1/{}/{}", decoded.subject, hex(sha256(&[&body]))))?;
    }

    let expiry = decoded.fields.get("destroy_at").and_then(Value::as_u64).unwrap_or(0);
    let digest = sha256(&[&body]);
    let leaf =
        array(&[uint(number), text(&decoded.subject), uint(decoded.serial), uint(expiry), bytes(&digest)]);
    same("leaf", &leaf, &decoded.leaf.0)?;
    same("leaf hash", sha256(&[&[0], &leaf]), decoded.leaf_hash.array::<32>())?;

    let context = label(&format!("sign event {}", decoded.kind));
    let signatures = decoded.signatures.iter().map(|signature| sign(signature, &context, &body));
    Ok(array(&[bytes(&body), array(&signatures.collect::<Verdict<Vec<_>>>()?)]))
}

/// `[signer, signature]`, the signer's id being that of the seed's public key.
fn sign(signature: &Signature, context: &[u8], body: &[u8]) -> Verdict<Vec<u8>> {
    let Signature { signer, role, owner, seed, random, signed_message } = signature;
    let (public, signed) = match role.as_str() {
        "root" | "identity" => {
            let message = composite_message(context, body);
            same("signed message", Some(&message), signed_message.as_ref().map(|Hex(bytes)| bytes))?;
            (composite_public(&seed.array()), composite_sign(&seed.array(), context, body, random.array()))
        }
        "log" | "witness" => {
            (pair_public(&seed.array()), pair_sign(&seed.array(), context, body, random.array()))
        }
        _ => return Err(format!("role {role} is not known")),
    };
    let id = key_id(&format!("key-id {role}"), owner, 0, &public);
    same("signer", &id[..], &*signer.0)?;
    Ok(array(&[bytes(&id), bytes(&signed)]))
}

/// The fields of the kind, and the ids of the keys among them.
fn fields(decoded: &Decoded) -> Verdict<Vec<(u64, Vec<u8>)>> {
    let unhex = |value: &Value| {
        let text = value.as_str().ok_or("no text")?;
        data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|error| error.to_string())
    };
    let field = |name: &str| decoded.fields.get(name).ok_or(format!("no field {name}"));
    let octets = |name: &str| unhex(field(name)?);
    let number = |name: &str| field(name)?.as_u64().ok_or(format!("{name} is no number"));
    let list = |name: &str| field(name)?.as_array().ok_or(format!("{name} is no list"));
    let string = |value: &Value| value.as_str().map(text).ok_or("no text".to_owned());
    let mut keys: Vec<(&str, u64, Vec<u8>)> = Vec::new();
    let entries = match decoded.kind.as_str() {
        kind @ ("genesis" | "authority") => {
            let roots = list("roots")?.iter().map(unhex).collect::<Verdict<Vec<_>>>()?;
            let (log, witness) = (octets("log")?, octets("witness")?);
            let mut entries = vec![
                (6, array(&roots.iter().map(|root| bytes(root)).collect::<Vec<_>>())),
                (7, uint(number("threshold")?)),
                (8, bytes(&log)),
                (9, bytes(&witness)),
            ];
            keys.extend(roots.into_iter().map(|root| ("root", 0, root)));
            keys.extend([("log", 0, log), ("witness", 0, witness)]);
            if kind == "genesis" {
                entries.push((10, uint(number("recovery_delay")?)));
            }
            entries
        }
        "enrol" => {
            let names = list("names")?.iter().map(|pair| {
                let pair = pair.as_array().ok_or("no pair")?;
                Ok(array(&pair.iter().map(string).collect::<Verdict<Vec<_>>>()?))
            });
            let roles = list("roles")?.iter().map(string).collect::<Verdict<Vec<_>>>()?;
            keys.push(("identity", 0, octets("identity")?));
            vec![
                (6, array(&names.collect::<Verdict<Vec<_>>>()?)),
                (7, array(&roles)),
                (8, bytes(&octets("identity")?)),
            ]
        }
        "epoch" => {
            keys.push(("epoch", number("number")?, octets("key")?));
            vec![
                (6, uint(number("number")?)),
                (7, bytes(&octets("key")?)),
                (8, uint(number("not_before")?)),
                (9, uint(number("not_after")?)),
                (10, uint(number("destroy_at")?)),
            ]
        }
        "identity" => {
            keys.push(("identity", 0, octets("next")?));
            vec![(6, bytes(&octets("next")?)), (7, uint(number("by")?))]
        }
        "revoke" => vec![
            (6, bytes(&octets("key_id")?)),
            (7, uint(number("reason")?)),
            (8, uint(number("effective")?)),
            (9, uint(number("by")?)),
        ],
        _ => Vec::new(),
    };
    let ids = keys.iter().map(|(role, epoch, key)| {
        Hex(key_id(&format!("key-id {role}"), &decoded.subject, *epoch, key).to_vec())
    });
    same("key ids", &ids.collect::<Vec<_>>(), &decoded.key_ids)?;
    Ok(entries)
}
