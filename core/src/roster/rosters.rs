//! The verified rosters of several countries: whom one may seal to, and whose signature holds
//! (SPEC §4.12, `[ROS-50]`…`[ROS-56]`).

use std::collections::{BTreeMap, BTreeSet};

use super::agency::Agency;
use super::error::RosterError;
use super::{Observed, Roster, TrustAnchor};
use crate::ids::{AgencyId, Country};
use crate::keys::directory::{Addressed, Directory, DirectoryError, Recipient, VerifiedSender, sealed};
use crate::keys::identity::Identity;
use crate::time::Timestamp;

const MAX_RECIPIENTS: usize = 1024;

/// What an operator decides about rosters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterPolicy {
    /// How old, in seconds, a roster may be for keys to be taken from it. Seven days by default.
    pub max_age: u64,
    /// How far, in seconds, the time of a roster may lie ahead of the clock. 300 by default.
    pub max_skew: u64,
}

impl Default for RosterPolicy {
    fn default() -> Self {
        Self { max_age: 7 * 86400, max_skew: 300 }
    }
}

impl RosterPolicy {
    fn is_from_future(&self, as_of: Timestamp, now: Timestamp) -> bool {
        as_of > now.plus(self.max_skew)
    }
}

/// Verified rosters, one for each country.
///
/// ```
/// use vlec::event::{AuthorityKeys, DisplayName, Enrol, Genesis};
/// use vlec::*;
///
/// let (random, now) = (Random::system(), Timestamp::now());
/// let country: Country = "GE".parse()?;
///
/// // The country begins: two roots, either of which speaks for it.
/// let roots = [RootKey::generate(country, &random)?, RootKey::generate(country, &random)?];
/// let (log, witness) = (LogKey::generate(country, &random)?, WitnessKey::generate(country, &random)?);
/// let public = roots.iter().map(|root| root.public().clone()).collect();
/// let keys = AuthorityKeys::new(country, public, 1, log.public().clone(), witness.public().clone())?;
/// let genesis = Event::genesis(country, Genesis::new(keys, 7 * 86400)?);
/// let anchor = genesis.anchor().ok_or("not a genesis")?;
/// let [a, b] = &roots;
/// let genesis = genesis.sign(
///     &[Signer::Root(a), Signer::Root(b), Signer::Log(&log), Signer::Witness(&witness)],
///     &random,
/// )?;
///
/// // An agency joins, and announces its first epoch.
/// let agency: AgencyId = "GE/mia/cyber".parse()?;
/// let identity = Identity::generate(agency.clone(), &random)?;
/// let names = vec![DisplayName::new("en", "Cybercrime Department")?];
/// let enrol = Event::enrol(&anchor, Enrol::new(names, vec!["contact-24x7".parse()?], identity.public().clone())?)
///     .sign(&[Signer::Root(a), Signer::Identity(&identity)], &random)?;
/// let window = Window::new(now, now.plus(86400), now.plus(8 * 86400))?;
/// let epoch = Epoch::generate(agency.clone(), EpochNumber(1), window, &random)?;
/// let epoch = Event::epoch(&anchor, 2, epoch.public().clone())?.sign(&[Signer::Identity(&identity)], &random)?;
///
/// // Whoever has pinned the anchor verifies the events, in any place, offline.
/// let events = [genesis, enrol, epoch].map(|event| Observed { event, at: now });
/// let mut rosters = Rosters::new(RosterPolicy::default());
/// rosters.import(anchor, events, now)?;
/// let addressed = rosters.address(&identity, &[agency], now)?;
/// assert_eq!(addressed.recipients()[0].epoch(), EpochNumber(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rosters {
    policy: RosterPolicy,
    rosters: BTreeMap<Country, Roster>,
}

impl Rosters {
    /// No rosters yet.
    pub fn new(policy: RosterPolicy) -> Self {
        Self { policy, rosters: BTreeMap::new() }
    }

