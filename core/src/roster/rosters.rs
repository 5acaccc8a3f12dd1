//! The rosters of all countries that a party has pinned (SPEC §4.12, §4.18, `[ROS-50]`).

use std::collections::BTreeMap;
use std::io::Read;

use super::anchor::TrustAnchor;
use super::bundle::{BundleReader, Item};
use super::checkpoint::SignedCheckpoint;
use super::equivocation::EquivocationProof;
use super::error::RosterError;
use super::event::SignedEvent;
use super::held::Held;
use super::import::{self, Imported, Judge, Mode, Staged, Unverified};
use super::policy::Policy;
use super::standing::Word;
use super::{Observed, Roster};
use crate::ids::Country;
use crate::keys::authority::LogPublicKey;
use crate::time::{MAX_SKEW, Times, Timestamp};

/// What an operator decides about rosters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterPolicy {
    /// How old, in seconds, a roster may be for keys to be taken from it. Seven days by default.
    pub max_age: u64,
    /// How far, in seconds, the time of a roster may lie ahead of the clock. 300 by default.
    pub max_skew: u64,
}

/// What a witness has verified of a proposal.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    /// With the lines of the log alone.
    pub(crate) checkpoint: SignedCheckpoint,
    /// The log's own time, by the word of this key of its.
    pub(crate) signed_at: Timestamp,
    pub(crate) log_key: LogPublicKey,
}

impl Default for RosterPolicy {
    fn default() -> Self {
        Self { max_age: 7 * 86400, max_skew: MAX_SKEW }
    }
}

impl RosterPolicy {
    pub(super) fn is_from_future(&self, as_of: Timestamp, now: Timestamp) -> bool {
        as_of > now.plus(self.max_skew)
    }
}

/// Verified rosters, one for each pinned country: whom one may seal to, and whose signature holds.
///
/// A country is pinned first, with the policy that says whose cosignatures its log needs; from
/// then on every view of it comes from a bundle that a quorum of witnesses has cosigned.
#[derive(Clone, Debug, Default)]
pub struct Rosters {
    pub(super) policy: RosterPolicy,
    held: BTreeMap<Country, Held>,
}

impl Rosters {
    /// Whether the country's log has been proven to show two rosters.
    pub(crate) fn is_frozen(&self, country: Country) -> bool {
        self.held.get(&country).is_some_and(|held| held.frozen.is_some())
    }

    /// No rosters yet.
    pub fn new(policy: RosterPolicy) -> Self {
        Self { policy, held: BTreeMap::new() }
    }

    /// Pins a country's anchor, which people have compared in a ceremony.
    ///
    /// # Errors
    /// [`RosterError::OtherAnchor`] if another one is pinned: see [`Self::repin`].
    pub fn pin(&mut self, anchor: TrustAnchor) -> Result<(), RosterError> {
        match self.held.get(&anchor.country()) {
            Some(held) if held.anchor != anchor => Err(RosterError::OtherAnchor(anchor.country())),
            Some(_) => Ok(()),
            None => {
                self.repin(anchor);
                Ok(())
            }
        }
    }

    /// Pins an anchor in the place of another, and forgets that one's roster and freeze
    /// (`[BND-43]`): the country has begun anew.
    pub fn repin(&mut self, anchor: TrustAnchor) {
        self.held.insert(anchor.country(), Held::new(anchor));
    }

    /// Says whose cosignatures the log of a pinned country needs.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`] if the country is not pinned.
    pub fn set_policy(&mut self, country: Country, policy: Policy) -> Result<(), RosterError> {
        self.held_mut(country)?.policy = Some(policy);
        Ok(())
    }

    /// Takes a bundle.
    ///
    /// # Errors
    /// [`RosterError`]; everything is then as it was before, but that a fork freezes the country.
    pub fn import(
        &mut self,
        mut bundle: BundleReader<impl Read>,
        now: Timestamp,
    ) -> Result<Imported, RosterError> {
        let country = bundle.anchor().country();
        let staged = self.stage(&mut bundle, Times::at(now));
        if let Err(RosterError::Fork(proof)) = &staged {
            self.held_mut(country)?.frozen = Some(proof.clone());
        }
        self.commit(&staged?)
    }

    /// Verifies a bundle; it counts once committed.
    ///
    /// # Errors
    /// [`RosterError`].
    pub(crate) fn stage(
        &self,
        bundle: &mut BundleReader<impl Read>,
        times: Times,
    ) -> Result<Staged, RosterError> {
        self.judge(bundle, times, Mode::Import)
    }

    /// Whether what a bundle was verified against is still what is held.
    pub(crate) fn is_current(&self, staged: &Staged) -> bool {
        self.held.get(&staged.imported.country).is_some_and(|held| held.is_still(&staged.basis))
    }

    /// Takes what was verified. What it takes the place of is freed with `staged`, which may take long.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`] unless [`Self::is_current`].
    pub(crate) fn commit(&mut self, staged: &Staged) -> Result<Imported, RosterError> {
        let country = staged.imported.country;
        if !self.is_current(staged) {
            return Err(RosterError::NoRoster(country));
        }
        self.held_mut(country)?.hold(staged.roster.clone());
        Ok(staged.imported)
    }

