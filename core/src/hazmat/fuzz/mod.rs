//! What the fuzz targets call: one function for each, which panics if something does not hold
//! that must hold for every input.
#![allow(
    clippy::expect_used,
    reason = "the invented world is made by this crate, and panics are the verdict"
)]

mod bundle;
mod choices;
mod forger;
mod log;
mod mutate;
mod opening;
mod record;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

pub use bundle::bundle;
pub use log::checkpoint;
pub use mutate::mutate;
use opening::Way;
pub use record::record;

use super::seeded_random;
use super::world::{Authority, World, seed};
use crate::envelope::ledger::Unrecorded;
use crate::envelope::manifest::Manifest;
use crate::envelope::open::Opener;
use crate::ids::AgencyId;
use crate::keys::Signer;
use crate::keys::identity::Identity;
use crate::roster::event::{Content, Event, SignedEvent};
use crate::roster::{Observed, Roster};

/// An envelope, opened by each agency of the world.
pub fn envelope(data: &[u8]) {
    let ways = Way::ALL.iter().cycle().skip(data.len() % Way::ALL.len());
    for (agency, way) in world().members.keys().zip(ways) {
        opening::open(&opener(agency), data, *way);
    }
}

/// A manifest: what decodes encodes to the same bytes.
pub fn manifest(data: &[u8]) {
    if let Ok(manifest) = Manifest::decode(data) {
        assert_eq!(manifest.encode(), data);
    }
}

/// An event, or only a body, which those of the world then sign who may speak for its subject: what
/// decodes encodes to the same bytes.
pub fn event(data: &[u8]) {
    if let Ok(event) = Event::decode(data) {
        assert_eq!(event.encode(), data);
        let random = seeded_random(*blake3::hash(data).as_bytes());
        for signers in signers(event.subject()) {
            if let Ok(signed) = event.clone().sign(&signers, &random) {
                follow(&signed);
            }
        }
    }
    if let Ok(signed) = SignedEvent::decode(data) {
        assert_eq!(signed.encode(), data);
        follow(&signed);
    }
}

/// Its country's roots and its identity, each with and without the identity that comes next.
fn signers(subject: &AgencyId) -> [Vec<Signer<'static>>; 4] {
    let world = world();
    let roots = || world.countries.get(&subject.country()).map(Authority::quorum).unwrap_or_default();
    let old = || world.members.get(subject).map(|member| Signer::Identity(&member.identity));
    let next = || next_identities().get(subject).map(Signer::Identity);
    [
        roots(),
        old().into_iter().collect(),
        roots().into_iter().chain(next()).collect(),
        old().into_iter().chain(next()).collect(),
    ]
}

/// The identity that follows each of the world's.
fn next_identities() -> &'static BTreeMap<AgencyId, Identity> {
    static NEXT: OnceLock<BTreeMap<AgencyId, Identity>> = OnceLock::new();
    let next = |agency: &AgencyId| (agency.clone(), next_identity(agency));
    NEXT.get_or_init(|| world().members.keys().map(next).collect())
}

/// The identity that follows the agency's in the world.
pub fn next_identity(agency: &AgencyId) -> Identity {
    Identity::from_seed(agency.clone(), &seed(&format!("{agency} next identity")))
}

/// As its roster's first event, as its next one, and as one that was only heard of, an event is
/// taken whole or leaves no trace. What is revoked or withdrawn is not sealed to.
fn follow(signed: &SignedEvent) {
    let event = signed.event();
    let now = world().now;
    let observed = || [Observed { event: signed.clone(), at: now }];
    if let Some(roster) = event.anchor().and_then(|anchor| Roster::verify(anchor, observed(), now).ok()) {
        assert_eq!((roster.size(), roster.country()), (1, event.subject().country()));
    }
    let Some(held) = world().rosters.roster(event.subject().country()) else { return };
    let mut roster = held.clone();
    match roster.extend(observed(), now) {
        Ok(()) => assert_eq!(roster.size(), held.size() + 1),
        Err(_) => assert_eq!(roster.head(), held.head()),
    }
    assert_addressed(&roster);

    let mut roster = held.clone();
    let heard = observed().into_iter().all(|revocation| roster.hear(revocation).is_ok());
    assert!(!heard || matches!(event.content(), Content::Revoke(_)));
    assert_eq!((roster.head(), roster.as_of()), (held.head(), held.as_of()));
    assert_addressed(&roster);
}

/// Whom the rosters address with this one among them may be sealed to.
fn assert_addressed(roster: &Roster) {
    let now = world().now;
    let mut rosters = world().rosters.clone();
    rosters.insert(roster.clone(), now).expect("it is newer");
    for agency in roster.agencies() {
        let Some(member) = world().members.get(agency.id()) else { continue };
        let Ok(addressed) = rosters.address(&member.identity, &[agency.id().clone()], now) else { continue };
        assert!(agency.withdrawn().is_none() && roster.revocation(member.identity.id()).is_none());
        for to in addressed.recipients() {
            let epoch = agency.epochs().find(|epoch| epoch.key_id() == to.key_id());
            assert!(epoch.is_some_and(|epoch| epoch.window().seals_at(now) && epoch.revocation().is_none()));
        }
    }
}

/// The world whose keys the inputs may use.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new().expect("the world is made"))
}

/// An agency that opens on one thread.
fn opener(agency: &AgencyId) -> Opener<'static> {
    let world = world();
    let keyring = &world.members.get(agency).expect("the agency is of the world").keyring;
    Opener::new(keyring, &world.rosters, &Unrecorded, world.now).workers(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_the_world_and_their_bodies_hold() {
        for authority in world().countries.values() {
            for signed in &authority.events {
                event(&signed.encode());
                event(signed.body());
            }
        }
    }
}
