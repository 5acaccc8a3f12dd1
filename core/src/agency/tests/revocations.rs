//! Whose word ends a key, and that it stays ended.

use super::*;
use crate::crypto::digest::sha256;
use crate::event::{Content, Event, Revoke};
use crate::ids::Country;
use crate::roster::Revocation;
use crate::vault::store::Table;

fn ge() -> Country {
    "GE".parse().unwrap()
}

/// `by` says that a key is its own and ends it.
fn claim(by: &Agency, key: &KeyId) -> SignedEvent {
    by.sign_revocation(key, Reason::KeyCompromise, &by.signing_identity().unwrap()).unwrap()
}

fn by_roots(town: &Town, agency: &str, key: &KeyId, reason: Reason, effective: Timestamp) -> SignedEvent {
    let anchor = *town.centre(ge()).unwrap().anchor();
    let revoke = Revoke::by_roots(*key, reason, effective);
    town.sign_by_roots(Event::revoke(&anchor, agency.parse().unwrap(), revoke)).unwrap()
}

fn revocation(agency: &Agency, key: &KeyId) -> Option<Revocation> {
    agency.with_rosters(|rosters| rosters.roster(ge()).unwrap().revocation(key))
}

fn named(event: &SignedEvent) -> KeyId {
    match event.event().content() {
        Content::Epoch(key) => *key.id(),
        Content::Rotation(key) | Content::Recovery(key) => *key.id(),
        _ => panic!("{:?}", event.event().kind()),
    }
}

fn identity(agency: &Agency) -> KeyId {
    *agency.signing_identity().unwrap().id()
}

/// Two agencies old enough to have epochs that have ended.
fn old() -> Scene {
    let mut scene = Scene::new();
    scene.days(9);
    scene
}

#[test]
fn r16_no_agency_revokes_what_another_is_about_to_announce() {
    let mut scene = old();
    scene.town.advance(DAY);
    scene.share();
    scene.cyber.maintain(&[]).unwrap();
    let next = scene.cyber.rotate_identity().unwrap();
    let announced = scene.cyber.announcements().unwrap();
    assert!(announced.len() >= 2 && announced.iter().any(|event| named(event) == next));
    // The adversary owns the relay, and is faster.
    for event in &announced {
        let claim = claim(&scene.border, &named(event));
        assert_eq!(scene.town.centre_takes(&claim).unwrap_err().code(), "event-not-its-key");
        assert_eq!(code(scene.border.hear(&claim)), "event-not-its-key");
    }
    scene.bring();
    scene.share();
    assert_eq!(identity(&scene.cyber), next);
    let sealed = scene.cyber.seal(&letter(BORDER), b"content").unwrap().bytes;
    assert!(scene.border.open(&sealed).is_ok());
    scene.days(3);
    assert!(scene.cyber.open(&scene.mail()).is_ok());
}

#[test]
fn r16_no_agency_keeps_another_from_being_recovered() {
    let mut scene = old();
    let request = scene.cyber.recovery_request().unwrap();
    let claim = claim(&scene.border, &named(&request));
    assert_eq!(scene.town.centre_takes(&claim).unwrap_err().code(), "event-not-its-key");
    let request = scene.town.countersign(&request).unwrap();
    scene.town.centre_takes(&request).unwrap();
    scene.share();
    scene.days(RECOVERY_DELAY / DAY);
    assert_eq!(identity(&scene.cyber), named(&request));
}

#[test]
fn r16_a_recovery_steps_over_an_identity_that_is_revoked() {
    let mut scene = Scene::new();
    let request = scene.cyber.recovery_request().unwrap();
    let revoked = by_roots(&scene.town, CYBER, &named(&request), Reason::KeyCompromise, scene.town.now());
    scene.town.centre_takes(&revoked).unwrap();
    scene.share();
    let other = scene.cyber.recovery_request().unwrap();
    assert_ne!(named(&other), named(&request));
    assert_eq!(scene.cyber.recovery_request().unwrap().encode(), other.encode());
    let other = scene.town.countersign(&other).unwrap();
    scene.town.centre_takes(&other).unwrap();
    scene.share();
    scene.days(RECOVERY_DELAY / DAY);
    assert_eq!(identity(&scene.cyber), named(&other));
}

