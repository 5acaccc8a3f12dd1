//! Identities: rotation, revocation, recovery.

use super::*;
use crate::roster::event::Content;

#[test]
fn a_newcomer_is_enrolled_and_then_announces() {
    let mut town = Town::new().unwrap();
    let agency = town.newcomer_in(Storage::memory(), CYBER).unwrap();
    for bundle in town.publish().unwrap() {
        agency.import(&bundle[..]).unwrap();
    }
    assert_eq!(agency.due(&[]).unwrap(), [Due::Enrol]);
    assert_eq!(code(agency.seal(&letter(CYBER), b"x")), "no-identity");
    let names = || vec![crate::event::DisplayName::new("en", "Cyber").unwrap()];
    let request = agency.enrol_request(names(), vec![]).unwrap();
    town.centre_takes(&town.countersign(&request).unwrap()).unwrap();
    for bundle in town.publish().unwrap() {
        agency.import(&bundle[..]).unwrap();
    }
    assert_eq!(code(agency.enrol_request(names(), vec![])), "state");
    assert_eq!(agency.maintain(&[]).unwrap().done, [Due::Prepare(3)]);
    let key = agency.signing_identity().unwrap();
    assert_eq!(agency.fingerprint().unwrap(), key.id().fingerprint());
}

#[test]
fn a_rotated_identity_signs_once_the_roster_names_it_and_the_old_secret_goes() {
    let scene = Scene::new();
    let (old, sent) = (*scene.cyber.signing_identity().unwrap().id(), seal(&scene.cyber));
    let next = scene.cyber.rotate_identity().unwrap();
    assert_eq!(scene.cyber.rotate_identity().unwrap(), next);
    let first = bytes(&scene.cyber.announcements().unwrap());
    let mut scene = scene.restart();
    assert_eq!(scene.cyber.rotate_identity().unwrap(), next);
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), first);
    assert_eq!(*scene.cyber.signing_identity().unwrap().id(), old);
    // Epochs that are prepared meanwhile are signed by the next one.
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(scene.cyber.announcements().unwrap().len(), 2);
    scene.bring();
    scene.share();
    assert_eq!(*scene.cyber.signing_identity().unwrap().id(), next);
    assert!(scene.cyber.announcements().unwrap().is_empty());
    assert_eq!(scene.cyber.maintain(&[]).unwrap().done, [Due::RetireIdentity(old)]);
    assert!(scene.cyber.identity(&old).is_none());
    let mut scene = scene.restart();
    assert!(scene.cyber.identity(&old).is_none());
    // What was under way still opens; later the old key is revoked, and nothing is lost by it.
    assert!(scene.border.open(&sent).is_ok());
    scene.days(6);
    assert!(revocation(&scene.border, &old).is_none());
    scene.days(3);
    assert!(revocation(&scene.border, &old).is_some());
    assert!(scene.border.open(&seal(&scene.cyber)).is_ok());
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    assert!(scene.cyber.announcements().unwrap().is_empty());
}

#[test]
fn a_replaced_identity_can_be_revoked_although_its_secret_is_gone() {
    let mut scene = Scene::new();
    let old = *scene.cyber.signing_identity().unwrap().id();
    scene.cyber.rotate_identity().unwrap();
    scene.round();
    scene.round();
    assert!(scene.cyber.identity(&old).is_none());
    // Heard in the second of its publication, it would end the next one too ([ROS-42]).
    assert_eq!(code(scene.cyber.revoke_identity(&old, Reason::KeyCompromise)), "state");
    scene.town.advance(1);
    let event = scene.cyber.revoke_identity(&old, Reason::KeyCompromise).unwrap();
    scene.border.hear(&event).unwrap();
    assert!(revocation(&scene.border, &old).is_some());
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), [event.encode()]);
    // Its epochs ended with it: others take their place.
    assert_eq!(code(scene.border.seal(&letter(CYBER), b"x")), "no-epoch");
    scene.round();
    assert!(scene.cyber.open(&scene.mail()).is_ok());
}

#[test]
fn r13_unaccepted_mail_under_a_revoked_key_is_refused_whatever_time_it_claims() {
    let scene = Scene::new();
    let (early, accepted) = (scene.mail(), scene.mail());
    let opened = scene.cyber.open(&accepted).unwrap();
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    let opened = scene.cyber.open(&early).unwrap();
    scene.town.advance(HOUR);
    let key = *scene.border.signing_identity().unwrap().id();
    let event = scene.border.revoke_identity(&key, Reason::KeyCompromise).unwrap();
    scene.cyber.hear(&event).unwrap();
    assert_eq!(code(scene.cyber.open(&early)), "revoked");
    assert!(opened.manifest().created < scene.town.now());
    // By its owner it is in force from when it was heard, no earlier.
    let revocation = revocation(&scene.cyber, &key).unwrap();
    assert_eq!((revocation.seen, revocation.effective), (scene.town.now(), scene.town.now()));
    assert_eq!(code(scene.border.seal(&letter(CYBER), b"x")), "no-identity");
    assert_eq!(is_due(&scene.border, |due| *due == Due::Recover).len(), 1);
}

