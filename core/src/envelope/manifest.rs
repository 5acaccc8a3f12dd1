//! The manifest: what the sender signs (SPEC §5.3, `[MAN-01]`…`[MAN-08]`).
//!
//! ```text
//! manifest = {
//!    1: version        2: suite          3: envelope id (16)      4: [sender, key id (32)]
//!    5: [1*1024 [agency, epoch, key id (32)]]                     6: created     7: sequence
//!    8: content type   9: content length (8 bytes)               10: body length
//!   11: content salt (32)  12: body root (32)  13: body commitment (32)
//!   14: [*676 [origin, size, root (32)]]
//!   15: labels        16: critical extensions                    17: extensions
//! }
//! ```
//!
//! The content length is a byte string of fixed size: as an integer its own size would show in
//! the length of the manifest, and with it in the length of the envelope.

use std::fmt;

use crate::cbor::{self, Malformed, Reader};
use crate::ids::{AgencyId, EnvelopeId, EpochNumber, KeyId};
use crate::keys::directory::Head;
use crate::time::Timestamp;

use super::draft;
use super::header::MAX_RECIPIENTS;
use super::labels::{Extension, Labels, decode_extensions, encode_extensions};
use super::padding::Padding;

/// Longest manifest in bytes.
pub(crate) const MAX_LEN: usize = 1 << 20;
/// One for each code of two capital letters: a set of rosters never has more.
const MAX_HEADS: u64 = 26 * 26;
const MAX_ORIGIN: usize = 128;

/// The content of a manifest. Whoever holds one knows only what it says; that it is true, a
/// [`VerifiedManifest`](super::signed::VerifiedManifest) says.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The version that the sender sealed; equals the header's.
    pub version: u64,
    /// The suite that the sender sealed with; equals the header's.
    pub suite: u64,
    /// The envelope's id; equals the header's.
    pub id: EnvelopeId,
    /// Who sealed it.
    pub sender: AgencyId,
    /// The identity key under which it is signed.
    pub sender_key: KeyId,
    /// All to whom it is sealed, in the order of the stanzas.
    pub recipients: Vec<SealedTo>,
    /// When it was sealed: the sender's word.
    pub created: Timestamp,
    /// The sender's sequence number; gaps are legal.
    pub sequence: u64,
    /// The content's media type.
    pub content_type: String,
    /// The content's length in bytes.
    pub content_len: u64,
    /// The body's length in bytes: content and padding.
    pub body_len: u64,
    /// Salts the digests.
    pub content_salt: [u8; 32],
    /// The root over the body's length and its segments' digests.
    pub body_root: [u8; 32],
    /// The commitment of the sealed body to its key.
    pub body_commitment: [u8; 32],
    /// The sender's view of the rosters.
    pub heads: Vec<Head>,
    /// What the content is about.
    pub labels: Labels,
    /// Extensions without which the content must not be used.
    pub critical: Vec<Extension>,
    /// Extensions that may be passed over.
    pub extensions: Vec<Extension>,
}

/// One recipient as the sender signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTo {
    /// The agency.
    pub agency: AgencyId,
    /// The epoch that was sealed to.
    pub epoch: EpochNumber,
    /// The id of that epoch's key.
    pub key_id: KeyId,
}

