//! A portable proof that a country's log showed two rosters (SPEC §4.19, `[BND-40]`).
//!
//! ```text
//! proof = [ "vlec/1 equivocation", first note, second note, root at the first size, [ *hash ] ]
//! ```
//!
//! Both checkpoints are signed by a log key that the country's roster knows. Of equal size their
//! roots differ, and the last two fields are those of the first, and empty. Otherwise the first is
//! the smaller, and the hashes prove that the tree of the second had another root at its size.

use super::anchor::TrustAnchor;
use super::checkpoint::SignedCheckpoint;
use super::error::RosterError;
use super::merkle::{self, MAX_PROOF};
use super::state::State;
use crate::cbor::{self, Malformed, Reader};

const FORMAT: &str = "vlec/1 equivocation";
const MAX_NOTE: usize = 65_536;
const FIELD: &str = "equivocation proof";

/// Two signed checkpoints of one log that cannot both be of an honest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EquivocationProof {
    first: SignedCheckpoint,
    second: SignedCheckpoint,
    root: [u8; 32],
    proof: Vec<[u8; 32]>,
}

impl EquivocationProof {
    pub(super) fn new(
        first: SignedCheckpoint,
        second: SignedCheckpoint,
        root: [u8; 32],
        proof: Vec<[u8; 32]>,
    ) -> Self {
        Self { first, second, root, proof }
    }

    /// The log.
    pub fn anchor(&self) -> &TrustAnchor {
        self.first.checkpoint().anchor()
    }

    /// The two checkpoints, the smaller first.
    pub fn checkpoints(&self) -> [&SignedCheckpoint; 2] {
        [&self.first, &self.second]
    }

    /// The bytes of the proof, for everybody to verify.
    pub fn encode(&self) -> Vec<u8> {
        let Self { first, second, root, proof } = self;
        cbor::encode(|e| {
            e.array(5)?.str(FORMAT)?.str(&first.encode())?.str(&second.encode())?.bytes(root)?;
            e.array(proof.len() as u64)?;
            proof.iter().try_for_each(|hash| e.bytes(hash).map(drop))
        })
    }

    /// Parses a proof, and verifies nothing.
    ///
    /// # Errors
    /// [`RosterError::Malformed`], [`RosterError::Checkpoint`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RosterError> {
        let r = &mut Reader::new(bytes);
        r.array(FIELD, 5, 5)?;
        if r.text(FIELD, FORMAT.len(), FORMAT.len())? != FORMAT {
            return Err(Malformed { field: FIELD }.into());
        }
        let mut note = || {
            let note = r.text(FIELD, 1, MAX_NOTE)?;
            SignedCheckpoint::decode(note.as_bytes()).map_err(RosterError::Checkpoint)
        };
        let (first, second) = (note()?, note()?);
        let root = *r.fixed::<32>(FIELD)?;
        let mut proof = Vec::new();
        for _ in 0..r.array(FIELD, 0, MAX_PROOF as u64)? {
            proof.push(*r.fixed::<32>(FIELD)?);
        }
        r.end(FIELD)?;
        let this = Self { first, second, root, proof };
        cbor::check_canonical(bytes, &this.encode(), FIELD)?;
        Ok(this)
    }

    /// `[BND-40]`: the log of `state` has signed both, and no tree has both.
    pub(super) fn verify(&self, state: &State) -> Result<(), RosterError> {
        let no_proof = || RosterError::NoEquivocation(state.anchor.country());
        let (first, second) = (self.first.checkpoint(), self.second.checkpoint());
        if *first.anchor() != state.anchor || *second.anchor() != state.anchor {
            return Err(no_proof());
        }
        for checkpoint in self.checkpoints() {
            if !state.log_has_signed(checkpoint) {
                return Err(no_proof());
            }
        }
        let (a, b) = (first.size(), second.size());
        let holds = if a == b {
            self.proof.is_empty() && self.root == *first.root() && first.root() != second.root()
        } else {
            self.root != *first.root()
                && merkle::verify_consistency((a, &self.root), (b, second.root()), &self.proof).is_ok()
        };
        if holds { Ok(()) } else { Err(no_proof()) }
    }
}
