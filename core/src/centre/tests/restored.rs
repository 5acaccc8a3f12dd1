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
    let countries = |all: [&str; 2]| all.map(|country| country.parse().unwrap()).to_vec();
    match ua.centre.relearn(&note(&federation.md)).unwrap() {
        Relearned::Waiting { cosigned, missing, needed, too_old, not_yet, since, now } => {
            assert_eq!((cosigned, missing, needed, not_yet), (vec![], countries(["AZ", "MD"]), 2, vec![]));
            let [(witness, at)] = too_old[..] else { panic!("{too_old:?}") };
            assert!(witness == "AZ".parse().unwrap() && at < since, "{witness} {at:?} {since:?}");
            assert_eq!(now, federation.world.now());
        }
        done => panic!("{done:?}"),
    }
    federation.world.wait(400);
    let heartbeat = federation.ge.centre.publish().unwrap();
    for witness in [&federation.az, &federation.md] {
        assert_eq!(refused(ua.centre.cosign(&heartbeat)), "relearn");
        federation.ge.centre.collect(&witness.centre.cosign(&heartbeat).unwrap()).unwrap();
    }
    federation.md.centre.import(&*bundle(&federation.ge, 0)).unwrap();
    assert_eq!(ua.centre.relearn(&note(&federation.md)).unwrap(), Relearned::Done);
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
        match ua.centre.relearn(&note).unwrap() {
            Relearned::Waiting { cosigned, missing, needed, .. } => {
                assert_eq!(
                    (cosigned, missing, needed),
                    (vec!["AZ".parse().unwrap()], vec!["MD".parse().unwrap()], 1)
                );
            }
            done => panic!("{done:?}"),
        }
    }
    let heartbeat = federation.ge.centre.publish().unwrap();
    let note = federation.md.centre.cosign(&heartbeat).unwrap();
    assert_eq!(ua.centre.relearn(&note).unwrap(), Relearned::Done);
    assert!(ua.centre.cosign(&heartbeat).is_ok());
}

#[test]
fn l6_a_witness_whose_clock_is_ahead_is_named_with_its_time_when_a_restored_one_asks() {
    let federation = Federation::published();
    let then = federation.ua.disk.store.snapshot();
    federation.publish();
    let ua = restored(&federation.ua, &then);
    ua.centre.leave_quarantine().unwrap();
    ua.centre.import(&*bundle_of_ge(&federation.md)).unwrap();
    federation.world.wait(2 * 3600);
    let note = federation.az.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();
    let ahead = federation.world.now();
    federation.world.go_back(3600);
    match ua.centre.relearn(&note).unwrap() {
        Relearned::Waiting { cosigned, missing, needed, not_yet, now, .. } => {
            assert_eq!((cosigned, missing, needed), (vec![], vec!["MD".parse().unwrap()], 2));
            assert_eq!(not_yet, [("AZ".parse().unwrap(), ahead)]);
            assert!(now < ahead);
        }
        done => panic!("{done:?}"),
    }
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
    // Nothing comes in meanwhile: its place would not be sure, and whoever brings it brings it again.
    let customs = federation.request(&federation.identity("GE/customs"));
    assert_eq!(refused(ge.centre.enrol(&customs, &ge.two_roots())), "log-restored");
    ge.reopen();
    assert_eq!(refused(ge.centre.enrol(&customs, &ge.two_roots())), "log-restored");
    assert!(ge.centre.pending().unwrap().is_empty());
    federation.world.wait(400);
    let proposal = ge.centre.publish().unwrap();
    for witness in [&federation.ua, &federation.az] {
        ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap();
    }
    assert_eq!(size_of_ge(&ge), 2);
    federation.world.wait(10);
    assert_eq!(refused(ge.centre.enrol(&customs, &ge.two_roots())), "log-restored");
    assert_eq!(round(&federation, &ge), 2);
    ge.centre.enrol(&customs, &ge.two_roots()).unwrap();
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
    let liar = federation.ge.twin();

    let ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    federation.world.wait(400);
    let heartbeat = ge.centre.publish().unwrap();
    federation.az.centre.cosign(&heartbeat).unwrap();
    assert_eq!(refused(federation.ua.centre.cosign(&heartbeat)), "roster-smaller");
    let told = federation.ua.centre.witnessed(ge.centre.country()).unwrap().unwrap();
    match ge.centre.relearn(&told).unwrap() {
        Relearned::Waiting { cosigned, missing, needed, .. } => {
            assert_eq!((cosigned.len(), missing.len(), needed), (0, 3, 3));
        }
        done => panic!("{done:?}"),
    }
    assert_eq!(refused(ge.centre.publish()), "log-behind");
    // Something else in its place would be a fork.
    let twin = ge.twin();
    let ghost = federation.request(&federation.identity("GE/ghost"));
    assert_eq!(refused(twin.centre.enrol(&ghost, &ge.two_roots())), "log-restored");
    let ghost = liar.centre.enrol(&ghost, &ge.two_roots()).unwrap();
    assert_eq!(refused(twin.centre.readmit(&[ghost])), "log-behind");
    assert_eq!(refused(twin.centre.publish()), "log-behind");
    assert_eq!(refused(ge.centre.admit(&event)), "log-restored");
    ge.centre.readmit(std::slice::from_ref(&event)).unwrap();
    // Once it is back, once more is no more, and nothing else is lost.
    ge.centre.readmit(&[event]).unwrap();
    let other = federation.request(&federation.identity("GE/other"));
    assert_eq!(refused(ge.centre.readmit(&[other])), "state");
    assert_eq!(ge.centre.pending().unwrap().len(), 1);
    assert_eq!(round(&federation, &ge), 2);
    ge.centre.enrol(&federation.request(&federation.identity("GE/customs")), &ge.two_roots()).unwrap();
    assert_eq!(round(&federation, &ge), 3);
}

