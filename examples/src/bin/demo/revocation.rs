//! An agency's identity is revoked: what it signed, even before, is no longer taken.

use vlec::event::{Reason, Revoke};
use vlec::{AgencyId, Error, Labels, Letter};

use crate::attempts::refuses;
use crate::checks::{Checks, refused};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::World;
use crate::report;
use crate::ring;

const NOTICE: &[u8] = b"Demonstration notice: the van was seen at checkpoint EX-07.\n";

pub(crate) fn revoke(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let revoked: AgencyId = "AZ/customs/control".parse()?;
    let recipient: AgencyId = "GE/mia/cyber".parse()?;
    let now = world.clock.now()?;
    report::section(now, &format!("{revoked} loses its keys; two roots revoke its identity"));

    let envelope = exchange.outbox("notice");
    let labels = Labels { file_name: Some("notice.txt".into()), ..Labels::default() };
    let letter = Letter::new([recipient.clone()], "text/plain; charset=utf-8")?.labels(labels)?;
    exchange::write(&envelope, &world.agency(&revoked)?.seal(&letter, NOTICE)?.bytes)?;

    let key = world.agency(&revoked)?.with_rosters(|rosters| {
        let agency = rosters.roster(revoked.country())?.agency(&revoked)?;
        agency.current_identity(now).map(|identity| *identity.id())
    });
    let national = world.national(revoked.country())?;
    let roots = national.two_roots()?;
    let roots: Vec<_> = roots.iter().collect();
    let key = key.context("find the identity")?;
    let event =
        national.centre.revoke(&revoked, Revoke::by_roots(key, Reason::KeyCompromise, now), &roots)?;
    report::line(&format!(
        "  A notice of it was under way. {recipient} is told at once, by a telephone call"
    ));
    report::line("  and a file; the others hear of it with the next bundle.");

    let claim = "Envelope of a revoked agency: refused, no file left";
    world.agency(&recipient)?.hear(&event)?;
    checks.add(claim, refuses(world.agency(&recipient)?, &envelope, exchange, "revoked"));
    ring::publish(world, exchange, revoked.country())?;
    let claim = "Sealing to an agency whose identity is revoked: refused";
    let letter = Letter::new([revoked], "text/plain")?;
    let other = world.agency(&"UA/npu/cyber".parse()?)?;
    checks.add(claim, refused(other.seal(&letter, b"?"), Error::code, "no-epoch"));
    Ok(())
}
