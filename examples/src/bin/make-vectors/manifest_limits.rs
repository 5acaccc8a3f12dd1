//! Limits of manifests with as much data as they count: one more than there may be is refused for its number
//! and not for what is missing behind it.

use vlec::{Extension, Head, Timestamp};

use crate::Result;
use crate::cbor::{Map, array, bytes, map, text, uint};
use crate::malformed_manifests::bad;
use crate::manifests::{Case, good_case, minimal, to};

pub(crate) fn cases() -> Result<Vec<Case>> {
    let mut cases = too_many()?;
    cases.extend(lengths()?);
    cases.extend(as_many()?);
    Ok(cases)
}

fn with(key: u64, value: Vec<u8>) -> Result<Vec<u8>> {
    Ok(Map::parse(&minimal()?.encode())?.set(key, value).bytes())
}

fn too_many() -> Result<Vec<Case>> {
    let heads: Vec<Vec<u8>> =
        (0..677).map(|i| array(&[text(&format!("log {i}")), uint(i), bytes([0; 32])])).collect();
    let recipients: Vec<Vec<u8>> =
        (0..1025).map(|i| array(&[text(&format!("UA/{i}")), uint(1), bytes([0; 32])])).collect();
    let extensions: Vec<(u64, Vec<u8>)> = (0..33).map(|id| (id, bytes([]))).collect();
    let labels: Vec<(u64, Vec<u8>)> = (1..10)
        .map(|key| match key {
            3 | 8 => (key, bytes([1; 16])),
            5 | 6 => (key, uint(1)),
            _ => (key, text("a")),
        })
        .collect();
    Ok(vec![
        bad(
            "heads-677",
            "677 roster heads that are all there",
            "MAN-01",
            "manifest roster heads",
            with(14, array(&heads))?,
        ),
        bad(
            "recipients-1025",
            "1,025 recipients that are all there",
            "MAN-01",
            "manifest recipients",
            with(5, array(&recipients))?,
        ),
        bad(
            "critical-thirty-three",
            "33 critical extensions",
            "MAN-06",
            "manifest critical extensions",
            with(16, map(&extensions))?,
        ),
        bad("labels-nine", "the eight labels, and one of no meaning", "CBOR-02", "manifest labels", {
            with(15, map(&labels))?
        }),
        bad(
            "critical-long",
            "a critical extension of 4,097 bytes",
            "MAN-06",
            "manifest critical extensions",
            with(16, map(&[(7, bytes([0; 4097]))]))?,
        ),
        bad(
            "extensions-equal-apart",
            "extension 7 again behind extension 8",
            "MAN-06",
            "manifest extensions",
            with(17, map(&[(7, bytes([])), (8, bytes([])), (7, bytes([]))]))?,
        ),
    ])
}

