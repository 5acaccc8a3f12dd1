//! Deterministic CBOR, RFC 8949 §4.2.1: integer map keys, definite lengths, no tags, no floats
//! (SPEC §2.2, `[CBOR-01]`…`[CBOR-03]`).
//!
//! The [`Reader`] bounds every length before anything is allocated and names the field that
//! failed. Canonical form is proven by the caller, who encodes what was decoded and compares:
//! [`check_canonical`].

use minicbor::Decoder;
use minicbor::data::Type;

use crate::time::Timestamp;

/// Encodes into memory, where writing cannot fail.
pub(crate) type Encoder<'a> = minicbor::Encoder<&'a mut Vec<u8>>;

/// The field that is not of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is malformed")]
pub(crate) struct Malformed {
    pub(crate) field: &'static str,
}

/// Writes one item; `write` gets an encoder into memory, whose errors cannot occur.
pub(crate) fn encode(
    write: impl FnOnce(&mut Encoder<'_>) -> Result<(), minicbor::encode::Error<std::convert::Infallible>>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = minicbor::Encoder::new(&mut out);
    match write(&mut encoder) {
        Ok(()) => out,
        Err(_) => Vec::new(),
    }
}

/// `[CBOR-03]`: what was decoded encodes to exactly the bytes that were read.
pub(crate) fn check_canonical(read: &[u8], encoded: &[u8], field: &'static str) -> Result<(), Malformed> {
    if read == encoded { Ok(()) } else { Err(Malformed { field }) }
}

/// Reads bounded items and names the field of each.
pub(crate) struct Reader<'b>(Decoder<'b>);

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    /// A definite map of `min..=max` entries.
    pub(crate) fn map(&mut self, field: &'static str, min: u64, max: u64) -> Result<u64, Malformed> {
        let len = self.0.map().ok().flatten();
        len.filter(|n| (min..=max).contains(n)).ok_or(Malformed { field })
    }

    /// A definite array of `min..=max` items.
    pub(crate) fn array(&mut self, field: &'static str, min: u64, max: u64) -> Result<u64, Malformed> {
        let len = self.0.array().ok().flatten();
        len.filter(|n| (min..=max).contains(n)).ok_or(Malformed { field })
    }

    /// The map key that must come next.
    pub(crate) fn key(&mut self, field: &'static str, key: u64) -> Result<(), Malformed> {
        if self.uint(field)? == key { Ok(()) } else { Err(Malformed { field }) }
    }

    pub(crate) fn uint(&mut self, field: &'static str) -> Result<u64, Malformed> {
        match self.0.datatype() {
            Ok(Type::U8 | Type::U16 | Type::U32 | Type::U64) => self.0.u64().map_err(|_| Malformed { field }),
            _ => Err(Malformed { field }),
        }
    }

    pub(crate) fn time(&mut self, field: &'static str) -> Result<Timestamp, Malformed> {
        Timestamp::from_unix(self.uint(field)?).ok_or(Malformed { field })
    }

    /// A definite byte string of `min..=max` bytes.
    pub(crate) fn bytes(
        &mut self,
        field: &'static str,
        min: usize,
        max: usize,
    ) -> Result<&'b [u8], Malformed> {
        match self.0.datatype() {
            Ok(Type::Bytes) => {}
            _ => return Err(Malformed { field }),
        }
        let bytes = self.0.bytes().map_err(|_| Malformed { field })?;
        if (min..=max).contains(&bytes.len()) { Ok(bytes) } else { Err(Malformed { field }) }
    }

    /// A definite byte string of exactly `N` bytes.
    pub(crate) fn fixed<const N: usize>(&mut self, field: &'static str) -> Result<&'b [u8; N], Malformed> {
        self.bytes(field, N, N)?.try_into().map_err(|_| Malformed { field })
    }

    /// A definite text of `min..=max` bytes.
    pub(crate) fn text(&mut self, field: &'static str, min: usize, max: usize) -> Result<&'b str, Malformed> {
        match self.0.datatype() {
            Ok(Type::String) => {}
            _ => return Err(Malformed { field }),
        }
        let text = self.0.str().map_err(|_| Malformed { field })?;
        if (min..=max).contains(&text.len()) { Ok(text) } else { Err(Malformed { field }) }
    }

    /// A text that `T` parses.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &mut self,
        field: &'static str,
        max: usize,
    ) -> Result<T, Malformed> {
        self.text(field, 1, max)?.parse().map_err(|_| Malformed { field })
    }

    /// Nothing is left.
    pub(crate) fn end(&self, field: &'static str) -> Result<(), Malformed> {
        if self.0.position() == self.0.input().len() { Ok(()) } else { Err(Malformed { field }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_indefinite_lengths_tags_and_floats_are_malformed() {
        for (bytes, what) in [
            (&[0xbf, 0xff][..], "indefinite map"),
            (&[0xc1, 0x01], "tag"),
            (&[0xfb, 0, 0, 0, 0, 0, 0, 0, 0], "float"),
            (&[0x20], "negative"),
        ] {
            assert!(Reader::new(bytes).map("m", 0, 9).is_err(), "{what}");
            assert!(Reader::new(bytes).uint("u").is_err(), "{what}");
        }
        assert!(Reader::new(&[0x5f, 0x41, 1, 0xff]).bytes("b", 0, 9).is_err());
        assert!(Reader::new(&[0x7f, 0x61, b'a', 0xff]).text("t", 0, 9).is_err());
        assert!(Reader::new(&[0x9f, 0xff]).array("a", 0, 9).is_err());
    }

    #[test]
    fn d1_lengths_are_bounded_before_the_bytes_are_there() {
        let four_gib = [0x5a, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Reader::new(&four_gib).bytes("b", 0, 9), Err(Malformed { field: "b" }));
        let many = [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Reader::new(&many).map("m", 0, 9), Err(Malformed { field: "m" }));
    }

    #[test]
    fn e6_trailing_bytes_are_malformed() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.uint("n"), Ok(1));
        assert_eq!(reader.end("structure"), Err(Malformed { field: "structure" }));
    }
}
