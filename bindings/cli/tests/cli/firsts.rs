//! What a newcomer meets first: errors that name the next step, and steps that are said in their order.

use crate::town::{Town, anchor_of};

/// A log needs the cosignatures of two others.
#[test]
fn two_countries_are_told_that_three_are_the_least() {
    let town = Town::empty();
    for country in ["GE", "UA"] {
        town.found(country);
    }
    let pinned = |home: &str, other: &str| {
        let anchor = anchor_of(other);
        let fingerprint = town.fingerprint(other);
        town.ok(["centre", "pin", "--home", home, &anchor, "--fingerprint", &fingerprint]);
    };
    pinned("ge", "UA");
    pinned("ua", "GE");
    town.line("centre publish --home ge");
    for line in ["centre cosign GE.proposal --home ua", "centre policy GE --home ge"] {
        let refused = town.refused(line, "roster-no-policy", 4);
        assert!(refused.err.contains("fewer than two other countries are pinned"), "{}", refused.err);
        assert!(refused.err.contains("at least two countries besides GE"), "{}", refused.err);
        assert!(refused.err.contains("three countries are the least"), "{}", refused.err);
    }
}

/// As many keys as were made, and the others are made as the remedy says it.
#[test]
fn a_ceremony_that_was_cut_off_goes_on_as_its_remedy_says() {
    let town = Town::empty();
    std::fs::create_dir(town.path("roots")).unwrap();
    town.line("centre root AZ -o roots/AZ-1.root --root-key-file key");
    let found = "centre found AZ --home az --root-key-file key";
    let cut = town.refused(&format!("{found} --roots-dir roots"), "exists", 1);
    for number in [2, 3] {
        let make = format!("centre root AZ -o roots/AZ-{number}.root");
        assert!(cut.err.contains(&format!("`vlec {make}`")), "{}", cut.err);
        town.line(&format!("{make} --root-key-file key"));
    }
    assert!(cut.err.contains("--root FILE for each of the 3"), "{}", cut.err);
    let cut = town.refused(&format!("{found} --roots-dir roots"), "exists", 1);
    assert!(!cut.err.contains("centre root"), "{}", cut.err);
    town.line(&format!("{found} --root roots/AZ-1.root --root roots/AZ-2.root --root roots/AZ-3.root"));
}

/// Without a fingerprint, and before anybody is asked for a secret.
#[test]
fn an_agency_of_another_country_is_sent_to_its_own_centre_at_once() {
    let town = Town::new();
    town.line("recover --home npu");
    for (line, done) in [
        ("centre enrol npu/enrol.request --home ge", "enrolled"),
        ("centre withdraw UA/npu/cyber --home ge", "withdrawn"),
        ("recover npu/recover.request --home ge", "recovered"),
        ("revoke UA/npu/cyber --identity --home ge", "served"),
    ] {
        let refused = town.bare(line.split(' '));
        assert_eq!(refused.code, 5, "{line}\n{}", refused.err);
        let said = format!("error[event-out-of-scope]: UA/npu/cyber is {done} by the centre of UA");
        assert!(refused.err.contains(&said), "{line}\n{}", refused.err);
        assert!(refused.err.contains("at the centre of its own country, UA"), "{line}\n{}", refused.err);
    }
}

/// A shared folder holds everybody's.
#[test]
fn the_own_proposal_among_others_is_passed_over() {
    let town = Town::new();
    for country in ["GE", "UA", "MD"] {
        let home = country.to_lowercase();
        town.line(&format!("centre publish --home {home} -o {country}.proposal --force"));
    }
    let line = "centre cosign GE.proposal MD.proposal UA.proposal --home ge --force";
    let ran = town.run(line.split(' '));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("warning: GE.proposal: passed over"), "{}", ran.err);
    let told = town.json(line);
    assert_eq!(told.as_array().unwrap().len(), 2, "{told}");
    town.refused("centre cosign GE.proposal --home ge --force", "own-log", 5);
}

#[test]
fn a_backup_has_no_options_of_others() {
    let town = Town::new();
    town.line("backup --home cyber cyber.sqlite");
    let refused = town.refused("backup --home cyber cyber.sqlite", "exists", 1);
    assert!(!refused.err.contains("-o") && !refused.err.contains("--force"), "{}", refused.err);
    assert!(refused.err.contains("try: another FILE"), "{}", refused.err);
    let help = town.bare(["backup", "--help"]).out;
    assert!(help.contains("\"Backup, restore, quarantine\""), "{help}");
}

/// The list is open; what is nearly a known one is said.
#[test]
fn a_role_that_is_nearly_a_known_one_is_said() {
    let town = Town::empty();
    let made = |home: &str, role: &str| {
        let ran = town.run(["agency", "create", "GE/mia/lab", "--home", home, "--role", role]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.err
    };
    let near = made("a", "contact24x7");
    assert!(near.contains("contact24x7 is nearly contact-24x7"), "{near}");
    for role in ["contact-24x7", "liaison", "forensics"] {
        assert_eq!(made(role, role), "");
    }
    let help = town.bare(["agency", "create", "--help"]).out;
    assert!(help.contains("contact-24x7 or liaison") && help.contains("1 to 32"), "{help}");
}

/// As bindings/cli/README.md has it.
#[test]
fn what_comes_after_a_quarantine_is_said_in_its_order() {
    let town = Town::new();
    for home in ["cyber", "ge"] {
        std::fs::remove_dir_all(town.path(format!("{home}/anchor"))).unwrap();
    }
    let of = |home: &str, steps: &[&str]| {
        let said = town.run(["doctor", "--leave-quarantine", "--yes", "--home", home]).out;
        let mut rest = said.split_once("in this order").unwrap_or_else(|| panic!("{said}")).1;
        for step in steps {
            rest = rest.split_once(step).unwrap_or_else(|| panic!("{step}\n{said}")).1;
        }
    };
    of(
        "cyber",
        &[
            "vlec roster import",
            "vlec maintain",
            "vlec agency announce",
            "vlec centre admit",
            "seal it again",
        ],
    );
    of("ge", &["vlec roster import", "vlec centre witnessed", "vlec centre relearn", "vlec centre publish"]);
    let refused = town.refused("centre cosign MD.proposal --home ge --force", "relearn", 4);
    assert!(refused.err.contains("run `vlec centre witnessed MD`"), "{}", refused.err);
    let document = include_str!("../../README.md");
    assert!(document.contains("\n## Backup, restore, quarantine\n"));
}
