//! Bundles, status, timelines, policies, proofs.

use crate::town::{Town, names};

#[test]
fn bundles_are_imported_many_at_once_and_exported() {
    let town = Town::new();
    let again = town.json("roster import GE.bundle UA.bundle --home igp");
    assert_eq!((&again[0]["country"], &again[1]["new"]), (&"GE".into(), &0.into()));
    town.write("broken.bundle", "no bundle");
    let mixed = town.run("roster import broken.bundle GE.bundle --home igp --json".split(' '));
    assert_eq!(mixed.code, 5, "{}", mixed.err);
    let records: serde_json::Value = serde_json::from_str(&mixed.out).unwrap();
    assert_eq!(records[0]["error"]["code"], "event-malformed");
    assert_eq!(records[1]["country"], "GE");
    town.refused("roster import missing.bundle --home igp", "io", 1);
    // A proposal is no bundle yet: nobody has cosigned it.
    town.line("centre publish --home ge -o alone.proposal");
    let early = town.run("roster import alone.proposal --home igp".split(' '));
    assert_ne!(early.code, 0, "{}", early.out);

    town.line("roster export GE --home igp -o part.bundle --from 2");
    assert!(town.read("part.bundle").len() < town.read("GE.bundle").len());
    let streamed = town.run("roster export GE --home igp -o -".split(' '));
    town.write("whole.bundle", streamed.bytes);
    town.line("roster import whole.bundle --home npu");
    town.refused("roster export FR --home igp", "no-roster", 4);
    town.refused("roster export GE --from 99 --home igp -o x", "roster-gap", 4);
}

#[test]
fn a_country_that_is_not_pinned_is_not_imported() {
    let town = Town::new();
    town.line("agency create GE/mia/lab --home lab");
    let refused = town.refused("roster import GE.bundle --home lab", "not-pinned", 4);
    assert!(refused.err.contains("pin"), "{}", refused.err);
    assert_eq!(town.json("roster status --home lab"), serde_json::json!([]));
}

#[test]
fn status_says_what_the_policy_makes_of_each_country() {
    let town = Town::new();
    let status = town.json("roster status --home cyber");
    let countries: Vec<_> =
        status.as_array().unwrap().iter().map(|it| it["country"].as_str().unwrap()).collect();
    assert_eq!(countries, ["GE", "MD", "UA"]);
    assert_eq!((&status[0]["verdict"], &status[0]["size"]), (&"fresh".into(), &5.into()));
    assert_eq!(status[0]["cosigned"].as_array().unwrap().len(), 2);
    let text = town.line("roster status --home cyber");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("country  events"), "{text}");
    assert!(
        lines[1].starts_with("GE ") && lines[1].contains("MD UA") && lines[1].ends_with("fresh"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colour but on a terminal");
    // A second may pass between the two.
    let without_age = |line: &str| {
        let mut status = town.json(line);
        let all = status.as_array_mut().unwrap();
        all.iter_mut().for_each(|it| drop(it.as_object_mut().unwrap().remove("age-seconds")));
        status
    };
    assert_eq!(without_age("centre status --home ge"), without_age("roster status --home ge"));
    town.refused("centre status --home cyber", "wrong-home", 5);
}

#[test]
fn an_agencys_life_is_drawn() {
    let town = Town::new();
    let text = town.line("roster show UA/npu/cyber --home cyber");
    assert!(text.starts_with("UA/npu/cyber\n  en         Unit npu\n  roles      contact-24x7\n"), "{text}");
    let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(row("identity 1").contains("█") && row("identity 1").ends_with("signs"), "{text}");
    assert!(row("epoch 1").contains("█▒") && row("epoch 1").ends_with("sealed to now"), "{text}");
    assert!(row("epoch 3").contains("│") && row("epoch 3").ends_with("announced"), "{text}");
    let list = town.line("roster show UA --home cyber");
    assert!(list.lines().nth(1).unwrap().starts_with("UA/npu/cyber  Unit npu"), "{list}");
    assert_eq!(town.json("roster show UA --home cyber")[0]["epochs"].as_array().unwrap().len(), 3);
    town.refused("roster show UA/npu/nobody --home cyber", "not-enrolled", 4);
    town.refused("roster show FR --home cyber", "no-roster", 4);
}

#[test]
fn policies_are_shown_and_set() {
    let town = Town::new();
    let text = town.line("roster policy GE --home cyber");
    assert!(text.contains("witness") && text.contains("quorum"), "{text}");
    town.write("ge.policy", &text);
    town.line("roster policy GE --set ge.policy --home cyber");
    town.line("centre policy GE --set ge.policy --home ua");
    town.write("bad.policy", "quorum nobody\n");
    let bad = town.run("roster policy GE --set bad.policy --home cyber".split(' '));
    assert_ne!(bad.code, 0);
    assert!(bad.err.contains("bad.policy: line 1"), "{}", bad.err);
    town.refused("roster policy GE --set ge.policy --home missing", "no-vault", 1);
}

#[test]
fn a_proof_convinces_who_holds_an_anchor_and_a_policy() {
    let town = Town::new();
    let proved = town.json("roster prove GE/mia/cyber -o proof --home npu");
    assert_eq!(proved[0]["event"]["kind"], "enrol");
    assert_eq!(
        names(&town.path("proof")),
        ["GE-mia-cyber-0001-enrol.event", "GE-mia-cyber-0001-enrol.tlog-proof"]
    );
    let files = "proof/GE-mia-cyber-0001-enrol.tlog-proof --event proof/GE-mia-cyber-0001-enrol.event";
    let verified = town.json(&format!("roster verify-proof {files} --home igp"));
    assert_eq!((&verified["verified"], &verified["place"]), (&true.into(), &1.into()));
    town.write("ge.policy", town.line("roster policy GE --home cyber"));
    let alone =
        town.bare(format!("roster verify-proof {files} --anchor ge/ge.anchor --policy ge.policy").split(' '));
    assert_eq!(alone.code, 0, "{}", alone.err);
    let others = format!("roster verify-proof {files} --anchor ua/ua.anchor --policy ge.policy");
    town.refused(&others, "not-the-anchor", 5);
    let other = "proof/GE-mia-cyber-0001-enrol.tlog-proof --event cyber/enrol.request";
    // The leaf does not hold signatures: the request's body is the event's.
    town.line(&format!("roster verify-proof {other} --home igp"));
    let wrong = "proof/GE-mia-cyber-0001-enrol.tlog-proof --event npu/enrol.request";
    town.refused(&format!("roster verify-proof {wrong} --home igp"), "checkpoint-other", 5);
    let wrong = "proof/GE-mia-cyber-0001-enrol.tlog-proof --event ge/ge.anchor";
    town.refused(&format!("roster verify-proof {wrong} --home igp"), "checkpoint-not-included", 5);
    town.refused(&format!("roster verify-proof {files}"), "usage", 2);
    assert_eq!(
        town.json("roster prove GE/mia/cyber --kind epoch -o epochs --home npu").as_array().unwrap().len(),
        3
    );
    town.refused("roster prove GE/mia/nobody --home npu", "not-enrolled", 4);
    // Kept, while the country changes its log's key.
    town.line("centre authority --new-log --root-key-file key --home ge");
    town.publish();
    town.line(&format!("roster verify-proof {files} --home igp"));
}
