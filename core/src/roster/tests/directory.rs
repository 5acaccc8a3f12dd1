//! Whom one may seal to, and whose signature holds.

use super::*;
use crate::keys::directory::{Directory, DirectoryError};

fn agency(name: &str) -> AgencyId {
    name.parse().unwrap()
}

/// The epoch that `AGENCY` is sealed to by itself at `now`.
fn sealed_to(e: &Enrolled, now: Timestamp) -> Result<u64, DirectoryError> {
    seals(&e.roster, &e.identity, now)
}

fn seals(roster: &Roster, sender: &Identity, now: Timestamp) -> Result<u64, DirectoryError> {
    let rosters = rosters(roster);
    let addressed = rosters.address(sender, &[agency(AGENCY)], now)?;
    Ok(addressed.recipients()[0].epoch().0)
}

#[test]
fn an_envelope_is_addressed_with_keys_of_verified_rosters() {
    let e = Enrolled::new();
    let other = World::of("UA", 1, 1);
    let sender = other.identity("UA/npu");
    let mut theirs = other.roster();
    take(&mut theirs, &other.enrol(&sender), t(1));
    let mut rosters = rosters(&e.roster);
    rosters.insert(theirs.clone(), t(10)).unwrap();
    let addressed = rosters.address(&sender, &[agency(AGENCY)], t(10)).unwrap();
    assert_eq!((addressed.sender.as_str(), addressed.sender_key), ("UA/npu", *sender.id()));
    assert_eq!((addressed.heads, addressed.at), (vec![e.roster.head(), theirs.head()], t(10)));
    assert_eq!(addressed.recipients[0].key_id(), e.epochs[0].id());
    let verified = rosters.sender(&agency("UA/npu"), sender.id(), t(10)).unwrap();
    assert_eq!(&verified.0, sender.public().key());
}

#[test]
fn r8_the_highest_epoch_whose_window_holds_is_sealed_to() {
    let mut e = Enrolled::new();
    let overlapping = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, DAY + 100));
    take(&mut e.roster, &overlapping, t(20));
    let no_epoch = Err(DirectoryError::NoEpoch(agency(AGENCY)));
    for (now, expected) in [
        (0, Ok(1)),
        (DAY - 1, Ok(1)),
        (DAY, Ok(2)),
        (DAY + 99, Ok(2)),
        (DAY + 100, Ok(3)),
        (2 * DAY + 99, Ok(3)),
        (2 * DAY + 100, no_epoch.clone()),
    ] {
        assert_eq!(sealed_to(&e, t(now)), expected, "{now}");
    }
    let early = Timestamp::from_unix(t(0).unix() - 1).unwrap();
    assert_eq!(sealed_to(&e, early), no_epoch);
}

#[test]
fn recipients_are_named_once_and_there_are_1_to_1024() {
    let e = Enrolled::new();
    let address = |to: &[AgencyId]| rosters(&e.roster).address(&e.identity, to, t(10)).unwrap_err();
    assert_eq!(address(&[]), DirectoryError::RecipientCount);
    assert_eq!(address(&vec![agency(AGENCY); 1025]), DirectoryError::RecipientCount);
    assert_eq!(address(&[agency(AGENCY), agency(AGENCY)]), DirectoryError::NamedTwice(agency(AGENCY)));
    assert_eq!(address(&[agency("GE/no")]), DirectoryError::NotEnrolled(agency("GE/no")));
    assert_eq!(address(&[agency("MD/x")]), DirectoryError::NoRoster("MD".parse().unwrap()));
}

#[test]
fn r2_nothing_is_resolved_with_a_roster_older_than_policy_allows() {
    let e = Enrolled::new();
    let mut rosters = Rosters::new(RosterPolicy { max_age: 100, ..RosterPolicy::default() });
    rosters.insert(e.roster.clone(), t(10)).unwrap();
    let stale = DirectoryError::Stale { country: e.world.country, age: 101 };
    assert!(rosters.address(&e.identity, &[agency(AGENCY)], t(110)).is_ok());
    assert_eq!(rosters.address(&e.identity, &[agency(AGENCY)], t(111)).unwrap_err(), stale);
    assert_eq!(rosters.sender(&agency(AGENCY), e.identity.id(), t(111)).unwrap_err(), stale);
    rosters.extend(e.world.country, [], t(111), t(111)).unwrap();
    assert!(rosters.sender(&agency(AGENCY), e.identity.id(), t(111)).is_ok());
    assert_eq!(RosterPolicy::default(), RosterPolicy { max_age: 7 * DAY, max_skew: 300 });
}

