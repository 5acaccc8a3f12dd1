//! The rules of a roster: which event may follow, and what it changes (SPEC §5.11,
//! `[ROS-20]`…`[ROS-42]`).
//!
//! ```text
//! state, event ──rules──▶ Call (who must sign) ──check──▶ apply ──▶ state
//! ```
//!
//! The rules read the state, the check reads one event and the keys it calls for, `apply` writes.

use std::sync::Arc;

use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::anchor::TrustAnchor;
use super::call::Call;
use super::error::Rejection;
use super::event::{AuthorityKeys, Content, Enrol, Event, EventKind, Reason, Revoke, SignedEvent};
use super::journal::Journal;
use super::leaf;
use super::merkle::Tree;
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, KeyId};
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

type Digest = [u8; 32];

/// A key that the roster has seen.
#[derive(Clone, Debug)]
enum KeyRecord {
    Authority,
    Identity { agency: AgencyId, public_key: Digest },
    Epoch { agency: AgencyId, public_key: Digest, announced_by: KeyId },
}

/// A key that is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the revocation was published; in force from then on, whatever time is claimed.
    pub seen: Timestamp,
    /// From when the key's use is doubted: evidence. Earlier than `seen` only if the roots say so.
    pub effective: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Who revoked it.
    pub by: RevokedBy,
}

