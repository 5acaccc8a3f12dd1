//! Signed events that do not decode. Decoding verifies no signature: those here are zeros.

use vlec::event::{Genesis, Reason, Revoke};
use vlec::hazmat::world::{World, seed};
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{composite::SigningKey, signed_event};
use vlec::{Event, KeyId};

use crate::Result;
use crate::cbor::{Map, array, bytes, head, map, text, uint};
use crate::events::{Case, Small};
use crate::hex::hex;

const PAIR_LEN: usize = 2484;

pub(crate) fn cases(world: &World) -> Result<Vec<Case>> {
    let bodies = Bodies::new(world)?;
    let mut cases = envelope(&bodies);
    cases.extend(common(&bodies)?);
    cases.extend(authority(&bodies)?);
    cases.extend(enrol(&bodies)?);
    cases.extend(epoch_identity_revoke(&bodies)?);
    Ok(cases)
}

/// A good body of each kind.
struct Bodies {
    genesis: Map,
    authority: Map,
    enrol: Map,
    epoch: Map,
    identity: Map,
    revoke: Map,
    withdraw: Map,
}

impl Bodies {
    fn new(world: &World) -> Result<Self> {
        let small = Small::new()?;
        let anchor = small.genesis()?.anchor().ok_or("anchor")?;
        let random = vlec::hazmat::seeded_random([0; 32]);
        let body =
            |event: Event| -> Result<Map> { Map::parse(event.sign(&[small.root.signer()], &random)?.body()) };
        let agency = || "GE/mia/cyber".parse();
        let identity = world.member("GE/mia/cyber")?.identity.public();
        let name = vlec::event::DisplayName::new("en", "Cybercrime Department")?;
        let enrol = vlec::event::Enrol::new(vec![name], vec!["liaison".parse()?], identity.clone())?;
        let revoke = Revoke::new(*identity.id(), Reason::Ceased, world.now);
        Ok(Self {
            genesis: body(Event::genesis(small.country, Genesis::new(small.keys()?, 3600)?))?,
            authority: body(Event::authority(&anchor, 1, small.keys()?))?,
            enrol: body(Event::enrol(&anchor, enrol))?,
            epoch: body(Event::epoch(&anchor, 2, world.epoch("GE/mia/cyber", 1)?.public().clone())?)?,
            identity: body(Event::identity(&anchor, 3, identity.clone()))?,
            revoke: body(Event::revoke(&anchor, agency()?, revoke))?,
            withdraw: body(Event::withdraw(&anchor, agency()?, 3))?,
        })
    }
}

fn case(name: &str, description: &str, rule: &'static str, field: &'static str, event: Vec<u8>) -> Case {
    Case {
        name: name.to_owned(),
        description: description.to_owned(),
        rule: vec![rule],
        attack: Vec::new(),
        expect: "event-malformed",
        field: Some(field),
        event: hex(event),
        decoded: None,
    }
}

/// A body under one signature that nobody made.
fn with(name: &str, description: &str, rule: &'static str, field: &'static str, body: Vec<u8>) -> Case {
    case(
        name,
        description,
        rule,
        field,
        signed_event(&body, [(KeyId::from_bytes([7; 32]), vec![0; PAIR_LEN])]),
    )
}

