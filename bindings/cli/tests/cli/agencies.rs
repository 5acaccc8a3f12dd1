//! An agency's vault from its creation on; rotation, revocation, recovery.

use crate::town::{Town, names};

#[test]
fn the_request_waits_for_the_own_country() {
    let town = Town::new();
    let created =
        town.json("agency create GE/mia/lab --home lab --role liaison --name en=Lab --name ka=ლაბი");
    assert_eq!(created["fingerprint"].as_str().unwrap().len(), 39);
    assert!(!town.exists("lab/enrol.request"));
    town.refused("agency request --home lab", "not-pinned", 4);
    let ua = town.fingerprint("UA");
    town.ok(["agency", "pin", "ua/ua.anchor", "--home", "lab", "--fingerprint", &ua]);
    assert!(!town.exists("lab/enrol.request"));
    let ge = town.fingerprint("GE");
    town.ok(["agency", "pin", "ge/ge.anchor", "--home", "lab", "--fingerprint", &ge]);
    assert!(town.exists("lab/enrol.request"));
    town.refused("agency create GE/mia/other --home lab", "vault-exists", 1);
    town.refused("agency create GE/mia/other --home deep/er", "store-io", 1);
    let maintained = town.run("maintain --home lab".split(' '));
    assert_eq!(maintained.code, 6, "{}", maintained.out);
}

#[test]
fn a_name_that_is_none_is_refused_before_anything_is_made() {
    let town = Town::new();
    for line in [
        "agency create ge/mia --home x",
        "agency create GE/MIA --home x",
        "agency create GE/mia --role Boss! --home x",
    ] {
        town.refused(line, "usage", 2);
    }
    town.refused("agency create GE/mia --home x --pin missing.anchor", "io", 1);
    assert!(!town.exists("x"));
}

#[test]
fn a_wrong_fingerprint_makes_no_vault_and_pins_nothing() {
    let town = Town::new();
    let (ge, ua) = (town.fingerprint("GE"), town.fingerprint("UA"));
    let line = "agency create GE/mia/lab --home lab --pin ge/ge.anchor --pin ua/ua.anchor";
    let wrong = ["--fingerprint", ge.as_str(), "--fingerprint", "0000 0000"];
    let refused = town.run(line.split(' ').chain(wrong));
    assert_eq!(refused.code, 5, "{}", refused.err);
    assert!(refused.err.contains("error[not-confirmed]: the fingerprint of UA"), "{}", refused.err);
    assert!(refused.err.contains("nothing was changed") && !town.exists("lab"), "{}", refused.err);
    // Of several, none is pinned unless all were compared.
    town.line("agency create GE/mia/lab --home lab");
    let line = "agency pin ge/ge.anchor ua/ua.anchor --home lab";
    assert_eq!(town.run(line.split(' ').chain(wrong)).code, 5);
    assert_eq!(town.json("roster status --home lab"), serde_json::json!([]));
    town.ok(line.split(' ').chain(["--fingerprint", &ge, "--fingerprint", &ua]));
}

#[test]
fn epochs_are_listed_and_their_policy_changed() {
    let town = Town::new();
    let epochs = town.json("agency epochs --home cyber");
    assert_eq!(epochs.as_array().unwrap().len(), 3);
    assert_eq!((&epochs[0]["state"], &epochs[2]["state"]), (&"current".into(), &"announced".into()));
    assert!(town.line("agency epochs --home cyber").contains("current"));
    let policy = town.json("agency policy --epoch 2d --open-for 30d --ahead 3 --home cyber");
    assert_eq!(policy["epoch-seconds"], 172_800);
    assert_eq!(town.json("agency policy --home cyber")["announce-ahead"], 3);
    town.refused("agency policy --epoch 91d --home cyber", "state", 1);
    town.refused("agency policy --epoch 91 --home cyber", "usage", 2);
    town.refused("agency epochs --home ge", "wrong-home", 5);
}

#[test]
fn epochs_are_prepared_ahead_and_announced_as_files() {
    let town = Town::new();
    town.line("rotate --ahead 5 --home cyber -o out");
    let first = names(&town.path("out"));
    assert!(first.len() >= 3 && first.iter().all(|name| name.starts_with("GE-mia-cyber-")), "{first:?}");
    let bytes = town.read(&format!("out/{}", first[0]));
    // Asked again, the same bytes; nothing is in the way.
    town.line("agency announce --home cyber -o out");
    assert_eq!(town.read(&format!("out/{}", first[0])), bytes);
    town.write(&format!("out/{}", first[0]), "something else");
    town.refused("agency announce --home cyber -o out", "exists", 1);
    town.line("agency announce --home cyber -o out --force");
    assert_eq!(town.read(&format!("out/{}", first[0])), bytes);
}

