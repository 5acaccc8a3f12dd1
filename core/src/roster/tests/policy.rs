//! Policies: what is read, what is refused, and what a quorum is.

use super::{World, t};
use crate::roster::{CheckpointError, Policy, PolicyError, PolicyFault, TrustAnchor};

fn worlds() -> [World; 3] {
    ["UA", "AZ", "MD"].map(|country| World::of(country, 1, 1))
}

fn three() -> String {
    let keys = worlds().map(|world| (world.anchor, world.witness.public().clone()));
    Policy::new(&keys, 2).unwrap().text().to_owned()
}

/// The line, counted from 1, and the code.
fn refused(text: &str) -> (usize, &'static str) {
    Policy::parse(text).map_or_else(|error| (error.line(), error.code()), |_| (0, "ok"))
}

#[test]
fn the_default_is_the_text_that_c2sp_gives_it() {
    let text = three();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11);
    for (i, world) in worlds().iter().enumerate() {
        let (name, country) = (format!("{}/witness", world.anchor), world.country);
        let shape = |line: &str, half: &str, key: &str| {
            let vkey = line.strip_prefix(&format!("witness {country}-{half} {name}+")).unwrap();
            assert_eq!(vkey.find('+'), Some(8));
            assert!(vkey[9..].starts_with(key), "the type leads the key");
        };
        shape(lines[3 * i], "ed", "B");
        shape(lines[3 * i + 1], "ml", "B");
        assert_eq!(lines[3 * i + 2], format!("group {country} all {country}-ed {country}-ml"));
    }
    assert_eq!(&lines[9..], ["group peers 2 UA AZ MD", "quorum peers"]);
    let policy = Policy::parse(&text).unwrap();
    assert_eq!((policy.to_string(), policy.text()), (text.clone(), text.as_str()));
    assert_eq!(policy.witnesses().count(), 3);
    assert!(format!("{policy:?}").starts_with("Policy([\"vlec/1/UA/"));
}

#[test]
fn one_witness_of_two_keys_is_a_policy() {
    let [ua, ..] = worlds();
    let policy = Policy::new(&[(ua.anchor, ua.witness.public().clone())], 1).unwrap();
    assert_eq!(policy.witnesses().collect::<Vec<_>>(), [format!("{}/witness", ua.anchor)]);
    let direct = policy.text().replace("group peers 1 UA\nquorum peers", "quorum UA");
    assert_eq!(refused(&direct), (0, "ok"));
}

#[test]
fn builders_refuse_what_parsers_refuse() {
    let keys = worlds().map(|world| (world.anchor, world.witness.public().clone()));
    let code = |keys: &[_], threshold| Policy::new(keys, threshold).map_err(|error| error.code()).map(|_| ());
    for threshold in [0, 4, usize::MAX] {
        assert_eq!(code(&keys, threshold), Err("policy-threshold"));
    }
    assert_eq!(code(&[], 0), Err("policy-threshold"));
    assert_eq!(code(&[keys[0].clone(), keys[0].clone()], 1), Err("policy-witness-twice"));
    // Another key of one country, and one key of two countries.
    assert_eq!(code(&[keys[0].clone(), (keys[0].0, keys[1].1.clone())], 1), Err("policy-name-taken"));
    assert_eq!(code(&[keys[0].clone(), (keys[1].0, keys[0].1.clone())], 1), Err("policy-witness-twice"));
}

#[test]
fn comments_blanks_tabs_urls_and_other_names_are_read() {
    let text = three();
    let loose =
        format!("# who watches UA\n\n \t# კომენტარი\n{}", text.replace("witness UA", "\twitness \t UA"));
    let loose = loose.replace("peers 2 UA AZ MD", "any2 2 UA AZ MD ").replace("quorum peers", "quorum any2");
    let policy = Policy::parse(&loose).unwrap();
    assert_eq!((policy.text(), policy.witnesses().count()), (loose.as_str(), 3));
    let first = text.lines().next().unwrap();
    assert_eq!(refused(&text.replace(first, &format!("{first} https://witness.example/"))), (0, "ok"));
    assert_eq!(
        refused(&text.replace(first, &format!("{first} https://witness.example/ x"))),
        (1, "policy-malformed")
    );
    assert_eq!(refused(&text.replace("UA all UA-ed UA-ml", "UA 2 UA-ml UA-ed")), (0, "ok"));
    // Groups of groups.
    let nested = text.replace("group peers 2 UA AZ MD", "group x any UA AZ\ngroup peers all x MD");
    assert_eq!(refused(&nested), (0, "ok"));
}

