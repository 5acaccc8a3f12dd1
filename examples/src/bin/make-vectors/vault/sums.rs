//! What the rows are: their marks, the sums of these, and states with sums (SPEC §12.2, §12.4, `[VLT-13]`).

use std::collections::BTreeMap;

use serde::Serialize;
use vlec::hazmat::digest::keyed_hash;
use vlec::hazmat::kdf::expand_sha512;
use vlec::hazmat::label;
use vlec::hazmat::world::NOW;

use super::anchors::{State, StateRow, tag};
use super::rows::seal;
use super::{Case, OWNER, Record, case, fixed, shorter};
use crate::Result;
use crate::hex::hex;

/// The tables in the order of their numbers, the first of which is 1 (SPEC §12.1).
pub(super) const TABLES: [&str; 18] = [
    "meta",
    "identity",
    "epoch",
    "authority",
    "pin",
    "policy",
    "roster_entry",
    "checkpoint",
    "heard",
    "freeze",
    "ledger",
    "ledger_time",
    "conflict",
    "outbox",
    "wrapped",
    "handle",
    "witnessed",
    "pending",
];

/// The table's number.
pub(super) fn number(table: &str) -> u8 {
    TABLES.iter().position(|name| *name == table).map_or(0, |at| at as u8 + 1)
}

/// Rows of one vault, with their marks and sums.
#[derive(Serialize)]
pub(super) struct Summed {
    vault_key: String,
    vault: String,
    /// Table, row key, value.
    rows: Vec<(&'static str, String, String)>,
    says: SumsSay,
}

#[derive(Serialize)]
struct SumsSay {
    key: String,
    /// In the order of the rows.
    marks: Vec<String>,
    sums: Vec<(&'static str, String)>,
}

/// The part `rows` of a state.
#[derive(Clone, Serialize)]
pub(super) struct RowsPart {
    pub(super) compared: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) differing: Option<&'static str>,
    pub(super) sums: Vec<(&'static str, String)>,
}

/// A row as it is stored.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) table: &'static str,
    pub(super) key: Vec<u8>,
    pub(super) sealed: Vec<u8>,
}

impl Row {
    /// A row with a nonce of its own.
    pub(super) fn new(table: &'static str, key: &[u8], value: &[u8], nonce: &str) -> Result<Self> {
        let nonce = fixed(&format!("nonce of {nonce} in {table}"));
        Ok(Self { table, key: key.to_vec(), sealed: seal(OWNER, number(table), key, &nonce, value)? })
    }

    pub(super) fn written(&self) -> (&'static str, String, String) {
        (self.table, hex(&self.key), hex(&self.sealed))
    }

    /// `mark`, SPEC §12.2.
    pub(super) fn mark(&self) -> u128 {
        let name = match (self.sealed.first_chunk::<24>(), self.sealed.last_chunk::<16>()) {
            (Some(nonce), Some(tag)) if self.sealed.len() >= 40 => [&nonce[..], tag].concat(),
            _ => self.sealed.clone(),
        };
        let length = (self.key.len() as u32).to_be_bytes();
        let hash = keyed_hash(&key(), &[&[number(self.table)], &length, &self.key, &name]);
        u128::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 16]))
    }
}

/// `k`, SPEC §12.2.
fn key() -> [u8; 32] {
    let mut key = [0; 32];
    expand_sha512(&fixed("key"), &[label::VAULT_SUMS.bytes(), &fixed::<16>("id")], &mut key);
    key
}

/// Of each table that has rows, by their numbers.
pub(super) fn sums(rows: &[Row]) -> BTreeMap<u8, u128> {
    let mut sums = BTreeMap::new();
    for row in rows.iter().filter(|row| row.table != "meta") {
        let sum: &mut u128 = sums.entry(number(row.table)).or_default();
        *sum = sum.wrapping_add(row.mark());
    }
    sums
}

/// As a file says them.
pub(super) fn said(sums: &BTreeMap<u8, u128>) -> Vec<(&'static str, String)> {
    let name = |number: u8| TABLES.get(usize::from(number) - 1).copied().unwrap_or("none");
    sums.iter().map(|(number_of, sum)| (name(*number_of), hex(sum.to_be_bytes()))).collect()
}

