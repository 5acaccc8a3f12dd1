//! The records of a vault one by one, without the vault (SPEC §12.2 to §12.4, §12.7, §6.3): for vectors.

use std::path::Path;

use zeroize::Zeroizing;

use crate::agency::rows::EpochRow;
use crate::centre::RootFile;
use crate::crypto::digest::sha512;
use crate::envelope::signed::{Evidence, SignedManifest};
use crate::error::Error;
use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::keys::epoch::Window;
use crate::keys::keyring::Keyring;
use crate::random::Random;
use crate::secret::{Secret, SecretText};
use crate::sync::Shared;
use crate::time::Timestamp;
use crate::vault::anchor::AnchorState;
use crate::vault::error::VaultError;
use crate::vault::evidence::{Kept, Keys};
use crate::vault::handle::Vault;
use crate::vault::header::{self, Header};
use crate::vault::seal::RowSeal;
pub use crate::vault::state::{RowState, State};
use crate::vault::store::Table;
pub use crate::vault::sums::Sums;
use crate::vault::{Unlock, WrappingKey};

/// What seals and opens the rows of one vault.
pub struct Rows(RowSeal);

impl Rows {
    /// Of the vault with this id and owner, under its key.
    pub fn new(key: Secret<32>, vault: &[u8; 16], owner: &AgencyId) -> Self {
        Self(RowSeal::new(key, vault, owner))
    }

    /// The row as it is stored.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal(
        &self,
        table: Table,
        key: &[u8],
        value: &[u8],
        random: &Random,
    ) -> Result<Vec<u8>, VaultError> {
        self.0.seal(table, key, value, random)
    }

    /// The row's value.
    ///
    /// # Errors
    /// [`VaultError::Row`].
    pub fn open(&self, table: Table, key: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.0.open(table, key, sealed)
    }

    /// The mark of a row as it is stored.
    pub fn mark(&self, table: Table, key: &[u8], sealed: &[u8]) -> u128 {
        self.0.mark(table, key, sealed)
    }

    /// The value of a wrapped secret's row.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn wrap(
        &self,
        wrapping: &WrappingKey,
        key: &[u8],
        secret: &Secret<32>,
        random: &Random,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        wrapping.wrap(&self.0, key, secret, random)
    }

    /// The secret in such a value.
    ///
    /// # Errors
    /// [`VaultError::Row`], [`VaultError::SecretOutOfReach`].
    pub fn unwrap(
        &self,
        wrapping: &WrappingKey,
        key: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret<32>, VaultError> {
        wrapping.unwrap(&self.0, key, wrapped)
    }
}

/// A header with a vault key that is drawn, after the salt if there is one; and that key at work.
///
/// # Errors
/// [`VaultError::EmptyPassphrase`], [`VaultError::Random`].
pub fn create_header(
    vault: &[u8; 16],
    owner: &AgencyId,
    unlock: &Unlock,
    random: &Random,
) -> Result<(Vec<u8>, Rows), VaultError> {
    let (header, seal) = header::create(vault, owner, unlock, random)?;
    Ok((header, Rows(seal)))
}

/// The header as it was made when a passphrase counted byte for byte.
///
/// # Errors
/// [`VaultError::WrongPassphrase`], [`VaultError::OtherUnlock`].
pub fn header_under_bytes(header: &[u8], passphrase: &str, random: &Random) -> Result<Vec<u8>, VaultError> {
    Header::decode(header)?.under_bytes(&SecretText::new(passphrase.into()), random)
}

/// The vault key in a header, at work.
///
/// # Errors
/// [`VaultError`]: the header is of another form, or is opened by something else.
pub fn open_header(header: &[u8], unlock: &Unlock) -> Result<Rows, VaultError> {
    Header::decode(header)?.unlock(unlock).map(|(rows, _)| Rows(rows))
}

/// The bytes of the row `state`.
pub fn encode_state(state: &State) -> Vec<u8> {
    state.encode()
}

/// What is in the row `state`, if it is of its form.
pub fn decode_state(bytes: &[u8]) -> Option<State> {
    State::decode(bytes)
}