    /// `[BND-30]`: as a witness, verifies a proposal: a bundle whose last checkpoint has no
    /// quorum. It must continue `last`, the checkpoint that this witness has cosigned before.
    ///
    /// # Errors
    /// [`RosterError`]; [`RosterError::NothingProposed`] if a quorum has cosigned all of it.
    pub(crate) fn examine(
        &self,
        mut bundle: BundleReader<impl Read>,
        times: Times,
        last: Option<&SignedCheckpoint>,
    ) -> Result<Proposed, RosterError> {
        let country = bundle.anchor().country();
        let staged = self.judge(&mut bundle, times, Mode::Witness)?;
        let (proposed, roster) = (staged.proposed, staged.roster);
        let proposed = proposed.ok_or(RosterError::NothingProposed(country))?;
        let tree = &roster.state.tree;
        let log_key = roster.state.log_key();
        let signed_at = proposed.verify_log(log_key).map_err(RosterError::Checkpoint)?;
        let checkpoint = proposed.signed_by(roster.log_keys());
        let examined = || Proposed { checkpoint: checkpoint.clone(), signed_at, log_key: log_key.clone() };
        let Some(last) = last else { return Ok(examined()) };
        let (size, offered) = (last.checkpoint().size(), proposed.checkpoint().size());
        if offered < size {
            return Err(RosterError::Smaller { country, held: size, offered });
        }
        match tree.root_at(size).zip(tree.consistency(size, offered)) {
            Some((root, _)) if root == *last.checkpoint().root() => Ok(examined()),
            Some((root, proof)) => {
                let (first, second) = (last.clone(), proposed.clone());
                let root = if size == offered { *first.checkpoint().root() } else { root };
                Err(RosterError::Fork(Box::new(EquivocationProof::new(first, second, root, proof))))
            }
            None => Err(RosterError::Differs { country, size }),
        }
    }

    fn judge(
        &self,
        bundle: &mut BundleReader<impl Read>,
        times: Times,
        mode: Mode,
    ) -> Result<Staged, RosterError> {
        // [ROS-56] By the clock, not by now, which the last quorum may have moved.
        let (anchor, latest) = (*bundle.anchor(), times.clock.plus(self.policy.max_skew));
        let held = self.held(anchor.country())?;
        if held.anchor != anchor {
            return Err(RosterError::OtherAnchor(anchor.country()));
        }
        if held.frozen.is_some() {
            return Err(RosterError::Frozen(anchor.country()));
        }
        import::stage(held, bundle, Judge { now: times.now, latest, mode })
    }

    /// Takes a proof that a country's log showed two rosters: no new key of it counts from now on
    /// (`[BND-42]`). Revocations are still heard, and what is held stays until it is too old.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`]; [`RosterError::NoEquivocation`] if it proves nothing.
    pub fn accuse(&mut self, proof: EquivocationProof) -> Result<(), RosterError> {
        let country = proof.anchor().country();
        let held = self.held_mut(country)?;
        let roster = held.roster().ok_or(RosterError::NoRoster(country))?;
        proof.verify(&roster.state)?;
        held.frozen = Some(Box::new(proof));
        Ok(())
    }

    /// The proof that froze a country.
    pub fn frozen(&self, country: Country) -> Option<&EquivocationProof> {
        self.held.get(&country)?.frozen.as_deref()
    }

    /// As [`Roster::hear`], for the roster of `country`, frozen or not.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`], or as [`Roster::hear`].
    pub fn hear(&mut self, country: Country, revocation: Observed) -> Result<(), RosterError> {
        self.judge_heard(country, &revocation)?;
        self.note_heard(&revocation.event, revocation.at);
        Ok(())
    }

    /// `[ROS-41]`: verifies a revocation that is not in the log, or not yet.
    ///
    /// # Errors
    /// As [`Rosters::hear`].
    pub(crate) fn judge_heard(&self, country: Country, revocation: &Observed) -> Result<(), RosterError> {
        let roster = self.roster(country).ok_or(RosterError::NoRoster(country))?;
        roster.judge(revocation.clone()).map(drop)
    }

    /// Notes a revocation that was verified, now or when it was stored; says whether that changes
    /// anything. One of another anchor than the pinned says nothing here.
    pub(crate) fn note_heard(&mut self, event: &SignedEvent, at: Timestamp) -> bool {
        let (country, anchor) = (event.event().subject().country(), event.event().roster());
        let held = self.held.get_mut(&country).filter(|held| Some(held.anchor.digest()) == anchor);
        held.zip(Word::of(event.event(), at)).is_some_and(|(held, word)| held.note_heard(word))
    }

