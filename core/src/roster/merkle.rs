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
//! level: roots of any size and proofs cost O(log n), and to cut a tree back is to truncate.

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
    /// No level is empty.
    levels: Vec<Vec<Hash>>,
}

/// What a tree was, to cut it back.
pub struct TreeMark(u64);

impl Tree {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a leaf. A subtree of 2^i leaves is completed for each bit that the addition carries
    /// over.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash = leaf_hash(leaf);
        for height in 0.. {
            if height == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let Some(level) = self.levels.get_mut(height) else { return };
            level.push(hash);
            match level.as_slice() {
                [.., left, right] if level.len().is_multiple_of(2) => hash = node(left, right),
                _ => return,
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

    /// A tree of which only these complete subtrees are known, and what is appended to them: the
    /// hashes below are zero.
    pub(super) fn from_peaks(peaks: &Peaks) -> Self {
        let size = peaks.size();
        let len = |height: u32| usize::try_from(size >> height).unwrap_or_default();
        let heights = (0..u64::BITS).filter(|height| size >> height > 0);
        let mut levels: Vec<Vec<Hash>> = heights.map(|height| vec![[0; 32]; len(height)]).collect();
        let set_bits = (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1);
        for (height, hash) in set_bits.zip(peaks.hashes()) {
            // The last complete subtree of a level whose bit is set is a peak.
            let level = levels.get_mut(height as usize);
            if let Some(last) = level.and_then(|level| level.last_mut()) {
                *last = *hash;
            }
        }
        Self { levels }
    }

    /// Cuts the tree back to its first `size` leaves.
    pub(super) fn truncate(&mut self, size: u64) {
        self.rewind(TreeMark(size.min(self.size())));
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

    /// What the tree is now, for [`Self::rewind`].
    pub fn mark(&self) -> TreeMark {
        TreeMark(self.size())
    }

    /// Takes back what was appended since the mark.
    pub fn rewind(&mut self, TreeMark(size): TreeMark) {
        let Ok(mut complete) = usize::try_from(size) else { return };
        for level in &mut self.levels {
            level.truncate(complete);
            complete /= 2;
        }
        self.levels.retain(|level| !level.is_empty());
    }

    /// The root of the `index`th complete subtree of 2^height leaves.
    fn complete(&self, height: u32, index: u64) -> Option<Hash> {
        self.levels.get(usize::try_from(height).ok()?)?.get(usize::try_from(index).ok()?).copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight leaves and the roots of their trees, as in Certificate Transparency's
    /// `merkle_tree_test.cc`.
    #[test]
    fn roots_of_the_certificate_transparency_vectors() {
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let hex = |root: Hash| crate::ids::KeyId::from_bytes(root).to_string();
        let mut tree = Tree::default();
        assert_eq!(hex(tree.root()), roots[0]);
        for (i, leaf) in leaves.iter().enumerate() {
            tree.push(leaf);
            assert_eq!((tree.size(), hex(tree.root()).as_str()), (i as u64 + 1, roots[i + 1]));
        }
    }

    /// `MTH` as RFC 6962 writes it.
    fn mth(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [leaf] => sha256(&[&[0x00], leaf]),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    /// `PATH` as RFC 6962 writes it.
    fn path(m: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut inner, beside) = match m.checked_sub(left.len()) {
            None => (path(m, left), mth(right)),
            Some(m) => (path(m, right), mth(left)),
        };
        inner.push(beside);
        inner
    }

    /// `SUBPROOF` as RFC 6962 writes it.
    fn subproof(m: usize, leaves: &[Vec<u8>], known: bool) -> Vec<Hash> {
        if m == leaves.len() {
            return if known { Vec::new() } else { vec![mth(leaves)] };
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut inner, beside) = if m <= left.len() {
            (subproof(m, left, known), mth(right))
        } else {
            (subproof(m - left.len(), right, false), mth(left))
        };
        inner.push(beside);
        inner
    }

    fn leaves() -> Vec<Vec<u8>> {
        (0..70u8).map(|i| vec![i; usize::from(i)]).collect()
    }

    fn tree() -> Tree {
        let mut tree = Tree::default();
        leaves().iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    #[test]
    fn growing_equals_the_recursive_definition() {
        let leaves = leaves();
        let (mut tree, mut peaks) = (Tree::default(), Peaks::default());
        for n in 0..leaves.len() {
            assert_eq!((tree.root(), peaks.root()), (mth(&leaves[..n]), mth(&leaves[..n])), "{n}");
            tree.push(&leaves[n]);
            peaks.push(&leaves[n]);
        }
        for n in 0..=leaves.len() {
            assert_eq!(tree.root_at(n as u64), Some(mth(&leaves[..n])), "{n}");
            assert_eq!(tree.leaf(n as u64), leaves.get(n).map(|leaf| leaf_hash(leaf)));
        }
        assert_eq!((tree.root_at(71), tree.root_at(u64::MAX), tree.leaf(u64::MAX)), (None, None, None));
    }

    #[test]
    fn what_was_appended_is_taken_back() {
        for (kept, taken) in [(0, 3), (5, 12), (8, 9), (7, 8), (64, 70)] {
            let mut tree = Tree::default();
            (0..kept).for_each(|leaf: u8| tree.push(&[leaf]));
            let (before, mark) = (tree.clone(), tree.mark());
            (kept..taken).for_each(|leaf| tree.push(&[leaf]));
            tree.rewind(mark);
            assert_eq!(tree, before, "{kept} {taken}");
        }
    }

    #[test]
    fn proofs_of_every_pair_are_those_of_the_definition_and_hold() {
        let (leaves, tree) = (leaves(), tree());
        for n in 1..=leaves.len() {
            let root = mth(&leaves[..n]);
            for m in 0..n {
                let (m64, n64) = (m as u64, n as u64);
                let proof = tree.inclusion(m64, n64).unwrap();
                assert_eq!(proof, path(m, &leaves[..n]), "{m} in {n}");
                assert_eq!(verify_inclusion(&leaf_hash(&leaves[m]), m64, n64, &proof, &root), Ok(()));
                let proof = tree.consistency(m64, n64).unwrap();
                let old = mth(&leaves[..m]);
                assert_eq!(
                    proof,
                    if m == 0 { vec![] } else { subproof(m, &leaves[..n], true) },
                    "{m} to {n}"
                );
                assert_eq!(verify_consistency((m64, &old), (n64, &root), &proof), Ok(()));
            }
            assert_eq!(tree.consistency(n as u64, n as u64), Some(vec![]));
        }
        assert_eq!((tree.inclusion(0, 71), tree.inclusion(5, 5), tree.inclusion(0, 0)), (None, None, None));
        assert_eq!((tree.consistency(1, 71), tree.consistency(5, 4)), (None, None));
    }

    /// Every bit of every node, a node more, a node less, and every other index or size, unless the
    /// tree of that shape has the same proof.
    #[test]
    fn a_proof_that_was_changed_does_not_hold() {
        let (leaves, tree) = (leaves(), tree());
        for n in [1, 2, 3, 7, 8, 33, 64, 70] {
            let root = mth(&leaves[..n]);
            for m in 0..n {
                let (m64, n64, leaf) = (m as u64, n as u64, leaf_hash(&leaves[m]));
                let proof = tree.inclusion(m64, n64).unwrap();
                changed(&proof, |proof| verify_inclusion(&leaf, m64, n64, proof, &root));
                changed(&[root, leaf], |pair| verify_inclusion(&pair[1], m64, n64, &proof, &pair[0]));
                let others = (0..n64).filter(|other| *other != m64);
                others.for_each(|other| assert!(verify_inclusion(&leaf, other, n64, &proof, &root).is_err()));
                let (old, proof) = (mth(&leaves[..m]), tree.consistency(m64, n64).unwrap());
                changed(&proof, |proof| verify_consistency((m64, &old), (n64, &root), proof));
                if m > 0 {
                    changed(&[old, root], |p| verify_consistency((m64, &p[0]), (n64, &p[1]), &proof));
                }
            }
        }
        let root = tree.root();
        assert!(verify_inclusion(&root, 0, 0, &[], &root).is_err());
        assert!(verify_inclusion(&root, u64::MAX, u64::MAX, &[], &root).is_err());
        assert!(verify_consistency((2, &root), (1, &root), &[]).is_err());
        assert!(verify_consistency((0, &root), (1, &root), &[]).is_err());
        assert!(verify_consistency((7, &root), (7, &mth(&leaves[..7])), &[]).is_err());
    }

    /// One bit of each byte of a node, and each bit of one byte.
    fn changed(proof: &[Hash], verify: impl Fn(&[Hash]) -> Result<(), ProofError>) {
        for i in 0..proof.len() {
            for bit in 0..256 {
                let mut bad = proof.to_vec();
                bad[i][bit / 8] ^= 1 << (bit % 8);
                assert_eq!(verify(&bad), Err(ProofError), "node {i}, bit {bit}");
            }
        }
    }

    #[test]
    fn r10_a_proof_of_another_length_does_not_hold() {
        let (leaves, tree) = (leaves(), tree());
        for n in 1..=leaves.len() {
            let root = mth(&leaves[..n]);
            for m in 0..n {
                let (m64, n64, leaf, old) = (m as u64, n as u64, leaf_hash(&leaves[m]), mth(&leaves[..m]));
                let lengths = |proof: Vec<Hash>, verify: &dyn Fn(&[Hash]) -> Result<(), ProofError>| {
                    for length in (0..proof.len() + 3).filter(|length| *length != proof.len()) {
                        let mut bad = proof.clone();
                        bad.resize(length, root);
                        assert_eq!(verify(&bad), Err(ProofError), "{m} {n} {length}");
                    }
                };
                let verify = |proof: &[Hash]| verify_inclusion(&leaf, m64, n64, proof, &root);
                lengths(tree.inclusion(m64, n64).unwrap(), &verify);
                let verify = |proof: &[Hash]| verify_consistency((m64, &old), (n64, &root), proof);
                lengths(tree.consistency(m64, n64).unwrap(), &verify);
            }
        }
        // A node more, and the roots that it leads to: only its number is wrong.
        let beside = [9; 32];
        for (m, n) in [(0, 1), (1, 2), (6, 7), (3, 8), (64, 70)] {
            let (m64, n64, root, old) = (m as u64, n as u64, mth(&leaves[..n]), mth(&leaves[..m]));
            let mut proof = tree.inclusion(m64, n64).unwrap();
            proof.push(beside);
            let leaf = leaf_hash(&leaves[m]);
            assert!(verify_inclusion(&leaf, m64, n64, &proof, &node(&beside, &root)).is_err());
            let mut proof = tree.consistency(m64, n64).unwrap();
            proof.push(beside);
            let (old, root) = (node(&beside, &old), node(&beside, &root));
            assert!(verify_consistency((m64, &old), (n64, &root), &proof).is_err());
        }
        let absurd = vec![[0; 32]; 1 << 20];
        assert!(verify_inclusion(&[0; 32], u64::MAX / 2, MAX_SIZE, &absurd, &[0; 32]).is_err());
        assert!(verify_consistency((1, &[0; 32]), (MAX_SIZE, &[0; 32]), &absurd).is_err());
    }

    /// In the largest tree: a proof for it has as many nodes as the limit allows, and no tree has more.
    #[test]
    fn r10_the_largest_tree_has_proofs_within_the_limit() {
        let mut root = leaf_hash(b"leaf");
        let proof = [[7; 32]; 63];
        // The first leaf lies to the left at every level.
        proof.iter().for_each(|sibling| root = node(&root, sibling));
        assert!(verify_inclusion(&leaf_hash(b"leaf"), 0, MAX_SIZE, &proof, &root).is_ok());
        // Of the first 3 leaves: the third, its sibling beside the new root only, the pair before it.
        let old = node(&proof[1], &[7; 32]);
        let mut three = node(&proof[1], &node(&[7; 32], &proof[0]));
        proof[2..].iter().for_each(|sibling| three = node(&three, sibling));
        let longest = [&[[7; 32]], &proof[..]].concat();
        assert_eq!(longest.len(), MAX_PROOF);
        assert_eq!(verify_consistency((3, &old), (MAX_SIZE, &three), &longest), Ok(()));
    }

    #[test]
    fn a_compact_range_is_the_tree_at_its_size() {
        let (leaves, tree) = (leaves(), tree());
        for n in 0..=leaves.len() {
            let mut peaks = tree.peaks_at(n as u64).unwrap();
            assert_eq!((peaks.size(), peaks.hashes().len() as u32), (n as u64, (n as u64).count_ones()));
            assert_eq!(Peaks::from_peaks(n as u64, peaks.hashes().to_vec()), Some(peaks.clone()));
            leaves[n..].iter().for_each(|leaf| peaks.push(leaf));
            assert_eq!((peaks.size(), peaks.root()), (tree.size(), tree.root()));
        }
        assert_eq!(tree.peaks_at(71), None);
        for (size, count) in [(0, 1), (1, 0), (3, 1), (3, 3), (u64::MAX, 64), (1 << 63, 1)] {
            assert_eq!(Peaks::from_peaks(size, vec![[0; 32]; count]), None, "{size}");
        }
    }
}
