//! Files that are written: whole under their name, or not there.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::flush::{Flusher, Flushing};
use super::folder::Folder;
use super::temporary::Temporary;
use super::{DiskError, Existing, LINK, NOT_A_FILE, TOO_LONG, exists, naming};

/// A file in the making; gone when dropped before [`Output::commit`].
#[derive(Debug)]
pub(crate) struct Output {
    target: PathBuf,
    folder: PathBuf,
    temporary: Temporary,
    existing: Existing,
    flushing: Mutex<Flushing>,
}

impl Output {
    /// Begins a file in the folder of `target`.
    pub(crate) fn create(target: &Path, existing: Existing) -> Result<Self, DiskError> {
        if target.file_name().is_none() {
            return Err(DiskError::path(target, "names no file"));
        }
        match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                return Err(DiskError::path(target, TOO_LONG));
            }
            Err(error) => return Err(DiskError::io(target, "examine the path")(error)),
            Ok(found) if found.file_type().is_symlink() => {
                return Err(DiskError::path(target, LINK));
            }
            Ok(found) if !found.is_file() => {
                return Err(DiskError::path(target, NOT_A_FILE));
            }
            Ok(_) if existing == Existing::Refuse => return Err(exists(target)),
            Ok(_) => {}
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let temporary = Temporary::create(&folder)?;
        Ok(Self { target: target.into(), folder, temporary, existing, flushing: Mutex::default() })
    }

    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> Result<(), DiskError> {
        let file = &self.temporary.file;
        file.write_all_at(bytes, offset).map_err(DiskError::io(&self.target, "write the file"))?;
        self.flushing.lock().unwrap_or_else(PoisonError::into_inner).count(bytes.len() as u64, file);
        Ok(())
    }

    /// The folder of the target and of the file in the making.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file, to be written from front to back.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.temporary.file
    }

    /// Makes content, name and folder durable, in that order. If the folder cannot be made durable, all is
    /// as it was before.
    pub(crate) fn commit(self) -> Result<(), DiskError> {
        let Self { target, folder, temporary, existing, flushing } = self;
        let names = Folder::open(&folder).map_err(DiskError::io(&folder, "open the folder"))?;
        let flushing = flushing.into_inner().unwrap_or_else(PoisonError::into_inner);
        let flushed = flushing.flusher.map_or(Ok(()), Flusher::finish);
        flushed
            .and_then(|()| temporary.file.sync_all())
            .map_err(DiskError::io(&target, "write the file to the disk"))?;
        let (file, before) = naming::name(temporary, &folder, &target, existing)?;
        match names.sync(&file) {
            Ok(()) => before.remove(),
            Err(source) => {
                before.restore(&target, &file)?;
                Err(DiskError::io(&folder, "write the folder to the disk")(source))
            }
        }
    }
}

/// A file in the making, for whatever is handed on as a file: written from front to back under no name, or under
/// a temporary one in the same folder where the file system has no files without names, for its owner only;
/// durable and under its own name, or not there at all. Dropped before [`NewFile::finish`], it is gone.
///
/// A process whose files are limited in length (`RLIMIT_FSIZE`) is ended by `SIGXFSZ` when it writes beyond the
/// limit. Ignore that signal, as Python does: then writing fails with an error. A library sets no signal's action.
///
/// ```
/// use std::io::Write;
/// use vlec::{Existing, NewFile};
/// # let folder = tempfile::tempdir()?;
/// let mut note = NewFile::create(&folder.path().join("AZ-cosigned-by-GE.note"), Existing::Refuse)?;
/// note.write_all(b"...")?;
/// note.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NewFile(Output);

impl NewFile {
    /// Begins a file in the folder of `target`.
    ///
    /// # Errors
    /// [`DiskError`]: the folder cannot be written to, or `target` is there and is not to be replaced.
    pub fn create(target: &Path, existing: Existing) -> Result<Self, DiskError> {
        Output::create(target, existing).map(Self)
    }

    /// Makes the file durable under its name.
    ///
    /// # Errors
    /// [`DiskError`]; there is then no file that was not there before.
    pub fn finish(self) -> Result<(), DiskError> {
        self.0.commit()
    }
}

impl io::Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self(output) = self;
        let written = output.file().write(bytes)?;
        let mut flushing = output.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        flushing.count(written as u64, &output.temporary.file);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
