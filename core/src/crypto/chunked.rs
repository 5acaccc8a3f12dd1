//! Chunked encryption, C2SP chunked-encryption v1, instance **Cobblestone-256**:
//! HKDF-Expand-SHA-512, AES-256-GCM, chunks of 16 KiB, the last one always shorter.
//!
//! ```text
//! key(32) ‖ base nonce(12) ‖ commitment(32) = HKDF-Expand-SHA-512(input key,
//!     "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" ‖ 0x00 ‖ salt(24) ‖ context)
//! sealed  = salt ‖ commitment ‖ chunk 0 ‖ chunk 1 ‖ …
//! chunk i = AES-256-GCM(key, base nonce XOR i, aad = "", plaintext) ‖ tag(16)
//! ```

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use zeroize::Zeroize;

use super::CryptoError;
use super::kdf::{expand_sha512, tags_equal};
use crate::secret::Secret;

/// Plaintext bytes in every chunk but the last.
pub const CHUNK_LEN: usize = 16 * 1024;
/// Length of a chunk's tag in bytes.
pub const TAG_LEN: usize = 16;
/// A full chunk with its tag.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
/// Length of the salt in bytes.
pub const SALT_LEN: usize = 24;
/// Length of the commitment in bytes.
pub const COMMITMENT_LEN: usize = 32;
/// Length of salt and commitment, which stand before the chunks.
pub const PREFIX_LEN: usize = SALT_LEN + COMMITMENT_LEN;
/// A message has fewer chunks than this.
const MAX_CHUNKS: u64 = 1 << 38;

const INFO: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// Length of the sealed form of `len` bytes, or `None` past the construction's limit.
pub const fn sealed_len(len: u64) -> Option<u64> {
    let chunks = len / CHUNK_LEN as u64 + 1;
    if chunks > MAX_CHUNKS {
        return None;
    }
    len.checked_add(chunks * TAG_LEN as u64 + PREFIX_LEN as u64)
}

/// Length of the plaintext of `sealed` bytes, or `None` if no plaintext has that sealed length.
pub const fn plaintext_len(sealed: u64) -> Option<u64> {
    let Some(chunks) = sealed.checked_sub(PREFIX_LEN as u64) else { return None };
    let (full, last) = (chunks / SEALED_CHUNK_LEN as u64, chunks % SEALED_CHUNK_LEN as u64);
    if last < TAG_LEN as u64 || full >= MAX_CHUNKS {
        return None;
    }
    Some(full * CHUNK_LEN as u64 + last - TAG_LEN as u64)
}

/// What one message is sealed under: key, base nonce and commitment.
pub struct MessageKey {
    /// The key's 32 bytes, then the base nonce's 12.
    key_and_nonce: Secret<44>,
    salt: [u8; SALT_LEN],
    commitment: [u8; COMMITMENT_LEN],
}

impl MessageKey {
    /// Derives the key of the message with this `salt` and `context`. A salt is used once.
    pub fn derive(input_key: &Secret<32>, salt: [u8; SALT_LEN], context: &[&[u8]]) -> Self {
        let mut info: Vec<&[u8]> = vec![INFO, &salt];
        info.extend_from_slice(context);
        let okm = Secret::<76>::new(|out| expand_sha512(input_key.expose(), &info, out));
        let mut commitment = [0; COMMITMENT_LEN];
        let key_and_nonce = Secret::new(|secret: &mut [u8; 44]| {
            let targets = secret.iter_mut().chain(&mut commitment);
            targets.zip(okm.expose()).for_each(|(t, o)| *t = *o);
        });
        Self { key_and_nonce, salt, commitment }
    }

    /// The message's salt.
    #[cfg(any(test, feature = "hazmat"))]
    pub fn salt(&self) -> &[u8; SALT_LEN] {
        &self.salt
    }

    /// The commitment to key, salt and context.
    pub fn commitment(&self) -> &[u8; COMMITMENT_LEN] {
        &self.commitment
    }

    /// Salt and commitment, which stand before the chunks.
    pub fn prefix(&self) -> [u8; PREFIX_LEN] {
        let mut prefix = [0; PREFIX_LEN];
        prefix.iter_mut().zip(self.salt.iter().chain(&self.commitment)).for_each(|(p, b)| *p = *b);
        prefix
    }

