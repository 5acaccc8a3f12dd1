//! `vlec maintain`, for cron: quiet when all is well, and an exit status that says when it is not.

use crate::town::{Town, names};

#[test]
fn what_is_due_is_done_and_then_nothing_is() {
    let town = Town::new();
    town.line("maintain --home cyber");
    let second = town.json("maintain --home cyber");
    assert_eq!((&second["done"], &second["agency"]), (&serde_json::json!([]), &"GE/mia/cyber".into()));
    assert_eq!(town.line("maintain --home cyber"), "");
}

#[test]
fn orphans_are_found_said_and_removed() {
    let town = Town::new();
    town.write("out/.vlec-abc.tmp", "left by a crash");
    let dry = town.json("maintain --dry-run --home cyber out");
    assert!(dry["left"].to_string().contains("\"orphan\""), "{dry}");
    assert!(town.exists("out/.vlec-abc.tmp"));
    let done = town.json("maintain --home cyber out");
    assert!(done["done"].to_string().contains("out/.vlec-abc.tmp"), "{done}");
    assert!(names(&town.path("out")).is_empty());
    town.refused("maintain --home cyber missing-folder", "io", 1);
    town.refused("maintain --dry-run --announce out --home cyber", "usage", 2);
}

#[test]
fn people_are_called_when_they_are_needed() {
    let town = Town::new();
    town.line("agency create GE/mia/lab --home lab");
    let fingerprint = town.fingerprint("GE");
    town.ok(["agency", "pin", "ge/ge.anchor", "--home", "lab", "--fingerprint", &fingerprint]);
    let due = town.run("maintain --home lab".split(' '));
    assert_eq!(due.code, 6);
    assert!(due.out.contains("GE: `vlec roster import` its newest bundle"), "{}", due.out);
    assert_eq!(due.err, "");
}

#[test]
fn a_centre_is_told_what_it_has_not_published() {
    let town = Town::new();
    assert_eq!(town.line("maintain --home ge"), "");
    town.line("rotate --ahead 4 --home cyber -o out");
    let files: Vec<String> = names(&town.path("out")).iter().map(|name| format!("out/{name}")).collect();
    town.line(&format!("centre admit {} --home ge", files.join(" ")));
    let due = town.run("maintain --home ge".split(' '));
    assert_eq!(due.code, 6);
    assert!(due.out.contains("vlec centre publish"), "{}", due.out);
}

/// Prepared and never delivered: the day after, nobody could seal to it.
#[test]
fn epochs_that_nobody_knows_of_need_people() {
    let town = Town::new();
    town.enrolled("GE/mia/lab", "lab", "ge");
    town.publish();
    town.line("roster import GE.bundle UA.bundle MD.bundle --home lab");
    let due = town.run("maintain --home lab --json".split(' '));
    assert_eq!((due.code, due.out.matches("\"unpublished\"").count()), (6, 1), "{}", due.out);
    let doctor = town.run("doctor --home lab".split(' '));
    assert_eq!(doctor.code, 6);
    assert!(
        doctor.out.contains("warning  rotation          the published epochs do not reach to"),
        "{}",
        doctor.out
    );
    town.announce("lab", "ge");
    town.publish();
    town.line("roster import GE.bundle --home lab");
    town.line("maintain --home lab");
    // The first goes on, and no other follows.
    for epoch in [2, 3] {
        town.line(&format!("revoke --epoch {epoch} --yes -o out --home cyber"));
    }
    let due = town.run("maintain --home cyber".split(' '));
    assert_eq!(due.code, 6);
    assert!(due.out.contains("vlec agency announce"), "{}", due.out);
}
