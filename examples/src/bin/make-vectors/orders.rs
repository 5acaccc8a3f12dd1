//! Two faults in one envelope: which of them is told (SPEC §5.6). The name says the two, the one that is told
//! first.

use vlec::event::{Reason, Revoke};
use vlec::hazmat::forge::{Offsets, Parts};
use vlec::hazmat::world::NOW;
use vlec::{EnvelopeId, EpochNumber, Event, Extension as ManifestExtension, KeyId};

use crate::Result;
use crate::body::sealed_padded;
use crate::case::{Case, Extension, Forge, Recorded, SENDER, flipped, replaced};
use crate::cbor::{Map, map, text, uint};
use crate::good::{front_of_one_chunk, recorded};
use crate::header::{COUNT, STANZA_LEN, STANZAS, SUITE, VERSION};
use crate::hex::{Bytes, Edit};
use crate::sender::{NOT_THE_HEADERS, NOT_THE_STANZAS};
use crate::world::Observed;

const NOT_AS_SIGNED: &str = "manifest length: not what the signed lengths give; it";
const DAY: u64 = 86_400;

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = header(forge)?;
    cases.extend(front(forge)?);
    cases.extend(manifest(forge)?);
    cases.extend(sender(forge)?);
    cases.extend(lengths(forge)?);
    cases.extend(body(forge)?);
    Ok(cases)
}

fn case(name: &str, description: &str) -> Case {
    Case::new(&format!("order-{name}"), description, &["§5.6"])
}

/// One change after the other.
fn both(bytes: &[u8], changes: &[(usize, &[u8])]) -> Result<Vec<u8>> {
    changes.iter().try_fold(bytes.to_vec(), |bytes, (at, by)| replaced(&bytes, *at, by))
}

/// Steps 1 to 4.
fn header(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let single = &forge.single;
    let mac = STANZAS + STANZA_LEN;
    let Offsets { front_length, .. } = forge.single()?.offsets()?;
    let mut doubled = forge.pair()?;
    let mut strangers = forge.pair()?;
    for parts in [&mut doubled, &mut strangers] {
        let [first, second] = parts.stanzas.as_mut_slice() else { return Err("two stanzas".into()) };
        second.hint = first.hint;
    }
    strangers.stanzas.iter_mut().for_each(|stanza| stanza.hint = [0x99; 8]);
    let copies = (0..1024).map(|_| Edit::copy(STANZAS + STANZA_LEN, 0, STANZAS, STANZA_LEN));
    let mut edits = vec![Edit::replace(COUNT, 2, &1025_u16.to_be_bytes())];
    edits.extend(copies);
    Ok(vec![
        case("magic-version", "another magic number and version 2")
            .malformed("magic number")
            .envelope(both(single, &[(0, b"W"), (VERSION, &[2])])?),
        case("version-suite", "version 2 and suite 2")
            .expect("unsupported-version")
            .envelope(both(single, &[(VERSION, &[2, 0, 2])])?),
        case("suite-count", "suite 2 and no stanzas")
            .expect("unsupported-suite")
            .envelope(both(single, &[(SUITE, &[0, 2]), (COUNT, &[0, 0])])?),
        case("suite-too-many", "suite 2 and 1,025 stanzas")
            .expect("unsupported-suite")
            .envelope(both(single, &[(SUITE, &[0, 2]), (COUNT, &[4, 1])])?),
        Case::new("recipients-1025", "1,025 stanzas that are all there, with one hint", &["ENV-03"])
            .attack(&["D1"])
            .expect("too-large")
            .edited(Bytes::edited(crate::good::HONEST, single, edits)?),
        case("hints-truncated", "two stanzas with one hint, and the envelope ends before the MAC")
            .malformed("stanza hints")
            .envelope(doubled.header().get(..STANZAS + 2 * STANZA_LEN).ok_or("length")?),
        case("hints-not-a-recipient", "two stanzas with one hint, which is nobody's")
            .malformed("stanza hints")
            .envelope(strangers.assemble()?),
        case("epoch-destroyed-decapsulation", "a destroyed epoch, and a wrapped file key that is changed")
            .expect("epoch-destroyed")
            .epochs(&[2], &[1])
            .envelope(flipped(single, mac - 1, 1)?),
        case("header-mac-too-large", "one bit of the MAC, and a manifest of 2^63 bytes")
            .expect("header-mac")
            .envelope(both(&flipped(single, mac, 1)?, &[(front_length, &[0x80])])?),
    ])
}

