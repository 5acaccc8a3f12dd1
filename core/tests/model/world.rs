//! Four countries, founded once: every schedule begins with copies of their stores.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use vlec::event::{DisplayName, Enrol};
use vlec::hazmat::world::seed;
use vlec::hazmat::{self, centre};
use vlec::{
    AgencyId, Centre, Collected, Country, Epoch, EpochNumber, Event, Identity, KeyId, MemoryAnchor,
    MemoryStore, Random, RootKey, Secret, SignedEvent, Signer, Storage, Timestamp, TrustAnchor, Unlock,
    Window,
};

use crate::oracle::{Cosigned, Oracle};
use crate::wire::sha256;

pub const COUNTRIES: [&str; 4] = ["GE", "UA", "AZ", "MD"];
pub const START: u64 = 1_900_000_000;
pub const HOUR: u64 = 3600;
pub const DAY: u64 = 86400;
pub const RECOVERY_DELAY: u64 = 3 * DAY;

/// Everybody's secrets, and the stores after the first publication.
pub struct World {
    pub anchors: Vec<TrustAnchor>,
    pub roots: Vec<Vec<RootKey>>,
    pub identities: Vec<Arc<Identity>>,
    pub stores: Vec<(MemoryStore, MemoryAnchor)>,
    signed: Vec<([u8; 32], Vec<KeyId>)>,
    proposals: Vec<Vec<u8>>,
}

pub fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(7)))
}

pub fn random(name: &str) -> Random {
    hazmat::seeded_random(*seed::<32>(name).expose())
}

pub fn time(seconds: u64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

pub fn open(
    (store, anchor): &(MemoryStore, MemoryAnchor),
    clock: &Arc<AtomicU64>,
    name: &str,
) -> Result<Centre, vlec::Error> {
    let clock = Arc::clone(clock);
    let clock = hazmat::injected_clock(move || time(clock.load(Ordering::Relaxed)));
    let random = [random(&format!("{name} vault")), random(name)];
    centre::open_with(Storage::new(store.clone(), anchor.clone()), unlock(), clock, random)
}

pub fn enrolment(anchor: &TrustAnchor, identity: &Identity) -> Event {
    let name = DisplayName::new("en", identity.agency().as_str()).unwrap();
    Event::enrol(anchor, Enrol::new(vec![name], Vec::new(), identity.public().clone()).unwrap())
}

/// An epoch that is sealed to from an hour ago on.
pub fn epoch(agency: &AgencyId, number: u64, now: u64, days: u64, name: &str) -> Epoch {
    let (from, until) = (now - HOUR, now + days * DAY);
    let window = Window::new(time(from), time(until), time(until + 7 * DAY)).unwrap();
    hazmat::epoch(agency.clone(), EpochNumber(number), window, &seed(&format!("{name} {agency} {number}")))
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::found)
}

impl World {
    fn found() -> Self {
        let clock = Arc::new(AtomicU64::new(START));
        let (mut anchors, mut all_roots, mut identities) = (Vec::new(), Vec::new(), Vec::new());
        let (mut stores, mut centres, mut signed) = (Vec::new(), Vec::new(), Vec::new());
        for name in COUNTRIES {
            let country: Country = name.parse().unwrap();
            let key = |n| {
                let [root, log, witness] = [n, "log", "witness"].map(|n| seed::<64>(&format!("{name} {n}")));
                hazmat::authority_keys(country, &root, &log, &witness).0
            };
            let roots: Vec<RootKey> = ["1", "2", "3"].map(key).into();
            let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
            let now = Arc::clone(&clock);
            let now = hazmat::injected_clock(move || time(now.load(Ordering::Relaxed)));
            let storage = Storage::new(store.clone(), anchor.clone());
            let random = [random(&format!("{name} vault")), random(name)];
            let authority = (&roots.iter().collect::<Vec<_>>()[..], 2, RECOVERY_DELAY);
            let centre = centre::found_with(storage, country, unlock(), authority, now, random).unwrap();
            anchors.push(*centre.anchor());
            all_roots.push(roots);
            stores.push((store, anchor));
            centres.push(centre);
        }
        for a in &centres {
            for b in &centres {
                a.pin(b.genesis(), b.anchor()).unwrap();
            }
        }
        let mut note = |event: &SignedEvent| {
            signed.push((sha256(&[event.body()]), event.signers().copied().collect()));
        };
        let random = random("model");
        for (centre, roots) in centres.iter().zip(&all_roots) {
            note(centre.genesis());
            for office in ["police", "customs"] {
                let agency: AgencyId = format!("{}/{office}", centre.country()).parse().unwrap();
                let identity = hazmat::identity(agency.clone(), &seed(&format!("{agency} identity")));
                let request = enrolment(centre.anchor(), &identity);
                let request = request.sign(&[Signer::Identity(&identity)], &random).unwrap();
                note(&centre.enrol(&request, &[&roots[0], &roots[1]]).unwrap());
                let key = epoch(&agency, 1, START, 11, "model");
                let event = Event::epoch(centre.anchor(), 2, key.public().clone()).unwrap();
                let event = event.sign(&[Signer::Identity(&identity)], &random).unwrap();
                centre.admit(&event).unwrap();
                note(&event);
                identities.push(Arc::new(identity));
            }
        }
        let mut proposals = Vec::new();
        for log in &centres {
            let proposal = log.publish().unwrap();
            for witness in centres.iter().filter(|witness| witness.country() != log.country()) {
                let collected = log.collect(&witness.cosign(&proposal).unwrap()).unwrap();
                drop::<Collected>(collected);
            }
            let mut bundle = Vec::new();
            log.export(log.country(), 0, &mut bundle).unwrap();
            for peer in centres.iter().filter(|peer| peer.country() != log.country()) {
                peer.import(&bundle[..]).unwrap();
            }
            proposals.push(proposal);
        }
        drop(centres);
        Self { anchors, roots: all_roots, identities, stores, signed, proposals }
    }

    /// What is true when a schedule begins.
    pub fn oracle(&self) -> Oracle {
        let mut oracle = Oracle::default();
        for (body, keys) in &self.signed {
            oracle.signed.insert(*body, keys.iter().copied().collect());
        }
        for (country, proposal) in self.proposals.iter().enumerate() {
            let head = oracle.learn(country, proposal).unwrap();
            oracle.of_log.insert(head, START);
            let others = (0..4).filter(|witness| *witness != country);
            let cosigned = others.map(|witness| Cosigned { witness, at: START }).collect();
            oracle.cosigned.insert(head, cosigned);
            let _: Rc<_> = Rc::clone(&oracle.trees[&head]);
        }
        oracle
    }
}
