//! The records of a vault one by one, without the vault (SPEC §12.2 to §12.4): for vectors.

use std::path::Path;

use zeroize::Zeroizing;

use crate::centre::RootFile;
use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::random::Random;
use crate::secret::Secret;
use crate::vault::anchor::AnchorState;
use crate::vault::error::VaultError;
use crate::vault::header::{self, Header};
use crate::vault::seal::RowSeal;
pub use crate::vault::state::State;
use crate::vault::store::Table;
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
