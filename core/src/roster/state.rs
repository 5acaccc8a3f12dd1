//! What a roster has come to so far, and what each event changes in it.
//!
//! Nothing here decides: the rules have been checked before anything is applied.

use std::hash::Hash;
use std::sync::Arc;

use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::anchor::TrustAnchor;
use super::checkpoint::SignedCheckpoint;
use super::collections::{List, Map};
use super::event::{AuthorityKeys, Content, Enrol, Event, Reason, Revoker};
use super::leaf::Leaf;
use super::merkle::Tree;
use super::revocation::{Revocation, RevokedBy};
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, KeyId};
use crate::keys::authority::LogPublicKey;
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

pub(super) type Digest = [u8; 32];

/// A key that the roster has seen.
#[derive(Clone, Debug)]
pub(super) enum KeyRecord {
    Authority,
    Identity { agency: AgencyId, public_key: Digest },
    Epoch { agency: AgencyId, public_key: Digest, announced_by: KeyId, until: Timestamp },
}

/// A copy costs nothing, and to take one event costs what the event changes: see [`super::collections`].
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) anchor: TrustAnchor,
    pub(super) recovery_delay: u64,
    pub(super) authority: Arc<AuthorityKeys>,
    pub(super) authority_serial: u64,
    /// Every log key that the country has had; the last is the current one.
    pub(super) log_keys: Arc<[LogPublicKey]>,
    pub(super) agencies: Map<AgencyId, Agency>,
    /// Of the log: the only ones that its rules look at.
    pub(super) revocations: Map<KeyId, Revocation>,
    pub(super) tree: Tree,
    /// The time of the last event.
    pub(super) last: Timestamp,
    pub(super) as_of: Timestamp,
    pub(super) keys: Map<KeyId, KeyRecord>,
    /// The public keys that an agency has had, and until when that is remembered (`[ROS-25]`).
    pub(super) had: Map<(AgencyId, Digest), Timestamp>,
    /// The component keys of signature keys, with the id of the one key they serve in.
    pub(super) components: Map<Digest, KeyId>,
    /// Which the roots have revoked: nobody announces them until then.
    pub(super) banned: Map<Digest, Timestamp>,
}

impl State {
    pub(super) fn new(anchor: TrustAnchor, recovery_delay: u64, keys: AuthorityKeys, at: Timestamp) -> Self {
        Self {
            anchor,
            recovery_delay,
            authority: Arc::new(keys),
            authority_serial: 0,
            log_keys: Arc::default(),
            agencies: Map::default(),
            revocations: Map::default(),
            tree: Tree::default(),
            last: at,
            as_of: at,
            keys: Map::default(),
            had: Map::default(),
            components: Map::default(),
            banned: Map::default(),
        }
    }

    /// In the log.
    pub(super) fn is_revoked(&self, id: &KeyId) -> bool {
        self.revocations.contains_key(id)
    }

