//! L6: stores that were restored, and what a centre does until it knows again what it has signed.

use super::*;
use crate::roster::BundleReader;

/// The store of `now` as it was at `then`; the anchor has stayed.
fn restored(now: &Party, then: &MemoryStore) -> Party {
    let disk = Disk { store: then.snapshot(), anchor: now.disk.anchor.clone(), fault: Arc::default() };
    let centre = Party::open(&now.world, &disk);
    Party { world: now.world.clone(), disk, roots: Arc::clone(&now.roots), centre }
}

#[test]
fn l6_a_restored_centre_does_nothing_in_quarantine() {
    let federation = Federation::published();
    let then = federation.ge.disk.store.snapshot();
    let mia = federation.identity("GE/mia");
    federation.ge.centre.enrol(&federation.request(&mia), &federation.ge.two_roots()).unwrap();
    let ge = restored(&federation.ge, &then);
    let proposal = federation.ua.centre.publish().unwrap();
    assert!(matches!(ge.centre.condition(), Condition::Quarantined(_)));
    assert_eq!(refused(ge.centre.publish()), "quarantined");
    assert_eq!(refused(ge.centre.cosign(&proposal)), "quarantined");
    assert_eq!(refused(ge.centre.collect(&note(&federation.ua))), "quarantined");
    assert_eq!(refused(ge.centre.enrol(&federation.request(&mia), &ge.two_roots())), "quarantined");
    assert_eq!(refused(ge.centre.relearn(&note(&federation.ua))), "quarantined");
    assert!(ge.centre.status().is_ok());
    assert!(!bundle(&ge, 0).is_empty());
}

#[test]
fn l6_a_restored_witness_cosigns_once_two_others_have_told_what_it_may_have_lost() {
    let federation = Federation::published();
    let then = federation.ua.disk.store.snapshot();
    let liar = federation.ge.twin();
    federation.enrol("GE/mia");
    federation.publish();
    let request = federation.request(&federation.identity("GE/ghost"));
    liar.centre.enrol(&request, &federation.ge.two_roots()).unwrap();
    let forged = liar.centre.publish().unwrap();

    let mut ua = restored(&federation.ua, &then);
    ua.centre.leave_quarantine().unwrap();
    ua.reopen();
    // It has cosigned the other one, and does not know.
    assert_eq!(refused(ua.centre.cosign(&forged)), "relearn");
    let country = federation.ge.centre.country();
    assert!(ua.centre.status().unwrap().iter().filter(|status| status.relearn).count() == 4);
    // What was said before the restore shows nothing; nor does what it cannot check.
    assert_eq!(refused(ua.centre.relearn(&note(&federation.md))), "roster-gap");
    ua.centre.import(&*bundle_of_ge(&federation.md)).unwrap();
    assert!(!ua.centre.relearn(&note(&federation.md)).unwrap());
    federation.world.wait(400);
    let heartbeat = federation.ge.centre.publish().unwrap();
    for witness in [&federation.az, &federation.md] {
        assert_eq!(refused(ua.centre.cosign(&heartbeat)), "relearn");
        federation.ge.centre.collect(&witness.centre.cosign(&heartbeat).unwrap()).unwrap();
    }
    federation.md.centre.import(&*bundle(&federation.ge, 0)).unwrap();
    assert!(ua.centre.relearn(&note(&federation.md)).unwrap());
    ua.reopen();
    assert_eq!(ua.centre.witnessed(country).unwrap().unwrap().checkpoint().size(), 2);
    assert_eq!(refused(ua.centre.cosign(&forged)), "roster-fork");
}

#[test]
fn l6_one_other_witness_twice_is_not_two() {
    let federation = Federation::published();
    let then = federation.ua.disk.store.snapshot();
    federation.publish();
    let ua = restored(&federation.ua, &then);
    ua.centre.leave_quarantine().unwrap();
    ua.centre.import(&*bundle_of_ge(&federation.md)).unwrap();
    for _ in 0..2 {
        federation.world.wait(400);
        let heartbeat = federation.ge.centre.publish().unwrap();
        let note = federation.az.centre.cosign(&heartbeat).unwrap();
        assert!(!ua.centre.relearn(&note).unwrap());
    }
    let heartbeat = federation.ge.centre.publish().unwrap();
    assert!(ua.centre.relearn(&federation.md.centre.cosign(&heartbeat).unwrap()).unwrap());
    assert!(ua.centre.cosign(&heartbeat).is_ok());
}

/// All witnesses cosign what the log proposes.
fn round(federation: &Federation, ge: &Party) -> u64 {
    let proposal = ge.centre.publish().unwrap();
    let mut size = 0;
    for witness in [&federation.ua, &federation.az, &federation.md] {
        if let Collected::Published(imported) =
            ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap()
        {
            size = imported.size;
        }
    }
    for party in [&federation.ua, &federation.az, &federation.md] {
        party.centre.import(&*bundle(ge, 0)).unwrap();
    }
    size
}

