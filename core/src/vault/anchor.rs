//! The anchor: what stands outside the store, so that an old or copied store is noticed and holds
//! nothing (SPEC §12.4).
//!
//! ```text
//! file   = slot 0 ‖ slot 1, of 4096 bytes each; the one that is whole and has the higher serial counts
//! slot   = record ‖ zeros
//! record = "VLECANCH" ‖ 01 ‖ serial u64 ‖ vault id(16) ‖ generation u64 ‖ tag(16) ‖ n u8 ‖ n × (number u64 ‖ key(32))
//!          ‖ SHA-256 of all before(32)        n = 1, or 2 while secrets are wrapped anew
//! ```
//!
//! Slots are written in place and in turn, so that a key that goes is overwritten where it lies; a
//! file that is replaced leaves its predecessors' bytes in blocks that nobody can reach any more.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::crypto::kdf::tags_equal;
use crate::disk::{DiskError, Existing, Output};
use crate::secret::Secret;

use super::files::{self, Create};
use super::seal::{VaultId, WrappingKey};
use super::state::Tag;
use super::store::StoreError;

const MAGIC: &[u8; 8] = b"VLECANCH";
const VERSION: u8 = 1;
const HEAD_LEN: usize = 8 + 1 + 8 + 16 + 8 + 16 + 1;
const KEY_LEN: usize = 8 + 32;
const SUM_LEN: usize = 32;
const MAX_KEYS: usize = 2;
/// A write that is torn in one slot does not reach the other.
const SLOT_LEN: usize = 4096;

const NAME: &str = "anchor";
/// How the names of temporary files begin.
const HIDDEN: &str = ".vlec-";
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
    /// The record's bytes.
    pub(crate) fn encode(&self, serial: u64) -> Zeroizing<Vec<u8>> {
        let Self { vault, generation, tag, keys } = self;
        let mut out = Zeroizing::new(Vec::with_capacity(HEAD_LEN + keys.len() * KEY_LEN + SUM_LEN));
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&serial.to_be_bytes());
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

    /// `[VLT-30]` Takes exactly the bytes of a record, followed by zeros; gives its serial too.
    pub(crate) fn decode(slot: &[u8]) -> Option<(u64, Self)> {
        let n = usize::from(*slot.get(HEAD_LEN - 1)?);
        let (record, rest) = slot.split_at_checked(HEAD_LEN + n * KEY_LEN + SUM_LEN)?;
        let (body, sum) = record.split_last_chunk::<SUM_LEN>()?;
        let whole = digest(&SHA256, body).as_ref() == sum && rest.iter().all(|byte| *byte == 0);
        let (magic, body) = body.split_first_chunk::<8>()?;
        let (&[version], body) = body.split_first_chunk::<1>()?;
        if !whole || magic != MAGIC || version != VERSION || !(1..=MAX_KEYS).contains(&n) {
            return None;
        }
        let (serial, body) = body.split_first_chunk()?;
        let (vault, body) = body.split_first_chunk()?;
        let (generation, body) = body.split_first_chunk()?;
        let (tag, body) = body.split_first_chunk()?;
        let keys = body.get(1..)?;
        let key = |bytes: &[u8]| {
            let (number, key) = bytes.split_first_chunk()?;
            let key: &[u8; 32] = key.try_into().ok()?;
            Some(WrappingKey { number: u64::from_be_bytes(*number), key: Secret::new(|out| *out = *key) })
        };
        let keys = keys.chunks_exact(KEY_LEN).map(key).collect::<Option<_>>()?;
        let state = Self { vault: *vault, generation: u64::from_be_bytes(*generation), tag: *tag, keys };
        Some((u64::from_be_bytes(*serial), state))
    }
}

const GONE: &str = "it is not there any more: see that its disk is mounted";

/// An anchor in a small file, in a folder of its own that backups leave out.
#[derive(Debug)]
pub struct FileAnchor {
    folder: PathBuf,
    /// It was there: where it is not any more, nothing is begun anew.
    was_there: AtomicBool,
}

impl FileAnchor {
    /// The anchor in `folder`, which is created if it is missing. It must not lie in what is
    /// backed up together with the vault's home.
    ///
    /// # Errors
    /// [`AnchorStoreError`].
    pub fn new(folder: &Path) -> Result<Self, AnchorStoreError> {
        let this = Self { folder: folder.into(), was_there: AtomicBool::new(false) };
        this.create_folder()?;
        Ok(this)
    }

    /// The anchor in `folder`, which is not created before something is saved: a name that is mistyped, or a
    /// disk that is not mounted, leaves nothing behind.
    ///
    /// # Errors
    /// [`AnchorStoreError`].
    pub fn at(folder: &Path) -> Result<Self, AnchorStoreError> {
        match files::check_folder(folder) {
            Ok(()) | Err(StoreError::Missing) => {
                Ok(Self { folder: folder.into(), was_there: AtomicBool::new(false) })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn create_folder(&self) -> Result<(), AnchorStoreError> {
        files::create_folder(&self.folder)?;
        files::check_folder(&self.folder)?;
        let tag = self.folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            let output = Output::create(&tag, Existing::Replace)?;
            output.write_all_at(CACHE_TAG, 0)?;
            output.commit()?;
        }
        Ok(())
    }

    /// Whether there is an anchor in `folder`, whatever its state.
    pub(crate) fn is_in(folder: &Path) -> bool {
        folder.join(NAME).symlink_metadata().is_ok()
    }

    fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    fn open(&self) -> Result<Option<Slots>, AnchorStoreError> {
        let file = match files::open_file(&self.path(), Create::No) {
            Err(StoreError::Missing) => return Ok(None),
            opened => opened?,
        };
        let mut bytes = Zeroizing::new(vec![0; 2 * SLOT_LEN + 1]);
        let mut len = 0;
        while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, len as u64)? {
                0 => break,
                read => len += read,
            }
        }
        let held = decode_slots(bytes.get(..len).unwrap_or_default()).ok_or(AnchorStoreError::Damaged)?;
        Ok(Some(Slots { file, held }))
    }

