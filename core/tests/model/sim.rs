//! One schedule: four centres, a network between them, and what is checked after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vlec::event::{Content, Revoker};
use vlec::hazmat::centre as open_door;
use vlec::{
    AgencyId, BundleReader, Centre, Collected, Directory, DirectoryError, EquivocationProof, Error, Identity,
    KeyId, LogKey, MemoryAnchor, MemoryStore, Policy, Random, RosterError, SignedCheckpoint, SignedEvent,
    WitnessKey,
};

use crate::oracle::{Cosigned, Head, Oracle, State, show};
use crate::wire::{self, Bundle, Hash, Leaf, sha256};
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
    head: Head,
    as_of: u64,
    frozen: bool,
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
    folded: BTreeMap<Head, Rc<State>>,
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

    pub fn step_deliver(&mut self) -> Outcome {
        for _ in 0..6 {
            let open: Vec<usize> =
                (0..self.pool.len()).filter(|index| self.reaches(&self.pool[*index])).collect();
            // Mostly in order, but often not.
            let place = if self.rng.once_in(3) { self.rng.below(open.len()) } else { 0 };
            let Some(index) = open.get(place).copied() else { return Ok(()) };
            let message = match self.rng.below(12) {
                0 => {
                    self.count("net: lost");
                    self.pool.remove(index);
                    continue;
                }
                1 => {
                    self.count("net: doubled");
                    self.pool[index].clone()
                }
                _ => self.pool.remove(index),
            };
            self.deliver(&message)?;
        }
        Ok(())
    }

    fn reaches(&self, message: &Message) -> bool {
        self.nodes[message.from].group == self.nodes[message.to].group
    }

    pub fn deliver(&mut self, message: &Message) -> Outcome {
        let Message { from, to, kind, bytes, heads } = message;
        let (from, to) = (*from, *to);
        match kind {
            Kind::Proposal if self.nodes[to].honest => self.on_proposal(from, to, bytes)?,
            Kind::Proposal => self.cosign_whatever(from, to, bytes)?,
            Kind::Note => self.on_note(from, to, bytes)?,
            Kind::Bundle => self.on_bundle(from, to, bytes)?,
            Kind::Revocation => self.on_revocation(from, to, bytes)?,
            Kind::Proof => self.on_proof(from, to, bytes)?,
            Kind::Heads => self.on_heads(from, to, heads)?,
        }
        self.check(to)
    }

    fn head_of(&self, note: &SignedCheckpoint) -> Result<Head, String> {
        let checkpoint = note.checkpoint();
        let country = self.anchor_country(checkpoint.anchor()).ok_or("a note of no known log")?;
        Ok((country, checkpoint.size(), *checkpoint.root()))
    }

    /// Notes what witnesses have really cosigned, and when they say so.
    pub fn record(&mut self, note: &SignedCheckpoint, witness: usize) -> Result<Head, String> {
        let head = self.head_of(note)?;
        let times = wire::times(&note.encode(), &format!("{}/witness", self.world.anchors[witness]));
        let at = times.into_iter().min().ok_or("a witness has not cosigned what it returned")?;
        self.oracle.cosigned.entry(head).or_default().push(Cosigned { witness, at });
        Ok(head)
    }

    fn on_proposal(&mut self, from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let cosigned = self.nodes[to].centre().cosign(bytes);
        match cosigned {
            Ok(note) => {
                let witness = self.nodes[to].country;
                let head = self.record(&note, witness)?;
                self.tell(|s| {
                    let word = s.oracle.cosigned[&head].last().map_or(0, |word| word.at);
                    format!("{} cosigns {} at {}", s.name(to), show(&head), word as i64 - s.now as i64)
                });
                self.count("cosigned");
                self.check_witness(witness, &head)?;
                let bytes: Rc<[u8]> = note.encode().into_bytes().into();
                let to_log = if self.nodes[from].country == head.0 { from } else { head.0 };
                self.send(to, to_log, Kind::Note, bytes);
            }
            Err(error) => self.refused("cosign", to, &error)?,
        }
        Ok(())
    }

    fn refused(&mut self, what: &str, node: usize, error: &Error) -> Outcome {
        self.tell(|s| format!("{} refuses to {what}: {error}", s.name(node)));
        if self.nodes[node].honest {
            self.count(format!("{what} refused: {}", error.code()));
        }
        if let Error::Vault(_) | Error::Quarantined(_) = error {
            return Err(format!("{} does not {what}: {error}", self.name(node)));
        }
        if let (true, Error::Roster(RosterError::Fork(proof))) = (self.nodes[node].honest, error) {
            let bytes = proof.encode();
            self.count("forks found");
            if self.rng.once_in(2) {
                self.send_all(node, Kind::Proof, &bytes);
            }
        }
        Ok(())
    }

    fn on_note(&mut self, from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let Ok(note) = SignedCheckpoint::decode(bytes) else { return Ok(()) };
        let collected = self.nodes[to].centre().collect(&note);
        match collected {
            Ok(Collected::Waiting { cosigned, missing }) => {
                self.tell(|s| format!("{} waits: {cosigned:?}, not {missing:?}", s.name(to)));
                self.count("waiting");
            }
            Ok(Collected::Published(imported)) => {
                self.tell(|s| format!("{} has published {}", s.name(to), imported.size));
                self.count("published");
                let whole = self.rng.once_in(2);
                let size = imported.size;
                let first = if whole { 0 } else { size - imported.new };
                if let Some(bundle) = self.export(to, self.nodes[to].country, first)? {
                    self.send_all(to, Kind::Bundle, &bundle);
                }
            }
            Err(error) => self.refused("collect", to, &error)?,
        }
        let _ = from;
        Ok(())
    }

    pub fn export(&mut self, node: usize, country: usize, from: u64) -> Result<Option<Vec<u8>>, String> {
        let mut bundle = Vec::new();
        let country = self.world.anchors[country].country();
        match self.nodes[node].centre().export(country, from, &mut bundle) {
            Ok(()) => Ok(Some(bundle)),
            Err(error) => {
                self.refused("export", node, &error)?;
                Ok(None)
            }
        }
    }

    fn on_bundle(&mut self, _from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let imported = self.nodes[to].centre().import(bytes);
        match imported {
            Ok(imported) => {
                self.tell(|s| format!("{} holds {imported:?}", s.name(to)));
                self.count(if imported.new > 0 { "imported: new" } else { "imported: nothing new" });
            }
            Err(error) => {
                self.refused("import", to, &error)?;
                if let (true, Error::Roster(RosterError::Frozen(_))) = (self.nodes[to].honest, &error) {
                    self.hear_all(to, bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Of a frozen country the revocations are heard.
    fn hear_all(&mut self, to: usize, bytes: &[u8]) -> Outcome {
        let Some(bundle) = Bundle::read(bytes) else { return Ok(()) };
        let Ok(reader) = BundleReader::new(bytes) else { return Ok(()) };
        let Some(country) = self.anchor_country(reader.anchor()) else { return Ok(()) };
        let state = self.state_at(to, country)?;
        let leaves = bundle.sections.iter().flat_map(|(_, leaves)| leaves);
        let keys = leaves.filter_map(|leaf| self.oracle.revoked_by_roots(&state, &leaf.event));
        let keys: Vec<KeyId> = keys.collect();
        for key in keys {
            if self.nodes[to].heard.insert(key) {
                self.count("heard of a frozen country");
            }
        }
        Ok(())
    }

    fn on_revocation(&mut self, _from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let Ok(event) = SignedEvent::decode(bytes) else { return Ok(()) };
        let country = event.event().subject().country();
        let country = COUNTRIES.iter().position(|name| *name == country.as_str());
        let Some(country) = country else { return Ok(()) };
        let heard = self.nodes[to].centre().hear(&event);
        let state = self.state_at(to, country)?;
        let by_roots = self.oracle.revoked_by_roots(&state, &event);
        match heard {
            Ok(()) => {
                let Content::Revoke(revoke) = event.event().content() else { return Err("heard?".into()) };
                self.tell(|s| format!("{} hears the end of {:?}", s.name(to), revoke.key_id()));
                self.count("heard");
                if self.nodes[to].honest && revoke.by() == Revoker::Roots && by_roots.is_none() {
                    return Err(format!("{} hears what too few roots have signed", self.name(to)));
                }
                self.nodes[to].heard.insert(*revoke.key_id());
            }
            Err(error) => {
                self.refused("hear", to, &error)?;
                if self.nodes[to].honest && by_roots.is_some() {
                    return Err(format!("{} does not hear the roots: {error}", self.name(to)));
                }
            }
        }
        Ok(())
    }

    fn on_proof(&mut self, _from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let accused = EquivocationProof::decode(bytes).map_err(Error::from);
        let accused = accused.and_then(|proof| self.nodes[to].centre().accuse(proof));
        match accused {
            Ok(()) => self.count("accused"),
            Err(error) => self.refused("accuse", to, &error)?,
        }
        Ok(())
    }

    fn on_heads(&mut self, from: usize, to: usize, heads: &[vlec::Head]) -> Outcome {
        let checked = open_door::rosters(self.nodes[to].centre()).check_heads(heads);
        if !self.nodes[to].honest {
            return Ok(());
        }
        let mut behind = false;
        let mut conflict = false;
        for head in heads {
            let country = self.world.anchors.iter().position(|anchor| anchor.to_string() == head.origin);
            let Some(country) = country else { continue };
            let Some(ours) = self.view(to, country) else { continue };
            let theirs = (country, head.size, head.root);
            behind |= head.size > ours.1;
            conflict |= head.size <= ours.1 && !self.oracle.consistent(&theirs, &ours)?;
        }
        match checked {
            Ok(()) if behind || conflict => Err("heads that differ are taken for the same".to_owned()),
            Ok(()) => {
                self.count("heads: same");
                Ok(())
            }
            Err(DirectoryError::RosterBehind { .. }) if behind => {
                self.count("heads: behind");
                Ok(())
            }
            Err(DirectoryError::RosterConflict { .. }) if conflict => {
                self.tell(|s| format!("{} sees another roster with {}", s.name(to), s.name(from)));
                self.count("heads: conflict");
                Ok(())
            }
            Err(error) => {
                let (to, from) = (self.name(to), self.name(from));
                Err(format!("{to} refuses heads of {from} that do not differ: {error}"))
            }
        }
    }

    // ── checks ──────────────────────────────────────────────────────────────────────────────────

    pub fn view(&self, node: usize, country: usize) -> Option<Head> {
        let rosters = open_door::rosters(self.nodes[node].centre());
        let roster = rosters.roster(self.world.anchors[country].country())?;
        let head = roster.head();
        Some((country, head.size, head.root))
    }

    pub fn state(&mut self, head: &Head) -> Result<Rc<State>, String> {
        if let Some(state) = self.folded.get(head) {
            return Ok(Rc::clone(state));
        }
        let tree = self.oracle.trees.get(head).ok_or_else(|| format!("nobody made {}", show(head)))?;
        let state = Rc::new(self.oracle.fold(tree).map_err(|fault| format!("{}: {fault}", show(head)))?);
        self.folded.insert(*head, Rc::clone(&state));
        Ok(state)
    }

    fn state_at(&mut self, node: usize, country: usize) -> Result<Rc<State>, String> {
        let head = self.view(node, country).ok_or("no view")?;
        if self.nodes[node].honest { self.state(&head) } else { Ok(Rc::default()) }
    }

    /// An honest witness cosigns one tree of a log, growing.
    pub fn check_witness(&mut self, witness: usize, head: &Head) -> Outcome {
        self.state(head)?;
        if self.evil != Some(head.0) && !self.oracle.of_log.contains_key(head) {
            return Err(format!(
                "{} cosigns {}, which its log has not signed",
                COUNTRIES[witness],
                show(head)
            ));
        }
        for (other, all) in &self.oracle.cosigned {
            let same = other.0 == head.0 && all.iter().any(|cosigned| cosigned.witness == witness);
            if same && !self.oracle.consistent(other, head)? {
                let (a, b) = (show(other), show(head));
                return Err(format!("{} has cosigned both {a} and {b}", COUNTRIES[witness]));
            }
        }
        Ok(())
    }

    pub fn check_all(&mut self) -> Outcome {
        (0..self.nodes.len()).try_for_each(|node| self.check(node))
    }

    pub fn check(&mut self, node: usize) -> Outcome {
        if self.nodes[node].honest {
            (0..4).try_for_each(|country| {
                self.check_view(node, country)
                    .map_err(|fault| format!("{} of {}: {fault}", self.name(node), COUNTRIES[country]))
            })?;
        }
        Ok(())
    }

    fn check_view(&mut self, node: usize, country: usize) -> Outcome {
        let Some(head) = self.view(node, country) else { return Err("the view is gone".into()) };
        let name = self.world.anchors[country].country();
        let (as_of, frozen) = {
            let rosters = open_door::rosters(self.nodes[node].centre());
            let as_of = rosters.roster(name).map_or(0, |roster| roster.as_of().unix());
            (as_of, rosters.frozen(name).is_some())
        };
        let now = self.nodes[node].now();
        let honest_log = self.evil != Some(country);
        // 1: whose words the view rests on.
        if honest_log && !self.oracle.of_log.contains_key(&head) {
            return Err(format!("the view {} is not of the country's one log", show(&head)));
        }
        let mut words: Vec<u64> = self.oracle.witnesses(&head).into_values().collect();
        words.sort_unstable();
        let Some(word) = words.len().checked_sub(self.quorum).map(|place| words[place]) else {
            return Err(format!("only {} witnesses have cosigned {}", words.len(), show(&head)));
        };
        let state = self.state(&head)?;
        // 2: what is frozen.
        if frozen && honest_log {
            return Err("an honest country is frozen".into());
        }
        // 4: views do not go back.
        let seen = Seen { head, as_of, frozen };
        if let Some(before) = self.nodes[node].seen[country].replace(seen) {
            if head.1 < before.head.1 || !self.oracle.consistent(&head, &before.head)? {
                return Err(format!("the view went from {} to {}", show(&before.head), show(&head)));
            }
            if as_of < before.as_of && before.as_of <= now + MAX_SKEW {
                return Err(format!("the time of the view went from {} to {as_of}", before.as_of));
            }
            if before.frozen && (!frozen || head != before.head) {
                return Err("a freeze has thawed".into());
            }
            if frozen && !before.frozen {
                self.count("freezes");
            }
        }
        for (agency, told) in &state.agencies {
            let sealed = {
                let rosters = open_door::rosters(self.nodes[node].centre());
                let now = world::time(now);
                for id in &told.identities {
                    if rosters.sender(agency, id, now).is_ok() {
                        let gone = told.withdrawn || state.revoked.contains(id);
                        if gone || self.nodes[node].heard.contains(id) {
                            return Err(format!("{id:?} of {agency} still speaks"));
                        }
                    }
                }
                open_door::recipient(&rosters, agency, now)
            };
            match sealed {
                Ok(to) => self.check_sealed(node, &head, &state, agency, (to.key_id(), word, now))?,
                Err(error) => self.count(format!("not sealed: {}", error.code())),
            }
        }
        Ok(())
    }

    /// One would seal to `key` now; `word` is the time by which a quorum has cosigned the view.
    fn check_sealed(
        &mut self,
        node: usize,
        head: &Head,
        state: &State,
        agency: &AgencyId,
        (key, word, now): (&KeyId, u64, u64),
    ) -> Outcome {
        self.count("sealed");
        let told = state.agencies.get(agency).ok_or("no agency")?;
        let epoch = told.epochs.iter().find(|(id, ..)| id == key);
        let (_, window, by) = epoch.ok_or_else(|| format!("{key:?} is no epoch of {agency} in the log"))?;
        let heard = &self.nodes[node].heard;
        if told.withdrawn {
            return Err(format!("{agency} has been withdrawn, and is sealed to"));
        }
        for id in [key, by] {
            if state.revoked.contains(id) {
                return Err(format!("{id:?} of {agency} is revoked in the log, and is sealed to"));
            }
            if heard.contains(id) {
                return Err(format!("{id:?} of {agency} is revoked, as was heard, and is sealed to"));
            }
        }
        if !window.seals_at(world::time(now)) {
            return Err(format!("{key:?} of {agency} is sealed to outside its window"));
        }
        // 3: nothing is sealed by a view that is too old: one that continues a newer word is as new.
        if now.saturating_sub(word) > MAX_AGE {
            let word = self.oracle.newest_word(head, self.quorum)?.max(word);
            if now.saturating_sub(word) > MAX_AGE {
                return Err(format!("{agency} is sealed to by a view {} s old", now - word));
            }
        }
        let liars = usize::from(self.evil.is_some_and(|evil| evil != head.0));
        if let (true, true, Some(signed)) = (
            self.calm,
            self.quorum > liars,
            self.oracle.of_log.get(head).filter(|_| self.evil != Some(head.0)),
        ) {
            let age = self.now.saturating_sub(*signed);
            if age > MAX_AGE + PROPOSAL_AGE + 3 * MAX_SKEW {
                return Err(format!("{agency} is sealed to by what its log said {age} s ago"));
            }
        }
        Ok(())
    }
}
