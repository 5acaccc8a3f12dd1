//! The body in segments of 1 MiB, each with its digest (SPEC §5.4, `[ENV-22]`…`[ENV-26]`).
//!
//! ```text
//! body's plaintext = content ‖ zeros
//! digest i = BLAKE3(segment key, segment i)            segment i = bytes [i MiB, (i + 1) MiB)
//! root     = BLAKE3(root key, body length u64 ‖ digest 0 ‖ digest 1 ‖ …)
//! ```
//!
//! A segment is 64 chunks of Cobblestone-256. The last segment also holds the message's short
//! last chunk, which is empty when the body's length is a multiple of 16 KiB. Copying, hashing and
//! encryption go over one block of a few chunks after the other: the copy brings a block into the
//! processor's cache, where the other two find it.

use std::num::NonZeroUsize;
use std::ops::Range;

use crate::crypto::chunked::{self, CHUNK_LEN, ChunkCipher, SEALED_CHUNK_LEN, TAG_LEN};
use crate::crypto::digest::KeyedHash;
use crate::crypto::kdf;
use crate::ids::EnvelopeId;
use crate::label;
use crate::secret::{Secret, wipe};

use super::error::EnvelopeError;

/// Bytes of padded content in every segment but the last.
pub(crate) const SEGMENT_LEN: usize = 1 << 20;
/// Longest sealed segment: 64 chunks with their tags, and an empty last chunk.
pub(crate) const SEALED_SEGMENT_LEN: usize = CHUNKS * SEALED_CHUNK_LEN + TAG_LEN;
const CHUNKS: usize = SEGMENT_LEN / CHUNK_LEN;
/// What is copied, hashed and encrypted in turn: twice this, source and copy, fits a core's own cache.
const BLOCK_LEN: usize = 8 * CHUNK_LEN;

/// The digest of one segment.
pub(crate) type Digest = [u8; 32];

/// Where the segments of a body of known length lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) content_len: u64,
    pub(crate) body_len: u64,
    sealed_len: u64,
}

/// One segment's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) index: u64,
    /// Bytes of padded content.
    pub(crate) len: usize,
    /// How many of them are content; they come first.
    pub(crate) content_len: usize,
    /// Bytes of the sealed segment.
    pub(crate) sealed_len: usize,
    /// Where the sealed segment begins in the sealed body.
    pub(crate) sealed_at: u64,
}

impl Layout {
    pub(crate) fn new(content_len: u64, body_len: u64) -> Option<Self> {
        Some(Self { content_len, body_len, sealed_len: chunked::sealed_len(body_len)? })
    }

    /// Length of the sealed body, salt and commitment included.
    pub(crate) fn sealed_len(&self) -> u64 {
        self.sealed_len
    }

    /// How many digests there are.
    pub(crate) fn digests(&self) -> u64 {
        self.body_len.div_ceil(SEGMENT_LEN as u64)
    }

    /// Lengths of a plain and a sealed buffer that hold each segment, and little more than the
    /// only one of a small body.
    pub(crate) fn buffer_lens(&self) -> (usize, usize) {
        let least = |len: u64, most: usize| usize::try_from(len).map_or(most, |len| len.min(most));
        (least(self.body_len, SEGMENT_LEN), least(self.sealed_len, SEALED_SEGMENT_LEN))
    }

    /// As many of `workers` as have something to do.
    pub(crate) fn workers(&self, workers: NonZeroUsize) -> NonZeroUsize {
        let segments = usize::try_from(self.digests()).unwrap_or(usize::MAX);
        NonZeroUsize::new(segments).unwrap_or(NonZeroUsize::MIN).min(workers)
    }

    /// A place for the digest of each segment, one at least.
    pub(crate) fn new_digests(&self) -> Result<Vec<Digest>, EnvelopeError> {
        let count = usize::try_from(self.digests().max(1));
        let limit = usize::MAX as u64;
        Ok(vec![[0; 32]; count.map_err(|_| EnvelopeError::TooLarge { what: "content", limit })?])
    }

