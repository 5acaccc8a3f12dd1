//! One envelope vector, and what the cases are made of.

use serde::Serialize;
use vlec::hazmat::composite::SigningKey;
use vlec::hazmat::forge::Parts;
use vlec::hazmat::world::{NOW, World, seed};
use vlec::hazmat::{digest::sha256, seeded_random};
use vlec::{Manifest, Random};

use crate::Result;
use crate::hex::{Bytes, hex};
use crate::intermediates::Intermediates;
use crate::sealing::{Order, Seal};
use crate::world::Observed;

/// The sender of nearly every envelope, and two of its recipients.
pub(crate) const SENDER: &str = "GE/mia/cyber";
pub(crate) const RECIPIENT: &str = "UA/npu/cyber";
pub(crate) const SECOND: &str = "MD/igp/search";
/// The content of the forged envelopes.
pub(crate) const CONTENT: &[u8] = b"Vehicle AB-123-CD is reported stolen.";

/// An envelope, how it is opened, and what must come of it. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsized_input: Option<Verdict>,
    roster: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extend: Vec<Extension>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hear: Vec<Heard>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frozen: Vec<&'static str>,
    recipient: Recipient,
    now: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_content: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<Recorded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    horizon: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_length_as: Option<String>,
    pub(crate) envelope: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Bytes>,
    released: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<Seal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) intermediates: Option<Intermediates>,
}

/// What an input whose length cannot be known ends in, where it is something else.
#[derive(Serialize)]
struct Verdict {
    expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<u64>,
}

/// Events that follow a roster's.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Extension {
    pub(crate) country: &'static str,
    pub(crate) as_of: u64,
    pub(crate) events: Vec<Observed>,
}

/// A revocation that is not in a roster.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Heard {
    pub(crate) country: &'static str,
    pub(crate) at: u64,
    pub(crate) event: String,
}

#[derive(Serialize)]
struct Recipient {
    agency: &'static str,
    held: Vec<u64>,
    destroyed: Vec<u64>,
}

/// What the ledger holds already.
#[derive(Serialize)]
pub(crate) struct Recorded {
    pub(crate) sender: &'static str,
    pub(crate) envelope_id: String,
    pub(crate) manifest_sha512: String,
    pub(crate) accepted: bool,
}

impl Case {
    pub(crate) fn new(name: &str, description: &str, rule: &[&'static str]) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            rule: rule.to_vec(),
            attack: Vec::new(),
            expect: "ok".to_owned(),
            field: None,
            segment: None,
            unsized_input: None,
            roster: "world.json",
            extend: Vec::new(),
            hear: Vec::new(),
            frozen: Vec::new(),
            recipient: Recipient { agency: RECIPIENT, held: vec![1], destroyed: Vec::new() },
            now: NOW,
            max_content: None,
            ledger: None,
            horizon: None,
            same_length_as: None,
            envelope: Bytes::none(),
            content: None,
            released: Bytes::none(),
            seal: None,
            intermediates: None,
        }
    }

    /// Of the rosters' countries that of this proof is frozen.
    pub(crate) fn frozen(mut self, proof: &'static str) -> Self {
        self.frozen.push(proof);
        self
    }

