//! Rotation and recovery of an agency's identity.

use super::*;

#[test]
fn r6_an_identity_rotates_with_old_and_new_key() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &next), t(20));
    assert_eq!(e.agency().current_identity(t(20)).unwrap().id(), next.id());

    // The superseded key signs no events, and the new one does.
    let epoch = e.world.epoch_key(AGENCY, 3, 2 * DAY);
    let by_old = e.world.announce(5, &e.identity, &epoch);
    let reason = refuse(&mut e.roster, &by_old, t(21));
    assert_eq!(reason, Rejection::SignerNotCalledFor(*e.identity.id()));
    take(&mut e.roster, &e.world.announce(5, &next, &epoch), t(21));
    // Its own revocation it may still sign.
    let own = e.world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]);
    take(&mut e.roster, &own, t(22));
}

#[test]
fn r6_a_recovery_waits_out_its_delay_and_nothing_else_is_valid_between() {
    let mut e = Enrolled::new();
    let next = e.world.identity(AGENCY);
    take(&mut e.roster, &e.world.recover(4, &next), t(20));
    assert_eq!(e.agency().current_identity(t(20 + DELAY - 1)), None);
    assert_eq!(e.roster.revocation(e.identity.id()).unwrap().by, RevokedBy::Recovery);

    let until = Rejection::Recovering { until: t(20 + DELAY) };
    let (world, third) = (&e.world, e.world.identity(AGENCY));
    let epoch = world.epoch_key(AGENCY, 3, 2 * DAY);
    let between = [
        world.announce(5, &e.identity, &epoch),
        world.announce(5, &next, &epoch),
        world.rotate(5, &e.identity, &third),
        world.rotate(5, &next, &third),
        world.revoke(AGENCY, next.id(), &[Signer::Identity(&next)]),
        world.revoke(AGENCY, e.identity.id(), &[Signer::Identity(&e.identity)]),
        world.revoke(AGENCY, e.epochs[1].id(), &[Signer::Identity(&next)]),
    ];
    for event in &between {
        assert_eq!(refuse(&mut e.roster, event, t(20 + DELAY - 1)), until);
    }
    // At the delay's end the new key speaks, and the old one stays silent.
    let at = t(20 + DELAY);
    let reason = refuse(&mut e.roster, &between[0], at);
    assert_eq!(reason, Rejection::SignerNotCalledFor(*e.identity.id()));
    take(&mut e.roster, &between[1], at);
    assert_eq!(e.agency().current_identity(at).unwrap().id(), next.id());
}

#[test]
fn r14_a_thief_who_rotates_first_loses_to_the_recovery() {
    let mut e = Enrolled::new();
    let (thief, honest) = (e.world.identity(AGENCY), e.world.identity(AGENCY));
    take(&mut e.roster, &e.world.rotate(4, &e.identity, &thief), t(20));
    // Prepared for the chain as it was: signed anew for the chain as it is.
    let late = e.world.recover(4, &honest);
    assert!(matches!(refuse(&mut e.roster, &late, t(21)), Rejection::Serial { expected: 5, found: 4 }));
    take(&mut e.roster, &e.world.recover(5, &honest), t(21));

    for stolen in [&e.identity, &thief] {
        assert!(e.roster.revocation(stolen.id()).is_some());
        let epoch = e.world.epoch_key(AGENCY, 3, 2 * DAY);
        let announce = e.world.announce(6, stolen, &epoch);
        assert!(matches!(refuse(&mut e.roster, &announce, t(22)), Rejection::Recovering { .. }));
        let own = e.world.rotate(6, stolen, &e.world.identity(AGENCY));
        assert!(matches!(refuse(&mut e.roster, &own, t(22)), Rejection::Recovering { .. }));
        let later = e.world.announce(6, stolen, &epoch);
        let reason = refuse(&mut e.roster, &later, t(21 + DELAY));
        assert_eq!(reason, Rejection::SignerNotCalledFor(*stolen.id()));
    }
}

/// A thief announces an epoch that begins in the far future; the recovered agency goes on.
#[test]
fn r14_an_epoch_of_the_far_future_does_not_end_an_agency() {
    let mut e = Enrolled::new();
    let honest = e.world.identity(AGENCY);
    let far = Timestamp::MAX.since(t(0)) - 8 * DAY;
    take(&mut e.roster, &e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, far)), t(20));
    take(&mut e.roster, &e.world.recover(5, &honest), t(21));
    let now = t(21 + DELAY);
    take(&mut e.roster, &e.world.announce(6, &honest, &e.world.epoch_key(AGENCY, 4, DELAY)), now);
    let rosters = rosters(&e.roster);
    let addressed = rosters.address(&honest, &[AGENCY.parse().unwrap()], now).unwrap();
    assert_eq!(addressed.recipients()[0].epoch(), EpochNumber(4));
}

#[test]
fn r14_only_the_roots_cancel_a_recovery_or_replace_it() {
    let mut e = Enrolled::new();
    let (wrong, right) = (e.world.identity(AGENCY), e.world.identity(AGENCY));
    take(&mut e.roster, &e.world.recover(4, &wrong), t(20));
    // Cancelled: nobody speaks for the agency, whenever.
    let mut cancelled = e.roster.clone();
    take(&mut cancelled, &e.world.revoke_by_roots(AGENCY, wrong.id(), t(20)), t(21));
    let epoch = e.world.announce(5, &wrong, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    assert_eq!(refuse(&mut cancelled, &epoch, t(20 + 2 * DELAY)), Rejection::NoIdentity);
    let view = cancelled.agency(&AGENCY.parse().unwrap()).unwrap();
    assert_eq!(view.current_identity(t(20 + 2 * DELAY)), None);
    take(&mut cancelled, &e.world.recover(5, &right), t(20 + 2 * DELAY));

    // Replaced: the first never takes effect, the delay begins anew.
    take(&mut e.roster, &e.world.recover(5, &right), t(30));
    assert!(e.roster.revocation(wrong.id()).is_some());
    let epoch = e.world.epoch_key(AGENCY, 3, 2 * DAY);
    let early = e.world.announce(6, &right, &epoch);
    let until = t(30 + DELAY);
    assert_eq!(refuse(&mut e.roster, &early, t(20 + DELAY)), Rejection::Recovering { until });
    take(&mut e.roster, &early, until);
}

#[test]
fn r14_the_roots_may_withdraw_an_agency_between() {
    let mut e = Enrolled::new();
    take(&mut e.roster, &e.world.recover(4, &e.world.identity(AGENCY)), t(20));
    take(&mut e.roster, &e.world.withdraw(5, AGENCY), t(21));
    assert_eq!(e.agency().current_identity(t(20 + DELAY)), None);
}
