//! The next epoch: announced before the day on which it begins. What was sealed before still opens.

use std::path::PathBuf;

use vlec::hazmat::timed;
use vlec::{AgencyId, EpochNumber, Existing, Labels, Letter, Storage};

use crate::attempts::{refuses, reopens};
use crate::checks::{Checks, require};
use crate::clock::{DAY, HOUR};
use crate::delivery::{self, Delivery};
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::{World, passphrase};
use crate::report;
use crate::ring;

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
    world.clock.set(DAY + HOUR)?;
    report::section(world.clock.now()?, "The second epoch has begun everywhere");
    report::line("  Every agency prepares the epoch after the next two, and its centre publishes it.");
    report::line("  An epoch is sealed to for one day and opened for seven more; then its key is destroyed.");
    ring::upkeep(world, exchange)?;

    let old = delivery::oldest(deliveries)?;
    let recipient = old.item.to.first().context("find a recipient")?.clone();
    checks.add("After the rotation an envelope of the first epoch still opens", {
        reopens(world.agency(&recipient)?, &old.envelope, 1)
    });
    let again = Again { envelope: exchange.outbox("sealed-again"), recipient };
    checks.add("What is sealed after the rotation is sealed to the second epoch", {
        seal_again(world, exchange, old, &again)
    });
    let claim = "Content sealed again is no second delivery: a duplicate";
    checks.add(claim, refuses(world.agency(&again.recipient)?, &again.envelope, exchange, "duplicate"));
    checks.add("A vault that was closed and opened still knows what it accepted", {
        reopen_vault(world, exchange, &again.recipient, old)
    });
    Ok(again)
}

fn seal_again(world: &World, exchange: &Exchange, old: &Delivery<'_>, again: &Again) -> Result<String> {
    let item = old.item;
    let labels = Labels { replaces: old.sealed.map(|sealed| sealed.id), ..item.labels.clone() };
    let letter = Letter::new(item.to.clone(), item.content_type)?.labels(labels)?;
    world.agency(&item.from)?.seal_file(&letter, &item.path, &again.envelope, Existing::Refuse)?;

    let other = exchange.outbox("second-epoch");
    let letter = Letter::new([again.recipient.clone()], "text/plain")?;
    let sealed = world.agency(&item.from)?.seal(&letter, b"Sealed on the second day.\n")?;
    crate::exchange::write(&other, &sealed.bytes)?;
    let recipient = world.agency(&again.recipient)?;
    let opened = recipient.open(&sealed.bytes)?;
    recipient.accept(opened.manifest(), b"read")?;
    let used = opened.manifest().opened_with();
    require(used.epoch == EpochNumber(2), "it was sealed to another epoch")?;
    Ok(format!("{}, epoch {}", used.agency, used.epoch))
}

/// As after a restart of the machine.
fn reopen_vault(world: &mut World, exchange: &Exchange, id: &AgencyId, old: &Delivery<'_>) -> Result<String> {
    drop(world.agencies.remove(id));
    let storage = Storage::open(&exchange.home(id))?;
    let agency = timed::open(storage, passphrase("agency"), world.clock.hand())?;
    let refused = refuses(&agency, &old.envelope, exchange, "duplicate");
    world.agencies.insert(id.clone(), agency);
    Ok(format!("{id}, {}", refused?))
}
