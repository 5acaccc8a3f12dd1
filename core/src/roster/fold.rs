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
use super::call::{Call, Check};
use super::error::Rejection;
use super::event::{AuthorityKeys, Content, Enrol, Event, EventKind, Revoke, Revoker, SignedEvent};
use super::leaf::Leaf;
use super::state::{Digest, KeyRecord, State, epoch_public_key, identity_public_key};
use crate::crypto::digest::sha256;
use crate::ids::{AgencyId, KeyId};
use crate::keys::epoch::EpochKey;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

/// How far the log has come with an event that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is offered to the log, or heard outside it: what has no effect is not taken (`[ROS-62]`).
    Offered,
    /// The log has appended it, and a witness is to cosign it: delays bind (`[ROS-37]`).
    Appended,
    /// A quorum has cosigned it, or the own log has admitted it, and has judged whether a delay was over. What a waiting identity
    /// announces counts once its delay is over here.
    Cosigned,
}

impl Phase {
    /// The time by which it is judged, for an event of `at`, who waits out a delay: nobody, where that
    /// was judged before.
    fn judged_at(self, at: Timestamp) -> Timestamp {
        if self == Self::Cosigned { Timestamp::MAX } else { at }
    }
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
        let mut state = Self::new(anchor, genesis.recovery_delay(), keys.clone(), at);
        state.authority_components(keys, Previous::None)?;
        state.note_authority(keys);
        state.tree.push(&Leaf::of(&signed).encode());
        let call = Call { authority: Some(keys.clone()), ..Call::default() };
        call.check_presence(&signed)?;
        let (_, proof) = signed.into_parts();
        Check { call, proof }.run()?;
        Ok(state)
    }

    /// Takes one event of the log, but for its signatures: unless the check that is left holds, this
    /// state is of no use.
    pub(super) fn take(
        &mut self,
        signed: SignedEvent,
        at: Timestamp,
        phase: Phase,
    ) -> Result<Check, Rejection> {
        self.in_time(at)?;
        let call = self.rules(&signed, at, phase)?;
        call.check_presence(&signed)?;
        self.tree.push(&Leaf::of(&signed).encode());
        self.last = at;
        let (event, proof) = signed.into_parts();
        self.apply(event, at);
        Ok(Check { call, proof })
    }

    /// Takes an epoch that has ended, of which only the leaf is left (`[ROS-60]`).
    pub(super) fn take_dropped(&mut self, leaf: &Leaf, at: Timestamp) -> Result<(), Rejection> {
        self.in_time(at)?;
        if leaf.kind != EventKind::Epoch {
            return Err(Rejection::BytesMissing);
        }
        if leaf.subject.country() != self.anchor.country() {
            return Err(Rejection::OutOfScope);
        }
        let agency = self.enrolled(&leaf.subject)?;
        follows(agency.serial, leaf.serial)?;
        self.tree.push(&leaf.encode());
        self.last = at;
        self.apply_dropped(leaf);
        Ok(())
    }

    /// `[ROS-21]`
    fn in_time(&self, at: Timestamp) -> Result<(), Rejection> {
        if at < self.last {
            return Err(Rejection::TimeWentBack);
        }
        if at > self.as_of {
            return Err(Rejection::AfterView);
        }
        Ok(())
    }

    /// Every rule that needs no signature, and the signers that are left to check.
    fn rules(&self, signed: &SignedEvent, at: Timestamp, phase: Phase) -> Result<Call, Rejection> {
        let event = signed.event();
        self.scope(event)?;
        match event.content() {
            Content::Genesis(_) => Err(Rejection::SecondGenesis),
            Content::Authority(keys) => self.rules_authority(event, keys),
            Content::Enrol(enrol) => self.rules_enrol(event.subject(), enrol, at),
            Content::Epoch(epoch) => self.rules_epoch(event, epoch, (at, phase)),
            Content::Rotation(next) => self.rules_rotation(event, next, (at, phase)),
            Content::Recovery(next) => self.rules_recovery(event, next, at),
            Content::Revoke(revoke) => {
                self.rules_revoke(signed, revoke, (at, phase), |_, id| self.is_revoked(id))
            }
            Content::Withdraw => {
                self.in_chain(event)?;
                Ok(self.roots())
            }
        }
    }

    /// `[ROS-22]`
    pub(super) fn scope(&self, event: &Event) -> Result<(), Rejection> {
        if event.subject().country() != self.anchor.country() {
            return Err(Rejection::OutOfScope);
        }
        match event.roster() {
            None => Err(Rejection::SecondGenesis),
            Some(roster) if roster != self.anchor.digest() => Err(Rejection::OtherRoster),
            Some(_) => Ok(()),
        }
    }

    /// New keys show possession, and the old roots agree.
    fn rules_authority(&self, event: &Event, keys: &AuthorityKeys) -> Result<Call, Rejection> {
        follows(self.authority_serial, event.serial())?;
        self.authority_components(keys, Previous::Current)?;
        Ok(Call { authority: Some(keys.clone()), ..self.roots() })
    }

    fn rules_enrol(&self, subject: &AgencyId, enrol: &Enrol, at: Timestamp) -> Result<Call, Rejection> {
        match self.agencies.get(subject) {
            Some(agency) if agency.withdrawn.is_some() => return Err(Rejection::Withdrawn),
            Some(_) => return Err(Rejection::Enrolled),
            None => self.new_identity(subject, enrol.identity(), at)?,
        }
        Ok(Call { identities: vec![Arc::new(enrol.identity().clone())], ..self.roots() })
    }

    /// `[ROS-30]`, `[ROS-32]`.
    fn rules_epoch(
        &self,
        event: &Event,
        epoch: &EpochKey,
        (at, phase): (Timestamp, Phase),
    ) -> Result<Call, Rejection> {
        let agency = self.in_chain(event)?;
        let current = self.current(agency, phase.judged_at(at))?;
        if epoch.number() != agency.next_epoch() {
            return Err(Rejection::Epoch { expected: agency.next_epoch(), found: epoch.number() });
        }
        self.not_had(event.subject(), epoch.id(), epoch_public_key(epoch), at)?;
        Ok(Call { identities: vec![Arc::clone(current)], ..Call::default() })
    }

    /// `[ROS-35]`
    fn rules_rotation(
        &self,
        event: &Event,
        next: &IdentityKey,
        (at, phase): (Timestamp, Phase),
    ) -> Result<Call, Rejection> {
        let agency = self.in_chain(event)?;
        self.new_identity(event.subject(), next, at)?;
        let current = Arc::clone(self.current(agency, phase.judged_at(at))?);
        Ok(Call { identities: vec![current, Arc::new(next.clone())], ..Call::default() })
    }

    /// `[ROS-36]`
    fn rules_recovery(&self, event: &Event, next: &IdentityKey, at: Timestamp) -> Result<Call, Rejection> {
        self.in_chain(event)?;
        self.new_identity(event.subject(), next, at)?;
        Ok(Call { identities: vec![Arc::new(next.clone())], ..self.roots() })
    }

    /// `[ROS-38]`…`[ROS-40]`: by the roots, for any key id; or by the owner, for a key of its own.
    /// `has_ended` says which identities speak no more: the log's word, or hearsay too.
    pub(super) fn rules_revoke(
        &self,
        signed: &SignedEvent,
        revoke: &Revoke,
        (at, phase): (Timestamp, Phase),
        has_ended: impl Fn(&Agency, &KeyId) -> bool,
    ) -> Result<Call, Rejection> {
        let (subject, key_id) = (signed.event().subject(), revoke.key_id());
        let not_its_key = Rejection::NotItsKey(*key_id);
        let record = self.key(key_id, at);
        match record {
            Some(KeyRecord::Authority) => return Err(not_its_key),
            Some(KeyRecord::Identity { agency, .. } | KeyRecord::Epoch { agency, .. })
                if agency != subject =>
            {
                return Err(not_its_key);
            }
            _ => {}
        }
        if revoke.by() == Revoker::Roots {
            return Ok(self.roots());
        }
        // Between recovery and its effect, and after withdrawal, only the roots speak.
        let agency = self.enrolled(subject)?;
        let current = agency.current(phase.judged_at(at), |id| has_ended(agency, id));
        if let Err(waits @ Rejection::Recovering { .. }) = current {
            return Err(waits);
        }
        let owner = match record {
            Some(KeyRecord::Identity { .. }) => agency.identity(key_id).map(|record| &record.key),
            // The identity that announced the epoch could end it by revoking itself; the current
            // one speaks for the agency.
            Some(KeyRecord::Epoch { announced_by, .. }) => match current {
                Ok(current) if signed.signers().any(|id| id == current.id()) => Some(current),
                _ if has_ended(agency, announced_by) => return Err(Rejection::KeyRevoked(*announced_by)),
                _ => agency.identity(announced_by).map(|record| &record.key),
            },
            // [ROS-62] It may have been an epoch's that has ended since the log appended this, which goes
            // on: it changes nothing.
            None if phase != Phase::Offered && agency.has_ended_epoch(at) => {
                let own = signed.signers().find_map(|id| agency.identity(id)).map(|record| &record.key);
                own.filter(|key| !has_ended(agency, key.id()))
            }
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

    /// `[ROS-25]`, `[ROS-26]`: an agency has a public key once, and one that the roots have revoked
    /// is nobody's.
    fn not_had(
        &self,
        agency: &AgencyId,
        id: &KeyId,
        public_key: Digest,
        at: Timestamp,
    ) -> Result<(), Rejection> {
        if self.is_barred(id, &public_key, at) {
            return Err(Rejection::KeyRevoked(*id));
        }
        if self.had.get(&(agency.clone(), public_key)).is_some_and(|until| at < *until) {
            return Err(Rejection::KeyReused);
        }
        Ok(())
    }

    /// `[ROS-26]`: nobody announces such a key at `at`.
    pub(super) fn is_barred(&self, id: &KeyId, public_key: &Digest, at: Timestamp) -> bool {
        self.is_revoked(id) || self.banned.get(public_key).is_some_and(|until| at < *until)
    }

    /// `[ROS-27]`: a component key serves in one composite, under one name, in one role.
    fn new_identity(&self, agency: &AgencyId, key: &IdentityKey, at: Timestamp) -> Result<(), Rejection> {
        self.not_had(agency, key.id(), identity_public_key(key), at)?;
        let components = key.key().components();
        if components.iter().any(|component| self.components.contains_key(&sha256(&[component]))) {
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
                if own.contains(&component) || (!goes_on && self.components.contains_key(&component)) {
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
