//! The bytes of events: round trips, every change, bounds.

use proptest::prelude::*;

use super::*;
use crate::cbor;
use crate::crypto::xwing::DecapsulationKey;
use crate::roster::event::Content;
use crate::secret::Secret;

/// One event of each kind, with the roster that takes it; `Genesis` has none.
fn one_of_each() -> Vec<(Option<Roster>, SignedEvent, World)> {
    let make = |n: usize| {
        let world = World::of("GE", 1, 1);
        let identity = world.identity(AGENCY);
        let epoch = world.epoch_key(AGENCY, 1, 0);
        let mut roster = world.roster();
        take(&mut roster, &world.enrol(&identity), t(1));
        let root = Signer::Root(&world.roots[0]);
        let log = LogKey::generate(world.country, &world.random).unwrap();
        let keys = authority_keys(world.country, &world.roots, 1, &log, &world.witness);
        let event = match n {
            0 => world.genesis.clone(),
            1 => world.sign(
                Event::authority(&world.anchor, 1, keys),
                &[root, Signer::Log(&log), Signer::Witness(&world.witness)],
            ),
            2 => world.enrol(&world.identity("GE/other")),
            3 => world.announce(2, &identity, &epoch),
            4 => world.rotate(2, &identity, &world.identity(AGENCY)),
            5 => world.revoke(AGENCY, identity.id(), &[Signer::Identity(&identity)]),
            _ => world.withdraw(2, AGENCY),
        };
        ((n > 0).then_some(roster), event, world)
    };
    (0..7).map(make).collect()
}

/// Whether the bytes are an event that is taken.
fn is_taken(roster: &mut Option<Roster>, anchor: TrustAnchor, bytes: &[u8]) -> bool {
    let Ok(event) = SignedEvent::decode(bytes) else { return false };
    match roster {
        None => Roster::verify(anchor, [Observed { event, at: t(0) }], t(0)).is_ok(),
        Some(roster) => roster.extend([Observed { event, at: t(2) }], t(2)).is_ok(),
    }
}

#[test]
fn every_changed_missing_or_added_byte_rejects_the_event() {
    for (mut roster, event, world) in one_of_each() {
        let good = event.encode();
        let kind = event.event().kind();
        for i in 0..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 1 << (i % 8);
            assert!(!is_taken(&mut roster, world.anchor, &bad), "{kind}: byte {i}");
        }
        for len in 0..good.len() {
            assert!(SignedEvent::decode(&good[..len]).is_err(), "{kind}: cut to {len}");
        }
        for extra in [0x00, 0x01, 0x80, 0xf6, 0xff] {
            let longer = [&good[..], &[extra]].concat();
            assert!(SignedEvent::decode(&longer).is_err(), "{kind}: longer");
        }
        assert!(is_taken(&mut roster, world.anchor, &good), "{kind}");
    }
}

/// The same changes to a body, signed anew by nobody: they must not decode to the same event.
#[test]
fn every_changed_missing_or_added_byte_of_a_body_is_malformed_or_another_body() {
    for (_, event, _) in one_of_each() {
        let good = event.body();
        for i in 0..good.len() {
            let mut bad = good.to_vec();
            bad[i] ^= 1 << (i % 8);
            if let Ok(other) = Event::decode(&bad) {
                assert_eq!(other.encode(), bad);
            }
            assert!(Event::decode(&good[..i]).is_err());
        }
        assert!(Event::decode(&[good, &[0]].concat()).is_err());
        assert_eq!(Event::decode(good).unwrap().encode(), good);
    }
}

/// The bytes of a signed event with this body, which is otherwise of its form.
fn wrapped(body: &[u8]) -> Vec<u8> {
    crate::hazmat::signed_event(body, [(KeyId::from_bytes([1; 32]), vec![0; 3373])])
}

