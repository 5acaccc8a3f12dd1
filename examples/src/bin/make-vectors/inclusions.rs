//! Proofs of inclusion: in a log of seventeen leaves of one byte each.

use data_encoding::BASE64;
use vlec::hazmat::digest::sha256;

use crate::Result;
use crate::checkpoints::{AT, Case, Says, Scene, Text, note};
use crate::hex::hex;

const LEAVES: u8 = 17;
const HEADER: &str = "c2sp.org/tlog-proof@v1\n";

pub(crate) fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let leaves: Vec<[u8; 32]> = (0..LEAVES).map(|leaf| sha256(&[&[0], &[leaf]])).collect();
    let text = Text { size: LEAVES.into(), root: root(&leaves), ..scene.text.clone() };
    let [ua, ..] = &scene.witnesses;
    let (log, witness) = (scene.log.log_lines(&text, AT)?, ua.witness_lines(&text, AT + 60)?);
    let lines = |lines: &[&str]| note(&text.text(), lines.iter().copied());
    let [ed, ml] = log.each_ref().map(|line| line.text.as_str());
    let [ua_ed, ua_ml] = witness.each_ref().map(|line| line.text.as_str());
    let checkpoint = lines(&[ed, ml, ua_ed, ua_ml]);
    let path = |index: u8| -> Vec<String> {
        path(index.into(), &leaves).iter().map(|hash| BASE64.encode(hash) + "\n").collect()
    };
    let of = |index: u8, path: &[String]| format!("{HEADER}index {index}\n{}\n{checkpoint}", path.concat());
    let base = |name: &str, what: &str, rule: &'static str, leaf: u8, proof: String| {
        Case::new(&format!("proof-{name}"), what, &[rule])
            .proof(proof, &[leaf], &[&scene.log])
            .judged_by("policy-one-witness")
    };
    let says = |index: u8, extra: Option<&[u8]>| {
        let (index, time) = (Some(index.into()), Some(AT + 60));
        Says { index, time, extra: extra.map(hex), ..Says::default() }
    };
    let mut cases = Vec::new();
    for (name, index) in [("first", 0), ("middle", 6), ("last", 16)] {
        let what = format!("leaf {index} of {LEAVES}");
        cases.push(base(name, &what, "LOG-64", index, of(index, &path(index))).says(says(index, None), &[]));
    }
    let good = of(6, &path(6));
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let first = path(6).concat().split_inclusive('\n').next().unwrap_or_default().to_owned();
    cases.push(
        base("extra", "with an extra line", "LOG-62", 6, with("index", "extra YWdl\nindex"))
            .says(says(6, Some(b"age")), &[]),
    );

    let mut changed = path(6);
    changed.reverse();
    let longer = [path(6), path(6).split_off(path(6).len() - 1)].concat();
    let out = "checkpoint-not-included";
    for (name, what, leaf, proof) in [
        ("of-another-leaf", "another leaf", 7, good.clone()),
        ("of-another-index", "the index of its neighbour", 6, with("index 6", "index 7")),
        ("path-reversed", "the path from the root down", 6, of(6, &changed)),
        ("path-empty", "no path", 6, of(6, &[])),
        ("path-short", "a node is missing", 6, with(&first, "")),
        ("path-long", "a node too many", 6, with(&first, &first.repeat(2))),
        ("path-longer-at-the-root", "a node too many behind the root's", 6, of(6, &longer)),
        ("path-of-64", "64 nodes", 6, with(&first, &first.repeat(60))),
    ] {
        cases.push(base(name, what, "LOG-64", leaf, proof).attack("R10").expect(out));
    }
    cases.push(
        base("path-of-65", "65 nodes", "LOG-61", 6, with(&first, &first.repeat(61)))
            .attack("R10")
            .expect("checkpoint-too-large"),
    );
    cases.push(
        base(
            "path-of-65-and-note-cut",
            "65 nodes, and a note without its last newline: the proof's own lines come first",
            "LOG-61",
            6,
            with(&first, &first.repeat(61)).trim_end().to_owned(),
        )
        .attack("R10")
        .expect("checkpoint-too-large"),
    );
    for (name, what, rule, field, proof) in [
        ("empty", "no bytes", "LOG-60", "inclusion proof", String::new()),
        ("header-of-version-2", "another header", "LOG-60", "inclusion proof", with("@v1", "@v2")),
        ("without-blank-line", "no empty line before the checkpoint", "LOG-60", "path", with("\n\n", "\n")),
        ("index-missing", "no index", "LOG-60", "index", with("index 6\n", "")),
        ("index-leading-zero", "an index of two digits", "LOG-60", "index", with("index 6", "index 06")),
        (
            "index-of-the-size",
            "the index of a leaf that is not there",
            "LOG-61",
            "index",
            with("index 6", "index 17"),
        ),
        (
            "hash-short",
            "a node of 31 bytes",
            "LOG-61",
            "path",
            with(&first, &(BASE64.encode(&[7; 31]) + "\n")),
        ),
        (
            "hash-base64-unpadded",
            "a node without its padding",
            "LOG-61",
            "path",
            with(&first, &first.replace('=', "")),
        ),
        ("extra-empty", "an extra line of no bytes", "LOG-62", "extra", with("index", "extra \nindex")),
        (
            "extra-after-index",
            "the extra line in the wrong place",
            "LOG-60",
            "path",
            with("index 6\n", "index 6\nextra YWdl\n"),
        ),
        (
            "extra-over-limit",
            "an extra line of 4,097 bytes",
            "LOG-62",
            "extra",
            with("index", &format!("extra {}\nindex", BASE64.encode(&[1; 4097]))),
        ),
        (
            "checkpoint-missing",
            "no checkpoint",
            "LOG-63",
            "note",
            good.split_inclusive("\n\n").next().unwrap_or_default().to_owned(),
        ),
    ] {
        cases.push(base(name, what, rule, 6, proof).malformed(field));
    }
    let short = format!("{HEADER}index 6\n{}\n", path(6).concat());
    for (name, what, code, checkpoint) in [
        (
            "log-signature-missing",
            "the log signed with Ed25519 alone",
            "checkpoint-log-signature-missing",
            lines(&[ed, ua_ed, ua_ml]),
        ),
        ("without-quorum", "no witness cosigned", "checkpoint-no-quorum", lines(&[ed, ml])),
    ] {
        cases.push(base(name, what, "LOG-64", 6, short.clone() + &checkpoint).attack("R15").expect(code));
    }
    let other = Text { origin: ua.name.replace("/witness", ""), ..text.clone() };
    let (log, witness) = (scene.log.log_lines(&other, AT)?, ua.witness_lines(&other, AT + 60)?);
    let signed = log.iter().chain(&witness).map(|line| line.text.as_str());
    let elsewhere = short.clone() + &note(&other.text(), signed);
    cases.push(
        base(
            "of-another-log",
            "the log's key name and keys under another log's origin",
            "LOG-64",
            6,
            elsewhere,
        )
        .attack("R4")
        .expect("checkpoint-other"),
    );
    Ok(cases)
}

/// `MTH` of RFC 6962 §2.1.
fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// `PATH` of RFC 6962 §2.1.1.
fn path(index: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut inner, beside) = match index.checked_sub(left.len()) {
        None => (path(index, left), root(right)),
        Some(index) => (path(index, right), root(left)),
    };
    inner.push(beside);
    inner
}
