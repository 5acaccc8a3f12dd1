//! Checkpoints of which one thing is wrong.

use data_encoding::BASE64;
use vlec::hazmat::{label, seeded_random};

use crate::Result;
use crate::checkpoints::{AT, Case, ED25519, ED25519_COSIGNATURE, LATEST, ML_DSA, Pair, Scene, Text, note};

pub(crate) fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let mut cases = malformed(scene)?;
    cases.extend(of_the_log(scene)?);
    cases.extend(of_witnesses(scene)?);
    Ok(cases)
}

/// Notes that do not decode.
fn malformed(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, text, .. } = scene;
    let [ed, ml] = log.log_lines(text, AT)?.map(|line| line.text);
    let body = text.text();
    let good = note(&body, [ed.as_str(), &ml]);
    let (root, origin) = (BASE64.encode(&text.root), &text.origin);
    let of = |text: &str| note(text, [ed.as_str(), &ml]);
    let line = |line: &str| note(&body, [ed.as_str(), &ml, line]);
    let key = "AAAAAAA=";
    // The last character before the padding carries unused bits.
    let loose = root.replace('=', "").to_owned();
    let loose = loose.get(..42).unwrap_or_default();
    let rows: Vec<(&str, &str, &'static str, &'static str, String)> = vec![
        ("note-empty", "no bytes", "LOG-20", "note", String::new()),
        ("note-without-signatures", "the text alone", "LOG-20", "note", body.clone()),
        (
            "note-without-blank-line",
            "no empty line before the signatures",
            "LOG-20",
            "note",
            good.replace("\n\n", "\n"),
        ),
        (
            "note-two-blank-lines",
            "two empty lines before the signatures",
            "LOG-11",
            "extension line",
            good.replace("\n\n", "\n\n\n"),
        ),
        ("note-without-last-newline", "no newline at its end", "LOG-20", "note", good.trim_end().to_owned()),
        ("note-trailing-newline", "an empty line at its end", "LOG-20", "note", good.clone() + "\n"),
        (
            "note-carriage-returns",
            "lines end in two characters",
            "LOG-20",
            "note",
            good.replace('\n', "\r\n"),
        ),
        (
            "note-control-character",
            "a tabulator in the text",
            "LOG-20",
            "note",
            good.replacen('\n', "\t\n", 1),
        ),
        (
            "line-hyphen",
            "a hyphen in place of the dash",
            "LOG-21",
            "signature line",
            line(&format!("- name {key}\n")),
        ),
        (
            "line-two-spaces",
            "two spaces before the signature",
            "LOG-21",
            "signature line",
            line(&format!("— name  {key}\n")),
        ),
        ("line-without-name", "no name", "LOG-21", "signature line", line(&format!("—  {key}\n"))),
        (
            "line-name-plus",
            "a plus in the name",
            "LOG-21",
            "signature line",
            line(&format!("— na+me {key}\n")),
        ),
        (
            "line-name-wide-space",
            "a wide space in the name",
            "LOG-21",
            "signature line",
            line(&format!("— na\u{2003}me {key}\n")),
        ),
        (
            "line-without-signature",
            "a key id and nothing else",
            "LOG-21",
            "signature line",
            line("— name AAAAAA==\n"),
        ),
        (
            "line-base64-unused-bits",
            "base64 that is not canonical",
            "LOG-23",
            "signature line",
            line("— name AAAAAAB=\n"),
        ),
        (
            "line-base64-unpadded",
            "base64 without its padding",
            "LOG-23",
            "signature line",
            line("— name AAAAAAA\n"),
        ),
        (
            "line-base64-padding-inside",
            "two padded texts in a row",
            "LOG-23",
            "signature line",
            line("— name AAAAAAA=AAAA\n"),
        ),
        (
            "line-base64-url",
            "base64 of the other alphabet",
            "LOG-23",
            "signature line",
            line("— name AAAA_AA=\n"),
        ),
        ("extension-line", "a fourth line", "LOG-11", "extension line", of(&(body.clone() + "more\n"))),
        (
            "origin-of-another-form",
            "an origin that is no trust anchor",
            "LOG-10",
            "origin",
            of(&body.replace("vlec/1/", "vlec/2/")),
        ),
        (
            "origin-capitals",
            "the origin's digits in capitals",
            "LOG-10",
            "origin",
            of(&body.replace(origin.as_str(), &origin.to_uppercase().replace("VLEC", "vlec"))),
        ),
        (
            "size-leading-zero",
            "a size of two digits",
            "LOG-12",
            "tree size",
            of(&format!("{origin}\n05\n{root}\n")),
        ),
        ("size-plus", "a size with a sign", "LOG-12", "tree size", of(&format!("{origin}\n+5\n{root}\n"))),
        ("size-missing", "a size of no digits", "LOG-12", "tree size", of(&format!("{origin}\n\n{root}\n"))),
        (
            "size-over-64-bits",
            "a size of 2^64",
            "LOG-12",
            "tree size",
            of(&format!("{origin}\n18446744073709551616\n{root}\n")),
        ),
        ("root-missing", "no root", "LOG-13", "root hash", of(&format!("{origin}\n5\n"))),
        (
            "root-short",
            "a root of 31 bytes",
            "LOG-13",
            "root hash",
            of(&format!("{origin}\n5\n{}\n", BASE64.encode(&[7; 31]))),
        ),
        (
            "root-long",
            "a root of 33 bytes",
            "LOG-13",
            "root hash",
            of(&format!("{origin}\n5\n{}\n", BASE64.encode(&[7; 33]))),
        ),
        (
            "root-base64-unused-bits",
            "a root that is not canonical",
            "LOG-23",
            "root hash",
            of(&format!("{origin}\n5\n{loose}9=\n")),
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(name, what, rule, field, note)| {
            Case::new(name, what, &[rule]).malformed(field).note(note, &[log])
        })
        .collect();
    let strangers: String = (0..15u8).map(|n| format!("— stranger.example/{n} {key}\n")).collect();
    cases.push(
        Case::new("note-17-lines", "seventeen signature lines", &["LOG-22"])
            .attack("R15")
            .expect("checkpoint-too-large")
            .note(line(&strangers), &[log]),
    );
    let over = Text { size: 1 << 63, ..text.clone() };
    let lines = log.log_lines(&over, AT)?.map(|line| line.text);
    cases.push(
        Case::new("size-over-limit", "a size of 2^63", &["LOG-12"])
            .expect("checkpoint-too-large")
            .note(note(&over.text(), lines.iter().map(String::as_str)), &[log]),
    );
    Ok(cases)
}

