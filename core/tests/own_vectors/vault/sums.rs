//! Marks of rows, their sums, and the part `rows` of a state.

use std::collections::BTreeMap;

use serde::Deserialize;
use vlec::hazmat::vault::{RowState, Rows, Sums};
use vlec::{MemoryStore, Store, Table};

use super::formulas;
use super::rows::{agency, number_of, table_of};
use super::secret;
use crate::bytes::Hex;
use crate::support::{Verdict, ensure, same};
use crate::world::time;

/// Rows of one vault, with their marks and sums.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summed {
    vault_key: Hex,
    vault: Hex,
    rows: Vec<(String, Hex, Hex)>,
    says: Says,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    key: Hex,
    marks: Vec<Hex>,
    sums: Vec<(String, Hex)>,
}

/// What a state says of the rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    compared: u64,
    differing: Option<String>,
    sums: Vec<(String, Hex)>,
}

impl Summed {
    pub(super) fn check(&self, expect: &str) -> Verdict {
        let Self { vault_key, vault, rows, says } = self;
        same("verdict", "ok", expect)?;
        let key = formulas::mark_key(&vault_key.0, &vault.0);
        same("key by the formula", &key, &says.key.0)?;
        let of = Rows::new(secret(vault_key), &vault.array(), &agency("GE")?);
        let (mut marks, mut sums) = (Vec::new(), BTreeMap::new());
        for (table, row_key, sealed) in rows {
            let table = table_of(table)?;
            let mark = formulas::mark(&key, number_of(table)?, &row_key.0, &sealed.0);
            same("mark by the core", of.mark(table, &row_key.0, &sealed.0), mark)?;
            marks.push(Hex(mark.to_be_bytes().to_vec()));
            if table != Table::Meta {
                add(&mut sums, number_of(table)?, mark);
            }
        }
        same("marks", &marks, &says.marks)?;
        same("sums by the formula", &sums, &numbered(&says.sums)?)?;
        same("rows", rows.len(), marks.len())
    }
}

impl Part {
    /// As the core has it.
    pub(super) fn said(&self) -> Verdict<RowState> {
        let mut sums = Sums::default();
        for (table, sum) in &self.sums {
            sums.set(table_of(table)?, u128::from_be_bytes(sum.array()));
        }
        let differs = self.differing.as_deref().map(table_of).transpose()?;
        Ok(RowState { compared: time(self.compared), differs, sums })
    }

    /// `rows = compared(8) ‖ differing table u8 ‖ n u8 ‖ n × (table u8 ‖ sum(16))`
    pub(super) fn bytes(&self) -> Verdict<Vec<u8>> {
        let differing = self.differing.as_deref().map(|table| number_of(table_of(table)?)).transpose()?;
        let mut bytes = self.compared.to_be_bytes().to_vec();
        bytes.extend([differing.unwrap_or(0), u8::try_from(self.sums.len()).unwrap()]);
        for (table, sum) in &self.sums {
            bytes.push(number_of(table_of(table)?)?);
            bytes.extend(&sum.0);
        }
        Ok(bytes)
    }
}

fn numbered(sums: &[(String, Hex)]) -> Verdict<BTreeMap<u8, u128>> {
    sums.iter()
        .map(|(table, sum)| Ok((number_of(table_of(table)?)?, u128::from_be_bytes(sum.array()))))
        .collect()
}

fn add(sums: &mut BTreeMap<u8, u128>, table: u8, mark: u128) {
    let sum = sums.entry(table).or_default();
    *sum = sum.wrapping_add(mark);
}

/// What stands in a store, read with the unlocking key and without the core's vault.
pub(super) struct Found {
    /// The state in plaintext.
    pub(super) state: Vec<u8>,
    /// Of each table: by how much the state's sum is above that of the rows, where the state has sums.
    pub(super) above: Option<BTreeMap<u8, u128>>,
}

impl Found {
    pub(super) fn differing(&self) -> Option<u8> {
        self.state.get(56 + 8).copied()
    }

    pub(super) fn read(store: &MemoryStore, owner: &str, unlocking: &[u8]) -> Verdict<Self> {
        let mut rows = Vec::new();
        let read = store.read(&mut |view| {
            for table in Table::ALL {
                let page = view.range(*table, &[], &[], usize::MAX)?;
                rows.extend(page.into_iter().map(|(key, value)| (*table, key, value)));
            }
            Ok(())
        });
        read.map_err(|error| error.code())?;
        let meta = |name: &[u8]| {
            let row = rows.iter().find(|(table, key, _)| *table == Table::Meta && key == name);
            row.map(|(_, _, value)| value.clone()).ok_or("a row of meta is missing")
        };
        let header = meta(b"header")?;
        let (vault, key) = (&header[1..17], formulas::vault_key(&header, unlocking));
        let ad = formulas::row_ad(vault, owner, 1, b"state");
        let state = formulas::open(&key, &ad, &meta(b"state")?).ok_or("the state does not open")?;
        let mark_key = formulas::mark_key(&key, vault);
        let mut above = BTreeMap::new();
        for (table, row_key, sealed) in rows.iter().filter(|(table, ..)| *table != Table::Meta) {
            let mark = formulas::mark(&mark_key, number_of(*table)?, row_key, sealed);
            add(&mut above, number_of(*table)?, mark.wrapping_neg());
        }
        let Some(part) = state.get(56..).filter(|part| !part.is_empty()) else {
            return Ok(Self { state, above: None });
        };
        let entries = &part[10..];
        ensure(entries.len() == usize::from(part[9]) * 17, "as many sums as it says")?;
        for entry in entries.chunks(17) {
            add(&mut above, entry[0], u128::from_be_bytes(entry[1..].try_into().unwrap()));
        }
        above.retain(|_, above| *above != 0);
        Ok(Self { state, above: Some(above) })
    }
}
