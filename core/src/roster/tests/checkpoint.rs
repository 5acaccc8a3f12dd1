//! Checkpoints: whose signatures there must be, which count, and at what time.
//!
//! Lines are written here a second time, from C2SP's text, so that hostile ones can be made.

use data_encoding::BASE64;

use super::super::inclusion::InclusionProof;
use super::super::merkle::Tree;
use super::{World, t};
use crate::crypto::digest::sha256;
use crate::crypto::note_pair::SigningPair;
use crate::random::Random;
use crate::roster::{Checkpoint, CheckpointError, Policy, SignedCheckpoint, TrustAnchor};
use crate::time::Timestamp;
use crate::{label, secret::Secret};

const ED25519: u8 = 1;
const ED25519_COSIGNATURE: u8 = 4;
const ML_DSA: u8 = 6;

fn worlds() -> [World; 4] {
    ["GE", "UA", "AZ", "MD"].map(|country| World::of(country, 1, 1))
}

fn checkpoint(world: &World) -> Checkpoint {
    Checkpoint::new(world.anchor, 17, [7; 32]).unwrap()
}

fn signed(world: &World) -> SignedCheckpoint {
    SignedCheckpoint::sign(checkpoint(world), &world.log, t(0), &world.random).unwrap()
}

/// `threshold` of the witnesses of these.
fn policy<'a>(witnesses: impl IntoIterator<Item = &'a World>, threshold: usize) -> Policy {
    let keys = witnesses.into_iter().map(|world| (world.anchor, world.witness.public().clone()));
    Policy::new(&keys.collect::<Vec<_>>(), threshold).unwrap()
}

fn name(world: &World) -> String {
    format!("{}/witness", world.anchor)
}

fn line(name: &str, key_type: u8, pair: &SigningPair, time: Option<u64>, signature: &[u8]) -> String {
    let [ml_dsa, ed25519] = pair.verifying_pair().components();
    let key = if key_type == ML_DSA { ml_dsa } else { ed25519 };
    let id = sha256(&[name.as_bytes(), b"\n", &[key_type], key]);
    let time = time.map(u64::to_be_bytes);
    let bytes = [&id[..4], time.as_ref().map_or(&[], |time| &time[..]), signature].concat();
    format!("— {name} {}\n", BASE64.encode(&bytes))
}

fn log_line(world: &World) -> String {
    let text = checkpoint(world).text();
    let pair = world.log.pair();
    line(&world.anchor.to_string(), ED25519, pair, None, &pair.sign_ed25519(text.as_bytes()).unwrap())
}

fn ed25519_line(name: &str, pair: &SigningPair, checkpoint: &Checkpoint, time: u64) -> String {
    let message = format!("cosignature/v1\ntime {time}\n{}", checkpoint.text());
    line(name, ED25519_COSIGNATURE, pair, Some(time), &pair.sign_ed25519(message.as_bytes()).unwrap())
}

fn ml_dsa_line(name: &str, pair: &SigningPair, checkpoint: &Checkpoint, time: u64) -> String {
    let origin = checkpoint.anchor().to_string();
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(name.len() as u8);
    message.extend(name.as_bytes());
    message.extend(time.to_be_bytes());
    message.push(origin.len() as u8);
    message.extend(origin.as_bytes());
    message.extend([0; 8]);
    message.extend(checkpoint.size().to_be_bytes());
    message.extend(checkpoint.root());
    let signature = pair.sign_ml_dsa(&message, &Random::system()).unwrap();
    line(name, ML_DSA, pair, Some(time), &signature)
}

/// A checkpoint of `of` with the log's lines and these.
fn note(of: &World, lines: &[String]) -> SignedCheckpoint {
    let note = signed(of).encode() + &lines.concat();
    SignedCheckpoint::decode(note.as_bytes()).unwrap()
}

/// Both cosignatures of a witness, at these times.
fn pair_lines(of: &World, witness: &World, ed25519: u64, ml_dsa: u64) -> Vec<String> {
    let (name, pair) = (name(witness), witness.witness.pair());
    let checkpoint = checkpoint(of);
    vec![ed25519_line(&name, pair, &checkpoint, ed25519), ml_dsa_line(&name, pair, &checkpoint, ml_dsa)]
}

