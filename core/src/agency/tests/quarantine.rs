//! Snapshots, clones, and the way back.

use super::*;

#[test]
fn l6_a_restored_snapshot_is_noticed_and_does_nothing() {
    let scene = Scene::new();
    let (backup, mail) = (scene.store.snapshot(), scene.mail());
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    let restored = scene.town.unlock(Storage::new(backup, scene.anchor.snapshot())).unwrap();
    let Condition::Quarantined(reason) = restored.condition() else { panic!() };
    assert_eq!(restored.due(&[]).unwrap(), [Due::Quarantine(reason)]);
    assert_eq!(restored.maintain(&[]).unwrap().done, []);
    assert_eq!(code(restored.seal(&letter(BORDER), b"x")), "quarantined");
    assert_eq!(code(restored.open(&mail)), "quarantined");
    assert_eq!(code(restored.reopen(&mail)), "quarantined");
    assert_eq!(code(restored.announcements()), "quarantined");
    assert_eq!(code(restored.rotate_identity()), "quarantined");
    assert_eq!(code(restored.recovery_request()), "quarantined");
}

#[test]
fn l6_of_two_clones_the_second_to_write_is_noticed() {
    let scene = Scene::new();
    // Sequence numbers are in reserve: sealing would not write.
    scene.cyber.seal(&letter(BORDER), b"x").unwrap();
    // One store and one anchor, reached by two: as a disk that is mounted twice.
    let twin = scene.town.unlock(Storage::new(scene.store.clone(), scene.anchor.clone())).unwrap();
    let mail = scene.mail();
    twin.open(&mail).unwrap();
    assert!(scene.cyber.open(&scene.mail()).is_err());
    assert!(matches!(scene.cyber.condition(), Condition::Quarantined(_)));
    assert_eq!(code(scene.cyber.seal(&letter(BORDER), b"x")), "quarantined");
}

#[test]
fn l6_leaving_quarantine_uses_no_key_and_no_number_again() {
    let mut scene = Scene::new();
    let used = scene.cyber.seal(&letter(BORDER), b"x").unwrap().bytes;
    let used = scene.border.open(&used).unwrap().manifest().sequence;
    let backup = scene.store.snapshot();
    // After the backup: one more epoch, in the roster and not in the backup.
    scene.days(1);
    let (town, anchor) = (&scene.town, scene.anchor.snapshot());
    let restored = town.unlock(Storage::new(backup.clone(), anchor.clone())).unwrap();
    restored.leave_quarantine().unwrap();
    assert_eq!(code(restored.leave_quarantine()), "state");
    assert!(restored.epochs().unwrap().iter().all(|epoch| epoch.state == EpochState::Destroyed));
    scene.cyber = restored;
    scene.share();
    // Known now, and nobody's: people decide.
    assert_eq!(is_due(&scene.cyber, |due| *due == Due::ForeignEpoch(EpochNumber(4))).len(), 1);
    scene.cyber.revoke_epoch(EpochNumber(4), Reason::KeyLoss).unwrap();
    let Maintained { done, .. } = scene.cyber.maintain(&[]).unwrap();
    assert_eq!(done, [Due::Prepare(3)]);
    let announced: Vec<_> =
        scene.cyber.announcements().unwrap().iter().map(|event| event.event().kind()).collect();
    let kinds = |kind| announced.iter().filter(|found| **found == kind).count();
    assert_eq!((kinds(crate::EventKind::Epoch), kinds(crate::EventKind::Revoke)), (3, 4));
    scene.bring();
    scene.share();
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(5));
    let later = scene.cyber.seal(&letter(BORDER), b"x").unwrap().bytes;
    let later = scene.border.open(&later).unwrap().manifest().sequence;
    assert!(later > used + (1 << 40));
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    // It lives on, also through a restart.
    let again = scene.town.unlock(Storage::new(backup, anchor)).unwrap();
    assert_eq!(again.condition(), Condition::Sound);
    assert!(again.open(&scene.mail()).is_ok());
}

#[test]
fn l6_what_leaving_quarantine_cannot_revoke_yet_is_revoked_once_an_identity_signs() {
    let mut scene = Scene::new();
    // The roster is gone with a new pin, and with it the word that the identity signs.
    scene.town.repin(&scene.cyber).unwrap();
    let backup = scene.store.snapshot();
    scene.cyber.set_rotation_policy(RotationPolicy::default()).unwrap();
    scene.cyber = scene.town.unlock(Storage::new(backup, scene.anchor.snapshot())).unwrap();
    scene.cyber.leave_quarantine().unwrap();
    assert!(scene.cyber.announcements().unwrap().is_empty());
    scene.share();
    scene.cyber.maintain(&[]).unwrap();
    let announced = scene.cyber.announcements().unwrap();
    let revoked = announced.iter().filter(|event| event.event().kind() == crate::EventKind::Revoke).count();
    assert_eq!(revoked, 3);
    scene.bring();
    scene.share();
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(4));
}
