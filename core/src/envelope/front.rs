//! The front: manifest, signature, padding and digests, sealed under the manifest key
//! (SPEC §5.2, `[ENV-16]`…`[ENV-19]`).
//!
//! ```text
//! plaintext = u32 length ‖ manifest ‖ signature(3373) ‖ zeros to a multiple of 1 KiB
//!             ‖ 32-byte digest for each segment
//! ```
//!
//! The front is read chunk by chunk: its length is not authentic until the manifest's lengths are.

use std::io::Read;
use std::ops::Range;

use crate::crypto::chunked::{self, CHUNK_LEN, MessageKey, PREFIX_LEN, SALT_LEN, SEALED_CHUNK_LEN, TAG_LEN};
use crate::crypto::composite::SIGNATURE_LEN;
use crate::secret::{SecretBytes, wipe};

use super::error::{EnvelopeError, Layer};
use super::keys::FileKeys;
use super::manifest;
use super::segments::Digest;

const LENGTH_LEN: usize = 4;
/// Manifest and signature are padded to a multiple of this.
const ALIGNMENT: usize = 1024;

/// Length of the front before its digests.
fn aligned_len(manifest_len: usize) -> usize {
    (LENGTH_LEN + manifest_len + SIGNATURE_LEN).next_multiple_of(ALIGNMENT)
}

/// Length of the sealed front.
pub(crate) fn sealed_len(manifest_len: usize, digests: u64) -> Option<u64> {
    let digests = digests.checked_mul(size_of::<Digest>() as u64)?;
    chunked::sealed_len(digests.checked_add(aligned_len(manifest_len) as u64)?)
}

/// Seals the front and gives it to `put`, a few pieces and then chunk by chunk: with the digests
/// of a file of terabytes it is long, and is never in memory as a whole.
pub(crate) fn seal(
    key: &MessageKey,
    manifest: &[u8],
    signature: &[u8; SIGNATURE_LEN],
    digests: &[Digest],
    put: &mut dyn FnMut(&[u8]) -> Result<(), EnvelopeError>,
) -> Result<(), EnvelopeError> {
    let (head, cipher) = (write(manifest, signature, &[]), key.cipher()?);
    put(&key.prefix())?;
    let mut chunk = SecretBytes::zeroed(CHUNK_LEN.min(head.len() + size_of_val(digests)));
    let (mut filled, mut index) = (0, 0);
    let mut put_chunk = |chunk: &mut [u8]| {
        let tag = cipher.seal(index, chunk)?;
        index += 1;
        put(chunk).and_then(|()| put(&tag))
    };
    for mut piece in [&*head, digests.as_flattened()] {
        while !piece.is_empty() {
            let (now, later) = piece.split_at(piece.len().min(CHUNK_LEN - filled));
            let place = chunk.get_mut(filled..filled + now.len()).unwrap_or_default();
            place.copy_from_slice(now);
            (filled, piece) = (filled + now.len(), later);
            if filled == CHUNK_LEN {
                put_chunk(&mut chunk)?;
                filled = 0;
            }
        }
    }
    put_chunk(chunk.get_mut(..filled).unwrap_or_default())
}

/// The front's plaintext.
pub(crate) fn write(manifest: &[u8], signature: &[u8; SIGNATURE_LEN], digests: &[Digest]) -> SecretBytes {
    let aligned = aligned_len(manifest.len());
    let mut out = Vec::with_capacity(aligned + size_of_val(digests));
    out.extend_from_slice(&(manifest.len() as u32).to_be_bytes());
    out.extend_from_slice(manifest);
    out.extend_from_slice(signature);
    out.resize(aligned, 0);
    out.extend_from_slice(digests.as_flattened());
    SecretBytes::from(out)
}

/// Reads a sealed front of a length that is not yet authentic.
pub(crate) struct FrontReader<'a> {
    input: &'a mut dyn Read,
    key: MessageKey,
    chunk: u64,
    /// Sealed bytes not yet read.
    sealed_left: u64,
    plain: SecretBytes,
    /// What of it has not been read.
    ready: Range<usize>,
}

impl<'a> FrontReader<'a> {
    /// Reads salt and commitment and checks the commitment.
    pub(crate) fn start(
        input: &'a mut dyn Read,
        keys: &FileKeys,
        sealed_len: u64,
    ) -> Result<Self, EnvelopeError> {
        if chunked::plaintext_len(sealed_len).is_none() {
            return Err(EnvelopeError::Malformed("manifest length"));
        }
        let mut prefix = [0; PREFIX_LEN];
        input.read_exact(&mut prefix).map_err(|error| EnvelopeError::reading("manifest", error))?;
        let (salt, commitment) = prefix.split_at(SALT_LEN);
        let salt = salt.try_into().map_err(|_| EnvelopeError::Malformed("manifest salt"))?;
        let key = keys.front(salt);
        key.check_commitment(commitment).map_err(|_| EnvelopeError::failed(Layer::ManifestCommitment))?;
        let sealed_left = sealed_len - PREFIX_LEN as u64;
        let longest = usize::try_from(sealed_left).unwrap_or(CHUNK_LEN).min(CHUNK_LEN);
        let plain = SecretBytes::zeroed(longest);
        Ok(Self { input, key, chunk: 0, sealed_left, plain, ready: 0..0 })
    }

