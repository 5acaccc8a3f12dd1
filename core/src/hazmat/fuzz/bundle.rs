//! Bundles, taken by a party that has pinned the world's countries.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::OnceLock;

use super::world;
use crate::error::Error;
use crate::hazmat::seeded_random;
use crate::ids::Country;
use crate::keys::directory::Head;
use crate::replica::{Replica, Storage};
use crate::roster::bundle::{BundleReader, BundleWriter, Entry, EntryKind, Item};
use crate::roster::event::SignedEvent;
use crate::roster::leaf::Leaf;
use crate::roster::merkle::Peaks;
use crate::roster::{Checkpoint, EquivocationProof, Imported, RosterError, Rosters, SignedCheckpoint};
use crate::secret::Secret;
use crate::time::{Clock, Timestamp};
use crate::vault::Unlock;
use crate::vault::anchor::MemoryAnchor;
use crate::vault::memory::MemoryStore;

/// Signing costs more than reading: so much of a bundle is signed anew.
const MAX_SECTIONS: usize = 3;
const MAX_ENTRIES: usize = 24;

/// A bundle as it came; and its entries as logs and witnesses would have it that sign anything. One
/// party holds nothing, one the beginning of a log.
pub fn bundle(data: &[u8]) {
    let signed = signed_anew(data);
    for start in starts() {
        take(start, data);
        signed.iter().for_each(|signed| take(start, signed));
    }
}

/// A party as its vault was left.
struct Start {
    store: MemoryStore,
    anchor: MemoryAnchor,
    rosters: Rosters,
}

/// What is held: for each country its head and the time of the view.
type Views = BTreeMap<Country, (Head, Timestamp)>;

/// What a bundle says, read without judging it.
struct Said {
    size: u64,
    root: [u8; 32],
    checkpoints: Vec<SignedCheckpoint>,
}

/// A bundle is taken whole or leaves no trace; what is taken is what it says, under the signatures of
/// the log and of a quorum; and it is then in the vault too. Another time it brings nothing.
fn take(start: &Start, data: &[u8]) {
    let Ok(reader) = BundleReader::new(data) else { return };
    let (country, before) = (reader.anchor().country(), views(&start.rosters));
    let mut rosters = start.rosters.clone();
    let outcome = rosters.import(reader, now());
    let after = views(&rosters);
    match &outcome {
        Ok(imported) => {
            assert_taken(&rosters, &before, imported, &read(data).expect("it was read before"));
            let again = rosters.import(BundleReader::new(data).expect("it was read before"), now());
            assert!(again.map_or_else(|error| error.code() == "roster-older", |again| again.new == 0));
            assert_eq!(views(&rosters), after);
        }
        Err(error) => {
            assert_eq!(after, before);
            assert_frozen(start, &rosters, country, error);
        }
    }
    if matches!(outcome, Ok(_) | Err(RosterError::Fork(_))) {
        assert_kept(start, data, &rosters, outcome);
    }
}

fn assert_taken(rosters: &Rosters, before: &Views, imported: &Imported, said: &Said) {
    let country = imported.country;
    let roster = rosters.roster(country).expect("it was taken");
    let (head, held) = (roster.head(), before.get(&country).map_or(0, |(head, _)| head.size));
    assert_eq!((head.size, head.root), (said.size, said.root));
    assert_eq!((imported.size, imported.new), (said.size, said.size - held));
    assert_eq!(imported.as_of, roster.as_of());
    let others = |views: &Views| views.iter().filter(|(other, _)| **other != country).count();
    assert_eq!(others(&views(rosters)), others(before));
    // Who stands for it, asked once more.
    let policy = rosters.policy(country).expect("it is pinned");
    let stands = |checkpoint: &&SignedCheckpoint| {
        let text = checkpoint.checkpoint();
        (text.size(), text.root()) == (said.size, &said.root)
            && checkpoint.verify_log(roster.authority().keys().log()).is_ok()
            && checkpoint.time(policy, now().plus(crate::time::MAX_SKEW)).is_ok()
    };
    assert!(said.checkpoints.iter().any(|checkpoint| stands(&checkpoint)));
    assert!(roster.checkpoint().is_some_and(|checkpoint| stands(&checkpoint)));
}

