//! Handing on a roster as a bundle.

use std::io::Write;

use super::Replica;
use super::rows::{self, checkpoint_place, damaged, decode_entry, end_of, entry_key};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::bundle::{BundleWriter, Header};
use crate::roster::{RosterError, SignedCheckpoint};
use crate::vault::store::Table;

impl Replica {
    /// Writes what is held of a country's roster after its first `from` events.
    pub(crate) fn export(&self, country: Country, from: u64, output: impl Write) -> Result<(), Error> {
        let (anchor, peaks, size) = {
            let rosters = self.rosters();
            let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
            let gap = RosterError::Gap { country, held: roster.size(), from };
            (*roster.anchor(), roster.peaks_at(from).ok_or(gap)?, roster.size())
        };
        let mut checkpoints = Vec::new();
        self.read(|view| {
            checkpoints.clear();
            rows::each(view, Table::Checkpoint, entry_key(country, from), &end_of(country), |(key, row)| {
                let (place, _) = checkpoint_place(&key)?;
                // The one under which `from` was published is of no use, unless nothing follows.
                if place > from || size == from {
                    checkpoints.push((place, SignedCheckpoint::decode(&row)?));
                }
                Ok(())
            })
        })?;
        if size == from {
            checkpoints.drain(..checkpoints.len().saturating_sub(1));
        }
        let last = checkpoints.pop();
        checkpoints.retain(|(_, checkpoint)| self.still_counts(country, checkpoint));
        checkpoints.extend(last);
        let unwritten = |error: std::io::Error| RosterError::Unreadable(error.kind());
        let mut bundle = BundleWriter::new(output, &Header { anchor, from: peaks }).map_err(unwritten)?;
        let mut next = from;
        for (place, checkpoint) in checkpoints {
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

    /// `[BND-09]`: a checkpoint that has no quorum any more, as its witnesses have new keys, is left
    /// out, and its events come under the next one; but not where the log's own key changes.
    fn still_counts(&self, country: Country, checkpoint: &SignedCheckpoint) -> bool {
        let now = self.times().now;
        let rosters = self.rosters();
        let quorum = rosters
            .policy(country)
            .is_some_and(|policy| checkpoint.time(policy, rosters.latest(now)).is_ok());
        quorum || rosters.roster(country).is_some_and(|roster| roster.log_keys_of(checkpoint) > 1)
    }
}
