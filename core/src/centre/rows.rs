//! The rows of a centre (SPEC §14.1).
//!
//! ```text
//! authority   0 log / 1 witness ‖ key id(32)     seed(64)
//! pending     place u64                          signed event
//! witnessed   country ‖ anchor digest(32)        note: what this witness has cosigned last of that log
//! handle      "log signed"                       note: the largest that the log has signed, its lines alone
//!             "log round"                        note: the same, with the cosignatures that have come in
//!             "restored"                         time u64: from when on others' words count
//!             "log restored"                     nothing: until every witness has spoken
//!             "relearned " ‖ country ‖ digest(32) '+' or '-' ‖ key names of the witnesses heard, by lines
//! ```
//!
//! Rows of a log that an earlier version has written end with the country: they are read where there is none of
//! the anchor.

use crate::error::Error;
use crate::roster::{SignedCheckpoint, TrustAnchor};
use crate::time::Timestamp;
use crate::vault::edit::{Edit, View};
use crate::vault::error::VaultError;
use crate::vault::store::Table;

pub(super) const SIGNED: &[u8] = b"log signed";
pub(super) const ROUND: &[u8] = b"log round";
pub(super) const RESTORED: &[u8] = b"restored";
pub(super) const LOG_RESTORED: &[u8] = b"log restored";

pub(super) const RELEARNED: &[u8] = b"relearned ";
/// The mark before the names: whether they were enough.
const DONE: u8 = b'+';
const WAITING: u8 = b'-';
/// The first key after all of them.
pub(super) const AFTER_RELEARNED: &[u8] = b"relearned!";

/// The key of what is kept of one log: a country that begins anew has another.
fn of_log(before: &[u8], anchor: &TrustAnchor) -> Vec<u8> {
    [before, anchor.country().as_str().as_bytes(), anchor.digest()].concat()
}

/// What this witness has cosigned last of the log of `anchor`.
pub(super) fn witnessed(view: &View<'_>, anchor: &TrustAnchor) -> Result<Option<SignedCheckpoint>, Error> {
    if let Some(last) = note(view, Table::Witnessed, &of_log(&[], anchor))? {
        return Ok(Some(last));
    }
    let old = note(view, Table::Witnessed, anchor.country().as_str().as_bytes())?;
    Ok(old.filter(|old| old.checkpoint().anchor() == anchor))
}

pub(super) fn put_witnessed(edit: &mut Edit<'_>, last: &SignedCheckpoint) -> Result<(), Error> {
    let key = of_log(&[], last.checkpoint().anchor());
    Ok(edit.put(Table::Witnessed, &key, last.encode().as_bytes())?)
}

/// Which witnesses of the log of `anchor` have been heard since the store was restored, and whether
/// they were enough.
pub(super) fn relearned(view: &View<'_>, anchor: &TrustAnchor) -> Result<(bool, Vec<String>), Error> {
    let row = match view.get(Table::Handle, &of_log(RELEARNED, anchor))? {
        Some(row) => Some(row),
        None => view.get(Table::Handle, &[RELEARNED, anchor.country().as_str().as_bytes()].concat())?,
    };
    let Some(row) = row else { return Ok((false, Vec::new())) };
    let (mark, names) = row.split_first().ok_or_else(|| damaged(Table::Handle))?;
    let names = std::str::from_utf8(names).map_err(|_| damaged(Table::Handle))?;
    Ok((*mark == DONE, names.lines().map(str::to_owned).collect()))
}

pub(super) fn put_relearned(
    edit: &mut Edit<'_>,
    anchor: &TrustAnchor,
    done: bool,
    names: &[String],
) -> Result<(), Error> {
    let mark = if done { DONE } else { WAITING };
    let row = [&[mark], names.join("\n").as_bytes()].concat();
    Ok(edit.put(Table::Handle, &of_log(RELEARNED, anchor), &row)?)
}

/// The key name of a country's witness.
pub(super) fn witness_name(anchor: &TrustAnchor) -> String {
    format!("{anchor}/witness")
}

pub(super) fn note(view: &View<'_>, table: Table, key: &[u8]) -> Result<Option<SignedCheckpoint>, Error> {
    let row = view.get(table, key)?;
    Ok(row.map(|row| SignedCheckpoint::decode(&row)).transpose()?)
}

/// Since when others' words count, if the store was restored.
pub(super) fn restored(view: &View<'_>) -> Result<Option<Timestamp>, Error> {
    let Some(row) = view.get(Table::Handle, RESTORED)? else { return Ok(None) };
    let time = row.as_slice().try_into().ok().map(u64::from_be_bytes).and_then(Timestamp::from_unix);
    time.map(Some).ok_or_else(|| damaged(Table::Handle))
}

pub(super) fn damaged(table: Table) -> Error {
    VaultError::Row(table.name()).into()
}