/// An anchor's record with this serial.
pub fn encode_anchor(state: &AnchorState, serial: u64) -> Zeroizing<Vec<u8>> {
    state.encode(serial)
}

/// The serial and what a slot holds, if it is whole.
pub fn decode_anchor(slot: &[u8]) -> Option<(u64, AnchorState)> {
    AnchorState::decode(slot)
}

/// What a row of evidence says.
pub struct KeptEvidence {
    /// Digest and signature, and the manifest if it is there.
    pub evidence: Evidence,
    /// The epoch under whose key the manifest is.
    pub epoch: Option<KeyId>,
    /// The manifest's number; 0 in a row of an earlier version.
    pub sequence: u64,
}

/// Reads a row of evidence with the keys of the epochs that are held.
///
/// # Errors
/// [`VaultError::Row`].
pub fn read_evidence(row: &[u8], keyring: &Shared<Keyring>) -> Result<KeptEvidence, VaultError> {
    let kept = Kept::decode(Table::LedgerTime, row)?;
    let (epoch, sequence) = (kept.epoch(), kept.sequence);
    Ok(KeptEvidence { evidence: kept.show(Keys(Some(keyring))), epoch, sequence })
}

/// A row of evidence of a manifest that was opened with this epoch's key.
///
/// # Errors
/// [`VaultError::Random`].
pub fn make_evidence(
    signed: &SignedManifest,
    (epoch, sequence): (Option<&KeyId>, u64),
    keyring: &Shared<Keyring>,
    random: &Random,
) -> Result<Vec<u8>, VaultError> {
    let digest = sha512(&[&signed.bytes]);
    Ok(Kept::of(&digest, signed, (epoch, sequence), Keys(Some(keyring)), random)?.encode())
}

/// What maintenance makes of a row that an earlier version wrote; `None` of any other.
///
/// # Errors
/// [`VaultError::Row`], [`VaultError::Random`].
pub fn convert_evidence(
    row: &[u8],
    keyring: &Shared<Keyring>,
    random: &Random,
) -> Result<Option<Vec<u8>>, VaultError> {
    let kept = Kept::decode(Table::LedgerTime, row)?.converted(Keys(Some(keyring)), random)?;
    Ok(kept.map(|kept| kept.encode()))
}

/// What a row of the table epoch says.
pub struct KeptEpoch {
    /// The digest of the trust anchor that the epoch is kept under.
    pub anchor: Option<[u8; 32]>,
    /// Its number.
    pub number: EpochNumber,
    /// Its key's id.
    pub key_id: KeyId,
    /// Its window.
    pub window: Window,
    /// Whether its secret is held.
    pub held: bool,
    /// The signed event that announces it; nothing if it is not kept.
    pub event: Vec<u8>,
}

/// The rows of the table epoch, in the order of their numbers.
///
/// # Errors
/// [`Error`]: a row is of another form.
pub fn epochs(vault: &Vault) -> Result<Vec<KeptEpoch>, Error> {
    let rows = vault.read(|view| Ok(EpochRow::all(view)))??;
    let kept = |row: EpochRow| KeptEpoch {
        anchor: row.anchor,
        number: row.number,
        key_id: row.key_id,
        window: row.window,
        held: row.is_held(),
        event: row.event.map(|event| event.encode()).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(kept).collect())
}

/// Writes the rows of an earlier version under their new keys; `pinned` is the digest of the anchor that is pinned.
///
/// # Errors
/// As [`epochs`], and [`Vault::write`].
pub fn rewrite_epochs(vault: &Vault, now: Timestamp, pinned: &[u8; 32]) -> Result<(), Error> {
    vault.write(now, |edit| Ok(EpochRow::rewrite_old(edit, pinned)))?
}

/// As [`RootFile::create`], drawing the seed, the salt if there is one, and the nonce.
///
/// # Errors
/// As [`RootFile::create`].
pub fn create_root_file(
    path: &Path,
    country: Country,
    unlock: &Unlock,
    random: &Random,
) -> Result<RootFile, Error> {
    RootFile::create_with(path, country, unlock, random)
}
