//! Bundles of GE's log, and proofs against it.

mod form;
mod leaves;
mod other_trees;
mod proofs;
mod proposals;
mod rejected;
mod times;

use serde::Serialize;
use vlec::SignedEvent;
use vlec::hazmat::digest::sha256;
use vlec::hazmat::world::NOW;

use crate::Result;
use crate::cbor::{array, bytes, text};
use crate::checkpoints::{Pair, Scene, Text, note};
use crate::events::leaf;
use crate::hex::{Fill, hex};
use crate::party::sign;
use crate::story::{Answer, DAY, Story};

/// The policy of every vector, in `checkpoints/`.
const POLICY: &str = "policy-two-of-three.json";
const WORLD: usize = 5;

/// A bundle, or a proof, and what comes of it. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: &'static str,
    anchor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'static str>,
    now: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Witness>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bundle: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

/// Who judges a proposal.
#[derive(Serialize)]
struct Witness {
    /// What it has cosigned of this log last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

/// What a witness may cosign.
#[derive(Serialize)]
struct Proposed {
    note: String,
    signed_at: u64,
}

#[derive(Serialize)]
struct Says {
    size: usize,
    new: usize,
    as_of: u64,
    root: String,
    /// The times of the new events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answers: Vec<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<Proposed>,
}

/// An item of a bundle, by what is in it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Item {
    Header {
        origin: String,
        from: u64,
        peaks: Vec<String>,
    },
    Checkpoint(String),
    /// A note that is too long to be written out.
    LongCheckpoint {
        note: String,
        fill: Fill,
    },
    /// Of `world.json`'s roster of GE.
    WorldEvent(usize),
    Event(String),
    Leaf(String),
    /// Bytes that are no item, or not an honest one.
    Raw(String),
}

/// GE's log as it may have grown.
#[derive(Clone)]
struct Log<'a> {
    scene: &'a Scene,
    entries: Vec<Entry>,
}

/// What stands in it: an event, or the leaf of one that nobody has.
#[derive(Clone)]
enum Entry {
    Event(Box<SignedEvent>),
    Leaf(Vec<u8>),
}

impl Log<'_> {
    fn with(&self, more: &[&SignedEvent]) -> Self {
        let more = more.iter().map(|event| Entry::Event(Box::new((*event).clone())));
        Self { scene: self.scene, entries: self.entries.iter().cloned().chain(more).collect() }
    }

    fn with_leaf(&self, leaf: Vec<u8>) -> Self {
        let entries = self.entries.iter().cloned().chain([Entry::Leaf(leaf)]).collect();
        Self { scene: self.scene, entries }
    }

    fn event(&self, place: usize) -> Result<&SignedEvent> {
        match self.entries.get(place) {
            Some(Entry::Event(event)) => Ok(event),
            _ => Err("no event of this place".into()),
        }
    }

    fn hashes(&self, size: usize) -> Vec<[u8; 32]> {
        let hash = |entry: &Entry| match entry {
            Entry::Event(event) => sha256(&[&[0], &leaf(event)]),
            Entry::Leaf(leaf) => sha256(&[&[0], leaf]),
        };
        self.entries.iter().take(size).map(hash).collect()
    }

    fn text(&self, size: usize) -> Text {
        Text { size: size as u64, root: tree(&self.hashes(size)), ..self.scene.text.clone() }
    }

    /// Signed by these logs, cosigned by so many witnesses a second after one another.
    fn note_of(&self, text: &Text, logs: &[&Pair], at: u64, witnesses: usize) -> Result<String> {
        let mut lines = Vec::new();
        for log in logs {
            lines.extend(log.log_lines(text, at)?);
        }
        for (after, witness) in (0..).zip(self.scene.witnesses.iter().take(witnesses)) {
            lines.extend(witness.witness_lines(text, at + after)?);
        }
        Ok(note(&text.text(), lines.iter().map(|line| line.text.as_str())))
    }

    fn note(&self, size: usize, at: u64) -> Result<String> {
        self.note_of(&self.text(size), &[&self.scene.log], at, 3)
    }

    fn header(&self, from: usize) -> Item {
        let (mut peaks, mut rest) = (Vec::new(), self.hashes(from));
        while !rest.is_empty() {
            let largest = 1 << rest.len().ilog2();
            let others = rest.split_off(largest);
            peaks.push(hex(tree(&rest)));
            rest = others;
        }
        Item::Header { origin: self.scene.text.origin.clone(), from: from as u64, peaks }
    }

    fn entries(&self, from: usize, until: usize) -> Vec<Item> {
        let item = |(place, entry): (usize, &Entry)| match entry {
            Entry::Event(_) if place < WORLD => Item::WorldEvent(place),
            Entry::Event(event) => Item::Event(hex(event.encode())),
            Entry::Leaf(leaf) => Item::Leaf(hex(leaf)),
        };
        self.entries.iter().enumerate().take(until).skip(from).map(item).collect()
    }

    /// From `from` on, under one checkpoint.
    fn bundle(&self, from: usize, note: String) -> Vec<Item> {
        let mut items = vec![self.header(from), Item::Checkpoint(note)];
        items.extend(self.entries(from, self.entries.len()));
        items
    }

    fn says(&self, new: usize, as_of: u64) -> Says {
        let size = self.entries.len();
        let (root, at, answers) = (hex(self.text(size).root), Vec::new(), Vec::new());
        Says { size, new, as_of, root, at, answers, proposed: None }
    }

    /// As [`Self::says`], with the times of the new events.
    fn says_at(&self, at: &[u64], as_of: u64) -> Says {
        Says { at: at.to_vec(), ..self.says(at.len(), as_of) }
    }
}

