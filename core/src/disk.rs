//! Files that are whole or not there: read without following links, written under a temporary
//! name in the same folder, made durable, then given their name (SPEC §2.6, `[FIL-01]`…`[FIL-05]`).

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use tempfile::{NamedTempFile, SpooledTempFile};

/// How the names of temporary files begin; orphans are found by it.
const TEMPORARY_PREFIX: &str = ".vlec-";
const TEMPORARY_SUFFIX: &str = ".tmp";
/// After so many bytes the system is asked to write them to the disk, while more are written.
const FLUSH_EVERY: u64 = 64 << 20;
/// Only the owner reads and writes what is not finished, and what is.
const MODE: u32 = 0o600;
const EXISTS: &str = "exists already: name another file, or ask for it to be replaced";
const LINK: &str = "is a symbolic link: name the file itself";

/// A path cannot be used, or an operation on it failed. Nothing was left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// What the path names cannot be used.
    #[error("{path}: {problem}", path = path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An operation failed.
    #[error("{path}: cannot {doing}: {source}", path = path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// The file grew, shrank or was written to while it was read.
    #[error("{path}: changed while it was being read: nothing was written", path = path.display())]
    Changed {
        /// The path.
        path: PathBuf,
    },
}

impl DiskError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path { problem, .. } if *problem == EXISTS => "exists",
            Self::Path { .. } => "path",
            Self::Io { .. } => "io",
            Self::Changed { .. } => "input-changed",
        }
    }

    fn path(path: &Path, problem: &'static str) -> Self {
        Self::Path { path: path.into(), problem }
    }

    /// For `map_err`: what was being done with `path`.
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), doing, source }
    }
}

/// What to do with a file that already has the output's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    #[default]
    Refuse,
    /// Replace it, at once and only by a finished file.
    Replace,
}

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
            return Err(DiskError::path(path, "is not a regular file"));
        }
        Ok(Self { path: path.into(), file, state: State::of(&metadata) })
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

    /// Fills `out` from `offset`. A file that ends there has changed.
    pub(crate) fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), DiskError> {
        self.file.read_exact_at(out, offset).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => DiskError::Changed { path: self.path.clone() },
            _ => DiskError::io(&self.path, "read the file")(source),
        })
    }

    /// Length and times are those at the opening.
    pub(crate) fn check_unchanged(&self) -> Result<(), DiskError> {
        let now = self.file.metadata().map_err(DiskError::io(&self.path, "examine the file"))?;
        if State::of(&now) == self.state {
            Ok(())
        } else {
            Err(DiskError::Changed { path: self.path.clone() })
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

/// A file in the making; removed when dropped before [`Output::commit`].
#[derive(Debug)]
pub(crate) struct Output {
    target: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
    existing: Existing,
    flushing: Mutex<Flushing>,
}

/// How much has been written since the last flush, and who flushes.
#[derive(Debug, Default)]
struct Flushing {
    unflushed: u64,
    flusher: Option<Flusher>,
}

impl Output {
    /// Creates the temporary file beside `target`.
    pub(crate) fn create(target: &Path, existing: Existing) -> Result<Self, DiskError> {
        if target.file_name().is_none() {
            return Err(DiskError::path(target, "names no file"));
        }
        match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(DiskError::io(target, "examine the path")(error)),
            Ok(found) if found.file_type().is_symlink() => {
                return Err(DiskError::path(target, LINK));
            }
            Ok(found) if !found.is_file() => {
                return Err(DiskError::path(target, "is not a regular file"));
            }
            Ok(_) if existing == Existing::Refuse => return Err(exists(target)),
            Ok(_) => {}
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let file = temporary(&folder)?;
        Ok(Self { target: target.into(), folder, file, existing, flushing: Mutex::default() })
    }

    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> Result<(), DiskError> {
        let file = self.file.as_file();
        file.write_all_at(bytes, offset).map_err(DiskError::io(&self.target, "write the file"))?;
        self.flushing.lock().unwrap_or_else(PoisonError::into_inner).count(bytes.len() as u64, file);
        Ok(())
    }

    /// The folder of the target and of the temporary file.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file, to be written from front to back.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Makes content, name and folder durable, in that order. If the folder cannot be made
    /// durable, a file that had no predecessor is removed again.
    pub(crate) fn commit(self) -> Result<(), DiskError> {
        let Self { target, folder, file, existing, flushing } = self;
        let handle = File::open(&folder).map_err(DiskError::io(&folder, "open the folder"))?;
        let flushing = flushing.into_inner().unwrap_or_else(PoisonError::into_inner);
        let flushed = flushing.flusher.map_or(Ok(()), Flusher::finish);
        flushed
            .and_then(|()| file.as_file().sync_all())
            .map_err(DiskError::io(&target, "write the file to the disk"))?;
        let named = match existing {
            Existing::Refuse => file.persist_noclobber(&target),
            Existing::Replace => file.persist(&target),
        };
        let named = named.map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&target),
            _ => DiskError::io(&target, "name the file")(failed.error),
        })?;
        handle.sync_all().map_err(|source| {
            let still_ours = named.metadata().is_ok_and(|ours| is_named(&target, &ours));
            if existing == Existing::Refuse && still_ours {
                let _ = fs::remove_file(&target);
            }
            DiskError::io(&folder, "write the folder to the disk")(source)
        })
    }
}

