//! Envelopes whose manifest fails: its form, its recipients, its sender, its signature.

use vlec::event::{Reason, Revoke};
use vlec::hazmat::composite::SIGNATURE_LEN;
use vlec::hazmat::world::{NOW, seed};
use vlec::hazmat::{Secret, composite_sign, forge::Parts, identity, label};
use vlec::{
    EnvelopeId, EpochNumber, Event, Extension as ManifestExtension, KeyId, Manifest, SealedTo, SignedEvent,
    Signer,
};

use crate::Result;
use crate::case::{Case, Extension, Forge, Heard, RECIPIENT, SECOND, SENDER};
use crate::header::address;
use crate::world::Observed;

pub(crate) const NOT_THE_HEADERS: &str = "signed version, suite or id: not the header's, which";
pub(crate) const NOT_THE_STANZAS: &str = "signed recipients: not the header's stanzas, which";
const ML_DSA_LEN: usize = 3309;
const DAY: u64 = 86_400;

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = outer(forge)?;
    cases.extend(recipients(forge)?);
    cases.extend(senders(forge)?);
    cases.extend(signatures(forge)?);
    cases.extend(after(forge)?);
    Ok(cases)
}

/// Steps 6 and 7: the form, and what the header says too. All of it signed by the sender.
fn outer(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let signed =
        |name: &str, description: &str, rule: &'static str, change: &dyn Fn(&mut Manifest)| -> Result<Case> {
            let envelope = forge.signed(name, change)?;
            Ok(Case::new(name, description, &[rule]).envelope(envelope))
        };
    let bytes = |name: &str, description: &str, change: &dyn Fn(&[u8]) -> Vec<u8>| -> Result<Case> {
        let case = Case::new(name, description, &["MAN-01", "CBOR-03"]).attack(&["E6"]);
        Ok(case.envelope(forge.signed_bytes(name, change)?))
    };
    // A co-recipient moves the manifest into an envelope of another id, everything made anew.
    let mut moved = forge.single()?;
    moved.id = EnvelopeId::from_bytes([0x66; 16]);
    let to = address(forge.world, RECIPIENT)?;
    moved.stanzas = vec![moved.wrap(&to, &moved.file_key, &forge.random("moved-to-other-id"))?];
    Ok(vec![
        bytes("manifest-trailing-byte", "a byte follows the manifest's map", &|manifest| {
            [manifest, &[0]].concat()
        })?
        .malformed("manifest"),
        bytes("manifest-long-form-integer", "the version as 0x18 01", &|manifest| {
            let (head, tail) = manifest.split_at(2);
            [head, &[0x18], tail].concat()
        })?
        .malformed("manifest encoding"),
        bytes("manifest-long-form-map", "the map's head as 0xb8 11", &|manifest| {
            [&[0xb8, 0x11], manifest.get(1..).unwrap_or_default()].concat()
        })?
        .malformed("manifest encoding"),
        bytes("manifest-not-a-map", "the manifest is one byte string", &|_| vec![0x40])?
            .malformed("manifest"),
        signed("signed-version-2", "the signed version is 2, the header's 1", "ENV-10", &|m| m.version = 2)?
            .attack(&["E5"])
            .malformed(NOT_THE_HEADERS),
        signed("signed-suite-2", "the signed suite is 2, the header's 1", "ENV-10", &|m| m.suite = 2)?
            .attack(&["E5"])
            .malformed(NOT_THE_HEADERS),
        signed("signed-id-other", "the signed envelope id is not the header's", "ENV-10", &|m| {
            m.id = EnvelopeId::from_bytes([0x66; 16]);
        })?
        .malformed(NOT_THE_HEADERS),
        Case::new(
            "moved-to-other-id",
            "a co-recipient moves the manifest into an envelope of another id",
            &["ENV-10"],
        )
        .attack(&["E10"])
        .malformed(NOT_THE_HEADERS)
        .envelope(moved.assemble()?),
    ])
}

