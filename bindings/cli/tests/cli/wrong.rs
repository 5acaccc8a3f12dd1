//! Wrong uses: each message names the mistake, and what to do instead.

use crate::town::Town;

/// Runs it without a secret, and looks for the mistake and the remedy.
fn wrong(town: &Town, line: &str, code: &str, exit: i32, mistake: &str, remedy: &str) {
    let ran = town.bare(line.split(' '));
    assert_eq!(ran.code, exit, "{line}\n{}", ran.err);
    assert_eq!(ran.out, "", "{line}");
    let (first, second) = ran.err.split_once("\n  try: ").unwrap_or_else(|| panic!("{line}\n{}", ran.err));
    assert!(first.starts_with(&format!("vlec: error[{code}]: ")), "{line}\n{}", ran.err);
    assert!(first.contains(mistake), "{line}\n{}", ran.err);
    assert!(second.contains(remedy), "{line}\n{}", ran.err);
    assert_eq!(ran.err.lines().count(), 2, "{line}\n{}", ran.err);

    let json = town.bare(line.split(' ').chain(["--json"]));
    let error: serde_json::Value =
        serde_json::from_str(if json.out.is_empty() { &json.err } else { &json.out })
            .unwrap_or_else(|error| panic!("{line}: {error}\n{}", json.err));
    let error = if error.is_array() { &error[0]["error"] } else { &error["error"] };
    assert_eq!(error["code"], code, "{line}");
    assert!(error["message"].as_str().unwrap().contains(mistake), "{line}: {error}");
    assert!(error["remedy"].as_str().unwrap().contains(remedy), "{line}: {error}");
    assert_eq!(error["exit"], exit, "{line}");
    assert_eq!(json.code, exit, "{line}");
}

