//! A bundle that comes in: read to its end before anything is locked (SPEC §4.18, `[BND-10]`).

use std::io::{BufReader, Read};

use tempfile::SpooledTempFile;

use crate::disk;
use crate::error::Error;
use crate::roster::BundleReader;

/// Most bundles are increments, and stay in memory.
const MEMORY: usize = 1 << 20;

/// A bundle that waits for nobody.
pub(crate) type Incoming = BundleReader<BufReader<SpooledTempFile>>;

/// Reads the caller's input, by its form alone.
pub(crate) fn incoming(input: impl Read) -> Result<Incoming, Error> {
    Ok(BundleReader::new(input)?.spooled(disk::spool(MEMORY))?)
}
