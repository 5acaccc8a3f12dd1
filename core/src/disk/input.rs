//! Files that are read, and must not change meanwhile.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{DiskError, LINK, NOT_A_FILE, is_named};

/// A regular file that is read at any place and must not change meanwhile.
#[derive(Debug)]
pub(crate) struct Input {
    path: PathBuf,
    file: File,
    state: State,
}

/// By what a change of a file is noticed.
#[derive(Debug, PartialEq, Eq)]
struct State {
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self {
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Input {
    /// Opens a regular file; a link, a folder or a device is refused.
    pub(crate) fn open(path: &Path) -> Result<Self, DiskError> {
        // No link is followed, and a pipe that nobody writes to does not block.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
        let opened = File::options().read(true).custom_flags(flags).open(path);
        let file = opened.map_err(|source| match source.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::LOOP) => DiskError::path(path, LINK),
            _ => DiskError::io(path, "open the file")(source),
        })?;
        let metadata = file.metadata().map_err(DiskError::io(path, "examine the file"))?;
        if !metadata.is_file() {
            return Err(DiskError::path(path, NOT_A_FILE));
        }
        let input = Self { path: path.into(), file, state: State::of(&metadata) };
        input.check_length()?;
        Ok(input)
    }

    pub(crate) fn len(&self) -> u64 {
        self.state.len
    }

    /// The output is not to take the place of its own input.
    pub(crate) fn check_is_not(&self, output: &Path) -> Result<(), DiskError> {
        let metadata = self.file.metadata().map_err(DiskError::io(&self.path, "examine the file"))?;
        if is_named(output, &metadata) {
            return Err(DiskError::path(output, "is the input itself: name another file"));
        }
        Ok(())
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Fills `out` from `offset`, which lies within its length.
    pub(crate) fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), DiskError> {
        self.file.read_exact_at(out, offset).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => self.ends_elsewhere(),
            _ => DiskError::io(&self.path, "read the file")(source),
        })
    }

    /// Length and times are those at the opening, and the content ends where the length says (`[FIL-05]`).
    pub(crate) fn check_unchanged(&self) -> Result<(), DiskError> {
        match self.is_unchanged()? {
            true => self.check_length(),
            false => Err(self.changed()),
        }
    }

    /// That it has changed, as whoever has read it twice knows.
    pub(crate) fn changed(&self) -> DiskError {
        DiskError::Changed { path: self.path.clone() }
    }

    fn is_unchanged(&self) -> Result<bool, DiskError> {
        let now = self.file.metadata().map_err(DiskError::io(&self.path, "examine the file"))?;
        Ok(State::of(&now) == self.state)
    }

    /// The content does not go on behind the length that the system lists (`[FIL-07]`): of files such as those
    /// in /proc it lists none, and of a share's perhaps an old one.
    fn check_length(&self) -> Result<(), DiskError> {
        loop {
            match self.file.read_at(&mut [0], self.state.len) {
                Ok(0) => return Ok(()),
                Ok(_) => return Err(self.ends_elsewhere()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(DiskError::io(&self.path, "read the file")(source)),
            }
        }
    }

    /// Why its content does not end where its length says.
    fn ends_elsewhere(&self) -> DiskError {
        match self.is_unchanged() {
            Ok(true) => DiskError::Length { path: self.path.clone() },
            Ok(false) => self.changed(),
            Err(error) => error,
        }
    }
}

/// A regular file as a source that is read from front to back: no link is followed, and a file that grew,
/// shrank or was written to meanwhile ends in an error, [`DiskError::Changed`] within the [`io::Error`].
///
/// ```
/// use std::io::Read;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("report.pdf");
/// # std::fs::write(&path, b"content")?;
/// let mut content = Vec::new();
/// vlec::SourceFile::open(&path)?.read_to_end(&mut content)?;
/// assert_eq!(content, b"content");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SourceFile {
    input: Input,
    at: u64,
}

impl SourceFile {
    /// Opens a regular file; a link, a folder or a device is refused.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        Ok(Self { input: Input::open(path)?, at: 0 })
    }

    /// Its length in bytes, from the first read to the last.
    pub fn size(&self) -> u64 {
        self.input.len()
    }
}

impl io::Read for SourceFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.input.len() - self.at).unwrap_or(usize::MAX);
        let len = left.min(out.len());
        if left == 0 {
            self.input.check_unchanged().map_err(io::Error::other)?;
        }
        let out = out.get_mut(..len).unwrap_or_default();
        self.input.read_exact_at(out, self.at).map_err(io::Error::other)?;
        self.at += len as u64;
        Ok(len)
    }
}
