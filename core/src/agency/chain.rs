//! The events that an agency has signed and the roster does not hold yet, in the order in which they
//! can only follow (SPEC §6.3, `[ROT-20]`…`[ROT-22]`).
//!
//! ```text
//! roster: … serial n │ pending: epoch n + 1 · rotation n + 2 · epoch n + 3, by the next identity
//! ```

use crate::ids::{EpochNumber, KeyId};
use crate::roster::AgencyView;
use crate::roster::TrustAnchor;
use crate::roster::event::{Content, SignedEvent};
use crate::time::Timestamp;

/// What the next event of the agency's chain must fit.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) anchor: TrustAnchor,
    pub(super) serial: u64,
    pub(super) epoch: EpochNumber,
    /// Who signs it; `None` while nobody may.
    pub(super) signer: Option<KeyId>,
    /// Whether new events are of use: not if the identity's revocation was heard outside the log.
    pub(super) in_force: bool,
}

impl Ground {
    /// Where the roster ends.
    pub(super) fn of(anchor: &TrustAnchor, agency: &AgencyView<'_>, now: Timestamp) -> Self {
        Self {
            anchor: *anchor,
            serial: agency.next_serial(),
            epoch: agency.next_epoch(),
            // The log's own word: what it admits does not follow from what was heard here.
            signer: agency.logged_identity(now).map(|key| *key.id()),
            in_force: agency.current_identity(now).is_some(),
        }
    }

    /// Whether the event is the one that can follow; then the ground is what follows it.
    pub(super) fn take(&mut self, event: &SignedEvent) -> Fits {
        let body = event.event();
        let signed = self.signer.is_some_and(|signer| event.signers().any(|id| *id == signer));
        if body.roster() != Some(self.anchor.digest()) || body.serial() != self.serial || !signed {
            return Fits::No;
        }
        match body.content() {
            Content::Epoch(key) if key.number() == self.epoch => {
                let Some(next) = self.epoch.next() else { return Fits::No };
                self.epoch = next;
            }
            Content::Rotation(next) => self.signer = Some(*next.id()),
            _ => return Fits::No,
        }
        self.serial = self.serial.saturating_add(1);
        Fits::Yes
    }

    /// Sorts `pending` by serial, and splits off those that can never follow: others took their place,
    /// or the log bars their keys (`[ROS-26]`).
    pub(super) fn split(
        &mut self,
        pending: &mut Vec<SignedEvent>,
        is_barred: impl Fn(&SignedEvent) -> bool,
    ) -> Vec<SignedEvent> {
        pending.sort_by_key(|event| event.event().serial());
        let fits = |event: &&SignedEvent| !is_barred(event) && self.take(event) == Fits::Yes;
        let live = pending.iter().take_while(fits).count();
        pending.split_off(live)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    Yes,
    No,
}