    /// Compares a received commitment in constant time.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`].
    pub fn check_commitment(&self, received: &[u8]) -> Result<(), CryptoError> {
        if tags_equal(&self.commitment, received) { Ok(()) } else { Err(CryptoError::OpenFailed) }
    }

    /// The expanded cipher. `ring` does not wipe it: keep it on the stack, for one task only.
    pub fn cipher(&self) -> Result<ChunkCipher, CryptoError> {
        let bytes = self.key_and_nonce.expose();
        let (key, nonce) = bytes.split_at(32);
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| CryptoError::Malformed("AES key"))?;
        let mut base_nonce = [0; 12];
        base_nonce.copy_from_slice(nonce);
        Ok(ChunkCipher { key: LessSafeKey::new(key), base_nonce })
    }
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key_and_nonce: _, salt: _, commitment: _ } = self;
        f.write_str("MessageKey(…)")
    }
}

/// AES-256-GCM with the nonces of one message.
pub struct ChunkCipher {
    key: LessSafeKey,
    base_nonce: [u8; 12],
}

impl ChunkCipher {
    /// Encrypts chunk `index` in place and returns its tag.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] for a chunk over 16 KiB or an index of 2^38 or more.
    pub fn seal(&self, index: u64, chunk: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        const ERROR: CryptoError = CryptoError::TooLong("chunked message");
        if chunk.len() > CHUNK_LEN {
            return Err(ERROR);
        }
        let nonce = self.nonce(index).ok_or(ERROR)?;
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), chunk).map_err(|_| ERROR)?;
        tag.as_ref().try_into().map_err(|_| ERROR)
    }

    /// Decrypts chunk `index` in place; on error the buffer is zero.
    ///
    /// # Errors
    /// [`CryptoError::OpenFailed`].
    pub fn open(&self, index: u64, chunk: &mut [u8], tag: &[u8]) -> Result<(), CryptoError> {
        let opened =
            self.nonce(index).zip(<[u8; TAG_LEN]>::try_from(tag).ok()).is_some_and(|(nonce, tag)| {
                let tag = Tag::from(tag);
                self.key.open_in_place_separate_tag(nonce, Aad::empty(), tag, chunk, 0..).is_ok()
            });
        if opened {
            return Ok(());
        }
        chunk.zeroize();
        Err(CryptoError::OpenFailed)
    }

    /// The base nonce XOR the index as a big-endian number of 12 bytes.
    fn nonce(&self, index: u64) -> Option<Nonce> {
        if index >= MAX_CHUNKS {
            return None;
        }
        let mut nonce = self.base_nonce;
        nonce.iter_mut().rev().zip(index.to_be_bytes().iter().rev()).for_each(|(n, i)| *n ^= i);
        Some(Nonce::assume_unique_for_key(nonce))
    }
}

impl Drop for ChunkCipher {
    fn drop(&mut self) {
        self.base_nonce.zeroize();
    }
}

impl fmt::Debug for ChunkCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, base_nonce: _ } = self;
        f.write_str("ChunkCipher(…)")
    }
}

/// Seals a whole message in memory. Envelopes are sealed in pieces; this is for auditors.
///
/// # Errors
/// [`CryptoError::TooLong`].
#[cfg(any(test, feature = "hazmat"))]
pub fn seal(key: &MessageKey, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let cipher = key.cipher()?;
    let len = sealed_len(plaintext.len() as u64).and_then(|len| usize::try_from(len).ok());
    let mut out = Vec::with_capacity(len.ok_or(CryptoError::TooLong("chunked message"))?);
    out.extend_from_slice(&key.prefix());
    let mut chunks = plaintext.chunks_exact(CHUNK_LEN);
    let mut append = |index: u64, chunk: &[u8]| {
        let start = out.len();
        out.extend_from_slice(chunk);
        let tag = cipher.seal(index, out.get_mut(start..).unwrap_or_default())?;
        out.extend_from_slice(&tag);
        Ok::<_, CryptoError>(index + 1)
    };
    let full = chunks.by_ref().try_fold(0, &mut append)?;
    append(full, chunks.remainder())?;
    Ok(out)
}

