//! CBOR by hand: maps taken apart and put together again, and items that no honest encoder writes.

use crate::Result;

/// A map's keys and values as they are encoded.
#[derive(Clone)]
pub(crate) struct Map(Vec<(Vec<u8>, Vec<u8>)>);

impl Map {
    /// Takes a map of less than 24 entries apart.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let (head, mut rest) = bytes.split_first().ok_or("empty")?;
        let mut entries = Vec::new();
        for _ in 0..head - 0xa0 {
            let (key, after) = split_item(rest)?;
            let (value, after) = split_item(after)?;
            entries.push((key.to_vec(), value.to_vec()));
            rest = after;
        }
        Ok(Self(entries))
    }

    /// Gives a key another value.
    pub(crate) fn set(mut self, key: u64, value: impl AsRef<[u8]>) -> Self {
        let at = self.0.iter_mut().find(|(k, _)| *k == uint(key));
        at.into_iter().for_each(|(_, old)| *old = value.as_ref().to_vec());
        self
    }

    /// Gives a key another encoding.
    pub(crate) fn rename(mut self, key: u64, encoded: &[u8]) -> Self {
        let at = self.0.iter_mut().find(|(k, _)| *k == uint(key));
        at.into_iter().for_each(|(old, _)| *old = encoded.to_vec());
        self
    }

    pub(crate) fn without(mut self, key: u64) -> Self {
        self.0.retain(|(k, _)| *k != uint(key));
        self
    }

    /// Puts an entry behind the last.
    pub(crate) fn and(mut self, key: u64, value: Vec<u8>) -> Self {
        self.0.push((uint(key), value));
        self
    }

    /// Exchanges two neighbours.
    pub(crate) fn swapped(mut self, first: usize) -> Self {
        self.0.swap(first, first + 1);
        self
    }

    /// Puts an entry there twice.
    pub(crate) fn doubled(mut self, at: usize) -> Self {
        self.0.extend(self.0.get(at).cloned());
        let end = self.0.len() - 1;
        self.0.get_mut(at..=end).into_iter().for_each(|tail| tail.rotate_right(1));
        self
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: u64) -> Result<&[u8]> {
        let entry = self.0.iter().find(|(k, _)| *k == uint(key));
        Ok(entry.map(|(_, value)| value.as_slice()).ok_or("no such key")?)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [head(5, self.0.len() as u64), self.entries()].concat()
    }

    /// The entries without the map's head.
    pub(crate) fn entries(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect()
    }
}

/// A definite item and what follows it.
fn split_item(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    Ok(bytes.split_at_checked(item_len(bytes)?).ok_or("item")?)
}

fn item_len(bytes: &[u8]) -> Result<usize> {
    let first = *bytes.first().ok_or("no item")?;
    let width = match first & 31 {
        0..=23 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        _ => 8,
    };
    let number = bytes.get(1..=width).ok_or("number")?.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    let number = if width == 0 { usize::from(first & 31) } else { number };
    let mut length = 1 + width;
    match first >> 5 {
        2 | 3 => length += number,
        major @ (4 | 5) => {
            for _ in 0..number * usize::from(major - 3) {
                length += item_len(bytes.get(length..).ok_or("item")?)?;
            }
        }
        _ => {}
    }
    Ok(length)
}

/// The shortest head.
pub(crate) fn head(major: u8, value: u64) -> Vec<u8> {
    let (extra, width) = match value {
        0..=23 => return vec![major << 5 | value as u8],
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    let mut out = vec![major << 5 | extra];
    out.extend(value.to_be_bytes().iter().skip(8 - width));
    out
}

pub(crate) fn uint(value: u64) -> Vec<u8> {
    head(0, value)
}

pub(crate) fn bytes(value: impl AsRef<[u8]>) -> Vec<u8> {
    [head(2, value.as_ref().len() as u64), value.as_ref().to_vec()].concat()
}

pub(crate) fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub(crate) fn map(entries: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let items = entries.iter().flat_map(|(key, value)| [uint(*key), value.clone()].concat());
    [head(5, entries.len() as u64), items.collect()].concat()
}