#[test]
fn r16_what_is_announced_steps_over_keys_that_are_revoked() {
    let mut scene = Scene::new();
    scene.town.advance(DAY);
    scene.share();
    scene.cyber.maintain(&[]).unwrap();
    let next = scene.cyber.rotate_identity().unwrap();
    let before = scene.cyber.announcements().unwrap();
    for event in &before {
        let revoked = by_roots(&scene.town, CYBER, &named(event), Reason::KeyCompromise, scene.town.now());
        scene.town.centre_takes(&revoked).unwrap();
    }
    scene.share();
    assert!(scene.cyber.announcements().unwrap().is_empty());
    scene.round();
    assert_ne!(identity(&scene.cyber), next);
    let after: Vec<_> = scene.cyber.epochs().unwrap().iter().map(|epoch| epoch.key_id).collect();
    assert!(before.iter().all(|event| !after.contains(&named(event))));
    scene.days(2);
    assert_eq!(scene.cyber.due(&[]).unwrap(), []);
    assert!(scene.cyber.open(&scene.mail()).is_ok());
}

#[test]
fn r16_a_revocation_that_has_no_effect_any_more_is_brought_to_nobody() {
    let mut scene = Scene::new();
    let epoch = scene.cyber.epochs().unwrap()[0];
    let event = scene.cyber.revoke_epoch(epoch.number, Reason::Superseded).unwrap();
    assert!(bytes(&scene.cyber.announcements().unwrap()).contains(&event.encode()));
    scene.town.advance(epoch.window.destroy_at().since(scene.town.now()));
    assert_eq!(scene.town.centre_takes(&event).unwrap_err().code(), "event-not-its-key");
    scene.share();
    assert!(!bytes(&scene.cyber.announcements().unwrap()).contains(&event.encode()));
    scene.cyber.maintain(&[]).unwrap();
    assert!(Outgoing::get_all(&scene.cyber).is_empty());
}

impl Outgoing {
    fn get_all(agency: &Agency) -> Vec<Self> {
        agency.replica.read(Self::all).unwrap()
    }
}

#[test]
fn r17_what_the_roots_said_stays_when_others_take_their_place() {
    let mut scene = Scene::new();
    let key = identity(&scene.border);
    scene.cyber.hear(&by_roots(&scene.town, BORDER, &key, Reason::KeyCompromise, scene.town.now())).unwrap();
    let heard = revocation(&scene.cyber, &key);
    assert!(heard.is_some());
    scene.town.replace_roots(ge()).unwrap();
    scene.share();
    assert_eq!(revocation(&scene.restart().cyber, &key), heard);
}

#[test]
fn r17_what_an_identity_revoked_stays_revoked_when_it_is_revoked_itself() {
    let scene = Scene::new();
    let epochs = scene.border.epochs().unwrap();
    for epoch in &epochs {
        let event = scene.border.revoke_epoch(epoch.number, Reason::KeyCompromise).unwrap();
        scene.cyber.hear(&event).unwrap();
    }
    let key = identity(&scene.border);
    scene.town.advance(60);
    scene.cyber.hear(&scene.border.revoke_identity(&key, Reason::KeyCompromise).unwrap()).unwrap();
    let keys: Vec<KeyId> = epochs.iter().map(|epoch| epoch.key_id).chain([key]).collect();
    let answers = |agency: &Agency| keys.iter().map(|key| revocation(agency, key)).collect::<Vec<_>>();
    let before = answers(&scene.cyber);
    assert!(before.iter().all(Option::is_some));
    assert_eq!(answers(&scene.restart().cyber), before);
}

#[test]
fn r17_what_an_identity_revoked_stays_revoked_when_another_takes_its_place() {
    let mut scene = Scene::new();
    let epoch = scene.border.epochs().unwrap()[1];
    let rotate = |scene: &mut Scene| {
        scene.town.advance(HOUR);
        scene.border.rotate_identity().unwrap();
        for event in scene.border.announcements().unwrap() {
            if !matches!(event.event().content(), Content::Revoke(_)) {
                scene.town.centre_takes(&event).unwrap();
            }
        }
        scene.share();
    };
    rotate(&mut scene);
    scene.cyber.hear(&scene.border.revoke_epoch(epoch.number, Reason::KeyCompromise).unwrap()).unwrap();
    let heard = revocation(&scene.cyber, &epoch.key_id);
    assert!(heard.is_some());
    rotate(&mut scene);
    assert_eq!(revocation(&scene.restart().cyber, &epoch.key_id), heard);
}

