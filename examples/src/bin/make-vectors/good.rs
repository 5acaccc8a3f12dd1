//! Envelopes that open.

use vlec::hazmat::forge::Parts;
use vlec::hazmat::world::NOW;
use vlec::{Event, Extension, Signer};

use crate::Result;
use crate::case::{CONTENT, Case, Extension as Events, Forge, RECIPIENT, Recorded, SECOND, SENDER};
use crate::hex::{Bytes, hex, pattern};
use crate::intermediates::trace;
use crate::sealing::{LabelTexts, Order};
use crate::world::Observed;

/// The envelope to one, [`Forge::single`].
pub(crate) const HONEST: &str = "honest";
/// The envelope whose front ends with a chunk.
pub(crate) const ONE_CHUNK: &str = "front-of-one-chunk";
/// The envelope whose body ends with a chunk, and the order for it.
pub(crate) const CHUNK: &str = "chunk-boundary";
/// The multi-segment envelope that the stream cases cut up.
pub(crate) const LARGE: &str = "several-segments";
pub(crate) const LARGE_LEN: usize = (1 << 20) + 70_000;
/// Above this, an envelope is given by its digest and is sealed again.
const WRITTEN_OUT: usize = 100_000;

const REQUEST: &[u8] = b"Please check whether the vehicle AB-123-CD, VIN WVWZZZ1JZXW000001, \
crossed your border after 2026-10-28. It was reported stolen in Tbilisi. \
Answer to the contact point, day or night, citing the case number.";

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let to = |seed: &str| Order::new(seed, SENDER, &[RECIPIENT]);
    let mut cases = vec![
        honest(
            forge,
            Case::new(HONEST, "what most of the other vectors change", &["ENV-05", "ENV-06", "ENV-08"]),
            to("single").padding("none"),
            Bytes::hex(CONTENT),
            CONTENT,
        )?,
        honest(
            forge,
            Case::new(
                "empty-without-padding",
                "no content and no padding: no digest, one empty chunk",
                &["ENV-23"],
            ),
            to("empty-without-padding").padding("none"),
            Bytes::none(),
            b"",
        )?,
        honest(
            forge,
            Case::new("empty-padded", "no content, padded to 1 KiB", &["ENV-20"]),
            to("empty-padded"),
            Bytes::none(),
            b"",
        )?,
        honest(
            forge,
            Case::new("one-byte", "one byte, padded to 1 KiB", &["ENV-20", "ENV-22"]),
            to("one-byte"),
            Bytes::hex(b"!"),
            b"!",
        )?,
        honest(
            forge,
            Case::new(
                "request-with-labels",
                "a request of 200 bytes with every label, and extensions that the recipient does not know",
                &["MAN-04", "MAN-06", "ENV-05", "ENV-06", "ENV-08"],
            )
            .attack(&["E9"]),
            to("request-with-labels")
                .content_type("text/plain; charset=utf-8")
                .sequence(17)
                .labels(LabelTexts {
                    case: Some("GE-2026-0117"),
                    operation: Some("Black Sea"),
                    in_reply_to: Some("000102030405060708090a0b0c0d0e0f"),
                    handling: Some("for the contact point only"),
                    urgency: Some(2),
                    deadline: Some(NOW + 6 * 3600),
                    file_name: Some("vehicle check.txt"),
                    replaces: Some("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
                })
                .extension(7, b"kept and shown")
                .extension(70_000, b""),
            Bytes::hex(REQUEST),
            REQUEST,
        )?,
        honest(
            forge,
            Case::new(
                "several-recipients",
                "three recipients; each of them opens",
                &["ENV-05", "ENV-06", "ENV-11"],
            )
            .opened_by(SECOND),
            Order::new("several-recipients", SENDER, &[RECIPIENT, SECOND, "AZ/mia/crime"]),
            Bytes::hex(CONTENT),
            CONTENT,
        )?,
        honest(
            forge,
            Case::new("exactly-1-kib", "1,024 bytes need no padding", &["ENV-20"]),
            to("exactly-1-kib"),
            Bytes::pattern(1024),
            &pattern(1024),
        )?,
        honest(
            forge,
            Case::new(
                CHUNK,
                "16,384 bytes without padding: a full chunk, then an empty one that closes the message",
                &["ENV-24"],
            ),
            chunk_boundary(),
            Bytes::pattern(16384),
            &pattern(16384),
        )?,
        honest(
            forge,
            Case::new(
                LARGE,
                "1 MiB and 70,000 bytes: two segments, of which the second is padded",
                &["ENV-24", "ENV-25"],
            )
            .attack(&["F2"]),
            to(LARGE),
            Bytes::pattern(LARGE_LEN),
            &pattern(LARGE_LEN),
        )?,
        honest(
            forge,
            Case::new("bucket-short", "18 bytes: as long as 1,000 bytes of the same bucket", &["ENV-20"])
                .attack(&["E11"])
                .same_length_as("bucket-long"),
            to("bucket-short"),
            Bytes::pattern(18),
            &pattern(18),
        )?,
        honest(
            forge,
            Case::new("bucket-long", "1,000 bytes: as long as 18 bytes of the same bucket", &["ENV-20"])
                .attack(&["E11"])
                .same_length_as("bucket-short"),
            to("bucket-long"),
            Bytes::pattern(1000),
            &pattern(1000),
        )?,
    ];
    cases.extend(accepted(forge)?);
    Ok(cases)
}

