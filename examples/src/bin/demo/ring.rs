//! Publishing: each log's proposal goes to the next two centres of the ring, their cosignatures
//! come back, and the bundle goes to everybody.

use serde_json::Value;
use vlec::{AgencyId, Country};

use crate::checks::require;
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::{RING, World};
use crate::shell::words;

/// Publishes the log of every country that is not frozen.
pub(crate) fn publish_all(world: &mut World, exchange: &Exchange) -> Result<String> {
    let mut published = 0;
    for name in RING {
        let country: Country = name.parse()?;
        let mut frozen = false;
        for centre in world.centres() {
            frozen |= world.centre(centre)?.frozen(country).is_some();
        }
        if !frozen {
            publish(world, exchange, country)?;
            published += 1;
        }
    }
    Ok(format!("{published} logs, two of three witnesses each"))
}

/// Publishes one country's log, and hands what is new to every party.
pub(crate) fn publish(world: &mut World, exchange: &Exchange, country: Country) -> Result<()> {
    let proposal = exchange.proposal(country).display().to_string();
    let centre = AgencyId::from(country);
    world.vlec(&centre, &words(&[&"centre", &"publish", &"--force", &"-o", &proposal]))?;
    let mut notes = Vec::new();
    for witness in next_two(country)? {
        let note = exchange.note(country, witness).display().to_string();
        world.vlec(&witness.into(), &words(&[&"centre", &"cosign", &proposal, &"--force", &"-o", &note]))?;
        notes.push(note);
    }
    let [one, other] = &notes[..] else { return Err("two were asked".into()) };
    let collected = world.vlec(&centre, &words(&[&"centre", &"collect", one, other]))?;
    let size = collected
        .pointer("/size")
        .and_then(Value::as_u64)
        .context(format!("reach a quorum for {country}"))?;
    hand_on(world, exchange, country, size)
}

/// The bundle of what is new, as a file, to everybody.
fn hand_on(world: &mut World, exchange: &Exchange, country: Country, size: u64) -> Result<()> {
    let bundle = exchange.bundle(country, size).display().to_string();
    let from = world.handed_on.insert(country, size).context("find the centre")?;
    let export = words(&[&"roster", &"export", &country, &"--from", &from, &"--force", &"-o", &bundle]);
    world.vlec(&country.into(), &export)?;
    let import = words(&[&"roster", &"import", &bundle]);
    for other in world.centres().filter(|other| *other != country) {
        world.vlec(&other.into(), &import).context(format!("import {country} in {other}"))?;
    }
    for id in &world.agencies {
        let imported = world.vlec(id, &import).context(format!("import {country} in {id}"))?;
        require(imported.pointer("/0/size") == Some(&size.into()), "an agency has another size")?;
    }
    Ok(())
}

/// Every agency does what is due, its events go to its centre as files, and all logs are published.
pub(crate) fn upkeep(world: &mut World, exchange: &Exchange) -> Result<()> {
    for id in &world.agencies {
        let (inbox, requests) =
            (exchange.inbox(id)?.display().to_string(), exchange.requests().display().to_string());
        // It may say that a frozen country is to be looked after.
        let maintained = world.try_vlec(id, &words(&[&"maintain", &"--announce", &requests, &inbox]));
        let announced = maintained.json();
        let files =
            announced.pointer("/announced").and_then(Value::as_array).context(format!("maintain {id}"))?;
        let mut admit = words(&[&"centre", &"admit"]);
        admit.extend(files.iter().filter_map(|file| Some(file.get("file")?.as_str()?.to_owned())));
        if !files.is_empty() {
            world.vlec(&id.country().into(), &admit)?;
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
