//! A file that was taken for another is called by its name.

use crate::town::{Town, ran};

/// One of each kind, by what commands write.
fn town() -> Town {
    let town = Town::new();
    town.sealed("a.txt", b"content");
    town.line("centre publish --home ge -o own.proposal");
    town.line("roster prove GE/mia/cyber -o proof --home npu");
    town.line("revoke --epoch 3 --yes --home igp -o revoked");
    town.write("ge.policy", town.line("roster policy GE --home cyber"));
    town
}

/// What is called | its code | its exit status | what the file is | what was expected | what is done instead
const WRONG: &str = "
centre collect GE.bundle --home ge | checkpoint-malformed | 5 | a roster's bundle | a centre's note | `vlec roster import`
roster import a.txt.vlec --home npu | event-malformed | 5 | an envelope | a country's bundle | `vlec open`
roster import ge/ge.anchor --home npu | event-malformed | 5 | a country's anchor | a country's bundle | `vlec agency pin`
centre cosign ua/ua.anchor --home ge | event-malformed | 5 | a country's anchor | a centre's proposal | `vlec centre publish`
centre cosign GE-cosigned-by-UA.note --home ge | event-malformed | 5 | a checkpoint's note | a centre's proposal | `vlec centre collect`
open --home npu -o out/ GE.bundle | malformed | 5 | a roster's bundle | an envelope | `vlec seal`
accept --home npu ge/ge.anchor | malformed | 5 | a country's anchor | an envelope | `vlec seal`
inspect cyber/enrol.request | malformed | 5 | a request to be enrolled | an envelope | `vlec centre enrol`
inspect ge/roots/GE-1.root | unsupported-version | 5 | a root key's file | an envelope | --root
centre pin GE.bundle --home ge | event-malformed | 5 | a roster's bundle | a country's anchor | `vlec centre found`
centre pin cyber/enrol.request --home ge | not-the-anchor | 5 | a request to be enrolled | a country's anchor | `vlec centre enrol`
centre enrol ge/ge.anchor --home ge | wrong-ceremony | 5 | a country's anchor | an agency's enrol.request | `vlec agency request`
recover cyber/enrol.request --home ge | wrong-ceremony | 5 | a request to be enrolled | an agency's recover.request | `vlec centre enrol`
centre admit GE.bundle --home ge | event-malformed | 5 | a roster's bundle | an event | `vlec agency announce`
roster hear cyber/enrol.request --home npu | event-not-a-revocation | 5 | a request to be enrolled | a revocation | `vlec revoke`
roster accuse GE.bundle --home npu | event-malformed | 5 | a roster's bundle | a proof that a log has shown two | `vlec roster frozen`
roster verify-proof GE-cosigned-by-UA.note --event ge/ge.anchor --home npu | checkpoint-malformed | 5 | a checkpoint's note | a proof that an event stands | `vlec roster prove`
roster policy GE --set GE.bundle --home npu | policy-malformed | 1 | a roster's bundle | a policy | `vlec roster policy
centre withdraw GE/x --yes --root ge/ge.anchor --home ge | root-file | 1 | a country's anchor | a root key's file | `vlec centre root`
centre collect proof/GE-mia-cyber-0001-enrol.tlog-proof --home ge | checkpoint-malformed | 5 | a proof that an event stands | a centre's note | `vlec roster verify-proof`
centre collect ge.policy --home ge | checkpoint-malformed | 5 | a policy | a centre's note | `vlec roster policy
roster import cyber/vault.sqlite --home npu | event-malformed | 5 | a vault's database | a country's bundle | never leaves its home
centre collect empty --home ge | checkpoint-malformed | 5 | empty | a centre's note | `vlec centre cosign`
";

#[test]
fn what_a_file_is_and_what_was_expected_is_said() {
    let town = town();
    town.write("empty", "");
    town.write("note.txt", "not of any kind");
    for row in WRONG.lines().filter(|row| !row.is_empty()) {
        let [line, code, exit, is, expected, next] = row.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let refused = town.refused(line, code, exit.parse().unwrap());
        let needed = format!("is {is}");
        assert!(refused.err.contains(&needed), "{line}: {is}\n{}", refused.err);
        assert!(
            refused.err.contains(&format!("and {expected}")) && refused.err.contains("is needed"),
            "{line}\n{}",
            refused.err
        );
        let (_, remedy) =
            refused.err.split_once("\n  try: ").unwrap_or_else(|| panic!("{line}\n{}", refused.err));
        assert!(remedy.contains(next), "{line}: {next}\n{}", refused.err);
    }
    let mut command = town.command("roster import - --home npu --key-file key".split(' '));
    let stdin = std::fs::File::open(town.path("a.txt.vlec")).unwrap();
    let streamed = ran(command.stdin(stdin).output().unwrap());
    assert!(streamed.err.contains("]: standard input is an envelope, and a country's"), "{}", streamed.err);
    let unknown = town.refused("roster import note.txt --home npu", "event-malformed", 5);
    assert!(unknown.err.contains("note.txt is not a country's bundle: "), "{}", unknown.err);
}

#[test]
fn a_request_that_is_brought_as_an_event_is_sent_to_its_command() {
    let town = Town::new();
    town.created("GE/mia/lab", "lab");
    let refused = town.refused("centre admit lab/enrol.request --home ge", "event-too-few-roots", 5);
    assert!(refused.err.contains("try: `vlec centre enrol`"), "{}", refused.err);
    town.line("recover --home cyber");
    let refused = town.refused("centre admit cyber/recover.request --home ge", "event-too-few-roots", 5);
    assert!(refused.err.contains("try: `vlec recover`"), "{}", refused.err);
}

/// What is of the right kind, and damaged, is not called another.
#[test]
fn a_damaged_file_of_the_right_kind_stays_one() {
    let town = town();
    let mut bundle = town.read("GE.bundle");
    bundle.truncate(bundle.len() / 2);
    town.write("GE.bundle", bundle);
    let refused = town.run("roster import GE.bundle --home npu".split(' '));
    assert!(refused.code == 5 && !refused.err.contains("is needed"), "{}", refused.err);
    let mut envelope = town.read("a.txt.vlec");
    envelope.truncate(500);
    town.write("a.txt.vlec", envelope);
    let refused = town.refused("inspect a.txt.vlec", "truncated", 5);
    assert!(refused.err.contains("fetch it again"), "{}", refused.err);
}