/// Step 8.
fn recipients(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let signed = |name: &str,
                  description: &str,
                  rule: &'static str,
                  change: &dyn Fn(&mut Vec<SealedTo>)|
     -> Result<Case> {
        let envelope = forge.signed(name, |manifest| change(&mut manifest.recipients))?;
        Ok(Case::new(name, description, &[rule]).attack(&["E4"]).envelope(envelope))
    };
    let mut twice = forge.single()?;
    let newer = forge.world.epoch(RECIPIENT, 2)?;
    let mut stanza = twice.stanzas.first().ok_or("stanza")?.clone();
    stanza.hint = vlec::hazmat::hint(newer.public().id(), &twice.id);
    twice.stanzas.push(stanza);
    twice.edit(|manifest| {
        let entry = SealedTo {
            agency: newer.public().agency().clone(),
            epoch: EpochNumber(2),
            key_id: *newer.public().id(),
        };
        manifest.recipients.push(entry);
    })?;
    forge.sign(&mut twice, SENDER, "recipient-twice")?;
    let other = address(forge.world, SECOND)?;
    let first = |recipients: &mut Vec<SealedTo>, change: &dyn Fn(&mut SealedTo)| {
        recipients.iter_mut().take(1).for_each(change);
    };
    Ok(vec![
        Case::new("recipient-twice", "two epochs of one agency", &["MAN-02"])
            .malformed("manifest recipients")
            .envelope(twice.assemble()?),
        signed("recipient-without-stanza", "a recipient is signed who has no stanza", "ENV-11", &|to| {
            to.push(SealedTo {
                agency: other.agency().clone(),
                epoch: other.epoch(),
                key_id: *other.key_id(),
            });
        })?
        .malformed(NOT_THE_STANZAS),
        signed("recipient-key-other", "another key id is signed than the stanza's", "ENV-11", &|to| {
            first(to, &|entry| entry.key_id = *other.key_id());
        })?
        .malformed(NOT_THE_STANZAS),
        signed(
            "recipient-epoch-other",
            "the stanza's key id is signed as that of epoch 2",
            "ENV-12",
            &|to| {
                first(to, &|entry| entry.epoch = EpochNumber(2));
            },
        )?
        .expect("not-a-recipient"),
        signed(
            "recipient-agency-other",
            "the stanza's key id is signed as another agency's",
            "ENV-12",
            &|to| {
                first(to, &|entry| entry.agency = other.agency().clone());
            },
        )?
        .attack(&["E1", "R12"])
        .expect("not-a-recipient"),
    ])
}

