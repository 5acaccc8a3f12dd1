//! Texts in manifests: every kind of character that `[MAN-04]` names, names of devices, and bytes that are
//! no UTF-8; and, beside each that is refused, its neighbours that are taken.

use vlec::Labels;

use crate::Result;
use crate::cbor::{Map, head, map, text};
use crate::malformed_manifests::bad;
use crate::manifests::{Case, good_case, minimal};

const LABELS: &str = "manifest labels";
/// The labels that are texts, with their keys.
const TEXTS: [(u64, &str); 4] = [(1, "case"), (2, "operation"), (4, "handling"), (7, "file name")];

pub(crate) fn cases() -> Result<Vec<Case>> {
    let mut cases = characters()?;
    cases.extend(not_utf_8()?);
    cases.extend(file_names()?);
    cases.extend(content_types()?);
    cases.extend(names()?);
    cases.extend(taken()?);
    Ok(cases)
}

fn with(key: u64, value: Vec<u8>) -> Result<Vec<u8>> {
    Ok(Map::parse(&minimal()?.encode())?.set(key, value).bytes())
}

fn label(key: u64, value: Vec<u8>) -> Result<Vec<u8>> {
    with(15, map(&[(key, value)]))
}

/// The ends of each range of characters that no text has: in one label after the other.
fn characters() -> Result<Vec<Case>> {
    let refused = [
        '\u{0}', '\u{1}', '\u{9}', '\u{1f}', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{61c}', '\u{200e}',
        '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202c}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2069}',
    ];
    let mut cases = Vec::new();
    for c in refused {
        for (key, name) in TEXTS {
            let number = u32::from(c);
            cases.push(bad(
                &format!("{}-u-{number:04x}", name.replace(' ', "-")),
                &format!("U+{number:04X} in the label {name}"),
                "MAN-04",
                LABELS,
                label(key, text(&format!("a{c}b")))?,
            ));
        }
    }
    Ok(cases)
}

/// Bytes that are no UTF-8, in a text whose length is right.
fn not_utf_8() -> Result<Vec<Case>> {
    let sequences: [(&str, &str, &[u8]); 6] = [
        ("byte", "the byte ff", b"a\xffb"),
        ("continuation", "a continuation without a beginning", b"a\x80b"),
        ("cut", "a sequence of three bytes of which two are there", b"a\xe2\x82"),
        ("overlong", "a full stop in two bytes", b"a\xc0\xaeb"),
        ("surrogate", "a surrogate", b"a\xed\xa0\x80b"),
        ("over-10ffff", "a code point above U+10FFFF", b"a\xf4\x90\x80\x80b"),
    ];
    let raw = |bytes: &[u8]| [head(3, bytes.len() as u64), bytes.to_vec()].concat();
    let mut cases = Vec::new();
    for (name, description, bytes) in sequences {
        for (key, label_name) in TEXTS {
            cases.push(bad(
                &format!("{}-not-utf-8-{name}", label_name.replace(' ', "-")),
                &format!("{description}, in the label {label_name}"),
                "CBOR-01",
                LABELS,
                label(key, raw(bytes))?,
            ));
        }
    }
    let origin = [&[0x81, 0x83][..], &raw(b"log \xff"), &[1], &head(2, 32), &[3; 32]].concat();
    cases.push(bad(
        "head-origin-not-utf-8",
        "the byte ff in the origin of a roster head",
        "CBOR-01",
        "manifest roster origin",
        with(14, origin)?,
    ));
    Ok(cases)
}

/// `[MAN-04]`: what no file is called.
fn file_names() -> Result<Vec<Case>> {
    let file = |name: &str, description: &str, file_name: &str| -> Result<Case> {
        let manifest = label(7, text(file_name))?;
        Ok(bad(&format!("file-name-{name}"), description, "MAN-04", LABELS, manifest))
    };
    let mut cases = vec![
        file("greater", "a file name with a >", "a>b")?,
        file("device-with-blanks", "a device, blanks, and an ending", "nul  .txt")?,
        file("device-two-endings", "a device with two endings", "aux.tar.gz")?,
        file("full-stop-and-space", "a file name that ends in a full stop and a space", "a. ")?,
    ];
    for device in ["CON", "PRN", "AUX", "NUL", "COM0", "COM1", "COM9", "LPT0", "LPT1", "LPT9"] {
        let small = device.to_ascii_lowercase();
        cases.push(file(&format!("device-{small}"), "a device", device)?);
        cases.push(file(&format!("device-{small}-txt"), "a device with an ending", &format!("{small}.txt"))?);
    }
    Ok(cases)
}

