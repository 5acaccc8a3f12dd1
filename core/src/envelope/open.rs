//! Opening, in the steps of SPEC §5.6.
//!
//! [`Opener`] holds what the caller decided. [`Front`] is an envelope whose sender, recipients and
//! signature have been verified and whose digests are known; nothing of the body has been read.

use std::io::Read;
use std::num::NonZeroUsize;

use zeroize::Zeroizing;

use crate::crypto::chunked::{COMMITMENT_LEN, MessageKey, PREFIX_LEN, SALT_LEN};
use crate::crypto::kdf::tags_equal;
use crate::ids::{AgencyId, EpochNumber, KeyId};
use crate::keys::directory::Directory;
use crate::keys::epoch::Epoch;
use crate::keys::keyring::{Keyring, Slot};
use crate::secret::SecretBytes;
use crate::time::{Times, Timestamp};

use super::error::{EnvelopeError, Layer};
use super::front::{self, FrontReader};
use super::header::{self, Header};
use super::keys::FileKeys;
use super::ledger::{Arrival, Ledger};
use super::manifest;
use super::parallel;
use super::seal::{FRONT_LEN_LEN, too_large};
use super::segments::{self, Digest, DigestKeys, Layout, Segment};
use super::signed::{OpenedAs, UnverifiedManifest, VerifiedManifest};

/// The largest content that is opened unless a limit is set: 1 TiB.
const DEFAULT_MAX_CONTENT: u64 = 1 << 40;

/// Opens envelopes: from memory, files, pipes, or at random places.
#[derive(Clone, Copy)]
pub struct Opener<'a> {
    agency: &'a AgencyId,
    keys: Keys<'a>,
    directory: &'a dyn Directory,
    ledger: &'a dyn Ledger,
    times: Times,
    max_content: u64,
    pub(super) workers: NonZeroUsize,
}

