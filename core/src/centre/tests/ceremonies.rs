//! What roots and agencies may do to a log, and what they may not.

use super::*;
use crate::keys::authority::LogKey;
use crate::roster::event::{AuthorityKeys, Content};
use crate::vault::store::Table;

fn key_rows(party: &Party) -> usize {
    party.centre.replica.read(|view| Ok(view.range(Table::Authority, &[], &[], 100)?)).unwrap().len()
}

#[test]
fn a_refused_event_leaves_nothing_behind() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let mia = federation.enrol("GE/mia");
    federation.publish();
    let before = ge.disk.store.snapshot();
    let (one, two) = (&ge.two_roots()[..1], ge.two_roots());
    let foreign: Vec<_> = federation.ua.roots.iter().collect();
    let request = federation.request(&federation.identity("GE/customs"));
    let thief = federation.identity("GE/mia");
    let alone = federation.sign(Event::rotation(ge.centre.anchor(), 2, thief.public().clone()), &thief);
    let foreign_agency = {
        let stranger = federation.identity("UA/police");
        let names = vec![DisplayName::new("en", "Police").unwrap()];
        let enrol = Enrol::new(names, vec![], stranger.public().clone()).unwrap();
        federation.sign(Event::enrol(ge.centre.anchor(), enrol), &stranger)
    };
    let elsewhere = {
        let log = LogKey::generate(ge.centre.country(), &federation.world.random()).unwrap();
        let roots = ge.roots.iter().map(|root| root.public().clone()).collect();
        let witness = ge.centre.witness_public().unwrap();
        let keys = AuthorityKeys::new(ge.centre.country(), roots, 2, log.public().clone(), witness).unwrap();
        let signers: Vec<_> = ge.roots.iter().map(Signer::Root).chain([Signer::Log(&log)]).collect();
        Event::authority(ge.centre.anchor(), 1, keys).sign(&signers, &federation.world.random()).unwrap()
    };
    let unknown = revoke(&federation.identity("GE/customs"), t(0));
    for (what, expected, found) in [
        ("one root", "event-too-few-roots", refused(ge.centre.enrol(&request, one))),
        ("another country's", "event-signer-not-called-for", refused(ge.centre.enrol(&request, &foreign))),
        ("no roots", "event-too-few-roots", refused(ge.centre.admit(&request))),
        ("twice", "event-enrolled", refused(ge.centre.enrol(&federation.request(&thief), &two))),
        ("R4", "event-out-of-scope", refused(ge.centre.enrol(&foreign_agency, &two))),
        ("no enrolment", "wrong-ceremony", refused(ge.centre.enrol(&federation.epoch(&mia, 2, 1), &two))),
        ("no recovery", "wrong-ceremony", refused(ge.centre.recover(&request, &two))),
        ("R5 a gap", "event-serial", refused(ge.centre.admit(&federation.epoch(&mia, 3, 1)))),
        ("R5 an epoch's", "event-epoch", refused(ge.centre.admit(&federation.epoch(&mia, 2, 2)))),
        (
            "a thief's",
            "event-signer-not-called-for",
            refused(ge.centre.admit(&federation.epoch(&thief, 2, 1))),
        ),
        ("R6 alone", "event-signature-missing", refused(ge.centre.admit(&alone))),
        (
            "R4 another's genesis",
            "event-out-of-scope",
            refused(ge.centre.admit(federation.ua.centre.genesis())),
        ),
        ("keys elsewhere", "state", refused(ge.centre.admit(&elsewhere))),
        ("nobody", "event-not-enrolled", refused(ge.centre.withdraw(&agency("GE/none"), &two))),
        (
            "no roots revoke",
            "event-malformed",
            refused(ge.centre.revoke(mia.agency(), revoke(&mia, t(0)), &[])),
        ),
        ("no key of its", "state", refused(ge.centre.revoke(mia.agency(), unknown, &two))),
        ("nobody's key", "state", refused(ge.centre.revoke(&agency("GE/none"), unknown, &two))),
        ("a time to come", "state", refused(ge.centre.revoke(mia.agency(), revoke(&mia, t(DAY)), &two))),
    ] {
        assert_eq!(found, expected, "{what}");
        assert!(ge.centre.pending().unwrap().is_empty(), "{what}");
    }
    let rows = |store: &MemoryStore| {
        let mut rows = Vec::new();
        let mut read = |view: &dyn Rows| {
            rows = view.range(Table::Pending, &[], &[], 100)?;
            Ok(())
        };
        store.read(&mut read).unwrap();
        rows
    };
    assert_eq!(rows(&before), rows(&ge.disk.store));
}

