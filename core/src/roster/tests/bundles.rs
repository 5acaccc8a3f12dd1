//! Bundles: what is taken, under whose word, and what a forked log leaves behind.

use super::super::bundle::{BundleWriter, Entry, EntryKind, Header};
use super::super::import::Keep;
use super::super::leaf::Leaf;
use super::super::log;
use super::super::merkle::Tree;
use super::*;
use crate::keys::directory::{Directory, DirectoryError};
use crate::time::Times;

/// `GE` with its log, the three other countries as its witnesses, and what has been published.
struct Log {
    world: World,
    witnesses: Vec<World>,
    events: Vec<SignedEvent>,
    tree: Tree,
    sections: Vec<SignedCheckpoint>,
}

impl Log {
    fn new() -> Self {
        let (world, witnesses) = (World::new(), ["UA", "AZ", "MD"].map(|country| World::of(country, 1, 1)));
        let (events, tree) = (vec![world.genesis.clone()], Tree::default());
        Self { world, witnesses: witnesses.into(), events, tree, sections: Vec::new() }
    }

    fn policy(&self) -> Policy {
        let witnesses = self.witnesses.iter().map(|w| (w.anchor, w.witness.public().clone()));
        Policy::new(&witnesses.collect::<Vec<_>>(), 2).unwrap()
    }

    fn enrolled(identity: &str) -> (Self, Identity) {
        let mut log = Self::new();
        let identity = log.world.identity(identity);
        log.publish(0, 3);
        log.events.push(log.world.enrol(&identity));
        log.publish(10, 3);
        (log, identity)
    }

    fn leaves(&self) -> Tree {
        let mut tree = Tree::default();
        self.events.iter().for_each(|event| tree.push(&Leaf::of(event).encode()));
        tree
    }

    /// Signed by the log alone, over every event so far.
    fn checkpoint(&self, at: u64) -> SignedCheckpoint {
        let tree = self.leaves();
        let checkpoint = Checkpoint::new(self.world.anchor, tree.size(), tree.root()).unwrap();
        SignedCheckpoint::sign(checkpoint, &self.world.log, t(at), &self.world.random).unwrap()
    }

    fn cosigned(&self, at: u64, witnesses: usize) -> SignedCheckpoint {
        let mut checkpoint = self.checkpoint(at);
        for witness in self.witnesses.iter().take(witnesses) {
            checkpoint.cosign(&witness.anchor, &witness.witness, t(at), &self.world.random).unwrap();
        }
        checkpoint
    }

    fn publish(&mut self, at: u64, witnesses: usize) {
        let checkpoint = self.cosigned(at, witnesses);
        self.sections.push(checkpoint);
        self.tree = self.leaves();
    }

    /// What was published after the first `from` events.
    fn bundle(&self, from: u64) -> Vec<u8> {
        self.bundle_with(from, |_, event| Entry::event(event))
    }

    fn bundle_with(&self, from: u64, entry: impl Fn(u64, &SignedEvent) -> Entry) -> Vec<u8> {
        let header = Header { anchor: self.world.anchor, from: self.tree.peaks_at(from).unwrap() };
        let mut bundle = BundleWriter::new(Vec::new(), &header).unwrap();
        let mut next = from;
        let last = self.sections.len().saturating_sub(1);
        for (n, section) in self.sections.iter().enumerate() {
            let size = section.checkpoint().size();
            if size <= next && n < last {
                continue;
            }
            bundle.checkpoint(section).unwrap();
            for index in next..size {
                bundle.entry(&entry(index, &self.events[index as usize])).unwrap();
            }
            next = next.max(size);
        }
        bundle.finish()
    }

    fn peer(&self) -> Rosters {
        let mut rosters = Rosters::new(RosterPolicy::default());
        rosters.pin(self.world.anchor).unwrap();
        rosters.set_policy(self.world.country, self.policy()).unwrap();
        rosters
    }
}

fn import(rosters: &mut Rosters, bundle: &[u8], at: u64) -> Result<Imported, RosterError> {
    rosters.import(BundleReader::new(bundle)?, t(at))
}

