//! Sealing and opening where the bytes come in one after another and their number is not known.
//!
//! Sealing spools the sealed body, never the content, because the front stands before the body
//! and is made from its digests. Opening releases each segment when it has been verified.

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::disk::{self, DiskError, Existing, Output};
use crate::secret::SecretBytes;

use super::error::EnvelopeError;
use super::ledger::Arrival;
use super::manifest::{Manifest, SealedTo};
use super::open::{About, Front, Opener};
use super::reader::SegmentBuffer;
use super::seal::{Sealed, Sealer, Sealing, seal_segment, too_large};
use super::segments::{Digest, Layout, SEALED_SEGMENT_LEN, SEGMENT_LEN, Segment};
use super::signed::SignedManifest;

/// What fails where the folder of the spool has no room.
const SPOOLING: &str = "spool the sealed body in this folder";

impl Sealer<'_> {
    /// Seals all that `input` gives and writes the envelope to `output`. The sealed body is
    /// spooled in an unnamed file in the folder `spool`.
    ///
    /// # Errors
    /// [`EnvelopeError`]; nothing was written unless writing itself failed.
    pub fn seal_pipe(
        self,
        mut input: impl Read,
        mut output: impl Write,
        spool: &Path,
    ) -> Result<Sealed, EnvelopeError> {
        let sealing = Sealing::start(self)?;
        let mut spooled = disk::unnamed(spool)?;
        let spooling = |source| EnvelopeError::from(DiskError::io(spool, SPOOLING)(source));
        let (layout, digests) =
            spool_body(&sealing, &mut input, &mut |sealed| spooled.write_all(sealed).map_err(spooling))?;
        let prefix = sealing.body_prefix();
        let writing = |source| EnvelopeError::Io { doing: "write the envelope", source };
        let mut front_len = 0;
        let id = sealing.finish(&layout, &digests, &mut |bytes| {
            front_len += bytes.len() as u64;
            output.write_all(bytes).map_err(writing)
        })?;
        output.write_all(&prefix).map_err(writing)?;
        spooled.rewind().map_err(spooling)?;
        io::copy(&mut spooled, &mut output).and_then(|_| output.flush()).map_err(writing)?;
        Ok(Sealed { id, len: front_len + layout.sealed_len() })
    }

    /// As [`Sealer::seal_pipe`], into the envelope file `to`; the spool is in its folder.
    ///
    /// # Errors
    /// [`EnvelopeError`]; then there is no file under the name `to` that was not there before.
    pub fn seal_pipe_to_file(
        self,
        input: impl Read,
        to: &Path,
        existing: Existing,
    ) -> Result<Sealed, EnvelopeError> {
        let mut output = Output::create(to, existing)?;
        let spool = output.folder().to_path_buf();
        let sealed = self.seal_pipe(input, output.file(), &spool)?;
        output.commit()?;
        Ok(sealed)
    }
}

/// Seals segments as they fill. Every segment before the one in which the content ends is the
/// same whatever follows it; the last ones depend on the content's length.
fn spool_body(
    sealing: &Sealing<'_>,
    input: &mut dyn Read,
    spool: &mut dyn FnMut(&[u8]) -> Result<(), EnvelopeError>,
) -> Result<(Layout, Vec<Digest>), EnvelopeError> {
    let mut sealed = vec![0; SEALED_SEGMENT_LEN];
    let mut digests = Vec::new();
    let mut put = |segment: &Segment, content: &[u8]| {
        let sealed = sealed.get_mut(..segment.sealed_len).unwrap_or_default();
        digests.push(seal_segment(sealing, segment, content, sealed)?);
        spool(sealed)
    };

    // Content that fits into one segment needs no second buffer.
    let (mut current, mut next) = (SecretBytes::zeroed(SEGMENT_LEN), SecretBytes::zeroed(0));
    let mut current_len = fill(input, &mut current)?;
    let mut inner = 0;
    // The first end is the end: a source that goes on after one is not asked again.
    while current_len == SEGMENT_LEN {
        if next.is_empty() {
            next = SecretBytes::zeroed(SEGMENT_LEN);
        }
        let next_len = fill(input, &mut next)?;
        if next_len == 0 {
            break;
        }
        put(&Segment::inner(inner).ok_or_else(too_large)?, &current)?;
        inner += 1;
        std::mem::swap(&mut current, &mut next);
        current_len = next_len;
    }

    let layout = sealing.layout(inner * SEGMENT_LEN as u64 + current_len as u64)?;
    for segment in layout.segments().skip_while(|segment| segment.index < inner) {
        put(&segment, current.get(..segment.content_len).unwrap_or_default())?;
    }
    Ok((layout, digests))
}

/// Reads until `out` is full or the input ends.
fn fill(input: &mut dyn Read, out: &mut [u8]) -> Result<usize, EnvelopeError> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) if n <= rest.len() => filled += n,
            Ok(_) => {
                let source = io::Error::other("the source claims more bytes than there was room for");
                return Err(EnvelopeError::Io { doing: "read the content", source });
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                // What a `SourceFile` says.
                return Err(match source.downcast::<DiskError>() {
                    Ok(error) => error.into(),
                    Err(source) => EnvelopeError::Io { doing: "read the content", source },
                });
            }
        }
    }
    Ok(filled)
}

