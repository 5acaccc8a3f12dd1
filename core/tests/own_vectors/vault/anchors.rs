//! The row `state`, records of an anchor, and the anchor's file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Deserialize;
use vlec::hazmat::vault::{State, decode_anchor, decode_state, encode_anchor, encode_state};
use vlec::{Anchor, AnchorState, FileAnchor};

use super::{sums, verdict};
use crate::bytes::Hex;
use crate::independent::sha256;
use crate::support::{Verdict, ensure, same};
use crate::world::time;

const SLOT: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateRow {
    state: Hex,
    says: Option<StateSays>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateSays {
    generation: u64,
    tag: Hex,
    previous: Hex,
    number: u64,
    floor: u64,
    rows: Option<sums::Part>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    slot: Hex,
    serial: Option<u64>,
    says: Option<Says>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    slots: [Hex; 2],
    length: Option<usize>,
    says: Option<Says>,
    after: Option<[Hex; 2]>,
}

/// What an anchor holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    vault: Hex,
    generation: u64,
    tag: Hex,
    keys: Vec<(u64, Hex)>,
}

impl StateRow {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { state, says } = self;
        let come = decode_state(&state.0).ok_or("row-damaged");
        let (Some(come), Some(says)) = (verdict(expect, come, says.is_some())?, says) else { return Ok(()) };
        let StateSays { generation, tag, previous, number, floor, rows } = says;
        let said = State {
            generation: *generation,
            tag: tag.array(),
            previous: previous.array(),
            wrapping: *number,
            floor: time(*floor),
            rows: rows.as_ref().map(sums::Part::said).transpose()?,
        };
        same("state", &come, &said)?;
        same("made by the core", encode_state(&said), state.0.clone())?;
        let [generation, number, floor] = [generation, number, floor].map(|number| number.to_be_bytes());
        let rows = rows.as_ref().map(sums::Part::bytes).transpose()?.unwrap_or_default();
        let again = [&generation[..], &tag.0, &previous.0, &number, &floor, &rows].concat();
        same("made by the formula", again, state.0.clone())
    }
}

impl Slot {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { slot, serial, says } = self;
        let come = decode_anchor(&slot.0).ok_or("anchor-damaged");
        ensure(serial.is_some() == says.is_some(), "a serial without what it stands before")?;
        let (Some((found, state)), Some(says)) = (verdict(expect, come, says.is_some())?, says) else {
            return Ok(());
        };
        same("serial", Some(found), *serial)?;
        says.check(&state)?;
        let record = says.record(found);
        same("made by the core", &*encode_anchor(&state, found), &record)?;
        same("made by the formula", slot.0.get(..record.len()), Some(&record[..]))?;
        ensure(slot.0.iter().skip(record.len()).all(|byte| *byte == 0), "what follows is not zero")
    }
}

impl Says {
    pub(super) fn check(&self, state: &AnchorState) -> Verdict {
        let Self { vault, generation, tag, keys } = self;
        same("vault", state.vault, vault.array::<16>())?;
        same("generation", state.generation, *generation)?;
        same("tag", state.tag, tag.array::<16>())?;
        let found: Vec<_> =
            state.keys.iter().map(|key| (key.number, Hex(key.key.expose().to_vec()))).collect();
        same("keys", &found, keys)
    }

    /// `anchor`, SPEC §12.4.
    fn record(&self, serial: u64) -> Vec<u8> {
        let Self { vault, generation, tag, keys } = self;
        let (serial, generation) = (serial.to_be_bytes(), generation.to_be_bytes());
        let mut record = [b"VLECANCH\x01", &serial[..], &vault.0, &generation, &tag.0].concat();
        record.push(u8::try_from(keys.len()).unwrap());
        for (number, key) in keys {
            record.extend(number.to_be_bytes());
            record.extend(&key.0);
        }
        let sum = sha256(&[&record]);
        [record, sum.to_vec()].concat()
    }
}

impl File {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { slots, length, says, after } = self;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("anchor");
        let anchor = place(&folder, slots, length.unwrap_or(2 * SLOT));
        let come = anchor.load().map_err(|error| error.code());
        let come = come.and_then(|state| state.ok_or("anchor-missing"));
        let come = verdict(expect, come, says.is_some())?;
        if let (Some(state), Some(says)) = (&come, says) {
            says.check(state)?;
        }
        let found = std::fs::read(folder.join("anchor")).unwrap();
        let expected = bytes(after.as_ref().unwrap_or(slots), length.unwrap_or(2 * SLOT));
        same("the file after", found == expected, true)?;
        ensure(after.is_none() || come.is_some(), "only a whole anchor is written to")
    }
}

/// The anchor whose file has these slots.
pub(super) fn place(folder: &Path, slots: &[Hex; 2], length: usize) -> FileAnchor {
    let anchor = FileAnchor::new(folder).unwrap();
    let path = folder.join("anchor");
    std::fs::write(&path, bytes(slots, length)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    anchor
}

/// Each slot with its zeros, cut off or filled up.
fn bytes(slots: &[Hex; 2], length: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for (end, slot) in [SLOT, 2 * SLOT].into_iter().zip(slots) {
        file.extend(&slot.0);
        file.resize(end, 0);
    }
    file.resize(length, 0);
    file
}
