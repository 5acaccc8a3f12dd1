//! Headers and root files: what a key or passphrase opens.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use vlec::hazmat::vault::{Rows, create_header, create_root_file, open_header};
use vlec::{Error, RootFile as Read, Table};

use super::rows::agency;
use super::{Key, code, draws, formulas, secret, verdict};
use crate::bytes::Hex;
use crate::independent::{composite_public, label};
use crate::support::{Verdict, ensure, same};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    unlock: Key,
    header: Hex,
    says: Option<HeaderSays>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderSays {
    vault: Hex,
    owner: String,
    argon2id: Option<Argon>,
    unlocking_key: Hex,
    nonce: Hex,
    vault_key: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argon {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RootFile {
    unlock: Key,
    file: Hex,
    says: Option<RootSays>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootSays {
    country: String,
    seed: Hex,
    argon2id: Option<Argon>,
    unlocking_key: Hex,
    nonce: Hex,
}

/// What every new header and root file has, `[VLT-20]`.
const DEFAULT: [u32; 3] = [65_536, 3, 4];

impl Argon {
    fn cost(&self) -> [u32; 3] {
        [self.memory, self.passes, self.lanes]
    }
}

/// Kind and parameters by the formula; the unlocking key must be what they give.
fn kind(unlock: &Key, argon2id: Option<&Argon>, unlocking_key: &Hex) -> Verdict<Vec<u8>> {
    match (unlock, argon2id) {
        (Key::Key(key), None) => same("unlocking key", key, unlocking_key).map(|()| vec![0]),
        (Key::Passphrase(text), Some(argon)) => {
            // In NFC; or, as it was before, byte for byte.
            let key = |text: &str| formulas::argon2id(text, &argon.salt.0, argon.cost());
            let normal: String = text.nfc().collect();
            if key(text)[..] != *unlocking_key.0 {
                same("unlocking key", &key(&normal)[..], &*unlocking_key.0)?;
            }
            Ok(formulas::passphrase_kind(argon.cost(), &argon.salt.0))
        }
        _ => Err("a passphrase and Argon2id's parameters go together".into()),
    }
}

impl Header {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { unlock, header, says } = self;
        let come = open_header(&header.0, &unlock.unlock()).map_err(code);
        let (Some(opened), Some(says)) = (verdict(expect, come, says.is_some())?, says) else {
            return Ok(());
        };
        let HeaderSays { vault, owner, argon2id, unlocking_key, nonce, vault_key } = says;
        same_key(&opened, says)?;
        let kind = kind(unlock, argon2id.as_ref(), unlocking_key)?;
        let front = [formulas::header_front(&vault.0, owner), kind].concat();
        let ad = [label("vault key"), front.clone()].concat();
        let wrapped = formulas::seal(&unlocking_key.0, &nonce.0, &ad, &vault_key.0);
        same("wrapped by the formula", [front, wrapped].concat(), header.0.clone())?;
        if argon2id.as_ref().is_some_and(|argon| argon.cost() != DEFAULT) {
            // The core makes none like it.
            return Ok(());
        }
        let drawn = argon2id.iter().map(|argon| &argon.salt).chain([vault_key, nonce]);
        let made = create_header(&vault.array(), &agency(owner)?, &unlock.unlock(), &draws(drawn));
        let (again, made) = made.map_err(code)?;
        same_key(&made, says)?;
        same("made by the core", again, header.0.clone())
    }
}

/// The rows are sealed under the vault key that the vector names, in its place.
fn same_key(rows: &Rows, says: &HeaderSays) -> Verdict {
    let ad = formulas::row_ad(&says.vault.0, &says.owner, Table::Outbox.number(), b"row");
    let sealed = formulas::seal(&says.vault_key.0, &says.nonce.0, &ad, b"value");
    let value = rows.open(Table::Outbox, b"row", &sealed).map_err(code)?;
    same("value", &value[..], &b"value"[..])
}

impl RootFile {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { unlock, file, says } = self;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        std::fs::write(&path, &file.0).unwrap();
        let come = Read::read(&path).and_then(|read| Ok((read.open(&unlock.unlock())?, read)));
        let come = come.map_err(|error: Error| error.code());
        let (Some((key, read)), Some(says)) = (verdict(expect, come, says.is_some())?, says) else {
            return Ok(());
        };
        let RootSays { country, seed, argon2id, unlocking_key, nonce } = says;
        same("country", read.country().as_str(), country.as_str())?;
        let public = composite_public(&seed.array());
        same("public key", &key.public().to_bytes()[..], &public[..])?;
        ensure(key.public() == read.public(), "another key than the file shows")?;
        let kind = kind(unlock, argon2id.as_ref(), unlocking_key)?;
        let front = [b"VLECROOT\x01", country.as_bytes(), &public, &kind].concat();
        let ad = [label("root file"), front.clone()].concat();
        let sealed = formulas::seal(&unlocking_key.0, &nonce.0, &ad, &seed.0);
        same("sealed by the formula", [front, sealed].concat(), file.0.clone())?;
        if argon2id.as_ref().is_some_and(|argon| argon.cost() != DEFAULT) {
            return Ok(());
        }
        let drawn = [seed].into_iter().chain(argon2id.iter().map(|argon| &argon.salt)).chain([nonce]);
        let again = folder.path().join("again");
        create_root_file(&again, read.country(), &unlock.unlock(), &draws(drawn)).map_err(|e| e.code())?;
        same("made by the core", std::fs::read(again).unwrap(), file.0.clone())
    }
}

/// A vector that is opened with a key draws nothing that a passphrase would.
#[test]
fn draws_that_are_left_out_are_an_error() {
    let unlock = vlec::Unlock::Key(secret(&Hex(vec![5; 32])));
    let owner = agency("GE/mia/cyber").unwrap();
    assert!(create_header(&[1; 16], &owner, &unlock, &draws([&Hex(vec![2; 32])])).is_err());
}
