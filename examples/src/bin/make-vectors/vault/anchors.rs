//! The row `state`, records of an anchor, and the anchor's file (SPEC §12.4).

use serde::Serialize;
use vlec::hazmat::digest::sha256;

use super::sums::RowsPart;
use super::{Case, Record, case, fixed, flipped, longer, shorter};
use crate::hex::hex;

#[derive(Serialize)]
pub(super) struct StateRow {
    pub(super) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) says: Option<State>,
}

/// What stands in a state.
#[derive(Clone, Serialize)]
pub(super) struct State {
    pub(super) generation: u64,
    pub(super) tag: String,
    pub(super) previous: String,
    pub(super) number: u64,
    pub(super) floor: u64,
    /// Absent in an older state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<RowsPart>,
}

#[derive(Serialize)]
pub(super) struct Slot {
    slot: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

/// Slots are followed by zeros to 4096 bytes, and cut off or filled up to the file's length.
#[derive(Serialize)]
pub(super) struct File {
    slots: [String; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
    /// The slots after reading, where that changes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<[String; 2]>,
}

/// What stands in an anchor.
#[derive(Clone, Serialize)]
pub(super) struct Says {
    vault: String,
    generation: u64,
    tag: String,
    keys: Vec<(u64, String)>,
}

/// An anchor's record before its bytes.
#[derive(Clone)]
pub(super) struct Anchor {
    pub(super) serial: u64,
    pub(super) vault: [u8; 16],
    pub(super) generation: u64,
    pub(super) tag: [u8; 16],
    /// The numbers of the keys.
    pub(super) keys: Vec<u64>,
}

impl State {
    /// `state`, SPEC §12.4.
    pub(super) fn bytes(&self, tag: [u8; 16], previous: [u8; 16]) -> Vec<u8> {
        let numbers = [self.number.to_be_bytes(), self.floor.to_be_bytes()].concat();
        let rows = self.rows.as_ref().map(RowsPart::bytes).unwrap_or_default();
        [&self.generation.to_be_bytes()[..], &tag, &previous, &numbers, &rows].concat()
    }
}

impl Anchor {
    pub(super) fn new(serial: u64, generation: u64) -> Self {
        let (vault, keys) = (fixed("id"), vec![1]);
        Self { serial, vault, generation, tag: tag(generation), keys }
    }

    pub(super) fn keys(mut self, keys: &[u64]) -> Self {
        self.keys = keys.to_vec();
        self
    }

    /// `anchor`, SPEC §12.4.
    pub(super) fn bytes(&self) -> Vec<u8> {
        digested(self.body())
    }

    /// Before the digest.
    fn body(&self) -> Vec<u8> {
        let Self { serial, vault, generation, tag, keys } = self;
        let mut body =
            [b"VLECANCH\x01", &serial.to_be_bytes()[..], vault, &generation.to_be_bytes(), tag].concat();
        body.push(keys.len() as u8);
        for number in keys {
            body.extend(number.to_be_bytes());
            body.extend(fixed::<32>(&format!("wrapping key {number}")));
        }
        body
    }

