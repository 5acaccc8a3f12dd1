//! `checkpoints/`: notes, policies and proofs of inclusion. What holds is put together again, signed
//! again and hashed again, by the core and without it.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Deserialize;
use vlec::hazmat::{Secret, authority_keys, checkpoint_log_time, checkpoint_time, injected_random};
use vlec::{
    Checkpoint, CheckpointError, InclusionProof, LogPublicKey, Policy, SignedCheckpoint, Timestamp,
    TrustAnchor,
};

use crate::bytes::{Fill, Hex, filled, hex};
use crate::independent::{note_sign, pair_public, sha256};
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
    line: Option<usize>,
    note: Option<String>,
    proof: Option<String>,
    policy: Option<String>,
    fill: Option<Fill>,
    #[serde(default)]
    log: Vec<[String; 2]>,
    judged_by: Option<String>,
    latest: Option<u64>,
    leaf: Option<Hex>,
    says: Option<Says>,
    #[serde(default)]
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    origin: Option<String>,
    size: Option<u64>,
    root: Option<Hex>,
    #[serde(default)]
    log_times: Vec<u64>,
    time: Option<u64>,
    index: Option<u64>,
    extra: Option<Hex>,
    #[serde(default)]
    witnesses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    name: String,
    r#type: u8,
    key_id: Hex,
    seed: Hex,
    time: Option<u64>,
    random: Option<Hex>,
    message: Hex,
}

/// What the core says of one: the values of a good one.
#[derive(Default)]
struct Come {
    log_times: Vec<u64>,
    time: Option<u64>,
}

#[test]
fn checkpoints_policies_and_proofs_hold_or_fail_as_they_say() {
    let vectors: BTreeMap<String, Vector> = load("checkpoints");
    run("checkpoints", &vectors, 180, |file, vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        let written_out = |text: &str| filled(text, vector.fill.as_ref());
        match (&vector.note, &vector.proof, &vector.policy) {
            (Some(note), None, None) => check_note(&vectors, vector, &written_out(note)?),
            (None, Some(proof), None) => check_proof(&vectors, vector, proof),
            (None, None, Some(policy)) => check_policy(vector, &written_out(policy)?),
            _ => Err("not one of note, proof and policy".into()),
        }
    });
}

fn check_note(vectors: &BTreeMap<String, Vector>, vector: &Vector, note: &str) -> Verdict {
    let signed = SignedCheckpoint::decode(note.as_bytes());
    let come = signed.clone().and_then(|signed| {
        let mut come = Come::default();
        for (_, log) in keys(vector) {
            come.log_times.push(checkpoint_log_time(&signed, &log)?.unix());
        }
        if let Some((policy, latest)) = judged_by(vectors, vector) {
            come.time = Some(checkpoint_time(&signed, &policy, latest)?.unix());
        }
        Ok(come)
    });
    let Some(come) = verdict(vector, come)? else { return Ok(()) };
    let (signed, says) = (signed.unwrap(), vector.says.as_ref().ok_or("nothing said")?);
    same("note", signed.encode(), note.to_owned())?;
    let checkpoint = signed.checkpoint();
    same("origin", Some(checkpoint.anchor().to_string()), says.origin.clone())?;
    same("size", Some(checkpoint.size()), says.size)?;
    same("root", Some(Hex(checkpoint.root().to_vec())), says.root.clone())?;
    same("times of the log", &come.log_times, &says.log_times)?;
    same("time", come.time, says.time)?;
    let nothing_else = says.index.is_none() && says.extra.is_none() && says.witnesses.is_empty();
    ensure(nothing_else, "says what a note does not")?;
    if vector.signatures.is_empty() {
        return Ok(());
    }
    same("text", again(vector, checkpoint)?, note.to_owned())?;
    same("signed by the core", signed_again(vector, checkpoint)?.encode(), note.to_owned())
}

