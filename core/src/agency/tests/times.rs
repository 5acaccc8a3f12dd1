//! What time is believed, of this machine and of others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// `cyber` as opened by a process whose clock stands still at `at`.
fn standing_still(scene: &Scene, at: Timestamp) -> Agency {
    let storage = Storage::new(scene.store.clone(), scene.anchor.clone());
    let random = [Random::system(), Random::system()];
    Agency::open_from(storage, Town::key(), Clock::injected(move || at), random).unwrap()
}

fn newest(agency: &Agency) -> Timestamp {
    agency.status().iter().map(|country| country.as_of).max().unwrap()
}

#[test]
fn r21_a_view_from_fast_clocks_is_replaced_by_an_honest_one_once_the_clock_is_set_back() {
    let mut scene = Scene::new();
    let right = scene.town.now();
    scene.town.set_clock(right.plus(20 * DAY));
    scene.share();
    assert_eq!(newest(&scene.cyber), right.plus(20 * DAY));
    scene.town.set_clock(right.plus(60));
    scene.cyber.set_clock_back().unwrap();
    for bundle in scene.town.publish().unwrap() {
        scene.cyber.import(&bundle[..]).unwrap();
    }
    assert_eq!(newest(&scene.cyber), right.plus(60));
    assert!(scene.cyber.seal(&letter(BORDER), b"x").is_ok());
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::Destroy(_))), []);
    let scene = scene.restart();
    assert_eq!(newest(&scene.cyber), right.plus(60));
    assert!(scene.cyber.seal(&letter(BORDER), b"x").is_ok());
}

#[test]
fn r21_quorums_with_fast_clocks_lead_the_time_ahead_by_the_skew_and_no_further() {
    let mut scene = Scene::new();
    let start = scene.town.now();
    let cyber = standing_still(&scene, start);
    let mut refused = 0;
    for step in 1..=20 {
        scene.town.set_clock(start.plus(300 * step));
        for bundle in scene.town.publish().unwrap() {
            refused += usize::from(cyber.import(&bundle[..]).is_err());
            cyber.maintain(&[]).unwrap();
        }
    }
    assert_eq!((newest(&cyber), refused), (start.plus(300), 4 * 19));
    assert_eq!(cyber.replica.times().now, start.plus(300));
}

#[test]
fn r21_mail_is_not_refused_for_good_by_a_clock_that_is_far_ahead() {
    let scene = Scene::new();
    let (start, mail) = (scene.town.now(), scene.mail());
    scene.town.advance(40 * DAY);
    assert_eq!(code(scene.cyber.open(&mail)), "clock-ahead");
    scene.cyber.maintain(&[]).unwrap();
    scene.town.set_clock(start.plus(HOUR));
    assert_eq!(scene.cyber.open(&mail).unwrap().content(), b"content");
}

#[test]
fn r21_a_clock_that_was_ahead_once_is_told_until_the_vault_is_set_back() {
    let scene = Scene::new();
    let start = scene.town.now();
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    assert_eq!(scene.cyber.clock_behind(), None);
    scene.town.set_clock(start.plus(60));
    assert_eq!(scene.cyber.clock_behind(), Some(crate::Span(DAY - 60)));
    assert_eq!(is_due(&scene.cyber, |due| *due == Due::ClockBehind(DAY - 60)).len(), 1);
    scene.cyber.set_clock_back().unwrap();
    assert_eq!(scene.cyber.clock_behind(), None);
    assert_eq!(is_due(&scene.cyber, |due| matches!(due, Due::ClockBehind(_))), []);
}

#[test]
fn r21_a_clock_held_still_keeps_no_roster_fresh_and_destroys_nothing_while_the_process_runs() {
    let scene = Scene::new();
    let (start, counter) = (scene.town.now(), Arc::new(AtomicU64::new(7)));
    let counted = Arc::clone(&counter);
    let clock = Clock::counting(move || start, move || counted.load(Ordering::SeqCst));
    let storage = Storage::new(scene.store.clone(), scene.anchor.clone());
    let cyber = Agency::open_from(storage, Town::key(), clock, [Random::system(), Random::system()]).unwrap();
    assert!(cyber.seal(&letter(BORDER), b"x").is_ok());
    counter.store(7 + 20 * DAY, Ordering::SeqCst);
    assert_eq!(code(cyber.seal(&letter(BORDER), b"x")), "roster-stale");
    let Maintained { done, left } = cyber.maintain(&[]).unwrap();
    assert!(!done.iter().chain(&left).any(|due| matches!(due, Due::Destroy(_))), "{done:?} {left:?}");
    assert!(left.contains(&Due::ClockBehind(20 * DAY)), "{left:?}");
}
