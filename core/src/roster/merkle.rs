//! The Merkle tree of RFC 6962 §2.1, its proofs, and the verifiers of RFC 9162 §2.1 (SPEC §4.13).
//!
//! ```text
//! MTH({})   = SHA-256()
//! leaf hash = SHA-256(0x00 ‖ leaf)
//! node hash = SHA-256(0x01 ‖ left ‖ right)
//!
//! level 2      h0123
//! level 1   h01    h23    h45          a level holds the roots of its complete subtrees only
//! level 0  h0 h1  h2 h3  h4 h5  h6
//! ```
//!
//! Every subtree that a proof names is complete, or is made of at most one complete one of each
//! level: roots of any size and proofs cost O(log n). A copy of a tree shares the levels with it.

use super::collections::List;
use crate::crypto::digest::sha256;

/// A root, or a node of a proof.
pub type Hash = [u8; 32];

/// The largest tree, so that its size is a signed 64-bit integer too, as other implementations
/// have it (`[LOG-12]`).
pub const MAX_SIZE: u64 = (1 << 63) - 1;

/// No proof is longer (`[LOG-05]`): 63 nodes lie beside the way to a leaf of the largest tree, and
/// a proof of consistency can begin with one more.
pub const MAX_PROOF: usize = 64;

/// A proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold: get it again from its source")]
pub struct ProofError;

/// A tree that tells its root, its proofs, and those that it had at each earlier size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    levels: Vec<Level>,
}

/// The roots of the complete subtrees of one height, from the left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Level {
    /// So many at the beginning are not known.
    unknown: u64,
    hashes: List<Hash>,
}

impl Tree {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, Level::len)
    }

    /// Appends a leaf. A subtree of 2^i leaves is completed for each bit that the addition carries
    /// over.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash = leaf_hash(leaf);
        for height in 0.. {
            if height == self.levels.len() {
                self.levels.push(Level::default());
            }
            let Some(level) = self.levels.get_mut(height) else { return };
            level.hashes.push_back_mut(hash);
            let pair = if level.len().is_multiple_of(2) { level.last_two() } else { None };
            match pair {
                Some((left, right)) => hash = node(left, right),
                None => return,
            }
        }
    }

    /// `MTH`.
    pub fn root(&self) -> Hash {
        self.root_at(self.size()).unwrap_or_else(empty_root)
    }

    /// `MTH` of the first `size` leaves, if there are as many.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(empty_root()) } else { self.subtree(0, size) }
    }

    /// A tree of which only these complete subtrees are known, and what is appended to them.
    pub(super) fn from_peaks(peaks: &Peaks) -> Self {
        let size = peaks.size();
        let mut hashes = peaks.hashes().iter().rev();
        let heights = (0..u64::BITS).filter(|height| size >> height > 0);
        let levels = heights.map(|height| {
            // The last complete subtree of a level whose bit is set is a peak.
            let peak = if size >> height & 1 == 1 { hashes.next() } else { None };
            let unknown = (size >> height) - u64::from(peak.is_some());
            Level { unknown, hashes: peak.into_iter().copied().collect() }
        });
        Self { levels: levels.collect() }
    }

    /// The hash of leaf `index`.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.complete(0, index)
    }

    /// The roots of the complete subtrees that the first `size` leaves are made of, the largest
    /// first: as many as `size` has bits set.
    pub fn peaks_at(&self, size: u64) -> Option<Peaks> {
        let mut hashes = Vec::new();
        let mut start = 0;
        for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
            hashes.push(self.complete(height, start >> height)?);
            start += 1 << height;
        }
        Peaks::from_peaks(size, hashes)
    }

    /// `PATH(index, D[size])` of RFC 6962 §2.1.1, from the leaf's sibling up.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// `PROOF(a, D[b])` of RFC 6962 §2.1.2. Nothing is needed to follow from the empty tree, or
    /// from the tree itself.
    pub fn consistency(&self, a: u64, b: u64) -> Option<Vec<Hash>> {
        if a > b || b > self.size() {
            return None;
        }
        let mut path = Vec::new();
        if a == 0 || a == b {
            return Some(path);
        }
        let (mut start, mut end) = (0, b);
        while end != a {
            let middle = start + split(end - start);
            if a <= middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        // The subtree that ends where the old tree ended: known from its root if it is all of it.
        if start > 0 {
            path.push(self.subtree(start, end)?);
        }
        path.reverse();
        Some(path)
    }

    /// The root of the `index`th complete subtree of 2^height leaves.
    fn complete(&self, height: u32, index: u64) -> Option<Hash> {
        self.levels.get(usize::try_from(height).ok()?)?.get(index).copied()
    }

    /// `MTH` of the leaves from `start` to `end`, where `start` is a multiple of a power of two that
    /// is not smaller than their number, as in every subtree that RFC 6962 names.
    fn subtree(&self, start: u64, end: u64) -> Option<Hash> {
        let n = end - start;
        if n.is_power_of_two() {
            let height = n.trailing_zeros();
            return self.complete(height, start >> height);
        }
        let middle = start + split(n);
        Some(node(&self.subtree(start, middle)?, &self.subtree(middle, end)?))
    }
}

