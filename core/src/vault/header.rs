//! The header row: how the vault key is come by (SPEC §12.3). The only row that is not sealed.
//!
//! ```text
//! header = 01 ‖ vault id(16) ‖ length u8 ‖ owner ‖ kind u8 ‖ parameters ‖ nonce(24) ‖ wrapped(48)
//!          kind 0: the caller's key, no parameters
//!          kind 1: Argon2id, parameters = memory KiB u32 ‖ passes u32 ‖ lanes u32 ‖ salt(16)
//! wrapped = XChaCha20-Poly1305(unlocking key, nonce, VAULT_KEY ‖ header before nonce, vault key(32))
//! ```

use crate::ids::AgencyId;
use crate::label::{self, Label};
use crate::random::Random;
use crate::secret::{Secret, SecretText};

use super::error::VaultError;
use super::passphrase::{self, Cost, SALT_LEN};
use super::seal::{FORMAT, NONCE_LEN, RowSeal, TAG_LEN, VaultId, open, seal};

/// The header's row key in the table `Meta`.
pub(super) const KEY: &[u8] = b"header";

const WRAPPED_LEN: usize = NONCE_LEN + 32 + TAG_LEN;

/// What opens a vault. It is wiped when the vault has been opened, or not.
#[derive(Debug)]
pub enum Unlock {
    /// A passphrase. However its letters were typed, composed or decomposed, it is one (NFC).
    Passphrase(SecretText),
    /// A key from the caller's own key store.
    Key(Secret<32>),
}

/// Which text of a passphrase has opened something (`[VLT-20]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseForm {
    /// Its normal form, or a key.
    Normal,
    /// Only the bytes that were given: it was made when those counted. Change it, so that it opens whatever
    /// keyboard or language gives it.
    AsGiven,
}

/// A header as stored.
pub(crate) struct Header {
    pub(super) vault: VaultId,
    pub(super) owner: AgencyId,
    kind: Kind,
    /// The header up to the nonce.
    bound: Vec<u8>,
    wrapped: [u8; WRAPPED_LEN],
}

enum Kind {
    Key,
    Passphrase { cost: Cost, salt: [u8; SALT_LEN] },
}

/// Draws a vault key and wraps it: the header's bytes, and the key at work.
pub(crate) fn create(
    vault: &VaultId,
    owner: &AgencyId,
    unlock: &Unlock,
    random: &Random,
) -> Result<(Vec<u8>, RowSeal), VaultError> {
    let kind = Kind::of(unlock, random)?;
    let mut header = front(vault, owner, &kind);
    let key = random.secret()?;
    let wrapped =
        kind.with_key(unlock, |unlocking| Ok(seal(unlocking, &ad(&header), key.expose(), random)?))?;
    header.extend_from_slice(&wrapped);
    Ok((header, RowSeal::new(key, vault, owner)))
}