#[test]
fn what_an_ended_identity_has_signed_is_brought_to_nobody() {
    let scene = Scene::new();
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(scene.cyber.announcements().unwrap().len(), 1);
    let key = *scene.cyber.signing_identity().unwrap().id();
    let event = scene.cyber.revoke_identity(&key, Reason::KeyCompromise).unwrap();
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), [event.encode()]);
    assert_eq!(scene.cyber.maintain(&[]).unwrap().done, []);
}

#[test]
fn a_revoked_identity_prepares_no_successor() {
    let scene = Scene::new();
    let key = *scene.cyber.signing_identity().unwrap().id();
    scene.cyber.revoke_identity(&key, Reason::KeyCompromise).unwrap();
    assert_eq!(code(scene.cyber.rotate_identity()), "no-identity");
    assert_eq!(scene.cyber.identities.read().len(), 1);
}

#[test]
fn who_is_in_no_roster_has_no_identity_to_seal_with() {
    let mut scene = Scene::new();
    let stranger = scene.town.newcomer_in(Storage::memory(), "GE/none").unwrap();
    for bundle in scene.town.publish().unwrap() {
        stranger.import(&bundle[..]).unwrap();
    }
    assert_eq!(code(stranger.seal(&letter(BORDER), b"x")), "no-identity");
    assert_eq!(
        code(scene.cyber.seal(&letter("GE/none"), b"x")),
        "not-enrolled",
        "another's is another matter"
    );
}

/// A thief has everything that `cyber` had, and announces first.
fn robbed() -> (Scene, Agency) {
    let scene = Scene::new();
    let copy = Storage::new(scene.store.snapshot(), scene.anchor.snapshot());
    let thief = scene.town.unlock(copy).unwrap();
    (scene, thief)
}

#[test]
fn r14_recovery_wins_against_the_thiefs_rotation() {
    let (mut scene, thief) = robbed();
    let stolen = thief.rotate_identity().unwrap();
    bring(&mut scene.town, &thief);
    scene.share();
    assert!(scene.cyber.due(&[]).unwrap().contains(&Due::ForeignIdentity(stolen)));
    assert_eq!(code(scene.cyber.seal(&letter(BORDER), b"x")), "no-identity");

    let request = scene.cyber.recovery_request().unwrap();
    assert_eq!(scene.cyber.recovery_request().unwrap().encode(), request.encode());
    // Raced: the thief's chain grew meanwhile, so it is asked again.
    thief.import(&scene.town.publish().unwrap()[1][..]).unwrap();
    scene.town.advance(DAY);
    thief.maintain(&[]).unwrap();
    bring(&mut scene.town, &thief);
    scene.share();
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::ForeignEpoch(EpochNumber(4)))).len(), 1);
    let request = scene.town.countersign(&request).unwrap();
    assert_eq!(scene.town.centre_takes(&request).unwrap_err().code(), "event-serial");
    let request = scene.cyber.recovery_request().unwrap();
    let request = scene.town.countersign(&request).unwrap();
    scene.town.centre_takes(&request).unwrap();
    scene.share();

    // Between, nobody speaks for the agency.
    thief.import(&scene.town.publish().unwrap()[1][..]).unwrap();
    for agency in [&scene.cyber, &thief] {
        assert!(agency.seal(&letter(BORDER), b"x").is_err());
        agency.maintain(&[]).unwrap();
        assert!(agency.announcements().unwrap().is_empty());
    }
    let waits = |due: &Due| matches!(due, Due::Recovering(until) if *until > scene.town.now());
    assert_eq!(is_due(&scene.cyber, waits).len(), 1);
    // The waiting identity may still be cancelled: the one before it stays until then.
    assert_eq!(scene.cyber.identities.read().len(), 2);
    assert_eq!(code(thief.rotate_identity()), "no-identity");
    assert!(thief.revoke_epoch(EpochNumber(1), Reason::Ceased).is_err());

    scene.days(RECOVERY_DELAY / DAY);
    scene.round();
    assert!(scene.border.open(&seal(&scene.cyber)).is_ok());
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    for bundle in scene.town.publish().unwrap() {
        thief.import(&bundle[..]).unwrap();
    }
    assert_eq!(code(thief.open(&scene.mail())), "not-a-recipient");
    assert!(thief.seal(&letter(BORDER), b"x").is_err());
}

#[test]
fn r14_recovery_first_and_the_thiefs_rotation_is_not_admitted() {
    let (mut scene, thief) = robbed();
    thief.rotate_identity().unwrap();
    let stolen = thief.announcements().unwrap();
    let request = scene.town.countersign(&scene.cyber.recovery_request().unwrap()).unwrap();
    scene.town.centre_takes(&request).unwrap();
    assert!(scene.town.centre_takes(&stolen[0]).is_err());
}

