//! Sealing, in the steps of SPEC §5.5.
//!
//! [`Sealer`] holds what the caller decided. [`Sealing`] is one envelope in the making: every
//! random value is drawn when it starts, segments are sealed in any order, and the front is made
//! last, from their digests.

use std::num::NonZeroUsize;

use crate::crypto::chunked::MessageKey;
use crate::ids::EnvelopeId;
use crate::keys::directory::Addressed;
use crate::keys::identity::Identity;
use crate::label;
use crate::random::Random;
use crate::secret::Secret;

use super::draft::Draft;
use super::error::EnvelopeError;
use super::header::{self, SUITE, Stanza, VERSION};
use super::keys::FileKeys;
use super::manifest::{self, Manifest, SealedTo};
use super::parallel;
use super::segments::{Digest, DigestKeys, Layout};
use super::{front, segments};

/// Length of the field between header and sealed front.
pub(crate) const FRONT_LEN_LEN: u64 = 8;

/// Seals one envelope: to memory, to a file, or from a pipe. Each use consumes it.
///
/// ```
/// # let world = vlec::hazmat::world::World::new()?;
/// # let (rosters, random, now) = (&world.rosters, &world.random, world.now);
/// # let cyber = &world.member("GE/mia/cyber")?.identity;
/// # let keyring = &world.member("UA/npu/cyber")?.keyring;
/// use vlec::{Draft, Opener, Sealer, Unrecorded};
///
/// let to = rosters.address(cyber, &["UA/npu/cyber".parse()?], now)?;
/// let draft = Draft::new("text/plain", 1)?;
/// let envelope = Sealer::new(cyber, to, draft, random)?.seal(b"content")?;
///
/// let opened = Opener::new(keyring, rosters, &Unrecorded, now).open(&envelope)?;
/// assert_eq!(opened.content(), b"content");
/// assert_eq!(opened.manifest().sender.as_str(), "GE/mia/cyber");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sealer<'a> {
    pub(super) identity: &'a Identity,
    pub(super) to: Addressed<'a>,
    pub(super) draft: Draft,
    pub(super) random: &'a Random,
    pub(super) workers: NonZeroUsize,
}

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The envelope's id.
    pub id: EnvelopeId,
    /// The envelope's length in bytes.
    pub len: u64,
}

impl<'a> Sealer<'a> {
    /// Seals as `identity`, to those whom a verified roster addressed for it.
    ///
    /// # Errors
    /// [`EnvelopeError::OtherSender`] if `to` was addressed for another identity.
    pub fn new(
        identity: &'a Identity,
        to: Addressed<'a>,
        draft: Draft,
        random: &'a Random,
    ) -> Result<Self, EnvelopeError> {
        if to.sender_key != *identity.id() {
            return Err(EnvelopeError::OtherSender);
        }
        Ok(Self { identity, to, draft, random, workers: parallel::default_workers() })
    }

    /// Sets the number of threads; one for each processor, at most eight, unless set.
    #[must_use]
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers;
        self
    }

    /// Length of the envelope for content of `content_len` bytes.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] past 2^52 bytes.
    pub fn sealed_len(&self, content_len: u64) -> Result<u64, EnvelopeError> {
        let layout = layout(&self.draft, content_len)?;
        let manifest = manifest(self, &layout, &EnvelopeId::from_bytes([0; 16]), [0; 32], [0; 32], [0; 32]);
        let front_len = front_len(self, &manifest.encode(), &layout)?;
        front_len.checked_add(layout.sealed_len()).ok_or_else(too_large)
    }
}

/// One envelope in the making. The file key lives as long as this value.
pub(super) struct Sealing<'a> {
    sealer: Sealer<'a>,
    id: EnvelopeId,
    file_key: Secret<32>,
    keys: FileKeys,
    content_salt: [u8; 32],
    body: MessageKey,
    digests: DigestKeys,
}

impl<'a> Sealing<'a> {
    /// Steps 1 and 2: draws id, file key and salts, and derives the keys.
    pub(super) fn start(sealer: Sealer<'a>) -> Result<Self, EnvelopeError> {
        let random = sealer.random;
        let id = EnvelopeId::random(random)?;
        let file_key = random.secret()?;
        let content_salt = random.bytes()?;
        let keys = FileKeys::derive(&file_key, &id);
        let body = keys.body(random.bytes()?);
        let digests = DigestKeys::derive(&content_salt, &id);
        Ok(Self { sealer, id, file_key, keys, content_salt, body, digests })
    }

    pub(super) fn layout(&self, content_len: u64) -> Result<Layout, EnvelopeError> {
        layout(&self.sealer.draft, content_len)
    }

    pub(super) fn workers(&self) -> NonZeroUsize {
        self.sealer.workers
    }

    /// Where the sealed body begins in the envelope.
    pub(super) fn body_at(&self, layout: &Layout) -> Result<u64, EnvelopeError> {
        front_len(&self.sealer, &self.manifest(layout, [0; 32]).encode(), layout)
    }