fn code(rosters: &mut Rosters, bundle: &[u8], at: u64) -> &'static str {
    import(rosters, bundle, at).unwrap_err().code()
}

#[test]
fn a_bundle_gives_each_event_the_time_of_the_first_checkpoint_over_it() {
    let (log, identity) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    let imported = import(&mut peer, &log.bundle(0), 20).unwrap();
    let expected = Imported { country: log.world.country, size: 2, new: 2, as_of: t(10) };
    assert_eq!(imported, expected);
    let roster = peer.roster(log.world.country).unwrap();
    let agency = roster.agency(identity.agency()).unwrap();
    assert_eq!((agency.enrolled(), roster.as_of()), (t(10), t(10)));
    assert_eq!(roster.checkpoint().unwrap().checkpoint().size(), 2);
    // The same again brings nothing.
    assert_eq!(import(&mut peer, &log.bundle(0), 20).unwrap(), Imported { new: 0, ..expected });
}

#[test]
fn an_increment_brings_what_is_new_and_a_heartbeat_a_newer_view() {
    let (mut log, identity) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    import(&mut peer, &log.bundle(0), 20).unwrap();
    log.events.push(log.world.announce(2, &identity, &log.world.epoch_key(AGENCY, 1, 0)));
    log.publish(30, 2);
    assert_eq!(import(&mut peer, &log.bundle(2), 40).unwrap().new, 1);
    log.publish(50, 2);
    let imported = import(&mut peer, &log.bundle(3), 60).unwrap();
    assert_eq!((imported.new, imported.as_of), (0, t(50)));
    let mut late = log.peer();
    assert_eq!(code(&mut late, &log.bundle(3), 60), "roster-gap");
}

#[test]
fn r2_an_older_head_than_seen_is_rejected() {
    let (mut log, identity) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    let before = log.bundle(0);
    log.events.push(log.world.announce(2, &identity, &log.world.epoch_key(AGENCY, 1, 0)));
    log.publish(30, 2);
    import(&mut peer, &log.bundle(0), 40).unwrap();
    assert_eq!(code(&mut peer, &before, 40), "roster-smaller");
    log.sections.pop();
    log.publish(20, 2);
    assert_eq!(code(&mut peer, &log.bundle(3), 40), "roster-older");
}

#[test]
fn r2_a_head_older_than_policy_lets_nothing_be_sealed() {
    let (log, identity) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    import(&mut peer, &log.bundle(0), 20).unwrap();
    let week = RosterPolicy::default().max_age;
    let error = peer.address(&identity, &[identity.agency().clone()], t(10 + week + 1)).unwrap_err();
    assert_eq!(error.code(), "roster-stale");
}

#[test]
fn r15_cosignatures_that_are_still_to_come_are_told_with_both_times() {
    let mut log = Log::new();
    log.publish(1000, 3);
    let error = import(&mut log.peer(), &log.bundle(0), 20).unwrap_err().to_string();
    assert!(error.contains(&t(1000).to_string()) && error.contains(&t(320).to_string()), "{error}");
    log.publish(30, 1);
    let error = import(&mut log.peer(), &log.bundle(0), 40).unwrap_err().to_string();
    assert!(error.contains("too few witnesses"), "{error}");
}

#[test]
fn r15_too_few_or_future_cosignatures_give_no_time() {
    for (witnesses, at, now) in [(1, 10, 20), (0, 10, 20), (3, 1000, 20)] {
        let mut log = Log::new();
        log.publish(at, witnesses);
        assert_eq!(code(&mut log.peer(), &log.bundle(0), now), "checkpoint-no-quorum", "{witnesses} {at}");
    }
}

