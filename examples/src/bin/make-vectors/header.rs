//! Envelopes whose header fails: its form, its stanzas, its MAC.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit};
use libcrux_ml_kem::mlkem768::{self, MlKem768PublicKey};
use vlec::hazmat::forge::Parts;
use vlec::hazmat::world::{NOW, World, seed};
use vlec::hazmat::xwing::DecapsulationKey;
use vlec::hazmat::{Secret, Stanza, hint, hpke_key_schedule, label};
use vlec::{AgencyId, EpochNumber, Recipient};

use crate::Result;
use crate::case::{CONTENT, Case, Forge, RECIPIENT, SECOND, SENDER, flipped, replaced};
use crate::hex::Bytes;
use crate::sealing::Order;

pub(crate) const VERSION: usize = 4;
pub(crate) const SUITE: usize = 5;
pub(crate) const COUNT: usize = 23;
pub(crate) const STANZAS: usize = 25;
pub(crate) const STANZA_LEN: usize = 1176;
/// The X25519 half within a stanza: hint, then the ML-KEM half.
const X25519: usize = 8 + 1088;
const WRAPPED: usize = 8 + 1120;
const DAY: u64 = 86_400;

/// Where the recipients that the header names are not those that were signed.
const NOT_THE_STANZAS: &str = "signed recipients: not the header's stanzas, which";

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = form(forge)?;
    cases.extend(stanzas(forge)?);
    cases.extend(recipients(forge)?);
    cases.extend(keys(forge)?);
    cases.extend(macs(forge)?);
    cases.extend(high_bit(forge)?);
    cases.extend(others(forge)?);
    Ok(cases)
}

/// Step 1.
fn form(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let envelope = &forge.single;
    let truncated = |part: &str, length: usize| -> Result<Case> {
        let case = Case::new(&format!("truncated-in-{part}"), "the envelope ends early", &["§5.6"]);
        Ok(case.attack(&["F1"]).expect("truncated").envelope(envelope.get(..length).ok_or("length")?))
    };
    let bomb = replaced(envelope, COUNT, &1025_u16.to_be_bytes())?;
    Ok(vec![
        Case::new("wrong-magic", "the first four bytes are WLEC", &["ENV-01"])
            .attack(&["E5"])
            .malformed("magic number")
            .envelope(replaced(envelope, 0, b"W")?),
        Case::new("version-0", "version 0", &["ENV-02"])
            .attack(&["E5"])
            .expect("unsupported-version")
            .envelope(replaced(envelope, VERSION, &[0])?),
        Case::new("version-2", "version 2", &["ENV-02"])
            .attack(&["E5"])
            .expect("unsupported-version")
            .envelope(replaced(envelope, VERSION, &[2])?),
        Case::new("suite-0", "suite 0", &["ENV-02"])
            .attack(&["E5"])
            .expect("unsupported-suite")
            .envelope(replaced(envelope, SUITE, &[0, 0])?),
        Case::new("suite-257", "suite 0x0101: its low byte is 1", &["ENV-02"])
            .attack(&["E5"])
            .expect("unsupported-suite")
            .envelope(replaced(envelope, SUITE, &[1, 1])?),
        Case::new("no-stanzas", "n = 0", &["ENV-03"]).malformed("number of stanzas").envelope(replaced(
            envelope,
            COUNT,
            &[0, 0],
        )?),
        Case::new(
            "recipient-bomb",
            "n = 1025, and nothing behind it: refused before anything is read",
            &["ENV-03"],
        )
        .attack(&["D1"])
        .expect("too-large")
        .envelope(bomb.get(..STANZAS).ok_or("length")?),
        Case::new("empty-input", "no bytes at all", &["§5.6"]).expect("truncated"),
        truncated("magic", 3)?,
        truncated("count", STANZAS - 1)?,
        truncated("stanza", STANZAS + 500)?,
        truncated("header-mac", STANZAS + STANZA_LEN + 31)?,
    ])
}