#[test]
fn l6_a_restored_log_signs_nothing_new_until_every_witness_has_spoken() {
    let federation = Federation::published();
    let then = federation.ge.disk.store.snapshot();
    federation.enrol("GE/mia");
    federation.publish();

    let mut ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    federation.world.wait(400);
    // The witnesses know more: they refuse, and one of them hands over what it holds.
    let heartbeat = ge.centre.publish().unwrap();
    assert_eq!(refused(federation.ua.centre.cosign(&heartbeat)), "roster-smaller");
    assert_eq!(ge.centre.import(&*bundle_of_ge(&federation.md)).unwrap().size, 2);
    // What comes in meanwhile is kept, and waits.
    let customs = federation.identity("GE/customs");
    ge.centre.enrol(&federation.request(&customs), &ge.two_roots()).unwrap();
    ge.reopen();
    federation.world.wait(400);
    let proposal = ge.centre.publish().unwrap();
    for witness in [&federation.ua, &federation.az] {
        ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap();
    }
    assert_eq!(size_of_ge(&ge), 2);
    federation.world.wait(10);
    assert_eq!(round(&federation, &ge), 2);
    assert_eq!(round(&federation, &ge), 3);
}

#[test]
fn l6_a_restored_log_continues_what_one_witness_alone_has_seen() {
    let federation = Federation::published();
    let then = federation.ge.disk.store.snapshot();
    let mia = federation.identity("GE/mia");
    let event = federation.ge.centre.enrol(&federation.request(&mia), &federation.ge.two_roots()).unwrap();
    let lost = federation.ge.centre.publish().unwrap();
    federation.ua.centre.cosign(&lost).unwrap();

    let ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    federation.world.wait(400);
    let heartbeat = ge.centre.publish().unwrap();
    federation.az.centre.cosign(&heartbeat).unwrap();
    assert_eq!(refused(federation.ua.centre.cosign(&heartbeat)), "roster-smaller");
    let told = federation.ua.centre.witnessed(ge.centre.country()).unwrap().unwrap();
    assert!(!ge.centre.relearn(&told).unwrap());
    assert_eq!(refused(ge.centre.publish()), "log-behind");
    // Something else in its place would be a fork.
    let twin = ge.twin();
    twin.centre.enrol(&federation.request(&federation.identity("GE/ghost")), &ge.two_roots()).unwrap();
    assert_eq!(refused(twin.centre.publish()), "log-behind");
    ge.centre.admit(&event).unwrap();
    assert_eq!(round(&federation, &ge), 2);
    ge.centre.enrol(&federation.request(&federation.identity("GE/customs")), &ge.two_roots()).unwrap();
    assert_eq!(round(&federation, &ge), 3);
}

fn bodies(events: &[SignedEvent]) -> Vec<Vec<u8>> {
    events.iter().map(|event| event.body().to_vec()).collect()
}

/// One witness has seen less of what was lost than another.
#[test]
fn l6_what_waits_is_kept_whatever_else_is_told_of() {
    for between in [0, 1] {
        let federation = Federation::published();
        let then = federation.ge.disk.store.snapshot();
        let roots = federation.ge.two_roots();
        let enrol = |party: &Party, name: &str| {
            party.centre.enrol(&federation.request(&federation.identity(name)), &roots).unwrap()
        };
        let first = enrol(&federation.ge, "GE/mia");
        federation.ua.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();
        let second = enrol(&federation.ge, "GE/police");
        federation.az.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();

        let mut ge = restored(&federation.ge, &then);
        ge.centre.leave_quarantine().unwrap();
        let identity = federation.identity("GE/customs");
        let enrolled = ge.centre.enrol(&federation.request(&identity), &ge.two_roots()).unwrap();
        let revoked = ge
            .centre
            .revoke(identity.agency(), revoke(&identity, federation.world.now()), &ge.two_roots())
            .unwrap();
        federation.world.wait(400);
        let told = |witness: &Party| witness.centre.witnessed(ge.centre.country()).unwrap().unwrap();
        ge.centre.relearn(&told(&federation.ua)).unwrap();
        // Whoever brings it again does not change the order of what waits.
        ge.centre.admit(&enrolled).unwrap();
        assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(&[enrolled.clone(), revoked.clone()]));
        if between == 1 {
            ge.centre.admit(&first).unwrap();
        }
        ge.centre.relearn(&told(&federation.az)).unwrap();
        assert_eq!(ge.centre.pending().unwrap().len(), 2 + between);
        ge.reopen();
        ge.centre.admit(&first).unwrap();
        ge.centre.admit(&second).unwrap();
        assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(&[first, second, enrolled, revoked]));
        assert_eq!(round(&federation, &ge), 3);
        assert_eq!(round(&federation, &ge), 5);
    }
}