/// A file in the making, for whatever is handed on as a file: written from front to back under a temporary
/// name in the same folder, for its owner only; durable and under its own name, or not there at all.
/// Dropped before [`NewFile::finish`], it is gone.
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
    /// Creates the temporary file beside `target`.
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
        flushing.count(written as u64, output.file.as_file());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A temporary file, locked for as long as somebody writes to it.
fn temporary(folder: &Path) -> Result<NamedTempFile, DiskError> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(TEMPORARY_SUFFIX)
            .permissions(fs::Permissions::from_mode(MODE))
            .tempfile_in(folder)
            .map_err(DiskError::io(folder, "create a file in this folder"))?;
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

/// Whether `path` names the file that `metadata` is of.
fn is_named(path: &Path, metadata: &Metadata) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|named| (named.dev(), named.ino()) == (metadata.dev(), metadata.ino()))
}

impl Flushing {
    fn count(&mut self, written: u64, file: &File) {
        self.unflushed += written;
        if self.unflushed >= FLUSH_EVERY {
            self.unflushed = 0;
            if self.flusher.is_none() {
                self.flusher = Flusher::start(file);
            }
            self.flusher.iter().for_each(Flusher::wake);
        }
    }
}

/// A thread that writes to the disk what has been written to the file so far, so that little is
/// left to wait for at the end. It only saves time: without it, the end does all the work.
#[derive(Debug)]
struct Flusher {
    wake: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Flusher {
    fn start(file: &File) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let (wake, woken) = mpsc::sync_channel(1);
        let flush = move || woken.iter().try_for_each(|()| file.sync_data());
        Some(Self { wake, thread: thread::Builder::new().spawn(flush).ok()? })
    }

    /// If it is still at work, it has been told already; if it failed, the end will say so.
    fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// The system tells an error of the disk once: what this thread was told must not be lost.
    fn finish(self) -> io::Result<()> {
        let Self { wake, thread } = self;
        drop(wake);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes to the disk failed")))
    }
}

fn exists(path: &Path) -> DiskError {
    DiskError::path(path, EXISTS)
}

/// A file without a name, gone when closed or when the process ends.
pub(crate) fn unnamed(folder: &Path) -> Result<File, DiskError> {
    tempfile::tempfile_in(folder).map_err(DiskError::io(folder, "create a file in this folder"))
}

