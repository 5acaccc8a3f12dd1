//! Rows of evidence: a manifest under the key of the epoch that opened it (SPEC §12.7, `[LED-11]`, `[LED-12]`).

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::Value;
use vlec::hazmat::digest::sha512;
use vlec::hazmat::kdf::expand_sha512;
use vlec::hazmat::world::{World, seed};
use vlec::hazmat::{Label, label};

use super::{Case, Record, Shown, case, fixed, flipped, longer, shorter, xchacha};
use crate::Result;
use crate::cbor::{array, bytes, uint};
use crate::hex::hex;

const RECIPIENT: &str = "UA/npu/cyber";
const SECOND: &str = "MD/igp/search";

/// A row in plaintext, and the agency's epochs whose secrets are held.
#[derive(Serialize)]
pub(super) struct EvidenceRow {
    owner: &'static str,
    /// Number and seed.
    epochs: Vec<(u64, String)>,
    row: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<Says>,
    /// What maintenance makes of an earlier version's row.
    #[serde(skip_serializing_if = "Option::is_none")]
    converted: Option<Converted>,
}

#[derive(Serialize)]
struct Says {
    digest: String,
    signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
    sequence: u64,
    /// The key and the nonce with which the row was made, if it was made rightly and its epoch is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    /// Absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
}

#[derive(Serialize)]
struct Converted {
    /// What is drawn; absent if the manifest is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    row: String,
}

/// A manifest that its sender signed.
struct Signed {
    manifest: Vec<u8>,
    signature: Vec<u8>,
    digest: [u8; 64],
}

impl Signed {
    fn of(vector: &Value) -> Result<Self> {
        let field = |path: &str| {
            let text =
                vector.pointer(path).and_then(Value::as_str).ok_or(format!("the vector has no {path}"))?;
            Ok::<_, Box<dyn std::error::Error>>(HEXLOWER.decode(text.as_bytes())?)
        };
        let (manifest, signature) = (field("/intermediates/manifest")?, field("/intermediates/signature")?);
        let digest = sha512(&[&manifest]);
        Ok(Self { manifest, signature, digest })
    }

    /// As earlier versions wrote it.
    fn old(&self) -> Vec<u8> {
        array(&[bytes(&self.manifest), bytes(&self.signature)])
    }

    fn row(&self, epoch: &[u8], sealed: &[u8], sequence: u64) -> Vec<u8> {
        array(&[bytes(self.digest), bytes(&self.signature), bytes(epoch), bytes(sealed), uint(sequence)])
    }

    fn sealed(&self, key: &[u8; 32]) -> Result<Vec<u8>> {
        self.sealed_for(key, &[label::VAULT_EVIDENCE.bytes(), &self.digest].concat())
    }

    fn sealed_for(&self, key: &[u8; 32], ad: &[u8]) -> Result<Vec<u8>> {
        xchacha(key, &nonce(), ad, &self.manifest)
    }

    fn says(&self, epoch: &[u8], sequence: u64) -> Says {
        Says {
            digest: hex(self.digest),
            signature: hex(&self.signature),
            epoch: (!epoch.is_empty()).then(|| hex(epoch)),
            sequence,
            evidence_key: None,
            nonce: None,
            manifest: None,
        }
    }
}

/// An epoch of the world.
struct Held {
    number: u64,
    id: Vec<u8>,
    seed: [u8; 32],
}

impl Held {
    fn of(world: &World, agency: &str, number: u64) -> Result<Self> {
        let id = world.epoch(agency, number)?.public().id().as_bytes().to_vec();
        Ok(Self { number, id, seed: *seed(&format!("{agency} epoch {number}")).expose() })
    }

    /// `evidence key`, SPEC §12.7.
    fn key(&self) -> [u8; 32] {
        self.key_under(label::EPOCH_EVIDENCE)
    }

    fn key_under(&self, label: Label) -> [u8; 32] {
        let mut key = [0; 32];
        expand_sha512(&self.seed, &[label.bytes()], &mut key);
        key
    }
}

fn nonce() -> [u8; 24] {
    fixed("evidence nonce")
}

impl EvidenceRow {
    fn new(owner: &'static str, epochs: &[&Held], row: &[u8]) -> Self {
        let epochs = epochs.iter().map(|epoch| (epoch.number, hex(epoch.seed))).collect();
        Self { owner, epochs, row: hex(row), says: None, converted: None }
    }

    fn case(self, name: &str, what: &str, rule: &'static str) -> Case {
        let expect = if self.says.is_some() { "ok" } else { "row-damaged" };
        case(name, what, rule, Record::Evidence(self)).expect(expect)
    }
}

