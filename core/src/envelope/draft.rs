//! What a sender says about the content.

use super::error::EnvelopeError;
use super::labels::{Extension, Labels, MAX_EXTENSION, MAX_EXTENSIONS};
use super::padding::Padding;

pub(crate) const MAX_CONTENT_TYPE: usize = 127;

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

    /// Sets the labels; their texts are put into NFC, so that what looks alike is one case.
    ///
    /// # Errors
    /// [`EnvelopeError::Draft`] if a text is too long, empty or has characters that show nothing, or the
    /// file name is not a plain name.
    pub fn labels(mut self, labels: Labels) -> Result<Self, EnvelopeError> {
        let expected =
            "1 to 255 bytes without control, direction or invisible characters; a file name without a path";
        self.labels = labels.normal().ok_or(EnvelopeError::Draft { what: "label", expected })?;
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
    fn b8_labels_that_look_alike_are_sealed_alike() {
        let sealed = |text: &str| {
            let text = Some(text.to_owned());
            let labels = Labels { case: text.clone(), file_name: text, ..Labels::default() };
            Draft::new("text/plain", 0).unwrap().labels(labels).unwrap().labels
        };
        assert_eq!(sealed("Спраи\u{306} e\u{301}"), sealed("Спрай \u{e9}"));
    }

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
        for bad in ["A\u{200b}1", "A\u{feff}", "A\u{2066}", "\u{3164}"] {
            let labels = Labels { case: Some(bad.into()), ..Labels::default() };
            assert_eq!(draft.clone().labels(labels).unwrap_err().code(), "draft", "{bad:?}");
        }
        let draft = draft.extension(7, &[1]).unwrap();
        assert!(draft.clone().extension(7, &[2]).is_err());
        assert!(draft.clone().extension(8, &[0; 4097]).is_err());
        let ids = |draft: Draft| draft.extensions.iter().map(|e| e.id).collect::<Vec<_>>();
        assert_eq!(ids(draft.extension(3, &[]).unwrap()), [3, 7]);
    }
}
