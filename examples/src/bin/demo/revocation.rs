//! An agency's identity is revoked: what it signed, even before, is no longer taken.

use vlec::{AgencyId, DirectoryError, Labels};

use crate::agency::Letter;
use crate::checks::{Checks, refused};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::World;
use crate::report;

const NOTICE: &[u8] = b"Demonstration notice: the van was seen at checkpoint EX-07.\n";

pub(crate) fn revoke(world: &mut World, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let revoked: AgencyId = "AZ/customs/control".parse()?;
    let recipient: AgencyId = "GE/mia/cyber".parse()?;
    report::section(world.now, &format!("{revoked} loses its keys; two roots revoke its identity"));

    let envelope = exchange.outbox("notice");
    let to = [recipient.clone()];
    let labels = Labels { file_name: Some("notice.txt".into()), ..Labels::default() };
    let letter = Letter { to: &to, content_type: "text/plain; charset=utf-8", labels };
    let sealed = world.agency(&revoked)?.sealer(letter, world.now)?.seal(NOTICE)?;
    exchange::write(&envelope, &sealed)?;

    let opened = world.agency(&recipient)?.opens(&envelope, exchange, world.now, 2);
    opened.context("open the notice before the revocation")?;
    let key = *world.agency(&revoked)?.identity.id();
    world.centre(&revoked)?.revoke(&revoked, key, world.now, exchange)?;
    world.sync(exchange)?;
    report::line(&format!(
        "  A notice of it, which {recipient} could open before, came once more after the next roster."
    ));

    let claim = "Envelope of a revoked agency: refused, no file left";
    checks.add(claim, world.agency(&recipient)?.refuses(&envelope, exchange, world.now, "revoked"));
    let writer = world.agency(&recipient)?;
    let claim = "Sealing to an agency whose identity is revoked: refused";
    let rosters = writer.replica.rosters();
    let addressed = rosters.address(&writer.identity, std::slice::from_ref(&revoked), world.now);
    checks.add(claim, refused(addressed, DirectoryError::code, "no-epoch"));
    Ok(())
}
