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

use zeroize::{Zeroize, Zeroizing};

use crate::crypto::chunked::{self, CHUNK_LEN, MessageKey, PREFIX_LEN, SALT_LEN, SEALED_CHUNK_LEN, TAG_LEN};
use crate::crypto::composite::SIGNATURE_LEN;
use crate::crypto::kdf;
use crate::ids::EnvelopeId;
use crate::label;
use crate::secret::Secret;

use super::error::{EnvelopeError, Layer};
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

/// The front's plaintext.
pub(crate) fn write(
    manifest: &[u8],
    signature: &[u8; SIGNATURE_LEN],
    digests: &[Digest],
) -> Zeroizing<Vec<u8>> {
    let aligned = aligned_len(manifest.len());
    let mut out = Zeroizing::new(Vec::with_capacity(aligned + size_of_val(digests)));
    out.extend_from_slice(&(manifest.len() as u32).to_be_bytes());
    out.extend_from_slice(manifest);
    out.extend_from_slice(signature);
    out.resize(aligned, 0);
    out.extend_from_slice(digests.as_flattened());
    out
}

/// The key of the sealed front.
pub(crate) fn message_key(file_key: &Secret<32>, id: &EnvelopeId, salt: [u8; SALT_LEN]) -> MessageKey {
    let key = kdf::derive(file_key.expose(), label::MANIFEST_KEY, id);
    MessageKey::derive(&key, salt, &[label::MANIFEST_CONTEXT.bytes(), id.as_bytes()])
}

/// Reads a sealed front of a length that is not yet authentic.
pub(crate) struct FrontReader<'a> {
    input: &'a mut dyn Read,
    key: MessageKey,
    chunk: u64,
    /// Sealed bytes not yet read.
    sealed_left: u64,
    plain: Zeroizing<Vec<u8>>,
    at: usize,
}

impl<'a> FrontReader<'a> {
    /// Reads salt and commitment and checks the commitment.
    pub(crate) fn start(
        input: &'a mut dyn Read,
        file_key: &Secret<32>,
        id: &EnvelopeId,
        sealed_len: u64,
    ) -> Result<Self, EnvelopeError> {
        if chunked::plaintext_len(sealed_len).is_none() {
            return Err(EnvelopeError::Malformed("manifest length"));
        }
        let mut prefix = [0; PREFIX_LEN];
        input.read_exact(&mut prefix).map_err(|error| EnvelopeError::reading("manifest", error))?;
        let (salt, commitment) = prefix.split_at(SALT_LEN);
        let salt = salt.try_into().map_err(|_| EnvelopeError::Malformed("manifest salt"))?;
        let key = message_key(file_key, id, salt);
        key.check_commitment(commitment).map_err(|_| EnvelopeError::failed(Layer::ManifestCommitment))?;
        let sealed_left = sealed_len - PREFIX_LEN as u64;
        let plain = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_LEN));
        Ok(Self { input, key, chunk: 0, sealed_left, plain, at: 0 })
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
        if self.at == self.plain.len() && self.sealed_left > 0 {
            self.next_chunk()?;
        }
        if self.at == self.plain.len() && self.sealed_left == 0 {
            Ok(())
        } else {
            Err(EnvelopeError::Malformed("number of digests"))
        }
    }

    fn read_exact(&mut self, mut out: &mut [u8]) -> Result<(), EnvelopeError> {
        while !out.is_empty() {
            let ready = self.plain.get(self.at..).unwrap_or_default();
            if ready.is_empty() {
                self.next_chunk()?;
                continue;
            }
            let len = ready.len().min(out.len());
            let (now, later) = out.split_at_mut(len);
            now.copy_from_slice(ready.get(..len).unwrap_or_default());
            self.at += len;
            out = later;
        }
        Ok(())
    }

    fn next_chunk(&mut self) -> Result<(), EnvelopeError> {
        let sealed = usize::try_from(self.sealed_left).unwrap_or(usize::MAX).min(SEALED_CHUNK_LEN);
        let Some(len) = sealed.checked_sub(TAG_LEN) else {
            return Err(EnvelopeError::Malformed("manifest length"));
        };
        self.plain.zeroize();
        self.plain.resize(len, 0);
        self.at = 0;
        let mut tag = [0; TAG_LEN];
        let truncated = |error| EnvelopeError::reading("manifest", error);
        self.input.read_exact(&mut self.plain).map_err(truncated)?;
        self.input.read_exact(&mut tag).map_err(truncated)?;
        let opened = self.key.cipher().and_then(|cipher| cipher.open(self.chunk, &mut self.plain, &tag));
        if opened.is_err() {
            self.plain.zeroize();
            return Err(EnvelopeError::failed(Layer::Manifest));
        }
        debug_assert!(len <= CHUNK_LEN);
        self.chunk += 1;
        self.sealed_left -= sealed as u64;
        Ok(())
    }
}
