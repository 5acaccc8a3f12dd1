//! Signed events that do not decode. Decoding verifies no signature: those here are zeros.

use vlec::event::{Genesis, Reason, Revoke};
use vlec::hazmat::signed_event;
use vlec::hazmat::world::World;
use vlec::{Event, KeyId};

use crate::Result;
use crate::cbor::{Map, array, bytes, head, text, uint};
use crate::events::{Case, Small};
use crate::hex::{Fill, hex};
use crate::malformed_fields;

const PAIR_LEN: usize = 2484;

pub(crate) fn cases(world: &World) -> Result<Vec<Case>> {
    let bodies = Bodies::new(world)?;
    let mut cases = envelope(&bodies);
    cases.extend(common(&bodies)?);
    cases.extend(malformed_fields::cases(&bodies)?);
    cases.push(sixty_five(&bodies));
    cases.push(long_body());
    cases.push(malformed_fields::seventeen_roots(&bodies)?);
    Ok(cases)
}

/// As many signatures as there may not be, all of them there.
fn sixty_five(bodies: &Bodies) -> Case {
    let one = |signer: u8| hex([head(4, 2), bytes([signer; 32]), head(2, PAIR_LEN as u64)].concat()) + "…";
    let front = hex([head(4, 2), bytes(bodies.withdraw.bytes()), head(4, 65)].concat());
    let event = front + &(1..=65).map(one).collect::<String>();
    let fill = Fill { with: "00", times: PAIR_LEN };
    let what = "65 signatures, all of which are there";
    Case { event, fill: Some(fill), ..case("signatures-65", what, "EVT-07", "signatures", Vec::new()) }
        .attack("D1")
}

/// A byte more of body than there may be, all of it there.
fn long_body() -> Case {
    const OVER: usize = 65_537;
    let event = signed_event(&[0; OVER], [(KeyId::from_bytes([7; 32]), vec![0; PAIR_LEN])]);
    let event = hex(event).replacen(&"00".repeat(OVER), "…", 1);
    let fill = Fill { with: "00", times: OVER };
    let what = "a body of 65,537 bytes that are all there";
    Case { event, fill: Some(fill), ..case("body-over-limit-there", what, "CBOR-02", "body", Vec::new()) }
        .attack("D1")
}

/// A good body of each kind.
pub(crate) struct Bodies {
    pub(crate) genesis: Map,
    pub(crate) authority: Map,
    pub(crate) enrol: Map,
    pub(crate) epoch: Map,
    pub(crate) identity: Map,
    pub(crate) revoke: Map,
    pub(crate) withdraw: Map,
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
        let revoke = Revoke::by_roots(*identity.id(), Reason::Ceased, world.now);
        Ok(Self {
            genesis: body(Event::genesis(small.country, Genesis::new(small.keys()?, 3600)?))?,
            authority: body(Event::authority(&anchor, 1, small.keys()?))?,
            enrol: body(Event::enrol(&anchor, enrol))?,
            epoch: body(Event::epoch(&anchor, 2, world.epoch("GE/mia/cyber", 1)?.public().clone())?)?,
            identity: body(Event::rotation(&anchor, 3, identity.clone()))?,
            revoke: body(Event::revoke(&anchor, agency()?, revoke))?,
            withdraw: body(Event::withdraw(&anchor, agency()?, 3))?,
        })
    }
}

/// A row is name, description, rule and field of an event that does not decode, `with` any signature
/// around a body or a `case` of its own; in brackets the attack.
macro_rules! malformed {
    ($($make:ident $([$attack:ident])?:
        $name:literal, $description:literal, $rule:literal, $field:expr => $bytes:expr;)*) => {
        vec![$($make($name, $description, $rule, $field, $bytes)$(.attack(stringify!($attack)))?),*]
    };
}

pub(crate) use malformed;

fn case(name: &str, description: &str, rule: &'static str, field: &'static str, event: Vec<u8>) -> Case {
    Case {
        name: name.to_owned(),
        description: description.to_owned(),
        rule: vec![rule],
        attack: Vec::new(),
        expect: "event-malformed",
        field: Some(field),
        event: hex(event),
        fill: None,
        decoded: None,
    }
}

