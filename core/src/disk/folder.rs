//! The names in a folder, made durable (`[FIL-08]`).

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::syncfs;
use rustix::io::Errno;

/// A folder whose names are to be made durable; none if it cannot be read.
#[derive(Debug)]
pub(crate) struct Folder(Option<File>);

impl Folder {
    /// Opened before anything is named in it: what fails here leaves nothing behind.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(folder) => Ok(Self(Some(folder))),
            // As a drop folder, which takes files and does not list them.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }

    /// `[FIL-08]` Where the folder cannot be read, or the file system cannot write a folder to the disk by itself,
    /// the whole file system is written, which is that of `inside`.
    pub(crate) fn sync(&self, inside: &File) -> io::Result<()> {
        let by_itself = self.0.as_ref().map(File::sync_all);
        match by_itself {
            Some(Err(error)) if !is_unsupported(&error) => Err(error),
            Some(Ok(())) => Ok(()),
            _ => match syncfs(inside).map_err(io::Error::from) {
                Err(error) if is_unsupported(&error) => Ok(()),
                synced => synced,
            },
        }
    }
}

/// Makes the names in `folder` durable, where `inside` was just created, renamed or removed.
///
/// # Errors
/// The system's. A folder that the file system cannot write to the disk by itself is no error.
pub fn sync_folder(folder: &Path, inside: &File) -> io::Result<()> {
    Folder::open(folder)?.sync(inside)
}

/// Whether the file system has no such operation, as CIFS has none for folders.
pub(super) fn is_unsupported(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(number, Some(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS))
}
