//! Notes and policies at their limits, signatures with components of small order, and which of two faults is told.

use data_encoding::BASE64;
use vlec::hazmat::world::seed;

use crate::Result;
use crate::checkpoints::{AT, Case, ED25519, ED25519_COSIGNATURE, ML_DSA, Pair, Says, Scene, Text, note};
use crate::crooked::{self, Crook};
use crate::hex::Fill;
use crate::policies::witness;

const BAD: &str = "checkpoint-bad-signature";
const ONE: &str = "policy-one-witness";
const NOTE: usize = 128 * 1024;
const POLICY: usize = 256 * 1024;

pub(crate) fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let mut cases = limits(scene)?;
    cases.extend(small_order(scene)?);
    cases.extend(known_keys(scene)?);
    cases.extend(two_faults(scene)?);
    cases.extend(policies(scene)?);
    Ok(cases)
}

/// Notes of the greatest length, and a byte more.
fn limits(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, text, .. } = scene;
    let own = log.log_lines(text, AT)?.map(|line| line.text);
    let good = note(&text.text(), own.iter().map(String::as_str));
    let mut cases = Vec::new();
    for (name, what, over) in
        [("note-of-128-kib", "131,072 bytes", 0), ("note-over-128-kib", "131,073 bytes", 1)]
    {
        let (name_of_key, fill) = filling(NOTE + over - good.len());
        let text_of = format!("{good}— {name_of_key} …\n");
        let case = Case::new(name, what, &["LOG-22"]).note(text_of, &[log]).filled(fill, NOTE + over)?;
        cases.push(match over {
            0 => case.says(text.says(&[AT], None), &[]),
            _ => case.attack("D1").expect("checkpoint-too-large"),
        });
    }
    Ok(cases)
}

/// A key name and the filling of its line's base64, which with dash, spaces and newline are so long.
pub(crate) fn filling(length: usize) -> (String, Fill) {
    // "— ", " ", "\n"
    let left = length - 6;
    let name = "s".repeat(4 + left % 4);
    let times = (left - name.len()) / 4;
    (name, Fill { with: "AAAA", times })
}

/// `[SIG-01]`: no cofactor, and no R of small order, in notes too.
fn small_order(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, witnesses: [ua, ..], text, .. } = scene;
    let own = log.log_lines(text, AT)?.map(|line| line.text);
    let [ed, ml] = own.each_ref().map(String::as_str);
    let of = |lines: &[&str]| note(&text.text(), lines.iter().copied());
    let ua_ml = ua.ml_dsa_line(text, AT + 60)?.text;
    let crooked = |pair: &Pair, crook, message: &[u8]| -> Result<[u8; 64]> {
        let seed = seed::<64>(&pair.seed);
        Ok(crooked::sign(crook, seed.expose().get(32..).ok_or("seed")?, message)?.1)
    };
    let mut cases = Vec::new();
    for (crook, name, what) in [
        (Crook::MixedR, "mixed", "R has a component of small order: it holds with the cofactor alone"),
        (Crook::SmallR, "small", "R is of small order, and the equation holds"),
    ] {
        let line = log.line(ED25519, &crooked(log, crook, text.text().as_bytes())?);
        cases.push(
            Case::new(&format!("log-ed25519-{name}-r"), what, &["SIG-01", "LOG-33"])
                .attack("S1")
                .expect(BAD)
                .note(of(&[&line, ml]), &[log]),
        );
        let time = AT + 60;
        let message = format!("cosignature/v1\ntime {time}\n{}", text.text());
        let signature = [&time.to_be_bytes()[..], &crooked(ua, crook, message.as_bytes())?].concat();
        let line = ua.line(ED25519_COSIGNATURE, &signature);
        cases.push(
            Case::new(&format!("witness-ed25519-{name}-r"), what, &["SIG-01", "LOG-34"])
                .attack("S1")
                .expect(BAD)
                .note(of(&[ed, ml, &line, &ua_ml]), &[log])
                .judged_by(ONE),
        );
    }
    Ok(cases)
}

