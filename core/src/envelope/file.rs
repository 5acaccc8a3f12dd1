//! Sealing and opening files: read once, in parallel, at any place; written whole or not at all.
//!
//! Every segment's place in the envelope is known before the first is sealed, so each worker
//! reads, seals and writes segments on its own. The front is written last, because it holds the
//! segments' digests.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::{Existing, Input, Output};
use crate::secret::SecretBytes;

use super::error::EnvelopeError;
use super::open::{About, Front, Opener};
use super::parallel;
use super::reader::EnvelopeReader;
use super::seal::{Sealed, Sealer, Sealing, seal_segment};
use super::segments::{Digest, Layout, SEGMENT_LEN, Segment};

/// One worker's two buffers: a plain and a sealed segment.
struct Buffers {
    plain: SecretBytes,
    sealed: Vec<u8>,
}

impl Buffers {
    fn new(layout: &Layout) -> Result<Self, EnvelopeError> {
        let (plain_len, sealed_len) = layout.buffer_lens();
        Ok(Self { plain: SecretBytes::zeroed(plain_len), sealed: vec![0; sealed_len] })
    }

    /// The two buffers, cut to a segment's lengths.
    fn cut(&mut self, plain: usize, sealed: usize) -> Result<(&mut [u8], &mut [u8]), EnvelopeError> {
        let slices = self.plain.get_mut(..plain).zip(self.sealed.get_mut(..sealed));
        slices.ok_or(EnvelopeError::Buffer { given: SEGMENT_LEN as u64, needed: plain as u64 })
    }
}

/// Told how many bytes of the content are done; `Break` stops the work.
pub type Watch<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// For whom nobody watches.
pub(crate) fn unwatched(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Counts what all workers have done, and tells it.
struct Done<'a, 'w> {
    bytes: &'a AtomicU64,
    /// How often each of them is read.
    readings: u64,
    watch: &'a mut Watch<'w>,
}

impl Done<'_, '_> {
    fn tell(&mut self) -> Result<(), EnvelopeError> {
        match (self.watch)(self.bytes.load(Ordering::Relaxed) / self.readings) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(EnvelopeError::Cancelled),
        }
    }
}

impl Sealer<'_> {
    /// Seals the file `from` into the envelope `to`.
    ///
    /// # Errors
    /// [`EnvelopeError`]; then there is no file under the name `to` that was not there before.
    pub fn seal_file(self, from: &Path, to: &Path, existing: Existing) -> Result<Sealed, EnvelopeError> {
        self.seal_file_watched(from, to, existing, &mut unwatched)
    }

    /// As [`Sealer::seal_file`]; `watch` is called on this thread, about once for each MiB and
    /// thread, and may stop the work.
    ///
    /// # Errors
    /// As that; [`EnvelopeError::Cancelled`].
    pub fn seal_file_watched(
        self,
        from: &Path,
        to: &Path,
        existing: Existing,
        watch: &mut Watch<'_>,
    ) -> Result<Sealed, EnvelopeError> {
        let input = Input::open(from)?;
        input.check_is_not(to)?;
        let output = Output::create(to, existing)?;
        let sealing = Sealing::start(self)?;
        let layout = sealing.layout(input.len())?;
        let body_at = sealing.body_at(&layout)?;

        let mut digests = layout.new_digests()?;
        let jobs = layout.segments().zip(&mut digests);
        let bytes = AtomicU64::new(0);
        let mut done = Done { bytes: &bytes, readings: 1, watch };
        done.tell()?;
        parallel::for_each_watched(
            layout.workers(sealing.workers()),
            jobs,
            || Buffers::new(&layout),
            |buffers, (segment, digest)| {
                let (content, sealed) = buffers.cut(segment.content_len, segment.sealed_len)?;
                input.read_exact_at(content, segment.index * SEGMENT_LEN as u64)?;
                *digest = seal_segment(&sealing, &segment, content, sealed)?;
                output.write_all_at(sealed, body_at + segment.sealed_at)?;
                bytes.fetch_add(content.len() as u64, Ordering::Relaxed);
                Ok(())
            },
            &mut || done.tell(),
        )?;
        done.tell()?;
        input.check_unchanged()?;

        output.write_all_at(&sealing.body_prefix(), body_at)?;
        let mut at = 0;
        let id = sealing.finish(&layout, &digests, &mut |bytes| {
            output.write_all_at(bytes, at)?;
            at += bytes.len() as u64;
            Ok(())
        })?;
        output.commit()?;
        Ok(Sealed { id, len: body_at + layout.sealed_len() })
    }

    /// Seals the file `from` and writes the envelope to `output`, from front to back. The file is read twice, since
    /// the digests of its segments stand before them; nothing of it is spooled.
    ///
    /// # Errors
    /// As [`Sealer::seal_file_watched`]; nothing was written unless writing itself failed, `watch` has stopped it, or the
    /// file has changed between the readings. What was written then is not whole, and nobody opens it.
    pub fn seal_file_to(
        self,
        from: &Path,
        mut output: impl Write,
        watch: &mut Watch<'_>,
    ) -> Result<Sealed, EnvelopeError> {
        let input = Input::open(from)?;
        let sealing = Sealing::start(self)?;
        let layout = sealing.layout(input.len())?;
        let mut digests = layout.new_digests()?;
        let bytes = AtomicU64::new(0);
        let mut done = Done { bytes: &bytes, readings: 2, watch };
        let seal = |buffers: &mut Buffers, segment: &Segment| {
            let (content, sealed) = buffers.cut(segment.content_len, segment.sealed_len)?;
            input.read_exact_at(content, segment.index * SEGMENT_LEN as u64)?;
            let digest = seal_segment(&sealing, segment, content, sealed)?;
            bytes.fetch_add(content.len() as u64, Ordering::Relaxed);
            Ok::<Digest, EnvelopeError>(digest)
        };
        done.tell()?;
        parallel::for_each_watched(
            layout.workers(sealing.workers()),
            layout.segments().zip(&mut digests),
            || Buffers::new(&layout),
            |buffers, (segment, digest)| {
                *digest = seal(buffers, &segment)?;
                Ok(())
            },
            &mut || done.tell(),
        )?;
        input.check_unchanged()?;

        let writing = |source| EnvelopeError::Io { doing: "write the envelope", source };
        let mut front_len = 0;
        let id = sealing.finish(&layout, &digests, &mut |bytes| {
            front_len += bytes.len() as u64;
            output.write_all(bytes).map_err(writing)
        })?;
        output.write_all(&sealing.body_prefix()).map_err(writing)?;
        let mut buffers = Buffers::new(&layout)?;
        for (segment, digest) in layout.segments().zip(&digests) {
            // Only what was signed leaves: another content under the same key never does.
            if seal(&mut buffers, &segment)? != *digest {
                return Err(input.changed().into());
            }
            let (_, sealed) = buffers.cut(segment.content_len, segment.sealed_len)?;
            output.write_all(sealed).map_err(writing)?;
            done.tell()?;
        }
        output.flush().map_err(writing)?;
        Ok(Sealed { id, len: front_len + layout.sealed_len() })
    }
}