/// Steps 5 and 6.
fn front(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { front_length, front, .. } = forge.single()?.offsets()?;
    let limit = limit_of_the_front()?;
    let length = |length: u64| replaced(&forge.single, front_length, &length.to_be_bytes());
    // A manifest that does not decode, and behind its signature a byte that is not zero.
    let parts = forge.single()?;
    let mut bytes = (parts.manifest.len() as u32).to_be_bytes().to_vec();
    bytes.extend_from_slice(&undecodable(&parts)?);
    let end = bytes.len() + parts.signature.len();
    bytes.extend_from_slice(&parts.signature);
    bytes.resize(end.next_multiple_of(1024), 0);
    *bytes.get_mut(end).ok_or("padding")? = 1;
    bytes.extend_from_slice(parts.digests.as_flattened());
    let padded = Parts { front: Some(bytes), ..forge.single()? };
    Ok(vec![
        Case::new(
            "manifest-length-at-the-limit",
            "the longest front that a policy of 1 KiB admits, of which the beginning is there",
            &["ENV-16"],
        )
        .attack(&["E12"])
        .max_content(1024)
        .expect("truncated")
        .envelope(length(limit)?),
        Case::new(
            "manifest-length-over-the-limit",
            "one byte more than the longest front that a policy of 1 KiB admits",
            &["ENV-16"],
        )
        .attack(&["E12"])
        .max_content(1024)
        .expect("too-large")
        .envelope(length(limit + 1)?),
        case("manifest-length-commitment", "a length of no plaintext, and a changed commitment")
            .malformed("manifest length")
            .envelope(flipped(&length(71)?, front + 30, 1)?),
        case("commitment-manifest", "a changed commitment of the front, and a changed manifest")
            .expect("manifest-commitment")
            .envelope(flipped(&flipped(&forge.single, front + 30, 1)?, front + 100, 1)?),
        case("padding-decode", "a front with padding that is not zero, and a manifest that does not decode")
            .malformed("padding of the manifest")
            .envelope(padded.assemble()?),
    ])
}

/// The sealed length of a front with 2^20 bytes of manifest, its signature, zeros to a multiple of 1024, and
/// one digest.
fn limit_of_the_front() -> Result<u64> {
    let plain = (4 + (1_u64 << 20) + 3373).next_multiple_of(1024) + 32;
    Ok(plain + 56 + 16 * (plain / 16384 + 1))
}

/// The manifest with a label that no reader takes, of the same length.
fn undecodable(parts: &Parts) -> Result<Vec<u8>> {
    // The content type: text/plain, then text?plain.
    let at = parts.manifest.windows(10).position(|bytes| bytes == b"text/plain").ok_or("content type")?;
    replaced(&parts.manifest, at + 4, b"?")
}

/// Steps 6 to 8.
fn manifest(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let bytes = |name: &str, change: &dyn Fn(Map) -> Map| -> Result<Vec<u8>> {
        let mut parts = forge.single()?;
        parts.manifest = change(Map::parse(&parts.manifest)?).bytes();
        forge.sign(&mut parts, SENDER, name)?;
        Ok(parts.assemble()?)
    };
    let control = || map(&[(1, text("a\u{7}"))]);
    let signed = |name: &str, change: &dyn Fn(&mut vlec::Manifest)| forge.signed(name, change);
    let mut other = forge.pair()?;
    other.stanzas.iter_mut().skip(1).for_each(|stanza| stanza.hint[0] ^= 1);
    other.edit(|manifest| {
        manifest.recipients.iter_mut().take(1).for_each(|to| to.epoch = EpochNumber(2));
    })?;
    forge.sign(&mut other, SENDER, "order-stanzas-own")?;
    Ok(vec![
        case("decode-outer", "a label that does not decode, and a signed version 2")
            .malformed("manifest labels")
            .envelope(bytes("order-decode-outer", &|m| m.set(1, uint(2)).set(15, control()))?),
        case("decode-sender", "a label that does not decode, and a sender without a roster")
            .malformed("manifest labels")
            .envelope(bytes("order-decode-sender", &|m| {
                let sender = crate::cbor::array(&[text("PL"), crate::cbor::bytes([2; 32])]);
                m.set(4, sender).set(15, control())
            })?),
        case("decode-too-large", "a label that does not decode, and 37 bytes where 36 are the policy")
            .max_content(36)
            .malformed("manifest labels")
            .envelope(bytes("order-decode-too-large", &|m| m.set(15, control()))?),
        case("outer-stanzas", "a signed envelope id and a recipient's key id that are not the header's")
            .malformed(NOT_THE_HEADERS)
            .envelope(signed("order-outer-stanzas", &|m| {
                m.id = EnvelopeId::from_bytes([0x66; 16]);
                m.recipients.iter_mut().for_each(|to| to.key_id = KeyId::from_bytes([9; 32]));
            })?),
        case("stanzas-own", "another's stanza with another hint, and the own one signed as of epoch 2")
            .malformed(NOT_THE_STANZAS)
            .envelope(other.assemble()?),
        case("own-sender", "the own stanza signed as of epoch 2, and a sender that is not enrolled")
            .expect("not-a-recipient")
            .envelope(signed("order-own-sender", &|m| {
                m.recipients.iter_mut().for_each(|to| to.epoch = EpochNumber(2));
                m.sender_key = KeyId::from_bytes([9; 32]);
            })?),
    ])
}

