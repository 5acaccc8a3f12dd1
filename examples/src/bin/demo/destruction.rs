//! Time goes by without news; and the end of an epoch: its key is destroyed, and what was sealed to
//! it opens no more.

use vlec::{AgencyId, Due, EpochNumber};

use crate::attempts::{refuses, reopens};
use crate::checks::{Checks, require};
use crate::clock::{DAY, HOUR};
use crate::delivery::{self, Delivery};
use crate::error::Result;
use crate::exchange::{self, Exchange};
use crate::parties::World;
use crate::report;
use crate::ring;
use crate::rotation::Again;
use crate::shell::words;

pub(crate) fn destroy(
    world: &mut World,
    exchange: &Exchange,
    deliveries: &[Delivery<'_>],
    again: &Again,
    checks: &mut Checks,
) -> Result<()> {
    world.clock.set(8 * DAY + 2 * HOUR)?;
    world.shell.section("A week without news, and the end of the first epoch")?;
    let old = &delivery::oldest(deliveries)?.envelope;
    let (recipient, new) = (&again.recipient, &again.envelope);

    let [writer, reader] = ["GE/mia/cyber", "UA/npu/cyber"];
    let (writer, reader): (AgencyId, AgencyId) = (writer.parse()?, reader.parse()?);
    let (note, envelope) = (exchange.inbox(&writer)?.join("question.txt"), exchange.outbox("question"));
    exchange::write(&note, b"Is all well again?\n")?;
    let seal = words(&[&"seal", &"--to", &reader, &"-o", &envelope.display(), &note.display()]);
    let claim = "Roster older than seven days: nothing is sealed";
    checks.add(claim, world.try_vlec(&writer, &seal).refused("roster-stale"));
    let claim = "The clock jumped, and nobody confirms it: nothing is destroyed";
    checks.add(claim, nothing_is_destroyed(world));

    report::line("  Three logs are published again; that of the frozen country is not.");
    checks.add("With fresh rosters each agency destroys its first epoch", destroy_due(world, exchange));
    let fresh = world.vlec(&writer, &seal);
    checks.add("With fresh rosters sealing goes on", fresh.map(|_| format!("{writer} to {reader}")));

    let claim = "Envelope of a destroyed epoch: refused, no file left";
    checks.add(claim, refuses(world, recipient, old, exchange, "epoch-destroyed"));
    let claim = "What was sealed to the second epoch still opens";
    checks.add(claim, reopens(world, recipient, new, 2));
    world.clock.set(DAY)?;
    let claim = "With the clock put back by a week: the key is gone";
    checks.add(claim, refuses(world, recipient, old, exchange, "epoch-destroyed"));
    world.clock.set(8 * DAY + 2 * HOUR)?;
    Ok(())
}

/// Nobody but the own clock says that a week has passed.
fn nothing_is_destroyed(world: &World) -> Result<String> {
    for id in &world.agencies {
        let maintained = world.agency(id)?.maintain(&[])?;
        let destroyed = maintained.done.iter().any(|due| matches!(due, Due::Destroy(_)));
        require(!destroyed, "a key was destroyed")?;
        require(maintained.left.contains(&Due::ConfirmTime), "the jump was not noticed")?;
    }
    Ok(format!("{} agencies ask for it", world.agencies.len()))
}

fn destroy_due(world: &mut World, exchange: &Exchange) -> Result<String> {
    ring::publish_all(world, exchange)?;
    let mut destroyed = 0;
    for id in &world.agencies {
        let maintained = world.agency(id)?.maintain(&[])?;
        require(
            maintained.done.contains(&Due::Destroy(EpochNumber(1))),
            "the first epoch was not destroyed",
        )?;
        destroyed += 1;
    }
    ring::upkeep(world, exchange)?;
    Ok(format!("{destroyed} keys"))
}
