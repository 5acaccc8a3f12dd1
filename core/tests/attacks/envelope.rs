//! E1 to E12, and what of K, S and R an envelope shows.

use vlec::hazmat::forge::Parts;
use vlec::hazmat::{Secret, injected_random};
use vlec::{EnvelopeError, EnvelopeId, Extension, Keyring, Manifest, Padding, Sealer};

use super::scene::{
    ALICE, BOB, EVE, SENDER, honest, identity, open, opener, recipient, refused, sealer, taken, world,
};

const CONTENT: &[u8] = b"content that Alice and Bob may read";

/// Changes the signed fields and signs them again: what a misbehaving sender can do.
fn resigned(change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let mut parts = taken(CONTENT);
    parts.edit(change).unwrap();
    parts.sign(identity(SENDER), &world().random).unwrap();
    parts.assemble().unwrap()
}

#[test]
fn honest_envelope_opens_for_its_recipients_and_says_everything() {
    let envelope = honest(CONTENT);
    for agency in [ALICE, BOB] {
        let outcome = open(agency, &envelope);
        assert_eq!((outcome.layer(), &outcome.released[..]), ("ok", CONTENT));
        let opened = opener(agency).open(&envelope).unwrap();
        let manifest = opened.manifest();
        assert_eq!(manifest.sender.as_str(), SENDER);
        assert_eq!(manifest.sender_key, *identity(SENDER).id());
        assert_eq!(manifest.created, world().now);
        assert_eq!(manifest.recipients.len(), 2);
        assert_eq!(manifest.heads.len(), 4);
        let with = manifest.opened_with();
        assert_eq!((with.agency.as_str(), with.epoch.0), (agency, 1));
        assert_eq!(with.key_id, *recipient(agency).key_id());
    }
    assert_eq!(open(EVE, &envelope).layer(), "not-a-recipient");
}

#[test]
fn taken_apart_and_put_together_an_envelope_is_the_same() {
    let envelope = honest(CONTENT);
    let parts = Parts::take(&envelope, &world().epoch(ALICE, 1).unwrap()).unwrap();
    assert_eq!(parts.assemble().unwrap(), envelope);
}

#[test]
fn e1_forwarding_as_if_addressed_to_another_is_rejected() {
    let mut parts = taken(CONTENT);
    let stanza = parts.wrap(&recipient(EVE), &parts.file_key, &world().random).unwrap();
    parts.stanzas[1] = stanza;
    // Eve finds a stanza for herself, a MAC that holds, and a signature that does not name her.
    assert_eq!(open(EVE, &parts.assemble().unwrap()).layer(), "malformed");
    // Renaming the recipient in the manifest breaks the signature.
    let eve = recipient(EVE);
    parts
        .edit(|manifest| {
            manifest.recipients[1].agency = eve.agency().clone();
            manifest.recipients[1].key_id = *eve.key_id();
        })
        .unwrap();
    assert_eq!(open(EVE, &parts.assemble().unwrap()).layer(), "signature");
}

#[test]
fn e2_a_co_recipient_cannot_swap_content_or_manifest() {
    let mut parts = taken(CONTENT);
    parts.body[0] ^= 1;
    assert_eq!(refused(&parts.assemble().unwrap()), "damaged");
    // With digests that fit the new content, the signed root does not.
    let honest_manifest = parts.manifest.clone();
    parts.digest_body().unwrap();
    let forged_manifest = std::mem::replace(&mut parts.manifest, honest_manifest);
    assert_eq!(refused(&parts.assemble().unwrap()), "body-root");
    // With a root that fits, the signature does not.
    parts.manifest = forged_manifest;
    assert_eq!(refused(&parts.assemble().unwrap()), "signature");

    let mut parts = taken(CONTENT);
    parts.edit(|manifest| manifest.sequence += 1).unwrap();
    assert_eq!(refused(&parts.assemble().unwrap()), "signature");
}

#[test]
fn e3_another_file_key_for_one_recipient_breaks_the_commitment() {
    let mut parts = taken(CONTENT);
    let other = Secret::new(|key| key.fill(9));
    parts.stanzas[0] = parts.wrap(&recipient(ALICE), &other, &world().random).unwrap();
    let envelope = parts.assemble().unwrap();
    assert_eq!(refused(&envelope), "header-mac");
    assert_eq!(open(BOB, &envelope).layer(), "ok");
}

#[test]
fn e4_stanzas_added_removed_reordered_or_doubled_are_rejected() {
    let extra = |parts: &Parts| parts.wrap(&recipient(EVE), &parts.file_key, &world().random).unwrap();
    let mut added = taken(CONTENT);
    added.stanzas.push(extra(&added));
    let mut removed = taken(CONTENT);
    removed.stanzas.pop();
    let mut reordered = taken(CONTENT);
    reordered.stanzas.reverse();
    let mut doubled = taken(CONTENT);
    doubled.stanzas.push(doubled.stanzas[0].clone());
    for parts in [added, removed, reordered, doubled] {
        assert_eq!(refused(&parts.assemble().unwrap()), "malformed");
    }
}

