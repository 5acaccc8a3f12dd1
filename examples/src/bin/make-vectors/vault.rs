//! What a vault keeps, record by record, and vaults as a whole: SPEC §12.2 to §12.4, §12.7, §6.3, and §4.21's root files.
//!
//! Everything is made here by the formulas of SPEC.md; the core gives the public key of a root alone.

mod anchors;
mod epochs;
mod evidence;
mod headers;
mod root_files;
mod rows;
mod stored;
mod summed;
mod sums;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde_json::Value;
use vlec::hazmat::Label;
use vlec::hazmat::world::{World, seed};

use crate::Result;
use crate::hex::hex;

pub(crate) const OWNER: &str = "GE/mia/cyber";
const OTHER_OWNER: &str = "GE/police/border";
const PASSPHRASE: &str = "three sealed letters, one of them from Kyïv";

/// A record or a vault, and what must come of it. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: &'static str,
    record: Record,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Record {
    Row(rows::Row),
    Secret(rows::Wrapped),
    Header(headers::Header),
    Sums(sums::Summed),
    State(anchors::StateRow),
    Anchor(anchors::Slot),
    AnchorFile(anchors::File),
    Vault(stored::Stored),
    Evidence(evidence::EvidenceRow),
    EpochRows(epochs::EpochRows),
    RootFile(root_files::RootFile),
}

/// Other folders' vectors whose bytes stand in the vault's rows.
pub(crate) struct Shown {
    /// An envelope to UA/npu/cyber, and one to three agencies of which MD/igp/search is not the first.
    pub(crate) honest: Value,
    pub(crate) several: Value,
    /// An event that announces an epoch.
    pub(crate) epoch: Value,
}

pub(crate) fn cases(world: &World, shown: &Shown) -> Result<Vec<Case>> {
    let mut cases = rows::cases()?;
    cases.extend(headers::cases()?);
    cases.extend(anchors::cases());
    cases.extend(stored::cases()?);
    cases.extend(sums::cases()?);
    cases.extend(summed::cases()?);
    cases.extend(evidence::cases(world, shown)?);
    cases.extend(epochs::cases(world, shown)?);
    cases.extend(root_files::cases()?);
    Ok(cases)
}

fn case(name: &str, description: &str, rule: &'static str, record: Record) -> Case {
    let (name, description) = (name.to_owned(), description.to_owned());
    Case { name, description, rule: vec![rule], attack: Vec::new(), expect: "ok", record }
}

impl Case {
    fn rule(mut self, rule: &'static str) -> Self {
        self.rule.push(rule);
        self
    }

    fn attack(mut self, attack: &'static str) -> Self {
        self.attack.push(attack);
        self
    }

    fn expect(mut self, expect: &'static str) -> Self {
        self.expect = expect;
        self
    }
}

/// What opens a vault or a root file.
#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Unlock {
    Key(String),
    Passphrase(String),
}

impl Unlock {
    fn key() -> Self {
        Self::Key(hex(fixed::<32>("unlocking key")))
    }

    fn passphrase() -> Self {
        Self::Passphrase(PASSPHRASE.into())
    }
}

/// `kind ‖ parameters`, and the unlocking key that they give.
struct Lock {
    front: Vec<u8>,
    key: [u8; 32],
    says: Option<Argon>,
}

/// Argon2id's parameters, as a file says them.
#[derive(Clone, Serialize)]
struct Argon {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

impl Lock {
    /// Kind 0.
    fn key() -> Self {
        Self { front: vec![0], key: fixed("unlocking key"), says: None }
    }

    /// Kind 1.
    fn passphrase(text: &str, cost: [u32; 3]) -> Result<Self> {
        let [memory, passes, lanes] = cost;
        let salt: [u8; 16] = fixed("salt");
        let params = Params::new(memory, passes, lanes, Some(32)).map_err(|error| error.to_string())?;
        let mut key = [0; 32];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(text.as_bytes(), &salt, &mut key).map_err(|error| error.to_string())?;
        let says = Some(Argon { memory, passes, lanes, salt: hex(salt) });
        Ok(Self { front: parameters(cost), key, says })
    }
}

/// Kind 1 with its parameters, whether anybody computes them or not.
fn parameters(cost: [u32; 3]) -> Vec<u8> {
    let mut front = vec![1];
    cost.iter().for_each(|number| front.extend(number.to_be_bytes()));
    front.extend(fixed::<16>("salt"));
    front
}

/// `nonce ‖ ciphertext ‖ tag`.
fn xchacha(key: &[u8; 32], nonce: &[u8; 24], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new_from_slice(key)?;
    let payload = Payload { msg: plaintext, aad: ad };
    let sealed = cipher.encrypt(&XNonce::from(*nonce), payload).map_err(|error| error.to_string())?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// `label ‖ 01 ‖ vault id(16) ‖ length u8 ‖ owner`.
fn place(label: Label, vault: &[u8; 16], owner: &str) -> Vec<u8> {
    [label.bytes(), &[1], vault, &[owner.len() as u8], owner.as_bytes()].concat()
}

/// Bytes that follow from a name.
fn fixed<const N: usize>(name: &str) -> [u8; N] {
    *seed(&format!("vault {name}")).expose()
}

/// The bytes with a bit of one of them changed; from the end if `at` is negative.
fn flipped(bytes: &[u8], at: isize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = if at < 0 { bytes.len().checked_add_signed(at) } else { usize::try_from(at).ok() };
    if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
        *byte ^= 1;
    }
    bytes
}

/// Without the last byte.
fn shorter(bytes: &[u8]) -> Vec<u8> {
    bytes.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default()
}

/// With one more.
fn longer(bytes: &[u8], byte: u8) -> Vec<u8> {
    [bytes, &[byte]].concat()
}
