//! What a manifest says of the content beyond its own fields: labels and extensions (SPEC §5.3).
//!
//! ```text
//! labels     = { ? 1: case  ? 2: operation  ? 3: in reply to (16)  ? 4: handling
//!                ? 5: urgency 0..3  ? 6: deadline  ? 7: file name  ? 8: replaces (16) }
//! extensions = { *32 id: value (0..4096) }
//! ```

use std::fmt;

use crate::cbor::{Encoder, Malformed, Reader};
use crate::ids::EnvelopeId;
use crate::text;
use crate::time::Timestamp;

pub(crate) const MAX_TEXT: usize = 255;
pub(crate) const MAX_EXTENSIONS: usize = 32;
pub(crate) const MAX_EXTENSION: usize = 4096;

/// What the content is about. Texts have 1 to 255 bytes; what is sealed is in NFC and has no characters that show
/// nothing. What another has sealed may have some: show it by [`shown`](crate::shown).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// The case it belongs to.
    pub case: Option<String>,
    /// The joint operation it belongs to.
    pub operation: Option<String>,
    /// The envelope it answers.
    pub in_reply_to: Option<EnvelopeId>,
    /// How it may be handled.
    pub handling: Option<String>,
    /// How soon it is to be read.
    pub urgency: Option<Urgency>,
    /// When an answer is due.
    pub deadline: Option<Timestamp>,
    /// The content's file name: a name without a path.
    pub file_name: Option<String>,
    /// The earlier envelope that this one seals again.
    pub replaces: Option<EnvelopeId>,
}

/// How soon the content is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// In the ordinary course.
    Routine,
    /// Before what is routine.
    Priority,
    /// Within hours.
    Urgent,
    /// At once: life is in danger.
    Emergency,
}

/// A value of a kind that a later specification defines.
#[derive(Clone, PartialEq, Eq)]
pub struct Extension {
    /// The kind's number.
    pub id: u64,
    /// The value, at most 4,096 bytes.
    pub value: Vec<u8>,
}

/// Labels belong to a case: none of their texts goes into a log, only which of them there are.
impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces } = self;
        let present = [
            ("case", case.is_some()),
            ("operation", operation.is_some()),
            ("in_reply_to", in_reply_to.is_some()),
            ("handling", handling.is_some()),
            ("urgency", urgency.is_some()),
            ("deadline", deadline.is_some()),
            ("file_name", file_name.is_some()),
            ("replaces", replaces.is_some()),
        ];
        let names: Vec<&str> = present.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        write!(f, "Labels({})", names.join(", "))
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, value } = self;
        write!(f, "Extension({id}, {} bytes)", value.len())
    }
}

impl Labels {
    pub(crate) fn are_valid(&self) -> bool {
        let texts = [&self.case, &self.operation, &self.handling];
        texts.iter().all(|text| text.as_ref().is_none_or(|text| text::is_plain(text, MAX_TEXT)))
            && self.file_name.as_ref().is_none_or(|name| text::is_file_name(name, MAX_TEXT))
    }

    /// `[MAN-09]` As they are sealed: texts in NFC, and none with characters that show nothing.
    pub(super) fn normal(self) -> Option<Self> {
        fn text(text: Option<String>) -> Option<Option<String>> {
            text.map_or(Some(None), |text| text::normal(&text).map(Some))
        }
        let Self { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces } = self;
        let (case, operation) = (text(case)?, text(operation)?);
        let (handling, file_name) = (text(handling)?, text(file_name)?);
        let labels = Self { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces };
        labels.are_valid().then_some(labels)
    }