/// Step 9.
fn senders(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let claimed =
        |name: &str, description: &str, expect: &str, change: &dyn Fn(&mut Manifest)| -> Result<Case> {
            let case = Case::new(name, description, &["ENV-13"]).attack(&["E7"]).expect(expect);
            Ok(case.envelope(forge.signed(name, change)?))
        };
    let case = |name: &str, description: &str, expect: &str| {
        Case::new(name, description, &["ENV-13"]).expect(expect).envelope(&forge.single)
    };
    let agency = |name: &str| name.parse::<vlec::AgencyId>();
    let (nobody, abroad, neighbour) =
        (agency("GE/nobody")?, agency("PL/policja")?, agency("GE/police/border")?);
    let other_key = *forge.world.member(SECOND)?.identity.id();
    let own_key = *forge.world.member(SENDER)?.identity.id();
    let country = forge.world.countries.get(&"GE".parse()?).ok_or("country")?;
    let me = Signer::Identity(&forge.world.member(SENDER)?.identity);
    let revoke = |revoke| Ok::<_, vlec::IdError>(Event::revoke(&country.anchor, agency(SENDER)?, revoke));
    let by_itself = revoke(Revoke::by_owner(own_key, Reason::Superseded))?
        .sign(&[me], &forge.random("revoked-by-itself"))?;
    let by_roots = revoke(Revoke::by_roots(own_key, Reason::KeyCompromise, forge.world.now))?
        .sign(&country.quorum(), &forge.random("revoked-by-roots"))?;
    let withdraw = Event::withdraw(&country.anchor, agency(SENDER)?, 3)
        .sign(&country.quorum(), &forge.random("withdraw"))?;
    let next = identity(agency(SENDER)?, &seed("next identity"));
    let mut signers = country.quorum();
    signers.push(Signer::Identity(&next));
    let recovery = Event::recovery(&country.anchor, 3, next.public().clone());
    let recovery = recovery.sign(&signers, &forge.random("recovery"))?;
    let logged = |event: &SignedEvent| Extension {
        country: "GE",
        as_of: NOW,
        events: vec![Observed::new(NOW, event)],
    };

    let mut recovered = forge.single()?;
    recovered.edit(|manifest| manifest.sender_key = *next.id())?;
    recovered.sign(&next, &forge.random("recovered-waits"))?;
    Ok(vec![
        claimed("sender-not-enrolled", "the sender is not in its country's roster", "not-enrolled", &|m| {
            m.sender = nobody.clone()
        })?,
        claimed("sender-without-roster", "no roster of the sender's country is known", "no-roster", &|m| {
            m.sender = abroad.clone()
        })?,
        claimed("sender-key-unknown", "the key id is nobody's", "unknown-key", &|m| {
            m.sender_key = KeyId::from_bytes([9; 32])
        })?,
        claimed("sender-key-of-another", "the key id is another agency's", "unknown-key", &|m| {
            m.sender_key = other_key
        })?,
        claimed(
            "sender-claims-neighbour",
            "an agency claims to be its neighbour, under its own key id",
            "unknown-key",
            &|m| m.sender = neighbour.clone(),
        )?,
        case("sender-roster-stale", "the roster is a second older than policy allows", "roster-stale")
            .attack(&["R2"])
            .at(NOW + 7 * DAY + 1),
        case("sender-roster-from-future", "the clock is a second further behind", "roster-from-future")
            .attack(&["R8"])
            .at(NOW - 301),
        case("sender-withdrawn", "the sender has left", "withdrawn").extend(logged(&withdraw)),
        case("sender-revoked-by-itself", "the sender's key has revoked itself", "revoked")
            .attack(&["R13"])
            .extend(logged(&by_itself)),
        case("sender-revoked-by-roots", "the roots have revoked the sender's key", "revoked")
            .attack(&["R13"])
            .extend(logged(&by_roots)),
        case("sender-revoked-unlogged", "the revocation is heard and is not in the log", "revoked")
            .attack(&["R13"])
            .hear(Heard { country: "GE", at: NOW, event: Observed::new(NOW, &by_roots).event }),
        case(
            "sender-recovered-old-key",
            "the roots have recovered the sender's identity: the old key is revoked",
            "revoked",
        )
        .attack(&["R6", "R14"])
        .extend(logged(&recovery)),
        case(
            "sender-recovered-waits",
            "signed with a recovered identity before its delay is over",
            "unknown-key",
        )
        .attack(&["R6"])
        .extend(logged(&recovery))
        .envelope(recovered.assemble()?),
    ])
}

