//! Headers: what opens a vault (SPEC §12.3).

use serde::Serialize;
use vlec::hazmat::{Label, label};

use super::{
    Argon, Case, Lock, OWNER, PASSPHRASE, Record, Unlock, case, fixed, flipped, longer, parameters, shorter,
    xchacha,
};
use crate::Result;
use crate::hex::hex;

/// A header, and what is to open it.
#[derive(Serialize)]
pub(super) struct Header {
    unlock: Unlock,
    header: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

#[derive(Serialize)]
struct Says {
    vault: String,
    owner: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    argon2id: Option<Argon>,
    unlocking_key: String,
    nonce: String,
    vault_key: String,
}

/// Cheap parameters: a suite that runs many must be quick.
const SMALL: [u32; 3] = [8, 1, 1];
const NONCE: &str = "header nonce";

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut cases = honest()?;
    cases.extend(hostile()?);
    cases.extend(refused()?);
    cases.extend(malformed()?);
    Ok(cases)
}

/// The header up to the nonce.
fn front(owner: &[u8], kind: &[u8]) -> Vec<u8> {
    [&[1], &fixed::<16>("id")[..], &[owner.len() as u8], owner, kind].concat()
}

/// `header`, SPEC §12.3.
fn seal(label: Label, key: &[u8; 32], front: &[u8]) -> Result<Vec<u8>> {
    let ad = [label.bytes(), front].concat();
    Ok([front, &xchacha(key, &fixed(NONCE), &ad, &fixed::<32>("key"))?].concat())
}

/// An honest header.
pub(super) fn header(owner: &str, lock: &Lock) -> Result<Vec<u8>> {
    seal(label::VAULT_KEY, &lock.key, &front(owner.as_bytes(), &lock.front))
}

/// The passphrase as another keyboard writes it.
fn decomposed() -> String {
    PASSPHRASE.replace('ï', "i\u{308}")
}

fn honest() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (name, what, rule, owner, unlock, lock) in [
        ("key", "under the caller's key", "VLT-22", OWNER, Unlock::key(), Lock::key()),
        (
            "of-a-centre",
            "of a centre, whose name is the country's alone",
            "VLT-22",
            "GE",
            Unlock::key(),
            Lock::key(),
        ),
        (
            "default",
            "under a passphrase, with the parameters that every new one has",
            "VLT-20",
            OWNER,
            Unlock::passphrase(),
            Lock::passphrase(PASSPHRASE, [65_536, 3, 4])?,
        ),
        (
            "passphrase-decomposed",
            "the passphrase with decomposed letters: it is the same",
            "VLT-20",
            OWNER,
            Unlock::Passphrase(decomposed()),
            Lock::passphrase(PASSPHRASE, SMALL)?,
        ),
        (
            "passphrase-other-bytes",
            "made of the bytes of decomposed letters, when these counted, and opened with them",
            "VLT-20",
            OWNER,
            Unlock::Passphrase(decomposed()),
            Lock::passphrase(&decomposed(), SMALL)?,
        ),
        (
            "least",
            "8 KiB, one pass, one lane: the least that is taken",
            "VLT-21",
            OWNER,
            Unlock::passphrase(),
            Lock::passphrase(PASSPHRASE, SMALL)?,
        ),
        (
            "most-lanes",
            "16 lanes, with the least memory for them",
            "VLT-21",
            OWNER,
            Unlock::passphrase(),
            Lock::passphrase(PASSPHRASE, [128, 1, 16])?,
        ),
        (
            "most-passes",
            "16 passes",
            "VLT-21",
            OWNER,
            Unlock::passphrase(),
            Lock::passphrase(PASSPHRASE, [8, 16, 1])?,
        ),
    ] {
        let header = header(owner, &lock)?;
        let (vault, vault_key) = (hex(fixed::<16>("id")), hex(fixed::<32>("key")));
        let (unlocking_key, nonce, argon2id) = (hex(lock.key), hex(fixed::<24>(NONCE)), lock.says);
        let says = Some(Says { vault, owner, argon2id, unlocking_key, nonce, vault_key });
        let header = Header { unlock, header: hex(header), says };
        cases.push(case(&format!("header-{name}"), what, rule, Record::Header(header)));
    }
    Ok(cases)
}

