//! Envelopes that an honest sender never makes: taken apart, changed and put together again, with
//! whatever keys the forger is supposed to hold.
//!
//! Nothing is verified here. [`Parts::take`] is what any recipient can do; [`Parts::sign`] needs a
//! sender's identity; [`Parts::assemble`] seals each layer again over whatever it finds.

use crate::crypto::chunked::{self, COMMITMENT_LEN, PREFIX_LEN, SALT_LEN};
use crate::crypto::composite::SIGNATURE_LEN;
use crate::crypto::digest::KeyedHash;
use crate::crypto::kdf;
use crate::envelope::error::EnvelopeError;
use crate::envelope::front::{self, FrontReader};
use crate::envelope::header::{self, Header, Stanza};
use crate::envelope::keys::FileKeys;
use crate::envelope::manifest::Manifest;
use crate::envelope::segments::{DigestKeys, SEGMENT_LEN};
use crate::ids::EnvelopeId;
use crate::keys::directory::Recipient;
use crate::keys::epoch::Epoch;
use crate::keys::identity::Identity;
use crate::label;
use crate::random::Random;
use crate::secret::Secret;

/// An envelope in parts, all of them the forger's to change.
#[derive(Debug)]
pub struct Parts {
    /// The header's version.
    pub version: u8,
    /// The header's suite.
    pub suite: u16,
    /// The envelope's id, in the header and in every derivation.
    pub id: EnvelopeId,
    /// The header's stanzas.
    pub stanzas: Vec<Stanza>,
    /// The file key under which header, front and body are sealed.
    pub file_key: Secret<32>,
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// The signature's bytes.
    pub signature: [u8; SIGNATURE_LEN],
    /// The digests in the front.
    pub digests: Vec<[u8; 32]>,
    /// What is sealed as the front instead of manifest, signature and digests, if anything.
    pub front: Option<Vec<u8>>,
    /// The front's salt.
    pub front_salt: [u8; SALT_LEN],
    /// The body's plaintext, padding included.
    pub body: Vec<u8>,
    /// The body's salt.
    pub body_salt: [u8; SALT_LEN],
}

impl Parts {
    /// Takes an envelope apart with a recipient's epoch key, verifying nothing but the tags.
    ///
    /// # Errors
    /// [`EnvelopeError`] if the envelope is not one for this epoch.
    pub fn take(envelope: &[u8], epoch: &Epoch) -> Result<Self, EnvelopeError> {
        let input = &mut &envelope[..];
        let header = Header::read(input)?;
        let key_id = epoch.public().id();
        let mine = header.stanzas.iter().find(|stanza| stanza.hint == header::hint(key_id, &header.id));
        let stanza = mine.ok_or(EnvelopeError::NotARecipient)?;
        let file_key = stanza.unwrap(epoch.key(), key_id, &header.id)?;
        let truncated = || EnvelopeError::Truncated("front");
        let (length, rest) = input.split_first_chunk().ok_or_else(truncated)?;
        *input = rest;
        let front_salt = *rest.first_chunk().ok_or_else(truncated)?;
        let mut reader =
            FrontReader::start(input, &FileKeys::derive(&file_key, &header.id), u64::from_be_bytes(*length))?;
        let (manifest, signature) = reader.manifest()?;
        let count = Manifest::decode(&manifest)?.body_len.div_ceil(SEGMENT_LEN as u64);
        let digests = (0..count).map(|_| reader.digest()).collect::<Result<_, _>>()?;
        reader.finish()?;
        let body_salt = *input.first_chunk().ok_or_else(truncated)?;
        let context = [label::BODY_CONTEXT.bytes(), header.id.as_bytes()];
        let key = kdf::derive(file_key.expose(), label::BODY_KEY, &header.id);
        let body = chunked::open(&key, &context, input)?;
        let (version, suite) = (header::VERSION, header::SUITE);
        let Header { id, stanzas, .. } = header;
        Ok(Self {
            version,
            suite,
            id,
            stanzas,
            file_key,
            manifest,
            signature,
            digests,
            front: None,
            front_salt,
            body,
            body_salt,
        })
    }

    /// The manifest's fields.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] if the manifest is not one.
    pub fn manifest(&self) -> Result<Manifest, EnvelopeError> {
        Ok(Manifest::decode(&self.manifest)?)
    }

