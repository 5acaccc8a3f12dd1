//! Envelopes changed with the keys in hand: past every tag that a forger can make again.
//!
//! The input decides what a forger does with an honest envelope: which parts are changed, and what
//! is signed by whom. All MACs and tags are then made to hold. Whatever is opened in the end was
//! signed by the one it is said to come from, and is exactly what was signed.

use std::sync::OnceLock;

use super::choices::Choices;
use super::forger::{Forger, SENDER, agency, any_agency, member};
use super::opening::{self, Way};
use super::{opener, world};
use crate::crypto::digest::KeyedHash;
use crate::crypto::kdf;
use crate::envelope::draft::Draft;
use crate::envelope::labels::Labels;
use crate::envelope::manifest::Manifest;
use crate::envelope::padding::Padding;
use crate::envelope::seal::Sealer;
use crate::hazmat::{failing_layer, hint, seeded_random};
use crate::ids::AgencyId;
use crate::keys::epoch::Epoch;
use crate::label;
use crate::secret::Secret;

const MAX_CHANGES: usize = 8;

/// Does with an honest envelope what `data` says, and opens the result. Returns the layer that
/// refused it, or `opened`.
pub fn mutate(data: &[u8]) -> &'static str {
    let choices = &mut Choices::new(data);
    let base = choices.of(bases()).expect("there are bases");
    let reader = match choices.below(8) {
        7 => any_agency(choices),
        n => agency(base.to.get(n % base.to.len()).expect("below their number")),
    };
    let way = choices.of(&Way::ALL).expect("there are ways");
    let mut forger = Forger::take(&base.envelope, &base.epoch, data);
    for _ in 0..choices.below(MAX_CHANGES + 1) {
        forger.change(choices);
    }
    let sealed = forger.parts.assemble().expect("parts are assembled");
    let mut wire = sealed.clone();
    for _ in 0..choices.below(3) {
        choices.splice(&mut wire);
    }

    let opening = opening::open(&opener(&reader), &wire, *way);
    assert!(forger.parts.body.starts_with(&opening.released), "what is released is what was sealed");
    if let Some((manifest, digest)) = &opening.vouched {
        assert_signed(&forger, manifest, digest);
    }
    match opening.result {
        Ok(opened) => {
            let manifest = opened.manifest();
            assert_signed(&forger, manifest, manifest.digest());
            assert_described(manifest, opened.content());
            assert!(manifest.recipients.iter().any(|to| to.agency == reader));
            assert!(wire == sealed, "no byte of an envelope changes after sealing");
            "opened"
        }
        Err(error) => {
            let honest = wire == base.envelope && base.to.contains(&reader.as_str());
            assert!(!honest, "an honest envelope opens: {error}");
            failing_layer(&error)
        }
    }
}

/// What is vouched for was signed by the one it is said to come from.
fn assert_signed(forger: &Forger, manifest: &Manifest, digest: &[u8; 64]) {
    let signed = |(what, by, key): &_| (what, by, key) == (digest, &manifest.sender, &manifest.sender_key);
    assert!(forger.signed.iter().any(signed), "vouched for what {} never signed", manifest.sender);
    assert_eq!((manifest.version, manifest.suite, manifest.id), (1, 1, forger.parts.id));
    assert!(manifest.critical.is_empty());
    let hints = manifest.recipients.iter().map(|to| hint(&to.key_id, &manifest.id));
    assert!(hints.eq(forger.parts.stanzas.iter().map(|stanza| stanza.hint)), "signed for others");
}

/// The root that SPEC §5.4 gives for this content and zeros after it is the signed one.
fn assert_described(manifest: &Manifest, content: &[u8]) {
    assert_eq!(manifest.content_len, content.len() as u64);
    let mut body = content.to_vec();
    body.resize(usize::try_from(manifest.body_len).expect("it was in memory"), 0);
    let key = |label| kdf::derive(&manifest.content_salt, label, &manifest.id);
    let (segment_key, root_key): (Secret<32>, Secret<32>) =
        (key(label::SEGMENT_DIGEST), key(label::BODY_ROOT));
    let mut root = KeyedHash::new(root_key.expose());
    root.update(&manifest.body_len.to_be_bytes());
    for segment in body.chunks(1 << 20) {
        let mut digest = KeyedHash::new(segment_key.expose());
        digest.update(segment);
        root.update(&digest.finish());
    }
    assert_eq!(root.finish(), manifest.body_root);
}

/// An honest envelope.
struct Base {
    to: &'static [&'static str],
    envelope: Vec<u8>,
    /// The first recipient's, with which the forger takes the envelope apart.
    epoch: Epoch,
}

fn bases() -> &'static [Base] {
    const ONE: &[&str] = &["UA/npu/cyber"];
    const THREE: &[&str] = &["UA/npu/cyber", "MD/pg/mla", "GE/police/border"];
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| {
        let make = |(to, len, padding): (&'static [&'static str], usize, Padding)| {
            let world = world();
            let identity = &member(SENDER).identity;
            let names: Vec<AgencyId> = to.iter().map(|name| agency(name)).collect();
            let addressed = world.rosters.address(identity, &names, world.now).expect("all are enrolled");
            let labels = Labels { case: Some("A-1".into()), ..Labels::default() };
            let draft = Draft::new("text/plain", 1).and_then(|draft| draft.labels(labels));
            let draft = draft.and_then(|draft| draft.extension(7, &[1])).expect("the draft is good");
            let random = seeded_random([len as u8; 32]);
            let sealer = Sealer::new(identity, addressed, draft.padding(padding), &random);
            let content: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let envelope = sealer.and_then(|sealer| sealer.seal(&content)).expect("it is sealed");
            let first = to.first().expect("there is a recipient");
            Base { to, envelope, epoch: world.epoch(first, 1).expect("it has an epoch") }
        };
        // Padded, padded with several recipients, with nothing in it, with a last chunk that is
        // empty, and with two segments.
        let shapes = [
            (ONE, 10, Padding::Padme),
            (THREE, 2000, Padding::Padme),
            (ONE, 0, Padding::None),
            (ONE, 1 << 14, Padding::None),
            (ONE, (1 << 20) + 5, Padding::None),
        ];
        shapes.map(make).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn an_envelope_that_nobody_touched_opens() {
        for base in 0..bases().len() as u8 {
            assert_eq!(mutate(&[base]), "opened");
        }
        // The third recipient of the second base, and an agency that is none.
        assert_eq!(mutate(&[1, 2]), "opened");
        assert_eq!(mutate(&[0, 7, 7]), "not-a-recipient");
    }

    #[test]
    fn an_envelope_that_the_sender_signs_again_opens() {
        // Body spliced, then resealed and signed by the sender; by somebody else.
        assert_eq!(mutate(&[0, 0, 0, 2, 19, 0, 3, 0, 2, 8, 9, 3, 0, 0]), "opened");
        assert_eq!(mutate(&[0, 0, 0, 2, 19, 0, 3, 0, 2, 8, 9, 3, 0, 1]), "signature");
    }

    #[test]
    fn random_changes_reach_every_layer() {
        let mut reached = BTreeMap::new();
        let mut stream = blake3::Hasher::new_keyed(&[1; 32]).finalize_xof();
        for _ in 0..400 {
            let mut data = [0; 48];
            stream.fill(&mut data);
            *reached.entry(mutate(&data)).or_insert(0) += 1;
        }
        println!("{reached:?}");
        for layer in ["opened", "malformed", "header-mac", "signature", "body-commitment", "body-root"] {
            assert!(reached.contains_key(layer), "{layer}: {reached:?}");
        }
    }
}
