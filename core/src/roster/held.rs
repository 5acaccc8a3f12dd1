//! What a party holds of one country: the pinned anchor, whom it believes, and the roster.

use std::sync::Arc;

use super::Roster;
use super::anchor::TrustAnchor;
use super::equivocation::EquivocationProof;
use super::leaf::Leaf;
use super::merkle::{Tree, leaf_hash};
use super::policy::Policy;
use super::standing::{Heard, Word};
use crate::time::Timestamp;

/// One country, from the day on which it was pinned. A copy costs nothing.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(super) anchor: TrustAnchor,
    /// Which of the pins it is: the same anchor may be pinned anew, and everything that was kept is forgotten.
    pin: Arc<()>,
    pub(super) policy: Option<Policy>,
    pub(super) frozen: Option<Box<EquivocationProof>>,
    roster: Option<Roster>,
    /// Of this anchor's keys, whichever view of its roster is held.
    heard: Heard,
}

impl Held {
    pub(super) fn new(anchor: TrustAnchor) -> Self {
        Self { anchor, pin: Arc::new(()), policy: None, frozen: None, roster: None, heard: Heard::default() }
    }

    pub(super) fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref()
    }

    /// `[ROS-41]`: what was heard stays heard, whatever roster is held.
    pub(super) fn hold(&mut self, roster: Roster) {
        self.roster = Some(Roster { heard: self.heard.clone(), ..roster });
    }

    /// Whether that changes anything.
    pub(super) fn note_heard(&mut self, word: Word) -> bool {
        let changed = self.heard.note(word);
        if let Some(roster) = self.roster.as_mut().filter(|_| changed) {
            roster.heard = self.heard.clone();
        }
        changed
    }

    /// Whether a bundle that was verified against `basis` may count here.
    pub(super) fn is_still(&self, basis: &Self) -> bool {
        let view = |held: &Self| held.roster().map(|roster| (roster.head(), roster.as_of()));
        let operators = |held: &Self| (held.anchor, held.policy.clone(), held.frozen.is_some());
        Arc::ptr_eq(&self.pin, &basis.pin) && operators(self) == operators(basis) && view(self) == view(basis)
    }

    pub(super) fn size(&self) -> u64 {
        self.roster().map_or(0, Roster::size)
    }

    pub(super) fn as_of(&self) -> Timestamp {
        self.roster().map_or(Timestamp::default(), Roster::as_of)
    }

    /// The root that the tree had at an earlier size.
    pub(super) fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        match self.roster() {
            Some(roster) => roster.state.tree.root_at(size),
            None => Tree::default().root_at(size),
        }
    }

    pub(super) fn has_leaf(&self, index: u64, leaf: &Leaf) -> bool {
        let held = self.roster().and_then(|roster| roster.state.tree.leaf(index));
        held == Some(leaf_hash(&leaf.encode()))
    }

    /// The tree of the first `size` leaves that are held, and another.
    pub(super) fn tree_with(&self, size: u64, leaf: &Leaf) -> Tree {
        let peaks = self.roster().and_then(|roster| roster.peaks_at(size));
        let mut tree = Tree::from_peaks(&peaks.unwrap_or_default());
        tree.push(&leaf.encode());
        tree
    }
}
