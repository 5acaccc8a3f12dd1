//! A bundle that comes in: read to its end before anything is locked (SPEC §4.18, `[BND-10]`).

use std::io::{BufReader, Read};

use tempfile::SpooledTempFile;

use super::Replica;
use crate::disk;
use crate::error::Error;
use crate::roster::{BundleReader, RosterError};

/// Most bundles are increments, and stay in memory.
const MEMORY: usize = 1 << 20;

/// A bundle that waits for nobody.
pub(crate) type Incoming = BundleReader<BufReader<SpooledTempFile>>;

impl Replica {
    /// Reads the caller's input, by its form alone. That of a log nobody has pinned is not read.
    pub(crate) fn incoming(&self, input: impl Read) -> Result<Incoming, Error> {
        self.check_process()?;
        let bundle = BundleReader::new(input)?;
        let country = bundle.anchor().country();
        let pinned = self.rosters().pinned().find(|anchor| anchor.country() == country).copied();
        match pinned {
            None => Err(Error::NotPinned(country)),
            Some(anchor) if anchor != *bundle.anchor() => Err(RosterError::OtherAnchor(country).into()),
            Some(_) => Ok(bundle.spooled(disk::spool(MEMORY))?),
        }
    }
}
