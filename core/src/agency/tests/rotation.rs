//! Epochs: their states, their ends, and the clock.

use super::EpochState::{Announced, Current, Destroyed, Prepared, Retiring};
use super::*;

#[test]
fn an_epoch_goes_through_its_five_states() {
    let mut scene = Scene::new();
    assert_eq!(scene.states(), [(1, Current), (2, Announced), (3, Announced)]);
    scene.town.advance(DAY);
    assert_eq!(scene.states()[..2], [(1, Retiring), (2, Current)]);
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(scene.states()[3], (4, Prepared));
    scene.days(7);
    assert_eq!(scene.states()[0], (1, Destroyed));
    assert_eq!(scene.states()[1], (2, Retiring));
}

#[test]
fn announcements_are_the_same_bytes_until_the_roster_holds_them() {
    let scene = Scene::new();
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), [[0; 0]; 0]);
    scene.town.advance(DAY);
    assert!(scene.cyber.announcements().unwrap().is_empty());
    scene.cyber.maintain(&[]).unwrap();
    let first = bytes(&scene.cyber.announcements().unwrap());
    assert_eq!(first.len(), 1);
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), first);
    let mut scene = scene.restart();
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), first);
    scene.bring();
    scene.bring();
    assert_eq!(bytes(&scene.cyber.announcements().unwrap()), first);
    scene.share();
    assert!(scene.cyber.announcements().unwrap().is_empty());
}

#[test]
fn r7_mail_to_a_destroyed_epoch_is_told_from_mail_for_others_until_nobody_can_send_it() {
    let mut scene = Scene::new();
    let late = scene.mail();
    scene.days(7);
    let opened = scene.cyber.open(&late).unwrap();
    assert_eq!(opened.content(), b"content");
    scene.days(1);
    assert!(!secrets(&scene.cyber).contains(&1));
    assert_eq!(code(scene.cyber.open(&late)), "epoch-destroyed");
    let mut scene = scene.restart();
    assert_eq!(code(scene.cyber.open(&late)), "epoch-destroyed");
    let tombstones = |scene: &Scene| scene.states().iter().filter(|(_, state)| *state == Destroyed).count();
    assert_eq!(tombstones(&scene), 1);
    scene.days(90 - 8);
    assert_eq!(code(scene.cyber.open(&late)), "epoch-destroyed");
    scene.days(2);
    assert_eq!(code(scene.cyber.open(&late)), "not-a-recipient");
    // Those of 90 days past the end of sealing, and no more.
    assert!(tombstones(&scene) <= 84, "{}", tombstones(&scene));
}

#[test]
fn r8_what_a_sender_whose_clock_is_ahead_sealed_to_the_next_epoch_opens() {
    let scene = Scene::new();
    let start = scene.town.now();
    scene.town.set_clock(start.plus(DAY + 10));
    let early = scene.mail();
    scene.town.set_clock(start.plus(DAY - 10));
    let opened = scene.cyber.open(&early).unwrap();
    assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(2));
}

#[test]
fn r8_what_was_sealed_in_the_last_second_opens_after_it() {
    let mut scene = Scene::new();
    scene.town.advance(DAY - 1);
    let last = scene.mail();
    scene.town.advance(1);
    let first = scene.mail();
    scene.town.advance(HOUR);
    scene.round();
    for (mail, epoch) in [(last, 1), (first, 2)] {
        let opened = scene.cyber.open(&mail).unwrap();
        assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(epoch));
    }
}

#[test]
fn l9_a_destroyed_secret_is_in_no_copy_of_the_store_and_not_in_memory() {
    let mut scene = Scene::new();
    let late = scene.mail();
    let before = scene.store.snapshot();
    assert_eq!(secrets(&scene.cyber)[0], 3);
    scene.days(8);
    assert!(!secrets(&scene.cyber).contains(&1));
    assert_eq!(wrapped(&scene.cyber), secrets(&scene.cyber).len());
    // The older copy with the anchor of now: quarantined, and after that it holds no secret.
    let copy = scene.town.unlock(Storage::new(before, scene.anchor.snapshot())).unwrap();
    assert!(matches!(copy.condition(), Condition::Quarantined(_)));
    assert_eq!(code(copy.open(&late)), "quarantined");
    assert!(secrets(&copy).is_empty());
    copy.leave_quarantine().unwrap();
    assert_eq!(code(copy.open(&late)), "epoch-destroyed");
    assert_eq!(wrapped(&copy), 0);
}

#[test]
fn l11_a_clock_that_jumps_forward_destroys_no_live_key_and_prepares_no_far_epoch() {
    let scene = Scene::new();
    let (start, mail) = (scene.town.now(), scene.mail());
    scene.town.advance(40 * DAY);
    let Maintained { done, left } = scene.cyber.maintain(&[]).unwrap();
    assert_eq!(done, []);
    assert!(left.contains(&Due::ConfirmTime));
    assert_eq!(secrets(&scene.cyber), [3, 2, 1]);
    // Mail meanwhile must not confirm the time either.
    assert!(scene.cyber.open(&mail).is_err());
    assert!(scene.cyber.due(&[]).unwrap().contains(&Due::ConfirmTime));
    scene.town.set_clock(start.plus(HOUR));
    assert_eq!(is_due(&scene.cyber, |due| *due == Due::ConfirmTime), []);
    assert_eq!(scene.cyber.open(&mail).unwrap().content(), b"content");
}

