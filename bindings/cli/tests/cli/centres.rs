//! Ceremonies, and what goes between centres.

use crate::town::{Town, anchor_of, copy, mode, names};

#[test]
fn a_ceremony_makes_roots_anchor_and_fingerprint() {
    let town = Town::empty();
    let founded = town.json("centre found AZ --roots 3 --threshold 2 --home az --root-key-file key");
    assert_eq!(names(&town.path("az/roots")), ["AZ-1.root", "AZ-2.root", "AZ-3.root"]);
    assert_eq!([mode(&town.path("az/roots")), mode(&town.path("az/roots/AZ-1.root"))], [0o700, 0o600]);
    assert_eq!(founded["file"], "az/az.anchor");
    assert_eq!(founded["roots"].as_array().unwrap().len(), 3);
    let shown = town.json("centre anchor --home az");
    assert_eq!(shown["fingerprint"], founded["fingerprint"]);
    assert!(town.line("centre anchor --home az").contains(shown["fingerprint"].as_str().unwrap()));
    town.line("centre anchor --home az -o copy.anchor");
    assert_eq!(town.read("copy.anchor"), town.read("az/az.anchor"));

    let lies = |more: &str| {
        let founded = town.line(&format!("centre found PL --home pl{more} --root-key-file key"));
        std::fs::remove_dir_all(town.path("pl")).unwrap();
        founded.contains("note: the anchor lies in the home")
    };
    assert!(lies("") && !lies(" --anchor-dir away"), "said where a snapshot takes both, and nowhere else");

    town.refused("centre found AZ --home other --roots-dir az/roots --root-key-file key", "exists", 1);
    std::fs::remove_dir_all(town.path("az/roots")).unwrap();
    let twice = town.refused("centre found AZ --home az --root-key-file key", "vault-exists", 1);
    assert!(twice.err.contains("vlec doctor"), "{}", twice.err);
    assert!(!town.exists("az/roots"), "no keys of a founding that failed");
}

#[test]
fn roots_that_officers_bring_found_a_country_and_succeed_each_other() {
    let town = Town::new();
    std::fs::create_dir(town.path("keys")).unwrap();
    for name in ["a", "b", "c"] {
        town.ok(["centre", "root", "AZ", "-o", &format!("keys/{name}.root"), "--root-key-file", "key"]);
    }
    let roots = "--root keys/a.root --root keys/b.root --root-key-file key";
    town.line(&format!("centre found AZ --threshold 2 {roots} --home az"));
    assert!(!town.exists("az/roots"));
    // A file of another country, and too few.
    town.refused(
        "centre withdraw GE/mia/cyber --yes --root keys/a.root --root-key-file key --home ge",
        "wrong-root",
        1,
    );
    town.refused(
        "centre withdraw GE/mia/cyber --yes --root ge/roots/GE-1.root --root-key-file key --home ge",
        "event-too-few-roots",
        5,
    );

    town.ok("centre root GE -o keys/new.root --root-key-file key".split(' '));
    let one = town.line(
        "centre authority --successor ge/roots/GE-1.root --successor ge/roots/GE-2.root --successor keys/new.root \
         --root-key-file key --home ge",
    );
    assert_eq!(one, "");
    let pending = town.json("centre pending --home ge");
    assert_eq!(pending[0]["kind"], "authority");
    town.refused("centre authority --new-log --root-key-file key --home ge", "state", 1);
    town.publish();
    town.line("centre authority --new-witness --root ge/roots/GE-1.root --root ge/roots/GE-2.root --root keys/new.root --root-key-file key --home ge");
}