    /// The manifest and its signature; the zeros after them are checked.
    pub(crate) fn manifest(&mut self) -> Result<(Vec<u8>, [u8; SIGNATURE_LEN]), EnvelopeError> {
        let mut length = [0; LENGTH_LEN];
        self.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > manifest::MAX_LEN {
            return Err(EnvelopeError::TooLarge { what: "manifest", limit: manifest::MAX_LEN as u64 });
        }
        let mut manifest = vec![0; length];
        self.read_exact(&mut manifest)?;
        let mut signature = [0; SIGNATURE_LEN];
        self.read_exact(&mut signature)?;
        let mut zeros = [0; ALIGNMENT];
        let padding = aligned_len(length) - LENGTH_LEN - length - SIGNATURE_LEN;
        let zeros = zeros.get_mut(..padding).unwrap_or_default();
        self.read_exact(zeros)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(EnvelopeError::Malformed("padding of the manifest"));
        }
        Ok((manifest, signature))
    }

    /// The next digest.
    pub(crate) fn digest(&mut self) -> Result<Digest, EnvelopeError> {
        let mut digest = [0; 32];
        self.read_exact(&mut digest)?;
        Ok(digest)
    }

    /// Nothing is left, and the last chunk was a short one.
    pub(crate) fn finish(mut self) -> Result<(), EnvelopeError> {
        if self.ready.is_empty() && self.sealed_left > 0 {
            self.next_chunk()?;
        }
        if self.ready.is_empty() && self.sealed_left == 0 {
            Ok(())
        } else {
            Err(EnvelopeError::Malformed("number of digests"))
        }
    }

    fn read_exact(&mut self, mut out: &mut [u8]) -> Result<(), EnvelopeError> {
        while !out.is_empty() {
            let ready = self.plain.get(self.ready.clone()).unwrap_or_default();
            if ready.is_empty() {
                self.next_chunk()?;
                continue;
            }
            let len = ready.len().min(out.len());
            let (now, later) = out.split_at_mut(len);
            now.copy_from_slice(ready.get(..len).unwrap_or_default());
            self.ready.start += len;
            out = later;
        }
        Ok(())
    }

    fn next_chunk(&mut self) -> Result<(), EnvelopeError> {
        let sealed = usize::try_from(self.sealed_left).unwrap_or(usize::MAX).min(SEALED_CHUNK_LEN);
        let Some(len) = sealed.checked_sub(TAG_LEN) else {
            return Err(EnvelopeError::Malformed("manifest length"));
        };
        self.ready = 0..0;
        let plain = self.plain.get_mut(..len).ok_or(EnvelopeError::Malformed("manifest length"))?;
        let mut tag = [0; TAG_LEN];
        let truncated = |error| EnvelopeError::reading("manifest", error);
        self.input.read_exact(plain).map_err(truncated)?;
        self.input.read_exact(&mut tag).map_err(truncated)?;
        let opened = self.key.cipher().and_then(|cipher| cipher.open(self.chunk, plain, &tag));
        if opened.is_err() {
            wipe(&mut self.plain);
            return Err(EnvelopeError::failed(Layer::Manifest));
        }
        self.ready = 0..len;
        self.chunk += 1;
        self.sealed_left -= sealed as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EnvelopeId;
    use crate::secret::Secret;

    /// What is sealed piece by piece is what is sealed as a whole, also where a chunk is full.
    #[test]
    fn pieces_are_one_message() {
        let id = EnvelopeId::from_bytes([1; 16]);
        let key = FileKeys::derive(&Secret::new(|key| key.fill(2)), &id).front([3; SALT_LEN]);
        let (manifest, signature) = ([4; 600], [5; SIGNATURE_LEN]);
        let full = (CHUNK_LEN - aligned_len(manifest.len())) / size_of::<Digest>();
        for count in [0, 1, full - 1, full, full + 1, 3 * full] {
            let digests: Vec<Digest> = (0..count).map(|i| [i as u8; 32]).collect();
            let mut sealed = Vec::new();
            let mut put = |bytes: &[u8]| {
                sealed.extend_from_slice(bytes);
                Ok(())
            };
            seal(&key, &manifest, &signature, &digests, &mut put).unwrap();
            let whole = chunked::seal(&key, &write(&manifest, &signature, &digests)).unwrap();
            assert!(sealed == whole, "{count} digests");
            assert_eq!(sealed_len(manifest.len(), count as u64), Some(sealed.len() as u64));
        }
    }
}