/// Where the epoch keys are.
#[derive(Clone, Copy)]
enum Keys<'a> {
    Own(&'a Keyring),
    /// Locked only while one of them is used: never while input is awaited.
    Shared(&'a crate::sync::Shared<Keyring>),
}

impl<'a> Opener<'a> {
    /// Opens with the agency's `keyring`, trusting the senders for whom `directory` vouches at
    /// `now`, and asking `ledger` before anything is released.
    pub fn new(
        keyring: &'a Keyring,
        directory: &'a dyn Directory,
        ledger: &'a dyn Ledger,
        now: Timestamp,
    ) -> Self {
        let (agency, keys) = (keyring.agency(), Keys::Own(keyring));
        let (times, workers) = (Times::at(now), parallel::default_workers());
        Self { agency, keys, directory, ledger, times, max_content: DEFAULT_MAX_CONTENT, workers }
    }

    /// As [`Opener::new`], with a keyring that others use and change meanwhile.
    pub(crate) fn shared(
        agency: &'a AgencyId,
        keyring: &'a crate::sync::Shared<Keyring>,
        directory: &'a dyn Directory,
        ledger: &'a dyn Ledger,
        times: Times,
    ) -> Self {
        let (keys, workers) = (Keys::Shared(keyring), parallel::default_workers());
        Self { agency, keys, directory, ledger, times, max_content: DEFAULT_MAX_CONTENT, workers }
    }

    /// Sets the largest content that is opened, in bytes; 1 TiB unless set.
    #[must_use]
    pub fn max_content(mut self, bytes: u64) -> Self {
        self.max_content = bytes;
        self
    }

    /// Sets the number of threads; one for each processor, at most eight, unless set.
    #[must_use]
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers;
        self
    }

    /// The verified manifest alone. The ledger is asked all the same.
    pub(crate) fn manifest(&self, mut input: impl Read) -> Result<VerifiedManifest, EnvelopeError> {
        self.front(&mut input, None).map(|front| front.manifest)
    }

    /// Steps 1 to 13. `size` is the input's whole length where it can be known.
    pub(super) fn front(&self, input: &mut dyn Read, size: Option<u64>) -> Result<Front, EnvelopeError> {
        // 1: limits.
        let header = Header::read(input)?;
        // 2 to 4: hint, decapsulate once, authenticate the header.
        let Unwrapped { stanza, epoch, key_id, file_key } = match self.keys {
            Keys::Own(keyring) => self.unwrap(keyring, &header)?,
            Keys::Shared(keyring) => self.unwrap(&keyring.read(), &header)?,
        };
        let keys = FileKeys::derive(&file_key, &header.id);
        drop(file_key);
        header.authenticate(&keys)?;

        // 5, 6: the manifest's length is bounded before work, its commitment before its chunks.
        let mut length = [0; FRONT_LEN_LEN as usize];
        input.read_exact(&mut length).map_err(|error| EnvelopeError::reading("manifest length", error))?;
        let front_len = u64::from_be_bytes(length);
        let limit = self.max_front_len();
        if front_len > limit {
            return Err(EnvelopeError::TooLarge { what: "sealed manifest", limit });
        }
        let mut reader = FrontReader::start(&mut *input, &keys, front_len)?;
        let (bytes, signature) = reader.manifest()?;
        let manifest_len = bytes.len();
        let unverified = UnverifiedManifest::decode(bytes, signature)?;

        // 7 to 10: outer and signed values, recipients, roster, signature.
        let me = OpenedAs { agency: self.agency, epoch, key_id: &key_id, stanza };
        let manifest = unverified.verify(&header, me, self.directory, self.times.now)?;
        if manifest.content_len > self.max_content {
            return Err(EnvelopeError::TooLarge { what: "content", limit: self.max_content });
        }
        let layout = Layout::new(manifest.content_len, manifest.body_len).ok_or_else(too_large)?;

        // The signed lengths fix every length outside them.
        if front::sealed_len(manifest_len, layout.digests()) != Some(front_len) {
            return Err(EnvelopeError::Malformed("manifest length: not what the signed lengths give; it"));
        }
        let body_at = header.len() + FRONT_LEN_LEN + front_len;
        let end = body_at.checked_add(layout.sealed_len());
        match size.map(|size| Some(size).cmp(&end)) {
            Some(std::cmp::Ordering::Less) => return Err(EnvelopeError::Truncated("body")),
            Some(std::cmp::Ordering::Greater) => return Err(EnvelopeError::Trailing),
            Some(std::cmp::Ordering::Equal) | None => {}
        }

        // 11, 12: digests stream to the root, the body's commitment is the signed one.
        let digest_keys = DigestKeys::derive(&manifest.content_salt, &manifest.id);
        let mut root = digest_keys.root(layout.body_len);
        let mut digests = Vec::new();
        for _ in 0..layout.digests() {
            let digest = reader.digest()?;
            root.update(&digest);
            digests.push(digest);
        }
        reader.finish()?;
        if !tags_equal(&root.finish(), &manifest.body_root) {
            return Err(EnvelopeError::failed(Layer::BodyRoot));
        }
        let mut prefix = [0; PREFIX_LEN];
        input.read_exact(&mut prefix).map_err(|error| EnvelopeError::reading("body", error))?;
        let body = open_body_key(&keys, &manifest, &prefix)?;

        // 13: the ledger, last before anything is released.
        let arrival = self.ledger.arrive(&manifest)?;
        Ok(Front { manifest, arrival, layout, digests, digest_keys, body, body_at })
    }

    /// Steps 2 and 3.
    fn unwrap(&self, keyring: &Keyring, header: &Header) -> Result<Unwrapped, EnvelopeError> {
        let (index, epoch) = self.find_stanza(keyring, header)?;
        let stanza = header.stanzas.get(index).ok_or(EnvelopeError::NotARecipient)?;
        let public = epoch.public();
        let file_key = stanza.unwrap(epoch.key(), public.id(), &header.id)?;
        Ok(Unwrapped { stanza: index, epoch: public.number(), key_id: *public.id(), file_key })
    }

    /// Finds the one stanza for a key of this keyring, newest epoch first, without decapsulating.
    fn find_stanza<'k>(
        &self,
        keyring: &'k Keyring,
        header: &Header,
    ) -> Result<(usize, &'k Epoch), EnvelopeError> {
        let place = |id: &KeyId| header.stanza_of(&header::hint(id, &header.id));
        let destroyed = |number: EpochNumber| Err(EnvelopeError::EpochDestroyed(number));
        for (number, slot) in keyring.slots() {
            let Some(index) = place(slot.id()) else { continue };
            return match slot {
                Slot::Held(epoch) if epoch.public().window().opens_at(self.times.now) => Ok((index, epoch)),
                // [ROT-14]
                Slot::Held(epoch) if epoch.public().window().opens_at(self.times.sure) => {
                    Err(EnvelopeError::ClockAhead(number))
                }
                Slot::Held(_) | Slot::Destroyed(_) => destroyed(number),
            };
        }
        Err(EnvelopeError::NotARecipient)
    }

    /// The sealed front of the longest manifest and the most digests that policy allows.
    fn max_front_len(&self) -> u64 {
        let padded = super::padding::Padding::Padme.body_len(self.max_content).unwrap_or(u64::MAX);
        let digests = padded.div_ceil(segments::SEGMENT_LEN as u64);
        front::sealed_len(manifest::MAX_LEN, digests).unwrap_or(u64::MAX)
    }
}

impl std::fmt::Debug for Opener<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { agency, keys: _, directory: _, ledger: _, times, max_content, workers } = self;
        let now = times.now;
        write!(f, "Opener({agency}, now {now}, max {max_content}, {workers} workers)")
    }
}

