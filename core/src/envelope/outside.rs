//! What an envelope shows to everybody (SPEC §5.1). Nothing of it is authentic.

use std::io::Read;

use crate::ids::EnvelopeId;

use super::error::EnvelopeError;
use super::header::{Header, SUITE, VERSION};
use super::seal::FRONT_LEN_LEN;

/// What an envelope shows without a key: who may open it, and who sealed it, it does not show. Nothing
/// of it is authentic; [`crate::Agency::inspect`] verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvelopeHeader {
    /// The envelope's version.
    pub version: u8,
    /// The suite's number.
    pub suite: u16,
    /// The envelope's id.
    pub id: EnvelopeId,
    /// The number of recipients.
    pub recipients: usize,
    /// The bytes before the body: header and sealed manifest.
    pub front_len: u64,
}

impl EnvelopeHeader {
    /// Reads an envelope's first bytes, at most 1.2 MiB.
    ///
    /// ```
    /// let bytes = b"PK\x03\x04: no envelope, but a long enough beginning of something";
    /// assert_eq!(vlec::EnvelopeHeader::read(&bytes[..]).unwrap_err().code(), "malformed");
    /// ```
    ///
    /// # Errors
    /// [`EnvelopeError`] `malformed`, `truncated`, `too-large`, `unsupported-version`,
    /// `unsupported-suite`, `io`.
    pub fn read(mut input: impl Read) -> Result<Self, EnvelopeError> {
        let header = Header::read(&mut input)?;
        let mut length = [0; FRONT_LEN_LEN as usize];
        input.read_exact(&mut length).map_err(|error| EnvelopeError::reading("manifest length", error))?;
        let front_len = (header.len() + FRONT_LEN_LEN).checked_add(u64::from_be_bytes(length));
        Ok(Self {
            version: VERSION,
            suite: SUITE,
            id: header.id,
            recipients: header.stanzas.len(),
            front_len: front_len.ok_or(EnvelopeError::Malformed("manifest length"))?,
        })
    }
}
