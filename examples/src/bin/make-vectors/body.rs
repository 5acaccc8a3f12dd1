//! Envelopes whose body fails, in one segment: root, commitment, tags, padding, end, ledger.

use vlec::hazmat::forge::{Offsets, Parts};
use vlec::hazmat::world::NOW;

use crate::Result;
use crate::case::{CONTENT, Case, Forge, RECIPIENT, Recorded, SENDER, flipped};
use crate::good::{CHUNK, chunk_boundary, recorded};
use crate::hex::{Bytes, pattern};
use crate::sealing::Order;

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = commitments(forge)?;
    cases.extend(chunks(forge)?);
    cases.extend(lengths(forge)?);
    cases.extend(ends(forge)?);
    cases.extend(ledger(forge)?);
    cases.extend(horizon(forge)?);
    Ok(cases)
}

fn parts(forge: &Forge<'_>, change: impl FnOnce(&mut Parts) -> Result<()>) -> Result<Vec<u8>> {
    let mut parts = forge.single()?;
    change(&mut parts)?;
    Ok(parts.assemble()?)
}

/// Steps 11 and 12.
fn commitments(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { body, .. } = forge.single()?.offsets()?;
    let case =
        |name: &str, description: &str, expect: &str| Case::new(name, description, &["§5.6"]).expect(expect);
    let digest = parts(forge, |parts| Ok(parts.digests.iter_mut().for_each(|digest| digest[0] ^= 1)))?;
    let exchanged = parts(forge, |parts| {
        parts.body.reverse();
        let signed = parts.manifest.clone();
        parts.digest_body()?;
        parts.manifest = signed;
        Ok(())
    })?;
    Ok(vec![
        case("digest-changed", "a co-recipient changes the digest in the front", "body-root")
            .attack(&["E2"])
            .envelope(digest),
        case("body-and-digest-exchanged", "a co-recipient exchanges the content and its digest", "body-root")
            .attack(&["E2"])
            .envelope(exchanged),
        case("signed-root-other", "the signed root is not that of the digests", "body-root")
            .envelope(forge.signed("signed-root-other", |m| m.body_root[31] ^= 1)?),
        case("signed-body-length-other-policy", "the root covers the body's length", "body-root").envelope(
            parts(forge, |parts| {
                parts.body.resize(1024, 0);
                parts.digest_body()?;
                parts.edit(|manifest| manifest.body_len = 1024)?;
                forge.sign(parts, SENDER, "signed-body-length-other-policy")
            })?,
        ),
        case("signed-commitment-other", "the signed commitment is not the body's", "body-commitment")
            .envelope(forge.signed("signed-commitment-other", |m| m.body_commitment[0] ^= 1)?),
        case("body-commitment-changed", "one bit of the commitment at the body's head", "body-commitment")
            .envelope(flipped(&forge.single, body + 24, 1)?),
        case("body-salt-changed", "one bit of the salt at the body's head", "body-commitment")
            .envelope(flipped(&forge.single, body, 1)?),
        case("body-resealed", "a co-recipient seals the same content under another salt", "body-commitment")
            .attack(&["E10"])
            .envelope(parts(forge, |parts| Ok(parts.body_salt = [0x5a; 24]))?),
        case(
            "commitment-both-changed",
            "commitment and signed commitment agree, the derived one does not",
            "body-commitment",
        )
        .envelope({
            let envelope = forge.signed("commitment-both-changed", |m| m.body_commitment[0] ^= 1)?;
            flipped(&envelope, body + 24, 1)?
        }),
    ])
}