#[test]
fn each_names_the_mistake_and_the_remedy() {
    let town = Town::new();
    town.write("a.txt", "a");
    town.write("short-key", [0; 31]);
    town.secret("half-key", &[0; 31]);
    town.secret("wrong-key", &[9; 32]);
    town.secret("text", b"a passphrase\n");
    let seal = "seal --home cyber --to UA/npu/cyber";
    for (line, code, exit, mistake, remedy) in [
        ("seel a.txt", "usage", 2, "unrecognized subcommand 'seel'", "seal"),
        ("seal a.txt --home cyber", "usage", 2, "--to <AGENCY>", "vlec seal"),
        (
            "seal --home cyber --to UA/npu/cyber --passphrase hunter2 a.txt",
            "usage",
            2,
            "'--passphrase'",
            "--passphrase-file",
        ),
        ("seal --home cyber --to ukraine a.txt", "usage", 2, "ukraine", "seal"),
        (
            &format!("{seal} --label CH-17 a.txt"),
            "usage",
            2,
            "the label \"CH-17\" has no value",
            "case=CH-2026-17",
        ),
        (
            &format!("{seal} --label colour=red a.txt"),
            "usage",
            2,
            "the label colour: there is no such label",
            "handling",
        ),
        (&format!("{seal} --label urgency=now a.txt"), "usage", 2, "routine, priority, urgent", "--label"),
        (&format!("{seal} --type pdf a.txt"), "usage", 2, "content type", "--type text/plain"),
        (
            &format!("{seal} a.txt"),
            "no-terminal",
            3,
            "the passphrase of GE/mia/cyber is needed",
            "--passphrase-file",
        ),
        (&format!("{seal} --key-file short-key a.txt"), "secret-file", 3, "others may read", "chmod 600"),
        (&format!("{seal} --key-file half-key a.txt"), "secret-file", 3, "a key has 32 bytes", "head -c 32"),
        (
            &format!("{seal} --key-file wrong-key a.txt"),
            "wrong-passphrase",
            3,
            "does not open it",
            "which home",
        ),
        (&format!("{seal} --passphrase-file text a.txt"), "other-unlock", 3, "opened with", "--key-file"),
        (
            &format!("{seal} --key-file key --passphrase-file text a.txt"),
            "usage",
            2,
            "cannot be used with",
            "seal",
        ),
        (&format!("{seal} --key-file key missing.txt"), "io", 1, "missing.txt", "check the path"),
        (&format!("{seal} --key-file key - a.txt"), "usage", 2, "one input of several", "of its own"),
        ("seal --home nowhere --to UA/npu/cyber a.txt", "no-vault", 1, "nowhere", "--home"),
        (
            "seal --home ge --key-file key --to UA/npu/cyber a.txt",
            "wrong-home",
            5,
            "home of the centre of GE",
            "an agency",
        ),
        (
            "centre publish --home cyber --key-file key",
            "wrong-home",
            5,
            "home of the agency GE/mia/cyber",
            "a centre",
        ),
        (
            "centre found GE --roots 2 --threshold 3 --home x",
            "usage",
            2,
            "3 of 2 root keys",
            "--threshold 1 to 2",
        ),
        ("agency create GE --home x", "usage", 2, "GE is a country", "vlec centre found"),
        ("agency create GE/mia/x --home x --name Cyber", "usage", 2, "has no language", "en="),
        ("revoke --home cyber", "usage", 2, "no key is named", "--epoch N"),
        ("inspect a.txt", "truncated", 5, "a.txt", "fetch"),
        ("open --home npu --outcome x --key-file key", "usage", 2, "<ENVELOPE>", "vlec open"),
        ("roster verify-proof x --event ge/ge.anchor", "io", 1, "x", "check the path"),
        ("completions tcsh", "usage", 2, "tcsh", "zsh"),
        (
            "passphrase --home cyber --key-file key",
            "no-terminal",
            3,
            "the new passphrase of GE/mia/cyber is needed",
            "--new-passphrase-file",
        ),
        (
            "centre withdraw GE/mia/cyber --yes --home ge --key-file key",
            "no-terminal",
            3,
            "the passphrase of ge/roots/GE-1.root is needed",
            "--root-passphrase-file FILE, --root-passphrase-fd N, --root-key-file FILE",
        ),
        (
            "centre root GE -o x.root",
            "no-terminal",
            3,
            "the new passphrase of the root key x.root is needed",
            "--root-passphrase-file",
        ),
        (
            "centre withdraw GE/mia/cyber --yes --home ge --key-file key --root-key-file wrong-key",
            "wrong-passphrase",
            3,
            "ge/roots/GE-1.root: the passphrase or key does not open this root key",
            "--root FILE",
        ),
        (
            "centre withdraw GE/mia/cyber --yes --home ge --key-file key --root-passphrase-file text",
            "other-unlock",
            3,
            "this root key is opened with a key",
            "--root-key-file",
        ),
        ("centre authority --home ge --key-file key", "usage", 2, "no key is to change", "--new-log"),
    ] {
        wrong(&town, line, code, exit, mistake, remedy);
    }
}

/// What is called | its code | its exit status | what is done next
const NEXT: &str = "
centre withdraw GE/mia/none --yes --home ge --root-key-file key | event-not-enrolled | 5 | `vlec roster show GE --home
centre withdraw UA/npu/cyber --yes --home ge --root-key-file key | event-out-of-scope | 5 | the centre of its own country
seal --home cyber --to MD/igp --to MD/igp a.txt | named-twice | 1 | each --to once
seal --home cyber --to MD/igp link | path | 1 | to which it leads
agency request --home cyber --force | state | 1 | `vlec recover --home
agency policy --epoch 91d --home cyber | state | 1 | --epoch 1h to 90d
rotate --ahead 31 --home cyber | state | 1 | --ahead 1 to 30
revoke --epoch 99 --yes --home npu | state | 1 | `vlec agency epochs --home
recover --home lab | state | 1 | `vlec roster import GE.bundle --home
centre authority --new-log --root-key-file key --home ge | state | 1 | `vlec centre publish`
centre collect GE-cosigned-by-UA.note --home ua | checkpoint-other | 5 | the newest proposal
centre cosign UA-old.proposal --home md --force | roster-nothing-proposed | 1 | `vlec centre publish`
roster verify-proof p/GE-mia-cyber-0001-enrol.tlog-proof --event npu/enrol.request --home npu | checkpoint-other | 5 | its own event
roster import cut.bundle --home npu | event-malformed | 5 | again from its source
roster policy GE --set bad.policy --home npu | policy-name-unknown | 1 | `vlec roster policy
roster export FR --home npu | no-roster | 4 | `vlec roster import FR.bundle
agency fingerprint --home cyber --key-file pipe | secret-file | 3 | a regular file
agency create GE/mia/x --home deep/er | store-io | 1 | check the path
";

