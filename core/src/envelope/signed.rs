//! The manifest with its signature: as received, as verified, and as evidence (SPEC §5.3, and
//! steps 7 to 10 of §5.6).

use std::fmt;

use crate::crypto::composite::{SIGNATURE_LEN, VerifyingKey};
use crate::crypto::digest::sha512;
use crate::ids::{AgencyId, EpochNumber, KeyId};
use crate::keys::directory::{Directory, VerifiedSender};
use crate::keys::identity::IdentityKey;
use crate::label;
use crate::time::Timestamp;

use super::error::{EnvelopeError, Layer};
use super::header::{self, Header, SUITE, VERSION};
use super::manifest::{Manifest, SealedTo};

/// A manifest and its signature as received; the only kind that can be decoded.
#[derive(Debug)]
pub(crate) struct UnverifiedManifest {
    manifest: Manifest,
    signed: Box<SignedManifest>,
}

/// A manifest's bytes and signature: what a recipient shows to a third party.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedManifest {
    /// The manifest as the sender encoded it.
    pub bytes: Vec<u8>,
    /// The sender's composite signature.
    pub signature: [u8; SIGNATURE_LEN],
}

impl SignedManifest {
    /// Verifies that `identity` signed the manifest, offline and without any secret. Whether the
    /// key was the sender's, and whether it was revoked later, the sender's roster says.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`]; [`EnvelopeError::UnsupportedVersion`] and
    /// [`EnvelopeError::UnsupportedSuite`]; [`EnvelopeError::OtherSender`] if the manifest names another
    /// key; [`EnvelopeError::OpenFailed`] if the signature does not hold;
    /// [`EnvelopeError::UnknownCriticalExtension`].
    pub fn verify(&self, identity: &IdentityKey) -> Result<Manifest, EnvelopeError> {
        let manifest = Manifest::decode(&self.bytes)?;
        // [ENV-10]
        if manifest.version != VERSION.into() {
            return Err(EnvelopeError::UnsupportedVersion(manifest.version.try_into().unwrap_or(u8::MAX)));
        }
        if manifest.suite != SUITE.into() {
            return Err(EnvelopeError::UnsupportedSuite(manifest.suite.try_into().unwrap_or(u16::MAX)));
        }
        if (&manifest.sender, &manifest.sender_key) != (identity.agency(), identity.id()) {
            return Err(EnvelopeError::OtherSender);
        }
        self.check(identity.key())?;
        check_critical(&manifest)?;
        Ok(manifest)
    }

    /// `[ENV-14]` Both halves of the signature hold over the bytes as received. Gives the SHA-512
    /// of the bytes, which the signature needs anyway.
    fn check(&self, key: &VerifyingKey) -> Result<[u8; 64], EnvelopeError> {
        let digest = sha512(&[&self.bytes]);
        key.verify_prehash(label::SIGN_MANIFEST.bytes(), &digest, &self.signature)
            .map_err(|_| EnvelopeError::failed(Layer::Signature))?;
        Ok(digest)
    }
}

impl fmt::Debug for SignedManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, signature: _ } = self;
        write!(f, "SignedManifest({} bytes)", bytes.len())
    }
}

/// What is kept of a manifest that a sender signed: for a third party.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// SHA-512 of the manifest's bytes, which is what the signature is over.
    pub digest: [u8; 64],
    /// The sender's composite signature.
    pub signature: [u8; SIGNATURE_LEN],
    /// The manifest itself, until the epoch that it was sealed to has ended. Afterwards the digest alone is left,
    /// and tells nothing of what was in the envelope to those who do not have its manifest.
    pub manifest: Option<SignedManifest>,
}

impl Evidence {
    /// Verifies that `identity` signed a manifest of this digest, offline and without any secret.
    ///
    /// # Errors
    /// [`EnvelopeError::OpenFailed`] if the signature does not hold; as [`SignedManifest::verify`], where the
    /// manifest is there.
    pub fn verify(&self, identity: &IdentityKey) -> Result<(), EnvelopeError> {
        let failed = || EnvelopeError::failed(Layer::Signature);
        match &self.manifest {
            Some(manifest) if sha512(&[&manifest.bytes]) != self.digest => Err(failed()),
            Some(manifest) => manifest.verify(identity).map(drop),
            None => identity
                .key()
                .verify_prehash(label::SIGN_MANIFEST.bytes(), &self.digest, &self.signature)
                .map_err(|_| failed()),
        }
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest: _, signature: _, manifest } = self;
        write!(
            f,
            "Evidence({})",
            if manifest.is_some() { "with its manifest" } else { "digest and signature" }
        )
    }
}

/// Which of the recipient's keys opened the header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenedAs<'a> {
    pub(crate) agency: &'a AgencyId,
    pub(crate) epoch: EpochNumber,
    pub(crate) key_id: &'a KeyId,
    pub(crate) stanza: usize,
}

