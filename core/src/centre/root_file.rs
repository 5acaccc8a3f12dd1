//! A root key in a file of its own, under a passphrase or key of its own (SPEC §4.21).
//!
//! ```text
//! file = "VLECROOT" ‖ 01 ‖ country(2) ‖ public key(1984) ‖ locked
//! locked = kind u8 ‖ parameters ‖ nonce(24) ‖ seed(64) ‖ tag(16)      as in a vault's header, SPEC §12.3
//! associated data = ROOT_FILE ‖ everything before the nonce
//! ```
//!
//! It is made in the ceremony and opened only to sign; a copy is as good as the file.

use std::fmt;
use std::path::Path;

use crate::crypto::composite::VERIFYING_KEY_LEN;
use crate::disk::{Existing, Input, Output};
use crate::error::Error;
use crate::ids::Country;
use crate::keys::authority::{RootKey, RootPublicKey};
use crate::label;
use crate::random::Random;
use crate::vault::header::{lock, unlock};
use crate::vault::{PassphraseForm, Unlock};

const MAGIC: &[u8; 9] = b"VLECROOT\x01";
const FRONT: usize = MAGIC.len() + 2 + VERIFYING_KEY_LEN;
const MAX_LEN: u64 = 4096;

/// A root key's file, read and not opened.
pub struct RootFile {
    country: Country,
    public: RootPublicKey,
    bytes: Vec<u8>,
}

impl RootFile {
    /// Makes a root key of `country`, and a file that holds it under `secret`. A file that exists is
    /// never replaced.
    ///
    /// # Errors
    /// [`Error::Envelope`] if the file cannot be written; [`Error::Vault`] for an empty passphrase.
    pub fn create(path: &Path, country: Country, secret: &Unlock) -> Result<Self, Error> {
        Self::create_with(path, country, secret, &Random::system())
    }

    pub(crate) fn create_with(
        path: &Path,
        country: Country,
        secret: &Unlock,
        random: &Random,
    ) -> Result<Self, Error> {
        let seed = random.secret::<64>()?;
        let public = RootKey::from_seed(country, &seed).public().clone();
        let mut bytes = [MAGIC, country.as_str().as_bytes(), &public.to_bytes()].concat();
        let locked = lock(label::ROOT_FILE, &bytes, &seed, secret, random)?;
        bytes.extend_from_slice(&locked);
        let file = Output::create(path, Existing::Refuse)?;
        file.write_all_at(&bytes, 0)?;
        file.commit()?;
        Ok(Self { country, public, bytes })
    }

    /// Reads a file (`[FIL-01]`).
    ///
    /// # Errors
    /// [`Error::Envelope`] if it cannot be read, [`Error::RootFile`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = Input::open(path)?;
        if file.len() > MAX_LEN {
            return Err(Error::RootFile);
        }
        let mut bytes = vec![0; usize::try_from(file.len()).unwrap_or_default()];
        file.read_exact_at(&mut bytes, 0)?;
        Self::parse(bytes).ok_or(Error::RootFile)
    }

    pub(crate) fn parse(bytes: Vec<u8>) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (country, rest) = rest.split_first_chunk::<2>()?;
        let country: Country = std::str::from_utf8(country).ok()?.parse().ok()?;
        let public = RootPublicKey::from_bytes(country, rest.get(..VERIFYING_KEY_LEN)?).ok()?;
        Some(Self { country, public, bytes })
    }

    /// Whose root it is.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The public half, as the file says; opening it shows that the secret is its own.
    pub fn public(&self) -> &RootPublicKey {
        &self.public
    }

    /// The key, to sign with. Drop it when that is done.
    ///
    /// # Errors
    /// [`Error::Vault`]: the wrong passphrase or key, parameters outside the limits (`[VLT-21]`);
    /// [`Error::RootFile`].
    pub fn open(&self, secret: &Unlock) -> Result<RootKey, Error> {
        self.open_with_form(secret).map(|(key, _)| key)
    }

    /// As [`RootFile::open`]; says too which text of the passphrase has opened it.
    ///
    /// # Errors
    /// As [`RootFile::open`].
    pub fn open_with_form(&self, secret: &Unlock) -> Result<(RootKey, PassphraseForm), Error> {
        let (front, locked) = self.bytes.split_at_checked(FRONT).ok_or(Error::RootFile)?;
        let opened = unlock::<64>(label::ROOT_FILE, front, locked, secret).ok_or(Error::RootFile)?;
        let (seed, form) = opened?;
        let key = RootKey::from_seed(self.country, &seed);
        if *key.public() == self.public { Ok((key, form)) } else { Err(Error::RootFile) }
    }
}

impl fmt::Debug for RootFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { country, public, bytes: _ } = self;
        write!(f, "RootFile({country}, {}…)", public.id().fingerprint())
    }
}