    /// The segments in order. An empty body has no digest, but one empty last chunk, which stands
    /// as a segment of no length.
    pub(crate) fn segments(self) -> impl Iterator<Item = Segment> + Send {
        (0..).map_while(move |index| self.segment(index))
    }

    /// The segment of this number, if there is one.
    pub(crate) fn segment(&self, index: u64) -> Option<Segment> {
        if index >= self.digests().max(1) {
            return None;
        }
        let inner = Segment::inner(index)?;
        let start = index.checked_mul(SEGMENT_LEN as u64)?;
        let content = self.content_len.saturating_sub(start);
        let left = self.body_len.checked_sub(start)?;
        if left > SEGMENT_LEN as u64 {
            let content_len = usize::try_from(content).map_or(SEGMENT_LEN, |len| len.min(SEGMENT_LEN));
            return Some(Segment { content_len, ..inner });
        }
        let (len, content_len) = (usize::try_from(left).ok()?, usize::try_from(content).ok()?);
        Some(Segment { len, content_len, sealed_len: len + (len / CHUNK_LEN + 1) * TAG_LEN, ..inner })
    }
}

impl Segment {
    /// A full segment of content that is not the last one.
    pub(crate) fn inner(index: u64) -> Option<Self> {
        let sealed_len = CHUNKS * SEALED_CHUNK_LEN;
        let sealed_at = index.checked_mul(sealed_len as u64)?.checked_add(chunked::PREFIX_LEN as u64)?;
        Some(Self { index, len: SEGMENT_LEN, content_len: SEGMENT_LEN, sealed_len, sealed_at })
    }

    fn chunk(&self, number: usize) -> u64 {
        self.index * CHUNKS as u64 + number as u64
    }

    /// The last chunk is empty when the body's length is a multiple of 16 KiB.
    fn has_empty_chunk(&self) -> bool {
        self.sealed_len == self.len + (self.len / CHUNK_LEN + 1) * TAG_LEN
            && self.len.is_multiple_of(CHUNK_LEN)
    }
}

/// The two keys of the content's digests; not secret from anyone who has the manifest.
pub(crate) struct DigestKeys {
    segment: Secret<32>,
    root: Secret<32>,
}

impl DigestKeys {
    pub(crate) fn derive(content_salt: &[u8; 32], id: &EnvelopeId) -> Self {
        let from = kdf::Derivation::new(content_salt, id);
        Self { segment: from.key(label::SEGMENT_DIGEST), root: from.key(label::BODY_ROOT) }
    }

    fn segment(&self) -> KeyedHash {
        KeyedHash::new(self.segment.expose())
    }

    /// A root to be fed with the digests in order.
    pub(crate) fn root(&self, body_len: u64) -> Root {
        let mut hash = KeyedHash::new(self.root.expose());
        hash.update(&body_len.to_be_bytes());
        Root(hash)
    }
}

/// The root over the digests fed so far.
pub(crate) struct Root(KeyedHash);

impl Root {
    pub(crate) fn update(&mut self, digest: &Digest) {
        self.0.update(digest);
    }

    pub(crate) fn finish(self) -> Digest {
        self.0.finish()
    }
}

/// Seals one segment: `content` is the segment's content, zeros follow it, and `sealed` is
/// exactly as long as the sealed segment.
pub(crate) fn seal(
    cipher: &ChunkCipher,
    keys: &DigestKeys,
    segment: &Segment,
    content: &[u8],
    sealed: &mut [u8],
) -> Result<Digest, EnvelopeError> {
    if content.len() != segment.content_len || sealed.len() != segment.sealed_len {
        return Err(buffer(sealed.len(), segment.sealed_len));
    }
    let mut hash = keys.segment();
    let (mut at, mut chunk_number) = (0, 0);
    for sealed_block in sealed.chunks_mut(BLOCK_LEN / CHUNK_LEN * SEALED_CHUNK_LEN) {
        let block = at;
        for sealed_chunk in sealed_block.chunks_mut(SEALED_CHUNK_LEN) {
            let (text, _) = text_and_tag(sealed_chunk)?;
            copy_padded(text, content, at);
            at += text.len();
        }
        hash_padded(&mut hash, content, block..at);
        for sealed_chunk in sealed_block.chunks_mut(SEALED_CHUNK_LEN) {
            let (text, tag) = text_and_tag(sealed_chunk)?;
            tag.copy_from_slice(&cipher.seal(segment.chunk(chunk_number), text)?);
            chunk_number += 1;
        }
    }
    Ok(hash.finish())
}