/// The signed event around the body.
fn envelope(bodies: &Bodies) -> Vec<Case> {
    let body = bodies.withdraw.bytes();
    let zeros = |signer: u8, length: usize| (KeyId::from_bytes([signer; 32]), vec![0; length]);
    let signed = |signatures: &[(u8, usize)]| {
        signed_event(&body, signatures.iter().map(|(signer, length)| zeros(*signer, *length)))
    };
    let good = signed(&[(7, PAIR_LEN)]);
    let tail = good.get(1..).unwrap_or_default();
    let one = array(&[bytes([7; 32]), bytes([0; PAIR_LEN])]);
    let list = |signature: Vec<u8>| array(&[bytes(&body), array(&[signature])]);
    const EVENT: &str = "signed event";
    const SIGNATURES: &str = "signatures";
    vec![
        case("empty", "no bytes", "EVT-06", EVENT, Vec::new()),
        case("not-an-array", "a byte string", "EVT-06", EVENT, bytes(&body)),
        case(
            "three-items",
            "an array of three",
            "EVT-06",
            EVENT,
            array(&[bytes(&body), array(std::slice::from_ref(&one)), uint(0)]),
        ),
        case("trailing-byte", "a byte follows", "EVT-06", EVENT, [&good[..], &[0]].concat()),
        case(
            "array-indefinite",
            "an array of indefinite length",
            "EVT-06",
            EVENT,
            [&[0x9f][..], tail, &[0xff]].concat(),
        ),
        case(
            "array-head-long",
            "the array's head in two bytes",
            "EVT-06",
            EVENT,
            [&[0x98, 2][..], tail].concat(),
        ),
        case("body-empty", "a body of no bytes", "EVT-06", "body", signed_event(&[], [zeros(7, PAIR_LEN)])),
        case(
            "body-over-limit",
            "a body of 65,537 bytes, of which none is there",
            "CBOR-02",
            "body",
            [vec![0x82], head(2, 65537)].concat(),
        ),
        case(
            "body-of-4-gib",
            "a body of 2^32 - 1 bytes",
            "CBOR-02",
            "body",
            [vec![0x82], head(2, u32::MAX.into())].concat(),
        ),
        case("no-signatures", "no signature", "EVT-07", SIGNATURES, signed(&[])),
        case(
            "signature-bomb",
            "65 signatures, of which none is there",
            "CBOR-02",
            SIGNATURES,
            [vec![0x82], bytes(&body), head(4, 65)].concat(),
        ),
        case(
            "signers-descending",
            "signers in descending order",
            "EVT-07",
            SIGNATURES,
            signed(&[(8, PAIR_LEN), (7, PAIR_LEN)]),
        ),
        case(
            "signer-twice",
            "one signer twice",
            "EVT-07",
            SIGNATURES,
            signed(&[(7, PAIR_LEN), (7, PAIR_LEN)]),
        ),
        case(
            "signer-short",
            "a signer's id of 31 bytes",
            "EVT-07",
            SIGNATURES,
            list(array(&[bytes([7; 31]), bytes([0; PAIR_LEN])])),
        ),
        case(
            "signature-short",
            "a signature of 2,483 bytes",
            "EVT-07",
            SIGNATURES,
            signed(&[(7, PAIR_LEN - 1)]),
        ),
        case(
            "signature-between",
            "a signature of 2,485 bytes",
            "EVT-07",
            SIGNATURES,
            signed(&[(7, PAIR_LEN + 1)]),
        ),
        case("signature-long", "a signature of 3,374 bytes", "EVT-07", SIGNATURES, signed(&[(7, 3374)])),
    ]
}

