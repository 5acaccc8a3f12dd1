//! L6: a centre whose store was restored, and what the shell says until it knows again what it has signed.

use serde_json::{Value, json};

use crate::town::{Town, names};

/// Runs `line`, which waits for others, and gives its JSON.
fn waits(town: &Town, line: &str) -> Value {
    let ran = town.run(line.split(' ').chain(["--json"]));
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// One witness alone has seen what the log has signed, and the log's store is put back to before.
#[test]
fn l6_a_restored_log_is_told_whom_it_waits_for_and_takes_its_lost_event_back() {
    let town = Town::new();
    town.line("backup --home ge before.sqlite");
    town.line("rotate --ahead 3 --home cyber -o out");
    let lost = format!("out/{}", names(&town.path("out"))[0]);
    town.line(&format!("centre admit {lost} --home ge"));
    town.line("centre publish --home ge -o new.proposal");
    town.line("centre cosign new.proposal --home ua -o ua.note");

    for name in ["vault.sqlite", "vault.sqlite-wal"] {
        std::fs::remove_file(town.path(format!("ge/{name}"))).ok();
    }
    std::fs::copy(town.path("before.sqlite"), town.path("ge/vault.sqlite")).unwrap();
    town.run("doctor --leave-quarantine --yes --home ge".split(' '));
    let waits = waits(&town, "centre relearn ua.note --home ge");
    assert_eq!((&waits[0]["done"], &waits[0]["needed"]), (&false.into(), &2.into()), "{waits}");
    assert_eq!(waits[0]["missing"].as_array().unwrap().len(), 2, "{waits}");
    let text = town.run("centre relearn ua.note --home ge".split(' '));
    assert!(text.out.starts_with("GE  waits for 2 more: cosigned since "), "{}", text.out);

    town.refused("centre publish --home ge -o again.proposal", "log-behind", 4);
    town.refused(&format!("centre admit {lost} --home ge"), "log-restored", 4);
    assert_eq!(town.json("centre pending --home ge"), json!([]));
    let back = town.line(&format!("centre admit --lost {lost} --home ge"));
    assert!(back.starts_with("back       "), "{back}");
    assert_eq!(town.json("centre pending --home ge").as_array().unwrap().len(), 1);
    town.line("centre publish --home ge -o again.proposal");
    town.line("centre cosign again.proposal --home ua -o again.note");
}

/// What others cosigned before the restore does not count, and says so with both times.
#[test]
fn l6_a_restored_witness_is_told_which_cosignatures_are_too_old() {
    let town = Town::new();
    std::fs::remove_dir_all(town.path("ge/anchor")).unwrap();
    town.run("doctor --leave-quarantine --yes --home ge".split(' '));
    town.line("centre witnessed MD --home ua -o ua.note");
    let waits = waits(&town, "centre relearn ua.note --home ge");
    let [told] = waits.as_array().unwrap().as_slice() else { panic!("{waits}") };
    assert_eq!((&told["country"], &told["needed"]), (&"MD".into(), &1.into()), "{waits}");
    assert_eq!((&told["cosigned"], &told["missing"]), (&json!([]), &json!(["UA"])));
    let [old] = told["too-old"].as_array().unwrap().as_slice() else { panic!("{waits}") };
    assert_eq!(old["country"], "UA");
    assert!(old["at"].as_str().unwrap() < told["since"].as_str().unwrap(), "{waits}");
    let text = town.run("centre relearn ua.note --home ge".split(' ')).out;
    assert!(
        text.contains("MD  waits for 1 more: cosigned since ") && text.contains("missing UA\n"),
        "{text}"
    );
    assert!(text.contains("MD: not counted: UA cosigned at ") && text.contains("publish anew"), "{text}");
}
