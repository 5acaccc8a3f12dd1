//! What other countries pin: a country and the hash of its Genesis (SPEC §4.8, `[ROS-02]`).
//!
//! ```text
//! vlec/1/GE/<64 hexadecimal digits: SHA-256 of the body of Genesis>
//! ```
//!
//! The text is also the origin of the country's log.

use std::fmt;
use std::str::FromStr;

use crate::ids::{self, Country, KeyId};

/// The hash of a country's `Genesis`, pinned in a ceremony.
///
/// ```
/// let text = format!("vlec/1/GE/{}", "a1".repeat(32));
/// let anchor: vlec::TrustAnchor = text.parse()?;
/// assert_eq!(anchor.country().as_str(), "GE");
/// assert_eq!(anchor.fingerprint(), "a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1");
/// # Ok::<(), vlec::AnchorError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrustAnchor {
    country: Country,
    digest: [u8; 32],
}

/// The text is not a trust anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trust anchor is malformed: expected vlec/1/, a country, / and 64 lower-case hexadecimal digits")]
pub struct AnchorError;

impl TrustAnchor {
    pub(super) fn new(country: Country, digest: [u8; 32]) -> Self {
        Self { country, digest }
    }

    /// The country.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The SHA-256 of the body of `Genesis`.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The form that two people read to each other: eight groups of four digits, the first half
    /// of the digest (128 bits).
    pub fn fingerprint(&self) -> String {
        ids::fingerprint(&self.digest)
    }
}

impl FromStr for TrustAnchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let (country, digest) =
            text.strip_prefix("vlec/1/").and_then(|rest| rest.split_once('/')).ok_or(AnchorError)?;
        // A key id has the same written form.
        let digest: KeyId = digest.parse().map_err(|_| AnchorError)?;
        Ok(Self { country: country.parse().map_err(|_| AnchorError)?, digest: *digest.as_bytes() })
    }
}

impl fmt::Display for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vlec/1/{}/{}", self.country, KeyId::from_bytes(self.digest))
    }
}

impl fmt::Debug for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustAnchor({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_written_form_only() {
        let good = format!("vlec/1/GE/{}", "a1".repeat(32));
        assert_eq!(good.parse::<TrustAnchor>().unwrap().to_string(), good);
        let bad = [
            good.to_uppercase(),
            good.replace("GE", "ge"),
            good.replace("/1/", "/2/"),
            format!("{good}0"),
            format!(" {good}"),
            good[..good.len() - 1].to_string(),
            good.replace("GE", "GE/mia"),
            String::new(),
        ];
        for text in bad {
            assert_eq!(text.parse::<TrustAnchor>(), Err(AnchorError), "{text}");
        }
    }
}
