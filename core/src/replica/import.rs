//! Taking a bundle, and what is heard outside the logs (SPEC §4.18, §13, `[RPL-01]`, `[RPL-02]`).
//!
//! ```text
//! bundle ──verify against a copy──▶ entries, sections: transactions of a bounded size
//!        └─────────── read again ──────────────────┘
//! nothing has changed meanwhile ──▶ the view's row ──▶ in force
//! ```
//!
//! While a bundle is verified and written, nobody waits: neither the rosters nor the vault is locked for
//! longer than it takes to write a page of rows.

use std::io::{Read, Seek};

use super::Replica;
use super::rows::{
    PAGE, decode_heard, encode_checkpoint, encode_entry, encode_heard, entry_key, heard_key, section_key,
    view_key,
};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::import::{Keep, Staged};
use crate::roster::{BundleReader, Imported, Observed, RosterError, Rosters};
use crate::sync::Locked;
use crate::time::Timestamp;
use crate::vault::edit::Edit;
use crate::vault::store::Table;

/// So many bytes of rows are written in one transaction.
const MAX_BYTES: usize = 1 << 20;

impl Replica {
    /// Takes a bundle: verified, durable, and then counted. A fork is kept with its proof; of a
    /// frozen country only revocations are heard.
    pub(crate) fn import(&self, mut bundle: BundleReader<impl Read + Seek>) -> Result<Imported, Error> {
        self.check_process()?;
        let start = bundle.position()?;
        let _importing = self.importing();
        loop {
            bundle.go_to(start)?;
            if let Some(imported) = self.try_import(&mut bundle, start)? {
                return Ok(imported);
            }
        }
    }

    /// `None` if something else has changed meanwhile: the bundle is to be verified against that.
    fn try_import(
        &self,
        bundle: &mut BundleReader<impl Read + Seek>,
        start: u64,
    ) -> Result<Option<Imported>, Error> {
        let (country, times, rosters) = (bundle.anchor().country(), self.times(), self.rosters().clone());
        if rosters.pinned().all(|anchor| anchor.country() != country) {
            return Err(Error::NotPinned(country));
        }
        if rosters.is_frozen(country) {
            self.keep_heard(&rosters.hear_from(bundle, times.now), times.now)?;
            return Err(RosterError::Frozen(country).into());
        }
        let staged = match rosters.stage(bundle, times) {
            Err(RosterError::Fork(proof)) => {
                self.freeze(&mut *self.rosters_mut()?, (*proof).clone())?;
                return Err(RosterError::Fork(proof).into());
            }
            staged => staged?,
        };
        bundle.go_to(start)?;
        self.write_entries(country, &rosters, &staged, bundle)?;
        let mut rosters = self.rosters_mut()?;
        if !rosters.is_current(&staged) {
            return Ok(None);
        }
        if let Some((checkpoint, as_of)) = staged.view() {
            let row = encode_checkpoint(checkpoint, as_of);
            self.write(|edit| Ok(edit.put(Table::Checkpoint, &view_key(country), &row)?))?;
        }
        let imported = rosters.commit(&staged)?;
        self.note_quorum_time(&rosters);
        if times.jumped() && !self.times().jumped() {
            // [ROT-43] What the quorum has confirmed of the clock, the floor remembers.
            self.write(|_| Ok(()))?;
        }
        if imported.new > 0 {
            self.renew_policies(&mut rosters)?;
        }
        drop(rosters);
        Ok(Some(imported))
    }

    /// What is new, in pages; nothing of it counts before the view's row is there.
    fn write_entries(
        &self,
        country: Country,
        rosters: &Rosters,
        staged: &Staged,
        bundle: &mut BundleReader<impl Read>,
    ) -> Result<(), Error> {
        let held = rosters.roster(country).map(|roster| roster.size());
        if held.is_none() {
            // Whatever is there could not be restored, and is taken anew from the first event on.
            self.write(|edit| Ok(edit.delete(Table::Checkpoint, &view_key(country))?))?;
        }
        self.clear_sections(country, held.unwrap_or_default().saturating_add(1))?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        staged.replay(bundle, |keep| {
            let (table, key, row) = match keep {
                Keep::Section(checkpoint, at) => {
                    let key = section_key(country, checkpoint.checkpoint().size());
                    (Table::Checkpoint, key, encode_checkpoint(&checkpoint, at))
                }
                Keep::Entry(place, entry) => {
                    (Table::RosterEntry, entry_key(country, place), encode_entry(&entry))
                }
            };
            bytes += row.len();
            page.push((table, key, row));
            if page.len() >= PAGE || bytes >= MAX_BYTES {
                self.write_page(&page)?;
                page.clear();
                bytes = 0;
            }
            Ok::<_, Error>(())
        })?;
        self.write_page(&page)
    }

    fn write_page(&self, page: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), Error> {
        if page.is_empty() {
            return Ok(());
        }
        self.write(|edit| page.iter().try_for_each(|(table, key, row)| Ok(edit.put(*table, key, row)?)))
    }

    /// Sections from `size` on are left of an import that did not end.
    fn clear_sections(&self, country: Country, size: u64) -> Result<(), Error> {
        let (from, until) = (section_key(country, size), view_key(country));
        loop {
            let rows = self.read(|view| Ok(view.range(Table::Checkpoint, &from, &until, PAGE)?))?;
            if rows.is_empty() {
                return Ok(());
            }
            self.write(|edit| rows.iter().try_for_each(|(key, _)| Ok(edit.delete(Table::Checkpoint, key)?)))?;
        }
    }

    /// Takes a revocation outside the log.
    pub(crate) fn hear(&self, event: &SignedEvent) -> Result<(), Error> {
        self.check_process()?;
        let (country, at) = (event.event().subject().country(), self.times().now);
        let rosters = self.rosters().clone();
        rosters.judge_heard(country, &Observed { event: event.clone(), at })?;
        self.keep_heard(std::slice::from_ref(event), at)
    }

    /// Durable, and then counted.
    fn keep_heard(&self, verified: &[SignedEvent], at: Timestamp) -> Result<(), Error> {
        for page in verified.chunks(PAGE) {
            self.write(|edit| page.iter().try_for_each(|event| put_heard(edit, event, at)))?;
        }
        let mut rosters = self.rosters_mut()?;
        for event in verified {
            rosters.note_heard(event, at);
        }
        Ok(())
    }

    pub(super) fn importing(&self) -> Locked<'_, ()> {
        self.importing.lock()
    }
}

/// One row for each revoked key, who revoked it, and why: signatures are hedged, and never end. It holds
/// the earliest times, so that it says what all that were heard say together (`[ROS-40]`).
fn put_heard(edit: &mut Edit<'_>, event: &SignedEvent, at: Timestamp) -> Result<(), Error> {
    let Content::Revoke(revoke) = event.event().content() else { return Ok(()) };
    let key = heard_key(event.event(), revoke);
    let (mut earliest, mut first) = (event.clone(), at);
    if let Some(row) = edit.get(Table::Heard, &key)? {
        let (known, seen) = decode_heard(&row)?;
        let stated = |event: &SignedEvent| match event.event().content() {
            Content::Revoke(revoke) => revoke.effective(),
            _ => None,
        };
        if stated(&known) <= stated(event) {
            earliest = known;
        }
        first = seen.min(at);
    }
    Ok(edit.put(Table::Heard, &key, &encode_heard(&earliest, first))?)
}
