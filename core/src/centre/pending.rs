//! Events that are admitted and not published (SPEC §4.20, `[BND-50]`): one queue, in the order of the log.

use super::Centre;
use super::rows::{self, SIGNED, damaged};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::SignedEvent;
use crate::roster::log_end::LogEnd;
use crate::roster::{Roster, Rosters};
use crate::vault::edit::{PlainRow, View};
use crate::vault::store::Table;

impl Centre {
    /// Events that were admitted and that no quorum has cosigned yet, in the order of the log.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn pending(&self) -> Result<Vec<SignedEvent>, Error> {
        let first = published(&self.replica.rosters(), self.country());
        let rows = self.replica.read(all)?;
        Ok(rows.into_iter().filter(|(place, _)| *place >= first).map(|(_, event)| event).collect())
    }

    /// Those of [`Self::pending`] that follow what is published.
    pub(super) fn ready(&self) -> Result<Vec<SignedEvent>, Error> {
        let first = published(&self.replica.rosters(), self.country());
        let rows = self.replica.read(all)?;
        let from_first = rows.into_iter().filter(|(place, _)| *place >= first);
        let follows = (first..).zip(from_first).take_while(|(next, (place, _))| next == place);
        Ok(follows.map(|(_, (_, event))| event).collect())
    }

    /// The log's end. It is folded again only where what is published has changed, or as time goes on.
    pub(super) fn end<'l>(&self, log: &'l mut Option<LogEnd>) -> Result<&'l mut LogEnd, Error> {
        let now = self.now();
        let before = log.take();
        let published = {
            let rosters = self.replica.rosters();
            match before {
                Some(end) if end.is_of(&rosters, now) => return Ok(log.insert(end)),
                before => LogEnd::of(&rosters, self.country(), now, before)?,
            }
        };
        let end = self.ready()?.iter().try_fold(published, |end, event| end.with_pending(event))?;
        Ok(log.insert(end))
    }

    /// An event that waits already, as it was admitted: others may have signed it.
    pub(super) fn waiting(
        &self,
        log: &mut Option<LogEnd>,
        event: &SignedEvent,
    ) -> Result<Option<SignedEvent>, Error> {
        let end = self.end(log)?;
        let Some(place) = end.place_of(event).filter(|place| *place >= end.published()) else {
            return Ok(None);
        };
        let row = self.replica.read(|view| Ok(view.get(Table::Pending, &place.to_be_bytes())?))?;
        Ok(row.map(|row| SignedEvent::decode(&row)).transpose()?)
    }

    /// Forgets from the pending events what is published, and keys that serve no more. What a longer
    /// roster has taken the place of goes behind it, as far as it may still follow.
    pub(super) fn tidy(&self, log: &mut Option<LogEnd>) -> Result<(), Error> {
        let first = published(&self.replica.rosters(), self.country());
        let rows = self.replica.read(all)?;
        let past: Vec<_> = rows.iter().filter(|(place, _)| *place < first).collect();
        let in_place = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(self.country());
            past.iter().all(|(place, event)| roster.is_some_and(|roster| roster.is_at(*place, event)))
        };
        if !in_place {
            let published = LogEnd::of(&self.replica.rosters(), self.country(), self.now(), None)?;
            self.put_behind(log, &[], published, rows.into_iter().map(|(_, event)| event))?;
        } else if !past.is_empty() {
            self.replica.write(|edit| {
                past.iter().try_for_each(|(place, _)| Ok(edit.delete(Table::Pending, &place.to_be_bytes())?))
            })?;
        }
        self.erase_old_keys(&self.pending()?)
    }

    /// After a restore: takes again, all at once and in their order, the events that the log has signed and the
    /// store has lost. What [`Self::relearn`] was told of must be the end of them; else nothing has changed.
    /// What waited goes behind them, as far as it may still follow.
    ///
    /// # Errors
    /// [`Error::LogBehind`] if they do not give the tree that the log has signed; [`Error::State`] if nothing is
    /// known to be lost; [`Error::Roster`] with the rule that one breaks; [`Error::Vault`].
    pub fn readmit(&self, events: &[SignedEvent]) -> Result<(), Error> {
        let mut log = self.log()?;
        let signed = self.replica.read(|view| rows::note(view, Table::Handle, SIGNED))?;
        let nothing =
            Error::State("the log has lost nothing that is known: relearn what a witness has cosigned");
        let Some(signed) = signed.map(|note| *note.checkpoint()) else { return Err(nothing) };
        let mut end = LogEnd::of(&self.replica.rosters(), self.country(), self.now(), None)?;
        let waiting = self.ready()?;
        if self.replica.rosters().continues(&waiting, &signed) {
            let waits = |event: &SignedEvent| waiting.iter().any(|known| known.body() == event.body());
            let all_there = events.iter().all(|event| end.place_of(event).is_some() || waits(event));
            return if all_there { Ok(()) } else { Err(nothing) };
        }
        // What is not brought is held, at the beginning.
        let lost = signed.size().saturating_sub(end.published());
        let held = usize::try_from(lost).unwrap_or(usize::MAX).saturating_sub(events.len());
        let mut queue: Vec<SignedEvent> = waiting.iter().take(held).cloned().collect();
        for event in &queue {
            end = end.with_pending(event)?;
        }
        for event in events {
            end = end.with_lost(event)?;
        }
        if !end.is_under(&signed) {
            return Err(Error::LogBehind { signed: signed.size() });
        }
        queue.extend_from_slice(events);
        self.put_behind(&mut log, &queue, end, waiting.into_iter())
    }

    /// The queue is `queue`, with which the log ends at `end`, and of `waiting` what may still follow that.
    fn put_behind(
        &self,
        log: &mut Option<LogEnd>,
        queue: &[SignedEvent],
        mut end: LogEnd,
        waiting: impl Iterator<Item = SignedEvent>,
    ) -> Result<(), Error> {
        let (first, mut queue) = (end.published(), queue.to_vec());
        for event in waiting {
            if end.place_of(&event).is_some() {
                continue;
            }
            // [BND-52] Whether a delay was over was judged when it was admitted.
            if let Ok(longer) = end.with_pending(&event) {
                end = longer;
                queue.push(event);
            }
        }
        *log = None;
        self.replica.write(|edit| {
            for (key, _) in edit.range(Table::Pending, &[], &[], usize::MAX)? {
                edit.delete(Table::Pending, &key)?;
            }
            (first..).zip(&queue).try_for_each(|(place, event)| {
                Ok(edit.put(Table::Pending, &place.to_be_bytes(), &event.encode())?)
            })
        })
    }
}

/// How many events of the country a quorum has cosigned.
pub(super) fn published(rosters: &Rosters, country: Country) -> u64 {
    rosters.roster(country).map_or(0, Roster::size)
}

fn all(view: &View<'_>) -> Result<Vec<(u64, SignedEvent)>, Error> {
    let event = |(key, row): PlainRow| {
        let place = key.as_slice().try_into().map_err(|_| damaged(Table::Pending))?;
        Ok((u64::from_be_bytes(place), SignedEvent::decode(&row)?))
    };
    view.range(Table::Pending, &[], &[], usize::MAX)?.into_iter().map(event).collect()
}
