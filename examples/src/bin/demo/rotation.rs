//! The next epoch: announced before the day on which it begins. What was sealed before still opens.

use std::fs::File;
use std::path::PathBuf;

use vlec::{AgencyId, EnvelopeHeader};

use crate::attempts::{refuses, reopens};
use crate::checks::{Checks, require};
use crate::clock::{DAY, HOUR};
use crate::delivery::{self, Delivery};
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report;
use crate::ring;
use crate::shell::words;

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
    world.shell.section("The second epoch has begun everywhere")?;
    report::line("  Every agency prepares the epoch after the next two, and its centre publishes it.");
    report::line("  An epoch is sealed to for one day and opened for seven more; then its key is destroyed.");
    ring::upkeep(world, exchange)?;

    let old = delivery::oldest(deliveries)?;
    let recipient = old.item.to.first().context("find a recipient")?.clone();
    checks.add("After the rotation an envelope of the first epoch still opens", {
        reopens(world, &recipient, &old.envelope, 1)
    });
    let again = Again { envelope: exchange.outbox("sealed-again"), recipient };
    checks.add("What is sealed after the rotation is sealed to the second epoch", {
        seal_again(world, exchange, old, &again)
    });
    let claim = "Content sealed again is no second delivery: a duplicate";
    checks.add(claim, refuses(world, &again.recipient, &again.envelope, exchange, "duplicate"));
    checks.add("A vault that was closed and opened still knows what it accepted", {
        reopen_vault(world, exchange, &again.recipient, old)
    });
    Ok(again)
}

fn seal_again(world: &World, exchange: &Exchange, old: &Delivery<'_>, again: &Again) -> Result<String> {
    let item = old.item;
    let header = EnvelopeHeader::read(File::open(&old.envelope).context("read the envelope")?)?;
    let replaces = ["--label".to_owned(), format!("replaces={}", header.id)];
    world.vlec(&item.from, &delivery::seal(item, &item.to, &again.envelope, &replaces))?;

    let other = exchange.outbox("second-epoch");
    let note = exchange.inbox(&item.from)?.join("note.txt");
    crate::exchange::write(&note, b"Sealed on the second day.\n")?;
    let seal = words(&[&"seal", &"--to", &again.recipient, &"-o", &other.display(), &note.display()]);
    world.vlec(&item.from, &seal)?;
    let opened = exchange.inbox(&again.recipient)?.join("note.txt");
    let opened = words(&[&"open", &"-o", &opened.display(), &other.display()]);
    world.vlec(&again.recipient, &opened)?;
    let looked = world.vlec(&again.recipient, &words(&[&"inspect", &other.display()]))?;
    require(looked.pointer("/0/read-as/epoch") == Some(&2.into()), "it was sealed to another epoch")?;
    Ok(format!("{}, epoch 2", again.recipient))
}

/// Every command opens the vault anew, as after a restart of the machine.
fn reopen_vault(world: &World, exchange: &Exchange, id: &AgencyId, old: &Delivery<'_>) -> Result<String> {
    Ok(format!("{id}, {}", refuses(world, id, &old.envelope, exchange, "duplicate")?))
}
