//! The files that name the faults.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Fault {
    pub(crate) name: String,
    /// The file that names it, without its ending.
    pub(crate) from: String,
    pub(crate) changes: Vec<Change>,
}

/// In the file under `src`, what stands there once gives way to something else.
pub(crate) struct Change {
    pub(crate) file: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutants")
}

/// All faults, in the order of the files' names and of their lines.
pub(crate) fn load() -> Vec<Fault> {
    let entries = fs::read_dir(folder().join("faults")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut faults: Vec<Fault> = Vec::new();
    for path in paths {
        let mut file: Option<String> = None;
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let place = || format!("{}, line {}", path.display(), number + 1);
            let change = |faults: &mut Vec<Fault>| faults.last_mut().and_then(|fault| fault.changes.pop());
            match line.split_once(' ') {
                _ if line.trim().is_empty() => {}
                Some(("#", _)) => {}
                Some(("fault", rest)) => {
                    let (name, what) = rest.split_once(": ").unwrap_or_else(|| panic!("{}", place()));
                    assert!(!what.is_empty(), "{}: what is wrong then?", place());
                    assert!(faults.iter().all(|fault| fault.name != name), "{}: {name} again", place());
                    let from = path.file_stem().unwrap().to_string_lossy().into_owned();
                    faults.push(Fault { name: name.to_owned(), from, changes: Vec::new() });
                }
                Some(("in", path)) => {
                    file = Some(path.to_owned());
                    let fault = faults.last_mut().unwrap_or_else(|| panic!("{}", place()));
                    let empty = Change { file: path.to_owned(), old: String::new(), new: String::new() };
                    fault.changes.push(empty);
                }
                Some((mark @ ("-" | "+"), text)) => {
                    assert!(file.is_some(), "{}: in which file?", place());
                    let mut last = change(&mut faults).unwrap_or_else(|| panic!("{}", place()));
                    let side = if mark == "-" { &mut last.old } else { &mut last.new };
                    if !side.is_empty() {
                        side.push('\n');
                    }
                    side.push_str(text);
                    faults.last_mut().unwrap().changes.push(last);
                }
                _ => panic!("{}: neither fault, in, - nor +", place()),
            }
        }
    }
    faults
}

/// Which vector finds each fault, as `envelopes/head-ahead`.
pub(crate) fn killers() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("killers.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}