#[test]
fn l6_what_a_restored_log_admits_waits_behind_what_it_has_lost() {
    let federation = Federation::published();
    let then = federation.ge.disk.store.snapshot();
    let [mia, police] = ["GE/mia", "GE/police"].map(|name| federation.identity(name));
    let roots = federation.ge.two_roots();
    let lost =
        [&mia, &police].map(|one| federation.ge.centre.enrol(&federation.request(one), &roots).unwrap());
    federation.ua.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();

    let mut ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    // Before anybody has told, it stands where the first that was lost stood.
    let customs =
        ge.centre.enrol(&federation.request(&federation.identity("GE/customs")), &ge.two_roots()).unwrap();
    federation.world.wait(400);
    assert!(
        !ge.centre.relearn(&federation.ua.centre.witnessed(ge.centre.country()).unwrap().unwrap()).unwrap()
    );
    assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(std::slice::from_ref(&customs)));
    assert_eq!(refused(ge.centre.publish()), "log-behind");
    // In another order, or something else, it is not what the log has signed.
    assert_eq!(ge.centre.admit(&lost[1]).unwrap().place, 1);
    assert_eq!(ge.centre.admit(&lost[0]).unwrap().place, 5);
    assert_eq!(refused(ge.centre.publish()), "log-behind");
    ge.reopen();
    assert_eq!(ge.centre.admit(&lost[0]).unwrap().place, 1);
    assert_eq!(ge.centre.admit(&lost[1]).unwrap().place, 2);
    let [first, second] = lost;
    assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(&[first, second, customs]));
    assert_eq!(round(&federation, &ge), 3);
    assert_eq!(round(&federation, &ge), 4);
}

#[test]
fn l6_a_crash_between_the_longer_roster_and_its_tidying_loses_nothing_that_was_admitted() {
    let federation = Federation::published();
    let mut old = federation.ge.twin();
    federation.enrol("GE/mia");
    federation.publish();
    old.reopen();
    let request = federation.request(&federation.identity("GE/customs"));
    let customs = old.centre.enrol(&request, &old.two_roots()).unwrap();
    // As far as an import comes before the power fails.
    let bundle = bundle_of_ge(&federation.ua);
    old.centre.replica.import(BundleReader::new(std::io::Cursor::new(&*bundle)).unwrap()).unwrap();
    old.reopen();
    let pending = old.centre.pending().unwrap();
    assert_eq!(pending.iter().map(SignedEvent::encode).collect::<Vec<_>>(), [customs.encode()]);
    federation.world.wait(400);
    assert_eq!(round(&federation, &old), 2);
    assert_eq!(round(&federation, &old), 3);
}

#[test]
fn l6_a_machine_restored_with_its_anchor_is_noticed_by_the_own_roster() {
    let federation = Federation::published();
    let mut old = federation.ge.twin();
    federation.enrol("GE/mia");
    federation.publish();
    old.reopen();
    assert_eq!(old.centre.condition(), Condition::Sound);
    let request = federation.request(&federation.identity("GE/ghost"));
    old.centre.enrol(&request, &old.two_roots()).unwrap();
    old.centre.import(&*bundle_of_ge(&federation.ua)).unwrap();
    // It has kept what may still follow, and proposes nothing new.
    assert_eq!(old.centre.pending().unwrap().len(), 1);
    federation.world.wait(400);
    assert_eq!(round(&federation, &old), 2);
    assert_eq!(refused(old.centre.cosign(&federation.md.centre.publish().unwrap())), "relearn");
    assert_eq!(round(&federation, &old), 3);
}

/// Everybody else may know the key: an emergency does not wait for the own bundle.
#[test]
fn a_restored_centre_revokes_a_key_that_it_has_forgotten() {
    let federation = Federation::published();
    let then = federation.ge.disk.store.snapshot();
    let mia = federation.enrol("GE/mia");
    federation.publish();
    let ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    let event = ge.centre.revoke(mia.agency(), revoke(&mia, t(0)), &ge.two_roots()).unwrap();
    federation.ua.centre.hear(&event).unwrap();
}

#[test]
fn nobody_elses_checkpoint_is_relearned() {
    let federation = Federation::published();
    let stranger = Party::found(&federation.world, "GE", 3, 2);
    for party in [&federation.ua, &federation.az] {
        stranger.centre.pin(party.centre.genesis(), party.centre.anchor()).unwrap();
    }
    let proposal = stranger.centre.publish().unwrap();
    let note = match BundleReader::new(&*proposal).unwrap().next() {
        Ok(Some(crate::roster::bundle::Item::Checkpoint(note))) => note,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(federation.ge.centre.relearn(&note)), "checkpoint-log-signature-missing");
    assert!(federation.ge.centre.relearn(&self::note(&federation.ge)).unwrap());
}