impl Case {
    fn new(scene: &Scene, name: &str, description: &str, rule: &[&'static str]) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            rule: rule.to_vec(),
            attack: Vec::new(),
            expect: "ok",
            anchor: scene.text.origin.clone(),
            policy: Some(POLICY),
            now: NOW + 600,
            held: None,
            witness: None,
            bundle: Vec::new(),
            proof: None,
            says: None,
        }
    }

    fn of(mut self, bundle: Vec<Item>) -> Self {
        self.bundle = bundle;
        self
    }

    fn held(mut self, name: &str) -> Self {
        self.held = Some(format!("{name}.json"));
        self
    }

    fn says(mut self, says: Says) -> Self {
        self.says = Some(says);
        self
    }

    fn expect(mut self, expect: &'static str, attack: &'static str) -> Self {
        self.expect = expect;
        self.attack.extend((!attack.is_empty()).then_some(attack));
        self
    }

    fn at(mut self, now: u64) -> Self {
        self.now = now;
        self
    }

    fn proof(mut self, proof: &[u8]) -> Self {
        self.proof = Some(hex(proof));
        self
    }
}

/// The world's log, and what it may have become.
struct Logs<'a> {
    world: Log<'a>,
    /// By a rotation: what is held where a fork is found.
    grown: Log<'a>,
    /// By another event in its place, and by the rotation after that.
    forked: Log<'a>,
    longer: Log<'a>,
    /// By an authority event that names another log pair.
    changed: Log<'a>,
}

