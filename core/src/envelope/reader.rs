//! Reading an opened envelope at any place.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::secret::{SecretBytes, wipe};

use super::error::EnvelopeError;
use super::ledger::Arrival;
use super::open::{Front, Opener};
use super::segments::{Layout, SEGMENT_LEN, Segment};
use super::signed::VerifiedManifest;

impl Opener<'_> {
    /// Opens an envelope to read its content at any place. Front and length are verified before
    /// this returns, each segment before a byte of it is read.
    ///
    /// # Errors
    /// [`EnvelopeError`]; nothing is released.
    pub fn open_reader<R: Read + Seek>(&self, mut input: R) -> Result<EnvelopeReader<R>, EnvelopeError> {
        let seeking = |source| EnvelopeError::Io { doing: "seek in the envelope", source };
        let start = input.stream_position().map_err(seeking)?;
        let end = input.seek(SeekFrom::End(0)).map_err(seeking)?;
        input.seek(SeekFrom::Start(start)).map_err(seeking)?;
        let mut buffered = io::BufReader::new(&mut input);
        let front = self.front(&mut buffered, Some(end.saturating_sub(start)))?;
        let content = SegmentBuffer::new(&front.layout);
        let mut reader = EnvelopeReader { input, start, front, content, loaded: None, position: 0 };
        // The last segment closes the sealed message; an empty body has nothing else.
        if reader.front.layout.digests() == 0 {
            reader.load(0)?;
        }
        Ok(reader)
    }
}

/// The content of an envelope, `Read + Seek`.
///
/// Positions are those of the content; `SeekFrom::End` is relative to its signed length. A read
/// of a damaged segment fails and releases nothing of it; other segments stay readable.
pub struct EnvelopeReader<R> {
    input: R,
    /// Where the envelope begins in the input.
    start: u64,
    front: Front,
    content: SegmentBuffer,
    /// The segment that the buffer holds.
    loaded: Option<u64>,
    position: u64,
}

impl<R: Read + Seek> EnvelopeReader<R> {
    /// Who sent it, to whom, when, and with which keys.
    pub fn manifest(&self) -> &VerifiedManifest {
        &self.front.manifest
    }

    /// Whether the ledger saw it before.
    pub fn arrival(&self) -> Arrival {
        self.front.arrival
    }

    fn load(&mut self, index: u64) -> Result<(), EnvelopeError> {
        if self.loaded == Some(index) {
            return Ok(());
        }
        self.loaded = None;
        let segment = self.front.layout.segment(index).ok_or(EnvelopeError::Truncated("body"))?;
        let input = &mut self.input;
        let at = self.start.checked_add(self.front.body_at).and_then(|at| at.checked_add(segment.sealed_at));
        let at = at.ok_or(EnvelopeError::Truncated("body"))?;
        self.content.load(&self.front, &segment, |sealed| {
            let read = input.seek(SeekFrom::Start(at)).and_then(|_| input.read_exact(sealed));
            read.map_err(|error| EnvelopeError::reading("body", error))
        })?;
        self.loaded = Some(index);
        Ok(())
    }
}

impl<R: Read + Seek> Read for EnvelopeReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() || self.position >= self.front.layout.content_len {
            return Ok(0);
        }
        let segment_len = SEGMENT_LEN as u64;
        self.load(self.position / segment_len).map_err(EnvelopeError::into_io)?;
        self.content.seek((self.position % segment_len) as usize);
        let read = self.content.read(out);
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for EnvelopeReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.front.layout.content_len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "seek to a position before the content's start")
        })?;
        Ok(self.position)
    }
}

impl<R> std::fmt::Debug for EnvelopeReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { input: _, start: _, front, content: _, loaded: _, position } = self;
        write!(f, "EnvelopeReader({}, position {position})", front.manifest.id)
    }
}

/// One segment, sealed and verified; wiped before each new one and when dropped.
pub(super) struct SegmentBuffer {
    sealed: Vec<u8>,
    plain: SecretBytes,
    content_len: usize,
    /// Verified content that has not been read.
    ready: Range<usize>,
}

impl SegmentBuffer {
    /// For the segments of `layout`: a small body costs no pages of a large one.
    pub(super) fn new(layout: &Layout) -> Self {
        let (plain_len, sealed_len) = layout.buffer_lens();
        let plain = SecretBytes::zeroed(plain_len);
        Self { sealed: vec![0; sealed_len], plain, content_len: 0, ready: 0..0 }
    }

    /// Lets `read` fill in a sealed segment and verifies it. On error nothing is ready.
    pub(super) fn load(
        &mut self,
        front: &Front,
        segment: &Segment,
        read: impl FnOnce(&mut [u8]) -> Result<(), EnvelopeError>,
    ) -> Result<(), EnvelopeError> {
        self.content_len = 0;
        self.ready = 0..0;
        wipe(&mut self.plain);
        let sealed = self.sealed.get_mut(..segment.sealed_len).unwrap_or_default();
        read(sealed)?;
        front.open_segment(segment, sealed, self.plain.get_mut(..segment.len).unwrap_or_default())?;
        self.content_len = segment.content_len;
        self.ready = 0..segment.content_len;
        Ok(())
    }

    /// Verified content that has not been read.
    pub(super) fn ready(&self) -> &[u8] {
        self.plain.get(self.ready.clone()).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, len: usize) {
        self.ready.start = self.ready.end.min(self.ready.start + len);
    }

    /// Moves to `at` within the segment.
    fn seek(&mut self, at: usize) {
        self.ready = at.min(self.content_len)..self.content_len;
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> usize {
        let ready = self.ready();
        let len = ready.len().min(out.len());
        let (now, _) = out.split_at_mut(len);
        now.copy_from_slice(ready.get(..len).unwrap_or_default());
        self.consume(len);
        len
    }
}
