//! Tests of the roster as a whole, by theme; each names the line of the attack catalogue it covers.

mod bundles;
mod bytes;
mod chain;
mod checkpoint;
mod directory;
mod merkle;
mod policy;
mod recovery;
mod revocation;
mod signers;

use super::event::{AuthorityKeys, DisplayName, Enrol, Genesis, Reason, Revoke, SignedEvent};
use super::*;
use crate::event::Event;
use crate::hazmat::seeded_random;
use crate::ids::EpochNumber;
use crate::keys::Signer;
use crate::keys::authority::{LogKey, RootKey, WitnessKey};
use crate::keys::epoch::{Epoch, EpochKey, Window};
use crate::keys::identity::Identity;
use crate::random::Random;

pub(super) const DAY: u64 = 86400;
pub(super) const DELAY: u64 = 3 * DAY;

/// `seconds` after the day on which every test begins.
pub(super) fn t(seconds: u64) -> Timestamp {
    Timestamp::from_unix(1_900_000_000).unwrap().plus(seconds)
}

/// A country with its secrets.
pub(super) struct World {
    pub(super) random: Random,
    pub(super) country: Country,
    pub(super) roots: Vec<RootKey>,
    pub(super) threshold: usize,
    pub(super) log: LogKey,
    pub(super) witness: WitnessKey,
    pub(super) anchor: TrustAnchor,
    pub(super) genesis: SignedEvent,
}

impl World {
    /// `GE` with three roots, two of which speak for it.
    pub(super) fn new() -> Self {
        Self::of("GE", 3, 2)
    }