/// Opens a whole message in memory; for vectors and auditors, as an envelope opens by segments.
///
/// # Errors
/// [`CryptoError::OpenFailed`], whatever was wrong.
#[cfg(any(test, feature = "hazmat"))]
pub fn open(input_key: &Secret<32>, context: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let len = plaintext_len(sealed.len() as u64).ok_or(CryptoError::OpenFailed)?;
    let (salt, rest) = sealed.split_first_chunk().ok_or(CryptoError::OpenFailed)?;
    let (commitment, chunks) = rest.split_at_checked(COMMITMENT_LEN).ok_or(CryptoError::OpenFailed)?;
    let key = MessageKey::derive(input_key, *salt, context);
    key.check_commitment(commitment)?;
    let cipher = key.cipher()?;

    let mut out = Vec::with_capacity(usize::try_from(len).map_err(|_| CryptoError::OpenFailed)?);
    for (index, chunk) in (0..).zip(chunks.chunks(SEALED_CHUNK_LEN)) {
        let start = out.len();
        let split = chunk.len().checked_sub(TAG_LEN).ok_or(CryptoError::OpenFailed)?;
        let (text, tag) = chunk.split_at(split);
        out.extend_from_slice(text);
        if let Err(error) = cipher.open(index, out.get_mut(start..).unwrap_or_default(), tag) {
            out.zeroize();
            return Err(error);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Secret<32> {
        Secret::new(|key| key.fill(3))
    }

    fn sealed(len: usize) -> Vec<u8> {
        seal(&MessageKey::derive(&key(), [4; SALT_LEN], &[b"context"]), &vec![5; len]).unwrap()
    }

    #[test]
    fn lengths_round_trip_and_only_real_lengths_have_a_plaintext() {
        for len in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 5 * CHUNK_LEN] {
            let message = sealed(len);
            assert_eq!(sealed_len(len as u64), Some(message.len() as u64));
            assert_eq!(plaintext_len(message.len() as u64), Some(len as u64));
            assert_eq!(open(&key(), &[b"context"], &message).unwrap(), vec![5; len]);
        }
        let full = PREFIX_LEN + SEALED_CHUNK_LEN;
        for bad in [0, PREFIX_LEN, PREFIX_LEN + TAG_LEN - 1, full, full + TAG_LEN - 1] {
            assert_eq!(plaintext_len(bad as u64), None, "{bad}");
        }
        assert_eq!(sealed_len(u64::MAX), None);
        assert_eq!(sealed_len((1 << 52) - 1), Some((1 << 52) - 1 + (1 << 42) + 56));
        assert_eq!(sealed_len(1 << 52), None);
    }

    #[test]
    fn f1_chunks_swapped_dropped_doubled_or_cut_fail() {
        let good = sealed(3 * CHUNK_LEN + 7);
        let (prefix, chunks) = good.split_at(PREFIX_LEN);
        let chunks: Vec<&[u8]> = chunks.chunks(SEALED_CHUNK_LEN).collect();
        let build = |order: &[usize]| {
            let mut message = prefix.to_vec();
            order.iter().for_each(|i| message.extend_from_slice(chunks[*i]));
            message
        };
        assert!(open(&key(), &[b"context"], &build(&[0, 1, 2, 3])).is_ok());
        for order in
            [&[1, 0, 2, 3][..], &[0, 2, 3], &[0, 1, 1, 2, 3], &[0, 1, 2], &[0, 1, 2, 3, 3], &[3], &[]]
        {
            assert_eq!(open(&key(), &[b"context"], &build(order)).unwrap_err(), CryptoError::OpenFailed);
        }
        assert!(open(&key(), &[b"other"], &good).is_err());
    }

    #[test]
    fn failed_chunk_leaves_zeros() {
        let cipher = MessageKey::derive(&key(), [4; SALT_LEN], &[]).cipher().unwrap();
        for (index, tag) in [(0, &[0; TAG_LEN][..]), (0, &[0; TAG_LEN - 1]), (MAX_CHUNKS, &[0; TAG_LEN])] {
            let mut chunk = [1; 64];
            assert!(cipher.open(index, &mut chunk, tag).is_err());
            assert_eq!(chunk, [0; 64]);
        }
    }
}
