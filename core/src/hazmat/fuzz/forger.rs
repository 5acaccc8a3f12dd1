//! What a forger with keys does to an envelope.

use super::choices::Choices;
use super::world;
use crate::crypto::digest::sha512;
use crate::envelope::front;
use crate::envelope::labels::{Extension, Urgency};
use crate::envelope::manifest::{Manifest, SealedTo};
use crate::hazmat::forge::Parts;
use crate::hazmat::seeded_random;
use crate::hazmat::world::{AGENCIES, Member};
use crate::ids::{AgencyId, EnvelopeId, EpochNumber, KeyId};
use crate::keys::directory::{Head, Recipient};
use crate::keys::epoch::Epoch;
use crate::random::Random;
use crate::secret::Secret;
use crate::time::Timestamp;

/// Whose envelopes are forged.
pub(super) const SENDER: &str = "GE/mia/cyber";

/// A recipient of the envelope who may also be a member of any agency of the world.
pub(super) struct Forger {
    pub(super) parts: Parts,
    /// Every manifest that an agency signed, by its digest, with the agency and its key.
    pub(super) signed: Vec<([u8; 64], AgencyId, KeyId)>,
    random: Random,
}

impl Forger {
    /// Takes an honest envelope apart with a recipient's key.
    pub(super) fn take(envelope: &[u8], epoch: &Epoch, seed: &[u8]) -> Self {
        let parts = Parts::take(envelope, epoch).expect("an honest envelope is taken apart");
        let manifest = parts.manifest().expect("an honest envelope has a manifest");
        let signed = vec![(sha512(&[&parts.manifest]), manifest.sender, manifest.sender_key)];
        Self { parts, signed, random: seeded_random(*blake3::hash(seed).as_bytes()) }
    }

    /// One change; what cannot be done is left.
    pub(super) fn change(&mut self, choices: &mut Choices<'_>) {
        let parts = &mut self.parts;
        match choices.below(21) {
            0 => self.sign(choices),
            1 => drop(parts.digest_body()),
            2 => drop(parts.edit(|manifest| edit(manifest, choices))),
            3 => self.reseal(choices),
            4 => match choices.below(2) {
                0 => parts.version ^= choices.byte(),
                _ => parts.suite ^= u16::from(choices.byte()),
            },
            5 => parts.id = EnvelopeId::from_bytes(flipped(*parts.id.as_bytes(), choices)),
            6 => drop(parts.stanzas.splice(one_of(parts.stanzas.len(), choices), None)),
            7 => {
                let twice = parts.stanzas.get(choices.below(parts.stanzas.len())).cloned();
                parts.stanzas.extend(twice);
            }
            8 => {
                let (a, b) = (choices.below(parts.stanzas.len()), choices.below(parts.stanzas.len()));
                if a.max(b) < parts.stanzas.len() {
                    parts.stanzas.swap(a, b);
                }
            }
            9 => {
                let at = choices.below(parts.stanzas.len());
                let Some(stanza) = parts.stanzas.get_mut(at) else { return };
                match choices.below(3) {
                    0 => choices.flip(&mut stanza.hint),
                    1 => choices.flip(&mut *stanza.enc),
                    _ => choices.flip(&mut stanza.wrapped),
                }
            }
            10 => self.admit(choices),
            11 => self.rewrap(),
            12 => {
                let key = flipped(*parts.file_key.expose(), choices);
                parts.file_key = Secret::new(|out| *out = key);
            }
            13 => choices.splice(&mut parts.manifest),
            14 => choices.flip(&mut parts.signature),
            15 => {
                let at = choices.below(parts.digests.len());
                match parts.digests.get_mut(at) {
                    Some(digest) => choices.flip(digest),
                    None => parts.digests.push([choices.byte(); 32]),
                }
            }
            16 => drop(parts.digests.splice(one_of(parts.digests.len(), choices), None)),
            17 => {
                let mut front = front::write(&parts.manifest, &parts.signature, &parts.digests).to_vec();
                choices.splice(&mut front);
                parts.front = Some(front);
            }
            18 => choices.flip(&mut parts.front_salt),
            19 => choices.splice(&mut parts.body),
            _ => choices.flip(&mut parts.body_salt),
        }
    }

    /// The manifest as it is, signed by any agency; by the first sender unless chosen.
    fn sign(&mut self, choices: &mut Choices<'_>) {
        let signer = &member(any_agency(choices).as_str()).identity;
        self.parts.sign(signer, &self.random).expect("it is signed");
        let digest = sha512(&[&self.parts.manifest]);
        self.signed.push((digest, signer.agency().clone(), *signer.id()));
    }

    /// All that an honest sender makes of the body: lengths, digests, root, commitment, signature.
    fn reseal(&mut self, choices: &mut Choices<'_>) {
        let body_len = self.parts.body.len() as u64;
        let content_len = body_len.saturating_sub(choices.number());
        let lengths =
            |manifest: &mut Manifest| (manifest.content_len, manifest.body_len) = (content_len, body_len);
        drop(self.parts.edit(lengths).and_then(|()| self.parts.digest_body()));
        self.sign(choices);
    }

