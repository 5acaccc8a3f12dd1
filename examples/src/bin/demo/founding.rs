//! The four countries begin: key ceremonies, pinned anchors, enrolled agencies.

use vlec::event::{Content, DisplayName};
use vlec::hazmat::timed;
use vlec::{AgencyId, Country, RootFile, RootKey, Storage};

use crate::checks::{Checks, require};
use crate::clock::{DAY, SimulatedClock};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::{AGENCIES, National, RING, World, passphrase};
use crate::report;
use crate::ring;

/// Every centre founds its country, and pins the three others.
pub(crate) fn found(exchange: &Exchange, checks: &mut Checks) -> Result<World> {
    let clock = SimulatedClock::new();
    report::section(clock.now()?, "Four centres found their countries and pin each other's anchors");
    let mut world = World { clock, centres: Default::default(), agencies: Default::default() };
    for name in RING {
        let country: Country = name.parse()?;
        world.centres.insert(country, found_one(country, &world.clock, exchange)?);
    }
    report::line("  Each has three root keys in files of their own; two of them speak for the country.");
    for National { centre, .. } in world.centres.values() {
        report::line(&format!("  {}  {}", centre.country(), centre.anchor().fingerprint()));
    }
    let pinned = world.centres.values().try_for_each(|national| {
        pin_all(&world, exchange, |genesis, anchor| Ok(national.centre.pin(genesis, anchor)?))
    });
    let seen = pinned.map(|()| format!("{} anchors, read out and compared", world.centres.len()));
    checks.add("Every centre pins the anchors of all four countries", seen);
    Ok(world)
}

fn found_one(country: Country, clock: &SimulatedClock, exchange: &Exchange) -> Result<National> {
    let paths: Vec<_> = (1..=3).map(|number| exchange.root_key(country, number)).collect();
    let roots = paths
        .iter()
        .map(|path| Ok(RootFile::create(path, country, &passphrase("root"))?.open(&passphrase("root"))?));
    let roots: Vec<RootKey> = roots.collect::<Result<_>>()?;
    let roots: Vec<&RootKey> = roots.iter().collect();
    let storage = Storage::create(&exchange.home(&country.into()))?;
    let ceremony = timed::Ceremony { roots: &roots, threshold: 2, recovery_delay: 3 * DAY };
    let centre = timed::found(storage, country, passphrase("centre"), ceremony, clock.hand())?;
    exchange::write(&exchange.genesis(country), &centre.genesis().encode())?;
    Ok(National { centre, roots: paths, handed_on: 0 })
}

/// A genesis comes as a file; the anchor that it must be of is read out by the other side.
fn pin_all(
    world: &World,
    exchange: &Exchange,
    pin: impl Fn(&vlec::SignedEvent, &vlec::TrustAnchor) -> Result<()>,
) -> Result<()> {
    for (country, national) in &world.centres {
        let genesis = exchange::read_event(&exchange.genesis(*country))?;
        pin(&genesis, national.centre.anchor()).context(format!("pin {country}"))?;
    }
    Ok(())
}

/// Every agency asks to be enrolled; two officers of its country compare the fingerprint and sign.
pub(crate) fn enrol(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    report::section(world.clock.now()?, "Eight agencies are enrolled, and announce their first epochs");
    for (name, title, role) in AGENCIES {
        let id: AgencyId = name.parse()?;
        let storage = Storage::create(&exchange.home(&id))?;
        let agency = timed::create(storage, id.clone(), passphrase("agency"), world.clock.hand())?;
        pin_all(world, exchange, |genesis, anchor| Ok(agency.pin(genesis, anchor)?))?;
        let request = agency.enrol_request(vec![DisplayName::new("en", title)?], vec![role.parse()?])?;
        exchange::write(&exchange.request(&request), &request.encode())?;

        let arrived = exchange::read_event(&exchange.request(&request))?;
        let named = match arrived.event().content() {
            Content::Enrol(enrol) => enrol.identity().id().fingerprint(),
            _ => return Err("the request is no enrolment".into()),
        };
        require(named == agency.fingerprint()?, "the fingerprint that was read out is another one")?;
        let national = world.national(id.country())?;
        let roots = national.two_roots()?;
        national.centre.enrol(&arrived, &roots.iter().collect::<Vec<_>>())?;
        world.agencies.insert(id, agency);
    }
    let published = ring::publish_all(world, exchange);
    checks.add("Each log is cosigned by the next two countries, and published", published);
    ring::upkeep(world, exchange)?;
    report::line("  Bundles were handed on as files; each party has verified all four rosters itself.");
    checks.add("Every party holds the same four rosters", same_heads(world));
    Ok(())
}

fn same_heads(world: &World) -> Result<String> {
    let mut heads = Vec::new();
    for agency in world.agencies.values() {
        heads.push(agency.with_rosters(|rosters| rosters.iter().map(vlec::Roster::head).collect::<Vec<_>>()));
    }
    for national in world.centres.values() {
        heads.push(national.centre.with_rosters(|rosters| rosters.iter().map(vlec::Roster::head).collect()));
    }
    require(heads.windows(2).all(|pair| pair.first() == pair.last()), "they differ")?;
    let first = heads.first().context("find a party")?;
    require(first.len() == RING.len(), "a roster is missing")?;
    let events: u64 = first.iter().map(|head| head.size).sum();
    Ok(format!("{} parties, {events} events", heads.len()))
}
