//! What is kept of each manifest that arrived (SPEC §12.7, `[LED-11]`).
//!
//! ```text
//! evidence = [digest(64), signature(3373), key id(32) of the epoch or empty, sealed or empty, sequence number]
//! sealed   = nonce(24) ‖ XChaCha20-Poly1305(evidence key, nonce, VAULT_EVIDENCE ‖ digest, manifest) with its tag(16)
//! ```
//!
//! The evidence key goes with the epoch's seed. What is left proves the sender's word to whoever shows the
//! manifest, and confirms no guess: the manifest has a salt of 32 random bytes. Earlier versions kept
//! `[manifest, signature]`; such rows are read, and converted in pages.

use crate::cbor::{self, Malformed, Reader};
use crate::crypto::composite::SIGNATURE_LEN;
use crate::crypto::digest::sha512;
use crate::envelope::manifest::{self, Manifest};
use crate::envelope::signed::{Evidence, SignedManifest};
use crate::ids::KeyId;
use crate::keys::keyring::Keyring;
use crate::label;
use crate::random::{Random, RandomError};
use crate::sync::Shared;

use super::edit::Edit;
use super::error::VaultError;
use super::seal::{NONCE_LEN, TAG_LEN, open, seal};
use super::sequence;
use super::store::Table;

/// What a row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(super) digest: [u8; 64],
    signature: [u8; SIGNATURE_LEN],
    manifest: Manifested,
    /// The sender's number; 0 in a row of before, which no number leads to.
    pub(crate) sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Manifested {
    /// As earlier versions kept it.
    Plain(Vec<u8>),
    Sealed {
        epoch: KeyId,
        sealed: Vec<u8>,
    },
    Gone,
}

/// The keys of the epochs, locked for one use at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys<'a>(pub(crate) Option<&'a Shared<Keyring>>);

impl Keys<'_> {
    fn seal(
        self,
        epoch: &KeyId,
        digest: &[u8; 64],
        manifest: &[u8],
        random: &Random,
    ) -> Result<Option<Vec<u8>>, RandomError> {
        let Some(keyring) = self.0 else { return Ok(None) };
        let keyring = keyring.read();
        let key = keyring.epoch(epoch).map(|epoch| epoch.evidence());
        key.map(|key| seal(key, &ad(digest), manifest, random)).transpose()
    }

    fn open(self, epoch: &KeyId, digest: &[u8; 64], sealed: &[u8]) -> Option<Vec<u8>> {
        let keyring = self.0?.read();
        let plain = open(keyring.epoch(epoch)?.evidence(), &ad(digest), sealed)?;
        Some(plain.to_vec())
    }
}

fn ad(digest: &[u8; 64]) -> Vec<u8> {
    [label::VAULT_EVIDENCE.bytes(), digest].concat()
}

impl Kept {
    /// Of a manifest that was opened with this epoch's key.
    pub(crate) fn of(
        digest: &[u8; 64],
        signed: &SignedManifest,
        (epoch, sequence): (Option<&KeyId>, u64),
        keys: Keys<'_>,
        random: &Random,
    ) -> Result<Self, RandomError> {
        let sealed = match epoch {
            Some(epoch) => keys.seal(epoch, digest, &signed.bytes, random)?.map(|sealed| (*epoch, sealed)),
            None => None,
        };
        let manifest = match sealed {
            Some((epoch, sealed)) => Manifested::Sealed { epoch, sealed },
            None => Manifested::Gone,
        };
        Ok(Self { digest: *digest, signature: signed.signature, manifest, sequence })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        if let Manifested::Plain(manifest) = &self.manifest {
            return cbor::encode(|e| {
                e.array(2)?.bytes(manifest)?.bytes(&self.signature)?;
                Ok(())
            });
        }
        let (epoch, sealed): (&[u8], &[u8]) = match &self.manifest {
            Manifested::Sealed { epoch, sealed } => (epoch.as_bytes(), sealed),
            Manifested::Plain(_) | Manifested::Gone => (&[], &[]),
        };
        cbor::encode(|e| {
            e.array(5)?.bytes(&self.digest)?.bytes(&self.signature)?;
            e.bytes(epoch)?.bytes(sealed)?.u64(self.sequence)?;
            Ok(())
        })
    }