/// A view that says it is of next year would be fresh for a year, and shut out every honest one.
#[test]
fn r8_a_view_from_the_future_is_refused_and_resolves_nothing() {
    let mut e = Enrolled::new();
    let (country, far) = (e.world.country, t(10 + 301));
    let from_future = RosterError::FromFuture { country, offered: far, now: t(10) };
    let mut directory = rosters(&e.roster);
    assert_eq!(directory.extend(country, [], far, t(10)).unwrap_err(), from_future);
    let events = e.events.clone();
    assert_eq!(directory.insert(verified(&e, &events, far), t(10)).unwrap_err(), from_future);
    assert_eq!(directory.roster(country).unwrap().as_of(), t(10));
    // Within the skew a view is taken.
    directory.extend(country, [], t(10 + 300), t(10)).unwrap();
    assert!(directory.sender(&agency(AGENCY), e.identity.id(), t(10)).is_ok());

    // The clock was wrong once: held, and set right.
    e.roster.extend([], far).unwrap();
    let mut directory = rosters(&e.roster);
    let ahead = DirectoryError::FromFuture { country, ahead: 301 };
    assert_eq!(directory.sender(&agency(AGENCY), e.identity.id(), t(10)).unwrap_err(), ahead);
    assert_eq!(directory.address(&e.identity, &[agency(AGENCY)], t(10)).unwrap_err(), ahead);
    let mut extended = directory.clone();
    extended.extend(country, [], t(10), t(10)).unwrap();
    directory.insert(verified(&e, &events, t(10)), t(10)).unwrap();
    for directory in [&extended, &directory] {
        assert_eq!(directory.roster(country).unwrap().as_of(), t(10));
        assert!(directory.sender(&agency(AGENCY), e.identity.id(), t(10)).is_ok());
    }
    // Not below its last event, and never with fewer events or others.
    let mut directory = rosters(&e.roster);
    let older = RosterError::OlderView { country, held: t(3), offered: t(2) };
    assert_eq!(directory.extend(country, [], t(2), t(2)).unwrap_err(), older);
    let smaller = verified(&e, &events[..3], t(10));
    assert_eq!(directory.insert(smaller, t(10)).unwrap_err().code(), "roster-smaller");
}

fn verified(e: &Enrolled, events: &[Observed], as_of: Timestamp) -> Roster {
    Roster::verify(e.world.anchor, events.to_vec(), as_of).unwrap()
}

#[test]
fn only_the_current_identity_sends_but_a_superseded_one_still_verifies() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &next), t(20));
    assert_eq!(sealed_to(&e, t(20)), Err(DirectoryError::UnknownKey(agency(AGENCY))));
    assert_eq!(seals(&e.roster, &next, t(20)), Ok(1), "the epochs of the old identity go on");
    let rosters = rosters(&e.roster);
    for id in [e.identity.id(), next.id()] {
        assert!(rosters.sender(&agency(AGENCY), id, t(20)).is_ok());
    }
    let stranger = e.world.identity(AGENCY);
    let unknown = DirectoryError::UnknownKey(agency(AGENCY));
    assert_eq!(rosters.sender(&agency(AGENCY), stranger.id(), t(20)).unwrap_err(), unknown);
    assert_eq!(seals(&e.roster, &stranger, t(20)), Err(unknown));
}

/// The same public key under another agency's name has another id, and is no identity there.
#[test]
fn e7_a_key_is_a_sender_for_its_own_agency_only() {
    let mut e = Enrolled::new();
    let other = e.world.identity("GE/other");
    take(&mut e.roster, &e.world.enrol(&other), t(20));
    let error = rosters(&e.roster).sender(&agency("GE/other"), e.identity.id(), t(20)).unwrap_err();
    assert_eq!(error, DirectoryError::UnknownKey(agency("GE/other")));
}

