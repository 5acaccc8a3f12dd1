//! Where nothing is written that another party has named: beside a vault, its anchor, or root keys. A file
//! in the wrong place there, such as a journal of the database, would be taken for the vault's own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::ceremony;
use crate::failure::Failure;
use crate::files::{OutArgs, is_stream};
use crate::home::HomeArgs;
use crate::inputs::Input;
use crate::kinds::Kind;
use crate::output;
use crate::session::Done;

impl HomeArgs {
    /// The file that a command writes lies outside.
    pub(crate) fn check_file(&self, output: &Path) -> Done<()> {
        if is_stream(output) {
            return Ok(());
        }
        let target = resolved(output);
        self.check(output, target.parent().unwrap_or(&target))
    }

    /// As [`Self::check_file`], of a folder for files.
    pub(crate) fn check_folder(&self, output: &Path) -> Done<()> {
        self.check(output, &resolved(output))
    }

    /// As [`Self::check_file`], where an output is named.
    pub(crate) fn check_out(&self, out: &OutArgs) -> Done<()> {
        out.output.as_deref().map_or(Ok(()), |output| self.check_file(output))
    }

    fn check(&self, output: &Path, folder: &Path) -> Done<()> {
        if self.folders().any(|own| is_within(folder, own)) {
            return Err(refused(format!("{} is in the home or beside its anchor", output.display())));
        }
        if ceremony::lie_in(folder)? {
            return Err(refused(format!("{} is where root keys lie", output.display())));
        }
        Ok(())
    }

    /// What is sealed to others is no part of the vault, and no folder that holds it.
    pub(crate) fn check_input(&self, input: &Path) -> Done<()> {
        let target = resolved(input);
        let is_folder = target.is_dir();
        let name = target.file_name().unwrap_or_default().as_encoded_bytes();
        let of_vault = name.starts_with(b"vault.") || Kind::of_file(&target) == Some(Kind::RootKey);
        let anchor = self.file("anchor");
        let holds_secrets = match is_folder {
            true => self.folders().any(|folder| is_within(&target, folder) || is_within(folder, &target)),
            false => {
                let anchors = [Some(&anchor), self.anchor_dir.as_ref()];
                (of_vault && is_within(&target, &self.home))
                    || anchors.into_iter().flatten().any(|folder| is_within(&target, folder))
            }
        };
        if !holds_secrets {
            return Ok(());
        }
        let text = format!("{}: the vault's own files are in it", input.display());
        Err(Failure::new("protected", text).remedy("name what is to be sealed, or a folder without the home"))
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.home), self.anchor_dir.as_ref()].into_iter().flatten().map(PathBuf::as_path)
    }
}

/// Root keys and vaults, whoever's they are, do not leave in envelopes, also not with the folder that they are in;
/// nor does `unlocking`, the file that opens the vault at work.
pub(crate) fn check_contents(inputs: &[Input], unlocking: Option<&Path>) -> Done<()> {
    let path = |input: &Input| match input {
        Input::File { path, .. } => Some(path.clone()),
        Input::Stream => None,
    };
    let file = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let key = unlocking.and_then(file);
    if let Some(path) = inputs.iter().filter_map(path).find(|path| key.is_some() && file(path) == key) {
        let text = format!("{}: it opens the vault, and is not sealed to others", path.display());
        return Err(Failure::new("protected", text).remedy("keep it in another folder, for its owner only"));
    }
    let secret = |path: PathBuf| Some((secret_kind(&path)?, path));
    let mut secrets = inputs.iter().filter_map(path).filter_map(secret);
    let Some((kind, path)) = secrets.next() else { return Ok(()) };
    let more = match secrets.count() {
        0 => String::new(),
        count => format!(", and {} like it", output::counted(count as u64, "file")),
    };
    let text = format!("{}: {} is not sealed to others{more}", path.display(), kind.name());
    Err(Failure::new("protected", text).remedy(match kind {
        Kind::RootKey => {
            "move it to its officer's medium, away from this machine; or name the files that are to be sealed"
        }
        _ => "name the files that are to be sealed, or a folder without a vault; a vault is copied as a whole disk",
    }))
}

/// What must not leave, by its first bytes: names can be changed. Beside a vault's database, its journals.
fn secret_kind(path: &Path) -> Option<Kind> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let is_journal = name.starts_with(b"vault.sqlite-")
        && Kind::of_file(&path.with_file_name("vault.sqlite")) == Some(Kind::VaultDatabase);
    match Kind::of_file(path) {
        _ if is_journal => Some(Kind::VaultDatabase),
        kind @ Some(Kind::RootKey | Kind::VaultAnchor | Kind::VaultDatabase) => kind,
        _ => None,
    }
}

fn refused(text: String) -> Failure {
    Failure::new("protected", text).remedy("-o with another place: what is written there could do harm")
}

/// Where a path leads, every link on the way followed, also where its end is still to be made.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let mut at = match path.is_absolute() {
        true => PathBuf::new(),
        false => fs::canonicalize(".").unwrap_or_default(),
    };
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(at.pop()),
            other => {
                at.push(other);
                at = fs::canonicalize(&at).unwrap_or(at);
            }
        }
    }
    at
}

/// By the system's own numbers of the folders: two names of one folder are one.
fn is_within(path: &Path, folder: &Path) -> bool {
    let id = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let Some(folder) = id(folder) else { return false };
    resolved(path).ancestors().any(|above| id(above) == Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_place_is_known_by_whatever_way_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("anchor")).unwrap();
        symlink(&home, folder.path().join("link")).unwrap();
        for inside in ["home", "home/x", "home/new/x", "home/new/../x", "link", "link/x", "new/../home/x"] {
            assert!(is_within(&folder.path().join(inside), &home), "{inside}");
        }
        for outside in ["", "homes", "home/../x", "link/../x", "x/home"] {
            assert!(!is_within(&folder.path().join(outside), &home), "{outside}");
        }
        assert!(!is_within(folder.path(), &folder.path().join("none")));
    }
}