/// Step 14: tags and digests.
fn chunks(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { first_chunk: chunk, .. } = forge.single()?.offsets()?;
    let end = forge.single.len() - 1;
    let case =
        |name: &str, description: &str| Case::new(name, description, &["ENV-25"]).attack(&["F1"]).damaged(0);
    let swapped = parts(forge, |parts| Ok(parts.body.reverse()))?;
    // Another envelope's body of the same length, behind this one's salt and commitment.
    let other = Order::new("other stream", SENDER, &[RECIPIENT]).padding("none");
    let other = other.seal(forge.world, &[b'x'; CONTENT.len()])?.envelope;
    let mixed = [forge.single.get(..chunk), other.get(chunk..)].map(|part| part.ok_or("chunk"));
    let [head, tail] = mixed;
    let empty =
        Order::new("empty body", SENDER, &[RECIPIENT]).padding("none").seal(forge.world, b"")?.envelope;
    let full = chunk_boundary().seal(forge.world, &pattern(16384))?.envelope;
    Ok(vec![
        case("chunk-changed", "one bit of the ciphertext").envelope(flipped(&forge.single, chunk, 1)?),
        case("chunk-tag-changed", "the last bit of the tag").envelope(flipped(&forge.single, end, 0x80)?),
        case(
            "content-exchanged",
            "a co-recipient seals another content; every tag holds, the digest does not",
        )
        .attack(&["E2"])
        .envelope(swapped),
        case("chunk-of-another-stream", "the chunk of another envelope of the same length")
            .attack(&["F3"])
            .envelope([head?, tail?].concat()),
        case("empty-body-tag-changed", "one bit of the tag of an empty body").envelope(flipped(
            &empty,
            empty.len() - 1,
            1,
        )?),
        case("closing-tag-changed", "one bit of the tag of the empty chunk that closes a full one")
            .edited(Bytes::difference(CHUNK, &full, &flipped(&full, full.len() - 1, 1)?)?),
    ])
}

/// The envelope to one with 1,024 bytes of body, changed, and signed by the sender.
pub(crate) fn sealed_padded(
    forge: &Forge<'_>,
    name: &str,
    change: &dyn Fn(&mut Parts) -> Result<()>,
) -> Result<Parts> {
    let mut parts = forge.single()?;
    parts.body.resize(1024, 0);
    parts.edit(|manifest| manifest.body_len = 1024)?;
    change(&mut parts)?;
    parts.digest_body()?;
    forge.sign(&mut parts, SENDER, name)?;
    Ok(parts)
}

/// Padding and lengths, signed.
fn lengths(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let padded = |name: &str, change: &dyn Fn(&mut Parts) -> Result<()>| -> Result<Vec<u8>> {
        Ok(sealed_padded(forge, name, change)?.assemble()?)
    };
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(name, description, &[rule]).attack(&["E8"])
    };
    let length = |name: &str, content: u64, body: u64| {
        forge.signed(name, |manifest| (manifest.content_len, manifest.body_len) = (content, body))
    };
    Ok(vec![
        case("padding-not-zero", "the first byte behind the content is not zero", "ENV-22")
            .expect("padding")
            .envelope(padded("padding-not-zero", &|parts| {
                Ok(*parts.body.get_mut(CONTENT.len()).ok_or("body")? = 1)
            })?),
        case("padding-end-not-zero", "the last byte of the padding is not zero", "ENV-22")
            .expect("padding")
            .envelope(padded("padding-end-not-zero", &|parts| {
                Ok(*parts.body.last_mut().ok_or("body")? = 0x80)
            })?),
        case(
            "content-length-short",
            "the signed length leaves the content's last byte to the padding",
            "ENV-22",
        )
        .expect("padding")
        .envelope(padded("content-length-short", &|parts| Ok(parts.edit(|m| m.content_len -= 1)?))?),
        case("body-length-of-no-policy", "38 bytes of body for 37 of content", "ENV-21")
            .malformed("manifest body length")
            .envelope(length("body-length-of-no-policy", 37, 38)?),
        case("body-shorter-than-content", "36 bytes of body for 37 of content", "MAN-05")
            .malformed("manifest body length")
            .envelope(length("body-shorter-than-content", 37, 36)?),
        case("body-longer-than-sent", "signed for 1,024 bytes of body, of which 37 are there", "§5.6")
            .expect("truncated")
            // Where the input ends is not known there; the root covers the length.
            .unsized_input("body-root", None)
            .envelope(length("body-longer-than-sent", 37, 1024)?),
        case("content-length-over-format", "a content of 2^64 - 1 bytes", "§5.6")
            .attack(&["D1"])
            .expect("too-large")
            .envelope(length("content-length-over-format", u64::MAX, u64::MAX)?),
    ])
}