#[test]
fn r13_a_revoked_identity_neither_sends_nor_verifies_nor_is_sealed_to() {
    for by_roots in [true, false] {
        let mut e = Enrolled::new();
        let other = e.world.identity("GE/other");
        take(&mut e.roster, &e.world.enrol(&other), t(20));
        let revoke = if by_roots {
            e.world.revoke_by_roots(AGENCY, e.identity.id(), t(99 * DAY))
        } else {
            e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)])
        };
        take(&mut e.roster, &revoke, t(20));
        let revoked = DirectoryError::Revoked(agency(AGENCY));
        assert_eq!(sealed_to(&e, t(20)), Err(revoked.clone()));
        assert_eq!(seals(&e.roster, &other, t(20)), Err(DirectoryError::NoEpoch(agency(AGENCY))));
        for now in [0, 20, DAY] {
            let error = rosters(&e.roster).sender(&agency(AGENCY), e.identity.id(), t(now)).unwrap_err();
            assert_eq!(error, revoked, "whatever time is claimed");
        }
    }
}

#[test]
fn a_revoked_epoch_is_passed_over() {
    let mut e = Enrolled::new();
    let overlapping = e.world.epoch_key(AGENCY, 3, DAY + 1);
    take(&mut e.roster, &e.world.announce(4, &e.identity, &overlapping), t(20));
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, overlapping.id(), t(0)), t(21));
    assert_eq!(sealed_to(&e, t(DAY + 1)), Ok(2));
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, e.epochs[1].id(), t(0)), t(22));
    assert_eq!(sealed_to(&e, t(DAY + 1)), Err(DirectoryError::NoEpoch(agency(AGENCY))));
}

#[test]
fn r14_a_recovered_identity_is_no_sender_until_its_delay_is_over() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.recover(4, &next), t(20));
    let (before, after) = (t(20 + DELAY - 1), t(20 + DELAY));
    e.roster.extend([], after).unwrap();
    let directory = rosters(&e.roster);
    let unknown = DirectoryError::UnknownKey(agency(AGENCY));
    assert_eq!(directory.sender(&agency(AGENCY), next.id(), before).unwrap_err(), unknown);
    assert_eq!(seals(&e.roster, &next, before), Err(unknown));
    assert!(directory.sender(&agency(AGENCY), next.id(), after).is_ok());
    let revoked = DirectoryError::Revoked(agency(AGENCY));
    assert_eq!(directory.sender(&agency(AGENCY), e.identity.id(), after).unwrap_err(), revoked);
    // The epochs that the lost identity announced are not sealed to; the new one announces its own.
    assert_eq!(seals(&e.roster, &next, after), Err(DirectoryError::NoEpoch(agency(AGENCY))));
    let epoch = e.world.announce(5, &next, &e.world.epoch_key(AGENCY, 3, DELAY));
    take(&mut e.roster, &epoch, after);
    assert_eq!(seals(&e.roster, &next, after), Ok(3));
}

/// Cancelled an hour later, in events that this peer has not got.
#[test]
fn r8_r14_a_recovery_waits_in_a_view_that_cannot_hold_its_cancellation() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.recover(4, &next), t(20));
    let unknown = DirectoryError::UnknownKey(agency(AGENCY));
    for (as_of, expected) in [(20 + DELAY - 1, Some(unknown)), (20 + DELAY, None)] {
        e.roster.extend([], t(as_of)).unwrap();
        let rosters = rosters(&e.roster);
        let sender = rosters.sender(&agency(AGENCY), next.id(), t(20 + 2 * DELAY));
        assert_eq!(sender.err(), expected);
        let sealed = seals(&e.roster, &next, t(20 + 2 * DELAY)).unwrap_err();
        assert_eq!(sealed, expected.clone().unwrap_or(DirectoryError::NoEpoch(agency(AGENCY))));
        assert_eq!(e.agency().current_identity(t(20 + 2 * DELAY)).is_none(), expected.is_some());
    }
}

#[test]
fn a_withdrawn_agency_neither_sends_nor_receives() {
    let mut e = Enrolled::new();
    take(&mut e.roster, &e.world.withdraw(4, AGENCY), t(20));
    let withdrawn = DirectoryError::Withdrawn(agency(AGENCY));
    assert_eq!(sealed_to(&e, t(20)), Err(withdrawn.clone()));
    assert_eq!(rosters(&e.roster).sender(&agency(AGENCY), e.identity.id(), t(20)).unwrap_err(), withdrawn);
}

#[test]
fn r12_an_agency_that_announces_anothers_key_gets_another_id() {
    let mut e = Enrolled::new();
    let thief = e.world.identity("GE/thief");
    take(&mut e.roster, &e.world.enrol(&thief), t(20));
    let copied =
        EpochKey::new(agency("GE/thief"), EpochNumber(1), e.epochs[0].window(), e.epochs[0].key().clone());
    take(&mut e.roster, &e.world.announce(2, &thief, &copied), t(21));
    let rosters = rosters(&e.roster);
    let addressed = rosters.address(&e.identity, &[agency("GE/thief"), agency(AGENCY)], t(21));
    let addressed = addressed.unwrap();
    let [theirs, own] = addressed.recipients() else { panic!() };
    assert_ne!(theirs.key_id(), own.key_id());
    assert_eq!(own.key_id(), e.epochs[0].id());
}

