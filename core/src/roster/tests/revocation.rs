//! Revocation, and keys that come back.

use super::*;

#[test]
fn r5_a_revoked_epoch_key_is_not_announced_again_under_another_number() {
    let mut e = Enrolled::new();
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, e.epochs[1].id(), t(0)), t(20));
    let same = |agency: &str, number| {
        let window = Window::new(t(2 * DAY), t(3 * DAY), t(9 * DAY)).unwrap();
        EpochKey::new(agency.parse().unwrap(), EpochNumber(number), window, e.epochs[1].key().clone())
    };
    let again = e.world.announce(4, &e.identity, &same(AGENCY, 3));
    assert!(matches!(refuse(&mut e.roster, &again, t(21)), Rejection::KeyRevoked(_)));
    // Nor by anybody else.
    let other = e.world.identity("GE/other");
    take(&mut e.roster, &e.world.enrol(&other), t(22));
    let theirs = e.world.announce(2, &other, &same("GE/other", 1));
    assert!(matches!(refuse(&mut e.roster, &theirs, t(23)), Rejection::KeyRevoked(_)));
}

#[test]
fn r5_no_key_comes_back_even_if_it_was_not_revoked() {
    let mut e = Enrolled::new();
    let window = Window::new(t(2 * DAY), t(3 * DAY), t(9 * DAY)).unwrap();
    let same = EpochKey::new(AGENCY.parse().unwrap(), EpochNumber(3), window, e.epochs[0].key().clone());
    let again = e.world.announce(4, &e.identity, &same);
    assert_eq!(refuse(&mut e.roster, &again, t(20)), Rejection::KeyReused);
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &next), t(20));
    let back = e.world.rotate(5, &next, &e.identity);
    assert_eq!(refuse(&mut e.roster, &back, t(21)), Rejection::KeyReused);
    let recovered = e.world.recover(5, &e.identity);
    assert_eq!(refuse(&mut e.roster, &recovered, t(21)), Rejection::KeyReused);
}

#[test]
fn r5_a_revoked_identity_signs_nothing_but_its_revocation() {
    let mut e = Enrolled::new();
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    take(&mut e.roster, &own, t(20));
    let epoch = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    assert_eq!(refuse(&mut e.roster, &epoch, t(21)), Rejection::NoIdentity);
    let rotate = e.world.rotate(4, &e.identity, &e.world.identity(AGENCY));
    assert_eq!(refuse(&mut e.roster, &rotate, t(21)), Rejection::NoIdentity);
    let of_epoch = e.world.revoke(AGENCY, e.epochs[0].id(), &[Signer::Identity(&e.identity)]);
    assert_eq!(refuse(&mut e.roster, &of_epoch, t(21)), Rejection::KeyRevoked(*e.identity.id()));
    let recovered = e.world.recover(4, &e.world.identity(AGENCY));
    take(&mut e.roster, &recovered, t(21));
}

#[test]
fn r5_a_key_revoked_before_it_was_seen_is_refused_when_it_comes() {
    let mut e = Enrolled::new();
    let (epoch, identity) = (e.world.epoch_key(AGENCY, 3, 2 * DAY), e.world.identity("GE/new"));
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, epoch.id(), t(0)), t(20));
    take(&mut e.roster, &e.world.revoke_by_roots("GE/new", identity.id(), t(0)), t(20));
    let announce = e.world.announce(4, &e.identity, &epoch);
    assert_eq!(refuse(&mut e.roster, &announce, t(21)), Rejection::KeyRevoked(*epoch.id()));
    let enrol = e.world.enrol(&identity);
    assert_eq!(refuse(&mut e.roster, &enrol, t(21)), Rejection::KeyRevoked(*identity.id()));
    // Only the roots may speak of keys that nobody has seen.
    let unseen = e.world.revoke(AGENCY, &KeyId::from_bytes([7; 32]), &[Signer::Identity(&e.identity)]);
    assert!(matches!(refuse(&mut e.roster, &unseen, t(21)), Rejection::NotItsKey(_)));
}