fn lengths() -> Result<Vec<Case>> {
    let length = |content: u64, body: u64| -> Result<Vec<u8>> {
        Ok(Map::parse(&minimal()?.encode())?.set(9, bytes(content.to_be_bytes())).set(10, uint(body)).bytes())
    };
    let body = |name: &str, description: &str, content: u64, body: u64| -> Result<Case> {
        Ok(bad(name, description, "MAN-05", "manifest body length", length(content, body)?))
    };
    let texts = [(2, "operation"), (4, "handling"), (7, "file-name")];
    let mut cases = vec![
        body("body-length-wraps", "2^64 - 1 bytes of content, which padded wrap to 0", u64::MAX, 0)?,
        body(
            "body-length-wraps-just",
            "the shortest content whose padded length wraps to 0",
            u64::MAX - (1 << 57) + 2,
            0,
        )?,
        body("body-length-zero", "no bytes of body for 37 of content", 37, 0)?,
        body("body-length-1025", "1,025 bytes of body for 1,024 of content", 1024, 1025)?,
        body("body-length-1023", "1,023 bytes of body for none of content", 0, 1023)?,
        body("body-length-padded-twice", "padded to the bucket behind the right one", 1025, 1152)?,
        bad(
            "created-nine-bytes",
            "created at 2^64 - 1",
            "MAN-01",
            "manifest created",
            with(6, uint(u64::MAX))?,
        ),
    ];
    for (key, name) in texts {
        cases.push(bad(
            &format!("label-long-{name}"),
            &format!("the label {} of 256 bytes", name.replace('-', " ")),
            "MAN-04",
            "manifest labels",
            with(15, map(&[(key, text(&"x".repeat(256)))]))?,
        ));
        cases.push(bad(
            &format!("label-empty-{name}"),
            &format!("an empty label {}", name.replace('-', " ")),
            "MAN-04",
            "manifest labels",
            with(15, map(&[(key, text(""))]))?,
        ));
    }
    for (key, name) in [(3, "reply"), (8, "replaces")] {
        for length in [15, 17] {
            cases.push(bad(
                &format!("label-{name}-{length}"),
                &format!("the label {name}: an envelope id of {length} bytes"),
                "MAN-01",
                "manifest labels",
                with(15, map(&[(key, bytes(vec![1; length]))]))?,
            ));
        }
    }
    // `label-reply-short` is there already.
    cases.retain(|case| case.name != "label-reply-15");
    Ok(cases)
}

/// As many as there may be.
fn as_many() -> Result<Vec<Case>> {
    Ok(vec![
        good_case("heads-676", "676 roster heads", &["MAN-01", "MAN-08"], &|m| {
            let head = |size: u64| Head { origin: format!("log {size}"), size, root: [size as u8; 32] };
            Ok(m.heads = (0..676).map(head).collect())
        })?,
        good_case("recipients-1024", "1,024 recipients", &["MAN-01", "MAN-02"], &|m| {
            Ok(m.recipients = (0..1024).map(|i| to(&format!("UA/{i}"), i)).collect::<Result<_>>()?)
        })?,
        good_case(
            "extensions-longest",
            "an extension and a critical one of 4,096 bytes",
            &["MAN-06"],
            &|m| {
                m.critical = vec![Extension { id: 0, value: vec![1; 4096] }];
                Ok(m.extensions = vec![Extension { id: 0, value: vec![2; 4096] }])
            },
        )?,
        good_case("critical-thirty-two", "32 critical extensions", &["MAN-06"], &|m| {
            Ok(m.critical = (0..32).map(|id| Extension { id, value: vec![] }).collect())
        })?,
        good_case("labels-longest", "every text of 255 bytes, in letters of two", &["MAN-04"], &|m| {
            let longest = "é".repeat(127) + "e";
            m.labels.case = Some(longest.clone());
            m.labels.operation = Some(longest.clone());
            m.labels.handling = Some(longest.clone());
            Ok(m.labels.file_name = Some(longest))
        })?,
        good_case("smallest-integers", "every integer as small as it may be", &["CBOR-01"], &|m| {
            (m.version, m.suite, m.sequence, m.created) = (0, 0, 0, Timestamp::default());
            m.recipients = vec![to("UA/npu/cyber", 0)?];
            m.labels.urgency = Some(vlec::Urgency::Routine);
            m.labels.deadline = Some(Timestamp::default());
            Ok((m.content_len, m.body_len) = (0, 0))
        })?,
        good_case("padded-to-the-largest", "a content that is padded to 2^64 - 2^57", &["MAN-05"], &|m| {
            Ok((m.content_len, m.body_len) = (u64::MAX - (1 << 57) + 1, u64::MAX - (1 << 57) + 1))
        })?,
        good_case("padded-to-2-63", "a content of 2^63 - 1 bytes, padded to 2^63", &["MAN-05"], &|m| {
            Ok((m.content_len, m.body_len) = ((1 << 63) - 1, 1 << 63))
        })?,
    ])
}