impl Level {
    fn len(&self) -> u64 {
        self.unknown + self.hashes.len() as u64
    }

    fn get(&self, index: u64) -> Option<&Hash> {
        self.hashes.get(usize::try_from(index.checked_sub(self.unknown)?).ok()?)
    }

    fn last_two(&self) -> Option<(&Hash, &Hash)> {
        let left = self.len().checked_sub(2)?;
        self.get(left).zip(self.hashes.last())
    }
}

/// A tree of which only the roots of its complete subtrees are known: enough to append to it and to
/// tell its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    /// One for each bit of the size, the largest first.
    hashes: Vec<Hash>,
}

impl Peaks {
    /// The tree of `size` leaves with these subtrees; `None` if there are more or fewer of them
    /// than the size has bits set, or if the size is over the limit.
    pub fn from_peaks(size: u64, hashes: Vec<Hash>) -> Option<Self> {
        (size <= MAX_SIZE && hashes.len() == size.count_ones() as usize).then_some(Self { size, hashes })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash = leaf_hash(leaf);
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = node(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// `MTH`.
    pub fn root(&self) -> Hash {
        let mut hashes = self.hashes.iter().rev();
        match hashes.next() {
            None => empty_root(),
            Some(last) => hashes.fold(*last, |right, left| node(left, &right)),
        }
    }
}

/// That the leaf with this hash is number `index` of the tree of `size` leaves with this root
/// (RFC 9162 §2.1.3.2, `[LOG-03]`).
///
/// # Errors
/// [`ProofError`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size || proof.len() > MAX_PROOF {
        return Err(ProofError);
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofError);
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(ProofError) }
}

/// That the tree of `b` leaves begins with the tree of `a` leaves (RFC 9162 §2.1.4.2, `[LOG-04]`).
/// From the empty tree to any, and from a tree to itself, the proof is empty.
///
/// # Errors
/// [`ProofError`].
pub fn verify_consistency(
    (a, root_a): (u64, &Hash),
    (b, root_b): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    let hold = |holds: bool| if holds { Ok(()) } else { Err(ProofError) };
    if a > b || proof.len() > MAX_PROOF {
        return Err(ProofError);
    }
    if a == 0 || a == b {
        let same = if a == b { root_a == root_b } else { *root_a == empty_root() };
        return hold(proof.is_empty() && same);
    }
    // A complete old tree is a subtree of the new one, and its root the first node of the proof.
    let complete = a.is_power_of_two().then_some(root_a);
    let mut nodes = complete.into_iter().chain(proof);
    let first = *nodes.next().ok_or(ProofError)?;
    let (mut at, mut last) = (a - 1, b - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old, mut new) = (first, first);
    for sibling in nodes {
        if last == 0 {
            return Err(ProofError);
        }
        if at & 1 == 1 || at == last {
            old = node(sibling, &old);
            new = node(sibling, &new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new = node(&new, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    hold(last == 0 && old == *root_a && new == *root_b)
}

/// `SHA-256(0x00 ‖ leaf)`
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256(&[&[0x00], leaf])
}

fn empty_root() -> Hash {
    sha256(&[])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], left, right])
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}