pub(super) fn cases(world: &World, shown: &Shown) -> Result<Vec<Case>> {
    let (signed, several) = (Signed::of(&shown.honest)?, Signed::of(&shown.several)?);
    let (first, second) = (Held::of(world, RECIPIENT, 1)?, Held::of(world, RECIPIENT, 2)?);
    let mut cases = good(&signed, &first, &second)?;
    cases.extend(gone(&signed, &first, &second)?);
    cases.extend(damaged(&signed, &first)?);
    cases.extend(old(&signed, &first, &second)?);
    let other = Held::of(world, SECOND, 1)?;
    cases.push(converted(
        ("evidence-old-to-several", "a manifest to three agencies, of which the owner is not the first"),
        (SECOND, &[&other]),
        &several,
        Some(&other),
    )?);
    Ok(cases)
}

fn good(signed: &Signed, first: &Held, second: &Held) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (name, what, epochs, of, sequence) in [
        ("evidence", "a manifest under the key of the epoch that opened it", &[first][..], first, 1),
        (
            "evidence-of-two-epochs",
            "two epochs are held; it is under the second's key",
            &[first, second],
            second,
            2,
        ),
        ("evidence-sequence-largest", "the largest number", &[first], first, u64::MAX),
        ("evidence-sequence-0", "no number", &[first], first, 0),
    ] {
        let row = signed.row(&of.id, &signed.sealed(&of.key())?, sequence);
        let says = Says {
            evidence_key: Some(hex(of.key())),
            nonce: Some(hex(nonce())),
            manifest: Some(hex(&signed.manifest)),
            ..signed.says(&of.id, sequence)
        };
        let row = EvidenceRow { says: Some(says), ..EvidenceRow::new(RECIPIENT, epochs, &row) };
        cases.push(row.case(name, what, "LED-11"));
    }
    let row = signed.row(&[], &[], 1);
    let row = EvidenceRow { says: Some(signed.says(&[], 1)), ..EvidenceRow::new(RECIPIENT, &[first], &row) };
    cases.push(row.case("evidence-without-manifest", "digest and signature alone", "LED-11"));
    Ok(cases)
}

/// Rows whose manifest does not come back: digest and signature are left.
fn gone(signed: &Signed, first: &Held, second: &Held) -> Result<Vec<Case>> {
    let good = signed.sealed(&first.key())?;
    let ad = [label::VAULT_EVIDENCE.bytes(), &signed.digest].concat();
    let key = first.key();
    let mut cases = Vec::new();
    let both = &[first, second][..];
    for (name, what, epochs, id, sealed) in [
        ("epoch-destroyed", "no epoch is held any more", &[][..], &first.id, good.clone()),
        (
            "other-epoch-held",
            "another epoch is held, and its own no more",
            &[second],
            &first.id,
            good.clone(),
        ),
        ("key-id-of-another", "the key id of another epoch that is held", both, &second.id, good.clone()),
        (
            "under-another-epoch",
            "under the key of another epoch that is held",
            both,
            &first.id,
            signed.sealed(&second.key())?,
        ),
        ("nonce-changed", "a bit of the nonce", both, &first.id, flipped(&good, 23)),
        ("manifest-changed", "a bit of the ciphertext", both, &first.id, flipped(&good, 24)),
        ("tag-changed", "a bit of the tag", both, &first.id, flipped(&good, -1)),
        ("sealed-cut", "the last byte of the sealed manifest is missing", both, &first.id, shorter(&good)),
        ("sealed-long", "a byte follows the sealed manifest", both, &first.id, longer(&good, 0)),
        ("sealed-short", "less than nonce and tag", both, &first.id, good.iter().take(39).copied().collect()),
        ("sealed-empty", "a key id, and no bytes beside it", both, &first.id, Vec::new()),
        ("unbound", "sealed without associated data", both, &first.id, signed.sealed_for(&key, &[])?),
        (
            "without-label",
            "sealed with the digest alone as associated data",
            both,
            &first.id,
            signed.sealed_for(&key, &signed.digest)?,
        ),
        (
            "without-digest",
            "sealed with the label alone as associated data",
            both,
            &first.id,
            signed.sealed_for(&key, label::VAULT_EVIDENCE.bytes())?,
        ),
        (
            "under-the-seed",
            "sealed under the epoch's seed itself",
            both,
            &first.id,
            signed.sealed_for(&first.seed, &ad)?,
        ),
        (
            "under-the-vault-key",
            "sealed under the vault key",
            both,
            &first.id,
            signed.sealed_for(&fixed("key"), &ad)?,
        ),
        (
            "key-of-another-label",
            "sealed under a key that was derived with VAULT_EVIDENCE",
            both,
            &first.id,
            signed.sealed_for(&first.key_under(label::VAULT_EVIDENCE), &ad)?,
        ),
    ] {
        let row = signed.row(id, &sealed, 1);
        let row = EvidenceRow { says: Some(signed.says(id, 1)), ..EvidenceRow::new(RECIPIENT, epochs, &row) };
        cases.push(row.case(&format!("evidence-{name}"), what, "LED-11"));
    }
    let other =
        Signed { digest: fixed("other digest"), signature: signed.signature.clone(), manifest: Vec::new() };
    let row = EvidenceRow {
        says: Some(other.says(&first.id, 1)),
        ..EvidenceRow::new(RECIPIENT, both, &other.row(&first.id, &good, 1))
    };
    cases.push(row.case("evidence-digest-changed", "the digest of another manifest", "LED-11"));
    Ok(cases)
}

