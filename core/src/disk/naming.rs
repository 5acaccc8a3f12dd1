//! How a whole file gets its name, and loses it again (`[FIL-03]`, `[FIL-04]`).

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FlockOperation, RenameFlags, flock, linkat, renameat_with};
use rustix::io::Errno;
use tempfile::TempPath;

use super::folder::is_unsupported;
use super::temporary::{Temporary, link_open, open_found};
use super::{DiskError, Existing, NOT_A_FILE, REPLACE_ONLY, exists, is_named};

/// What had the name before.
#[derive(Debug)]
pub(super) enum Before {
    /// Nothing, or a file that was lost with the new one's naming.
    Nothing,
    /// A file that is kept under a temporary name, locked where it can be opened: it is no orphan yet (`[FIL-06]`).
    Kept(TempPath, Option<File>),
}

/// Gives the file its name; with it comes what had the name before.
pub(super) fn name(
    temporary: Temporary,
    folder: &Path,
    target: &Path,
    existing: Existing,
) -> Result<(File, Before), DiskError> {
    if temporary.path.is_none() {
        match link_open(&temporary.file, target) {
            Ok(()) => return Ok((temporary.file, Before::Nothing)),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(target)(error)),
            Err(_) if existing == Existing::Refuse => return Err(exists(target)),
            Err(_) => {}
        }
    }
    let (file, path) = temporary.into_named(folder).map_err(failed(target))?;
    let before = match existing {
        Existing::Refuse => claim(path, target)?,
        Existing::Replace => replace(path, target)?,
    };
    Ok((file, before))
}

fn failed(target: &Path) -> impl FnOnce(io::Error) -> DiskError {
    DiskError::io(target, "name the file")
}

/// Renames the file unless something has the name already, in one step (`[FIL-09]`).
fn claim(path: TempPath, target: &Path) -> Result<Before, DiskError> {
    let renamed = renameat_with(CWD, &*path, CWD, target, RenameFlags::NOREPLACE).map_err(io::Error::from);
    match renamed {
        Ok(()) => {
            // What it names is gone.
            drop(path.keep());
            Ok(Before::Nothing)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(target)),
        // Both names are there for a moment; the temporary one goes with `path`.
        Err(error) if is_unsupported(&error) => match linkat(CWD, &*path, CWD, target, AtFlags::empty()) {
            Ok(()) => Ok(Before::Nothing),
            Err(Errno::EXIST) => Err(exists(target)),
            Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => {
                Err(DiskError::path(target, REPLACE_ONLY))
            }
            Err(error) => Err(failed(target)(error.into())),
        },
        Err(error) => Err(failed(target)(error)),
    }
}

/// Takes the place of what is there, which is kept until the new file is durable, where the file system can do that.
fn replace(path: TempPath, target: &Path) -> Result<Before, DiskError> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(target)(error)),
        Ok(found) if !found.is_file() => return Err(DiskError::path(target, NOT_A_FILE)),
        Ok(_) => match exchange(&path, target)? {
            Exchanged::For(locked) => return Ok(Before::Kept(path, locked)),
            Exchanged::Not => {}
        },
    }
    path.persist(target).map_err(|error| failed(target)(error.error))?;
    Ok(Before::Nothing)
}

pub(super) enum Exchanged {
    /// A file, now under the temporary name, which is locked where it can be opened.
    For(Option<File>),
    /// Nothing has the name, or the file system cannot do that.
    Not,
}

/// Exchanges the two names, where `target` names a file.
pub(super) fn exchange(path: &Path, target: &Path) -> Result<Exchanged, DiskError> {
    // Locked before it has the temporary name.
    let locked = lock(target);
    match renameat_with(CWD, path, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        // It was removed meanwhile.
        Err(Errno::NOENT) => return Ok(Exchanged::Not),
        Err(error) if is_unsupported(&error.into()) => return Ok(Exchanged::Not),
        Err(error) => return Err(failed(target)(error.into())),
    }
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        // A folder or a link has taken the file's place since it was looked at: it gets its name back.
        renameat_with(CWD, path, CWD, target, RenameFlags::EXCHANGE)
            .map_err(|error| failed(target)(error.into()))?;
        return Err(DiskError::path(target, NOT_A_FILE));
    }
    let same = locked.filter(|file| file.metadata().is_ok_and(|found| is_named(path, &found)));
    Ok(Exchanged::For(same.or_else(|| lock(path))))
}

/// Whoever cannot open it cannot take it for an orphan either.
fn lock(path: &Path) -> Option<File> {
    let file = open_found(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(file)
}

impl Before {
    /// The new file is durable: what it replaced goes.
    pub(super) fn remove(self) -> Result<(), DiskError> {
        let Self::Kept(path, _locked) = self else { return Ok(()) };
        let at = path.to_path_buf();
        path.close().map_err(DiskError::io(&at, "remove the file that was replaced"))
    }

    /// The new file goes, and what it replaced comes back; not if another file has the name by now.
    pub(super) fn restore(self, target: &Path, file: &File) -> Result<(), DiskError> {
        let ours = file.metadata().map_err(DiskError::io(target, "examine the file"))?;
        if !is_named(target, &ours) {
            return Ok(());
        }
        match self {
            Self::Kept(path, _locked) => path.persist(target).map_err(|failed| failed.error),
            Self::Nothing => fs::remove_file(target),
        }
        .map_err(DiskError::io(target, "take away again the file, which could not be made durable"))
    }
}
