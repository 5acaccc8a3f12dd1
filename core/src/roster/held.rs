//! What a party holds of one country: the pinned anchor, whom it believes, and the roster.

use super::Roster;
use super::anchor::TrustAnchor;
use super::equivocation::EquivocationProof;
use super::leaf::Leaf;
use super::merkle::{Tree, leaf_hash};
use super::policy::Policy;
use crate::time::Timestamp;

/// One country, from the day on which it was pinned.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(super) anchor: TrustAnchor,
    pub(super) policy: Option<Policy>,
    pub(super) roster: Option<Roster>,
    pub(super) frozen: Option<Box<EquivocationProof>>,
}

impl Held {
    pub(super) fn new(anchor: TrustAnchor) -> Self {
        Self { anchor, policy: None, roster: None, frozen: None }
    }

    pub(super) fn size(&self) -> u64 {
        self.roster.as_ref().map_or(0, Roster::size)
    }

    pub(super) fn as_of(&self) -> Timestamp {
        self.roster.as_ref().map_or(Timestamp::default(), Roster::as_of)
    }

    /// The root that the tree had at an earlier size.
    pub(super) fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        match &self.roster {
            Some(roster) => roster.state.tree.root_at(size),
            None => Tree::default().root_at(size),
        }
    }

    pub(super) fn has_leaf(&self, index: u64, leaf: &Leaf) -> bool {
        let held = self.roster.as_ref().and_then(|roster| roster.state.tree.leaf(index));
        held == Some(leaf_hash(&leaf.encode()))
    }

    /// The tree of the first `size` leaves that are held, and another.
    pub(super) fn tree_with(&self, size: u64, leaf: &Leaf) -> Tree {
        let mut tree = self.roster.as_ref().map_or_else(Tree::default, |roster| roster.state.tree.clone());
        tree.truncate(size);
        tree.push(&leaf.encode());
        tree
    }
}