    pub(super) fn of(country: &str, roots: usize, threshold: usize) -> Self {
        let seed = *KeyId::derive(crate::KeyUse::Root, &country.parse().unwrap(), &[]).as_bytes();
        let random = seeded_random(seed);
        let country: Country = country.parse().unwrap();
        let roots: Vec<_> = (0..roots).map(|_| RootKey::generate(country, &random).unwrap()).collect();
        let log = LogKey::generate(country, &random).unwrap();
        let witness = WitnessKey::generate(country, &random).unwrap();
        let keys = authority_keys(country, &roots, threshold, &log, &witness);
        let genesis = Event::genesis(country, Genesis::new(keys, DELAY).unwrap());
        let anchor = genesis.anchor().unwrap();
        let mut signers: Vec<_> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(&log), Signer::Witness(&witness)]);
        let genesis = genesis.sign(&signers, &random).unwrap();
        Self { random, country, roots, threshold, log, witness, anchor, genesis }
    }

    /// The roster of the `Genesis` alone.
    pub(super) fn roster(&self) -> Roster {
        Roster::verify(self.anchor, [observed(&self.genesis, t(0))], t(0)).unwrap()
    }

    pub(super) fn identity(&self, agency: &str) -> Identity {
        Identity::generate(agency.parse().unwrap(), &self.random).unwrap()
    }

    /// A threshold of roots, and `others`.
    pub(super) fn roots_and<'a>(&'a self, others: &[Signer<'a>]) -> Vec<Signer<'a>> {
        let roots = self.roots.iter().take(self.threshold).map(Signer::Root);
        roots.chain(others.iter().copied()).collect()
    }

    pub(super) fn sign(&self, event: Event, signers: &[Signer<'_>]) -> SignedEvent {
        event.sign(signers, &self.random).unwrap()
    }

    pub(super) fn enrol(&self, identity: &Identity) -> SignedEvent {
        self.sign(self.enrol_event(identity), &self.roots_and(&[Signer::Identity(identity)]))
    }

    pub(super) fn enrol_event(&self, identity: &Identity) -> Event {
        let names = vec![
            DisplayName::new("en", "Cybercrime Department").unwrap(),
            DisplayName::new("ka", "კიბერდანაშაული").unwrap(),
        ];
        let roles = vec!["liaison".parse().unwrap(), "contact-24x7".parse().unwrap()];
        Event::enrol(&self.anchor, Enrol::new(names, roles, identity.public().clone()).unwrap())
    }

    /// An epoch that begins at `t(start)`, is sealed to for a day and opens for eight.
    pub(super) fn epoch_key(&self, agency: &str, number: u64, start: u64) -> EpochKey {
        let window = Window::new(t(start), t(start + DAY), t(start + 8 * DAY)).unwrap();
        let epoch = Epoch::generate(agency.parse().unwrap(), EpochNumber(number), window, &self.random);
        epoch.unwrap().public().clone()
    }

    pub(super) fn announce(&self, serial: u64, by: &Identity, epoch: &EpochKey) -> SignedEvent {
        let event = Event::epoch(&self.anchor, serial, epoch.clone()).unwrap();
        self.sign(event, &[Signer::Identity(by)])
    }

    pub(super) fn rotate(&self, serial: u64, old: &Identity, new: &Identity) -> SignedEvent {
        let event = Event::rotation(&self.anchor, serial, new.public().clone());
        self.sign(event, &[Signer::Identity(old), Signer::Identity(new)])
    }

    pub(super) fn recover(&self, serial: u64, new: &Identity) -> SignedEvent {
        let event = Event::recovery(&self.anchor, serial, new.public().clone());
        self.sign(event, &self.roots_and(&[Signer::Identity(new)]))
    }

    pub(super) fn revoke(&self, agency: &str, id: &KeyId, by: &[Signer<'_>]) -> SignedEvent {
        let revoke = Revoke::by_owner(*id, Reason::KeyCompromise);
        self.sign(Event::revoke(&self.anchor, agency.parse().unwrap(), revoke), by)
    }

    pub(super) fn revoke_by_roots(&self, agency: &str, id: &KeyId, effective: Timestamp) -> SignedEvent {
        let revoke = Revoke::by_roots(*id, Reason::KeyCompromise, effective);
        self.sign(Event::revoke(&self.anchor, agency.parse().unwrap(), revoke), &self.roots_and(&[]))
    }

    pub(super) fn withdraw(&self, serial: u64, agency: &str) -> SignedEvent {
        let event = Event::withdraw(&self.anchor, agency.parse().unwrap(), serial);
        self.sign(event, &self.roots_and(&[]))
    }
}

pub(super) fn authority_keys(
    country: Country,
    roots: &[RootKey],
    threshold: usize,
    log: &LogKey,
    witness: &WitnessKey,
) -> AuthorityKeys {
    let roots = roots.iter().map(|root| root.public().clone()).collect();
    AuthorityKeys::new(country, roots, threshold, log.public().clone(), witness.public().clone()).unwrap()
}

/// As a peer holds it at the time of its view.
pub(super) fn rosters(roster: &Roster) -> Rosters {
    let mut rosters = Rosters::new(RosterPolicy::default());
    rosters.insert(roster.clone(), roster.as_of()).unwrap();
    rosters
}

pub(super) fn observed(event: &SignedEvent, at: Timestamp) -> Observed {
    Observed { event: event.clone(), at }
}

/// The roster takes the event at `at`.
#[track_caller]
pub(super) fn take(roster: &mut Roster, event: &SignedEvent, at: Timestamp) {
    roster.extend([observed(event, at)], at.max(roster.as_of())).unwrap();
}

/// The roster refuses the event at `at`, and is as it was before.
#[track_caller]
pub(super) fn refuse(roster: &mut Roster, event: &SignedEvent, at: Timestamp) -> Rejection {
    let before = roster.dump();
    let error = roster.extend([observed(event, at)], at.max(roster.as_of())).unwrap_err();
    assert_eq!(roster.dump(), before);
    match error {
        RosterError::Rejected { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// A country with one agency, `GE/mia`, that has announced two epochs, and the events so far:
/// serial 3, epochs 1 (from day 0) and 2 (from day 1).
pub(super) struct Enrolled {
    pub(super) world: World,
    pub(super) identity: Identity,
    pub(super) epochs: [EpochKey; 2],
    pub(super) events: Vec<Observed>,
    pub(super) roster: Roster,
}

pub(super) const AGENCY: &str = "GE/mia";

impl Enrolled {
    pub(super) fn new() -> Self {
        let world = World::new();
        let identity = world.identity(AGENCY);
        let epochs = [world.epoch_key(AGENCY, 1, 0), world.epoch_key(AGENCY, 2, DAY)];
        let events = vec![
            observed(&world.genesis, t(0)),
            observed(&world.enrol(&identity), t(1)),
            observed(&world.announce(2, &identity, &epochs[0]), t(2)),
            observed(&world.announce(3, &identity, &epochs[1]), t(3)),
        ];
        let roster = Roster::verify(world.anchor, events.clone(), t(10)).unwrap();
        Self { world, identity, epochs, events, roster }
    }

    pub(super) fn agency(&self) -> AgencyView<'_> {
        self.roster.agency(&AGENCY.parse().unwrap()).unwrap()
    }
}
