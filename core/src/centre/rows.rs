//! The rows of a centre (SPEC §14.1).
//!
//! ```text
//! authority   0 log / 1 witness ‖ key id(32)     seed(64)
//! pending     place u64                          signed event
//! witnessed   country                            note: what this witness has cosigned last
//! handle      "log signed"                       note: the largest that the log has signed, its lines alone
//!             "log round"                        note: the same, with the cosignatures that have come in
//!             "restored"                         time u64: from when on others' words count
//!             "log restored"                     nothing: until every witness has spoken
//!             "relearned " ‖ country             '+' or '-' ‖ key names of the witnesses heard, by lines
//! ```

use crate::error::Error;
use crate::ids::Country;
use crate::roster::{SignedCheckpoint, TrustAnchor};
use crate::time::Timestamp;
use crate::vault::edit::View;
use crate::vault::error::VaultError;
use crate::vault::store::Table;

pub(super) const SIGNED: &[u8] = b"log signed";
pub(super) const ROUND: &[u8] = b"log round";
pub(super) const RESTORED: &[u8] = b"restored";
pub(super) const LOG_RESTORED: &[u8] = b"log restored";

pub(super) const RELEARNED: &[u8] = b"relearned ";
/// The first key after all of them.
pub(super) const AFTER_RELEARNED: &[u8] = b"relearned!";

pub(super) fn relearned(country: Country) -> Vec<u8> {
    [RELEARNED, country.as_str().as_bytes()].concat()
}

pub(super) fn witnessed(country: Country) -> Vec<u8> {
    country.as_str().as_bytes().to_vec()
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
