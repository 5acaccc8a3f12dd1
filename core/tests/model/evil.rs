//! What a hostile country does: two twins of its centre, and its keys in free hands.

use std::rc::Rc;

use vlec::hazmat::{self, centre as open_door};
use vlec::{Checkpoint, Event, SignedCheckpoint, SignedEvent, Signer};

use crate::oracle::{Cosigned, Head, show};
use crate::sim::{Kind, Outcome, Sim};
use crate::wire::{self, Bundle, Leaf};
use crate::world::{self, DAY, HOUR};

impl Sim {
    pub fn step_evil(&mut self) -> Outcome {
        let Some(evil) = self.evil else { return self.step_deliver() };
        let twin = [evil, 4][self.rng.below(2)];
        match self.rng.below(if self.subtle { 10 } else { 24 }) {
            0..4 => self.step_admit(twin),
            4..8 => self.publish(twin),
            8 => self.confess(evil),
            9 => self.twin_export(twin),
            10..16 => self.fork(evil),
            16..18 => self.forge(evil),
            18 => self.accuse_falsely(evil),
            19..21 => self.replay(evil),
            _ => self.alter(evil),
        }
    }

    fn twin_export(&mut self, twin: usize) -> Outcome {
        let country = self.nodes[twin].country;
        if let Some(bundle) = self.export(twin, country, 0)? {
            self.send_all(twin, Kind::Bundle, &bundle);
        }
        Ok(())
    }

    /// Of the past, of now, or of the future.
    fn any_time(&mut self) -> u64 {
        let now = self.now;
        [now, now, now, now + 200, now + HOUR, now + 20 * DAY, now - 2 * DAY, now - 12 * HOUR]
            [self.rng.below(8)]
    }

    /// A hostile witness cosigns whatever it is shown, at any time.
    pub fn cosign_whatever(&mut self, from: usize, to: usize, bytes: &[u8]) -> Outcome {
        let Some(bundle) = Bundle::read(bytes) else { return Ok(()) };
        let Some((mut note, _)) = bundle.sections.last().cloned() else { return Ok(()) };
        let evil = self.nodes[to].country;
        if self.anchor_country(note.checkpoint().anchor()) == Some(evil) {
            return Ok(());
        }
        let at = self.any_time();
        self.cosign_evil(&mut note, at)?;
        self.send(to, from, Kind::Note, note.encode().into_bytes().into());
        Ok(())
    }

    fn cosign_evil(&mut self, note: &mut SignedCheckpoint, at: u64) -> Outcome {
        let (Some(evil), Some((_, witness))) = (self.evil, &self.evil_keys) else { return Ok(()) };
        let anchor = self.world.anchors[evil];
        note.cosign(&anchor, witness, world::time(at), &self.random).map_err(|e| e.to_string())?;
        let country = self.anchor_country(note.checkpoint().anchor()).ok_or("no log")?;
        let head: Head = (country, note.checkpoint().size(), *note.checkpoint().root());
        self.oracle.cosigned.entry(head).or_default().push(Cosigned { witness: evil, at });
        self.count("cosigned by a liar");
        Ok(())
    }

    fn some_tree(&mut self, country: usize) -> Option<Vec<Rc<Leaf>>> {
        let heads: Vec<Head> = self.oracle.of_log.keys().filter(|head| head.0 == country).copied().collect();
        let head = *self.rng.pick(&heads)?;
        Some(self.oracle.trees[&head].to_vec())
    }

    /// Another end of a tree that was shown, with what its state allows and what it does not.
    fn fork(&mut self, evil: usize) -> Outcome {
        let Some(mut leaves) = self.some_tree(evil) else { return Ok(()) };
        let back = if self.rng.once_in(2) { 0 } else { self.rng.below(3) };
        leaves.truncate(leaves.len().saturating_sub(back).max(1));
        let from = leaves.len();
        for _ in 0..self.rng.below(3) {
            if let Some(event) = self.any_event(evil, &leaves)? {
                leaves.push(Leaf::of(&event));
            }
        }
        let note = self.sign_head(evil, &leaves)?;
        let head = (evil, leaves.len() as u64, *note.checkpoint().root());
        self.tell(|_| format!("the liar forks: {}", show(&head)));
        self.count("forks made");
        let start = if self.rng.once_in(3) { 0 } else { from };
        let bundle = wire::write(&self.world.anchors[evil], &leaves[..start], &[(&note, &leaves[start..])]);
        let twin = [evil, 4][self.rng.below(2)];
        let kind = if self.rng.once_in(8) { Kind::Bundle } else { Kind::Proposal };
        self.send_all(twin, kind, &bundle);
        Ok(())
    }

