//! The folders: a home for each party, and those through which the parties exchange files, as a
//! relay or a memory stick carries them. Nobody trusts what is in the latter.
//!
//! ```text
//! homes/GE/, homes/GE-mia-cyber/   vaults, each with its anchor
//! roots/GE-1.root                  a country's root keys, each under its own passphrase
//! requests/GE-mia-cyber-….event    an event on its way to a centre
//! key                              opens every vault and root key here
//! proposals/GE.bundle, notes/GE-by-UA.note   what a log asks to be cosigned, and the cosignatures
//! bundles/GE-0012.bundle           a country's roster, or its end
//! outbox/01-report.pdf.vlec        envelopes
//! inbox/GE-mia-cyber/              what an agency has opened
//! ```

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vlec::{AgencyId, Country};

use crate::error::{Context, Result};

const FOLDERS: [&str; 8] = ["homes", "roots", "requests", "proposals", "notes", "bundles", "outbox", "inbox"];

/// Whether opened files stay after they have been compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    No,
}

pub(crate) struct Exchange {
    root: PathBuf,
    keep: Keep,
}

impl Exchange {
    pub(crate) fn create(root: &Path, keep: Keep) -> Result<Self> {
        for folder in FOLDERS {
            make_folder(&root.join(folder))?;
        }
        Ok(Self { root: root.into(), keep })
    }

    /// The parties' vaults.
    pub(crate) fn homes(&self) -> PathBuf {
        self.root.join("homes")
    }

    /// The officers' root keys.
    pub(crate) fn roots(&self) -> PathBuf {
        self.root.join("roots")
    }

    /// Events on their way to the centres.
    pub(crate) fn requests(&self) -> PathBuf {
        self.root.join("requests")
    }

    /// The file of the key that opens all vaults here.
    pub(crate) fn secret(&self, key: &[u8]) -> Result<PathBuf> {
        let path = self.root.join("key");
        write(&path, key)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
            .context("close the key's file to others")?;
        Ok(path)
    }

    pub(crate) fn root_key(&self, country: Country, number: usize) -> PathBuf {
        self.root.join("roots").join(format!("{country}-{number}.root"))
    }

    pub(crate) fn proposal(&self, country: Country) -> PathBuf {
        self.root.join("proposals").join(format!("{country}.bundle"))
    }

    pub(crate) fn note(&self, country: Country, witness: Country) -> PathBuf {
        self.root.join("notes").join(format!("{country}-by-{witness}.note"))
    }

    pub(crate) fn bundle(&self, country: Country, size: u64) -> PathBuf {
        self.root.join("bundles").join(format!("{country}-{size:04}.bundle"))
    }

    pub(crate) fn proof(&self, country: Country) -> PathBuf {
        self.root.join("bundles").join(format!("{country}.equivocation"))
    }

    pub(crate) fn outbox(&self, name: &str) -> PathBuf {
        self.root.join("outbox").join(format!("{name}.vlec"))
    }

    /// The folder into which an agency opens.
    pub(crate) fn inbox(&self, agency: &AgencyId) -> Result<PathBuf> {
        let folder = self.root.join("inbox").join(plain(agency));
        make_folder(&folder)?;
        Ok(folder)
    }

    /// A folder on the same disk for what is spooled, sealed.
    pub(crate) fn spool(&self) -> &Path {
        &self.root
    }

    /// Removes an opened file that has been compared, so that large files do not fill the disk.
    pub(crate) fn discard(&self, opened: &Path) -> Result<()> {
        match self.keep {
            Keep::Yes => Ok(()),
            Keep::No => fs::remove_file(opened).context(format!("remove {}", opened.display())),
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).context(format!("read {}", path.display()))
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).context(format!("write {}", path.display()))
}

/// The paths in a folder, by name.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).and_then(|entries| entries.map(|e| Ok(e?.path())).collect());
    let mut paths: Vec<PathBuf> = listed.context(format!("list {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// Copies a folder with everything in it, as a thief or a backup does.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    for path in entries(from)? {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).context(format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.context(format!("make the folder {}", folder.display()))
}

/// A party's name as part of a file name.
fn plain(party: &AgencyId) -> String {
    party.as_str().replace('/', "-")
}
