//! One schedule: four centres, a network between them, and what is checked after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vlec::event::Content;
use vlec::hazmat::centre as open_door;
use vlec::{Centre, Identity, KeyId, LogKey, MemoryAnchor, MemoryStore, Policy, Random, WitnessKey};

use crate::oracle::{Head, Oracle, State};
use crate::wire::{Hash, Leaf, sha256};
use crate::world::{self, COUNTRIES, DAY, HOUR, START, World, world};

pub const MAX_AGE: u64 = 7 * DAY;
pub const MAX_SKEW: u64 = 300;
/// A proposal that its log has signed longer ago is not cosigned.
pub const PROPOSAL_AGE: u64 = DAY;

pub type Outcome = Result<(), String>;

/// splitmix64
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995_1234_5678)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Proposal,
    Note,
    Bundle,
    Revocation,
    Proof,
    Heads,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub from: usize,
    pub to: usize,
    pub kind: Kind,
    pub bytes: Rc<[u8]>,
    pub heads: Vec<vlec::Head>,
}

/// What was last seen of a view.
#[derive(Clone, Copy)]
pub struct Seen {
    pub head: Head,
    pub as_of: u64,
    pub frozen: bool,
}

pub struct Node {
    pub country: usize,
    pub honest: bool,
    pub files: (MemoryStore, MemoryAnchor),
    pub clock: Arc<AtomicU64>,
    pub offset: i64,
    pub centre: Option<Centre>,
    pub opened: u64,
    /// What the centre's log has admitted, in order.
    pub log: Vec<Rc<Leaf>>,
    /// Keys of which it has heard a revocation.
    pub heard: BTreeSet<KeyId>,
    pub seen: [Option<Seen>; 4],
    /// Those of one group reach one another.
    pub group: u8,
}

impl Node {
    pub fn centre(&self) -> &Centre {
        self.centre.as_ref().unwrap()
    }

    pub fn now(&self) -> u64 {
        open_door::now(self.centre()).unix()
    }
}

pub struct Sim {
    pub seed: u64,
    pub rng: Rng,
    pub world: &'static World,
    pub oracle: Oracle,
    /// The four centres, and the second of the twins.
    pub nodes: Vec<Node>,
    pub evil: Option<usize>,
    pub evil_keys: Option<(LogKey, WitnessKey)>,
    /// Which twin a peer is shown.
    pub shown: [usize; 4],
    /// So many of the other three must cosign.
    pub quorum: usize,
    /// The liar keeps its twins apart, and its keys in its centre.
    pub subtle: bool,
    /// Countries may renew their witness's key.
    pub renews: bool,
    /// All honest clocks stay within the skew.
    pub calm: bool,
    pub now: u64,
    pub pool: Vec<Message>,
    pub archive: Vec<(Kind, Rc<[u8]>)>,
    archived: BTreeSet<(Kind, Hash)>,
    pub secrets: BTreeMap<KeyId, Arc<Identity>>,
    pub random: Random,
    pub made: u64,
    pub counts: BTreeMap<String, u64>,
    pub loud: bool,
    pub folded: BTreeMap<Head, Rc<State>>,
}

impl Sim {
    pub fn new(seed: u64, loud: bool) -> Result<Self, String> {
        let world = world();
        let mut rng = Rng::new(seed);
        let evil = (!rng.once_in(5)).then(|| rng.below(4));
        let (calm, renews, subtle) = (rng.once_in(2), rng.once_in(4), rng.once_in(2));
        let quorum = if subtle { [2, 1][rng.below(2)] } else { [2, 2, 2, 1, 1, 3][rng.below(6)] };
        let secrets =
            world.identities.iter().map(|identity| (*identity.id(), Arc::clone(identity))).collect();
        let shown = [(); 4].map(|()| if rng.once_in(2) { 4 } else { evil.unwrap_or_default() });
        let mut sim = Self {
            seed,
            rng,
            world,
            oracle: world.oracle(),
            nodes: Vec::new(),
            evil,
            evil_keys: None,
            shown,
            quorum,
            calm,
            subtle,
            renews,
            now: START + HOUR,
            pool: Vec::new(),
            archive: Vec::new(),
            archived: BTreeSet::new(),
            secrets,
            random: world::random(&format!("model {seed}")),
            made: 0,
            counts: BTreeMap::new(),
            loud,
            folded: BTreeMap::new(),
        };
        for country in (0..4).chain(evil) {
            let (store, anchor) = &world.stores[country];
            let head = *sim.oracle.of_log.keys().find(|head| head.0 == country).ok_or("no head")?;
            let offset = if sim.calm { sim.rng.below(240) as i64 - 120 } else { 0 };
            sim.nodes.push(Node {
                country,
                honest: evil != Some(country),
                files: (store.snapshot(), anchor.snapshot()),
                clock: Arc::new(AtomicU64::new(0)),
                offset,
                centre: None,
                opened: 0,
                log: sim.oracle.trees[&head].to_vec(),
                heard: BTreeSet::new(),
                seen: [None; 4],
                group: 0,
            });
        }
        sim.part();
        sim.set_clocks();
        for node in 0..sim.nodes.len() {
            sim.open(node)?;
            if sim.quorum != 2 {
                sim.set_policies(node)?;
            }
        }
        sim.evil_keys = match evil {
            Some(evil) => Some(open_door::keys(sim.nodes[evil].centre()).map_err(|e| e.to_string())?),
            None => None,
        };
        sim.tell(|sim| format!("evil {evil:?}, quorum {}, calm {}", sim.quorum, sim.calm));
        Ok(sim)
    }

