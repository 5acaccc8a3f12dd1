//! Bytes as the files hold them: lower-case hexadecimal, or what gives the bytes when they are many.

use data_encoding::HEXLOWER;
use serde::Serialize;
use vlec::hazmat::digest::sha256;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// Byte `i` is `i mod 251`.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

/// What each `…` of a long text stands for: so many repetitions.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Fill {
    pub(crate) with: &'static str,
    pub(crate) times: usize,
}

impl Fill {
    /// The text written out.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace('…', &self.with.repeat(self.times))
    }
}

/// Bytes, written out or by what gives them.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Bytes {
    /// Written out.
    Hex(String),
    /// Byte `i` is `i mod 251`.
    Pattern { pattern: &'static str, length: usize },
    /// Sealed again from the vector's `seal`.
    Digest { length: usize, sha256: String },
    /// The envelope of another vector of the folder, changed.
    Edited { base: String, edits: Vec<Edit>, length: usize, sha256: String },
}

/// `remove` bytes of the base at `at` give way to `insert`, or to a `copy` of the base's own bytes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Edit {
    at: usize,
    remove: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    insert: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<Copied>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Copied {
    from: usize,
    length: usize,
}

impl Bytes {
    pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> Self {
        Self::Hex(hex(bytes))
    }

    pub(crate) fn none() -> Self {
        Self::Hex(String::new())
    }

    pub(crate) fn pattern(length: usize) -> Self {
        Self::Pattern { pattern: "i mod 251", length }
    }

    pub(crate) fn digest(bytes: &[u8]) -> Self {
        Self::Digest { length: bytes.len(), sha256: hex(sha256(&[bytes])) }
    }

    pub(crate) fn edited(name: &str, base: &[u8], edits: Vec<Edit>) -> crate::Result<Self> {
        let bytes = apply(base, &edits).ok_or("edits outside the base")?;
        let (length, sha256) = (bytes.len(), hex(sha256(&[&bytes])));
        Ok(Self::Edited { base: format!("{name}.json"), edits, length, sha256 })
    }

    /// Hexadecimal of little more than another vector's envelope becomes a few edits of it.
    pub(crate) fn compact(self, name: &str, base: &[u8]) -> crate::Result<Self> {
        const MOST: usize = 200;
        let Self::Hex(text) = &self else { return Ok(self) };
        let bytes = HEXLOWER.decode(text.as_bytes())?;
        if bytes.len() == base.len() {
            let edited = Self::difference(name, base, &bytes)?;
            return Ok(if edited.inserted() <= MOST { edited } else { self });
        }
        let same = |(a, b): &(&u8, &u8)| a == b;
        let head = base.iter().zip(&bytes).take_while(same).count();
        let most = base.len().min(bytes.len()) - head;
        let tail = base.iter().rev().zip(bytes.iter().rev()).take_while(same).count().min(most);
        let insert = bytes.get(head..bytes.len() - tail).ok_or("range")?;
        if insert.len() > MOST || bytes.is_empty() {
            return Ok(self);
        }
        Self::edited(name, base, vec![Edit::replace(head, base.len() - tail - head, insert)])
    }

    /// How many bytes the edits bring.
    fn inserted(&self) -> usize {
        match self {
            Self::Edited { edits, .. } => edits.iter().map(|edit| edit.insert.len() / 2).sum(),
            _ => 0,
        }
    }

    /// The edits that make `bytes` of a base of the same length.
    pub(crate) fn difference(name: &str, base: &[u8], bytes: &[u8]) -> crate::Result<Self> {
        const GAP: usize = 32;
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (at, _) in base.iter().zip(bytes).enumerate().filter(|(_, (a, b))| a != b) {
            match ranges.last_mut() {
                Some((_, end)) if at < *end + GAP => *end = at + 1,
                _ => ranges.push((at, at + 1)),
            }
        }
        let edit = |(from, to): (usize, usize)| Some(Edit::replace(from, to - from, bytes.get(from..to)?));
        let edits: Option<Vec<Edit>> = ranges.into_iter().map(edit).collect();
        Self::edited(name, base, edits.ok_or("range")?)
    }
}

impl Edit {
    pub(crate) fn replace(at: usize, remove: usize, insert: &[u8]) -> Self {
        Self { at, remove, insert: hex(insert), copy: None }
    }

    pub(crate) fn copy(at: usize, remove: usize, from: usize, length: usize) -> Self {
        Self { at, remove, insert: String::new(), copy: Some(Copied { from, length }) }
    }
}

/// The base with its edits, which are in the order of their places and do not overlap.
fn apply(base: &[u8], edits: &[Edit]) -> Option<Vec<u8>> {
    let (mut out, mut at) = (Vec::new(), 0);
    for edit in edits {
        out.extend_from_slice(base.get(at..edit.at)?);
        out.extend(HEXLOWER.decode(edit.insert.as_bytes()).ok()?);
        if let Some(Copied { from, length }) = edit.copy {
            out.extend_from_slice(base.get(from..from + length)?);
        }
        at = edit.at + edit.remove;
    }
    out.extend_from_slice(base.get(at..)?);
    Some(out)
}