fn bodies(events: &[SignedEvent]) -> Vec<Vec<u8>> {
    events.iter().map(|event| event.body().to_vec()).collect()
}

/// A store that was put back with its anchor, which nobody has noticed: `GE` has admitted something, where its log
/// had signed two other events, which `UA` alone has seen.
fn put_back_unnoticed(federation: &Federation) -> (Party, [SignedEvent; 2], SignedEvent) {
    let mut old = federation.ge.twin();
    let roots = federation.ge.two_roots();
    let enrol = |party: &Party, name: &str| {
        party.centre.enrol(&federation.request(&federation.identity(name)), &roots).unwrap()
    };
    let lost = ["GE/mia", "GE/police"].map(|name| enrol(&federation.ge, name));
    federation.ua.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();
    old.reopen();
    let customs = enrol(&old, "GE/customs");
    let told = federation.ua.centre.witnessed(old.centre.country()).unwrap().unwrap();
    assert_ne!(old.centre.relearn(&told).unwrap(), Relearned::Done);
    federation.world.wait(400);
    (old, lost, customs)
}

#[test]
fn l6_what_was_admitted_goes_behind_what_the_log_had_signed() {
    let federation = Federation::published();
    let (mut old, lost, customs) = put_back_unnoticed(&federation);
    let [first, second] = &lost;
    assert_eq!(refused(old.centre.publish()), "log-behind");
    // In another order, or one of them alone, it is not what the log has signed; and nothing has changed.
    for brought in [vec![second.clone(), first.clone()], vec![second.clone()], vec![], vec![first.clone(); 2]]
    {
        old.centre.readmit(&brought).unwrap_err();
        assert_eq!(bodies(&old.centre.pending().unwrap()), bodies(std::slice::from_ref(&customs)));
    }
    old.reopen();
    old.centre.readmit(&lost).unwrap();
    old.reopen();
    assert_eq!(bodies(&old.centre.pending().unwrap()), bodies(&[first.clone(), second.clone(), customs]));
    assert_eq!(round(&federation, &old), 3);
    assert_eq!(round(&federation, &old), 4);
}