    fn set_policies(&mut self, node: usize) -> Outcome {
        let mut witnesses = Vec::new();
        for (country, anchor) in self.world.anchors.iter().enumerate() {
            let Some(leaf) = self.nodes[country].log.first() else { continue };
            let Content::Genesis(genesis) = leaf.event.event().content() else { continue };
            witnesses.push((*anchor, genesis.keys().witness().clone()));
        }
        for country in 0..4 {
            let others: Vec<_> = witnesses
                .iter()
                .filter(|(anchor, _)| *anchor != self.world.anchors[country])
                .cloned()
                .collect();
            let policy = Policy::new(&others, self.quorum).map_err(|e| e.to_string())?;
            let country = self.world.anchors[country].country();
            self.nodes[node].centre().set_policy(country, policy).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    pub fn tell(&self, what: impl FnOnce(&Self) -> String) {
        if self.loud {
            let day = (self.now - START) / DAY;
            let (hour, second) = ((self.now - START) % DAY / HOUR, (self.now - START) % HOUR);
            eprintln!("[day {day:3} {hour:02}h {second:4}] {}", what(self));
        }
    }

    pub fn name(&self, node: usize) -> String {
        match node {
            4 => format!("{}'", COUNTRIES[self.nodes[4].country]),
            _ => COUNTRIES[node].to_owned(),
        }
    }

    pub fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    pub fn honest(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].honest).collect()
    }

    pub fn set_clocks(&mut self) {
        for node in &self.nodes {
            node.clock.store(self.now.saturating_add_signed(node.offset), Ordering::Relaxed);
        }
    }

    /// Opens a centre from its own store, whatever it held in memory.
    pub fn open(&mut self, node: usize) -> Outcome {
        let this = &mut self.nodes[node];
        this.centre = None;
        this.opened += 1;
        let name = format!("{} {node} {}", self.seed, this.opened);
        let centre = world::open(&this.files, &this.clock, &name);
        this.centre = Some(centre.map_err(|error| format!("a centre does not open again: {error}"))?);
        Ok(())
    }

    /// Who reaches whom: a subtle liar stands between those whom it shows different twins.
    pub fn part(&mut self) {
        for node in 0..self.nodes.len() {
            self.nodes[node].group = match (self.subtle && self.evil.is_some(), node) {
                (true, 4) => 1,
                (true, _) if Some(node) == self.evil => 0,
                (true, _) => u8::from(self.shown[node] == 4),
                (false, _) => self.rng.below(2) as u8,
            };
        }
    }

    pub fn anchor_country(&self, anchor: &vlec::TrustAnchor) -> Option<usize> {
        self.world.anchors.iter().position(|known| known == anchor)
    }

    // ── messages ────────────────────────────────────────────────────────────────────────────────

    pub fn send(&mut self, from: usize, to: usize, kind: Kind, bytes: Rc<[u8]>) {
        if self.archived.insert((kind, sha256(&[&bytes]))) {
            self.archive.push((kind, Rc::clone(&bytes)));
        }
        self.pool.push(Message { from, to, kind, bytes, heads: Vec::new() });
    }

    pub fn send_all(&mut self, from: usize, kind: Kind, bytes: &[u8]) {
        let bytes: Rc<[u8]> = bytes.into();
        for to in self.peers_of(from) {
            self.send(from, to, kind, Rc::clone(&bytes));
        }
    }

    /// Whom a node talks to: a hostile country shows its twins to different peers, but now and then.
    fn peers_of(&mut self, node: usize) -> Vec<usize> {
        let mut peers = Vec::new();
        for peer in 0..self.nodes.len() {
            let same = self.nodes[peer].country == self.nodes[node].country;
            let hidden = !self.nodes[node].honest && peer < 4 && self.shown[peer] != node;
            if same || hidden && (self.subtle || !self.rng.once_in(6)) {
                continue;
            }
            // To a hostile country: whichever of its twins answers.
            let twin = !self.nodes[peer].honest
                && match self.subtle && node < 4 {
                    true => self.shown[node] != peer,
                    false => (peer == 4) != self.rng.once_in(2),
                };
            if !twin {
                peers.push(peer);
            }
        }
        peers
    }
}
