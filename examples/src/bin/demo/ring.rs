//! Publishing: each log's proposal goes to the next two centres of the ring, their cosignatures
//! come back, and the bundle goes to everybody.

use vlec::{Collected, Country, SignedCheckpoint};

use crate::checks::require;
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::{RING, World};

/// Publishes the log of every country that is not frozen.
pub(crate) fn publish_all(world: &mut World, exchange: &Exchange) -> Result<String> {
    let mut published = 0;
    for name in RING {
        let country: Country = name.parse()?;
        if world.centres.values().all(|national| national.centre.frozen(country).is_none()) {
            publish(world, exchange, country)?;
            published += 1;
        }
    }
    Ok(format!("{published} logs, two of three witnesses each"))
}

/// Publishes one country's log, and hands what is new to every party.
pub(crate) fn publish(world: &mut World, exchange: &Exchange, country: Country) -> Result<()> {
    let centre = &world.national(country)?.centre;
    exchange::write(&exchange.proposal(country), &centre.publish()?)?;
    let mut published = None;
    for witness in next_two(country)? {
        let proposal = exchange::read(&exchange.proposal(country))?;
        let note = world.national(witness)?.centre.cosign(&proposal)?;
        exchange::write(&exchange.note(country, witness), note.encode().as_bytes())?;

        let note = SignedCheckpoint::decode(&exchange::read(&exchange.note(country, witness))?)?;
        if let Collected::Published(imported) = centre.collect(&note)? {
            published = Some(imported);
        }
    }
    let imported = published.context(format!("reach a quorum for {country}"))?;
    hand_on(world, exchange, country, imported.size)
}

/// The bundle of what is new, as a file, to everybody.
fn hand_on(world: &mut World, exchange: &Exchange, country: Country, size: u64) -> Result<()> {
    let national = world.centres.get_mut(&country).context("find the centre")?;
    let mut bundle = Vec::new();
    national.centre.export(country, national.handed_on, &mut bundle)?;
    national.handed_on = size;
    exchange::write(&exchange.bundle(country, size), &bundle)?;

    let bundle = exchange::read(&exchange.bundle(country, size))?;
    for (other, national) in &world.centres {
        if *other != country {
            national.centre.import(&bundle[..]).context(format!("import {country} in {other}"))?;
        }
    }
    for agency in world.agencies.values() {
        let imported = agency.import(&bundle[..]);
        let imported = imported.context(format!("import {country} in {}", agency.id()))?;
        require(imported.size == size, "an agency has another size")?;
    }
    Ok(())
}

/// Every agency does what is due, its events go to its centre as files, and all logs are published.
pub(crate) fn upkeep(world: &mut World, exchange: &Exchange) -> Result<()> {
    for agency in world.agencies.values() {
        agency.maintain(&[&exchange.inbox(agency.id())?])?;
        for event in agency.announcements()? {
            let path = exchange.request(&event);
            exchange::write(&path, &event.encode())?;
            let centre = &world.national(agency.id().country())?.centre;
            centre.admit(&exchange::read_event(&path)?).context(format!("admit {}", path.display()))?;
        }
    }
    publish_all(world, exchange).map(drop)
}

/// Whom a country asks to cosign.
fn next_two(country: Country) -> Result<[Country; 2]> {
    let place = RING.iter().position(|name| *name == country.as_str()).context("find the country")?;
    let mut after = RING.iter().cycle().skip(place + 1);
    let mut next = || after.next().context("find the next country").and_then(|name| Ok(name.parse()?));
    Ok([next()?, next()?])
}