    /// The liar's log signs any tree.
    pub fn sign_head(&mut self, evil: usize, leaves: &[Rc<Leaf>]) -> Result<SignedCheckpoint, String> {
        let (log, _) = self.evil_keys.as_ref().ok_or("no keys")?;
        let head = (evil, leaves.len() as u64, wire::root(leaves));
        let checkpoint = Checkpoint::new(self.world.anchors[evil], head.1, head.2);
        let checkpoint = checkpoint.map_err(|e| e.to_string())?;
        let now = self.now;
        let at = [now, now, now, now + HOUR, now - 2 * DAY][self.rng.below(5)];
        let note = SignedCheckpoint::sign(checkpoint, log, world::time(at), &self.random);
        self.oracle.trees.entry(head).or_insert_with(|| Rc::new(leaves.to_vec()));
        self.oracle.of_log.entry(head).or_insert(now);
        note.map_err(|e| e.to_string())
    }

    /// One in two is an event that nobody may take.
    fn any_event(&mut self, country: usize, leaves: &[Rc<Leaf>]) -> Result<Option<SignedEvent>, String> {
        let Ok(state) = self.oracle.fold(leaves) else { return Ok(None) };
        let world = self.world;
        let (anchor, roots) = (world.anchors[country], &world.roots[country]);
        let bad = self.rng.once_in(2);
        let agencies: Vec<_> = state.agencies.keys().cloned().collect();
        let Some(agency) = self.rng.pick(&agencies).cloned() else { return Ok(None) };
        let told = &state.agencies[&agency];
        self.made += 1;
        if self.rng.once_in(2) {
            let name = format!("{}/forged-{}", crate::world::COUNTRIES[country], self.made);
            let identity = self.new_identity(&name.parse().map_err(|_| "name")?);
            let event = world::enrolment(&anchor, &identity);
            let (first, second) = (Signer::Root(&roots[0]), Signer::Root(&roots[1]));
            let own = Signer::Identity(&identity);
            return Ok(Some(match (bad, self.rng.below(3)) {
                (false, _) => self.sign(event, &[first, second, own])?,
                (true, 0) => self.sign(event, &[first, own])?,
                (true, 1) => self.sign(event, &[first, second])?,
                (true, _) => {
                    // A root that has not signed, with a signature that is none.
                    let signed = self.sign(event, &[first, own])?;
                    let signature = vec![7; hazmat::composite::SIGNATURE_LEN];
                    let good = signed.clone().countersign(&[second], &self.random);
                    let good = good.map_err(|e| e.to_string())?;
                    return replace_signature(&good, roots[1].id(), signature).map(Some);
                }
            }));
        }
        let owner = match bad {
            true => told.identities.first(),
            false => told.identities.last(),
        };
        let Some(mut owner) = owner.and_then(|id| self.secrets.get(id)).cloned() else { return Ok(None) };
        if bad && told.identities.len() < 2 {
            owner = self.new_identity(&agency);
        }
        let name = format!("{} forged {}", self.seed, self.made);
        let key = world::epoch(&agency, told.epochs.len() as u64 + 1, self.now, 3, &name);
        let event =
            Event::epoch(&anchor, told.serial + 1, key.public().clone()).map_err(|e| e.to_string())?;
        self.sign(event, &[Signer::Identity(&owner)]).map(Some)
    }

    /// A view of an honest country that its log has never signed.
    fn forge(&mut self, evil: usize) -> Outcome {
        let victim = (evil + 1 + self.rng.below(3)) % 4;
        let Some(mut leaves) = self.some_tree(victim) else { return Ok(()) };
        if let Some(event) = self.any_event(victim, &leaves)? {
            leaves.push(Leaf::of(&event));
        }
        let root = wire::root(&leaves);
        let head = (victim, leaves.len() as u64, root);
        let anchor = self.world.anchors[victim];
        let checkpoint = Checkpoint::new(anchor, head.1, root).map_err(|e| e.to_string())?;
        let (log, _) = self.evil_keys.as_ref().ok_or("no keys")?;
        let at = world::time(self.now);
        let note = SignedCheckpoint::sign(checkpoint, log, at, &self.random).map_err(|e| e.to_string())?;
        let mut note = note;
        self.oracle.trees.entry(head).or_insert_with(|| Rc::new(leaves.clone()));
        self.cosign_evil(&mut note, self.now)?;
        self.tell(|_| format!("the liar forges {}", show(&head)));
        self.count("forged views of others");
        let start = self.rng.below(leaves.len());
        let bundle = wire::write(&anchor, &leaves[..start], &[(&note, &leaves[start..])]);
        let kind = if self.rng.once_in(3) { Kind::Proposal } else { Kind::Bundle };
        self.send_all(evil, kind, &bundle);
        Ok(())
    }

