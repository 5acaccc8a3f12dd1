//! An agency's identity is revoked: what it signed, even before, is no longer taken.

use vlec::AgencyId;

use crate::attempts::refuses;
use crate::checks::Checks;
use crate::error::Result;
use crate::exchange::{self, Exchange};
use crate::parties::World;
use crate::report;
use crate::ring;
use crate::shell::{field, words};

const NOTICE: &[u8] = b"Demonstration notice: the van was seen at checkpoint EX-07.\n";

pub(crate) fn revoke(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let revoked: AgencyId = "AZ/customs/control".parse()?;
    let recipient: AgencyId = "GE/mia/cyber".parse()?;
    world.shell.section(&format!("{revoked} loses its keys; two roots revoke its identity"))?;

    let (notice, envelope) = (exchange.inbox(&revoked)?.join("notice.txt"), exchange.outbox("notice"));
    exchange::write(&notice, NOTICE)?;
    let seal = words(&[&"seal", &"--to", &recipient, &"-o", &envelope.display(), &notice.display()]);
    world.vlec(&revoked, &seal)?;

    let (roots, requests) =
        (exchange.roots().display().to_string(), exchange.requests().display().to_string());
    let revoke = words(&[
        &"revoke",
        &revoked,
        &"--identity",
        &"--reason",
        &"key-compromise",
        &"--yes",
        &"--roots-dir",
        &roots,
        &"-o",
        &requests,
    ]);
    let event = world.vlec(&revoked.country().into(), &revoke)?;
    let event = field(&event, "/file")?.to_owned();
    report::line(&format!(
        "  A notice of it was under way. {recipient} is told at once, by a telephone call"
    ));
    report::line("  and a file; the others hear of it with the next bundle.");

    let claim = "Envelope of a revoked agency: refused, no file left";
    world.vlec(&recipient, &words(&[&"roster", &"hear", &event]))?;
    checks.add(claim, refuses(world, &recipient, &envelope, exchange, "revoked"));
    ring::publish(world, exchange, revoked.country())?;
    let claim = "Sealing to an agency whose identity is revoked: refused";
    let seal =
        words(&[&"seal", &"--to", &revoked, &"--force", &"-o", &envelope.display(), &notice.display()]);
    checks.add(claim, world.try_vlec(&"UA/npu/cyber".parse()?, &seal).refused("no-epoch"));
    Ok(())
}