/// Rows of another form.
fn damaged(signed: &Signed, first: &Held) -> Result<Vec<Case>> {
    let sealed = signed.sealed(&first.key())?;
    let good = signed.row(&first.id, &sealed, 1);
    let (digest, signature) = (bytes(signed.digest), bytes(&signed.signature));
    let (id, manifest, number) = (bytes(&first.id), bytes(&sealed), uint(1));
    let five = |items: [&Vec<u8>; 5]| array(&items.map(Clone::clone));
    let short = bytes(first.id.get(1..).unwrap_or_default());
    let mut cases = Vec::new();
    for (name, what, row) in [
        ("trailing", "a byte follows", longer(&good, 0)),
        ("cut", "the last byte is missing", shorter(&good)),
        ("no-bytes", "no bytes at all", Vec::new()),
        (
            "of-four",
            "four items: the number is missing",
            array(&[digest.clone(), signature.clone(), id.clone(), manifest.clone()]),
        ),
        ("of-three", "three items", array(&[digest.clone(), signature.clone(), id.clone()])),
        (
            "of-six",
            "six items",
            array(&[
                digest.clone(),
                signature.clone(),
                id.clone(),
                manifest.clone(),
                number.clone(),
                number.clone(),
            ]),
        ),
        (
            "digest-of-63",
            "a digest of 63 bytes",
            five([&bytes(&signed.digest[1..]), &signature, &id, &manifest, &number]),
        ),
        (
            "signature-of-3372",
            "a signature of 3372 bytes",
            five([&digest, &bytes(shorter(&signed.signature)), &id, &manifest, &number]),
        ),
        ("key-id-of-31", "a key id of 31 bytes", five([&digest, &signature, &short, &manifest, &number])),
        (
            "without-key-id",
            "a sealed manifest without a key id",
            five([&digest, &signature, &bytes(Vec::new()), &manifest, &number]),
        ),
        ("sequence-bytes", "a number that is none", five([&digest, &signature, &id, &manifest, &bytes([1])])),
        (
            "sequence-long",
            "a number in more bytes than it needs",
            five([&digest, &signature, &id, &manifest, &vec![0x18, 1]]),
        ),
        (
            "old-head-long",
            "an earlier version's row whose count of items has more bytes than it needs",
            [&[0x98, 2][..], signed.old().get(1..).unwrap_or_default()].concat(),
        ),
        ("old-trailing", "a byte follows an earlier version's row", longer(&signed.old(), 0)),
        (
            "old-signature-of-3372",
            "an earlier version's row whose signature has 3372 bytes",
            array(&[bytes(&signed.manifest), bytes(shorter(&signed.signature))]),
        ),
    ] {
        let rule = if name.starts_with("old") { "LED-12" } else { "LED-11" };
        cases.push(EvidenceRow::new(RECIPIENT, &[first], &row).case(&format!("evidence-{name}"), what, rule));
    }
    Ok(cases)
}

/// Rows of an earlier version.
fn old(signed: &Signed, first: &Held, second: &Held) -> Result<Vec<Case>> {
    let unread = b"no manifest, as far as a decoder sees".to_vec();
    let digest = sha512(&[&unread]);
    let unread = Signed { manifest: unread, signature: signed.signature.clone(), digest };
    [
        ("evidence-old", "the epoch that it was sealed to is held", &[first][..], signed, Some(first)),
        (
            "evidence-old-of-two-epochs",
            "so is another, of a lower place in the ring",
            &[second, first],
            signed,
            Some(first),
        ),
        ("evidence-old-epoch-destroyed", "its epoch has ended: the manifest is dropped", &[], signed, None),
        (
            "evidence-old-other-epoch-held",
            "another epoch is held: the manifest is dropped",
            &[second],
            signed,
            None,
        ),
        ("evidence-old-not-decoded", "a manifest that names no epoch is dropped", &[first], &unread, None),
    ]
    .into_iter()
    .map(|(name, what, epochs, signed, to)| converted((name, what), (RECIPIENT, epochs), signed, to))
    .collect()
}

/// An earlier version's row, which maintenance puts under the key of this epoch.
fn converted(
    (name, what): (&str, &str),
    (owner, epochs): (&'static str, &[&Held]),
    signed: &Signed,
    to: Option<&Held>,
) -> Result<Case> {
    let sealed = to.map(|to| signed.sealed(&to.key())).transpose()?.unwrap_or_default();
    let row = signed.row(to.map_or(&[], |to| &to.id), &sealed, 0);
    let converted = Some(Converted { nonce: to.map(|_| hex(nonce())), row: hex(row) });
    let says = Some(Says { manifest: Some(hex(&signed.manifest)), ..signed.says(&[], 0) });
    let row = EvidenceRow { says, converted, ..EvidenceRow::new(owner, epochs, &signed.old()) };
    Ok(row.case(name, what, "LED-12"))
}
