//! Tests of a centre among others, by theme; each names the line of the attack catalogue it covers.

mod ceremonies;
mod faults;
mod forks;
mod load;
mod publish;
mod restored;
mod threads;
mod times;
mod witnesses;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::*;
use crate::hazmat::seeded_random;
use crate::ids::{AgencyId, EpochNumber};
use crate::keys::Signer;
use crate::keys::authority::RootKey;
use crate::keys::epoch::{Epoch, Window};
use crate::keys::identity::Identity;
use crate::random::Random;
use crate::replica::Storage;
use crate::roster::SignedCheckpoint;
use crate::roster::event::{DisplayName, Enrol, Event, Reason, Revoke};
use crate::secret::Secret;
use crate::time::{Clock, Timestamp};
use crate::vault::anchor::MemoryAnchor;
use crate::vault::memory::MemoryStore;
use crate::vault::store::{Rows, RowsMut, Store, StoreError};

pub(super) const DAY: u64 = 86400;
pub(super) const DELAY: u64 = 3 * DAY;

pub(super) fn t(seconds: u64) -> Timestamp {
    Timestamp::from_unix(1_900_000_000).unwrap().plus(seconds)
}

/// What all centres of a test share.
#[derive(Clone, Default)]
pub(super) struct World {
    seconds: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

/// Runs when the clock is asked the next time but so many: what another thread does between two steps.
pub(super) struct Meanwhile {
    pub(super) left: u64,
    pub(super) run: Box<dyn FnOnce() + Send>,
}

impl World {
    /// It is `seconds` later.
    pub(super) fn wait(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// It was set `seconds` ahead.
    pub(super) fn go_back(&self, seconds: u64) {
        self.seconds.fetch_sub(seconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        t(self.seconds.load(Ordering::SeqCst))
    }

    fn clock(&self) -> Clock {
        let this = self.clone();
        Clock::injected(move || {
            let due = {
                let mut meanwhile = this.meanwhile.lock().unwrap();
                match &mut *meanwhile {
                    Some(Meanwhile { left: 0, .. }) => meanwhile.take(),
                    Some(waiting) => {
                        waiting.left -= 1;
                        None
                    }
                    None => None,
                }
            };
            if let Some(due) = due {
                (due.run)();
            }
            this.now()
        })
    }

    /// Something happens when the clock is asked the next time but `left`, if it is asked so often in `work`.
    pub(super) fn meanwhile<T>(
        &self,
        left: u64,
        run: impl FnOnce() + Send + 'static,
        work: impl FnOnce() -> T,
    ) -> (T, bool) {
        *self.meanwhile.lock().unwrap() = Some(Meanwhile { left, run: Box::new(run) });
        let done = work();
        let happened = self.meanwhile.lock().unwrap().take().is_none();
        (done, happened)
    }

    /// A source of its own every time.
    pub(super) fn random(&self) -> Random {
        let n = self.drawn.fetch_add(1, Ordering::SeqCst);
        let mut seed = [0x5e; 32];
        seed[..8].copy_from_slice(&n.to_be_bytes());
        seeded_random(seed)
    }

    fn random_pair(&self) -> [Random; 2] {
        [self.random(), self.random()]
    }
}

/// A centre with the disk it lives on, and its roots.
pub(super) struct Party {
    pub(super) world: World,
    pub(super) disk: Disk,
    pub(super) roots: Arc<Vec<RootKey>>,
    pub(super) centre: Centre,
}

/// A store whose writes can be made to fail, and its anchor.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) store: MemoryStore,
    pub(super) anchor: MemoryAnchor,
    pub(super) fault: Arc<Fault>,
}

/// After `left` writes the power fails: before the write is durable, or behind it.
#[derive(Default)]
pub(super) struct Fault {
    pub(super) armed: AtomicBool,
    pub(super) behind: AtomicBool,
    pub(super) left: AtomicU64,
}

impl Disk {
    pub(super) fn storage(&self) -> Storage {
        Storage::new(Faulty(self.store.clone(), Arc::clone(&self.fault)), self.anchor.clone())
    }

    /// A copy of everything, as of a cloned machine.
    pub(super) fn cloned(&self) -> Self {
        Self { store: self.store.snapshot(), anchor: self.anchor.snapshot(), fault: Arc::default() }
    }
}

struct Faulty(MemoryStore, Arc<Fault>);

impl Store for Faulty {
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.0.read(work)
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let cut = self.1.armed.load(Ordering::SeqCst) && self.1.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if !cut {
            return self.0.write(work);
        }
        self.1.armed.store(false, Ordering::SeqCst);
        if self.1.behind.load(Ordering::SeqCst) {
            self.0.write(work)?;
        }
        Err(StoreError::Full)
    }

    fn scrub(&self) -> Result<(), StoreError> {
        self.0.scrub()
    }
}

pub(super) fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(7)))
}

impl Party {
    pub(super) fn found(world: &World, country: &str, roots: usize, threshold: usize) -> Self {
        let country: Country = country.parse().unwrap();
        let random = world.random();
        let roots: Vec<_> = (0..roots).map(|_| RootKey::generate(country, &random).unwrap()).collect();
        let disk = Disk::default();
        let named: Vec<_> = roots.iter().collect();
        let (clock, random) = (world.clock(), world.random_pair());
        let founding = (&named[..], threshold, DELAY);
        let centre = Centre::found_with(disk.storage(), country, unlock(), founding, clock, random).unwrap();
        Self { world: world.clone(), disk, roots: Arc::new(roots), centre }
    }

    /// The process ends, and another one opens the store.
    pub(super) fn reopen(&mut self) {
        self.disk.fault.armed.store(false, Ordering::SeqCst);
        self.centre = Self::open(&self.world, &self.disk);
    }