/// The note without the core, from what it says and the signers' seeds.
fn again(vector: &Vector, checkpoint: &Checkpoint) -> Verdict<String> {
    let (origin, size, root) = (checkpoint.anchor().to_string(), checkpoint.size(), checkpoint.root());
    let text = format!("{origin}\n{size}\n{}\n", BASE64.encode(root));
    let mut note = format!("{text}\n");
    for Signature { name, r#type, key_id, seed, time, random, message } in &vector.signatures {
        let time = time.unwrap_or_default();
        let expected = match r#type {
            1 => text.clone().into_bytes(),
            4 => format!("cosignature/v1\ntime {time}\n{text}").into_bytes(),
            6 => {
                let names = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
                let numbers = |n: u64| n.to_be_bytes();
                [
                    &b"subtree/v1\n\0"[..],
                    &names(name),
                    &numbers(time),
                    &names(&origin),
                    &numbers(0),
                    &numbers(size),
                    root,
                ]
                .concat()
            }
            _ => return Err(format!("type {type}")),
        };
        same("message", &expected, &message.0)?;
        let public = pair_public(&seed.array());
        let key = if *r#type == 6 { &public[..1312] } else { &public[1312..] };
        let id = sha256(&[name.as_bytes(), b"\n", &[*r#type], key]);
        same("key id", &id[..4], &*key_id.0)?;
        let random = random.as_ref().map(Hex::array);
        let stamp = if *r#type == 1 { Vec::new() } else { time.to_be_bytes().to_vec() };
        let line = [&id[..4], &stamp, &note_sign(&seed.array(), &expected, random)].concat();
        note += &format!("— {name} {}\n", BASE64.encode(&line));
    }
    Ok(note)
}

/// The note as the core signs it, pair by pair.
fn signed_again(vector: &Vector, checkpoint: &Checkpoint) -> Verdict<SignedCheckpoint> {
    let country = checkpoint.anchor().country();
    let mut signed: Option<SignedCheckpoint> = None;
    for pair in vector.signatures.chunks_exact(2) {
        let (seed, at) = (Secret::<64>::new(|seed| *seed = pair[1].seed.array()), pair[1].time);
        let at = at.and_then(Timestamp::from_unix).ok_or("time")?;
        let drawn: [u8; 32] = pair[1].random.as_ref().ok_or("random")?.array();
        let random = injected_random(move |out| {
            out.copy_from_slice(&drawn);
            true
        });
        let (_, log, witness) = authority_keys(country, &seed, &seed, &seed);
        let result = match (signed.take(), pair[0].name.strip_suffix("/witness")) {
            (None, None) => SignedCheckpoint::sign(*checkpoint, &log, at, &random),
            (Some(signed), None) => signed.countersign(&log, at, &random),
            (Some(mut signed), Some(anchor)) => {
                let anchor: TrustAnchor = anchor.parse().map_err(|_| "anchor")?;
                signed.cosign(&anchor, &witness, at, &random).map(|()| signed)
            }
            (None, Some(_)) => return Err("a witness before the log".into()),
        };
        signed = Some(result.map_err(|error| error.to_string())?);
    }
    signed.ok_or_else(|| "no signature".into())
}

fn check_proof(vectors: &BTreeMap<String, Vector>, vector: &Vector, text: &str) -> Verdict {
    let proof = InclusionProof::decode(text.as_bytes());
    let leaf = vector.leaf.as_ref().ok_or("no leaf")?;
    let come = proof.clone().and_then(|proof| {
        let (policy, latest) = judged_by(vectors, vector).unwrap();
        let (anchor, log) = keys(vector).remove(0);
        let time = Some(proof.verify(&leaf.0, &anchor, &log, &policy, latest)?.unix());
        Ok(Come { time, ..Come::default() })
    });
    let Some(come) = verdict(vector, come)? else { return Ok(()) };
    let (proof, says) = (proof.unwrap(), vector.says.as_ref().ok_or("nothing said")?);
    same("proof", proof.encode(), text.to_owned())?;
    same("index", Some(proof.index()), says.index)?;
    same("extra", proof.extra().map(|extra| Hex(extra.to_vec())), says.extra.clone())?;
    same("time", come.time, says.time)
}

fn check_policy(vector: &Vector, text: &str) -> Verdict {
    match (Policy::parse(text), vector.line, &vector.says) {
        (Ok(policy), None, Some(says)) => {
            same("expect", "ok", vector.expect.as_str())?;
            same("text", policy.to_string(), text.to_owned())?;
            same("witnesses", policy.witnesses().collect::<Vec<_>>(), says.witnesses.clone())
        }
        (Err(error), Some(line), None) => {
            same("code", error.code(), vector.expect.as_str())?;
            same("line", error.line(), line)
        }
        (Ok(_), ..) => Err("read, but must not".into()),
        (Err(error), ..) => Err(format!("told as {} at line {}", error.code(), error.line())),
    }
}

/// The code and the field are the file's; what came of a good one.
fn verdict(vector: &Vector, come: Result<Come, CheckpointError>) -> Verdict<Option<Come>> {
    let field = match &come {
        Err(CheckpointError::Malformed { field }) => Some(*field),
        _ => None,
    };
    same("code", come.as_ref().err().map_or("ok", CheckpointError::code), vector.expect.as_str())?;
    same("field", field, vector.field.as_deref())?;
    ensure(come.is_ok() == vector.says.is_some(), "a good one says what it comes to, and no other does")?;
    Ok(come.ok())
}

/// The log's pairs, from their vkeys, each under the anchor that is its name.
fn keys(vector: &Vector) -> Vec<(TrustAnchor, LogPublicKey)> {
    let pairs = vector.log.iter().map(|vkeys| {
        let [ed25519, ml_dsa] = vkeys.each_ref().map(|vkey| {
            let key = vkey.split('+').skip(2).collect::<Vec<_>>().join("+");
            BASE64.decode(key.as_bytes()).unwrap()
        });
        assert_eq!((ed25519[0], ml_dsa[0]), (1, 6), "types");
        let anchor: TrustAnchor = vkeys[0].split('+').next().unwrap().parse().unwrap();
        let key = [&ml_dsa[1..], &ed25519[1..]].concat();
        let key = LogPublicKey::from_bytes(anchor.country(), &key).unwrap();
        assert_eq!(&Checkpoint::log_vkeys(&anchor, &key), vkeys, "vkeys");
        (anchor, key)
    });
    pairs.collect()
}

/// The policy is that of another vector of the folder.
fn judged_by(vectors: &BTreeMap<String, Vector>, vector: &Vector) -> Option<(Policy, Timestamp)> {
    let policy = vectors[vector.judged_by.as_ref()?].policy.as_ref().unwrap();
    let latest = Timestamp::from_unix(vector.latest.unwrap()).unwrap();
    Some((Policy::parse(policy).unwrap(), latest))
}

/// The example of SPEC §4.14 is the vector's.
#[test]
fn the_specification_shows_a_key_id_and_a_cosigned_message() {
    let specification = include_str!("../../../SPEC.md");
    let vectors: BTreeMap<String, Vector> = load("checkpoints");
    for signature in &vectors["checkpoint-one-witness.json"].signatures {
        let id = hex(&signature.key_id.0);
        assert!(specification.contains(&format!("`{id}`")), "key id {id}");
        let key = hex(&pair_public(&signature.seed.array())[1312..]);
        assert!(signature.r#type != 1 || specification.contains(&format!("`{key}`")), "key {key}");
    }
    let lines = |hex: String| {
        let lines = hex.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    };
    for number in [2, 3] {
        let message = lines(hex(&vectors["checkpoint-one-witness.json"].signatures[number].message.0));
        assert!(specification.contains(&message), "message {number}:\n{message}");
    }
}
