//! The records that a party reads from its own disk, and those that anybody sends it: what decodes
//! encodes to the same bytes.

use crate::centre::RootFile;
use crate::ids::AgencyId;
use crate::roster::{EquivocationProof, InclusionProof, Policy};
use crate::secret::Secret;
use crate::vault::anchor::{AnchorState, decode_slots};
use crate::vault::header::Header;
use crate::vault::seal::{RowSeal, WrappingKey};
use crate::vault::state::State;
use crate::vault::store::Table;
use crate::vault::{Unlock, anchor};

/// As each kind of record.
pub fn record(data: &[u8]) {
    slot(data);
    if let Some(held) = decode_slots(data) {
        let slots = data.chunks(data.len() / 2);
        for (slot, held) in slots.zip(&held) {
            assert_eq!(AnchorState::decode(slot).is_some(), held.is_some());
        }
        let counts = anchor::current(&held).and_then(|at| held.get(at)?.as_ref());
        let highest = held.iter().flatten().map(|(serial, _)| *serial).max();
        assert_eq!(counts.map(|(serial, _)| *serial), highest);
    }
    if let Some(state) = State::decode(data) {
        assert_eq!(state.encode(), data);
    }
    if let Ok(header) = Header::decode(data) {
        assert_eq!(header.encode(), data);
        // Under a key alone: what a passphrase costs, the header says.
        assert!(header.unlock(&key()).is_err());
    }
    if let Some(file) = RootFile::parse(data.to_vec()) {
        assert!(data.starts_with(&front(&file)));
        assert!(file.open(&key()).is_err());
    }
    if let Ok(proof) = EquivocationProof::decode(data) {
        assert_eq!(proof.encode(), data);
    }
    if let Ok(proof) = InclusionProof::decode(data) {
        assert_eq!(proof.encode().as_bytes(), data);
    }
    if let Ok(policy) =
        std::str::from_utf8(data).map_err(drop).and_then(|text| Policy::parse(text).map_err(drop))
    {
        assert_eq!(policy.text().as_bytes(), data);
    }
    row(data);
}

fn slot(data: &[u8]) {
    let Some((serial, state)) = AnchorState::decode(data) else { return };
    let record = state.encode(serial);
    let (head, zeros) = data.split_at(record.len());
    assert_eq!(head, record.as_slice());
    assert!(zeros.iter().all(|byte| *byte == 0));
}

/// The file up to what is locked.
fn front(file: &RootFile) -> Vec<u8> {
    [b"VLECROOT\x01", file.country().as_str().as_bytes(), &file.public().to_bytes()].concat()
}

/// Nobody else's bytes are a row or a wrapped secret.
fn row(data: &[u8]) {
    let owner: AgencyId = "GE/mia/cyber".parse().expect("an agency");
    let seal = RowSeal::new(Secret::new(|key| key.fill(3)), &[4; 16], &owner);
    assert!(seal.open(Table::Outbox, b"row", data).is_err());
    let wrapping = WrappingKey { number: 1, key: Secret::new(|key| key.fill(5)) };
    assert!(wrapping.unwrap(&seal, b"row", data).is_err());
}

/// A key that no seed was made with.
fn key() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_both_slots_hold() {
        let keys = || vec![WrappingKey { number: 1, key: Secret::new(|key| key.fill(5)) }];
        let state = AnchorState { vault: [1; 16], generation: 2, tag: [3; 16], keys: keys() };
        let mut file = vec![0; 8192];
        for (slot, serial) in file.chunks_mut(4096).zip([4, 3]) {
            let record = state.encode(serial);
            slot[..record.len()].copy_from_slice(&record);
            super::slot(slot);
        }
        let held = decode_slots(&file).unwrap();
        assert_eq!(anchor::current(&held), Some(0));
        record(&file);
    }
}
