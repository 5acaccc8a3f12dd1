//! `worked-roster.md`: an event, a tree, a bundle and a proof in bytes, out of the vectors' own files.

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::Value;
use vlec::hazmat::digest::sha256;
use vlec::hazmat::label;
use vlec::hazmat::world::World;

use crate::Result;
use crate::cbor::{array, bytes, head, text, uint};
use crate::events::leaf;
use crate::hex::hex;
use crate::worked_example::Page;

/// So much of a long item is shown.
const SHOWN: usize = 64;

/// The vectors of which it shows the bytes.
pub(crate) struct Shown {
    pub(crate) epoch: Value,
    pub(crate) genesis: Value,
    pub(crate) bundle: Value,
    pub(crate) proof: Value,
}

/// One of the cases by its name.
pub(crate) fn find<T: Serialize>(cases: &[T], name: impl Fn(&T) -> &str, wanted: &str) -> Result<Value> {
    let case = cases.iter().find(|case| name(case) == wanted).ok_or(format!("no {wanted}"))?;
    Ok(serde_json::to_value(case)?)
}

pub(crate) fn write(world: &World, shown: &Shown) -> Result<String> {
    let mut out = Page::new();
    out.line(
        "Events, trees, bundles and proofs of `world.json`'s country GE, from the \
         files that are named. What is left out is marked `…`.",
    )?;
    event(&mut out, &shown.epoch)?;
    pair(&mut out, &shown.genesis)?;
    let country = world.countries.get(&"GE".parse()?).ok_or("country")?;
    let leaves: Vec<[u8; 32]> = country.events.iter().map(|event| sha256(&[&[0], &leaf(event)])).collect();
    tree(&mut out, &leaves)?;
    bundle(&mut out, &shown.bundle)?;
    proof(&mut out, &shown.proof)?;
    Ok(out.text())
}

fn field<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    Ok(value.pointer(path).and_then(Value::as_str).ok_or(format!("the vector has no {path}"))?)
}

fn octets(value: &Value, path: &str) -> Result<Vec<u8>> {
    Ok(HEXLOWER.decode(field(value, path)?.as_bytes())?)
}

/// The place of `part` in `whole`.
fn place(whole: &[u8], part: &[u8]) -> Result<usize> {
    Ok(whole.windows(part.len()).position(|window| window == part).ok_or("a part that is not there")?)
}

fn event(out: &mut Page, epoch: &Value) -> Result<()> {
    let event = octets(epoch, "/event")?;
    let (agency, key) = (field(epoch, "/decoded/subject")?, octets(epoch, "/decoded/fields/key")?);
    let number = epoch.pointer("/decoded/fields/number").and_then(Value::as_u64).ok_or("number")?;
    let (at, signer) = (place(&event, &key)?, octets(epoch, "/decoded/signatures/0/signer")?);
    let after = at + key.len();
    let signature = place(&event, &signer)? + signer.len() + 3;
    out.heading("An epoch event (§4.1, §4.2)")?;
    out.line(
        "The signed event of `events/epoch.json`: the array, the body's head, the \
         body up to its key, the rest of the body, then the one signature's signer \
         and the head of its 3373 bytes.",
    )?;
    let length = epoch.pointer("/decoded/body_length").and_then(Value::as_u64).ok_or("body length")?;
    // The array's head is one byte, the body's three.
    let end = 4 + usize::try_from(length)?;
    let part = |from: usize, to: usize| event.get(from..to).map(hex).ok_or("a part that is not there");
    out.block(&[
        &part(0, 1)?,
        &part(1, 4)?,
        &part(4, at)?,
        "… 1216 bytes of the X-Wing key",
        &part(after, end)?,
        &part(end, signature)?,
        "… 3373 bytes of the signature",
    ])?;
    out.heading("Its key id (§3.2)")?;
    let length = (agency.len() as u64).to_be_bytes();
    let input = [label::KEY_ID_EPOCH.bytes(), &length, agency.as_bytes(), &number.to_be_bytes()].concat();
    let id = hex(sha256(&[&input, &key]));
    if id != field(epoch, "/decoded/key_ids/0")? {
        return Err("the key id is another".into());
    }
    out.line("SHA-256 of these bytes and the 1216 of the key:")?;
    out.block(&[&hex(&input)])?;
    out.value("key id", &id)?;
    out.heading("Its leaf (§4.9)")?;
    out.value("leaf", field(epoch, "/decoded/leaf")?)?;
    out.value("leaf hash", field(epoch, "/decoded/leaf_hash")?)?;
    out.heading("What its signer signs (§2.5)")?;
    out.line(
        "Both halves of the composite sign this; its last 64 bytes are SHA-512 of the \
         body.",
    )?;
    out.value("message", field(epoch, "/decoded/signatures/0/signed_message")?)
}

