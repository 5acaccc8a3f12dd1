//! Sealing of rows: XChaCha20-Poly1305 under a random nonce, bound to their place (SPEC §12.2).
//!
//! ```text
//! sealed row = nonce(24) ‖ XChaCha20-Poly1305(vault key, nonce, ad, value) with its tag(16)
//! ad         = VAULT_ROW ‖ 01 ‖ vault id(16) ‖ length u8 ‖ owner ‖ table u8 ‖ row key
//! ```

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::ids::AgencyId;
use crate::label::{self, Label};
use crate::random::{Random, RandomError};
use crate::secret::{Secret, wipe};

use super::error::VaultError;
use super::store::Table;
use super::sums::Marker;

/// Version of the row format and of everything that is sealed in a vault.
pub(super) const FORMAT: u8 = 1;
pub(super) const NONCE_LEN: usize = 24;
pub(super) const TAG_LEN: usize = 16;

/// A vault's id: 16 random bytes, drawn when it is created.
pub(crate) type VaultId = [u8; 16];

/// `nonce ‖ ciphertext ‖ tag`.
pub(super) fn seal(
    key: &Secret<32>,
    ad: &[u8],
    plaintext: &[u8],
    random: &Random,
) -> Result<Vec<u8>, RandomError> {
    let nonce: [u8; NONCE_LEN] = random.bytes()?;
    let mut out = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_LEN);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plaintext);
    let cipher = cipher(key)?;
    let body = out.get_mut(NONCE_LEN..).unwrap_or_default();
    // Fails only past the cipher's limit of 256 GiB, which no row reaches.
    let sealed = cipher.encrypt_inout_detached(&XNonce::from(nonce), ad, body.into());
    let Ok(tag) = sealed else {
        wipe(&mut out);
        return Err(RandomError::Failed);
    };
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Made from the key where it lies: no copy of it is left on the stack.
fn cipher(key: &Secret<32>) -> Result<XChaCha20Poly1305, RandomError> {
    XChaCha20Poly1305::new_from_slice(key.expose()).map_err(|_| RandomError::Failed)
}

/// The plaintext, if `sealed` was made under this key for this place.
pub(super) fn open(key: &Secret<32>, ad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let (body, tag) = rest.split_last_chunk::<TAG_LEN>()?;
    let mut plain = Zeroizing::new(body.to_vec());
    let cipher = cipher(key).ok()?;
    let opened =
        cipher.decrypt_inout_detached(&XNonce::from(*nonce), ad, plain.as_mut_slice().into(), &(*tag).into());
    opened.is_ok().then_some(plain)
}

/// What binds a sealed value to one vault, owner and use.
pub(super) fn place(label: Label, vault: &VaultId, owner: &AgencyId) -> Vec<u8> {
    let mut ad = Vec::with_capacity(256);
    ad.extend_from_slice(label.bytes());
    ad.push(FORMAT);
    ad.extend_from_slice(vault);
    // An agency's name has at most 134 bytes.
    ad.push(owner.as_str().len() as u8);
    ad.extend_from_slice(owner.as_str().as_bytes());
    ad
}

/// Seals and opens the rows of one vault.
pub(crate) struct RowSeal {
    key: Secret<32>,
    marker: Marker,
    /// `ad` up to the table.
    row: Vec<u8>,
    /// `ad` of a wrapped secret up to the number of its wrapping key.
    secret: Vec<u8>,
}

impl RowSeal {
    pub(crate) fn new(key: Secret<32>, vault: &VaultId, owner: &AgencyId) -> Self {
        let row = place(label::VAULT_ROW, vault, owner);
        let marker = Marker::new(&key, vault);
        Self { key, marker, row, secret: place(label::VAULT_SECRET, vault, owner) }
    }

    pub(super) fn marker(&self) -> &Marker {
        &self.marker
    }

    /// `[VLT-13]` The mark of one row.
    #[cfg(feature = "hazmat")]
    pub(crate) fn mark(&self, table: Table, key: &[u8], sealed: &[u8]) -> u128 {
        self.marker.mark(table, key, &super::sums::name(sealed))
    }

    /// `[VLT-10]`
    pub(crate) fn seal(
        &self,
        table: Table,
        key: &[u8],
        value: &[u8],
        random: &Random,
    ) -> Result<Vec<u8>, VaultError> {
        Ok(seal(&self.key, &self.row_ad(table, key), value, random)?)
    }

    /// `[VLT-11]` A row that was made elsewhere, or changed, is an error, never a missing row.
    pub(crate) fn open(
        &self,
        table: Table,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        open(&self.key, &self.row_ad(table, key), sealed).ok_or(VaultError::Row(table.name()))
    }

    fn row_ad(&self, table: Table, key: &[u8]) -> Vec<u8> {
        [self.row.as_slice(), &[table.number()], key].concat()
    }
}

/// The anchor's key under which epoch seeds are wrapped, with its number.
///
/// ```text
/// wrapped = number u64 ‖ nonce(24) ‖ XChaCha20-Poly1305(wrapping key, nonce, ad, secret(32))
/// ad      = VAULT_SECRET ‖ 01 ‖ vault id(16) ‖ length u8 ‖ owner ‖ number u64 ‖ row key
/// ```
#[derive(Debug)]
pub struct WrappingKey {
    /// Counts the replacements.
    pub number: u64,
    /// The key.
    pub key: Secret<32>,
}

impl WrappingKey {
    /// `[VLT-12]`
    pub(crate) fn wrap(
        &self,
        seal_of: &RowSeal,
        row_key: &[u8],
        secret: &Secret<32>,
        random: &Random,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let sealed = seal(&self.key, &self.ad(seal_of, row_key), secret.expose(), random)?;
        Ok(Zeroizing::new([self.number.to_be_bytes().as_slice(), &sealed].concat()))
    }

    /// A secret that was wrapped under another of the anchor's keys is out of reach.
    pub(crate) fn unwrap(
        &self,
        seal_of: &RowSeal,
        row_key: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret<32>, VaultError> {
        let error = || VaultError::Row(Table::Wrapped.name());
        let (number, sealed) = wrapped.split_first_chunk::<8>().ok_or_else(error)?;
        if u64::from_be_bytes(*number) != self.number {
            return Err(VaultError::SecretOutOfReach);
        }
        let plain = open(&self.key, &self.ad(seal_of, row_key), sealed).ok_or_else(error)?;
        let plain: &[u8; 32] = plain.as_slice().try_into().map_err(|_| error())?;
        Ok(Secret::new(|out| *out = *plain))
    }

    fn ad(&self, seal_of: &RowSeal, row_key: &[u8]) -> Vec<u8> {
        [seal_of.secret.as_slice(), &self.number.to_be_bytes(), row_key].concat()
    }
}
