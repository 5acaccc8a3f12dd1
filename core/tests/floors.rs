//! The floors of `core/src`: a module imports only from floors below its own, and siblings do not
//! know each other. Files stay short enough to be read in one go.
//!
//! Only the code is judged: comments, and the test modules at the end of files, may name anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Bottom up. The modules of one row do not know each other; the lowest three rows are floor 0.
const FLOORS: &[&[&str]] = &[
    &["secret", "label", "text", "time", "sync", "disk"],
    &["random", "cbor"],
    &["ids"],
    &["crypto"],
    &["keys"],
    &["roster", "envelope"],
    &["vault"],
    &["error"],
    &["replica"],
    &["agency", "centre"],
];

/// What stands on top of all floors and may import anything.
const TOP: &[&str] = &["lib", "hazmat"];

/// A file is two things past this many lines of code.
const MAX_LINES: usize = 500;

#[test]
fn modules_import_only_from_the_floors_below() -> io::Result<()> {
    let faults = sources()?.iter().flat_map(Source::faults).collect::<Vec<_>>();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn every_name_on_a_floor_is_a_module() -> io::Result<()> {
    let sources = sources()?;
    let present = |name: &&&str| sources.iter().any(|source| source.top() == **name);
    let absent: Vec<_> = FLOORS.iter().copied().flatten().filter(|name| !present(name)).collect();
    assert!(absent.is_empty(), "no such module in core/src: {absent:?}");
    Ok(())
}

/// Who draws a module in shows where it stands.
#[test]
fn the_drawing_in_contributing_is_of_these_floors() -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../CONTRIBUTING.md");
    let text = fs::read_to_string(path)?;
    let drawing =
        text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
    let names = |line: &str| -> Vec<String> {
        let names = line.split("   ").next().unwrap_or_default();
        names.split('·').map(|name| name.trim().trim_end_matches('/').to_owned()).collect()
    };
    let drawn: Vec<Vec<String>> = drawing.lines().rev().map(names).collect();
    let floors = FLOORS.iter().copied().chain([&["hazmat"][..]]);
    let floors: Vec<Vec<String>> = floors.map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(drawn, floors);
    Ok(())
}

#[test]
fn files_are_short() -> io::Result<()> {
    let lines = |source: &Source| source.code.lines().filter(|line| !line.trim().is_empty()).count();
    let sources = sources()?;
    let long: Vec<_> = sources.iter().filter(|source| lines(source) > MAX_LINES).map(Source::name).collect();
    assert!(long.is_empty(), "over {MAX_LINES} lines of code: {long:?}");
    Ok(())
}

#[test]
fn imports_from_above_or_beside_would_be_found() {
    for (path, text) in [
        ("ids.rs", "use crate::crypto::kdf;"),
        ("ids.rs", "use super::crypto;"),
        ("secret.rs", "use crate::label::Label;"),
        ("envelope/open.rs", "use crate::roster::Rosters;"),
        ("envelope/mod.rs", "use super::roster;"),
        ("envelope/open.rs", "use super::super::roster;"),
        ("roster/mod.rs", "fn f() -> crate::envelope::error::EnvelopeError {}"),
        ("roster/event/genesis.rs", "use super::super::super::envelope;"),
        ("keys/mod.rs", "use crate::{ids::{AgencyId, KeyId}, roster::Roster};"),
        ("keys/mod.rs", "use crate::{\n    ids::KeyId,\n    envelope::error,\n};"),
        ("crypto/mod.rs", "use crate::hazmat;"),
        ("crypto/mod.rs", "use crate::AgencyId;"),
        ("crypto/mod.rs", "use crate::*;"),
        ("envelope/ledger.rs", "use crate::vault::Vault;"),
        ("stray.rs", ""),
    ] {
        assert_eq!(Source::new(path, text).faults().len(), 1, "{path}: {text}");
    }
}

