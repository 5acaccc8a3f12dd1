//! Handing on a roster as a bundle.

use std::io::Write;

use super::Replica;
use super::rows::{PAGE, damaged, decode_checkpoint, decode_entry, entry_key, section_key, view_key};
use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::roster::bundle::{BundleWriter, EntryKind, Header};
use crate::roster::event::SignedEvent;
use crate::roster::{Roster, RosterError};
use crate::vault::edit::PlainRow;
use crate::vault::store::Table;

impl Replica {
    /// The events of one subject that are published, in the order of the log, with their places; but
    /// for ended epochs whose bytes were dropped.
    pub(crate) fn events(&self, subject: &AgencyId) -> Result<Vec<(u64, SignedEvent)>, Error> {
        self.check_process()?;
        let country = subject.country();
        let size = self.rosters().roster(country).map_or(0, Roster::size);
        let mut events = Vec::new();
        self.each(Table::RosterEntry, entry_key(country, 0), &entry_key(country, size), |(key, row)| {
            let place = key.last_chunk::<8>().ok_or_else(|| damaged(Table::RosterEntry))?;
            let entry = decode_entry(&row)?;
            if entry.kind == EntryKind::Event {
                let event = SignedEvent::decode(&entry.bytes)?;
                if event.event().subject() == subject {
                    events.push((u64::from_be_bytes(*place), event));
                }
            }
            Ok(())
        })?;
        Ok(events)
    }

    /// Every row from `from` on and before `until`, in order; the vault is read a page at a time.
    pub(super) fn each(
        &self,
        table: Table,
        mut from: Vec<u8>,
        until: &[u8],
        mut take: impl FnMut(PlainRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        loop {
            let rows = self.read(|view| Ok(view.range(table, &from, until, PAGE)?))?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            from.clone_from(last);
            from.push(0);
            rows.into_iter().try_for_each(&mut take)?;
        }
    }

    /// Writes what is held of a country's roster after its first `from` events.
    pub(crate) fn export(&self, country: Country, from: u64, output: impl Write) -> Result<(), Error> {
        self.check_process()?;
        let (anchor, peaks) = {
            let rosters = self.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            let gap = RosterError::Gap { country, held: roster.size(), from };
            (*roster.anchor(), roster.peaks_at(from).ok_or(gap)?)
        };
        // The newest, under which a verifier takes the sections before it that count no more.
        let newest = self.read(|view| Ok(view.get(Table::Checkpoint, &view_key(country))?))?;
        let (newest, _) = decode_checkpoint(&newest.ok_or_else(|| damaged(Table::Checkpoint))?)?;
        let mut checkpoints = Vec::new();
        let until = section_key(country, newest.checkpoint().size().saturating_add(1));
        let first = section_key(country, from.saturating_add(1));
        self.each(Table::Checkpoint, first, &until, |(_, row)| {
            checkpoints.push(decode_checkpoint(&row)?.0);
            Ok(())
        })?;
        if checkpoints.last() != Some(&newest) {
            checkpoints.push(newest);
        }
        let unwritten = RosterError::unreadable("written");
        let mut bundle = BundleWriter::new(output, &Header { anchor, from: peaks }).map_err(unwritten)?;
        let mut next = from;
        for checkpoint in checkpoints {
            let place = checkpoint.checkpoint().size();
            bundle.checkpoint(&checkpoint).map_err(unwritten)?;
            while next < place {
                // Pages, not one transaction: entries that are there do not change but to a leaf.
                let until = place.min(next.saturating_add(256));
                let rows = self.read(|view| {
                    let (from, until) = (entry_key(country, next), entry_key(country, until));
                    Ok(view.range(Table::RosterEntry, &from, &until, usize::MAX)?)
                })?;
                if rows.len() as u64 != until - next {
                    return Err(damaged(Table::RosterEntry));
                }
                for (_, row) in rows {
                    bundle.entry(&decode_entry(&row)?).map_err(unwritten)?;
                }
                next = until;
            }
        }
        bundle.finish().flush().map_err(unwritten)?;
        Ok(())
    }
}