/// Step 10, the signature.
fn signatures(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let honest = forge.single()?;
    let other = {
        let mut parts = forge.single()?;
        forge.sign(&mut parts, SECOND, "signed-by-another")?;
        parts.signature
    };
    let signed = |name: &str,
                  description: &str,
                  attack: &'static str,
                  change: &dyn Fn(&mut Parts) -> Result<()>|
     -> Result<Case> {
        let mut parts = forge.single()?;
        change(&mut parts)?;
        let case = Case::new(name, description, &["ENV-14", "SIG-01"]).attack(&[attack]).expect("signature");
        Ok(case.envelope(parts.assemble()?))
    };
    let halves = |ml_dsa: &[u8], ed25519: &[u8]| -> Result<[u8; SIGNATURE_LEN]> {
        let ml_dsa = ml_dsa.get(..ML_DSA_LEN).ok_or("half")?;
        let both = [ml_dsa, ed25519.get(ML_DSA_LEN..).ok_or("half")?].concat();
        Ok(both.try_into().map_err(|_| "length")?)
    };
    let zero = [0; SIGNATURE_LEN];
    let context = |name: &str, description: &str, label: &'static [u8]| {
        signed(name, description, "S3", &|parts| {
            let key = forge.signing_key(SENDER);
            parts.signature = composite_sign(&key, label, &parts.manifest, &forge.random(name))?;
            Ok(())
        })
    };
    let half = |name: &str, description: &str, signature: [u8; SIGNATURE_LEN]| {
        signed(name, description, "S2", &|parts| {
            parts.signature = signature;
            Ok(())
        })
    };
    let signature = honest.signature;
    Ok(vec![
        half("signature-ml-dsa-changed", "one bit of the ML-DSA half", {
            let mut s = signature;
            s[100] ^= 1;
            s
        })?,
        half("signature-ed25519-changed", "one bit of the Ed25519 half", {
            let mut s = signature;
            s[ML_DSA_LEN + 5] ^= 1;
            s
        })?,
        half("signature-ml-dsa-zero", "the ML-DSA half is zero", halves(&zero, &signature)?)?,
        half("signature-ed25519-zero", "the Ed25519 half is zero", halves(&signature, &zero)?)?,
        half(
            "signature-ml-dsa-of-another",
            "the ML-DSA half is another agency's",
            halves(&other, &signature)?,
        )?,
        half(
            "signature-ed25519-of-another",
            "the Ed25519 half is another agency's",
            halves(&signature, &other)?,
        )?,
        half("signature-s-plus-l", "s + L in the Ed25519 half", s_plus_l(signature)?)?.attack(&["S1"]),
        signed("signed-by-another", "another enrolled agency has signed", "E7", &|parts| {
            parts.signature = other;
            Ok(())
        })?,
        signed(
            "manifest-exchanged",
            "a co-recipient changes the manifest under the old signature",
            "E2",
            &|parts| Ok(parts.edit(|manifest| manifest.sequence += 1)?),
        )?,
        context(
            "signed-as-enrol-event",
            "the signature was made for an enrol event",
            label::SIGN_ENROL.bytes(),
        )?,
        context(
            "signed-as-revoke-event",
            "the signature was made for a revoke event",
            label::SIGN_REVOKE.bytes(),
        )?,
        context("signed-without-context", "the signature was made without a context", b"")?,
        context(
            "signed-without-closing-zero",
            "the label without its closing zero",
            b"vlec/1 sign manifest",
        )?,
    ])
}

/// Step 10, behind the signature; and which of two faults is told.
fn after(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let critical = |manifest: &mut Manifest| {
        manifest.critical = vec![ManifestExtension { id: 12, value: b"must".to_vec() }];
    };
    let case = |name: &str, description: &str, rule: &'static str| Case::new(name, description, &[rule]);
    let mut unsigned = forge.single()?;
    unsigned.edit(critical)?;
    let stranger = forge
        .signed("sender-before-signature", |manifest| manifest.sender_key = KeyId::from_bytes([9; 32]))?;
    let mut rekeyed = forge.single()?;
    rekeyed.file_key = Secret::new(|key| key.fill(0x44));
    let to = address(forge.world, RECIPIENT)?;
    rekeyed.stanzas = vec![rekeyed.wrap(&to, &rekeyed.file_key, &forge.random("other-key-for-all"))?];
    Ok(vec![
        case("critical-extension", "a signed critical extension that this version does not know", "ENV-15")
            .attack(&["E9"])
            .expect("unknown-critical-extension")
            .envelope(forge.signed("critical-extension", critical)?),
        case("critical-extension-unsigned", "nobody but the sender can cause the advice to update", "ENV-14")
            .attack(&["E9"])
            .expect("signature")
            .envelope(unsigned.assemble()?),
        case("sender-before-signature", "an unknown key is told before a signature is looked at", "ENV-13")
            .expect("unknown-key")
            .envelope(stranger),
        case("content-over-policy", "37 bytes where 36 are the policy", "§5.6")
            .expect("too-large")
            .max_content(36)
            .envelope(&forge.single),
        case(
            "other-key-for-all",
            "a co-recipient makes header, front and body anew under another file key",
            "§5.6",
        )
        .attack(&["E10"])
        .expect("body-commitment")
        .envelope(rekeyed.assemble()?),
    ])
}

/// The Ed25519 half with the order of the group added to its scalar.
fn s_plus_l(mut signature: [u8; SIGNATURE_LEN]) -> Result<[u8; SIGNATURE_LEN]> {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let scalar = signature.get_mut(ML_DSA_LEN + 32..).ok_or("scalar")?;
    let mut carry = 0;
    for (byte, l) in scalar.iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(l) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    Ok(signature)
}