/// Opens one segment into `plain`, which is exactly as long as the segment, and compares its
/// digest. On error `plain` is zero. The bytes after the content are zero when this succeeds.
pub(crate) fn open(
    cipher: &ChunkCipher,
    keys: &DigestKeys,
    segment: &Segment,
    expected: Option<&Digest>,
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), EnvelopeError> {
    let opened = open_unwiped(cipher, keys, segment, expected, sealed, plain);
    if opened.is_err() {
        wipe(plain);
    }
    opened
}

fn open_unwiped(
    cipher: &ChunkCipher,
    keys: &DigestKeys,
    segment: &Segment,
    expected: Option<&Digest>,
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), EnvelopeError> {
    let damaged = || EnvelopeError::Damaged { segment: segment.index };
    if sealed.len() != segment.sealed_len || plain.len() != segment.len {
        return Err(buffer(plain.len(), segment.len));
    }
    let mut hash = keys.segment();
    let mut sealed_chunks = sealed.chunks(SEALED_CHUNK_LEN);
    let mut chunk_number = 0;
    for block in plain.chunks_mut(BLOCK_LEN) {
        let mut tags = sealed_chunks.clone();
        for chunk in block.chunks_mut(CHUNK_LEN) {
            let text = sealed_chunks.next().and_then(|sealed| sealed.get(..chunk.len()));
            chunk.copy_from_slice(text.ok_or_else(damaged)?);
        }
        for chunk in block.chunks_mut(CHUNK_LEN) {
            let tag = tags.next().and_then(|sealed| sealed.get(chunk.len()..)).ok_or_else(damaged)?;
            cipher.open(segment.chunk(chunk_number), chunk, tag).map_err(|_| damaged())?;
            chunk_number += 1;
        }
        hash.update(block);
    }
    if segment.has_empty_chunk() {
        let tag = sealed_chunks.next().ok_or_else(damaged)?;
        cipher.open(segment.chunk(chunk_number), &mut [], tag).map_err(|_| damaged())?;
    }
    // An empty body has no digest; its empty chunk is all there is to verify.
    let digest_holds = match expected {
        Some(expected) => kdf::tags_equal(&hash.finish(), expected),
        None => segment.len == 0,
    };
    if !digest_holds {
        return Err(damaged());
    }
    let padding = plain.get(segment.content_len..).unwrap_or_default();
    if padding.iter().any(|byte| *byte != 0) {
        return Err(EnvelopeError::Padding);
    }
    Ok(())
}

/// A sealed chunk's two parts.
fn text_and_tag(sealed_chunk: &mut [u8]) -> Result<(&mut [u8], &mut [u8]), EnvelopeError> {
    let len = sealed_chunk.len();
    let split = len.checked_sub(TAG_LEN).ok_or_else(|| buffer(len, TAG_LEN))?;
    Ok(sealed_chunk.split_at_mut(split))
}

fn buffer(given: usize, needed: usize) -> EnvelopeError {
    EnvelopeError::Buffer { given: given as u64, needed: needed as u64 }
}

/// The part of `range` that lies within `content`.
fn within(content: &[u8], range: Range<usize>) -> &[u8] {
    content.get(range.start.min(content.len())..range.end.min(content.len())).unwrap_or_default()
}

