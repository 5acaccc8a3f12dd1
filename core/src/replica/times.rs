//! What time it is for a party (SPEC §6.7): [`Times`], of its clock, its vault's floor and its rosters.

use std::sync::atomic::Ordering;

use super::Replica;
use crate::error::Error;
use crate::roster::{Roster, Rosters};
use crate::time::{Times, Timestamp};

impl Replica {
    pub(crate) fn times(&self) -> Times {
        let quorum = Timestamp::from_unix(self.quorum_time.load(Ordering::Acquire)).unwrap_or_default();
        Times::of(self.clock.read(), self.vault.now_floor(Timestamp::default()), quorum)
    }

    /// `[ROT-43]`: the operator has compared the clock, and it is right.
    pub(crate) fn confirm_time(&self) -> Result<(), Error> {
        self.check_process()?;
        let wall = self.times().wall;
        Ok(self.vault.write(wall, |_| Ok(()))?)
    }

    /// `[VLT-40]`: the operator's word that the clock was ahead, and is right now. Views that were taken
    /// while it was ahead count no more, and are replaced by the next that comes (`[ROS-56]`).
    pub(crate) fn set_clock_back(&self) -> Result<(), Error> {
        self.check_process()?;
        self.vault.set_clock_back(self.times().wall)?;
        self.clock.count_anew();
        Ok(())
    }

    /// As the rosters are now: a view that replaces one from the future sets the time back.
    pub(super) fn note_quorum_time(&self, rosters: &Rosters) {
        self.quorum_time.store(newest(rosters).unix(), Ordering::Release);
    }
}

pub(super) fn newest(rosters: &Rosters) -> Timestamp {
    rosters.iter().map(Roster::as_of).max().unwrap_or_default()
}
