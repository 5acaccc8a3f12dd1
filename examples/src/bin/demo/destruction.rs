//! Time goes by without news; and the end of an epoch: its key is destroyed, and what was sealed to
//! it opens no more.

use vlec::{Due, EpochNumber, Error, Letter};

use crate::attempts::{refuses, reopens};
use crate::checks::{Checks, refused, require};
use crate::clock::{DAY, HOUR};
use crate::delivery::{self, Delivery};
use crate::error::Result;
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report;
use crate::ring;
use crate::rotation::Again;

pub(crate) fn destroy(
    world: &mut World,
    exchange: &Exchange,
    deliveries: &[Delivery<'_>],
    again: &Again,
    checks: &mut Checks,
) -> Result<()> {
    world.clock.set(8 * DAY + 2 * HOUR)?;
    report::section(world.clock.now()?, "A week without news, and the end of the first epoch");
    let old = &delivery::oldest(deliveries)?.envelope;
    let (recipient, new) = (&again.recipient, &again.envelope);

    let [writer, reader] = ["GE/mia/cyber", "UA/npu/cyber"];
    let letter = Letter::new([reader.parse()?], "text/plain")?;
    let stale = world.agency(&writer.parse()?)?.seal(&letter, b"?");
    checks
        .add("Roster older than seven days: nothing is sealed", refused(stale, Error::code, "roster-stale"));
    let claim = "The clock jumped, and nobody confirms it: nothing is destroyed";
    checks.add(claim, nothing_is_destroyed(world));

    report::line("  Three logs are published again; that of the frozen country is not.");
    checks.add("With fresh rosters each agency destroys its first epoch", destroy_due(world, exchange));
    let fresh = world.agency(&writer.parse()?)?.seal(&letter, b"All is well again.\n");
    checks.add(
        "With fresh rosters sealing goes on",
        fresh.map(|_| format!("{writer} to {reader}")).map_err(Into::into),
    );

    let claim = "Envelope of a destroyed epoch: refused, no file left";
    checks.add(claim, refuses(world.agency(recipient)?, old, exchange, "epoch-destroyed"));
    let claim = "What was sealed to the second epoch still opens";
    checks.add(claim, reopens(world.agency(recipient)?, new, 2));
    world.clock.set(DAY)?;
    let claim = "With the clock put back by a week: the key is gone";
    checks.add(claim, refuses(world.agency(recipient)?, old, exchange, "epoch-destroyed"));
    world.clock.set(8 * DAY + 2 * HOUR)?;
    Ok(())
}

/// Nobody but the own clock says that a week has passed.
fn nothing_is_destroyed(world: &World) -> Result<String> {
    for agency in world.agencies.values() {
        let maintained = agency.maintain(&[])?;
        let destroyed = maintained.done.iter().any(|due| matches!(due, Due::Destroy(_)));
        require(!destroyed, "a key was destroyed")?;
        require(maintained.left.contains(&Due::ConfirmTime), "the jump was not noticed")?;
    }
    Ok(format!("{} agencies ask for it", world.agencies.len()))
}

fn destroy_due(world: &mut World, exchange: &Exchange) -> Result<String> {
    ring::publish_all(world, exchange)?;
    let mut destroyed = 0;
    for agency in world.agencies.values() {
        let maintained = agency.maintain(&[])?;
        require(
            maintained.done.contains(&Due::Destroy(EpochNumber(1))),
            "the first epoch was not destroyed",
        )?;
        destroyed += 1;
    }
    ring::upkeep(world, exchange)?;
    Ok(format!("{destroyed} keys"))
}
