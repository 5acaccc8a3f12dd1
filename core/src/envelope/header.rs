//! The header: to whom, without saying so.
//!
//! ```text
//! header = "VLEC" ‖ version u8 ‖ suite u16 ‖ envelope_id(16) ‖ n u16 ‖ n × stanza ‖ header_mac(32)
//! stanza = hint(8) ‖ enc(1120) ‖ wrapped(48)
//! ```
//!
//! SPEC §5.1, `[ENV-01]`…`[ENV-08]`.

use std::collections::HashMap;
use std::io::Read;

use crate::crypto::hpke;
use crate::crypto::kdf::{hmac_sha512, tags_equal};
use crate::crypto::xwing::{CIPHERTEXT_LEN, DecapsulationKey, EncapsulationKey};
use crate::ids::{EnvelopeId, KeyId};
use crate::label;
use crate::random::Random;
use crate::secret::Secret;

use super::error::{EnvelopeError, Layer, MAGIC_NUMBER};
use super::keys::FileKeys;

/// The first four bytes of every envelope.
pub(crate) const MAGIC: &[u8; 4] = b"VLEC";
/// The envelope's version.
pub(crate) const VERSION: u8 = 1;
/// Suite VLEC-1.
pub(crate) const SUITE: u16 = 1;
/// Most recipients of one envelope.
pub(crate) const MAX_RECIPIENTS: usize = 1024;

/// Length of a stanza in bytes.
pub(crate) const STANZA_LEN: usize = HINT_LEN + CIPHERTEXT_LEN + WRAPPED_LEN;
const FIXED_LEN: usize = 4 + 1 + 2 + 16 + 2;
const HINT_LEN: usize = 8;
const WRAPPED_LEN: usize = 48;
pub(super) const MAC_LEN: usize = 32;

/// Length of the header for `n` recipients in bytes.
pub(crate) const fn header_len(n: usize) -> u64 {
    (FIXED_LEN + n * STANZA_LEN + MAC_LEN) as u64
}

/// One recipient's way to the file key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    /// Lets the recipient find the stanza without decapsulating.
    pub hint: [u8; HINT_LEN],
    /// The X-Wing ciphertext.
    pub enc: Box<[u8; CIPHERTEXT_LEN]>,
    /// The file key, sealed with HPKE.
    pub wrapped: [u8; WRAPPED_LEN],
}

impl Stanza {
    /// `wrapped = HPKE.SealBase(pk, info, "", file_key)`, SPEC §5.1.2.
    pub(crate) fn wrap(
        key: &EncapsulationKey,
        key_id: &KeyId,
        id: &EnvelopeId,
        file_key: &Secret<32>,
        random: &Random,
    ) -> Result<Self, EnvelopeError> {
        let (enc, wrapped) = hpke::seal(key, &info(&SUITE.to_be_bytes(), id, key_id), file_key, random)?;
        Ok(Self { hint: hint(key_id, id), enc: Box::new(enc), wrapped })
    }

    /// The file key, which is unauthenticated until the header MAC holds.
    pub(crate) fn unwrap(
        &self,
        key: &DecapsulationKey,
        key_id: &KeyId,
        id: &EnvelopeId,
    ) -> Result<Secret<32>, EnvelopeError> {
        hpke::open(key, &self.enc, &info(&SUITE.to_be_bytes(), id, key_id), &self.wrapped)
            .map_err(|_| EnvelopeError::failed(Layer::Decapsulation))
    }
}

/// `label ‖ suite ‖ envelope_id ‖ key_id`.
fn info<'a>(suite: &'a [u8; 2], id: &'a EnvelopeId, key_id: &'a KeyId) -> [&'a [u8]; 4] {
    [label::STANZA.bytes(), suite, id.as_bytes(), key_id.as_bytes()]
}

/// First 8 bytes of `HMAC-SHA-512(key_id, label ‖ envelope_id)`, SPEC §5.1.3.
pub fn hint(key_id: &KeyId, id: &EnvelopeId) -> [u8; HINT_LEN] {
    hmac_sha512(key_id.as_bytes(), &[label::HINT.bytes(), id.as_bytes()])
}

/// A header as received. Nothing in it is authentic before [`Header::authenticate`].
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) id: EnvelopeId,
    pub(crate) stanzas: Vec<Stanza>,
    /// The place of the stanza with each hint.
    hints: HashMap<[u8; HINT_LEN], usize>,
    /// Every byte before the MAC.
    authenticated: Vec<u8>,
    mac: [u8; MAC_LEN],
}

