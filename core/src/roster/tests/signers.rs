//! Who must sign, who must not, and what a signature must be.

use super::*;
use crate::label;
use crate::roster::event::SignedEvent;

/// Every kind but `Genesis`, each acceptable to the roster of [`Enrolled`], with its signers.
fn acceptable<'a>(e: &'a Enrolled, keys: &'a Keys) -> Vec<(Event, Vec<Signer<'a>>)> {
    let (world, anchor) = (&e.world, &e.world.anchor);
    let [r0, r1] = [0, 1].map(|i| Signer::Root(&world.roots[i]));
    let [own, next, other] = [&e.identity, &keys.next, &keys.other].map(Signer::Identity);
    let authority =
        authority_keys(world.country, std::slice::from_ref(&keys.root), 1, &keys.log, &keys.witness);
    let new = [Signer::Root(&keys.root), Signer::Log(&keys.log), Signer::Witness(&keys.witness)];
    let epoch = world.epoch_key(AGENCY, 3, 2 * DAY);
    let next_key = keys.next.public().clone();
    let revoke = |revoke| Event::revoke(anchor, AGENCY.parse().unwrap(), revoke);
    let by_owner = |id: &KeyId| revoke(Revoke::by_owner(*id, Reason::Unspecified));
    vec![
        (Event::authority(anchor, 1, authority), [vec![r0, r1], new.to_vec()].concat()),
        (world.enrol_event(&keys.other), vec![r0, r1, other]),
        (Event::epoch(anchor, 4, epoch).unwrap(), vec![own]),
        (Event::rotation(anchor, 4, next_key.clone()), vec![own, next]),
        (Event::recovery(anchor, 4, next_key), vec![r0, r1, next]),
        (by_owner(e.identity.id()), vec![own]),
        (by_owner(e.epochs[0].id()), vec![own]),
        (revoke(Revoke::by_roots(*e.identity.id(), Reason::Unspecified, t(0))), vec![r0, r1]),
        (Event::withdraw(anchor, AGENCY.parse().unwrap(), 4), vec![r0, r1]),
    ]
}

struct Keys {
    next: Identity,
    other: Identity,
    stranger: Identity,
    root: RootKey,
    log: LogKey,
    witness: WitnessKey,
}

impl Keys {
    fn new(world: &World) -> Self {
        Self {
            next: world.identity(AGENCY),
            other: world.identity("GE/other"),
            stranger: world.identity("GE/stranger"),
            root: RootKey::generate(world.country, &world.random).unwrap(),
            log: LogKey::generate(world.country, &world.random).unwrap(),
            witness: WitnessKey::generate(world.country, &world.random).unwrap(),
        }
    }
}

#[test]
fn r6_each_kind_needs_every_one_of_its_signers() {
    let mut e = Enrolled::new();
    let keys = Keys::new(&e.world);
    let mut roster = e.roster.clone();
    for (event, signers) in acceptable(&e, &keys) {
        let context = format!("{} by {}", event.kind(), signers.len());
        for skipped in 0..signers.len() {
            let mut fewer = signers.clone();
            fewer.remove(skipped);
            if fewer.is_empty() {
                continue;
            }
            let reason = refuse(&mut roster, &e.world.sign(event.clone(), &fewer), t(20));
            let missing = matches!(
                reason,
                Rejection::SignatureMissing(_) | Rejection::TooFewRoots { needed: 2, found: 1 }
            );
            assert!(missing, "{context}: {reason}");
        }
        let mut whole = e.roster.clone();
        take(&mut whole, &e.world.sign(event, &signers), t(20));
    }
    // Without old key or roots, by the new key alone.
    let next = Event::rotation(&e.world.anchor, 4, keys.next.public().clone());
    let alone = e.world.sign(next, &[Signer::Identity(&keys.next)]);
    let missing = Rejection::SignatureMissing(*e.identity.id());
    assert_eq!(refuse(&mut e.roster, &alone, t(20)), missing);
}