    /// Everything has been checked: this cannot fail.
    pub(super) fn apply(&mut self, event: Event, at: Timestamp) {
        let (subject, serial, content) = event.into_content();
        match content {
            Content::Genesis(_) => {}
            Content::Authority(keys) => {
                self.note_authority(&keys);
                self.authority = Arc::new(keys);
                self.authority_serial = serial;
            }
            Content::Enrol(enrol) => self.apply_enrol(subject, serial, enrol, at),
            Content::Epoch(epoch) => self.apply_epoch(&subject, serial, epoch, at),
            Content::Rotation(next) => self.apply_rotation(&subject, serial, next, at),
            Content::Recovery(next) => self.apply_recovery(&subject, serial, next, at),
            // [ROS-62] An owner speaks of keys that are there.
            Content::Revoke(revoke)
                if revoke.by() == Revoker::Owner && self.key(revoke.key_id(), at).is_none() => {}
            Content::Revoke(revoke) => self.revoke(*revoke.key_id(), Revocation::new(&revoke, at)),
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
        let identity =
            IdentityRecord { key: Arc::new(identity), announced: at, vouched_by: None, waits_until: None };
        let agency = Agency {
            names: names.into(),
            roles: roles.into(),
            enrolled: at,
            withdrawn: None,
            serial,
            identities: List::from_iter([identity]),
            epochs: List::default(),
        };
        self.agencies.insert_mut(subject, agency);
    }

    fn apply_epoch(&mut self, subject: &AgencyId, serial: u64, key: EpochKey, at: Timestamp) {
        let Some(agency) = self.agencies.get_mut(subject) else { return };
        let Some(announced_by) = agency.identities.last().map(|identity| *identity.id()) else { return };
        let (public_key, until) = (epoch_public_key(&key), key.window().destroy_at());
        let record = KeyRecord::Epoch { agency: subject.clone(), public_key, announced_by, until };
        self.keys.insert_mut(*key.id(), record);
        self.had.insert_mut((subject.clone(), public_key), until);
        agency.serial = serial;
        agency.epochs.push_back_mut(Some(EpochRecord { key, announced: at, announced_by }));
    }

    /// `[ROS-60]`: an epoch of which only the leaf is left.
    pub(super) fn apply_dropped(&mut self, leaf: &Leaf) {
        if let Some(agency) = self.agencies.get_mut(&leaf.subject) {
            agency.serial = leaf.serial;
            agency.epochs.push_back_mut(None);
        }
    }

    /// `[ROS-61]`: forgets the epochs that have ended.
    pub(super) fn forget_epochs(&mut self, now: Timestamp) {
        let has_ended = |slot: &Option<EpochRecord>| {
            slot.as_ref().is_some_and(|epoch| epoch.key.window().destroy_at() <= now)
        };
        let agencies: Vec<AgencyId> = self.agencies.keys().cloned().collect();
        for id in &agencies {
            let Some(agency) = self.agencies.get_mut(id) else { continue };
            let ended = agency.epochs.iter().enumerate().filter(|(_, slot)| has_ended(slot));
            let ended: Vec<usize> = ended.map(|(place, _)| place).collect();
            for place in ended {
                agency.epochs.set_mut(place, None);
            }
        }
        let until = |record: &KeyRecord| match record {
            KeyRecord::Epoch { until, .. } => *until,
            KeyRecord::Authority | KeyRecord::Identity { .. } => Timestamp::MAX,
        };
        retain(&mut self.keys, |record| until(record) > now);
        retain(&mut self.had, |until| *until > now);
        retain(&mut self.banned, |until| *until > now);
    }

    /// What is known of a key at `at`: of an epoch, while it lasts (`[ROS-25]`).
    pub(super) fn key(&self, id: &KeyId, at: Timestamp) -> Option<&KeyRecord> {
        let record = self.keys.get(id)?;
        match record {
            KeyRecord::Epoch { until, .. } if *until <= at => None,
            _ => Some(record),
        }
    }

    fn apply_rotation(&mut self, subject: &AgencyId, serial: u64, next: IdentityKey, at: Timestamp) {
        let agency = self.agencies.get(subject);
        let vouched_by = agency.and_then(|agency| agency.identities.last()).map(|last| *last.id());
        let key = Arc::new(next);
        // [ROS-37] Whom a waiting identity vouches for waits too.
        let waits_until =
            agency.and_then(|agency| agency.identities.last()).and_then(|last| last.waits_at(at));
        self.apply_identity(subject, serial, IdentityRecord { key, announced: at, vouched_by, waits_until });
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
        let (key, waits_until) = (Arc::new(next), Some(at.plus(self.recovery_delay)));
        self.apply_identity(
            subject,
            serial,
            IdentityRecord { key, announced: at, vouched_by: None, waits_until },
        );
    }

    fn apply_identity(&mut self, subject: &AgencyId, serial: u64, record: IdentityRecord) {
        self.note_identity(&record.key);
        if let Some(agency) = self.agencies.get_mut(subject) {
            agency.serial = serial;
            agency.identities.push_back_mut(record);
        }
    }

    fn revoke(&mut self, id: KeyId, revocation: Revocation) {
        note(&mut self.revocations, id, revocation);
        let record = self.keys.get(&id).filter(|_| revocation.by == RevokedBy::Roots);
        let ban = match record {
            Some(KeyRecord::Identity { public_key, .. }) => (*public_key, Timestamp::MAX),
            Some(KeyRecord::Epoch { public_key, until, .. }) => (*public_key, *until),
            Some(KeyRecord::Authority) | None => return,
        };
        let until = self.banned.get(&ban.0).map_or(ban.1, |until| ban.1.max(*until));
        self.banned.insert_mut(ban.0, until);
    }

    pub(super) fn note_authority(&mut self, keys: &AuthorityKeys) {
        for (id, components) in keys.components() {
            self.keys.insert_mut(id, KeyRecord::Authority);
            self.note_components(id, components);
        }
        if self.log_keys.last() != Some(keys.log()) {
            self.log_keys = self.log_keys.iter().chain([keys.log()]).cloned().collect();
        }
    }

    /// The current log key.
    pub(super) fn log_key(&self) -> &LogPublicKey {
        self.authority.log()
    }

    /// Whether a log key that the country has, or had, signed the checkpoint.
    pub(super) fn log_has_signed(&self, checkpoint: &SignedCheckpoint) -> bool {
        self.log_keys.iter().any(|key| checkpoint.verify_log(key).is_ok())
    }

    fn note_identity(&mut self, key: &IdentityKey) {
        let public_key = identity_public_key(key);
        self.keys.insert_mut(*key.id(), KeyRecord::Identity { agency: key.agency().clone(), public_key });
        self.had.insert_mut((key.agency().clone(), public_key), Timestamp::MAX);
        self.note_components(*key.id(), key.key().components());
    }

    fn note_components(&mut self, id: KeyId, components: [&[u8]; 2]) {
        for component in components {
            self.components.insert_mut(sha256(&[component]), id);
        }
    }

    /// Everything there is, in a form that two states can be compared by.
    #[cfg(test)]
    pub(super) fn dump(&self) -> Vec<String> {
        let Self { anchor, recovery_delay, authority, authority_serial, log_keys, tree, last, as_of, .. } =
            self;
        let Self { agencies, revocations, keys, had, components, banned, .. } = self;
        let small = format!(
            "{anchor} {recovery_delay} {authority:?} {authority_serial} {log_keys:?} {tree:?} {last} {as_of}"
        );
        let maps = [dump(agencies), dump(revocations), dump(keys), dump(had), dump(components), dump(banned)];
        [vec![small], maps.concat()].concat()
    }
}

#[cfg(test)]
pub(super) fn dump<K: Eq + Hash + std::fmt::Debug, V: std::fmt::Debug>(map: &Map<K, V>) -> Vec<String> {
    let mut dump: Vec<_> = map.iter().map(|(key, value)| format!("{key:?}: {value:?}")).collect();
    dump.sort();
    dump
}

fn retain<K: Clone + Eq + Hash, V: Clone>(map: &mut Map<K, V>, keep: impl Fn(&V) -> bool) {
    let gone: Vec<K> = map.iter().filter(|(_, value)| !keep(value)).map(|(key, _)| key.clone()).collect();
    for key in &gone {
        map.remove_mut(key);
    }
}

/// `[ROS-40]`: sticky; another of the same key changes the evidence only. Whether that changes anything.
pub(super) fn note<K: Eq + Hash>(
    revocations: &mut Map<K, Revocation>,
    id: K,
    revocation: Revocation,
) -> bool {
    let known = revocations.get(&id).copied();
    let merged = known.map_or(revocation, |known| known.merge(revocation));
    let changed = known != Some(merged);
    if changed {
        revocations.insert_mut(id, merged);
    }
    changed
}

pub(super) fn identity_public_key(key: &IdentityKey) -> Digest {
    let [ml_dsa, ed25519] = key.key().components();
    sha256(&[ml_dsa, ed25519])
}

pub(super) fn epoch_public_key(key: &EpochKey) -> Digest {
    *key.digest()
}
