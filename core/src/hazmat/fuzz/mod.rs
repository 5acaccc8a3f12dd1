//! What the fuzz targets call: one function for each, which panics if something does not hold
//! that must hold for every input.
#![allow(
    clippy::expect_used,
    reason = "the invented world is made by this crate, and panics are the verdict"
)]

mod choices;
mod forger;
mod mutate;
mod opening;

use std::num::NonZeroUsize;
use std::sync::OnceLock;

pub use mutate::mutate;
use opening::Way;

use super::world::World;
use crate::envelope::ledger::Unrecorded;
use crate::envelope::manifest::Manifest;
use crate::envelope::open::Opener;
use crate::ids::AgencyId;
use crate::roster::event::{Event, SignedEvent};
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

/// An event, or only its body: what decodes encodes to the same bytes. As its roster's first
/// event, as its next one, and as one that was only heard of, it is taken whole or leaves no trace.
pub fn event(data: &[u8]) {
    if let Ok(event) = Event::decode(data) {
        assert_eq!(event.encode(), data);
    }
    let Ok(signed) = SignedEvent::decode(data) else { return };
    assert_eq!(signed.encode(), data);

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
    let mut roster = held.clone();
    let heard = observed().into_iter().all(|revocation| roster.hear(revocation).is_ok());
    assert!(!heard || matches!(event.content(), crate::event::Content::Revoke(_)));
    assert_eq!((roster.head(), roster.as_of()), (held.head(), held.as_of()));
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