pub(crate) fn cases(scene: &Scene, story: &Story<'_>) -> Result<Vec<Case>> {
    let authority = story.world.countries.get(&story.country).ok_or("country")?;
    let entries = authority.events.iter().cloned().map(Box::new).map(Entry::Event).collect();
    let world = Log { scene, entries };
    let (rotation, _) =
        sign(story.rotate(3, &story.cyber_next)?, &[&story.cyber, &story.cyber_next], "bundle 1")?;
    let (other, _) = sign(story.enrol(&story.new)?, &story.quorum(&[&story.new]), "bundle 2")?;
    let (grown, forked) = (world.with(&[&rotation]), world.with(&[&other]));
    let longer = world.with(&[&other, &rotation]);
    let new = |name: &str, what: &str, rule: &[&'static str]| {
        Case::new(scene, &format!("bundle-{name}"), what, rule)
    };
    let whole = world.bundle(0, world.note(5, NOW)?);

    let mut sections = vec![world.header(0), Item::Checkpoint(world.note(1, NOW)?)];
    sections.extend(world.entries(0, 1));
    sections.push(Item::Checkpoint(world.note(5, NOW + 100)?));
    sections.extend(world.entries(1, 5));
    let late = NOW + 9 * DAY;
    let mut cases = vec![
        new("whole", "a log from its beginning, under one checkpoint", &["BND-04", "BND-22", "BND-25"])
            .of(whole.clone())
            .says(world.says(5, NOW + 1)),
        new("sections", "two checkpoints, each before its entries", &["BND-04", "BND-05", "BND-22"])
            .of(sections)
            .says(world.says(5, NOW + 101)),
        new("increment", "what follows a log that is held", &["BND-02", "BND-20"])
            .held("bundle-whole")
            .of(grown.bundle(5, grown.note(6, NOW + 200)?))
            .says(grown.says(1, NOW + 201)),
        new("overlap", "it begins before the end of what is held", &["BND-20", "BND-21"])
            .held("bundle-whole")
            .of(grown.bundle(3, grown.note(6, NOW + 200)?))
            .says(grown.says(1, NOW + 201)),
        new("heartbeat", "a newer checkpoint over what is held", &["BND-05", "BND-54"])
            .held("bundle-whole")
            .of(world.bundle(5, world.note(5, NOW + 300)?))
            .says(world.says(0, NOW + 301)),
    ];
    let leaf_of = |at: usize| -> Result<Vec<Item>> {
        let event = world.event(at)?;
        Ok(replaced(&world.bundle(0, world.note(5, late)?), at + 2, Item::Leaf(hex(leaf(event)))))
    };
    cases.push(
        new("dropped-epoch", "of an epoch that has ended only the leaf is left", &["ROS-60", "BND-26"])
            .at(late)
            .of(leaf_of(2)?)
            .says(world.says(5, late + 1)),
    );
    cases.extend(rejected::cases(scene, &world, &grown, &whole)?);
    cases.extend(rejected::authority_changes(scene, story, &world)?);

    // Forks, each found by the one who holds the grown log.
    let ours = grown.note(6, NOW + 200)?;
    let theirs = forked.note(6, NOW + 210)?;
    let equal = proof([&theirs, &ours], forked.text(6).root, &[]);
    cases.push(
        new("fork-of-one-size", "the log has signed another sixth event", &["BND-21", "BND-40"])
            .held("bundle-increment")
            .of(forked.bundle(0, theirs.clone()))
            .proof(&equal)
            .expect("roster-fork", "R1"),
    );
    let larger = longer.note(7, NOW + 220)?;
    let hashes = consistency(6, &longer.hashes(7));
    let unequal = proof([&ours, &larger], longer.text(6).root, &hashes);
    cases.push(
        new(
            "fork-of-another-size",
            "the log has signed a larger tree with another sixth event",
            &["BND-21", "BND-40"],
        )
        .held("bundle-increment")
        .of(longer.bundle(5, larger.clone()))
        .proof(&unequal)
        .expect("roster-fork", "R1"),
    );
    let against = |name: &str, what: &str, proof: Vec<u8>| {
        Case::new(scene, &format!("proof-{name}"), what, &["BND-40"]).held("bundle-increment").proof(&proof)
    };
    let says = || grown.says(0, NOW + 201);
    cases.push(against("equal-size", "two roots of one size", equal.clone()).says(says()));
    cases.push(against("consistency", "the larger tree had another root", unequal).says(says()));
    let none = "roster-no-equivocation";
    let same = world.note(5, NOW)?;
    let honest = consistency(5, &grown.hashes(6));
    let unsigned =
        forked.note_of(&forked.text(6), &[&scene.witnesses[0].renamed(&scene.log.name)], NOW, 0)?;
    for (name, what, bytes) in [
        (
            "one-history",
            "the smaller tree begins the larger",
            proof([&same, &ours], world.text(5).root, &honest),
        ),
        ("one-checkpoint", "the same checkpoint twice", proof([&ours, &ours], grown.text(6).root, &[])),
        ("other-root", "a root that no hash gives", proof([&same, &ours], [1; 32], &honest)),
        ("not-signed", "another pair has signed", proof([&unsigned, &ours], forked.text(6).root, &[])),
        (
            "with-a-hash",
            "a hash where sizes are equal",
            proof([&theirs, &ours], forked.text(6).root, &[[1; 32]]),
        ),
        (
            "larger-first",
            "the larger one stands first",
            proof([&larger, &ours], longer.text(6).root, &hashes),
        ),
    ] {
        cases.push(against(name, what, bytes).expect(none, "R11"));
    }
    let mut trailing = equal.clone();
    trailing.push(0);
    cases.push(against("trailing", "a byte follows it", trailing).expect("event-malformed", "E6"));
    let long: Vec<[u8; 32]> = vec![[1; 32]; 65];
    let long = proof([&same, &ours], world.text(5).root, &long);
    cases.push(
        against("of-65-hashes", "more hashes than any tree has", long).expect("event-malformed", "R10"),
    );
    let logs = Logs { changed: rejected::changed(scene, story, &world)?, world, grown, forked, longer };
    cases.extend(times::cases(scene, story, &logs)?);
    cases.extend(leaves::cases(scene, story, &logs)?);
    cases.extend(form::cases(scene, story, &logs)?);
    cases.extend(other_trees::cases(scene, &logs)?);
    cases.extend(proofs::cases(scene, &logs)?);
    cases.extend(proposals::cases(scene, story, &logs)?);
    Ok(cases)
}

/// The items with another one in a place.
fn replaced(items: &[Item], at: usize, item: Item) -> Vec<Item> {
    let mut items = items.to_vec();
    items.splice(at..=at, [item]);
    items
}

fn proof([first, second]: [&str; 2], root: [u8; 32], hashes: &[[u8; 32]]) -> Vec<u8> {
    let hashes: Vec<_> = hashes.iter().map(bytes).collect();
    array(&[text("vlec/1 equivocation"), text(first), text(second), bytes(root), array(&hashes)])
}

/// `MTH` of RFC 6962 §2.1.
fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &tree(left), &tree(right)])
        }
    }
}

/// `PROOF` of RFC 6962 §2.1.2.
fn consistency(size: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    fn subproof(size: usize, leaves: &[[u8; 32]], whole: bool) -> Vec<[u8; 32]> {
        if size == leaves.len() {
            return if whole { Vec::new() } else { vec![tree(leaves)] };
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut proof, beside) = match size.checked_sub(left.len()) {
            None | Some(0) => (subproof(size, left, whole), tree(right)),
            Some(size) => (subproof(size, right, false), tree(left)),
        };
        proof.push(beside);
        proof
    }
    subproof(size, leaves, true)
}
