//! That an event stands in a country's log, in one text, C2SP tlog-proof (SPEC §4.16).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra YWdl…                            at will, and not authenticated
//! index 6
//! gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=     the path, from the leaf's sibling up
//! …
//!
//! vlec/1/GE/…                            the checkpoint, verbatim
//! ```

use super::anchor::TrustAnchor;
use super::checkpoint::{CheckpointError, SignedCheckpoint};
use super::merkle::{MAX_PROOF, leaf_hash, verify_inclusion};
use super::note::{decimal, from_base64, hash_from_base64, to_base64};
use super::policy::Policy;
use crate::keys::authority::LogPublicKey;
use crate::time::Timestamp;

/// The longest `extra`, decoded (`[LOG-62]`).
const MAX_EXTRA: usize = 4096;
/// The longest text before the checkpoint.
const MAX_FRONT: usize = 64 + (MAX_EXTRA / 3 + 2) * 4 + MAX_PROOF * 45;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that a leaf stands at a place of a log; nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    extra: Option<Vec<u8>>,
    index: u64,
    path: Vec<[u8; 32]>,
    checkpoint: SignedCheckpoint,
}

impl InclusionProof {
    /// The proof that leaf `index`, counted from 0, is in the tree of `checkpoint`.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] if the tree has no such leaf, [`CheckpointError::TooLarge`] if
    /// the path is longer than any tree's.
    pub fn new(
        index: u64,
        path: Vec<[u8; 32]>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, CheckpointError> {
        if index >= checkpoint.checkpoint().size() {
            return Err(CheckpointError::Malformed { field: "index" });
        }
        if path.len() > MAX_PROOF {
            return Err(CheckpointError::TooLarge { what: "proof" });
        }
        Ok(Self { extra: None, index, path, checkpoint })
    }

    /// The leaf's place, counted from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The checkpoint, not verified.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// What its author added; nobody vouches for it.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// That `leaf` stands at [`Self::index`] of the log of `anchor`, whose pair is `log`, and the
    /// time of the checkpoint by the word of a quorum of `policy`, none of it after `latest`.
    ///
    /// # Errors
    /// [`CheckpointError::OtherCheckpoint`] if the checkpoint is another log's;
    /// [`CheckpointError`] if its signatures do not suffice; [`CheckpointError::NotIncluded`].
    pub fn verify(
        &self,
        leaf: &[u8],
        anchor: &TrustAnchor,
        log: &LogPublicKey,
        policy: &Policy,
        latest: Timestamp,
    ) -> Result<Timestamp, CheckpointError> {
        let checkpoint = self.checkpoint.checkpoint();
        if checkpoint.anchor() != anchor {
            return Err(CheckpointError::OtherCheckpoint);
        }
        self.checkpoint.verify_log(log)?;
        let time = self.checkpoint.time(policy, latest)?;
        verify_inclusion(&leaf_hash(leaf), self.index, checkpoint.size(), &self.path, checkpoint.root())
            .map_err(|_| CheckpointError::NotIncluded)?;
        Ok(time)
    }

    /// The text.
    pub fn encode(&self) -> String {
        let extra = self.extra.iter().map(|extra| format!("extra {}\n", to_base64(extra)));
        let path = self.path.iter().map(|hash| format!("{}\n", to_base64(hash)));
        let (extra, path): (String, String) = (extra.collect(), path.collect());
        format!("{HEADER}\n{extra}index {}\n{path}\n{}", self.index, self.checkpoint.encode())
    }

    /// Reads a proof; there is one encoding of each (`[LOG-60]` to `[LOG-63]`).
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`], [`CheckpointError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let malformed = |field| CheckpointError::Malformed { field };
        let end = bytes.windows(2).take(MAX_FRONT).position(|two| two == b"\n\n");
        let (front, rest) =
            end.and_then(|end| bytes.split_at_checked(end)).ok_or(malformed("inclusion proof"))?;
        let note = rest.get(2..).ok_or(malformed("inclusion proof"))?;
        let front = std::str::from_utf8(front).map_err(|_| malformed("inclusion proof"))?;
        let mut lines = front.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("inclusion proof"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            None => None,
            Some(line) => Some(extra_of(line).ok_or(malformed("extra"))?),
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or(malformed("index"))?;
        let path: Vec<_> = lines
            .by_ref()
            .take(MAX_PROOF)
            .map(hash_from_base64)
            .collect::<Option<_>>()
            .ok_or(malformed("path"))?;
        if lines.next().is_some() {
            return Err(CheckpointError::TooLarge { what: "proof" });
        }
        Ok(Self { extra, ..Self::new(index, path, SignedCheckpoint::decode(note)?)? })
    }
}

fn extra_of(line: &str) -> Option<Vec<u8>> {
    let extra = from_base64(line.strip_prefix("extra ")?)?;
    (1..=MAX_EXTRA).contains(&extra.len()).then_some(extra)
}
