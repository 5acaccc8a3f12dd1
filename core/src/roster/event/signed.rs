//! A signed event (SPEC §4.1, `[EVT-06]`…`[EVT-08]`).
//!
//! ```text
//! signed event = [ body: bstr (1..=65536),
//!                  signatures: [1*64 [signer: bstr (32), signature: bstr (2484 or 3373)]] ]
//! ```
//!
//! Signers are key ids, strictly ascending. Signatures cover the body's bytes as received, under
//! the label of its kind.

use super::super::error::RosterError;
use super::Event;
use crate::cbor::{self, Malformed, Reader};
use crate::crypto::composite::SIGNATURE_LEN;
use crate::crypto::note_pair::PAIR_SIGNATURE_LEN;
use crate::ids::KeyId;
use crate::keys::Signer;
use crate::label::Label;
use crate::random::Random;

const MAX_BODY: usize = 65536;
const MAX_SIGNATURES: usize = 64;

/// An event with its signatures, none of which has been verified.
#[derive(Clone, Debug)]
pub struct SignedEvent {
    event: Event,
    body: Vec<u8>,
    signatures: Vec<Signature>,
}

/// One signature of an event.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) signer: KeyId,
    pub(crate) bytes: Box<[u8]>,
}

/// The signatures of an event, and what they cover.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) label: Label,
    pub(crate) body: Vec<u8>,
    pub(crate) signatures: Vec<Signature>,
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { signer, bytes } = self;
        write!(f, "Signature({}…, {} bytes)", signer.fingerprint(), bytes.len())
    }
}

impl SignedEvent {
    pub(super) fn sign(event: Event, signers: &[Signer<'_>], random: &Random) -> Result<Self, RosterError> {
        let body = event.encode();
        Self { event, body, signatures: Vec::new() }.countersign(signers, random)
    }

    /// Adds signatures, for signers who do not sit together.
    ///
    /// # Errors
    /// As [`Event::sign`]; a signer who has signed already is named twice.
    pub fn countersign(mut self, signers: &[Signer<'_>], random: &Random) -> Result<Self, RosterError> {
        for signer in signers {
            let signed = signer.sign(self.event.kind().label(), &self.body, random);
            let bytes = signed.map_err(RosterError::NotSigned)?.into_boxed_slice();
            self.signatures.push(Signature { signer: signer.id(), bytes });
        }
        self.signatures.sort_by_key(|signature| signature.signer);
        check(&self.signatures)?;
        Ok(self)
    }

    /// The bytes of the signed event.
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.body, &self.signatures)
    }

    /// Parses a signed event, and verifies nothing.
    ///
    /// # Errors
    /// [`RosterError::Malformed`], which names the field.
    pub fn decode(bytes: &[u8]) -> Result<Self, RosterError> {
        let r = &mut Reader::new(bytes);
        r.array("signed event", 2, 2)?;
        let body = r.bytes("body", 1, MAX_BODY)?;
        let mut signatures = Vec::new();
        for _ in 0..r.array("signatures", 1, MAX_SIGNATURES as u64)? {
            r.array("signatures", 2, 2)?;
            let signer = KeyId::from_bytes(*r.fixed::<32>("signatures")?);
            let bytes = r.bytes("signatures", PAIR_SIGNATURE_LEN, SIGNATURE_LEN)?.into();
            signatures.push(Signature { signer, bytes });
        }
        r.end("signed event")?;
        check(&signatures)?;
        cbor::check_canonical(bytes, &encode(body, &signatures), "signed event")?;
        Ok(Self { event: Event::decode(body)?, body: body.to_vec(), signatures })
    }

    /// The bytes that are signed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What the event claims.
    pub fn event(&self) -> &Event {
        &self.event
    }

    #[cfg(test)]
    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// What the event claims, and what is to be verified before it counts.
    pub(crate) fn into_parts(self) -> (Event, Proof) {
        let Self { event, body, signatures } = self;
        let label = event.kind().label();
        (event, Proof { label, body, signatures })
    }

    /// Who claims to have signed, in ascending order.
    pub fn signers(&self) -> impl Iterator<Item = &KeyId> {
        self.signatures.iter().map(|signature| &signature.signer)
    }
}

/// `[EVT-07]`: 1 to 64 signatures, of a known length each, signers strictly ascending.
fn check(signatures: &[Signature]) -> Result<(), Malformed> {
    let lengths = signatures.iter().all(|s| matches!(s.bytes.len(), SIGNATURE_LEN | PAIR_SIGNATURE_LEN));
    let sorted = signatures.is_sorted_by(|a, b| a.signer < b.signer);
    if (1..=MAX_SIGNATURES).contains(&signatures.len()) && lengths && sorted {
        Ok(())
    } else {
        Err(Malformed { field: "signatures" })
    }
}

fn encode(body: &[u8], signatures: &[Signature]) -> Vec<u8> {
    cbor::encode(|e| {
        e.array(2)?.bytes(body)?.array(signatures.len() as u64)?;
        for Signature { signer, bytes } in signatures {
            e.array(2)?.bytes(signer.as_bytes())?.bytes(bytes)?;
        }
        Ok(())
    })
}

/// For hostile events: checks nothing.
#[cfg(any(test, feature = "hazmat"))]
pub(crate) fn encode_signed(body: &[u8], signatures: impl IntoIterator<Item = (KeyId, Vec<u8>)>) -> Vec<u8> {
    let signatures = signatures.into_iter().map(|(signer, bytes)| Signature { signer, bytes: bytes.into() });
    encode(body, &signatures.collect::<Vec<_>>())
}
