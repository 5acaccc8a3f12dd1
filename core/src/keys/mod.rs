//! Floor 2: whose keys they are. Public and secret halves are different types, and a key for one
//! use cannot be passed where another is asked for.
//!
//! [`directory`] is what the envelope knows of a roster: the keys that a verified roster hands
//! out, and the question whether a sender's key holds.

pub(crate) mod authority;
pub(crate) mod directory;
pub(crate) mod epoch;
pub(crate) mod identity;
pub(crate) mod keyring;

use crate::crypto::CryptoError;
use crate::ids::KeyId;
use crate::label::Label;
use crate::random::Random;

use authority::{LogKey, RootKey, WitnessKey};
use identity::Identity;

/// A secret key that signs roster events.
#[derive(Clone, Copy, Debug)]
pub enum Signer<'a> {
    /// One of the country's roots.
    Root(&'a RootKey),
    /// An agency's identity.
    Identity(&'a Identity),
    /// The country's log key pair, to show possession.
    Log(&'a LogKey),
    /// The country's witness key pair, to show possession.
    Witness(&'a WitnessKey),
}

impl Signer<'_> {
    /// The id of the public half.
    pub fn id(&self) -> KeyId {
        match self {
            Self::Root(key) => *key.id(),
            Self::Identity(key) => *key.id(),
            Self::Log(key) => *key.id(),
            Self::Witness(key) => *key.id(),
        }
    }

    pub(crate) fn sign(&self, label: Label, message: &[u8], random: &Random) -> Result<Vec<u8>, CryptoError> {
        match self {
            Self::Root(key) => key.sign(label, message, random),
            Self::Identity(key) => key.sign(label, message, random).map(|signature| signature.to_vec()),
            Self::Log(key) => key.sign(label, message, random),
            Self::Witness(key) => key.sign(label, message, random),
        }
    }
}
