//! Files that are whole or not there: read without following links, written under no name or a temporary
//! one in the same folder, made durable, then given their name (SPEC §2.6, `[FIL-01]`…`[FIL-10]`).

mod flush;
mod folder;
mod input;
mod naming;
mod output;
mod temporary;
#[cfg(test)]
mod tests;

pub use folder::sync_folder;
pub(crate) use input::Input;
pub use input::SourceFile;
pub use output::NewFile;
pub(crate) use output::Output;
pub(crate) use temporary::{TemporaryFolder, orphans, remove_orphan, spool, unnamed};

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Only the owner reads and writes what is not finished, and what is.
const MODE: u32 = 0o600;
const EXISTS: &str = "exists already: name another file, or ask for it to be replaced";
const LINK: &str = "is a symbolic link: name the file itself";
const NOT_A_FILE: &str = "is not a regular file";
const TOO_LONG: &str = "the name is longer than this file system takes: name another file";
const REPLACE_ONLY: &str = "this file system has no way to name a file without replacing one that may be there: \
                            ask for it to be replaced";

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
    #[error("{path}: changed while it was being read", path = path.display())]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// The system lists another length for the file than its content has.
    #[error("{path}: its content is not of the length that the system lists for it", path = path.display())]
    Length {
        /// The path.
        path: PathBuf,
    },
}

impl DiskError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path { problem, .. } if *problem == EXISTS => "exists",
            Self::Path { problem, .. } if *problem == TOO_LONG => "name-too-long",
            Self::Path { problem, .. } if *problem == REPLACE_ONLY => "replace-only",
            Self::Path { .. } => "path",
            Self::Io { .. } => "io",
            Self::Changed { .. } => "input-changed",
            Self::Length { .. } => "input-length",
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

fn exists(path: &Path) -> DiskError {
    DiskError::path(path, EXISTS)
}

/// Whether `path` names the file that `metadata` is of.
fn is_named(path: &Path, metadata: &Metadata) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|named| (named.dev(), named.ino()) == (metadata.dev(), metadata.ino()))
}