    /// The revocations in a bundle of a frozen country that change what was heard (`[BND-42]`).
    pub(crate) fn hear_from(&self, bundle: &mut BundleReader<impl Read>, now: Timestamp) -> Vec<SignedEvent> {
        let (country, mut rosters, mut heard) = (bundle.anchor().country(), self.clone(), Vec::new());
        // Whatever else is in it, and wherever it ends.
        while let Ok(Some(item)) = bundle.next() {
            let Item::Entry(entry) = item else { continue };
            let Ok(Unverified::Event(event)) = Unverified::decode(&entry) else { continue };
            // What would change nothing needs no signature to be verified; what breaks a rule is another
            // roster's, or came before it could be judged.
            let observed = Observed { event: *event, at: now };
            if rosters.clone().note_heard(&observed.event, now)
                && rosters.judge_heard(country, &observed).is_ok()
            {
                rosters.note_heard(&observed.event, now);
                heard.push(observed.event);
            }
        }
        heard
    }

    /// The roster of `country`.
    pub fn roster(&self, country: Country) -> Option<&Roster> {
        self.held.get(&country)?.roster()
    }

    /// The rosters, by country.
    pub fn iter(&self) -> impl Iterator<Item = &Roster> {
        self.held.values().filter_map(Held::roster)
    }

    /// The anchors that are pinned, by country.
    pub fn pinned(&self) -> impl Iterator<Item = &TrustAnchor> {
        self.held.values().map(|held| &held.anchor)
    }

    /// Whose cosignatures the log of `country` needs.
    pub fn policy(&self, country: Country) -> Option<&Policy> {
        self.held.get(&country)?.policy.as_ref()
    }

    /// `[BND-28]`: what is held of a country, without the keys of epochs that had ended at the time of its
    /// view; it counts once committed.
    pub(crate) fn forgetting_epochs(&self, country: Country) -> Option<Staged> {
        let basis = self.held.get(&country)?.clone();
        let mut roster = basis.roster()?.clone();
        roster.state.forget_epochs(roster.as_of());
        Some(Staged::unchanged(basis, roster))
    }

    pub(super) fn held(&self, country: Country) -> Result<&Held, RosterError> {
        self.held.get(&country).ok_or(RosterError::NoRoster(country))
    }

    pub(super) fn held_mut(&mut self, country: Country) -> Result<&mut Held, RosterError> {
        self.held.get_mut(&country).ok_or(RosterError::NoRoster(country))
    }
}

/// Without a log: for vectors of the rules, and for small tests.
#[cfg(any(test, feature = "hazmat"))]
impl Rosters {
    /// Verifies a whole roster as of `now`, as [`Roster::verify`] does, and takes it, as
    /// [`Rosters::insert`] does.
    ///
    /// # Errors
    /// [`RosterError::OtherAnchor`] before any work, or as both.
    pub fn import_events(
        &mut self,
        anchor: TrustAnchor,
        events: impl IntoIterator<Item = Observed>,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        if self.roster(anchor.country()).is_some_and(|held| *held.anchor() != anchor) {
            return Err(RosterError::OtherAnchor(anchor.country()));
        }
        self.insert(Roster::verify(anchor, events, now)?, now)
    }

    /// Takes a roster. It replaces one of the same country only if it has the same anchor, is not
    /// older, and begins with the same events (`[ROS-50]`); revocations that the replaced one had
    /// heard of stay. A view that was taken when the clock was ahead may be replaced by an older one.
    ///
    /// # Errors
    /// [`RosterError::FromFuture`], [`RosterError::OtherAnchor`], [`RosterError::OlderView`],
    /// [`RosterError::Smaller`], [`RosterError::Differs`]; the roster that was held stays.
    pub fn insert(&mut self, roster: Roster, now: Timestamp) -> Result<(), RosterError> {
        let (country, offered) = (roster.country(), roster.as_of());
        self.check_not_from_future(country, offered, now)?;
        if let Some(held) = self.roster(country) {
            roster.check_continues(held)?;
            let as_of = held.as_of();
            if offered < as_of && !self.policy.is_from_future(as_of, now) {
                return Err(RosterError::OlderView { country, held: as_of, offered });
            }
        }
        let held = self.held.entry(country).or_insert_with(|| Held::new(*roster.anchor()));
        for word in roster.heard.iter() {
            held.note_heard(word);
        }
        held.hold(roster);
        Ok(())
    }

    /// As [`Roster::extend`], for the roster of `country`; no events make its view a newer one. A
    /// view that was taken when the clock was ahead may become an older one, down to its last event.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`], [`RosterError::FromFuture`], or as [`Roster::extend`].
    pub fn extend(
        &mut self,
        country: Country,
        events: impl IntoIterator<Item = Observed>,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        self.check_not_from_future(country, as_of, now)?;
        let policy = self.policy;
        let mut roster = self.roster(country).ok_or(RosterError::NoRoster(country))?.clone();
        if policy.is_from_future(roster.as_of(), now) {
            roster.extend_since(roster.state.last, events, as_of)?;
        } else {
            roster.extend(events, as_of)?;
        }
        self.held_mut(country)?.hold(roster);
        Ok(())
    }

    /// `[ROS-56]`
    fn check_not_from_future(
        &self,
        country: Country,
        offered: Timestamp,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        if self.policy.is_from_future(offered, now) {
            return Err(RosterError::FromFuture { country, offered, now });
        }
        Ok(())
    }
}