/// An honest envelope with every value on the way to it.
fn honest(forge: &Forge<'_>, case: Case, order: Order, content: Bytes, bytes: &[u8]) -> Result<Case> {
    let to = order.to.clone();
    let sealed = order.seal(forge.world, bytes)?;
    let eseeds = sealed.draws.get(5..5 + to.len()).ok_or("encapsulations")?;
    let intermediates = trace(forge.world, &forge.take(&sealed.envelope)?, &to, eseeds)?;
    let case = case.content(content).sealed_as(sealed.seal, intermediates);
    Ok(if sealed.envelope.len() > WRITTEN_OUT {
        case.edited(Bytes::digest(&sealed.envelope))
    } else {
        case.envelope(&sealed.envelope)
    })
}

/// What is unusual and must open all the same.
fn accepted(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &[&'static str]| {
        Case::new(name, description, rule).content(Bytes::hex(CONTENT)).envelope(&forge.single)
    };
    let mut resalted = forge.single()?;
    resalted.front_salt = [0x5a; 24];
    let resalted = resalted.assemble()?;

    let recorded = recorded(forge)?;
    Ok(vec![
        case("clock-behind", "the recipient's clock is behind, as far as the skew allows", &["ROS-56"])
            .attack(&["R8"])
            .at(NOW - 300),
        case(
            "newer-epoch-held",
            "the recipient holds a newer epoch; the hint finds the older one",
            &["ENV-06"],
        )
        .epochs(&[1, 2], &[]),
        case(
            "sender-rotated",
            "signed with an identity that a rotation has replaced and nobody has revoked",
            &["ENV-13", "ROS-55"],
        )
        .extend(rotation(forge)?),
        case("offered-again", "arrived before and was not accepted: offered again", &["§5.6"])
            .attack(&["L1"])
            .ledger(Recorded { accepted: false, ..recorded }),
        case(
            "front-salt-replaced",
            "a co-recipient seals the same front under another salt: manifest, signature and content are the \
             sender's, and to the ledger it is the same envelope",
            &["ENV-14"],
        )
        .attack(&["E10"])
        .envelope(resalted),
        Case::new(
            ONE_CHUNK,
            "manifest and signature fill 16 KiB: a full chunk, then an empty one that closes the front",
            &["ENV-16", "ENV-18"],
        )
        .content(Bytes::none())
        .envelope(front_of_one_chunk(forge)?.assemble()?),
    ])
}

/// The multi-segment envelope, of which the vector gives length and digest.
pub(crate) fn large(forge: &Forge<'_>) -> Result<Vec<u8>> {
    Ok(Order::new(LARGE, SENDER, &[RECIPIENT]).seal(forge.world, &pattern(LARGE_LEN))?.envelope)
}

/// Content of exactly one chunk.
pub(crate) fn chunk_boundary() -> Order {
    Order::new(CHUNK, SENDER, &[RECIPIENT]).padding("none")
}

/// 4 + manifest + 3373 is more than 15 and at most 16 times 1024, and there is no digest.
pub(crate) fn front_of_one_chunk(forge: &Forge<'_>) -> Result<Parts> {
    let mut parts = forge.single()?;
    parts.body = Vec::new();
    parts.edit(|manifest| {
        (manifest.content_len, manifest.body_len) = (0, 0);
        let lengths = [4096, 4096, 3600].into_iter().zip(1..);
        manifest.extensions = lengths.map(|(length, id)| Extension { id, value: vec![0; length] }).collect();
    })?;
    parts.digest_body()?;
    forge.sign(&mut parts, SENDER, ONE_CHUNK)?;
    Ok(parts)
}

/// What a ledger records of the envelope to one.
pub(crate) fn recorded(forge: &Forge<'_>) -> Result<Recorded> {
    let parts = forge.single()?;
    Ok(Recorded {
        sender: SENDER,
        envelope_id: parts.id.to_string(),
        manifest_sha512: hex(vlec::hazmat::digest::sha512(&[&parts.manifest])),
        accepted: true,
    })
}

/// The sender's country announces the sender's next identity.
fn rotation(forge: &Forge<'_>) -> Result<Events> {
    let country = forge.world.countries.get(&"GE".parse()?).ok_or("country")?;
    let next = vlec::hazmat::identity(SENDER.parse()?, &vlec::hazmat::world::seed("next identity"));
    let event = Event::rotation(&country.anchor, 3, next.public().clone());
    let signers = [Signer::Identity(&forge.world.member(SENDER)?.identity), Signer::Identity(&next)];
    let signed = event.sign(&signers, &forge.random("rotation"))?;
    Ok(Events { country: "GE", as_of: NOW, events: vec![Observed::new(NOW, &signed)] })
}