/// Also as a copy under another name; and nobody is asked for a passphrase before.
#[test]
fn a_root_key_that_is_given_twice_is_named_before_anything_is_done() {
    let town = Town::new();
    std::fs::create_dir(town.path("keys")).unwrap();
    std::fs::copy(town.path("ge/roots/GE-1.root"), town.path("keys/copy.root")).unwrap();
    let withdraw = "centre withdraw GE/mia/cyber --yes --home ge --key-file key";
    let twice = "--root ge/roots/GE-1.root --root ge/roots/GE-1.root";
    let copy = "--root ge/roots/GE-1.root --root keys/copy.root";
    for (line, said) in [
        (format!("{withdraw} {twice}"), "the root key ge/roots/GE-1.root is given twice"),
        (format!("{withdraw} {copy}"), "ge/roots/GE-1.root and keys/copy.root are the same root key"),
        (format!("centre found GE --threshold 2 {copy} --home new --key-file key"), "are the same root key"),
        (
            format!("centre authority {} --home ge --key-file key", copy.replace("--root", "--successor")),
            "are the same root key",
        ),
    ] {
        let refused = town.refused(&line, "usage", 2);
        assert!(refused.err.contains(said) && refused.err.contains("each root key once"), "{}", refused.err);
    }
    assert!(!town.exists("new"));
    assert_eq!(town.json("centre pending --home ge"), serde_json::json!([]));
    // Beside each other in a folder, copies are one.
    std::fs::copy(town.path("ge/roots/GE-1.root"), town.path("ge/roots/GE-1-copy.root")).unwrap();
    town.line("centre withdraw GE/mia/cyber --yes --root-key-file key --home ge");
    town.line("centre authority --new-witness --root-key-file key --home ge");
    // The first secret is for the first key, the second for the second, whatever copies lie between.
    std::fs::copy(town.path("key"), town.path("key-2")).unwrap();
    // What cannot be read stops nothing that can do without it.
    town.write("ge/roots/GE-9.root", "no root key");
    let secrets = "--root-key-file key --root-key-file key-2";
    town.line(&format!("revoke GE/mia/cyber --epoch 1 --yes {secrets} --home ge"));
}

