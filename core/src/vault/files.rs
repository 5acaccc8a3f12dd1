//! Folders and files of a vault: whose they are and who may read them.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::disk;

use super::store::StoreError;

/// Only the owner reads and writes.
pub(super) const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Creates a folder for its owner only, if it is missing, and makes it durable in its parent.
pub(super) fn create_folder(path: &Path) -> Result<(), StoreError> {
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_names(parent.unwrap_or(Path::new(".")), path)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io("create the vault's folder")(error)),
    }
}

/// `[VLT-03]` The folder is one, not a link to one, is this user's, and nobody else writes to it.
pub(super) fn check_folder(path: &Path) -> Result<(), StoreError> {
    // Without a slash at its end, which would follow a link.
    let found = fs::symlink_metadata(path.components().as_path()).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing,
        _ => StoreError::io("examine the vault's folder")(error),
    })?;
    if found.file_type().is_symlink() {
        return Err(StoreError::Path("it is a symbolic link: name the folder itself"));
    }
    if !found.is_dir() {
        return Err(StoreError::Path("it is not a folder"));
    }
    if !is_own(&found) {
        return Err(StoreError::Path("it belongs to another user: run this as its owner"));
    }
    if found.permissions().mode() & 0o022 != 0 {
        return Err(StoreError::Path("others may write to it: take that right away"));
    }
    Ok(())
}

/// Opens a file of the vault, created with mode 0600 if `create` is asked for. No link is
/// followed. A file that others may read is given that mode again.
pub(super) fn open_file(path: &Path, create: Create) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(create == Create::IfMissing).mode(FILE_MODE);
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    let file =
        options.open(path).map_err(|error| match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT) => StoreError::Missing,
            Some(Errno::LOOP) => StoreError::Path("a file in it is a symbolic link"),
            _ => StoreError::io("open the vault's file")(error),
        })?;
    let found = file.metadata().map_err(StoreError::io("examine the vault's file"))?;
    check_file(&found)?;
    if found.permissions().mode() & 0o777 != FILE_MODE {
        let closed = fs::Permissions::from_mode(FILE_MODE);
        file.set_permissions(closed).map_err(StoreError::io("close the vault's file to others"))?;
    }
    Ok(file)
}

/// Whether a missing file is created.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    IfMissing,
    No,
}

fn check_file(found: &Metadata) -> Result<(), StoreError> {
    if !found.is_file() {
        return Err(StoreError::Path("a file in it is not a regular file"));
    }
    if !is_own(found) {
        return Err(StoreError::Path("a file in it belongs to another user: run this as its owner"));
    }
    Ok(())
}

/// What the superuser would change in another's home, its owner could not open any more.
fn is_own(found: &Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

/// Makes the names in a folder of the vault durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    sync_names(path, path)
}

fn sync_names(folder: &Path, inside: &Path) -> Result<(), StoreError> {
    let inside = File::open(inside).map_err(StoreError::io("open the vault's folder"))?;
    disk::sync_folder(folder, &inside).map_err(StoreError::io("write the vault's folder to the disk"))
}

/// Overwrites a file's bytes where they lie, before its name is given up.
/// A disk that writes elsewhere on every write keeps the old ones: SPEC §12.6 says so.
pub(super) fn overwrite(file: &File) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let len = file.metadata()?.len();
    let zeros = [0; 4096];
    let mut at = 0;
    while at < len {
        let part =
            zeros.get(..usize::try_from(len - at).unwrap_or(usize::MAX).min(zeros.len())).unwrap_or(&zeros);
        file.write_all_at(part, at)?;
        at += part.len() as u64;
    }
    file.sync_all()
}
