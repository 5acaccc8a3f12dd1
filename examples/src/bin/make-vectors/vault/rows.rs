//! Sealed rows and wrapped secrets (SPEC §12.2).

use serde::Serialize;
use vlec::hazmat::label;

use super::{Case, OTHER_OWNER, OWNER, Record, case, fixed, flipped, longer, place, shorter, sums, xchacha};
use crate::Result;
use crate::hex::hex;

/// A row where it was found.
#[derive(Clone, Serialize)]
pub(super) struct Row {
    vault_key: String,
    vault: String,
    owner: &'static str,
    table: &'static str,
    row_key: String,
    sealed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<RowSays>,
}

#[derive(Clone, Serialize)]
struct RowSays {
    nonce: String,
    value: String,
}

/// The value of a wrapped secret's row.
#[derive(Clone, Serialize)]
pub(super) struct Wrapped {
    vault: String,
    owner: &'static str,
    number: u64,
    wrapping_key: String,
    row_key: String,
    wrapped: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<SecretSays>,
}

#[derive(Clone, Serialize)]
struct SecretSays {
    nonce: String,
    secret: String,
}

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut cases = honest_rows()?;
    cases.extend(rejected_rows()?);
    cases.extend(secrets()?);
    Ok(cases)
}

/// SPEC §12.2.
pub(super) fn seal(
    owner: &str,
    table: u8,
    row_key: &[u8],
    nonce: &[u8; 24],
    value: &[u8],
) -> Result<Vec<u8>> {
    let ad = [place(label::VAULT_ROW, &fixed("id"), owner), vec![table], row_key.to_vec()].concat();
    xchacha(&fixed("key"), nonce, &ad, value)
}

/// SPEC §12.2, `[VLT-12]`.
pub(super) fn wrap(number: u64, row_key: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
    let place = place(label::VAULT_SECRET, &fixed("id"), OWNER);
    let ad = [&place, &number.to_be_bytes()[..], row_key].concat();
    let sealed = xchacha(&fixed(&format!("wrapping key {number}")), &fixed("secret nonce"), &ad, secret)?;
    Ok([&number.to_be_bytes()[..], &sealed].concat())
}

fn honest_rows() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let state = sums::worked_state()?;
    let long: Vec<u8> = (0..=255).collect();
    for (name, what, owner, table, number, row_key, value) in [
        ("row", "an agency's row", OWNER, "identity", 2, &b"now"[..], &b"a value that nobody else reads"[..]),
        (
            "row-sealed-again",
            "the same row, with another nonce",
            OWNER,
            "identity",
            2,
            b"now",
            b"a value that nobody else reads",
        ),
        (
            "row-of-a-centre",
            "a centre's: its name is the country's alone",
            "GE",
            "pending",
            18,
            &[0; 8],
            &long,
        ),
        ("row-empty", "no key and no value", OWNER, "handle", 16, b"", b""),
        ("row-state", "the state of state-sums", OWNER, "meta", 1, b"state", &state),
    ] {
        let nonce = fixed(&format!("{name} nonce"));
        let sealed = seal(owner, number, row_key, &nonce, value)?;
        let says = Some(RowSays { nonce: hex(nonce), value: hex(value) });
        let row = Row { owner, table, row_key: hex(row_key), says, ..row(&sealed) };
        cases.push(case(name, what, "VLT-10", Record::Row(row)));
    }
    Ok(cases)
}

/// In the place of the row that is called `row`.
fn row(sealed: &[u8]) -> Row {
    Row {
        vault_key: hex(fixed::<32>("key")),
        vault: hex(fixed::<16>("id")),
        owner: OWNER,
        table: "identity",
        row_key: hex("now"),
        sealed: hex(sealed),
        says: None,
    }
}

