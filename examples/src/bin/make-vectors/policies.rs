//! Policies, good ones and bad.

use crate::Result;
use crate::checkpoints::{Case, ED25519, ED25519_COSIGNATURE, Pair, Says, Scene};

/// The three lines of a witness.
pub(crate) fn witness(code: &str, pair: &Pair) -> String {
    let [ed25519, ml_dsa] = pair.vkeys(ED25519_COSIGNATURE);
    format!("witness {code}-ed {ed25519}\nwitness {code}-ml {ml_dsa}\ngroup {code} all {code}-ed {code}-ml\n")
}

pub(crate) fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let [ua, az, md] = &scene.witnesses;
    let (one, two, three) = (witness("UA", ua), witness("AZ", az), witness("MD", md));
    let good = |name: &str, what: &str, rule: &[&'static str], text: String, witnesses: &[&Pair]| {
        let witnesses = witnesses.iter().map(|pair| pair.name.clone()).collect();
        Case::new(name, what, rule).policy(text).says(Says { witnesses, ..Says::default() }, &[])
    };
    let alone = format!("{one}group peers 1 UA\nquorum peers\n");
    let two_of_three = format!("{one}{two}{three}group peers 2 UA AZ MD\nquorum peers\n");
    let loose =
        two_of_three.replace("witness UA-ed", "# UA\n\n \t witness \t UA-ed").replace("peers 2", "peers  2 ");
    let nested =
        format!("{one}{two}{three}group either any AZ MD\ngroup peers all UA either\nquorum peers\n");
    let with_url = alone.replacen("\nwitness UA-ml", " https://witness.example/\nwitness UA-ml", 1);
    let mut cases = vec![
        good("policy-one-witness", "one witness of two keys", &["LOG-40", "LOG-46"], alone.clone(), &[ua]),
        good(
            "policy-quorum-of-one",
            "the quorum is a witness",
            &["LOG-47"],
            format!("{one}quorum UA\n"),
            &[ua],
        ),
        good(
            "policy-one-of-two",
            "one of two",
            &["LOG-40"],
            format!("{one}{two}group peers any UA AZ\nquorum peers\n"),
            &[ua, az],
        ),
        good(
            "policy-two-of-three",
            "the default: two of three",
            &["LOG-40", "LOG-48"],
            two_of_three,
            &[ua, az, md],
        ),
        good("policy-nested", "groups of groups", &["LOG-45"], nested, &[ua, az, md]),
        good("policy-loose", "comments, blanks and tabulators", &["LOG-42"], loose, &[ua, az, md]),
        good("policy-with-url", "a URL after a key", &["LOG-43"], with_url, &[ua]),
    ];
    cases.extend(bad(scene, &alone));
    Ok(cases)
}