/// `[LOG-34]`: a key is known by its name and its id, both.
fn known_keys(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, witnesses: [ua, az, _], text, .. } = scene;
    let own = log.log_lines(text, AT)?.map(|line| line.text);
    let cosigned = ua.witness_lines(text, AT + 60)?.map(|line| line.text);
    let good: Vec<&str> = own.iter().chain(&cosigned).map(String::as_str).collect();
    let with =
        |lines: &[String]| note(&text.text(), good.iter().copied().chain(lines.iter().map(String::as_str)));
    let named =
        |name: &str, id: [u8; 4]| format!("— {name} {}\n", BASE64.encode(&[&id[..], &[7; 64]].concat()));
    let says = || text.says(&[AT], Some(AT + 60));
    let new = |name: &str, what: &str, lines: &[String]| {
        Case::new(name, what, &["LOG-34", "LOG-24"]).note(with(lines), &[log]).judged_by(ONE)
    };
    let stranger = named("stranger.example", [9; 4]);
    Ok(vec![
        new(
            "known-ids-under-other-names",
            "the ids of the log's and the witness's keys under a stranger's \
             name, with signatures of nobody",
            &[
                named("stranger.example", log.key_id(ED25519)),
                named("stranger.example", log.key_id(ML_DSA)),
                named("stranger.example", ua.key_id(ED25519_COSIGNATURE)),
                named("stranger.example", ua.key_id(ML_DSA)),
            ],
        )
        .says(says(), &[]),
        new(
            "known-names-with-other-ids",
            "the names of log and witness with ids of nobody",
            &[named(&log.name, [9; 4]), named(&ua.name, [9; 4])],
        )
        .says(says(), &[]),
        new(
            "log-id-under-the-witness-name",
            "the id of the log's key under the witness's name",
            &[named(&ua.name, log.key_id(ED25519))],
        )
        .says(says(), &[]),
        new(
            "unknown-key-twice",
            "an unknown key in two lines: only a known one's second line \
             refuses a note",
            &[stranger.clone(), stranger],
        )
        .says(says(), &[]),
        new("witness-outside-the-policy-twice", "a witness that the policy does not name, in two lines", &{
            let line = az.ed25519_line(text, AT)?.text;
            [line.clone(), line]
        })
        .says(says(), &[]),
    ])
}

/// The order of SPEC §7: the first of two faults is told.
fn two_faults(scene: &Scene) -> Result<Vec<Case>> {
    let Scene { log, witnesses: [ua, az, _], text, .. } = scene;
    let [ed, ml] = log.log_lines(text, AT)?.map(|line| line.text);
    let another = Text { root: [7; 32], ..text.clone() };
    let [bad_ed, bad_ml] = log.log_lines(&another, AT)?.map(|line| line.text);
    let [ua_ed, ua_ml] = ua.witness_lines(text, AT + 60)?.map(|line| line.text);
    let [ua_bad_ed, ua_bad_ml] = ua.witness_lines(&another, AT + 60)?.map(|line| line.text);
    let [az_bad_ed, _] = az.witness_lines(&another, AT + 60)?.map(|line| line.text);
    // The time is malformed, and the signature is of another text.
    let beyond_bad = ua.ed25519_line(&another, 1 << 63)?.text;
    let zero = log.ml_dsa_line(text, 0)?.text;
    let (missing, twice) = ("checkpoint-log-signature-missing", "checkpoint-signed-twice");
    let of = |lines: &[&str]| note(&text.text(), lines.iter().copied());
    let new = |name: &str, what: &str, expect: &'static str, lines: &[&str]| {
        Case::new(&format!("two-faults-{name}"), what, &["§4.14"])
            .attack("R15")
            .expect(expect)
            .note(of(lines), &[log])
            .judged_by("policy-one-of-two")
    };
    let mut cases = vec![
        new(
            "log-bad-and-missing",
            "the log's Ed25519 line does not verify, and its other one is missing",
            BAD,
            &[&bad_ed, &ua_ed, &ua_ml],
        ),
        new(
            "log-missing-and-bad",
            "the log's Ed25519 line is missing, and its other one does not verify",
            missing,
            &[&bad_ml, &ua_ed, &ua_ml],
        ),
        new(
            "log-ml-dsa-twice-and-ed25519-bad",
            "the log's Ed25519 line does not verify, and its other key has two \
             lines",
            BAD,
            &[&bad_ed, &ml, &ml],
        ),
        new(
            "log-ed25519-twice-and-bad",
            "two lines of the log's Ed25519 key, neither of which verifies",
            twice,
            &[&bad_ed, &bad_ed, &ml],
        ),
        new(
            "log-missing-and-witness-twice",
            "a line of the log is missing, and a witness's key has two",
            missing,
            &[&ed, &ua_ed, &ua_ed, &ua_ml],
        ),
        new(
            "log-bad-and-witness-twice",
            "a line of the log does not verify, and a witness's key has two",
            BAD,
            &[&ed, &bad_ml, &ua_ed, &ua_ed],
        ),
        new(
            "log-without-time-and-witness-bad",
            "the log's time is 0, and a witness's line does not verify",
            "checkpoint-no-time",
            &[&ed, &zero, &ua_bad_ed, &ua_bad_ml],
        ),
        new(
            "witness-ed25519-twice-and-ml-dsa-bad",
            "a witness's Ed25519 key has two lines, and its other line does not \
             verify",
            twice,
            &[&ed, &ml, &ua_ed, &ua_ed, &ua_bad_ml],
        ),
        new(
            "witness-ed25519-bad-and-ml-dsa-twice",
            "a witness's Ed25519 line does not verify, and its other key has two",
            BAD,
            &[&ed, &ml, &ua_bad_ed, &ua_ml, &ua_ml],
        ),
        new(
            "second-witness-bad-before-first-twice",
            "the second witness's line does not verify, and stands before two \
             lines of the first: the policy's order counts",
            twice,
            &[&ed, &ml, &az_bad_ed, &ua_ed, &ua_ed],
        ),
        new(
            "first-witness-bad-and-second-twice",
            "the first witness's line does not verify, and the second's key has \
             two lines",
            BAD,
            &[&ed, &ml, &az_bad_ed, &az_bad_ed, &ua_bad_ed],
        ),
        new(
            "witness-bad-and-no-quorum",
            "a line that does not verify, where the quorum is not reached either",
            BAD,
            &[&ed, &ml, &ua_bad_ed],
        ),
        new(
            "log-bad-and-time-over-2-63",
            "the log's line does not verify, and a witness's time is 2^63",
            BAD,
            &[&bad_ed, &ml, &beyond_bad],
        ),
    ];
    cases.push(
        Case::new(
            "two-faults-time-over-2-63-and-bad",
            "a witness's time is 2^63, and its signature is of another text",
            &["LOG-32"],
        )
        .attack("R15")
        .malformed("time of a signature")
        .note(of(&[&ed, &ml, &beyond_bad]), &[log])
        .judged_by(ONE),
    );
    Ok(cases)
}

