//! What the rows are, in one number for each table (SPEC §12.2, `[VLT-13]`).
//!
//! ```text
//! k    = HKDF-Expand-SHA-512(vault key, VAULT_SUMS ‖ vault id, 32)
//! mark = first 16 bytes of BLAKE3 keyed with k, of table u8 ‖ length u32 ‖ row key ‖ nonce(24) ‖ tag(16)
//! sum  = Σ mark of the table's rows, modulo 2^128
//! ```
//!
//! The multiset hash MSet-Add-Hash of Clarke, Devadas, van Dijk, Gassend and Suh (2003). Nonce and tag name
//! a sealed row: no other opens at its place with both. The sums stand in the state, which is sealed, so
//! that nobody who lacks the vault key ever sees one.

use crate::crypto::digest::keyed_hash;
use crate::crypto::kdf::expand_sha512;
use crate::label;
use crate::secret::Secret;

use super::seal::{NONCE_LEN, TAG_LEN, VaultId};
use super::store::{Rows, StoreError, Table};

/// So many rows are read at a time where all of a table are summed.
const PAGE: usize = 64;

/// Makes the marks of one vault's rows.
pub(super) struct Marker(Secret<32>);

impl Marker {
    pub(super) fn new(vault_key: &Secret<32>, vault: &VaultId) -> Self {
        Self(Secret::new(|out| {
            expand_sha512(vault_key.expose(), &[label::VAULT_SUMS.bytes(), vault], out);
        }))
    }

    pub(super) fn mark(&self, table: Table, key: &[u8], name: &Name) -> u128 {
        let length = (key.len() as u32).to_be_bytes();
        let hash = keyed_hash(self.0.expose(), &[&[table.number()], &length, key, name.bytes()]);
        u128::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 16]))
    }

    /// The sum of all rows of a table, as they stand.
    pub(super) fn sum(&self, rows: &dyn Rows, table: Table) -> Result<u128, StoreError> {
        let (mut sum, mut from) = (0_u128, Vec::new());
        loop {
            let page = rows.range(table, &from, &[], PAGE)?;
            for (key, sealed) in &page {
                sum = sum.wrapping_add(self.mark(table, key, &name(sealed)));
            }
            match page.into_iter().next_back() {
                Some((last, _)) => from = after(last),
                None => return Ok(sum),
            }
        }
    }
}

/// What names a sealed row: its nonce and tag, or all of it if it is too short to have both.
#[derive(Clone, Copy)]
pub(super) struct Name {
    bytes: [u8; NAME_LEN],
    length: usize,
}

const NAME_LEN: usize = NONCE_LEN + TAG_LEN;

impl Name {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

pub(super) fn name(sealed: &[u8]) -> Name {
    let mut bytes = [0; NAME_LEN];
    let whole = sealed.split_first_chunk::<NONCE_LEN>();
    let length = match whole.and_then(|(nonce, rest)| Some((nonce, rest.last_chunk::<TAG_LEN>()?))) {
        Some((nonce, tag)) => {
            let (to_nonce, to_tag) = bytes.split_at_mut(NONCE_LEN);
            to_nonce.copy_from_slice(nonce);
            to_tag.copy_from_slice(tag);
            NAME_LEN
        }
        None => {
            bytes.iter_mut().zip(sealed).for_each(|(to, byte)| *to = *byte);
            sealed.len()
        }
    };
    Name { bytes, length }
}

/// The key that follows `key`: none lies between.
pub(super) fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}

/// The tables that are summed: all but the one with the sums themselves.
pub(super) fn summed() -> impl Iterator<Item = Table> {
    Table::ALL.iter().copied().filter(|table| *table != Table::Meta)
}

/// Tables that grow without end: they are not gone through at each opening.
pub(super) fn is_large(table: Table) -> Size {
    match table {
        Table::RosterEntry | Table::Ledger | Table::LedgerTime | Table::Conflict | Table::Pending => {
            Size::Large
        }
        _ => Size::Small,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Small,
    Large,
}

/// The sum of each table, in the order of the tables' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums([u128; Self::LEN]);

impl Sums {
    const LEN: usize = Table::ALL.len();
    const ENTRY: usize = 1 + 16;

    /// Of one table; zero where it has no rows.
    pub fn get(&self, table: Table) -> u128 {
        self.0.get(Self::place(table)).copied().unwrap_or_default()
    }

    /// Gives a table another sum.
    pub fn set(&mut self, table: Table, sum: u128) {
        if let Some(place) = self.0.get_mut(Self::place(table)) {
            *place = sum;
        }
    }

    pub(super) fn add(&mut self, table: Table, difference: u128) {
        self.set(table, self.get(table).wrapping_add(difference));
    }

    /// Tables are numbered from 1 without a gap.
    fn place(table: Table) -> usize {
        usize::from(table.number()) - 1
    }

    /// `n u8 ‖ n × (table u8 ‖ sum(16))`, ascending; a table whose sum is zero is left out.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let filled = Table::ALL.iter().filter(|table| self.get(**table) != 0);
        out.push(filled.clone().count() as u8);
        for table in filled {
            out.push(table.number());
            out.extend_from_slice(&self.get(*table).to_be_bytes());
        }
    }

    /// Takes exactly these bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (n, entries) = bytes.split_first()?;
        if entries.len() != usize::from(*n) * Self::ENTRY {
            return None;
        }
        let (mut sums, mut last) = (Self::default(), 0);
        for entry in entries.chunks_exact(Self::ENTRY) {
            let (number, sum) = entry.split_first()?;
            let table = summed().find(|table| table.number() == *number)?;
            let sum = u128::from_be_bytes(sum.try_into().ok()?);
            if *number <= last || sum == 0 {
                return None;
            }
            last = *number;
            sums.set(table, sum);
        }
        Some(sums)
    }
}

/// How far the rows have been gone through while others write (`[VLT-15]`).
#[derive(Clone, Debug)]
pub(super) struct Walk {
    table: Table,
    /// The rows before it are in `sum`.
    from: Vec<u8>,
    sum: u128,
}

impl Walk {
    /// At the first table.
    pub(super) fn begin() -> Option<Self> {
        summed().next().map(Self::of)
    }

    pub(super) fn of(table: Table) -> Self {
        Self { table, from: Vec::new(), sum: 0 }
    }

    /// A row that was gone past has changed.
    pub(super) fn note(&mut self, table: Table, key: &[u8], difference: u128) {
        if self.table == table && key < self.from.as_slice() {
            self.sum = self.sum.wrapping_add(difference);
        }
    }

    /// Goes on by at most `rows` rows and about `bytes` bytes.
    pub(super) fn step(
        &mut self,
        marker: &Marker,
        store: &dyn Rows,
        (rows, bytes): (usize, usize),
    ) -> Result<Step, StoreError> {
        let (mut seen, mut read) = (0, 0);
        while seen < rows && read < bytes {
            let page = store.range(self.table, &self.from, &[], PAGE)?;
            for (key, sealed) in &page {
                self.sum = self.sum.wrapping_add(marker.mark(self.table, key, &name(sealed)));
                read += key.len() + sealed.len();
            }
            seen += page.len();
            match page.into_iter().next_back() {
                Some((last, _)) => self.from = after(last),
                None => return Ok(Step::EndOf(self.table, self.sum)),
            }
        }
        Ok(Step::Within)
    }

    /// At the next table, if there is one.
    pub(super) fn next(&self) -> Option<Self> {
        summed().find(|table| table.number() > self.table.number()).map(Self::of)
    }
}

#[derive(Debug)]
pub(super) enum Step {
    Within,
    /// The table's rows have been summed.
    EndOf(Table, u128),
}