impl UnverifiedManifest {
    pub(crate) fn decode(bytes: Vec<u8>, signature: [u8; SIGNATURE_LEN]) -> Result<Self, EnvelopeError> {
        let signed = Box::new(SignedManifest { bytes, signature });
        Ok(Self { manifest: Manifest::decode(&signed.bytes)?, signed })
    }

    /// Steps 7 to 10 of SPEC §5.6, in that order.
    pub(crate) fn verify(
        self,
        header: &Header,
        opened: OpenedAs<'_>,
        directory: &dyn Directory,
        now: Timestamp,
    ) -> Result<VerifiedManifest, EnvelopeError> {
        let manifest = &self.manifest;
        // [ENV-10] The signed version, suite and id are the outer ones.
        if (manifest.version, manifest.suite) != (VERSION.into(), SUITE.into()) || manifest.id != header.id {
            return Err(EnvelopeError::Malformed("signed version, suite or id: not the header's, which"));
        }
        // [ENV-11] One stanza for each signed recipient, in order; the hints are theirs.
        // The stanza that was opened was found by its key's hint.
        let own = header.stanzas.get(opened.stanza).map(|stanza| stanza.hint);
        let hints = manifest.recipients.iter().map(|to| match own {
            Some(own) if to.key_id == *opened.key_id => own,
            _ => header::hint(&to.key_id, &manifest.id),
        });
        if !hints.eq(header.stanzas.iter().map(|stanza| stanza.hint)) {
            return Err(EnvelopeError::Malformed("signed recipients: not the header's stanzas, which"));
        }
        // [ENV-12] The key that opened the stanza is the one that was signed for it.
        let me = SealedTo { agency: opened.agency.clone(), epoch: opened.epoch, key_id: *opened.key_id };
        if manifest.recipients.get(opened.stanza) != Some(&me) {
            return Err(EnvelopeError::NotARecipient);
        }
        // [ENV-13] A fresh roster vouches for the sender's key.
        let VerifiedSender(key) =
            directory.sender(&manifest.sender, &manifest.sender_key, now).map_err(EnvelopeError::Sender)?;
        let digest = self.signed.check(&key)?;
        // [ENV-27] The sender has seen no other rosters, and no newer ones.
        directory.check_heads(&manifest.heads).map_err(EnvelopeError::Sender)?;
        check_critical(manifest)?;
        Ok(VerifiedManifest { manifest: self.manifest, signed: self.signed, opened_with: me, digest })
    }
}

/// `[ENV-15]`, `[MAN-06]` No critical extension is known to this version.
fn check_critical(manifest: &Manifest) -> Result<(), EnvelopeError> {
    match manifest.critical.first() {
        Some(extension) => Err(EnvelopeError::UnknownCriticalExtension(extension.id)),
        None => Ok(()),
    }
}

/// A manifest whose sender, recipients and signature have been verified: who sent the content, to
/// whom, when, and with which keys.
#[derive(Debug)]
pub struct VerifiedManifest {
    manifest: Manifest,
    signed: Box<SignedManifest>,
    opened_with: SealedTo,
    digest: [u8; 64],
}

impl VerifiedManifest {
    /// The recipient entry whose key opened the envelope.
    pub fn opened_with(&self) -> &SealedTo {
        &self.opened_with
    }

    /// The signed bytes, to be kept as evidence.
    pub fn signed(&self) -> &SignedManifest {
        &self.signed
    }

    /// SHA-512 of the manifest's bytes: the envelope's identity in a ledger.
    pub fn digest(&self) -> &[u8; 64] {
        &self.digest
    }
}

impl std::ops::Deref for VerifiedManifest {
    type Target = Manifest;

    fn deref(&self) -> &Manifest {
        &self.manifest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::labels::Extension;
    use crate::envelope::manifest::tests::example;
    use crate::keys::identity::Identity;
    use crate::secret::Secret;

    #[test]
    fn e5_a_third_party_judges_version_suite_and_critical_extensions_too() {
        let identity = Identity::from_seed("GE/mia".parse().unwrap(), &Secret::new(|seed| seed.fill(1)));
        let random = crate::random::Random::system();
        let verify = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = Manifest { sender_key: *identity.id(), ..example() };
            change(&mut manifest);
            let bytes = manifest.encode();
            let signature = identity.sign(label::SIGN_MANIFEST, &bytes, &random).unwrap();
            SignedManifest { bytes, signature }.verify(identity.public()).map(drop)
        };
        let code = |change: &dyn Fn(&mut Manifest)| verify(change).unwrap_err().code();
        assert!(verify(&|_| {}).is_ok());
        assert_eq!(code(&|manifest| manifest.version = 2), "unsupported-version");
        assert_eq!(code(&|manifest| manifest.version = 257), "unsupported-version");
        assert_eq!(code(&|manifest| manifest.suite = 2), "unsupported-suite");
        let extension = || Extension { id: 3, value: vec![] };
        assert_eq!(code(&|manifest| manifest.critical.push(extension())), "unknown-critical-extension");
    }
}