/// Steps 9 and 10: roster, key, signature, heads, extensions, limit.
fn sender(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let world = forge.world;
    let country = world.countries.get(&"GE".parse()?).ok_or("country")?;
    let me = SENDER.parse::<vlec::AgencyId>()?;
    let own_key = *world.member(SENDER)?.identity.id();
    let revoke = Revoke::by_roots(own_key, Reason::KeyCompromise, world.now);
    let revoke = Event::revoke(&country.anchor, me.clone(), revoke)
        .sign(&country.quorum(), &forge.random("order-revoke"))?;
    let withdraw = Event::withdraw(&country.anchor, me.clone(), 3)
        .sign(&country.quorum(), &forge.random("order-withdraw"))?;
    let logged = |event: &vlec::SignedEvent| Extension {
        country: "GE",
        as_of: NOW,
        events: vec![Observed::new(NOW, event)],
    };
    let critical = || vec![ManifestExtension { id: 12, value: Vec::new() }];
    let ahead = {
        let mut head = crate::heads::head(forge, "GE")?;
        head.size += 1;
        vec![head]
    };
    let broken = |name: &str, change: &dyn Fn(&mut vlec::Manifest)| -> Result<Vec<u8>> {
        let mut parts = forge.single()?;
        parts.edit(change)?;
        forge.sign(&mut parts, SENDER, name)?;
        parts.signature[7] ^= 1;
        Ok(parts.assemble()?)
    };
    let unsigned = broken("order-unsigned", &|_| {})?;
    let stranger = forge.signed("order-stranger", |m| m.sender_key = KeyId::from_bytes([9; 32]))?;
    let nobody = "GE/nobody".parse::<vlec::AgencyId>()?;
    let not_enrolled = forge.signed("order-not-enrolled", |m| m.sender = nobody.clone())?;
    Ok(vec![
        case("roster-stale-not-enrolled", "a roster that is too old, and a sender that is not in it")
            .expect("roster-stale")
            .at(NOW + 7 * DAY + 1)
            .envelope(&not_enrolled),
        case("roster-from-future-not-enrolled", "a roster from the future, and a sender that is not in it")
            .expect("roster-from-future")
            .at(NOW - 301)
            .envelope(&not_enrolled),
        case("withdrawn-unknown-key", "a sender that has left, and a key that is nobody's")
            .expect("withdrawn")
            .extend(logged(&withdraw))
            .envelope(&stranger),
        case("withdrawn-signature", "a sender that has left, and a signature that does not hold")
            .expect("withdrawn")
            .extend(logged(&withdraw))
            .envelope(&unsigned),
        case("revoked-signature", "a revoked key of the sender, and a signature that does not hold")
            .expect("revoked")
            .extend(logged(&revoke))
            .envelope(&unsigned),
        case("roster-stale-signature", "a roster that is too old, and a signature that does not hold")
            .expect("roster-stale")
            .at(NOW + 7 * DAY + 1)
            .envelope(&unsigned),
        case("unknown-key-too-large", "a key that is nobody's, and 37 bytes where 36 are the policy")
            .expect("unknown-key")
            .max_content(36)
            .envelope(&stranger),
        case("signature-too-large", "a signature that does not hold, and 37 bytes where 36 are the policy")
            .expect("signature")
            .max_content(36)
            .envelope(&unsigned),
        case("signature-roster-behind", "a signature that does not hold, and a head that is ahead")
            .expect("signature")
            .envelope(broken("order-signature-roster-behind", &|m| m.heads.clone_from(&ahead))?),
        case("signature-critical", "a signature that does not hold, and a critical extension")
            .expect("signature")
            .envelope(broken("order-signature-critical", &|m| m.critical = critical())?),
        case("roster-behind-critical", "a head that is ahead, and a critical extension")
            .expect("roster-behind")
            .envelope(forge.signed("order-roster-behind-critical", |m| {
                m.heads.clone_from(&ahead);
                m.critical = critical();
            })?),
        case("roster-behind-too-large", "a head that is ahead, and 37 bytes where 36 are the policy")
            .expect("roster-behind")
            .max_content(36)
            .envelope(forge.signed("order-roster-behind-too-large", |m| m.heads.clone_from(&ahead))?),
        case("critical-too-large", "a critical extension, and 37 bytes where 36 are the policy")
            .expect("unknown-critical-extension")
            .max_content(36)
            .envelope(forge.signed("order-critical-too-large", |m| m.critical = critical())?),
        {
            // The first chunk holds manifest and signature; the empty one behind it fails.
            let mut parts = front_of_one_chunk(forge)?;
            parts.signature[7] ^= 1;
            let at = parts.offsets()?.body - 1;
            case("signature-manifest", "a signature that does not hold, and a tag of the front's last chunk")
                .expect("signature")
                .envelope(flipped(&parts.assemble()?, at, 1)?)
        },
    ])
}

