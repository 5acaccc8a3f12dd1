//! Manifests that decode, with what they say; and manifests that do not.

use serde::Serialize;
use vlec::hazmat::world::NOW;
use vlec::{EnvelopeId, EpochNumber, Extension, Head, KeyId, Labels, Manifest, SealedTo, Timestamp, Urgency};

use crate::Result;
use crate::hex::hex;
use crate::{malformed_manifests, manifest_limits, manifest_texts};

/// One manifest. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attack: Vec<&'static str>,
    pub(crate) expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
    pub(crate) manifest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Fields>,
}

#[derive(Serialize)]
pub(crate) struct Fields {
    version: u64,
    suite: u64,
    envelope_id: String,
    sender: String,
    sender_key_id: String,
    recipients: Vec<(String, u64, String)>,
    created: u64,
    sequence: u64,
    content_type: String,
    content_length: u64,
    body_length: u64,
    content_salt: String,
    body_root: String,
    body_commitment: String,
    roster_heads: Vec<(String, u64, String)>,
    labels: FieldLabels,
    critical_extensions: Vec<(u64, String)>,
    extensions: Vec<(u64, String)>,
}

#[derive(Serialize)]
struct FieldLabels {
    case: Option<String>,
    operation: Option<String>,
    in_reply_to: Option<String>,
    handling: Option<String>,
    urgency: Option<u64>,
    deadline: Option<u64>,
    file_name: Option<String>,
    replaces: Option<String>,
}

pub(crate) fn cases() -> Result<Vec<Case>> {
    let mut cases = good()?;
    cases.extend(malformed_manifests::cases()?);
    cases.extend(manifest_texts::cases()?);
    cases.extend(manifest_limits::cases()?);
    Ok(cases)
}

pub(crate) fn minimal() -> Result<Manifest> {
    Ok(Manifest {
        version: 1,
        suite: 1,
        id: EnvelopeId::from_bytes([0x11; 16]),
        sender: "GE/mia/cyber".parse()?,
        sender_key: KeyId::from_bytes([0x22; 32]),
        recipients: vec![to("UA/npu/cyber", 1)?],
        created: at(NOW)?,
        sequence: 1,
        content_type: "text/plain".into(),
        content_len: 37,
        body_len: 37,
        content_salt: [0x44; 32],
        body_root: [0x55; 32],
        body_commitment: [0x66; 32],
        heads: Vec::new(),
        labels: Labels::default(),
        critical: Vec::new(),
        extensions: Vec::new(),
    })
}

pub(crate) fn to(agency: &str, epoch: u64) -> Result<SealedTo> {
    Ok(SealedTo { agency: agency.parse()?, epoch: EpochNumber(epoch), key_id: KeyId::from_bytes([0x33; 32]) })
}

fn at(seconds: u64) -> Result<Timestamp> {
    Ok(Timestamp::from_unix(seconds).ok_or("time")?)
}