/// Stanzas added, removed, exchanged: by a recipient, who can make the header's MAC hold.
fn stanzas(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let pair = |change: &dyn Fn(&mut Parts) -> Result<()>| -> Result<Vec<u8>> {
        let mut parts = forge.pair()?;
        change(&mut parts)?;
        Ok(parts.assemble()?)
    };
    let doubled_hint = pair(&|parts| {
        let [first, second] = parts.stanzas.as_mut_slice() else { return Err("two stanzas".into()) };
        second.hint = first.hint;
        Ok(())
    })?;
    let doubled = pair(&|parts| Ok(parts.stanzas.push(parts.stanzas.first().ok_or("stanza")?.clone())))?;
    let added = pair(&|parts| {
        let to = address(forge.world, "MD/pg/mla")?;
        Ok(parts.stanzas.push(parts.wrap(&to, &parts.file_key, &forge.random("stanza-added"))?))
    })?;
    let removed = pair(&|parts| Ok(parts.stanzas.truncate(1)))?;
    let reordered = pair(&|parts| Ok(parts.stanzas.reverse()))?;
    let exchanged = pair(&|parts| {
        let [first, second] = parts.stanzas.as_mut_slice() else { return Err("two stanzas".into()) };
        std::mem::swap(&mut first.hint, &mut second.hint);
        Ok(())
    })?;
    let mut forwarded = forge.single()?;
    let to = address(forge.world, SECOND)?;
    forwarded.stanzas = vec![forwarded.wrap(&to, &forwarded.file_key, &forge.random("forwarded"))?];

    let case = |name: &str, description: &str, rule: &'static str| Case::new(name, description, &[rule]);
    Ok(vec![
        case("hint-doubled", "two stanzas with one hint", "ENV-04")
            .attack(&["E4"])
            .malformed("stanza hints")
            .envelope(doubled_hint),
        case("stanza-doubled", "a stanza stands twice", "ENV-04")
            .attack(&["E4"])
            .malformed("stanza hints")
            .envelope(doubled),
        case("stanza-added", "a recipient adds a stanza and makes the MAC anew", "ENV-11")
            .attack(&["E4"])
            .malformed(NOT_THE_STANZAS)
            .envelope(added),
        case("stanza-removed", "a recipient removes the other's stanza and makes the MAC anew", "ENV-11")
            .attack(&["E4"])
            .malformed(NOT_THE_STANZAS)
            .envelope(removed),
        case("stanzas-reordered", "a recipient exchanges the stanzas and makes the MAC anew", "ENV-11")
            .attack(&["E4"])
            .malformed(NOT_THE_STANZAS)
            .envelope(reordered),
        case("hints-exchanged", "each stanza has the other's hint", "ENV-06")
            .attack(&["E4"])
            .expect("decapsulation")
            .envelope(exchanged),
        case(
            "forwarded",
            "a recipient forwards the message as if it were addressed to someone else",
            "ENV-11",
        )
        .attack(&["E1"])
        .malformed(NOT_THE_STANZAS)
        .opened_by(SECOND)
        .envelope(forwarded.assemble()?),
    ])
}