#[test]
fn r1_two_checkpoints_of_one_size_leave_a_proof_and_freeze_the_country() {
    let (mut log, identity) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    import(&mut peer, &log.bundle(0), 20).unwrap();
    // Another history from the first event on, cosigned as well.
    let honest = log.bundle(0);
    let other = log.world.identity("GE/ghost");
    log.events[1] = log.world.enrol(&other);
    log.sections.truncate(1);
    log.publish(10, 3);
    let error = import(&mut peer, &log.bundle(0), 20).unwrap_err();
    let RosterError::Fork(proof) = error else { panic!("{error:?}") };
    assert!(peer.frozen(log.world.country).is_some());

    // A third party that has seen one of the two takes the proof, after a way over the wire.
    let mut third = log.peer();
    import(&mut third, &honest, 20).unwrap();
    let proof = EquivocationProof::decode(&proof.encode()).unwrap();
    third.accuse(proof).unwrap();

    // No new key counts, revocations do.
    log.events[1] = log.world.enrol(&identity);
    log.events.push(log.world.announce(2, &identity, &log.world.epoch_key(AGENCY, 1, 0)));
    log.sections.truncate(1);
    log.publish(30, 3);
    assert_eq!(code(&mut third, &log.bundle(0), 40), "roster-frozen");
    let revoke = log.world.revoke_by_roots(AGENCY, identity.id(), t(5));
    third.hear(log.world.country, observed(&revoke, t(41))).unwrap();
    assert_eq!(third.sender(identity.agency(), identity.id(), t(42)).unwrap_err().code(), "revoked");
    // The freeze ends with a new ceremony only.
    assert!(third.pin(log.world.anchor).is_ok());
    assert!(third.frozen(log.world.country).is_some());
    third.repin(log.world.anchor);
    assert!(third.frozen(log.world.country).is_none());
}

/// A log that forks, at every place and in every order in which two peers can meet it.
#[test]
fn r1_checkpoints_without_consistency_leave_a_proof() {
    for (ours, theirs, common) in [(3, 5, 1), (5, 3, 1), (4, 5, 2), (5, 4, 3), (4, 4, 2)] {
        let grow = |log: &mut Log, name: &str, common: usize, size: usize| {
            log.events.truncate(common);
            while log.events.len() < size {
                let identity = log.world.identity(&format!("GE/{name}{}", log.events.len()));
                log.events.push(log.world.enrol(&identity));
            }
        };
        let mut log = Log::new();
        grow(&mut log, "common", 1, common);
        log.publish(0, 3);
        let start = log.sections.clone();
        grow(&mut log, "ours", common, ours);
        log.publish(10, 3);
        let mut peer = log.peer();
        import(&mut peer, &log.bundle(0), 20).unwrap();
        log.sections = start;
        grow(&mut log, "theirs", common, theirs);
        log.publish(10, 3);
        for from in [0, common as u64] {
            let mut peer = peer.clone();
            let error = import(&mut peer, &log.bundle(from), 20).unwrap_err();
            let RosterError::Fork(proof) = error else {
                panic!("{ours} {theirs} {common} {from}: {error:?}")
            };
            let mut third = peer.clone();
            third.repin(log.world.anchor);
            third.set_policy(log.world.country, log.policy()).unwrap();
            import(&mut third, &log.bundle(0), 20).unwrap();
            third.accuse(*proof).unwrap();
        }
        // An increment that begins past the fork shows the other tree by its peaks.
        if common + 1 < ours.min(theirs) {
            let error = import(&mut peer, &log.bundle(common as u64 + 1), 20).unwrap_err();
            assert_eq!(error.code(), "roster-fork", "{ours} {theirs} {common}");
        }
    }
}

/// Else anybody could have a verifier build a tree of whatever they send.
#[test]
fn r1_entries_under_a_checkpoint_that_the_log_has_not_signed_are_not_read() {
    let (log, _) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    import(&mut peer, &log.bundle(0), 20).unwrap();
    let stranger = &log.witnesses[0];
    let unsigned = Checkpoint::new(log.world.anchor, 1 << 40, [7; 32]).unwrap();
    let unsigned = SignedCheckpoint::sign(unsigned, &stranger.log, t(10), &log.world.random).unwrap();
    let other = Entry::event(&log.world.enrol(&log.world.identity("GE/ghost")));
    let header = Header { anchor: log.world.anchor, from: log.tree.peaks_at(1).unwrap() };
    let mut bundle = BundleWriter::new(Vec::new(), &header).unwrap();
    bundle.checkpoint(&unsigned).unwrap();
    bundle.entry(&other).unwrap();
    let mut bundle = bundle.finish();
    bundle.extend_from_slice(b"what is read no more need not be of any form");
    assert_eq!(code(&mut peer, &bundle, 20), "roster-differs");
}