/// One body has one meaning, whoever signs it: the roots' signatures are taken off a recovery or a
/// revocation, and the owner's put on.
#[test]
fn r14_a_thief_does_not_turn_the_roots_recovery_into_a_rotation_nor_back() {
    let e = Enrolled::new();
    let (world, next) = (&e.world, e.world.identity(AGENCY));
    let owner = [Signer::Identity(&e.identity), Signer::Identity(&next)];
    let roots = world.roots_and(&[Signer::Identity(&next)]);
    let (rotation, recovery) = (
        Event::rotation(&world.anchor, 4, next.public().clone()),
        Event::recovery(&world.anchor, 4, next.public().clone()),
    );
    let cases = [(&rotation, &owner[..], &roots[..], false), (&recovery, &roots, &owner, true)];
    for (event, own, others, revokes) in cases {
        let mut roster = e.roster.clone();
        let reason = refuse(&mut roster, &world.sign(event.clone(), others), t(20));
        assert!(matches!(reason, Rejection::SignerNotCalledFor(_)), "{reason}");
        take(&mut roster, &world.sign(event.clone(), own), t(20));
        assert_eq!(roster.revocation(e.identity.id()).is_some(), revokes);
    }
    assert_ne!(rotation.encode(), recovery.encode());
}

#[test]
fn r13_the_owner_does_not_take_the_back_dating_out_of_the_roots_revocation() {
    let mut e = Enrolled::new();
    let revoke = |revoke| Event::revoke(&e.world.anchor, AGENCY.parse().unwrap(), revoke);
    let by_roots = revoke(Revoke::by_roots(*e.identity.id(), Reason::KeyCompromise, t(5)));
    let by_owner = revoke(Revoke::by_owner(*e.identity.id(), Reason::KeyCompromise));
    let own = e.world.sign(by_roots, &[Signer::Identity(&e.identity)]);
    assert_eq!(refuse(&mut e.roster, &own, t(20)), Rejection::SignerNotCalledFor(*e.identity.id()));
    let roots = e.world.sign(by_owner, &e.world.roots_and(&[]));
    assert!(matches!(refuse(&mut e.roster, &roots, t(20)), Rejection::SignerNotCalledFor(_)));
}

#[test]
fn a_superfluous_signature_rejects_the_event() {
    let e = Enrolled::new();
    let keys = Keys::new(&e.world);
    let mut roster = e.roster.clone();
    let extras = [
        Signer::Identity(&keys.stranger),
        Signer::Log(&e.world.log),
        Signer::Witness(&e.world.witness),
        Signer::Identity(&e.identity),
    ];
    for (event, signers) in acceptable(&e, &keys) {
        for extra in extras.iter().filter(|extra| !signers.iter().any(|signer| signer.id() == extra.id())) {
            let signed = e.world.sign(event.clone(), &[&signers[..], &[*extra]].concat());
            let rejection = Rejection::SignerNotCalledFor(extra.id());
            assert_eq!(refuse(&mut roster, &signed, t(20)), rejection, "{}", event.kind());
        }
    }
    // More roots than the threshold are called for all the same.
    let all: Vec<_> = e.world.roots.iter().map(Signer::Root).collect();
    let withdraw = Event::withdraw(&e.world.anchor, AGENCY.parse().unwrap(), 4);
    take(&mut roster, &e.world.sign(withdraw, &all), t(20));
}

#[test]
fn genesis_shows_possession_of_every_key() {
    let world = World::new();
    let all: Vec<_> = world.roots.iter().map(Signer::Root).collect();
    let all = [all, vec![Signer::Log(&world.log), Signer::Witness(&world.witness)]].concat();
    for skipped in 0..all.len() {
        let mut fewer = all.clone();
        let missing = fewer.remove(skipped).id();
        let genesis = world.sign(world.genesis.event().clone(), &fewer);
        let error = Roster::verify(world.anchor, [observed(&genesis, t(0))], t(0)).unwrap_err();
        assert!(
            matches!(error, RosterError::Rejected { reason: Rejection::SignatureMissing(id), .. } if id == missing)
        );
    }
}

/// The event with one signature replaced.
fn with_signature(signed: &SignedEvent, signer: KeyId, bytes: Vec<u8>) -> SignedEvent {
    let signatures = signed.signatures().iter().map(|s| {
        let bytes = if s.signer == signer { bytes.clone() } else { s.bytes.to_vec() };
        (s.signer, bytes)
    });
    SignedEvent::decode(&crate::hazmat::signed_event(signed.body(), signatures)).unwrap()
}

#[test]
fn s3_a_signature_for_another_kind_of_object_fails() {
    let e = Enrolled::new();
    let mut roster = e.roster.clone();
    let good = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    for other in label::ALL.iter().map(|(_, label)| *label).filter(|label| *label != label::SIGN_EPOCH) {
        let signature = e.identity.sign(other, good.body(), &e.world.random).unwrap();
        let moved = with_signature(&good, *e.identity.id(), signature.to_vec());
        assert_eq!(refuse(&mut roster, &moved, t(20)), Rejection::BadSignature(*e.identity.id()));
    }
    take(&mut roster, &good, t(20));
}