#[test]
fn the_next_identity_takes_over() {
    let town = Town::new();
    let before = town.json("roster show GE/mia/cyber --home cyber");
    let next = town.json("rotate --identity --home cyber -o out");
    let files: Vec<String> = names(&town.path("out")).iter().map(|name| format!("out/{name}")).collect();
    town.line(&format!("centre admit {} --home ge", files.join(" ")));
    town.publish();
    let after = town.json("roster show GE/mia/cyber --home npu");
    assert_eq!(after["identities"].as_array().unwrap().len(), 2);
    assert_eq!(after["identities"][1]["key"], next["identity"]);
    assert_eq!(after["identities"][0]["key"], before["identities"][0]["key"]);
    let envelope = town.sealed("a.txt", b"signed by the next one");
    town.line(&format!("open --home npu -o in/ {envelope}"));
}

#[test]
fn a_revoked_epoch_is_sealed_to_no_more() {
    let town = Town::new();
    let asked = town.refused("revoke --epoch 1 --home npu", "no-terminal", 3);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    let revoked = town.json("revoke --epoch 1 --reason key-compromise --yes --home npu -o out");
    let file = revoked["file"].as_str().unwrap();
    assert!(file.starts_with("out/UA-npu-cyber-revoke-"), "{file}");
    assert_eq!(revoked["event"]["kind"], "revoke");
    town.line(&format!("roster hear {file} --home cyber"));
    town.write("a.txt", "a");
    town.refused("seal --home cyber --to UA/npu/cyber a.txt", "no-epoch", 4);
    let shown = town.line("roster show UA/npu/cyber --home cyber");
    assert!(shown.contains("revoked by its owner: key-compromise"), "{shown}");
    town.refused("roster hear cyber/enrol.request --home npu", "event-not-a-revocation", 5);
    town.refused("revoke --epoch 99 --yes --home npu", "state", 1);
    town.refused("revoke UA/npu/other --epoch 1 --yes --home npu", "usage", 2);
    town.refused("revoke --epoch 1 --identity --home npu", "usage", 2);
    town.refused("revoke --epoch 1 --yes --home ge", "usage", 2);
    town.refused("revoke GE/mia/cyber --epoch 44 --yes --home ge --root-key-file key", "no-such-key", 1);
}

#[test]
fn a_stolen_identity_is_revoked_by_the_roots_and_recovered() {
    let town = Town::new();
    let under_way = town.sealed("a.txt", b"before");
    town.line("revoke GE/mia/cyber --identity --reason key-compromise --since 2026-01-01 --yes --root-key-file key --home ge -o out");
    // Heard by the centre itself at once, and not only when the log is published.
    let shown = town.line("roster show GE/mia/cyber --home ge");
    assert!(shown.contains("key-compromise"), "{shown}");
    let file = format!("out/{}", names(&town.path("out"))[0]);
    town.line(&format!("roster hear {file} --home npu"));
    town.refused(&format!("open --home npu -o in/ {under_way}"), "revoked", 5);
    assert!(!town.exists("in/a.txt"));
    town.publish();
    let due = town.run("maintain --home cyber --json".split(' '));
    assert_eq!(due.code, 6);
    assert!(due.out.contains("\"recover\""), "{}", due.out);

    let asked = town.json("recover --home cyber");
    assert_eq!(asked["request"], "cyber/recover.request");
    let fingerprint = asked["fingerprint"].as_str().unwrap();
    town.refused("recover --home ge", "usage", 2);
    town.refused("recover cyber/recover.request --home cyber", "wrong-home", 5);
    town.refused("recover cyber/enrol.request --home ge", "wrong-ceremony", 5);
    town.refused("recover cyber/recover.request --fingerprint 00 --home ge", "not-confirmed", 5);
    let line = "recover cyber/recover.request --home ge --root-key-file key --fingerprint";
    town.ok(line.split(' ').chain([fingerprint]));
    town.publish();
    let shown = town.json("roster show GE/mia/cyber --home npu");
    assert_eq!(shown["identities"].as_array().unwrap().len(), 2);
    assert_eq!(shown["state"], "no identity", "it waits out the country's delay");
    assert_eq!(shown["recovering-until"], shown["identities"][1]["takes-effect"]);
    // The next one is not what signs now.
    let line = "revoke GE/mia/cyber --identity --yes --root-key-file key --home ge -o more";
    town.refused(line, "no-such-key", 1);
    assert!(!town.exists("more"));
}

