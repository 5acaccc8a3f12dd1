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

/// A bundle that sees, whenever it is read, whether somebody else can work.
struct Watching<'a> {
    bundle: std::io::Cursor<&'a [u8]>,
    agency: &'a Agency,
    reads: u64,
}

impl std::io::Read for Watching<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        assert!(self.agency.replica.try_rosters_mut().is_some(), "the rosters are locked");
        self.agency.replica.write(|_| Ok(())).unwrap();
        self.reads += 1;
        self.bundle.read(out)
    }
}

impl std::io::Seek for Watching<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.bundle.seek(to)
    }
}

#[test]
fn r20_while_a_bundle_is_verified_and_written_nobody_waits() {
    let mut scene = Scene::new();
    let stranger = scene.town.newcomer_in(Storage::memory(), "GE/none").unwrap();
    for bundle in scene.town.publish().unwrap() {
        let bundle = std::io::Cursor::new(&bundle[..]);
        let mut input = Watching { bundle, agency: &stranger, reads: 0 };
        let imported = stranger.replica.import(crate::BundleReader::new(&mut input).unwrap()).unwrap();
        // Verified, and written.
        assert!(imported.new > 0 && input.reads > 4 * imported.new, "{imported:?} {}", input.reads);
    }
}

/// `[RPL-01]`: an import that a crash has ended leaves rows that nobody has taken.
#[test]
fn r20_what_a_crash_leaves_of_an_import_does_not_count() {
    use crate::replica::rows::{encode_checkpoint, encode_entry, entry_key, section_key};
    use crate::roster::bundle::Entry;
    use crate::vault::store::Table;
    let mut scene = Scene::new();
    let ge: crate::ids::Country = "GE".parse().unwrap();
    let told = |scene: &Scene| {
        let head = scene.cyber.with_rosters(|rosters| rosters.roster(ge).unwrap().head());
        let (mut bundle, events) = (Vec::new(), scene.cyber.events(scene.border.id()).unwrap());
        scene.cyber.export(ge, 0, &mut bundle).unwrap();
        let events: Vec<_> = events.into_iter().map(|(place, event)| (place, event.encode())).collect();
        (head, bundle, events)
    };
    let before = told(&scene);
    let size = before.0.size;
    let checkpoint = scene.cyber.with_rosters(|rosters| rosters.roster(ge).unwrap().checkpoint().cloned());
    let (_, event) = scene.cyber.events(scene.border.id()).unwrap().remove(0);
    let left = |edit: &mut crate::vault::edit::Edit<'_>| {
        for place in size..size + 3 {
            edit.put(Table::RosterEntry, &entry_key(ge, place), &encode_entry(&Entry::event(&event)))?;
            let row = encode_checkpoint(checkpoint.as_ref().unwrap(), Timestamp::default());
            edit.put(Table::Checkpoint, &section_key(ge, place + 1), &row)?;
        }
        Ok(())
    };
    scene.cyber.replica.write(left).unwrap();
    assert_eq!(told(&scene), before);
    scene = scene.restart();
    assert_eq!(told(&scene), before);
    scene.days(1);
    let after = told(&scene);
    assert!(after.0.size > size);
    scene = scene.restart();
    assert_eq!(told(&scene), after);
}

/// `[RPL-04]`
#[test]
fn an_entry_that_is_missing_leaves_the_country_without_a_roster_and_opens_the_vault() {
    use crate::replica::rows::entry_key;
    use crate::vault::store::Table;
    let mut scene = Scene::new();
    let ge: crate::ids::Country = "GE".parse().unwrap();
    let size = |scene: &Scene| scene.cyber.with_rosters(|rosters| rosters.roster(ge).map(|held| held.size()));
    let before = size(&scene).unwrap();
    let last = entry_key(ge, before - 1);
    scene.cyber.replica.write(|edit| Ok(edit.delete(Table::RosterEntry, &last)?)).unwrap();
    scene = scene.restart();
    assert_eq!(size(&scene), None);
    scene.days(1);
    assert!(size(&scene).is_some_and(|size| size >= before));
}

/// A country shows its log to some as it is, and to others as it is not.
#[test]
fn r18_a_centre_that_publishes_its_own_fork_does_not_come_between_the_others() {
    let mut scene = Scene::new();
    scene.town.advance(60);
    let [bundle, fork] = scene.town.forked("UA".parse().unwrap()).unwrap();
    scene.border.import(&bundle[..]).unwrap();
    let held = || scene.cyber.open(&scene.border.seal(&letter(CYBER), b"x").unwrap().bytes).map(drop);
    scene.cyber.import(&fork[..]).unwrap();
    assert_eq!(code(held()), "roster-conflict");
    // The signed checkpoint is asked for, and settles it for whoever has it.
    assert_eq!(code(scene.cyber.import(&bundle[..])), "roster-fork");
    assert!(scene.cyber.frozen("UA".parse().unwrap()).is_some());
    held().unwrap();
    let sealed = scene.cyber.seal(&letter(BORDER), b"x").unwrap().bytes;
    assert_eq!(code(scene.border.open(&sealed).map(drop)), "roster-conflict");
    scene.border.accuse(scene.cyber.frozen("UA".parse().unwrap()).unwrap()).unwrap();
    scene.border.open(&sealed).map(drop).unwrap();
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

#[test]
fn a_database_that_is_missing_or_empty_beside_its_anchor_is_lost_and_not_new() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    assert_eq!(code(Storage::open(&home)), "no-vault");
    let key = || crate::Unlock::Key(crate::Secret::new(|key| key.fill(1)));
    drop(Agency::create(Storage::create(&home).unwrap(), CYBER.parse().unwrap(), key()).unwrap());
    let database = home.join("vault.sqlite");
    std::fs::write(&database, b"").unwrap();
    assert_eq!(code(Storage::open(&home)), "vault-lost");
    std::fs::remove_file(&database).unwrap();
    assert_eq!(code(Storage::open(&home)), "vault-lost");
    // Tables without a vault in them, as a half copy has them.
    let storage = Storage::create(&home).unwrap();
    assert_eq!(code(storage.owner()), "vault-lost");
    assert_eq!(code(Agency::unlock(storage, key())), "vault-lost");
}