#[test]
fn a_revocation_speaks_of_the_agencys_own_keys_only() {
    let mut e = Enrolled::new();
    let other = e.world.identity("GE/other");
    take(&mut e.roster, &e.world.enrol(&other), t(20));
    let by_other = [Signer::Identity(&other)];
    for id in [e.identity.id(), e.epochs[0].id()] {
        let reason = refuse(&mut e.roster, &e.world.revoke(AGENCY, id, &by_other), t(21));
        assert_eq!(reason, Rejection::SignerNotCalledFor(*other.id()));
        let elsewhere =
            [e.world.revoke("GE/other", id, &by_other), e.world.revoke_by_roots("GE/other", id, t(0))];
        for revoke in &elsewhere {
            assert_eq!(refuse(&mut e.roster, revoke, t(21)), Rejection::NotItsKey(*id));
        }
    }
    for id in [e.world.roots[0].id(), e.world.log.id()] {
        let revoke = e.world.revoke_by_roots("GE", id, t(0));
        assert_eq!(refuse(&mut e.roster, &revoke, t(21)), Rejection::NotItsKey(*id));
    }
}

#[test]
fn r13_only_the_roots_date_a_revocation_back() {
    let e = Enrolled::new();
    let mut by_owner = e.roster.clone();
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    take(&mut by_owner, &own, t(20));
    let revocation = by_owner.revocation(e.identity.id()).unwrap();
    assert_eq!((revocation.seen, revocation.effective), (t(20), t(20)));
    assert_eq!(revocation.by, RevokedBy::Owner);

    let mut by_roots = e.roster.clone();
    take(&mut by_roots, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5)), t(20));
    let revocation = by_roots.revocation(e.identity.id()).unwrap();
    assert_eq!((revocation.seen, revocation.effective), (t(20), t(5)));

    // Nor forward: it is in force from when it is seen.
    let mut ahead = e.roster.clone();
    take(&mut ahead, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(99 * DAY)), t(20));
    assert_eq!(ahead.revocation(e.identity.id()).unwrap().effective, t(20));
}

#[test]
fn revocations_are_idempotent_and_their_order_does_not_matter() {
    let e = Enrolled::new();
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    let roots = e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5));
    let expected =
        Revocation { seen: t(20), effective: t(5), reason: Reason::KeyCompromise, by: RevokedBy::Roots };
    for order in [[&own, &roots, &own], [&roots, &own, &roots]] {
        let mut roster = e.roster.clone();
        order.iter().for_each(|event| take(&mut roster, event, t(20)));
        assert_eq!(roster.revocation(e.identity.id()), Some(expected));
        let agency = roster.agency(&AGENCY.parse().unwrap()).unwrap();
        assert_eq!(agency.next_serial(), 4, "outside the chain");
    }
}

#[test]
fn of_two_words_of_the_roots_one_counts_whichever_is_heard_first() {
    let e = Enrolled::new();
    let by_roots = |reason, effective| {
        let revoke = Revoke::by_roots(*e.identity.id(), reason, effective);
        let event = Event::revoke(&e.world.anchor, AGENCY.parse().unwrap(), revoke);
        e.world.sign(event, &e.world.roots_and(&[]))
    };
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    let words = [
        observed(&by_roots(Reason::Unspecified, t(1)), t(21)),
        observed(&by_roots(Reason::Superseded, t(9)), t(22)),
        observed(&by_roots(Reason::KeyLoss, t(5)), t(23)),
        observed(&own, t(20)),
    ];
    let expected = Revocation { seen: t(20), effective: t(1), reason: Reason::KeyLoss, by: RevokedBy::Roots };
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let mut roster = e.roster.clone();
        order.iter().for_each(|i| roster.hear(words[*i].clone()).unwrap());
        assert_eq!(roster.revocation(e.identity.id()), Some(expected));
    }
}

/// `[ROS-62]`, the worked case: an epoch of the agency ends on day 8, its log appends what is signed before.
#[test]
fn r16_an_owners_word_for_a_key_that_is_not_there_changes_nothing() {
    let mut e = Enrolled::new();
    let thief = e.world.identity("GE/thief");
    take(&mut e.roster, &e.world.enrol(&thief), t(20));
    take(&mut e.roster, &e.world.announce(2, &thief, &e.world.epoch_key("GE/thief", 1, 0)), t(21));
    let (epoch, next) = (e.world.epoch_key(AGENCY, 3, 2 * DAY), e.world.identity(AGENCY));
    let claims = [epoch.id(), next.id(), &KeyId::from_bytes([7; 32])]
        .map(|id| e.world.revoke("GE/thief", id, &[Signer::Identity(&thief)]));
    for claim in &claims {
        assert!(matches!(refuse(&mut e.roster, claim, t(22)), Rejection::NotItsKey(_)));
    }
    let end = 8 * DAY;
    for claim in &claims {
        let code = |result: Result<(), RosterError>| result.unwrap_err().code();
        assert_eq!(code(e.roster.clone().hear(observed(claim, t(end)))), "event-not-its-key");
        let admitted = rosters(&e.roster).admissible(e.world.country, &[], claim, t(end));
        assert_eq!(code(admitted), "event-not-its-key");
        // A log that has appended it all the same goes on.
        let size = e.roster.size();
        take(&mut e.roster, claim, t(end));
        assert_eq!(e.roster.size(), size + 1);
    }
    take(&mut e.roster, &e.world.announce(4, &e.identity, &epoch), t(end));
    take(&mut e.roster, &e.world.rotate(5, &e.identity, &next), t(end));
    for id in [epoch.id(), next.id()] {
        assert_eq!(e.roster.revocation(id), None);
    }
    assert_eq!(e.agency().current_identity(t(end)).map(|key| *key.id()), Some(*next.id()));
}

