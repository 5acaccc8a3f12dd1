//! Names: countries, agencies, keys, envelopes (SPEC §3).

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};

use crate::label::{self, Label};
use crate::random::{Random, RandomError};

/// A name or fingerprint is not of the required form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is malformed: expected {expected}")]
pub struct IdError {
    what: &'static str,
    expected: &'static str,
}

/// An ISO 3166-1 alpha-2 country code, such as `GE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match *text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Ok(Self([a, b])),
            _ => Err(IdError { what: "country", expected: "two capital letters, as in GE" }),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

/// An agency's name: a country, then up to four labels, as in `GE/mia/cyber` (`[ID-01]`).
/// A national centre is its country alone, as in `GE`.
///
/// ```
/// let agency: vlec::AgencyId = "GE/mia/cyber".parse()?;
/// assert_eq!(agency.country().as_str(), "GE");
/// assert!("ge/mia".parse::<vlec::AgencyId>().is_err());
/// # Ok::<(), vlec::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgencyId(Box<str>);

impl AgencyId {
    /// Longest form in bytes: `GE` and four labels of 32 with their slashes.
    pub const MAX_LEN: usize = 2 + 4 * 33;

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country whose roster speaks for this agency.
    pub fn country(&self) -> Country {
        match *self.0.as_bytes() {
            [a, b, ..] => Country([a, b]),
            _ => Country(*b"ZZ"),
        }
    }
}

impl From<Country> for AgencyId {
    fn from(country: Country) -> Self {
        Self(country.as_str().into())
    }
}

impl FromStr for AgencyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError {
            what: "agency",
            expected: "a country and up to four labels of [a-z0-9-], as in GE/mia/cyber",
        };
        let mut parts = text.split('/');
        parts.next().unwrap_or_default().parse::<Country>().map_err(|_| error)?;
        let mut count = 0;
        for part in parts {
            count += 1;
            if count > 4 || !is_label(part) {
                return Err(error);
            }
        }
        Ok(Self(text.into()))
    }
}

/// `[a-z0-9-]{1,32}`, the form of an agency's labels and of roles.
pub(crate) fn is_label(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl fmt::Display for AgencyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AgencyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgencyId({self})")
    }
}

/// The number of an agency's epoch: 1 for the first, one more for each that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochNumber(pub u64);

impl EpochNumber {
    /// The epoch that follows this one, or `None` after 2^64 − 1.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for EpochNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a public key is for; each use has its own label, so one key has another id in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// An agency's composite signature key.
    Identity,
    /// An agency's X-Wing key of one epoch.
    Epoch(EpochNumber),
    /// One of a country's composite root keys.
    Root,
    /// A country's log key pair (Ed25519, ML-DSA-44).
    Log,
    /// A country's witness key pair (Ed25519, ML-DSA-44).
    Witness,
}

impl KeyUse {
    fn label(self) -> Label {
        match self {
            Self::Identity => label::KEY_ID_IDENTITY,
            Self::Epoch(_) => label::KEY_ID_EPOCH,
            Self::Root => label::KEY_ID_ROOT,
            Self::Log => label::KEY_ID_LOG,
            Self::Witness => label::KEY_ID_WITNESS,
        }
    }

    fn epoch(self) -> u64 {
        match self {
            Self::Epoch(number) => number.0,
            Self::Identity | Self::Root | Self::Log | Self::Witness => 0,
        }
    }
}

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { what: $what, expected: $expected };
                parse_hex(text).map(Self).ok_or(error)
            }
        }
    };
}

fixed_bytes! {
    /// The id of a public key: it binds use, owner and epoch to the key (`[ID-02]`).
    KeyId, 32, "key id", "64 lower-case hexadecimal digits"
}

fixed_bytes! {
    /// The id of an envelope: 16 random bytes.
    EnvelopeId, 16, "envelope id", "32 lower-case hexadecimal digits"
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = (*byte << 4) | value;
        }
    }
    Some(out)
}

impl KeyId {
    /// `SHA-256(label ‖ length ‖ owner ‖ epoch ‖ public key)`, length and epoch as u64.
    pub fn derive(key_use: KeyUse, owner: &AgencyId, public_key: &[u8]) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(key_use.label().bytes());
        hash.update(&(owner.as_str().len() as u64).to_be_bytes());
        hash.update(owner.as_str().as_bytes());
        hash.update(&key_use.epoch().to_be_bytes());
        hash.update(public_key);
        let mut id = [0; 32];
        id.copy_from_slice(hash.finish().as_ref());
        Self(id)
    }

    /// The form that two people read to each other: eight groups of four digits, the first half
    /// of the id (128 bits).
    ///
    /// ```
    /// let id = vlec::KeyId::from_bytes([0xa1; 32]);
    /// assert_eq!(id.fingerprint(), "a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1");
    /// ```
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }
}

/// The first 16 bytes of `digest`, in groups of four digits.
pub(crate) fn fingerprint(digest: &[u8; 32]) -> String {
    let mut text = String::with_capacity(39);
    for (i, byte) in digest.iter().take(16).enumerate() {
        if i > 0 && i % 2 == 0 {
            text.push(' ');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

impl EnvelopeId {
    /// A new random id.
    pub(crate) fn random(random: &Random) -> Result<Self, RandomError> {
        random.bytes().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agency_names_of_the_right_form_only() {
        for good in ["GE", "GE/mia", "GE/mia/cyber", "UA/a/b/c/d", "MD/0-9"] {
            assert_eq!(good.parse::<AgencyId>().unwrap().as_str(), good);
        }
        let long = format!("GE/{}", "a".repeat(33));
        for bad in
            ["", "G", "ge", "GEO", "GE/", "GE//a", "/GE", "GE/A", "GE/a_b", "GE/a/b/c/d/e", "GE/а", &long]
        {
            assert!(bad.parse::<AgencyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn r12_key_id_depends_on_owner_epoch_and_use() {
        let (a, b): (AgencyId, AgencyId) = ("GE/a".parse().unwrap(), "GE/b".parse().unwrap());
        let key = [1; 32];
        let ids = [
            KeyId::derive(KeyUse::Epoch(EpochNumber(1)), &a, &key),
            KeyId::derive(KeyUse::Epoch(EpochNumber(2)), &a, &key),
            KeyId::derive(KeyUse::Epoch(EpochNumber(1)), &b, &key),
            KeyId::derive(KeyUse::Identity, &a, &key),
            KeyId::derive(KeyUse::Root, &a, &key),
        ];
        for (i, x) in ids.iter().enumerate() {
            for y in ids.iter().skip(i + 1) {
                assert_ne!(x, y);
            }
        }
    }

    #[test]
    fn hexadecimal_is_lower_case_and_exact() {
        let id = EnvelopeId([0x5a; 16]);
        assert_eq!(id.to_string().parse::<EnvelopeId>(), Ok(id));
        assert!("5A".repeat(16).parse::<EnvelopeId>().is_err());
        assert!("5a".repeat(15).parse::<EnvelopeId>().is_err());
    }
}