#[test]
fn r11_what_proves_nothing_freezes_nobody() {
    let (log, _) = Log::enrolled(AGENCY);
    let mut peer = log.peer();
    import(&mut peer, &log.bundle(0), 20).unwrap();
    let [old, new] = [&log.sections[0], &log.sections[1]];
    let proof = |first: &SignedCheckpoint, second: &SignedCheckpoint, root, hashes| {
        EquivocationProof::new(first.clone(), second.clone(), root, hashes)
    };
    let consistency = log.tree.consistency(1, 2).unwrap();
    let good_root = *old.checkpoint().root();
    let unsigned = {
        let checkpoint = Checkpoint::new(log.world.anchor, 2, [7; 32]).unwrap();
        let stranger = &log.witnesses[0];
        SignedCheckpoint::sign(checkpoint, &stranger.log, t(1), &log.world.random).unwrap()
    };
    for (what, proof) in [
        ("one history", proof(old, new, good_root, consistency.clone())),
        ("one checkpoint twice", proof(new, new, *new.checkpoint().root(), vec![])),
        ("a root that follows from nothing", proof(old, new, [1; 32], consistency)),
        ("a log that never signed", proof(new, &unsigned, *new.checkpoint().root(), vec![])),
    ] {
        assert_eq!(peer.accuse(proof).unwrap_err().code(), "roster-no-equivocation", "{what}");
    }
    assert!(peer.frozen(log.world.country).is_none());

    // One sender's false heads hold up that sender's envelope.
    let head = peer.roster(log.world.country).unwrap().head();
    let heads = |size, root| [Head { size, root, ..head.clone() }];
    assert_eq!(peer.check_heads(std::slice::from_ref(&head)), Ok(()));
    assert_eq!(peer.check_heads(&heads(1, good_root)), Ok(()));
    let conflict = DirectoryError::RosterConflict { country: log.world.country, size: 2 };
    assert_eq!(peer.check_heads(&heads(2, [9; 32])), Err(conflict));
    let behind = DirectoryError::RosterBehind { country: log.world.country, size: 3 };
    assert_eq!(peer.check_heads(&heads(3, head.root)), Err(behind));
    let unknown = Head { origin: log.witnesses[0].anchor.to_string(), ..head };
    assert_eq!(peer.check_heads(&[unknown]), Ok(()));
    assert!(peer.frozen(log.world.country).is_none());
}