    pub(super) fn says(&self) -> Says {
        let key = |number: &u64| (*number, hex(fixed::<32>(&format!("wrapping key {number}"))));
        let (vault, tag, keys) = (hex(self.vault), hex(self.tag), self.keys.iter().map(key).collect());
        Says { vault, generation: self.generation, tag, keys }
    }
}

/// A generation's tag.
pub(super) fn tag(generation: u64) -> [u8; 16] {
    fixed(&format!("tag {generation}"))
}

fn digested(body: Vec<u8>) -> Vec<u8> {
    let sum = sha256(&[&body]);
    [body, sum.to_vec()].concat()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = states();
    cases.extend(records());
    cases.extend(files());
    cases
}

fn states() -> Vec<Case> {
    let state = |generation: u64, number: u64, floor: u64| {
        let previous = tag(generation - 1);
        let (tagged, before) = (hex(tag(generation)), hex(previous));
        let says = State { generation, tag: tagged, previous: before, number, floor, rows: None };
        (says.bytes(tag(generation), previous), says)
    };
    let (largest, now) = ((1 << 53) - 1, vlec::hazmat::world::NOW);
    let mut cases = Vec::new();
    for (name, what, (bytes, says)) in [
        ("state", "the seventh generation, under the second wrapping key", state(7, 2, now)),
        ("state-largest", "the largest numbers and the latest time", state(u64::MAX, u64::MAX, largest)),
    ] {
        let row = StateRow { state: hex(bytes), says: Some(says) };
        cases.push(case(name, what, "VLT-31", Record::State(row)));
    }
    let good = state(7, 2, now).0;
    for (name, what, bytes) in [
        ("floor-2-53", "a floor that is no time", state(7, 2, largest + 1).0),
        ("cut", "the last byte is missing", shorter(&good)),
        ("trailing", "a byte follows", longer(&good, 0)),
        ("no-bytes", "no bytes at all", Vec::new()),
    ] {
        let row = StateRow { state: hex(bytes), says: None };
        cases.push(case(&format!("state-{name}"), what, "VLT-31", Record::State(row)).expect("row-damaged"));
    }
    cases
}

fn records() -> Vec<Case> {
    let (one, two) = (Anchor::new(7, 6), Anchor::new(8, 7).keys(&[1, 2]));
    let mut cases = Vec::new();
    for (name, what, anchor, slot) in [
        ("one-key", "one wrapping key", &one, one.bytes()),
        ("two-keys", "two, while secrets are wrapped anew", &two, two.bytes()),
        ("with-zeros", "the zeros of its slot", &one, [one.bytes(), vec![0; 20]].concat()),
    ] {
        let slot = Slot { slot: hex(slot), serial: Some(anchor.serial), says: Some(anchor.says()) };
        cases.push(case(&format!("anchor-{name}"), what, "VLT-30", Record::Anchor(slot)));
    }
    let (body, good) = (one.body(), one.bytes());
    let with = |at: usize, byte: u8| {
        let mut body = body.clone();
        body.splice(at..=at, [byte]);
        digested(body)
    };
    let three = Anchor::new(9, 8).keys(&[1, 2, 3]).bytes();
    let none = Anchor::new(9, 8).keys(&[]).bytes();
    for (name, what, slot) in [
        ("magic-other", "another magic, under its digest", with(0, b'v')),
        ("version-2", "version 2, under its digest", with(8, 2)),
        ("no-keys", "no wrapping key, under its digest", none),
        ("three-keys", "three wrapping keys, under their digest", three),
        ("count-of-two", "one key, and a count of two, under its digest", with(57, 2)),
        ("serial-changed", "a bit of the serial", flipped(&good, 16)),
        ("vault-changed", "a bit of the vault's id", flipped(&good, 17)),
        ("generation-changed", "a bit of the generation", flipped(&good, 40)),
        ("tag-changed", "a bit of the tag", flipped(&good, 41)),
        ("key-changed", "a bit of the wrapping key", flipped(&good, 66)),
        ("digest-changed", "a bit of the digest", flipped(&good, -1)),
        ("cut", "the last byte is missing", shorter(&good)),
        ("trailing", "a byte that is not zero follows", longer(&good, 1)),
        (
            "trailing-after-zeros",
            "a byte that is not zero follows zeros",
            longer(&[good.clone(), vec![0; 9]].concat(), 1),
        ),
        ("zeros", "zeros alone, as the second slot is at first", vec![0; 200]),
        ("no-bytes", "no bytes at all", Vec::new()),
    ] {
        let slot = Slot { slot: hex(slot), serial: None, says: None };
        let case = case(&format!("anchor-{name}"), what, "VLT-30", Record::Anchor(slot));
        cases.push(case.expect("anchor-damaged"));
    }
    cases
}

fn files() -> Vec<Case> {
    let [old, new] = [Anchor::new(4, 6), Anchor::new(5, 7)];
    let mut equal = Anchor::new(5, 6);
    let same = equal.clone();
    equal.tag = tag(9);
    let (before, after) = (Anchor::new(5, 6).keys(&[1, 2]), Anchor::new(6, 7).keys(&[2]));
    // What a power cut leaves of a slot: its first sector new, the rest old.
    let torn: Vec<u8> =
        new.bytes().iter().take(40).copied().chain(old.bytes().into_iter().skip(40)).collect();
    let none = Vec::new;
    let mut cases = Vec::new();
    for (name, what, slots, counts) in [
        ("second-counts", "the second slot has the higher serial", [old.bytes(), new.bytes()], &new),
        ("first-counts", "the first slot has the higher serial", [new.bytes(), old.bytes()], &new),
        (
            "serials-equal",
            "both slots the same, as after a key has gone",
            [same.bytes(), same.bytes()],
            &same,
        ),
        (
            "serials-equal-and-unlike",
            "slots of one serial that differ: the second counts",
            [same.bytes(), equal.bytes()],
            &equal,
        ),
    ] {
        cases.push(file(name, what, slots, Some(counts), None));
    }
    for (name, what, slots, counts) in [
        ("first", "as it is made: the second slot is zero", [old.bytes(), none()], &old),
        ("second-torn", "a power cut while the second slot was written", [old.bytes(), torn.clone()], &old),
        ("first-torn", "a power cut while the first slot was written", [torn.clone(), old.bytes()], &old),
        ("second-alone", "only the second slot is whole", [none(), old.bytes()], &old),
        (
            "key-gone",
            "a power cut before the old key was overwritten in the other slot too",
            [before.bytes(), after.bytes()],
            &after,
        ),
    ] {
        cases.push(file(name, what, slots, Some(counts), Some(counts)));
    }
    for (name, what, slots) in [
        ("both-torn", "neither slot is whole", [torn.clone(), torn.clone()]),
        ("zeros", "both slots are zero", [none(), none()]),
    ] {
        cases.push(file(name, what, slots, None, None));
    }
    for (name, what, length) in [
        ("cut", "a byte less than two slots", 8191),
        ("trailing", "a byte more than two slots", 8193),
        ("of-one-slot", "one slot alone", 4096),
        ("of-no-bytes", "no bytes at all", 0),
    ] {
        let mut case = file(name, what, [old.bytes(), new.bytes()], None, None);
        if let Record::AnchorFile(file) = &mut case.record {
            file.length = Some(length);
        }
        cases.push(case);
    }
    cases
}

/// Of these slots that one counts; after reading, both are that one if `after` is given.
fn file(
    name: &str,
    what: &str,
    slots: [Vec<u8>; 2],
    counts: Option<&Anchor>,
    after: Option<&Anchor>,
) -> Case {
    let after = after.map(|anchor| [hex(anchor.bytes()), hex(anchor.bytes())]);
    let file = File { slots: slots.map(hex), length: None, says: counts.map(Anchor::says), after };
    let case = case(&format!("anchor-file-{name}"), what, "VLT-30", Record::AnchorFile(file)).attack("L4");
    if counts.is_some() { case } else { case.expect("anchor-damaged") }
}
