//! The log's formats against Go's implementations of them (`core/tests/interop/main.go`): each side
//! verifies what the other made, for trees, checkpoints, cosignatures, policies and proofs.
//!
//! Runs where there is Go and its modules can be had; says plainly when it is skipped. Prints
//! `interop: go: N proofs, M signatures run` or `interop: go: SKIPPED, …`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever goes wrong is a failed test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use vlec::hazmat::merkle::{Tree, verify_consistency, verify_inclusion};
use vlec::hazmat::{Secret, authority_keys, checkpoint_log_time, checkpoint_time, merkle, seeded_random};
use vlec::{
    Checkpoint, Country, InclusionProof, LogKey, Policy, SignedCheckpoint, Timestamp, TrustAnchor, WitnessKey,
};

const LEAVES: usize = 70;
const COUNTRIES: [&str; 4] = ["GE", "UA", "AZ", "MD"];

/// A country with the seed of each pair.
struct Authority {
    anchor: TrustAnchor,
    log: LogKey,
    witness: WitnessKey,
    seeds: [Secret<64>; 2],
}

impl Authority {
    fn new(number: u8) -> Self {
        let code = COUNTRIES[usize::from(number)];
        let country: Country = code.parse().unwrap();
        let seed = |byte: u8| Secret::<64>::new(|seed| seed.fill(byte));
        let [log, witness] = [100 + number, 200 + number];
        let (_, log_key, witness_key) = authority_keys(country, &seed(number), &seed(log), &seed(witness));
        let anchor = format!("vlec/1/{code}/{}", format!("{number:02x}").repeat(32)).parse().unwrap();
        Self { anchor, log: log_key, witness: witness_key, seeds: [seed(log), seed(witness)] }
    }
}