impl Header {
    /// Reads a header, bounding the number of stanzas before it allocates.
    pub(crate) fn read(input: &mut dyn Read) -> Result<Self, EnvelopeError> {
        let truncated = |error| EnvelopeError::reading("header", error);
        let mut fixed = [0; FIXED_LEN];
        let (magic, rest) = fixed.split_at_mut(MAGIC.len());
        input.read_exact(magic).map_err(truncated)?;
        if magic != MAGIC {
            return Err(EnvelopeError::Malformed(MAGIC_NUMBER));
        }
        input.read_exact(rest).map_err(truncated)?;
        let [_, _, _, _, version, s0, s1, id @ .., n0, n1] = fixed;
        if version != VERSION {
            return Err(EnvelopeError::UnsupportedVersion(version));
        }
        let suite = u16::from_be_bytes([s0, s1]);
        if suite != SUITE {
            return Err(EnvelopeError::UnsupportedSuite(suite));
        }
        let count = usize::from(u16::from_be_bytes([n0, n1]));
        if count == 0 {
            return Err(EnvelopeError::Malformed("number of stanzas"));
        }
        if count > MAX_RECIPIENTS {
            let limit = MAX_RECIPIENTS as u64;
            return Err(EnvelopeError::TooLarge { what: "number of stanzas", limit });
        }

        let mut authenticated = vec![0; FIXED_LEN + count * STANZA_LEN];
        let (head, tail) = authenticated.split_at_mut(FIXED_LEN);
        head.copy_from_slice(&fixed);
        input.read_exact(tail).map_err(truncated)?;
        let stanzas: Vec<Stanza> = tail.chunks_exact(STANZA_LEN).filter_map(parse_stanza).collect();
        let hints: HashMap<_, _> = stanzas.iter().map(|stanza| stanza.hint).zip(0..).collect();
        if hints.len() != count {
            return Err(EnvelopeError::Malformed("stanza hints"));
        }
        let mut mac = [0; MAC_LEN];
        input.read_exact(&mut mac).map_err(truncated)?;
        Ok(Self { id: EnvelopeId::from_bytes(id), stanzas, hints, authenticated, mac })
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> u64 {
        header_len(self.stanzas.len())
    }

    /// The place of the stanza with this hint.
    pub(crate) fn stanza_of(&self, hint: &[u8; HINT_LEN]) -> Option<usize> {
        self.hints.get(hint).copied()
    }

    /// The header MAC commits to the file key and to every byte before it (`[ENV-08]`).
    pub(crate) fn authenticate(&self, keys: &FileKeys) -> Result<(), EnvelopeError> {
        if tags_equal(&keys.header_mac(&self.authenticated), &self.mac) {
            Ok(())
        } else {
            Err(EnvelopeError::failed(Layer::HeaderMac))
        }
    }
}

/// The bytes of a header.
pub(crate) fn write(
    version: u8,
    suite: u16,
    id: &EnvelopeId,
    stanzas: &[Stanza],
    keys: &FileKeys,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(FIXED_LEN + stanzas.len() * STANZA_LEN + MAC_LEN);
    out.extend_from_slice(MAGIC);
    out.push(version);
    out.extend_from_slice(&suite.to_be_bytes());
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(&(stanzas.len() as u16).to_be_bytes());
    for stanza in stanzas {
        out.extend_from_slice(&stanza.hint);
        out.extend_from_slice(&*stanza.enc);
        out.extend_from_slice(&stanza.wrapped);
    }
    let mac = keys.header_mac(&out);
    out.extend_from_slice(&mac);
    out
}

fn parse_stanza(bytes: &[u8]) -> Option<Stanza> {
    let (hint, rest) = bytes.split_first_chunk()?;
    let (enc, wrapped) = rest.split_first_chunk()?;
    Some(Stanza { hint: *hint, enc: Box::new(*enc), wrapped: wrapped.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(byte: u8) -> Stanza {
        Stanza { hint: [byte; 8], enc: Box::new([byte; CIPHERTEXT_LEN]), wrapped: [byte; 48] }
    }

    const ID: EnvelopeId = EnvelopeId::from_bytes([9; 16]);

    fn keys(byte: u8) -> FileKeys {
        FileKeys::derive(&Secret::new(|key| key.fill(byte)), &ID)
    }

    fn header(stanzas: &[Stanza]) -> Vec<u8> {
        write(VERSION, SUITE, &ID, stanzas, &keys(1))
    }

    fn read(bytes: &[u8]) -> Result<Header, EnvelopeError> {
        Header::read(&mut &bytes[..])
    }

    #[test]
    fn round_trip_and_authentication() {
        let bytes = header(&[stanza(1), stanza(2)]);
        let parsed = read(&bytes).unwrap();
        assert_eq!(parsed.stanzas, [stanza(1), stanza(2)]);
        assert_eq!(parsed.len(), bytes.len() as u64);
        assert!(parsed.authenticate(&keys(1)).is_ok());
        assert!(parsed.authenticate(&keys(2)).is_err());
    }

    #[test]
    fn every_length_but_the_right_one_is_truncated() {
        let bytes = header(&[stanza(1)]);
        for len in 0..bytes.len() {
            assert_eq!(read(&bytes[..len]).unwrap_err().code(), "truncated", "{len}");
        }
    }

    #[test]
    fn d1_recipient_bomb_is_refused_before_its_stanzas_are_read() {
        let mut bytes = header(&[stanza(1)]);
        bytes[23..25].copy_from_slice(&1025_u16.to_be_bytes());
        assert_eq!(read(&bytes[..25]).unwrap_err().code(), "too-large");
        bytes[23..25].copy_from_slice(&0_u16.to_be_bytes());
        assert_eq!(read(&bytes).unwrap_err().code(), "malformed");
    }

    #[test]
    fn e5_other_magic_version_or_suite_is_rejected() {
        for (at, code) in
            [(0, "malformed"), (4, "unsupported-version"), (5, "unsupported-suite"), (6, "unsupported-suite")]
        {
            let mut bytes = header(&[stanza(1)]);
            bytes[at] ^= 2;
            assert_eq!(read(&bytes).unwrap_err().code(), code);
        }
    }

    #[test]
    fn e4_doubled_hint_is_malformed() {
        assert_eq!(read(&header(&[stanza(1), stanza(1)])).unwrap_err().code(), "malformed");
    }
}