#[test]
fn imports_from_below_and_within_are_allowed() {
    for (path, text) in [
        ("ids.rs", "use crate::label::{self, Label};\nuse crate::{random::Random, secret::Secret};"),
        ("envelope/open.rs", "use crate::keys::epoch::Epoch;\nuse super::error;\nuse crate::envelope::seal;"),
        ("envelope/mod.rs", "use self::open::Opener;\n// crate::roster is a sibling\n/// [`crate::roster`]"),
        ("roster/event/genesis.rs", "use super::super::fold::State;\nuse crate::ids;"),
        ("crypto/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::hazmat;\n}"),
        ("vault/ledger.rs", "use crate::envelope::ledger::Ledger;\nuse crate::roster::Rosters;"),
        ("hazmat/mod.rs", "use crate::{envelope, roster};"),
        ("lib.rs", "pub use crate::roster::Roster;"),
    ] {
        assert_eq!(Source::new(path, text).faults(), [""; 0], "{path}: {text}");
    }
}

/// One file of `core/src`.
struct Source {
    /// The module's path: `["envelope", "open"]`.
    module: Vec<String>,
    /// The code, without comments and tests.
    code: String,
}

impl Source {
    fn new(path: impl AsRef<Path>, text: &str) -> Self {
        let path = path.as_ref().with_extension("");
        let mut module: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        module.pop_if(|last| last == "mod");
        let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let code = lines.collect::<Vec<_>>().join("\n");
        let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
        let end = tests.iter().filter_map(|tests| code.find(tests)).min();
        let code = code.get(..end.unwrap_or(code.len())).unwrap_or_default().to_owned();
        Self { module, code }
    }

    fn name(&self) -> String {
        self.module.join("/")
    }

    /// The module directly under the crate's root to which this file belongs.
    fn top(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// The modules directly under the crate's root that are named here.
    fn imports(&self) -> Vec<&str> {
        // What follows `crate::`, or as many `super::` as lead to the crate's root.
        let root = "super::".repeat(self.module.len());
        let paths = ["crate::", root.as_str()].into_iter().flat_map(|prefix| {
            let starts = |at: &usize| !self.code.get(..*at).unwrap_or_default().ends_with(is_part_of_path);
            let found = self.code.match_indices(prefix).map(|(at, _)| at).filter(starts);
            found.filter_map(move |at| self.code.get(at + prefix.len()..))
        });
        paths.flat_map(first_segments).collect()
    }

    fn faults(&self) -> Vec<String> {
        let floor_of = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
        let top = self.top();
        if TOP.contains(&top) {
            return Vec::new();
        }
        let Some(floor) = floor_of(top) else {
            return vec![format!("{} is on no floor: give it one in core/tests/floors.rs", self.name())];
        };
        let allowed = |name: &&str| *name == top || floor_of(name).is_some_and(|below| below < floor);
        let wrong = self.imports().into_iter().filter(|name| !allowed(name));
        wrong.map(|name| format!("{} imports crate::{name}, which is not below it", self.name())).collect()
    }
}

/// The names with which the paths begin that stand here: one, or those of a group in braces.
fn first_segments(text: &str) -> Vec<&str> {
    let Some(group) = text.strip_prefix('{') else { return vec![identifier(text)] };
    let mut depth = 0;
    let mut names = vec![identifier(group.trim_start())];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(identifier(group.get(at + 1..).unwrap_or_default().trim_start())),
            _ => {}
        }
    }
    // A comma may stand before the closing brace.
    names.retain(|name| *name != "}");
    names
}

/// The identifier with which `text` begins, or its first character, as in `*`.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end.max(1)).unwrap_or_default()
}

fn is_part_of_path(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == ':'
}

fn sources() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path: PathBuf = entry?.path();
            if path.file_stem().is_some_and(|stem| stem == "tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap_or(&path);
                sources.push(Source::new(name, &fs::read_to_string(&path)?));
            }
        }
    }
    Ok(sources)
}