/// The program of `core/tests/interop`, or why there is none.
fn program() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-go");
    // No other compiler than the installed one, and nothing of the committed files is changed.
    let go = |arguments: &[&str]| {
        let mut go = Command::new("go");
        go.args(arguments).current_dir(&folder).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=readonly");
        go.output()
    };
    go(&["version"]).map_err(|_| "go is not in PATH".to_owned())?;
    let modules = go(&["mod", "download"]).unwrap();
    if !modules.status.success() {
        let reason = String::from_utf8_lossy(&modules.stderr).into_owned();
        return Err(format!("its modules cannot be had: {}", reason.trim()));
    }
    let built = go(&["build", "-o", program.to_str().unwrap(), "."]).unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Ok(program)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SignerKey {
    name: String,
    vkeys: [String; 2],
    seeds: [String; 2],
    cosign: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inclusion {
    index: u64,
    size: u64,
    proof: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Consistency {
    from: u64,
    to: u64,
    proof: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ours {
    leaves: Vec<String>,
    roots: Vec<String>,
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
    origin: String,
    signers: Vec<SignerKey>,
    checkpoint: String,
    policy: String,
    proof: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Theirs {
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
    checkpoint: String,
    proof: String,
}

fn encode(hashes: &[[u8; 32]]) -> Option<Vec<String>> {
    Some(hashes.iter().map(|hash| BASE64.encode(hash)).collect())
}

fn decode(hashes: &Option<Vec<String>>) -> Vec<[u8; 32]> {
    let decode = |hash: &String| BASE64.decode(hash.as_bytes()).unwrap().try_into().unwrap();
    hashes.iter().flatten().map(decode).collect()
}

fn leaves() -> Vec<Vec<u8>> {
    (0..LEAVES).map(|n| vec![n as u8; n]).collect()
}

fn signer(name: String, vkeys: [String; 2], seed: &Secret<64>, cosign: bool) -> SignerKey {
    let (ml_dsa, ed25519) = seed.expose().split_at(32);
    SignerKey { name, vkeys, seeds: [BASE64.encode(ed25519), BASE64.encode(ml_dsa)], cosign }
}

/// The vkeys of a policy, two to each witness.
fn witness_vkeys(policy: &Policy) -> Vec<[String; 2]> {
    let vkeys = policy.text().lines().filter(|line| line.starts_with("witness "));
    let vkeys: Vec<String> = vkeys.map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect();
    vkeys.chunks_exact(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
}

#[test]
fn go_and_this_library_verify_each_others_logs() {
    let program = match program() {
        Ok(program) => program,
        Err(reason) => {
            println!("interop: go: SKIPPED, {reason}");
            return;
        }
    };
    let authorities: Vec<Authority> = (0..4).map(Authority::new).collect();
    let (log, witnesses) = authorities.split_first().unwrap();
    let keys: Vec<_> = witnesses.iter().map(|w| (w.anchor, w.witness.public().clone())).collect();
    let policy = Policy::new(&keys, 2).unwrap();
    let at = Timestamp::from_unix(1_900_000_000).unwrap();
    let random = seeded_random([1; 32]);

    let mut tree = Tree::default();
    leaves().iter().for_each(|leaf| tree.push(leaf));
    let checkpoint = Checkpoint::new(log.anchor, tree.size(), tree.root()).unwrap();
    let mut signed = SignedCheckpoint::sign(checkpoint, &log.log, at, &random).unwrap();
    for witness in witnesses {
        signed.cosign(&witness.anchor, &witness.witness, at, &random).unwrap();
    }
    let path = tree.inclusion(41, tree.size()).unwrap();
    let proof = InclusionProof::new(41, path, signed.clone()).unwrap();

    let ours = ours(&tree, log, witnesses, &policy, &signed, &proof);
    let theirs = exchange(&program, &ours);

    let pairs =
        (ours.inclusion.len() + ours.consistency.len(), theirs.inclusion.len() + theirs.consistency.len());
    assert_eq!(pairs.0, pairs.1);
    check_trees(&tree, &theirs);

    let checkpoint = SignedCheckpoint::decode(theirs.checkpoint.as_bytes()).unwrap();
    assert_eq!(checkpoint.encode(), theirs.checkpoint);
    assert_eq!(checkpoint.checkpoint(), signed.checkpoint());
    let log_time = checkpoint_log_time(&checkpoint, log.log.public()).unwrap();
    assert!(log_time <= checkpoint_time(&checkpoint, &policy, Timestamp::MAX).unwrap());
    // Both sides' lines in one note: those of Go's clock, or ours, whichever is the newer.
    let mut both = signed.clone();
    both.merge(&checkpoint).unwrap();
    assert!(checkpoint_time(&both, &policy, Timestamp::MAX).is_ok());

    let proof = InclusionProof::decode(theirs.proof.as_bytes()).unwrap();
    assert_eq!((proof.encode(), proof.extra()), (theirs.proof, Some(&b"made by Go"[..])));
    let leaf = &leaves()[41];
    let time = proof.verify(leaf, &log.anchor, log.log.public(), &policy, Timestamp::MAX);
    assert_eq!(time, checkpoint_time(&checkpoint, &policy, Timestamp::MAX));
    println!("interop: go: {} proofs, {} signatures run", pairs.0 + pairs.1, 2 * 2 * COUNTRIES.len());
}

fn ours(
    tree: &Tree,
    log: &Authority,
    witnesses: &[Authority],
    policy: &Policy,
    signed: &SignedCheckpoint,
    proof: &InclusionProof,
) -> Ours {
    let size = tree.size();
    let pairs = |from: u64| (1..=size).flat_map(move |to| (from..to).map(move |from| (from, to)));
    let inclusion = pairs(0).map(|(index, size)| Inclusion {
        index,
        size,
        proof: encode(&tree.inclusion(index, size).unwrap()),
    });
    let consistency = pairs(1).map(|(from, to)| Consistency {
        from,
        to,
        proof: encode(&tree.consistency(from, to).unwrap()),
    });
    let log_vkeys = Checkpoint::log_vkeys(&log.anchor, log.log.public());
    let mut signers = vec![signer(log.anchor.to_string(), log_vkeys, &log.seeds[0], false)];
    for (witness, vkeys) in witnesses.iter().zip(witness_vkeys(policy)) {
        let name = format!("{}/witness", witness.anchor);
        signers.push(signer(name, vkeys, &witness.seeds[1], true));
    }
    // Go's parser wants a URL where C2SP leaves it out.
    let with_url = |line: &str| match line.starts_with("witness ") {
        true => format!("{line} https://witness.example/{}\n", line.len()),
        false => format!("{line}\n"),
    };
    let policy: String = policy.text().lines().map(with_url).collect();
    Policy::parse(&policy).unwrap();
    Ours {
        leaves: leaves().iter().map(|leaf| BASE64.encode(leaf)).collect(),
        roots: (0..=size).map(|size| BASE64.encode(&tree.root_at(size).unwrap())).collect(),
        inclusion: inclusion.collect(),
        consistency: consistency.collect(),
        origin: log.anchor.to_string(),
        signers,
        checkpoint: signed.encode(),
        policy,
        proof: proof.encode(),
    }
}

/// Go's proofs are ours, and hold.
fn check_trees(tree: &Tree, theirs: &Theirs) {
    let leaves = leaves();
    for Inclusion { index, size, proof } in &theirs.inclusion {
        let (proof, root) = (decode(proof), tree.root_at(*size).unwrap());
        let leaf = merkle::leaf_hash(&leaves[*index as usize]);
        assert_eq!(verify_inclusion(&leaf, *index, *size, &proof, &root), Ok(()));
        assert_eq!(tree.inclusion(*index, *size), Some(proof));
    }
    for Consistency { from, to, proof } in &theirs.consistency {
        let (proof, roots) = (decode(proof), [from, to].map(|size| tree.root_at(*size).unwrap()));
        assert_eq!(verify_consistency((*from, &roots[0]), (*to, &roots[1]), &proof), Ok(()));
        assert_eq!(tree.consistency(*from, *to), Some(proof));
    }
}

fn exchange(program: &Path, ours: &Ours) -> Theirs {
    let mut go = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Go reads all before it writes anything.
    go.stdin.take().unwrap().write_all(&serde_json::to_vec(ours).unwrap()).unwrap();
    let answer = go.wait_with_output().unwrap();
    assert!(answer.status.success(), "go disagrees");
    serde_json::from_slice(&answer.stdout).unwrap()
}
