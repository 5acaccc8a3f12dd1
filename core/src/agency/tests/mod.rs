//! Tests of the handle, by theme; each names the line of the attack catalogue it covers. The centre is
//! [`Town`], which takes and publishes as a centre does.

mod deliveries;
mod identities;
mod property;
mod quarantine;
mod revocations;
mod rosters;
mod rotation;
mod times;

use super::*;
use crate::envelope::ledger::Arrival;
use crate::event::{Reason, SignedEvent};
use crate::hazmat::town::{RECOVERY_DELAY, Town};
use crate::ids::EpochNumber;
use crate::vault::anchor::MemoryAnchor;
use crate::vault::memory::MemoryStore;

pub(super) const HOUR: u64 = 3600;
pub(super) const DAY: u64 = 24 * HOUR;

pub(super) const CYBER: &str = "GE/mia/cyber";
pub(super) const BORDER: &str = "GE/police/border";

#[test]
fn the_handle_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Agency>();
}

/// Two agencies that have announced their epochs and know each other's.
pub(super) struct Scene {
    pub(super) town: Town,
    pub(super) cyber: Agency,
    pub(super) border: Agency,
    /// Of `cyber`.
    pub(super) store: MemoryStore,
    pub(super) anchor: MemoryAnchor,
}

impl Scene {
    pub(super) fn new() -> Self {
        let (mut town, store, anchor) = (Town::new().unwrap(), MemoryStore::new(), MemoryAnchor::new());
        let cyber = town.enrolled_in(Storage::new(store.clone(), anchor.clone()), CYBER).unwrap();
        let border = town.enrolled(BORDER).unwrap();
        let mut scene = Self { town, cyber, border, store, anchor };
        scene.share();
        scene.round();
        scene
    }

    /// What a day brings: rotation, the centre, the rosters.
    pub(super) fn round(&mut self) {
        for agency in [&self.cyber, &self.border] {
            agency.maintain(&[]).unwrap();
        }
        self.bring();
        self.share();
    }

    /// Brings what both announce to the centre.
    pub(super) fn bring(&mut self) {
        for agency in [&self.cyber, &self.border] {
            bring(&mut self.town, agency);
        }
    }

    /// Publishes, and imports everywhere.
    pub(super) fn share(&mut self) {
        for bundle in self.town.publish().unwrap() {
            self.cyber.import(&bundle[..]).unwrap();
            self.border.import(&bundle[..]).unwrap();
        }
    }

    /// Time goes on a day at a time, and both take part.
    pub(super) fn days(&mut self, days: u64) {
        for _ in 0..days {
            self.town.advance(DAY);
            self.share();
            self.round();
        }
    }

    /// A letter of `border` to `cyber`.
    pub(super) fn mail(&self) -> Vec<u8> {
        self.border.seal(&letter(CYBER), b"content").unwrap().bytes
    }

    /// `cyber` as after a restart.
    pub(super) fn restart(self) -> Self {
        let Self { town, cyber, border, store, anchor } = self;
        drop(cyber);
        let cyber = town.unlock(Storage::new(store.clone(), anchor.clone())).unwrap();
        Self { town, cyber, border, store, anchor }
    }

    pub(super) fn states(&self) -> Vec<(u64, EpochState)> {
        self.cyber.epochs().unwrap().iter().map(|epoch| (epoch.number.0, epoch.state)).collect()
    }
}

pub(super) fn bring(town: &mut Town, agency: &Agency) {
    for event in agency.announcements().unwrap() {
        town.centre_takes(&event).unwrap();
    }
}

pub(super) fn letter(to: &str) -> Letter {
    Letter::new([to.parse().unwrap()], "text/plain").unwrap()
}

pub(super) fn bytes(events: &[SignedEvent]) -> Vec<Vec<u8>> {
    events.iter().map(SignedEvent::encode).collect()
}

#[track_caller]
pub(super) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

/// Whether anything of the kind is due.
pub(super) fn is_due(agency: &Agency, what: impl Fn(&Due) -> bool) -> Vec<Due> {
    agency.due(&[]).unwrap().into_iter().filter(|due| what(due)).collect()
}