#[test]
fn what_waits_for_publication_can_be_revoked() {
    let federation = Federation::published();
    let (ge, mia) = (&federation.ge, federation.identity("GE/mia"));
    ge.centre.enrol(&federation.request(&mia), &ge.two_roots()).unwrap();
    ge.centre.revoke(mia.agency(), revoke(&mia, t(0)), &ge.two_roots()).unwrap();
}

#[test]
fn an_agencys_vault_is_no_centres_though_it_has_a_countrys_name() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let storage = || Storage::new(store.clone(), anchor.clone());
    let key = || crate::Unlock::Key(Secret::new(|key| key.fill(1)));
    drop(crate::Agency::create(storage(), agency("GE"), key()).unwrap());
    let Err(Error::State(text)) = Centre::open(storage(), key()) else { panic!("it is no centre's") };
    assert_eq!(text, "the vault is an agency's: open it as one");
}

#[test]
fn roots_need_not_sit_together() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let request = federation.request(&federation.identity("GE/mia"));
    let first = request.countersign(&[Signer::Root(&ge.roots[2])], &federation.world.random()).unwrap();
    let event = ge.centre.enrol(&first, &[&ge.roots[2], &ge.roots[0]]).unwrap();
    assert_eq!(event.signers().count(), 3);
    federation.publish();
}

#[test]
fn a_withdrawn_agency_may_do_nothing_more() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let mia = federation.enrol("GE/mia");
    ge.centre.admit(&federation.epoch(&mia, 2, 1)).unwrap();
    // Behind what is pending, in its chain; and once, however often it is asked for.
    let event = ge.centre.withdraw(mia.agency(), &ge.two_roots()).unwrap();
    assert_eq!(event.event().serial(), 3);
    assert_eq!(ge.centre.withdraw(mia.agency(), &ge.two_roots()).unwrap().encode(), event.encode());
    assert_eq!(refused(ge.centre.admit(&federation.epoch(&mia, 4, 2))), "event-withdrawn");
    federation.publish();
    assert_eq!(refused(ge.centre.withdraw(mia.agency(), &ge.two_roots())), "event-withdrawn");
}

#[test]
fn r13_an_owner_revokes_from_when_it_is_logged() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let mia = federation.enrol("GE/mia");
    federation.publish();
    federation.world.wait(DAY);
    let own = Revoke::by_owner(*mia.id(), Reason::KeyCompromise);
    let event = federation.sign(Event::revoke(ge.centre.anchor(), mia.agency().clone(), own), &mia);
    ge.centre.admit(&event).unwrap();
    federation.publish();
    let rosters = federation.md.centre.replica.rosters();
    let revocation = rosters.roster(ge.centre.country()).unwrap().revocation(mia.id()).unwrap();
    assert_eq!(revocation.effective, federation.world.now());
}

#[test]
fn what_was_admitted_stays_admissible_however_long_it_waits() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let mia = federation.enrol("GE/mia");
    let epochs = [federation.epoch(&mia, 2, 1), federation.epoch(&mia, 3, 2)];
    for epoch in &epochs {
        ge.centre.admit(epoch).unwrap();
    }
    federation.publish();
    let revocation = |epoch: &SignedEvent| {
        let Content::Epoch(key) = epoch.event().content() else { panic!() };
        let own = Revoke::by_owner(*key.id(), Reason::Superseded);
        federation.sign(Event::revoke(ge.centre.anchor(), mia.agency().clone(), own), &mia)
    };
    // Signed by the log while the epoch lasts, and cosigned after it has ended.
    ge.centre.admit(&revocation(&epochs[0])).unwrap();
    ge.centre.publish().unwrap();
    federation.world.wait(20 * DAY);
    assert_eq!(federation.publish().new, 1);
    // What has no effect any more is not admitted anew ([ROS-62]).
    ge.centre.replica.forget_epochs().unwrap();
    assert_eq!(refused(ge.centre.admit(&revocation(&epochs[1]))), "event-not-its-key");
    federation.enrol("GE/customs");
    assert_eq!(federation.publish().new, 1);
}

