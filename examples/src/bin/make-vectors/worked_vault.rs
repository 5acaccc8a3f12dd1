//! `worked-vault.md`: a state row and a row of evidence in bytes, out of the vectors' own files.

use data_encoding::HEXLOWER;
use serde_json::Value;
use vlec::hazmat::label;

use crate::Result;
use crate::hex::hex;
use crate::worked_example::Page;

/// The vectors of which it shows the bytes.
pub(crate) struct Shown {
    pub(crate) sums: Value,
    pub(crate) state: Value,
    pub(crate) row: Value,
    pub(crate) evidence: Value,
}

pub(crate) fn write(shown: &Shown) -> Result<String> {
    let mut out = Page::new();
    out.line(
        "Out of the vectors that are named; the owner of the state's vault is GE/mia/cyber. \
         What is left out is marked `…`.",
    )?;
    sums(&mut out, &shown.sums)?;
    state(&mut out, shown)?;
    evidence(&mut out, &shown.evidence)?;
    Ok(out.text())
}

fn field<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    Ok(value.pointer(path).and_then(Value::as_str).ok_or(format!("the vector has no {path}"))?)
}

fn octets(value: &Value, path: &str) -> Result<Vec<u8>> {
    Ok(HEXLOWER.decode(field(value, path)?.as_bytes())?)
}

/// The parts of a value, so long, one after the other; the rest last.
fn parts(bytes: &[u8], lengths: &[usize]) -> Result<Vec<String>> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    for length in lengths {
        let (part, after) = rest.split_at_checked(*length).ok_or("a part that is not there")?;
        parts.push(hex(part));
        rest = after;
    }
    parts.push(hex(rest));
    Ok(parts)
}

fn block(out: &mut Page, parts: &[String]) -> Result<()> {
    out.block(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn sums(out: &mut Page, vector: &Value) -> Result<()> {
    out.heading("Marks and sums (§12.2)")?;
    out.line("`vault/sums-two-tables.json`: one row in each of two tables, whose marks are their sums.")?;
    out.value("vault key", field(vector, "/record/sums/vault_key")?)?;
    out.value("vault id", field(vector, "/record/sums/vault")?)?;
    let info = [label::VAULT_SUMS.bytes(), &octets(vector, "/record/sums/vault")?].concat();
    out.value("info", &hex(info))?;
    out.value("k", field(vector, "/record/sums/says/key")?)?;
    for (at, table, number) in [(0, "outbox", 14u8), (1, "wrapped", 15)] {
        let key = octets(vector, &format!("/record/sums/rows/{at}/1"))?;
        let sealed = octets(vector, &format!("/record/sums/rows/{at}/2"))?;
        let (nonce, tag) = sealed.first_chunk::<24>().zip(sealed.last_chunk::<16>()).ok_or("a short row")?;
        out.value(&format!("sealed row of {table}"), &hex(&sealed))?;
        out.line("Under BLAKE3: the table, the length of the row key, the row key, nonce and tag.")?;
        let length = u32::try_from(key.len())?.to_be_bytes();
        block(out, &[hex([number]), hex(length), hex(&key), hex(nonce), hex(tag)])?;
        out.value("mark", field(vector, &format!("/record/sums/says/marks/{at}"))?)?;
    }
    Ok(())
}

fn state(out: &mut Page, shown: &Shown) -> Result<()> {
    out.heading("A state row (§12.4)")?;
    out.line(
        "`vault/state-sums.json`: generation, tag, previous tag, number, floor; then the time of the comparison, \
         no table that differs, two sums, and each of them behind its table's number.",
    )?;
    let state = octets(&shown.state, "/record/state/state")?;
    block(out, &parts(&state, &[8, 16, 16, 8, 8, 8, 1, 1, 17])?)?;
    let row = |path: &str| octets(&shown.row, &format!("/record/row/{path}"));
    if row("says/value")? != state {
        return Err("the row is another state's".into());
    }
    let (owner, key) = (field(&shown.row, "/record/row/owner")?, row("row_key")?);
    out.line(
        "`vault/row-state.json`: the associated data under which it is sealed, in parts, nonce and row.",
    )?;
    let length = u8::try_from(owner.len())?;
    let ad = [label::VAULT_ROW.bytes(), &[1]].map(hex).to_vec();
    block(out, &[&ad[..], &[hex(row("vault")?), hex([length]), hex(owner), hex([1]), hex(key)]].concat())?;
    out.value("nonce", &hex(row("says/nonce")?))?;
    out.value("sealed row", &hex(row("sealed")?))
}

fn evidence(out: &mut Page, vector: &Value) -> Result<()> {
    out.heading("A row of evidence (§12.7)")?;
    out.line(
        "`vault/evidence.json`: the manifest of §9.2 under the key of the epoch that opened it, which is the first of UA/npu/cyber in \
         `world.json`.",
    )?;
    let says = |path: &str| octets(vector, &format!("/record/evidence/says/{path}"));
    out.value("epoch seed", field(vector, "/record/evidence/epochs/0/1")?)?;
    out.value("info", &hex(label::EPOCH_EVIDENCE.bytes()))?;
    out.value("evidence key", &hex(says("evidence_key")?))?;
    out.value("nonce", &hex(says("nonce")?))?;
    out.value("associated data", &hex([label::VAULT_EVIDENCE.bytes(), &says("digest")?].concat()))?;
    out.line(
        "The row: the array with the digest, the head of the signature, the key id, the sealed manifest, and the number.",
    )?;
    let row = octets(vector, "/record/evidence/row")?;
    let signature = says("signature")?;
    let digest = 1 + 2 + says("digest")?.len();
    let after = digest + 3 + signature.len();
    let (head, rest) = (row.get(..digest + 3).ok_or("the head")?, row.get(after..).ok_or("the rest")?);
    let sealed = 3 + 24 + says("manifest")?.len() + 16;
    let [before, after] = [parts(head, &[1, digest - 1])?, parts(rest, &[2 + 32, sealed])?];
    block(out, &[&before[..], &["… 3373 bytes of the signature".to_owned()], &after].concat())
}