#[test]
fn l11_mail_does_not_make_a_jump_believed() {
    let scene = Scene::new();
    let mail = scene.mail();
    // Rosters and epoch still hold by the clock that jumped.
    scene.town.advance(4 * DAY);
    let opened = scene.cyber.open(&mail).unwrap();
    scene.cyber.accept(opened.manifest(), b"").unwrap();
    assert_eq!(is_due(&scene.cyber, |due| *due == Due::ConfirmTime).len(), 1);
    assert_eq!(scene.cyber.maintain(&[]).unwrap().done, []);
}

#[test]
fn l11_after_the_operators_word_or_a_quorums_the_jump_is_believed() {
    let mut scene = Scene::new();
    scene.town.advance(40 * DAY);
    scene.cyber.confirm_time().unwrap();
    let Maintained { done, .. } = scene.cyber.maintain(&[]).unwrap();
    assert_eq!(done.iter().filter(|due| matches!(due, Due::Destroy(_))).count(), 3);
    assert!(done.contains(&Due::Prepare(3)));
    assert!(is_due(&scene.border, |due| *due == Due::ConfirmTime).len() == 1);
    scene.share();
    assert_eq!(is_due(&scene.border, |due| *due == Due::ConfirmTime), []);
    scene.round();
    scene.cyber.open(&scene.mail()).unwrap();
}

#[test]
fn l11_a_clock_set_back_makes_no_stale_roster_fresh() {
    let scene = Scene::new();
    let start = scene.town.now();
    for _ in 0..8 {
        scene.town.advance(DAY);
        scene.border.maintain(&[]).unwrap();
    }
    assert_eq!(code(scene.border.seal(&letter(CYBER), b"x")), "roster-stale");
    scene.town.set_clock(start);
    assert_eq!(code(scene.border.seal(&letter(CYBER), b"x")), "roster-stale");
}

#[test]
fn a_late_maintenance_begins_now_and_numbers_go_on() {
    let mut scene = Scene::new();
    for _ in 0..30 {
        scene.town.advance(DAY);
        scene.share();
    }
    scene.round();
    let epochs = scene.cyber.epochs().unwrap();
    let (fourth, now) = (epochs.iter().find(|epoch| epoch.number.0 == 4).unwrap(), scene.town.now());
    assert_eq!((fourth.state, fourth.window.not_before()), (Current, now));
    assert_eq!(epochs.last().unwrap().number, EpochNumber(6));
    assert!(scene.cyber.open(&scene.mail()).is_ok());
}

#[test]
fn what_a_long_outage_of_the_centre_left_unsaid_is_all_announced_afterwards() {
    let mut scene = Scene::new();
    for _ in 0..12 {
        scene.town.advance(DAY);
        scene.cyber.maintain(&[]).unwrap();
    }
    // Nine days after the last word of a quorum the clock is not believed any more.
    let announced = scene.cyber.announcements().unwrap();
    assert_eq!(announced.len(), 9);
    assert!(!is_due(&scene.cyber, |due| *due == Due::ConfirmTime).is_empty());
    // The secrets of those that ended before are gone nevertheless.
    assert_eq!(secrets(&scene.cyber).last(), Some(&3));
    scene.share();
    scene.round();
    assert!(scene.cyber.announcements().unwrap().is_empty());
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::ForeignEpoch(_))), []);
}

#[test]
fn a_revoked_epoch_is_replaced_at_once() {
    let mut scene = Scene::new();
    scene.town.advance(HOUR);
    let before = scene.mail();
    let event = scene.cyber.revoke_epoch(EpochNumber(1), Reason::KeyCompromise).unwrap();
    let again = scene.cyber.revoke_epoch(EpochNumber(1), Reason::KeyCompromise).unwrap();
    assert_eq!(event.encode(), again.encode());
    // Who hears of it seals to it no more.
    scene.border.hear(&event).unwrap();
    assert_eq!(code(scene.border.seal(&letter(CYBER), b"x")), "no-epoch");
    scene.round();
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(4));
    // What was sealed to it before still opens.
    assert!(scene.cyber.open(&before).is_ok());
    scene.round();
    assert!(scene.cyber.announcements().unwrap().is_empty());
}

#[test]
fn an_epoch_that_is_revoked_before_it_is_known_is_replaced_too() {
    let mut scene = Scene::new();
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    scene.cyber.revoke_epoch(EpochNumber(4), Reason::KeyCompromise).unwrap();
    assert_eq!(scene.cyber.maintain(&[]).unwrap().done, [Due::Prepare(1)]);
    scene.bring();
    scene.share();
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    scene.days(2);
    let opened = scene.cyber.open(&scene.mail()).unwrap();
    assert_eq!(opened.manifest().opened_with().epoch, EpochNumber(5));
}