#[test]
fn e5_lowered_version_or_suite_and_an_edited_header_are_rejected() {
    for (version, suite, layer) in
        [(0, 1, "unsupported-version"), (1, 0, "unsupported-suite"), (2, 1, "unsupported-version")]
    {
        let mut parts = taken(CONTENT);
        (parts.version, parts.suite) = (version, suite);
        assert_eq!(refused(&parts.assemble().unwrap()), layer);
    }
    // A signed version or suite that is not the header's, though the signature holds.
    assert_eq!(refused(&resigned(|manifest| manifest.version = 2)), "malformed");
    assert_eq!(refused(&resigned(|manifest| manifest.suite = 0)), "malformed");
    // Bob's stanza is not Alice's to use, but its bytes are under her MAC too.
    let mut envelope = honest(CONTENT);
    envelope[25 + 1176 + 100] ^= 1;
    assert_eq!(refused(&envelope), "header-mac");
}

#[test]
fn e6_a_signed_manifest_of_another_encoding_is_malformed() {
    let good = taken(CONTENT).manifest;
    let trailing = [&good[..], &[0]].concat();
    let long_length = [&[0xb8, 17][..], &good[1..]].concat();
    let indefinite = [&[0xbf][..], &good[1..], &[0xff]].concat();
    let mut doubled_key = good.clone();
    doubled_key[3] = 1;
    for manifest in [trailing, long_length, indefinite, doubled_key] {
        let mut parts = taken(CONTENT);
        parts.manifest = manifest;
        parts.sign(identity(SENDER), &world().random).unwrap();
        assert_eq!(refused(&parts.assemble().unwrap()), "malformed");
    }
}

#[test]
fn e7_the_claimed_sender_must_hold_the_signing_key() {
    // Bob signs and claims to be the sender, under the sender's key id and under his own.
    let mut parts = taken(CONTENT);
    parts.sign(identity(BOB), &world().random).unwrap();
    assert_eq!(refused(&parts.assemble().unwrap()), "signature");
    parts.edit(|manifest| manifest.sender_key = *identity(BOB).id()).unwrap();
    parts.sign(identity(BOB), &world().random).unwrap();
    assert_eq!(refused(&parts.assemble().unwrap()), "unknown-key");
}

#[test]
fn e8_padding_that_is_not_zero_and_false_lengths_are_rejected() {
    let mut parts = taken(CONTENT);
    *parts.body.last_mut().unwrap() = 1;
    parts.digest_body().unwrap();
    parts.sign(identity(SENDER), &world().random).unwrap();
    assert_eq!(refused(&parts.assemble().unwrap()), "padding");

    // A shorter content makes its last bytes padding, a longer one is still within the bucket.
    assert_eq!(refused(&resigned(|manifest| manifest.content_len -= 1)), "padding");
    assert_eq!(refused(&resigned(|manifest| manifest.content_len = 1025)), "malformed");
    assert_eq!(refused(&resigned(|manifest| manifest.body_len = 2048)), "malformed");
    assert_eq!(
        refused(&resigned(|manifest| (manifest.content_len, manifest.body_len) = (2000, 2048))),
        "truncated"
    );
    assert_eq!(
        refused(&resigned(|manifest| (manifest.content_len, manifest.body_len) = (10, 10))),
        "trailing"
    );
}

#[test]
fn e9_unknown_critical_extension_is_rejected_and_another_is_kept() {
    let extension = Extension { id: 77, value: b"value".to_vec() };
    let critical = resigned(|manifest| manifest.critical.push(extension.clone()));
    assert_eq!(refused(&critical), "unknown-critical-extension");
    let optional = resigned(|manifest| manifest.extensions.push(extension.clone()));
    assert_eq!(opener(ALICE).open(&optional).unwrap().manifest().extensions, [extension]);
}