/// Step 2.
fn recipients(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(name, description, &[rule]).envelope(&forge.single)
    };
    // A stanza for each of the recipient's two epochs, as no honest sender makes them.
    let mut both = forge.single()?;
    let second = forge.world.epoch(RECIPIENT, 2)?;
    let mut stanza = both.stanzas.first().ok_or("stanza")?.clone();
    stanza.hint = hint(second.public().id(), &both.id);
    both.stanzas.push(stanza);
    Ok(vec![
        case("not-a-recipient", "opened by an agency to which nobody sealed", "ENV-06")
            .attack(&["D2"])
            .expect("not-a-recipient")
            .opened_by("AZ/mia/crime"),
        case("hint-changed", "the hint is nobody's", "ENV-06")
            .attack(&["D2"])
            .expect("not-a-recipient")
            .envelope(flipped(&forge.single, STANZAS, 1)?),
        case("envelope-id-changed", "another envelope id in the header: the hint is nobody's", "ENV-06")
            .attack(&["E5"])
            .expect("not-a-recipient")
            .envelope(flipped(&forge.single, 7, 1)?),
        case("other-epoch-held", "the recipient holds another epoch than the one sealed to", "ENV-06")
            .expect("not-a-recipient")
            .epochs(&[2], &[]),
        case("epoch-destroyed", "the epoch's secret is gone; its key id remains", "ROT-03")
            .attack(&["R7"])
            .expect("epoch-destroyed")
            .epochs(&[2], &[1]),
        case(
            "destroy-at-has-come",
            "the epoch's secret is still there in the second in which it must not be",
            "ROT-01",
        )
        .attack(&["R7", "R8"])
        .expect("epoch-destroyed")
        .at(NOW - 3600 + 8 * DAY),
        case(
            "no-fallback",
            "stanzas for two own epochs, the newer destroyed: the older is not tried",
            "ENV-07",
        )
        .attack(&["R7"])
        .expect("epoch-destroyed")
        .epochs(&[1], &[2])
        .envelope(both.assemble()?),
    ])
}

/// Step 3. All look alike from outside.
fn keys(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let low_order = |name: &str, description: &str, point: [u8; 32]| -> Result<Case> {
        let mut parts = forge.single()?;
        parts.stanzas = vec![weak_stanza(&parts, point)?];
        let case = Case::new(name, description, &["XW-02"]).attack(&["K1"]).expect("decapsulation");
        Ok(case.envelope(parts.assemble()?))
    };
    let changed = |name: &str, description: &str, at: usize| -> Result<Case> {
        let case = Case::new(name, description, &["ENV-05"]).attack(&["K3"]).expect("decapsulation");
        Ok(case.envelope(flipped(&forge.single, STANZAS + at, 1)?))
    };
    let mut one = [0; 32];
    one[0] = 1;
    // Of order 8 (RFC 7748's curve, u-coordinate).
    let order_8: [u8; 32] = [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ];
    // The file key wrapped, correctly, for another envelope.
    let mut elsewhere = forge.single()?;
    let (id, to) = (elsewhere.id, address(forge.world, RECIPIENT)?);
    elsewhere.id = vlec::EnvelopeId::from_bytes([0x77; 16]);
    let mut stanza = elsewhere.wrap(&to, &elsewhere.file_key, &forge.random("wrapped-elsewhere"))?;
    elsewhere.id = id;
    stanza.hint = hint(to.key_id(), &id);
    elsewhere.stanzas = vec![stanza];
    Ok(vec![
        low_order("enc-x25519-zero", "the X25519 half of enc is zero", [0; 32])?,
        low_order("enc-x25519-one", "the X25519 half of enc is 1, a point of low order", one)?,
        low_order("enc-x25519-order-8", "the X25519 half of enc is of order 8", order_8)?,
        changed("enc-ml-kem-changed", "one bit of the ML-KEM half of enc", 8 + 500)?,
        changed("enc-x25519-changed", "one bit of the X25519 half of enc", X25519)?,
        changed("wrapped-changed", "one bit of the wrapped file key", WRAPPED)?,
        changed("wrapped-tag-changed", "one bit of the tag of the wrapped file key", WRAPPED + 47)?,
        Case::new("wrapped-elsewhere", "the file key was wrapped for another envelope id", &["ENV-05"])
            .attack(&["E10", "K4"])
            .expect("decapsulation")
            .envelope(elsewhere.assemble()?),
    ])
}

/// A stanza whose X25519 half is of low order, so that X25519's result is zero. All else holds: who
/// did not look at the result would open it.
fn weak_stanza(parts: &Parts, point: [u8; 32]) -> Result<Stanza> {
    stanza_of(parts, point, [0; 32])
}

