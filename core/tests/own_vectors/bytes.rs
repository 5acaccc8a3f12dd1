//! Bytes as the files hold them.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, de::Error};
use sha2::{Digest, Sha256};

use crate::support::{Verdict, ensure, same};

/// Lower-case hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER.decode(text.as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

impl Hex {
    pub(crate) fn array<const N: usize>(&self) -> [u8; N] {
        self.0.as_slice().try_into().unwrap()
    }
}

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// What each `…` of a long text stands for: so many repetitions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fill {
    with: String,
    times: usize,
}

/// The text written out. It has a `…` if something is told to stand for it, and only then.
pub(crate) fn filled(text: &str, fill: Option<&Fill>) -> Verdict<String> {
    ensure(text.contains('…') == fill.is_some(), "a filling for nothing, or none")?;
    Ok(fill.map_or_else(|| text.to_owned(), |fill| text.replace('…', &fill.with.repeat(fill.times))))
}

/// Bytes, written out or by what gives them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Bytes {
    Hex(Hex),
    Pattern { pattern: Pattern, length: usize },
    Digest { length: usize, sha256: Hex },
    Edited { base: String, edits: Vec<Edit>, length: usize, sha256: Hex },
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum Pattern {
    #[serde(rename = "i mod 251")]
    Mod251,
}

/// `remove` bytes at `at` give way to `insert`, or to a `copy` of the base's own bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    at: usize,
    remove: usize,
    #[serde(default)]
    insert: Hex,
    copy: Option<Copied>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Copied {
    from: usize,
    length: usize,
}

impl Bytes {
    /// Bytes that need nothing else: a content.
    pub(crate) fn plain(&self) -> Verdict<Vec<u8>> {
        match self {
            Self::Hex(Hex(bytes)) => Ok(bytes.clone()),
            Self::Pattern { pattern: Pattern::Mod251, length } => {
                Ok((0..*length).map(|i| (i % 251) as u8).collect())
            }
            Self::Digest { .. } | Self::Edited { .. } => {
                Err("only envelopes are given by a digest or edits".into())
            }
        }
    }
}

/// The bytes are those of which the file gives length and digest.
pub(crate) fn check_digest(bytes: &[u8], length: usize, sha256: &Hex) -> Verdict {
    same("length", bytes.len(), length)?;
    same("sha256", Sha256::digest(bytes).as_slice(), &*sha256.0)
}

/// The base with its edits, which are in the order of their places and do not overlap.
pub(crate) fn apply(base: &[u8], edits: &[Edit]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    for edit in edits {
        out.extend_from_slice(&base[at..edit.at]);
        out.extend_from_slice(&edit.insert.0);
        if let Some(Copied { from, length }) = edit.copy {
            out.extend_from_slice(&base[from..from + length]);
        }
        at = edit.at + edit.remove;
    }
    out.extend_from_slice(&base[at..]);
    out
}
