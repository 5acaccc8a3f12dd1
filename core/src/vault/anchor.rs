//! The anchor: what stands outside the store, so that an old or copied store is noticed and holds
//! nothing (SPEC §12.4).
//!
//! ```text
//! file = "VLECANCH" ‖ 01 ‖ vault id(16) ‖ generation u64 ‖ tag(16) ‖ n u8 ‖ n × (number u64 ‖ key(32))
//!        ‖ SHA-256 of all before(32)          n = 1, or 2 while secrets are wrapped anew
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::disk::{DiskError, Existing, Output};
use crate::secret::Secret;

use super::files::{self, Create};
use super::seal::{VaultId, WrappingKey};
use super::state::Tag;
use super::store::StoreError;

const MAGIC: &[u8; 8] = b"VLECANCH";
const VERSION: u8 = 1;
const HEAD_LEN: usize = 8 + 1 + 16 + 8 + 16 + 1;
const KEY_LEN: usize = 8 + 32;
const SUM_LEN: usize = 32;
const MAX_KEYS: usize = 2;

const NAME: &str = "anchor";
/// A replaced anchor until it is overwritten; temporary files begin like this too.
const HIDDEN: &str = ".vlec-";
const RETIRED: &str = ".vlec-retired";
/// Tells backup programs to leave the folder out (<https://bford.info/cachedir/>).
const CACHE_TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # The anchor of a VLEC vault. It must not be restored from a backup: leave this folder out.\n";

/// What an anchor holds.
#[derive(Debug)]
pub struct AnchorState {
    /// The vault's id.
    pub vault: VaultId,
    /// The last generation that was acknowledged.
    pub generation: u64,
    /// Its tag.
    pub tag: Tag,
    /// The wrapping keys: the present one, and while secrets are wrapped anew the next one.
    pub keys: Vec<WrappingKey>,
}

/// Where the anchor is. A hardware module may be one.
pub trait Anchor: Send + Sync {
    /// What was saved last; `None` if nothing ever was. Whatever a crash left is cleared away.
    ///
    /// # Errors
    /// [`AnchorStoreError`].
    fn load(&self) -> Result<Option<AnchorState>, AnchorStoreError>;

    /// Replaces what was saved, at once and durably; keys that are no longer there are erased.
    ///
    /// # Errors
    /// [`AnchorStoreError`]; the old state or the new one is then saved.
    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError>;
}

impl Anchor for Box<dyn Anchor> {
    fn load(&self) -> Result<Option<AnchorState>, AnchorStoreError> {
        (**self).load()
    }

    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        (**self).save(state)
    }
}

/// The anchor cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorStoreError {
    /// What was saved is not of its form.
    #[error("the anchor is damaged")]
    Damaged,
    /// Reading or writing failed.
    #[error("the anchor cannot be read or written: {0}")]
    Failed(String),
}

impl AnchorStoreError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "anchor-damaged",
            Self::Failed(_) => "anchor-failed",
        }
    }
}

impl From<DiskError> for AnchorStoreError {
    fn from(error: DiskError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<StoreError> for AnchorStoreError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for AnchorStoreError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl AnchorState {
    /// The file's bytes.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let Self { vault, generation, tag, keys } = self;
        let mut out = Zeroizing::new(Vec::with_capacity(HEAD_LEN + keys.len() * KEY_LEN + SUM_LEN));
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(vault);
        out.extend_from_slice(&generation.to_be_bytes());
        out.extend_from_slice(tag);
        out.push(keys.len() as u8);
        for WrappingKey { number, key } in keys {
            out.extend_from_slice(&number.to_be_bytes());
            out.extend_from_slice(key.expose());
        }
        let sum = digest(&SHA256, &out);
        out.extend_from_slice(sum.as_ref());
        out
    }

    /// `[VLT-30]` Takes exactly the bytes of an anchor.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<SUM_LEN>()?;
        let (magic, rest) = body.split_first_chunk::<8>()?;
        let (&[version], rest) = rest.split_first_chunk::<1>()?;
        let (vault, rest) = rest.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (tag, rest) = rest.split_first_chunk()?;
        let (&[n], rest) = rest.split_first_chunk::<1>()?;
        let n = usize::from(n);
        let whole = magic == MAGIC && version == VERSION && digest(&SHA256, body).as_ref() == sum;
        if !whole || !(1..=MAX_KEYS).contains(&n) || rest.len() != n * KEY_LEN {
            return None;
        }
        let key = |bytes: &[u8]| {
            let (number, key) = bytes.split_first_chunk()?;
            let key: &[u8; 32] = key.try_into().ok()?;
            Some(WrappingKey { number: u64::from_be_bytes(*number), key: Secret::new(|out| *out = *key) })
        };
        let keys = rest.chunks_exact(KEY_LEN).map(key).collect::<Option<_>>()?;
        Some(Self { vault: *vault, generation: u64::from_be_bytes(*generation), tag: *tag, keys })
    }
}

