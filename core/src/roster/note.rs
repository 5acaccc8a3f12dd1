//! A signed note, C2SP signed-note (SPEC §4.14): a text, and the lines of those who signed it.
//!
//! ```text
//! note   = text ‖ "\n" ‖ 1 to 16 lines          text ends in "\n"
//! line   = "— " ‖ key name ‖ " " ‖ base64(key id(4) ‖ signature) ‖ "\n"
//! key id = SHA-256(key name ‖ "\n" ‖ type u8 ‖ public key)[:4]
//! vkey   = key name ‖ "+" ‖ hex(key id) ‖ "+" ‖ base64(type u8 ‖ public key)
//! ```
//!
//! Nothing is verified here: what a signature of a key covers depends on the key's type.

use std::fmt;

use data_encoding::BASE64;

use super::checkpoint::CheckpointError;
use crate::crypto::digest::sha256;

/// The most signature lines of a note (`[LOG-22]`).
pub(super) const MAX_LINES: usize = 16;
/// The longest note in bytes, with room for lines of other people's keys (`[LOG-22]`).
pub(super) const MAX_NOTE_LEN: usize = 128 * 1024;
/// The longest key name in bytes: its length is one byte of what ML-DSA signs.
pub(super) const MAX_NAME_LEN: usize = 255;

/// With the name, what tells a key from others.
pub(super) type NoteKeyId = [u8; 4];

/// The signature types that this library knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    /// 0x01, over the text.
    Ed25519,
    /// 0x04, over a time and the text.
    CosignatureEd25519,
    /// 0x06, over names, time, size and root.
    CosignatureMlDsa44,
}

impl KeyType {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureEd25519 => 0x04,
            Self::CosignatureMlDsa44 => 0x06,
        }
    }
}

/// A note, not verified.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// With its closing newline.
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
}

/// A signature line.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) key_id: NoteKeyId,
    pub(super) signature: Vec<u8>,
}

impl Note {
    /// Reads a note; there is one encoding of each (`[LOG-20]` to `[LOG-23]`).
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        const FORM: CheckpointError = CheckpointError::Malformed { field: "note" };
        if bytes.len() > MAX_NOTE_LEN {
            return Err(CheckpointError::TooLarge { what: "note" });
        }
        let note = std::str::from_utf8(bytes).map_err(|_| FORM)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(FORM);
        }
        let split = note.rfind("\n\n").ok_or(FORM)?;
        let (text, rest) = note.split_at_checked(split + 1).ok_or(FORM)?;
        let signatures = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n')).ok_or(FORM)?;
        if signatures.split('\n').count() > MAX_LINES {
            return Err(CheckpointError::TooLarge { what: "number of signatures" });
        }
        let lines = signatures.split('\n').map(Line::decode).collect::<Option<_>>();
        let lines = lines.ok_or(CheckpointError::Malformed { field: "signature line" })?;
        Ok(Self { text: text.to_owned(), lines })
    }

    pub(super) fn encode(&self) -> String {
        let lines: String = self.lines.iter().map(Line::encode).collect();
        format!("{}\n{lines}", self.text)
    }

    /// The one signature of a key, if it signed. Two would count one key twice, or one of them must
    /// be ignored: neither has a meaning (`[LOG-24]`).
    pub(super) fn signature_of(
        &self,
        name: &str,
        key_id: NoteKeyId,
    ) -> Result<Option<&[u8]>, CheckpointError> {
        let mut of_key = self.lines.iter().filter(|line| line.is_of(name, key_id));
        match (of_key.next(), of_key.next()) {
            (None, _) => Ok(None),
            (Some(line), None) => Ok(Some(&line.signature)),
            (Some(_), Some(_)) => Err(CheckpointError::SignedTwice { key: name.to_owned() }),
        }
    }

    /// Adds a key's line in the place of the one that it may have.
    pub(super) fn put(&mut self, line: Line) -> Result<(), CheckpointError> {
        if let Some(old) = self.lines.iter_mut().find(|old| old.is_of(&line.name, line.key_id)) {
            *old = line;
        } else if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        } else {
            return Err(CheckpointError::TooLarge { what: "number of signatures" });
        }
        Ok(())
    }
}

impl Line {
    pub(super) fn is_of(&self, name: &str, key_id: NoteKeyId) -> bool {
        self.name == name && self.key_id == key_id
    }

    fn decode(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let signature = from_base64(signature)?;
        let (key_id, signature) = signature.split_first_chunk()?;
        let valid = is_key_name(name) && !signature.is_empty();
        valid.then(|| Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }

    fn encode(&self) -> String {
        let signature = [&self.key_id[..], &self.signature].concat();
        format!("— {} {}\n", self.name, BASE64.encode(&signature))
    }
}

/// Not empty, at most 255 bytes, without spaces of any script and without plus.
pub(super) fn is_key_name(name: &str) -> bool {
    (1..=MAX_NAME_LEN).contains(&name.len())
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// `[LOG-21]`
pub(super) fn key_id(name: &str, key_type: KeyType, key: &[u8]) -> NoteKeyId {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[key_type.byte()], key]);
    [a, b, c, d]
}

/// A public key with its name, as other implementations take it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct VerifierKey {
    pub(super) name: String,
    pub(super) key_type: KeyType,
    pub(super) key: Vec<u8>,
}

