//! One sequence number of a sender under two envelope ids (SPEC §12.7, `[LED-13]`).
//!
//! ```text
//! Ledger    00 ‖ length u8 ‖ sender ‖ sequence number u64  ─▶ envelope id(16)
//! Conflict  00 ‖ length u8 ‖ sender                        ─▶ sequence number u64 ‖ envelope id(16) ‖ envelope id(16) ‖ seen u64
//! ```
//!
//! A vault never uses a number again, and a re-seal has a number of its own: two copies of the sender's vault, anchor
//! and all, are at work. Nothing is refused for it.

use crate::ids::{AgencyId, EnvelopeId};
use crate::time::Timestamp;

use super::edit::{Edit, View};
use super::error::VaultError;
use super::store::{Inserted, Table};

/// Begins no key of an envelope: an agency's name has 2 bytes at least.
const MARK: u8 = 0;

/// What was seen of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// Whose number it is.
    pub sender: AgencyId,
    /// The number.
    pub sequence: u64,
    /// The envelopes that carry it.
    pub ids: [EnvelopeId; 2],
    /// When the second one arrived.
    pub seen: Timestamp,
}

fn sender_key(sender: &[u8]) -> Vec<u8> {
    [&[MARK, sender.len() as u8], sender].concat()
}

fn number_key(sender: &[u8], sequence: u64) -> Vec<u8> {
    [sender_key(sender).as_slice(), &sequence.to_be_bytes()].concat()
}

/// Whether a row of the table `Conflict` is of this kind.
pub(super) fn is_notice(table: Table, key: &[u8]) -> bool {
    table == Table::Conflict && key.first() == Some(&MARK)
}

/// Notes the number of an envelope that arrived.
pub(super) fn note(
    edit: &mut Edit<'_>,
    sender: &AgencyId,
    sequence: u64,
    id: &EnvelopeId,
    now: Timestamp,
) -> Result<(), VaultError> {
    if sequence == 0 {
        return Ok(());
    }
    let sender = sender.as_str().as_bytes();
    let key = number_key(sender, sequence);
    if edit.insert(Table::Ledger, &key, id.as_bytes())? == Inserted::Yes {
        return Ok(());
    }
    let first = edit.get(Table::Ledger, &key)?.ok_or(VaultError::Row(Table::Ledger.name()))?;
    if first.as_slice() == id.as_bytes() {
        return Ok(());
    }
    let notice =
        [&sequence.to_be_bytes(), first.as_slice(), id.as_bytes(), &now.unix().to_be_bytes()].concat();
    edit.put(Table::Conflict, &sender_key(sender), &notice)
}

/// Forgets the number of an envelope whose row goes.
pub(super) fn forget(edit: &mut Edit<'_>, row_key: &[u8], sequence: u64) -> Result<(), VaultError> {
    let Some((sender, id)) = row_key.get(1..).and_then(|key| key.split_last_chunk::<{ EnvelopeId::LEN }>())
    else {
        return Ok(());
    };
    let key = number_key(sender, sequence);
    let own = edit.get(Table::Ledger, &key)?.is_some_and(|held| held.as_slice() == id);
    if own { edit.delete(Table::Ledger, &key) } else { Ok(()) }
}

/// What was seen since a time; what is older is left out.
pub(super) fn seen(view: &View<'_>, since: Timestamp) -> Result<Vec<Twice>, VaultError> {
    let rows = view.range(Table::Conflict, &[MARK], &[MARK + 1], usize::MAX)?;
    let all = rows.iter().map(|(key, row)| parse(key, row).ok_or(VaultError::Row(Table::Conflict.name())));
    let mut all = all.collect::<Result<Vec<_>, _>>()?;
    all.retain(|twice| twice.seen >= since);
    Ok(all)
}

/// Deletes what was seen before a time.
pub(super) fn prune(edit: &mut Edit<'_>, until: Timestamp) -> Result<(), VaultError> {
    for Twice { sender, seen, .. } in seen(&edit.view(), Timestamp::default())? {
        if seen < until {
            edit.delete(Table::Conflict, &sender_key(sender.as_str().as_bytes()))?;
        }
    }
    Ok(())
}

fn parse(key: &[u8], row: &[u8]) -> Option<Twice> {
    let sender = std::str::from_utf8(key.get(2..)?).ok()?.parse().ok()?;
    let (sequence, rest) = row.split_first_chunk()?;
    let (first, rest) = rest.split_first_chunk()?;
    let (second, seen) = rest.split_first_chunk()?;
    Some(Twice {
        sender,
        sequence: u64::from_be_bytes(*sequence),
        ids: [EnvelopeId::from_bytes(*first), EnvelopeId::from_bytes(*second)],
        seen: Timestamp::from_unix(u64::from_be_bytes(seen.try_into().ok()?))?,
    })
}
