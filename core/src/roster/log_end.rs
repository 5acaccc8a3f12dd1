//! A country's log to its end, in memory: what was published, and what was admitted since (SPEC §4.20,
//! `[BND-50]`…`[BND-52]`).
//!
//! ```text
//! published ──▶ state ──event──▶ state ──event──▶ …      each folded once, and judged as of one time
//! ```

use super::Context;
use super::anchor::TrustAnchor;
use super::call::Check;
use super::checkpoint::Checkpoint;
use super::collections::Map;
use super::error::{Rejection, RosterError};
use super::event::SignedEvent;
use super::fold::Phase;
use super::leaf::Leaf;
use super::merkle::{Hash, Tree, leaf_hash};
use super::rosters::Rosters;
use super::state::State;
use crate::ids::Country;
use crate::time::Timestamp;

/// So long, in seconds, events are judged as of the same time.
const SAME_TIME: u64 = 60;

/// A copy costs nothing, and one event more costs what it changes.
#[derive(Clone)]
pub(crate) struct LogEnd {
    anchor: TrustAnchor,
    /// What may follow at this time may follow later too (`[BND-52]`).
    at: Timestamp,
    /// The time of the last event that was published: `at` is not before it.
    last: Timestamp,
    /// None before the first event.
    state: Option<State>,
    /// The tree of what was published.
    published: Tree,
    /// Where each published leaf stands, and each that was admitted since.
    places: Map<Hash, u64>,
    admitted: Map<Hash, u64>,
}

impl LogEnd {
    /// What was published, to be continued at `now`. What `before` knows of it is not looked for again.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`] if the country is not pinned.
    pub(crate) fn of(
        rosters: &Rosters,
        country: Country,
        now: Timestamp,
        before: Option<Self>,
    ) -> Result<Self, RosterError> {
        let held = rosters.held(country)?;
        let roster = held.roster();
        let published = roster.map(|roster| roster.state.tree.clone()).unwrap_or_default();
        let continued = before
            .filter(|before| published.root_at(before.published.size()) == Some(before.published.root()));
        let (known, mut places) =
            continued.map_or((0, Map::default()), |before| (before.published.size(), before.places));
        for place in known..published.size() {
            if let Some(leaf) = published.leaf(place).filter(|leaf| !places.contains_key(leaf)) {
                places.insert_mut(leaf, place);
            }
        }
        let last = roster.map(|roster| roster.state.last).unwrap_or_default();
        let at = now.max(last);
        let state = roster.map(|roster| State { as_of: at, ..roster.state.clone() });
        Ok(Self { anchor: held.anchor, at, last, state, published, places, admitted: Map::default() })
    }

    /// Whether it is still the end of what was published, and judges as of a time that is near enough.
    pub(crate) fn is_of(&self, rosters: &Rosters, now: Timestamp) -> bool {
        let roster = rosters.roster(self.anchor.country());
        let (size, root) = roster.map_or((0, Tree::default().root()), |r| (r.size(), r.state.tree.root()));
        let same_time = self.at <= now.max(self.last) && now.since(self.at) < SAME_TIME;
        (size, root) == (self.published.size(), self.published.root()) && same_time
    }

    /// How many events there are.
    pub(crate) fn size(&self) -> u64 {
        self.state.as_ref().map_or(0, |state| state.tree.size())
    }

    /// How many of them are published.
    pub(crate) fn published(&self) -> u64 {
        self.published.size()
    }

    /// Where an event stands, whoever has signed it: its leaf is the same.
    pub(crate) fn place_of(&self, event: &SignedEvent) -> Option<u64> {
        let leaf = leaf_hash(&Leaf::of(event).encode());
        self.places.get(&leaf).or_else(|| self.admitted.get(&leaf)).copied()
    }

    /// Whether it is the tree of this checkpoint.
    pub(crate) fn is_under(&self, signed: &Checkpoint) -> bool {
        let root = self.state.as_ref().map(|state| state.tree.root());
        self.size() == signed.size() && root == Some(*signed.root())
    }

    /// `[BND-50]`: the log with one event more.
    ///
    /// # Errors
    /// [`RosterError::Rejected`], with the rule that it breaks.
    pub(crate) fn with(&self, event: &SignedEvent) -> Result<Self, RosterError> {
        self.take(event, Phase::Offered, Check::run)
    }

    /// As [`Self::with`], for an event that the log has appended before and lost: it may have lost its effect
    /// since (`[ROS-62]`).
    ///
    /// # Errors
    /// As that.
    pub(crate) fn with_lost(&self, event: &SignedEvent) -> Result<Self, RosterError> {
        self.take(event, Phase::Appended, Check::run)
    }

    /// As [`Self::with`], for an event that was admitted before, its signatures verified: whether a delay was over
    /// was judged then, and a clock that was set back since keeps nothing out (`[BND-52]`).
    ///
    /// # Errors
    /// As that.
    pub(crate) fn with_pending(&self, event: &SignedEvent) -> Result<Self, RosterError> {
        self.take(event, Phase::Cosigned, |_| Ok(()))
    }

    /// As [`Self::with_pending`], with delays judged now: what a vector asks.
    ///
    /// # Errors
    /// As that.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn with_admitted(&self, event: &SignedEvent) -> Result<Self, RosterError> {
        self.take(event, Phase::Appended, |_| Ok(()))
    }

    fn take(
        &self,
        event: &SignedEvent,
        phase: Phase,
        check: impl FnOnce(&Check) -> Result<(), Rejection>,
    ) -> Result<Self, RosterError> {
        #[cfg(test)]
        FOLDED.with(|folded| folded.set(folded.get() + 1));
        let place = self.size();
        let state = match &self.state {
            None => State::genesis(self.anchor, event.clone(), self.at),
            Some(state) => {
                let mut state = state.clone();
                let taken = state.take(event.clone(), self.at, phase);
                taken.and_then(|left| check(&left)).map(|()| state)
            }
        };
        let state = state.map_err(|reason| Context::of(place, event).rejected(reason))?;
        let mut next = Self { state: Some(state), ..self.clone() };
        next.admitted.insert_mut(leaf_hash(&Leaf::of(event).encode()), place);
        Ok(next)
    }
}

#[cfg(test)]
std::thread_local! {
    static FOLDED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many events this thread has folded.
#[cfg(test)]
pub(crate) fn folded() -> u64 {
    FOLDED.with(std::cell::Cell::get)
}

impl std::fmt::Debug for LogEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogEnd({}, {} of {} published)", self.anchor, self.published(), self.size())
    }
}