fn malformed(bytes: &[u8]) -> &'static str {
    match SignedEvent::decode(bytes).unwrap_err() {
        RosterError::Malformed { field } => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn d1_absurd_lengths_and_deep_nesting_are_malformed_before_any_work() {
    let lengths: [&[u8]; 6] = [
        &[0x82, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x82, 0x5a, 0xff, 0xff, 0xff, 0xff],
        &[0x82, 0x41, 0x00, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x82, 0x41, 0x00, 0x98, 0x41],
        &[0x82, 0x41, 0x00, 0x80],
        &[0x9f, 0x41, 0x00, 0xff],
    ];
    for bytes in lengths {
        malformed(bytes);
    }
    malformed(&[0x81; 100_000]);
    malformed(&[0xa1; 100_000]);
    malformed(&wrapped(&[0xa1; 65_000]));
    assert_eq!(malformed(&wrapped(&vec![0; 65_537])), "body");
    assert_eq!(malformed(&wrapped(&[])), "body");
}

#[test]
fn d1_signatures_are_1_to_64_of_known_length_in_ascending_order() {
    let world = World::new();
    let body = world.withdraw(2, AGENCY).body().to_vec();
    let with = |signatures: Vec<(u8, usize)>| {
        let signatures = signatures.into_iter().map(|(id, len)| (KeyId::from_bytes([id; 32]), vec![0; len]));
        SignedEvent::decode(&crate::hazmat::signed_event(&body, signatures)).map(drop)
    };
    let bad = Err(RosterError::Malformed { field: "signatures" });
    assert_eq!(with(vec![(1, 3373), (2, 2484)]), Ok(()));
    assert_eq!(with((0..64).map(|id| (id, 2484)).collect()), Ok(()));
    assert_eq!(with((0..65).map(|id| (id, 2484)).collect()), bad);
    assert_eq!(with(vec![]), bad);
    assert_eq!(with(vec![(1, 3373), (1, 3373)]), bad);
    assert_eq!(with(vec![(2, 3373), (1, 3373)]), bad);
    for len in [0, 64, 2483, 2485, 3372, 3374] {
        assert_eq!(with(vec![(1, len)]), bad, "{len}");
    }
}

#[test]
fn e6_a_second_encoding_of_an_event_is_malformed() {
    let world = World::new();
    let body = world.withdraw(2, AGENCY).body().to_vec();
    assert_eq!(&body[..3], [0xa5, 0x01, 0x07]);
    assert_eq!(malformed(&wrapped(&[&[0xa5, 0x01, 0x18, 0x07], &body[3..]].concat())), "event");
    assert_eq!(malformed(&wrapped(&[&[0xb8, 0x05], &body[1..]].concat())), "event");
    assert_eq!(malformed(&wrapped(&[&[0xbf], &body[1..], &[0xff]].concat())), "event");
    assert_eq!(malformed(&wrapped(&[&body[..], &[0x00]].concat())), "event");
    assert_eq!(malformed(&wrapped(&[&[0xa6], &body[1..], &[0x06, 0x00]].concat())), "event");
    let signed = wrapped(&body);
    let long = [&[0x98, 0x02], &signed[1..]].concat();
    assert_eq!(malformed(&long), "signed event");
    // Keys out of order, and one twice.
    let swapped = [&[0xa5, 0x02, 0x01, 0x01, 0x07], &body[5..]].concat();
    assert_eq!(malformed(&wrapped(&swapped)), "kind");
    let twice = [&[0xa5, 0x01, 0x07, 0x01, 0x07], &body[5..]].concat();
    assert_eq!(malformed(&wrapped(&twice)), "version");
}

/// A body of `kind` about `subject` with the fields that `write` adds.
fn body(
    (kind, fields, subject, serial): (u8, u64, &str, u64),
    write: impl FnOnce(&mut cbor::Encoder<'_>) -> Result<(), minicbor::encode::Error<std::convert::Infallible>>,
) -> Vec<u8> {
    cbor::encode(|e| {
        e.map(fields)?.u8(1)?.u8(kind)?.u8(2)?.u8(1)?.u8(3)?.str(subject)?.u8(4)?.u64(serial)?;
        if kind != 1 {
            e.u8(5)?.bytes(&[0; 32])?;
        }
        write(e)
    })
}

#[test]
fn the_common_fields_are_of_their_form() {
    let withdraw = |kind, subject: &str| wrapped(&body((kind, 5, subject, 2), |_| Ok(())));
    assert!(SignedEvent::decode(&withdraw(7, AGENCY)).is_ok());
    for kind in [0, 8, 23] {
        assert_eq!(malformed(&withdraw(kind, AGENCY)), "kind");
    }
    for subject in ["", "ge", "GE/", "GE/A", &format!("GE/{}", "a".repeat(200))] {
        assert_eq!(malformed(&withdraw(7, subject)), "subject");
    }
    let revoke = |serial, reason: u64, effective: u64, by: u64| {
        wrapped(&body((6, 9, AGENCY, serial), |e| {
            e.u8(6)?.bytes(&[9; 32])?.u8(7)?.u64(reason)?.u8(8)?.u64(effective)?.u8(9)?.u64(by)?;
            Ok(())
        }))
    };
    assert!(SignedEvent::decode(&revoke(0, 4, 1, 1)).is_ok());
    assert!(SignedEvent::decode(&revoke(0, 4, 0, 0)).is_ok());
    assert_eq!(malformed(&revoke(1, 0, 1, 1)), "serial");
    assert_eq!(malformed(&revoke(0, 5, 1, 1)), "reason");
    assert_eq!(malformed(&revoke(0, 0, 1 << 53, 1)), "effective");
    assert_eq!(malformed(&revoke(0, 0, 1, 2)), "by");
    // An owner states no time.
    assert_eq!(malformed(&revoke(0, 0, 1, 0)), "effective");
    let key = World::new().identity(AGENCY).public().key().to_bytes();
    let identity = |by: u64| {
        wrapped(&body((5, 7, AGENCY, 2), |e| {
            e.u8(6)?.bytes(&key)?.u8(7)?.u64(by)?;
            Ok(())
        }))
    };
    assert!(SignedEvent::decode(&identity(0)).is_ok() && SignedEvent::decode(&identity(1)).is_ok());
    assert_eq!(malformed(&identity(2)), "by");
}

fn epoch_body(number: u64, key: &[u8], times: [u64; 3]) -> Vec<u8> {
    wrapped(&body((4, 10, AGENCY, 2), |e| {
        e.u8(6)?.u64(number)?.u8(7)?.bytes(key)?;
        e.u8(8)?.u64(times[0])?.u8(9)?.u64(times[1])?.u8(10)?.u64(times[2])?;
        Ok(())
    }))
}

#[test]
fn k1_k2_an_epoch_key_that_is_weak_or_not_reduced_is_malformed() {
    let good = DecapsulationKey::from_seed(&Secret::new(|s| s.fill(3))).encapsulation_key().to_bytes();
    assert!(SignedEvent::decode(&epoch_body(1, &good, [1, 2, 3])).is_ok());
    let mut low_order = good;
    low_order[1184..].fill(0);
    let mut not_reduced = good;
    not_reduced[..2].fill(0xff);
    for bad in [&low_order[..], &not_reduced, &good[1..]] {
        assert_eq!(malformed(&epoch_body(1, bad, [1, 2, 3])), "key");
    }
    assert_eq!(malformed(&epoch_body(0, &good, [1, 2, 3])), "number");
    for times in [[2, 2, 3], [1, 3, 2], [3, 2, 4]] {
        assert_eq!(malformed(&epoch_body(1, &good, times)), "window");
    }
}

/// The body with the last 32 bytes of `key` in it replaced.
fn patched(body: &[u8], key: &[u8], ed25519: [u8; 32]) -> Vec<u8> {
    let at = body.windows(key.len()).position(|window| window == key).unwrap();
    let mut body = body.to_vec();
    body[at + key.len() - 32..at + key.len()].copy_from_slice(&ed25519);
    wrapped(&body)
}

#[test]
fn s1_a_weak_ed25519_half_is_malformed_in_every_event_that_names_a_key() {
    let world = World::of("GE", 1, 1);
    let mut identity_point = [0; 32];
    identity_point[0] = 1;
    let mut not_reduced = [0xff; 32];
    not_reduced[0] = 0xf0;
    not_reduced[31] = 0x7f;
    let identity = world.identity(AGENCY);
    let key = identity.public().key().to_bytes();
    let (enrol, rotate) = (world.enrol(&identity), world.rotate(2, &world.identity(AGENCY), &identity));
    for weak in [identity_point, [0; 32], not_reduced] {
        assert_eq!(malformed(&patched(enrol.body(), &key, weak)), "identity");
        assert_eq!(malformed(&patched(rotate.body(), &key, weak)), "next");
        let genesis = world.genesis.body();
        let keys = world.roster();
        let keys = keys.authority().keys();
        assert_eq!(malformed(&patched(genesis, &keys.roots()[0].key().to_bytes(), weak)), "roots");
        assert_eq!(malformed(&patched(genesis, &keys.log().key().to_bytes(), weak)), "log");
        assert_eq!(malformed(&patched(genesis, &keys.witness().key().to_bytes(), weak)), "witness");
    }
}

#[test]
fn authority_keys_are_bounded_sorted_and_distinct() {
    let world = World::of("GE", 16, 16);
    let keys = world.roster().authority().keys().clone();
    let bytes: Vec<_> = keys.roots().iter().map(|root| root.key().to_bytes()).collect();
    let genesis = |subject: &str, roots: Vec<&[u8; 1984]>, threshold: u64, delay: u64| {
        wrapped(&body((1, 9, subject, 0), |e| {
            e.u8(6)?.array(roots.len() as u64)?;
            for root in &roots {
                e.bytes(&root[..])?;
            }
            e.u8(7)?.u64(threshold)?.u8(8)?.bytes(&keys.log().key().to_bytes())?;
            e.u8(9)?.bytes(&keys.witness().key().to_bytes())?.u8(10)?.u64(delay)?;
            Ok(())
        }))
    };
    let all = || bytes.iter().collect::<Vec<_>>();
    assert!(SignedEvent::decode(&genesis("GE", all(), 16, DAY)).is_ok());
    assert_eq!(malformed(&genesis("GE/mia", all(), 16, DAY)), "subject");
    assert_eq!(malformed(&genesis("GE", all().into_iter().rev().collect(), 16, DAY)), "roots");
    assert_eq!(malformed(&genesis("GE", vec![&bytes[0], &bytes[0]], 1, DAY)), "roots");
    assert_eq!(malformed(&genesis("GE", vec![], 1, DAY)), "roots");
    assert_eq!(malformed(&genesis("GE", [all(), all()[..1].to_vec()].concat(), 1, DAY)), "roots");
    for threshold in [0, 17, u64::MAX] {
        assert_eq!(malformed(&genesis("GE", all(), threshold, DAY)), "threshold");
    }
    for delay in [0, 3599, 365 * DAY + 1] {
        assert_eq!(malformed(&genesis("GE", all(), 1, delay)), "recovery delay");
        assert!(Genesis::new(keys.clone(), delay).is_err());
    }
    // The constructor takes another country's key for what it is.
    let theirs = RootKey::generate("UA".parse().unwrap(), &world.random).unwrap().public().clone();
    let made = AuthorityKeys::new(world.country, vec![theirs], 1, keys.log().clone(), keys.witness().clone());
    assert_eq!(made.unwrap_err().code(), "draft");
}

fn any_event() -> impl Strategy<Value = Event> {
    let world = World::of("GE", 2, 2);
    let anchor = world.anchor;
    let keys = world.roster().authority().keys().clone();
    let identity = world.identity(AGENCY).public().clone();
    let epoch = world.epoch_key(AGENCY, 1, 0);
    let country = world.country;
    let (genesis, authority) = (keys.clone(), keys);
    let (enrolled, rotated, recovered) = (identity.clone(), identity.clone(), identity);
    let times = (0..1u64 << 40, 1..1u64 << 40, 0..1u64 << 40);
    prop_oneof![
        (3600..=365 * DAY)
            .prop_map(move |delay| Event::genesis(country, Genesis::new(genesis.clone(), delay).unwrap())),
        any::<u64>().prop_map(move |serial| Event::authority(&anchor, serial, authority.clone())),
        (
            proptest::collection::btree_map(
                "[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,2}",
                "[^\\p{C}\\p{Z}]{1,20}",
                1..=16
            ),
            proptest::collection::btree_set("[a-z0-9-]{1,32}", 0..=16)
        )
            .prop_map(move |(names, roles)| {
                // Some texts have no form in which they are taken.
                let name = |(l, n): (&String, &String)| {
                    DisplayName::new(l, n).or_else(|_| DisplayName::new(l, "n")).unwrap()
                };
                let names = names.iter().map(name).collect();
                let roles = roles.iter().map(|role| role.parse().unwrap()).collect();
                Event::enrol(&anchor, Enrol::new(names, roles, enrolled.clone()).unwrap())
            }),
        (any::<u64>(), 1..=u64::MAX, times).prop_map(move |(serial, number, (a, b, c))| {
            let at = |s| Timestamp::from_unix(s).unwrap();
            let window = Window::new(at(a), at(a + b), at(a + b + c)).unwrap();
            let number = EpochNumber(number);
            let key = EpochKey::new(AGENCY.parse().unwrap(), number, window, epoch.key().clone());
            Event::epoch(&anchor, serial, key).unwrap()
        }),
        any::<u64>().prop_map(move |serial| Event::rotation(&anchor, serial, rotated.clone())),
        any::<u64>().prop_map(move |serial| Event::recovery(&anchor, serial, recovered.clone())),
        (any::<[u8; 32]>(), 0..5usize, proptest::option::of(0..1u64 << 53), "GE(/[a-z0-9-]{1,32}){0,4}")
            .prop_map(move |(id, reason, at, agency)| {
                let reason = [
                    Reason::Unspecified,
                    Reason::KeyCompromise,
                    Reason::KeyLoss,
                    Reason::Superseded,
                    Reason::Ceased,
                ][reason];
                let id = KeyId::from_bytes(id);
                let revoke = match at {
                    None => Revoke::by_owner(id, reason),
                    Some(at) => Revoke::by_roots(id, reason, Timestamp::from_unix(at).unwrap()),
                };
                Event::revoke(&anchor, agency.parse().unwrap(), revoke)
            }),
        (any::<u64>(), "[A-Z]{2}(/[a-z0-9-]{1,32}){0,4}").prop_map(move |(serial, agency)| Event::withdraw(
            &anchor,
            agency.parse().unwrap(),
            serial
        )),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(event in any_event(), signer in any::<[u8; 32]>()) {
        let body = event.encode();
        let decoded = Event::decode(&body).unwrap();
        prop_assert_eq!(format!("{:?}", decoded), format!("{:?}", event));
        prop_assert_eq!(decoded.encode(), body.clone());
        let bytes = crate::hazmat::signed_event(&body, [(KeyId::from_bytes(signer), vec![7; 2484])]);
        prop_assert_eq!(SignedEvent::decode(&bytes).unwrap().encode(), bytes);
    }

    #[test]
    fn what_is_decoded_encodes_to_the_same(
        event in any_event(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut body = event.encode();
        for (at, value) in edits {
            let at = at.index(body.len().min(160));
            body[at] = value;
        }
        if let Ok(decoded) = Event::decode(&body) {
            prop_assert_eq!(decoded.encode(), body);
        }
    }

    #[test]
    fn d1_no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(decoded) = SignedEvent::decode(&bytes) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        let _ = Event::decode(&bytes);
    }
}

#[test]
fn a_leaf_says_kind_subject_serial_expiry_and_digest() {
    let world = World::new();
    let identity = world.identity(AGENCY);
    let epoch = world.announce(7, &identity, &world.epoch_key(AGENCY, 1, 0));
    let Content::Epoch(key) = epoch.event().content() else { panic!() };
    let expiry = key.window().destroy_at().unix();
    for (event, kind, subject, serial, expiry) in [
        (&world.genesis, 1, "GE", 0, 0),
        (&epoch, 4, AGENCY, 7, expiry),
        (&world.revoke_by_roots(AGENCY, identity.id(), t(1)), 6, AGENCY, 0, 0),
    ] {
        let digest = crate::crypto::digest::sha256(&[event.body()]);
        let expected = cbor::encode(|e| {
            e.array(5)?.u8(kind)?.str(subject)?.u64(serial)?.u64(expiry)?.bytes(&digest)?;
            Ok(())
        });
        assert_eq!(crate::roster::leaf::Leaf::of(event).encode(), expected);
    }
}