    pub(crate) fn attack(mut self, attack: &[&'static str]) -> Self {
        self.attack = attack.to_vec();
        self
    }

    pub(crate) fn expect(mut self, expect: &str) -> Self {
        self.expect = expect.to_owned();
        self
    }

    pub(crate) fn malformed(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self.expect("malformed")
    }

    pub(crate) fn damaged(mut self, segment: u64) -> Self {
        self.segment = Some(segment);
        self.expect("damaged")
    }

    /// What reading from front to back ends in when nothing tells the input's length.
    pub(crate) fn unsized_input(mut self, expect: &'static str, segment: Option<u64>) -> Self {
        self.unsized_input = Some(Verdict { expect, segment });
        self
    }

    pub(crate) fn extend(mut self, extension: Extension) -> Self {
        self.extend.push(extension);
        self
    }

    pub(crate) fn hear(mut self, heard: Heard) -> Self {
        self.hear.push(heard);
        self
    }

    pub(crate) fn opened_by(mut self, agency: &'static str) -> Self {
        self.recipient.agency = agency;
        self
    }

    pub(crate) fn epochs(mut self, held: &[u64], destroyed: &[u64]) -> Self {
        (self.recipient.held, self.recipient.destroyed) = (held.to_vec(), destroyed.to_vec());
        self
    }

    pub(crate) fn at(mut self, now: u64) -> Self {
        self.now = now;
        self
    }

    pub(crate) fn max_content(mut self, bytes: u64) -> Self {
        self.max_content = Some(bytes);
        self
    }

    pub(crate) fn ledger(mut self, recorded: Recorded) -> Self {
        self.ledger = Some(recorded);
        self
    }

    /// The ledger's horizon in seconds.
    pub(crate) fn horizon(mut self, seconds: u64) -> Self {
        self.horizon = Some(seconds);
        self
    }

    pub(crate) fn same_length_as(mut self, name: &str) -> Self {
        self.same_length_as = Some(format!("{name}.json"));
        self
    }

    pub(crate) fn envelope(mut self, envelope: impl AsRef<[u8]>) -> Self {
        self.envelope = Bytes::hex(envelope);
        self
    }

    pub(crate) fn edited(mut self, envelope: Bytes) -> Self {
        self.envelope = envelope;
        self
    }

    /// The content, which is released when all holds.
    pub(crate) fn content(mut self, content: Bytes) -> Self {
        self.released = content.clone();
        self.content = Some(content);
        self
    }

    /// What is released, from front to back, before the error.
    pub(crate) fn released(mut self, released: Bytes) -> Self {
        self.released = released;
        self
    }

    pub(crate) fn sealed_as(mut self, seal: Seal, intermediates: Intermediates) -> Self {
        (self.seal, self.intermediates) = (Some(seal), Some(intermediates));
        self
    }
}

/// An honest envelope to [`RECIPIENT`], one to [`RECIPIENT`] and [`SECOND`], and the tools of a forger.
pub(crate) struct Forge<'w> {
    pub(crate) world: &'w World,
    pub(crate) single: Vec<u8>,
    pub(crate) pair: Vec<u8>,
}

impl<'w> Forge<'w> {
    pub(crate) fn new(world: &'w World) -> Result<Self> {
        let seal = |seed: &str, to: &[&'static str]| -> Result<Vec<u8>> {
            let sealed = Order::new(seed, SENDER, to).padding("none").seal(world, CONTENT)?;
            Ok(sealed.envelope)
        };
        let (single, pair) = (seal("single", &[RECIPIENT])?, seal("pair", &[RECIPIENT, SECOND])?);
        Ok(Self { world, single, pair })
    }

    /// The envelope to one, taken apart by its recipient.
    pub(crate) fn single(&self) -> Result<Parts> {
        self.take(&self.single)
    }

    /// The envelope to two, taken apart by the first of them.
    pub(crate) fn pair(&self) -> Result<Parts> {
        self.take(&self.pair)
    }

    pub(crate) fn take(&self, envelope: &[u8]) -> Result<Parts> {
        Ok(Parts::take(envelope, &self.world.epoch(RECIPIENT, 1)?)?)
    }

    /// A source that depends on the case's name alone.
    pub(crate) fn random(&self, name: &str) -> Random {
        seeded_random(*seed::<32>(&format!("vector {name}")).expose())
    }

    /// Signs as the agency.
    pub(crate) fn sign(&self, parts: &mut Parts, agency: &str, name: &str) -> Result<()> {
        Ok(parts.sign(&self.world.member(agency)?.identity, &self.random(name))?)
    }

    /// The envelope to one whose sender signed a changed manifest, all else holding.
    pub(crate) fn signed(&self, name: &str, change: impl FnOnce(&mut Manifest)) -> Result<Vec<u8>> {
        let mut parts = self.single()?;
        parts.edit(change)?;
        self.sign(&mut parts, SENDER, name)?;
        Ok(parts.assemble()?)
    }

    /// The envelope to one whose sender signed these bytes.
    pub(crate) fn signed_bytes(&self, name: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<Vec<u8>> {
        let mut parts = self.single()?;
        parts.manifest = change(&parts.manifest);
        self.sign(&mut parts, SENDER, name)?;
        // `Parts` seals what it finds; the digests stay those of the body.
        Ok(parts.assemble()?)
    }

    /// An agency's signing key, for signatures that its identity would not make.
    pub(crate) fn signing_key(&self, agency: &str) -> SigningKey {
        SigningKey::from_seed(&seed(&format!("{agency} identity")))
    }
}

/// `bytes` with `mask` in exclusive or at one place.
pub(crate) fn flipped(bytes: &[u8], at: usize, mask: u8) -> Result<Vec<u8>> {
    let mut out = bytes.to_vec();
    *out.get_mut(at).ok_or("place outside the envelope")? ^= mask;
    Ok(out)
}

/// `bytes` with others in their place.
pub(crate) fn replaced(bytes: &[u8], at: usize, by: &[u8]) -> Result<Vec<u8>> {
    let mut out = bytes.to_vec();
    out.get_mut(at..at + by.len()).ok_or("place outside the envelope")?.copy_from_slice(by);
    Ok(out)
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(sha256(&[bytes]))
}