#[test]
fn r9_bytes_may_be_missing_only_of_an_epoch_that_has_ended() {
    let (mut log, identity) = Log::enrolled(AGENCY);
    let epochs = [log.world.epoch_key(AGENCY, 1, 0), log.world.epoch_key(AGENCY, 2, DAY)];
    log.events.push(log.world.announce(2, &identity, &epochs[0]));
    log.publish(20, 3);
    log.events.push(log.world.announce(3, &identity, &epochs[1]));
    // Revoked while it lasted: who has dropped its bytes takes that too.
    log.events.push(log.world.revoke(AGENCY, epochs[0].id(), &[Signer::Identity(&identity)]));
    log.publish(30, 3);
    let dropping = |log: &Log, places: &[u64]| {
        log.bundle_with(0, |index, event| match places.contains(&index) {
            true => Entry { kind: EntryKind::Leaf, bytes: Leaf::of(event).encode() },
            false => Entry::event(event),
        })
    };
    let day = |n: u64| n * DAY;
    assert_eq!(code(&mut log.peer(), &dropping(&log, &[2]), 40), "event-bytes-missing");
    // Past the end of the first epoch, not of the second.
    log.publish(day(8), 3);
    assert_eq!(code(&mut log.peer(), &dropping(&log, &[2, 3]), day(8)), "event-bytes-missing");
    assert_eq!(code(&mut log.peer(), &dropping(&log, &[1]), day(8)), "event-bytes-missing");
    let mut peer = log.peer();
    import(&mut peer, &dropping(&log, &[2]), day(8)).unwrap();
    let mut whole = log.peer();
    import(&mut whole, &log.bundle(0), day(8)).unwrap();
    for rosters in [&peer, &whole] {
        let roster = rosters.roster(log.world.country).unwrap();
        assert_eq!(roster.head().root, log.tree.root());
        assert_eq!(roster.agency(identity.agency()).unwrap().next_epoch(), EpochNumber(3));
    }
    // A dropped epoch yields no key, and both go on alike.
    assert_eq!(
        peer.roster(log.world.country).unwrap().agency(identity.agency()).unwrap().epochs().count(),
        1
    );
    let forgotten = whole.forgetting_epochs(log.world.country).unwrap();
    whole.commit(&forgotten).unwrap();
    let kept = whole.roster(log.world.country).unwrap().agency(identity.agency()).unwrap().epochs().count();
    assert_eq!(kept, 1);
    log.events.push(log.world.announce(4, &identity, &log.world.epoch_key(AGENCY, 3, day(8))));
    log.publish(day(8) + 10, 3);
    for rosters in [&mut peer, &mut whole] {
        assert_eq!(import(rosters, &log.bundle(5), day(8) + 10).unwrap().new, 1);
        assert!(rosters.address(&identity, &[identity.agency().clone()], t(day(8) + 20)).is_ok());
    }
}

#[test]
fn a_new_log_key_counts_under_a_checkpoint_that_both_have_signed() {
    let mut log = Log::new();
    log.publish(0, 3);
    let next = LogKey::generate(log.world.country, &log.world.random).unwrap();
    let keys = authority_keys(log.world.country, &log.world.roots, 2, &next, &log.world.witness);
    let event = Event::authority(&log.world.anchor, 1, keys);
    let mut signers = log.world.roots_and(&[Signer::Log(&next), Signer::Witness(&log.world.witness)]);
    signers.push(Signer::Root(&log.world.roots[2]));
    let event = log.world.sign(event, &signers);
    log.events.push(event.clone());
    assert_eq!(log::log_keys(Some(log.world.log.public()), &[event]).len(), 2);
    let before = log.peer();
    let try_with = |log: &mut Log, checkpoint: SignedCheckpoint| {
        let mut checkpoint = checkpoint;
        for witness in &log.witnesses {
            checkpoint.cosign(&witness.anchor, &witness.witness, t(10), &log.world.random).unwrap();
        }
        log.sections.truncate(1);
        log.sections.push(checkpoint);
        log.tree = log.leaves();
        import(&mut before.clone(), &log.bundle(0), 20)
    };
    let old_only = log.checkpoint(10);
    let error = try_with(&mut log, old_only.clone()).unwrap_err();
    assert_eq!(error.code(), "checkpoint-log-signature-missing");
    let new_only = SignedCheckpoint::sign(*old_only.checkpoint(), &next, t(10), &log.world.random).unwrap();
    let error = try_with(&mut log, new_only).unwrap_err();
    assert_eq!(error.code(), "checkpoint-log-signature-missing");
    let both = old_only.countersign(&next, t(10), &log.world.random).unwrap();
    assert_eq!(try_with(&mut log, both).unwrap().size, 2);
}