/// Signatures of the log.
fn of_the_log(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, next_log, witnesses: [ua, ..], text, .. } = scene;
    let [ed, ml] = log.log_lines(text, AT)?;
    let [other_ed, other_ml] = next_log.log_lines(text, AT)?;
    let of = |lines: &[&str]| note(&text.text(), lines.iter().copied());
    let another = Text { size: text.size + 1, ..text.clone() };
    let [swapped_ed, swapped_ml] = log.log_lines(&another, AT)?;
    let (zero, far) = (log.ml_dsa_line(text, 0)?, log.ml_dsa_line(text, 1 << 53)?);
    let beyond = log.ml_dsa_line(text, 1 << 63)?;
    let cosigned = log.ed25519_line(text, AT)?;
    // What the log's pair signs of an event, as if it were of a note.
    let random = seeded_random([0; 32]);
    let event = log.pair().sign(label::SIGN_GENESIS, text.text().as_bytes(), &random)?;
    let (event_ml, event_ed) = event.split_at_checked(2420).ok_or("signature")?;
    let event_ml = [&AT.to_be_bytes()[..], event_ml].concat();
    let renamed = log.renamed("vlec/1/GE").ml_dsa_line(text, AT)?;
    const MISSING: &str = "checkpoint-log-signature-missing";
    const BAD: &str = "checkpoint-bad-signature";
    let rows: Vec<(&str, &str, &'static str, &'static str, Vec<&str>)> = vec![
        ("log-ml-dsa-missing", "Ed25519 alone", "LOG-33", MISSING, vec![&ed.text]),
        ("log-ed25519-missing", "ML-DSA-44 alone", "LOG-33", MISSING, vec![&ml.text]),
        (
            "log-of-other-keys",
            "signed by another pair under the log's name",
            "LOG-33",
            MISSING,
            vec![&other_ed.text, &other_ml.text],
        ),
        (
            "log-halves-of-two-pairs",
            "Ed25519 of the log's pair, ML-DSA-44 of another",
            "LOG-33",
            MISSING,
            vec![&ed.text, &other_ml.text],
        ),
        (
            "log-signs-as-a-witness",
            "type 0x04 in place of 0x01",
            "LOG-30",
            MISSING,
            vec![&cosigned.text, &ml.text],
        ),
        (
            "log-ed25519-of-another-size",
            "Ed25519 over the next size",
            "LOG-33",
            BAD,
            vec![&swapped_ed.text, &ml.text],
        ),
        (
            "log-ml-dsa-of-another-size",
            "ML-DSA-44 over the next size",
            "LOG-33",
            BAD,
            vec![&ed.text, &swapped_ml.text],
        ),
        (
            "log-signed-twice",
            "one key in two lines",
            "LOG-24",
            "checkpoint-signed-twice",
            vec![&ed.text, &ml.text, &ed.text],
        ),
        (
            "log-time-zero",
            "ML-DSA-44's time is 0",
            "LOG-33",
            "checkpoint-no-time",
            vec![&ed.text, &zero.text],
        ),
        (
            "log-time-over-2-53",
            "ML-DSA-44's time is 2^53",
            "LOG-33",
            "checkpoint-no-time",
            vec![&ed.text, &far.text],
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(name, what, rule, code, lines)| {
            Case::new(name, what, &[rule]).attack("R15").expect(code).note(of(&lines), &[log])
        })
        .collect();
    cases.push(
        Case::new("log-time-over-2-63", "ML-DSA-44's time is 2^63", &["LOG-32"])
            .attack("R15")
            .malformed("time of a signature")
            .note(of(&[&ed.text, &beyond.text]), &[log]),
    );
    let (wrong_ed, wrong_ml) = (log.line(ED25519, event_ed), log.line(ML_DSA, &event_ml));
    for (name, what, lines) in [
        ("log-ed25519-of-an-event", "Ed25519's half of a proof of possession", [&wrong_ed, &ml.text]),
        ("log-ml-dsa-of-an-event", "ML-DSA-44's half of a proof of possession", [&ed.text, &wrong_ml]),
        (
            "log-ml-dsa-under-another-name",
            "ML-DSA-44 over another name of the signer",
            [&ed.text, &log.line(ML_DSA, &renamed.bytes)],
        ),
    ] {
        let lines = lines.map(String::as_str);
        cases.push(
            Case::new(name, what, &["LOG-33", "LOG-36"]).attack("S3").expect(BAD).note(of(&lines), &[log]),
        );
    }
    cases.push(
        Case::new("log-is-a-witness", "a witness's lines alone", &["LOG-33"])
            .attack("R15")
            .expect(MISSING)
            .note(of(&ua.witness_lines(text, AT)?.each_ref().map(|line| line.text.as_str())), &[log]),
    );
    Ok(cases)
}

