//! The rows of rosters (SPEC §13).
//!
//! ```text
//! pin           country                          genesis, a signed event
//! policy        country                          text of a policy that the operator has set
//! roster_entry  country ‖ place u64              kind u8 ‖ signed event or leaf
//! checkpoint    country ‖ 0 ‖ size u64           time u64 of the events ‖ signed note: of each section
//!               country ‖ 1                      time u64 of the view ‖ signed note
//! heard         SHA-256 of what is heard         time u64 ‖ signed event
//! freeze        country                          equivocation proof
//! ```

use crate::crypto::digest::sha256;
use crate::error::Error;
use crate::ids::Country;
use crate::roster::SignedCheckpoint;
use crate::roster::bundle::{Entry, EntryKind};
use crate::roster::event::{Event, Revoke, Revoker, SignedEvent};
use crate::time::Timestamp;
use crate::vault::edit::{PlainRow, View};
use crate::vault::error::VaultError;
use crate::vault::store::Table;

/// So many rows are read at a time.
pub(super) const PAGE: usize = 256;

pub(crate) fn entry_key(country: Country, place: u64) -> Vec<u8> {
    [country.as_str().as_bytes(), &place.to_be_bytes()].concat()
}

pub(crate) fn section_key(country: Country, size: u64) -> Vec<u8> {
    [country.as_str().as_bytes(), &[0], &size.to_be_bytes()].concat()
}

pub(super) fn view_key(country: Country) -> Vec<u8> {
    [country.as_str().as_bytes(), &[1]].concat()
}

pub(crate) fn encode_checkpoint(checkpoint: &SignedCheckpoint, time: Timestamp) -> Vec<u8> {
    [time.unix().to_be_bytes().as_slice(), checkpoint.encode().as_bytes()].concat()
}

pub(super) fn decode_checkpoint(row: &[u8]) -> Result<(SignedCheckpoint, Timestamp), Error> {
    let (time, note) = row.split_first_chunk::<8>().ok_or_else(|| damaged(Table::Checkpoint))?;
    let time = Timestamp::from_unix(u64::from_be_bytes(*time)).ok_or_else(|| damaged(Table::Checkpoint))?;
    Ok((SignedCheckpoint::decode(note)?, time))
}

pub(crate) fn encode_entry(entry: &Entry) -> Vec<u8> {
    let mut row = vec![entry.kind as u8];
    row.extend_from_slice(&entry.bytes);
    row
}

pub(super) fn decode_entry(row: &[u8]) -> Result<Entry, Error> {
    let (kind, bytes) = match row {
        [3, bytes @ ..] => (EntryKind::Event, bytes),
        [4, bytes @ ..] => (EntryKind::Leaf, bytes),
        _ => return Err(damaged(Table::RosterEntry)),
    };
    Ok(Entry { kind, bytes: bytes.to_vec() })
}

/// SHA-256(digest of the anchor ‖ subject's length u8 ‖ subject ‖ key id ‖ 0 by the owner or 1 by the roots
/// u8 ‖ reason u64).
pub(super) fn heard_key(event: &Event, revoke: &Revoke) -> [u8; 32] {
    let by = match revoke.by() {
        Revoker::Owner => 0,
        Revoker::Roots => 1,
    };
    let (roster, subject) = (event.roster().map_or(&[][..], |digest| digest), event.subject().as_str());
    let (length, reason) = ([subject.len() as u8], revoke.reason().number().to_be_bytes());
    sha256(&[roster, &length, subject.as_bytes(), revoke.key_id().as_bytes(), &[by], &reason])
}

pub(super) fn encode_heard(event: &SignedEvent, at: Timestamp) -> Vec<u8> {
    [at.unix().to_be_bytes().as_slice(), &event.encode()].concat()
}

pub(super) fn decode_heard(row: &[u8]) -> Result<(SignedEvent, Timestamp), Error> {
    let (at, event) = row.split_first_chunk::<8>().ok_or_else(|| damaged(Table::Heard))?;
    let at = Timestamp::from_unix(u64::from_be_bytes(*at)).ok_or_else(|| damaged(Table::Heard))?;
    Ok((SignedEvent::decode(event)?, at))
}

pub(super) fn damaged(table: Table) -> Error {
    VaultError::Row(table.name()).into()
}

pub(super) fn country_of(key: &[u8]) -> Option<Country> {
    std::str::from_utf8(key.get(..2)?).ok()?.parse().ok()
}

/// The first key after all of a country's.
pub(super) fn end_of(country: Country) -> Vec<u8> {
    let mut end = country.as_str().as_bytes().to_vec();
    end.push(0xff);
    end.extend_from_slice(&[0xff; 16]);
    end
}

/// Every row from `from` on and before `until`, in order, read a page at a time.
pub(super) fn each(
    view: &View<'_>,
    table: Table,
    mut from: Vec<u8>,
    until: &[u8],
    mut take: impl FnMut(PlainRow) -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        let rows = view.range(table, &from, until, PAGE)?;
        let count = rows.len();
        for (key, value) in rows {
            from.clone_from(&key);
            from.push(0);
            take((key, value))?;
        }
        if count < PAGE {
            return Ok(());
        }
    }
}
