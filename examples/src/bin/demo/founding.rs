//! Four countries begin, and their agencies join.

use std::collections::BTreeMap;
use std::path::Path;

use vlec::{AgencyId, Country, Observed, Roster, RosterError, TrustAnchor};

use crate::agency::Agency;
use crate::centre::Centre;
use crate::checks::{Checks, refused};
use crate::clock;
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::{AGENCIES, World};
use crate::report;

/// Each country makes its keys and publishes its anchor; every party pins the four anchors.
pub(crate) fn found(exchange: &Exchange, checks: &mut Checks) -> Result<World> {
    let mut world = World { now: clock::start()?, centres: Vec::new(), agencies: BTreeMap::new() };
    report::section(world.now, "Four countries found their rosters");
    for (name, _, _) in AGENCIES {
        let id: AgencyId = name.parse()?;
        if world.centre(&id).is_err() {
            world.centres.push(found_country(id.country(), exchange)?);
        }
        world.agencies.insert(id.clone(), Agency::new(id)?);
    }

    let read_out: Vec<(Country, String)> =
        world.centres.iter().map(|centre| (centre.country(), centre.anchor().fingerprint())).collect();
    for (country, fingerprint) in &read_out {
        let anchor = exchange.anchor(*country)?;
        world.replicas_mut().try_for_each(|replica| replica.pin(anchor, fingerprint))?;
    }
    world.sync(exchange)?;
    report::line(
        "  Each has three root keys, any two of which speak for it. The fingerprints were compared by voice,",
    );
    report::line("  and every party has pinned the four anchors.");

    let ours = world.centres.first().context("find a centre")?;
    checks.add("Roster under a pinned name, but from another founder: refused", impostor(ours.anchor()));
    Ok(world)
}

fn found_country(country: Country, exchange: &Exchange) -> Result<Centre> {
    let (centre, genesis) = Centre::found(country)?;
    exchange.publish_anchor(centre.anchor())?;
    exchange.publish(country, &genesis)?;
    report::line(&format!("  {country}  anchor {}", centre.anchor().fingerprint()));
    Ok(centre)
}

/// Somebody else founds the same country.
fn impostor(pinned: &TrustAnchor) -> Result<String> {
    let (_, genesis) = Centre::found(pinned.country())?;
    let now = clock::start()?;
    let taken = Roster::verify(*pinned, [Observed { event: genesis, at: now }], now);
    refused(taken, RosterError::code, "event-not-the-anchor")
}

/// The agencies join their rosters and announce their first epochs; everybody verifies everything.
pub(crate) fn enrol(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    report::section(world.now, "Eight agencies enrol and announce their first epochs");
    let mut one_root = Vec::new();
    for (name, display, role) in AGENCIES {
        let id: AgencyId = name.parse()?;
        let (agency, centre) = (world.agency(&id)?, world.centre(&id)?);
        let read_out = agency.identity.id().fingerprint();
        let request = agency.ask(display, role, exchange)?;
        centre.countersign(0, &request, &read_out)?;
        one_root.push(try_extend(world, &id, &request));
        centre.countersign(1, &request, &read_out)?;
        exchange.publish(id.country(), &exchange::read_event(&request)?)?;
        report::line(&format!("  {name:<19} identity {read_out}  {role}"));
    }
    world.sync(exchange)?;
    let now = world.now;
    for agency in world.agencies.values_mut() {
        agency.announce(now, exchange)?;
    }
    world.sync(exchange)?;

    let seen = one_root.into_iter().collect::<Result<Vec<String>>>();
    let seen = seen.map(|codes| format!("{} requests, event-too-few-roots", codes.len()));
    checks.add("Enrolment signed by one root of three: refused", seen);
    checks.add("Every party has verified the same four rosters for itself", same_heads(world));
    Ok(())
}

/// What the roster says to a request with too few signatures.
fn try_extend(world: &World, agency: &AgencyId, request: &Path) -> Result<String> {
    let (centre, now) = (world.centre(agency)?, world.now);
    let mut rosters = centre.replica.rosters().clone();
    let event = Observed { event: exchange::read_event(request)?, at: now };
    refused(rosters.extend(agency.country(), [event], now, now), RosterError::code, "event-too-few-roots")
}

fn same_heads(world: &World) -> Result<String> {
    let mut views =
        world.replicas().map(|replica| replica.rosters().iter().map(Roster::head).collect::<Vec<_>>());
    let first = views.next().context("find a party")?;
    let mut parties = 1;
    for view in views {
        if view != first {
            return Err("two parties hold different rosters".into());
        }
        parties += 1;
    }
    let events: u64 = first.iter().map(|head| head.size).sum();
    if first.len() != 4 {
        return Err(format!("{} rosters instead of four", first.len()).into());
    }
    Ok(format!("{parties} parties, {events} events"))
}
