//! One process owns a vault: a lock on a file beside the database (`[VLT-02]`).

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::files::{Create, open_file};
use super::store::StoreError;

const NAME: &str = "lock";

/// The process that opened something. A forked one has a copy of its memory and its open files, the
/// lock among them, and must use neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process(u32);

impl Process {
    pub(super) fn this() -> Self {
        Self(std::process::id())
    }

    /// `[VLT-02]`
    pub(super) fn check(self) -> Result<(), StoreError> {
        if self == Self::this() { Ok(()) } else { Err(StoreError::Forked) }
    }

    /// One that is not this.
    #[cfg(test)]
    pub(super) fn other() -> Self {
        Self(0)
    }
}

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
