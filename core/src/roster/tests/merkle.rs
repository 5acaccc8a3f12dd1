//! The tree and its proofs against the definitions of RFC 6962, written as it writes them.

use super::super::merkle::*;
use crate::crypto::digest::sha256;

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

/// `SHA-256(0x01 ‖ left ‖ right)`
fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], left, right])
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
fn d3_a_copy_stays_as_it_was_whatever_is_appended_to_either() {
    for (kept, taken) in [(0, 3), (5, 12), (8, 9), (7, 8), (64, 70)] {
        let mut tree = Tree::default();
        (0..kept).for_each(|leaf: u8| tree.push(&[leaf]));
        let mut copy = tree.clone();
        let root = tree.root();
        (kept..taken).for_each(|leaf| tree.push(&[leaf]));
        assert_eq!((copy.size(), copy.root()), (kept.into(), root), "{kept} {taken}");
        (kept..taken).for_each(|leaf| copy.push(&[leaf]));
        assert_eq!(copy, tree, "{kept} {taken}");
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
            assert_eq!(proof, if m == 0 { vec![] } else { subproof(m, &leaves[..n], true) }, "{m} to {n}");
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