#[test]
fn a_witness_cosigns_what_continues_its_last_and_is_verified() {
    let (mut log, identity) = Log::enrolled(AGENCY);
    let mut witness = log.peer();
    import(&mut witness, &log.bundle(0), 20).unwrap();
    let epoch = log.world.announce(2, &identity, &log.world.epoch_key(AGENCY, 1, 0));
    let pending = [epoch.clone()];
    let propose = |witness: &Rosters, log: &Log, pending: &[SignedEvent]| {
        let checkpoint = witness.propose(log.world.anchor, pending).unwrap();
        let signed = SignedCheckpoint::sign(checkpoint, &log.world.log, t(30), &log.world.random).unwrap();
        (witness.proposal(pending, &signed).unwrap(), signed)
    };
    let (proposal, signed) = propose(&witness, &log, &pending);
    let examine = |witness: &mut Rosters, proposal: &[u8], last: Option<&SignedCheckpoint>| {
        let examined = witness.examine(BundleReader::new(proposal).unwrap(), Times::at(t(31)), last);
        examined.map(|proposed| proposed.checkpoint)
    };
    let before = witness.roster(log.world.country).unwrap().dump();
    assert_eq!(examine(&mut witness, &proposal, None).unwrap(), signed);
    assert_eq!(examine(&mut witness, &proposal, Some(&log.sections[1])).unwrap(), signed);
    // It is no view to seal by.
    assert_eq!(code(&mut witness, &proposal, 31), "checkpoint-no-quorum");
    assert_eq!(witness.roster(log.world.country).unwrap().dump(), before);

    // Another proposal of the same size, after this one was cosigned.
    let other = log.world.enrol(&log.world.identity("GE/other"));
    let (fork, _) = propose(&witness, &log, &[other]);
    let error = examine(&mut witness, &fork, Some(&signed)).unwrap_err();
    let RosterError::Fork(proof) = error else { panic!("{error:?}") };
    witness.clone().accuse(*proof).unwrap();

    // What breaks a rule is not cosigned.
    let stolen = log.world.announce(3, &identity, &log.world.epoch_key(AGENCY, 2, 0));
    let (bad, _) = propose(&witness, &log, &[stolen]);
    assert_eq!(examine(&mut witness, &bad, None).unwrap_err().code(), "event-serial");
    // Nor what a quorum has cosigned already.
    log.events.extend(pending);
    log.publish(40, 3);
    let error = examine(&mut witness, &log.bundle(0), None).unwrap_err();
    assert_eq!(error.code(), "roster-nothing-proposed");
}

#[test]
fn a_log_admits_what_its_rules_allow_after_what_is_pending() {
    let (log, identity) = Log::enrolled(AGENCY);
    let mut own = log.peer();
    let country = log.world.country;
    // From the first event on, before anything has been published.
    let enrol = &log.events[1];
    assert!(own.admissible(country, &[], &log.world.genesis, t(0)).is_ok());
    assert!(own.admissible(country, std::slice::from_ref(&log.world.genesis), enrol, t(0)).is_ok());
    assert_eq!(own.admissible(country, &[], enrol, t(0)).unwrap_err().code(), "event-not-the-anchor");
    import(&mut own, &log.bundle(0), 20).unwrap();
    let epochs = [log.world.epoch_key(AGENCY, 1, 0), log.world.epoch_key(AGENCY, 2, DAY)];
    let first = log.world.announce(2, &identity, &epochs[0]);
    let second = log.world.announce(3, &identity, &epochs[1]);
    assert_eq!(own.admissible(country, &[], &second, t(30)).unwrap_err().code(), "event-serial");
    let before = own.roster(country).unwrap().dump();
    own.admissible(country, std::slice::from_ref(&first), &second, t(30)).unwrap();
    let forged = log.world.announce(3, &log.world.identity(AGENCY), &epochs[1]);
    assert!(own.admissible(country, &[first], &forged, t(30)).is_err());
    assert_eq!(own.roster(country).unwrap().dump(), before);
}

