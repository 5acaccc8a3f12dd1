//! What a sender says about the content.

use crate::ids::EnvelopeId;
use crate::text;
use crate::time::Timestamp;

use super::error::EnvelopeError;
use super::padding::Padding;

pub(crate) const MAX_CONTENT_TYPE: usize = 127;
pub(crate) const MAX_TEXT: usize = 255;
pub(crate) const MAX_EXTENSIONS: usize = 32;
pub(crate) const MAX_EXTENSION: usize = 4096;

/// What is to be said of the content in the signed manifest.
///
/// ```
/// use vlec::{Draft, Labels};
/// let draft = Draft::new("text/plain", 17)?
///     .labels(Labels { case: Some("CH-2026-17".into()), ..Labels::default() })?;
/// # Ok::<(), vlec::EnvelopeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) content_type: String,
    pub(crate) sequence: u64,
    pub(crate) labels: Labels,
    pub(crate) padding: Padding,
    pub(crate) extensions: Vec<Extension>,
}

/// What the content is about. Texts have 1 to 255 bytes and no control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The kind's number.
    pub id: u64,
    /// The value, at most 4,096 bytes.
    pub value: Vec<u8>,
}

impl Draft {
    /// A draft for content of this media type, with the sender's next sequence number.
    ///
    /// # Errors
    /// [`EnvelopeError::Draft`] if the type is not of the form `type/subtype`.
    pub fn new(content_type: &str, sequence: u64) -> Result<Self, EnvelopeError> {
        if !is_content_type(content_type) {
            let expected = "a media type of at most 127 bytes, as in text/plain";
            return Err(EnvelopeError::Draft { what: "content type", expected });
        }
        Ok(Self {
            content_type: content_type.to_owned(),
            sequence,
            labels: Labels::default(),
            padding: Padding::default(),
            extensions: Vec::new(),
        })
    }

    /// Sets the labels.
    ///
    /// # Errors
    /// [`EnvelopeError::Draft`] if a text is too long, empty or has control characters, or the
    /// file name is not a plain name.
    pub fn labels(mut self, labels: Labels) -> Result<Self, EnvelopeError> {
        if !labels.are_valid() {
            let expected =
                "1 to 255 bytes without control or direction characters; a file name without a path";
            return Err(EnvelopeError::Draft { what: "label", expected });
        }
        self.labels = labels;
        Ok(self)
    }

    /// Sets how the content's length is hidden; [`Padding::Padme`] unless set.
    #[must_use]
    pub fn padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Adds an extension that a recipient may pass over.
    ///
    /// # Errors
    /// [`EnvelopeError::Draft`] for the 33rd extension, a value over 4,096 bytes, or an id twice.
    pub fn extension(mut self, id: u64, value: &[u8]) -> Result<Self, EnvelopeError> {
        let at = self.extensions.binary_search_by_key(&id, |extension| extension.id);
        match at {
            Err(at) if value.len() <= MAX_EXTENSION && self.extensions.len() < MAX_EXTENSIONS => {
                self.extensions.insert(at, Extension { id, value: value.to_vec() });
                Ok(self)
            }
            _ => {
                let expected = "at most 32 extensions of at most 4096 bytes, each id once";
                Err(EnvelopeError::Draft { what: "extension", expected })
            }
        }
    }
}

impl Labels {
    pub(crate) fn are_valid(&self) -> bool {
        let texts = [&self.case, &self.operation, &self.handling];
        texts.iter().all(|text| text.as_ref().is_none_or(|text| text::is_plain(text, MAX_TEXT)))
            && self.file_name.as_ref().is_none_or(|name| text::is_file_name(name, MAX_TEXT))
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

/// `type/subtype` and parameters, printable ASCII.
pub(crate) fn is_content_type(text: &str) -> bool {
    let printable = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    let parts = text.split_once('/');
    text.len() <= MAX_CONTENT_TYPE
        && printable
        && parts.is_some_and(|(main, sub)| !main.trim().is_empty() && !sub.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_their_form_are_refused() {
        let long = format!("text/{}", "a".repeat(123));
        for bad in ["", "text", "/plain", "text/", "text/plain\n", "text/é", &long] {
            assert_eq!(Draft::new(bad, 0).unwrap_err().code(), "draft", "{bad}");
        }
        let draft = Draft::new("text/plain", 0).unwrap();
        for bad in ["", ".", "..", "a/b", "a\\b", "c:x", "a\0", &"a".repeat(256)] {
            let labels = Labels { file_name: Some(bad.into()), ..Labels::default() };
            assert_eq!(draft.clone().labels(labels).unwrap_err().code(), "draft", "{bad}");
        }
        let draft = draft.extension(7, &[1]).unwrap();
        assert!(draft.clone().extension(7, &[2]).is_err());
        assert!(draft.clone().extension(8, &[0; 4097]).is_err());
        let ids = |draft: Draft| draft.extensions.iter().map(|e| e.id).collect::<Vec<_>>();
        assert_eq!(ids(draft.extension(3, &[]).unwrap()), [3, 7]);
    }
}
