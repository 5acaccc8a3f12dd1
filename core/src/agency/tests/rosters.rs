//! What an agency tells of the rosters that it holds.

use super::*;

#[test]
fn an_agency_sees_the_logs_as_its_centre_does() {
    let scene = Scene::new();
    let ge = |scene: &Scene| {
        scene.cyber.status().into_iter().find(|status| status.anchor.country().as_str() == "GE").unwrap()
    };
    let fresh = ge(&scene);
    assert_eq!((fresh.stale, fresh.frozen, fresh.pending, fresh.relearn), (false, false, 0, false));
    assert_eq!(
        fresh.size,
        scene.cyber.with_rosters(|rosters| rosters.roster(scene.cyber.id().country()).unwrap().size())
    );
    assert!(fresh.quorum.is_some() && fresh.cosigned.len() >= 2);
    scene.town.advance(8 * DAY);
    let old = ge(&scene);
    assert_eq!((old.stale, old.size), (true, fresh.size));
    assert_eq!(code(scene.cyber.seal(&letter(BORDER), b"")), "roster-stale");
}

/// Input that looks, whenever it is read, whether the agency can be used.
struct Slow<'a> {
    bundle: &'a [u8],
    agency: &'a Agency,
}

impl std::io::Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        assert!(self.agency.replica.try_rosters_mut().is_some(), "the rosters are locked");
        let len = out.len().min(7);
        self.bundle.read(out.get_mut(..len).unwrap_or_default())
    }
}

#[test]
fn who_sends_a_bundle_slowly_keeps_nobody_waiting() {
    let mut scene = Scene::new();
    let bundles = scene.town.publish().unwrap();
    for bundle in &bundles {
        let imported = scene.cyber.import(Slow { bundle, agency: &scene.cyber }).unwrap();
        assert_eq!(imported.new, 0);
        assert_eq!(code(scene.cyber.import(&bundle[..bundle.len() - 1])), "event-malformed");
    }
}

#[test]
fn an_agency_proves_that_an_event_is_in_the_log() {
    let mut scene = Scene::new();
    scene.town.advance(DAY);
    scene.cyber.maintain(&[]).unwrap();
    let event = scene.cyber.announcements().unwrap().remove(0);
    assert_eq!(code(scene.cyber.proof(&event)), "state");
    scene.round();
    scene.share();
    let proof = scene.border.proof(&event).unwrap();
    scene.cyber.with_rosters(|rosters| {
        let country = scene.cyber.id().country();
        let roster = rosters.roster(country).unwrap();
        let (keys, policy) = (roster.authority().keys(), rosters.policy(country).unwrap());
        let anchor = rosters.pinned().find(|anchor| anchor.country() == country).unwrap();
        proof.verify(&event.leaf(), anchor, keys.log(), policy, scene.town.now()).unwrap();
    });
}

#[test]
fn a_storage_says_whose_it_is_without_a_key() {
    let scene = Scene::new();
    let storage = Storage::new(scene.store.clone(), scene.anchor.clone());
    assert_eq!(storage.owner().unwrap(), *scene.cyber.id());
    assert_eq!(code(Storage::memory().owner()), "no-vault");
}
