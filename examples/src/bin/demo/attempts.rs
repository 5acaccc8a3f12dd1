//! What an agency says to an envelope, and that nothing is left of an attempt that fails.

use std::path::Path;

use vlec::{AgencyId, EpochNumber};

use crate::checks::require;
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::parties::World;
use crate::shell::words;

/// Whether an envelope is refused with this code, and no file is left.
pub(crate) fn refuses(
    world: &World,
    agency: &AgencyId,
    envelope: &Path,
    exchange: &Exchange,
    code: &str,
) -> Result<String> {
    let inbox = exchange.inbox(agency)?;
    let before = exchange::entries(&inbox)?;
    let attempt = inbox.join("attempt").display().to_string();
    let opened = world.try_vlec(agency, &words(&[&"open", &"-o", &attempt, &envelope.display()]));
    if exchange::entries(&inbox)? != before {
        return Err(format!("an attempt left something in {}", inbox.display()).into());
    }
    opened.refused(code)
}

/// Whether an accepted envelope can be read again, and with which epoch's key.
pub(crate) fn reopens(world: &World, agency: &AgencyId, envelope: &Path, epoch: u64) -> Result<String> {
    let agency = world.agency(agency)?;
    let reopened =
        agency.reopen(&exchange::read(envelope)?).context(format!("read it at {}", agency.id()))?;
    let used = reopened.manifest().opened_with();
    require(used.epoch == EpochNumber(epoch), "another epoch's key opened it")?;
    Ok(format!("{}, epoch {}", used.agency, used.epoch))
}