/// Name, description, rule, code, policy and the witnesses' lines.
type Row<'a> = (&'a str, &'a str, &'static str, &'static str, &'a str, Vec<&'a str>);

/// Cosignatures under a policy that asks for UA, but where another stands there.
fn of_witnesses(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, witnesses: [ua, az, md], text, .. } = scene;
    let own = log.log_lines(text, AT)?.map(|line| line.text);
    let of = |lines: &[&str]| note(&text.text(), own.iter().map(String::as_str).chain(lines.iter().copied()));
    let [ed, ml] = ua.witness_lines(text, AT + 60)?.map(|line| line.text);
    let another = Text { root: [7; 32], ..text.clone() };
    let [swapped_ed, swapped_ml] = ua.witness_lines(&another, AT + 60)?.map(|line| line.text);
    let [zero_ed, zero_ml] = ua.witness_lines(text, 0)?.map(|line| line.text);
    let [late_ed, late_ml] = ua.witness_lines(text, LATEST + 1)?.map(|line| line.text);
    let [beyond_ed, beyond_ml] = ua.witness_lines(text, 1 << 63)?.map(|line| line.text);
    let [az_ed, az_ml] = az.witness_lines(text, AT + 20)?.map(|line| line.text);
    let of_text = ua.text_line(text)?.text;
    let renamed = ua.line(ML_DSA, &ua.renamed(&md.name).ml_dsa_line(text, AT + 60)?.bytes);
    let moved = moved(ua, ED25519_COSIGNATURE, &ua.ed25519_line(text, AT + 60)?.bytes);
    let moved_ml = self::moved(ua, ML_DSA, &ua.ml_dsa_line(text, AT + 60)?.bytes);
    let short = ua.line(ED25519_COSIGNATURE, &[0; 8]);
    const NONE: &str = "checkpoint-no-quorum";
    const BAD: &str = "checkpoint-bad-signature";
    const ONE: &str = "policy-one-witness";
    const TWO: &str = "policy-two-of-three";
    let rows: Vec<Row<'_>> = vec![
        ("witness-missing", "no cosignature", "LOG-53", NONE, ONE, vec![]),
        ("witness-ed25519-alone", "Ed25519 alone", "LOG-50", NONE, ONE, vec![&ed]),
        ("witness-ml-dsa-alone", "ML-DSA-44 alone", "LOG-50", NONE, ONE, vec![&ml]),
        (
            "witness-halves-of-two",
            "Ed25519 of one witness, ML-DSA-44 of another",
            "LOG-50",
            NONE,
            TWO,
            vec![&ed, &az_ml],
        ),
        (
            "witness-unknown",
            "cosigned by a witness whom the policy does not name",
            "LOG-53",
            NONE,
            ONE,
            vec![&az_ed, &az_ml],
        ),
        ("witnesses-too-few", "one of two", "LOG-53", NONE, TWO, vec![&ed, &ml]),
        (
            "witnesses-one-and-a-half",
            "one of two, and Ed25519 of another",
            "LOG-50",
            NONE,
            TWO,
            vec![&ed, &ml, &az_ed],
        ),
        ("witness-signs-as-a-log", "type 0x01 in place of 0x04", "LOG-34", NONE, ONE, vec![&of_text, &ml]),
        ("witness-times-zero", "both times are 0", "LOG-51", NONE, ONE, vec![&zero_ed, &zero_ml]),
        ("witness-ed25519-time-zero", "Ed25519's time is 0", "LOG-51", NONE, ONE, vec![&zero_ed, &ml]),
        ("witness-ml-dsa-time-zero", "ML-DSA-44's time is 0", "LOG-51", NONE, ONE, vec![&ed, &zero_ml]),
        (
            "witness-times-in-the-future",
            "both times are a second too late",
            "LOG-51",
            NONE,
            ONE,
            vec![&late_ed, &late_ml],
        ),
        (
            "witness-ed25519-time-in-the-future",
            "Ed25519's time is a second too late",
            "LOG-51",
            NONE,
            ONE,
            vec![&late_ed, &ml],
        ),
        (
            "witness-ml-dsa-time-in-the-future",
            "ML-DSA-44's time is a second too late",
            "LOG-51",
            NONE,
            ONE,
            vec![&ed, &late_ml],
        ),
        (
            "witness-ed25519-of-another-root",
            "Ed25519 over another root",
            "LOG-34",
            BAD,
            ONE,
            vec![&swapped_ed, &ml],
        ),
        (
            "witness-ml-dsa-of-another-root",
            "ML-DSA-44 over another root",
            "LOG-34",
            BAD,
            ONE,
            vec![&ed, &swapped_ml],
        ),
        (
            "witness-ed25519-time-moved",
            "Ed25519's time is a second later than signed",
            "LOG-34",
            BAD,
            ONE,
            vec![&moved, &ml],
        ),
        (
            "witness-ml-dsa-time-moved",
            "ML-DSA-44's time is a second later than signed",
            "LOG-34",
            BAD,
            ONE,
            vec![&ed, &moved_ml],
        ),
        (
            "witness-ml-dsa-under-another-name",
            "ML-DSA-44 over the name of another witness",
            "LOG-36",
            BAD,
            ONE,
            vec![&ed, &renamed],
        ),
        (
            "witness-signature-short",
            "a known key's line of eight bytes",
            "LOG-34",
            BAD,
            ONE,
            vec![&short, &ml],
        ),
        (
            "witness-fails-beside-a-quorum",
            "two of three count, the third one's line fails",
            "LOG-34",
            BAD,
            "policy-one-of-two",
            vec![&az_ed, &az_ml, &swapped_ed],
        ),
        (
            "witness-signed-twice",
            "one key in two lines",
            "LOG-24",
            "checkpoint-signed-twice",
            ONE,
            vec![&ed, &ml, &ed],
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(name, what, rule, code, policy, lines)| {
            Case::new(name, what, &[rule])
                .attack("R15")
                .expect(code)
                .note(of(&lines), &[log])
                .judged_by(policy)
        })
        .collect();
    for (name, what, lines) in [
        ("witness-ed25519-time-over-2-63", "Ed25519's time is 2^63", [&beyond_ed, &ml]),
        ("witness-ml-dsa-time-over-2-63", "ML-DSA-44's time is 2^63", [&ed, &beyond_ml]),
    ] {
        let note = of(&lines.map(String::as_str));
        let case = Case::new(name, what, &["LOG-32"]).attack("R15").malformed("time of a signature");
        cases.push(case.note(note, &[log]).judged_by(ONE));
    }
    Ok(cases)
}

/// The line with its time a second later.
fn moved(pair: &Pair, key_type: u8, signature: &[u8]) -> String {
    let (time, rest) = signature.split_first_chunk().unwrap_or((&[0; 8], &[]));
    let later = u64::from_be_bytes(*time) + 1;
    pair.line(key_type, &[&later.to_be_bytes()[..], rest].concat())
}