/// Only a proof freezes, and it convinces everybody who holds the same.
fn assert_frozen(start: &Start, rosters: &Rosters, country: Country, error: &RosterError) {
    let RosterError::Fork(proof) = error else {
        assert!(rosters.frozen(country).is_none());
        return;
    };
    assert_eq!(rosters.frozen(country), Some(&**proof));
    let read = EquivocationProof::decode(&proof.encode()).expect("others read it");
    start.rosters.clone().accuse(read).expect("it convinces others");
}

/// The vault has come to the same, before and after it was closed; and hands on what it took.
fn assert_kept(start: &Start, data: &[u8], rosters: &Rosters, outcome: Result<Imported, RosterError>) {
    let (store, anchor) = (start.store.snapshot(), start.anchor.snapshot());
    let replica = open(&store, &anchor);
    let reader = BundleReader::new(Cursor::new(data)).expect("it was read before");
    let country = reader.anchor().country();
    let kept = replica.import(reader);
    let code = |error: Error| error.code();
    assert_eq!(kept.map_err(code), outcome.map_err(|error| error.code()));
    assert_eq!(views(&replica.rosters()), views(rosters));
    drop(replica);
    let replica = open(&store, &anchor);
    assert_eq!(views(&replica.rosters()), views(rosters));
    assert_eq!(replica.rosters().frozen(country), rosters.frozen(country));
    let Some(roster) = rosters.roster(country) else { return };
    let mut handed_on = Vec::new();
    replica.export(country, 0, &mut handed_on).expect("it is held");
    let mut others = starts()[0].rosters.clone();
    let taken = others.import(BundleReader::new(&*handed_on).expect("it is a bundle"), now());
    assert!(taken.is_ok(), "{taken:?}");
    assert_eq!(others.roster(country).map(|other| other.head()), Some(roster.head()));
}

fn views(rosters: &Rosters) -> Views {
    rosters.iter().map(|roster| (roster.country(), (roster.head(), roster.as_of()))).collect()
}

/// The time of the vectors: a little after that of the world.
fn now() -> Timestamp {
    Timestamp::from_unix(world().now.unix() + 600).expect("the time is small")
}

fn read(data: &[u8]) -> Option<Said> {
    let mut reader = BundleReader::new(data).ok()?;
    let (mut tree, mut checkpoints) = (reader.header().from.clone(), Vec::new());
    while let Some(item) = reader.next().ok()? {
        match item {
            Item::Checkpoint(checkpoint) => checkpoints.push(checkpoint),
            Item::Entry(entry) => tree.push(&leaf(&entry)?),
        }
    }
    Some(Said { size: tree.size(), root: tree.root(), checkpoints })
}

fn leaf(entry: &Entry) -> Option<Vec<u8>> {
    Some(match entry.kind {
        EntryKind::Event => Leaf::of(&SignedEvent::decode(&entry.bytes).ok()?).encode(),
        EntryKind::Leaf => Leaf::decode(&entry.bytes).ok()?.encode(),
    })
}

/// The same entries under checkpoints that say what they are, signed by the log and all the others.
fn signed_anew(data: &[u8]) -> Option<Vec<u8>> {
    let mut reader = BundleReader::new(data).ok()?;
    let mut sections: Vec<Vec<Entry>> = Vec::new();
    while let Ok(Some(item)) = reader.next() {
        match item {
            Item::Checkpoint(_) => sections.push(Vec::new()),
            Item::Entry(entry) => sections.last_mut()?.push(entry),
        }
        let entries: usize = sections.iter().map(Vec::len).sum();
        if sections.len() > MAX_SECTIONS || entries > MAX_ENTRIES {
            return None;
        }
    }
    let header = reader.header();
    let mut tree = header.from.clone();
    let mut bundle = BundleWriter::new(Vec::new(), header).ok()?;
    for (minute, entries) in (0..).zip(&sections) {
        for entry in entries {
            tree.push(&leaf(entry)?);
        }
        let at = Timestamp::from_unix(world().now.unix() + 300 + 60 * minute)?;
        bundle.checkpoint(&sign(reader.anchor().country(), &tree, at)?).ok()?;
        entries.iter().try_for_each(|entry| bundle.entry(entry)).ok()?;
    }
    Some(bundle.finish())
}