/// Step 10: lengths; step 11.
fn lengths(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let without_digest = || -> Result<Parts> {
        let mut parts = forge.single()?;
        parts.digests = Vec::new();
        Ok(parts)
    };
    let policy = 1 << 53;
    let sized = |name: &str, content: u64, body: u64| {
        forge.signed(name, |m| (m.content_len, m.body_len) = (content, body))
    };
    let mut wrong_digest = forge.single()?;
    wrong_digest.digests.iter_mut().for_each(|digest| digest[0] ^= 1);
    let wrong_digest = wrong_digest.assemble()?;
    let cut = |bytes: &[u8]| -> Result<Vec<u8>> { Ok(bytes.get(..bytes.len() - 1).ok_or("cut")?.to_vec()) };
    let mut root_in_two = front_of_one_chunk(forge)?;
    root_in_two.edit(|m| m.body_root[0] ^= 1)?;
    forge.sign(&mut root_in_two, SENDER, "order-manifest-root")?;
    let closing = root_in_two.offsets()?.body - 1;
    Ok(vec![
        Case::new("content-length-2-52", "a content of 2^52 bytes, where the policy admits more", &["§5.6"])
            .attack(&["D1"])
            .max_content(policy)
            .expect("too-large")
            .envelope(sized("content-length-2-52", 1 << 52, 1 << 52)?),
        Case::new(
            "content-length-below-2-52",
            "a content of 2^52 - 1 bytes is within the format; its digests are not there",
            &["§5.6"],
        )
        .attack(&["D1"])
        .max_content(policy)
        .malformed(NOT_AS_SIGNED)
        .envelope(sized("content-length-below-2-52", (1 << 52) - 1, (1 << 52) - 1)?),
        Case::new("body-length-2-52", "a content of 2^52 - 1 bytes, padded to 2^52", &["§5.6"])
            .attack(&["D1"])
            .max_content(policy)
            .expect("too-large")
            .envelope(sized("body-length-2-52", (1 << 52) - 1, 1 << 52)?),
        case("too-large-manifest-length", "37 bytes where 36 are the policy, and no digest")
            .max_content(36)
            .expect("too-large")
            .envelope(without_digest()?.assemble()?),
        case("manifest-length-truncated", "no digest, and the envelope ends a byte early")
            .malformed(NOT_AS_SIGNED)
            .envelope(cut(&without_digest()?.assemble()?)?),
        case("manifest-length-trailing", "no digest, and a byte follows the envelope")
            .malformed(NOT_AS_SIGNED)
            .envelope([without_digest()?.assemble()?, vec![0]].concat()),
        case("truncated-root", "the envelope ends a byte early, and a digest is changed")
            .expect("truncated")
            .unsized_input("body-root", None)
            .envelope(cut(&wrong_digest)?),
        case("trailing-root", "a byte follows the envelope, and a digest is changed")
            .expect("trailing")
            .unsized_input("body-root", None)
            .envelope([&wrong_digest[..], &[0]].concat()),
        case("manifest-root", "a tag of the front's last chunk, and a signed root that is not the digests'")
            .expect("manifest")
            .envelope(flipped(&root_in_two.assemble()?, closing, 1)?),
    ])
}