/// An anchor in a small file, in a folder of its own that backups leave out.
#[derive(Debug)]
pub struct FileAnchor {
    folder: PathBuf,
}

impl FileAnchor {
    /// The anchor in `folder`, which is created if it is missing. It must not lie in what is
    /// backed up together with the vault's home.
    ///
    /// # Errors
    /// [`AnchorStoreError`].
    pub fn new(folder: &Path) -> Result<Self, AnchorStoreError> {
        files::create_folder(folder)?;
        files::check_folder(folder)?;
        let tag = folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            let output = Output::create(&tag, Existing::Replace)?;
            output.write_all_at(CACHE_TAG, 0)?;
            output.commit()?;
        }
        Ok(Self { folder: folder.into() })
    }

    fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    fn read(&self) -> Result<Option<AnchorState>, AnchorStoreError> {
        let file = match files::open_file(&self.path(), Create::No) {
            Err(StoreError::Missing) => return Ok(None),
            opened => opened?,
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD_LEN + MAX_KEYS * KEY_LEN + SUM_LEN + 1));
        file.take(bytes.capacity() as u64).read_to_end(&mut bytes)?;
        AnchorState::decode(&bytes).map(Some).ok_or(AnchorStoreError::Damaged)
    }

    /// Overwrites and removes what is not the anchor any more, or never became it.
    fn sweep(&self) -> Result<(), AnchorStoreError> {
        let mut swept = Swept::Nothing;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HIDDEN));
            if hidden {
                // A save that did not come far left a second name of the present anchor.
                if !files::is_same(&path, &self.path()) {
                    files::overwrite(&files::open_file(&path, Create::No)?)?;
                }
                fs::remove_file(&path)?;
                swept = Swept::Something;
            }
        }
        if swept == Swept::Something { Ok(files::sync_folder(&self.folder)?) } else { Ok(()) }
    }

    fn replace(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        let output = Output::create(&self.path(), Existing::Replace)?;
        output.write_all_at(&state.encode(), 0)?;
        Ok(output.commit()?)
    }
}

#[derive(PartialEq, Eq)]
enum Swept {
    Nothing,
    Something,
}

impl Anchor for FileAnchor {
    fn load(&self) -> Result<Option<AnchorState>, AnchorStoreError> {
        self.sweep()?;
        self.read()
    }

    /// `[VLT-33]` When a key goes, the old file keeps a name until its bytes are overwritten.
    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        let goes = |old: &WrappingKey| state.keys.iter().all(|key| key.number != old.number);
        let erase = match self.read() {
            Ok(old) => old.is_some_and(|old| old.vault != state.vault || old.keys.iter().any(goes)),
            Err(AnchorStoreError::Damaged) => true,
            Err(other) => return Err(other),
        };
        if !erase {
            return self.replace(state);
        }
        let retired = self.folder.join(RETIRED);
        // Where a file cannot have two names, the open file alone leads to the old bytes.
        let old: File = files::open_file(&self.path(), Create::No)?;
        let kept = fs::hard_link(self.path(), &retired);
        self.replace(state)?;
        files::overwrite(&old)?;
        if kept.is_ok() {
            fs::remove_file(&retired)?;
            files::sync_folder(&self.folder)?;
        }
        Ok(())
    }
}

/// An anchor in memory, for tests and models. Clones share what is saved.
#[derive(Clone, Debug, Default)]
pub struct MemoryAnchor(Arc<Mutex<Option<Zeroizing<Vec<u8>>>>>);

impl MemoryAnchor {
    /// An anchor in which nothing was saved.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of what is saved now.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self(Arc::new(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())))
    }
}

impl Anchor for MemoryAnchor {
    fn load(&self) -> Result<Option<AnchorState>, AnchorStoreError> {
        let saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let decode = |bytes: &Zeroizing<Vec<u8>>| AnchorState::decode(bytes).ok_or(AnchorStoreError::Damaged);
        saved.as_ref().map(decode).transpose()
    }

    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.encode());
        Ok(())
    }
}
