//! `worked-example.md`: one honest envelope step by step, out of the vector's own file.

use std::fmt::Write;

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::Result;
use crate::case::{Case, sha256_hex};

/// Longer values stand in the file only.
const LONGEST: usize = 1024;
const LINE: usize = 64;

/// The example of a vector, whose seal, content and intermediates it shows.
pub(crate) fn write(case: &Case) -> Result<String> {
    let vector = serde_json::to_value(case)?;
    let at = |path: &str| vector.pointer(path).ok_or(format!("the vector has no {path}"));
    let mut out = Page::new();
    let file = format!("envelopes/{}.json", case.name);
    let (seal, values) = ("/seal", "/intermediates");
    let text = |path: &str| -> Result<String> {
        let value = at(path)?;
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };

    out.line(&format!(
        "{} seals {} bytes of {} to {} at {}, sequence {}, padding {}. The keys are those of `world.json`, and every value is in `{}`. \
         Values of more than {LONGEST} bytes are given by length and SHA-256.",
        text("/seal/sender")?,
        text("/content")?.len() / 2,
        text("/seal/content_type")?,
        text("/seal/to/0")?,
        text("/seal/at")?,
        text("/seal/sequence")?,
        text("/seal/padding")?,
        file,
    ))?;
    out.heading("What is drawn (§5.5, step 2, 5, 6, 7)")?;
    for (name, path) in [
        ("envelope_id", "envelope_id"),
        ("file_key", "file_key"),
        ("content_salt", "content_salt"),
        ("body_salt", "body_salt"),
        ("ML-DSA's random bytes", "signature"),
        ("X-Wing's encapsulation seed", "encapsulations/0"),
        ("front_salt", "front_salt"),
    ] {
        out.value(name, &text(&format!("{seal}/random/{path}"))?)?;
    }
    out.heading("Body (§5.4)")?;
    out.value("content", &text("/content")?)?;
    out.number("body length", &text(&format!("{values}/body/plaintext_length"))?)?;
    out.values(&at(values)?.clone(), &["segment_key", "root_key"])?;
    out.value("digest 0", &text(&format!("{values}/segment_digests/0"))?)?;
    out.values(at(values)?, &["body_root", "body_key"])?;
    out.values(at(&format!("{values}/body"))?, &["message_key", "base_nonce", "commitment"])?;
    out.number("sealed body's length", &text(&format!("{values}/body/sealed_length"))?)?;
    out.heading("Manifest and signature (§5.3)")?;
    out.values(at(values)?, &["manifest", "manifest_sha512", "signed_message", "signature"])?;
    out.heading("Stanza (§5.1.2, §5.1.3)")?;
    let names = ["key_id", "hint", "info", "shared_secret", "hpke_key", "hpke_base_nonce", "wrapped"];
    out.values(at(&format!("{values}/stanzas/0"))?, &names)?;
    out.line(&format!(
        "SHA-256 of `enc`, 1120 bytes: `{}`.",
        text(&format!("{values}/stanzas/0/enc_sha256"))?
    ))?;
    out.heading("Header MAC (§5.1.4)")?;
    out.value("header_key", &text(&format!("{values}/header_key"))?)?;
    out.number("bytes under the MAC", &text(&format!("{values}/header_mac_input_length"))?)?;
    out.value("header_mac", &text(&format!("{values}/header_mac"))?)?;
    out.heading("Front (§5.2)")?;
    out.value("manifest_key", &text(&format!("{values}/manifest_key"))?)?;
    out.number("front's length", &text(&format!("{values}/front/plaintext_length"))?)?;
    out.value("SHA-256 of the front", &text(&format!("{values}/front/plaintext_sha256"))?)?;
    out.values(at(&format!("{values}/front"))?, &["message_key", "base_nonce", "commitment"])?;
    out.number("manifest_len", &text(&format!("{values}/front/sealed_length"))?)?;
    out.heading("Envelope")?;
    out.value("envelope", &text("/envelope")?)?;
    Ok(out.text)
}

/// A text in Markdown.
pub(crate) struct Page {
    text: String,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self { text: String::new() }
    }

    pub(crate) fn text(self) -> String {
        self.text
    }

    /// Lines as they are.
    pub(crate) fn rows(&mut self, rows: &[String]) -> Result<()> {
        Ok(write!(self.text, "```\n{}\n```\n\n", rows.join("\n"))?)
    }

    /// Parts of one value, each from the beginning of a line.
    pub(crate) fn block(&mut self, parts: &[&str]) -> Result<()> {
        let lines = parts.iter().flat_map(|part| {
            let characters: Vec<char> = part.chars().collect();
            characters.chunks(LINE).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>()
        });
        self.rows(&lines.collect::<Vec<_>>())
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        Ok(writeln!(self.text, "{text}\n")?)
    }

    pub(crate) fn heading(&mut self, text: &str) -> Result<()> {
        Ok(writeln!(self.text, "#### {text}\n")?)
    }

    fn number(&mut self, name: &str, number: &str) -> Result<()> {
        self.line(&format!("{name}: {number}"))
    }

    fn values(&mut self, object: &Value, names: &[&str]) -> Result<()> {
        for name in names {
            let value = object.get(name).and_then(Value::as_str).ok_or(format!("no {name}"))?;
            self.value(name, value)?;
        }
        Ok(())
    }

    pub(crate) fn value(&mut self, name: &str, hex: &str) -> Result<()> {
        let bytes = HEXLOWER.decode(hex.as_bytes())?;
        let length = bytes.len();
        if length > LONGEST {
            return self.line(&format!("{name}, {length} bytes, SHA-256: `{}`.", sha256_hex(&bytes)));
        }
        let lines = hex.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
        Ok(write!(self.text, "{name}, {length} bytes:\n\n```\n{lines}\n```\n\n")?)
    }
}
