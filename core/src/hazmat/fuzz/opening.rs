//! One envelope opened in two ways, which must agree: from memory, and in one of the others.

use std::io::{Cursor, Read, Seek, SeekFrom};

use crate::envelope::error::EnvelopeError;
use crate::envelope::manifest::Manifest;
use crate::envelope::open::{Opened, Opener};

/// The ways besides that from memory.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Buffer,
    Pipe,
    Reader,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Pipe, Self::Reader, Self::Buffer];
}

/// What opening came to.
pub(super) struct Opening {
    /// From memory.
    pub(super) result: Result<Opened, EnvelopeError>,
    /// The manifest for which a pipe or reader vouched, and its digest, whatever the body is.
    pub(super) vouched: Option<(Manifest, [u8; 64])>,
    /// What was released of the content, in the other way.
    pub(super) released: Vec<u8>,
}

/// Panics unless both ways agree.
pub(super) fn open(opener: &Opener<'_>, envelope: &[u8], way: Way) -> Opening {
    let result = opener.open(envelope);
    let content = result.as_ref().ok().map(Opened::content);
    let (mut vouched, mut released) = (None, Vec::new());
    match way {
        Way::Buffer => {
            let into = opener.open_into(envelope, |len, fill| {
                released.resize(len, 0xa5);
                fill(&mut released);
            });
            assert!(into.is_ok() || released.iter().all(|byte| *byte == 0));
            assert_eq!(into.is_ok(), content.is_some());
            if into.is_err() {
                released.clear();
            }
        }
        Way::Pipe => {
            let piped = opener.open_pipe(envelope).and_then(|mut stream| {
                vouched = Some((Manifest::clone(stream.manifest()), *stream.digest()));
                stream.copy_to(&mut released)
            });
            assert_eq!(piped.is_ok(), content.is_some());
        }
        Way::Reader => {
            if let Ok(mut reader) = opener.open_reader(Cursor::new(envelope)) {
                vouched = Some((Manifest::clone(reader.manifest()), *reader.manifest().digest()));
                // A segment that holds nothing but padding is never touched, damaged or not.
                let read = reader.read_to_end(&mut released);
                match &result {
                    Err(error) => assert!(read.is_err() || ["damaged", "padding"].contains(&error.code())),
                    Ok(_) => assert!(read.is_ok()),
                }
                check_seek(&mut reader, content);
            }
            assert!(content.is_none() || vouched.is_some());
        }
    }
    if let Some(content) = content {
        assert_eq!(released, content);
    }
    Opening { result, vouched, released }
}

fn check_seek(reader: &mut (impl Read + Seek), content: Option<&[u8]>) {
    let Some(content) = content else { return };
    let (middle, mut rest) = (content.len() / 2, Vec::new());
    let read = reader.seek(SeekFrom::Start(middle as u64)).and_then(|_| reader.read_to_end(&mut rest));
    assert!(read.is_ok() && content.get(middle..) == Some(&*rest));
}