#[test]
fn an_import_that_is_not_committed_changes_nothing() {
    let (log, _) = Log::enrolled(AGENCY);
    let peer = log.peer();
    let bundle = log.bundle(0);
    let reader = || BundleReader::new(&*bundle).unwrap();
    let staged = peer.stage(&mut reader(), Times::at(t(20))).unwrap();
    assert!(peer.roster(log.world.country).is_none());
    let mut kept = Vec::new();
    let replayed = staged.replay(&mut reader(), |keep| {
        kept.push(match keep {
            Keep::Section(checkpoint, at) => (checkpoint.checkpoint().size(), at.unix()),
            Keep::Entry(index, _) => (index, 0),
        });
        Ok::<_, RosterError>(())
    });
    replayed.unwrap();
    assert_eq!(kept, [(1, t(0).unix()), (0, 0), (2, t(10).unix()), (1, 0)]);
    let view = staged.view().map(|(checkpoint, as_of)| (checkpoint.checkpoint().size(), as_of));
    assert_eq!(view, Some((2, t(10))));
    let shorter = log.bundle(1);
    let other = staged.replay(&mut BundleReader::new(&*shorter).unwrap(), |_| Ok::<_, RosterError>(()));
    assert_eq!(other.unwrap_err().code(), "event-malformed");
}

/// What has changed meanwhile is not overwritten: the bundle is verified again.
#[test]
fn r20_an_import_counts_only_where_nothing_has_changed_since() {
    let (log, _) = Log::enrolled(AGENCY);
    let bundle = log.bundle(0);
    let peer = log.peer();
    let staged = peer.stage(&mut BundleReader::new(&*bundle).unwrap(), Times::at(t(20))).unwrap();
    let three = log.witnesses.iter().map(|w| (w.anchor, w.witness.public().clone()));
    let stricter = Policy::new(&three.collect::<Vec<_>>(), 3).unwrap();
    let changes: [&dyn Fn(&mut Rosters); 3] = [
        &|rosters| rosters.repin(log.world.anchor),
        &|rosters| rosters.set_policy(log.world.country, stricter.clone()).unwrap(),
        &|rosters| {
            import(rosters, &bundle, 20).unwrap();
        },
    ];
    for change in changes {
        let mut changed = peer.clone();
        change(&mut changed);
        assert!(!changed.is_current(&staged));
        assert!(changed.commit(&staged).is_err());
    }
    let mut same = peer.clone();
    same.commit(&staged).unwrap();
    assert_eq!(same.roster(log.world.country).unwrap().size(), 2);
}

#[test]
fn r20_of_one_size_two_checkpoints_are_taken() {
    let (log, _) = Log::enrolled(AGENCY);
    let mut bundle = log.bundle(0);
    let newer = |at: u64| {
        let note = log.cosigned(at, 2).encode();
        [&[2][..], &(note.len() as u32).to_be_bytes(), note.as_bytes()].concat()
    };
    bundle.extend(newer(12));
    assert_eq!(import(&mut log.peer(), &bundle, 20).unwrap().as_of, t(12));
    bundle.extend(newer(14));
    assert_eq!(code(&mut log.peer(), &bundle, 20), "event-malformed");
}

#[test]
fn d1_every_cut_and_every_changed_byte_of_a_bundle_is_an_error() {
    let mut log = Log::new();
    // Every line is needed: a third witness, or a checkpoint before the last, would be passed over.
    log.events.push(log.world.enrol(&log.world.identity(AGENCY)));
    log.publish(10, 2);
    let bundle = log.bundle(0);
    let peer = log.peer();
    let take = |bytes: &[u8]| import(&mut peer.clone(), bytes, 20).is_ok();
    assert!(take(&bundle));
    let header_and_first = 5 + bundle[4] as usize;
    for len in (0..header_and_first).chain((header_and_first..bundle.len()).step_by(53)) {
        let whole_section = BundleReader::new(&bundle[..len]).is_ok() && take(&bundle[..len]);
        assert!(!whole_section, "{len}");
    }
    for at in (0..header_and_first).chain((header_and_first..bundle.len()).step_by(29)) {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        assert!(!take(&changed), "{at}");
    }
    let mut long = vec![2, 0xff, 0xff, 0xff, 0xff];
    long.splice(0..0, bundle[..header_and_first].iter().copied());
    assert_eq!(code(&mut peer.clone(), &long, 20), "event-malformed");
}
