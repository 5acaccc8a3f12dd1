//! A copy of the store in one file, without the anchor (SPEC §12.6, `[VLT-50]`).

use std::fs::File;
use std::io;
use std::path::Path;

use crate::disk::{Existing, Output, TemporaryFolder};

use super::compare::differing;
use super::edit::View;
use super::error::VaultError;
use super::files::{self, Create};
use super::handle::Vault;
use super::sqlite;
use super::store::StoreError;
use super::transaction::{keep, outcome};

impl Vault {
    /// Writes all rows, as they are at one time, into the new file `to`: an SQLite database, for its owner
    /// only, read back and compared before it has its name. Others who write wait meanwhile.
    ///
    /// # Errors
    /// [`VaultError::Copy`] if the file cannot be written, or exists; [`VaultError::Quarantined`] if rows
    /// differ from what the vault last wrote: a copy of that is no backup, and the vault is quarantined. There
    /// is no file then.
    pub fn backup(&self, to: &Path) -> Result<(), VaultError> {
        self.check_process()?;
        let mut output = Output::create(to, Existing::Refuse)?;
        // The database library needs a name; the file has none until it is whole.
        let folder = TemporaryFolder::create(output.folder());
        let folder = folder.map_err(StoreError::io("write the copy"))?;
        let copy = folder.path().join("copy");
        drop(files::open_file(&copy, Create::IfMissing)?);
        let inner = self.shared();
        let mut result = None;
        let done = self.store.read(&mut |rows| {
            sqlite::copy(rows, &copy)?;
            let mut differs = Ok(None);
            sqlite::look_at_copy(&copy, |rows| {
                let view = View { rows, seal: &inner.seal, wrapping: None, seen: None };
                differs = differing(&view, &inner.rows().sums);
                Ok(())
            })?;
            keep(differs, &mut result)
        });
        drop(inner);
        self.judge(outcome(done, result)?)?;
        let copied = File::open(&copy).and_then(|mut copy| io::copy(&mut copy, output.file()));
        copied.map_err(StoreError::io("write the copy"))?;
        Ok(output.commit()?)
    }
}
