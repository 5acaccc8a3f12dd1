//! How an agency stands: its vault's rows beside the roster and the time. Everything that is due
//! follows from it, and nothing is changed by looking (SPEC §6).

use std::collections::BTreeMap;

use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::keys::epoch::Window;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::{AgencyView, EpochView, Roster, RosterPolicy, Rosters, TrustAnchor};
use crate::time::{Times, Timestamp};
use crate::vault::ledger::LedgerPolicy;

use super::chain::Ground;
use super::rotation::RotationPolicy;
use super::rows::{EpochRow, IdentityRow, Outgoing};

/// One of the agency's epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStatus {
    /// Its number.
    pub number: EpochNumber,
    /// The id of its key.
    pub key_id: KeyId,
    /// When it is used.
    pub window: Window,
    /// What it is doing now.
    pub state: EpochState,
}

/// The five states of an epoch (`[ROT-10]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EpochState {
    /// In the vault, and not in the roster yet.
    Prepared,
    /// In the roster; its time has not come.
    Announced,
    /// Sealed to and opened.
    Current,
    /// Opened, and no longer sealed to.
    Retiring,
    /// Its secret is gone; its number and key id are remembered, to tell late mail.
    Destroyed,
}

/// What the vault holds.
pub(super) struct Kept {
    pub(super) policy: RotationPolicy,
    pub(super) epochs: Vec<EpochRow>,
    pub(super) identities: Vec<IdentityRow>,
    pub(super) outgoing: Vec<Outgoing>,
}

/// Where the agency stands in its country's roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    NoRoster,
    NotEnrolled,
    Enrolled,
    Withdrawn,
}

/// An identity whose secret is of no more use.
pub(super) struct Superseded {
    pub(super) key_id: KeyId,
    /// When nothing depends on its signature any more; `None` if it is revoked already.
    pub(super) revoke_at: Option<Timestamp>,
}

pub(super) struct Situation {
    pub(super) membership: Membership,
    pub(super) epochs: Vec<EpochStatus>,
    /// Signed, not in the roster, and able to follow it.
    pub(super) chain: Vec<SignedEvent>,
    /// What follows the chain; `None` outside the roster.
    pub(super) ground: Option<Ground>,
    /// A rotation in the chain.
    pub(super) rotation: Option<KeyId>,
    /// A rotation that can never follow the roster.
    pub(super) lost_rotation: Option<KeyId>,
    /// Epochs that can never follow the roster: nobody can have sealed to them.
    pub(super) lost: Vec<EpochRow>,
    pub(super) missing: Vec<Window>,
    pub(super) destroy: Vec<EpochRow>,
    /// Tombstones that tell nobody anything any more.
    pub(super) forget: Vec<EpochRow>,
    pub(super) superseded: Vec<Superseded>,
    pub(super) foreign_epochs: Vec<EpochNumber>,
    pub(super) foreign_identity: Option<KeyId>,
    /// The last identity in the roster has ended.
    pub(super) voiceless: bool,
    /// Until when the last identity waits.
    pub(super) recovering: Option<Timestamp>,
    pub(super) stale: Vec<Country>,
    /// Revocations that the log does not hold.
    revocations: Vec<(KeyId, SignedEvent)>,
    /// Those that nobody has signed, or nobody who may.
    pub(super) unsigned: Vec<Outgoing>,
    /// Revocations that it holds, or that concern nobody any more.
    pub(super) settled: Vec<KeyId>,
}

