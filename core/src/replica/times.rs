//! What time it is, as far as that can be known (SPEC §6, `[ROT-40]`…`[ROT-43]`).
//!
//! ```text
//! known = max(the latest time that was written, the newest time of a quorum of witnesses)
//! now   = max(clock, known)
//! sure  = now, but known where the clock is more than two days ahead of it, and never more than nine
//!         days ahead of the newest time of a quorum, unless the operator has confirmed the time
//! ```

use std::sync::atomic::Ordering;

use super::Replica;
use crate::error::Error;
use crate::roster::{Roster, Rosters};
use crate::time::Timestamp;

/// A jump of the clock that nobody else confirms is not believed beyond this.
const MAX_JUMP: u64 = 2 * 86400;
/// How far the clock goes on its own: the age at which a roster is stale by default, and a jump.
const MAX_ALONE: u64 = 9 * 86400;

/// The time, in two degrees of belief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// For judging what is fresh and what has begun.
    pub(crate) now: Timestamp,
    /// For what cannot be taken back: destruction, and the latest time that is written.
    pub(crate) sure: Timestamp,
}

impl Times {
    /// Whether the clock is so far ahead that nothing is destroyed by its word.
    pub(crate) fn jumped(&self) -> bool {
        self.sure < self.now
    }
}

impl Replica {
    /// `[ROT-40]`: neither goes back.
    pub(crate) fn times(&self) -> Times {
        let quorum = Timestamp::from_unix(self.quorum_time.load(Ordering::Acquire)).unwrap_or_default();
        let known = self.vault.now_floor(quorum);
        let now = self.clock.now().max(known);
        let sure = if now.since(known) > MAX_JUMP { known } else { now };
        // A clock that is led ahead in small steps is not believed for ever.
        let bound = quorum.plus(MAX_ALONE);
        let sure = if quorum.unix() > 0 { sure.min(bound.max(self.vault.now_floor(quorum))) } else { sure };
        Times { now, sure }
    }

    /// `[ROT-43]`: the operator has compared the clock, and it is right.
    pub(crate) fn confirm_time(&self) -> Result<(), Error> {
        self.check_process()?;
        let now = self.times().now;
        Ok(self.vault.write(now, |_| Ok(()))?)
    }

    /// `[VLT-40]`: the operator's word that what was written as the latest time was of a clock that was
    /// ahead. A quorum's time is not set back by it.
    pub(crate) fn set_clock_back(&self) -> Result<(), Error> {
        Ok(self.vault.set_clock_back(self.clock.now())?)
    }

    pub(super) fn note_quorum_time(&self, rosters: &Rosters) {
        self.quorum_time.fetch_max(newest(rosters).unix(), Ordering::AcqRel);
    }
}

pub(super) fn newest(rosters: &Rosters) -> Timestamp {
    rosters.iter().map(Roster::as_of).max().unwrap_or_default()
}
