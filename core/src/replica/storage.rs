//! Where a party keeps what is its own.

use std::path::Path;

use crate::error::Error;
use crate::ids::AgencyId;
use crate::vault::anchor::{Anchor, FileAnchor, MemoryAnchor};
use crate::vault::error::VaultError;
use crate::vault::handle::Vault;
use crate::vault::memory::MemoryStore;
use crate::vault::sqlite::SqliteStore;
use crate::vault::store::{Store, StoreError};

/// A store, and the anchor outside it.
pub struct Storage {
    pub(super) store: Box<dyn Store>,
    pub(super) anchor: Box<dyn Anchor>,
}

/// The anchor's folder in a home, unless another one is named; a backup leaves it out.
const ANCHOR: &str = "anchor";

impl Storage {
    /// A database and an anchor file in the folder `home`, which is created if it is missing, but
    /// not its parent. One process at a time has it open.
    ///
    /// # Errors
    /// [`Error::Vault`]: the folder cannot be used, or another process has it open.
    pub fn create(home: &Path) -> Result<Self, Error> {
        Self::create_with_anchor(home, &home.join(ANCHOR))
    }

    /// As [`Storage::create`], with the anchor in a folder of its own. What copies the home as a whole,
    /// as a snapshot of its disk does, then leaves the anchor where it is, and the copy is noticed.
    ///
    /// # Errors
    /// As that.
    pub fn create_with_anchor(home: &Path, anchor: &Path) -> Result<Self, Error> {
        let store = SqliteStore::create(home).map_err(Error::from)?;
        Ok(Self::new(store, FileAnchor::at(anchor).map_err(VaultError::from)?))
    }

    /// As [`Storage::create`], for a home that exists.
    ///
    /// # Errors
    /// [`Error::Vault`]: there is none, it cannot be used, or another process has it open.
    pub fn open(home: &Path) -> Result<Self, Error> {
        Self::open_with_anchor(home, &home.join(ANCHOR))
    }

    /// As [`Storage::open`], with the anchor in a folder of its own.
    ///
    /// # Errors
    /// As that.
    pub fn open_with_anchor(home: &Path, anchor: &Path) -> Result<Self, Error> {
        match SqliteStore::open(home) {
            Err(StoreError::Missing) if FileAnchor::is_in(anchor) => Err(StoreError::Lost.into()),
            store => {
                let store = store.map_err(Error::from)?;
                Ok(Self::new(store, FileAnchor::at(anchor).map_err(VaultError::from)?))
            }
        }
    }

    /// Whose vault it is, which is no secret; a centre is named by its country alone.
    ///
    /// # Errors
    /// [`Error::Vault`]: it holds no vault.
    pub fn owner(&self) -> Result<AgencyId, Error> {
        match Vault::owner_in(&*self.store) {
            // Generation 0 was never acknowledged: nothing was ever in that vault.
            Err(VaultError::Store(StoreError::Missing)) if self.was_written()? => {
                Err(StoreError::Lost.into())
            }
            owner => Ok(owner?),
        }
    }

    fn was_written(&self) -> Result<bool, Error> {
        let held = self.anchor.load().map_err(VaultError::from)?;
        Ok(held.is_some_and(|held| held.generation > 0))
    }

    /// Examines the store for damage, without a key: `Ok` if there is none.
    ///
    /// # Errors
    /// [`Error::Vault`]: the store is damaged, or cannot be read.
    pub fn examine(&self) -> Result<(), Error> {
        self.store.examine().map_err(Error::from)
    }

    /// In memory: gone with the process.
    pub fn memory() -> Self {
        Self::new(MemoryStore::new(), MemoryAnchor::new())
    }

    /// A store and an anchor of the caller's.
    pub fn new(store: impl Store + 'static, anchor: impl Anchor + 'static) -> Self {
        Self { store: Box::new(store), anchor: Box::new(anchor) }
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store: _, anchor: _ } = self;
        f.write_str("Storage(…)")
    }
}