/// The fields that every kind has.
fn common(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.withdraw.clone();
    let revoke = || bodies.revoke.clone();
    let entries = body().entries();
    Ok(vec![
        with("kind-0", "kind 0", "EVT-01", "kind", body().set(1, uint(0)).bytes()),
        with("kind-8", "kind 8", "EVT-01", "kind", body().set(1, uint(8)).bytes()),
        with(
            "kind-of-other-fields",
            "a withdraw event that says it is a revoke event",
            "EVT-01",
            "event",
            body().set(1, uint(6)).bytes(),
        ),
        with("field-missing", "the roster is missing", "EVT-01", "event", body().without(5).bytes()),
        with(
            "field-too-many",
            "a field that the kind has not",
            "EVT-01",
            "event",
            body().and(6, uint(0)).bytes(),
        ),
        with(
            "fields-out-of-order",
            "version and subject are exchanged",
            "CBOR-01",
            "version",
            body().swapped(1).bytes(),
        ),
        with(
            "field-doubled",
            "the version twice, in place of the roster",
            "CBOR-01",
            "subject",
            body().without(5).doubled(1).bytes(),
        ),
        with("field-long", "the serial in two bytes", "CBOR-03", "event", body().set(4, [0x18, 3]).bytes()),
        with(
            "map-head-long",
            "the map's head in two bytes",
            "CBOR-03",
            "event",
            [&[0xb8, 5][..], &entries].concat(),
        ),
        with(
            "map-indefinite",
            "a map of indefinite length",
            "CBOR-01",
            "event",
            [&[0xbf][..], &entries, &[0xff]].concat(),
        ),
        with(
            "body-trailing-byte",
            "a byte follows the map",
            "CBOR-02",
            "event",
            [&body().bytes()[..], &[0]].concat(),
        ),
        with("version-2", "version 2", "EVT-02", "version", body().set(2, uint(2)).bytes()),
        with(
            "subject-small-letters",
            "a subject in small letters",
            "EVT-03",
            "subject",
            body().set(3, text("ge/mia")).bytes(),
        ),
        with(
            "subject-long",
            "a subject of 135 bytes",
            "EVT-03",
            "subject",
            body().set(3, text(&"G".repeat(135))).bytes(),
        ),
        with(
            "serial-of-revoke",
            "a revoke event of serial 1",
            "EVT-04",
            "serial",
            revoke().set(4, uint(1)).bytes(),
        ),
        with(
            "serial-of-enrol",
            "an enrol event of serial 2",
            "EVT-04",
            "serial",
            bodies.enrol.clone().set(4, uint(2)).bytes(),
        ),
        with(
            "serial-of-genesis",
            "a genesis of serial 1",
            "EVT-04",
            "serial",
            bodies.genesis.clone().set(4, uint(1)).bytes(),
        ),
        with(
            "roster-short",
            "an anchor's digest of 31 bytes",
            "EVT-05",
            "roster",
            body().set(5, bytes([1; 31])).bytes(),
        ),
        with(
            "genesis-subject-agency",
            "a genesis of an agency",
            "EVT-03",
            "subject",
            bodies.genesis.clone().set(3, text("GE/mia")).bytes(),
        ),
        with(
            "authority-subject-agency",
            "an authority event of an agency",
            "EVT-03",
            "subject",
            bodies.authority.clone().set(3, text("GE/mia")).bytes(),
        ),
    ])
}

/// The Ed25519 half of a composite or a pair replaced by other bytes.
fn weak(key: &[u8], ed25519: [u8; 32]) -> Vec<u8> {
    [key.get(..key.len() - 32).unwrap_or_default(), &ed25519].concat()
}

/// The neutral element: of order 1.
const ORDER_1: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 1;
    point
};
/// y = p + 3: a second encoding of a point.
const NOT_CANONICAL: [u8; 32] = {
    let mut point = [0xff; 32];
    point[0] = 0xf0;
    point[31] = 0x7f;
    point
};
/// y = 2 has no x.
const NOT_A_POINT: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 2;
    point
};

fn authority(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.authority.clone();
    let genesis = || bodies.genesis.clone();
    let small = Small::new()?;
    let root = small.root.as_root()?.public().to_bytes();
    let log = small.log.as_log()?.public().to_bytes();
    let other = SigningKey::from_seed(&seed("other root")).verifying_key().to_bytes().to_vec();
    let mut two = [bytes(&root), bytes(&other)];
    two.sort();
    let [low, high] = two;
    Ok(vec![
        with("roots-none", "no root", "EVT-10", "roots", body().set(6, array(&[])).bytes()),
        with(
            "roots-seventeen",
            "17 roots, of which none is there",
            "EVT-10",
            "roots",
            body().set(6, head(4, 17)).bytes(),
        ),
        with(
            "roots-descending",
            "two roots in descending order",
            "EVT-10",
            "roots",
            body().set(6, array(&[high, low.clone()])).bytes(),
        ),
        with(
            "root-twice",
            "one root twice",
            "EVT-10",
            "roots",
            body().set(6, array(&[low.clone(), low])).bytes(),
        ),
        with(
            "root-short",
            "a root of 1,983 bytes",
            "EVT-12",
            "roots",
            body().set(6, array(&[bytes(root.get(1..).unwrap_or_default())])).bytes(),
        ),
        with(
            "root-of-order-1",
            "a root whose Ed25519 half is of order 1",
            "EVT-12",
            "roots",
            body().set(6, array(&[bytes(weak(&root, ORDER_1))])).bytes(),
        )
        .s1(),
        with("threshold-0", "a threshold of 0", "EVT-11", "threshold", body().set(7, uint(0)).bytes()),
        with(
            "threshold-2-of-1",
            "a threshold of 2 with one root",
            "EVT-11",
            "threshold",
            body().set(7, uint(2)).bytes(),
        ),
        with(
            "log-short",
            "a log key of 1,343 bytes",
            "EVT-12",
            "log",
            body().set(8, bytes(log.get(1..).unwrap_or_default())).bytes(),
        ),
        with(
            "log-not-canonical",
            "a log key whose Ed25519 half is not of the canonical encoding",
            "SIG-02",
            "log",
            body().set(8, bytes(weak(&log, NOT_CANONICAL))).bytes(),
        )
        .s1(),
        with(
            "witness-not-a-point",
            "a witness key whose Ed25519 half is no point",
            "SIG-02",
            "witness",
            body().set(9, bytes(weak(&log, NOT_A_POINT))).bytes(),
        )
        .s1(),
        with(
            "recovery-delay-short",
            "a recovery delay of 3,599 seconds",
            "EVT-13",
            "recovery delay",
            genesis().set(10, uint(3599)).bytes(),
        ),
        with(
            "recovery-delay-long",
            "a recovery delay of a second more than 365 days",
            "EVT-13",
            "recovery delay",
            genesis().set(10, uint(31_536_001)).bytes(),
        ),
    ])
}