impl Situation {
    pub(super) fn of(owner: &AgencyId, kept: Kept, rosters: &Rosters, times: Times) -> Self {
        let roster = rosters.roster(owner.country());
        let view = roster.and_then(|roster| roster.agency(owner));
        let mut situation = Self {
            membership: match (roster, view) {
                (None, _) => Membership::NoRoster,
                (Some(_), None) => Membership::NotEnrolled,
                (Some(_), Some(view)) if view.withdrawn().is_some() => Membership::Withdrawn,
                (Some(_), Some(_)) => Membership::Enrolled,
            },
            epochs: Vec::new(),
            chain: Vec::new(),
            ground: None,
            rotation: None,
            lost_rotation: None,
            lost: Vec::new(),
            missing: Vec::new(),
            destroy: kept.epochs.iter().filter(|row| is_over(row, times.sure)).cloned().collect(),
            forget: Vec::new(),
            superseded: Vec::new(),
            foreign_epochs: Vec::new(),
            foreign_identity: None,
            voiceless: false,
            recovering: None,
            stale: stale(rosters, times.now),
            revocations: Vec::new(),
            unsigned: Vec::new(),
            settled: Vec::new(),
        };
        let listed = view.iter().flat_map(AgencyView::epochs).map(|epoch| (epoch.number(), epoch));
        let listed: BTreeMap<EpochNumber, EpochView<'_>> = listed.collect();
        situation.order(&kept, roster, view, times, &listed);
        situation.judge_epochs(&kept, roster, times, &listed);
        if let Some((roster, view)) = roster.zip(view) {
            situation.judge_identities(&kept, &view, times);
            situation.judge_outgoing(kept.outgoing, roster, &view, times, &listed);
        } else {
            situation.unsigned.extend(kept.outgoing.into_iter().filter(|outgoing| outgoing.event.is_none()));
        }
        situation
    }

    /// The chain: what the roster can still take, and what it never will.
    fn order(
        &mut self,
        kept: &Kept,
        roster: Option<&Roster>,
        view: Option<AgencyView<'_>>,
        times: Times,
        listed: &BTreeMap<EpochNumber, EpochView<'_>>,
    ) {
        let next_epoch = view.map_or(EpochNumber(1), |view| view.next_epoch());
        let epochs = kept.epochs.iter().filter(|row| match listed.get(&row.number) {
            Some(published) => *published.key_id() != row.key_id,
            None => row.number >= next_epoch,
        });
        let rotations = kept.identities.iter().filter(|row| {
            let published = view.is_some_and(|view| view.identities().any(|i| *i.key_id() == row.key_id));
            !published
        });
        let rotations = rotations.filter_map(|row| row.event.as_ref()).filter(|event| is_rotation(event));
        let signed = epochs.filter_map(|row| row.event.as_ref()).chain(rotations).cloned();
        // What was signed for a roster before a re-pin may have been published in that one.
        let anchor = roster.map(|roster| roster.anchor().digest());
        let (mut pending, before): (Vec<_>, Vec<_>) =
            signed.partition(|event| event.event().roster() == anchor);
        let mut lost = Vec::new();
        if let Some((roster, view)) = roster.zip(view) {
            let mut ground = Ground::of(roster.anchor(), &view, times.now);
            lost = ground.split(&mut pending, |event| roster.bars(event, times.now));
            self.ground = Some(ground);
        } else {
            pending.clear();
        }
        let rotation = |events: &[SignedEvent]| {
            events.iter().find_map(|event| match event.event().content() {
                Content::Rotation(next) => Some(*next.id()),
                _ => None,
            })
        };
        (self.rotation, self.lost_rotation) = (rotation(&pending), rotation(&lost).or(rotation(&before)));
        self.chain = pending;
        let is_lost = |row: &&EpochRow| lost.iter().any(|event| epoch_of(event) == Some(row.key_id));
        self.lost = kept.epochs.iter().filter(is_lost).cloned().collect();
    }

