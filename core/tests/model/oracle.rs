//! What is true, in plain data: what logs have signed, who has cosigned it, who has signed which
//! event. It is kept beside the centres and asks none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use vlec::event::{Content, Revoker};
use vlec::{AgencyId, KeyId, SignedEvent, Window};

use crate::wire::{self, Bundle, Hash, Leaf};

/// Of a log: its country's place among the four, its size, its root.
pub type Head = (usize, u64, Hash);
pub type Tree = Rc<Vec<Rc<Leaf>>>;

/// A cosignature, and when its witness says that it made it.
#[derive(Clone, Copy, Debug)]
pub struct Cosigned {
    pub witness: usize,
    pub at: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// The keys that have really signed an event, by the hash of its body.
    pub signed: BTreeMap<Hash, BTreeSet<KeyId>>,
    /// The signed events themselves, by the hash of all their bytes.
    pub genuine: BTreeSet<Hash>,
    /// Every tree of which a log has signed the head, and some that were made up.
    pub trees: BTreeMap<Head, Tree>,
    /// Heads that the log of the country has really signed, with the true time of the last signature.
    pub of_log: BTreeMap<Head, u64>,
    pub cosigned: BTreeMap<Head, Vec<Cosigned>>,
}

/// One agency after some events.
#[derive(Clone, Debug, Default)]
pub struct Agency {
    pub serial: u64,
    pub withdrawn: bool,
    pub identities: Vec<KeyId>,
    pub epochs: Vec<(KeyId, Window, KeyId)>,
    /// The last identity came by a recovery.
    pub recovered: bool,
}

/// A country after some events.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub roots: BTreeSet<KeyId>,
    pub threshold: usize,
    pub agencies: BTreeMap<AgencyId, Agency>,
    pub revoked: BTreeSet<KeyId>,
}

impl State {
    /// The identity that speaks for an agency, its delays aside.
    pub fn current(&self, agency: &Agency) -> Option<KeyId> {
        agency.identities.last().copied().filter(|id| !agency.withdrawn && !self.revoked.contains(id))
    }
}

impl Oracle {
    /// Reads a bundle that a log has made, and knows its trees from then on.
    pub fn learn(&mut self, country: usize, bytes: &[u8]) -> Result<Head, String> {
        let bundle = Bundle::read(bytes).ok_or("a bundle is not of its form")?;
        let (size, root) = bundle.from;
        let empty = Tree::default();
        let before = match size {
            0 => &empty,
            _ => self.trees.get(&(country, size, root)).ok_or("a bundle begins with an unknown tree")?,
        };
        let mut leaves = before.to_vec();
        let mut head = (country, size, root);
        for (note, new) in bundle.sections {
            leaves.extend(new);
            let (size, root) = (note.checkpoint().size(), *note.checkpoint().root());
            head = (country, size, root);
            if (leaves.len() as u64, wire::root(&leaves)) != (size, root) {
                return Err(format!("a log has signed a head of size {size} that is not of its events"));
            }
            self.trees.entry(head).or_insert_with(|| Rc::new(leaves.clone()));
        }
        Ok(head)
    }

    /// Whether one of the trees begins with the other.
    pub fn consistent(&self, a: &Head, b: &Head) -> Result<bool, String> {
        let tree = |head: &Head| self.trees.get(head).ok_or_else(|| format!("unknown head {}", show(head)));
        let (a, b) = (tree(a)?, tree(b)?);
        Ok(a.iter().zip(b.iter()).all(|(a, b)| a.hash == b.hash))
    }

    /// The newest word of every witness.
    pub fn witnesses(&self, head: &Head) -> BTreeMap<usize, u64> {
        let mut newest = BTreeMap::new();
        for Cosigned { witness, at } in self.cosigned.get(head).into_iter().flatten() {
            let time = newest.entry(*witness).or_insert(*at);
            *time = (*time).max(*at);
        }
        newest
    }

    /// The newest time at which a quorum has cosigned the tree of `head`, or one that it continues.
    pub fn newest_word(&self, head: &Head, quorum: usize) -> Result<u64, String> {
        let mut newest = 0;
        for other in self.cosigned.keys().filter(|other| other.0 == head.0 && other.1 <= head.1) {
            let mut words: Vec<u64> = self.witnesses(other).into_values().collect();
            words.sort_unstable();
            let word = words.len().checked_sub(quorum).map_or(0, |place| words[place]);
            if word > newest && self.consistent(other, head)? {
                newest = word;
            }
        }
        Ok(newest)
    }

    fn has_signed(&self, leaf: &Leaf, key: &KeyId) -> bool {
        self.signed.get(&leaf.body).is_some_and(|keys| keys.contains(key))
    }