#[test]
fn r17_what_was_heard_under_one_anchor_takes_no_room_from_another() {
    let mut scene = Scene::new();
    let key = identity(&scene.border);
    let old = by_roots(&scene.town, BORDER, &key, Reason::Superseded, scene.town.now());
    scene.cyber.hear(&old).unwrap();
    let under_old = revocation(&scene.cyber, &key);
    let mut anew = scene.town.founded_anew().unwrap();
    for agency in [&scene.cyber, &scene.border] {
        anew.repin(agency).unwrap();
        anew.enrol(agency).unwrap();
    }
    let share = |town: &mut Town, agency: &Agency| {
        for bundle in town.publish().unwrap() {
            agency.import(&bundle[..]).unwrap();
        }
    };
    share(&mut anew, &scene.cyber);
    assert_eq!(revocation(&scene.cyber, &key), None);
    anew.advance(60);
    scene.cyber.hear(&by_roots(&anew, BORDER, &key, Reason::KeyCompromise, anew.now())).unwrap();
    let heard = revocation(&scene.cyber, &key);
    assert_eq!(heard.map(|heard| heard.reason), Some(Reason::KeyCompromise));
    scene = scene.restart();
    assert_eq!(revocation(&scene.cyber, &key), heard);
    // Nor does it get lost under the first, should that be pinned again.
    scene.town.repin(&scene.cyber).unwrap();
    share(&mut scene.town, &scene.cyber);
    assert_eq!(revocation(&scene.cyber, &key), under_old);
    scene.town.repin(&scene.cyber).unwrap();
    share(&mut scene.town, &scene.cyber);
    assert_eq!(revocation(&scene.restart().cyber, &key), under_old);
}

/// `[ROS-40]`: of several words what they say together, in whatever order.
#[test]
fn r17_several_words_say_the_same_after_a_restart() {
    let scene = Scene::new();
    let (town, key, now) = (&scene.town, identity(&scene.border), scene.town.now());
    let before = |seconds| Timestamp::from_unix(now.unix() - seconds).unwrap();
    let words = [
        by_roots(town, BORDER, &key, Reason::KeyLoss, before(5)),
        by_roots(town, BORDER, &key, Reason::KeyLoss, before(50)),
        by_roots(town, BORDER, &key, Reason::Superseded, before(500)),
        by_roots(town, BORDER, &key, Reason::Unspecified, before(5000)),
        claim(&scene.border, &key),
    ];
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 4, 0, 3, 2]] {
        let mut scene = Scene::new_in(&scene);
        let mut answers = Vec::new();
        for word in order {
            scene.cyber.hear(&words[word]).unwrap();
            scene.town.advance(60);
            answers.push(revocation(&scene.cyber, &key));
            scene = scene.restart();
            answers.push(revocation(&scene.cyber, &key));
        }
        assert!(answers.chunks(2).all(|pair| pair[0].is_some() && pair[0] == pair[1]), "{order:?}");
    }
}

impl Scene {
    /// `cyber` of another as its store is now, with a town and a peer that are not its own.
    fn new_in(scene: &Scene) -> Self {
        let (store, anchor) = (scene.store.snapshot(), scene.anchor.snapshot());
        let town = scene.town.founded_anew().unwrap();
        let cyber = town.unlock(Storage::new(store.clone(), anchor.clone())).unwrap();
        let border = town.newcomer_in(Storage::memory(), BORDER).unwrap();
        Self { town, cyber, border, store, anchor }
    }
}

/// Rows that were kept without the anchor in their key are read as well. What an agency was once allowed to
/// say of a key that is not its own says nothing.
#[test]
fn r17_rows_of_the_form_before_are_read() {
    let mut scene = old();
    scene.town.advance(DAY);
    scene.share();
    scene.cyber.maintain(&[]).unwrap();
    let announced = scene.cyber.announcements().unwrap();
    let (key, foreign) = (identity(&scene.border), named(&announced[0]));
    let rows = [(key, claim(&scene.border, &key)), (foreign, claim(&scene.border, &foreign))];
    let at = scene.town.now();
    let put = |edit: &mut crate::vault::edit::Edit<'_>| {
        for (key, event) in &rows {
            let value = [at.unix().to_be_bytes().as_slice(), &event.encode()].concat();
            edit.put(Table::Heard, &sha256(&[key.as_bytes(), &[0]]), &value)?;
        }
        Ok(())
    };
    scene.cyber.replica.write(put).unwrap();
    scene = scene.restart();
    assert_eq!(revocation(&scene.cyber, &key).map(|heard| heard.seen), Some(at));
    scene.bring();
    scene.share();
    assert_eq!(revocation(&scene.cyber, &foreign), None);
    let sealed = |agency: &Agency| agency.seal(&letter(CYBER), b"content").map(drop);
    assert!(sealed(&scene.border).is_ok());
}