fn enrol(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.enrol.clone();
    let name = |language: &str, name: &str| array(&[text(language), text(name)]);
    let names = |file: &str, description: &str, rule: &'static str, names: &[Vec<u8>]| {
        with(file, description, rule, "names", body().set(6, array(names)).bytes())
    };
    let roles = |file: &str, description: &str, roles: &[&str]| {
        let roles: Vec<Vec<u8>> = roles.iter().map(|role| text(role)).collect();
        with(file, description, "EVT-21", "roles", body().set(7, array(&roles)).bytes())
    };
    let many: Vec<Vec<u8>> = ('a'..='q').map(|c| name(&format!("a{c}"), "n")).collect();
    let seventeen: Vec<String> = ('a'..='q').map(String::from).collect();
    let seventeen: Vec<&str> = seventeen.iter().map(String::as_str).collect();
    let identity = body();
    let identity = identity.get(8)?.get(3..).ok_or("identity")?.to_vec();
    Ok(vec![
        names("names-none", "no name", "EVT-20", &[]),
        names("names-seventeen", "17 names", "EVT-20", &many),
        names(
            "names-descending",
            "languages in descending order",
            "EVT-20",
            &[name("ka", "n"), name("en", "n")],
        ),
        names("language-twice", "one language twice", "EVT-20", &[name("en", "n"), name("en", "m")]),
        names("language-capitals", "a language in capitals", "EVT-20", &[name("EN", "n")]),
        names("language-underscore", "a language with an underscore", "EVT-20", &[name("en_GB", "n")]),
        names(
            "language-long",
            "a language tag of 36 bytes",
            "EVT-20",
            &[name("en-abcdefgh-abcdefgh-abcdefgh-abcdef", "n")],
        ),
        names("name-empty", "an empty name", "EVT-22", &[name("en", "")]),
        names("name-long", "a name of 257 bytes", "EVT-22", &[name("en", &"n".repeat(257))]),
        names("name-control", "an escape character in a name", "EVT-22", &[name("en", "a\u{1b}[2J")]),
        names(
            "name-direction",
            "a name that turns the direction of writing",
            "EVT-22",
            &[name("en", "a\u{202e}b")],
        ),
        roles("roles-seventeen", "17 roles", &seventeen),
        roles("role-capital", "a role with a capital", &["Liaison"]),
        roles("role-empty", "an empty role", &[""]),
        roles("role-long", "a role of 33 bytes", &[&"r".repeat(33)]),
        roles("role-twice", "one role twice", &["liaison", "liaison"]),
        roles("roles-descending", "roles in descending order", &["liaison", "contact-24x7"]),
        with(
            "identity-of-order-1",
            "an identity whose Ed25519 half is of order 1",
            "SIG-02",
            "identity",
            body().set(8, bytes(weak(&identity, ORDER_1))).bytes(),
        )
        .s1(),
        with(
            "identity-not-canonical",
            "an identity whose Ed25519 half is not of the canonical encoding",
            "SIG-02",
            "identity",
            body().set(8, bytes(weak(&identity, NOT_CANONICAL))).bytes(),
        )
        .s1(),
    ])
}