    pub(super) fn open(world: &World, disk: &Disk) -> Centre {
        Centre::open_with(disk.storage(), unlock(), world.clock(), world.random_pair()).unwrap()
    }

    /// The same centre a second time, from a copy of its disk: what a liar, or a careless
    /// operator, has.
    pub(super) fn twin(&self) -> Self {
        let disk = self.disk.cloned();
        let centre = Self::open(&self.world, &disk);
        Self { world: self.world.clone(), disk, roots: Arc::clone(&self.roots), centre }
    }

    pub(super) fn two_roots(&self) -> Vec<&RootKey> {
        self.roots.iter().take(2).collect()
    }
}

/// Four countries that have pinned one another; `GE` has three roots, of which two speak.
pub(super) struct Federation {
    pub(super) world: World,
    pub(super) ge: Party,
    pub(super) ua: Party,
    pub(super) az: Party,
    pub(super) md: Party,
}

impl Federation {
    pub(super) fn new() -> Self {
        let world = World::default();
        let found = |country, roots, threshold| Party::found(&world, country, roots, threshold);
        let (ge, ua) = (found("GE", 3, 2), found("UA", 1, 1));
        let (az, md) = (found("AZ", 1, 1), found("MD", 1, 1));
        let this = Self { world, ge, ua, az, md };
        for a in this.all() {
            for b in this.all() {
                a.centre.pin(b.centre.genesis(), b.centre.anchor()).unwrap();
            }
        }
        this
    }

    /// With the genesis of `GE` published.
    pub(super) fn published() -> Self {
        let this = Self::new();
        this.publish();
        this
    }

    pub(super) fn all(&self) -> [&Party; 4] {
        [&self.ge, &self.ua, &self.az, &self.md]
    }

    pub(super) fn all_mut(&mut self) -> [&mut Party; 4] {
        [&mut self.ge, &mut self.ua, &mut self.az, &mut self.md]
    }

    /// `GE` publishes: `UA` and `AZ` cosign, and everybody imports.
    pub(super) fn publish(&self) -> Imported {
        self.world.wait(10);
        let proposal = self.ge.centre.publish().unwrap();
        let waiting = self.ge.centre.collect(&self.ua.centre.cosign(&proposal).unwrap()).unwrap();
        assert!(matches!(waiting, Collected::Waiting { .. }), "{waiting:?}");
        let done = self.ge.centre.collect(&self.az.centre.cosign(&proposal).unwrap()).unwrap();
        let Collected::Published(imported) = done else { panic!("{done:?}") };
        self.spread();
        imported
    }

    /// Everybody imports what `GE` has published.
    pub(super) fn spread(&self) {
        let bundle = bundle(&self.ge, 0);
        for party in [&self.ua, &self.az, &self.md] {
            party.centre.import(&*bundle).unwrap();
        }
    }

    pub(super) fn identity(&self, agency: &str) -> Identity {
        Identity::generate(agency.parse().unwrap(), &self.world.random()).unwrap()
    }

    /// What an agency hands to its centre.
    pub(super) fn request(&self, identity: &Identity) -> SignedEvent {
        let names = vec![DisplayName::new("en", "Cybercrime Department").unwrap()];
        let enrol = Enrol::new(names, vec![], identity.public().clone()).unwrap();
        self.sign(Event::enrol(self.ge.centre.anchor(), enrol), identity)
    }

    pub(super) fn enrol(&self, agency: &str) -> Identity {
        let identity = self.identity(agency);
        self.ge.centre.enrol(&self.request(&identity), &self.ge.two_roots()).unwrap();
        identity
    }

    pub(super) fn sign(&self, event: Event, identity: &Identity) -> SignedEvent {
        event.sign(&[Signer::Identity(identity)], &self.world.random()).unwrap()
    }

    /// An epoch from now on, sealed to for a day and opened for eight.
    pub(super) fn epoch(&self, identity: &Identity, serial: u64, number: u64) -> SignedEvent {
        let now = self.world.now();
        let window = Window::new(now, now.plus(DAY), now.plus(8 * DAY)).unwrap();
        let (agency, number) = (identity.agency().clone(), EpochNumber(number));
        let epoch = Epoch::generate(agency, number, window, &self.world.random()).unwrap();
        let event = Event::epoch(self.ge.centre.anchor(), serial, epoch.public().clone()).unwrap();
        self.sign(event, identity)
    }
}

pub(super) fn bundle(party: &Party, from: u64) -> Vec<u8> {
    let mut bundle = Vec::new();
    party.centre.export(party.centre.country(), from, &mut bundle).unwrap();
    bundle
}

/// What one party holds of `GE`.
pub(super) fn bundle_of_ge(party: &Party) -> Vec<u8> {
    let mut bundle = Vec::new();
    party.centre.export("GE".parse().unwrap(), 0, &mut bundle).unwrap();
    bundle
}

#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(done: Result<T, Error>) -> &'static str {
    done.unwrap_err().code()
}

pub(super) fn agency(name: &str) -> AgencyId {
    name.parse().unwrap()
}

pub(super) fn revoke(identity: &Identity, effective: Timestamp) -> Revoke {
    Revoke::by_roots(*identity.id(), Reason::KeyCompromise, effective)
}

pub(super) fn size_of_ge(party: &Party) -> u64 {
    party.centre.replica.rosters().roster("GE".parse().unwrap()).map_or(0, |roster| roster.size())
}

pub(super) fn note(party: &Party) -> SignedCheckpoint {
    party.centre.replica.rosters().roster("GE".parse().unwrap()).unwrap().checkpoint().unwrap().clone()
}