#[test]
fn e10_manifest_or_body_under_another_id_salt_or_file_key_is_rejected() {
    let rewrap = |parts: &mut Parts| {
        let [alice, bob] = [recipient(ALICE), recipient(BOB)];
        parts.stanzas =
            [alice, bob].iter().map(|to| parts.wrap(to, &parts.file_key, &world().random).unwrap()).collect();
    };
    // Another envelope id: all layers hold, the signed id does not.
    let mut parts = taken(CONTENT);
    parts.id = EnvelopeId::from_bytes([3; 16]);
    rewrap(&mut parts);
    assert_eq!(refused(&parts.assemble().unwrap()), "malformed");
    // Another file key: the signed commitment of the body does not hold.
    let mut parts = taken(CONTENT);
    parts.file_key = Secret::new(|key| key.fill(9));
    rewrap(&mut parts);
    assert_eq!(refused(&parts.assemble().unwrap()), "body-commitment");
    // Another salt of the body, likewise.
    let mut parts = taken(CONTENT);
    parts.body_salt[0] ^= 1;
    assert_eq!(refused(&parts.assemble().unwrap()), "body-commitment");
    // Another salt of the manifest seals the same signed bytes again. It gains nothing: a ledger
    // knows the envelope by them.
    let first = honest(CONTENT);
    let mut parts = Parts::take(&first, &world().epoch(ALICE, 1).unwrap()).unwrap();
    parts.front_salt[0] ^= 1;
    let again = parts.assemble().unwrap();
    assert_ne!(first, again);
    let digest = |envelope: &[u8]| *opener(ALICE).open(envelope).unwrap().manifest().digest();
    assert_eq!(digest(&first), digest(&again));
}

#[test]
fn e11_contents_of_one_bucket_give_envelopes_of_one_length() {
    // 255 and 256, 65,535 and 65,536: lengths whose CBOR integers would differ in size.
    for (bucket, lens) in
        [(1024, &[0, 1, 23, 24, 255, 256, 1023, 1024][..]), (67_584, &[65_537, 66_000, 67_584])]
    {
        let expected = honest(&vec![1; bucket]).len();
        for len in lens {
            let envelope = honest(&vec![1; *len]);
            assert_eq!(envelope.len(), expected, "{len}");
            assert_eq!(
                sealer(&[ALICE, BOB], Padding::Padme).sealed_len(*len as u64).unwrap(),
                expected as u64
            );
        }
    }
    // The one clear length is that of the sealed manifest, and it is the same within a bucket.
    let clear = |len: usize| honest(&vec![1; len])[25 + 2 * 1176 + 32..][..8].to_vec();
    assert_eq!(clear(1), clear(1000));
}

#[test]
fn e11_the_length_of_the_manifest_never_depends_on_the_content() {
    // Case labels that move the end of manifest and signature over every place of a 1 KiB block.
    let base = taken(b"").manifest().unwrap();
    for case in 1..=255 {
        let mut short = base.clone();
        short.labels.case = Some("x".repeat(case));
        let mut long = short.clone();
        (short.content_len, long.content_len) = (0, 1024);
        assert_eq!(short.encode().len(), long.encode().len());
    }
}

#[test]
fn e12_a_manifest_length_of_2_to_the_48_is_refused_before_work() {
    let parts = taken(CONTENT);
    let at = parts.offsets().unwrap().front_length;
    for length in [1_u64 << 48, u64::MAX, 1 << 40] {
        let mut envelope = parts.assemble().unwrap();
        envelope[at..at + 8].copy_from_slice(&length.to_be_bytes());
        // Nothing after the length field is needed for the refusal.
        envelope.truncate(at + 8);
        assert_eq!(refused(&envelope), "too-large");
    }
}

#[test]
fn k1_low_order_ciphertext_in_a_stanza_is_one_more_failed_open() {
    let mut parts = taken(CONTENT);
    parts.stanzas[0].enc[1088..].fill(0);
    assert_eq!(refused(&parts.assemble().unwrap()), "decapsulation");
}