/// Memory for so many bytes, and from then on a file without a name in the system's temporary
/// folder: for what is public.
pub(crate) fn spool(memory: usize) -> SpooledTempFile {
    tempfile::spooled_tempfile(memory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn f5_dropped_output_leaves_nothing_and_committed_output_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let output = Output::create(&target, Existing::Refuse).unwrap();
        output.write_all_at(b"half", 0).unwrap();
        assert_eq!(names(folder.path()).len(), 1);
        assert!(names(folder.path())[0].starts_with(TEMPORARY_PREFIX));
        drop(output);
        assert!(names(folder.path()).is_empty());

        let output = Output::create(&target, Existing::Refuse).unwrap();
        output.write_all_at(b"whole", 0).unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn f5_new_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let mut file = NewFile::create(&target, Existing::Refuse).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
        let mut file = NewFile::create(&target, Existing::Refuse).unwrap();
        file.write_all(b"who").unwrap();
        file.write_all(b"le").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(NewFile::create(&target, Existing::Refuse).unwrap_err().code(), "exists");
    }

    #[test]
    fn f5_source_file_is_read_whole_or_ends_in_an_error() {
        use std::io::Read;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in");
        let changed = |error: io::Error| error.downcast::<DiskError>().unwrap().code();
        fs::write(&path, b"content").unwrap();
        let mut read = Vec::new();
        assert_eq!(SourceFile::open(&path).unwrap().read_to_end(&mut read).unwrap(), 7);
        assert_eq!(read, b"content");

        let mut shrinks = SourceFile::open(&path).unwrap();
        assert_eq!((shrinks.size(), shrinks.read(&mut [0; 3]).unwrap()), (7, 3));
        fs::write(&path, b"cont").unwrap();
        assert_eq!(changed(shrinks.read_to_end(&mut Vec::new()).unwrap_err()), "input-changed");

        let mut grows = SourceFile::open(&path).unwrap();
        assert_eq!(grows.read(&mut [0; 4]).unwrap(), 4);
        File::options().append(true).open(&path).unwrap().write_all(b"ent").unwrap();
        assert_eq!(changed(grows.read(&mut [0; 4]).unwrap_err()), "input-changed");

        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert_eq!(SourceFile::open(&link).unwrap_err().code(), "path");
        assert_eq!(SourceFile::open(folder.path()).unwrap_err().code(), "path");
    }

    #[test]
    fn f5_orphans_are_found_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let writing = Output::create(&folder.path().join("out"), Existing::Refuse).unwrap();
        let orphan = folder.path().join(".vlec-abc.tmp");
        fs::write(&orphan, b"left by a crash").unwrap();
        fs::write(folder.path().join("other.tmp"), b"not ours").unwrap();
        assert_eq!(orphans(folder.path()).unwrap(), std::slice::from_ref(&orphan));
        remove_orphan(&orphan).unwrap();
        remove_orphan(&orphan).unwrap();
        assert!(orphans(folder.path()).unwrap().is_empty());
        writing.commit().unwrap();
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn f5_existing_file_is_replaced_only_on_request_even_if_it_appears_late() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let late = Output::create(&target, Existing::Refuse).unwrap();
        fs::write(&target, b"old").unwrap();
        assert_eq!(late.commit().unwrap_err().code(), "exists");
        assert_eq!(Output::create(&target, Existing::Refuse).unwrap_err().code(), "exists");
        assert_eq!(fs::read(&target).unwrap(), b"old");
        let output = Output::create(&target, Existing::Replace).unwrap();
        output.write_all_at(b"new", 0).unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn f6_links_folders_and_missing_parents_are_clear_errors() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"x").unwrap();
        symlink(&file, &link).unwrap();
        let text = |error: DiskError| error.to_string();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(text(Input::open(&pipe).unwrap_err()).contains("not a regular file"));
        fs::remove_file(&pipe).unwrap();
        let own = Input::open(&file).unwrap();
        assert!(text(own.check_is_not(&file).unwrap_err()).contains("is the input itself"));
        assert!(own.check_is_not(&link).is_ok());
        assert!(text(Input::open(&link).unwrap_err()).contains("symbolic link"));
        assert!(text(Output::create(&link, Existing::Replace).unwrap_err()).contains("symbolic link"));
        assert!(text(Input::open(folder.path()).unwrap_err()).contains("not a regular file"));
        assert!(
            text(Output::create(folder.path(), Existing::Replace).unwrap_err()).contains("not a regular")
        );
        let missing = folder.path().join("missing/out");
        assert_eq!(Input::open(&missing).unwrap_err().code(), "io");
        assert!(text(Output::create(&missing, Existing::Refuse).unwrap_err()).contains("missing"));
        assert!(
            text(Output::create(Path::new("/"), Existing::Refuse).unwrap_err()).contains("names no file")
        );
        assert_eq!(names(folder.path()), ["file", "link"]);
    }

    #[test]
    fn f4_a_changed_input_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in");
        fs::write(&path, b"0123456789").unwrap();
        let input = Input::open(&path).unwrap();
        assert!(input.check_unchanged().is_ok());
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"!").unwrap();
        assert_eq!(input.check_unchanged().unwrap_err().code(), "input-changed");
        let input = Input::open(&path).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3).unwrap();
        let error = input.read_exact_at(&mut [0; 10], 0).unwrap_err();
        assert_eq!(error.code(), "input-changed");
    }
}