    /// Salt and commitment of the body, which stand before its segments.
    pub(super) fn body_prefix(&self) -> [u8; crate::crypto::chunked::PREFIX_LEN] {
        self.body.prefix()
    }

    pub(super) fn body_key(&self) -> &MessageKey {
        &self.body
    }

    pub(super) fn digest_keys(&self) -> &DigestKeys {
        &self.digests
    }

    /// Steps 4 to 7: root, manifest, signature, sealed front, stanzas and header. Gives `put`, piece
    /// by piece, everything that stands before the sealed body.
    pub(super) fn finish(
        &self,
        layout: &Layout,
        digests: &[Digest],
        put: &mut dyn FnMut(&[u8]) -> Result<(), EnvelopeError>,
    ) -> Result<EnvelopeId, EnvelopeError> {
        // An empty body's one segment has a place for a digest but none in the format.
        let count = usize::try_from(layout.digests()).unwrap_or(usize::MAX);
        let digests = digests.get(..count).ok_or_else(too_large)?;
        let mut root = self.digests.root(layout.body_len);
        digests.iter().for_each(|digest| root.update(digest));
        let manifest = self.manifest(layout, root.finish()).encode();
        let Sealer { identity, to, random, .. } = &self.sealer;
        // What no recipient would decode is not signed.
        Manifest::decode(&manifest)?;
        let signature = identity.sign(label::SIGN_MANIFEST, &manifest, random)?;

        let wrap = |to: &crate::keys::directory::Recipient| {
            Stanza::wrap(to.key(), to.key_id(), &self.id, &self.file_key, random)
        };
        let stanzas = to.recipients.iter().map(wrap).collect::<Result<Vec<_>, _>>()?;
        let mut out = header::write(VERSION, SUITE, &self.id, &stanzas, &self.keys);

        let key = self.keys.front(random.bytes()?);
        let front_len = front::sealed_len(manifest.len(), layout.digests()).ok_or_else(too_large)?;
        out.extend_from_slice(&front_len.to_be_bytes());
        put(&out)?;
        front::seal(&key, &manifest, &signature, digests, put)?;
        Ok(self.id)
    }

    fn manifest(&self, layout: &Layout, root: Digest) -> Manifest {
        manifest(&self.sealer, layout, &self.id, self.content_salt, root, *self.body.commitment())
    }
}

pub(super) fn too_large() -> EnvelopeError {
    EnvelopeError::TooLarge { what: "content", limit: (1 << 52) - 1 }
}

fn layout(draft: &Draft, content_len: u64) -> Result<Layout, EnvelopeError> {
    let body_len = draft.padding.body_len(content_len);
    body_len.and_then(|body_len| Layout::new(content_len, body_len)).ok_or_else(too_large)
}

/// Length of header, length field and sealed front. The manifest's length does not depend on its
/// random values, so it is known before they are.
fn front_len(sealer: &Sealer<'_>, manifest: &[u8], layout: &Layout) -> Result<u64, EnvelopeError> {
    if manifest.len() > manifest::MAX_LEN {
        return Err(EnvelopeError::TooLarge { what: "manifest", limit: manifest::MAX_LEN as u64 });
    }
    let front = front::sealed_len(manifest.len(), layout.digests()).ok_or_else(too_large)?;
    Ok(header::header_len(sealer.to.recipients.len()) + FRONT_LEN_LEN + front)
}

fn manifest(
    sealer: &Sealer<'_>,
    layout: &Layout,
    id: &EnvelopeId,
    content_salt: [u8; 32],
    body_root: Digest,
    body_commitment: [u8; 32],
) -> Manifest {
    let Sealer { to, draft, .. } = sealer;
    let sealed_to = |to: &crate::keys::directory::Recipient| SealedTo {
        agency: to.agency().clone(),
        epoch: to.epoch(),
        key_id: *to.key_id(),
    };
    Manifest {
        version: VERSION.into(),
        suite: SUITE.into(),
        id: *id,
        sender: to.sender.clone(),
        sender_key: to.sender_key,
        recipients: to.recipients.iter().map(sealed_to).collect(),
        created: to.at,
        sequence: draft.sequence,
        content_type: draft.content_type.clone(),
        content_len: layout.content_len,
        body_len: layout.body_len,
        content_salt,
        body_root,
        body_commitment,
        heads: to.heads.clone(),
        labels: draft.labels.clone(),
        critical: Vec::new(),
        extensions: draft.extensions.clone(),
    }
}

/// Seals one segment with a cipher that lives for this call only.
pub(super) fn seal_segment(
    sealing: &Sealing<'_>,
    segment: &segments::Segment,
    content: &[u8],
    sealed: &mut [u8],
) -> Result<Digest, EnvelopeError> {
    segments::seal(&sealing.body_key().cipher()?, sealing.digest_keys(), segment, content, sealed)
}
