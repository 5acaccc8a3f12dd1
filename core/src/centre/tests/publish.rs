//! From an event to a bundle that a quorum has cosigned.

use super::*;
use crate::roster::BundleReader;
use crate::roster::RosterError;

#[test]
fn four_centres_from_founding_to_a_cosigned_bundle() {
    let federation = Federation::new();
    let Federation { ge, ua, md, .. } = &federation;
    let identity = federation.enrol("GE/mia");
    assert_eq!(
        federation.publish(),
        Imported { country: "GE".parse().unwrap(), size: 2, new: 2, as_of: t(10) }
    );
    assert_eq!(ge.centre.pending().unwrap().len(), 0);

    // An increment, for those who hold the beginning.
    let epoch = federation.epoch(&identity, 2, 1);
    assert_eq!(ge.centre.admit(&epoch).unwrap(), Admitted { place: 2, published: false });
    assert_eq!(federation.publish().new, 1);
    assert_eq!(ge.centre.admit(&epoch).unwrap(), Admitted { place: 2, published: true });
    assert_eq!([size_of_ge(ua), size_of_ge(md)], [3, 3]);
    let rosters = md.centre.replica.rosters();
    let addressed = rosters.address(&identity, &[agency("GE/mia")], federation.world.now());
    assert!(addressed.is_ok(), "{addressed:?}");
}

#[test]
fn a_heartbeat_makes_the_view_a_newer_one() {
    let federation = Federation::published();
    federation.world.wait(DAY);
    let imported = federation.publish();
    assert_eq!((imported.new, imported.as_of), (0, federation.world.now()));
    let status = federation.md.centre.status().unwrap();
    let ge = status.iter().find(|status| status.anchor.country().as_str() == "GE").unwrap();
    assert_eq!((ge.size, ge.age, ge.frozen, ge.pending), (1, 0, false, 0));
    assert_eq!(ge.quorum, Some(federation.world.now()));
    let names =
        |countries: &[Country]| countries.iter().map(Country::to_string).collect::<Vec<_>>().join(" ");
    let cosigned: Vec<_> = ge.cosigned.iter().map(|(country, _)| *country).collect();
    assert_eq!((names(&cosigned), names(&ge.missing)), ("AZ UA".into(), "MD".into()));
}

#[test]
fn an_event_that_was_admitted_twice_has_one_leaf() {
    let federation = Federation::new();
    let identity = federation.identity("GE/mia");
    let request = federation.request(&identity);
    let ge = &federation.ge;
    let first = ge.centre.enrol(&request, &ge.two_roots()).unwrap();
    let again = ge.centre.enrol(&request, &ge.two_roots()).unwrap();
    assert_eq!(first.encode(), again.encode());
    assert_eq!(ge.centre.admit(&first).unwrap(), Admitted { place: 1, published: false });
    federation.publish();
    ge.centre.enrol(&request, &ge.two_roots()).unwrap();
    assert_eq!((ge.centre.pending().unwrap().len(), size_of_ge(ge)), (0, 2));
    // A revocation lies outside the serial chain, and has one leaf too.
    let revoke = revoke(&identity, t(0));
    ge.centre.revoke(identity.agency(), revoke, &ge.two_roots()).unwrap();
    ge.centre.revoke(identity.agency(), revoke, &ge.two_roots()).unwrap();
    assert_eq!(ge.centre.pending().unwrap().len(), 1);
    federation.publish();
    ge.centre.revoke(identity.agency(), revoke, &ge.two_roots()).unwrap();
    assert_eq!(ge.centre.pending().unwrap().len(), 0);
}

#[test]
fn a_proposal_stays_the_same_until_something_is_admitted() {
    let federation = Federation::published();
    let ge = &federation.ge;
    federation.enrol("GE/mia");
    let first = ge.centre.publish().unwrap();
    federation.world.wait(60);
    assert_eq!(ge.centre.publish().unwrap(), first);
    let note = federation.ua.centre.cosign(&first).unwrap();
    ge.centre.collect(&note).unwrap();
    // The cosignature that has come in stays, although the log signs again.
    federation.world.wait(DAY / 2);
    let second = ge.centre.publish().unwrap();
    assert_ne!(second, first);
    let done = ge.centre.collect(&federation.az.centre.cosign(&second).unwrap()).unwrap();
    assert!(matches!(done, Collected::Published(_)), "{done:?}");

    // What is admitted meanwhile makes another checkpoint, and the notes of the old one are late.
    federation.enrol("GE/customs");
    let old = ge.centre.publish().unwrap();
    federation.enrol("GE/border");
    let new = ge.centre.publish().unwrap();
    let late = federation.ua.centre.import(&*bundle(ge, 0)).and_then(|_| federation.ua.centre.cosign(&old));
    assert_eq!(refused(ge.centre.collect(&late.unwrap())), "checkpoint-other");
    assert!(federation.ua.centre.cosign(&new).is_ok());
}

