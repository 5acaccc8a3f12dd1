//! Rows of evidence, and what becomes of an earlier version's.

use serde::Deserialize;
use sha2::{Digest, Sha512};
use vlec::hazmat::vault::{convert_evidence, make_evidence, read_evidence};
use vlec::hazmat::{Rank, Shared, epoch};
use vlec::{EpochNumber, Keyring, Window};

use super::rows::agency;
use super::{code, draws, formulas, secret, verdict};
use crate::bytes::Hex;
use crate::independent::cbor::{array, bytes, uint};
use crate::independent::{key_id, xwing_public};
use crate::support::{Verdict, ensure, same};
use crate::world::time;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceRow {
    owner: String,
    epochs: Vec<(u64, Hex)>,
    row: Hex,
    says: Option<Says>,
    converted: Option<Converted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    digest: Hex,
    signature: Hex,
    epoch: Option<Hex>,
    sequence: u64,
    evidence_key: Option<Hex>,
    nonce: Option<Hex>,
    manifest: Option<Hex>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Converted {
    nonce: Option<Hex>,
    row: Hex,
}

impl EvidenceRow {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { owner, epochs, row, says, converted } = self;
        let mut keyring = Keyring::new(agency(owner)?);
        for (number, seed) in epochs {
            let window = Window::new(time(1), time(2), time(3)).unwrap();
            let held = epoch(agency(owner)?, EpochNumber(*number), window, &secret(seed));
            same("key id", held.public().id().as_bytes().to_vec(), id_of(owner, *number, seed))?;
            keyring.add(held).map_err(|error| error.to_string())?;
        }
        let keyring = Shared::new(Rank::Keyring, keyring);
        let come = read_evidence(&row.0, &keyring).map_err(code);
        let (Some(come), Some(says)) = (verdict(expect, come, says.is_some())?, says) else { return Ok(()) };
        same("digest", come.evidence.digest, says.digest.array::<64>())?;
        same("signature", &come.evidence.signature[..], &says.signature.0[..])?;
        same("epoch", come.epoch.map(|epoch| Hex(epoch.as_bytes().to_vec())), says.epoch.clone())?;
        same("sequence", come.sequence, says.sequence)?;
        let manifest = come.evidence.manifest.as_ref();
        same("manifest", manifest.map(|manifest| Hex(manifest.bytes.clone())), says.manifest.clone())?;
        if let Some(manifest) = &says.manifest {
            same("its digest", &Sha512::digest(&manifest.0)[..], &says.digest.0[..])?;
        }
        self.check_formula(says)?;
        if let (Some(nonce), Some(manifest)) = (&says.nonce, come.evidence.manifest) {
            let of = (come.epoch.as_ref(), come.sequence);
            let again = make_evidence(&manifest, of, &keyring, &draws([nonce])).map_err(code)?;
            same("made by the core", again, row.0.clone())?;
            // With other epochs held, nothing is kept of the manifest.
            let none = Shared::new(Rank::Keyring, Keyring::new(agency(owner)?));
            let again = make_evidence(&manifest, of, &none, &draws([])).map_err(code)?;
            same("made without the epoch", again, evidence(says, &[], &[]))?;
        }
        let nonce = converted.as_ref().and_then(|converted| converted.nonce.as_ref());
        let come = convert_evidence(&row.0, &keyring, &draws(nonce)).map_err(code)?;
        same("converted", come.map(Hex), converted.as_ref().map(|converted| converted.row.clone()))?;
        converted.as_ref().map_or(Ok(()), |converted| self.check_converted(says, converted))
    }

    /// What is said of a row gives its bytes, where it was made rightly.
    fn check_formula(&self, says: &Says) -> Verdict {
        let again = match (&says.epoch, &says.evidence_key, &says.nonce, &says.manifest) {
            (Some(epoch), Some(key), Some(nonce), Some(manifest)) => {
                let seed = self.seed_of(&epoch.0).ok_or("its epoch is not held")?;
                same("evidence key by the formula", &formulas::evidence_key(&seed.0), &key.0)?;
                evidence(says, &epoch.0, &sealed(seed, nonce, says, manifest))
            }
            (None, None, None, None) => evidence(says, &[], &[]),
            (None, None, None, Some(manifest)) => array(&[bytes(&manifest.0), bytes(&says.signature.0)]),
            _ => return ensure(says.manifest.is_none(), "a manifest whose key or nonce is not told"),
        };
        same("made by the formula", again, self.row.0.clone())
    }

    fn check_converted(&self, says: &Says, converted: &Converted) -> Verdict {
        let (manifest, nonce) = (says.manifest.as_ref().ok_or("no manifest")?, &converted.nonce);
        let held = |(number, seed): &&(u64, Hex)| {
            let id = id_of(&self.owner, *number, seed);
            manifest.0.windows(32).any(|window| window == id)
        };
        let row = match (self.epochs.iter().find(held), nonce) {
            (Some((number, seed)), Some(nonce)) => {
                evidence(says, &id_of(&self.owner, *number, seed), &sealed(seed, nonce, says, manifest))
            }
            (None, None) => evidence(says, &[], &[]),
            _ => return Err("a nonce without an epoch that is held, or none".into()),
        };
        same("converted by the formula", row, converted.row.0.clone())
    }

    fn seed_of(&self, id: &[u8]) -> Option<&Hex> {
        let found = self.epochs.iter().find(|(number, seed)| id_of(&self.owner, *number, seed) == id);
        found.map(|(_, seed)| seed)
    }
}

fn id_of(owner: &str, number: u64, seed: &Hex) -> Vec<u8> {
    key_id("key-id epoch", owner, number, &xwing_public(seed.array())).to_vec()
}

fn sealed(seed: &Hex, nonce: &Hex, says: &Says, manifest: &Hex) -> Vec<u8> {
    let ad = formulas::evidence_ad(&says.digest.0);
    formulas::seal(&formulas::evidence_key(&seed.0), &nonce.0, &ad, &manifest.0)
}

/// `[digest, signature, epoch, sealed, sequence]`
fn evidence(says: &Says, epoch: &[u8], sealed: &[u8]) -> Vec<u8> {
    let [digest, signature, epoch, sealed] = [&says.digest.0, &says.signature.0, epoch, sealed].map(bytes);
    array(&[digest, signature, epoch, sealed, uint(says.sequence)])
}