impl Opener<'_> {
    /// Opens the envelope `from` into the file `to`.
    ///
    /// # Errors
    /// [`EnvelopeError`]; then there is no file under the name `to` that was not there before.
    pub fn open_file(&self, from: &Path, to: &Path, existing: Existing) -> Result<About, EnvelopeError> {
        self.open_file_watched(from, to, existing, &mut unwatched)
    }

    /// As [`Opener::open_file`]; `watch` is called on this thread, about once for each MiB and
    /// thread, and may stop the work.
    ///
    /// # Errors
    /// As that; [`EnvelopeError::Cancelled`].
    pub fn open_file_watched(
        &self,
        from: &Path,
        to: &Path,
        existing: Existing,
        watch: &mut Watch<'_>,
    ) -> Result<About, EnvelopeError> {
        let input = Input::open(from)?;
        input.check_is_not(to)?;
        let front = self.front(&mut std::io::BufReader::new(input.file()), Some(input.len()))?;
        let output = Output::create(to, existing)?;
        let bytes = AtomicU64::new(0);
        let mut done = Done { bytes: &bytes, readings: 1, watch };
        done.tell()?;
        parallel::for_each_watched(
            front.layout.workers(self.workers),
            front.layout.segments(),
            || Buffers::new(&front.layout),
            |buffers, segment| {
                let (plain, sealed) = buffers.cut(segment.len, segment.sealed_len)?;
                input.read_exact_at(sealed, front.body_at + segment.sealed_at)?;
                front.open_segment(&segment, sealed, plain)?;
                let content = plain.get(..segment.content_len).unwrap_or_default();
                output.write_all_at(content, segment.index * SEGMENT_LEN as u64)?;
                bytes.fetch_add(content.len() as u64, Ordering::Relaxed);
                Ok(())
            },
            &mut || done.tell(),
        )?;
        done.tell()?;
        output.commit()?;
        let Front { manifest, arrival, .. } = front;
        Ok(About { manifest, arrival })
    }

    /// Opens the envelope `from` to read at any place.
    ///
    /// # Errors
    /// [`EnvelopeError`], as [`Opener::open_reader`].
    pub fn open_file_reader(&self, from: &Path) -> Result<EnvelopeReader<std::fs::File>, EnvelopeError> {
        self.open_reader(Input::open(from)?.into_file())
    }
}
