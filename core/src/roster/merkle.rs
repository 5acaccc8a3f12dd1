//! The root of a Merkle tree, RFC 6962 §2.1, grown leaf by leaf.
//!
//! ```text
//! MTH({})   = SHA-256()
//! leaf hash = SHA-256(0x00 ‖ leaf)
//! node hash = SHA-256(0x01 ‖ left ‖ right)
//! ```
//!
//! A tree of n leaves is kept as its leaf hashes, and the roots of its complete subtrees, one for
//! each bit of n, the largest first.

use crate::crypto::digest::sha256;

/// A tree that tells its root, and the one that it had at each earlier size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    leaves: Vec<[u8; 32]>,
    peaks: Peaks,
}

/// What a tree was, to cut it back.
pub(super) struct TreeMark {
    size: usize,
    peaks: Peaks,
}

impl Tree {
    /// The number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Appends a leaf.
    pub(super) fn push(&mut self, leaf: &[u8]) {
        let hash = sha256(&[&[0x00], leaf]);
        self.peaks.push(self.leaves.len(), hash);
        self.leaves.push(hash);
    }

    /// `MTH`.
    pub(super) fn root(&self) -> [u8; 32] {
        self.peaks.root()
    }

    /// `MTH` of the first `size` leaves, if there are as many.
    pub(super) fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        let leaves = self.leaves.get(..usize::try_from(size).ok()?)?;
        let mut peaks = Peaks::default();
        leaves.iter().enumerate().for_each(|(n, leaf)| peaks.push(n, *leaf));
        Some(peaks.root())
    }

    pub(super) fn mark(&self) -> TreeMark {
        TreeMark { size: self.leaves.len(), peaks: self.peaks.clone() }
    }

    /// Takes back what was appended since the mark.
    pub(super) fn rewind(&mut self, TreeMark { size, peaks }: TreeMark) {
        self.leaves.truncate(size);
        self.peaks = peaks;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Peaks(Vec<[u8; 32]>);

impl Peaks {
    /// Appends a leaf to a tree of `size`. A subtree of 2^i leaves is completed for each bit that
    /// the addition carries over.
    fn push(&mut self, size: usize, mut hash: [u8; 32]) {
        for _ in 0..size.trailing_ones() {
            if let Some(left) = self.0.pop() {
                hash = node(&left, &hash);
            }
        }
        self.0.push(hash);
    }

    fn root(&self) -> [u8; 32] {
        let mut peaks = self.0.iter().rev();
        match peaks.next() {
            None => sha256(&[]),
            Some(last) => peaks.fold(*last, |right, left| node(left, &right)),
        }
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[0x01], left, right])
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
        let hex = |root: [u8; 32]| crate::ids::KeyId::from_bytes(root).to_string();
        let mut tree = Tree::default();
        assert_eq!(hex(tree.root()), roots[0]);
        for (i, leaf) in leaves.iter().enumerate() {
            tree.push(leaf);
            assert_eq!((tree.size(), hex(tree.root()).as_str()), (i as u64 + 1, roots[i + 1]));
        }
    }

    /// `MTH` as RFC 6962 writes it.
    fn mth(leaves: &[Vec<u8>]) -> [u8; 32] {
        match leaves {
            [] => sha256(&[]),
            [leaf] => sha256(&[&[0x00], leaf]),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn growing_equals_the_recursive_definition() {
        let leaves: Vec<Vec<u8>> = (0..70u8).map(|i| vec![i; usize::from(i)]).collect();
        let mut tree = Tree::default();
        for n in 0..leaves.len() {
            assert_eq!(tree.root(), mth(&leaves[..n]), "{n}");
            tree.push(&leaves[n]);
        }
        for n in 0..=leaves.len() {
            assert_eq!(tree.root_at(n as u64), Some(mth(&leaves[..n])), "{n}");
        }
        assert_eq!((tree.root_at(71), tree.root_at(u64::MAX)), (None, None));
    }

    #[test]
    fn what_was_appended_is_taken_back() {
        let mut tree = Tree::default();
        (0..5u8).for_each(|leaf| tree.push(&[leaf]));
        let (before, mark) = (tree.clone(), tree.mark());
        (5..12u8).for_each(|leaf| tree.push(&[leaf]));
        tree.rewind(mark);
        assert_eq!(tree, before);
    }
}
