//! What a country's own log does: which event it may append, and the checkpoint over its end
//! (SPEC §4.20, `[BND-50]`…`[BND-53]`).
//!
//! ```text
//! published (a quorum has cosigned) ── pending: admitted, in order, not to be taken back
//! ```

use super::anchor::TrustAnchor;
use super::bundle::{BundleWriter, Entry, Header};
use super::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use super::error::RosterError;
use super::event::{Content, SignedEvent};
use super::inclusion::InclusionProof;
use super::leaf::Leaf;
#[cfg(any(test, feature = "hazmat"))]
use super::log_end::LogEnd;
use super::merkle::{Peaks, leaf_hash};
use super::rosters::Rosters;
use super::{Roster, fork};
use crate::ids::Country;
use crate::keys::authority::LogPublicKey;
#[cfg(any(test, feature = "hazmat"))]
use crate::time::Timestamp;

impl Rosters {
    /// `[BND-50]`: whether the country's log may append `event` at `now`, after what has been
    /// published and what is `pending`.
    ///
    /// # Errors
    /// [`RosterError`].
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn admissible(
        &self,
        country: Country,
        pending: &[SignedEvent],
        event: &SignedEvent,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        let published = LogEnd::of(self, country, now, None)?;
        let end = pending.iter().try_fold(published, |end, event| end.with_admitted(event))?;
        end.with(event).map(drop)
    }

    /// `[BND-53]`: whether what was published and what is pending begin with the tree of `signed`.
    pub(crate) fn continues(&self, pending: &[SignedEvent], signed: &Checkpoint) -> bool {
        let country = signed.anchor().country();
        if let Some(root) = self.roster(country).and_then(|roster| roster.state.tree.root_at(signed.size())) {
            return root == *signed.root();
        }
        let mut peaks = self.peaks(country);
        for event in pending {
            if peaks.size() == signed.size() {
                break;
            }
            peaks.push(&Leaf::of(event).encode());
        }
        (peaks.size(), &peaks.root()) == (signed.size(), signed.root())
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
        write().map_err(RosterError::unreadable("written"))
    }

    fn peaks(&self, country: Country) -> Peaks {
        let published = self.roster(country).and_then(|roster| roster.state.tree.peaks_at(roster.size()));
        published.unwrap_or_default()
    }
}

impl Roster {
    /// Where an event stands in the log.
    pub(crate) fn index_of(&self, event: &SignedEvent) -> Option<u64> {
        let (tree, leaf) = (&self.state.tree, leaf_hash(&Leaf::of(event).encode()));
        (0..tree.size()).find(|index| tree.leaf(*index) == Some(leaf))
    }

    /// Whether this event stands at this place.
    pub(crate) fn is_at(&self, place: u64, event: &SignedEvent) -> bool {
        self.state.tree.leaf(place) == Some(leaf_hash(&Leaf::of(event).encode()))
    }

    /// The proof that the leaf at `index` stands under the newest checkpoint.
    ///
    /// # Errors
    /// [`RosterError::Checkpoint`] if there is no such leaf.
    pub(crate) fn inclusion(&self, index: u64) -> Result<InclusionProof, RosterError> {
        let malformed = CheckpointError::Malformed { field: "index" };
        let path = self.state.tree.inclusion(index, self.size());
        let (path, checkpoint) =
            path.zip(self.checkpoint.clone()).ok_or(RosterError::Checkpoint(malformed))?;
        InclusionProof::new(index, path, checkpoint).map_err(RosterError::Checkpoint)
    }

    /// That the log has signed a checkpoint, and that this tree has, or had, its root.
    ///
    /// # Errors
    /// [`RosterError::OtherAnchor`]; [`RosterError::Checkpoint`] if the log has not signed it;
    /// [`RosterError::Fork`]; [`RosterError::Gap`] if it is larger than what is held.
    pub(crate) fn check_signed(&self, checkpoint: &SignedCheckpoint) -> Result<(), RosterError> {
        if checkpoint.checkpoint().anchor() != self.anchor() {
            return Err(RosterError::OtherAnchor(self.country()));
        }
        if !self.state.log_has_signed(checkpoint) {
            return Err(RosterError::Checkpoint(CheckpointError::LogSignatureMissing));
        }
        let (country, size) = (self.country(), checkpoint.checkpoint().size());
        match self.state.tree.root_at(size) {
            Some(root) if root == *checkpoint.checkpoint().root() => Ok(()),
            Some(_) => Err(fork::with_checkpoint_of(self, checkpoint.clone())),
            None => Err(RosterError::Gap { country, held: self.size(), from: size }),
        }
    }

    /// Every log key that the country has had; the last is the current one.
    pub fn log_keys(&self) -> &[LogPublicKey] {
        &self.state.log_keys
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