    pub(crate) fn decode(table: Table, bytes: &[u8]) -> Result<Self, VaultError> {
        let decoded = Self::parse(bytes).and_then(|kept| {
            cbor::check_canonical(bytes, &kept.encode(), "evidence")?;
            Ok(kept)
        });
        decoded.map_err(|_: Malformed| VaultError::Row(table.name()))
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        if r.array("evidence", 2, 5)? == 2 {
            let manifest = r.bytes("manifest", 0, manifest::MAX_LEN)?.to_vec();
            let signature = *r.fixed::<SIGNATURE_LEN>("signature")?;
            return Ok(Self {
                digest: sha512(&[&manifest]),
                signature,
                manifest: Manifested::Plain(manifest),
                sequence: 0,
            });
        }
        let (digest, signature) = (*r.fixed::<64>("digest")?, *r.fixed::<SIGNATURE_LEN>("signature")?);
        let epoch = r.bytes("key id", 0, 32)?;
        let sealed = r.bytes("manifest", 0, manifest::MAX_LEN + NONCE_LEN + TAG_LEN)?;
        let sequence = r.uint("sequence")?;
        let manifest = match <[u8; 32]>::try_from(epoch) {
            Ok(epoch) => Manifested::Sealed { epoch: KeyId::from_bytes(epoch), sealed: sealed.to_vec() },
            // Neither has bytes, or the row is not what this encodes to.
            Err(_) => Manifested::Gone,
        };
        Ok(Self { digest, signature, manifest, sequence })
    }

    /// The epoch under whose key the manifest is.
    #[cfg(feature = "hazmat")]
    pub(crate) fn epoch(&self) -> Option<KeyId> {
        if let Manifested::Sealed { epoch, .. } = &self.manifest { Some(*epoch) } else { None }
    }

    /// With the manifest, if its epoch's key is still there.
    pub(crate) fn show(self, keys: Keys<'_>) -> Evidence {
        let Self { digest, signature, manifest, sequence: _ } = self;
        let bytes = match manifest {
            Manifested::Plain(bytes) => Some(bytes),
            Manifested::Sealed { epoch, sealed } => keys.open(&epoch, &digest, &sealed),
            Manifested::Gone => None,
        };
        Evidence { digest, signature, manifest: bytes.map(|bytes| SignedManifest { bytes, signature }) }
    }

    /// A row of before under the key of the epoch that its manifest names, or without its manifest if that
    /// epoch has ended; `None` if the row is no such one.
    pub(crate) fn converted(self, keys: Keys<'_>, random: &Random) -> Result<Option<Self>, RandomError> {
        let Manifested::Plain(bytes) = &self.manifest else { return Ok(None) };
        let recipients = Manifest::decode(bytes).map(|manifest| manifest.recipients).unwrap_or_default();
        let mut manifest = Manifested::Gone;
        for to in recipients {
            if let Some(sealed) = keys.seal(&to.key_id, &self.digest, bytes, random)? {
                manifest = Manifested::Sealed { epoch: to.key_id, sealed };
                break;
            }
        }
        Ok(Some(Self { manifest, ..self }))
    }
}

/// Where the conversion of earlier rows stands: the next row key of the table, or the end of both tables.
const CURSOR: &[u8] = b"evidence";
const TABLES: [Table; 2] = [Table::LedgerTime, Table::Conflict];
const DONE: &[u8] = &[u8::MAX];

/// Whether there are rows of before that have not been looked at.
pub(super) fn is_converted(cursor: Option<&[u8]>) -> Converted {
    if cursor == Some(DONE) { Converted::All } else { Converted::Part }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Converted {
    All,
    Part,
}

pub(super) fn cursor_key() -> &'static [u8] {
    CURSOR
}

/// Looks at the next `limit` rows, and converts those of before.
pub(super) fn convert(edit: &mut Edit<'_>, keys: Keys<'_>, limit: usize) -> Result<(), VaultError> {
    let cursor = edit.get(Table::Handle, CURSOR)?;
    let (at, from) = match cursor.as_ref().and_then(|cursor| cursor.split_first()) {
        Some((at, from)) => (*at, from.to_vec()),
        None => (0, Vec::new()),
    };
    let Some(table) = TABLES.get(usize::from(at)).copied() else { return Ok(()) };
    let page = edit.range(table, &from, &[], limit)?;
    for (key, row) in page.iter().filter(|(key, row)| !row.is_empty() && !sequence::is_notice(table, key)) {
        if let Some(kept) = Kept::decode(table, row)?.converted(keys, edit.random)? {
            edit.put(table, key, &kept.encode())?;
        }
    }
    let next = match page.last() {
        Some((last, _)) => [&[at], last.as_slice(), &[0]].concat(),
        None if usize::from(at) + 1 < TABLES.len() => vec![at + 1],
        None => DONE.to_vec(),
    };
    edit.put(Table::Handle, CURSOR, &next)
}