fn epoch_identity_revoke(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.epoch.clone();
    let revoke = || bodies.revoke.clone();
    let key = DecapsulationKey::from_seed(&seed("GE/mia/cyber epoch 1")).encapsulation_key().to_bytes();
    let with_x25519 = |point: [u8; 32]| bytes(weak(&key, point));
    let mut over_modulus = key;
    // The first coefficient is 3,329: the modulus itself.
    over_modulus[0] = 0x01;
    over_modulus[1] = (over_modulus[1] & 0xf0) | 0x0d;
    let time = |key: u64| -> Result<Vec<u8>> { Ok(bodies.epoch.get(key)?.to_vec()) };
    let (not_before, not_after, destroy_at) = (time(8)?, time(9)?, time(10)?);
    let next = bodies.identity.get(6)?.get(3..).ok_or("next")?.to_vec();
    Ok(vec![
        with("epoch-number-0", "epoch 0", "EVT-30", "number", body().set(6, uint(0)).bytes()),
        with(
            "epoch-key-short",
            "an X-Wing key of 1,215 bytes",
            "EVT-31",
            "key",
            body().set(7, bytes(&key[1..])).bytes(),
        ),
        with(
            "epoch-key-over-modulus",
            "an ML-KEM coefficient of 3,329",
            "EVT-31",
            "key",
            body().set(7, bytes(over_modulus)).bytes(),
        )
        .attack("K2"),
        with(
            "epoch-key-x25519-zero",
            "an X25519 half of zero",
            "EVT-31",
            "key",
            body().set(7, with_x25519([0; 32])).bytes(),
        )
        .attack("K1"),
        with(
            "epoch-key-x25519-one",
            "an X25519 half of low order",
            "EVT-31",
            "key",
            body().set(7, with_x25519(ORDER_1)).bytes(),
        )
        .attack("K1"),
        with(
            "window-empty",
            "not_after is not_before",
            "EVT-32",
            "window",
            body().set(9, &not_before).bytes(),
        ),
        with(
            "window-backward",
            "not_after and not_before are exchanged",
            "EVT-32",
            "window",
            body().set(8, &not_after).set(9, &not_before).bytes(),
        ),
        with(
            "window-destroyed-early",
            "destroy_at is before not_after",
            "EVT-32",
            "window",
            body().set(9, &destroy_at).set(10, &not_after).bytes(),
        ),
        with(
            "window-2-53",
            "destroy_at is 2^53",
            "EVT-32",
            "destroy_at",
            body().set(10, uint(1 << 53)).bytes(),
        ),
        with(
            "next-not-a-point",
            "a next identity whose Ed25519 half is no point",
            "SIG-02",
            "next",
            bodies.identity.clone().set(6, bytes(weak(&next, NOT_A_POINT))).bytes(),
        )
        .s1(),
        with(
            "revoked-key-short",
            "a key id of 31 bytes",
            "EVT-40",
            "key id",
            revoke().set(6, bytes([1; 31])).bytes(),
        ),
        with(
            "reason-5",
            "a reason that is not registered",
            "EVT-40",
            "reason",
            revoke().set(7, uint(5)).bytes(),
        ),
        with(
            "effective-2-53",
            "an effective time of 2^53",
            "EVT-40",
            "effective",
            revoke().set(8, uint(1 << 53)).bytes(),
        ),
        with(
            "revoke-map-in-key",
            "a map where the key id stands",
            "EVT-40",
            "key id",
            revoke().set(6, map(&[])).bytes(),
        ),
    ])
}

impl Case {
    fn attack(mut self, attack: &'static str) -> Self {
        self.attack.push(attack);
        self
    }

    fn s1(self) -> Self {
        self.attack("S1")
    }
}
