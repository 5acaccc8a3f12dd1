//! Manifests that do not decode.

use crate::Result;
use crate::cbor::{Map, array, bytes, head, map, text, uint};
use crate::hex::hex;
use crate::manifests::{Case, minimal};

pub(crate) fn cases() -> Result<Vec<Case>> {
    let mut cases = encodings()?;
    cases.extend(fields()?);
    cases.extend(lists()?);
    Ok(cases)
}

/// A row is name, description, rule and field of a manifest that does not decode.
macro_rules! malformed {
    ($($name:literal, $description:literal, $rule:literal, $field:expr => $manifest:expr;)*) => {
        vec![$(bad($name, $description, $rule, $field, $manifest)),*]
    };
}

pub(crate) fn bad(
    name: &str,
    description: &str,
    rule: &'static str,
    field: &'static str,
    manifest: Vec<u8>,
) -> Case {
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
    Ok(malformed![
        "empty", "no bytes", "CBOR-01", "manifest" => Vec::new();
        "cut", "the last byte is missing", "CBOR-01", "manifest extensions" => cut;
        "trailing-byte", "a byte follows the map", "CBOR-02", "manifest" => [&good[..], &[0]].concat();
        "trailing-break", "a break follows the map", "CBOR-02", "manifest" => [&good[..], &[0xff]].concat();
        "map-head-long", "the map's head in two bytes", "CBOR-03", "manifest encoding"
            => [&[0xb8, 17][..], &entries].concat();
        "map-indefinite", "a map of indefinite length", "CBOR-01", "manifest"
            => [&[0xbf][..], &entries, &[0xff]].concat();
        "map-tagged", "the map behind a tag", "CBOR-01", "manifest" => [&[0xc1][..], &good].concat();
        "map-of-2-64", "a map of 2^64 - 1 entries", "CBOR-02", "manifest"
            => [&[0xbb][..], &[0xff; 8], &entries].concat();
        "deep-nesting", "an array in an array, a thousand times", "CBOR-02", "manifest" => vec![0x81; 1000];
        "key-missing", "key 17 is missing", "CBOR-02", "manifest" => parsed()?.without(17).bytes();
        "key-unknown", "a key 18", "CBOR-02", "manifest" => parsed()?.and(18, map(&[])).bytes();
        "key-unknown-for-known", "key 18 in place of 17", "CBOR-02", "manifest extensions"
            => parsed()?.rename(17, &uint(18)).bytes();
        "key-long", "key 1 as 0x18 01", "CBOR-03", "manifest encoding"
            => parsed()?.rename(1, &[0x18, 1]).bytes();
        "key-negative", "key 1 as -1", "CBOR-01", "manifest version" => parsed()?.rename(1, &[0x20]).bytes();
        "key-text", "key 1 as a text", "CBOR-01", "manifest version"
            => parsed()?.rename(1, &text("1")).bytes();
        "keys-out-of-order", "keys 6 and 7 are exchanged", "CBOR-01", "manifest created"
            => parsed()?.swapped(5).bytes();
        "key-doubled", "key 1 stands twice, in place of 17", "CBOR-01", "manifest suite"
            => parsed()?.without(17).doubled(0).bytes();
        "integer-long", "the sequence in nine bytes", "CBOR-03", "manifest encoding"
            => parsed()?.set(7, [&[0x1b][..], &[0; 7], &[1]].concat()).bytes();
        "integer-float", "the sequence as a float", "CBOR-01", "manifest sequence"
            => parsed()?.set(7, [0xf9, 0x3c, 0]).bytes();
        "integer-negative", "the sequence is -1", "CBOR-01", "manifest sequence"
            => parsed()?.set(7, [0x20]).bytes();
        "integer-bignum", "the sequence as a tagged big number", "CBOR-01", "manifest sequence"
            => parsed()?.set(7, [0xc2, 0x41, 1]).bytes();
        "bytes-indefinite", "the salt in pieces", "CBOR-01", "manifest content salt"
            => parsed()?.set(11, [&[0x5f][..], &bytes([0x44; 32]), &[0xff]].concat()).bytes();
        "bytes-length-long", "the salt's length in two bytes more than needed", "CBOR-03", "manifest encoding"
            => parsed()?.set(11, [&[0x59, 0, 32][..], &[0x44; 32]].concat()).bytes();
        "bytes-of-4-gib", "a salt of 2^32 - 1 bytes", "CBOR-02", "manifest content salt"
            => parsed()?.set(11, [0x5a, 0xff, 0xff, 0xff, 0xff]).bytes();
        "text-indefinite", "the content type in pieces", "CBOR-01", "manifest content type"
            => parsed()?.set(8, [&[0x7f][..], &text("a/b"), &[0xff]].concat()).bytes();
        "text-not-utf-8", "a content type that is no UTF-8", "CBOR-01", "manifest content type"
            => parsed()?.set(8, [0x63, b'a', b'/', 0xff]).bytes();
        "array-indefinite", "the heads as an array of indefinite length", "CBOR-01", "manifest roster heads"
            => parsed()?.set(14, [0x9f, 0xff]).bytes();
        "value-null", "the labels are null", "CBOR-01", "manifest labels"
            => parsed()?.set(15, [0xf6]).bytes();
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
    Ok(malformed![
        "version-text", "the version is a text", "MAN-01", "manifest version" => with(1, text("1"))?;
        "id-short", "an envelope id of 15 bytes", "MAN-01", "manifest envelope id"
            => with(3, bytes([1; 15]))?;
        "id-long", "an envelope id of 17 bytes", "MAN-01", "manifest envelope id" => with(3, bytes([1; 17]))?;
        "sender-name", "a sender in small letters", "ID-01", "manifest sender"
            => with(4, array(&[text("ge/mia"), bytes([2; 32])]))?;
        "sender-empty", "a sender without a name", "ID-01", "manifest sender"
            => with(4, array(&[text(""), bytes([2; 32])]))?;
        "sender-six-parts", "a sender of five labels", "ID-01", "manifest sender"
            => with(4, array(&[text("GE/a/b/c/d/e"), bytes([2; 32])]))?;
        "sender-key-short", "a key id of 31 bytes", "MAN-01", "manifest sender key"
            => with(4, array(&[text("GE"), bytes([2; 31])]))?;
        "sender-three-items", "a sender of three items", "MAN-01", "manifest sender"
            => with(4, array(&[text("GE"), bytes([2; 32]), uint(0)]))?;
        "created-2-53", "created at 2^53", "MAN-01", "manifest created" => with(6, uint(1 << 53))?;
        "content-type-empty", "no content type", "MAN-03", TYPE => with(8, text(""))?;
        "content-type-long", "a content type of 128 bytes", "MAN-03", TYPE => with(8, text(&long))?;
        "content-type-one-part", "a content type without /", "MAN-03", TYPE => with(8, text("text"))?;
        "content-type-no-subtype", "nothing behind the /", "MAN-03", TYPE => with(8, text("text/"))?;
        "content-type-control", "a line feed in the content type", "MAN-03", TYPE
            => with(8, text("text/plain\n"))?;
        "content-type-not-ascii", "a letter outside ASCII in the content type", "MAN-03", TYPE
            => with(8, text("text/é"))?;
        "content-length-short", "a content length of 7 bytes", "MAN-01", "manifest content length"
            => with(9, bytes([0; 7]))?;
        "content-length-integer", "a content length that is an integer", "MAN-01", "manifest content length"
            => with(9, uint(37))?;
        "body-length-unexplained", "38 bytes of body for 37 of content", "ENV-21", LENGTH => length(37, 38)?;
        "body-length-below", "36 bytes of body for 37 of content", "MAN-05", LENGTH => length(37, 36)?;
        "body-length-of-next-bucket", "1,088 bytes of body for 1,024 of content", "ENV-21", LENGTH
            => length(1024, 1088)?;
        "salt-short", "a content salt of 31 bytes", "MAN-01", "manifest content salt"
            => with(11, bytes([4; 31]))?;
        "root-long", "a body root of 33 bytes", "MAN-01", "manifest body root" => with(12, bytes([5; 33]))?;
        "commitment-text", "a body commitment that is a text", "MAN-01", "manifest body commitment"
            => with(13, text(&"6".repeat(32)))?;
        "label-unknown", "a label 9", "CBOR-02", LABELS => label(9, text("x"))?;
        "label-zero", "a label 0", "CBOR-02", LABELS => label(0, text("x"))?;
        "label-empty-text", "an empty case", "MAN-04", LABELS => label(1, text(""))?;
        "label-long-text", "a case of 256 bytes", "MAN-04", LABELS => label(1, text(&too_long))?;
        "label-control", "an escape character in the operation", "MAN-04", LABELS
            => label(2, text("\u{1b}[2J"))?;
        "label-direction", "a handling that turns the direction of writing", "MAN-04", LABELS
            => label(4, text("a\u{202e}b"))?;
        "label-reply-short", "a reply to 15 bytes", "MAN-01", LABELS => label(3, bytes([1; 15]))?;
        "label-handling-integer", "a handling that is an integer", "MAN-01", LABELS => label(4, uint(1))?;
        "label-urgency-4", "an urgency of 4", "MAN-01", LABELS => label(5, uint(4))?;
        "label-deadline-2-53", "a deadline of 2^53", "MAN-01", LABELS => label(6, uint(1 << 53))?;
        "file-name-slash", "a file name with a /", "MAN-04", LABELS => label(7, text("a/b"))?;
        "file-name-backslash", "a file name with a \\", "MAN-04", LABELS => label(7, text("a\\b"))?;
        "file-name-colon", "a file name with a :", "MAN-04", LABELS => label(7, text("c:x"))?;
        "file-name-dot-dot", "a file name that is the parent folder", "MAN-04", LABELS
            => label(7, text(".."))?;
        "file-name-less", "a file name with a <", "MAN-04", LABELS => label(7, text("a<b"))?;
        "file-name-question", "a file name with a ?", "MAN-04", LABELS => label(7, text("a?"))?;
        "file-name-asterisk", "a file name with a *", "MAN-04", LABELS => label(7, text("*.txt"))?;
        "file-name-quote", "a file name with a quotation mark", "MAN-04", LABELS => label(7, text("a\"b"))?;
        "file-name-pipe", "a file name with a |", "MAN-04", LABELS => label(7, text("a|b"))?;
        "file-name-full-stop", "a file name that ends in a full stop", "MAN-04", LABELS
            => label(7, text("a."))?;
        "file-name-space", "a file name that ends in a space", "MAN-04", LABELS => label(7, text("a "))?;
        "file-name-dot", "a file name that is the folder itself", "MAN-04", LABELS => label(7, text("."))?;
        "file-name-device", "a file name that is a device", "MAN-04", LABELS => label(7, text("NUL.txt"))?;
        "file-name-device-small", "a file name that is a device, in small letters", "MAN-04", LABELS
            => label(7, text("com1.log"))?;
        "file-name-direction", "a file name that turns the direction of writing", "MAN-04", LABELS
            => label(7, text("a\u{202e}fdp.exe"))?;
        "file-name-nul", "a file name with a zero byte", "MAN-04", LABELS => label(7, text("a\0.txt"))?;
        "labels-out-of-order", "labels 2 and 1", "CBOR-01", "manifest encoding"
            => with(15, map(&[(2, text("b")), (1, text("a"))]))?;
        "label-doubled", "label 1 twice", "CBOR-01", "manifest encoding"
            => with(15, map(&[(1, text("a")), (1, text("b"))]))?;
    ])
}

/// Lists and their limits.
fn lists() -> Result<Vec<Case>> {
    let good = minimal()?.encode();
    let with =
        |key: u64, value: Vec<u8>| -> Result<Vec<u8>> { Ok(Map::parse(&good)?.set(key, value).bytes()) };
    let entry = |agency: &str| array(&[text(agency), uint(1), bytes([3; 32])]);
    let root = |origin: &str| array(&[text(origin), uint(1), bytes([3; 32])]);
    let extensions: Vec<(u64, Vec<u8>)> = (0..33).map(|id| (id, bytes([]))).collect();
    const TO: &str = "manifest recipients";
    const EXTENSIONS: &str = "manifest extensions";
    Ok(malformed![
        "no-recipients", "no recipient", "MAN-01", TO => with(5, array(&[]))?;
        "recipient-bomb", "1,025 recipients, of which none is there", "CBOR-02", TO
            => with(5, head(4, 1025))?;
        "recipients-of-2-32", "2^32 recipients, of which none is there", "CBOR-02", TO
            => with(5, head(4, 1 << 32))?;
        "recipient-twice", "an agency twice", "MAN-02", TO
            => with(5, array(&[entry("UA/a"), entry("UA/b"), entry("UA/a")]))?;
        "recipient-two-items", "a recipient of two items", "MAN-01", "manifest recipient"
            => with(5, array(&[array(&[text("UA"), uint(1)])]))?;
        "recipient-name", "a recipient with an empty label", "ID-01", "manifest recipient agency"
            => with(5, array(&[entry("UA//a")]))?;
        "recipient-key-short", "a recipient's key id of 31 bytes", "MAN-01", "manifest recipient key"
            => with(5, array(&[array(&[text("UA"), uint(1), bytes([3; 31])])]))?;
        "heads-bomb", "677 roster heads, of which none is there", "CBOR-02", "manifest roster heads"
            => with(14, head(4, 677))?;
        "head-origin-empty", "a head without an origin", "MAN-01", "manifest roster origin"
            => with(14, array(&[root("")]))?;
        "head-origin-long", "an origin of 129 bytes", "MAN-01", "manifest roster origin"
            => with(14, array(&[root(&"o".repeat(129))]))?;
        "extension-doubled", "extension 7 twice", "MAN-06", EXTENSIONS
            => with(17, map(&[(7, bytes([1])), (7, bytes([2]))]))?;
        "extensions-descending", "extensions 8 and 7", "MAN-06", EXTENSIONS
            => with(17, map(&[(8, bytes([])), (7, bytes([]))]))?;
        "extension-long", "an extension of 4,097 bytes", "MAN-06", EXTENSIONS
            => with(17, map(&[(7, bytes([0; 4097]))]))?;
        "extension-text", "an extension that is a text", "MAN-06", EXTENSIONS
            => with(17, map(&[(7, text("x"))]))?;
        "extensions-thirty-three", "33 extensions", "MAN-06", EXTENSIONS => with(17, map(&extensions))?;
        "critical-doubled", "critical extension 7 twice", "MAN-06", "manifest critical extensions"
            => with(16, map(&[(7, bytes([])), (7, bytes([]))]))?;
    ])
}
