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
    file: File,
    process: Process,
}

impl Drop for Lock {
    /// A process that was forked from this one has the open file too: closing it here would leave the lock to
    /// that one. What is dropped there takes no lock away.
    fn drop(&mut self) {
        if self.process.check().is_ok() {
            // It fails for no open file; closing then gives the lock up, once nobody has the file any more.
            let _ = flock(&self.file, FlockOperation::Unlock);
        }
    }
}

impl Lock {
    /// Takes the lock of the folder, or says at once that somebody has it.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = open_file(&folder.join(NAME), Create::IfMissing)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { file, process: Process::this() }),
            Err(Errno::WOULDBLOCK) => Err(StoreError::InUse),
            Err(error) => Err(StoreError::io("lock the vault")(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A forked process lives on with a copy of the open file.
    #[test]
    fn b7_the_lock_is_free_when_its_owner_gives_it_up_though_a_forked_process_lives() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let forked = lock.file.try_clone().unwrap();
        assert_eq!(Lock::take(folder.path()).unwrap_err().code(), "in-use");
        drop(lock);
        let next = Lock::take(folder.path()).unwrap();
        drop(forked);
        assert_eq!(Lock::take(folder.path()).unwrap_err().code(), "in-use");
        drop(next);
    }

    #[test]
    fn b7_a_forked_process_gives_up_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = Lock::take(folder.path()).unwrap();
        let owners = lock.file.try_clone().unwrap();
        lock.process = Process::other();
        drop(lock);
        assert_eq!(Lock::take(folder.path()).unwrap_err().code(), "in-use");
        drop(owners);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