#[test]
fn a_late_cosignature_reaches_those_who_ask_for_three() {
    let federation = Federation::new();
    let Federation { ge, md, .. } = &federation;
    let strict = {
        let others = ["UA", "AZ", "MD"].map(|country| {
            let parties = federation.all();
            let party = parties.iter().find(|party| party.centre.country().as_str() == country).unwrap();
            (*party.centre.anchor(), party.centre.witness_public().unwrap())
        });
        Policy::new(&others, 3).unwrap()
    };
    md.centre.set_policy("GE".parse().unwrap(), strict).unwrap();
    let proposal = ge.centre.publish().unwrap();
    for witness in [&federation.ua, &federation.az] {
        ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap();
    }
    assert_eq!(refused(md.centre.import(&*bundle(ge, 0))), "checkpoint-no-quorum");
    federation.world.wait(60);
    ge.centre.collect(&md.centre.cosign(&proposal).unwrap()).unwrap();
    assert_eq!(md.centre.import(&*bundle(ge, 0)).unwrap().size, 1);
}

#[test]
fn what_is_collected_says_who_is_missing() {
    let federation = Federation::new();
    let Federation { ge, ua, .. } = &federation;
    let proposal = ge.centre.publish().unwrap();
    let note = ua.centre.cosign(&proposal).unwrap();
    let countries = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Country>>();
    let (cosigned, missing) = (countries(&["UA"]), countries(&["AZ", "MD"]));
    let expected = Collected::Waiting { cosigned, missing, not_yet: vec![], now: federation.world.now() };
    assert_eq!(ge.centre.collect(&note).unwrap(), expected);
    assert_eq!(ge.centre.collect(&note).unwrap(), expected);
}

#[test]
fn a_centre_does_not_cosign_its_own_log_nor_one_it_has_not_pinned() {
    let federation = Federation::new();
    let proposal = federation.ge.centre.publish().unwrap();
    assert_eq!(refused(federation.ge.centre.cosign(&proposal)), "own-log");
    let stranger = Party::found(&federation.world, "TR", 1, 1);
    assert_eq!(refused(stranger.centre.cosign(&proposal)), "no-roster");
}

#[test]
fn a_witness_gives_the_same_note_to_the_same_proposal() {
    let federation = Federation::new();
    let proposal = federation.ge.centre.publish().unwrap();
    let first = federation.ua.centre.cosign(&proposal).unwrap();
    federation.world.wait(3600);
    assert_eq!(federation.ua.centre.cosign(&proposal).unwrap(), first);
}

#[test]
fn r2_a_proposal_that_was_held_back_or_replayed_makes_no_view_newer() {
    let federation = Federation::published();
    let Federation { ge, ua, .. } = &federation;
    let heartbeat = ge.centre.publish().unwrap();
    federation.world.wait(DAY + 1);
    assert_eq!(refused(ua.centre.cosign(&heartbeat)), "proposal-not-of-now");
    // Of a log whose clock is ahead.
    let behind = Federation::new();
    behind.world.wait(1000);
    let early = behind.ge.centre.publish().unwrap();
    behind.world.seconds.store(0, Ordering::SeqCst);
    let mut ua = behind.ua;
    ua.reopen();
    assert_eq!(refused(ua.centre.cosign(&early)), "proposal-not-of-now");
}

#[test]
fn r2_an_older_proposal_than_cosigned_is_refused() {
    let federation = Federation::published();
    let Federation { ge, ua, .. } = &federation;
    federation.enrol("GE/mia");
    let old = ge.centre.publish().unwrap();
    federation.enrol("GE/customs");
    let new = ge.centre.publish().unwrap();
    ua.centre.cosign(&new).unwrap();
    assert_eq!(refused(ua.centre.cosign(&old)), "roster-smaller");
}

