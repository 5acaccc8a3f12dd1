//! A roster out of storage that nobody else can write: verified when it was taken, and taken again
//! without its signatures (SPEC §4.18, `[BND-29]`).

use super::Roster;
use super::bundle::Entry;
use super::checkpoint::SignedCheckpoint;
use super::error::RosterError;
use super::fold::Phase;
use super::import::Unverified;
use super::rosters::Rosters;
use super::standing::Heard;
use super::state::State;
use crate::ids::Country;
use crate::time::Timestamp;

/// What was kept of a roster, in the order in which it came: each section before its entries, and
/// at the end the view.
#[derive(Debug)]
pub(crate) enum Kept {
    Section(Timestamp),
    Entry(Entry),
    View(SignedCheckpoint, Timestamp),
}

impl Rosters {
    /// Takes back the roster of a pinned country. Its rules are judged again, and its root.
    ///
    /// # Errors
    /// Those of the rows; [`RosterError`] if they are not what was kept: no roster is held then.
    pub(crate) fn restore<E: From<RosterError>>(
        &mut self,
        country: Country,
        rows: impl IntoIterator<Item = Result<Kept, E>>,
    ) -> Result<(), E> {
        let held = self.held_mut(country)?;
        let (mut state, mut at): (Option<State>, _) = (None, Timestamp::default());
        for row in rows {
            let entry = match row? {
                Kept::Section(time) => {
                    at = time;
                    state.iter_mut().for_each(|state| state.as_of = time);
                    continue;
                }
                Kept::View(checkpoint, as_of) => {
                    let state = state.ok_or(RosterError::Empty(country))?;
                    let (size, root) = (checkpoint.checkpoint().size(), checkpoint.checkpoint().root());
                    if (state.tree.size(), &state.tree.root()) != (size, root) {
                        return Err(RosterError::WrongRoot { country, size }.into());
                    }
                    let (state, heard) = (State { as_of, ..state }, Heard::default());
                    held.hold(Roster { state, heard, checkpoint: Some(checkpoint) });
                    return Ok(());
                }
                Kept::Entry(entry) => Unverified::decode(&entry)?,
            };
            let context = entry.context(state.as_ref().map_or(0, |state| state.tree.size()));
            let taken = match (entry, &mut state) {
                (Unverified::Event(event), nothing @ None) => {
                    State::genesis(held.anchor, *event, at).map(|first| *nothing = Some(first))
                }
                (Unverified::Event(event), Some(state)) => state.take(*event, at, Phase::Cosigned).map(drop),
                (Unverified::Dropped(leaf), Some(state)) => state.take_dropped(&leaf, at),
                (Unverified::Dropped(_), None) => return Err(RosterError::Empty(country).into()),
            };
            taken.map_err(|reason| context.rejected(reason))?;
        }
        // Nothing was ever taken.
        match state {
            None => Ok(()),
            Some(_) => Err(RosterError::Empty(country).into()),
        }
    }

    /// Takes back a freeze: the proof has been verified. Of an anchor that is not pinned it says nothing.
    pub(crate) fn restore_freeze(&mut self, proof: super::EquivocationProof) {
        match self.held_mut(proof.anchor().country()) {
            Ok(held) if held.anchor == *proof.anchor() => held.frozen = Some(Box::new(proof)),
            _ => {}
        }
    }
}