/// Each bound of `[VLT-21]`, one over it; nobody computes these.
fn hostile() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (name, what, cost) in [
        ("memory-over", "one KiB more than 1 GiB", [(1 << 20) + 1, 1, 1]),
        ("memory-largest", "2^32 - 1 KiB", [u32::MAX, 3, 4]),
        ("memory-under", "one KiB less than 8 for each lane", [31, 1, 4]),
        ("memory-none", "no memory", [0, 1, 1]),
        ("passes-over", "17 passes", [64, 17, 1]),
        ("passes-largest", "2^32 - 1 passes", [64, u32::MAX, 1]),
        ("passes-none", "no pass", [64, 0, 1]),
        ("lanes-over", "17 lanes", [1024, 1, 17]),
        ("lanes-largest", "2^32 - 1 lanes, eight times which is 2^35", [1 << 20, 1, u32::MAX]),
        ("lanes-wrap", "2^29 lanes, eight times which is 2^32", [64, 1, 1 << 29]),
        ("lanes-none", "no lane", [64, 1, 0]),
    ] {
        let header = seal(label::VAULT_KEY, &[7; 32], &front(OWNER.as_bytes(), &parameters(cost)))?;
        let header = Header { unlock: Unlock::passphrase(), header: hex(header), says: None };
        let case = case(&format!("header-{name}"), what, "VLT-21", Record::Header(header));
        cases.push(case.attack("L8").expect("hostile-parameters"));
    }
    Ok(cases)
}

/// Of the right form, and not opened.
fn refused() -> Result<Vec<Case>> {
    let lock = Lock::passphrase(PASSPHRASE, SMALL)?;
    let (by_key, by_text) = (header(OWNER, &Lock::key())?, header(OWNER, &lock)?);
    let text = |text: &str| Unlock::Passphrase(text.into());
    let (vault, kind) = (1, 18 + OWNER.len() as isize);
    let (passes, salt) = (kind + 8, kind + 13);
    let label = seal(label::VAULT_ROW, &Lock::key().key, &front(OWNER.as_bytes(), &[0]))?;
    let owner =
        [front(b"GE/mia/cyben", &[0]), by_key.get(kind as usize + 1..).unwrap_or_default().to_vec()].concat();
    let empty = header(OWNER, &Lock::passphrase("", SMALL)?)?;
    let (wrong, other) = ("wrong-passphrase", "other-unlock");
    let mut cases = Vec::new();
    let dear = || seal(label::VAULT_KEY, &[7; 32], &front(OWNER.as_bytes(), &parameters([u32::MAX, 3, 4])));
    for (name, what, rule, expect, unlock, header) in [
        (
            "empty-and-hostile",
            "no passphrase, for hostile parameters: the passphrase is looked at first",
            "VLT-21",
            "empty-passphrase",
            text(""),
            dear()?,
        ),
        (
            "key-for-hostile",
            "a key where a passphrase with hostile parameters is asked for: what is asked for comes first",
            "VLT-21",
            other,
            Unlock::key(),
            dear()?,
        ),
        (
            "empty-for-a-key",
            "the empty passphrase where a key is asked for",
            "VLT-21",
            other,
            text(""),
            by_key.clone(),
        ),
        (
            "malformed-and-other",
            "a passphrase for a header of a key, which a byte follows: the form comes first",
            "VLT-22",
            "row-damaged",
            Unlock::passphrase(),
            longer(&by_key, 0),
        ),
        ("wrong-key", "another key", "VLT-22", wrong, Unlock::Key(hex([7; 32])), by_key.clone()),
        (
            "wrong-passphrase",
            "another passphrase",
            "VLT-20",
            wrong,
            text("three sealed letters"),
            by_text.clone(),
        ),
        (
            "passphrase-with-space",
            "a space after the passphrase",
            "VLT-20",
            wrong,
            text(&format!("{PASSPHRASE} ")),
            by_text.clone(),
        ),
        (
            "passphrase-other-bytes-composed",
            "made of the bytes of decomposed letters, and opened with the composed ones",
            "VLT-20",
            wrong,
            Unlock::passphrase(),
            header(OWNER, &Lock::passphrase(&decomposed(), SMALL)?)?,
        ),
        ("passphrase-empty", "no passphrase", "VLT-20", "empty-passphrase", text(""), by_text.clone()),
        (
            "made-without-passphrase",
            "made with the empty passphrase, and opened with it",
            "VLT-20",
            "empty-passphrase",
            text(""),
            empty,
        ),
        (
            "key-for-passphrase",
            "a key where a passphrase is asked for",
            "VLT-22",
            other,
            Unlock::key(),
            by_text.clone(),
        ),
        (
            "passphrase-for-key",
            "a passphrase where a key is asked for",
            "VLT-22",
            other,
            Unlock::passphrase(),
            by_key.clone(),
        ),
        ("vault-changed", "a bit of the vault's id", "VLT-22", wrong, Unlock::key(), flipped(&by_key, vault)),
        ("owner-changed", "another owner", "VLT-22", wrong, Unlock::key(), owner),
        (
            "passes-changed",
            "a pass less",
            "VLT-20",
            wrong,
            Unlock::passphrase(),
            flipped(&header_of([8, 3, 1])?, passes),
        ),
        ("salt-changed", "a bit of the salt", "VLT-20", wrong, Unlock::passphrase(), flipped(&by_text, salt)),
        ("nonce-changed", "a bit of the nonce", "VLT-22", wrong, Unlock::key(), flipped(&by_key, kind + 1)),
        (
            "key-changed",
            "a bit of the wrapped key",
            "VLT-22",
            wrong,
            Unlock::key(),
            flipped(&by_key, kind + 25),
        ),
        ("tag-changed", "a bit of the tag", "VLT-22", wrong, Unlock::key(), flipped(&by_key, -1)),
        ("other-label", "wrapped under the label of rows", "VLT-22", wrong, Unlock::key(), label),
    ] {
        let header = Header { unlock, header: hex(header), says: None };
        cases.push(case(&format!("header-{name}"), what, rule, Record::Header(header)).expect(expect));
    }
    Ok(cases)
}

