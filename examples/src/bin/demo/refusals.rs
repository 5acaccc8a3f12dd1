//! Envelopes that must not open: at an agency that is no recipient, damaged ones, and replays.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use vlec::AgencyId;

use crate::attempts::refuses;
use crate::checks::Checks;
use crate::delivery::{self, Delivery};
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::parties::World;
use crate::report;

/// The first stanza's encapsulated key begins behind magic, version, suite, id, count and hint.
const IN_FIRST_STANZA: u64 = 4 + 1 + 2 + 16 + 2 + 8;

pub(crate) fn refuse(
    world: &World,
    exchange: &Exchange,
    deliveries: &[Delivery<'_>],
    checks: &mut Checks,
) -> Result<()> {
    world.shell.section("What must not open does not")?;
    let smallest = deliveries.iter().filter(|delivery| delivery.arrived()).min_by_key(|d| d.item.len);
    let delivery = match smallest {
        Some(delivery) => delivery,
        None => delivery::oldest(deliveries)?,
    };

    let mut tried = Vec::new();
    let stranger = |id: &&AgencyId| !delivery.item.to.contains(id) && **id != delivery.item.from;
    for id in world.agencies.iter().filter(stranger) {
        tried.push(refuses(world, id, &delivery.envelope, exchange, "not-a-recipient"));
    }
    let outcome = tried.into_iter().collect::<Result<Vec<String>>>();
    let seen = |codes: Vec<String>| format!("{} agencies, not-a-recipient", codes.len());
    checks.add("Agency that is no recipient: refused, no file left", outcome.map(seen));

    let recipient = delivery.item.to.first().context("find a recipient")?;
    let claim = "Envelope accepted before, sent again: refused as a duplicate";
    checks.add(claim, refuses(world, recipient, &delivery.envelope, exchange, "duplicate"));

    report::line(&format!("  {} is sealed once more for {recipient}, and copies of it", delivery.item.name));
    report::line("  arrive with one bit of the body changed, one of the header, and one byte cut off.");
    let fresh = exchange.outbox("fresh");
    let once_more = delivery::seal(delivery.item, std::slice::from_ref(recipient), &fresh, &[]);
    let sealed = world.vlec(&delivery.item.from, &once_more)?;
    let length = sealed.pointer("/0/bytes").and_then(serde_json::Value::as_u64);
    let at_the_end = length.context("seal it once more")?.saturating_sub(1);
    let try_copy = |code, change: &dyn Fn(&mut File) -> std::io::Result<()>| {
        refuses_copy((world, recipient), exchange, &fresh, code, change)
    };
    let claim = "One bit of the sealed body changed: refused, no file left";
    checks.add(claim, try_copy("damaged", &|copy| flip(copy, at_the_end)));
    let claim = "One bit of the header changed: refused, no file left";
    checks.add(claim, try_copy("open-failed", &|copy| flip(copy, IN_FIRST_STANZA)));
    let claim = "Last byte cut off: refused, no file left";
    checks.add(claim, try_copy("truncated", &|copy| copy.set_len(at_the_end)));
    Ok(())
}

/// What a recipient says to a copy of the envelope that somebody has changed.
fn refuses_copy(
    (world, recipient): (&World, &AgencyId),
    exchange: &Exchange,
    envelope: &Path,
    code: &str,
    change: &dyn Fn(&mut File) -> std::io::Result<()>,
) -> Result<String> {
    let copy = exchange.outbox("tampered");
    let changed = change_copy(envelope, &copy, change);
    changed.context(format!("change a copy of {}", envelope.display()))?;
    refuses(world, recipient, &copy, exchange, code)
}

fn change_copy(
    envelope: &Path,
    copy: &Path,
    change: &dyn Fn(&mut File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    fs::copy(envelope, copy)?;
    change(&mut File::options().read(true).write(true).open(copy)?)
}

fn flip(file: &mut File, at: u64) -> std::io::Result<()> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut byte)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&byte.map(|byte| byte ^ 1))
}
