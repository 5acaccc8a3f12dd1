//! What a roster has come to so far, and what each event changes in it.
//!
//! Nothing here decides: the rules have been checked before anything is applied.

use std::sync::Arc;

use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::anchor::TrustAnchor;
use super::event::{AuthorityKeys, Content, Enrol, Reason, SignedEvent};
use super::journal::Journal;
use super::merkle::Tree;
use super::revocation::{Revocation, RevokedBy};
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, KeyId};
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

pub(super) type Digest = [u8; 32];

/// A key that the roster has seen.
#[derive(Clone, Debug)]
pub(super) enum KeyRecord {
    Authority,
    Identity { agency: AgencyId, public_key: Digest },
    Epoch { agency: AgencyId, public_key: Digest, announced_by: KeyId },
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) anchor: TrustAnchor,
    pub(super) recovery_delay: u64,
    pub(super) authority: Arc<AuthorityKeys>,
    pub(super) authority_serial: u64,
    pub(super) agencies: Journal<AgencyId, Agency>,
    pub(super) revocations: Journal<KeyId, Revocation>,
    pub(super) tree: Tree,
    /// The time of the last event.
    pub(super) last: Timestamp,
    pub(super) as_of: Timestamp,
    pub(super) keys: Journal<KeyId, KeyRecord>,
    /// The public keys that an agency has had.
    pub(super) had: Journal<(AgencyId, Digest), ()>,
    /// The component keys of signature keys, with the id of the one key they serve in.
    pub(super) components: Journal<Digest, KeyId>,
    pub(super) revoked_public_keys: Journal<Digest, ()>,
}

/// What is small enough to be copied before an extension.
pub(super) struct Mark {
    authority: Arc<AuthorityKeys>,
    authority_serial: u64,
    tree: Tree,
    last: Timestamp,
    as_of: Timestamp,
}

impl State {
    pub(super) fn new(anchor: TrustAnchor, recovery_delay: u64, keys: AuthorityKeys, at: Timestamp) -> Self {
        Self {
            anchor,
            recovery_delay,
            authority: Arc::new(keys),
            authority_serial: 0,
            agencies: Journal::default(),
            revocations: Journal::default(),
            tree: Tree::default(),
            last: at,
            as_of: at,
            keys: Journal::default(),
            had: Journal::default(),
            components: Journal::default(),
            revoked_public_keys: Journal::default(),
        }
    }

    pub(super) fn is_signed_by_a_root(&self, signed: &SignedEvent) -> bool {
        signed.signers().any(|id| self.authority.root(id).is_some())
    }

    pub(super) fn is_revoked(&self, id: &KeyId) -> bool {
        self.revocations.contains(id)
    }

    /// Everything has been checked: this cannot fail.
    pub(super) fn apply(&mut self, signed: SignedEvent, at: Timestamp) {
        let by_roots = self.is_signed_by_a_root(&signed);
        let (subject, serial, content) = signed.into_event().into_content();
        match content {
            Content::Genesis(_) => {}
            Content::Authority(keys) => {
                self.note_authority(&keys);
                self.authority = Arc::new(keys);
                self.authority_serial = serial;
            }
            Content::Enrol(enrol) => self.apply_enrol(subject, serial, enrol, at),
            Content::Epoch(epoch) => self.apply_epoch(&subject, serial, epoch, at),
            Content::Identity(next) if by_roots => self.apply_recovery(&subject, serial, next, at),
            Content::Identity(next) => self.apply_identity(&subject, serial, next, at, None),
            Content::Revoke(revoke) => {
                let by = if by_roots { RevokedBy::Roots } else { RevokedBy::Owner };
                self.revoke(*revoke.key_id(), Revocation::new(&revoke, by, at));
            }
            Content::Withdraw => {
                if let Some(agency) = self.agencies.get_mut(&subject) {
                    agency.withdrawn = Some(at);
                    agency.serial = serial;
                }
            }
        }
    }

    fn apply_enrol(&mut self, subject: AgencyId, serial: u64, enrol: Enrol, at: Timestamp) {
        let (names, roles, identity) = enrol.into_parts();
        self.note_identity(&identity);
        let identity = IdentityRecord { key: Arc::new(identity), announced: at, waits_until: None };
        let agency = Agency {
            names,
            roles,
            enrolled: at,
            withdrawn: None,
            serial,
            identities: vec![identity],
            epochs: Vec::new(),
        };
        self.agencies.insert(subject, agency);
    }

