//! An agency's identity: its long-lived composite signature key.

use std::fmt;

use crate::crypto::CryptoError;
use crate::crypto::composite::{SIGNATURE_LEN, SigningKey, VerifyingKey};
use crate::ids::{AgencyId, KeyId, KeyUse};
use crate::label::Label;
use crate::random::{Random, RandomError};
use crate::secret::Secret;

/// The secret half of an agency's identity; wiped when dropped.
pub struct Identity {
    key: SigningKey,
    public: IdentityKey,
}

/// The public half of an agency's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    agency: AgencyId,
    id: KeyId,
    key: VerifyingKey,
}

impl Identity {
    /// A new random identity for `agency`.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn generate(agency: AgencyId, random: &Random) -> Result<Self, RandomError> {
        Ok(Self::from_seed(agency, &random.secret()?))
    }

    pub(crate) fn from_seed(agency: AgencyId, seed: &Secret<64>) -> Self {
        let key = SigningKey::from_seed(seed);
        let public = IdentityKey::new(agency, key.verifying_key().clone());
        Self { key, public }
    }

    /// The agency.
    pub fn agency(&self) -> &AgencyId {
        &self.public.agency
    }

    /// The id of the public half.
    pub fn id(&self) -> &KeyId {
        &self.public.id
    }

    /// The public half.
    pub fn public(&self) -> &IdentityKey {
        &self.public
    }

    pub(crate) fn sign(
        &self,
        label: Label,
        message: &[u8],
        random: &Random,
    ) -> Result<[u8; SIGNATURE_LEN], CryptoError> {
        self.key.sign(label, message, random)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, public } = self;
        write!(f, "Identity({}, {}…)", public.agency, public.id.fingerprint())
    }
}

impl IdentityKey {
    pub(crate) fn new(agency: AgencyId, key: VerifyingKey) -> Self {
        let id = KeyId::derive(KeyUse::Identity, &agency, &key.to_bytes());
        Self { agency, id, key }
    }

    /// Parses and checks the 1,984 bytes of an identity key of `agency`.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`]: wrong length, or a key that the suite refuses.
    pub fn from_bytes(agency: AgencyId, bytes: &[u8]) -> Result<Self, CryptoError> {
        Ok(Self::new(agency, VerifyingKey::from_bytes(bytes)?))
    }

    /// The bytes of the key.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// The agency.
    pub fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// The key's id.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub(crate) fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_owner_and_fingerprint_only() {
        let identity = Identity::from_seed("GE/mia".parse().unwrap(), &Secret::new(|s| s.fill(1)));
        let public = identity.public();
        assert_eq!(
            IdentityKey::from_bytes("GE/mia".parse().unwrap(), &public.to_bytes()),
            Ok(public.clone())
        );
        let shown = format!("{identity:?}");
        assert_eq!(shown, format!("Identity(GE/mia, {}…)", identity.id().fingerprint()));
    }
}