fn bad(scene: &Scene, good: &str) -> Vec<Case> {
    let [ua, az, _] = &scene.witnesses;
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let (ed, ml) = match good.lines().take(2).collect::<Vec<_>>().as_slice() {
        [ed, ml] => ((*ed).to_owned(), (*ml).to_owned()),
        _ => Default::default(),
    };
    let [log_key, _] = scene.log.vkeys(ED25519);
    let other = witness("AZ", az);
    let same_name = witness("AZ", &Pair { name: ua.name.clone(), seed: az.seed.clone() });
    let groups: String = (1..64)
        .map(|n| format!("group g{n} all {}\n", if n == 1 { "UA".to_owned() } else { format!("g{}", n - 1) }))
        .collect();
    let crossed = "group UA all UA-ed AZ-ml\ngroup AZ all AZ-ed UA-ml\n";
    let halves = |text: &str| text.lines().take(2).map(|line| format!("{line}\n")).collect::<String>();
    let crossed = halves(good) + &halves(&other) + crossed + "quorum UA\n";
    let rows: Vec<(&str, &str, &'static str, usize, &'static str, String)> = vec![
        ("empty", "no line", "LOG-47", 1, "policy-quorum-line", String::new()),
        ("quorum-missing", "no quorum line", "LOG-47", 4, "policy-quorum-line", with("quorum peers\n", "")),
        (
            "quorum-twice",
            "two quorum lines",
            "LOG-47",
            6,
            "policy-quorum-line",
            good.to_owned() + "quorum UA\n",
        ),
        (
            "quorum-none",
            "a quorum of none",
            "LOG-47",
            5,
            "policy-quorum-none",
            with("quorum peers", "quorum none"),
        ),
        (
            "quorum-undefined",
            "the quorum's name is not defined",
            "LOG-45",
            5,
            "policy-name-unknown",
            with("quorum peers", "quorum others"),
        ),
        (
            "quorum-of-a-key",
            "the quorum is one key",
            "LOG-46",
            5,
            "policy-not-a-pair",
            with("quorum peers", "quorum UA-ed"),
        ),
        (
            "last-newline-missing",
            "no newline at its end",
            "LOG-42",
            5,
            "policy-malformed",
            good.trim_end().to_owned(),
        ),
        (
            "carriage-return",
            "a carriage return",
            "LOG-42",
            5,
            "policy-malformed",
            with("quorum peers", "quorum peers\r"),
        ),
        (
            "keyword-unknown",
            "a line of another kind",
            "LOG-42",
            1,
            "policy-malformed",
            with("witness UA-ed", "mirror UA-ed"),
        ),
        ("log-line", "a log is named", "LOG-40", 1, "policy-log-line", format!("log {log_key}\n{good}")),
        (
            "group-without-members",
            "a group of nobody",
            "LOG-45",
            4,
            "policy-threshold",
            with("peers 1 UA", "peers all"),
        ),
        ("threshold-zero", "none of one", "LOG-45", 4, "policy-threshold", with("peers 1", "peers 0")),
        ("threshold-over-members", "two of one", "LOG-45", 4, "policy-threshold", with("peers 1", "peers 2")),
        (
            "threshold-leading-zero",
            "a threshold of two digits",
            "LOG-45",
            4,
            "policy-malformed",
            with("peers 1", "peers 01"),
        ),
        (
            "member-undefined",
            "a member that is not defined",
            "LOG-45",
            4,
            "policy-name-unknown",
            with("peers 1 UA", "peers 1 UA AZ"),
        ),
        (
            "member-twice",
            "a member that is named twice",
            "LOG-45",
            4,
            "policy-member-twice",
            with("peers 1 UA", "peers 1 UA UA"),
        ),
        (
            "member-of-two-groups",
            "a witness in two groups",
            "LOG-45",
            5,
            "policy-member-twice",
            with("group peers", "group others all UA\ngroup peers"),
        ),
        (
            "name-taken",
            "two lines of one name",
            "LOG-44",
            2,
            "policy-name-taken",
            with("witness UA-ml", "witness UA-ed"),
        ),
        ("name-none", "the name none", "LOG-44", 3, "policy-name-taken", with("group UA", "group none")),
        (
            "key-id-changed",
            "a key that has another id",
            "LOG-43",
            1,
            "policy-witness-key",
            with("/witness+", "/witnesz+"),
        ),
        (
            "key-of-a-log",
            "a key of type 0x01",
            "LOG-43",
            1,
            "policy-witness-key",
            good.replacen(&ed, &format!("witness UA-ed {log_key}"), 1),
        ),
        (
            "key-twice",
            "one key in two lines",
            "LOG-44",
            3,
            "policy-witness-twice",
            with("group UA", &format!("{}\ngroup UA", ml.replace("UA-ml", "UA-mm"))),
        ),
        (
            "key-name-of-two-witnesses",
            "two pairs of one key name",
            "LOG-44",
            6,
            "policy-witness-twice",
            with("group peers 1 UA", &format!("{same_name}group peers 2 UA AZ")),
        ),
        (
            "half-alone",
            "one key of a witness is in no group",
            "LOG-46",
            7,
            "policy-not-a-pair",
            with("group peers", &format!("{}group peers", halves(&other))),
        ),
        (
            "half-in-a-group-of-any",
            "either key of a witness",
            "LOG-46",
            3,
            "policy-not-a-pair",
            with("UA all", "UA any"),
        ),
        (
            "half-in-a-group-of-one",
            "one key of a witness in a group",
            "LOG-46",
            3,
            "policy-not-a-pair",
            with("all UA-ed UA-ml", "all UA-ed"),
        ),
        (
            "halves-of-two-witnesses",
            "keys of two names in one group",
            "LOG-46",
            5,
            "policy-not-a-pair",
            crossed,
        ),
        (
            "too-many-groups",
            "65 groups",
            "LOG-41",
            67,
            "policy-too-large",
            with("group peers 1 UA", &format!("{groups}group peers 1 g63")),
        ),
    ];
    rows.into_iter()
        .map(|(name, what, rule, line, code, text)| {
            let case = Case::new(&format!("policy-{name}"), what, &[rule]).at_line(line, code).policy(text);
            if name == "key-name-of-two-witnesses" { case.attack("R15") } else { case }
        })
        .collect()
}
