//! Events that are admitted and not published (SPEC §4.20, `[BND-50]`, `[BND-60]`).
//!
//! ```text
//! published │ signed, and held here       │ later: not signed yet        places follow one another
//! published │ filling … │ gap             │ later: waiting               after a restore
//!           └ first                       └ size of the largest checkpoint that the log has signed
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

/// What is admitted, from the end of what is published on.
pub(super) struct Queue {
    first: u64,
    /// Below what the log has signed.
    filling: Vec<SignedEvent>,
    later: Vec<SignedEvent>,
    /// What the log has signed, where that is not held.
    gap: Option<Checkpoint>,
}

impl Queue {
    /// What the log goes on with: up to the gap, if there is one.
    pub(super) fn ready(&self) -> Vec<SignedEvent> {
        match self.gap {
            Some(_) => self.filling.clone(),
            None => [self.filling.as_slice(), &self.later].concat(),
        }
    }

    /// Whether everything is held that the log has signed.
    pub(super) fn is_whole(&self) -> bool {
        self.gap.is_none()
    }

    /// Everything that is admitted, in order, once each.
    fn all(&self) -> Vec<SignedEvent> {
        let mut all = self.filling.clone();
        all.extend(self.later.iter().filter(|event| !contains(&self.filling, event)).cloned());
        all
    }

    /// Where an event stands.
    fn place_of(&self, event: &SignedEvent) -> Option<u64> {
        let place = |events: &[SignedEvent], from: u64| {
            Some(from + events.iter().position(|known| known.body() == event.body())? as u64)
        };
        place(&self.filling, self.first).or_else(|| place(&self.later, self.from()))
    }

    /// The place of the first later event.
    fn from(&self) -> u64 {
        self.gap.as_ref().map_or(self.first + self.filling.len() as u64, Checkpoint::size)
    }

    pub(super) fn write(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        for (key, _) in edit.range(Table::Pending, &[], &[], usize::MAX)? {
            edit.delete(Table::Pending, &key)?;
        }
        let filling = (self.first..).zip(&self.filling);
        for (place, event) in filling.chain((self.from()..).zip(&self.later)) {
            edit.put(Table::Pending, &place.to_be_bytes(), &event.encode())?;
        }
        Ok(())
    }
}