    /// What is brought to the centre, in this order. A revocation stands before the chain, where a rotation
    /// would overtake it ([ROT-32]), but for that of an epoch of the chain, which follows the epoch. Nothing
    /// of the chain is brought once the identity's end was heard.
    pub(super) fn announcements(&self) -> Vec<SignedEvent> {
        let in_force = self.ground.as_ref().is_some_and(|ground| ground.in_force);
        let chain: &[SignedEvent] = if in_force { &self.chain } else { &[] };
        let of = |event: &SignedEvent| {
            let key_id = epoch_of(event);
            self.revocations.iter().filter(move |(key, _)| Some(*key) == key_id).map(|(_, event)| event)
        };
        let published = |key: &KeyId| self.chain.iter().all(|event| epoch_of(event) != Some(*key));
        let first = self.revocations.iter().filter(|(key, _)| published(key)).map(|(_, event)| event);
        first.chain(chain.iter().flat_map(|event| std::iter::once(event).chain(of(event)))).cloned().collect()
    }

    fn judge_epochs(
        &mut self,
        kept: &Kept,
        roster: Option<&Roster>,
        times: Times,
        listed: &BTreeMap<EpochNumber, EpochView<'_>>,
    ) {
        let now = times.now;
        let published = |row: &EpochRow| listed.get(&row.number).filter(|view| *view.key_id() == row.key_id);
        let pending = |row: &EpochRow| self.chain.iter().any(|event| epoch_of(event) == Some(row.key_id));
        let revoking = |row: &EpochRow| kept.outgoing.iter().any(|outgoing| outgoing.key_id == row.key_id);
        // Sealed to, now or later.
        let live = |row: &&EpochRow| {
            row.is_held()
                && !revoking(row)
                && match published(row) {
                    Some(view) => view.revocation().is_none(),
                    None => pending(row) && roster.is_some_and(|r| r.revocation(&row.key_id).is_none()),
                }
        };
        let windows: Vec<Window> = kept.epochs.iter().filter(live).map(|row| row.window).collect();
        let current = kept.epochs.iter().filter(live).filter(|row| published(row).is_some());
        let current = current.filter(|row| row.window.seals_at(now)).map(|row| row.number).max();
        let state = |row: &EpochRow| match published(row) {
            _ if !row.is_held() => EpochState::Destroyed,
            None if pending(row) => EpochState::Prepared,
            Some(_) if current == Some(row.number) => EpochState::Current,
            Some(view) if now < row.window.not_before() && view.revocation().is_none() => {
                EpochState::Announced
            }
            _ => EpochState::Retiring,
        };
        let status = |row: &EpochRow| {
            let EpochRow { number, key_id, window, .. } = *row;
            EpochStatus { number, key_id, window, state: state(row) }
        };
        let epochs = kept.epochs.iter().map(status).collect();
        let forget = |row: &&EpochRow| {
            !row.is_held() && forget_at(row) <= times.sure && (row.event.is_none() || !pending(row))
        };
        let forget = kept.epochs.iter().filter(forget).cloned().collect();
        let known = |view: &EpochView<'_>| kept.epochs.iter().any(|row| row.key_id == *view.key_id());
        let foreign = listed
            .values()
            .filter(|view| view.window().opens_at(now) && view.revocation().is_none() && !known(view));
        let foreign = foreign.map(EpochView::number).collect();
        let held = |signer: &KeyId| kept.identities.iter().any(|row| row.key_id == *signer);
        let ground = self.ground.as_ref().filter(|ground| ground.in_force);
        let may_sign = ground.and_then(|ground| ground.signer).is_some_and(|id| held(&id));
        let missing = if may_sign && self.membership == Membership::Enrolled && !times.jumped() {
            kept.policy.missing(&windows, now)
        } else {
            Vec::new()
        };
        (self.epochs, self.forget, self.foreign_epochs, self.missing) = (epochs, forget, foreign, missing);
    }