impl RowsPart {
    pub(super) fn of(rows: &[Row]) -> Self {
        Self { compared: NOW - 3600, differing: None, sums: said(&sums(rows)) }
    }

    /// `rows`, SPEC §12.4.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.compared.to_be_bytes().to_vec();
        bytes.extend([self.differing.map_or(0, number), self.sums.len() as u8]);
        for (table, sum) in &self.sums {
            bytes.push(number(table));
            bytes.extend(u128::from_str_radix(sum, 16).unwrap_or_default().to_be_bytes());
        }
        bytes
    }
}

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut cases = summed()?;
    cases.extend(states()?);
    Ok(cases)
}

/// Rows of which `state-sums` tells.
fn two_tables() -> Result<[Row; 2]> {
    let row = |table, key: &[u8], nonce: &str| Row::new(table, key, b"a value", nonce);
    Ok([row("outbox", b"key", "one")?, row("wrapped", b"epoch 7", "seven")?])
}

fn summed() -> Result<Vec<Case>> {
    let row = |table, key: &[u8], nonce: &str| Row::new(table, key, b"a value", nonce);
    let one = row("outbox", b"key", "one")?;
    let long = Row::new("pending", &[0x6b; 300], b"", "long")?;
    let other = Row { table: "handle", ..one.clone() };
    let at = |key: &[u8]| Row { key: key.to_vec(), ..one.clone() };
    let short =
        |length: usize| Row { sealed: one.sealed.iter().take(length).copied().collect(), ..one.clone() };
    let mut inside = one.clone();
    inside.sealed.iter_mut().skip(24).take(7).for_each(|byte| *byte ^= 0xff);
    let several = vec![
        row("identity", b"now", "now")?,
        one.clone(),
        row("outbox", b"key 2", "two")?,
        row("outbox", b"key 3", "three")?,
        row("wrapped", b"epoch 7", "seven")?,
    ];
    let mut cases = Vec::new();
    for (name, what, rows) in [
        ("sums-one-row", "one row: its mark is the sum", vec![one.clone()]),
        ("sums-two-tables", "the rows of which the state in state-sums tells", two_tables()?.to_vec()),
        ("sums-no-rows", "no rows, and no sums", Vec::new()),
        ("sums-several", "rows of three tables; the sum of three marks is taken modulo 2^128", several),
        ("sums-long-key", "a row key of more than 255 bytes, and no value", vec![long]),
        ("sums-no-key", "a row key of no bytes", vec![at(b"")]),
        ("sums-other-table", "the bytes of the row in another table", vec![one.clone(), other]),
        ("sums-other-key", "the bytes of the row under another key", vec![one.clone(), at(b"kez")]),
        (
            "sums-row-of-nonce-and-tag",
            "a row that has only a nonce and a tag, and one that is a byte shorter",
            vec![short(40), short(39)],
        ),
        ("sums-short-row", "rows that are too short, one of them without bytes", vec![short(5), short(0)]),
        (
            "sums-ciphertext",
            "two rows whose ciphertexts differ, of one nonce and tag",
            vec![one.clone(), inside],
        ),
        ("sums-meta", "a row of meta has a mark, and is in no sum", vec![row("meta", b"key", "meta")?]),
        (
            "sums-row-twice",
            "a row sealed twice has two marks",
            vec![one.clone(), row("outbox", b"key", "one again")?],
        ),
    ] {
        let says = SumsSay {
            key: hex(key()),
            marks: rows.iter().map(|row| hex(row.mark().to_be_bytes())).collect(),
            sums: said(&sums(&rows)),
        };
        let (vault_key, vault) = (hex(fixed::<32>("key")), hex(fixed::<16>("id")));
        let summed = Summed { vault_key, vault, rows: rows.iter().map(Row::written).collect(), says };
        cases.push(case(name, what, "VLT-13", Record::Sums(summed)));
    }
    Ok(cases)
}