/// `[MAN-03]`
fn content_types() -> Result<Vec<Case>> {
    let bad = |name: &str, description: &str, content_type: &str| -> Result<Case> {
        let manifest = with(8, text(content_type))?;
        Ok(bad(&format!("content-type-{name}"), description, "MAN-03", "manifest content type", manifest))
    };
    Ok(vec![
        bad("no-type", "nothing before the /", "/plain")?,
        bad("blank-type", "a blank before the /", " /plain")?,
        bad("blank-subtype", "a blank behind the /", "text/ ")?,
        bad("blanks", "blanks on both sides of the /", "  /  ")?,
        bad("del", "U+007F, the first character that is not printable", "text/\u{7f}")?,
        bad("tab", "a tab behind the type", "text\t/plain")?,
        bad("high", "a byte above ASCII before the /", "te\u{e4}t/plain")?,
    ])
}

/// `[ID-01]`
fn names() -> Result<Vec<Case>> {
    let long = format!("GE/{}", "a".repeat(33));
    let agencies = [
        ("label-of-33", "a label of 33 characters", long.as_str()),
        ("label-capital", "a label with a capital letter", "GE/mIa"),
        ("label-underscore", "a label with an underscore", "GE/m_a"),
        ("label-letter", "a label with a letter outside ASCII", "GE/mí"),
        ("label-blank", "a label with a blank", "GE/m a"),
        ("country-one-letter", "a country of one letter", "G/mia"),
        ("country-three-letters", "a country of three letters", "GEO/mia"),
        ("country-digit", "a country with a digit", "G1/mia"),
        ("slash-at-end", "an empty label at the end", "GE/mia/"),
        ("slash-at-beginning", "no country", "/mia"),
    ];
    let mut cases = Vec::new();
    for (name, description, agency) in agencies {
        let sender = crate::cbor::array(&[text(agency), crate::cbor::bytes([2; 32])]);
        let recipient =
            crate::cbor::array(&[text(agency), crate::cbor::uint(1), crate::cbor::bytes([3; 32])]);
        cases.push(bad(
            &format!("sender-{name}"),
            &format!("a sender: {description}"),
            "ID-01",
            "manifest sender",
            with(4, sender)?,
        ));
        cases.push(bad(
            &format!("recipient-{name}"),
            &format!("a recipient: {description}"),
            "ID-01",
            "manifest recipient agency",
            with(5, crate::cbor::array(&[recipient]))?,
        ));
    }
    Ok(cases)
}

/// What lies beside what is refused, and is taken.
fn taken() -> Result<Vec<Case>> {
    // Beside each end of a range. U+200B to U+200D and U+2060 to U+206F are left out.
    let neighbours = "a \u{7e}\u{a0}\u{61b}\u{61d}\u{2010}\u{2027}\u{202f}\u{2030}\u{2070}b";
    let mut cases = vec![
        good_case(
            "characters-beside",
            "texts with the characters that lie beside those refused",
            &["MAN-04"],
            &|m| {
                m.labels = Labels {
                    case: Some(neighbours.into()),
                    operation: Some(neighbours.into()),
                    handling: Some(neighbours.into()),
                    file_name: Some(neighbours.into()),
                    ..Labels::default()
                };
                Ok(())
            },
        )?,
        good_case(
            "label-of-32",
            "a sender and a recipient with labels of 32 characters of every kind",
            &["ID-01"],
            &|m| {
                m.sender = format!("GE/{}", "az09-".repeat(6) + "zz").parse()?;
                m.recipients.iter_mut().try_for_each(|to| -> Result<()> {
                    Ok(to.agency = format!("UA/-/{}/a/0", "-".repeat(32)).parse()?)
                })
            },
        )?,
        good_case(
            "content-type-shortest",
            "one character on each side of the /, and a second /",
            &["MAN-03"],
            &|m| Ok(m.content_type = "!/~/ ".into()),
        )?,
    ];
    let names = ["com10", "lpt", "console.txt", "conx", ".con", "nul-1", "a.nul", "COM\u{b9}", ".a", "a .b"];
    for (i, name) in names.into_iter().enumerate() {
        cases.push(good_case(
            &format!("file-name-taken-{}", i + 1),
            &format!("a file name that is no device: {name}"),
            &["MAN-04"],
            &|m| Ok(m.labels.file_name = Some(name.into())),
        )?);
    }
    Ok(cases)
}