fn policies(scene: &Scene) -> Result<Vec<Case>> {
    let [ua, az, _] = &scene.witnesses;
    let alone = format!("{}group peers 1 UA\nquorum peers\n", witness("UA", ua));
    let mut cases = Vec::new();
    for (name, what, over) in
        [("policy-of-256-kib", "262,144 bytes", 0), ("policy-over-256-kib", "262,145 bytes", 1)]
    {
        let times = POLICY + over - alone.len() - "#\n".len();
        let case = Case::new(name, what, &["LOG-41"]).policy(format!("#…\n{alone}"));
        let case = case.filled(Fill { with: "x", times }, POLICY + over)?;
        cases.push(match over {
            0 => case.says(Says { witnesses: vec![ua.name.clone()], ..Says::default() }, &[]),
            _ => case.attack("D1").at_line(1, "policy-too-large"),
        });
    }
    // 32 witnesses of two lines each, and one line more.
    let many: Vec<Pair> = (0..33)
        .map(|n| Pair { name: format!("witness.example/{n}"), seed: format!("policy witness {n}") })
        .collect();
    let lines = |pairs: &[Pair]| -> String {
        (0..)
            .zip(pairs)
            .flat_map(|(n, pair)| {
                let [ed, ml] = pair.vkeys(ED25519_COSIGNATURE);
                [format!("witness {n}-ed {ed}\n"), format!("witness {n}-ml {ml}\n")]
            })
            .collect()
    };
    let groups = |count: usize| -> String {
        let pairs: String = (0..count).map(|n| format!("group w{n} all {n}-ed {n}-ml\n")).collect();
        let members: String = (0..count).map(|n| format!(" w{n}")).collect();
        format!("{pairs}group peers any{members}\nquorum peers\n")
    };
    let (all, most) = (lines(&many), lines(many.get(..32).ok_or("witnesses")?));
    let sixty_five: String = all.split_inclusive('\n').take(65).collect();
    cases.push(
        Case::new("policy-64-witness-lines", "32 witnesses", &["LOG-41"])
            .policy(most.clone() + &groups(32))
            .says(
                Says {
                    witnesses: many.iter().take(32).map(|pair| pair.name.clone()).collect(),
                    ..Says::default()
                },
                &[],
            ),
    );
    cases.push(
        Case::new("policy-65-witness-lines", "a witness line more than there may be", &["LOG-41"])
            .attack("D1")
            .policy(sixty_five + &groups(32))
            .at_line(65, "policy-too-large"),
    );
    let [ua_ed, ua_ml] = ua.vkeys(ED25519_COSIGNATURE);
    let [az_ed, az_ml] = az.vkeys(ED25519_COSIGNATURE);
    let raw = |name: &str, key_type: u8, key: &[u8]| {
        let id = crate::checkpoints::key_id(name, key_type, key);
        let key = [&[key_type][..], key].concat();
        format!("{name}+{}+{}", crate::hex::hex(id), BASE64.encode(&key))
    };
    let mut order_1 = [0; 32];
    order_1.iter_mut().take(1).for_each(|byte| *byte = 1);
    let with_ed = |vkey: &str| alone.replacen(&ua_ed, vkey, 1);
    let rows: Vec<(&str, &str, &'static str, usize, &'static str, String)> = vec![
        (
            "ed25519-key-of-order-1",
            "an Ed25519 key of order 1: told where the pair stands",
            "LOG-43",
            3,
            "policy-witness-key",
            with_ed(&raw(&ua.name, ED25519_COSIGNATURE, &order_1)),
        ),
        (
            "ed25519-key-long",
            "an Ed25519 key of 33 bytes",
            "LOG-43",
            1,
            "policy-witness-key",
            with_ed(&raw(&ua.name, ED25519_COSIGNATURE, &[7; 33])),
        ),
        (
            "ml-dsa-key-short",
            "an ML-DSA-44 key of 1,311 bytes",
            "LOG-43",
            2,
            "policy-witness-key",
            alone.replacen(&ua_ml, &raw(&ua.name, ML_DSA, &[7; 1311]), 1),
        ),
        (
            "key-of-unknown-type",
            "a key of type 0x05",
            "LOG-43",
            1,
            "policy-witness-key",
            with_ed(&raw(&ua.name, 5, &[7; 32])),
        ),
        ("key-id-capitals", "a key id in capitals", "LOG-43", 1, "policy-witness-key", {
            let id = crate::hex::hex(ua.key_id(ED25519_COSIGNATURE));
            with_ed(&ua_ed.replacen(&format!("+{id}+"), &format!("+{}+", id.to_uppercase()), 1))
        }),
        (
            "two-ed25519-keys",
            "a group of two Ed25519 keys",
            "LOG-46",
            3,
            "policy-not-a-pair",
            alone.replacen(&ua_ml, &az_ed, 1),
        ),
        (
            "two-ed25519-keys-of-one-name",
            "a group of two Ed25519 keys of one key name",
            "LOG-46",
            3,
            "policy-not-a-pair",
            alone.replacen(&ua_ml, &raw(&ua.name, ED25519_COSIGNATURE, &[7; 32]), 1),
        ),
        (
            "two-ml-dsa-keys",
            "a group of two ML-DSA-44 keys",
            "LOG-46",
            3,
            "policy-not-a-pair",
            alone.replacen(&ua_ed, &az_ml, 1),
        ),
        ("group-of-key-and-group", "a group of a key and a witness", "LOG-46", 5, "policy-not-a-pair", {
            let [ed, _] = [az_ed.as_str(), az_ml.as_str()];
            alone.replacen("group peers 1 UA", &format!("witness AZ-ed {ed}\ngroup peers 1 UA AZ-ed"), 1)
        }),
        (
            "group-line-short",
            "a group line of two words",
            "LOG-42",
            4,
            "policy-malformed",
            alone.replacen("group peers 1 UA", "group peers", 1),
        ),
        (
            "witness-line-long",
            "a witness line of five words",
            "LOG-42",
            1,
            "policy-malformed",
            alone.replacen(&ua_ed, &format!("{ua_ed} https://a.example/ more"), 1),
        ),
        (
            "threshold-over-64-bits",
            "a threshold of 2^64",
            "LOG-42",
            4,
            "policy-malformed",
            alone.replacen("peers 1", "peers 18446744073709551616", 1),
        ),
        (
            "half-and-no-quorum",
            "one key of a witness alone, and no quorum line: the half comes first",
            "LOG-46",
            5,
            "policy-not-a-pair",
            alone.replacen("quorum peers\n", &format!("witness AZ-ed {az_ed}\n"), 1),
        ),
    ];
    cases.extend(rows.into_iter().map(|(name, what, rule, line, code, text)| {
        Case::new(&format!("policy-{name}"), what, &[rule]).at_line(line, code).policy(text)
    }));
    Ok(cases)
}