/// An agency sees another's prepared event, announces the key in it as its own, and revokes it.
#[test]
fn r12_an_agency_does_not_ban_the_prepared_key_of_another() {
    let mut e = Enrolled::new();
    let (thief, prepared) = (e.world.identity("GE/thief"), e.world.epoch_key(AGENCY, 3, 2 * DAY));
    let copy = |number| {
        let (window, key) = (prepared.window(), prepared.key().clone());
        EpochKey::new("GE/thief".parse().unwrap(), EpochNumber(number), window, key)
    };
    take(&mut e.roster, &e.world.enrol(&thief), t(20));
    take(&mut e.roster, &e.world.announce(2, &thief, &copy(1)), t(21));
    let own = e.world.revoke("GE/thief", copy(1).id(), &[Signer::Identity(&thief)]);
    take(&mut e.roster, &own, t(22));
    // For the agency itself the key is gone.
    let again = e.world.announce(3, &thief, &copy(2));
    assert_eq!(refuse(&mut e.roster, &again, t(23)), Rejection::KeyReused);
    let mut banned = e.roster.clone();
    take(&mut e.roster, &e.world.announce(4, &e.identity, &prepared), t(23));
    // The roots' word reaches everybody.
    take(&mut banned, &e.world.revoke_by_roots("GE/thief", copy(1).id(), t(0)), t(23));
    let theirs = e.world.announce(4, &e.identity, &prepared);
    assert_eq!(refuse(&mut banned, &theirs, t(24)), Rejection::KeyRevoked(*prepared.id()));
}

#[test]
fn an_epoch_is_revoked_by_the_current_identity_or_the_one_that_announced_it() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &next), t(20));
    for by in [&e.identity, &next] {
        let mut roster = e.roster.clone();
        take(&mut roster, &e.world.revoke(AGENCY, e.epochs[0].id(), &[Signer::Identity(by)]), t(21));
        assert_eq!(roster.revocation(e.epochs[0].id()).unwrap().effective, t(21));
    }
    let third = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(5, &next, &third), t(22));
    let between = e.world.revoke(AGENCY, e.epochs[0].id(), &[Signer::Identity(&next)]);
    assert_eq!(refuse(&mut e.roster, &between, t(23)), Rejection::SignerNotCalledFor(*next.id()));
}

#[test]
fn r1_a_revocation_counts_though_it_is_not_in_the_log() {
    let mut e = Enrolled::new();
    let (head, as_of) = (e.roster.head(), e.roster.as_of());
    let revoke = e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5));
    e.roster.hear(observed(&revoke, t(99))).unwrap();
    assert_eq!((e.roster.head(), e.roster.as_of()), (head, as_of));
    assert_eq!(e.roster.revocation(e.identity.id()).unwrap().seen, t(99));
    // Logged later, it has its leaf; the earliest time stays.
    take(&mut e.roster, &revoke, t(20));
    assert_eq!((e.roster.size(), e.roster.revocation(e.identity.id()).unwrap().seen), (5, t(20)));

    let before = e.roster.dump();
    for other in
        [e.world.withdraw(4, AGENCY), e.world.revoke(AGENCY, e.identity.id(), &[Signer::Log(&e.world.log)])]
    {
        e.roster.hear(observed(&other, t(99))).unwrap_err();
        assert_eq!(e.roster.dump(), before);
    }
}

