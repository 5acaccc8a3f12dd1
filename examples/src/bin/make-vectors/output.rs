//! The folder that is written.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;

use crate::Result;

/// What this program writes, and therefore clears first.
const FOLDERS: [&str; 7] = ["bundles", "checkpoints", "envelopes", "events", "manifests", "rosters", "vault"];

pub(crate) struct Output(PathBuf);

impl Output {
    /// Makes the folders, and removes the vectors of an earlier run.
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        for name in FOLDERS {
            let folder = folder.join(name);
            fs::create_dir_all(&folder)?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "json") {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(Self(folder))
    }

    /// Writes one vector; two of one name are a fault.
    pub(crate) fn write(&self, folder: &str, name: &str, vector: &impl Serialize) -> Result<()> {
        let path = self.0.join(folder).join(format!("{name}.json"));
        if !folder.is_empty() && path.exists() {
            return Err(format!("{name} is written twice").into());
        }
        let mut text = serde_json::to_string_pretty(vector)?;
        text.push('\n');
        Ok(fs::write(path, text)?)
    }

    /// Writes a text.
    pub(crate) fn write_text(&self, name: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.0.join(name), text)?)
    }
}