#[test]
fn s2_one_half_of_a_composite_signature_replaced_fails() {
    let e = Enrolled::new();
    let mut roster = e.roster.clone();
    let good = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    let by_other = e.world.identity(AGENCY).sign(label::SIGN_EPOCH, good.body(), &e.world.random).unwrap();
    let own = good.signatures()[0].bytes.to_vec();
    for replaced in [[&by_other[..3309], &own[3309..]].concat(), [&own[..3309], &by_other[3309..]].concat()] {
        let bad = with_signature(&good, *e.identity.id(), replaced);
        assert_eq!(refuse(&mut roster, &bad, t(20)), Rejection::BadSignature(*e.identity.id()));
    }
}

/// RFC 8032: S + L is another encoding of the same scalar, which strict verification refuses.
#[test]
fn s1_a_malleated_ed25519_half_fails() {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let e = Enrolled::new();
    let mut roster = e.roster.clone();
    let good = e.world.announce(4, &e.identity, &e.world.epoch_key(AGENCY, 3, 2 * DAY));
    let mut bytes = good.signatures()[0].bytes.to_vec();
    let scalar = bytes.len() - 32;
    let mut carry = 0;
    for (s, l) in bytes[scalar..].iter_mut().zip(L) {
        let sum = u16::from(*s) + u16::from(l) + carry;
        *s = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let bad = with_signature(&good, *e.identity.id(), bytes);
    assert_eq!(refuse(&mut roster, &bad, t(20)), Rejection::BadSignature(*e.identity.id()));
}

#[test]
fn k4_a_signature_of_the_other_key_type_fails() {
    let world = World::new();
    let composite = world.genesis.signatures().iter().find(|s| s.signer == *world.roots[0].id()).unwrap();
    let pair = world.genesis.signatures().iter().find(|s| s.signer == *world.log.id()).unwrap();
    for (signer, bytes) in [(composite.signer, &pair.bytes), (pair.signer, &composite.bytes)] {
        let bad = with_signature(&world.genesis, signer, bytes.to_vec());
        let error = Roster::verify(world.anchor, [observed(&bad, t(0))], t(0)).unwrap_err();
        assert_eq!(error.code(), "event-bad-signature");
    }
}

/// Identities made with the component keys of others, as only an attacker of the own machine, or
/// a careless integrator, would.
#[test]
fn k4_a_component_key_serves_in_one_composite_role_and_agency() {
    use crate::crypto::composite::SigningKey;
    use crate::crypto::note_pair::SigningPair;
    use crate::secret::Secret;
    let seed = |ml_dsa: u8, ed25519: u8| {
        Secret::<64>::new(|s| {
            s[..32].fill(ml_dsa);
            s[32..].fill(ed25519);
        })
    };
    let world = World::new();
    let first = Identity::from_seed(AGENCY.parse().unwrap(), &seed(1, 2));
    let mut roster = world.roster();
    take(&mut roster, &world.enrol(&first), t(1));

    // Under another agency, and either half in another composite.
    for (ml_dsa, ed25519) in [(1, 2), (1, 9), (9, 2)] {
        let other = Identity::from_seed("GE/other".parse().unwrap(), &seed(ml_dsa, ed25519));
        let reason = refuse(&mut roster, &world.enrol(&other), t(2));
        assert_eq!(reason, Rejection::ComponentReused(*other.id()));
        let next = Identity::from_seed(AGENCY.parse().unwrap(), &seed(ml_dsa, ed25519));
        let rotate = Event::rotation(&world.anchor, 2, next.public().clone());
        let reason = refuse(&mut roster, &world.sign(rotate, &[Signer::Identity(&next)]), t(2));
        let expected = if (ml_dsa, ed25519) == (1, 2) {
            Rejection::KeyReused
        } else {
            Rejection::ComponentReused(*next.id())
        };
        assert_eq!(reason, expected);
    }
    assert_eq!(SigningKey::from_seed(&seed(1, 2)).verifying_key(), first.public().key());

    // In another role: the Ed25519 half as a root's, the log's, the witness's.
    let authority = |roots: &[RootKey], log: &LogKey, witness: &WitnessKey| {
        let keys = authority_keys(world.country, roots, 1, log, witness);
        let mut signers: Vec<_> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(log), Signer::Witness(witness)]);
        let old = world.roots.iter().take(2).map(Signer::Root);
        signers.extend(old.filter(|s| roots.iter().all(|root| *root.id() != s.id())));
        world.sign(Event::authority(&world.anchor, 1, keys), &signers)
    };
    let root = RootKey::from_seed(world.country, &seed(7, 2));
    let log = LogKey::from_seed(world.country, &seed(7, 2));
    let witness = WitnessKey::from_seed(world.country, &seed(7, 2));
    let bad = [
        (authority(std::slice::from_ref(&root), &world.log, &world.witness), *root.id()),
        (authority(&world.roots, &log, &world.witness), *log.id()),
        (authority(&world.roots, &world.log, &witness), *witness.id()),
    ];
    for (event, id) in bad {
        assert_eq!(refuse(&mut roster, &event, t(2)), Rejection::ComponentReused(id));
    }

    // One pair as log and witness; two roots with one Ed25519 half.
    assert_eq!(
        SigningPair::from_seed(&seed(7, 8)).verifying_pair(),
        LogKey::from_seed(world.country, &seed(7, 8)).public().key()
    );
    let log = LogKey::from_seed(world.country, &seed(7, 8));
    let witness = WitnessKey::from_seed(world.country, &seed(7, 8));
    let reason = refuse(&mut roster, &authority(&world.roots, &log, &witness), t(2));
    assert_eq!(reason, Rejection::ComponentReused(*witness.id()));
    let twins = [(5, 6), (7, 6)].map(|(a, b)| RootKey::from_seed(world.country, &seed(a, b)));
    let reason = refuse(&mut roster, &authority(&twins, &world.log, &world.witness), t(2));
    assert!(matches!(reason, Rejection::ComponentReused(_)));

    // Roots, log and witness that go on are no reuse.
    take(&mut roster, &authority(&world.roots, &world.log, &world.witness), t(2));
}

