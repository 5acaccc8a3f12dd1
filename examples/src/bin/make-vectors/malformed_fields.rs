//! Signed events that do not decode for a field of their kind.

use vlec::hazmat::composite::SigningKey;
use vlec::hazmat::world::seed;
use vlec::hazmat::xwing::DecapsulationKey;

use crate::Result;
use crate::cbor::{array, bytes, head, map, text, uint};
use crate::events::{Case, Small};
use crate::hex::Fill;
use crate::malformed_events::{Bodies, malformed, with};

pub(crate) fn cases(bodies: &Bodies) -> Result<Vec<Case>> {
    let mut cases = authority(bodies)?;
    cases.extend(enrol(bodies)?);
    cases.extend(epoch_identity_revoke(bodies)?);
    Ok(cases)
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
/// u = p + 9.
const NINE_AND_P: [u8; 32] = {
    let mut coordinate = [0xff; 32];
    (coordinate[0], coordinate[31]) = (0xed + 9, 0x7f);
    coordinate
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
    Ok(malformed![
        with: "roots-none", "no root", "EVT-10", "roots" => body().set(6, array(&[])).bytes();
        with: "roots-seventeen", "17 roots, of which none is there", "EVT-10", "roots"
            => body().set(6, head(4, 17)).bytes();
        with: "roots-descending", "two roots in descending order", "EVT-10", "roots"
            => body().set(6, array(&[high, low.clone()])).bytes();
        with: "root-twice", "one root twice", "EVT-10", "roots"
            => body().set(6, array(&[low.clone(), low])).bytes();
        with: "root-short", "a root of 1,983 bytes", "EVT-12", "roots"
            => body().set(6, array(&[bytes(root.get(1..).unwrap_or_default())])).bytes();
        with [S1]: "root-of-order-1", "a root whose Ed25519 half is of order 1", "EVT-12", "roots"
            => body().set(6, array(&[bytes(weak(&root, ORDER_1))])).bytes();
        with: "threshold-0", "a threshold of 0", "EVT-11", "threshold" => body().set(7, uint(0)).bytes();
        with: "threshold-2-of-1", "a threshold of 2 with one root", "EVT-11", "threshold"
            => body().set(7, uint(2)).bytes();
        with: "log-short", "a log key of 1,343 bytes", "EVT-12", "log"
            => body().set(8, bytes(log.get(1..).unwrap_or_default())).bytes();
        with [S1]: "log-not-canonical", "a log key whose Ed25519 half is not of the canonical encoding", "SIG-02", "log"
            => body().set(8, bytes(weak(&log, NOT_CANONICAL))).bytes();
        with [S1]: "witness-not-a-point", "a witness key whose Ed25519 half is no point", "SIG-02", "witness"
            => body().set(9, bytes(weak(&log, NOT_A_POINT))).bytes();
        with: "recovery-delay-short", "a recovery delay of 3,599 seconds", "EVT-13", "recovery delay"
            => genesis().set(10, uint(3599)).bytes();
        with: "recovery-delay-long", "a recovery delay of a second more than 365 days", "EVT-13", "recovery delay"
            => genesis().set(10, uint(31_536_001)).bytes();
    ])
}

/// As many roots as there may not be, all of them there: the ML-DSA halves are zeros.
pub(crate) fn seventeen_roots(bodies: &Bodies) -> Result<Case> {
    const ML_DSA: usize = 1952;
    let mut ed25519: Vec<[u8; 32]> = Vec::new();
    for n in 0..17 {
        let key = SigningKey::from_seed(&seed(&format!("root {n} of 17"))).verifying_key().to_bytes();
        ed25519.push(key.get(ML_DSA..).ok_or("key")?.try_into()?);
    }
    ed25519.sort_unstable();
    let roots: Vec<Vec<u8>> = ed25519.iter().map(|key| bytes([&[0; ML_DSA][..], key].concat())).collect();
    let mut case = with(
        "roots-seventeen-there",
        "17 roots, all of which are there",
        "EVT-10",
        "roots",
        bodies.authority.clone().set(6, array(&roots)).bytes(),
    );
    case.event = case.event.replace(&"00".repeat(ML_DSA), "…");
    case.fill = Some(Fill { with: "00", times: ML_DSA });
    Ok(case.attack("D1"))
}

fn enrol(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.enrol.clone();
    let name = |language: &str, name: &str| array(&[text(language), text(name)]);
    let names = |names: &[Vec<u8>]| body().set(6, array(names)).bytes();
    let roles = |roles: &[&str]| {
        let roles: Vec<Vec<u8>> = roles.iter().map(|role| text(role)).collect();
        body().set(7, array(&roles)).bytes()
    };
    let many: Vec<Vec<u8>> = ('a'..='q').map(|c| name(&format!("a{c}"), "n")).collect();
    let seventeen: Vec<String> = ('a'..='q').map(String::from).collect();
    let seventeen: Vec<&str> = seventeen.iter().map(String::as_str).collect();
    let identity = body();
    let identity = identity.get(8)?.get(3..).ok_or("identity")?.to_vec();
    Ok(malformed![
        with: "names-none", "no name", "EVT-20", "names" => names(&[]);
        with: "names-seventeen", "17 names", "EVT-20", "names" => names(&many);
        with: "names-descending", "languages in descending order", "EVT-20", "names"
            => names(&[name("ka", "n"), name("en", "n")]);
        with: "language-twice", "one language twice", "EVT-20", "names"
            => names(&[name("en", "n"), name("en", "m")]);
        with: "language-capitals", "a language in capitals", "EVT-20", "names" => names(&[name("EN", "n")]);
        with: "language-underscore", "a language with an underscore", "EVT-20", "names"
            => names(&[name("en_GB", "n")]);
        with: "language-long", "a language tag of 36 bytes", "EVT-20", "names"
            => names(&[name("en-abcdefgh-abcdefgh-abcdefgh-abcdef", "n")]);
        with: "name-empty", "an empty name", "EVT-22", "names" => names(&[name("en", "")]);
        with: "name-long", "a name of 257 bytes", "EVT-22", "names"
            => names(&[name("en", &"n".repeat(257))]);
        with: "name-not-utf-8", "a name that is no UTF-8", "CBOR-01", "names"
            => names(&[array(&[text("en"), [&head(3, 2)[..], b"a\xff"].concat()])]);
        with: "name-surrogate", "half of a surrogate pair in a name", "CBOR-01", "names"
            => names(&[array(&[text("en"), [&head(3, 3)[..], b"\xed\xa0\x80"].concat()])]);
        with: "name-delete", "U+007F in a name", "EVT-22", "names" => names(&[name("en", "a\u{7f}b")]);
        with: "name-next-line", "U+0085 in a name", "EVT-22", "names" => names(&[name("en", "a\u{85}b")]);
        with: "name-isolate", "U+2066 in a name", "EVT-22", "names" => names(&[name("en", "a\u{2066}b")]);
        with: "role-not-utf-8", "a role that is no UTF-8", "CBOR-01", "roles"
            => body().set(7, array(&[[&head(3, 2)[..], b"a\xff"].concat()])).bytes();
        with: "name-control", "an escape character in a name", "EVT-22", "names"
            => names(&[name("en", "a\u{1b}[2J")]);
        with: "name-direction", "a name that turns the direction of writing", "EVT-22", "names"
            => names(&[name("en", "a\u{202e}b")]);
        with: "roles-seventeen", "17 roles", "EVT-21", "roles" => roles(&seventeen);
        with: "role-capital", "a role with a capital", "EVT-21", "roles" => roles(&["Liaison"]);
        with: "role-empty", "an empty role", "EVT-21", "roles" => roles(&[""]);
        with: "role-long", "a role of 33 bytes", "EVT-21", "roles" => roles(&[&"r".repeat(33)]);
        with: "role-twice", "one role twice", "EVT-21", "roles" => roles(&["liaison", "liaison"]);
        with: "roles-descending", "roles in descending order", "EVT-21", "roles"
            => roles(&["liaison", "contact-24x7"]);
        with [S1]: "identity-of-order-1", "an identity whose Ed25519 half is of order 1", "SIG-02", "identity"
            => body().set(8, bytes(weak(&identity, ORDER_1))).bytes();
        with [S1]: "identity-not-canonical", "an identity whose Ed25519 half is not of the canonical encoding", "SIG-02", "identity"
            => body().set(8, bytes(weak(&identity, NOT_CANONICAL))).bytes();
    ])
}

fn epoch_identity_revoke(bodies: &Bodies) -> Result<Vec<Case>> {
    let body = || bodies.epoch.clone();
    let revoke = || bodies.revoke.clone();
    let key = DecapsulationKey::from_seed(&seed("GE/mia/cyber epoch 1")).encapsulation_key().to_bytes();
    let with_x25519 = |point: [u8; 32]| bytes(weak(&key, point));
    let mut high_bit = [0; 32];
    high_bit.copy_from_slice(&key[1184..]);
    high_bit[31] |= 0x80;
    let mut over_modulus = key;
    // The first coefficient is 3,329: the modulus itself.
    over_modulus[0] = 0x01;
    over_modulus[1] = (over_modulus[1] & 0xf0) | 0x0d;
    let time = |key: u64| -> Result<Vec<u8>> { Ok(bodies.epoch.get(key)?.to_vec()) };
    let (not_before, not_after, destroy_at) = (time(8)?, time(9)?, time(10)?);
    let next = bodies.identity.get(6)?.get(3..).ok_or("next")?.to_vec();
    Ok(malformed![
        with: "epoch-number-0", "epoch 0", "EVT-30", "number" => body().set(6, uint(0)).bytes();
        with: "epoch-key-short", "an X-Wing key of 1,215 bytes", "EVT-31", "key"
            => body().set(7, bytes(&key[1..])).bytes();
        with [K2]: "epoch-key-over-modulus", "an ML-KEM coefficient of 3,329", "XW-01", "key"
            => body().set(7, bytes(over_modulus)).bytes();
        with [K1]: "epoch-key-x25519-zero", "an X25519 half of zero", "XW-01", "key"
            => body().set(7, with_x25519([0; 32])).bytes();
        with [K1]: "epoch-key-x25519-one", "an X25519 half of low order", "XW-01", "key"
            => body().set(7, with_x25519(ORDER_1)).bytes();
        with [K2]: "epoch-key-x25519-high-bit", "bit 255 of the X25519 half is set", "XW-01", "key"
            => body().set(7, with_x25519(high_bit)).bytes();
        with [K2]: "epoch-key-x25519-not-reduced", "the base point's coordinate plus p as X25519 half", "XW-01", "key"
            => body().set(7, with_x25519(NINE_AND_P)).bytes();
        with: "window-empty", "not_after is not_before", "EVT-32", "window"
            => body().set(9, &not_before).bytes();
        with: "window-backward", "not_after and not_before are exchanged", "EVT-32", "window"
            => body().set(8, &not_after).set(9, &not_before).bytes();
        with: "window-destroyed-early", "destroy_at is before not_after", "EVT-32", "window"
            => body().set(9, &destroy_at).set(10, &not_after).bytes();
        with: "window-2-53", "destroy_at is 2^53", "EVT-32", "destroy_at"
            => body().set(10, uint(1 << 53)).bytes();
        with [S1]: "next-not-a-point", "a next identity whose Ed25519 half is no point", "SIG-02", "next"
            => bodies.identity.clone().set(6, bytes(weak(&next, NOT_A_POINT))).bytes();
        with: "revoked-key-short", "a key id of 31 bytes", "EVT-40", "key id"
            => revoke().set(6, bytes([1; 31])).bytes();
        with: "reason-5", "a reason that is not registered", "EVT-40", "reason"
            => revoke().set(7, uint(5)).bytes();
        with [R13]: "effective-of-an-owner", "an owner that dates a revocation back", "EVT-41", "effective"
            => revoke().set(9, uint(0)).bytes();
        with: "by-2", "neither the owner's word nor the roots'", "EVT-40", "by" => revoke().set(9, uint(2)).bytes();
        with: "effective-2-53", "an effective time of 2^53", "EVT-40", "effective"
            => revoke().set(8, uint(1 << 53)).bytes();
        with: "revoke-map-in-key", "a map where the key id stands", "EVT-40", "key id"
            => revoke().set(6, map(&[])).bytes();
    ])
}