/// The state in `state-sums`.
pub(super) fn worked_state() -> Result<Vec<u8>> {
    Ok(state(Some(RowsPart::of(&two_tables()?))).bytes(tag(7), tag(6)))
}

/// A state of generation 7 whose rows are these.
fn state(rows: Option<RowsPart>) -> State {
    let (tagged, previous) = (hex(tag(7)), hex(tag(6)));
    State { generation: 7, tag: tagged, previous, number: 2, floor: NOW, rows }
}

fn states() -> Result<Vec<Case>> {
    let sum = |n: u128| hex(n.to_be_bytes());
    let part =
        |compared: u64, differing, sums: Vec<(&'static str, String)>| RowsPart { compared, differing, sums };
    let all = || TABLES.iter().skip(1).zip(1..).map(|(table, n)| (*table, sum(n))).collect::<Vec<_>>();
    let two = || vec![("identity", sum(1)), ("pending", sum(u128::MAX))];
    let rows = two_tables()?;
    let latest = (1 << 53) - 1;
    let mut cases = Vec::new();
    for (name, what, rows) in [
        ("sums", "a state with the sums of two tables", RowsPart::of(&rows)),
        ("sums-none", "no table has rows, and they were never compared", part(0, None, Vec::new())),
        ("sums-all", "every table but meta has a sum; the latest time", part(latest, None, all())),
        ("sums-largest", "the largest sum", part(NOW, None, two())),
        ("sums-differing", "a table was found to differ", part(NOW, Some("ledger"), two())),
        (
            "sums-differing-without-sum",
            "a table without a sum was found to differ",
            part(NOW, Some("pin"), two()),
        ),
    ] {
        let says = state(Some(rows));
        let row = StateRow { state: hex(says.bytes(tag(7), tag(6))), says: Some(says) };
        cases.push(case(&format!("state-{name}"), what, "VLT-13", Record::State(row)));
    }
    let bare = state(None).bytes(tag(7), tag(6));
    let entry = |table: u8, sum: u128| [&[table][..], &sum.to_be_bytes()].concat();
    let front = |compared: u64, differing: u8| [&compared.to_be_bytes()[..], &[differing]].concat();
    let with =
        |front: Vec<u8>, n: u8, entries: &[Vec<u8>]| [&bare[..], &front, &[n], &entries.concat()].concat();
    let (first, last) = (entry(2, 1), entry(18, 2));
    let good = with(front(NOW, 0), 2, &[first.clone(), last.clone()]);
    let plain = || front(NOW, 0);
    for (name, what, bytes) in [
        (
            "descending",
            "the sums are not in the order of the tables",
            with(plain(), 2, &[last.clone(), first.clone()]),
        ),
        ("twice", "two sums of one table", with(plain(), 2, &[first.clone(), entry(2, 3)])),
        ("of-meta", "a sum of the table meta", with(plain(), 1, &[entry(1, 1)])),
        ("of-table-0", "a sum of no table", with(plain(), 1, &[entry(0, 1)])),
        ("of-table-19", "a sum of a table that there is not", with(plain(), 1, &[entry(19, 1)])),
        ("zero", "a sum of zero", with(plain(), 1, &[entry(2, 0)])),
        ("one-too-few", "a count of three before two sums", with(plain(), 3, &[first.clone(), last.clone()])),
        ("one-too-many", "a count of one before two sums", with(plain(), 1, &[first, last])),
        ("cut", "the last byte of a sum is missing", shorter(&good)),
        ("without-count", "it ends before the count", [&bare[..], &plain()].concat()),
        ("without-differing", "it ends after the time", [&bare[..], &NOW.to_be_bytes()].concat()),
        ("differing-meta", "the table that differs is meta", with(front(NOW, 1), 0, &[])),
        ("differing-19", "the table that differs is none", with(front(NOW, 19), 0, &[])),
        ("compared-2-53", "a time of comparison that is no time", with(front(latest + 1, 0), 0, &[])),
    ] {
        let row = StateRow { state: hex(bytes), says: None };
        let case = case(&format!("state-sums-{name}"), what, "VLT-13", Record::State(row));
        cases.push(case.expect("row-damaged"));
    }
    Ok(cases)
}