#[test]
fn enrolment_is_refused_where_it_is_not_what_was_meant() {
    let town = Town::new();
    town.created("GE/mia/forensics", "lab");
    let fingerprint = town.line("agency fingerprint --home lab");
    let enrol = |more: &[&str]| {
        let line = "centre enrol lab/enrol.request --home ge --root-key-file key";
        town.run(line.split(' ').chain(more.iter().copied()))
    };
    let other = enrol(&["--role", "liaison", "--fingerprint", fingerprint.trim()]);
    assert_eq!(other.code, 5);
    assert!(
        other.err.contains("error[role-mismatch]") && other.err.contains("contact-24x7"),
        "{}",
        other.err
    );
    assert!(other.err.contains("vlec agency request --role liaison"), "{}", other.err);
    let other = enrol(&["--role", "contact-24x7", "--fingerprint", "0000 0000"]);
    assert!(other.err.contains("error[not-confirmed]") && other.code == 5, "{}", other.err);
    let nobody = enrol(&["--role", "contact-24x7"]);
    assert!(
        nobody.err.contains("error[no-terminal]") && nobody.err.contains("--fingerprint HEX"),
        "{}",
        nobody.err
    );

    town.line("agency request --role liaison --name en=Laboratory --force --home lab");
    let done = enrol(&["--role", "liaison", "--fingerprint", &fingerprint.trim().to_uppercase()]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(enrol(&["--fingerprint", fingerprint.trim()]).code, 0, "again, the same");
    town.publish();
    let shown = town.json("roster show GE/mia/forensics --home npu");
    assert_eq!((&shown["roles"][0], &shown["names"][0]["name"]), (&"liaison".into(), &"Laboratory".into()));
    assert_eq!(shown["state"], "no epoch");
    town.refused("centre enrol ge/ge.anchor --home ge", "wrong-ceremony", 5);
    town.line("roster import GE.bundle UA.bundle MD.bundle --home lab");
    town.refused("agency request --force --home lab", "state", 1);
}

#[test]
fn an_agency_is_withdrawn_for_ever() {
    let town = Town::new();
    let asked = town.refused("centre withdraw GE/mia/cyber --home ge", "no-terminal", 3);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    town.line("centre withdraw GE/mia/cyber --yes --root-key-file key --home ge");
    town.publish();
    assert_eq!(town.json("roster show GE --home npu")[0]["state"], "withdrawn");
    town.write("a", "a");
    town.refused("seal --home npu --to GE/mia/cyber a", "withdrawn", 5);
    town.line("roster import GE.bundle --home cyber");
    assert_eq!(town.run("maintain --home cyber".split(' ')).code, 6);
}

#[test]
fn pinning_takes_what_was_compared_and_nothing_else() {
    let town = Town::new();
    town.found("AZ");
    let right = town.fingerprint("AZ");
    let pin = |more: &[&str]| town.run(["centre", "pin", "--home", "ge", "az/az.anchor"].iter().chain(more));
    let wrong = town.fingerprint("GE");
    let refused = pin(&["--fingerprint", &wrong]);
    assert!(refused.err.contains("error[not-confirmed]") && refused.code == 5, "{}", refused.err);
    assert_eq!(pin(&["--fingerprint", &right.replace(' ', "").to_uppercase()]).code, 0);
    assert_eq!(pin(&["--fingerprint", &right]).code, 0);
    town.refused("centre pin GE.bundle --home ge", "event-malformed", 5);
    town.refused("centre pin cyber/enrol.request --home ge", "not-the-anchor", 5);

    // The country begins anew: pinned only where that is said.
    std::fs::remove_dir_all(town.path("az")).unwrap();
    town.found("AZ");
    let new = town.fingerprint("AZ");
    let refused = pin(&["--fingerprint", &new]);
    assert!(
        refused.err.contains("error[roster-other-anchor]") && refused.err.contains("repin"),
        "{}",
        refused.err
    );
    town.ok(["centre", "repin", "--home", "ge", "az/az.anchor", "--fingerprint", &new]);
    town.ok(["agency", "pin", "--home", "cyber", "az/az.anchor", "--fingerprint", &new]);
    town.ok(["agency", "repin", "--home", "cyber", "az/az.anchor", "--fingerprint", &new]);
    let own = anchor_of("GE");
    let refused = town.run(["centre", "repin", "--home", "ge", &own, "--fingerprint", &wrong]);
    assert!(refused.err.contains("error[own-log]"), "{}", refused.err);
}

#[test]
fn a_proposal_is_cosigned_collected_and_published() {
    let town = Town::new();
    town.created("GE/mia/forensics", "lab");
    let fingerprint = town.line("agency fingerprint --home lab");
    let line = "centre enrol lab/enrol.request --home ge --root-key-file key --fingerprint";
    town.ok(line.split(' ').chain([fingerprint.trim()]));
    town.refused("centre publish --home ge", "exists", 1);
    town.line("centre publish --home ge -o new.proposal");
    town.refused("centre cosign new.proposal --home ge", "own-log", 5);
    assert_eq!(town.json("centre status --home ge")[0]["pending"], 1);
    town.line("centre cosign new.proposal --home ua -o ua.note");
    let waiting = town.run("centre collect ua.note -o ge.bundle --home ge --json".split(' '));
    assert_eq!((waiting.code, town.exists("ge.bundle")), (4, false), "{}", waiting.err);
    let waiting: serde_json::Value = serde_json::from_str(&waiting.out).unwrap();
    assert_eq!((&waiting["published"], &waiting["missing"][0]), (&false.into(), &"MD".into()));
    let streamed = town.line("centre cosign new.proposal --home md -o -");
    town.write("md.note", streamed);
    let done = town.json("centre collect md.note ua.note -o ge.bundle --home ge");
    assert_eq!((&done["published"], &done["new"]), (&true.into(), &0.into()));
    assert_eq!(town.json("roster import ge.bundle --home cyber")[0]["new"], 1);
    // It is there already.
    let back = town.json("centre admit --lost lab/enrol.request --home ge");
    assert_eq!(back[0]["file"], "lab/enrol.request");
    town.refused("centre admit --lost GE.bundle --home ge", "event-malformed", 5);
    town.refused("centre collect GE.bundle --home ge", "checkpoint-malformed", 5);
    town.refused("centre cosign ua.note --home ua --force", "event-malformed", 5);
    town.line("centre publish --for 5 --home ge -o older.proposal");
    let heartbeat = town.json("centre publish --home ge -o beat.proposal");
    assert_eq!(heartbeat["pending"], 0);
    town.line("centre witnessed GE --home ua -o witnessed.note");
    town.refused("centre witnessed AZ --home ua", "nothing-cosigned", 1);
    assert!(town.json("centre relearn witnessed.note --home md")[0]["done"].as_bool().unwrap());
}

/// A copy of the centre shows two peers two logs.
#[test]
fn a_forked_log_is_caught_and_its_proof_convinces() {
    let town = Town::new();
    copy(&town.path("md"), &town.path("twin"));
    town.created("MD/ghost", "ghost");
    let fingerprint = town.line("agency fingerprint --home ghost");
    for (home, request) in [("md", "igp"), ("twin", "ghost")] {
        if home == "twin" {
            let line = format!(
                "centre enrol {request}/enrol.request --home {home} --root-key-file key --fingerprint"
            );
            town.ok(line.split(' ').chain([fingerprint.trim()]));
        } else {
            town.line("revoke MD/igp --epoch 3 --yes --root-key-file key --home md");
        }
        town.line(&format!("centre publish --home {home} -o {home}.proposal"));
    }
    town.line("centre cosign md.proposal --home ge -o one.note");
    town.line("centre cosign twin.proposal --home ua -o two.note");
    let caught = town.refused("centre cosign md.proposal --home ua -o three.note", "roster-fork", 5);
    assert!(caught.err.contains("vlec roster frozen MD"), "{}", caught.err);
    assert!(!town.exists("three.note"));
    town.line("roster frozen MD --home ua");
    for home in ["ge", "cyber", "npu"] {
        town.line(&format!("roster accuse MD.equivocation --home {home}"));
        let status = town.json(&format!("roster status --home {home}"));
        assert_eq!(status[1]["frozen"], true, "{status}");
    }
    town.refused("centre cosign md.proposal --home ge -o four.note", "roster-frozen", 5);
    town.refused("roster frozen GE --home ua", "not-frozen", 1);
    town.refused("roster accuse GE.bundle --home cyber", "event-malformed", 5);
    town.write("a", "a");
    town.line(
        "roster hear MD-igp-revoke-*.event --home cyber"
            .replace("MD-igp-revoke-*.event", &revocation(&town))
            .as_str(),
    );
    let doctor = town.run("doctor --home cyber".split(' '));
    assert_eq!(doctor.code, 6);
    assert!(doctor.out.contains("frozen"), "{}", doctor.out);
}

fn revocation(town: &Town) -> String {
    let all = names(town.folder());
    all.into_iter().find(|name| name.starts_with("MD-igp-revoke-")).unwrap()
}

/// The root keys of a country that stands are never removed.
#[test]
fn a_founding_that_cannot_write_the_anchor_keeps_what_it_made_or_makes_nothing() {
    let town = Town::empty();
    town.write("az/az.anchor", "in the way");
    std::fs::set_permissions(town.path("az"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    town.refused("centre found AZ --home az --root-key-file key", "exists", 1);
    assert!(!town.exists("az/roots") && !town.exists("az/vault.sqlite"));
    assert_eq!(town.read("az/az.anchor"), b"in the way");
    std::fs::remove_file(town.path("az/az.anchor")).unwrap();
    town.found("AZ");
    let roots = names(&town.path("az/roots"));
    assert_eq!(roots.len(), 3);
    // Again, over a country that stands, with other root keys.
    std::fs::remove_file(town.path("az/az.anchor")).unwrap();
    town.refused("centre found AZ --home az --root-key-file key --roots-dir more", "vault-exists", 1);
    assert_eq!(names(&town.path("az/roots")), roots);
    assert!(!town.exists("more"), "they would be nobody's");
    town.line("centre anchor --home az -o AZ.anchor");
}