#[test]
fn r14_a_recovery_wins_over_a_thief_who_races_it() {
    let federation = Federation::published();
    let ge = &federation.ge;
    let stolen = federation.enrol("GE/mia");
    federation.publish();
    let next = federation.identity("GE/mia");
    let request = |serial| {
        let event = Event::recovery(ge.centre.anchor(), serial, next.public().clone());
        federation.sign(event, &next)
    };
    // The thief is first, again and again.
    let thief = federation.identity("GE/mia");
    let event = Event::rotation(ge.centre.anchor(), 2, thief.public().clone());
    let signers = [Signer::Identity(&stolen), Signer::Identity(&thief)];
    ge.centre.admit(&event.sign(&signers, &federation.world.random()).unwrap()).unwrap();
    assert_eq!(refused(ge.centre.recover(&request(2), &ge.two_roots())), "event-serial");
    ge.centre.revoke(next.agency(), revoke(&thief, t(0)), &ge.two_roots()).unwrap();
    assert_eq!(refused(ge.centre.admit(&federation.epoch(&thief, 3, 1))), "event-no-identity");
    ge.centre.recover(&request(3), &ge.two_roots()).unwrap();
    assert_eq!(refused(ge.centre.admit(&federation.epoch(&thief, 4, 1))), "event-recovering");
    assert_eq!(refused(ge.centre.admit(&federation.epoch(&next, 4, 1))), "event-recovering");
    federation.publish();
    federation.world.wait(DELAY);
    federation.publish();
    ge.centre.admit(&federation.epoch(&next, 4, 1)).unwrap();
    federation.publish();
}

#[test]
fn new_log_and_witness_keys_take_over_and_the_old_ones_are_erased() {
    let mut federation = Federation::published();
    let all = Successors { roots: None, log: Renewal::Renew, witness: Renewal::Renew };
    let old_log = federation.ge.centre.log_signers(&[])[0].clone();
    let old_witness = federation.ge.centre.witness_public().unwrap();
    let roots: Vec<_> = federation.ge.roots.iter().collect();
    federation.ge.centre.authority(&all, &roots).unwrap();
    assert_eq!(refused(federation.ge.centre.authority(&all, &roots)), "state");
    assert_eq!(key_rows(&federation.ge), 4);
    federation.ge.reopen();
    assert_eq!(key_rows(&federation.ge), 4);
    federation.enrol("GE/mia");
    federation.publish();
    assert_eq!(key_rows(&federation.ge), 2);
    assert_ne!(federation.ge.centre.log_signers(&[]), std::slice::from_ref(&old_log));
    assert_ne!(federation.ge.centre.witness_public().unwrap(), old_witness);
    // The first checkpoint bears both pairs, the next one the new pair alone.
    assert!(note(&federation.md).verify_log(&old_log).is_ok());
    federation.publish();
    assert!(note(&federation.md).verify_log(&old_log).is_err());
    federation.ge.reopen();
    federation.publish();

    // What the new witness key cosigns counts for those who have seen the event.
    let proposal = federation.ua.centre.publish().unwrap();
    let note = federation.ge.centre.cosign(&proposal).unwrap();
    let collected = federation.ua.centre.collect(&note).unwrap();
    let Collected::Waiting { cosigned, .. } = collected else { panic!("{collected:?}") };
    assert_eq!(cosigned, [federation.ge.centre.country()]);
}

#[test]
fn new_roots_speak_and_the_old_ones_do_not() {
    let mut federation = Federation::published();
    let country = federation.ge.centre.country();
    let random = federation.world.random();
    let next: Vec<_> = (0..2).map(|_| RootKey::generate(country, &random).unwrap()).collect();
    let public: Vec<_> = next.iter().map(|root| root.public().clone()).collect();
    let successors = Successors { roots: Some((public, 1)), ..Successors::default() };
    let old = Arc::clone(&federation.ge.roots);
    let with = |roots: &[&RootKey]| federation.ge.centre.authority(&successors, roots).map(drop);
    assert_eq!(refused(with(&[&old[0], &next[0], &next[1]])), "event-too-few-roots");
    assert_eq!(refused(with(&[&old[0], &old[1], &next[0]])), "event-signature-missing");
    with(&[&old[0], &old[1], &next[0], &next[1]]).unwrap();
    federation.publish();
    let request = federation.request(&federation.identity("GE/mia"));
    let old: Vec<_> = old.iter().collect();
    assert_eq!(refused(federation.ge.centre.enrol(&request, &old)), "event-signer-not-called-for");
    federation.ge.roots = Arc::new(next);
    federation.ge.centre.enrol(&request, &[&federation.ge.roots[1]]).unwrap();
    federation.publish();
}

#[test]
fn before_the_first_publication_keys_do_not_change() {
    let federation = Federation::new();
    let roots: Vec<_> = federation.ge.roots.iter().collect();
    assert_eq!(refused(federation.ge.centre.authority(&Successors::default(), &roots)), "state");
}

