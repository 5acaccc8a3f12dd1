//! Files under no name, or under one that nobody else is to use (`[FIL-02]`, `[FIL-06]`); a folder of that kind.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FlockOperation, OFlags, flock, linkat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;
use tempfile::{SpooledTempFile, TempDir, TempPath};

use super::input::Input;
use super::{DiskError, MODE, is_named};

/// How the names of temporary files begin; orphans are found by it.
pub(super) const TEMPORARY_PREFIX: &str = ".vlec-";
const TEMPORARY_SUFFIX: &str = ".tmp";
/// What a process that was killed can have left in a temporary folder: a database and its journals.
const LEFT: [&str; 4] = ["copy", "copy-journal", "copy-wal", "copy-shm"];
/// So many names are tried for a temporary folder.
const TRIES: usize = 16;
const CREATE: &str = "create a file in this folder";

/// A file in the making.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) file: File,
    /// Removed when dropped; none where the file system keeps files that have no name.
    pub(super) path: Option<TempPath>,
}

impl Temporary {
    /// Under no name where the file system can do that: whatever ends the process, nothing is left.
    pub(super) fn create(folder: &Path) -> Result<Self, DiskError> {
        match unnamed_to_be_linked(folder) {
            Some(file) => Ok(Self { file, path: None }),
            None => Self::named(folder),
        }
    }

    /// Under a temporary name, locked for as long as somebody writes to it.
    pub(super) fn named(folder: &Path) -> Result<Self, DiskError> {
        loop {
            // Not `tempfile_in`, whose errors have lost the system's number.
            let made = names().make_in(folder, |path| {
                File::options().read(true).write(true).create_new(true).mode(MODE).open(path)
            });
            let (file, path) = made.map_err(DiskError::io(folder, CREATE))?.into_parts();
            // Who looks for orphans may have come before the lock.
            let locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
            let ours = file.metadata().is_ok_and(|ours| is_named(&path, &ours));
            if locked != Err(Errno::WOULDBLOCK) && ours {
                return Ok(Self { file, path: Some(path) });
            }
        }
    }

    /// The temporary name, which the whole file is given now if it had none.
    pub(super) fn into_named(self, folder: &Path) -> io::Result<(File, TempPath)> {
        let Self { file, path } = self;
        let path = match path {
            Some(path) => path,
            None => {
                // Nobody takes it for an orphan. Where there are no locks, nobody looks for orphans.
                let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
                names().make_in(folder, |path| link_open(&file, path))?.into_temp_path()
            }
        };
        Ok((file, path))
    }
}

/// A folder under a temporary name, locked for as long as it is used; gone, with the files in it, when dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    folder: TempDir,
    /// Let go after the folder is gone.
    _locked: File,
}

impl TemporaryFolder {
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let made = names().permissions(fs::Permissions::from_mode(0o700)).tempdir_in(folder)?;
            // Who looks for orphans may have come before the lock.
            let locked = match open_folder(made.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                locked => locked?,
            };
            let taken = flock(&locked, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK);
            if !taken && locked.metadata().is_ok_and(|ours| is_named(made.path(), &ours)) {
                return Ok(Self { folder: made, _locked: locked });
            }
        }
        Err(io::Error::other("temporary folders are taken away here"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn names() -> tempfile::Builder<'static, 'static> {
    let mut names = tempfile::Builder::new();
    names.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    names
}

/// A file without a name that can be given one; none where the file system or the system cannot do that.
fn unnamed_to_be_linked(folder: &Path) -> Option<File> {
    let flags = OFlags::TMPFILE.bits() as i32;
    let file = File::options().read(true).write(true).mode(MODE).custom_flags(flags).open(folder).ok()?;
    fs::metadata(of_process(&file)).is_ok().then_some(file)
}

/// Names an open file that has no name, unless something has the name already.
pub(super) fn link_open(file: &File, path: &Path) -> io::Result<()> {
    Ok(linkat(CWD, of_process(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

fn of_process(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// The temporary files and folders in `folder` that nobody writes to any more (`[FIL-06]`).
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

/// Removes an orphan; one that has gone, or that somebody writes to, is left as it is. A folder goes with the files
/// in it, by its descriptor: whatever has its name meanwhile is not followed.
pub(crate) fn remove_orphan(path: &Path) -> Result<(), DiskError> {
    let Some(claimed) = claim(path) else { return Ok(()) };
    let failed = |doing| DiskError::io(path, doing);
    if !claimed.metadata().map_err(failed("examine the path"))?.is_dir() {
        return fs::remove_file(path).map_err(failed("remove the file"));
    }
    for name in LEFT {
        match unlinkat(&claimed, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(failed("remove the files in the folder")(error.into())),
        }
    }
    fs::remove_dir(path).map_err(failed("remove the folder"))
}

/// The file or the folder, locked, if nobody else has it.
fn claim(path: &Path) -> Option<File> {
    let folder = || open_folder(path).ok().filter(|folder| is_left(folder).unwrap_or_default());
    let file =
        || Input::open(path).ok().map(Input::into_file).filter(|file| is_own(file).unwrap_or_default());
    let found = file().or_else(folder)?;
    flock(&found, FlockOperation::NonBlockingLockExclusive).ok()?;
    let ours = is_named(path, &found.metadata().ok()?);
    ours.then_some(found)
}

/// Whether a folder is what this user's process has left: nobody else writes in it, and nothing else lies there.
fn is_left(folder: &File) -> io::Result<bool> {
    if !is_own(folder)? || folder.metadata()?.mode() & 0o022 != 0 {
        return Ok(false);
    }
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let is_copy = LEFT.iter().any(|left| left.as_bytes() == name) && entry.file_type().is_file();
        if ![&b"."[..], b".."].contains(&name) && !is_copy {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_own(found: &File) -> io::Result<bool> {
    Ok(found.metadata()?.uid() == geteuid().as_raw())
}

/// No link is followed.
fn open_folder(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::DIRECTORY).bits() as i32;
    File::options().read(true).custom_flags(flags).open(path)
}

/// What has this name, a link for one, is opened only if it is a file: nothing is waited for.
pub(super) fn open_found(path: &Path) -> Option<File> {
    Input::open(path).ok().map(Input::into_file)
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