/// A withdrawn agency comes back in a longer history that forks before its withdrawal.
#[test]
fn r1_a_longer_fork_is_not_taken() {
    let mut e = Enrolled::new();
    let base = e.events.clone();
    take(&mut e.roster, &e.world.withdraw(4, AGENCY), t(20));
    let others = ["GE/a", "GE/b"].map(|name| e.world.enrol(&e.world.identity(name)));
    let fork: Vec<_> = base.into_iter().chain(others.iter().map(|event| observed(event, t(20)))).collect();
    let mut directory = rosters(&e.roster);
    let differs = RosterError::Differs { country: e.world.country, size: 5 };
    assert_eq!(directory.insert(verified(&e, &fork, t(21)), t(21)).unwrap_err(), differs);
    let sender = directory.sender(&agency(AGENCY), e.identity.id(), t(21)).unwrap_err();
    assert_eq!(sender, DirectoryError::Withdrawn(agency(AGENCY)));
    // What continues the history that is held is taken.
    let mut longer = e.roster.clone();
    take(&mut longer, &others[0], t(21));
    directory.insert(longer, t(21)).unwrap();
    assert_eq!(directory.roster(e.world.country).unwrap().size(), 6);
}

#[test]
fn a_roster_is_imported_under_the_anchor_that_is_held() {
    let e = Enrolled::new();
    let mut rosters = Rosters::new(RosterPolicy::default());
    rosters.import_events(e.world.anchor, e.events[..3].to_vec(), t(10)).unwrap();
    rosters.import_events(e.world.anchor, e.events.clone(), t(11)).unwrap();
    assert_eq!(rosters.roster(e.world.country).unwrap().head(), e.roster.head());
    let other = World::of("GE", 2, 1);
    let events = [observed(&other.genesis, t(12))];
    let error = rosters.import_events(other.anchor, events, t(12)).unwrap_err();
    assert_eq!(error, RosterError::OtherAnchor(e.world.country));
    assert_eq!(
        rosters.import_events(e.world.anchor, [], t(12)).unwrap_err(),
        RosterError::Empty(e.world.country)
    );
}

#[test]
fn r2_a_roster_is_replaced_by_one_of_its_anchor_that_is_neither_older_nor_smaller() {
    let e = Enrolled::new();
    let mut rosters = rosters(&e.roster);
    let verify = |events: &[Observed], as_of| verified(&e, events, as_of);
    let now = t(13);
    let country = e.world.country;

    let other = World::of("GE", 2, 1).roster();
    assert_eq!(rosters.insert(other, now).unwrap_err(), RosterError::OtherAnchor(country));
    let older = verify(&e.events, t(9));
    let expected = RosterError::OlderView { country, held: t(10), offered: t(9) };
    assert_eq!(rosters.insert(older, now).unwrap_err(), expected);
    let smaller = verify(&e.events[..3], t(11));
    assert_eq!(
        rosters.insert(smaller, now).unwrap_err(),
        RosterError::Smaller { country, held: 4, offered: 3 }
    );
    let fork = e.world.announce(3, &e.identity, &e.world.epoch_key(AGENCY, 2, DAY));
    let mut forked = e.events[..3].to_vec();
    forked.push(observed(&fork, t(3)));
    let differs = RosterError::Differs { country, size: 4 };
    assert_eq!(rosters.insert(verify(&forked, t(11)), now).unwrap_err(), differs);
    assert_eq!(rosters.roster(country).unwrap().as_of(), t(10));
    rosters.insert(verify(&e.events, t(11)), now).unwrap();

    // What was heard stays heard.
    let revoke = e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5));
    rosters.hear(country, observed(&revoke, t(12))).unwrap();
    rosters.insert(verify(&e.events, t(13)), now).unwrap();
    assert!(rosters.roster(country).unwrap().revocation(e.identity.id()).is_some());
    let elsewhere = "UA".parse().unwrap();
    assert_eq!(rosters.extend(elsewhere, [], t(1), now).unwrap_err(), RosterError::NoRoster(elsewhere));
}
