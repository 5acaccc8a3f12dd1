//! The next epoch: announced before the day on which it begins. What was sealed before still opens.

use std::path::PathBuf;

use vlec::{AgencyId, EpochNumber, Labels};

use crate::agency::Letter;
use crate::checks::{Checks, require};
use crate::clock::{DAY, HOUR, start};
use crate::delivery::{self, Delivery};
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report;

/// The oldest envelope's content, sealed once more in the second epoch.
pub(crate) struct Again {
    pub(crate) envelope: PathBuf,
    pub(crate) recipient: AgencyId,
}

pub(crate) fn rotate(
    world: &mut World,
    exchange: &Exchange,
    deliveries: &[Delivery<'_>],
    checks: &mut Checks,
) -> Result<Again> {
    let tomorrow = start()?.plus(DAY);
    world.now = start()?.plus(8 * HOUR);
    report::section(world.now, "Every agency announces its second epoch, which begins tomorrow");
    for agency in world.agencies.values_mut() {
        let number = agency.announce(tomorrow, exchange)?;
        require(number == EpochNumber(2), "the second epoch has another number")?;
    }
    world.sync(exchange)?;
    report::line("  An epoch is sealed to for one day and opened for seven more; then its key is destroyed.");

    world.now = tomorrow.plus(HOUR);
    report::section(world.now, "The second epoch has begun");
    let old = delivery::oldest(deliveries)?;
    let recipient = old.item.to.first().context("find a recipient")?.clone();
    checks.add("After the rotation an envelope of the first epoch still opens", {
        world.agency(&recipient)?.opens(&old.envelope, exchange, world.now, 1)
    });

    let again = Again { envelope: exchange.outbox("sealed-again"), recipient };
    checks.add("What is sealed after the rotation is sealed to the second epoch", {
        seal_again(world, exchange, old, &again)
    });
    report::line(&format!("  {} was opened once more, and sealed again to the new epoch.", old.item.name));
    Ok(again)
}

fn seal_again(world: &World, exchange: &Exchange, old: &Delivery<'_>, again: &Again) -> Result<String> {
    let item = old.item;
    let labels = Labels { replaces: old.sealed.map(|sealed| sealed.id), ..item.labels.clone() };
    let letter = Letter { to: &item.to, content_type: item.content_type, labels };
    world.agency(&item.from)?.seal_file(&item.path, &again.envelope, letter, world.now)?;
    world.agency(&again.recipient)?.opens(&again.envelope, exchange, world.now, 2)
}