/// A stanza whose X25519 half stands there as `point`, with X25519's result.
fn stanza_of(parts: &Parts, point: [u8; 32], result: [u8; 32]) -> Result<Stanza> {
    let key = DecapsulationKey::from_seed(&seed(&format!("{RECIPIENT} epoch 1")));
    let public = key.encapsulation_key().to_bytes();
    let (ml_kem, x25519) = public.split_at(1184);
    let (ct_m, ss_m) = mlkem768::encapsulate(&MlKem768PublicKey::try_from(ml_kem)?, [5; 32]);
    let shared = libcrux_sha3::sha256(&[&ss_m[..], &result, &point, x25519, br"\.//^\"].concat());
    let shared = Secret::new(|secret| *secret = shared);
    let key_id = vlec::KeyId::derive(vlec::KeyUse::Epoch(EpochNumber(1)), &RECIPIENT.parse()?, &public);
    let info = [label::STANZA.bytes(), &[0, 1], parts.id.as_bytes(), key_id.as_bytes()].concat();
    let (key, nonce) = hpke_key_schedule(b"HPKE\x64\x7a\x00\x01\x00\x03", &shared, &info);
    let cipher = ChaCha20Poly1305::new(&(*key.expose()).into());
    let sealed = cipher.encrypt(&(*nonce.expose()).into(), &parts.file_key.expose()[..]);
    let wrapped = sealed.map_err(|_| "sealing")?.try_into().map_err(|_| "length")?;
    let enc = [&ct_m.as_slice()[..], &point].concat().try_into().map_err(|_| "length")?;
    Ok(Stanza { hint: hint(&key_id, &parts.id), enc: Box::new(enc), wrapped })
}

/// X25519 clears the highest bit of a coordinate (RFC 7748 §5); the shared secret is over the bytes as received.
fn high_bit(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let key = DecapsulationKey::from_seed(&seed(&format!("{RECIPIENT} epoch 1")));
    let public = key.encapsulation_key().to_bytes();
    let x25519: [u8; 32] = public.get(1184..).ok_or("half")?.try_into()?;
    let mine = x25519_dalek::StaticSecret::from([0x37; 32]);
    let point = x25519_dalek::PublicKey::from(&mine).to_bytes();
    let result = mine.diffie_hellman(&x25519_dalek::PublicKey::from(x25519)).to_bytes();
    let mut high = point;
    high[31] |= 0x80;
    let opened = |stanza: Stanza| -> Result<Vec<u8>> {
        let mut parts = forge.single()?;
        parts.stanzas = vec![stanza];
        Ok(parts.assemble()?)
    };
    let parts = forge.single()?;
    let mut exchanged = stanza_of(&parts, point, result)?;
    exchanged.enc[1088 + 31] |= 0x80;
    let case = |name: &str, description: &str| Case::new(name, description, &["ENV-05"]).attack(&["K3"]);
    Ok(vec![
        case("enc-x25519-high-bit", "bit 255 of the X25519 half of enc is set, and was set by the sender")
            .content(Bytes::hex(CONTENT))
            .envelope(opened(stanza_of(&parts, high, result)?)?),
        case("enc-x25519-high-bit-set-later", "bit 255 of the X25519 half of enc was set afterwards")
            .expect("decapsulation")
            .envelope(opened(exchanged)?),
    ])
}

/// `[ENV-11]` for the stanzas of others, which their hints alone show.
fn others(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let three = Order::new("others", SENDER, &[RECIPIENT, SECOND, "AZ/mia/crime"]).padding("none");
    let three = three.seal(forge.world, CONTENT)?.envelope;
    let case = |name: &str, description: &str, change: &dyn Fn(&mut Parts) -> Result<()>| -> Result<Case> {
        let mut parts = forge.take(&three)?;
        change(&mut parts)?;
        forge.sign(&mut parts, SENDER, name)?;
        let case = Case::new(name, description, &["ENV-11"]).attack(&["E4"]).malformed(NOT_THE_STANZAS);
        Ok(case.envelope(parts.assemble()?))
    };
    let recipient = |parts: &mut Parts, at: usize, change: &dyn Fn(&mut vlec::SealedTo)| -> Result<()> {
        Ok(parts.edit(|manifest| manifest.recipients.iter_mut().skip(at).take(1).for_each(change))?)
    };
    Ok(vec![
        case("other-hint-changed", "the hint of another recipient's stanza is nobody's", &|parts| {
            Ok(parts.stanzas.iter_mut().skip(1).take(1).for_each(|stanza| stanza.hint[7] ^= 1))
        })?,
        case("last-hint-changed", "the hint of the last stanza is nobody's", &|parts| {
            Ok(parts.stanzas.iter_mut().skip(2).for_each(|stanza| stanza.hint[0] ^= 1))
        })?,
        case("others-exchanged", "the stanzas of the two others are exchanged", &|parts| {
            Ok(parts.stanzas.swap(1, 2))
        })?,
        case("other-key-other", "another key id is signed for another recipient", &|parts| {
            recipient(parts, 2, &|to| to.key_id = vlec::KeyId::from_bytes([9; 32]))
        })?,
        case("other-stanza-own-key", "the own key id is signed for another recipient too", &|parts| {
            let own = parts.manifest()?.recipients.first().ok_or("recipient")?.key_id;
            recipient(parts, 1, &|to| to.key_id = own)
        })?,
        Case::new(
            "other-epoch-other",
            "another recipient's key id is signed as of epoch 2: that is for the other one to judge",
            &["ENV-12"],
        )
        .content(Bytes::hex(CONTENT))
        .envelope({
            let mut parts = forge.take(&three)?;
            recipient(&mut parts, 1, &|to| to.epoch = EpochNumber(2))?;
            forge.sign(&mut parts, SENDER, "other-epoch-other")?;
            parts.assemble()?
        }),
    ])
}

/// Step 4.
fn macs(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mac = STANZAS + STANZA_LEN;
    let case = |name: &str, description: &str| {
        Case::new(name, description, &["ENV-08"]).attack(&["E5"]).expect("header-mac")
    };
    let mut other_key = forge.pair()?;
    let file_key = Secret::new(|key: &mut [u8; 32]| key.fill(0x33));
    let to = address(forge.world, SECOND)?;
    let wrapped = other_key.wrap(&to, &file_key, &forge.random("other-file-key"))?;
    *other_key.stanzas.last_mut().ok_or("stanza")? = wrapped;
    let for_first = other_key.assemble()?;
    // The header is made under the second file key, the front stays under the first.
    let header = Parts { file_key, ..forge.pair()? };
    let header = Parts { stanzas: other_key.stanzas.clone(), ..header }.header();
    let for_second = replaced(&for_first, 0, &header)?;
    Ok(vec![
        case("header-mac-changed", "one bit of the MAC").envelope(flipped(&forge.single, mac, 1)?),
        case("header-mac-end-changed", "the last bit of the MAC").envelope(flipped(
            &forge.single,
            mac + 31,
            0x80,
        )?),
        case("other-stanza-changed", "one bit of the other recipient's stanza").envelope(flipped(
            &forge.pair,
            STANZAS + STANZA_LEN + 600,
            1,
        )?),
        case("two-file-keys", "each recipient is given another file key; the header commits to the first's")
            .attack(&["E3"])
            .opened_by(SECOND)
            .envelope(&for_first),
        Case::new(
            "two-file-keys-second",
            "each recipient is given another file key; the header commits to the second's",
            &["ENV-08"],
        )
        .attack(&["E3"])
        .opened_by(SECOND)
        .expect("manifest-commitment")
        .envelope(for_second),
    ])
}

/// An agency's key, as the sender would look it up.
pub(crate) fn address(world: &World, agency: &str) -> Result<Recipient> {
    let agency: AgencyId = agency.parse()?;
    let addressed = world.rosters.address(&world.member(SENDER)?.identity, &[agency], world.now)?;
    Ok(addressed.recipients().first().ok_or("recipient")?.clone())
}
