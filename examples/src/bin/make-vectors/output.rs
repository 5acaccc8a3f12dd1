//! The folder that is written.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;

use crate::Result;

/// What this program writes, and therefore clears first.
const FOLDERS: [&str; 8] =
    ["bundles", "checkpoints", "envelopes", "events", "long", "manifests", "rosters", "vault"];
/// How the names of vectors end.
const ENDINGS: [&str; 2] = ["json", "envelope"];

pub(crate) struct Output(PathBuf);

impl Output {
    /// Makes the folders, and removes the vectors of an earlier run.
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        for name in FOLDERS {
            let folder = folder.join(name);
            fs::create_dir_all(&folder)?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| ENDINGS.iter().any(|ending| extension == *ending))
                {
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

    /// Writes bytes that no vector holds in hexadecimal.
    pub(crate) fn write_bytes(&self, folder: &str, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(fs::write(self.0.join(folder).join(name), bytes)?)
    }

    /// Writes a text.
    pub(crate) fn write_text(&self, name: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.0.join(name), text)?)
    }
}
