//! Order: the anchor, scope, serials, numbers, times; extension.

use super::*;

#[test]
fn a_roster_begins_with_its_pinned_genesis() {
    let (world, other) = (World::new(), World::of("GE", 2, 1));
    let verify = |anchor, events: Vec<Observed>| Roster::verify(anchor, events, t(9)).unwrap_err();
    assert_eq!(verify(world.anchor, vec![]), RosterError::Empty(world.country));
    for first in [&other.genesis, &world.enrol(&world.identity(AGENCY))] {
        let error = verify(world.anchor, vec![observed(first, t(0))]);
        assert_eq!(error.code(), "event-not-the-anchor");
    }
    let elsewhere: TrustAnchor = world.anchor.to_string().replace("GE", "UA").parse().unwrap();
    assert_eq!(verify(elsewhere, vec![observed(&world.genesis, t(0))]).code(), "event-not-the-anchor");
    assert_eq!(refuse(&mut world.roster(), &world.genesis, t(1)), Rejection::SecondGenesis);
}

#[test]
fn the_origin_is_the_anchor_and_the_head_grows_by_one_leaf_for_each_event() {
    let e = Enrolled::new();
    assert_eq!(e.roster.origin(), e.world.anchor.to_string());
    assert_eq!((e.roster.head().size, e.roster.head().origin), (4, e.roster.origin()));
    assert_ne!(e.roster.head().root, e.world.roster().head().root);
}

#[test]
fn r4_an_event_about_another_countrys_agency_is_out_of_scope() {
    let world = World::new();
    let theirs = world.identity("UA/npu");
    let mut roster = world.roster();
    assert_eq!(refuse(&mut roster, &world.enrol(&theirs), t(1)), Rejection::OutOfScope);
    let revoke = world.revoke_by_roots("UA/npu", theirs.id(), t(0));
    assert_eq!(refuse(&mut roster, &revoke, t(1)), Rejection::OutOfScope);
    assert_eq!(refuse(&mut roster, &world.withdraw(2, "UA/npu"), t(1)), Rejection::OutOfScope);
}

/// The same roots begin a second roster: what they signed for the first is no part of it.
#[test]
fn r5_an_event_of_an_earlier_roster_under_the_same_keys_is_refused() {
    let world = World::new();
    let keys = authority_keys(world.country, &world.roots, 1, &world.log, &world.witness);
    let genesis = Event::genesis(world.country, Genesis::new(keys, DELAY).unwrap());
    let anchor = genesis.anchor().unwrap();
    let possession =
        [Signer::Root(&world.roots[2]), Signer::Log(&world.log), Signer::Witness(&world.witness)];
    let genesis = world.sign(genesis, &world.roots_and(&possession));
    let mut roster = Roster::verify(anchor, [observed(&genesis, t(0))], t(0)).unwrap();
    let enrol = world.enrol(&world.identity(AGENCY));
    assert_eq!(refuse(&mut roster, &enrol, t(1)), Rejection::OtherRoster);
}

#[test]
fn r5_serials_that_fork_gap_or_go_back_are_refused() {
    let mut e = Enrolled::new();
    let epoch = e.world.epoch_key(AGENCY, 3, 2 * DAY);
    for found in [0, 1, 2, 3, 5, u64::MAX] {
        let rejection = Rejection::Serial { expected: 4, found };
        let announce = e.world.announce(found, &e.identity, &epoch);
        assert_eq!(refuse(&mut e.roster, &announce, t(20)), rejection);
        assert_eq!(refuse(&mut e.roster, &e.world.withdraw(found, AGENCY), t(20)), rejection);
        let next = e.world.identity(AGENCY);
        assert_eq!(refuse(&mut e.roster, &e.world.rotate(found, &e.identity, &next), t(20)), rejection);
        assert_eq!(refuse(&mut e.roster, &e.world.recover(found, &next), t(20)), rejection);
    }
    take(&mut e.roster, &e.world.announce(4, &e.identity, &epoch), t(20));
}

#[test]
fn r5_authority_serials_that_fork_gap_or_go_back_are_refused() {
    let world = World::new();
    let change = |serial| {
        let keys = authority_keys(world.country, &world.roots, 2, &world.log, &world.witness);
        let signers =
            [Signer::Root(&world.roots[2]), Signer::Log(&world.log), Signer::Witness(&world.witness)];
        world.sign(Event::authority(&world.anchor, serial, keys), &world.roots_and(&signers))
    };
    let mut roster = world.roster();
    for found in [0, 2] {
        assert_eq!(refuse(&mut roster, &change(found), t(1)), Rejection::Serial { expected: 1, found });
    }
    take(&mut roster, &change(1), t(1));
    assert_eq!(refuse(&mut roster, &change(1), t(2)), Rejection::Serial { expected: 2, found: 1 });
    assert_eq!(roster.authority().serial(), 1);
}

