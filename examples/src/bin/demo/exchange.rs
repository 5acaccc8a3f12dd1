//! The folder through which the parties exchange files, as a relay or a memory stick carries them.
//! Nobody trusts what is in it.
//!
//! ```text
//! anchors/GE.txt                  a country's trust anchor
//! requests/GE-mia-cyber.event     an event on its way from signer to signer
//! rosters/GE/0002-epoch-….event   a country's published events, in order
//! outbox/01-report.pdf.vlec       envelopes
//! inbox/GE-mia-cyber/             what an agency has opened
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use vlec::{AgencyId, Country, SignedEvent, TrustAnchor};

use crate::error::{Context, Result};

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
        for folder in ["anchors", "requests", "rosters", "outbox", "inbox"] {
            make_folder(&root.join(folder))?;
        }
        Ok(Self { root: root.into(), keep })
    }

    pub(crate) fn publish_anchor(&self, anchor: &TrustAnchor) -> Result<()> {
        write(&self.anchor_path(anchor.country()), anchor.to_string().as_bytes())
    }

    pub(crate) fn anchor(&self, country: Country) -> Result<TrustAnchor> {
        let path = self.anchor_path(country);
        let text = fs::read_to_string(&path).context(format!("read {}", path.display()))?;
        text.parse().context(format!("use {}", path.display()))
    }

    fn anchor_path(&self, country: Country) -> PathBuf {
        self.root.join("anchors").join(format!("{country}.txt"))
    }

    /// Where an event about `subject` waits for its signatures.
    pub(crate) fn request(&self, subject: &AgencyId) -> PathBuf {
        self.root.join("requests").join(format!("{}.event", plain(subject)))
    }

    /// Appends an event to a country's published events.
    pub(crate) fn publish(&self, country: Country, event: &SignedEvent) -> Result<()> {
        let folder = self.roster(country);
        make_folder(&folder)?;
        let (number, kind) = (entries(&folder)?.len(), event.event().kind());
        let name = format!("{number:04}-{kind}-{}.event", plain(event.event().subject()));
        write_event(&folder.join(name), event)
    }

    /// A country's published events after the first `known`.
    pub(crate) fn events(&self, country: Country, known: u64) -> Result<Vec<SignedEvent>> {
        let known = usize::try_from(known).context("count events")?;
        let paths = entries(&self.roster(country))?;
        paths.iter().skip(known).map(|path| read_event(path)).collect()
    }

    fn roster(&self, country: Country) -> PathBuf {
        self.root.join("rosters").join(country.as_str())
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

pub(crate) fn read_event(path: &Path) -> Result<SignedEvent> {
    let bytes = fs::read(path).context(format!("read {}", path.display()))?;
    SignedEvent::decode(&bytes).context(format!("use {}", path.display()))
}

pub(crate) fn write_event(path: &Path, event: &SignedEvent) -> Result<()> {
    write(path, &event.encode())
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

fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).context(format!("make the folder {}", folder.display()))
}

/// An agency's name as part of a file name.
fn plain(agency: &AgencyId) -> String {
    agency.as_str().replace('/', "-")
}