    /// A stanza for another agency, and the agency among the recipients.
    fn admit(&mut self, choices: &mut Choices<'_>) {
        let to = recipient(&any_agency(choices));
        let stanza = self.parts.wrap(&to, &self.parts.file_key, &self.random);
        self.parts.stanzas.push(stanza.expect("it is wrapped"));
        if choices.below(2) == 0 {
            drop(self.parts.edit(|manifest| manifest.recipients.push(sealed_to(&to))));
        }
    }

    /// The stanzas of all recipients, under the present id and file key.
    fn rewrap(&mut self) {
        let Ok(manifest) = self.parts.manifest() else { return };
        let known = manifest.recipients.iter().filter(|to| world().members.contains_key(&to.agency));
        let wrap =
            |to: &SealedTo| self.parts.wrap(&recipient(&to.agency), &self.parts.file_key, &self.random);
        self.parts.stanzas = known.map(|to| wrap(to).expect("it is wrapped")).collect();
    }
}

fn edit(manifest: &mut Manifest, choices: &mut Choices<'_>) {
    let time = |number| Timestamp::from_unix(number).unwrap_or(Timestamp::MAX);
    let text = |choices: &mut Choices<'_>| String::from_utf8_lossy(choices.bytes(40)).into_owned();
    let recipients = manifest.recipients.len();
    match choices.below(20) {
        0 => manifest.version = choices.number(),
        1 => manifest.suite = choices.number(),
        2 => manifest.id = EnvelopeId::from_bytes(flipped(*manifest.id.as_bytes(), choices)),
        3 => {
            manifest.sender = any_agency(choices);
            manifest.sender_key = *member(manifest.sender.as_str()).identity.id();
        }
        4 => manifest.sender = any_agency(choices),
        5 => drop(manifest.recipients.splice(one_of(recipients, choices), None)),
        6 => manifest.recipients.push(sealed_to(&recipient(&any_agency(choices)))),
        7 => manifest.recipients.rotate_left(choices.below(recipients)),
        8 => {
            let at = choices.below(recipients);
            let Some(to) = manifest.recipients.get_mut(at) else { return };
            match choices.below(3) {
                0 => to.epoch = EpochNumber(choices.number()),
                1 => to.key_id = KeyId::from_bytes(flipped(*to.key_id.as_bytes(), choices)),
                _ => to.agency = any_agency(choices),
            }
        }
        9 => manifest.created = time(choices.number()),
        10 => manifest.sequence = choices.number(),
        11 => manifest.content_type = text(choices),
        12 => manifest.content_len = choices.number(),
        13 => manifest.body_len = choices.number(),
        14 => choices.flip(&mut manifest.content_salt),
        15 => choices.flip(&mut manifest.body_root),
        16 => choices.flip(&mut manifest.body_commitment),
        17 => {
            let size = choices.number();
            manifest.heads.push(Head { origin: text(choices), size, root: [choices.byte(); 32] });
        }
        18 => {
            let labels = &mut manifest.labels;
            labels.urgency = Urgency::from_number(choices.number());
            labels.deadline = Some(time(choices.number()));
            labels.replaces = Some(manifest.id);
            labels.file_name = Some(text(choices));
        }
        _ => {
            let extension = Extension { id: choices.number(), value: choices.bytes(40).to_vec() };
            let which = choices.below(2);
            if which == 0 { &mut manifest.critical } else { &mut manifest.extensions }.push(extension);
        }
    }
}

/// The range of one item, or an empty one.
fn one_of(len: usize, choices: &mut Choices<'_>) -> std::ops::Range<usize> {
    let at = choices.below(len);
    at..(at + 1).min(len)
}

fn flipped<const N: usize>(mut bytes: [u8; N], choices: &mut Choices<'_>) -> [u8; N] {
    choices.flip(&mut bytes);
    bytes
}

pub(super) fn any_agency(choices: &mut Choices<'_>) -> AgencyId {
    agency(AGENCIES.get(choices.below(AGENCIES.len())).expect("below their number"))
}

pub(super) fn agency(name: &str) -> AgencyId {
    name.parse().expect("it is a name")
}

pub(super) fn member(name: &str) -> &'static Member {
    world().member(name).expect("the agency is of the world")
}

/// An agency's place in the verified rosters.
fn recipient(to: &AgencyId) -> Recipient {
    let world = world();
    let sender = &member(SENDER).identity;
    let addressed = world.rosters.address(sender, std::slice::from_ref(to), world.now);
    addressed.expect("all are enrolled").recipients().first().expect("one was named").clone()
}

fn sealed_to(to: &Recipient) -> SealedTo {
    SealedTo { agency: to.agency().clone(), epoch: to.epoch(), key_id: *to.key_id() }
}
