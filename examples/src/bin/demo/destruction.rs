//! The end of an epoch: its key is destroyed, and what was sealed to it opens no more.

use vlec::{EpochNumber, Held};

use crate::checks::{Checks, require};
use crate::clock::{DAY, HOUR, start};
use crate::delivery::{self, Delivery};
use crate::error::Result;
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report;
use crate::rotation::Again;

pub(crate) fn destroy(
    world: &mut World,
    exchange: &Exchange,
    deliveries: &[Delivery<'_>],
    again: &Again,
    checks: &mut Checks,
) -> Result<()> {
    world.now = start()?.plus(8 * DAY + 2 * HOUR);
    report::section(world.now, "The first epoch has ended everywhere, and its keys are destroyed");
    let old = &delivery::oldest(deliveries)?.envelope;
    let (recipient, new) = (&again.recipient, &again.envelope);

    let claim = "Roster older than seven days: nothing is opened";
    checks.add(claim, world.agency(recipient)?.refuses(new, exchange, world.now, "roster-stale"));
    world.sync(exchange)?;

    checks.add("Each agency destroys its first epoch, and no other is due", destroy_due(world));
    report::line(
        "  The old envelope is tried at its recipient, also with the clock put back; then the newer one.",
    );

    let (agency, now, put_back) = (world.agency(recipient)?, world.now, start()?.plus(DAY));
    let claim = "Envelope of a destroyed epoch: refused, no file left";
    checks.add(claim, agency.refuses(old, exchange, now, "epoch-destroyed"));
    let claim = "The same with the clock put back by a week: the key is gone";
    checks.add(claim, agency.refuses(old, exchange, put_back, "epoch-destroyed"));
    let claim = "The content sealed again in the second epoch still opens";
    checks.add(claim, agency.opens(new, exchange, now, 2));
    Ok(())
}

fn destroy_due(world: &mut World) -> Result<String> {
    let now = world.now;
    for agency in world.agencies.values_mut() {
        let due = agency.keyring.due(now);
        require(due == [EpochNumber(1)], "other epochs are due than the first")?;
        for number in due {
            require(agency.keyring.destroy(number) == Held::Yes, "there was nothing to destroy")?;
        }
    }
    Ok(format!("{} keys", world.agencies.len()))
}
