//! What a country's authority holds: root keys, a log key pair and a witness key pair.

use std::fmt;

use crate::crypto::CryptoError;
use crate::crypto::composite::{SigningKey, VerifyingKey};
use crate::crypto::note_pair::{SigningPair, VerifyingPair};
use crate::ids::{Country, KeyId, KeyUse};
use crate::label::Label;
use crate::random::{Random, RandomError};
use crate::secret::Secret;

macro_rules! authority_key {
    ($(#[$secret_doc:meta])* $secret:ident,
     $(#[$public_doc:meta])* $public:ident, $use:expr, $signing:ty, $verifying:ty, $half:ident) => {
        $(#[$secret_doc])*
        pub struct $secret {
            key: $signing,
            public: $public,
        }

        $(#[$public_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $public {
            id: KeyId,
            key: $verifying,
        }

        impl $secret {
            /// A new random key for `country`.
            ///
            /// # Errors
            /// [`RandomError`].
            pub fn generate(country: Country, random: &Random) -> Result<Self, RandomError> {
                Ok(Self::from_seed(country, &random.secret()?))
            }

            pub(crate) fn from_seed(country: Country, seed: &Secret<64>) -> Self {
                let key = <$signing>::from_seed(seed);
                let public = $public::new(country, key.$half().clone());
                Self { key, public }
            }

            /// The id of the public half.
            pub fn id(&self) -> &KeyId {
                &self.public.id
            }

            /// The public half.
            pub fn public(&self) -> &$public {
                &self.public
            }

            pub(crate) fn sign(
                &self,
                label: Label,
                message: &[u8],
                random: &Random,
            ) -> Result<Vec<u8>, CryptoError> {
                self.key.sign(label, message, random).map(|signature| signature.to_vec())
            }
        }

        impl fmt::Debug for $secret {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { key: _, public } = self;
                write!(f, concat!(stringify!($secret), "({}…)"), public.id.fingerprint())
            }
        }

        impl $public {
            pub(crate) fn new(country: Country, key: $verifying) -> Self {
                Self { id: KeyId::derive($use, &country.into(), &key.to_bytes()), key }
            }

            /// Parses and checks the bytes of a key of `country`, as a ceremony collects them.
            ///
            /// # Errors
            /// [`CryptoError::Malformed`]: wrong length, or a key that the suite refuses.
            pub fn from_bytes(country: Country, bytes: &[u8]) -> Result<Self, CryptoError> {
                Ok(Self::new(country, <$verifying>::from_bytes(bytes)?))
            }

            /// The bytes of the key.
            pub fn to_bytes(&self) -> Vec<u8> {
                self.key.to_bytes().to_vec()
            }

            /// The key's id.
            pub fn id(&self) -> &KeyId {
                &self.id
            }

            pub(crate) fn key(&self) -> &$verifying {
                &self.key
            }
        }
    };
}

authority_key! {
    /// The secret half of one of a country's root keys; wiped when dropped.
    RootKey,
    /// The public half of one of a country's root keys.
    RootPublicKey, KeyUse::Root, SigningKey, VerifyingKey, verifying_key
}

authority_key! {
    /// The secret half of a country's log key pair; wiped when dropped.
    LogKey,
    /// The public half of a country's log key pair.
    LogPublicKey, KeyUse::Log, SigningPair, VerifyingPair, verifying_pair
}

authority_key! {
    /// The secret half of a country's witness key pair; wiped when dropped.
    WitnessKey,
    /// The public half of a country's witness key pair.
    WitnessPublicKey, KeyUse::Witness, SigningPair, VerifyingPair, verifying_pair
}

impl LogKey {
    /// The pair, to sign checkpoints with.
    pub(crate) fn pair(&self) -> &SigningPair {
        &self.key
    }
}

impl WitnessKey {
    /// The pair, to cosign checkpoints with.
    pub(crate) fn pair(&self) -> &SigningPair {
        &self.key
    }
}

impl WitnessPublicKey {
    /// Whether one of the two keys of a pair is the other pair's too.
    pub(crate) fn shares_with(&self, other: &Self) -> bool {
        self.key().components().iter().any(|component| other.key().components().contains(component))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k4_one_pair_has_different_ids_as_log_and_as_witness() {
        let (country, seed) = ("GE".parse().unwrap(), Secret::new(|s| s.fill(1)));
        let log = LogKey::from_seed(country, &seed);
        let witness = WitnessKey::from_seed(country, &seed);
        assert_ne!(log.id(), witness.id());
        let again = LogPublicKey::from_bytes(country, &log.public().to_bytes()).unwrap();
        assert_eq!(again, *log.public());
        assert!(LogPublicKey::from_bytes(country, &[0; 1344]).is_err());
        assert_eq!(format!("{log:?}"), format!("LogKey({}…)", log.id().fingerprint()));
    }
}