    /// Accuses an honest country with what its log has really signed.
    fn accuse_falsely(&mut self, evil: usize) -> Outcome {
        let victim = (evil + 1 + self.rng.below(3)) % 4;
        let mut notes = Vec::new();
        for (kind, bytes) in &self.archive {
            let Some(bundle) = Some(bytes).filter(|_| *kind == Kind::Proposal).and_then(|b| Bundle::read(b))
            else {
                continue;
            };
            notes.extend(bundle.sections.into_iter().map(|(note, _)| note));
        }
        notes.retain(|note| {
            let head = (victim, note.checkpoint().size(), *note.checkpoint().root());
            *note.checkpoint().anchor() == self.world.anchors[victim]
                && self.oracle.of_log.contains_key(&head)
        });
        let (Some(a), Some(b)) = (self.rng.pick(&notes).cloned(), self.rng.pick(&notes).cloned()) else {
            return Ok(());
        };
        let (a, b) = if a.checkpoint().size() <= b.checkpoint().size() { (a, b) } else { (b, a) };
        let head = (victim, b.checkpoint().size(), *b.checkpoint().root());
        let Some(tree) = self.oracle.trees.get(&head) else { return Ok(()) };
        let size = a.checkpoint().size() as usize;
        let path = if size == tree.len() { Vec::new() } else { wire::consistency(tree, size) };
        let mut root = *a.checkpoint().root();
        if self.rng.once_in(2) {
            root = [7; 32];
        }
        self.count("false accusations");
        self.send_all(evil, Kind::Proof, &wire::accusation(&a, &b, &root, &path));
        Ok(())
    }

    /// Publishes its own fork, to one peer: who is frozen there, and who is not, is the liar's choice.
    fn confess(&mut self, evil: usize) -> Outcome {
        let mut notes = Vec::new();
        for bytes in self.archive.iter().filter(|(kind, _)| *kind == Kind::Proposal).map(|(_, bytes)| bytes) {
            notes.extend(Bundle::read(bytes).into_iter().flat_map(|bundle| bundle.sections));
        }
        let mut notes: Vec<_> = notes.into_iter().map(|(note, _)| note).collect();
        notes.retain(|note| self.anchor_country(note.checkpoint().anchor()) == Some(evil));
        notes.sort_by_key(|note| note.checkpoint().size());
        let head = |note: &SignedCheckpoint| (evil, note.checkpoint().size(), *note.checkpoint().root());
        let mut pairs = Vec::new();
        for (place, second) in notes.iter().enumerate() {
            for first in notes.iter().take(place) {
                let known = [first, second].iter().all(|note| self.oracle.trees.contains_key(&head(note)));
                if known && !self.oracle.consistent(&head(first), &head(second))? {
                    pairs.push((first, second));
                }
            }
        }
        let Some((first, second)) = self.rng.pick(&pairs).copied() else { return Ok(()) };
        let (tree, size) = (&self.oracle.trees[&head(second)], first.checkpoint().size() as usize);
        let (root, path) = match size == tree.len() {
            true => (*first.checkpoint().root(), Vec::new()),
            false => (wire::root(&tree[..size]), wire::consistency(tree, size)),
        };
        let proof = wire::accusation(first, second, &root, &path);
        let honest = self.honest();
        let to = honest[self.rng.below(honest.len())];
        self.tell(|s| format!("the liar shows {} its own fork", s.name(to)));
        self.count("forks confessed to one");
        self.send(evil, to, Kind::Proof, proof.into());
        Ok(())
    }

    /// Something that was sent before, to anybody.
    fn replay(&mut self, evil: usize) -> Outcome {
        let Some((kind, bytes)) = self.rng.pick(&self.archive.clone()).cloned() else { return Ok(()) };
        let kind = match kind {
            Kind::Proposal if self.rng.once_in(3) => Kind::Bundle,
            Kind::Bundle if self.rng.once_in(3) => Kind::Proposal,
            kind => kind,
        };
        self.count("replayed");
        self.send_all(evil, kind, &bytes);
        Ok(())
    }

    /// Something that was sent before, changed.
    fn alter(&mut self, evil: usize) -> Outcome {
        let Some((kind, bytes)) = self.rng.pick(&self.archive.clone()).cloned() else { return Ok(()) };
        let mut bytes = bytes.to_vec();
        let at = self.rng.below(bytes.len());
        match self.rng.below(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << self.rng.below(8),
            _ => {
                // A bundle whose note says another size or root under the same signatures.
                let text = bytes.windows(8).position(|w| w == b"/witness").unwrap_or(at);
                let near = text.saturating_sub(self.rng.below(200));
                bytes[near] = b'0' + self.rng.below(10) as u8;
            }
        }
        self.count("altered");
        self.send_all(evil, kind, &bytes);
        Ok(())
    }
}

fn replace_signature(
    event: &SignedEvent,
    signer: &vlec::KeyId,
    signature: Vec<u8>,
) -> Result<SignedEvent, String> {
    let bytes = event.encode();
    let id = signer.as_bytes();
    let at = bytes.windows(32).rposition(|window| window == id).ok_or("no such signature")?;
    let mut bytes = bytes;
    // After the id: the head of a byte string of more than 255 bytes.
    let start = at + 32 + 3;
    bytes[start..start + signature.len()].copy_from_slice(&signature);
    SignedEvent::decode(&bytes).map_err(|e| e.to_string())
}

/// Whether the liar's country is frozen at a peer.
pub fn is_frozen(sim: &Sim, node: usize, country: usize) -> bool {
    let rosters = open_door::rosters(sim.nodes[node].centre());
    rosters.frozen(sim.world.anchors[country].country()).is_some()
}
