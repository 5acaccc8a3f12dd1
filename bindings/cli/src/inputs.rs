//! Files, folders and standard input, as they are named on the command line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::WalkDir;

use crate::failure::{Exit, Failure};
use crate::files::is_stream;
use crate::session::{Done, Session};

/// What is sealed or opened.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Stream,
    File {
        path: PathBuf,
        /// Its place under the folder for results, as `cp -r` would choose it.
        relative: PathBuf,
    },
}

impl Input {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stream => "standard input".into(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }
}

/// Whether the results belong into a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    Many,
}

/// Every file that is named, and those in folders that `wanted` picks; links are not followed.
pub(crate) fn expand(
    named: &[PathBuf],
    wanted: impl Fn(&Path) -> bool,
    session: &mut Session,
) -> Done<(Vec<Input>, Kind)> {
    let mut inputs = Vec::new();
    let mut kind = if named.len() == 1 { Kind::One } else { Kind::Many };
    for path in named {
        if is_stream(path) {
            if named.len() > 1 {
                let text = "standard input (-) is one input of several";
                return Err(Failure::usage(text, "a command of its own for it"));
            }
            inputs.push(Input::Stream);
            continue;
        }
        let found = fs::symlink_metadata(path).map_err(|error| Failure::path(path, "read", &error))?;
        if found.is_dir() {
            kind = Kind::Many;
            let before = inputs.len();
            walk(path, &wanted, &mut inputs, session)?;
            if inputs.len() == before {
                session.warn(&format!("{}: nothing in this folder is for this command", path.display()));
            }
        } else {
            let relative = PathBuf::from(path.file_name().unwrap_or_default());
            inputs.push(Input::File { path: path.clone(), relative });
        }
    }
    Ok((inputs, kind))
}

fn walk(
    folder: &Path,
    wanted: &impl Fn(&Path) -> bool,
    inputs: &mut Vec<Input>,
    session: &mut Session,
) -> Done<()> {
    let above = PathBuf::from(folder.file_name().unwrap_or_default());
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_path_buf();
            Failure::path(&path, "read", &error.into())
        })?;
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.is_file() && wanted(path) {
            let below = path.strip_prefix(folder).unwrap_or(path);
            inputs.push(Input::File { path: path.to_path_buf(), relative: above.join(below) });
        } else if !kind.is_file() && !kind.is_dir() {
            session.warn(&format!("{}: not a regular file, left out", path.display()));
        }
    }
    Ok(())
}

/// Whether `path` names a folder, or is meant to.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The folder of a result is made where results go into a tree.
pub(crate) fn make_folder_of(path: &Path) -> Done<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => {
            fs::create_dir_all(parent).map_err(|error| Failure::path(parent, "make the folder", &error))
        }
        None => Ok(()),
    }
}

/// What became of each input: goes on after a failure, says each at once, and knows the common end.
pub(crate) struct Tally {
    records: Vec<Value>,
    texts: Vec<String>,
    end: Exit,
    taken: BTreeSet<PathBuf>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { records: Vec::new(), texts: Vec::new(), end: Exit::Done, taken: BTreeSet::new() }
    }

    /// Two inputs must not go into one file, also where files are replaced.
    pub(crate) fn claim(&mut self, path: &Path) -> Done<()> {
        if self.taken.insert(path.to_path_buf()) {
            return Ok(());
        }
        let text = format!("{}: an earlier input of this command was written there", path.display());
        Err(Failure::new("exists", text).remedy("a command of its own, with another -o"))
    }

    /// Takes one input's result; `false` if the command is to stop.
    pub(crate) fn take(&mut self, input: &str, result: Done<(Value, String)>, session: &mut Session) -> bool {
        match result {
            Ok((record, text)) => {
                self.records.push(record);
                self.texts.push(text);
            }
            Err(failure) => {
                let interrupted = session.world.interrupt.is_asked();
                let failure = match interrupted {
                    true => Failure::new("interrupted", "interrupted: nothing is half-written"),
                    false => failure.of(input),
                };
                self.records.push(serde_json::json!({ "file": input, "error": failure.json() }));
                if !session.json {
                    session.fail(&failure);
                }
                self.end = self.end.and(failure.exit_code());
                return !interrupted;
            }
        }
        true
    }

    /// Reports all of it. `printed`: standard output carries content, so that nothing is said there.
    pub(crate) fn end(self, printed: bool, session: &mut Session) -> Exit {
        let Self { records, texts, end, taken: _ } = self;
        let records = Value::Array(records);
        if printed {
            if session.json {
                session.tell(&format!("{records:#}\n"));
            }
        } else {
            session.report(&records, |_| texts.concat());
        }
        end
    }
}