#[test]
fn r5_epoch_numbers_that_fork_gap_or_go_back_are_refused() {
    let mut e = Enrolled::new();
    for found in [1, 2, 4] {
        let epoch = e.world.epoch_key(AGENCY, found, 2 * DAY);
        let announce = e.world.announce(4, &e.identity, &epoch);
        let rejection = Rejection::Epoch { expected: EpochNumber(3), found: EpochNumber(found) };
        assert_eq!(refuse(&mut e.roster, &announce, t(20)), rejection);
    }
    let world = World::new();
    let identity = world.identity(AGENCY);
    let mut roster = world.roster();
    take(&mut roster, &world.enrol(&identity), t(1));
    let second = world.announce(2, &identity, &world.epoch_key(AGENCY, 2, 0));
    assert!(matches!(refuse(&mut roster, &second, t(2)), Rejection::Epoch { .. }));
}

#[test]
fn an_agency_is_enrolled_once_and_nothing_comes_before_or_after() {
    let mut e = Enrolled::new();
    let (world, other) = (&e.world, e.world.identity(AGENCY));
    assert_eq!(refuse(&mut e.roster, &world.enrol(&other), t(20)), Rejection::Enrolled);

    let stranger = world.identity("GE/new");
    let epoch = world.announce(2, &stranger, &world.epoch_key("GE/new", 1, 0));
    let own = world.revoke("GE/new", stranger.id(), &[Signer::Identity(&stranger)]);
    let chained = [epoch, world.rotate(2, &stranger, &world.identity("GE/new")), world.withdraw(2, "GE/new")];
    for event in chained.iter().chain([&own]) {
        assert_eq!(refuse(&mut e.roster, event, t(20)), Rejection::NotEnrolled);
    }

    take(&mut e.roster, &world.withdraw(4, AGENCY), t(20));
    let epoch = world.announce(5, &e.identity, &world.epoch_key(AGENCY, 3, 2 * DAY));
    let own = world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    let after = [
        epoch,
        own,
        world.rotate(5, &e.identity, &other),
        world.recover(5, &other),
        world.withdraw(5, AGENCY),
        world.enrol(&other),
    ];
    for event in &after {
        assert_eq!(refuse(&mut e.roster, event, t(21)), Rejection::Withdrawn);
    }
}

#[test]
fn events_come_in_the_order_of_their_times_and_none_after_the_view() {
    let mut e = Enrolled::new();
    let epoch = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    assert_eq!(refuse(&mut e.roster, &epoch, t(2)), Rejection::TimeWentBack);
    let after = e.roster.extend([observed(&epoch, t(21))], t(20)).unwrap_err();
    assert_eq!(after.code(), "event-after-view");
    let genesis = Roster::verify(e.world.anchor, [observed(&e.world.genesis, t(1))], t(0)).unwrap_err();
    assert_eq!(genesis.code(), "event-after-view");
}

#[test]
fn r2_the_view_does_not_go_back() {
    let mut e = Enrolled::new();
    let error = e.roster.extend([], t(9)).unwrap_err();
    assert_eq!(error, RosterError::OlderView { country: e.world.country, held: t(10), offered: t(9) });
    e.roster.extend([], t(11)).unwrap();
    assert_eq!(e.roster.as_of(), t(11));
}

/// Every kind of event, valid one after the other.
fn long_roster() -> (World, Vec<Observed>) {
    let world = World::new();
    let [a, a2, a3, b] = ["GE/a", "GE/a", "GE/a", "GE/b"].map(|agency| world.identity(agency));
    let roots: Vec<_> = (0..2).map(|_| RootKey::generate(world.country, &world.random).unwrap()).collect();
    let log = LogKey::generate(world.country, &world.random).unwrap();
    let keys = authority_keys(world.country, &roots, 1, &log, &world.witness);
    let new = [
        Signer::Root(&roots[0]),
        Signer::Root(&roots[1]),
        Signer::Log(&log),
        Signer::Witness(&world.witness),
    ];
    let authority = world.sign(Event::authority(&world.anchor, 1, keys), &world.roots_and(&new));
    let first = world.epoch_key("GE/a", 1, 0);
    let withdraw = world.sign(Event::withdraw(&world.anchor, "GE/b".parse().unwrap(), 2), &new[..1]);
    let events = [
        world.enrol(&a),
        world.enrol(&b),
        world.announce(2, &a, &first),
        world.rotate(3, &a, &a2),
        world.announce(4, &a2, &world.epoch_key("GE/a", 2, DAY)),
        world.revoke("GE/a", first.id(), &[Signer::Identity(&a2)]),
        world.recover(5, &a3),
        authority,
        withdraw,
        world.announce(6, &a3, &world.epoch_key("GE/a", 3, 2 * DAY)),
    ];
    let times = [1, 2, 3, 4, 5, 6, 7, 8, 9, DELAY + 7].map(t);
    let genesis = observed(&world.genesis, t(0));
    let events = [genesis].into_iter().chain(events.iter().zip(times).map(|(e, at)| observed(e, at)));
    (world, events.collect())
}

