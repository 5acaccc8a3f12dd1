//! `manifests/`: decoded; what decodes says what the file says, and encodes to the same bytes from it
//! without the core.

use std::collections::BTreeMap;

use serde::Deserialize;
use vlec::hazmat::{decode_manifest, failing_layer};
use vlec::{EnvelopeError, Manifest};

use crate::bytes::{Hex, hex};
use crate::independent::cbor::{array, bytes, map, text, uint};
use crate::sealing::FileLabels;
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
    manifest: Hex,
    fields: Option<Fields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    version: u64,
    suite: u64,
    envelope_id: Hex,
    sender: String,
    sender_key_id: Hex,
    recipients: Vec<(String, u64, Hex)>,
    created: u64,
    sequence: u64,
    content_type: String,
    content_length: u64,
    body_length: u64,
    content_salt: Hex,
    body_root: Hex,
    body_commitment: Hex,
    roster_heads: Vec<(String, u64, Hex)>,
    labels: FileLabels,
    critical_extensions: Vec<(u64, Hex)>,
    extensions: Vec<(u64, Hex)>,
}

#[test]
fn manifests_decode_or_fail_as_they_say() {
    let vectors: BTreeMap<String, Vector> = load("manifests");
    run("manifests", &vectors, 290, |file, vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        let decoded = decode_manifest(&vector.manifest.0);
        match (vector.expect.as_str(), &vector.fields, &vector.field) {
            ("ok", Some(fields), None) => {
                let manifest = decoded.map_err(|error| error.to_string())?;
                check(&manifest, fields)?;
                ensure(manifest.encode() == vector.manifest.0, "the core encodes other bytes")?;
                ensure(
                    encode(fields) == vector.manifest.0,
                    "an independent implementation encodes other bytes",
                )
            }
            ("malformed", None, Some(field)) => match decoded {
                Err(EnvelopeError::Malformed(told)) => same("field", told, field.as_str()),
                Err(error) => Err(format!("told as {}", failing_layer(&error))),
                Ok(_) => Err("decoded, but must not".into()),
            },
            _ => Err("an expectation that is not known, or without what belongs to it".into()),
        }
    });
}

/// Every field that the core decoded is the file's; a new field of [`Manifest`] fails to compile.
fn check(manifest: &Manifest, fields: &Fields) -> Verdict {
    let Manifest {
        version,
        suite,
        id,
        sender,
        sender_key,
        recipients,
        created,
        sequence,
        content_type,
        content_len,
        body_len,
        content_salt,
        body_root,
        body_commitment,
        heads,
        labels,
        critical,
        extensions,
    } = manifest;
    same("version", *version, fields.version)?;
    same("suite", *suite, fields.suite)?;
    same("id", id.to_string(), hex(&fields.envelope_id.0))?;
    same("sender", sender.as_str(), fields.sender.as_str())?;
    same("sender key", sender_key.to_string(), hex(&fields.sender_key_id.0))?;
    let recipients =
        recipients.iter().map(|to| (to.agency.to_string(), to.epoch.0, Hex(to.key_id.as_bytes().to_vec())));
    same("recipients", &recipients.collect::<Vec<_>>(), &fields.recipients)?;
    same("created", created.unix(), fields.created)?;
    same("sequence", *sequence, fields.sequence)?;
    same("content type", content_type.as_str(), fields.content_type.as_str())?;
    same("content length", *content_len, fields.content_length)?;
    same("body length", *body_len, fields.body_length)?;
    same("salt", &content_salt[..], &*fields.content_salt.0)?;
    same("root", &body_root[..], &*fields.body_root.0)?;
    same("commitment", &body_commitment[..], &*fields.body_commitment.0)?;
    let heads = heads.iter().map(|head| (head.origin.clone(), head.size, Hex(head.root.to_vec())));
    same("heads", &heads.collect::<Vec<_>>(), &fields.roster_heads)?;
    let pairs =
        |list: &[vlec::Extension]| list.iter().map(|e| (e.id, Hex(e.value.clone()))).collect::<Vec<_>>();
    same("critical", &pairs(critical), &fields.critical_extensions)?;
    same("extensions", &pairs(extensions), &fields.extensions)?;
    same("labels", labels, &fields.labels.labels())
}

fn encode(fields: &Fields) -> Vec<u8> {
    let triples = |list: &[(String, u64, Hex)]| {
        let items =
            list.iter().map(|(name, number, value)| array(&[text(name), uint(*number), bytes(&value.0)]));
        array(&items.collect::<Vec<_>>())
    };
    let extensions =
        |list: &[(u64, Hex)]| map(&list.iter().map(|(id, value)| (*id, bytes(&value.0))).collect::<Vec<_>>());
    map(&[
        (1, uint(fields.version)),
        (2, uint(fields.suite)),
        (3, bytes(&fields.envelope_id.0)),
        (4, array(&[text(&fields.sender), bytes(&fields.sender_key_id.0)])),
        (5, triples(&fields.recipients)),
        (6, uint(fields.created)),
        (7, uint(fields.sequence)),
        (8, text(&fields.content_type)),
        (9, bytes(&fields.content_length.to_be_bytes())),
        (10, uint(fields.body_length)),
        (11, bytes(&fields.content_salt.0)),
        (12, bytes(&fields.body_root.0)),
        (13, bytes(&fields.body_commitment.0)),
        (14, triples(&fields.roster_heads)),
        (15, map(&fields.labels.entries())),
        (16, extensions(&fields.critical_extensions)),
        (17, extensions(&fields.extensions)),
    ])
}