fn code<T>(result: Result<T, CheckpointError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_log_signs_with_both_keys_and_witnesses_give_the_time() {
    let [ge, ua, az, md] = worlds();
    let mut signed = signed(&ge);
    assert_eq!(signed.verify_log(ge.log.public()), Ok(t(0)));
    let policy = policy([&ua, &az, &md], 2);
    for (witness, at, time) in
        [(&ua, 50, None), (&az, 30, Some(30)), (&md, 40, Some(40)), (&az, 45, Some(45))]
    {
        signed.cosign(&witness.anchor, &witness.witness, t(at), &witness.random).unwrap();
        let expected = time.map(t).ok_or(CheckpointError::NoQuorum);
        assert_eq!(signed.time(&policy, t(1000)), expected, "the second largest");
    }
    let text = signed.encode();
    let again = SignedCheckpoint::decode(text.as_bytes()).unwrap();
    assert_eq!((again.encode(), again.checkpoint()), (text, &checkpoint(&ge)));
    assert_eq!(again.time(&policy, t(1000)), Ok(t(45)));
    assert_eq!(again.verify_log(ge.log.public()), Ok(t(0)));
    assert!(format!("{again:?}").ends_with(", 17, 8 lines)"));
}

#[test]
fn what_is_signed_is_what_c2sp_says() {
    let [ge, ua, ..] = worlds();
    let log = log_line(&ge) + &ml_dsa_line(&ge.anchor.to_string(), ge.log.pair(), &checkpoint(&ge), 5);
    let lines = pair_lines(&ge, &ua, t(9).unix(), t(9).unix());
    let text = format!("{}\n{log}{}", checkpoint(&ge).text(), lines.concat());
    let signed = SignedCheckpoint::decode(text.as_bytes()).unwrap();
    assert_eq!(signed.verify_log(ge.log.public()), Ok(Timestamp::from_unix(5).unwrap()));
    assert_eq!(signed.time(&policy([&ua], 1), t(9)), Ok(t(9)));
}

#[test]
fn r15_a_checkpoint_signed_by_one_key_of_the_logs_pair_is_rejected() {
    let [ge, ua, ..] = worlds();
    let signed = signed(&ge).encode();
    let lines: Vec<&str> = signed.split_inclusive('\n').skip(4).collect();
    let refused = |log: &str| {
        let text = format!("{}\n{log}", checkpoint(&ge).text());
        code(SignedCheckpoint::decode(text.as_bytes()).unwrap().verify_log(ge.log.public()))
    };
    assert_eq!(refused(&lines.concat()), "ok");
    assert_eq!(refused(lines[0]), "checkpoint-log-signature-missing");
    assert_eq!(refused(lines[1]), "checkpoint-log-signature-missing");
    assert_eq!(refused(&pair_lines(&ge, &ua, 9, 9).concat()), "checkpoint-log-signature-missing");
    let origin = ge.anchor.to_string();
    // The witness's types do not do for a log.
    let cosigned = ed25519_line(&origin, ge.log.pair(), &checkpoint(&ge), 9);
    assert_eq!(refused(&(cosigned + lines[1])), "checkpoint-log-signature-missing");
    assert_eq!(refused(&lines.repeat(2).concat()), "checkpoint-signed-twice");
    for time in [0, Timestamp::MAX.unix() + 1] {
        let ml_dsa = ml_dsa_line(&origin, ge.log.pair(), &checkpoint(&ge), time);
        assert_eq!(refused(&(lines[0].to_owned() + &ml_dsa)), "checkpoint-no-time");
    }
    let ml_dsa = ml_dsa_line(&origin, ge.log.pair(), &checkpoint(&ge), 1 << 63);
    assert_eq!(refused(&(lines[0].to_owned() + &ml_dsa)), "checkpoint-malformed");
    assert_eq!(
        code(SignedCheckpoint::sign(checkpoint(&ge), &ge.log, Timestamp::default(), &ge.random)),
        "checkpoint-no-time"
    );
}

#[test]
fn r15_a_witness_counts_with_both_keys_only_and_with_the_smaller_time() {
    let [ge, ua, ..] = worlds();
    let policy = policy([&ua], 1);
    let time = |lines: &[String]| note(&ge, lines).time(&policy, t(1000));
    let (early, late) = (t(10).unix(), t(20).unix());
    assert_eq!(time(&pair_lines(&ge, &ua, early, late)), Ok(t(10)));
    assert_eq!(time(&pair_lines(&ge, &ua, late, early)), Ok(t(10)));
    let lines = pair_lines(&ge, &ua, early, early);
    assert_eq!(time(&lines[..1]), Err(CheckpointError::NoQuorum));
    assert_eq!(time(&lines[1..]), Err(CheckpointError::NoQuorum));
    assert_eq!(time(&[]), Err(CheckpointError::NoQuorum));
}

#[test]
fn r15_times_of_zero_and_in_the_future_do_not_count() {
    let [ge, ua, az, _] = worlds();
    let (now, later, latest) = (t(10).unix(), t(21).unix(), t(20));
    let alone = policy([&ua], 1);
    for (ed25519, ml_dsa) in [(0, 0), (0, now), (now, 0), (later, later), (now, later), (later, now)] {
        let note = note(&ge, &pair_lines(&ge, &ua, ed25519, ml_dsa));
        assert_eq!(note.time(&alone, latest), Err(CheckpointError::NoQuorum), "{ed25519} {ml_dsa}");
    }
    let lines = [pair_lines(&ge, &ua, now, now), pair_lines(&ge, &az, later, later)].concat();
    assert_eq!(note(&ge, &lines).time(&policy([&ua, &az], 1), latest), Ok(t(10)));
    assert_eq!(note(&ge, &lines).time(&policy([&ua, &az], 2), latest), Err(CheckpointError::NoQuorum));
    assert_eq!(note(&ge, &lines).time(&policy([&ua, &az], 2), t(21)), Ok(t(10)));
    // Past what a time can be here, and not past what C2SP allows: not counted, but no fault.
    let far = pair_lines(&ge, &ua, (1 << 63) - 1, Timestamp::MAX.unix() + 1);
    assert_eq!(note(&ge, &far).time(&alone, Timestamp::MAX), Err(CheckpointError::NoQuorum));
    for lines in [pair_lines(&ge, &ua, 1 << 63, now), pair_lines(&ge, &ua, now, u64::MAX)] {
        assert_eq!(code(note(&ge, &lines).time(&alone, latest)), "checkpoint-malformed");
    }
}

#[test]
fn r15_a_failing_line_of_a_known_key_rejects_and_one_of_an_unknown_key_does_not() {
    let [ge, ua, az, md] = worlds();
    let both = [pair_lines(&ge, &ua, 9, 9), pair_lines(&ge, &az, 9, 9)].concat();
    let (one, all) = (policy([&ua], 1), policy([&ua, &az], 1));
    for bad in 0..both.len() {
        let mut lines = both.clone();
        // Another checkpoint's, in the place of this one's.
        let other = Checkpoint::new(ge.anchor, 18, [7; 32]).unwrap();
        let (witness, name) = if bad < 2 { (&ua, name(&ua)) } else { (&az, name(&az)) };
        let make = if bad % 2 == 0 { ed25519_line } else { ml_dsa_line };
        lines[bad] = make(&name, witness.witness.pair(), &other, 9);
        let time = note(&ge, &lines).time(&all, t(0));
        assert_eq!(time, Err(CheckpointError::BadSignature { key: name }), "{bad}, though the other counts");
        let known = note(&ge, &lines).time(&one, t(0));
        assert_eq!(known.is_ok(), bad >= 2, "AZ is not known to this policy");
    }
    // A time that is not signed.
    let moved = |line: &str| {
        let (name, signature) = line.rsplit_once(' ').unwrap();
        let mut signature = BASE64.decode(signature.trim_end().as_bytes()).unwrap();
        signature[11] ^= 1;
        format!("{name} {}\n", BASE64.encode(&signature))
    };
    for bad in 0..2 {
        let mut lines = both.clone();
        lines[bad] = moved(&lines[bad]);
        assert_eq!(code(note(&ge, &lines).time(&one, t(0))), "checkpoint-bad-signature");
    }
    // Too short to hold a time, too short or too long to be a signature.
    for length in [1, 7, 8, 71, 73] {
        let line = line(&name(&ua), ED25519_COSIGNATURE, ua.witness.pair(), None, &vec![0; length]);
        let lines = [&both[2..], &[line]].concat();
        assert_eq!(code(note(&ge, &lines).time(&all, t(0))), "checkpoint-bad-signature", "{length}");
        assert_eq!(code(note(&ge, &lines).time(&policy([&az, &md], 1), t(0))), "ok");
    }
    // A key's name with another id, and its id with another name, are unknown keys.
    let stranger = line(&name(&ua), ED25519_COSIGNATURE, az.witness.pair(), None, &[0; 72]);
    let strange_name = both[0].replace("/witness ", "/witness2 ");
    assert!(note(&ge, &[&both[..], &[stranger, strange_name]].concat()).time(&all, t(0)).is_ok());
}

#[test]
fn r15_nothing_counts_twice() {
    let [ge, ua, az, _] = worlds();
    let lines = pair_lines(&ge, &ua, 9, 9);
    let twice = [&lines[..], &lines[..1]].concat();
    assert_eq!(code(note(&ge, &twice).time(&policy([&ua], 1), t(0))), "checkpoint-signed-twice");
    let newer = [&lines[..], &pair_lines(&ge, &ua, 10, 10)[1..]].concat();
    assert_eq!(code(note(&ge, &newer).time(&policy([&ua], 1), t(0))), "checkpoint-signed-twice");
    assert_eq!(code(note(&ge, &twice).time(&policy([&ua, &az], 2), t(0))), "checkpoint-signed-twice");
}

#[test]
fn r15_a_checkpoint_of_17_lines_is_not_made_and_not_read() {
    let [ge, ua, ..] = worlds();
    let mut signed = signed(&ge);
    let anchors: Vec<TrustAnchor> = (0..8).map(|n| TrustAnchor::new(ua.country, [n; 32])).collect();
    for anchor in &anchors[..7] {
        signed.cosign(anchor, &ua.witness, t(1), &ua.random).unwrap();
    }
    let before = signed.clone();
    assert_eq!(code(signed.cosign(&anchors[7], &ua.witness, t(1), &ua.random)), "checkpoint-too-large");
    signed.cosign(&anchors[0], &ua.witness, t(2), &ua.random).unwrap();
    assert_eq!(code(signed.clone().countersign(&ua.log, t(1), &ua.random)), "checkpoint-too-large");
    let full = before.encode();
    assert!(SignedCheckpoint::decode(full.as_bytes()).is_ok());
    let over = full.clone() + full.split_inclusive('\n').next_back().unwrap();
    assert_eq!(code(SignedCheckpoint::decode(over.as_bytes())), "checkpoint-too-large");
}

#[test]
fn r15_a_signature_counts_for_its_own_checkpoint_and_name_only() {
    let [ge, ua, az, _] = worlds();
    let policy = policy([&ua], 1);
    let (good, name, pair) = (checkpoint(&ge), name(&ua), ua.witness.pair());
    let others = [
        Checkpoint::new(az.anchor, 17, [7; 32]).unwrap(),
        Checkpoint::new(ge.anchor, 16, [7; 32]).unwrap(),
        Checkpoint::new(ge.anchor, 17, [8; 32]).unwrap(),
    ];
    for other in others {
        for lines in [
            vec![ed25519_line(&name, pair, &other, 9), ml_dsa_line(&name, pair, &good, 9)],
            vec![ed25519_line(&name, pair, &good, 9), ml_dsa_line(&name, pair, &other, 9)],
        ] {
            assert_eq!(code(note(&ge, &lines).time(&policy, t(0))), "checkpoint-bad-signature");
        }
    }
    // ML-DSA's message names its signer: what AZ's name signed is nothing under UA's.
    let renamed = ml_dsa_line(&super::checkpoint::name(&az), pair, &good, 9);
    let signature = renamed.rsplit_once(' ').unwrap().1;
    let bytes = BASE64.decode(signature.trim_end().as_bytes()).unwrap();
    let lines = [ed25519_line(&name, pair, &good, 9), line(&name, ML_DSA, pair, None, &bytes[4..])];
    assert_eq!(code(note(&ge, &lines).time(&policy, t(0))), "checkpoint-bad-signature");
}

#[test]
fn a_second_log_pair_signs_beside_the_first() {
    let [ge, ua, ..] = worlds();
    let both = signed(&ge).countersign(&ua.log, t(5), &ge.random).unwrap();
    assert_eq!(both.verify_log(ge.log.public()), Ok(t(0)));
    assert_eq!(both.verify_log(ua.log.public()), Ok(t(5)));
    assert_eq!(code(signed(&ge).verify_log(ua.log.public())), "checkpoint-log-signature-missing");
}

#[test]
fn merging_keeps_the_newer_of_a_keys_lines_and_leaves_other_checkpoints_alone() {
    let [ge, ua, az, _] = worlds();
    let (mut a, mut b) = (signed(&ge), signed(&ge));
    a.cosign(&ua.anchor, &ua.witness, t(1), &ua.random).unwrap();
    b.cosign(&ua.anchor, &ua.witness, t(2), &ua.random).unwrap();
    b.cosign(&az.anchor, &az.witness, t(3), &az.random).unwrap();
    let both = policy([&ua, &az], 2);
    for (mut into, from) in [(a.clone(), &b), (b.clone(), &a)] {
        into.merge(from).unwrap();
        assert_eq!((into.time(&both, t(9)), into.verify_log(ge.log.public())), (Ok(t(2)), Ok(t(0))));
        let once = into.clone();
        into.merge(from).unwrap();
        assert_eq!(into, once);
    }
    let other = Checkpoint::new(ge.anchor, 18, [7; 32]).unwrap();
    let other = SignedCheckpoint::sign(other, &ge.log, t(0), &ge.random).unwrap();
    assert_eq!(a.merge(&other), Err(CheckpointError::OtherCheckpoint));
    let before = a.clone();
    let strangers: Vec<String> =
        (0..13).map(|n| line(&format!("stranger{n}"), ED25519, ua.log.pair(), None, &[0; 64])).collect();
    assert_eq!(code(a.merge(&note(&ge, &strangers))), "checkpoint-too-large");
    assert_eq!(a, before);
}

#[test]
fn a_checkpoint_is_three_lines_of_one_form() {
    let [ge, ..] = worlds();
    let lines = log_line(&ge);
    let (origin, root) = (ge.anchor.to_string(), BASE64.encode(&[7; 32]));
    let decode = |text: String| SignedCheckpoint::decode(format!("{text}\n{lines}").as_bytes());
    let good = decode(format!("{origin}\n17\n{root}\n")).unwrap();
    assert_eq!(good.checkpoint(), &checkpoint(&ge));
    for (bad, field) in [
        (format!("{origin}\n17\n{root}\nextension\n"), "extension line"),
        (format!("{origin}\n17\n{root}\n\n"), "extension line"),
        (format!("{origin}\n17\n"), "root hash"),
        (format!("{origin}\n"), "tree size"),
        (format!("{origin}\n017\n{root}\n"), "tree size"),
        (format!("{origin}\n+17\n{root}\n"), "tree size"),
        (format!("{origin}\n\n{root}\n"), "tree size"),
        (format!("{origin}\n18446744073709551616\n{root}\n"), "tree size"),
        (format!("example.com/log\n17\n{root}\n"), "origin"),
        (format!("{origin} \n17\n{root}\n"), "origin"),
        (format!("{origin}\n17\n{root} \n"), "root hash"),
        (format!("{origin}\n17\n{}\n", root.replace("BwcHBwc=", "BwcHBwd=")), "root hash"),
        (format!("{origin}\n17\n{}\n", BASE64.encode(&[7; 31])), "root hash"),
        (format!("{origin}\n17\n{}\n", BASE64.encode(&[7; 33])), "root hash"),
    ] {
        assert_eq!(decode(bad.clone()), Err(CheckpointError::Malformed { field }), "{bad}");
    }
    assert_eq!(code(decode(format!("{origin}\n9223372036854775808\n{root}\n"))), "checkpoint-too-large");
    assert!(decode(format!("{origin}\n9223372036854775807\n{root}\n")).is_ok());
    assert!(decode(format!("{origin}\n0\n{root}\n")).is_ok());
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_cosigned_checkpoint_is_noticed() {
    let [ge, ua, ..] = worlds();
    let policy = policy([&ua], 1);
    let mut signed = signed(&ge);
    signed.cosign(&ua.anchor, &ua.witness, t(9), &ua.random).unwrap();
    let bytes = signed.encode().into_bytes();
    let accepted = |bytes: &[u8]| {
        SignedCheckpoint::decode(bytes).is_ok_and(|signed| {
            signed.verify_log(ge.log.public()).is_ok() && signed.time(&policy, t(10)).is_ok()
        })
    };
    assert!(accepted(&bytes));
    // Every bit of what stands before the ML-DSA signatures, one bit of every seventh byte of the rest.
    for at in 0..bytes.len() {
        for bit in (0..8).filter(|bit| at < 400 || (at % 7 == 0 && *bit == at % 8)) {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << bit;
            assert!(!accepted(&bad), "byte {at}, bit {bit}");
        }
    }
    (0..bytes.len()).step_by(3).for_each(|length| assert!(!accepted(&bytes[..length]), "{length}"));
}

/// What an event's signer signs, `label ‖ message`, and what a note's signer signs, can never be one:
/// whatever the message, and although the keys are the same.
#[test]
fn s3_no_signature_of_an_event_is_one_of_a_note_nor_the_other_way_round() {
    let [ge, ..] = worlds();
    let checkpoint = checkpoint(&ge);
    let text = checkpoint.text();
    let beginnings = [text.as_bytes(), b"cosignature/v1\n", b"subtree/v1\n\0"];
    for (name, label) in label::ALL {
        for beginning in beginnings {
            assert!(!beginning.starts_with(label.bytes()), "{name}: a note's message is no event's");
            assert!(!label.bytes().starts_with(beginning), "{name}: an event's message is no note's");
            let common = label.bytes().iter().zip(beginning).take_while(|(a, b)| a == b).count();
            assert!(common < label.bytes().len().min(beginning.len()), "{name}: they part");
        }
    }
    let pair = SigningPair::from_seed(&Secret::new(|seed| seed.fill(3)));
    let public = pair.verifying_pair();
    // A hostile message continues an event's label as if it were a note: the bare Ed25519 check holds
    // over these bytes, and the bytes are no note's.
    let possession = pair.sign(label::SIGN_GENESIS, text.as_bytes(), &ge.random).unwrap();
    let (ml_dsa, ed25519) = possession.split_at(2420);
    let message = [label::SIGN_GENESIS.bytes(), text.as_bytes()].concat();
    assert!(public.verify_ed25519(&message, ed25519).is_ok());
    let as_note = [&message[..], b"\n", log_line(&ge).as_bytes()].concat();
    assert_eq!(code(SignedCheckpoint::decode(&as_note)), "checkpoint-malformed");
    // ML-DSA's context parts them even over the same bytes.
    assert!(public.verify_ml_dsa(&message, ml_dsa).is_err());
    let bare = [&pair.sign_ml_dsa(&message, &ge.random).unwrap()[..], ed25519].concat();
    assert!(public.verify(label::SIGN_GENESIS, text.as_bytes(), &possession).is_ok());
    assert!(public.verify(label::SIGN_GENESIS, text.as_bytes(), &bare).is_err());
    // The signatures of a real note, as those of an event.
    let note = [
        &pair.sign_ml_dsa(text.as_bytes(), &ge.random).unwrap()[..],
        &pair.sign_ed25519(text.as_bytes()).unwrap(),
    ]
    .concat();
    for (_, label) in label::ALL {
        for cut in 0..text.len() {
            assert!(public.verify(*label, &text.as_bytes()[cut..], &note).is_err());
        }
    }
}

/// A log of 17 leaves, its checkpoint and the proof for leaf 6.
fn proof(ge: &World, ua: &World) -> InclusionProof {
    let mut tree = Tree::default();
    (0..17u8).for_each(|leaf| tree.push(&[leaf]));
    let checkpoint = Checkpoint::new(ge.anchor, 17, tree.root()).unwrap();
    let mut signed = SignedCheckpoint::sign(checkpoint, &ge.log, t(0), &ge.random).unwrap();
    signed.cosign(&ua.anchor, &ua.witness, t(9), &ua.random).unwrap();
    InclusionProof::new(6, tree.inclusion(6, 17).unwrap(), signed).unwrap()
}

#[test]
fn a_leaf_is_where_its_proof_says_under_the_logs_keys_and_a_quorum() {
    let [ge, ua, az, _] = worlds();
    let proof = proof(&ge, &ua);
    let (log, policy_ua, policy_az) = (ge.log.public(), policy([&ua], 1), policy([&az], 1));
    assert_eq!(proof.verify(&[6], &ge.anchor, log, &policy_ua, t(10)), Ok(t(9)));
    let again = InclusionProof::decode(proof.encode().as_bytes()).unwrap();
    assert_eq!((&again, again.encode()), (&proof, proof.encode()));
    assert_eq!((again.index(), again.extra()), (6, None));
    let refused =
        |leaf: u8, anchor, log, policy, latest| code(proof.verify(&[leaf], anchor, log, policy, t(latest)));
    assert_eq!(refused(5, &ge.anchor, log, &policy_ua, 10), "checkpoint-not-included");
    assert_eq!(refused(6, &ua.anchor, log, &policy_ua, 10), "checkpoint-other");
    assert_eq!(refused(6, &ge.anchor, az.log.public(), &policy_ua, 10), "checkpoint-log-signature-missing");
    assert_eq!(refused(6, &ge.anchor, log, &policy_az, 10), "checkpoint-no-quorum");
    assert_eq!(refused(6, &ge.anchor, log, &policy_ua, 8), "checkpoint-no-quorum");
}

#[test]
fn r10_a_proof_text_is_bounded_and_has_one_form() {
    let [ge, ua, ..] = worlds();
    let good = proof(&ge, &ua).encode();
    let path: Vec<&str> = good.split_inclusive('\n').skip(2).take(5).collect();
    let refused = |from: &str, to: &str| {
        assert!(good.contains(from));
        code(InclusionProof::decode(good.replacen(from, to, 1).as_bytes()))
    };
    let with_extra = |extra: &str| refused("index", &format!("extra {extra}\nindex"));
    assert_eq!(with_extra("YWdl"), "ok");
    let extra = good.replacen("index", "extra YWdl\nindex", 1);
    let decoded = InclusionProof::decode(extra.as_bytes()).unwrap();
    assert_eq!((decoded.extra(), decoded.encode()), (Some(&b"age"[..]), extra));
    for bad in ["", "YWdl ", "YWdl\nextra YWdl", "YWd", "YWdl\r", "YQ==YQ=="] {
        assert_eq!(with_extra(bad), "checkpoint-malformed", "{bad:?}");
    }
    assert_eq!(with_extra(&BASE64.encode(&[1; 4096])), "ok");
    assert_eq!(with_extra(&BASE64.encode(&[1; 4097])), "checkpoint-malformed");
    assert_eq!(with_extra(&BASE64.encode(&vec![1; 1 << 20])), "checkpoint-malformed");
    for (from, to) in [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 6", "index 06"),
        ("index 6", "index  6"),
        ("index 6", "index 17"),
        ("index 6\n", ""),
        (path[0], "AAAA\n"),
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n"),
    ] {
        assert_eq!(refused(from, to), "checkpoint-malformed", "{to:?}");
    }
    let long = |count: usize| refused(path[0], &path[0].repeat(count));
    assert_eq!((long(60), long(61), long(1 << 16)), ("ok", "checkpoint-too-large", "checkpoint-malformed"));
    let checkpoint = proof(&ge, &ua).checkpoint().clone();
    assert_eq!(code(InclusionProof::new(17, Vec::new(), checkpoint.clone())), "checkpoint-malformed");
    assert_eq!(code(InclusionProof::new(6, vec![[0; 32]; 65], checkpoint)), "checkpoint-too-large");
    for length in 0..good.len() {
        // A cut between two lines of the checkpoint leaves a proof of fewer cosignatures.
        let shorter = InclusionProof::decode(&good.as_bytes()[..length]);
        assert!(shorter.is_err() || good[length..].starts_with('—'), "{length}");
    }
}

#[test]
fn codes_are_distinct_and_messages_say_what_to_do() {
    let errors = [
        CheckpointError::Malformed { field: "origin" },
        CheckpointError::TooLarge { what: "note" },
        CheckpointError::LogSignatureMissing,
        CheckpointError::BadSignature { key: "k".into() },
        CheckpointError::SignedTwice { key: "k".into() },
        CheckpointError::NoTime,
        CheckpointError::NoQuorum,
        CheckpointError::OtherCheckpoint,
        CheckpointError::NotIncluded,
        CheckpointError::NotSigned(crate::CryptoError::FaultySignature),
    ];
    let codes: std::collections::BTreeSet<_> = errors.iter().map(CheckpointError::code).collect();
    assert_eq!(codes.len(), errors.len());
    for error in errors {
        let text = error.to_string();
        assert!(text.contains(": ") && !text.starts_with(char::is_uppercase), "{text}");
    }
}
