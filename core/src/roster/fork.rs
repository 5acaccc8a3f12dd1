//! Proving that a bundle is of another roster than the one held (SPEC §4.19).
//!
//! Both sides' last checkpoints are signed by the log; the tree of the larger shows that it does
//! not begin with that of the smaller.

use std::io::Read;

use super::Roster;
use super::bundle::{BundleReader, Item};
use super::checkpoint::SignedCheckpoint;
use super::equivocation::EquivocationProof;
use super::error::RosterError;
use super::held::Held;
use super::import::Unverified;
use super::merkle::Tree;

/// Follows the rest of a bundle whose `tree`, as far as it has been read, differs from what is
/// held, up to a checkpoint that proves it. `under` is the checkpoint of the entries that come next:
/// where the log has not signed it they are nobody's, and are not followed.
pub(super) fn prove(
    held: &Held,
    mut tree: Tree,
    mut under: Option<SignedCheckpoint>,
    bundle: &mut BundleReader<impl Read>,
) -> RosterError {
    let differs = || RosterError::Differs { country: held.anchor.country(), size: held.size() };
    loop {
        if under.as_ref().is_some_and(|theirs| !has_signed(held, theirs)) {
            return differs();
        }
        if let Some(proof) = under.as_ref().and_then(|theirs| between(held, theirs, &tree)) {
            return RosterError::Fork(Box::new(proof));
        }
        match bundle.next() {
            Ok(Some(Item::Checkpoint(checkpoint))) => under = Some(checkpoint),
            Ok(Some(Item::Entry(entry))) => match Unverified::decode(&entry) {
                Ok(entry) => tree.push(&entry.leaf().encode()),
                Err(error) => return error,
            },
            Ok(None) => return differs(),
            Err(error) => return error,
        }
    }
}

/// A checkpoint of a size that is held, with another root: the tree that is held proves it.
pub(super) fn with_checkpoint(held: &Held, theirs: SignedCheckpoint) -> RosterError {
    match held.roster() {
        Some(roster) => with_checkpoint_of(roster, theirs),
        None => RosterError::WrongRoot { country: held.anchor.country(), size: theirs.checkpoint().size() },
    }
}

/// As [`with_checkpoint`].
pub(super) fn with_checkpoint_of(roster: &Roster, theirs: SignedCheckpoint) -> RosterError {
    let (country, size) = (roster.country(), theirs.checkpoint().size());
    match before(roster, theirs) {
        Some(proof) => RosterError::Fork(Box::new(proof)),
        None => RosterError::WrongRoot { country, size },
    }
}

/// Theirs is not larger.
fn before(roster: &Roster, theirs: SignedCheckpoint) -> Option<EquivocationProof> {
    let ours = roster.checkpoint.clone()?;
    if !roster.state.log_has_signed(&theirs) {
        return None;
    }
    let (a, b) = (theirs.checkpoint().size(), ours.checkpoint().size());
    let tree = &roster.state.tree;
    let (root, proof) = match a == b {
        true => (*theirs.checkpoint().root(), Vec::new()),
        false => (tree.root_at(a)?, tree.consistency(a, b)?),
    };
    Some(EquivocationProof::new(theirs, ours, root, proof))
}

fn has_signed(held: &Held, theirs: &SignedCheckpoint) -> bool {
    held.roster().is_some_and(|roster| roster.state.log_has_signed(theirs))
}

/// The checkpoint is of `tree`, which differs from what is held.
fn between(held: &Held, theirs: &SignedCheckpoint, tree: &Tree) -> Option<EquivocationProof> {
    let roster = held.roster()?;
    let ours = roster.checkpoint.as_ref()?;
    let (a, b) = (ours.checkpoint().size(), theirs.checkpoint().size());
    if b != tree.size() || *theirs.checkpoint().root() != tree.root() {
        return None;
    }
    if b <= a {
        return before(roster, theirs.clone());
    }
    if !roster.state.log_has_signed(theirs) {
        return None;
    }
    let (root, proof) = (tree.root_at(a)?, tree.consistency(a, b)?);
    Some(EquivocationProof::new(ours.clone(), theirs.clone(), root, proof))
}