/// A manifest that decodes: [`minimal`], changed.
pub(crate) fn good_case(
    name: &str,
    description: &str,
    rule: &[&'static str],
    change: &dyn Fn(&mut Manifest) -> Result<()>,
) -> Result<Case> {
    let mut manifest = minimal()?;
    change(&mut manifest)?;
    Ok(Case {
        name: name.to_owned(),
        description: description.to_owned(),
        rule: rule.to_vec(),
        attack: Vec::new(),
        expect: "ok",
        field: None,
        manifest: hex(manifest.encode()),
        fields: Some(Fields::of(&manifest)),
    })
}

fn good() -> Result<Vec<Case>> {
    let case = good_case;
    let long = "GE/".to_owned() + &[["a"; 32].concat().as_str(); 4].join("/");
    Ok(vec![
        case(
            "minimal",
            "one recipient, no heads, no labels, no extensions, no padding",
            &["MAN-01"],
            &|_| Ok(()),
        )?,
        case("padded", "37 bytes of content, 1,024 of body", &["MAN-05", "ENV-20"], &|m| {
            Ok(m.body_len = 1024)
        })?,
        case("all-labels", "every label", &["MAN-04"], &|m| {
            m.labels = Labels {
                case: Some("GE-2026-0117".into()),
                operation: Some("Чорне море".into()),
                in_reply_to: Some(EnvelopeId::from_bytes([1; 16])),
                handling: Some("არ გაავრცელოთ".into()),
                urgency: Some(Urgency::Emergency),
                deadline: Some(at(NOW + 3600)?),
                file_name: Some("sənəd 1.pdf".into()),
                replaces: Some(EnvelopeId::from_bytes([2; 16])),
            };
            Ok(())
        })?,
        case("largest-integers", "every integer as large as it may be", &["CBOR-01", "MAN-07"], &|m| {
            (m.created, m.sequence) = (Timestamp::MAX, u64::MAX);
            m.recipients = vec![to("UA/npu/cyber", u64::MAX)?];
            m.labels.deadline = Some(Timestamp::MAX);
            m.heads = vec![Head { origin: "o".into(), size: u64::MAX, root: [0; 32] }];
            m.extensions = vec![Extension { id: u64::MAX, value: vec![] }];
            Ok((m.content_len, m.body_len) = (u64::MAX, u64::MAX))
        })?,
        case("longest-texts", "every text as long as it may be", &["MAN-03", "MAN-04", "ID-01"], &|m| {
            m.sender = long.parse()?;
            m.content_type = format!("text/{}", "x".repeat(122));
            m.labels.case = Some("c".repeat(255));
            m.labels.file_name = Some("f".repeat(255));
            Ok(m.heads = vec![Head { origin: "o".repeat(128), size: 0, root: [0; 32] }])
        })?,
        case("centre-as-sender", "the sender is a national centre: its country alone", &["ID-01"], &|m| {
            Ok(m.sender = "GE".parse()?)
        })?,
        case("sixteen-heads", "16 roster heads", &["MAN-08"], &|m| {
            Ok(m.heads = (0..16)
                .map(|size| Head { origin: format!("log {size}"), size, root: [size as u8; 32] })
                .collect())
        })?,
        case(
            "thirty-two-extensions",
            "32 extensions, keys of one, two and three bytes",
            &["MAN-06"],
            &|m| {
                Ok(m.extensions =
                    (0..32).map(|i| Extension { id: i * i, value: vec![i as u8; i as usize] }).collect())
            },
        )?,
        case(
            "critical-extension",
            "a critical extension decodes; it is refused behind the signature",
            &["MAN-06"],
            &|m| Ok(m.critical = vec![Extension { id: 12, value: b"must".to_vec() }]),
        )?,
    ])
}

impl Fields {
    fn of(manifest: &Manifest) -> Self {
        let extensions = |list: &[Extension]| list.iter().map(|e| (e.id, hex(&e.value))).collect();
        let recipients = manifest.recipients.iter();
        let Labels { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces } =
            manifest.labels.clone();
        Self {
            version: manifest.version,
            suite: manifest.suite,
            envelope_id: manifest.id.to_string(),
            sender: manifest.sender.to_string(),
            sender_key_id: manifest.sender_key.to_string(),
            recipients: recipients
                .map(|to| (to.agency.to_string(), to.epoch.0, to.key_id.to_string()))
                .collect(),
            created: manifest.created.unix(),
            sequence: manifest.sequence,
            content_type: manifest.content_type.clone(),
            content_length: manifest.content_len,
            body_length: manifest.body_len,
            content_salt: hex(manifest.content_salt),
            body_root: hex(manifest.body_root),
            body_commitment: hex(manifest.body_commitment),
            roster_heads: manifest.heads.iter().map(|h| (h.origin.clone(), h.size, hex(h.root))).collect(),
            labels: FieldLabels {
                case,
                operation,
                in_reply_to: in_reply_to.map(|id| id.to_string()),
                handling,
                urgency: urgency.map(|urgency| urgency as u64),
                deadline: deadline.map(Timestamp::unix),
                file_name,
                replaces: replaces.map(|id| id.to_string()),
            },
            critical_extensions: extensions(&manifest.critical),
            extensions: extensions(&manifest.extensions),
        }
    }
}