    /// Replaces the manifest by its changed fields; the signature stays as it was.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] if the manifest is not one.
    pub fn edit(&mut self, change: impl FnOnce(&mut Manifest)) -> Result<(), EnvelopeError> {
        let mut manifest = self.manifest()?;
        change(&mut manifest);
        self.manifest = manifest.encode();
        Ok(())
    }

    /// Signs the manifest as it is.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn sign(&mut self, identity: &Identity, random: &Random) -> Result<(), EnvelopeError> {
        self.signature = identity.sign(label::SIGN_MANIFEST, &self.manifest, random)?;
        Ok(())
    }

    /// A stanza for `to` with any file key.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn wrap(
        &self,
        to: &Recipient,
        file_key: &Secret<32>,
        random: &Random,
    ) -> Result<Stanza, EnvelopeError> {
        Stanza::wrap(to.key(), to.key_id(), &self.id, file_key, random)
    }

    /// Makes digests, root and commitment those of the body as it is, in the manifest too.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] if the manifest is not one.
    pub fn digest_body(&mut self) -> Result<(), EnvelopeError> {
        let manifest = self.manifest()?;
        let keys = DigestKeys::derive(&manifest.content_salt, &self.id);
        let segment_key: Secret<32> = kdf::derive(&manifest.content_salt, label::SEGMENT_DIGEST, &self.id);
        self.digests = self.body.chunks(SEGMENT_LEN).map(|segment| digest(&segment_key, segment)).collect();
        let mut root = keys.root(manifest.body_len);
        self.digests.iter().for_each(|digest| root.update(digest));
        let (root, commitment) = (root.finish(), self.body_commitment());
        self.edit(|manifest| {
            manifest.body_root = root;
            manifest.body_commitment = commitment;
        })
    }

    fn keys(&self) -> FileKeys {
        FileKeys::derive(&self.file_key, &self.id)
    }

    /// The commitment of the body under the present file key, id and salt.
    pub fn body_commitment(&self) -> [u8; COMMITMENT_LEN] {
        *self.keys().body(self.body_salt).commitment()
    }

    /// The header with a MAC that holds.
    pub fn header(&self) -> Vec<u8> {
        header::write(self.version, self.suite, &self.id, &self.stanzas, &self.keys())
    }

    /// The sealed front.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn sealed_front(&self) -> Result<Vec<u8>, EnvelopeError> {
        let honest = front::write(&self.manifest, &self.signature, &self.digests);
        let plaintext = self.front.as_deref().unwrap_or(&honest);
        Ok(chunked::seal(&self.keys().front(self.front_salt), plaintext)?)
    }

    /// The sealed body.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn sealed_body(&self) -> Result<Vec<u8>, EnvelopeError> {
        Ok(chunked::seal(&self.keys().body(self.body_salt), &self.body)?)
    }

    /// The envelope of these parts, every MAC and tag holding.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn assemble(&self) -> Result<Vec<u8>, EnvelopeError> {
        let mut out = self.header();
        let front = self.sealed_front()?;
        out.extend_from_slice(&(front.len() as u64).to_be_bytes());
        out.extend_from_slice(&front);
        out.extend_from_slice(&self.sealed_body()?);
        Ok(out)
    }

    /// Where header, length field, front and body begin and end in [`Parts::assemble`]'s result.
    ///
    /// # Errors
    /// [`EnvelopeError::Crypto`].
    pub fn offsets(&self) -> Result<Offsets, EnvelopeError> {
        let front_length = self.header().len();
        let front = front_length + 8;
        let body = front + self.sealed_front()?.len();
        Ok(Offsets { front_length, front, body, first_chunk: body + PREFIX_LEN })
    }
}

/// Places in an assembled envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// The length field of the sealed front.
    pub front_length: usize,
    /// The sealed front.
    pub front: usize,
    /// The sealed body.
    pub body: usize,
    /// The body's first chunk.
    pub first_chunk: usize,
}

fn digest(key: &Secret<32>, segment: &[u8]) -> [u8; 32] {
    let mut hash = KeyedHash::new(key.expose());
    hash.update(segment);
    hash.finish()
}