fn sign(country: Country, tree: &Peaks, at: Timestamp) -> Option<SignedCheckpoint> {
    let world = world();
    let authority = world.countries.get(&country)?;
    let text = Checkpoint::new(authority.anchor, tree.size(), tree.root()).ok()?;
    let mut signed = SignedCheckpoint::sign(text, &authority.log, at, &world.random).ok()?;
    for (_, other) in world.countries.iter().filter(|(other, _)| **other != country) {
        signed.cosign(&other.anchor, &other.witness, at, &world.random).ok()?;
    }
    Some(signed)
}

/// One that holds nothing, and one that holds the world's log of GE.
fn starts() -> &'static [Start; 2] {
    static STARTS: OnceLock<[Start; 2]> = OnceLock::new();
    STARTS.get_or_init(|| {
        let nothing = pinned();
        let (store, anchor) = (nothing.store.snapshot(), nothing.anchor.snapshot());
        let replica = open(&store, &anchor);
        let ge: Country = "GE".parse().expect("GE");
        let events = &world().countries.get(&ge).expect("GE").events;
        let sections = [(events.len(), world().now)];
        let honest = world().bundle(ge, events, 0, &sections).expect("the bundle is made");
        replica.import(BundleReader::new(Cursor::new(&*honest)).expect("a bundle")).expect("it is taken");
        let rosters = replica.rosters().clone();
        [nothing, Start { store, anchor, rosters }]
    })
}

/// All countries pinned, of each of which two of the others must have cosigned.
fn pinned() -> Start {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let storage = Storage::new(store.clone(), anchor.clone());
    let owner = "AZ/mia/crime".parse().expect("an agency");
    let replica = Replica::create(storage, owner, unlock(), clock(), random()).expect("it is made");
    for authority in world().countries.values() {
        let genesis = authority.events.first().expect("a genesis");
        replica.pin(genesis, &authority.anchor).expect("it is pinned");
    }
    let rosters = replica.rosters().clone();
    Start { store, anchor, rosters }
}

fn open(store: &MemoryStore, anchor: &MemoryAnchor) -> Replica {
    let storage = Storage::new(store.clone(), anchor.clone());
    Replica::open(storage, unlock(), clock(), random()).expect("it opens")
}

fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(7)))
}

fn clock() -> Clock {
    Clock::injected(now)
}

fn random() -> [crate::random::Random; 2] {
    [seeded_random([1; 32]), seeded_random([2; 32])]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest(country: &str, sections: &[usize]) -> Vec<u8> {
        let country: Country = country.parse().unwrap();
        let events = &world().countries[&country].events;
        let at = |(minute, size): (u64, &usize)| {
            (*size, Timestamp::from_unix(world().now.unix() + 60 * minute).unwrap())
        };
        let sections: Vec<_> = (1..).zip(sections).map(at).collect();
        world().bundle(country, events, 0, &sections).unwrap()
    }

    #[test]
    fn bundles_of_the_world_hold() {
        for data in [honest("GE", &[5]), honest("GE", &[1, 3, 5]), honest("UA", &[2, 5])] {
            for start in starts() {
                let mut rosters = start.rosters.clone();
                assert!(rosters.import(BundleReader::new(&*data).unwrap(), now()).is_ok());
            }
            bundle(&data);
        }
    }

    #[test]
    fn a_log_that_signs_two_histories_is_frozen_in_the_vault_too() {
        let ge: Country = "GE".parse().unwrap();
        let mut events = world().countries[&ge].events.clone();
        events.swap(3, 4);
        let sections = [(events.len(), world().now)];
        let forked = world().bundle(ge, &events, 0, &sections).unwrap();
        let mut rosters = starts()[1].rosters.clone();
        let outcome = rosters.import(BundleReader::new(&*forked).unwrap(), now());
        assert!(matches!(outcome, Err(RosterError::Fork(_))));
        bundle(&forked);
    }

    #[test]
    fn entries_that_nobody_signed_are_signed_here() {
        let data = honest("GE", &[5]);
        let signed = signed_anew(&data).unwrap();
        assert_ne!(signed, data);
        let mut rosters = starts()[0].rosters.clone();
        assert!(rosters.import(BundleReader::new(&*signed).unwrap(), now()).is_ok());
    }
}