/// Times of UA, AZ, MD; 0 for one that has not signed.
#[test]
fn the_time_of_k_of_n_is_the_kth_largest() {
    let time = |text: &str, times: [u64; 3]| {
        let policy = Policy::parse(text).unwrap();
        let names: Vec<String> = policy.witnesses().map(str::to_owned).collect();
        let of = |name: &str| times[names.iter().position(|other| other == name).unwrap()];
        let counted = |time: u64| (time > 0).then(|| t(time));
        policy.evaluate(|pair| Ok(counted(of(pair.name())))).unwrap().map(|time| time.since(t(0)))
    };
    let text = three();
    for (rule, times, expected) in [
        ("2 UA AZ MD", [5, 9, 7], Some(7)),
        ("2 UA AZ MD", [5, 0, 7], Some(5)),
        ("2 UA AZ MD", [0, 0, 7], None),
        ("2 UA AZ MD", [0, 0, 0], None),
        ("any UA AZ MD", [5, 9, 7], Some(9)),
        ("all UA AZ MD", [5, 9, 7], Some(5)),
        ("all UA AZ MD", [5, 9, 0], None),
        ("3 UA AZ MD", [7, 7, 7], Some(7)),
        ("1 UA", [5, 9, 7], Some(5)),
    ] {
        let text = text.replace("2 UA AZ MD", rule);
        assert_eq!(time(&text, times), expected, "{rule} {times:?}");
    }
    let nested = text.replace("group peers 2 UA AZ MD", "group either any AZ MD\ngroup peers all UA either");
    assert_eq!(time(&nested, [8, 3, 9]), Some(8));
    assert_eq!(time(&nested, [8, 3, 0]), Some(3));
    assert_eq!((time(&nested, [8, 0, 0]), time(&nested, [0, 3, 9])), (None, None));
    assert_eq!(time(&text.replace("quorum peers", "quorum MD"), [8, 3, 9]), Some(9));
}

/// A fault that one witness shows is not hidden by a quorum of the others, in whatever group it is.
#[test]
fn every_witness_is_asked_for() {
    let text = three().replace("group peers 2 UA AZ MD", "group peers any UA");
    let policy = Policy::parse(&text).unwrap();
    let last = policy.witnesses().last().unwrap().to_owned();
    let bad = || CheckpointError::BadSignature { key: last.clone() };
    let verdict = policy.evaluate(|pair| if pair.name() == last { Err(bad()) } else { Ok(Some(t(1))) });
    assert_eq!(verdict, Err(bad()));
}

