//! Files, folders and standard input, as they are named on the command line; and what became of each.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::WalkDir;

use crate::failure::{Exit, Failure};
use crate::files::{self, is_stream};
use crate::places::resolved;
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
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Stream => Path::new("-"),
            Self::File { path, .. } => path,
        }
    }

    pub(crate) fn name(&self) -> String {
        name_of(self.path())
    }
}

/// What an input is called in messages and records.
fn name_of(input: &Path) -> String {
    files::called(&input.display().to_string()).to_owned()
}

/// A record that tells its input from every other: the bytes of a name that is no UTF-8 are in it, too.
pub(crate) fn of_input(mut record: Value, input: &Path) -> Value {
    if let (None, Value::Object(fields)) = (input.to_str(), &mut record) {
        let bytes = input.as_os_str().as_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        fields.insert("input-hex".into(), hex.into());
    }
    record
}

/// The record of an input that has failed.
pub(crate) fn failed(input: &Path, failure: &Failure) -> Value {
    of_input(serde_json::json!({ "file": name_of(input), "error": failure.json() }), input)
}

/// Whether the results belong into a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    Many,
}

/// What a folder holds that is not for this command, and might have been meant.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    pub(crate) path: PathBuf,
    why: &'static str,
}

/// What a command does with a file that it finds in a folder.
pub(crate) enum Choice {
    Take,
    /// Nobody will miss it.
    Ignore,
    LeaveOut(&'static str),
}

/// What the names on the command line stand for.
pub(crate) struct Expanded {
    pub(crate) inputs: Vec<Input>,
    pub(crate) left_out: Vec<LeftOut>,
    /// What cannot be read, as a name that nothing has.
    pub(crate) unread: Vec<(PathBuf, Failure)>,
    pub(crate) kind: Kind,
}

/// Every file that is named, and those in folders that `choose` takes; links are not followed.
pub(crate) fn expand(
    named: &[PathBuf],
    choose: impl Fn(&Path) -> Choice,
    session: &mut Session,
) -> Done<Expanded> {
    let mut expanded =
        Expanded { inputs: Vec::new(), left_out: Vec::new(), unread: Vec::new(), kind: Kind::Many };
    let mut kind = if named.len() == 1 { Kind::One } else { Kind::Many };
    for path in named {
        if is_stream(path) {
            if named.len() > 1 {
                let text = "standard input (-) is one input of several";
                return Err(Failure::usage(text, "a command of its own for it"));
            }
            expanded.inputs.push(Input::Stream);
            continue;
        }
        match fs::symlink_metadata(path) {
            Err(error) => expanded.unread.push((path.clone(), unreadable(path, &error))),
            Ok(found) if found.is_dir() => {
                kind = Kind::Many;
                let before = (expanded.inputs.len(), expanded.unread.len());
                walk(path, &choose, &mut expanded);
                if (expanded.inputs.len(), expanded.unread.len()) == before {
                    session.warn(&format!("{}: nothing in this folder is for this command", path.display()));
                }
            }
            Ok(_) => {
                let relative = PathBuf::from(path.file_name().unwrap_or_default());
                expanded.inputs.push(Input::File { path: path.clone(), relative });
            }
        }
    }
    Ok(Expanded { kind, ..expanded })
}

fn walk(folder: &Path, choose: &impl Fn(&Path) -> Choice, expanded: &mut Expanded) {
    let above = PathBuf::from(folder.file_name().unwrap_or_default());
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_path_buf();
                let failure = unreadable(&path, &error.into());
                expanded.unread.push((path, failure));
                continue;
            }
        };
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.is_dir() {
            continue;
        }
        let choice = if kind.is_file() { choose(path) } else { Choice::LeaveOut("not a regular file") };
        match choice {
            Choice::Take => {
                let below = path.strip_prefix(folder).unwrap_or(path);
                expanded.inputs.push(Input::File { path: path.to_path_buf(), relative: above.join(below) });
            }
            Choice::LeaveOut(why) => expanded.left_out.push(LeftOut { path: path.to_path_buf(), why }),
            Choice::Ignore => {}
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new("io", format!("{}: cannot be read: {error}", path.display()))
}

/// Whether `path` names a folder, or is meant to.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The folder of a result is made where results go into a tree.
pub(crate) fn make_folder_of(path: &Path) -> Done<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => make_folder(parent).map(drop),
        None => Ok(()),
    }
}