    /// A new file, under its name as a whole.
    fn begin(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        self.create_folder()?;
        let output = Output::create(&self.path(), Existing::Replace)?;
        output.write_all_at(&state.encode(1), 0)?;
        output.write_all_at(&[0], 2 * SLOT_LEN as u64 - 1)?;
        output.commit()?;
        self.was_there.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the folder is an anchor's, and not one that was named by mistake.
    fn is_anchors(&self) -> bool {
        Self::is_in(&self.folder)
            || fs::read(self.folder.join("CACHEDIR.TAG")).is_ok_and(|tag| tag == CACHE_TAG)
    }

    /// Overwrites and removes what never became an anchor.
    fn sweep(&self) -> Result<(), AnchorStoreError> {
        if !self.is_anchors() {
            return Ok(());
        }
        let mut swept = Swept::Nothing;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with(HIDDEN);
            if hidden && entry.file_type()?.is_file() {
                let path = entry.path();
                files::overwrite(&files::open_file(&path, Create::No)?)?;
                fs::remove_file(&path)?;
                swept = Swept::Something;
            }
        }
        if swept == Swept::Something { Ok(files::sync_folder(&self.folder)?) } else { Ok(()) }
    }
}

/// What the slots hold that are whole; `None` if the file is not of their length.
pub(crate) fn decode_slots(file: &[u8]) -> Option<Held> {
    let (first, second) = file.split_at_checked(SLOT_LEN).filter(|(_, second)| second.len() == SLOT_LEN)?;
    Some([AnchorState::decode(first), AnchorState::decode(second)])
}

/// `[VLT-30]` The slot that counts.
pub(crate) fn current(held: &Held) -> Option<usize> {
    let serial = |at: usize| held.get(at).and_then(Option::as_ref).map(|(serial, _)| *serial);
    [0, 1].into_iter().filter(|at| serial(*at).is_some()).max_by_key(|at| serial(*at))
}

/// The records of both slots with their serials.
pub(crate) type Held = [Option<(u64, AnchorState)>; 2];

/// The open file, and what its slots hold if they are whole.
struct Slots {
    file: File,
    held: Held,
}

impl Slots {
    fn write(&self, slot: usize, serial: u64, state: &AnchorState) -> Result<(), AnchorStoreError> {
        let mut bytes = state.encode(serial);
        // The capacity is the record's: no reallocation leaves a copy behind.
        let mut padded = Zeroizing::new(vec![0; SLOT_LEN]);
        padded.iter_mut().zip(bytes.iter()).for_each(|(to, byte)| *to = *byte);
        bytes.clear();
        self.file.write_all_at(&padded, (slot * SLOT_LEN) as u64)?;
        Ok(self.file.sync_data()?)
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
        let Some(mut slots) = self.open()? else { return Ok(None) };
        self.was_there.store(true, Ordering::Release);
        let at = current(&slots.held).ok_or(AnchorStoreError::Damaged)?;
        let (serial, state) =
            slots.held.get_mut(at).and_then(Option::take).ok_or(AnchorStoreError::Damaged)?;
        // The save that wrote it may have had the other slot still to overwrite.
        let other = slots.held.iter().flatten().next();
        if !other.is_some_and(|(_, old)| old.keys.iter().all(|old| state.has(old))) {
            slots.write(1 - at, serial, &state)?;
        }
        Ok(Some(state))
    }

    /// `[VLT-33]` When a key goes, both slots are written.
    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        let slots = match self.open() {
            Ok(Some(slots)) => slots,
            Ok(None) if self.was_there.load(Ordering::Acquire) => {
                return Err(AnchorStoreError::Failed(GONE.into()));
            }
            Ok(None) => return self.begin(state),
            Err(AnchorStoreError::Damaged) => return self.begin(state),
            Err(other) => return Err(other),
        };
        let Some(at) = current(&slots.held) else { return self.begin(state) };
        let last = slots.held.iter().flatten().map(|(serial, _)| *serial).max().unwrap_or(0);
        let serial = last.saturating_add(1);
        slots.write(1 - at, serial, state)?;
        let stays = |(_, old): &(u64, AnchorState)| {
            old.vault == state.vault && old.keys.iter().all(|old| state.has(old))
        };
        let erased = slots.held.iter().all(|held| held.as_ref().is_some_and(stays));
        if erased { Ok(()) } else { slots.write(at, serial, state) }
    }
}

impl AnchorState {
    /// Whether the key is one of these: a number is drawn for one key only while it is in an anchor.
    fn has(&self, key: &WrappingKey) -> bool {
        self.keys.iter().any(|own| own.number == key.number && tags_equal(own.key.expose(), key.key.expose()))
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
        let decode = |bytes: &Zeroizing<Vec<u8>>| {
            AnchorState::decode(bytes).map(|(_, state)| state).ok_or(AnchorStoreError::Damaged)
        };
        saved.as_ref().map(decode).transpose()
    }

    fn save(&self, state: &AnchorState) -> Result<(), AnchorStoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.encode(0));
        Ok(())
    }
}