impl Centre {
    /// Events that were admitted and that no quorum has cosigned yet, in the order of the log.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn pending(&self) -> Result<Vec<SignedEvent>, Error> {
        Ok(self.queue()?.all())
    }

    pub(super) fn queue(&self) -> Result<Queue, Error> {
        let first = published(&self.replica.rosters(), self.country());
        let (rows, signed) = self.replica.read(|view| Ok((all(view)?, signed(view)?)))?;
        Ok(self.arranged(first, rows, signed))
    }

    /// The rows from `first` on, by what the log has signed.
    fn arranged(&self, first: u64, rows: Vec<(u64, SignedEvent)>, signed: Option<Checkpoint>) -> Queue {
        let gap = signed.filter(|signed| signed.size() > first);
        let end = gap.as_ref().map_or(first, Checkpoint::size);
        let (mut filling, mut later) = (Vec::new(), Vec::new());
        for (place, event) in rows.into_iter().filter(|(place, _)| *place >= first) {
            if place < end && place == first + filling.len() as u64 {
                filling.push(event);
            } else {
                later.push(event);
            }
        }
        let gap = gap.filter(|signed| !self.replica.rosters().continues(&filling, signed));
        if gap.is_some() && first + filling.len() as u64 == end {
            // As many, and not those: they wait as well.
            later = filling.drain(..).chain(later).collect();
        }
        Queue { first, filling, later, gap }
    }

    /// `[BND-60]`: the queue with one event more, which may follow, and where that stands.
    pub(super) fn queue_with(&self, mut queue: Queue, event: &SignedEvent) -> Result<(Queue, u64), Error> {
        let now = self.now();
        // [BND-50] What may follow now may follow later too ([BND-52]).
        let (rosters, ready) = (self.replica.rosters().clone(), queue.ready());
        match queue.is_whole() {
            true => rosters.admissible(self.country(), &ready, event, now)?,
            false => rosters.admissible_again(self.country(), &ready, event, now)?,
        }
        let Some(signed) = queue.gap.take() else {
            queue.later.push(event.clone());
            let place = queue.from() + queue.later.len() as u64 - 1;
            return Ok((queue, place));
        };
        queue.filling.push(event.clone());
        let as_many = queue.first + queue.filling.len() as u64 == signed.size();
        if !as_many {
            let place = queue.first + queue.filling.len() as u64 - 1;
            return Ok((Queue { gap: Some(signed), ..queue }, place));
        }
        if self.replica.rosters().continues(&queue.filling, &signed) {
            queue.later = self.that_may_follow(&queue.filling, queue.later)?;
            return Ok((queue, signed.size() - 1));
        }
        for event in queue.filling.drain(..) {
            if !contains(&queue.later, &event) {
                queue.later.push(event);
            }
        }
        let queue = Queue { gap: Some(signed), ..queue };
        let place = queue.place_of(event).unwrap_or(queue.first);
        Ok((queue, place))
    }

    /// `[BND-60]`: the queue under a larger checkpoint that the log has signed.
    pub(super) fn queue_under(&self, signed: &Checkpoint) -> Result<Queue, Error> {
        let queue = self.queue()?;
        let all = queue.all();
        if signed.size() <= queue.first || self.replica.rosters().continues(&all, signed) {
            let (filling, later, gap) = (all, Vec::new(), None);
            return Ok(Queue { filling, later, gap, ..queue });
        }
        Ok(Queue { filling: Vec::new(), later: all, gap: Some(*signed), ..queue })
    }

    /// Forgets from the pending events what is published, and keys that serve no more. What a longer
    /// roster has taken the place of goes behind it, as far as it may still follow.
    pub(super) fn tidy(&self) -> Result<(), Error> {
        let first = published(&self.replica.rosters(), self.country());
        let (rows, signed) = self.replica.read(|view| Ok((all(view)?, signed(view)?)))?;
        let past: Vec<_> = rows.iter().filter(|(place, _)| *place < first).cloned().collect();
        if !past.is_empty() {
            let in_place = self.are_published(&past);
            let mut queue = self.arranged(first, rows, signed);
            if !in_place {
                let past: Vec<_> = past.into_iter().map(|(_, event)| event).collect();
                queue.later = past.into_iter().chain(queue.later).collect();
                if queue.gap.is_none() {
                    queue.later = self.that_may_follow(&queue.filling, queue.later)?;
                }
            }
            self.replica.write(|edit| queue.write(edit))?;
        }
        self.erase_old_keys(&self.pending()?)
    }

    fn are_published(&self, past: &[(u64, SignedEvent)]) -> bool {
        let rosters = self.replica.rosters();
        let roster = rosters.roster(self.country());
        past.iter().all(|(place, event)| roster.is_some_and(|roster| roster.is_at(*place, event)))
    }

    /// Those of `events` that the log, after `before`, does not hold and may take, in their order as far
    /// as that goes.
    fn that_may_follow(
        &self,
        before: &[SignedEvent],
        events: Vec<SignedEvent>,
    ) -> Result<Vec<SignedEvent>, Error> {
        let now = self.now();
        let rosters = self.replica.rosters().clone();
        let mut all = before.to_vec();
        let mut left = events;
        loop {
            let (mut passed, known) = (Vec::new(), all.len());
            for event in left {
                let roster = rosters.roster(self.country());
                if contains(&all, &event) || roster.is_some_and(|roster| roster.index_of(&event).is_some()) {
                    continue;
                }
                match rosters.admissible_again(self.country(), &all, &event, now) {
                    Ok(()) => all.push(event),
                    Err(_) => passed.push(event),
                }
            }
            if all.len() == known || passed.is_empty() {
                return Ok(all.split_off(before.len()));
            }
            left = passed;
        }
    }
}

/// Whoever has signed it: the leaf is the same.
fn contains(events: &[SignedEvent], event: &SignedEvent) -> bool {
    events.iter().any(|known| known.body() == event.body())
}

/// How many events of the country a quorum has cosigned.
pub(super) fn published(rosters: &Rosters, country: Country) -> u64 {
    rosters.roster(country).map_or(0, Roster::size)
}

/// The largest checkpoint that the log remembers.
fn signed(view: &View<'_>) -> Result<Option<Checkpoint>, Error> {
    Ok(rows::note(view, Table::Handle, SIGNED)?.as_ref().map(SignedCheckpoint::checkpoint).cloned())
}

fn all(view: &View<'_>) -> Result<Vec<(u64, SignedEvent)>, Error> {
    let event = |(key, row): PlainRow| {
        let place = key.as_slice().try_into().map_err(|_| damaged(Table::Pending))?;
        Ok((u64::from_be_bytes(place), SignedEvent::decode(&row)?))
    };
    view.range(Table::Pending, &[], &[], usize::MAX)?.into_iter().map(event).collect()
}