/// An agency revokes its own identity towards one peer only; the log goes on without knowing.
#[test]
fn r1_a_heard_revocation_does_not_wedge_the_countrys_log() {
    let mut e = Enrolled::new();
    let other = e.world.identity("GE/other");
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    let mut elsewhere = e.roster.clone();
    e.roster.hear(observed(&own, t(15))).unwrap();
    let heard_id = e.world.epoch_key(AGENCY, 4, DAY);
    e.roster.hear(observed(&e.world.revoke_by_roots(AGENCY, heard_id.id(), t(0)), t(15))).unwrap();

    let logged = [
        e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 0)),
        e.world.announce(5, &e.identity, &heard_id),
        e.world.enrol(&other),
        e.world.revoke(AGENCY, e.epochs[0].id(), &[Signer::Identity(&e.identity)]),
        e.world.recover(6, &e.world.identity(AGENCY)),
    ];
    for (event, at) in logged.iter().zip(20..) {
        take(&mut elsewhere, event, t(at));
        take(&mut e.roster, event, t(at));
    }
    assert_eq!(e.roster.head(), elsewhere.head());
    assert_eq!(e.agency().epochs().last().unwrap().revocation().unwrap().by, RevokedBy::Roots);
    let seen = |roster: &Roster| roster.revocation(e.identity.id()).unwrap().seen;
    assert_eq!((seen(&e.roster), seen(&elsewhere)), (t(15), t(24)));

    // In a whole new view too, which hears what the one that it replaces had heard.
    let mut rosters = rosters(&e.roster);
    rosters.insert(elsewhere, t(24)).unwrap();
    let replaced = rosters.roster(e.world.country).unwrap();
    assert_eq!(seen(replaced), t(15));
    let epoch = e.world.announce(2, &other, &e.world.epoch_key("GE/other", 1, 0));
    rosters.extend(e.world.country, [observed(&epoch, t(30))], t(30), t(30)).unwrap();
}

/// The log shows a rotation by a thief after its victim's revocation had been heard.
#[test]
fn r13_whom_an_identity_vouches_for_after_its_heard_revocation_is_nobody() {
    use crate::keys::directory::Directory;
    for (rotated, expected) in [(14, None), (15, Some("revoked")), (16, Some("revoked"))] {
        let mut e = Enrolled::new();
        let [second, third, honest] = [(); 3].map(|()| e.world.identity(AGENCY));
        let reader = e.world.identity("GE/other");
        take(&mut e.roster, &e.world.enrol(&reader), t(11));
        let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
        e.roster.hear(observed(&own, t(15))).unwrap();
        take(&mut e.roster, &e.world.rotate(4, &e.identity, &second), t(rotated));
        let epoch = e.world.epoch_key(AGENCY, 3, 0);
        take(&mut e.roster, &e.world.announce(5, &second, &epoch), t(17));
        // One more step does not wash it clean.
        take(&mut e.roster, &e.world.rotate(6, &second, &third), t(18));

        let agency: AgencyId = AGENCY.parse().unwrap();
        let code = |roster: &Roster, id: &Identity, now| {
            rosters(roster).sender(&agency, id.id(), now).err().map(|error| error.code())
        };
        let seals =
            |roster: &Roster| rosters(roster).address(&reader, std::slice::from_ref(&agency), t(18)).is_ok();
        for identity in [&second, &third] {
            assert_eq!(code(&e.roster, identity, t(18)), expected, "{rotated}");
        }
        assert_eq!(seals(&e.roster), expected.is_none());
        assert_eq!(e.agency().current_identity(t(18)).is_some(), expected.is_none());
        let ended: Vec<_> = e.agency().identities().map(|i| i.revocation().is_some()).collect();
        assert_eq!(ended, [true, expected.is_some(), expected.is_some()]);
        let ended = e.agency().epochs().last().unwrap().revocation().map(|revocation| revocation.seen);
        assert_eq!(ended, expected.map(|_| t(15)));

        // Until the roots recover the agency.
        take(&mut e.roster, &e.world.recover(7, &honest), t(19));
        e.roster.extend([], t(19 + DELAY)).unwrap();
        assert_eq!(code(&e.roster, &honest, t(19 + DELAY)), None);
    }
}

#[test]
fn the_roots_revoke_after_withdrawal_too() {
    let mut e = Enrolled::new();
    take(&mut e.roster, &e.world.withdraw(4, AGENCY), t(20));
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5)), t(21));
    assert_eq!(e.roster.revocation(e.identity.id()).unwrap().effective, t(5));
}