#[test]
fn r5_a_root_that_was_replaced_does_not_come_back() {
    let world = World::new();
    let change = |serial, roots: &[RootKey], old: &[Signer<'_>]| {
        let keys = authority_keys(world.country, roots, 1, &world.log, &world.witness);
        let mut signers: Vec<_> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(&world.log), Signer::Witness(&world.witness)]);
        signers.extend(old);
        world.sign(Event::authority(&world.anchor, serial, keys), &signers)
    };
    let new = [RootKey::generate(world.country, &world.random).unwrap()];
    let mut roster = world.roster();
    take(&mut roster, &change(1, &new, &world.roots_and(&[])), t(1));
    // The old roots no longer speak.
    let withdrawn = world.enrol(&world.identity(AGENCY));
    assert!(matches!(refuse(&mut roster, &withdrawn, t(2)), Rejection::SignerNotCalledFor(_)));
    let back = change(2, &world.roots, &[Signer::Root(&new[0])]);
    assert!(matches!(refuse(&mut roster, &back, t(2)), Rejection::ComponentReused(_)));
}

#[test]
fn signers_need_not_sit_together() {
    let e = Enrolled::new();
    let mut roster = e.roster.clone();
    let withdraw = Event::withdraw(&e.world.anchor, AGENCY.parse().unwrap(), 4);
    let by_one = e.world.sign(withdraw, &[Signer::Root(&e.world.roots[2])]);
    let carried = SignedEvent::decode(&by_one.encode()).unwrap();
    assert_eq!(refuse(&mut roster, &carried, t(20)), Rejection::TooFewRoots { needed: 2, found: 1 });
    let again = carried.clone().countersign(&[Signer::Root(&e.world.roots[2])], &e.world.random);
    assert_eq!(again.unwrap_err(), RosterError::Malformed { field: "signatures" });
    let by_two = carried.countersign(&[Signer::Root(&e.world.roots[0])], &e.world.random).unwrap();
    take(&mut roster, &by_two, t(20));
}

#[test]
fn k5_no_randomness_no_event() {
    let world = World::new();
    let failing = Random::injected(|_| false);
    let withdraw = Event::withdraw(&world.anchor, AGENCY.parse().unwrap(), 2);
    let error = withdraw.sign(&[Signer::Root(&world.roots[0])], &failing).unwrap_err();
    assert_eq!(error.code(), "event-not-signed");
}