/// A body under one signature that nobody made.
pub(crate) fn with(
    name: &str,
    description: &str,
    rule: &'static str,
    field: &'static str,
    body: Vec<u8>,
) -> Case {
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
    malformed![
        case: "empty", "no bytes", "EVT-06", EVENT => Vec::new();
        case: "not-an-array", "a byte string", "EVT-06", EVENT => bytes(&body);
        case: "three-items", "an array of three", "EVT-06", EVENT
            => array(&[bytes(&body), array(std::slice::from_ref(&one)), uint(0)]);
        case: "trailing-byte", "a byte follows", "EVT-06", EVENT => [&good[..], &[0]].concat();
        case: "array-indefinite", "an array of indefinite length", "EVT-06", EVENT
            => [&[0x9f][..], tail, &[0xff]].concat();
        case: "array-head-long", "the array's head in two bytes", "EVT-06", EVENT
            => [&[0x98, 2][..], tail].concat();
        case: "body-empty", "a body of no bytes", "EVT-06", "body" => signed_event(&[], [zeros(7, PAIR_LEN)]);
        case: "body-over-limit", "a body of 65,537 bytes, of which none is there", "CBOR-02", "body"
            => [vec![0x82], head(2, 65537)].concat();
        case: "body-of-4-gib", "a body of 2^32 - 1 bytes", "CBOR-02", "body"
            => [vec![0x82], head(2, u32::MAX.into())].concat();
        case: "no-signatures", "no signature", "EVT-07", SIGNATURES => signed(&[]);
        case: "signature-bomb", "65 signatures, of which none is there", "CBOR-02", SIGNATURES
            => [vec![0x82], bytes(&body), head(4, 65)].concat();
        case: "signers-descending", "signers in descending order", "EVT-07", SIGNATURES
            => signed(&[(8, PAIR_LEN), (7, PAIR_LEN)]);
        case: "signer-twice", "one signer twice", "EVT-07", SIGNATURES
            => signed(&[(7, PAIR_LEN), (7, PAIR_LEN)]);
        case: "signer-short", "a signer's id of 31 bytes", "EVT-07", SIGNATURES
            => list(array(&[bytes([7; 31]), bytes([0; PAIR_LEN])]));
        case: "signature-short", "a signature of 2,483 bytes", "EVT-07", SIGNATURES
            => signed(&[(7, PAIR_LEN - 1)]);
        case: "signature-between", "a signature of 2,485 bytes", "EVT-07", SIGNATURES
            => signed(&[(7, PAIR_LEN + 1)]);
        case: "signature-long", "a signature of 3,374 bytes", "EVT-07", SIGNATURES => signed(&[(7, 3374)]);
    ]
}

/// The fields that every kind has.
fn common(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.withdraw.clone();
    let revoke = || bodies.revoke.clone();
    let entries = body().entries();
    Ok(malformed![
        with: "kind-0", "kind 0", "EVT-01", "kind" => body().set(1, uint(0)).bytes();
        with: "kind-8", "kind 8", "EVT-01", "kind" => body().set(1, uint(8)).bytes();
        with: "kind-of-other-fields", "a withdraw event that says it is a revoke event", "EVT-01", "event"
            => body().set(1, uint(6)).bytes();
        with: "field-missing", "the roster is missing", "EVT-01", "event" => body().without(5).bytes();
        with: "field-too-many", "a field that the kind has not", "EVT-01", "event"
            => body().and(6, uint(0)).bytes();
        with: "fields-out-of-order", "version and subject are exchanged", "CBOR-01", "version"
            => body().swapped(1).bytes();
        with: "field-doubled", "the version twice, in place of the roster", "CBOR-01", "subject"
            => body().without(5).doubled(1).bytes();
        with: "field-long", "the serial in two bytes", "CBOR-03", "event" => body().set(4, [0x18, 3]).bytes();
        with: "map-head-long", "the map's head in two bytes", "CBOR-03", "event"
            => [&[0xb8, 5][..], &entries].concat();
        with: "map-indefinite", "a map of indefinite length", "CBOR-01", "event"
            => [&[0xbf][..], &entries, &[0xff]].concat();
        with: "body-trailing-byte", "a byte follows the map", "CBOR-02", "event"
            => [&body().bytes()[..], &[0]].concat();
        with: "version-2", "version 2", "EVT-02", "version" => body().set(2, uint(2)).bytes();
        with: "subject-small-letters", "a subject in small letters", "EVT-03", "subject"
            => body().set(3, text("ge/mia")).bytes();
        with: "subject-not-utf-8", "a subject that is no UTF-8", "CBOR-01", "subject"
            => body().set(3, [&head(3, 4)[..], b"GE/\xff"].concat()).bytes();
        with: "subject-label-long", "a label of 33 characters", "ID-01", "subject"
            => body().set(3, text(&format!("GE/{}", "a".repeat(33)))).bytes();
        with: "subject-five-labels", "five labels", "ID-01", "subject" => body().set(3, text("GE/a/b/c/d/e")).bytes();
        with: "subject-empty-label", "an empty label", "ID-01", "subject" => body().set(3, text("GE//a")).bytes();
        with: "subject-long", "a subject of 135 bytes", "EVT-03", "subject"
            => body().set(3, text(&"G".repeat(135))).bytes();
        with: "serial-of-revoke", "a revoke event of serial 1", "EVT-04", "serial"
            => revoke().set(4, uint(1)).bytes();
        with: "serial-of-enrol", "an enrol event of serial 2", "EVT-04", "serial"
            => bodies.enrol.clone().set(4, uint(2)).bytes();
        with: "serial-of-genesis", "a genesis of serial 1", "EVT-04", "serial"
            => bodies.genesis.clone().set(4, uint(1)).bytes();
        with: "roster-short", "an anchor's digest of 31 bytes", "EVT-05", "roster"
            => body().set(5, bytes([1; 31])).bytes();
        with: "genesis-subject-agency", "a genesis of an agency", "EVT-03", "subject"
            => bodies.genesis.clone().set(3, text("GE/mia")).bytes();
        with: "authority-subject-agency", "an authority event of an agency", "EVT-03", "subject"
            => bodies.authority.clone().set(3, text("GE/mia")).bytes();
    ])
}

impl Case {
    pub(crate) fn attack(mut self, attack: &'static str) -> Self {
        self.attack.push(attack);
        self
    }
}