    /// Verifies a whole roster as of `now`, as [`Roster::verify`] does, and takes it, as
    /// [`Rosters::insert`] does.
    ///
    /// # Errors
    /// [`RosterError::OtherAnchor`] before any work, or as both.
    pub fn import(
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
    pub fn insert(&mut self, mut roster: Roster, now: Timestamp) -> Result<(), RosterError> {
        let (country, offered) = (roster.country(), roster.as_of());
        self.check_not_from_future(country, offered, now)?;
        if let Some(held) = self.rosters.get(&country) {
            roster.check_continues(held)?;
            let as_of = held.as_of();
            if offered < as_of && !self.policy.is_from_future(as_of, now) {
                return Err(RosterError::OlderView { country, held: as_of, offered });
            }
            roster.keep_heard_of(held);
        }
        self.rosters.insert(country, roster);
        Ok(())
    }

    /// The roster of `country`.
    pub fn roster(&self, country: Country) -> Option<&Roster> {
        self.rosters.get(&country)
    }

    /// The rosters, by country.
    pub fn iter(&self) -> impl Iterator<Item = &Roster> {
        self.rosters.values()
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
        let roster = self.roster_mut(country)?;
        if policy.is_from_future(roster.as_of(), now) {
            roster.extend_since(roster.state.last, events, as_of)
        } else {
            roster.extend(events, as_of)
        }
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

    /// As [`Roster::hear`], for the roster of `country`.
    ///
    /// # Errors
    /// [`RosterError::NoRoster`], or as [`Roster::hear`].
    pub fn hear(&mut self, country: Country, revocation: Observed) -> Result<(), RosterError> {
        self.roster_mut(country)?.hear(revocation)
    }

    fn roster_mut(&mut self, country: Country) -> Result<&mut Roster, RosterError> {
        self.rosters.get_mut(&country).ok_or(RosterError::NoRoster(country))
    }

    /// Resolves one envelope's sender and recipients at `now`.
    ///
    /// The sender signs with its current identity; each recipient is sealed to under its highest
    /// epoch that may be sealed to now and is not revoked, nor is the identity that announced it.
    ///
    /// # Errors
    /// [`DirectoryError`]: nothing is resolved unless everything is.
    pub fn address(
        &self,
        sender: &Identity,
        to: &[AgencyId],
        now: Timestamp,
    ) -> Result<Addressed<'_>, DirectoryError> {
        self.check_sender(sender, now)?;
        if !(1..=MAX_RECIPIENTS).contains(&to.len()) {
            return Err(DirectoryError::RecipientCount);
        }
        let mut named = BTreeSet::new();
        if let Some(twice) = to.iter().find(|agency| !named.insert(*agency)) {
            return Err(DirectoryError::NamedTwice(twice.clone()));
        }
        let recipients = to.iter().map(|agency| self.recipient(agency, now)).collect::<Result<_, _>>()?;
        Ok(Addressed {
            rosters: std::marker::PhantomData,
            sender: sender.agency().clone(),
            sender_key: *sender.id(),
            recipients,
            heads: self.rosters.values().map(Roster::head).collect(),
            at: now,
        })
    }

    /// `[ROS-53]`: only the current identity signs for an agency.
    fn check_sender(&self, sender: &Identity, now: Timestamp) -> Result<(), DirectoryError> {
        let (roster, agency) = self.agency(sender.agency(), now)?;
        let state = &roster.state;
        if state.end_of_identity(agency, sender.id()).is_some() {
            return Err(DirectoryError::Revoked(sender.agency().clone()));
        }
        match state.current_at(agency, now) {
            Ok(current) if **current == *sender.public() => Ok(()),
            _ => Err(DirectoryError::UnknownKey(sender.agency().clone())),
        }
    }

    /// `[ROS-54]`.
    fn recipient(&self, id: &AgencyId, now: Timestamp) -> Result<Recipient, DirectoryError> {
        let (roster, agency) = self.agency(id, now)?;
        // Numbers ascend: the first from the end is the highest.
        let epoch = agency.epochs.iter().rev().flatten().find(|epoch| {
            epoch.key.window().seals_at(now) && roster.state.end_of_epoch(agency, epoch).is_none()
        });
        let epoch = epoch.ok_or_else(|| DirectoryError::NoEpoch(id.clone()))?;
        Ok(Recipient::from_roster(epoch.key.clone()))
    }

    /// `[ROS-51]`, `[ROS-52]`, `[ROS-56]`: a fresh roster, and an agency that is in it.
    fn agency(&self, id: &AgencyId, now: Timestamp) -> Result<(&Roster, &Agency), DirectoryError> {
        let country = id.country();
        let roster = self.rosters.get(&country).ok_or(DirectoryError::NoRoster(country))?;
        let age = now.since(roster.as_of());
        if age > self.policy.max_age {
            return Err(DirectoryError::Stale { country, age });
        }
        if self.policy.is_from_future(roster.as_of(), now) {
            return Err(DirectoryError::FromFuture { country, ahead: roster.as_of().since(now) });
        }
        let agency = roster.state.agencies.get(id);
        let agency = agency.ok_or_else(|| DirectoryError::NotEnrolled(id.clone()))?;
        if agency.withdrawn.is_some() {
            return Err(DirectoryError::Withdrawn(id.clone()));
        }
        Ok((roster, agency))
    }
}

impl sealed::Sealed for Rosters {}

impl Directory for Rosters {
    /// `[ROS-55]`: an identity that a rotation has replaced holds until it is revoked; a recovered
    /// one holds once its delay is over.
    fn sender(
        &self,
        agency: &AgencyId,
        key_id: &crate::ids::KeyId,
        now: Timestamp,
    ) -> Result<VerifiedSender, DirectoryError> {
        let (roster, record) = self.agency(agency, now)?;
        if roster.state.end_of_identity(record, key_id).is_some() {
            return Err(DirectoryError::Revoked(agency.clone()));
        }
        let identity = record.identity(key_id).filter(|identity| roster.state.is_in_effect(identity, now));
        let identity = identity.ok_or_else(|| DirectoryError::UnknownKey(agency.clone()))?;
        Ok(VerifiedSender(identity.key.key().clone()))
    }
}