#[test]
fn after_a_re_pin_the_agency_begins_anew_and_opens_what_was_under_way() {
    let mut scene = Scene::new();
    scene.days(20);
    let mail = scene.mail();
    let mut town = scene.town.founded_anew().unwrap();
    for agency in [&scene.cyber, &scene.border] {
        town.repin(agency).unwrap();
        agency.maintain(&[]).unwrap();
        town.enrol(agency).unwrap();
    }
    std::mem::swap(&mut scene.town, &mut town);
    scene.share();
    scene.round();
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    assert!(scene.cyber.open(&mail).is_ok());
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    assert_eq!(scene.cyber.announcements().unwrap().len(), 0);
}

/// Numbers begin anew with the new anchor, while epochs of the same numbers are still open.
#[test]
fn l14_a_re_pin_deletes_no_epoch_that_mail_is_under_way_to() {
    let mut scene = Scene::new();
    scene.days(1);
    let mail = scene.mail();
    let held = secrets(&scene.cyber).len();
    let mut town = scene.town.founded_anew().unwrap();
    for agency in [&scene.cyber, &scene.border] {
        town.repin(agency).unwrap();
        agency.maintain(&[]).unwrap();
        town.enrol(agency).unwrap();
    }
    std::mem::swap(&mut scene.town, &mut town);
    scene.share();
    scene.round();
    assert_eq!(secrets(&scene.cyber).len(), held + 3);
    let mut scene = scene.restart();
    assert!(scene.cyber.open(&mail).is_ok());
    assert!(scene.cyber.open(&scene.mail()).is_ok());
    // Until their end, and not beyond it.
    scene.days(12);
    assert_eq!(code(scene.cyber.open(&mail)), "epoch-destroyed");
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::ForeignEpoch(_))), []);
}

/// As an earlier version kept them: by their number alone.
#[test]
fn l14_epoch_rows_of_before_are_read_and_written_under_their_new_keys() {
    let mut scene = Scene::new();
    scene.days(10);
    let mail = scene.mail();
    let before = scene.states();
    let old = |edit: &mut crate::vault::edit::Edit<'_>| {
        for row in rows::EpochRow::all(&edit.view())? {
            edit.delete(Table::Epoch, &row.key())?;
            rows::EpochRow { anchor: None, ..row }.put(edit)?;
        }
        Ok(())
    };
    scene.cyber.replica.write(old).unwrap();
    let mut scene = scene.restart();
    let keys = scene.cyber.replica.read(|view| Ok(view.range(Table::Epoch, &[], &[], usize::MAX)?)).unwrap();
    assert!(keys.len() > 10 && keys.iter().all(|(key, _)| key.len() == 40));
    assert_eq!(scene.states(), before);
    assert!(scene.cyber.open(&mail).is_ok());
    scene.days(1);
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
}

#[test]
fn due_names_what_maintain_does_and_what_it_leaves() {
    let mut scene = Scene::new();
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    scene.town.advance(DAY);
    assert_eq!(scene.cyber.due(&[]).unwrap(), [Due::Prepare(1)]);
    let Maintained { done, left } = scene.cyber.maintain(&[]).unwrap();
    assert_eq!((done, left), (vec![Due::Prepare(1)], vec![Due::Announce(1)]));
    for _ in 0..3 {
        scene.town.advance(DAY);
        scene.cyber.maintain(&[]).unwrap();
    }
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::Refresh(_))).len(), 4);
    scene.share();
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::Refresh(_))), []);
}

#[test]
fn orphaned_temporary_files_of_the_named_folders_are_removed() {
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let orphan = folder.path().join(".vlec-x.tmp");
    std::fs::write(&orphan, b"").unwrap();
    let Maintained { done, left } = scene.cyber.maintain(&[folder.path()]).unwrap();
    assert_eq!((done, left), (vec![Due::Orphan(orphan.clone())], vec![]));
    assert!(!orphan.exists());
}

#[test]
fn a_policy_out_of_bounds_is_refused_and_another_counts_from_the_next_epoch() {
    let mut scene = Scene::new();
    let good = scene.cyber.rotation_policy().unwrap();
    assert_eq!(good, RotationPolicy::default());
    assert!(scene.cyber.set_rotation_policy(RotationPolicy { epoch: 1, ..good }).is_err());
    scene.cyber.set_rotation_policy(RotationPolicy { open_for: 2 * DAY, ..good }).unwrap();
    scene.days(1);
    let window = scene.cyber.epochs().unwrap()[3].window;
    assert_eq!(window.destroy_at().since(window.not_after()), 2 * DAY);
}

/// How many epoch seeds are in the vault.
fn wrapped(agency: &Agency) -> usize {
    agency.replica.read(|view| Ok(view.wrapped_keys(&[], usize::MAX)?.len())).unwrap()
}

fn secrets(agency: &Agency) -> Vec<u64> {
    agency.keyring.read().held().map(|key| key.number().0).collect()
}