impl VerifierKey {
    /// Reads a vkey of a type that is known; `None` if it is not one, or its id is not its own. The
    /// public key is not looked at.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (_, key) = rest.split_once('+')?;
        let key = from_base64(key)?;
        let (byte, key) = key.split_first()?;
        let types = [KeyType::Ed25519, KeyType::CosignatureEd25519, KeyType::CosignatureMlDsa44];
        let key_type = types.into_iter().find(|known| known.byte() == *byte)?;
        let vkey = Self { name: name.to_owned(), key_type, key: key.to_vec() };
        // There is one written form, so the id is compared too.
        (is_key_name(name) && vkey.to_string() == text).then_some(vkey)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(key_id(&self.name, self.key_type, &self.key));
        let key = [&[self.key_type.byte()], &self.key[..]].concat();
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(&key))
    }
}

/// A decimal number without leading zeros, as every number in these texts.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    if digits && shortest { text.parse().ok() } else { None }
}

/// A hash as every hash in these texts.
pub(super) fn hash_from_base64(text: &str) -> Option<[u8; 32]> {
    // 32 bytes are 44 characters: nothing longer is decoded.
    (text.len() == 44).then(|| from_base64(text))??.try_into().ok()
}

/// Canonical base64 (`[LOG-23]`). The decoder refuses unused bits, but takes several padded texts in
/// a row for one.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    (BASE64.encode(&bytes) == text).then_some(bytes)
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::note_pair::VerifyingPair;

    /// The example of C2SP signed-note.
    const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn the_example_of_the_specification_is_read_and_its_signature_holds() {
        let (note, vkey) = (Note::decode(NOTE.as_bytes()).unwrap(), VerifierKey::decode(VKEY).unwrap());
        assert_eq!((note.encode().as_str(), vkey.to_string().as_str()), (NOTE, VKEY));
        let id = key_id(&vkey.name, vkey.key_type, &vkey.key);
        let signature = note.signature_of(&vkey.name, id).unwrap().unwrap();
        let pair = VerifyingPair::from_bytes(&[&[0; 1312], &vkey.key[..]].concat()).unwrap();
        assert!(pair.verify_ed25519(note.text.as_bytes(), signature).is_ok());
        assert_eq!(note.signature_of("example.com/bar", id), Ok(None));
        assert_eq!(note.signature_of(&vkey.name, [0; 4]), Ok(None));
    }

    #[test]
    fn the_text_ends_at_the_last_empty_line() {
        let note = Note::decode(b"a\n\nb\n\n\xe2\x80\x94 n AAAAAAA=\n").unwrap();
        assert_eq!((note.text.as_str(), note.lines.len()), ("a\n\nb\n", 1));
    }

    #[test]
    fn a_note_has_one_encoding() {
        let good = "text\n\n— name AAAAAAA=\n";
        assert_eq!(Note::decode(good.as_bytes()).unwrap().encode(), good);
        for bad in [
            "",
            "\n",
            "\n\n",
            "text\n",
            "text\n\n",
            "text\n— name AAAAAAA=\n",
            "text\n\n— name AAAAAAA=",
            "text\n\n— name AAAAAAA=\n\n",
            "text\n\n— name AAAAAAA=\r\n",
            "te\u{1}xt\n\n— name AAAAAAA=\n",
            "te\txt\n\n— name AAAAAAA=\n",
            "text\n\n- name AAAAAAA=\n",
            "text\n\n—name AAAAAAA=\n",
            "text\n\n—  name AAAAAAA=\n",
            "text\n\n— name  AAAAAAA=\n",
            "text\n\n— name AAAAAAA= \n",
            "text\n\n— name\n",
            "text\n\n—  AAAAAAA=\n",
            "text\n\n— na+me AAAAAAA=\n",
            "text\n\n— na\u{2003}me AAAAAAA=\n",
            "text\n\n— na\u{a0}me AAAAAAA=\n",
            // Not canonical, without padding, of another alphabet, too short for any signature.
            "text\n\n— name AAAAAAB=\n",
            "text\n\n— name AAAAAAA\n",
            "text\n\n— name AAAA_AA=\n",
            // Two texts in a row.
            "text\n\n— name AAAAAAA=AAAA\n",
            "text\n\n— name AA==AAAAAAA=\n",
            "text\n\n— name AAAAAA==\n",
            "text\n\n— name \n",
        ] {
            assert!(Note::decode(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(Note::decode(b"\xff\n\n\xe2\x80\x94 name AAAAAAA=\n").is_err());
        for length in 0..good.len() {
            assert!(Note::decode(&good.as_bytes()[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn r15_a_note_has_at_most_16_lines_and_128_kib() {
        let with = |count: usize| format!("text\n\n{}", "— name AAAAAAA=\n".repeat(count));
        assert_eq!(Note::decode(with(16).as_bytes()).unwrap().lines.len(), 16);
        let refused = |note: &str| Note::decode(note.as_bytes()).map(|_| ()).unwrap_err().code();
        assert_eq!(refused(&with(17)), "checkpoint-too-large");
        assert_eq!(refused(&"a".repeat(MAX_NOTE_LEN + 1)), "checkpoint-too-large");
    }

    #[test]
    fn a_verifier_key_has_one_written_form_and_its_own_id() {
        for bad in [
            "",
            "example.com/foo",
            "example.com/foo+530d903a",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k+",
            "example.com/foo+530d903a+",
        ] {
            assert!(VerifierKey::decode(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_decimal_without_leading_zeros() {
        let good = [("0", 0), ("7", 7), ("18446744073709551615", u64::MAX)];
        good.iter().for_each(|(text, number)| assert_eq!(decimal(text), Some(*number)));
        for bad in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "18446744073709551616", "١"] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