impl Manifest {
    /// The manifest's one encoding.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.map(17)?;
            e.u8(1)?.u64(self.version)?;
            e.u8(2)?.u64(self.suite)?;
            e.u8(3)?.bytes(self.id.as_bytes())?;
            e.u8(4)?.array(2)?.str(self.sender.as_str())?.bytes(self.sender_key.as_bytes())?;
            e.u8(5)?.array(self.recipients.len() as u64)?;
            for to in &self.recipients {
                e.array(3)?.str(to.agency.as_str())?.u64(to.epoch.0)?.bytes(to.key_id.as_bytes())?;
            }
            e.u8(6)?.u64(self.created.unix())?;
            e.u8(7)?.u64(self.sequence)?;
            e.u8(8)?.str(&self.content_type)?;
            e.u8(9)?.bytes(&self.content_len.to_be_bytes())?;
            e.u8(10)?.u64(self.body_len)?;
            e.u8(11)?.bytes(&self.content_salt)?;
            e.u8(12)?.bytes(&self.body_root)?;
            e.u8(13)?.bytes(&self.body_commitment)?;
            e.u8(14)?.array(self.heads.len() as u64)?;
            for head in &self.heads {
                e.array(3)?.str(&head.origin)?.u64(head.size)?.bytes(&head.root)?;
            }
            e.u8(15)?;
            self.labels.encode(e)?;
            e.u8(16)?;
            encode_extensions(e, &self.critical)?;
            e.u8(17)?;
            encode_extensions(e, &self.extensions)
        })
    }

    /// Reads a manifest: bounded, of the one encoding, nothing left over (`[MAN-01]`).
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let r = &mut Reader::new(bytes);
        r.map("manifest", 17, 17)?;
        r.key("manifest version", 1)?;
        let version = r.uint("manifest version")?;
        r.key("manifest suite", 2)?;
        let suite = r.uint("manifest suite")?;
        r.key("manifest envelope id", 3)?;
        let id = EnvelopeId::from_bytes(*r.fixed("manifest envelope id")?);
        r.key("manifest sender", 4)?;
        r.array("manifest sender", 2, 2)?;
        let sender = r.parsed("manifest sender", AgencyId::MAX_LEN)?;
        let sender_key = KeyId::from_bytes(*r.fixed("manifest sender key")?);
        r.key("manifest recipients", 5)?;
        let recipients = decode_recipients(r)?;
        r.key("manifest created", 6)?;
        let created = r.time("manifest created")?;
        r.key("manifest sequence", 7)?;
        let sequence = r.uint("manifest sequence")?;
        r.key("manifest content type", 8)?;
        let content_type = r.text("manifest content type", 1, draft::MAX_CONTENT_TYPE)?.to_owned();
        r.key("manifest content length", 9)?;
        let content_len = u64::from_be_bytes(*r.fixed("manifest content length")?);
        r.key("manifest body length", 10)?;
        let body_len = r.uint("manifest body length")?;
        r.key("manifest content salt", 11)?;
        let content_salt = *r.fixed("manifest content salt")?;
        r.key("manifest body root", 12)?;
        let body_root = *r.fixed("manifest body root")?;
        r.key("manifest body commitment", 13)?;
        let body_commitment = *r.fixed("manifest body commitment")?;
        r.key("manifest roster heads", 14)?;
        let heads = decode_heads(r)?;
        r.key("manifest labels", 15)?;
        let labels = Labels::decode(r)?;
        r.key("manifest critical extensions", 16)?;
        let critical = decode_extensions(r, "manifest critical extensions")?;
        r.key("manifest extensions", 17)?;
        let extensions = decode_extensions(r, "manifest extensions")?;
        r.end("manifest")?;

        let manifest = Self {
            version,
            suite,
            id,
            sender,
            sender_key,
            recipients,
            created,
            sequence,
            content_type,
            content_len,
            body_len,
            content_salt,
            body_root,
            body_commitment,
            heads,
            labels,
            critical,
            extensions,
        };
        cbor::check_canonical(bytes, &manifest.encode(), "manifest encoding")?;
        manifest.check()?;
        Ok(manifest)
    }

    /// What holds between fields, whoever sent them.
    fn check(&self) -> Result<(), Malformed> {
        let malformed = |field| Err(Malformed { field });
        if !draft::is_content_type(&self.content_type) {
            return malformed("manifest content type");
        }
        if !self.labels.are_valid() {
            return malformed("manifest labels");
        }
        let mut agencies: Vec<&AgencyId> = self.recipients.iter().map(|to| &to.agency).collect();
        agencies.sort_unstable();
        if agencies.windows(2).any(|pair| pair.first() == pair.last()) {
            return malformed("manifest recipients");
        }
        if !Padding::explains(self.content_len, self.body_len) {
            return malformed("manifest body length");
        }
        Ok(())
    }
}