impl Opener<'_> {
    /// Opens an envelope whose bytes come one after another. The front is verified before this
    /// returns; each segment is verified before its bytes are read from the stream.
    ///
    /// # Errors
    /// [`EnvelopeError`]; nothing is released.
    pub fn open_pipe<R: Read>(&self, mut input: R) -> Result<EnvelopeStream<R>, EnvelopeError> {
        let front = self.front(&mut input, None)?;
        let content = SegmentBuffer::new(&front.layout);
        Ok(EnvelopeStream { input, front, content, next: 0, state: State::Reading })
    }

    /// Opens an envelope whose bytes come one after another into the file `to`.
    ///
    /// # Errors
    /// [`EnvelopeError`]; then there is no file under the name `to` that was not there before.
    pub fn open_pipe_to_file(
        &self,
        input: impl Read,
        to: &Path,
        existing: Existing,
    ) -> Result<About, EnvelopeError> {
        let mut stream = self.open_pipe(input)?;
        let mut output = Output::create(to, existing)?;
        stream.copy_to(output.file())?;
        let about = stream.finish()?;
        output.commit()?;
        Ok(about)
    }
}

/// The content of an envelope that is read once, from front to back.
///
/// A read that fails releases nothing of its segment, and every later read fails too. Only a read
/// that returns 0, and [`EnvelopeStream::finish`], say that the content is complete and that nothing
/// follows the envelope.
pub struct EnvelopeStream<R> {
    input: R,
    front: Front,
    content: SegmentBuffer,
    next: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Failed,
}

impl<R: Read> EnvelopeStream<R> {
    /// Who sent it, to whom, when, and with which keys: verified. What is accepted, [`Self::finish`] gives.
    pub fn manifest(&self) -> &Manifest {
        &self.front.manifest
    }

    /// The recipient entry whose key opened the envelope.
    pub fn opened_with(&self) -> &SealedTo {
        self.front.manifest.opened_with()
    }

    /// The signed bytes, to be kept as evidence.
    pub fn signed(&self) -> &SignedManifest {
        self.front.manifest.signed()
    }

    /// SHA-512 of the manifest's bytes.
    pub fn digest(&self) -> &[u8; 64] {
        self.front.manifest.digest()
    }

    /// Whether the ledger saw it before.
    pub fn arrival(&self) -> Arrival {
        self.front.arrival
    }

    /// `[AGY-12]` Gives what is to be accepted, once all content was read: that nothing follows it is looked
    /// for here, if no read has done so.
    ///
    /// # Errors
    /// [`EnvelopeError::NotRead`] if content is left, [`EnvelopeError::Trailing`] if bytes follow,
    /// [`EnvelopeError::AfterError`].
    pub fn finish(mut self) -> Result<About, EnvelopeError> {
        if !self.ready()?.is_empty() {
            return Err(EnvelopeError::NotRead);
        }
        let Front { manifest, arrival, .. } = self.front;
        Ok(About { manifest, arrival })
    }

    /// Writes the rest of the content to `output` and returns how many bytes it was.
    ///
    /// # Errors
    /// [`EnvelopeError`]; what was written before is verified content.
    pub fn copy_to(&mut self, output: &mut dyn Write) -> Result<u64, EnvelopeError> {
        let mut written = 0;
        loop {
            let content = self.ready()?;
            if content.is_empty() {
                return Ok(written);
            }
            let len = content.len();
            if let Err(source) = output.write_all(content) {
                // How much of it was written is not known: writing it again could double it.
                self.content = SegmentBuffer::new(&self.front.layout);
                self.state = State::Failed;
                return Err(EnvelopeError::Io { doing: "write the content", source });
            }
            self.content.consume(len);
            written += len as u64;
        }
    }

    /// Verified content that has not been read; none when the content has ended.
    fn ready(&mut self) -> Result<&[u8], EnvelopeError> {
        while self.content.ready().is_empty() && self.state != State::Ended {
            if self.state == State::Failed {
                return Err(EnvelopeError::AfterError);
            }
            if let Err(error) = self.advance() {
                self.state = State::Failed;
                return Err(error);
            }
        }
        Ok(self.content.ready())
    }

    /// Verifies the next segment, or that nothing follows the last one.
    fn advance(&mut self) -> Result<(), EnvelopeError> {
        let Some(segment) = self.front.layout.segment(self.next) else {
            if fill(&mut self.input, &mut [0])? != 0 {
                return Err(EnvelopeError::Trailing);
            }
            self.state = State::Ended;
            return Ok(());
        };
        let input = &mut self.input;
        self.content.load(&self.front, &segment, |sealed| {
            input.read_exact(sealed).map_err(|error| EnvelopeError::reading("body", error))
        })?;
        self.next += 1;
        Ok(())
    }
}

impl<R: Read> Read for EnvelopeStream<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.ready().map_err(EnvelopeError::into_io)?;
        Ok(self.content.read(out))
    }
}

impl<R> std::fmt::Debug for EnvelopeStream<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { input: _, front, content: _, next, state: _ } = self;
        write!(f, "EnvelopeStream({}, segment {next})", front.manifest.id)
    }
}
