//! What can be seen without a key: who may read the files, and whether the database is whole.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use vlec::Storage;
use walkdir::WalkDir;

use crate::home::HomeArgs;
use crate::session::Done;

use super::{Finding, State};

const CHECK: &str = "permissions";

/// Nobody but the owner reads or writes the home, and all of it is one owner's.
pub(super) fn permissions(home: &HomeArgs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut roots: Vec<PathBuf> = vec![home.home.clone()];
    roots.extend(home.anchor_dir.clone());
    for root in &roots {
        let Ok(top) = fs::symlink_metadata(root) else { continue };
        if top.permissions().mode() & 0o077 != 0 {
            findings.push(
                Finding::new(CHECK, State::Warning, format!("others may look into {}", root.display()))
                    .remedy(format!("chmod 700 {}", root.display())),
            );
        }
        for entry in WalkDir::new(root).follow_links(false).min_depth(1) {
            match entry {
                Ok(entry) => findings.extend(file(entry.path(), top.uid())),
                Err(error) => findings.push(Finding::new(CHECK, State::Wrong, error.to_string())),
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::fine(CHECK, "the home is its owner's only"));
    }
    findings
}

fn file(path: &Path, owner: u32) -> Option<Finding> {
    let found = fs::symlink_metadata(path).ok()?;
    let name = path.display();
    if found.file_type().is_symlink() {
        return Some(
            Finding::new(CHECK, State::Wrong, format!("{name} is a symbolic link"))
                .remedy("put the file itself there"),
        );
    }
    if found.uid() != owner {
        return Some(
            Finding::new(CHECK, State::Wrong, format!("{name} belongs to another user than the home"))
                .remedy(format!("chown {owner} {name}")),
        );
    }
    (found.permissions().mode() & 0o077 != 0).then(|| {
        Finding::new(CHECK, State::Warning, format!("others may read or write {name}"))
            .remedy(format!("chmod go-rwx {name}"))
    })
}

/// The database is whole, page for page.
pub(super) fn store(storage: &Done<Storage>) -> Finding {
    let check = "store";
    match storage {
        Err(failure) => Finding::new(check, State::Wrong, failure.message())
            .remedy(failure.what_to_do().unwrap_or("see the message").to_owned()),
        Ok(storage) => match storage.examine() {
            Ok(()) => Finding::fine(check, "the database is whole"),
            Err(error) => Finding::new(check, State::Wrong, error.to_string())
                .remedy("restore the disk from a backup, without its anchor; then this again"),
        },
    }
}