#[test]
fn r15_what_does_not_count_is_not_collected() {
    let federation = Federation::new();
    let Federation { ge, ua, az, .. } = &federation;
    let proposal = ge.centre.publish().unwrap();
    let (good, other) = (ua.centre.cosign(&proposal).unwrap(), az.centre.cosign(&proposal).unwrap());
    let lines = |note: &SignedCheckpoint| -> Vec<String> {
        let text = note.encode();
        text.lines().filter(|line| line.starts_with('—')).map(str::to_owned).collect()
    };
    let head = {
        let text = good.encode();
        text.split("\n\n").next().unwrap().to_owned()
    };
    let make = |lines: &[String]| {
        let text = format!("{head}\n\n{}\n", lines.join("\n"));
        SignedCheckpoint::decode(text.as_bytes())
    };
    let [ours, theirs] = [lines(&good), lines(&other)];
    let cosigned = |note: &SignedCheckpoint| match ge.centre.collect(note)? {
        Collected::Waiting { cosigned, .. } => Ok(cosigned.len()),
        Collected::Published(_) => Ok(usize::MAX),
    };
    // One key of a pair alone.
    for half in [2, 3] {
        let note = make(&[&ours[..2], &ours[half..=half]].concat()).unwrap();
        assert_eq!(cosigned(&note).unwrap(), 0);
    }
    // Twelve lines of strangers leave no trace.
    let strangers: Vec<_> = (0..12).map(|n| format!("— stranger{n} AAAAAAA=")).collect();
    let note = make(&[&ours[..], &strangers].concat()).unwrap();
    assert_eq!(cosigned(&note).unwrap(), 1);
    let round =
        ge.centre.replica.read(|view| rows::note(view, crate::vault::store::Table::Handle, rows::ROUND));
    assert_eq!(lines(&round.unwrap().unwrap()).len(), 4);
    assert!(make(&[&ours[..], &strangers, &strangers[..1]].concat()).is_err());
    // A failing line of a known key: nothing of the note is taken.
    let mut bad = theirs[3].clone();
    let last = bad.len() - 6;
    bad.replace_range(last..=last, if bad.as_bytes()[last] == b'A' { "B" } else { "A" });
    let note = make(&[&theirs[..3], &[bad]].concat()).unwrap();
    assert_eq!(refused(cosigned(&note)), "checkpoint-bad-signature");
    // Of a time that has not come.
    federation.world.wait(1000);
    let future = az_in_the_future(&federation, &proposal);
    federation.world.seconds.store(0, Ordering::SeqCst);
    let mut reopened = ge.twin();
    reopened.reopen();
    match reopened.centre.collect(&future).unwrap() {
        Collected::Waiting { cosigned, missing, not_yet, now } => {
            assert_eq!(cosigned.len(), 1);
            // It is not missing: by its own clock it has cosigned, and by this one that is still to come.
            let [az, md] = ["AZ", "MD"].map(|country| country.parse().unwrap());
            assert_eq!((missing, not_yet, now), (vec![az], vec![(md, t(1000))], t(0)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(cosigned(&other).unwrap(), usize::MAX);
}

fn az_in_the_future(federation: &Federation, proposal: &[u8]) -> SignedCheckpoint {
    // A witness that has not cosigned yet, with its clock ahead.
    federation.md.centre.cosign(proposal).unwrap()
}

#[test]
fn a_proof_of_inclusion_is_for_third_parties() {
    let federation = Federation::new();
    let identity = federation.identity("GE/mia");
    let ge = &federation.ge;
    let event = ge.centre.enrol(&federation.request(&identity), &ge.two_roots()).unwrap();
    assert!(ge.centre.proof(&event).is_err());
    federation.publish();
    for party in [ge, &federation.md] {
        let proof = party.centre.proof(&event).unwrap();
        let proof = crate::roster::InclusionProof::decode(proof.encode().as_bytes()).unwrap();
        assert_eq!((proof.index(), proof.checkpoint().checkpoint().size()), (1, 2));
        // Whoever holds the roster has the event too, and needs nobody to prove it to a third.
        let events = party.centre.events(identity.agency()).unwrap();
        let [(1, published)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(published.encode(), event.encode());
        party.centre.with_rosters(|rosters| {
            let (country, latest) = (ge.centre.country(), federation.world.now());
            let roster = rosters.roster(country).unwrap();
            let (log, policy) = (roster.authority().keys().log(), rosters.policy(country).unwrap());
            proof.verify(&published.leaf(), roster.anchor(), log, policy, latest).unwrap();
            proof.verify(&ge.centre.genesis().leaf(), roster.anchor(), log, policy, latest).unwrap_err();
        });
    }
}

#[test]
fn without_witnesses_nothing_is_published() {
    let world = World::default();
    let ge = Party::found(&world, "GE", 1, 1);
    let proposal = ge.centre.publish().unwrap();
    let note = match BundleReader::new(&*proposal).unwrap().next() {
        Ok(Some(crate::roster::bundle::Item::Checkpoint(note))) => note,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(ge.centre.collect(&note)), "roster-no-policy");
    assert!(matches!(
        ge.centre.export(ge.centre.country(), 0, Vec::new()),
        Err(Error::Roster(RosterError::NoRoster(_)))
    ));
}