#[test]
fn a_founding_outside_the_limits_leaves_the_storage_empty() {
    let world = World::default();
    let country: Country = "GE".parse().unwrap();
    let root = RootKey::generate(country, &world.random()).unwrap();
    let disk = Disk::default();
    let found = |roots: &[&RootKey], threshold, delay| {
        let founding = (roots, threshold, delay);
        Centre::found_with(disk.storage(), country, unlock(), founding, world.clock(), world.random_pair())
    };
    let foreign = RootKey::generate("UA".parse().unwrap(), &world.random()).unwrap();
    for (roots, threshold, delay) in [
        (vec![&root], 2, DELAY),
        (vec![&root], 0, DELAY),
        (vec![], 1, DELAY),
        (vec![&root], 1, 60),
        (vec![&root, &root], 1, DELAY),
        (vec![&foreign], 1, DELAY),
    ] {
        assert_eq!(refused(found(&roots, threshold, delay)), "draft");
    }
    found(&[&root], 1, DELAY).unwrap();
    assert_eq!(refused(found(&[&root], 1, DELAY)), "vault-exists");
}

mod root_files {
    use super::*;
    use crate::secret::SecretText;

    fn key(byte: u8) -> Unlock {
        Unlock::Key(Secret::new(|key| key.fill(byte)))
    }

    #[test]
    fn a_root_file_gives_its_key_to_its_passphrase_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root-1.vlec");
        let passphrase = |text: &str| Unlock::Passphrase(SecretText::new(text.into()));
        let made = RootFile::create(&path, "GE".parse().unwrap(), &passphrase("one of three")).unwrap();
        let read = RootFile::read(&path).unwrap();
        assert_eq!((read.country(), read.public()), (made.country(), made.public()));
        let root = read.open(&passphrase("one of three")).unwrap();
        assert_eq!(root.public(), made.public());
        assert_eq!(refused(read.open(&passphrase("two of three"))), "wrong-passphrase");
        assert_eq!(refused(read.open(&key(1))), "other-unlock");
        assert_eq!(refused(RootFile::create(&path, "GE".parse().unwrap(), &key(1))), "exists");
        assert_eq!(format!("{read:?}"), format!("RootFile(GE, {}…)", root.id().fingerprint()));
        let empty = RootFile::create(&folder.path().join("other"), "GE".parse().unwrap(), &passphrase(""));
        assert_eq!(refused(empty), "empty-passphrase");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_changed_byte_and_every_cut_of_a_root_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        RootFile::create(&path, "GE".parse().unwrap(), &key(1)).unwrap();
        let good = std::fs::read(&path).unwrap();
        assert_eq!(good.len(), 9 + 2 + 1984 + 1 + 24 + 64 + 16);
        let other = folder.path().join("other");
        let opens = |bytes: &[u8]| {
            std::fs::write(&other, bytes).unwrap();
            RootFile::read(&other).and_then(|file| file.open(&key(1))).is_ok()
        };
        assert!(opens(&good));
        for at in (0..12).chain((12..1990).step_by(97)).chain(1990..good.len()) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(!opens(&bad), "{at}");
        }
        for len in (0..good.len()).rev().step_by(67) {
            assert!(!opens(&good[..len]), "{len}");
        }
        assert!(!opens(&[&good[..], &[0]].concat()));
        assert!(!opens(&[&good[..], &[0; 4096]].concat()));
    }

    #[test]
    fn a_root_file_with_another_public_key_than_its_own_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        RootFile::create(&path, "GE".parse().unwrap(), &key(1)).unwrap();
        // Locked by one who knows the passphrase, so that every byte is vouched for.
        let mut bytes = std::fs::read(&path).unwrap()[..9 + 2 + 1984].to_vec();
        let seed = Secret::<64>::new(|seed| seed.fill(9));
        let random = seeded_random([9; 32]);
        let locked = crate::vault::header::lock(crate::label::ROOT_FILE, &bytes, &seed, &key(1), &random);
        bytes.extend(locked.unwrap());
        let other = folder.path().join("other");
        std::fs::write(&other, &bytes).unwrap();
        assert_eq!(refused(RootFile::read(&other).unwrap().open(&key(1))), "root-file");
    }

    #[test]
    fn l8_hostile_parameters_of_a_root_file_are_refused_before_any_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        RootFile::create(&path, "GE".parse().unwrap(), &key(1)).unwrap();
        let good = std::fs::read(&path).unwrap();
        let mut bad = good[..9 + 2 + 1984].to_vec();
        bad.push(1);
        [u32::MAX, 3, 4].iter().for_each(|n| bad.extend(n.to_be_bytes()));
        bad.extend([0; 16 + 24 + 64 + 16]);
        let other = folder.path().join("other");
        std::fs::write(&other, &bad).unwrap();
        let secret = Unlock::Passphrase(SecretText::new("x".into()));
        assert_eq!(refused(RootFile::read(&other).unwrap().open(&secret)), "hostile-parameters");
    }
}
