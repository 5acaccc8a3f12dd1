//! Who must sign an event, and whether they did (SPEC §4.10, `[ROS-10]`…`[ROS-12]`).
//!
//! A [`Call`] holds the keys themselves and nothing of the roster, so that a [`Check`], nearly all
//! of the work, depends on one event alone.

use std::sync::Arc;

use super::error::Rejection;
use super::event::{AuthorityKeys, Proof, SignedEvent};
use crate::crypto::CryptoError;
use crate::ids::KeyId;
use crate::keys::authority::RootPublicKey;
use crate::keys::identity::IdentityKey;
use crate::label::Label;

/// The signers that one event calls for: every key of `authority` and of `identities`, and
/// `quorum`'s threshold of its roots. Nobody else may sign.
#[derive(Default)]
pub(super) struct Call {
    /// Every key, to show possession.
    pub(super) authority: Option<AuthorityKeys>,
    /// Every one of them.
    pub(super) identities: Vec<Arc<IdentityKey>>,
    /// A threshold of distinct roots.
    pub(super) quorum: Option<Arc<AuthorityKeys>>,
}

/// What is left to verify of an event that has passed every other rule.
#[must_use]
pub(super) struct Check {
    pub(super) call: Call,
    pub(super) proof: Proof,
}

impl Check {
    /// Every signature verifies.
    pub(super) fn run(&self) -> Result<(), Rejection> {
        let Proof { label, body, signatures } = &self.proof;
        signatures
            .iter()
            .try_for_each(|signature| self.call.verify(&signature.signer, *label, body, &signature.bytes))
    }
}

impl Call {
    /// `[ROS-10]`, `[ROS-11]`: the cheap part, before any signature is verified. Every signature is
    /// called for, and none is missing.
    pub(super) fn check_presence(&self, signed: &SignedEvent) -> Result<(), Rejection> {
        if let Some(stranger) = signed.signers().find(|id| !self.calls_for(id)) {
            return Err(Rejection::SignerNotCalledFor(*stranger));
        }
        // Signers are strictly ascending: counting them counts distinct keys.
        let signed_by = |id: &KeyId| signed.signers().any(|signer| signer == id);
        let authority = self.authority.iter().flat_map(|keys| keys.components().map(|(id, _)| id));
        let mut required = authority.chain(self.identities.iter().map(|key| *key.id()));
        if let Some(missing) = required.find(|id| !signed_by(id)) {
            return Err(Rejection::SignatureMissing(missing));
        }
        let Some(quorum) = &self.quorum else { return Ok(()) };
        let found = signed.signers().filter(|id| quorum.root(id).is_some()).count();
        let needed = quorum.threshold();
        if found < needed { Err(Rejection::TooFewRoots { needed, found }) } else { Ok(()) }
    }

    fn calls_for(&self, id: &KeyId) -> bool {
        self.identities.iter().any(|key| key.id() == id)
            || self.root(id).is_some()
            || self.authority.as_ref().is_some_and(|keys| keys.log().id() == id || keys.witness().id() == id)
    }

    fn root(&self, id: &KeyId) -> Option<&RootPublicKey> {
        let authority = self.authority.as_ref().and_then(|keys| keys.root(id));
        authority.or_else(|| self.quorum.as_ref().and_then(|keys| keys.root(id)))
    }

    /// `[ROS-12]`: one signature, by the key of that id, of that key's type.
    fn verify(&self, id: &KeyId, label: Label, body: &[u8], signature: &[u8]) -> Result<(), Rejection> {
        let pairs = self.authority.as_ref();
        let result = if let Some(key) = self.identities.iter().find(|key| key.id() == id) {
            key.key().verify(label, body, signature)
        } else if let Some(key) = self.root(id) {
            key.key().verify(label, body, signature)
        } else if let Some(keys) = pairs.filter(|keys| keys.log().id() == id) {
            keys.log().key().verify(label, body, signature)
        } else if let Some(keys) = pairs.filter(|keys| keys.witness().id() == id) {
            keys.witness().key().verify(label, body, signature)
        } else {
            Err(CryptoError::OpenFailed)
        };
        result.map_err(|_| Rejection::BadSignature(*id))
    }
}
