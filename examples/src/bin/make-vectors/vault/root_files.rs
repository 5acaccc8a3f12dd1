//! Files of a root key (SPEC §4.21).

use serde::Serialize;
use vlec::Country;
use vlec::hazmat::{Label, authority_keys, label, world::seed};

use super::{
    Argon, Case, Lock, PASSPHRASE, Record, Unlock, case, fixed, flipped, longer, parameters, shorter, xchacha,
};
use crate::Result;
use crate::hex::hex;

#[derive(Serialize)]
pub(super) struct RootFile {
    unlock: Unlock,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
}

#[derive(Serialize)]
struct Says {
    country: &'static str,
    seed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    argon2id: Option<Argon>,
    unlocking_key: String,
    nonce: String,
}

const SEED: &str = "vault root seed";
const NONCE: &str = "root file nonce";
/// Where the kind stands: after magic, version, country and public key.
const KIND: isize = 9 + 2 + 1984;

/// Up to the kind, of the root with this seed.
fn front(seed_of: &str) -> Result<Vec<u8>> {
    let country: Country = "GE".parse()?;
    let (root, _, _) = authority_keys(country, &seed(seed_of), &seed(seed_of), &seed(seed_of));
    Ok([b"VLECROOT\x01GE", &root.public().to_bytes()[..]].concat())
}

/// `file`, SPEC §4.21.
fn seal(label: Label, front: &[u8], lock: &Lock, seed: &[u8]) -> Result<Vec<u8>> {
    let front = [front, &lock.front].concat();
    let sealed = xchacha(&lock.key, &fixed(NONCE), &[label.bytes(), &front].concat(), seed)?;
    Ok([front, sealed].concat())
}

pub(super) fn cases() -> Result<Vec<Case>> {
    let seed: [u8; 64] = *seed(SEED).expose();
    let lock = Lock::passphrase(PASSPHRASE, [8, 1, 1])?;
    let front = front(SEED)?;
    let by_key = seal(label::ROOT_FILE, &front, &Lock::key(), &seed)?;
    let by_text = seal(label::ROOT_FILE, &front, &lock, &seed)?;
    let mut cases = Vec::new();
    for (name, what, unlock, file, lock) in [
        ("key", "under the caller's key", Unlock::key(), &by_key, Lock::key()),
        ("passphrase", "under a passphrase", Unlock::passphrase(), &by_text, lock),
    ] {
        let (seed, nonce, unlocking_key) = (hex(seed), hex(fixed::<24>(NONCE)), hex(lock.key));
        let says = Some(Says { country: "GE", seed, argon2id: lock.says, unlocking_key, nonce });
        let file = RootFile { unlock, file: hex(file), says };
        cases.push(case(&format!("root-file-{name}"), what, "RTF-01", Record::RootFile(file)));
    }
    cases.extend(not_opened(&front, &by_key, &by_text, &seed)?);
    cases.extend(malformed(&front, &by_key, &seed)?);
    Ok(cases)
}

fn not_opened(front: &[u8], by_key: &[u8], by_text: &[u8], seed: &[u8]) -> Result<Vec<Case>> {
    let hostile = Lock { front: parameters([8, 17, 1]), key: [7; 32], says: None };
    let hostile = seal(label::ROOT_FILE, front, &hostile, seed)?;
    let label = seal(label::VAULT_KEY, front, &Lock::key(), seed)?;
    let mut other = by_key.to_vec();
    other.splice(9..11, *b"UA");
    let (wrong, kind) = ("wrong-passphrase", "other-unlock");
    let text = |text: &str| Unlock::Passphrase(text.into());
    let mut cases = Vec::new();
    for (name, what, expect, unlock, file) in [
        ("wrong-passphrase", "another passphrase", wrong, text("three sealed letters"), by_text.to_vec()),
        ("passphrase-empty", "no passphrase", "empty-passphrase", text(""), by_text.to_vec()),
        ("wrong-key", "another key", wrong, Unlock::Key(hex([7; 32])), by_key.to_vec()),
        (
            "key-for-passphrase",
            "a key where a passphrase is asked for",
            kind,
            Unlock::key(),
            by_text.to_vec(),
        ),
        (
            "passphrase-for-key",
            "a passphrase where a key is asked for",
            kind,
            Unlock::passphrase(),
            by_key.to_vec(),
        ),
        ("hostile-parameters", "17 passes", "hostile-parameters", Unlock::passphrase(), hostile),
        ("other-label", "sealed under the label of a vault's key", wrong, Unlock::key(), label),
        ("country-changed", "another country", wrong, Unlock::key(), other),
        ("public-key-changed", "a bit of the public key", wrong, Unlock::key(), flipped(by_key, 11)),
        ("nonce-changed", "a bit of the nonce", wrong, Unlock::key(), flipped(by_key, KIND + 1)),
        ("seed-changed", "a bit of the sealed seed", wrong, Unlock::key(), flipped(by_key, KIND + 25)),
        ("tag-changed", "a bit of the tag", wrong, Unlock::key(), flipped(by_key, -1)),
    ] {
        let file = RootFile { unlock, file: hex(file), says: None };
        cases.push(case(&format!("root-file-{name}"), what, "RTF-01", Record::RootFile(file)).expect(expect));
    }
    Ok(cases)
}

fn malformed(good_front: &[u8], by_key: &[u8], seed: &[u8]) -> Result<Vec<Case>> {
    let with = |at: usize, byte: u8| {
        let mut front = good_front.to_vec();
        front.splice(at..=at, [byte]);
        seal(label::ROOT_FILE, &front, &Lock::key(), seed)
    };
    let kind = |front: &[u8]| {
        let lock = Lock { front: front.to_vec(), ..Lock::key() };
        seal(label::ROOT_FILE, good_front, &lock, seed)
    };
    let point = [good_front.get(..good_front.len() - 32).unwrap_or_default(), &[1], &[0; 31]].concat();
    let mut cases = Vec::new();
    for (name, what, file) in [
        ("magic-other", "another magic", with(0, b'v')?),
        ("version-2", "version 2", with(8, 2)?),
        ("country-small-letters", "a country in small letters", with(9, b'g')?),
        (
            "key-of-order-1",
            "a public key of small order",
            seal(label::ROOT_FILE, &point, &Lock::key(), seed)?,
        ),
        (
            "seed-of-another",
            "the seed of another key, rightly sealed",
            seal(label::ROOT_FILE, &front("vault other root seed")?, &Lock::key(), seed)?,
        ),
        ("kind-2", "a kind that is not known", kind(&[2])?),
        ("salt-of-a-key", "a salt where a key is asked for", kind(&[0, 0])?),
        (
            "seed-short",
            "a seed of 63 bytes",
            seal(label::ROOT_FILE, good_front, &Lock::key(), &shorter(seed))?,
        ),
        ("cut", "the last byte is missing", shorter(by_key)),
        ("trailing", "a byte follows", longer(by_key, 0)),
        ("front-alone", "nothing after the public key", good_front.to_vec()),
        ("over-limit", "4,097 bytes", [by_key, &vec![0; 4097 - by_key.len()]].concat()),
        ("no-bytes", "no bytes at all", Vec::new()),
    ] {
        let file = RootFile { unlock: Unlock::key(), file: hex(file), says: None };
        cases.push(
            case(&format!("root-file-{name}"), what, "RTF-02", Record::RootFile(file)).expect("root-file"),
        );
    }
    Ok(cases)
}
