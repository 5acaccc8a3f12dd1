//! Envelopes whose front fails: its length, its commitment, its tags, its form.

use vlec::hazmat::forge::{Offsets, Parts};

use crate::Result;
use crate::case::{Case, Forge, flipped, replaced};
use crate::good::{ONE_CHUNK, front_of_one_chunk};
use crate::hex::Bytes;

/// Where the front's length is not the one that the signed lengths give.
const NOT_AS_SIGNED: &str = "manifest length: not what the signed lengths give; it";

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = lengths(forge)?;
    cases.extend(tags(forge)?);
    cases.extend(plaintexts(forge)?);
    Ok(cases)
}

/// Step 5, the length field: outside every MAC, and within its limits.
fn lengths(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { front_length: at, front, body, .. } = forge.single()?.offsets()?;
    let honest = (body - front) as u64;
    let length = |name: &str, description: &str, length: u64| -> Result<Case> {
        let envelope = replaced(&forge.single, at, &length.to_be_bytes())?;
        let case = Case::new(name, description, &["ENV-16"]).attack(&["E12", "D1"]);
        Ok(case.envelope(envelope))
    };
    let cut = |name: &str, length: usize| -> Result<Case> {
        let case = Case::new(&format!("truncated-in-{name}"), "the envelope ends early", &["§5.6"]);
        let envelope = forge.single.get(..length).ok_or("length")?;
        Ok(case.attack(&["F1"]).expect("truncated").envelope(envelope))
    };
    Ok(vec![
        length("manifest-length-2-48", "2^48 bytes of manifest under a header MAC that holds", 1 << 48)?
            .expect("too-large"),
        length("manifest-length-max", "2^64 - 1 bytes of manifest", u64::MAX)?.expect("too-large"),
        length(
            "manifest-length-over-policy",
            "a manifest of 2 MiB where contents of 1 KiB are the policy",
            2 << 20,
        )?
        .max_content(1024)
        .expect("too-large"),
        length("manifest-length-zero", "no plaintext has a sealed length of 0", 0)?
            .malformed("manifest length"),
        length("manifest-length-no-plaintext", "no plaintext has a sealed length of 56 + 15", 71)?
            .malformed("manifest length"),
        length("manifest-length-one-more", "one byte more than there is", honest + 1)?.expect("manifest"),
        length("manifest-length-one-less", "one byte less than there is", honest - 1)?.expect("manifest"),
        length("manifest-length-one-chunk", "a full chunk, where there is a short one", 56 + 16400 + 16)?
            .expect("truncated"),
        cut("manifest-length", at + 7)?,
        cut("front-salt", front + 23)?,
        cut("front-commitment", front + 55)?,
        cut("front-chunk", front + 3000)?,
        cut("front-tag", body - 1)?,
    ])
}

/// Steps 5 and 6: salt, commitment, ciphertext, tags.
fn tags(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { front, body, .. } = forge.single()?.offsets()?;
    let change = |name: &str, description: &str, at: usize, expect: &str| -> Result<Case> {
        let case = Case::new(name, description, &["§5.6"]).expect(expect);
        Ok(case.envelope(flipped(&forge.single, at, 1)?))
    };
    Ok(vec![
        change("front-salt-changed", "one bit of the front's salt", front, "manifest-commitment")?,
        change(
            "front-commitment-changed",
            "one bit of the front's commitment",
            front + 24,
            "manifest-commitment",
        )?,
        change("front-ciphertext-changed", "one bit of the sealed manifest", front + 56 + 100, "manifest")?,
        change("front-digest-changed", "one bit of the sealed digest", body - 17, "manifest")?,
        change("front-tag-changed", "one bit of the front's tag", body - 1, "manifest")?,
    ])
}

/// Step 6 and `[ENV-17]` to `[ENV-19]`: fronts that a co-recipient can seal with tags that hold.
fn plaintexts(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let parts = forge.single()?;
    let honest = front(&parts);
    let aligned = honest.len() - 32 * parts.digests.len();
    let seal = |case: Case, front: Vec<u8>| -> Result<Case> {
        let parts = Parts { front: Some(front), ..forge.single()? };
        Ok(case.attack(&["E2"]).envelope(parts.assemble()?))
    };
    let case = |name: &str, description: &str, rule: &'static str| Case::new(name, description, &[rule]);
    let length = |length: u32| replaced(&honest, 0, &length.to_be_bytes());
    let mut longer = honest.clone();
    longer.push(0);
    let mut padded = honest.clone();
    padded.splice(aligned..aligned, [0; 1024]);
    let mut more = honest.clone();
    more.extend([0; 32]);
    let fewer = honest.get(..aligned).ok_or("aligned")?.to_vec();
    let padding = 4 + parts.manifest.len() + 3373;
    Ok(vec![
        seal(case("manifest-over-1-mib", "a manifest of 2^20 + 1 bytes", "ENV-17"), length((1 << 20) + 1)?)?
            .expect("too-large"),
        seal(case("manifest-of-4-gib", "a manifest of 2^32 - 1 bytes", "ENV-17"), length(u32::MAX)?)?
            .attack(&["D1"])
            .expect("too-large"),
        seal(
            case("manifest-longer-than-front", "a manifest of 2^20 bytes in a front of 5 KiB", "ENV-17"),
            length(1 << 20)?,
        )?
        .malformed("manifest length"),
        seal(
            case("front-padding-not-zero", "the first byte of the front's padding is not zero", "ENV-18"),
            flipped(&honest, padding, 1)?,
        )?
        .malformed("padding of the manifest"),
        seal(
            case("front-padding-end-not-zero", "the last byte of the front's padding is not zero", "ENV-18"),
            flipped(&honest, aligned - 1, 0x80)?,
        )?
        .malformed("padding of the manifest"),
        seal(
            case("front-padding-too-long", "1,024 zeros more than needed stand before the digest", "ENV-18"),
            padded,
        )?
        .malformed(NOT_AS_SIGNED),
        seal(case("front-one-byte-longer", "a byte follows the digest", "ENV-19"), longer)?
            .malformed(NOT_AS_SIGNED),
        seal(case("digest-missing", "no digest for the one segment", "ENV-19"), fewer)?
            .malformed(NOT_AS_SIGNED),
        seal(case("digest-too-many", "two digests for the one segment", "ENV-19"), more)?
            .malformed(NOT_AS_SIGNED),
        seal(case("front-empty", "nothing is sealed as the front", "ENV-17"), Vec::new())?
            .malformed("manifest length"),
        closing_chunk(forge)?,
    ])
}

/// The tag of the empty chunk that closes a front of 16 KiB.
fn closing_chunk(forge: &Forge<'_>) -> Result<Case> {
    let parts = front_of_one_chunk(forge)?;
    let (honest, at) = (parts.assemble()?, parts.offsets()?.body - 1);
    Ok(Case::new(
        "front-closing-tag-changed",
        "one bit of the tag of the empty chunk that closes a front of 16 KiB",
        &["ENV-16"],
    )
    .attack(&["F1"])
    .expect("manifest")
    .edited(Bytes::difference(ONE_CHUNK, &honest, &flipped(&honest, at, 1)?)?))
}

/// The honest front of the parts.
fn front(parts: &Parts) -> Vec<u8> {
    let mut front = (parts.manifest.len() as u32).to_be_bytes().to_vec();
    front.extend_from_slice(&parts.manifest);
    front.extend_from_slice(&parts.signature);
    front.resize(front.len().next_multiple_of(1024), 0);
    front.extend_from_slice(parts.digests.as_flattened());
    front
}