/// Names who, to whom and when. Salt and root could confirm a guess of the content, and labels
/// belong to a case: none of them goes into a log.
impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version: _,
            suite: _,
            id,
            sender,
            sender_key: _,
            recipients,
            created,
            sequence: _,
            content_type: _,
            content_len: _,
            body_len: _,
            content_salt: _,
            body_root: _,
            body_commitment: _,
            heads: _,
            labels: _,
            critical: _,
            extensions: _,
        } = self;
        write!(f, "Manifest({id} from {sender} to {} at {created})", recipients.len())
    }
}

fn decode_recipients(r: &mut Reader<'_>) -> Result<Vec<SealedTo>, Malformed> {
    let count = r.array("manifest recipients", 1, MAX_RECIPIENTS as u64)?;
    (0..count)
        .map(|_| {
            r.array("manifest recipient", 3, 3)?;
            Ok(SealedTo {
                agency: r.parsed("manifest recipient agency", AgencyId::MAX_LEN)?,
                epoch: EpochNumber(r.uint("manifest recipient epoch")?),
                key_id: KeyId::from_bytes(*r.fixed("manifest recipient key")?),
            })
        })
        .collect()
}

fn decode_heads(r: &mut Reader<'_>) -> Result<Vec<Head>, Malformed> {
    let count = r.array("manifest roster heads", 0, MAX_HEADS)?;
    (0..count)
        .map(|_| {
            r.array("manifest roster head", 3, 3)?;
            Ok(Head {
                origin: r.text("manifest roster origin", 1, MAX_ORIGIN)?.to_owned(),
                size: r.uint("manifest roster size")?,
                root: *r.fixed("manifest roster root")?,
            })
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::envelope::labels::Urgency;
    use proptest::prelude::*;

    fn agency() -> impl Strategy<Value = AgencyId> {
        "[A-Z]{2}(/[a-z0-9-]{1,32}){0,4}".prop_map(|text| text.parse().unwrap())
    }

    fn extensions() -> impl Strategy<Value = Vec<Extension>> {
        prop::collection::btree_map(any::<u64>(), prop::collection::vec(any::<u8>(), 0..40), 0..4)
            .prop_map(|map| map.into_iter().map(|(id, value)| Extension { id, value }).collect())
    }

    prop_compose! {
        fn labels()(
            case in prop::option::of("[^\\p{C}\\p{Zl}\\p{Zp}]{1,20}"),
            handling in prop::option::of("[ -~]{1,20}"),
            reply in prop::option::of(any::<[u8; 16]>()),
            urgency in prop::option::of(0_u64..4),
            deadline in prop::option::of(0_u64..1 << 53),
            file_name in prop::option::of("[a-zé ]{1,20}\\.pdf"),
        ) -> Labels {
            Labels {
                case,
                operation: handling.clone(),
                in_reply_to: reply.map(EnvelopeId::from_bytes),
                handling,
                urgency: urgency.and_then(Urgency::from_number),
                deadline: deadline.and_then(Timestamp::from_unix),
                file_name,
                replaces: reply.map(EnvelopeId::from_bytes),
            }
        }
    }

    prop_compose! {
        fn manifest()(
            sender in agency(),
            to in prop::collection::btree_map(agency(), (any::<u64>(), any::<[u8; 32]>()), 1..5),
            (created, sequence, content_len) in (0_u64..1 << 53, any::<u64>(), 0_u64..1 << 50),
            bytes in any::<[u8; 32]>(),
            size in any::<u64>(),
            labels in labels(),
            critical in extensions(),
            extensions in extensions(),
        ) -> Manifest {
            let sealed_to = |(agency, (epoch, id))| SealedTo {
                agency, epoch: EpochNumber(epoch), key_id: KeyId::from_bytes(id),
            };
            Manifest {
                version: 1,
                suite: 1,
                id: EnvelopeId::from_bytes([7; 16]),
                sender,
                sender_key: KeyId::from_bytes(bytes),
                recipients: to.into_iter().map(sealed_to).collect(),
                created: Timestamp::from_unix(created).unwrap(),
                sequence,
                content_type: "text/plain".into(),
                content_len,
                body_len: Padding::Padme.body_len(content_len).unwrap(),
                content_salt: bytes,
                body_root: bytes,
                body_commitment: bytes,
                heads: vec![Head { origin: "vlec/1/GE/00".into(), size, root: bytes }],
                labels,
                critical,
                extensions,
            }
        }
    }

    pub(crate) fn example() -> Manifest {
        Manifest {
            version: 1,
            suite: 1,
            id: EnvelopeId::from_bytes([7; 16]),
            sender: "GE/mia".parse().unwrap(),
            sender_key: KeyId::from_bytes([1; 32]),
            recipients: vec![SealedTo {
                agency: "UA/npu".parse().unwrap(),
                epoch: EpochNumber(3),
                key_id: KeyId::from_bytes([2; 32]),
            }],
            created: Timestamp::from_unix(1_800_000_000).unwrap(),
            sequence: 5,
            content_type: "text/plain".into(),
            content_len: 10,
            body_len: 1024,
            content_salt: [3; 32],
            body_root: [4; 32],
            body_commitment: [5; 32],
            heads: Vec::new(),
            labels: Labels { case: Some("A-1".into()), ..Labels::default() },
            critical: Vec::new(),
            extensions: vec![Extension { id: 9, value: vec![1] }],
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_the_same(manifest in manifest()) {
            prop_assert_eq!(Manifest::decode(&manifest.encode()).unwrap(), manifest);
        }

        #[test]
        fn what_decodes_encodes_to_the_same(at in 0_usize..400, to in any::<u8>()) {
            let mut bytes = example().encode();
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(manifest) = Manifest::decode(&bytes) {
                prop_assert_eq!(manifest.encode(), bytes);
            }
        }
    }

    #[test]
    fn debug_shows_neither_salt_nor_root_nor_labels() {
        let shown = format!("{:?}", example());
        assert_eq!(shown, format!("Manifest({} from GE/mia to 1 at 2027-01-15T08:00:00Z)", example().id));
    }

    fn code(change: impl FnOnce(&mut Manifest)) -> &'static str {
        let mut manifest = example();
        change(&mut manifest);
        Manifest::decode(&manifest.encode()).unwrap_err().field
    }

    #[test]
    fn fields_that_contradict_each_other_are_malformed() {
        assert_eq!(code(|m| m.recipients.push(m.recipients[0].clone())), "manifest recipients");
        assert_eq!(code(|m| m.recipients.clear()), "manifest recipients");
        assert_eq!(code(|m| m.body_len = 1025), "manifest body length");
        assert_eq!(code(|m| m.content_len = 1025), "manifest body length");
        assert_eq!(code(|m| m.content_type = "text".into()), "manifest content type");
        assert_eq!(code(|m| m.labels.case = Some("a\nb".into())), "manifest labels");
        assert_eq!(code(|m| m.labels.file_name = Some("../x".into())), "manifest labels");
        assert_eq!(code(|m| m.extensions.push(Extension { id: 9, value: vec![] })), "manifest extensions");
    }

    #[test]
    fn e6_other_encodings_of_the_same_manifest_are_malformed() {
        let good = example().encode();
        assert!(Manifest::decode(&good).is_ok());
        // The map's header with its length in a second byte, and as indefinite.
        let rest = good[1..].to_vec();
        for (head, tail) in [(&[0xb8, 17][..], &[][..]), (&[0xbf], &[0xff])] {
            assert!(Manifest::decode(&[head, &rest, tail].concat()).is_err());
        }
        // A key twice, keys out of order, an integer longer than needed, a byte too many.
        let mut doubled = good.clone();
        doubled[1 + 2] = 1;
        let long_version = [&good[..2], &[0x18, 0x01], &good[3..]].concat();
        let mut swapped = good.clone();
        swapped[1..5].copy_from_slice(&[2, 1, 1, 1]);
        let trailing = [&good[..], &[0]].concat();
        for bad in [doubled, long_version, swapped, trailing] {
            assert!(Manifest::decode(&bad).is_err());
        }
    }

    #[test]
    fn e6_every_truncation_is_malformed() {
        let good = example().encode();
        for len in 0..good.len() {
            assert!(Manifest::decode(&good[..len]).is_err(), "{len}");
        }
    }
}