/// Makes a folder, and those above it that are missing, durable in the folders that then name them, which
/// are returned.
fn make_folder(folder: &Path) -> Done<Vec<PathBuf>> {
    let missing = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists());
    let parent = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let parents: Vec<PathBuf> = missing.map(parent).collect();
    fs::create_dir_all(folder).map_err(|error| Failure::path(folder, "make the folder", &error))?;
    for parent in &parents {
        let synced = fs::File::open(folder).and_then(|inside| vlec::sync_folder(parent, &inside));
        synced.map_err(|error| Failure::path(parent, "write to the disk the folder", &error))?;
    }
    Ok(parents)
}

/// What became of each input: goes on after a failure, says each at once, and knows the common end.
pub(crate) struct Tally {
    records: Vec<Value>,
    texts: Vec<String>,
    end: Exit,
    taken: BTreeSet<PathBuf>,
    inputs: BTreeSet<PathBuf>,
    /// Standard output carries content.
    printed: bool,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self::writing(&[], false)
    }

    /// Of `inputs` that become files, or go to standard output.
    pub(crate) fn writing(inputs: &[Input], printed: bool) -> Self {
        let path = |input: &Input| match input {
            Input::File { path, .. } => Some(resolved(path)),
            Input::Stream => None,
        };
        Self {
            records: Vec::new(),
            texts: Vec::new(),
            end: Exit::Done,
            taken: BTreeSet::new(),
            inputs: inputs.iter().filter_map(path).collect(),
            printed,
        }
    }

    /// Two inputs must not go into one file, and none into another, also where files are replaced.
    pub(crate) fn claim(&mut self, path: &Path) -> Done<()> {
        let target = resolved(path);
        if self.inputs.contains(&target) {
            let text = format!("{}: it is an input of this command", path.display());
            return Err(Failure::new("exists", text).remedy("another -o"));
        }
        if self.taken.insert(target) {
            return Ok(());
        }
        let text = format!("{}: an earlier input of this command was written there", path.display());
        Err(Failure::new("exists", text).remedy("a command of its own, with another -o"))
    }

    /// Takes one input's result; `false` if the command is to stop.
    pub(crate) fn take(
        &mut self,
        input: &Path,
        result: Done<(Value, String)>,
        session: &mut Session,
    ) -> bool {
        match result {
            Ok((record, text)) => {
                self.records.push(of_input(record, input));
                self.texts.push(text);
            }
            Err(failure) => {
                let interrupted = session.world.interrupt.is_asked();
                let failure = match interrupted {
                    true if self.printed => {
                        Failure::new("interrupted", "interrupted: what went to standard output is not whole")
                    }
                    true => Failure::new("interrupted", "interrupted: nothing is half-written"),
                    false => files::about(failure, input).of(&name_of(input)),
                };
                self.records.push(failed(input, &failure));
                if !session.json {
                    session.fail(&failure);
                }
                self.end = self.end.and(failure.exit_code());
                return !interrupted;
            }
        }
        true
    }

    /// What a folder holds and this command has left out, and what cannot be read: said, and not a success.
    pub(crate) fn leave_out(
        &mut self,
        left_out: &[LeftOut],
        unread: Vec<(PathBuf, Failure)>,
        session: &mut Session,
    ) {
        for LeftOut { path, why } in left_out {
            let failure = Failure::new("left-out", format!("{}: {why}, left out", path.display()));
            let named = || format!("`{}` on the command line, if it is meant", path.display());
            let remedy = files::instead_of(path).unwrap_or_else(named);
            self.take(path, Err(failure.remedy(remedy)), session);
        }
        for (path, failure) in unread {
            self.take(&path, Err(failure), session);
        }
    }

    /// Reports all of it; where standard output carries content, nothing is said there.
    pub(crate) fn end(self, session: &mut Session) -> Exit {
        let Self { records, texts, end, taken: _, inputs: _, printed } = self;
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

    /// As [`Self::end`], of what is to be read wherever it goes: what a command waits for.
    pub(crate) fn show(self, session: &mut Session) -> Exit {
        let Self { records, texts, end, .. } = self;
        session.print(&Value::Array(records), |_| texts.concat());
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_folders_are_made_durable_where_they_are_named() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        assert_eq!(make_folder(&at("a/b/c")).unwrap(), [at("a/b"), at("a"), top.path().to_path_buf()]);
        assert!(at("a/b/c").is_dir());
        assert!(make_folder(&at("a/b/c")).unwrap().is_empty());
        fs::write(at("file"), "").unwrap();
        assert!(make_folder(&at("file/x")).is_err());
    }
}
