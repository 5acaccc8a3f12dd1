//! Bundles of GE's log, and proofs against it.

use serde::Serialize;
use vlec::event::AuthorityKeys;
use vlec::hazmat::digest::sha256;
use vlec::hazmat::world::NOW;
use vlec::{Event, SignedEvent};

use crate::Result;
use crate::cbor::{array, bytes, text, uint};
use crate::checkpoints::{Pair, Scene, Text, note};
use crate::events::leaf;
use crate::hex::hex;
use crate::party::{Party, sign};
use crate::story::{DAY, Story};

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
    policy: &'static str,
    now: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bundle: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

#[derive(Serialize)]
struct Says {
    size: usize,
    new: usize,
    as_of: u64,
    root: String,
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
    /// Of `world.json`'s roster of GE.
    WorldEvent(usize),
    Event(String),
    Leaf(String),
    /// Bytes that are no item, or not an honest one.
    Raw(String),
}

/// GE's log as it may have grown.
struct Log<'a> {
    scene: &'a Scene,
    events: Vec<SignedEvent>,
}

impl Log<'_> {
    fn with(&self, more: &[&SignedEvent]) -> Self {
        let events = self.events.iter().chain(more.iter().copied()).cloned().collect();
        Self { scene: self.scene, events }
    }

    fn hashes(&self, size: usize) -> Vec<[u8; 32]> {
        self.events.iter().take(size).map(|event| sha256(&[&[0], &leaf(event)])).collect()
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
        let item = |(place, event): (usize, &SignedEvent)| match place < WORLD {
            true => Item::WorldEvent(place),
            false => Item::Event(hex(event.encode())),
        };
        self.events.iter().enumerate().take(until).skip(from).map(item).collect()
    }

    /// From `from` on, under one checkpoint.
    fn bundle(&self, from: usize, note: String) -> Vec<Item> {
        let mut items = vec![self.header(from), Item::Checkpoint(note)];
        items.extend(self.entries(from, self.events.len()));
        items
    }

    fn says(&self, new: usize, as_of: u64) -> Says {
        let size = self.events.len();
        Says { size, new, as_of, root: hex(self.text(size).root) }
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
            policy: POLICY,
            now: NOW + 600,
            held: None,
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

pub(crate) fn cases(scene: &Scene, story: &Story<'_>) -> Result<Vec<Case>> {
    let authority = story.world.countries.get(&story.country).ok_or("country")?;
    let world = Log { scene, events: authority.events.clone() };
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
        let event = world.events.get(at).ok_or("event")?;
        Ok(replaced(&world.bundle(0, world.note(5, late)?), at + 2, Item::Leaf(hex(leaf(event)))))
    };
    cases.push(
        new("dropped-epoch", "of an epoch that has ended only the leaf is left", &["ROS-60", "BND-26"])
            .at(late)
            .of(leaf_of(2)?)
            .says(world.says(5, late + 1)),
    );
    cases.extend(rejected(scene, &world, &grown, &whole)?);
    cases.extend(authority_changes(scene, story, &world)?);

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
    Ok(cases)
}

/// The items with another one in a place.
fn replaced(items: &[Item], at: usize, item: Item) -> Vec<Item> {
    let mut items = items.to_vec();
    items.splice(at..=at, [item]);
    items
}