#[test]
fn what_an_operator_meets_says_what_to_do_next() {
    let town = Town::new();
    town.write("a.txt", "a");
    town.write("bad.policy", "quorum nobody\n");
    std::os::unix::fs::symlink("a.txt", town.path("link")).unwrap();
    std::fs::create_dir(town.path("pipe")).unwrap();
    let bundle = town.read("GE.bundle");
    town.write("cut.bundle", &bundle[..bundle.len() / 2]);
    town.line("roster prove GE/mia/cyber -o p --home npu");
    town.created("GE/mia/lab", "lab");
    town.line("roster import GE.bundle --home lab");
    town.line("centre authority --new-log --root-key-file key --home ge");
    std::fs::copy(town.path("UA.bundle"), town.path("UA-old.proposal")).unwrap();
    for row in NEXT.lines().filter(|row| !row.is_empty()) {
        let [line, code, exit, next] = row.split(" | ").collect::<Vec<_>>()[..] else { panic!("{row}") };
        let refused = town.refused(line, code, exit.parse().unwrap());
        let (_, remedy) =
            refused.err.split_once("\n  try: ").unwrap_or_else(|| panic!("{line}\n{}", refused.err));
        assert!(remedy.contains(next), "{line}: {next}\n{}", refused.err);
    }
}

/// Seconds since 1970 tell nobody until when to wait.
#[test]
fn times_in_messages_are_dates() {
    let town = Town::new();
    let revoked = town.json("revoke --epoch 1 --yes --home cyber -o out")["file"].clone();
    let fingerprint = town.json("recover --home cyber")["fingerprint"].as_str().unwrap().to_owned();
    let line = "recover cyber/recover.request --home ge --root-key-file key --fingerprint";
    town.ok(line.split(' ').chain([fingerprint.as_str()]));
    town.publish();
    let until = town.json("roster show GE/mia/cyber --home npu")["recovering-until"].clone();
    let until = until.as_str().unwrap();
    let line = format!("centre admit {} --home ge", revoked.as_str().unwrap());
    let refused = town.refused(&line, "event-recovering", 4);
    assert!(refused.err.contains(until), "{until}: {}", refused.err);
    assert!(refused.err.contains("try: wait until the time"), "{}", refused.err);
}

#[test]
fn a_secret_given_by_mistake_is_not_repeated() {
    let town = Town::empty();
    for line in [
        "seal --passphrase=hunter2 --home x --to GE/x a",
        "doctor --home x --passphrase hunter2",
        "doctor --home x --passphrase-fd hunter2",
        "doctor --home x --passphrase-fd=hunter2",
        "passphrase --home x hunter2",
        "passphrase hunter2 --home x",
        "passphrase --home x --new-passphrase-fd hunter2",
        "centre root GE -o x --root-passphrase-fd hunter2",
    ] {
        for json in [None, Some("--json")] {
            let ran = town.bare(line.split(' ').chain(json));
            assert_eq!(ran.code, 2, "{line}");
            assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{line}\n{}", ran.err);
        }
    }
    let town = Town::new();
    for line in [
        "doctor --home cyber --passphrase-file hunter2",
        "doctor --home cyber --key-file hunter2",
        "doctor --home cyber --passphrase-fd 47114711",
        "passphrase --home cyber --key-file key --new-passphrase-file hunter2",
        "centre root GE -o x --root-passphrase-file hunter2",
    ] {
        for json in [None, Some("--json")] {
            let ran = town.bare(line.split(' ').chain(json));
            assert_eq!(ran.code, 3, "{line}\n{}", ran.err);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(!said.contains("hunter2") && !said.contains("47114711"), "{line}\n{said}");
        }
    }
}
