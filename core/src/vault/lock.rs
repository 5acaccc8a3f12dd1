//! One process owns a vault: a lock on a file beside the database (`[VLT-02]`).

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::files::{Create, open_file};
use super::store::StoreError;

const NAME: &str = "lock";

/// Holds the lock until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock is the open file's: a second opening in the same process does not get it either.
    _file: File,
}

impl Lock {
    /// Takes the lock of the folder, or says at once that somebody has it.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = open_file(&folder.join(NAME), Create::IfMissing)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(Errno::WOULDBLOCK) => Err(StoreError::InUse),
            Err(error) => Err(StoreError::io("lock the vault")(error.into())),
        }
    }
}
