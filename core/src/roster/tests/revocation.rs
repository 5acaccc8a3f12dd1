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
    let own = e.world.revoke(AGENCY, e.identity.id(), t(0), &[Signer::Identity(&e.identity)]);
    take(&mut e.roster, &own, t(20));
    let epoch = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    assert_eq!(refuse(&mut e.roster, &epoch, t(21)), Rejection::NoIdentity);
    let rotate = e.world.rotate(4, &e.identity, &e.world.identity(AGENCY));
    assert_eq!(refuse(&mut e.roster, &rotate, t(21)), Rejection::NoIdentity);
    let of_epoch = e.world.revoke(AGENCY, e.epochs[0].id(), t(0), &[Signer::Identity(&e.identity)]);
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
    let unseen = e.world.revoke(AGENCY, &KeyId::from_bytes([7; 32]), t(0), &[Signer::Identity(&e.identity)]);
    assert!(matches!(refuse(&mut e.roster, &unseen, t(21)), Rejection::NotItsKey(_)));
}

#[test]
fn a_revocation_speaks_of_the_agencys_own_keys_only() {
    let mut e = Enrolled::new();
    let other = e.world.identity("GE/other");
    take(&mut e.roster, &e.world.enrol(&other), t(20));
    let by_other = [Signer::Identity(&other)];
    for (agency, id, by) in [
        (AGENCY, *e.identity.id(), &by_other[..]),
        (AGENCY, *e.epochs[0].id(), &by_other),
        ("GE/other", *e.identity.id(), &by_other),
        ("GE/other", *e.epochs[0].id(), &e.world.roots_and(&[])),
        ("GE", *e.world.roots[0].id(), &e.world.roots_and(&[])),
        ("GE", *e.world.log.id(), &e.world.roots_and(&[])),
    ] {
        let reason = refuse(&mut e.roster, &e.world.revoke(agency, &id, t(0), by), t(21));
        let expected = matches!(
            reason,
            Rejection::NotItsKey(_) | Rejection::SignatureMissing(_) | Rejection::SignerNotCalledFor(_)
        );
        assert!(expected, "{agency} {reason}");
    }
}

#[test]
fn r13_only_the_roots_date_a_revocation_back() {
    let e = Enrolled::new();
    let mut by_owner = e.roster.clone();
    let own = e.world.revoke(AGENCY, e.identity.id(), t(5), &[Signer::Identity(&e.identity)]);
    take(&mut by_owner, &own, t(20));
    let revocation = *by_owner.revocation(e.identity.id()).unwrap();
    assert_eq!((revocation.seen, revocation.effective), (t(20), t(20)));
    assert_eq!(revocation.by, RevokedBy::Owner);

    let mut by_roots = e.roster.clone();
    take(&mut by_roots, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5)), t(20));
    let revocation = *by_roots.revocation(e.identity.id()).unwrap();
    assert_eq!((revocation.seen, revocation.effective), (t(20), t(5)));

    // Nor forward: it is in force from when it is seen.
    let mut ahead = e.roster.clone();
    take(&mut ahead, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(99 * DAY)), t(20));
    assert_eq!(ahead.revocation(e.identity.id()).unwrap().effective, t(20));
}

#[test]
fn revocations_are_idempotent_and_their_order_does_not_matter() {
    let e = Enrolled::new();
    let own = e.world.revoke(AGENCY, e.identity.id(), t(0), &[Signer::Identity(&e.identity)]);
    let roots = e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5));
    let expected =
        Revocation { seen: t(20), effective: t(5), reason: Reason::KeyCompromise, by: RevokedBy::Roots };
    for order in [[&own, &roots, &own], [&roots, &own, &roots]] {
        let mut roster = e.roster.clone();
        order.iter().for_each(|event| take(&mut roster, event, t(20)));
        assert_eq!(roster.revocation(e.identity.id()), Some(&expected));
        let agency = roster.agency(&AGENCY.parse().unwrap()).unwrap();
        assert_eq!(agency.next_serial(), 4, "outside the chain");
    }
}

#[test]
fn an_epoch_is_revoked_by_the_current_identity_or_the_one_that_announced_it() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &next), t(20));
    for by in [&e.identity, &next] {
        let mut roster = e.roster.clone();
        take(&mut roster, &e.world.revoke(AGENCY, e.epochs[0].id(), t(0), &[Signer::Identity(by)]), t(21));
        assert_eq!(roster.revocation(e.epochs[0].id()).unwrap().effective, t(21));
    }
    let third = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(5, &next, &third), t(22));
    let between = e.world.revoke(AGENCY, e.epochs[0].id(), t(0), &[Signer::Identity(&next)]);
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

    let before = e.roster.state.dump();
    for other in [
        e.world.withdraw(4, AGENCY),
        e.world.revoke(AGENCY, e.identity.id(), t(0), &[Signer::Log(&e.world.log)]),
    ] {
        e.roster.hear(observed(&other, t(99))).unwrap_err();
        assert_eq!(e.roster.state.dump(), before);
    }
}

#[test]
fn the_roots_revoke_after_withdrawal_too() {
    let mut e = Enrolled::new();
    take(&mut e.roster, &e.world.withdraw(4, AGENCY), t(20));
    take(&mut e.roster, &e.world.revoke_by_roots(AGENCY, e.identity.id(), t(5)), t(21));
    assert_eq!(e.roster.revocation(e.identity.id()).unwrap().effective, t(5));
}