fn header_of(cost: [u32; 3]) -> Result<Vec<u8>> {
    header(OWNER, &Lock::passphrase(PASSPHRASE, cost)?)
}

/// Sealed rightly over bytes of another form.
fn malformed() -> Result<Vec<Case>> {
    let over = |front: &[u8]| seal(label::VAULT_KEY, &fixed("unlocking key"), front);
    let good = front(OWNER.as_bytes(), &[0]);
    let sealed = over(&good)?;
    let with = |at: usize, byte: u8| {
        let mut front = good.clone();
        front.splice(at..=at, [byte]);
        over(&front)
    };
    let argon = parameters(SMALL);
    let mut cases = Vec::new();
    for (name, what, header) in [
        ("version-0", "version 0", with(0, 0)?),
        ("version-2", "version 2", with(0, 2)?),
        ("kind-2", "a kind that is not known", over(&front(OWNER.as_bytes(), &[2]))?),
        ("kind-missing", "no kind", over(&shorter(&good))?),
        ("owner-longer", "a length of the name that is one more", with(17, OWNER.len() as u8 + 1)?),
        ("owner-shorter", "a length of the name that is one less", with(17, OWNER.len() as u8 - 1)?),
        ("owner-none", "no name", over(&front(b"", &[0]))?),
        ("owner-small-letters", "a country in small letters", over(&front(b"ge/mia/cyber", &[0]))?),
        ("owner-not-utf-8", "a name that is no text", over(&front(b"GE/mia/\xff", &[0]))?),
        (
            "parameters-of-a-key",
            "a salt where a key is asked for",
            over(&front(OWNER.as_bytes(), &longer(&[0], 0)))?,
        ),
        ("salt-short", "a salt of 15 bytes", over(&front(OWNER.as_bytes(), &shorter(&argon)))?),
        ("salt-long", "a salt of 17 bytes", over(&front(OWNER.as_bytes(), &longer(&argon, 0)))?),
        ("trailing", "a byte follows", longer(&sealed, 0)),
        ("cut", "the last byte is missing", shorter(&sealed)),
        ("wrapped-alone", "shorter than nonce and key", sealed.iter().take(71).copied().collect()),
        ("no-bytes", "no bytes at all", Vec::new()),
    ] {
        let header = Header { unlock: Unlock::key(), header: hex(header), says: None };
        cases.push(
            case(&format!("header-{name}"), what, "VLT-22", Record::Header(header)).expect("row-damaged"),
        );
    }
    Ok(cases)
}
