//! The copy of the library with all of the faults in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::faults::{Fault, folder};
use crate::listed;

/// The name of the copy's package.
pub(crate) const PACKAGE: &str = "vlec-with-faults";

/// What the copy has beside the faults: which of them is chosen.
const CHOSEN: &str = r#"

/// Which deliberate fault is chosen.
#[doc(hidden)]
#[allow(missing_docs)]
pub mod faults {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    pub static CHOSEN: AtomicUsize = AtomicUsize::new(usize::MAX);

    pub fn on(number: usize) -> bool {
        CHOSEN.load(Ordering::Relaxed) == number
    }

    thread_local!(static LATER: Cell<bool> = const { Cell::new(false) });

    /// Remembers something for a place that comes later, and gives what was remembered before.
    pub fn later(value: bool) -> bool {
        LATER.replace(value)
    }
}
"#;

/// Files under `src` with the changes of every fault.
pub(crate) fn patched(faults: &[Fault]) -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        if !fault.changes.iter().any(|change| change.new.contains("FAULT")) {
            wrong.push(format!("{}: nothing asks whether it is chosen", fault.name));
        }
        for change in &fault.changes {
            let text = files
                .entry(change.file.clone())
                .or_insert_with(|| fs::read_to_string(src.join(&change.file)).unwrap_or_default());
            // Unit tests are not changed, and not asked.
            let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
            let found = text[..end].matches(&change.old).count();
            if found != 1 || change.old.is_empty() {
                wrong
                    .push(format!("{}: stands {found} times in {}: {}", fault.name, change.file, change.old));
                continue;
            }
            let new = change.new.replace("FAULT", &format!("crate::faults::on({number})"));
            let changed = text[..end].replacen(&change.old, &new, 1) + &text[end..];
            *text = changed;
        }
    }
    assert!(wrong.is_empty(), "{} changes do not match:\n{}", wrong.len(), wrong.join("\n"));
    files
}

pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Tree {
    /// Writes the copy; a file that is as it was before keeps its time, so that little is built again.
    pub(crate) fn write(faults: &[Fault]) -> Self {
        let core = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = core.parent().unwrap();
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let root = temporary.join("mutants");
        let mut files = BTreeMap::new();
        collect(&core.join("src"), Path::new("core/src"), &mut files);
        collect(&core.join("tests/own_vectors"), Path::new("core/tests/own_vectors"), &mut files);
        for (file, text) in patched(faults) {
            files.insert(Path::new("core/src").join(file), text);
        }
        for name in ["Cargo.lock", "SPEC.md", "clippy.toml"] {
            files.insert(name.into(), fs::read_to_string(workspace.join(name)).unwrap());
        }
        files.insert("Cargo.toml".into(), one_member(&workspace.join("Cargo.toml")));
        files.insert("core/Cargo.toml".into(), one_test(&core.join("Cargo.toml")));
        files.get_mut(Path::new("core/src/lib.rs")).unwrap().push_str(CHOSEN);
        let suites = suites(&mut files);
        let run = fs::read_to_string(folder().join("run.rs")).unwrap();
        let run = format!("{run}\n{}\n{suites}", listed(faults));
        files.insert("core/tests/own_vectors/mutants.rs".into(), run);

        // What is gone from the sources goes from the copy.
        let mut old = BTreeMap::new();
        for part in ["core/src", "core/tests/own_vectors"] {
            if root.join(part).exists() {
                collect(&root.join(part), Path::new(part), &mut old);
            }
        }
        for path in old.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(root.join(path)).unwrap();
        }
        for (path, text) in &files {
            let path = root.join(path);
            if fs::read_to_string(&path).ok().as_ref() != Some(text) {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
        }
        // The vectors are read where they are; the worked example is compiled in.
        let (vectors, link) = (core.join("tests/vectors"), root.join("core/tests/vectors"));
        if fs::read_link(&link).ok() != Some(vectors.clone()) {
            fs::remove_file(&link).ok();
            std::os::unix::fs::symlink(vectors, link).unwrap();
        }
        // What the crate depends on is built there already.
        Self { root, target: temporary.parent().unwrap().to_owned() }
    }
}

fn collect(from: &Path, to: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            collect(&path, &to, files);
        } else {
            files.insert(to, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The workspace with this crate alone.
fn one_member(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some(("members", _)) => "members = [\"core\"]",
        Some(("exclude", _)) => "",
        // A path that is not in the copy.
        Some(("vlec" | "vlec-cli", _)) => "",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The crate with the one test.
fn one_test(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let sections = text.split("[[test]]");
    let keep = |(i, section): &(usize, &str)| *i == 0 || section.contains("name = \"own_vectors\"");
    let mut kept: Vec<String> =
        sections.clone().enumerate().filter(keep).map(|(_, s)| s.to_owned()).collect();
    // What follows the last test is not one of it.
    let last = sections.last().unwrap();
    if let Some(at) = last.find("\n[").filter(|_| !last.contains("name = \"own_vectors\"")) {
        kept.last_mut().unwrap().push_str(&last[at..]);
    }
    // Another package, though it is called vlec in Rust: no build takes it for the library.
    let renamed = kept.join("[[test]]").replacen("name = \"vlec\"", &format!("name = \"{PACKAGE}\""), 1);
    renamed.replace("\nvlec = { path", &format!("\n{PACKAGE} = {{ path")).replacen(
        "\n[features]",
        "\n[lib]\nname = \"vlec\"\n\n[features]",
        1,
    )
}

/// Lets the folders' tests be called one by one, and gives the list of them.
fn suites(files: &mut BTreeMap<PathBuf, String>) -> String {
    const FOLDERS: [&str; 7] =
        ["bundles", "checkpoints", "envelopes", "events", "manifests", "rosters", "vault"];
    let tests = Path::new("core/tests/own_vectors");
    let mut list = String::new();
    for folder in FOLDERS {
        let text = files.get_mut(&tests.join(format!("{folder}.rs"))).unwrap();
        let (_, after) = text.split_once("#[test]\nfn ").unwrap();
        let name = after.split('(').next().unwrap().to_owned();
        list += &format!("    ({folder:?}, crate::{folder}::{name}),\n");
        *text = text.replace("#[test]\nfn ", "#[test]\npub(crate) fn ");
    }
    let change = |text: &mut String, old: &str, new: &str| {
        assert_eq!(text.matches(old).count(), 1, "own_vectors: {old}");
        *text = text.replace(old, new);
    };
    let support = files.get_mut(&tests.join("support.rs")).unwrap();
    change(support, "        .iter()\n        .filter_map(|(file, vector)| check(file, vector)", {
        "        .iter()\n        .filter(|(file, _)| crate::mutants::wanted(folder, file))\n        \
         .filter_map(|(file, vector)| check(file, vector)"
    });
    change(support, "    println!(\"vectors: own {folder}: {} run, 0 skipped\", vectors.len());\n", "");
    let main = files.get_mut(&tests.join("main.rs")).unwrap();
    change(main, "mod manifests;\n", "mod manifests;\nmod mutants;\n");
    format!("const SUITES: &[(&str, fn())] = &[\n{list}];\n")
}
