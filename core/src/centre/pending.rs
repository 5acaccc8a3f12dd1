//! Events that are admitted and not published (SPEC §4.20, `[BND-50]`, `[BND-60]`).
//!
//! ```text
//! published ── pending: from the end of the log on, place after place ── …gap… ── waiting
//!                                                            what the log has signed ┘
//! ```
//!
//! There is a gap only after a restore, when somebody has told of a larger checkpoint than the store
//! holds events for: they are admitted again, and what had been admitted meanwhile waits behind them.

use super::Centre;
use super::rows::{self, SIGNED, damaged};
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::SignedEvent;
use crate::roster::{Checkpoint, Roster, Rosters, SignedCheckpoint};
use crate::vault::edit::{Edit, PlainRow, View};
use crate::vault::store::Table;

impl Centre {
    /// Events that were admitted and that no quorum has cosigned yet, in the order of the log.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn pending(&self) -> Result<Vec<SignedEvent>, Error> {
        self.pending_events()
    }

    pub(super) fn pending_events(&self) -> Result<Vec<SignedEvent>, Error> {
        let first = published(&self.replica.rosters(), self.country());
        self.replica.read(|view| pending_from(view, first))
    }

    /// Forgets from the pending events what is published, and keys that serve no more. What a longer
    /// roster has taken the place of goes behind it, as far as it may still follow.
    pub(super) fn tidy(&self) -> Result<(), Error> {
        let first = published(&self.replica.rosters(), self.country());
        let mut past = self.replica.read(all)?;
        let ahead = past.split_off(past.partition_point(|(place, _)| *place < first));
        if self.are_published(&past) {
            if !past.is_empty() {
                self.replica.write(|edit| {
                    past.iter()
                        .try_for_each(|(place, _)| Ok(edit.delete(Table::Pending, &place.to_be_bytes())?))
                })?;
            }
        } else {
            let all: Vec<_> = past.into_iter().chain(ahead).map(|(_, event)| event).collect();
            let kept = self.that_may_follow(&[], all);
            self.replica.write(|edit| replace(edit, first, &kept))?;
        }
        let all = self.replica.read(all)?;
        self.erase_old_keys(&all.into_iter().map(|(_, event)| event).collect::<Vec<_>>())
    }

    fn are_published(&self, past: &[(u64, SignedEvent)]) -> bool {
        let rosters = self.replica.rosters();
        let roster = rosters.roster(self.country());
        past.iter().all(|(place, event)| roster.is_some_and(|roster| roster.is_at(*place, event)))
    }

    /// Those of `events` that the log, after `pending`, does not hold and may take, one after the other.
    fn that_may_follow(&self, pending: &[SignedEvent], events: Vec<SignedEvent>) -> Vec<SignedEvent> {
        let now = self.now();
        let mut rosters = self.replica.rosters_mut();
        let mut all = pending.to_vec();
        for event in events {
            let known = all.iter().any(|other| other.body() == event.body())
                || rosters.roster(self.country()).is_some_and(|roster| roster.index_of(&event).is_some());
            if !known && rosters.admissible(self.country(), &all, &event, now).is_ok() {
                all.push(event);
            }
        }
        all.split_off(pending.len())
    }

    /// `[BND-60]`: the log has signed more than the store holds: what is pending waits behind that.
    pub(super) fn make_way(&self) -> Result<(), Error> {
        let (pending, signed) = (self.pending_events()?, self.replica.read(signed)?);
        let Some(signed) = signed.filter(|_| !pending.is_empty()) else { return Ok(()) };
        {
            let rosters = self.replica.rosters();
            if signed.size() <= published(&rosters, self.country()) || rosters.continues(&pending, &signed) {
                return Ok(());
            }
        }
        self.replica.write(|edit| replace(edit, signed.size(), &pending))
    }

    /// `[BND-60]`: with `pending`, there are as many events as the log has signed. If they are those,
    /// what waits follows them; if not, they wait too. Returns where the last of them stands now.
    pub(super) fn close_gap(
        &self,
        first: u64,
        pending: &[SignedEvent],
        signed: &Checkpoint,
        also: impl Fn(&mut Edit<'_>) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let mut waiting: Vec<_> = self.replica.read(all)?;
        waiting.retain(|(place, _)| *place >= signed.size());
        let mut waiting: Vec<_> = waiting.into_iter().map(|(_, event)| event).collect();
        let (first, events, place) = if self.replica.rosters().continues(pending, signed) {
            let waiting = self.that_may_follow(pending, waiting);
            (first, [pending, &waiting].concat(), signed.size() - 1)
        } else {
            waiting.retain(|event| pending.iter().all(|other| other.body() != event.body()));
            waiting.extend_from_slice(pending);
            let last = signed.size() + waiting.len() as u64 - 1;
            (signed.size(), waiting, last)
        };
        self.replica.write(|edit| {
            also(edit)?;
            replace(edit, first, &events)
        })?;
        Ok(place)
    }
}

/// How many events of the country a quorum has cosigned.
pub(super) fn published(rosters: &Rosters, country: Country) -> u64 {
    rosters.roster(country).map_or(0, Roster::size)
}

/// The largest checkpoint that the log remembers.
pub(super) fn signed(view: &View<'_>) -> Result<Option<Checkpoint>, Error> {
    Ok(rows::note(view, Table::Handle, SIGNED)?.as_ref().map(SignedCheckpoint::checkpoint).cloned())
}

/// From the end of what is published, place after place.
pub(super) fn pending_from(view: &View<'_>, first: u64) -> Result<Vec<SignedEvent>, Error> {
    let rows = view.range(Table::Pending, &first.to_be_bytes(), &[], usize::MAX)?;
    let rows = (first..).zip(rows).take_while(|(place, (key, _))| *key == place.to_be_bytes());
    rows.map(|(_, (_, row))| Ok(SignedEvent::decode(&row)?)).collect()
}

fn all(view: &View<'_>) -> Result<Vec<(u64, SignedEvent)>, Error> {
    let event = |(key, row): PlainRow| {
        let place = key.as_slice().try_into().map_err(|_| damaged(Table::Pending))?;
        Ok((u64::from_be_bytes(place), SignedEvent::decode(&row)?))
    };
    view.range(Table::Pending, &[], &[], usize::MAX)?.into_iter().map(event).collect()
}

/// Writes everything that is admitted anew, from the place `first` on.
fn replace(edit: &mut Edit<'_>, first: u64, events: &[SignedEvent]) -> Result<(), Error> {
    for (key, _) in edit.range(Table::Pending, &[], &[], usize::MAX)? {
        edit.delete(Table::Pending, &key)?;
    }
    for (place, event) in (first..).zip(events) {
        edit.put(Table::Pending, &place.to_be_bytes(), &event.encode())?;
    }
    Ok(())
}