#[test]
fn a_policy_that_is_none_names_the_line_and_the_fault() {
    let text = three();
    let lines: Vec<&str> = text.lines().collect();
    let (ua_ed, ua_ml) = (lines[0], lines[1]);
    let ed_key = ua_ed.rsplit_once(' ').unwrap().1;
    let log_key = {
        let [ua, ..] = worlds();
        crate::Checkpoint::log_vkeys(&ua.anchor, ua.log.public())[0].clone()
    };
    let duplicate = ua_ml.replace("UA-ml", "UA-mm") + "\n";
    for (from, to, line, code) in [
        ("quorum peers\n", "", 10, "policy-quorum-line"),
        ("quorum peers\n", "quorum none\n", 11, "policy-quorum-none"),
        ("quorum peers\n", "quorum peers\nquorum UA\n", 12, "policy-quorum-line"),
        ("quorum peers\n", "quorum other\n", 11, "policy-name-unknown"),
        ("quorum peers\n", "quorum UA-ed\n", 11, "policy-not-a-pair"),
        ("quorum peers\n", "quorum\n", 11, "policy-malformed"),
        ("quorum peers\n", "quorum peers UA\n", 11, "policy-malformed"),
        ("quorum peers\n", "quorum peers", 11, "policy-malformed"),
        ("quorum peers\n", "quorum peers\r\n", 11, "policy-malformed"),
        ("quorum peers\n", "quorum peers\u{7f}\n", 11, "policy-malformed"),
        ("quorum peers\n", "Quorum quorum\n", 11, "policy-malformed"),
        ("peers 2 UA", "peers 0 UA", 10, "policy-threshold"),
        ("peers 2 UA", "peers 4 UA", 10, "policy-threshold"),
        ("peers 2 UA", "peers 02 UA", 10, "policy-malformed"),
        ("peers 2 UA", "peers +2 UA", 10, "policy-malformed"),
        ("peers 2 UA", "peers most UA", 10, "policy-malformed"),
        ("peers 2 UA AZ MD", "peers all", 10, "policy-threshold"),
        ("peers 2 UA AZ MD", "peers any", 10, "policy-threshold"),
        ("peers 2 UA AZ MD", "peers", 10, "policy-malformed"),
        ("peers 2 UA AZ MD", "peers 2 UA AZ none", 10, "policy-name-unknown"),
        ("peers 2 UA AZ MD", "peers 2 UA AZ GE", 10, "policy-name-unknown"),
        ("peers 2 UA AZ MD", "peers 2 UA AZ UA", 10, "policy-member-twice"),
        ("peers 2 UA AZ MD", "peers 2 peers AZ", 10, "policy-name-unknown"),
        ("peers 2 UA AZ MD", "peers 2 UA AZ MD-ed", 10, "policy-member-twice"),
        ("group UA all", "group none all", 3, "policy-name-taken"),
        ("group UA all", "group UA-ed all", 3, "policy-name-taken"),
        ("UA all UA-ed UA-ml", "UA any UA-ed UA-ml", 3, "policy-not-a-pair"),
        ("UA all UA-ed UA-ml", "UA 1 UA-ed UA-ml", 3, "policy-not-a-pair"),
        ("UA all UA-ed UA-ml", "UA all UA-ed", 3, "policy-not-a-pair"),
        ("group UA all UA-ed UA-ml\n", "", 9, "policy-name-unknown"),
        ("group UA all UA-ed UA-ml\n", "group UA all UA-ed UA-ed\n", 3, "policy-member-twice"),
        ("witness UA-ed ", "witness none ", 1, "policy-name-taken"),
        ("witness UA-ml ", "witness UA-ed ", 2, "policy-name-taken"),
        (ua_ed, &format!("log {ed_key}"), 1, "policy-log-line"),
        (ua_ed, "witness UA-ed", 1, "policy-malformed"),
        (ua_ed, "# gone", 3, "policy-name-unknown"),
        (ua_ed, &ua_ed.replace("/witness+", "/witnesz+"), 1, "policy-witness-key"),
        (ua_ed, &format!("witness UA-ed {log_key}"), 1, "policy-witness-key"),
        ("group UA all", &format!("{duplicate}group UA all"), 3, "policy-witness-twice"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(refused(&text.replacen(from, to, 1)), (line, code), "{from} to {to}");
    }
    assert_eq!(refused(""), (1, "policy-quorum-line"));
    // Halves of different witnesses, and a half that stands alone.
    let crossed = text
        .replace("group UA all UA-ed UA-ml\n", "")
        .replace("group AZ all AZ-ed AZ-ml", "group UA all UA-ed AZ-ml\ngroup AZ all AZ-ed UA-ml");
    assert_eq!(refused(&crossed).1, "policy-not-a-pair");
    let alone = text.replace("group MD all MD-ed MD-ml\n", "").replace("2 UA AZ MD", "2 UA AZ");
    assert_eq!(refused(&alone), (10, "policy-not-a-pair"));
    let mixed = text.replace("group MD all MD-ed MD-ml\n", "group MD all MD-ed MD-ml UA\n");
    assert_eq!(refused(&mixed), (9, "policy-not-a-pair"));
    let ed = text.replace("group MD all MD-ed MD-ml\n", "group MD all MD-ed AZ-ed\n");
    assert_eq!(refused(&ed), (9, "policy-member-twice"));
}

/// Two pairs of one key name would count one country twice.
#[test]
fn r15_two_witnesses_of_one_key_name_are_refused() {
    let [ua, az, _] = worlds();
    let one = |name: &str, world: &World| {
        let key = [(ua.anchor, world.witness.public().clone())];
        let text = Policy::new(&key, 1).unwrap().text().replace("UA", name);
        // The anchor in the key names stays.
        text.replace(&format!("vlec/1/{name}"), "vlec/1/UA")
            .lines()
            .take(3)
            .fold(String::new(), |text, line| text + line + "\n")
    };
    let text = one("old", &ua) + &one("new", &az) + "group peers 2 old new\nquorum peers\n";
    assert_eq!(refused(&text), (6, "policy-witness-twice"));
}

#[test]
fn at_least_32_witnesses_and_32_groups_and_not_without_end() {
    let [ua, ..] = worlds();
    let random = crate::Random::system();
    let mut text = String::new();
    let mut members = String::new();
    for n in 0..33u8 {
        let key = crate::WitnessKey::generate(ua.country, &random).unwrap();
        let anchor = TrustAnchor::new(ua.country, [n; 32]);
        let one = Policy::new(&[(anchor, key.public().clone())], 1).unwrap();
        for line in one.text().lines().take(3) {
            let (words, key) =
                line.split_once(" vlec").map_or((line, String::new()), |(a, b)| (a, format!(" vlec{b}")));
            text += &format!("{}{key}\n", words.replace("UA", &format!("w{n}")));
        }
        members += &format!(" w{n}");
        let quorum = format!("{text}group q {}{members}\nquorum q\n", n + 1);
        let expected = if n < 32 { (0, "ok") } else { (97, "policy-too-large") };
        assert_eq!(refused(&quorum), expected, "{n}");
    }
    assert_eq!(refused(&"#\n".repeat(200_000)), (1, "policy-too-large"));
    let groups = |count: usize| {
        let pair: String = three().lines().take(3).map(|line| format!("{line}\n")).collect();
        let chain: String = (1..count)
            .map(|n| format!("group g{n} all {}\n", if n == 1 { "UA".into() } else { format!("g{}", n - 1) }))
            .collect();
        refused(&format!("{pair}{chain}quorum g{}\n", count - 1)).1
    };
    assert_eq!((groups(64), groups(65)), ("ok", "policy-too-large"));
}

#[test]
fn messages_say_where_and_what_to_do() {
    let error = Policy::parse("quorum none\n").unwrap_err();
    assert_eq!(error.fault(), &PolicyFault::QuorumNone);
    let text = "line 1 of the policy: a quorum of none gives a checkpoint no time: name witnesses";
    assert_eq!(error.to_string(), text);
    let _: &PolicyError = &error;
}