fn rejected(scene: &Scene, world: &Log<'_>, grown: &Log<'_>, whole: &[Item]) -> Result<Vec<Case>> {
    let new = |name: &str, what: &str, rule: &[&'static str]| {
        Case::new(scene, &format!("bundle-{name}"), what, rule)
    };
    let with_note = |note: String| replaced(whole, 1, Item::Checkpoint(note));
    let one = world.note_of(&world.text(5), &[&scene.log], NOW, 1)?;
    let root = world.note_of(&Text { root: [1; 32], ..world.text(5) }, &[&scene.log], NOW, 3)?;
    let future = world.note(5, NOW + 1000)?;
    let unsigned = world.note_of(&world.text(5), &[&scene.next_log], NOW, 3)?;
    let other = Text { origin: scene.witnesses[0].name.replace("/witness", ""), ..world.text(5) };
    let other = world.note_of(&other, &[&scene.log], NOW, 3)?;
    let leaf_of = |at: usize| -> Result<Vec<Item>> {
        let event = world.events.get(at).ok_or("event")?;
        Ok(replaced(whole, at + 2, Item::Leaf(hex(leaf(event)))))
    };
    let mut swapped = whole.to_vec();
    swapped.swap(3, 4);
    let raw = |bytes: &[u8]| Item::Raw(hex(bytes));
    let with_header = |item: &[u8]| {
        let length = u32::try_from(item.len()).unwrap_or_default().to_be_bytes();
        replaced(whole, 0, raw(&[&[1], &length[..], item].concat()))
    };
    let origin = scene.text.origin.as_str();
    let header = |format: &str, from: u64, peaks: &[Vec<u8>]| {
        array(&[text(format), text(origin), uint(from), array(peaks)])
    };
    let many: Vec<_> = (0..64).map(|_| bytes([1; 32])).collect();
    let mut after = whole.to_vec();
    after.push(Item::WorldEvent(0));
    let mut second = whole.to_vec();
    second.push(world.header(0));
    let mut unknown = whole.to_vec();
    unknown.push(raw(&[5, 0, 0, 0, 0]));
    let mut cut = whole.to_vec();
    cut.push(raw(&[2, 0, 0]));
    let mut long = whole.to_vec();
    long.push(raw(&[3, 0xff, 0xff, 0xff, 0xff]));
    let malformed = "event-malformed";
    let mut cases = Vec::new();
    for (name, what, rule, attack, expect, items) in [
        (
            "without-quorum",
            "one witness has cosigned",
            "BND-22",
            "R15",
            "checkpoint-no-quorum",
            with_note(one),
        ),
        (
            "from-the-future",
            "its times lie ahead of the clock",
            "BND-22",
            "R15",
            "checkpoint-no-quorum",
            with_note(future),
        ),
        (
            "other-log",
            "another pair has signed",
            "BND-23",
            "R15",
            "checkpoint-log-signature-missing",
            with_note(unsigned),
        ),
        ("other-root", "its entries give another root", "BND-25", "", "roster-wrong-root", with_note(root)),
        ("swapped", "two entries have changed places", "BND-24", "R5", "event-not-enrolled", swapped),
        (
            "epoch-dropped-early",
            "the leaf of an epoch that lives",
            "BND-26",
            "R9",
            "event-bytes-missing",
            leaf_of(2)?,
        ),
        ("enrol-dropped", "the leaf of an enrolment", "ROS-60", "R9", "event-bytes-missing", leaf_of(1)?),
        (
            "gap",
            "it begins after the end of what is held",
            "BND-20",
            "R9",
            "roster-gap",
            grown.bundle(5, grown.note(6, NOW)?),
        ),
        (
            "entry-first",
            "an entry under no checkpoint",
            "BND-04",
            "",
            malformed,
            vec![world.header(0), Item::WorldEvent(0)],
        ),
        ("entry-left-over", "an entry more than its checkpoint says", "BND-04", "", malformed, after),
        (
            "entry-missing",
            "an entry less than its checkpoint says",
            "BND-04",
            "F1",
            malformed,
            whole.iter().take(6).cloned().collect(),
        ),
        (
            "header-missing",
            "it begins with a checkpoint",
            "BND-01",
            "",
            malformed,
            whole.iter().skip(1).cloned().collect(),
        ),
        ("header-twice", "a second header", "BND-01", "", malformed, second),
        (
            "header-format",
            "another format",
            "BND-01",
            "",
            malformed,
            with_header(&header("vlec/2 bundle", 0, &[])),
        ),
        (
            "header-peaks",
            "a peak of no entries",
            "BND-02",
            "",
            malformed,
            with_header(&header("vlec/1 bundle", 0, &[bytes([1; 32])])),
        ),
        (
            "header-64-peaks",
            "more peaks than any tree has",
            "BND-02",
            "R10",
            malformed,
            with_header(&header("vlec/1 bundle", u64::MAX, &many)),
        ),
        ("other-origin", "a checkpoint of another log", "BND-03", "R4", malformed, with_note(other)),
        ("unknown-kind", "an item of kind 5", "BND-01", "", malformed, unknown),
        ("cut", "the last item is cut off", "BND-06", "F1", malformed, cut),
        ("long-item", "an event of 2^32 - 1 bytes", "BND-07", "D1", malformed, long),
        ("empty", "nothing but a header", "BND-27", "", "roster-smaller", vec![world.header(0)]),
    ] {
        cases.push(new(name, what, &[rule]).of(items).expect(expect, attack));
    }
    cases.push(
        new("smaller", "a log with fewer events than held", &["BND-27"])
            .held("bundle-increment")
            .of(whole.to_vec())
            .expect("roster-smaller", "R2"),
    );
    cases.push(
        new("older", "an older checkpoint over the same events", &["BND-27"])
            .held("bundle-heartbeat")
            .of(whole.to_vec())
            .expect("roster-older", "R2"),
    );
    cases.push(
        new("unsigned-fork", "another tree that the log has not signed", &["BND-21"])
            .held("bundle-increment")
            .of(vec![
                grown.header(5),
                Item::Checkpoint(grown.note_of(
                    &Text { root: [1; 32], ..grown.text(6) },
                    &[&scene.next_log],
                    NOW + 210,
                    3,
                )?),
                Item::Event(hex(grown.events.last().ok_or("event")?.encode())),
            ])
            .expect("roster-wrong-root", "R11"),
    );
    Ok(cases)
}

/// The first checkpoint over an authority event.
fn authority_changes(scene: &Scene, story: &Story<'_>, world: &Log<'_>) -> Result<Vec<Case>> {
    let authority = story.world.countries.get(&story.country).ok_or("country")?;
    let next = Party::log(story.country, &scene.next_log.seed);
    let roots = authority.roots.iter().map(|root| root.public().clone()).collect();
    let (log, witness) = (next.as_log()?.public().clone(), authority.witness.public().clone());
    let keys = AuthorityKeys::new(story.country, roots, 2, log, witness)?;
    let event = Event::authority(&story.anchor, 1, keys);
    let witness = Party::witness(story.country, "GE witness");
    let signers: Vec<&Party> = story.roots.iter().chain([&next, &witness]).collect();
    let (event, _) = sign(event, &signers, "bundle 3")?;
    let changed = world.with(&[&event]);
    let case = |name: &str, what: &str, logs: &[&Pair]| -> Result<Case> {
        let note = changed.note_of(&changed.text(6), logs, NOW + 200, 3)?;
        Ok(Case::new(scene, &format!("bundle-{name}"), what, &["BND-23", "LOG-35"])
            .held("bundle-whole")
            .of(changed.bundle(5, note)))
    };
    let missing = "checkpoint-log-signature-missing";
    Ok(vec![
        case("authority", "a new log key, under both", &[&scene.log, &scene.next_log])?
            .says(changed.says(1, NOW + 201)),
        case("authority-old-log", "a new log key, under the old one alone", &[&scene.log])?
            .expect(missing, "R1"),
        case("authority-new-log", "a new log key, under itself alone", &[&scene.next_log])?
            .expect(missing, "R1"),
    ])
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
