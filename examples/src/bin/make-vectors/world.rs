//! `world.json`: the invented countries, their rosters and everybody's keys.

use serde::Serialize;
use vlec::hazmat::world::{World, seed};
use vlec::{Roster, SignedEvent, Timestamp};

use crate::Result;
use crate::hex::hex;

#[derive(Serialize)]
struct Described {
    name: &'static str,
    description: &'static str,
    now: u64,
    rosters: Vec<DescribedRoster>,
    agencies: Vec<Agency>,
}

#[derive(Serialize)]
struct DescribedRoster {
    country: String,
    anchor: String,
    as_of: u64,
    size: u64,
    root: String,
    events: Vec<Observed>,
}

/// A signed event and the time of its publication.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Observed {
    pub(crate) at: u64,
    pub(crate) event: String,
}

impl Observed {
    pub(crate) fn new(at: u64, event: &SignedEvent) -> Self {
        Self { at, event: hex(event.encode()) }
    }
}

#[derive(Serialize)]
struct Agency {
    agency: String,
    identity_seed: String,
    identity_key_id: String,
    epochs: Vec<Epoch>,
}

#[derive(Serialize)]
struct Epoch {
    number: u64,
    not_before: u64,
    not_after: u64,
    destroy_at: u64,
    seed: String,
    key_id: String,
}

/// The epochs of which the file gives the seeds; only the first is announced.
const EPOCHS: u64 = 2;

pub(crate) fn describe(world: &World) -> Result<impl Serialize> {
    let rosters = world.rosters.iter().map(|roster| roster_of(world, roster)).collect::<Result<_>>()?;
    let agencies = world.members.keys().map(|id| agency(world, id.as_str())).collect::<Result<_>>()?;
    Ok(Described {
        name: "world",
        description: "Four invented countries with two agencies each. Nobody's keys; never for real use.",
        now: world.now.unix(),
        rosters,
        agencies,
    })
}

fn roster_of(world: &World, roster: &Roster) -> Result<DescribedRoster> {
    let authority = world.countries.get(&roster.country()).ok_or("country")?;
    let at = |time: Timestamp| time.unix();
    Ok(DescribedRoster {
        country: roster.country().to_string(),
        anchor: roster.anchor().to_string(),
        as_of: at(roster.as_of()),
        size: roster.size(),
        root: hex(roster.head().root),
        events: authority.events.iter().map(|event| Observed::new(at(world.now), event)).collect(),
    })
}

fn agency(world: &World, name: &str) -> Result<Agency> {
    let epochs = (1..=EPOCHS).map(|number| {
        let epoch = world.epoch(name, number)?;
        let window = epoch.public().window();
        Ok(Epoch {
            number,
            not_before: window.not_before().unix(),
            not_after: window.not_after().unix(),
            destroy_at: window.destroy_at().unix(),
            seed: hex(seed::<32>(&format!("{name} epoch {number}")).expose()),
            key_id: epoch.public().id().to_string(),
        })
    });
    Ok(Agency {
        agency: name.to_owned(),
        identity_seed: hex(seed::<64>(&format!("{name} identity")).expose()),
        identity_key_id: world.member(name)?.identity.id().to_string(),
        epochs: epochs.collect::<Result<_>>()?,
    })
}
