//! The rules of a roster: which event may follow (SPEC §4.11, `[ROS-20]`…`[ROS-41]`).
//!
//! ```text
//! state, event ──rules──▶ Call (who must sign) ──check──▶ apply ──▶ state
//! ```
//!
//! The rules read the state, the check reads one event and the keys it calls for, `apply` writes.

use std::sync::Arc;

use super::agency::Agency;
use super::anchor::TrustAnchor;
use super::call::Call;
use super::error::Rejection;
use super::event::{AuthorityKeys, Content, Enrol, Event, EventKind, Revoke, SignedEvent};
use super::leaf;
use super::state::{Digest, KeyRecord, State, epoch_public_key, identity_public_key};
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, KeyId};
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

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
        let mut state = Self::new(anchor, genesis.recovery_delay(), keys.clone(), at);
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
}

/// Whether a set of authority keys replaces another.
#[derive(Clone, Copy)]
enum Previous {
    None,
    Current,
}

fn follows(last: u64, found: u64) -> Result<(), Rejection> {
    match last.checked_add(1) {
        Some(expected) if expected == found => Ok(()),
        expected => Err(Rejection::Serial { expected: expected.unwrap_or(last), found }),
    }
}
