//! The four countries begin: key ceremonies, pinned anchors, enrolled agencies.

use std::collections::BTreeMap;

use vlec::{AgencyId, Country};

use crate::checks::{Checks, require};
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::{AGENCIES, RING, World};
use crate::report;
use crate::ring;
use crate::shell::{field, words};

/// What the parties read out to each other.
type Fingerprints = BTreeMap<Country, String>;

/// Every centre founds its country, and pins the three others.
pub(crate) fn found(exchange: &Exchange, checks: &mut Checks) -> Result<World> {
    let mut world = World::new(exchange)?;
    world.shell.section("Four centres found their countries and pin each other's anchors")?;
    let mut fingerprints = Fingerprints::new();
    for name in RING {
        let country: Country = name.parse()?;
        let roots = exchange.roots().display().to_string();
        let ceremony = words(&[
            &"centre",
            &"found",
            &country,
            &"--roots",
            &3,
            &"--threshold",
            &2,
            &"--roots-dir",
            &roots,
        ]);
        let founded = world.vlec(&country.into(), &ceremony)?;
        fingerprints.insert(country, field(&founded, "/fingerprint")?.to_owned());
        world.handed_on.insert(country, 0);
    }
    report::line("  Each has three root keys in files of their own; two of them speak for the country.");
    for (country, fingerprint) in &fingerprints {
        report::line(&format!("  {country}  {fingerprint}"));
    }
    let pin = |country: Country| {
        let all = pins(&world, &fingerprints, "pin", Some(country));
        world.vlec(&country.into(), &all).map(drop)
    };
    let pinned = world.centres().try_for_each(pin);
    let seen = pinned.map(|()| format!("{} anchors, read out and compared", fingerprints.len()));
    checks.add("Every centre pins the anchors of all four countries", seen);
    Ok(world)
}

/// The anchors' files and what was read out, as a command's words; without the country `but`.
fn pins(world: &World, fingerprints: &Fingerprints, what: &str, but: Option<Country>) -> Vec<String> {
    let mut words = if what == "pin" { vec!["centre".to_owned(), "pin".to_owned()] } else { Vec::new() };
    for (country, fingerprint) in fingerprints.iter().filter(|(country, _)| Some(**country) != but) {
        let anchor =
            world.home(&(*country).into()).join(format!("{}.anchor", country.as_str().to_lowercase()));
        words.extend((what != "pin").then(|| what.to_owned()));
        words.push(anchor.display().to_string());
        words.extend(["--fingerprint".to_owned(), fingerprint.clone()]);
    }
    words
}

/// Every agency asks to be enrolled; two officers of its country compare the fingerprint and sign.
pub(crate) fn enrol(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    world.shell.section("Eight agencies are enrolled, and announce their first epochs")?;
    for (name, title, role) in AGENCIES {
        let id: AgencyId = name.parse()?;
        create(world, &id, title, role)?;
        enrol_one(world, exchange, &id, role, &id.country().into())?;
        world.agencies.insert(id);
    }
    let published = ring::publish_all(world, exchange);
    checks.add("Each log is cosigned by the next two countries, and published", published);
    ring::upkeep(world, exchange)?;
    report::line("  Bundles were handed on as files; each party has verified all four rosters itself.");
    checks.add("Every party holds the same four rosters", same_heads(world));
    Ok(())
}

/// An agency's vault, which pins all countries and asks to be enrolled.
pub(crate) fn create(world: &World, id: &AgencyId, title: &str, role: &str) -> Result<()> {
    let mut fingerprints = Fingerprints::new();
    for country in world.centres() {
        fingerprints.insert(country, world.centre(country)?.anchor().fingerprint());
    }
    let mut create = words(&[&"agency", &"create", &id, &"--role", &role, &"--name", &format!("en={title}")]);
    create.extend(pins(world, &fingerprints, "--pin", None));
    world.vlec(id, &create).map(drop)
}

/// The centre at `centre` enrols an agency whose fingerprint it has heard.
pub(crate) fn enrol_one(
    world: &World,
    exchange: &Exchange,
    id: &AgencyId,
    role: &str,
    centre: &AgencyId,
) -> Result<()> {
    let heard = world.agency(id)?.fingerprint()?;
    let request = world.home(id).join("enrol.request").display().to_string();
    let two = [1, 2].map(|number| exchange.root_key(id.country(), number).display().to_string());
    let [one, other] = &two;
    world
        .vlec(
            centre,
            &words(&[
                &"centre",
                &"enrol",
                &request,
                &"--role",
                &role,
                &"--root",
                one,
                &"--root",
                other,
                &"--fingerprint",
                &heard,
            ]),
        )
        .map(drop)
}

fn same_heads(world: &World) -> Result<String> {
    let mut heads = Vec::new();
    for id in &world.agencies {
        heads.push(
            world
                .agency(id)?
                .with_rosters(|rosters| rosters.iter().map(vlec::Roster::head).collect::<Vec<_>>()),
        );
    }
    for country in world.centres() {
        heads.push(
            world.centre(country)?.with_rosters(|rosters| rosters.iter().map(vlec::Roster::head).collect()),
        );
    }
    require(heads.windows(2).all(|pair| pair.first() == pair.last()), "they differ")?;
    let first = heads.first().context("find a party")?;
    require(first.len() == RING.len(), "a roster is missing")?;
    let events: u64 = first.iter().map(|head| head.size).sum();
    Ok(format!("{} parties, {events} events", heads.len()))
}
