//! Handing on a roster as a bundle.

use std::io::Write;

use super::Replica;
use super::rows::{self, damaged, decode_checkpoint, decode_entry, end_of, entry_key, section_key, view_key};
use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::roster::RosterError;
use crate::roster::bundle::{BundleWriter, EntryKind, Header};
use crate::roster::event::SignedEvent;
use crate::vault::store::Table;

impl Replica {
    /// The events of one subject that are published, in the order of the log, with their places; but
    /// for ended epochs whose bytes were dropped.
    pub(crate) fn events(&self, subject: &AgencyId) -> Result<Vec<(u64, SignedEvent)>, Error> {
        let country = subject.country();
        let mut events = Vec::new();
        self.read(|view| {
            events.clear();
            rows::each(view, Table::RosterEntry, entry_key(country, 0), &end_of(country), |(key, row)| {
                let place = key.last_chunk::<8>().ok_or_else(|| damaged(Table::RosterEntry))?;
                let entry = decode_entry(&row)?;
                if entry.kind == EntryKind::Event {
                    let event = SignedEvent::decode(&entry.bytes)?;
                    if event.event().subject() == subject {
                        events.push((u64::from_be_bytes(*place), event));
                    }
                }
                Ok(())
            })
        })?;
        Ok(events)
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
        let mut checkpoints = Vec::new();
        self.read(|view| {
            checkpoints.clear();
            let first = section_key(country, from.saturating_add(1));
            rows::each(view, Table::Checkpoint, first, &view_key(country), |(_, row)| {
                checkpoints.push(decode_checkpoint(&row)?.0);
                Ok(())
            })?;
            // The newest, under which a verifier takes the sections before it that count no more.
            let newest = view.get(Table::Checkpoint, &view_key(country))?;
            let (newest, _) = decode_checkpoint(&newest.ok_or_else(|| damaged(Table::Checkpoint))?)?;
            if checkpoints.last() != Some(&newest) {
                checkpoints.push(newest);
            }
            Ok(())
        })?;
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
