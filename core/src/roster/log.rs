//! What a country's own log does: which event it may append, and the checkpoint over its end
//! (SPEC §4.20, `[BND-50]`…`[BND-53]`).
//!
//! ```text
//! published (a quorum has cosigned) ── pending: admitted, in order, not to be taken back
//! ```

use super::Context;
use super::anchor::TrustAnchor;
use super::bundle::{BundleWriter, Entry, Header};
use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::error::RosterError;
use super::event::{Content, SignedEvent};
use super::leaf::Leaf;
use super::merkle::Peaks;
use super::rosters::Rosters;
use super::state::State;
use crate::ids::Country;
use crate::keys::authority::LogPublicKey;
use crate::time::Timestamp;

impl Rosters {
    /// `[BND-50]`: whether the country's log may append `event` at `now`, after what has been
    /// published and what is `pending`.
    ///
    /// # Errors
    /// [`RosterError`]; nothing has changed either way.
    pub(crate) fn admissible(
        &mut self,
        country: Country,
        pending: &[SignedEvent],
        event: &SignedEvent,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        let held = self.held_mut(country)?;
        let size = held.size();
        let Some(roster) = &mut held.roster else {
            return begin(held.anchor, pending, event, now);
        };
        let at = now.max(roster.state.last);
        let before = roster.state.mark();
        roster.state.as_of = at;
        let judged = after(&mut roster.state, size, pending, event, at);
        roster.state.roll_back(before);
        judged
    }

    /// The checkpoint over everything that was published and what is pending.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`], [`RosterError::Checkpoint`].
    pub(crate) fn propose(
        &self,
        anchor: TrustAnchor,
        pending: &[SignedEvent],
    ) -> Result<Checkpoint, RosterError> {
        let mut peaks = self.peaks(anchor.country());
        pending.iter().for_each(|event| peaks.push(&Leaf::of(event).encode()));
        Checkpoint::new(anchor, peaks.size(), peaks.root()).map_err(RosterError::Checkpoint)
    }

    /// A proposal for witnesses: the pending events under a checkpoint that the log has signed.
    ///
    /// # Errors
    /// [`RosterError::Unreadable`] never, as it is written into memory.
    pub(crate) fn proposal(
        &self,
        pending: &[SignedEvent],
        checkpoint: &SignedCheckpoint,
    ) -> Result<Vec<u8>, RosterError> {
        let anchor = *checkpoint.checkpoint().anchor();
        let header = Header { anchor, from: self.peaks(anchor.country()) };
        let write = || {
            let mut bundle = BundleWriter::new(Vec::new(), &header)?;
            bundle.checkpoint(checkpoint)?;
            pending.iter().try_for_each(|event| bundle.entry(&Entry::event(event)))?;
            Ok(bundle.finish())
        };
        write().map_err(|error: std::io::Error| RosterError::Unreadable(error.kind()))
    }

    fn peaks(&self, country: Country) -> Peaks {
        let published = self.roster(country).and_then(|roster| roster.state.tree.peaks_at(roster.size()));
        published.unwrap_or_default()
    }
}

/// The log keys that sign a checkpoint over `pending`: those of before and after each change of the
/// authority (`[BND-23]`).
pub(crate) fn log_keys(published: Option<&LogPublicKey>, pending: &[SignedEvent]) -> Vec<LogPublicKey> {
    let changes = pending.iter().filter_map(|event| match event.event().content() {
        Content::Genesis(genesis) => Some(genesis.keys().log()),
        Content::Authority(keys) => Some(keys.log()),
        _ => None,
    });
    let mut keys: Vec<LogPublicKey> = published.into_iter().chain(changes).cloned().collect();
    keys.dedup();
    keys
}

/// Before anything has been published.
fn begin(
    anchor: TrustAnchor,
    pending: &[SignedEvent],
    event: &SignedEvent,
    now: Timestamp,
) -> Result<(), RosterError> {
    let Some((genesis, rest)) = pending.split_first() else {
        let context = Context::of(0, event);
        return State::genesis(anchor, event.clone(), now)
            .map(drop)
            .map_err(|reason| context.rejected(reason));
    };
    let context = Context::of(0, genesis);
    let mut state =
        State::genesis(anchor, genesis.clone(), now).map_err(|reason| context.rejected(reason))?;
    after(&mut state, 1, rest, event, now)
}

/// The pending events have been verified when they were admitted; the new one is.
fn after(
    state: &mut State,
    size: u64,
    pending: &[SignedEvent],
    event: &SignedEvent,
    at: Timestamp,
) -> Result<(), RosterError> {
    for (index, event) in (size..).zip(pending) {
        let context = Context::of(index, event);
        state.take(event.clone(), at).map(drop).map_err(|reason| context.rejected(reason))?;
    }
    let context = Context::of(size + pending.len() as u64, event);
    let checked = state.take(event.clone(), at).and_then(|check| check.run());
    checked.map_err(|reason| context.rejected(reason))
}
