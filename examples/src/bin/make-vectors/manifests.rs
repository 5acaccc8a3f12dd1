//! Manifests that decode, with what they say; and manifests that do not.

use serde::Serialize;
use vlec::hazmat::world::NOW;
use vlec::{EnvelopeId, EpochNumber, Extension, Head, KeyId, Labels, Manifest, SealedTo, Timestamp, Urgency};

use crate::Result;
use crate::cbor::{Map, array, bytes, head, map, text, uint};
use crate::hex::hex;

/// One manifest. The fields are in the order of the file.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    description: String,
    rule: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attack: Vec<&'static str>,
    expect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    manifest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Fields>,
}

#[derive(Serialize)]
struct Fields {
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
    cases.extend(encodings()?);
    cases.extend(fields()?);
    cases.extend(lists()?);
    Ok(cases)
}

fn minimal() -> Result<Manifest> {
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

fn to(agency: &str, epoch: u64) -> Result<SealedTo> {
    Ok(SealedTo { agency: agency.parse()?, epoch: EpochNumber(epoch), key_id: KeyId::from_bytes([0x33; 32]) })
}

fn at(seconds: u64) -> Result<Timestamp> {
    Ok(Timestamp::from_unix(seconds).ok_or("time")?)
}

fn good() -> Result<Vec<Case>> {
    let case = |name: &str,
                description: &str,
                rule: &[&'static str],
                change: &dyn Fn(&mut Manifest) -> Result<()>|
     -> Result<Case> {
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
    };
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

fn bad(name: &str, description: &str, rule: &'static str, field: &'static str, manifest: Vec<u8>) -> Case {
    Case {
        name: name.to_owned(),
        description: description.to_owned(),
        rule: vec![rule],
        attack: if rule.starts_with("CBOR") { vec!["E6"] } else { Vec::new() },
        expect: "malformed",
        field: Some(field),
        manifest: hex(manifest),
        fields: None,
    }
}

/// What is no deterministic CBOR, or not this map.
fn encodings() -> Result<Vec<Case>> {
    let good = minimal()?.encode();
    let parsed = || Map::parse(&good);
    let entries = parsed()?.entries();
    let mut cut = good.clone();
    cut.pop();
    Ok(vec![
        bad("empty", "no bytes", "CBOR-01", "manifest", Vec::new()),
        bad("cut", "the last byte is missing", "CBOR-01", "manifest extensions", cut),
        bad("trailing-byte", "a byte follows the map", "CBOR-02", "manifest", [&good[..], &[0]].concat()),
        bad(
            "trailing-break",
            "a break follows the map",
            "CBOR-02",
            "manifest",
            [&good[..], &[0xff]].concat(),
        ),
        bad(
            "map-head-long",
            "the map's head in two bytes",
            "CBOR-03",
            "manifest encoding",
            [&[0xb8, 17][..], &entries].concat(),
        ),
        bad(
            "map-indefinite",
            "a map of indefinite length",
            "CBOR-01",
            "manifest",
            [&[0xbf][..], &entries, &[0xff]].concat(),
        ),
        bad("map-tagged", "the map behind a tag", "CBOR-01", "manifest", [&[0xc1][..], &good].concat()),
        bad(
            "map-of-2-64",
            "a map of 2^64 - 1 entries",
            "CBOR-02",
            "manifest",
            [&[0xbb][..], &[0xff; 8], &entries].concat(),
        ),
        bad(
            "deep-nesting",
            "an array in an array, a thousand times",
            "CBOR-02",
            "manifest",
            vec![0x81; 1000],
        ),
        bad("key-missing", "key 17 is missing", "CBOR-02", "manifest", parsed()?.without(17).bytes()),
        bad("key-unknown", "a key 18", "CBOR-02", "manifest", parsed()?.and(18, map(&[])).bytes()),
        bad(
            "key-unknown-for-known",
            "key 18 in place of 17",
            "CBOR-02",
            "manifest extensions",
            parsed()?.rename(17, &uint(18)).bytes(),
        ),
        bad(
            "key-long",
            "key 1 as 0x18 01",
            "CBOR-03",
            "manifest encoding",
            parsed()?.rename(1, &[0x18, 1]).bytes(),
        ),
        bad(
            "key-negative",
            "key 1 as -1",
            "CBOR-01",
            "manifest version",
            parsed()?.rename(1, &[0x20]).bytes(),
        ),
        bad(
            "key-text",
            "key 1 as a text",
            "CBOR-01",
            "manifest version",
            parsed()?.rename(1, &text("1")).bytes(),
        ),
        bad(
            "keys-out-of-order",
            "keys 6 and 7 are exchanged",
            "CBOR-01",
            "manifest created",
            parsed()?.swapped(5).bytes(),
        ),
        bad(
            "key-doubled",
            "key 1 stands twice, in place of 17",
            "CBOR-01",
            "manifest suite",
            parsed()?.without(17).doubled(0).bytes(),
        ),
        bad(
            "integer-long",
            "the sequence in nine bytes",
            "CBOR-03",
            "manifest encoding",
            parsed()?.set(7, [&[0x1b][..], &[0; 7], &[1]].concat()).bytes(),
        ),
        bad(
            "integer-float",
            "the sequence as a float",
            "CBOR-01",
            "manifest sequence",
            parsed()?.set(7, [0xf9, 0x3c, 0]).bytes(),
        ),
        bad(
            "integer-negative",
            "the sequence is -1",
            "CBOR-01",
            "manifest sequence",
            parsed()?.set(7, [0x20]).bytes(),
        ),
        bad(
            "integer-bignum",
            "the sequence as a tagged big number",
            "CBOR-01",
            "manifest sequence",
            parsed()?.set(7, [0xc2, 0x41, 1]).bytes(),
        ),
        bad(
            "bytes-indefinite",
            "the salt in pieces",
            "CBOR-01",
            "manifest content salt",
            parsed()?.set(11, [&[0x5f][..], &bytes([0x44; 32]), &[0xff]].concat()).bytes(),
        ),
        bad(
            "bytes-length-long",
            "the salt's length in two bytes more than needed",
            "CBOR-03",
            "manifest encoding",
            parsed()?.set(11, [&[0x59, 0, 32][..], &[0x44; 32]].concat()).bytes(),
        ),
        bad(
            "bytes-of-4-gib",
            "a salt of 2^32 - 1 bytes",
            "CBOR-02",
            "manifest content salt",
            parsed()?.set(11, [0x5a, 0xff, 0xff, 0xff, 0xff]).bytes(),
        ),
        bad(
            "text-indefinite",
            "the content type in pieces",
            "CBOR-01",
            "manifest content type",
            parsed()?.set(8, [&[0x7f][..], &text("a/b"), &[0xff]].concat()).bytes(),
        ),
        bad(
            "text-not-utf-8",
            "a content type that is no UTF-8",
            "CBOR-01",
            "manifest content type",
            parsed()?.set(8, [0x63, b'a', b'/', 0xff]).bytes(),
        ),
        bad(
            "array-indefinite",
            "the heads as an array of indefinite length",
            "CBOR-01",
            "manifest roster heads",
            parsed()?.set(14, [0x9f, 0xff]).bytes(),
        ),
        bad(
            "value-null",
            "the labels are null",
            "CBOR-01",
            "manifest labels",
            parsed()?.set(15, [0xf6]).bytes(),
        ),
    ])
}

/// Fields that are not of their form.
fn fields() -> Result<Vec<Case>> {
    let good = minimal()?.encode();
    let with =
        |key: u64, value: Vec<u8>| -> Result<Vec<u8>> { Ok(Map::parse(&good)?.set(key, value).bytes()) };
    let label = |key: u64, value: Vec<u8>| with(15, map(&[(key, value)]));
    let long = "a/".to_owned() + &"x".repeat(126);
    let too_long = "x".repeat(256);
    const LABELS: &str = "manifest labels";
    const TYPE: &str = "manifest content type";
    const LENGTH: &str = "manifest body length";
    let length = |content: u64, body: u64| -> Result<Vec<u8>> {
        Ok(Map::parse(&good)?.set(9, bytes(content.to_be_bytes())).set(10, uint(body)).bytes())
    };
    Ok(vec![
        bad("version-text", "the version is a text", "MAN-01", "manifest version", with(1, text("1"))?),
        bad(
            "id-short",
            "an envelope id of 15 bytes",
            "MAN-01",
            "manifest envelope id",
            with(3, bytes([1; 15]))?,
        ),
        bad(
            "id-long",
            "an envelope id of 17 bytes",
            "MAN-01",
            "manifest envelope id",
            with(3, bytes([1; 17]))?,
        ),
        bad(
            "sender-name",
            "a sender in small letters",
            "ID-01",
            "manifest sender",
            with(4, array(&[text("ge/mia"), bytes([2; 32])]))?,
        ),
        bad(
            "sender-empty",
            "a sender without a name",
            "ID-01",
            "manifest sender",
            with(4, array(&[text(""), bytes([2; 32])]))?,
        ),
        bad(
            "sender-six-parts",
            "a sender of five labels",
            "ID-01",
            "manifest sender",
            with(4, array(&[text("GE/a/b/c/d/e"), bytes([2; 32])]))?,
        ),
        bad(
            "sender-key-short",
            "a key id of 31 bytes",
            "MAN-01",
            "manifest sender key",
            with(4, array(&[text("GE"), bytes([2; 31])]))?,
        ),
        bad(
            "sender-three-items",
            "a sender of three items",
            "MAN-01",
            "manifest sender",
            with(4, array(&[text("GE"), bytes([2; 32]), uint(0)]))?,
        ),
        bad("created-2-53", "created at 2^53", "MAN-01", "manifest created", with(6, uint(1 << 53))?),
        bad("content-type-empty", "no content type", "MAN-03", TYPE, with(8, text(""))?),
        bad("content-type-long", "a content type of 128 bytes", "MAN-03", TYPE, with(8, text(&long))?),
        bad("content-type-one-part", "a content type without /", "MAN-03", TYPE, with(8, text("text"))?),
        bad("content-type-no-subtype", "nothing behind the /", "MAN-03", TYPE, with(8, text("text/"))?),
        bad(
            "content-type-control",
            "a line feed in the content type",
            "MAN-03",
            TYPE,
            with(8, text("text/plain\n"))?,
        ),
        bad(
            "content-type-not-ascii",
            "a letter outside ASCII in the content type",
            "MAN-03",
            TYPE,
            with(8, text("text/é"))?,
        ),
        bad(
            "content-length-short",
            "a content length of 7 bytes",
            "MAN-01",
            "manifest content length",
            with(9, bytes([0; 7]))?,
        ),
        bad(
            "content-length-integer",
            "a content length that is an integer",
            "MAN-01",
            "manifest content length",
            with(9, uint(37))?,
        ),
        bad(
            "body-length-unexplained",
            "38 bytes of body for 37 of content",
            "ENV-21",
            LENGTH,
            length(37, 38)?,
        ),
        bad("body-length-below", "36 bytes of body for 37 of content", "MAN-05", LENGTH, length(37, 36)?),
        bad(
            "body-length-of-next-bucket",
            "1,088 bytes of body for 1,024 of content",
            "ENV-21",
            LENGTH,
            length(1024, 1088)?,
        ),
        bad(
            "salt-short",
            "a content salt of 31 bytes",
            "MAN-01",
            "manifest content salt",
            with(11, bytes([4; 31]))?,
        ),
        bad(
            "root-long",
            "a body root of 33 bytes",
            "MAN-01",
            "manifest body root",
            with(12, bytes([5; 33]))?,
        ),
        bad(
            "commitment-text",
            "a body commitment that is a text",
            "MAN-01",
            "manifest body commitment",
            with(13, text(&"6".repeat(32)))?,
        ),
        bad("label-unknown", "a label 9", "CBOR-02", LABELS, label(9, text("x"))?),
        bad("label-zero", "a label 0", "CBOR-02", LABELS, label(0, text("x"))?),
        bad("label-empty-text", "an empty case", "MAN-04", LABELS, label(1, text(""))?),
        bad("label-long-text", "a case of 256 bytes", "MAN-04", LABELS, label(1, text(&too_long))?),
        bad(
            "label-control",
            "an escape character in the operation",
            "MAN-04",
            LABELS,
            label(2, text("\u{1b}[2J"))?,
        ),
        bad("label-reply-short", "a reply to 15 bytes", "MAN-01", LABELS, label(3, bytes([1; 15]))?),
        bad("label-handling-integer", "a handling that is an integer", "MAN-01", LABELS, label(4, uint(1))?),
        bad("label-urgency-4", "an urgency of 4", "MAN-01", LABELS, label(5, uint(4))?),
        bad("label-deadline-2-53", "a deadline of 2^53", "MAN-01", LABELS, label(6, uint(1 << 53))?),
        bad("file-name-slash", "a file name with a /", "MAN-04", LABELS, label(7, text("a/b"))?),
        bad("file-name-backslash", "a file name with a \\", "MAN-04", LABELS, label(7, text("a\\b"))?),
        bad("file-name-colon", "a file name with a :", "MAN-04", LABELS, label(7, text("c:x"))?),
        bad(
            "file-name-dot-dot",
            "a file name that is the parent folder",
            "MAN-04",
            LABELS,
            label(7, text(".."))?,
        ),
        bad("file-name-nul", "a file name with a zero byte", "MAN-04", LABELS, label(7, text("a\0.txt"))?),
        bad(
            "labels-out-of-order",
            "labels 2 and 1",
            "CBOR-01",
            "manifest encoding",
            with(15, map(&[(2, text("b")), (1, text("a"))]))?,
        ),
        bad(
            "label-doubled",
            "label 1 twice",
            "CBOR-01",
            "manifest encoding",
            with(15, map(&[(1, text("a")), (1, text("b"))]))?,
        ),
    ])
}

/// Lists and their limits.
fn lists() -> Result<Vec<Case>> {
    let good = minimal()?.encode();
    let with =
        |key: u64, value: Vec<u8>| -> Result<Vec<u8>> { Ok(Map::parse(&good)?.set(key, value).bytes()) };
    let entry = |agency: &str| array(&[text(agency), uint(1), bytes([3; 32])]);
    let root = |origin: &str| array(&[text(origin), uint(1), bytes([3; 32])]);
    let heads: Vec<Vec<u8>> = (0..17).map(|_| root("o")).collect();
    let extensions: Vec<(u64, Vec<u8>)> = (0..33).map(|id| (id, bytes([]))).collect();
    const TO: &str = "manifest recipients";
    const EXTENSIONS: &str = "manifest extensions";
    Ok(vec![
        bad("no-recipients", "no recipient", "MAN-01", TO, with(5, array(&[]))?),
        bad(
            "recipient-bomb",
            "1,025 recipients, of which none is there",
            "CBOR-02",
            TO,
            with(5, head(4, 1025))?,
        ),
        bad(
            "recipients-of-2-32",
            "2^32 recipients, of which none is there",
            "CBOR-02",
            TO,
            with(5, head(4, 1 << 32))?,
        ),
        bad(
            "recipient-twice",
            "an agency twice",
            "MAN-02",
            TO,
            with(5, array(&[entry("UA/a"), entry("UA/b"), entry("UA/a")]))?,
        ),
        bad(
            "recipient-two-items",
            "a recipient of two items",
            "MAN-01",
            "manifest recipient",
            with(5, array(&[array(&[text("UA"), uint(1)])]))?,
        ),
        bad(
            "recipient-name",
            "a recipient with an empty label",
            "ID-01",
            "manifest recipient agency",
            with(5, array(&[entry("UA//a")]))?,
        ),
        bad(
            "recipient-key-short",
            "a recipient's key id of 31 bytes",
            "MAN-01",
            "manifest recipient key",
            with(5, array(&[array(&[text("UA"), uint(1), bytes([3; 31])])]))?,
        ),
        bad(
            "heads-seventeen",
            "17 roster heads",
            "MAN-08",
            "manifest roster heads",
            with(14, array(&heads))?,
        ),
        bad(
            "head-origin-empty",
            "a head without an origin",
            "MAN-01",
            "manifest roster origin",
            with(14, array(&[root("")]))?,
        ),
        bad(
            "head-origin-long",
            "an origin of 129 bytes",
            "MAN-01",
            "manifest roster origin",
            with(14, array(&[root(&"o".repeat(129))]))?,
        ),
        bad(
            "extension-doubled",
            "extension 7 twice",
            "MAN-06",
            EXTENSIONS,
            with(17, map(&[(7, bytes([1])), (7, bytes([2]))]))?,
        ),
        bad(
            "extensions-descending",
            "extensions 8 and 7",
            "MAN-06",
            EXTENSIONS,
            with(17, map(&[(8, bytes([])), (7, bytes([]))]))?,
        ),
        bad(
            "extension-long",
            "an extension of 4,097 bytes",
            "MAN-06",
            EXTENSIONS,
            with(17, map(&[(7, bytes([0; 4097]))]))?,
        ),
        bad(
            "extension-text",
            "an extension that is a text",
            "MAN-06",
            EXTENSIONS,
            with(17, map(&[(7, text("x"))]))?,
        ),
        bad("extensions-thirty-three", "33 extensions", "MAN-06", EXTENSIONS, with(17, map(&extensions))?),
        bad(
            "critical-doubled",
            "critical extension 7 twice",
            "MAN-06",
            "manifest critical extensions",
            with(16, map(&[(7, bytes([])), (7, bytes([]))]))?,
        ),
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