/// Steps 11 to 15.
fn body(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let Offsets { body, first_chunk, .. } = forge.single()?.offsets()?;
    let mut wrong_digest = forge.single()?;
    wrong_digest.digests.iter_mut().for_each(|digest| digest[0] ^= 1);
    let wrong_digest = wrong_digest.assemble()?;
    let commitment = |bytes: &[u8]| flipped(bytes, body + 24, 1);
    let chunk = |bytes: &[u8]| flipped(bytes, first_chunk, 1);
    let accepted = || -> Result<Recorded> { Ok(Recorded { accepted: true, ..recorded(forge)? }) };
    let conflict =
        || -> Result<Recorded> { Ok(Recorded { manifest_sha512: "00".repeat(64), ..recorded(forge)? }) };
    let padding = |name: &str, digest: bool| -> Result<Parts> {
        let mut parts =
            sealed_padded(forge, name, &|parts| Ok(*parts.body.last_mut().ok_or("body")? = 0x80))?;
        if digest {
            // The sender signed digest and root of another body.
            let body = parts.body.clone();
            *parts.body.first_mut().ok_or("body")? ^= 1;
            parts.digest_body()?;
            parts.body = body;
            forge.sign(&mut parts, SENDER, name)?;
        }
        Ok(parts)
    };
    let padded = padding("order-damaged-padding", false)?;
    let padded_chunk = padded.offsets()?.first_chunk;
    let padded = padded.assemble()?;
    let trailing = |bytes: &[u8]| [bytes, &[0]].concat();
    Ok(vec![
        case("root-commitment", "a changed digest, and a changed commitment of the body")
            .expect("body-root")
            .envelope(commitment(&wrong_digest)?),
        case("root-duplicate", "a changed digest of an envelope that was accepted before")
            .expect("body-root")
            .ledger(accepted()?)
            .envelope(&wrong_digest),
        case("commitment-duplicate", "a changed commitment of an envelope that was accepted before")
            .expect("body-commitment")
            .ledger(accepted()?)
            .envelope(commitment(&forge.single)?),
        case("commitment-conflict", "a changed commitment, under an id that the sender used before")
            .expect("body-commitment")
            .ledger(conflict()?)
            .envelope(commitment(&forge.single)?),
        case("too-large-duplicate", "37 bytes where 36 are the policy, of an envelope that was accepted")
            .expect("too-large")
            .max_content(36)
            .ledger(accepted()?)
            .envelope(&forge.single),
        case("trailing-duplicate", "a byte follows an envelope that was accepted before")
            .expect("trailing")
            .unsized_input("duplicate", None)
            .ledger(accepted()?)
            .envelope(trailing(&forge.single)),
        case("duplicate-damaged", "a changed chunk of an envelope that was accepted before")
            .expect("duplicate")
            .ledger(accepted()?)
            .envelope(chunk(&forge.single)?),
        case("conflict-damaged", "a changed chunk, under an id that the sender used before")
            .expect("conflict")
            .ledger(conflict()?)
            .envelope(chunk(&forge.single)?),
        case("damaged-padding", "a changed tag, and padding that is not zero").damaged(0).envelope(flipped(
            &padded,
            padded_chunk,
            1,
        )?),
        case("digest-padding", "a digest that is not the body's, and padding that is not zero")
            .damaged(0)
            .envelope(padding("order-digest-padding", true)?.assemble()?),
        case("damaged-trailing", "a changed chunk, and a byte follows the envelope")
            .expect("trailing")
            .unsized_input("damaged", Some(0))
            .envelope(trailing(&chunk(&forge.single)?)),
        case("padding-trailing", "padding that is not zero, and a byte follows the envelope")
            .expect("trailing")
            .unsized_input("padding", None)
            .envelope(trailing(&padded)),
    ])
}
