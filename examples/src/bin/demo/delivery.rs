//! Sealing each file to the agencies it concerns, and opening it at each of them.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use vlec::{AgencyId, Labels, Manifest, Urgency};

use crate::checks::{Checks, require};
use crate::clock;
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::items::Item;
use crate::parties::World;
use crate::report;
use crate::shell::words;

/// One file on its way.
pub(crate) struct Delivery<'a> {
    pub(crate) item: &'a Item,
    pub(crate) envelope: PathBuf,
    /// The envelope's length.
    pub(crate) sealed: Option<u64>,
    /// The agencies that opened it and found the bytes that were sealed.
    pub(crate) opened: Vec<AgencyId>,
    pub(crate) fault: Option<String>,
}

impl Delivery<'_> {
    pub(crate) fn arrived(&self) -> bool {
        self.fault.is_none() && self.opened == self.item.to
    }
}

/// Seals the items and opens them at their recipients. What goes wrong is kept for the report.
pub(crate) fn deliver<'a>(
    world: &World,
    exchange: &Exchange,
    items: &'a [Item],
    deliveries: &mut Vec<Delivery<'a>>,
) {
    for item in items {
        let number = deliveries.len() + 1;
        let envelope = exchange.outbox(&format!("{number:02}-{}", item.name));
        let mut delivery = Delivery { item, envelope, sealed: None, opened: Vec::new(), fault: None };
        delivery.fault = carry(world, exchange, &mut delivery).err().map(|error| error.to_string());
        deliveries.push(delivery);
    }
    let new = deliveries.iter().rev().take(items.len());
    let opened: usize = new.map(|delivery| delivery.opened.len()).sum();
    let recipients: usize = items.iter().map(|item| item.to.len()).sum();
    report::line(&format!("  Files sealed: {}; opened by {opened} of {recipients} recipients.", items.len()));
}

fn carry(world: &World, exchange: &Exchange, delivery: &mut Delivery<'_>) -> Result<()> {
    let item = delivery.item;
    let sealed = world.vlec(&item.from, &seal(item, &item.to, &delivery.envelope, &[]))?;
    delivery.sealed = sealed.pointer("/0/bytes").and_then(serde_json::Value::as_u64);
    for id in &item.to {
        open(world, exchange, id, delivery).context(format!("open it at {id}"))?;
        delivery.opened.push(id.clone());
    }
    Ok(())
}

/// The command that seals an item.
pub(crate) fn seal(item: &Item, to: &[AgencyId], envelope: &Path, more: &[String]) -> Vec<String> {
    let Labels { case, handling, urgency, deadline, file_name, .. } = &item.labels;
    let mut command = words(&[&"seal", &item.path.display(), &"--type", &item.content_type]);
    to.iter().for_each(|to| command.extend(["--to".to_owned(), to.to_string()]));
    let urgency = urgency.map(|urgency| match urgency {
        Urgency::Routine => "routine",
        Urgency::Priority => "priority",
        Urgency::Urgent => "urgent",
        Urgency::Emergency => "emergency",
    });
    let labels = [
        ("case", case.clone()),
        ("handling", handling.clone()),
        ("urgency", urgency.map(str::to_owned)),
        ("deadline", deadline.map(clock::rfc3339)),
    ];
    for (key, value) in labels {
        command.extend(value.into_iter().flat_map(|value| ["--label".to_owned(), format!("{key}={value}")]));
    }
    command.extend(file_name.is_none().then(|| "--no-name".to_owned()));
    command.extend(more.iter().cloned());
    command.extend(["-o".to_owned(), envelope.display().to_string()]);
    command
}

fn open(world: &World, exchange: &Exchange, recipient: &AgencyId, delivery: &Delivery<'_>) -> Result<()> {
    {
        let agency = world.agency(recipient)?;
        let envelope = File::open(&delivery.envelope).context("read the envelope")?;
        let manifest = agency.inspect(envelope)?;
        check_manifest(&manifest, delivery.item)?;
        require(manifest.opened_with().agency == *recipient, "it was opened with another agency's key")?;
    }
    let output = exchange.inbox(recipient)?.join(envelope_stem(&delivery.envelope));
    let command =
        words(&[&"open", &"-o", &output.display(), &"--outcome", &"received", &delivery.envelope.display()]);
    world.vlec(recipient, &command)?;
    require(same_content(&delivery.item.path, &output)?, "the opened file differs from the sealed one")?;
    exchange.discard(&output)
}

/// The signed manifest says what the sender meant.
fn check_manifest(manifest: &Manifest, item: &Item) -> Result<()> {
    require(manifest.sender == item.from, "the manifest names another sender")?;
    let named = manifest.recipients.iter().map(|to| &to.agency);
    require(named.eq(&item.to), "the manifest names other recipients")?;
    require(manifest.content_type == item.content_type, "the manifest has another content type")?;
    require(manifest.labels == item.labels, "the manifest has other labels")
}

/// The envelope's name without `.vlec`.
fn envelope_stem(envelope: &Path) -> &Path {
    Path::new(envelope.file_stem().unwrap_or_default())
}

/// Whether two files have the same bytes.
pub(crate) fn same_content(a: &Path, b: &Path) -> Result<bool> {
    let open = |path: &Path| File::open(path).context(format!("compare {}", path.display()));
    same_bytes(open(a)?, open(b)?).context(format!("compare {}", b.display()))
}

/// Whether two readers give the same bytes.
pub(crate) fn same_bytes(a: impl Read, b: impl Read) -> std::io::Result<bool> {
    let (mut a, mut b) = (BufReader::with_capacity(1 << 16, a), BufReader::with_capacity(1 << 16, b));
    loop {
        let (some_of_a, some_of_b) = (a.fill_buf()?, b.fill_buf()?);
        let len = some_of_a.len().min(some_of_b.len());
        if len == 0 {
            return Ok(some_of_a.len() == some_of_b.len());
        }
        if some_of_a.iter().zip(some_of_b).any(|(a, b)| a != b) {
            return Ok(false);
        }
        a.consume(len);
        b.consume(len);
    }
}

/// The oldest envelope that arrived.
pub(crate) fn oldest<'a, 'b>(deliveries: &'b [Delivery<'a>]) -> Result<&'b Delivery<'a>> {
    let fault = || deliveries.iter().find_map(|delivery| delivery.fault.clone()).unwrap_or_default();
    let arrived = deliveries.iter().find(|delivery| delivery.arrived());
    arrived.context("go on, because no file arrived").map_err(|error| format!("{error}: {}", fault()).into())
}

pub(crate) fn check(deliveries: &[Delivery<'_>], checks: &mut Checks) {
    let fault = deliveries.iter().find(|delivery| !delivery.arrived());
    let openings: usize = deliveries.iter().map(|delivery| delivery.opened.len()).sum();
    let outcome = match fault {
        None => Ok(format!("{} files, {openings} openings", deliveries.len())),
        Some(Delivery { item, fault, .. }) => {
            Err(format!("{}: {}", item.name, fault.as_deref().unwrap_or("not opened by all")).into())
        }
    };
    checks.add("Each file opens at each of its recipients, as it was sealed", outcome);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_only_if_all_are() {
        let same = |a: &[u8], b: &[u8]| same_bytes(a, b).unwrap();
        let long = vec![7; 100_000];
        assert!(same(b"", b"") && same(&long, &long));
        assert!(!same(b"", b"a") && !same(b"a", b"") && !same(b"ab", b"ac") && !same(&long, &long[1..]));
    }
}