#[test]
fn k3_changed_ciphertext_looks_like_any_failed_open() {
    let outside = |envelope: &[u8]| {
        let error = opener(ALICE).open(envelope).unwrap_err();
        format!("{error} {error:?} {}", error.code())
    };
    let mut ml_kem = taken(CONTENT);
    ml_kem.stanzas[0].enc[7] ^= 1;
    let mut x25519 = taken(CONTENT);
    x25519.stanzas[0].enc[1100] ^= 1;
    let mut wrapped = taken(CONTENT);
    wrapped.stanzas[0].wrapped[0] ^= 1;
    let mut mac = honest(CONTENT);
    mac[25 + 2 * 1176] ^= 1;
    let mut signature = taken(CONTENT);
    signature.signature[0] ^= 1;
    let parts = taken(CONTENT);
    let flipped = |at: usize| {
        let mut envelope = parts.assemble().unwrap();
        envelope[at] ^= 1;
        envelope
    };
    let offsets = parts.offsets().unwrap();
    let mut body_salt = taken(CONTENT);
    body_salt.body_salt[0] ^= 1;
    let mut digests = taken(CONTENT);
    digests.digests[0][0] ^= 1;
    let texts = [
        outside(&flipped(offsets.front + 30)),
        outside(&flipped(offsets.front + 60)),
        outside(&body_salt.assemble().unwrap()),
        outside(&digests.assemble().unwrap()),
        outside(&ml_kem.assemble().unwrap()),
        outside(&x25519.assemble().unwrap()),
        outside(&wrapped.assemble().unwrap()),
        outside(&mac),
        outside(&signature.assemble().unwrap()),
    ];
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[test]
fn k5_a_random_source_that_fails_or_repeats_gives_no_envelope() {
    let failing = injected_random(|_| false);
    let repeating = injected_random(|out| {
        out.fill(5);
        true
    });
    let sound = || {
        injected_random({
            let inner = vlec::Random::system();
            move |out| inner.fill(out).is_ok()
        })
    };
    // However many draws an envelope takes: the one that fails, whichever it is, is the last.
    let draws = {
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = count.clone();
        let inner = sound();
        let random = injected_random(move |out| {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            inner.fill(out).is_ok()
        });
        let to = world().rosters.address(identity(SENDER), &[ALICE.parse().unwrap()], world().now).unwrap();
        let draft = vlec::Draft::new("text/plain", 1).unwrap();
        Sealer::new(identity(SENDER), to, draft, &random).unwrap().seal(CONTENT).unwrap();
        count.load(std::sync::atomic::Ordering::Relaxed)
    };
    assert!(draws >= 7, "{draws}");
    let failing_at = |n: usize| {
        let (count, inner) = (std::sync::atomic::AtomicUsize::new(0), sound());
        injected_random(move |out| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) != n && inner.fill(out).is_ok()
        })
    };
    let late: Vec<_> = (0..draws).map(failing_at).collect();
    for random in late.iter().chain([&failing, &repeating]) {
        let to = world().rosters.address(identity(SENDER), &[ALICE.parse().unwrap()], world().now).unwrap();
        let draft = vlec::Draft::new("text/plain", 1).unwrap();
        let mut out = vec![0xee; 20_000];
        let sealer = Sealer::new(identity(SENDER), to, draft, random).unwrap();
        let len = sealer.sealed_len(CONTENT.len() as u64).unwrap() as usize;
        let mut asked = None;
        let sealed = sealer.seal_into(CONTENT, |len, fill| {
            asked = Some(len);
            fill(&mut out[..len]);
        });
        let error = sealed.unwrap_err();
        assert!(matches!(error, EnvelopeError::Crypto(_)));
        assert!(asked.is_none_or(|asked| asked == len));
        assert!(out[..asked.unwrap_or(0)].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn e7_a_third_party_verifies_the_signed_manifest_with_public_data_only() {
    let opened = opener(ALICE).open(&honest(CONTENT)).unwrap();
    let signed = opened.manifest().signed().clone();
    let sender = identity(SENDER).public();
    assert_eq!(signed.verify(sender).unwrap(), **opened.manifest());
    assert_eq!(signed.verify(identity(BOB).public()).unwrap_err().code(), "other-sender");
    for at in 0..signed.bytes.len() {
        let mut changed = signed.clone();
        changed.bytes[at] ^= 1;
        assert!(changed.verify(sender).is_err(), "{at}");
    }
    let mut changed = signed;
    changed.signature[3372] ^= 1;
    assert_eq!(changed.verify(sender).unwrap_err().code(), "open-failed");
}

#[test]
fn s2_a_manifest_with_half_a_signature_replaced_is_rejected() {
    let mut other = taken(CONTENT);
    other.sign(identity(BOB), &world().random).unwrap();
    for half in [0..3309, 3309..3373] {
        let mut parts = taken(CONTENT);
        parts.signature[half.clone()].copy_from_slice(&other.signature[half]);
        assert_eq!(refused(&parts.assemble().unwrap()), "signature");
    }
}

#[test]
fn r7_mail_to_a_destroyed_epoch_is_said_to_be_and_no_other_key_is_tried() {
    let envelope = honest(CONTENT);
    let mut keyring = Keyring::new(ALICE.parse().unwrap());
    keyring.add(world().epoch(ALICE, 1).unwrap()).unwrap();
    keyring.add(world().epoch(ALICE, 2).unwrap()).unwrap();
    let open = |keyring: &Keyring, now| {
        vlec::Opener::new(keyring, &world().rosters, &vlec::Unrecorded, now).open(&envelope).map(|_| ())
    };
    assert!(open(&keyring, world().now).is_ok());
    assert_eq!(keyring.destroy(vlec::EpochNumber(1)), vlec::Held::Yes);
    assert!(matches!(open(&keyring, world().now), Err(EnvelopeError::EpochDestroyed(vlec::EpochNumber(1)))));

    // A key that is still there but past its time opens no more.
    let mut late = Keyring::new(ALICE.parse().unwrap());
    let epoch = world().epoch(ALICE, 1).unwrap();
    let end = epoch.public().window().destroy_at();
    late.add(epoch).unwrap();
    assert!(matches!(open(&late, end), Err(EnvelopeError::EpochDestroyed(_))));
}