    fn by_roots(&self, state: &State, leaf: &Leaf) -> bool {
        state.roots.iter().filter(|root| self.has_signed(leaf, root)).count() >= state.threshold
    }

    /// Whether the roots, who alone need no roster to be believed, have signed a revocation.
    pub fn revoked_by_roots(&self, state: &State, event: &SignedEvent) -> Option<KeyId> {
        let Content::Revoke(revoke) = event.event().content() else { return None };
        let genuine = self.genuine.contains(&wire::sha256(&[&event.encode()]));
        let good = genuine && revoke.by() == Revoker::Roots && self.by_roots(state, &Leaf::of(event));
        good.then_some(*revoke.key_id())
    }

    /// What events come to, or which of them no peer may ever take.
    pub fn fold(&self, events: &[Rc<Leaf>]) -> Result<State, String> {
        let mut state = State::default();
        for (place, leaf) in events.iter().enumerate() {
            self.apply(&mut state, leaf).map_err(|fault| {
                let event = leaf.event.event();
                format!("event {place}, {} of {}, must not be taken: {fault}", event.kind(), event.subject())
            })?;
        }
        Ok(state)
    }

    pub fn apply(&self, state: &mut State, leaf: &Leaf) -> Result<(), &'static str> {
        let event = leaf.event.event();
        let need = |holds: bool, fault| if holds { Ok(()) } else { Err(fault) };
        let subject = event.subject().clone();
        match event.content() {
            Content::Genesis(genesis) => {
                need(state.roots.is_empty(), "a second genesis")?;
                state.roots = genesis.keys().roots().iter().map(|root| *root.id()).collect();
                state.threshold = genesis.keys().threshold();
                return Ok(());
            }
            Content::Authority(keys) => {
                need(self.by_roots(state, leaf), "too few roots")?;
                state.roots = keys.roots().iter().map(|root| *root.id()).collect();
                state.threshold = keys.threshold();
                return Ok(());
            }
            Content::Enrol(enrol) => {
                need(self.by_roots(state, leaf), "too few roots")?;
                need(!state.agencies.contains_key(&subject), "enrolled twice")?;
                need(self.has_signed(leaf, enrol.identity().id()), "not signed by its identity")?;
                let identities = vec![*enrol.identity().id()];
                state.agencies.insert(subject, Agency { serial: 1, identities, ..Agency::default() });
                return Ok(());
            }
            Content::Revoke(revoke) => {
                let agency = state.agencies.get(&subject);
                let mut owners = agency.into_iter().flat_map(|agency| &agency.identities);
                let good = match revoke.by() {
                    Revoker::Roots => self.by_roots(state, leaf),
                    Revoker::Owner => owners.any(|id| self.has_signed(leaf, id)),
                };
                need(good, "not signed by roots or owner")?;
                state.revoked.insert(*revoke.key_id());
                return Ok(());
            }
            _ => {}
        }
        let by_roots = self.by_roots(state, leaf);
        let agency = state.agencies.get(&subject).ok_or("not enrolled")?;
        need(!agency.withdrawn, "withdrawn")?;
        need(event.serial() == agency.serial + 1, "the serial does not follow")?;
        let current = state.current(agency);
        let by_current = current.is_some_and(|id| self.has_signed(leaf, &id));
        match event.content() {
            Content::Epoch(key) => {
                need(by_current, "not signed by the identity")?;
                need(key.number().0 == agency.epochs.len() as u64 + 1, "the epoch does not follow")?;
            }
            Content::Rotation(next) => {
                need(by_current && self.has_signed(leaf, next.id()), "not signed by both identities")?;
            }
            Content::Recovery(next) => {
                need(by_roots && self.has_signed(leaf, next.id()), "not signed by roots and identity")?;
                state.revoked.extend(agency.identities.iter().copied());
            }
            _ => need(by_roots, "too few roots")?,
        }
        let agency = state.agencies.get_mut(&subject).ok_or("not enrolled")?;
        agency.serial = event.serial();
        match event.content() {
            Content::Epoch(key) => {
                let by = current.ok_or("no identity")?;
                agency.epochs.push((*key.id(), key.window(), by));
            }
            Content::Rotation(next) | Content::Recovery(next) => {
                agency.identities.push(*next.id());
                agency.recovered = matches!(event.content(), Content::Recovery(_));
            }
            _ => agency.withdrawn = true,
        }
        Ok(())
    }
}

pub fn show((country, size, root): &Head) -> String {
    let name = crate::world::COUNTRIES[*country];
    format!("{name}:{size}:{:02x}{:02x}{:02x}", root[0], root[1], root[2])
}