    pub(super) fn encode(&self, e: &mut Encoder<'_>) -> EncodeResult {
        let Self { case, operation, in_reply_to, handling, urgency, deadline, file_name, replaces } = self;
        let present = [
            case.is_some(),
            operation.is_some(),
            in_reply_to.is_some(),
            handling.is_some(),
            urgency.is_some(),
            deadline.is_some(),
            file_name.is_some(),
            replaces.is_some(),
        ];
        e.map(present.iter().filter(|present| **present).count() as u64)?;
        let texts = [(1, case), (2, operation)];
        for (key, text) in texts.iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            e.u8(*key)?.str(text)?;
        }
        if let Some(id) = in_reply_to {
            e.u8(3)?.bytes(id.as_bytes())?;
        }
        if let Some(text) = handling {
            e.u8(4)?.str(text)?;
        }
        if let Some(urgency) = urgency {
            e.u8(5)?.u8(urgency.number())?;
        }
        if let Some(deadline) = deadline {
            e.u8(6)?.u64(deadline.unix())?;
        }
        if let Some(name) = file_name {
            e.u8(7)?.str(name)?;
        }
        if let Some(id) = replaces {
            e.u8(8)?.bytes(id.as_bytes())?;
        }
        Ok(())
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        const FIELD: &str = "manifest labels";
        let mut labels = Self::default();
        for _ in 0..r.map(FIELD, 0, 8)? {
            let text = |r: &mut Reader<'_>| r.text(FIELD, 1, MAX_TEXT).map(|text| Some(text.to_owned()));
            match r.uint(FIELD)? {
                1 => labels.case = text(r)?,
                2 => labels.operation = text(r)?,
                3 => labels.in_reply_to = Some(EnvelopeId::from_bytes(*r.fixed(FIELD)?)),
                4 => labels.handling = text(r)?,
                5 => {
                    let number = r.uint(FIELD)?;
                    labels.urgency = Some(Urgency::from_number(number).ok_or(Malformed { field: FIELD })?);
                }
                6 => labels.deadline = Some(r.time(FIELD)?),
                7 => labels.file_name = text(r)?,
                8 => labels.replaces = Some(EnvelopeId::from_bytes(*r.fixed(FIELD)?)),
                _ => return Err(Malformed { field: FIELD }),
            }
        }
        Ok(labels)
    }
}

impl Urgency {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Routine => 0,
            Self::Priority => 1,
            Self::Urgent => 2,
            Self::Emergency => 3,
        }
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Routine),
            1 => Some(Self::Priority),
            2 => Some(Self::Urgent),
            3 => Some(Self::Emergency),
            _ => None,
        }
    }
}

/// What an encoder that writes to memory returns: it does not fail.
type EncodeResult = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

pub(super) fn encode_extensions(e: &mut Encoder<'_>, extensions: &[Extension]) -> EncodeResult {
    e.map(extensions.len() as u64)?;
    for Extension { id, value } in extensions {
        e.u64(*id)?.bytes(value)?;
    }
    Ok(())
}

/// A map in ascending order of its keys, none twice: re-encoding shows neither.
pub(super) fn decode_extensions(
    r: &mut Reader<'_>,
    field: &'static str,
) -> Result<Vec<Extension>, Malformed> {
    let count = r.map(field, 0, MAX_EXTENSIONS as u64)?;
    let mut extensions: Vec<Extension> = Vec::new();
    for _ in 0..count {
        let id = r.uint(field)?;
        if extensions.last().is_some_and(|last| last.id >= id) {
            return Err(Malformed { field });
        }
        extensions.push(Extension { id, value: r.bytes(field, 0, MAX_EXTENSION)?.to_vec() });
    }
    Ok(extensions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::draft::Draft;

    #[test]
    fn b3_debug_shows_neither_case_nor_file_name() {
        let labels = Labels {
            case: Some("CH-2026-17".into()),
            operation: Some("Aurora".into()),
            handling: Some("eyes only".into()),
            file_name: Some("informant.pdf".into()),
            urgency: Some(Urgency::Urgent),
            ..Labels::default()
        };
        let draft = Draft::new("text/plain", 1).unwrap().labels(labels.clone()).unwrap();
        let draft = draft.extension(7, b"informant").unwrap();
        let extension = draft.extensions[0].clone();
        let letter = crate::Letter::new(["UA/npu".parse().unwrap()], "text/plain").unwrap();
        let letter = letter.labels(labels.clone()).unwrap();
        for shown in
            [format!("{labels:?}"), format!("{draft:?}"), format!("{letter:?}"), format!("{extension:?}")]
        {
            for secret in ["CH-2026", "Aurora", "eyes", "informant", "[105, 110"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