#[test]
fn l6_what_the_store_still_holds_of_what_was_signed_need_not_be_brought() {
    let federation = Federation::published();
    let roots = federation.ge.two_roots();
    let enrol =
        |name| federation.ge.centre.enrol(&federation.request(&federation.identity(name)), &roots).unwrap();
    let first = enrol("GE/mia");
    let then = federation.ge.disk.store.snapshot();
    let second = enrol("GE/police");
    federation.ua.centre.cosign(&federation.ge.centre.publish().unwrap()).unwrap();
    let ge = restored(&federation.ge, &then);
    ge.centre.leave_quarantine().unwrap();
    assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(std::slice::from_ref(&first)));
    federation.world.wait(400);
    ge.centre.relearn(&federation.ua.centre.witnessed(ge.centre.country()).unwrap().unwrap()).unwrap();
    ge.centre.readmit(std::slice::from_ref(&second)).unwrap();
    assert_eq!(bodies(&ge.centre.pending().unwrap()), bodies(&[first, second]));
    assert_eq!(round(&federation, &ge), 3);
}

#[test]
fn l4_a_crash_at_any_write_while_lost_events_come_back_loses_none() {
    let federation = Federation::published();
    let (old, lost, customs) = put_back_unnoticed(&federation);
    let expected = [bodies(&lost), bodies(std::slice::from_ref(&customs))].concat();
    for (left, behind) in [(0, false), (0, true)] {
        let mut old = old.twin();
        old.disk.fault.left.store(left, Ordering::SeqCst);
        old.disk.fault.behind.store(behind, Ordering::SeqCst);
        old.disk.fault.armed.store(true, Ordering::SeqCst);
        assert_eq!(refused(old.centre.readmit(&lost)), "store-full");
        old.reopen();
        old.centre.readmit(&lost).unwrap();
        assert_eq!(bodies(&old.centre.pending().unwrap()), expected);
    }
}

/// Rows of the own roster may be lost without the rest: it comes back from any peer.
#[test]
fn a_log_whose_roster_is_lost_keeps_its_keys_and_goes_on() {
    use crate::vault::store::Table;
    let mut federation = Federation::published();
    federation.enrol("GE/mia");
    let renewed = Successors { roots: None, log: Renewal::Renew, witness: Renewal::Renew };
    federation.publish();
    federation.ge.centre.authority(&renewed, &federation.ge.roots.iter().collect::<Vec<_>>()).unwrap();
    federation.publish();
    let customs = federation.request(&federation.identity("GE/customs"));
    let customs = federation.ge.centre.enrol(&customs, &federation.ge.two_roots()).unwrap();
    let lose = federation.ge.centre.replica.write(|edit| {
        for table in [Table::RosterEntry, Table::Checkpoint] {
            for (key, _) in edit.range(table, b"GE", b"GF", 100)? {
                edit.delete(table, &key)?;
            }
        }
        Ok(())
    });
    lose.unwrap();
    federation.ge.reopen();
    let ge = &federation.ge.centre;
    assert!(ge.with_rosters(|rosters| rosters.roster(ge.country()).is_none()));
    assert_eq!(refused(ge.publish()), "log-behind");
    ge.import(&*bundle_of_ge(&federation.md)).unwrap();
    assert_eq!(bodies(&ge.pending().unwrap()), bodies(&[customs]));
    federation.world.wait(400);
    assert_eq!(federation.publish().size, 4);
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
    // The log takes it when it goes on.
    assert!(ge.centre.pending().unwrap().is_empty());
    assert_eq!(refused(ge.centre.admit(&event)), "log-restored");
    ge.centre.import(&*bundle_of_ge(&federation.md)).unwrap();
    federation.world.wait(400);
    assert_eq!(round(&federation, &ge), 2);
    let again = ge.centre.revoke(mia.agency(), revoke(&mia, t(0)), &ge.two_roots()).unwrap();
    assert_eq!((again.body(), ge.centre.pending().unwrap().len()), (event.body(), 1));
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
    assert_eq!(federation.ge.centre.relearn(&self::note(&federation.ge)).unwrap(), Relearned::Done);
}
