//! An extension of a roster: taken whole, or not at all.

use super::state::{Mark, State};
use crate::time::Timestamp;

/// Unless it is committed, everything is as it was before, also if a panic of whoever supplies the
/// events ends it.
pub(super) struct Extension<'a> {
    state: &'a mut State,
    before: Option<Mark>,
}

impl<'a> Extension<'a> {
    pub(super) fn begin(state: &'a mut State, as_of: Timestamp) -> Self {
        let before = Some(state.mark());
        state.as_of = as_of;
        Self { state, before }
    }

    pub(super) fn state(&mut self) -> &mut State {
        self.state
    }

    pub(super) fn commit(mut self) {
        self.before = None;
        self.state.commit();
    }
}

impl Drop for Extension<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            self.state.roll_back(before);
        }
    }
}