    fn judge_identities(&mut self, kept: &Kept, view: &AgencyView<'_>, times: Times) {
        if self.membership != Membership::Enrolled {
            return;
        }
        let held = |id: &KeyId| kept.identities.iter().any(|row| row.key_id == *id);
        let Some(last) = view.identities().last() else { return };
        self.voiceless = last.revocation().is_some();
        self.recovering = view.recovering_until(times.now);
        if !held(last.key_id()) {
            self.foreign_identity = Some(*last.key_id());
            return;
        }
        // [ROT-31] It must be in force before the ones before it may go.
        if view.current_identity(times.now).is_none() {
            return;
        }
        let before = view.identities().filter(|identity| identity.key_id() != last.key_id());
        for identity in before.filter(|identity| held(identity.key_id())) {
            let announced = view.epochs().filter(|epoch| epoch.announced_by() == identity.key_id());
            let until = announced.map(|epoch| epoch.window().not_after()).max().unwrap_or_default();
            let revoke_at = until.max(times.sure.plus(kept.policy.open_for));
            let revoke_at = identity.revocation().is_none().then_some(revoke_at);
            self.superseded.push(Superseded { key_id: *identity.key_id(), revoke_at });
        }
    }

    fn judge_outgoing(
        &mut self,
        outgoing: Vec<Outgoing>,
        roster: &Roster,
        view: &AgencyView<'_>,
        times: Times,
        listed: &BTreeMap<EpochNumber, EpochView<'_>>,
    ) {
        let current = view.logged_identity(times.now).map(|identity| *identity.id());
        let ended = |window: &Window| window.destroy_at() <= times.sure;
        for row in outgoing {
            let Outgoing { key_id, not_before, event } = &row;
            // [ROS-62] The log takes no revocation of an epoch that has ended.
            let has_ended = self.epochs.iter().any(|epoch| epoch.key_id == *key_id && ended(&epoch.window))
                || listed.values().any(|epoch| epoch.key_id() == key_id && ended(&epoch.window()));
            let announced = self.chain.iter().any(|event| epoch_of(event) == Some(*key_id));
            let known = announced
                || listed.values().any(|epoch| epoch.key_id() == key_id)
                || view.identities().any(|identity| identity.key_id() == key_id);
            let remembered = self.epochs.iter().any(|epoch| epoch.key_id == *key_id);
            let due = known && *not_before <= times.sure && self.membership == Membership::Enrolled;
            // By the rules of who signs: the key itself, the current identity, or the epoch's own.
            let own =
                listed.values().find(|epoch| epoch.key_id() == key_id).map(|epoch| *epoch.announced_by());
            let own = own.filter(|id| !roster.has_logged(id));
            let may = |signer: &KeyId| signer == key_id || [current, own].contains(&Some(*signer));
            match event {
                _ if roster.has_logged(key_id) || has_ended || !(known || remembered) => {
                    self.settled.push(*key_id)
                }
                Some(event) if event.signers().all(may) => {
                    self.revocations.extend(due.then(|| (*key_id, event.clone())));
                }
                _ => self.unsigned.push(row),
            }
        }
    }
}

/// `[ROT-14]` The second in which an epoch's secret is destroyed has come.
fn is_over(row: &EpochRow, sure: Timestamp) -> bool {
    row.is_held() && row.window.destroy_at() <= sure
}

/// `[ROT-15]` What is sealed to an epoch reaches the ledger within its horizon, or not at all.
fn forget_at(row: &EpochRow) -> Timestamp {
    row.window.destroy_at().max(row.window.not_after().plus(LedgerPolicy::default().horizon))
}

fn is_rotation(event: &SignedEvent) -> bool {
    matches!(event.event().content(), Content::Rotation(_))
}

/// The key that an epoch event announces.
fn epoch_of(event: &SignedEvent) -> Option<KeyId> {
    match event.event().content() {
        Content::Epoch(key) => Some(*key.id()),
        _ => None,
    }
}

/// Countries of which nothing is held, or nothing newer than half the age that policy allows.
fn stale(rosters: &Rosters, now: Timestamp) -> Vec<Country> {
    let limit = RosterPolicy::default().max_age / 2;
    let is_stale =
        |country: &Country| rosters.roster(*country).is_none_or(|roster| now.since(roster.as_of()) > limit);
    rosters.pinned().map(TrustAnchor::country).filter(is_stale).collect()
}
