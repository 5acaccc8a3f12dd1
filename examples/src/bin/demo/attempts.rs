//! What an agency says to an envelope, and that nothing is left of an attempt that fails.

use std::path::Path;

use vlec::{Agency, EpochNumber, Error, Existing};

use crate::checks::{refused, require};
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};

/// Whether an envelope is refused with this code, and no file is left.
pub(crate) fn refuses(agency: &Agency, envelope: &Path, exchange: &Exchange, code: &str) -> Result<String> {
    let inbox = exchange.inbox(agency.id())?;
    let before = exchange::entries(&inbox)?;
    let opened = agency.open_file(envelope, &inbox.join("attempt"), Existing::Refuse);
    if exchange::entries(&inbox)? != before {
        return Err(format!("an attempt left something in {}", inbox.display()).into());
    }
    refused(opened, Error::code, code)
}

/// Whether an accepted envelope can be read again, and with which epoch's key.
pub(crate) fn reopens(agency: &Agency, envelope: &Path, epoch: u64) -> Result<String> {
    let reopened =
        agency.reopen(&exchange::read(envelope)?).context(format!("read it at {}", agency.id()))?;
    let used = reopened.manifest().opened_with();
    require(used.epoch == EpochNumber(epoch), "another epoch's key opened it")?;
    Ok(format!("{}, epoch {}", used.agency, used.epoch))
}