/// Who revoked a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevokedBy {
    /// The key itself, or for an epoch its agency's identity.
    Owner,
    /// A recovery of the agency, which revokes all of its identities.
    Recovery,
    /// The country's roots.
    Roots,
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
    keys: Journal<KeyId, KeyRecord>,
    /// The public keys that an agency has had.
    had: Journal<(AgencyId, Digest), ()>,
    /// The component keys of signature keys, with the id of the one key they serve in.
    components: Journal<Digest, KeyId>,
    revoked_public_keys: Journal<Digest, ()>,
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
    /// `[ROS-20]`: the first event is the pinned `Genesis`, signed by every key it names.
    pub(super) fn genesis(
        anchor: TrustAnchor,
        signed: SignedEvent,
        at: Timestamp,
    ) -> Result<Self, Rejection> {
        let Content::Genesis(genesis) = signed.event().content() else {
            return Err(Rejection::NotTheAnchor);
        };
        let subject = signed.event().subject();
        if *subject != anchor.country().into() || sha256(&[signed.body()]) != *anchor.digest() {
            return Err(Rejection::NotTheAnchor);
        }
        let keys = genesis.keys();
        let mut state = Self {
            anchor,
            recovery_delay: genesis.recovery_delay(),
            authority: Arc::new(keys.clone()),
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
        };
        state.authority_components(keys, Previous::None)?;
        Call { authority: Some(keys.clone()), ..Call::default() }.check(&signed)?;
        state.note_authority(keys);
        state.tree.push(&leaf::encode(&signed));
        Ok(state)
    }

    /// Takes one event of the log.
    pub(super) fn take(&mut self, signed: SignedEvent, at: Timestamp) -> Result<(), Rejection> {
        // [ROS-21]
        if at < self.last {
            return Err(Rejection::TimeWentBack);
        }
        if at > self.as_of {
            return Err(Rejection::AfterView);
        }
        self.rules(&signed, at)?.check(&signed)?;
        self.tree.push(&leaf::encode(&signed));
        self.last = at;
        self.apply(signed, at);
        Ok(())
    }

    /// `[ROS-41]`: takes a revocation that is not in the log, or not yet.
    pub(super) fn hear(&mut self, signed: SignedEvent, at: Timestamp) -> Result<(), Rejection> {
        if signed.event().kind() != EventKind::Revoke {
            return Err(Rejection::NotARevocation);
        }
        self.rules(&signed, at)?.check(&signed)?;
        self.apply(signed, at);
        Ok(())
    }

    /// Every rule that needs no signature, and the signers that are left to check.
    fn rules(&self, signed: &SignedEvent, at: Timestamp) -> Result<Call, Rejection> {
        let event = signed.event();
        let subject = event.subject();
        // [ROS-22]
        if subject.country() != self.anchor.country() {
            return Err(Rejection::OutOfScope);
        }
        match event.roster() {
            None => return Err(Rejection::SecondGenesis),
            Some(roster) if roster != self.anchor.digest() => return Err(Rejection::OtherRoster),
            Some(_) => {}
        }
        match event.content() {
            Content::Genesis(_) => Err(Rejection::SecondGenesis),
            Content::Authority(keys) => self.rules_authority(event, keys),
            Content::Enrol(enrol) => self.rules_enrol(subject, enrol),
            Content::Epoch(epoch) => self.rules_epoch(event, epoch, at),
            Content::Identity(next) => self.rules_identity(signed, next, at),
            Content::Revoke(revoke) => self.rules_revoke(signed, revoke, at),
            Content::Withdraw => {
                self.in_chain(event)?;
                Ok(self.roots())
            }
        }
    }

    /// New keys show possession, and the old roots agree.
    fn rules_authority(&self, event: &Event, keys: &AuthorityKeys) -> Result<Call, Rejection> {
        follows(self.authority_serial, event.serial())?;
        self.authority_components(keys, Previous::Current)?;
        Ok(Call { authority: Some(keys.clone()), ..self.roots() })
    }

    fn rules_enrol(&self, subject: &AgencyId, enrol: &Enrol) -> Result<Call, Rejection> {
        match self.agencies.get(subject) {
            Some(agency) if agency.withdrawn.is_some() => return Err(Rejection::Withdrawn),
            Some(_) => return Err(Rejection::Enrolled),
            None => self.new_identity(subject, enrol.identity())?,
        }
        Ok(Call { identities: vec![Arc::new(enrol.identity().clone())], ..self.roots() })
    }

    /// `[ROS-30]`…`[ROS-32]`.
    fn rules_epoch(&self, event: &Event, epoch: &EpochKey, at: Timestamp) -> Result<Call, Rejection> {
        let agency = self.in_chain(event)?;
        let current = self.current(agency, at)?;
        if epoch.number() != agency.next_epoch() {
            return Err(Rejection::Epoch { expected: agency.next_epoch(), found: epoch.number() });
        }
        let earliest = agency.epochs.last().map(|last| last.key.window().not_before());
        if let Some(earliest) = earliest.filter(|earliest| epoch.window().not_before() < *earliest) {
            return Err(Rejection::NotBefore { earliest });
        }
        self.not_had(event.subject(), epoch.id(), epoch_public_key(epoch))?;
        Ok(Call { identities: vec![Arc::clone(current)], ..Call::default() })
    }

    /// `[ROS-35]`, `[ROS-36]`: a rotation, or a recovery if a root has signed.
    fn rules_identity(
        &self,
        signed: &SignedEvent,
        next: &IdentityKey,
        at: Timestamp,
    ) -> Result<Call, Rejection> {
        let agency = self.in_chain(signed.event())?;
        self.new_identity(signed.event().subject(), next)?;
        let next = Arc::new(next.clone());
        if self.is_signed_by_a_root(signed) {
            return Ok(Call { identities: vec![next], ..self.roots() });
        }
        let current = Arc::clone(self.current(agency, at)?);
        Ok(Call { identities: vec![current, next], ..Call::default() })
    }

    /// `[ROS-38]`…`[ROS-40]`: by the roots, for any key id; or by the owner of a key that is known.
    fn rules_revoke(&self, signed: &SignedEvent, revoke: &Revoke, at: Timestamp) -> Result<Call, Rejection> {
        let (subject, key_id) = (signed.event().subject(), revoke.key_id());
        let not_its_key = Rejection::NotItsKey(*key_id);
        let record = self.keys.get(key_id);
        match record {
            Some(KeyRecord::Authority) => return Err(not_its_key),
            Some(KeyRecord::Identity { agency, .. } | KeyRecord::Epoch { agency, .. })
                if agency != subject =>
            {
                return Err(not_its_key);
            }
            _ => {}
        }
        if self.is_signed_by_a_root(signed) {
            return Ok(self.roots());
        }
        // Between recovery and its effect, and after withdrawal, only the roots speak.
        let agency = self.enrolled(subject)?;
        let current = self.current(agency, at);
        if let Err(waits @ Rejection::Recovering { .. }) = current {
            return Err(waits);
        }
        let owner = match record {
            Some(KeyRecord::Identity { .. }) => agency.identity(key_id).map(|record| &record.key),
            // The identity that announced the epoch could end it by revoking itself; the current
            // one speaks for the agency.
            Some(KeyRecord::Epoch { announced_by, .. }) => match current {
                Ok(current) if signed.signers().any(|id| id == current.id()) => Some(current),
                _ if self.is_revoked(announced_by) => return Err(Rejection::KeyRevoked(*announced_by)),
                _ => agency.identity(announced_by).map(|record| &record.key),
            },
            Some(KeyRecord::Authority) | None => None,
        };
        let owner = owner.ok_or(not_its_key)?;
        Ok(Call { identities: vec![Arc::clone(owner)], ..Call::default() })
    }

    fn roots(&self) -> Call {
        Call { quorum: Some(Arc::clone(&self.authority)), ..Call::default() }
    }

    fn is_signed_by_a_root(&self, signed: &SignedEvent) -> bool {
        signed.signers().any(|id| self.authority.root(id).is_some())
    }

    pub(super) fn is_revoked(&self, id: &KeyId) -> bool {
        self.revocations.contains(id)
    }

    fn current<'a>(&self, agency: &'a Agency, at: Timestamp) -> Result<&'a Arc<IdentityKey>, Rejection> {
        agency.current(at, |id| self.is_revoked(id))
    }

    /// `[ROS-23]`: the agency is there, and has not left.
    fn enrolled(&self, subject: &AgencyId) -> Result<&Agency, Rejection> {
        let agency = self.agencies.get(subject).ok_or(Rejection::NotEnrolled)?;
        if agency.withdrawn.is_some() { Err(Rejection::Withdrawn) } else { Ok(agency) }
    }

    /// `[ROS-24]`: the event is the next of its agency's chain.
    fn in_chain(&self, event: &Event) -> Result<&Agency, Rejection> {
        let agency = self.enrolled(event.subject())?;
        follows(agency.serial, event.serial())?;
        Ok(agency)
    }

    /// `[ROS-25]`, `[ROS-26]`: an agency has a public key once, and a revoked one is nobody's.
    fn not_had(&self, agency: &AgencyId, id: &KeyId, public_key: Digest) -> Result<(), Rejection> {
        if self.is_revoked(id) || self.revoked_public_keys.contains(&public_key) {
            return Err(Rejection::KeyRevoked(*id));
        }
        if self.had.contains(&(agency.clone(), public_key)) {
            return Err(Rejection::KeyReused);
        }
        Ok(())
    }

    /// `[ROS-27]`: a component key serves in one composite, under one name, in one role.
    fn new_identity(&self, agency: &AgencyId, key: &IdentityKey) -> Result<(), Rejection> {
        self.not_had(agency, key.id(), identity_public_key(key))?;
        let components = key.key().components();
        if components.iter().any(|component| self.components.contains(&sha256(&[component]))) {
            return Err(Rejection::ComponentReused(*key.id()));
        }
        Ok(())
    }

    /// `[ROS-27]`, `[ROS-28]`: as for identities, among the keys too; only a key of the set that
    /// is replaced may go on in its role.
    fn authority_components(&self, keys: &AuthorityKeys, previous: Previous) -> Result<(), Rejection> {
        let mut own: Vec<Digest> = Vec::new();
        for (id, components) in keys.components() {
            if self.is_revoked(&id) {
                return Err(Rejection::KeyRevoked(id));
            }
            let goes_on = match previous {
                Previous::None => false,
                Previous::Current => self.authority.components().any(|(old, _)| old == id),
            };
            for component in components {
                let component = sha256(&[component]);
                if own.contains(&component) || (!goes_on && self.components.contains(&component)) {
                    return Err(Rejection::ComponentReused(id));
                }
                own.push(component);
            }
        }
        Ok(())
    }

    /// Everything has been checked: this cannot fail.
    fn apply(&mut self, signed: SignedEvent, at: Timestamp) {
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
        let old =
            self.agencies.get(subject).map(|agency| agency.identities.iter().map(|i| *i.id()).collect());
        for id in old.unwrap_or_else(Vec::new) {
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

    fn note_authority(&mut self, keys: &AuthorityKeys) {
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

/// Whether a set of authority keys replaces another.
#[derive(Clone, Copy)]
enum Previous {
    None,
    Current,
}

impl Revocation {
    /// `[ROS-39]`: only the roots may date a revocation back.
    fn new(revoke: &Revoke, by: RevokedBy, at: Timestamp) -> Self {
        let effective = match by {
            RevokedBy::Roots => revoke.effective().min(at),
            RevokedBy::Owner | RevokedBy::Recovery => at,
        };
        Self { seen: at, effective, reason: revoke.reason(), by }
    }

    /// The earliest times of both, and the reason of the one with more authority.
    fn merge(self, other: Self) -> Self {
        let word = if other.by > self.by { other } else { self };
        let (seen, effective) = (self.seen.min(other.seen), self.effective.min(other.effective));
        Self { seen, effective, ..word }
    }
}

fn follows(last: u64, found: u64) -> Result<(), Rejection> {
    match last.checked_add(1) {
        Some(expected) if expected == found => Ok(()),
        expected => Err(Rejection::Serial { expected: expected.unwrap_or(last), found }),
    }
}

fn identity_public_key(key: &IdentityKey) -> Digest {
    let [ml_dsa, ed25519] = key.key().components();
    sha256(&[ml_dsa, ed25519])
}

fn epoch_public_key(key: &EpochKey) -> Digest {
    sha256(&[&key.key().to_bytes()])
}
