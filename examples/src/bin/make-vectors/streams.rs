//! Envelopes of two segments that fail somewhere in the body: what was verified before is released
//! by a stream, and nothing else is.

use vlec::hazmat::forge::{Offsets, Parts};

use crate::Result;
use crate::case::{Case, Forge, SENDER};
use crate::good::{self, LARGE, LARGE_LEN};
use crate::hex::{Bytes, Edit};

const SEGMENT_LEN: usize = 1 << 20;
const CHUNK: usize = 16_400;
/// Chunks of a segment.
const CHUNKS: usize = 64;

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let large = good::large(forge)?;
    let Offsets { first_chunk, .. } = forge.take(&large)?.offsets()?;
    let mut cases = chunks(&large, first_chunk)?;
    cases.extend(ends(&large, first_chunk)?);
    cases.extend(signed(forge, &large)?);
    Ok(cases)
}

fn case(name: &str, description: &str) -> Case {
    Case::new(name, description, &["ENV-25"]).attack(&["F1"])
}

/// Chunks changed, exchanged, doubled, dropped.
fn chunks(large: &[u8], first: usize) -> Result<Vec<Case>> {
    let edited = |edits: Vec<Edit>| Bytes::edited(LARGE, large, edits);
    let at = |chunk: usize| first + chunk * CHUNK;
    let flip = |place: usize| {
        let byte = large.get(place).ok_or("place")? ^ 1;
        edited(vec![Edit::replace(place, 1, &[byte])])
    };
    let exchange = |a: usize, b: usize| {
        edited(vec![Edit::copy(at(a), CHUNK, at(b), CHUNK), Edit::copy(at(b), CHUNK, at(a), CHUNK)])
    };
    let first_segment = || Bytes::pattern(SEGMENT_LEN);
    Ok(vec![
        case("stream-first-segment-changed", "one bit of chunk 3: nothing is released")
            .damaged(0)
            .edited(flip(at(3) + 9)?),
        case("stream-second-segment-changed", "one bit of chunk 65: the first segment is released")
            .damaged(1)
            .released(first_segment())
            .edited(flip(at(65) + 9)?),
        case("stream-last-tag-changed", "the last byte of the envelope: the first segment is released")
            .damaged(1)
            .released(first_segment())
            .edited(flip(large.len() - 1)?),
        case("stream-chunks-exchanged", "chunks 0 and 1 are exchanged").damaged(0).edited(exchange(0, 1)?),
        case("stream-chunks-exchanged-across", "chunks 63 and 64, of two segments, are exchanged")
            .damaged(0)
            .edited(exchange(63, 64)?),
        case("stream-chunks-exchanged-second", "chunks 64 and 65 are exchanged")
            .damaged(1)
            .released(first_segment())
            .edited(exchange(64, 65)?),
        case("stream-chunk-dropped", "chunk 5 is missing")
            .expect("truncated")
            .unsized_input("damaged", Some(0))
            .edited(edited(vec![Edit::replace(at(5), CHUNK, &[])])?),
        case("stream-chunk-doubled", "chunk 66 stands twice")
            .expect("trailing")
            .unsized_input("damaged", Some(1))
            .released(first_segment())
            .edited(edited(vec![Edit::copy(at(67), 0, at(66), CHUNK)])?),
    ])
}

/// Cut at every kind of place, and continued.
fn ends(large: &[u8], first: usize) -> Result<Vec<Case>> {
    let cut = |name: &str, description: &str, length: usize, released: usize| -> Result<Case> {
        let edits = vec![Edit::replace(length, large.len() - length, &[])];
        let case = case(&format!("stream-cut-{name}"), description).attack(&["F1", "F2"]).expect("truncated");
        Ok(case.released(Bytes::pattern(released)).edited(Bytes::edited(LARGE, large, edits)?))
    };
    let second = first + CHUNKS * CHUNK;
    let trailing = Bytes::edited(LARGE, large, vec![Edit::replace(large.len(), 0, b"!")])?;
    Ok(vec![
        cut("in-first-segment", "cut in the first segment: nothing is released", first + 7 * CHUNK, 0)?,
        cut("before-segment-end", "cut one byte before the first segment's end", second - 1, 0)?,
        cut("at-segment-end", "cut where the first segment ends", second, SEGMENT_LEN)?,
        cut("at-chunk-end", "cut where a chunk of the second segment ends", second + 2 * CHUNK, SEGMENT_LEN)?,
        cut("one-byte-short", "the last byte is missing", large.len() - 1, SEGMENT_LEN)?,
        case(
            "stream-trailing-byte",
            "a byte follows: all of the content has been released, and is not complete",
        )
        .expect("trailing")
        .released(Bytes::pattern(LARGE_LEN))
        .edited(trailing),
    ])
}

/// What only the sender can make.
fn signed(forge: &Forge<'_>, large: &[u8]) -> Result<Vec<Case>> {
    let mut padding = forge.take(large)?;
    *padding.body.last_mut().ok_or("body")? = 1;
    padding.digest_body()?;
    forge.sign(&mut padding, SENDER, "stream-padding-not-zero")?;

    // Digests of another content, and a signed root over them.
    let mut digests = forge.take(large)?;
    let body = digests.body.clone();
    *digests.body.get_mut(SEGMENT_LEN).ok_or("body")? ^= 1;
    digests.digest_body()?;
    digests.body = body;
    forge.sign(&mut digests, SENDER, "stream-digest-wrong")?;

    let exchanged =
        Parts { digests: forge.take(large)?.digests.into_iter().rev().collect(), ..forge.take(large)? };
    let difference = |parts: &Parts| Bytes::difference(LARGE, large, &parts.assemble()?);
    Ok(vec![
        Case::new(
            "stream-padding-not-zero",
            "the last byte of the padding is not zero: the first segment is released",
            &["ENV-22"],
        )
        .attack(&["E8"])
        .expect("padding")
        .released(Bytes::pattern(SEGMENT_LEN))
        .edited(difference(&padding)?),
        case("stream-digest-wrong", "the sender signed a wrong digest of the second segment")
            .damaged(1)
            .released(Bytes::pattern(SEGMENT_LEN))
            .edited(difference(&digests)?),
        Case::new("stream-digests-exchanged", "a co-recipient exchanges the two digests", &["§5.6"])
            .attack(&["E2"])
            .expect("body-root")
            .edited(difference(&exchanged)?),
    ])
}
