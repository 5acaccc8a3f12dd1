//! Files under no name, or under one that nobody else is to use (`[FIL-06]`).

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tempfile::{NamedTempFile, SpooledTempFile};

use super::input::Input;
use super::{DiskError, MODE, is_named};

/// How the names of temporary files begin; orphans are found by it.
pub(super) const TEMPORARY_PREFIX: &str = ".vlec-";
const TEMPORARY_SUFFIX: &str = ".tmp";
const CREATE: &str = "create a file in this folder";

/// A temporary file, locked for as long as somebody writes to it.
pub(super) fn temporary(folder: &Path) -> Result<NamedTempFile, DiskError> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(TEMPORARY_SUFFIX)
            // Not `tempfile_in`, whose errors have lost the system's number.
            .make_in(folder, |path| {
                File::options().read(true).write(true).create_new(true).mode(MODE).open(path)
            })
            .map_err(DiskError::io(folder, CREATE))?;
        // Who looks for orphans may have come before the lock.
        let locked = flock(file.as_file(), FlockOperation::NonBlockingLockExclusive);
        let ours = file.as_file().metadata().is_ok_and(|ours| is_named(file.path(), &ours));
        if locked != Err(Errno::WOULDBLOCK) && ours {
            return Ok(file);
        }
    }
}

/// The temporary files in `folder` that nobody writes to any more (`[FIL-06]`).
pub(crate) fn orphans(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let reading = || DiskError::io(folder, "read the folder");
    let mut orphans = Vec::new();
    for entry in fs::read_dir(folder).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        if ours && claim(&entry.path()).is_some() {
            orphans.push(entry.path());
        }
    }
    orphans.sort();
    Ok(orphans)
}

/// Removes an orphan; a file that has gone, or that somebody writes to, is left as it is.
pub(crate) fn remove_orphan(path: &Path) -> Result<(), DiskError> {
    let Some(_claimed) = claim(path) else { return Ok(()) };
    fs::remove_file(path).map_err(DiskError::io(path, "remove the file"))
}

/// The file, locked, if nobody else has it.
fn claim(path: &Path) -> Option<File> {
    let input = Input::open(path).ok()?;
    flock(input.file(), FlockOperation::NonBlockingLockExclusive).ok()?;
    let ours = is_named(path, &input.file().metadata().ok()?);
    ours.then(|| input.into_file())
}

/// A file without a name, gone when closed or when the process ends.
pub(crate) fn unnamed(folder: &Path) -> Result<File, DiskError> {
    tempfile::tempfile_in(folder).map_err(DiskError::io(folder, CREATE))
}

/// Memory for so many bytes, and from then on a file without a name in the system's temporary
/// folder: for what is public.
pub(crate) fn spool(memory: usize) -> SpooledTempFile {
    tempfile::spooled_tempfile(memory)
}