/// Hashes the block `range` of content and zeros.
fn hash_padded(hash: &mut KeyedHash, content: &[u8], range: Range<usize>) {
    static ZEROS: [u8; BLOCK_LEN] = [0; BLOCK_LEN];
    let part = within(content, range.clone());
    hash.update(part);
    hash.update(ZEROS.get(..range.len() - part.len()).unwrap_or_default());
}

/// Copies content from `at` on, then zeros.
fn copy_padded(out: &mut [u8], content: &[u8], at: usize) {
    let part = within(content, at..at + out.len());
    let (head, tail) = out.split_at_mut(part.len());
    head.copy_from_slice(part);
    tail.fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::chunked::{MessageKey, PREFIX_LEN, SALT_LEN};

    fn keys() -> (MessageKey, DigestKeys) {
        let key = MessageKey::derive(&Secret::new(|k| k.fill(1)), [2; SALT_LEN], &[b"context"]);
        (key, DigestKeys::derive(&[3; 32], &EnvelopeId::from_bytes([4; 16])))
    }

    /// The segments put together are one Cobblestone-256 message of content and padding.
    #[test]
    fn segments_are_one_message_and_digests_cover_the_padding() {
        let (key, digests) = keys();
        let cipher = key.cipher().unwrap();
        let mib = SEGMENT_LEN as u64;
        for (content_len, body_len) in [
            (0, 0),
            (1, 1),
            (10, 1024),
            (16_384, 16_384),
            (16_385, 16_896),
            (mib, mib),
            (mib + 1, mib + (1 << 15)),
            (2 * mib - 1, 2 * mib),
            (2 * mib + 70_000, 2 * mib + 131_072),
        ] {
            let layout = Layout::new(content_len, body_len).unwrap();
            let content: Vec<u8> = (0..content_len).map(|i| (i % 251) as u8).collect();
            let mut padded = content.clone();
            padded.resize(body_len as usize, 0);

            let mut message = key.prefix().to_vec();
            for segment in layout.segments() {
                assert_eq!(segment.sealed_at, message.len() as u64);
                let (plain_len, sealed_len) = layout.buffer_lens();
                assert!(segment.len <= plain_len && segment.sealed_len <= sealed_len);
                let start = segment.index as usize * SEGMENT_LEN;
                let plain = &padded[start..start + segment.len];
                let part = &content[start.min(content.len())..][..segment.content_len];
                let mut sealed = vec![0; segment.sealed_len];
                let digest = seal(&cipher, &digests, &segment, part, &mut sealed).unwrap();
                let mut hash = digests.segment();
                hash.update(plain);
                assert_eq!(digest, hash.finish());

                let mut opened = vec![9; segment.len];
                let expected = (segment.len > 0).then_some(&digest);
                open(&cipher, &digests, &segment, expected, &sealed, &mut opened).unwrap();
                assert_eq!(opened, plain);
                message.extend_from_slice(&sealed);
            }
            assert_eq!(message.len() as u64, layout.sealed_len());
            assert_eq!(message, chunked::seal(&key, &padded).unwrap(), "{content_len} {body_len}");
            assert!(message.len() >= PREFIX_LEN);
        }
    }

    #[test]
    fn a_segment_of_another_place_or_digest_leaves_zeros() {
        let (key, digests) = keys();
        let cipher = key.cipher().unwrap();
        let layout = Layout::new(3 << 20, 3 << 20).unwrap();
        let segment = layout.segment(1).unwrap();
        let mut sealed = vec![0; segment.sealed_len];
        let digest = seal(&cipher, &digests, &segment, &vec![7; SEGMENT_LEN], &mut sealed).unwrap();
        let elsewhere = layout.segment(0).unwrap();
        let mut plain = vec![9; SEGMENT_LEN];
        for (segment, digest) in [(&elsewhere, Some(&digest)), (&segment, Some(&[0; 32])), (&segment, None)] {
            let error = open(&cipher, &digests, segment, digest, &sealed, &mut plain).unwrap_err();
            assert_eq!(error.code(), "damaged");
            assert!(plain.iter().all(|byte| *byte == 0));
        }
    }
}