#[test]
fn verifying_in_parts_equals_verifying_at_once() {
    let (world, events) = long_roster();
    let as_of = t(2 * DELAY);
    let whole = Roster::verify(world.anchor, events.clone(), as_of).unwrap();
    for split in 1..=events.len() {
        let (first, rest) = events.split_at(split);
        let mut parts = Roster::verify(world.anchor, first.to_vec(), first[split - 1].at).unwrap();
        parts.extend(rest.to_vec(), as_of).unwrap();
        assert_eq!(parts.dump(), whole.state.dump(), "{split}");
        assert_eq!(parts.head(), whole.head());
    }
}

#[test]
fn an_extension_is_taken_whole_or_not_at_all() {
    let (world, events) = long_roster();
    let as_of = t(2 * DELAY);
    let strange = observed(&world.withdraw(9, "GE/nobody"), as_of);
    for held in 1..events.len() {
        let at = events[held - 1].at;
        let mut roster = Roster::verify(world.anchor, events[..held].to_vec(), at).unwrap();
        let before = roster.dump();
        for good in held..events.len() {
            let extension = events[held..=good].iter().cloned().chain([strange.clone()]);
            let error = roster.extend(extension, as_of).unwrap_err();
            let RosterError::Rejected { index, subject, .. } = error else { panic!("{error:?}") };
            assert_eq!((index, subject.as_str()), (good as u64 + 1, "GE/nobody"));
            assert_eq!(roster.dump(), before, "{held} {good}");
        }
        roster.extend(events[held..].to_vec(), as_of).unwrap();
    }
}

#[test]
fn b2_a_source_of_events_that_panics_leaves_the_roster_as_it_was() {
    let (world, events) = long_roster();
    let mut roster = world.roster();
    let before = roster.dump();
    for taken in [1, 4, 8] {
        let mut source = events[1..=taken].iter().cloned();
        let source = std::iter::from_fn(|| Some(source.next().expect("the host's iterator")));
        let extend = std::panic::AssertUnwindSafe(|| roster.extend(source, t(2 * DELAY)));
        assert!(std::panic::catch_unwind(extend).is_err());
        assert_eq!(roster.dump(), before);
    }
    roster.extend(events[1..].to_vec(), t(2 * DELAY)).unwrap();
}

#[test]
fn the_view_for_people_tells_the_whole_story() {
    let (world, events) = long_roster();
    let roster = Roster::verify(world.anchor, events, t(2 * DELAY)).unwrap();
    let names: Vec<_> = roster.agencies().map(|agency| agency.id().to_string()).collect();
    assert_eq!(names, ["GE/a", "GE/b"]);
    let a = roster.agency(&"GE/a".parse().unwrap()).unwrap();
    assert_eq!(a.names().iter().map(DisplayName::language).collect::<Vec<_>>(), ["en", "ka"]);
    assert_eq!(a.roles().iter().map(|role| role.as_str()).collect::<Vec<_>>(), ["contact-24x7", "liaison"]);
    let taken: Vec<_> = a.identities().map(|i| i.takes_effect()).collect();
    assert_eq!(taken, [t(1), t(4), t(7 + DELAY)]);
    let revoked: Vec<_> = a.epochs().map(|e| e.revocation().map(|r| r.by)).collect();
    assert_eq!(revoked, [Some(RevokedBy::Owner), Some(RevokedBy::Recovery), None]);
    assert_eq!((a.next_serial(), a.next_epoch()), (7, EpochNumber(4)));
    assert_eq!(roster.agency(&"GE/b".parse().unwrap()).unwrap().withdrawn(), Some(t(9)));
    assert_eq!((roster.authority().keys().threshold(), roster.authority().recovery_delay()), (1, DELAY));
}