#[test]
fn a_lost_vault_is_recovered_from_a_new_one() {
    let mut scene = Scene::new();
    let new = scene.town.newcomer_in(Storage::memory(), CYBER).unwrap();
    for bundle in scene.town.publish().unwrap() {
        new.import(&bundle[..]).unwrap();
    }
    assert!(matches!(new.due(&[]).unwrap()[0], Due::ForeignIdentity(_)));
    let request = scene.town.countersign(&new.recovery_request().unwrap()).unwrap();
    scene.town.centre_takes(&request).unwrap();
    scene.cyber = new;
    scene.share();
    scene.days(RECOVERY_DELAY / DAY);
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    assert!(scene.border.open(&seal(&scene.cyber)).is_ok());
}

#[test]
fn what_the_roster_has_overtaken_is_signed_anew() {
    let (mut scene, twin) = robbed();
    // Two devices of one agency, against all rules: the other one's epoch 4 is published first.
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    scene.cyber.rotate_identity().unwrap();
    let before = scene.cyber.announcements().unwrap();
    twin.maintain(&[]).unwrap();
    bring(&mut scene.town, &twin);
    scene.share();
    assert_eq!(scene.cyber.announcements().unwrap().len(), 0);
    assert_eq!(is_due(&scene.cyber, |due| *due == Due::ForeignEpoch(EpochNumber(4))).len(), 1);
    scene.cyber.maintain(&[]).unwrap();
    let after = scene.cyber.announcements().unwrap();
    assert_eq!(before[0].event().serial() + 1, after[0].event().serial());
    scene.cyber.revoke_epoch(EpochNumber(4), Reason::KeyCompromise).unwrap();
    scene.round();
    scene.round();
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    scene.days(2);
    assert!(scene.cyber.open(&scene.mail()).is_ok());
}

#[test]
fn a_rotation_that_was_overtaken_is_signed_anew_for_the_same_key() {
    let (mut scene, twin) = robbed();
    let next = scene.cyber.rotate_identity().unwrap();
    let before = scene.cyber.announcements().unwrap()[0].event().serial();
    scene.town.advance(DAY);
    twin.maintain(&[]).unwrap();
    bring(&mut scene.town, &twin);
    scene.share();
    assert!(scene.cyber.announcements().unwrap().is_empty());
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(scene.cyber.announcements().unwrap()[0].event().serial(), before + 1);
    scene.bring();
    scene.share();
    assert_eq!(*scene.cyber.signing_identity().unwrap().id(), next);
}

/// Takes of the announcements what the rules allow, in their order, as a centre does.
fn bring_what_follows(scene: &mut Scene) {
    for event in scene.cyber.announcements().unwrap() {
        let _refused = scene.town.centre_takes(&event);
    }
}

#[test]
fn a_revocation_that_a_rotation_overtakes_is_signed_anew_until_the_log_holds_it() {
    let mut scene = Scene::new();
    // Epoch 1 is of the first identity, and the second one revokes it while the third is at the centre.
    scene.cyber.rotate_identity().unwrap();
    scene.round();
    scene.round();
    scene.cyber.rotate_identity().unwrap();
    scene.bring();
    let event = scene.cyber.revoke_epoch(EpochNumber(1), Reason::KeyCompromise).unwrap();
    let Content::Revoke(revoked) = event.event().content() else { panic!() };
    // The first one has retired, and revokes itself in time: it vouches for the epoch no more.
    scene.town.advance(1);
    for _ in 0..2 {
        bring_what_follows(&mut scene);
        scene.share();
        scene.cyber.maintain(&[]).unwrap();
    }
    let logged = |key: &KeyId| {
        scene.border.with_rosters(|rosters| rosters.roster("GE".parse().unwrap()).unwrap().has_logged(key))
    };
    assert!(logged(revoked.key_id()));
    let kinds: Vec<_> = scene.cyber.announcements().unwrap().iter().map(|e| e.event().kind()).collect();
    assert!(!kinds.contains(&crate::EventKind::Revoke), "{kinds:?}");
}

#[test]
fn a_revocation_is_brought_before_the_rotation_that_would_overtake_it() {
    let mut scene = Scene::new();
    scene.cyber.rotate_identity().unwrap();
    scene.round();
    scene.round();
    scene.cyber.rotate_identity().unwrap();
    scene.cyber.revoke_epoch(EpochNumber(1), Reason::KeyCompromise).unwrap();
    let kinds: Vec<_> = scene.cyber.announcements().unwrap().iter().map(|e| e.event().kind()).collect();
    assert_eq!(kinds[..2], [crate::EventKind::Revoke, crate::EventKind::Identity]);
    scene.bring();
    scene.share();
    assert!(scene.cyber.announcements().unwrap().is_empty());
}

#[test]
fn r12_another_agencys_epoch_key_is_another_key() {
    let scene = Scene::new();
    let ids = |agency: &Agency| agency.epochs().unwrap().into_iter().map(|e| e.key_id).collect::<Vec<_>>();
    assert!(ids(&scene.cyber).iter().all(|id| !ids(&scene.border).contains(id)));
}

fn seal(agency: &Agency) -> Vec<u8> {
    agency.seal(&letter(BORDER), b"content").unwrap().bytes
}

fn revocation(agency: &Agency, key: &KeyId) -> Option<crate::Revocation> {
    agency.with_rosters(|rosters| rosters.roster("GE".parse().unwrap()).unwrap().revocation(key))
}