fn pair(out: &mut Page, genesis: &Value) -> Result<()> {
    let label = label::SIGN_GENESIS.bytes();
    out.heading("What a pair signs of an event (§2.5)")?;
    out.line(&format!(
        "The log and the witness of `events/genesis.json` sign these {} bytes and after them the {} of the body, whose SHA-256 is `{}`. \
         ML-DSA-44's context string is the same {} bytes; Ed25519 has none.",
        label.len(),
        genesis.pointer("/decoded/body_length").ok_or("body length")?,
        field(genesis, "/decoded/body_sha256")?,
        label.len(),
    ))?;
    out.block(&[&hex(label)])
}

fn tree(out: &mut Page, leaves: &[[u8; 32]]) -> Result<()> {
    let &[a, b, c, d, e] = leaves else { return Err("not five leaves".into()) };
    let node = |left: [u8; 32], right: [u8; 32]| sha256(&[&[1], &left, &right]);
    let (ab, cd) = (node(a, b), node(c, d));
    let abcd = node(ab, cd);
    out.heading("A tree of five leaves (§4.13)")?;
    out.line(
        "The roster of GE in `world.json`. Five leaves are a complete subtree of four \
         and one leaf: these two are the compact range of 5, and the peaks of a \
         bundle that begins after them.",
    )?;
    let rows = [
        ("leaf 0", a),
        ("leaf 1", b),
        ("leaf 2", c),
        ("leaf 3", d),
        ("leaf 4", e),
        ("node of 0 and 1", ab),
        ("node of 2 and 3", cd),
        ("node of 0 to 3", abcd),
        ("root", node(abcd, e)),
    ];
    let rows: Vec<String> = rows.iter().map(|(name, hash)| format!("{name:<16} {}", hex(hash))).collect();
    out.rows(&rows)?;
    let listed = |hashes: &[[u8; 32]]| -> Vec<String> { hashes.iter().map(hex).collect() };
    out.line("The proof of inclusion of leaf 2 in five:")?;
    out.rows(&listed(&[d, ab, e]))?;
    out.line("The proof of consistency of three leaves with five:")?;
    out.rows(&listed(&[c, d, ab, e]))
}

/// The beginning, where the whole is long.
fn shortened(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN) {
        Some(beginning) if bytes.len() > 4 * SHOWN => format!("{}…", hex(beginning)),
        _ => hex(bytes),
    }
}

fn bundle(out: &mut Page, bundle: &Value) -> Result<()> {
    out.heading("A bundle (§4.17)")?;
    out.line(
        "`bundles/bundle-increment.json`: what follows the five events. Each item \
         begins with its kind and length; of long ones the first bytes are shown.",
    )?;
    for item in bundle.pointer("/bundle").and_then(Value::as_array).ok_or("items")? {
        let (kind, value) = item.as_object().and_then(|item| item.iter().next()).ok_or("an item")?;
        let text_of = || value.as_str().ok_or("no text");
        let (number, item): (u8, Vec<u8>) = match kind.as_str() {
            "header" => (1, header(value)?),
            "checkpoint" => (2, text_of()?.as_bytes().to_vec()),
            "event" => (3, HEXLOWER.decode(text_of()?.as_bytes())?),
            other => return Err(format!("an item {other}").into()),
        };
        let head = [&[number][..], &u32::try_from(item.len())?.to_be_bytes()].concat();
        out.line(&format!("{kind}, {} bytes:", item.len()))?;
        out.block(&[&hex(head), &shortened(&item)])?;
    }
    Ok(())
}

fn header(value: &Value) -> Result<Vec<u8>> {
    let peaks = value.pointer("/peaks").and_then(Value::as_array).ok_or("peaks")?;
    let peaks = peaks.iter().map(|peak| Ok(bytes(HEXLOWER.decode(peak.as_str().ok_or("peak")?.as_bytes())?)));
    let from = value.pointer("/from").and_then(Value::as_u64).ok_or("from")?;
    let peaks = peaks.collect::<Result<Vec<_>>>()?;
    Ok(array(&[text("vlec/1 bundle"), text(field(value, "/origin")?), uint(from), array(&peaks)]))
}

fn proof(out: &mut Page, proof: &Value) -> Result<()> {
    let encoded = octets(proof, "/proof")?;
    let format = text("vlec/1 equivocation");
    out.heading("An equivocation proof (§4.19)")?;
    out.line(
        "`bundles/proof-equal-size.json`: two notes of size 6. The array and the \
         format, each note's head and first bytes, the root of the first, and no \
         hash.",
    )?;
    let mut at = 1 + format.len();
    let mut parts = vec![hex(encoded.get(..at).ok_or("format")?)];
    for _ in 0..2 {
        // A text of more than 255 and less than 65,536 bytes.
        let length =
            encoded.get(at + 1..at + 3).and_then(|two| <[u8; 2]>::try_from(two).ok()).ok_or("note")?;
        let length = usize::from(u16::from_be_bytes(length));
        let note = encoded.get(at + 3..at + 3 + length).ok_or("note")?;
        if encoded.get(at..at + 3) != Some(&head(3, length as u64)) {
            return Err("a note's head is another".into());
        }
        parts.extend([hex(head(3, length as u64)), shortened(note)]);
        at += 3 + length;
    }
    parts.push(hex(encoded.get(at..).ok_or("root")?));
    out.block(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}
