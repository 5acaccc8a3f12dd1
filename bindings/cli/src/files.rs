//! What travels as files: events, proposals, notes, bundles, proofs. Small, read whole; written by the
//! core's writer, whole or not at all.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use vlec::event::Content;
use vlec::{DiskError, Existing, NewFile, SignedCheckpoint, SignedEvent, SourceFile};

use crate::failure::Failure;
use crate::kinds::{self, Expected};
use crate::session::{Done, Session};

/// Longest file that is read whole, in bytes.
const MAX_LEN: u64 = 64 << 20;

/// Where something is written to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OutArgs {
    /// Write to FILE instead of the usual name; - is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) force: ForceArgs,
}

/// Whether files are replaced.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ForceArgs {
    /// Replace files that are there
    #[arg(short, long)]
    pub(crate) force: bool,
}

impl ForceArgs {
    pub(crate) fn existing(self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }
}

pub(crate) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What an input is called in messages.
pub(crate) fn called(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

/// A file that is read from front to back: a regular one, and no link to one (`[FIL-01]`). What is meant as a
/// stream is named `-`.
pub(crate) fn open(path: &Path) -> Done<SourceFile> {
    SourceFile::open(path).map_err(|error| about(error.into(), path))
}

/// What to do about an input that is not read under its name.
pub(crate) fn about(failure: Failure, input: &Path) -> Failure {
    let is_input = failure.code() == "path" && failure.message().starts_with(&input.display().to_string());
    match instead_of(input).filter(|_| is_input) {
        Some(remedy) => failure.remedy(remedy),
        None => failure,
    }
}

/// What is named in the place of what is neither a regular file nor a folder.
pub(crate) fn instead_of(path: &Path) -> Option<String> {
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_file() || kind.is_dir() {
        return None;
    }
    let name = path.display();
    let stream = format!("- as a stream, `… - < {name}`, where the command takes one");
    if !kind.is_symlink() {
        return Some(format!("{stream}; or a copy of it in a regular file"));
    }
    let target = fs::canonicalize(path).ok().zip(fs::metadata(path).ok());
    Some(match target {
        Some((target, found)) if found.is_dir() => format!("`{}`, to which it leads", target.display()),
        Some((target, found)) if found.is_file() => {
            format!("`{}`, to which it leads; or {stream}", target.display())
        }
        Some(_) => format!("{stream}; or a copy of it in a regular file"),
        None => "the file that is meant: this link names nothing that can be read".into(),
    })
}

/// A small file, or standard input.
pub(crate) fn read(path: &Path, session: &mut Session) -> Done<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match is_stream(path) {
        true => (&mut session.world.stdin).take(MAX_LEN + 1).read_to_end(&mut bytes),
        false => open(path)?.take(MAX_LEN + 1).read_to_end(&mut bytes),
    };
    read.map_err(|error| match error.downcast::<DiskError>() {
        Ok(error) => error.into(),
        Err(error) => Failure::path(path, "read", &error),
    })?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(Failure::new("too-large", format!("{}: larger than 64 MiB", path.display())));
    }
    Ok(bytes)
}

/// A file that is decoded whole; of another kind, it is called by its name.
pub(crate) fn read_as<T, E>(
    path: &Path,
    expected: &Expected,
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
    session: &mut Session,
) -> Done<T>
where
    Failure: From<E>,
{
    let bytes = read(path, session)?;
    decode(&bytes).map_err(|error| expected.or(error.into(), &path.display().to_string(), &bytes))
}

pub(crate) fn read_event(path: &Path, expected: &Expected, session: &mut Session) -> Done<SignedEvent> {
    read_as(path, expected, SignedEvent::decode, session)
}

pub(crate) fn read_note(path: &Path, session: &mut Session) -> Done<SignedCheckpoint> {
    read_as(path, &kinds::NOTE, SignedCheckpoint::decode, session)
}

impl OutArgs {
    /// Writes `bytes` to the file that was named, or to `usual`; says where.
    pub(crate) fn write(
        &self,
        usual: impl Into<PathBuf>,
        bytes: &[u8],
        session: &mut Session,
    ) -> Done<PathBuf> {
        let path = self.output.clone().unwrap_or_else(|| usual.into());
        match is_stream(&path) {
            true => session.write(bytes),
            false => write(&path, bytes, self.force.existing())?,
        }
        Ok(path)
    }
}

/// Writes a file. One that holds the same bytes already is left as it is: to ask again does no harm.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> Done<()> {
    let same = || {
        let found = fs::symlink_metadata(path).ok()?;
        let same_len = found.is_file() && found.len() == bytes.len() as u64;
        same_len.then(|| fs::read(path).ok())?
    };
    if same().is_some_and(|held| held == bytes) {
        return Ok(());
    }
    let mut file = NewFile::create(path, existing)?;
    file.write_all(bytes).map_err(|error| Failure::path(path, "write", &error))?;
    Ok(file.finish()?)
}

/// `GE-mia-cyber-0004-epoch.event`; a revocation, which has no serial, by its key.
pub(crate) fn event_name(event: &SignedEvent) -> String {
    let body = event.event();
    let subject = body.subject().as_str().replace('/', "-");
    match body.content() {
        Content::Revoke(revoke) => {
            let key = revoke.key_id().to_string();
            format!("{subject}-revoke-{}.event", key.get(..8).unwrap_or_default())
        }
        _ => format!("{subject}-{:04}-{}.event", body.serial(), body.kind()),
    }
}