/// Step 15, and what ends too early.
fn ends(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { body, first_chunk, .. } = forge.single()?.offsets()?;
    let cut = |name: &str, length: usize| -> Result<Case> {
        let case = Case::new(&format!("truncated-in-{name}"), "the envelope ends early", &["§5.6"]);
        let envelope = forge.single.get(..length).ok_or("length")?;
        Ok(case.attack(&["F1", "F2"]).expect("truncated").envelope(envelope))
    };
    let trailing = |name: &str, description: &str, tail: &[u8]| {
        Case::new(name, description, &["ENV-26"])
            .attack(&["F1"])
            .expect("trailing")
            .released(Bytes::hex(CONTENT))
            .envelope([&forge.single, tail].concat())
    };
    Ok(vec![
        cut("body-prefix", body + 55)?,
        cut("body-chunk", first_chunk + 10)?,
        cut("body-tag", forge.single.len() - 1)?,
        cut("front-end", body)?,
        trailing("trailing-byte", "a byte follows the envelope", &[0]),
        trailing("trailing-chunk", "the tag of one more empty chunk follows", &[0; 16]),
    ])
}

/// Step 13.
fn ledger(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case =
        |name: &str, description: &str| Case::new(name, description, &["§5.6"]).envelope(&forge.single);
    let honest = recorded(forge)?;
    Ok(vec![
        case("duplicate", "the envelope was accepted before")
            .attack(&["L1"])
            .expect("duplicate")
            .ledger(Recorded { accepted: true, ..honest }),
        case("conflict", "the sender used the envelope id before, for another manifest")
            .attack(&["L2"])
            .expect("conflict")
            .ledger(Recorded { manifest_sha512: "00".repeat(64), ..recorded(forge)? }),
        case("same-id-of-another-sender", "another sender used the same envelope id: no effect")
            .attack(&["L2"])
            .content(Bytes::hex(CONTENT))
            .ledger(Recorded {
                sender: "UA/dpsu/border",
                manifest_sha512: "00".repeat(64),
                ..recorded(forge)?
            }),
    ])
}

/// Step 13, `[LED-06]`: what is older than the ledger remembers.
fn horizon(forge: &Forge<'_>) -> Result<Vec<Case>> {
    const DAY: u64 = 86_400;
    let case = |name: &str, description: &str, age: u64| {
        let case = Case::new(name, description, &["LED-06"]).attack(&["L1"]).horizon(DAY);
        case.at(NOW + age).envelope(&forge.single)
    };
    let opens = |case: Case| case.content(Bytes::hex(CONTENT));
    let Offsets { body, first_chunk, .. } = forge.single()?.offsets()?;
    let another = Recorded { sender: "UA/dpsu/border", ..recorded(forge)? };
    Ok(vec![
        case("past-horizon", "sealed a second longer ago than the ledger's horizon", DAY + 1)
            .expect("past-horizon"),
        opens(case("at-horizon", "sealed as long ago as the ledger's horizon", DAY)),
        opens(case("past-horizon-offered-again", "older, but it arrived before: offered again", DAY + 1))
            .ledger(Recorded { accepted: false, ..recorded(forge)? }),
        case("past-horizon-duplicate", "older, and accepted before", DAY + 1)
            .expect("duplicate")
            .ledger(recorded(forge)?),
        case("past-horizon-conflict", "older, and the id was used for another manifest", DAY + 1)
            .expect("conflict")
            .ledger(Recorded { manifest_sha512: "00".repeat(64), ..recorded(forge)? }),
        case("past-horizon-of-another-sender", "older; another sender's row tells nothing", DAY + 1)
            .expect("past-horizon")
            .ledger(another),
        case("order-commitment-past-horizon", "a changed commitment of what is older", DAY + 1)
            .expect("body-commitment")
            .envelope(flipped(&forge.single, body + 24, 1)?),
        case("order-past-horizon-damaged", "a changed chunk of what is older", DAY + 1)
            .expect("past-horizon")
            .envelope(flipped(&forge.single, first_chunk, 1)?),
    ])
}