impl Header {
    /// `[VLT-22]` Takes exactly the bytes of a header.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, VaultError> {
        Self::parse(bytes).ok_or(VaultError::Row("meta"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (bound, wrapped) = bytes.split_last_chunk::<WRAPPED_LEN>()?;
        let (&[format], rest) = bound.split_first_chunk::<1>()?;
        let (vault, rest) = rest.split_first_chunk::<16>()?;
        let (&[len], rest) = rest.split_first_chunk::<1>()?;
        let (owner, rest) = rest.split_at_checked(len.into())?;
        let owner = std::str::from_utf8(owner).ok()?.parse().ok()?;
        let kind = Kind::parse(rest)?;
        (format == FORMAT).then(|| Self {
            vault: *vault,
            owner,
            kind,
            bound: bound.to_vec(),
            wrapped: *wrapped,
        })
    }

    /// The bytes that were taken, made again of what was read in them.
    #[cfg(feature = "hazmat")]
    pub(crate) fn encode(&self) -> Vec<u8> {
        [front(&self.vault, &self.owner, &self.kind).as_slice(), &self.wrapped].concat()
    }

    /// The vault key at work, if `unlock` is what opens this vault.
    pub(crate) fn unlock(&self, unlock: &Unlock) -> Result<(RowSeal, PassphraseForm), VaultError> {
        let (key, form) = self.vault_key(unlock)?;
        Ok((RowSeal::new(key, &self.vault, &self.owner), form))
    }

    pub(super) fn vault_key(&self, unlock: &Unlock) -> Result<(Secret<32>, PassphraseForm), VaultError> {
        let ad = ad(&self.bound);
        let (opened, form) = self.kind.open_with(unlock, |key| open(key, &ad, &self.wrapped))?;
        let key: &[u8; 32] = opened.as_slice().try_into().map_err(|_| VaultError::WrongPassphrase)?;
        Ok((Secret::new(|out| *out = *key), form))
    }
}

impl Kind {
    /// A new salt, where one is needed.
    fn of(unlock: &Unlock, random: &Random) -> Result<Self, VaultError> {
        Ok(match unlock {
            Unlock::Key(_) => Self::Key,
            Unlock::Passphrase(text) => {
                passphrase::check_new(text)?;
                Self::Passphrase { cost: Cost::DEFAULT, salt: random.bytes()? }
            }
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Key => out.push(0),
            Self::Passphrase { cost: Cost { memory, passes, lanes }, salt } => {
                out.push(1);
                [memory, passes, lanes].iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
                out.extend_from_slice(salt);
            }
        }
    }

    /// Takes exactly the bytes of a kind and its parameters.
    fn parse(bytes: &[u8]) -> Option<Self> {
        Some(match bytes.split_first()? {
            (0, []) => Self::Key,
            (1, rest) => {
                let (memory, rest) = number(rest)?;
                let (passes, rest) = number(rest)?;
                let (lanes, salt) = number(rest)?;
                Self::Passphrase { cost: Cost { memory, passes, lanes }, salt: salt.try_into().ok()? }
            }
            _ => return None,
        })
    }

    fn with_key<T>(
        &self,
        unlock: &Unlock,
        work: impl FnOnce(&Secret<32>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        match (self, unlock) {
            (Self::Key, Unlock::Key(key)) => work(key),
            (Self::Passphrase { cost, salt }, Unlock::Passphrase(text)) => {
                work(&passphrase::derive(&passphrase::normal(text), salt, *cost)?)
            }
            (Self::Key, Unlock::Passphrase(_)) => Err(VaultError::OtherUnlock("a key")),
            (Self::Passphrase { .. }, Unlock::Key(_)) => Err(VaultError::OtherUnlock("a passphrase")),
        }
    }
}

impl Kind {
    /// What `open` gives under the unlocking key. What was made with a passphrase that was not in its normal
    /// form still opens: the bytes that were given are tried once.
    fn open_with<T>(
        &self,
        unlock: &Unlock,
        open: impl Fn(&Secret<32>) -> Option<T>,
    ) -> Result<(T, PassphraseForm), VaultError> {
        if let Some(opened) = self.with_key(unlock, |key| Ok(open(key)))? {
            return Ok((opened, PassphraseForm::Normal));
        }
        match (self, unlock) {
            (Self::Passphrase { cost, salt }, Unlock::Passphrase(text)) if !passphrase::is_normal(text) => {
                let opened = open(&passphrase::derive(text, salt, *cost)?);
                Ok((opened.ok_or(VaultError::WrongPassphrase)?, PassphraseForm::AsGiven))
            }
            _ => Err(VaultError::WrongPassphrase),
        }
    }
}

/// A secret of `N` bytes under what unlocks it, for files that stand beside a vault: `kind ‖ parameters
/// ‖ nonce(24) ‖ secret(N) ‖ tag(16)`, the associated data being `label ‖ bound ‖ kind ‖ parameters`.
pub(crate) fn lock<const N: usize>(
    label: Label,
    bound: &[u8],
    secret: &Secret<N>,
    unlock: &Unlock,
    random: &Random,
) -> Result<Vec<u8>, VaultError> {
    let kind = Kind::of(unlock, random)?;
    let mut out = Vec::new();
    kind.encode(&mut out);
    let ad = [label.bytes(), bound, &out].concat();
    out.extend(kind.with_key(unlock, |key| Ok(seal(key, &ad, secret.expose(), random)?))?);
    Ok(out)
}

/// The secret that was locked; `None` if the bytes are not of that form.
pub(crate) fn unlock<const N: usize>(
    label: Label,
    bound: &[u8],
    locked: &[u8],
    unlock: &Unlock,
) -> Option<Result<(Secret<N>, PassphraseForm), VaultError>> {
    let front = locked.len().checked_sub(NONCE_LEN + N + TAG_LEN)?;
    let (front, sealed) = locked.split_at_checked(front)?;
    let (kind, ad) = (Kind::parse(front)?, [label.bytes(), bound, front].concat());
    Some(kind.open_with(unlock, |key| open(key, &ad, sealed)).and_then(|(opened, form)| {
        let secret: &[u8; N] = opened.as_slice().try_into().map_err(|_| VaultError::WrongPassphrase)?;
        Ok((Secret::new(|out| *out = *secret), form))
    }))
}

/// The header up to the nonce.
fn front(vault: &VaultId, owner: &AgencyId, kind: &Kind) -> Vec<u8> {
    let mut header = vec![FORMAT];
    header.extend_from_slice(vault);
    header.push(owner.as_str().len() as u8);
    header.extend_from_slice(owner.as_str().as_bytes());
    kind.encode(&mut header);
    header
}

fn ad(bound: &[u8]) -> Vec<u8> {
    [label::VAULT_KEY.bytes(), bound].concat()
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

#[cfg(any(test, feature = "hazmat"))]
impl Header {
    /// The header as it was made when a passphrase counted byte for byte.
    pub(crate) fn under_bytes(&self, text: &SecretText, random: &Random) -> Result<Vec<u8>, VaultError> {
        let Kind::Passphrase { cost, salt } = &self.kind else {
            return Err(VaultError::OtherUnlock("a key"));
        };
        let ad = ad(&self.bound);
        let now = passphrase::derive(&passphrase::normal(text), salt, *cost)?;
        let vault_key = open(&now, &ad, &self.wrapped).ok_or(VaultError::WrongPassphrase)?;
        let wrapped = seal(&passphrase::derive(text, salt, *cost)?, &ad, &vault_key, random)?;
        Ok([self.bound.as_slice(), &wrapped].concat())
    }
}