fn rejected_rows() -> Result<Vec<Case>> {
    let nonce = fixed("row nonce");
    let good = seal(OWNER, 2, b"now", &nonce, b"a value that nobody else reads")?;
    let unbound = xchacha(&fixed("key"), &nonce, b"", b"a value that nobody else reads")?;
    let secret = [place(label::VAULT_SECRET, &fixed("id"), OWNER), vec![2], b"now".to_vec()].concat();
    let secret = xchacha(&fixed("key"), &nonce, &secret, b"a value that nobody else reads")?;
    let short = good.get(..39).unwrap_or_default();
    let moved = [
        ("table", "in the table of the next number", Row { table: "epoch", ..row(&good) }),
        ("key", "under another row key", Row { row_key: hex("old"), ..row(&good) }),
        ("longer-key", "under a longer row key", Row { row_key: hex("now\0"), ..row(&good) }),
        ("owner", "in the vault of another agency", Row { owner: OTHER_OWNER, ..row(&good) }),
        (
            "vault",
            "in another vault of the agency",
            Row { vault: hex(fixed::<16>("other id")), ..row(&good) },
        ),
        (
            "vault-key",
            "under another vault key",
            Row { vault_key: hex(fixed::<32>("other key")), ..row(&good) },
        ),
    ];
    let mut cases: Vec<Case> = moved
        .into_iter()
        .map(|(name, what, row)| {
            case(&format!("row-other-{name}"), what, "VLT-11", Record::Row(row)).attack("L7")
        })
        .collect();
    for (name, what, sealed) in [
        ("nonce-changed", "a bit of the nonce", flipped(&good, 23)),
        ("value-changed", "a bit of the ciphertext", flipped(&good, 24)),
        ("tag-changed", "a bit of the tag", flipped(&good, -1)),
        ("cut", "the last byte is missing", shorter(&good)),
        ("long", "a byte follows", longer(&good, 0)),
        ("short", "a byte less than nonce and tag", short.to_vec()),
        ("no-bytes", "no bytes at all", Vec::new()),
        ("unbound", "sealed without associated data", unbound),
        ("other-label", "sealed under the label of wrapped secrets", secret),
    ] {
        cases.push(case(&format!("row-{name}"), what, "VLT-11", Record::Row(row(&sealed))));
    }
    Ok(cases.into_iter().map(|case| case.expect("row-damaged")).collect())
}

/// In the place of the secret that is called `secret`.
fn secret(wrapped: &[u8]) -> Wrapped {
    Wrapped {
        vault: hex(fixed::<16>("id")),
        owner: OWNER,
        number: 1,
        wrapping_key: hex(fixed::<32>("wrapping key 1")),
        row_key: hex("epoch 7"),
        wrapped: hex(wrapped),
        says: None,
    }
}

fn secrets() -> Result<Vec<Case>> {
    let value: [u8; 32] = fixed("secret");
    let (good, second) = (wrap(1, b"epoch 7", &value)?, wrap(2, b"epoch 7", &value)?);
    let says = || Some(SecretSays { nonce: hex(fixed::<24>("secret nonce")), secret: hex(value) });
    let key = |number: u64| hex(fixed::<32>(&format!("wrapping key {number}")));
    let mut cases = Vec::new();
    for number in [1, u64::MAX] {
        let wrapped = Wrapped {
            number,
            wrapping_key: key(number),
            says: says(),
            ..secret(&wrap(number, b"epoch 7", &value)?)
        };
        let name = if number == 1 { "secret" } else { "secret-largest-number" };
        cases.push(case(name, "an epoch's seed under the anchor's key", "VLT-12", Record::Secret(wrapped)));
    }
    let renumbered = [&2u64.to_be_bytes()[..], good.get(8..).unwrap_or_default()].concat();
    let reach = "secret-out-of-reach";
    let damaged = "row-damaged";
    for (name, what, expect, wrapped) in [
        ("number-changed", "another number stands before it", reach, secret(&renumbered)),
        ("of-the-next-key", "wrapped under the next key", reach, secret(&second)),
        (
            "number-changed-to-a-key",
            "the number of another key that is there",
            damaged,
            Wrapped { number: 2, wrapping_key: key(1), ..secret(&renumbered) },
        ),
        (
            "other-wrapping-key",
            "the key of this number is another",
            damaged,
            Wrapped { wrapping_key: key(2), ..secret(&good) },
        ),
        (
            "other-row-key",
            "under another row key",
            damaged,
            Wrapped { row_key: hex("epoch 8"), ..secret(&good) },
        ),
        (
            "other-owner",
            "in the vault of another agency",
            damaged,
            Wrapped { owner: OTHER_OWNER, ..secret(&good) },
        ),
        (
            "other-vault",
            "in another vault of the agency",
            damaged,
            Wrapped { vault: hex(fixed::<16>("other id")), ..secret(&good) },
        ),
        ("nonce-changed", "a bit of the nonce", damaged, secret(&flipped(&good, 8))),
        ("changed", "a bit of the ciphertext", damaged, secret(&flipped(&good, 32))),
        ("tag-changed", "a bit of the tag", damaged, secret(&flipped(&good, -1))),
        ("cut", "the last byte is missing", damaged, secret(&shorter(&good))),
        ("trailing", "a byte follows", damaged, secret(&longer(&good, 0))),
        ("of-31-bytes", "a secret of 31 bytes", damaged, secret(&wrap(1, b"epoch 7", &value[1..])?)),
        ("short-number", "seven bytes", damaged, secret(&[0; 7])),
        ("no-bytes", "no bytes at all", damaged, secret(&[])),
    ] {
        let attack = if expect == reach { "L9" } else { "L7" };
        let case = case(&format!("secret-{name}"), what, "VLT-12", Record::Secret(wrapped));
        cases.push(case.attack(attack).expect(expect));
    }
    Ok(cases)
}