/// The file key, and with which key it was unwrapped.
struct Unwrapped {
    stanza: usize,
    epoch: EpochNumber,
    key_id: KeyId,
    file_key: crate::secret::Secret<32>,
}

/// Salt and commitment as received, compared with the signed commitment and the derived one.
fn open_body_key(
    keys: &FileKeys,
    manifest: &VerifiedManifest,
    prefix: &[u8; PREFIX_LEN],
) -> Result<MessageKey, EnvelopeError> {
    let error = EnvelopeError::failed(Layer::BodyCommitment);
    let Some((salt, commitment)) = prefix.split_first_chunk::<SALT_LEN>() else { return Err(error) };
    debug_assert_eq!(commitment.len(), COMMITMENT_LEN);
    let body = keys.body(*salt);
    if !tags_equal(commitment, &manifest.body_commitment) || body.check_commitment(commitment).is_err() {
        return Err(error);
    }
    Ok(body)
}

/// A verified front: who, to whom, when, and the digest of every segment of the body.
pub(super) struct Front {
    pub(super) manifest: VerifiedManifest,
    pub(super) arrival: Arrival,
    pub(super) layout: Layout,
    digests: Vec<Digest>,
    digest_keys: DigestKeys,
    body: MessageKey,
    /// Where the sealed body begins in the envelope.
    pub(super) body_at: u64,
}

impl Front {
    /// Verifies one segment into `plain`, with a cipher that lives for this call only.
    pub(super) fn open_segment(
        &self,
        segment: &Segment,
        sealed: &[u8],
        plain: &mut [u8],
    ) -> Result<(), EnvelopeError> {
        let digest = usize::try_from(segment.index).ok().and_then(|index| self.digests.get(index));
        segments::open(&self.body.cipher()?, &self.digest_keys, segment, digest, sealed, plain)
    }
}

/// An opened envelope: the content, and what its sender signed.
pub struct Opened {
    pub(super) content: SecretBytes,
    pub(super) about: About,
}

/// What is known of an opened envelope besides its content.
#[derive(Debug)]
pub struct About {
    pub(super) manifest: VerifiedManifest,
    pub(super) arrival: Arrival,
}

impl Opened {
    /// The content.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The content itself; wiped when dropped.
    pub fn into_content(self) -> Zeroizing<Vec<u8>> {
        self.content.into_zeroizing()
    }

    /// Who sent it, to whom, when, and with which keys.
    pub fn manifest(&self) -> &VerifiedManifest {
        &self.about.manifest
    }

    /// Whether the ledger saw it before.
    pub fn arrival(&self) -> Arrival {
        self.about.arrival
    }
}

impl About {
    /// Who sent it, to whom, when, and with which keys.
    pub fn manifest(&self) -> &VerifiedManifest {
        &self.manifest
    }

    /// The manifest itself.
    pub fn into_manifest(self) -> VerifiedManifest {
        self.manifest
    }

    /// Whether the ledger saw it before.
    pub fn arrival(&self) -> Arrival {
        self.arrival
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { content, about } = self;
        write!(f, "Opened({} bytes, {about:?})", content.len())
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::xwing::decapsulations;
    use crate::hazmat::forge::Parts;
    use crate::hazmat::world::World;
    use crate::{Draft, Opener, Sealer, Unrecorded};

    #[test]
    fn d2_other_hints_cost_no_decapsulation_and_an_own_hint_costs_one() {
        let world = World::new().unwrap();
        let sender = &world.member("GE/mia/cyber").unwrap().identity;
        let to = ["UA/npu/cyber".parse().unwrap(), "MD/igp/search".parse().unwrap()];
        let to = world.rosters.address(sender, &to, world.now).unwrap();
        let sealer = Sealer::new(sender, to, Draft::new("text/plain", 1).unwrap(), &world.random).unwrap();
        let good = sealer.seal(b"x").unwrap();
        let cost = |agency: &str, envelope: &[u8]| {
            let keyring = &world.member(agency).unwrap().keyring;
            let before = decapsulations::so_far();
            let _ = Opener::new(keyring, &world.rosters, &Unrecorded, world.now).open(envelope);
            decapsulations::so_far() - before
        };
        assert_eq!(cost("AZ/mia/crime", &good), 0);
        assert_eq!(cost("UA/npu/cyber", &good), 1);

        // Every stanza but the hint is noise: one decapsulation, whatever stands behind it.
        let mut parts = Parts::take(&good, &world.epoch("UA/npu/cyber", 1).unwrap()).unwrap();
        parts.stanzas.iter_mut().for_each(|stanza| stanza.wrapped = [0; 48]);
        assert_eq!(cost("UA/npu/cyber", &parts.assemble().unwrap()), 1);
        // The hint a second time is refused before any.
        parts.stanzas[1].hint = parts.stanzas[0].hint;
        assert_eq!(cost("UA/npu/cyber", &parts.assemble().unwrap()), 0);
    }
}