/// From when the delay counts, as long as that is not known; then until when.
#[test]
fn a_recovery_says_until_when_to_wait() {
    let town = Town::new();
    let asked = town.json("recover --home cyber");
    assert_eq!(asked["delay-seconds"], 3 * 86_400);
    let fingerprint = asked["fingerprint"].as_str().unwrap().to_owned();
    let recover = || {
        let line = "recover cyber/recover.request --home ge --root-key-file key --json --fingerprint";
        let out = town.ok(line.split(' ').chain([fingerprint.as_str()]));
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let admitted = recover();
    assert_eq!((&admitted["published"], &admitted["delay-seconds"]), (&false.into(), &259_200.into()));
    assert_eq!(admitted["takes-effect"], serde_json::Value::Null);
    let from = "the new identity of GE/mia/cyber takes effect 3 d after the first checkpoint";
    for line in ["maintain --home ge", "doctor --home ge", "centre status --home ge"] {
        let said = town.run(line.split(' ')).out;
        assert!(said.contains(from) && said.contains("a quorum has cosigned"), "{line}\n{said}");
    }

    town.line("centre publish --home ge --force");
    for other in ["ua", "md"] {
        town.line(&format!("centre cosign GE.proposal --home {other} -o {other}.note"));
    }
    let collected = town.json("centre collect ua.note md.note -o GE.bundle --force --home ge");
    town.line("roster import GE.bundle --home cyber");
    town.line("roster import GE.bundle --home npu");
    let shown = town.json("roster show GE/mia/cyber --home cyber");
    let until = shown["identities"][1]["takes-effect"].as_str().unwrap();
    let waits = serde_json::json!([{ "agency": "GE/mia/cyber", "until": until }]);
    assert_eq!(collected["recovering"], waits);
    assert_eq!(town.json("roster status --home npu")[0]["recovering"], waits);
    assert_eq!(town.json("maintain --home ge")["recovering"], waits);
    let due = town.run("maintain --home cyber --json".split(' '));
    let due_json: serde_json::Value = serde_json::from_str(&due.out).unwrap();
    assert_eq!(due.code, 6);
    assert_eq!(due_json["left"], serde_json::json!([{ "due": "recovering", "until": until }]));
    let again = recover();
    assert_eq!((&again["published"], &again["takes-effect"]), (&true.into(), &until.into()));

    for line in [
        "roster show GE/mia/cyber --home npu",
        "roster show GE --home npu",
        "roster status --home cyber",
        "maintain --home cyber",
        "doctor --home cyber",
        "doctor --home ge",
    ] {
        let said = town.run(line.split(' ')).out;
        let row = said.lines().find(|row| row.contains("takes effect") || row.contains("recovering, from"));
        assert!(row.is_some_and(|row| row.contains(until)), "{line}: {until}\n{said}");
    }
    for line in ["maintain --home cyber", "doctor --home cyber"] {
        let said = town.run(line.split(' ')).out;
        assert!(said.contains("wait until then") && !said.contains("vlec agency announce"), "{said}");
    }
    town.write("a.txt", "a");
    for line in ["seal --home npu --to GE/mia/cyber a.txt", "seal --home cyber --to UA/npu/cyber a.txt"] {
        let held = town.run(line.split(' '));
        assert!(held.err.contains(&format!("GE/mia/cyber takes effect {until}")), "{line}\n{}", held.err);
    }
    let other = town.run("recover --home cyber --force".split(' '));
    assert!(other.err.contains("this request is for yet another identity"), "{}", other.err);
}

#[test]
fn an_agency_revokes_its_own_identity() {
    let town = Town::new();
    town.line("revoke --identity --reason ceased --yes --home cyber -o out");
    town.write("a.txt", "a");
    let ran = town.run("seal --home cyber --to UA/npu/cyber a.txt".split(' '));
    assert_ne!(ran.code, 0);
    assert!(!town.exists("a.txt.vlec"));
}