    fn apply_epoch(&mut self, subject: &AgencyId, serial: u64, key: EpochKey, at: Timestamp) {
        let Some(agency) = self.agencies.get_mut(subject) else { return };
        let Some(announced_by) = agency.identities.last().map(|identity| *identity.id()) else { return };
        let public_key = epoch_public_key(&key);
        let record = KeyRecord::Epoch { agency: subject.clone(), public_key, announced_by };
        self.keys.insert(*key.id(), record);
        self.had.insert((subject.clone(), public_key), ());
        agency.serial = serial;
        agency.epochs.push(Arc::new(EpochRecord { key, announced: at, announced_by }));
    }

    /// `[ROS-36]`: every identity that the agency has had is revoked, so that nobody who stole one
    /// of them, or slipped one in, is left with a voice.
    fn apply_recovery(&mut self, subject: &AgencyId, serial: u64, next: IdentityKey, at: Timestamp) {
        let Some(agency) = self.agencies.get(subject) else { return };
        let old: Vec<KeyId> = agency.identities.iter().map(|identity| *identity.id()).collect();
        for id in old {
            if !self.is_revoked(&id) {
                let (reason, by) = (Reason::Unspecified, RevokedBy::Recovery);
                self.revoke(id, Revocation { seen: at, effective: at, reason, by });
            }
        }
        self.apply_identity(subject, serial, next, at, Some(at.plus(self.recovery_delay)));
    }

    fn apply_identity(
        &mut self,
        subject: &AgencyId,
        serial: u64,
        next: IdentityKey,
        at: Timestamp,
        waits_until: Option<Timestamp>,
    ) {
        self.note_identity(&next);
        if let Some(agency) = self.agencies.get_mut(subject) {
            agency.serial = serial;
            agency.identities.push(IdentityRecord { key: Arc::new(next), announced: at, waits_until });
        }
    }

    /// `[ROS-40]`: sticky; hearing it again changes the evidence only.
    pub(super) fn revoke(&mut self, id: KeyId, revocation: Revocation) {
        let known = self.revocations.get(&id).copied();
        self.revocations.insert(id, known.map_or(revocation, |known| known.merge(revocation)));
        if let Some(KeyRecord::Identity { public_key, .. } | KeyRecord::Epoch { public_key, .. }) =
            self.keys.get(&id)
        {
            self.revoked_public_keys.insert(*public_key, ());
        }
    }

    pub(super) fn note_authority(&mut self, keys: &AuthorityKeys) {
        for (id, components) in keys.components() {
            self.keys.insert(id, KeyRecord::Authority);
            self.note_components(id, components);
        }
    }

    fn note_identity(&mut self, key: &IdentityKey) {
        let public_key = identity_public_key(key);
        self.keys.insert(*key.id(), KeyRecord::Identity { agency: key.agency().clone(), public_key });
        self.had.insert((key.agency().clone(), public_key), ());
        self.note_components(*key.id(), key.key().components());
    }

    fn note_components(&mut self, id: KeyId, components: [&[u8]; 2]) {
        for component in components {
            self.components.insert(sha256(&[component]), id);
        }
    }

    /// Everything there is, in a form that two states can be compared by.
    #[cfg(test)]
    pub(super) fn dump(&self) -> Vec<String> {
        let Self { anchor, recovery_delay, authority, authority_serial, tree, last, as_of, .. } = self;
        let Self { agencies, revocations, keys, had, components, revoked_public_keys, .. } = self;
        let small =
            format!("{anchor} {recovery_delay} {authority:?} {authority_serial} {tree:?} {last} {as_of}");
        let maps = [
            agencies.dump(),
            revocations.dump(),
            keys.dump(),
            had.dump(),
            components.dump(),
            revoked_public_keys.dump(),
        ];
        [vec![small], maps.concat()].concat()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            authority: Arc::clone(&self.authority),
            authority_serial: self.authority_serial,
            tree: self.tree.clone(),
            last: self.last,
            as_of: self.as_of,
        }
    }

    pub(super) fn commit(&mut self) {
        self.agencies.commit();
        self.revocations.commit();
        self.keys.commit();
        self.had.commit();
        self.components.commit();
        self.revoked_public_keys.commit();
    }

    pub(super) fn roll_back(&mut self, mark: Mark) {
        let Mark { authority, authority_serial, tree, last, as_of } = mark;
        (self.authority, self.authority_serial) = (authority, authority_serial);
        (self.tree, self.last, self.as_of) = (tree, last, as_of);
        self.agencies.roll_back();
        self.revocations.roll_back();
        self.keys.roll_back();
        self.had.roll_back();
        self.components.roll_back();
        self.revoked_public_keys.roll_back();
    }
}

pub(super) fn identity_public_key(key: &IdentityKey) -> Digest {
    let [ml_dsa, ed25519] = key.key().components();
    sha256(&[ml_dsa, ed25519])
}

pub(super) fn epoch_public_key(key: &EpochKey) -> Digest {
    sha256(&[&key.key().to_bytes()])
}
