//! Sealing and opening in memory.

use std::num::NonZeroUsize;

use crate::ids::EnvelopeId;
use crate::secret::{SecretBytes, wipe};

use super::error::EnvelopeError;
use super::open::{About, Front, Opened, Opener};
use super::parallel;
use super::seal::{Sealed, Sealer, Sealing, seal_segment};
use super::segments::{Layout, SEGMENT_LEN};

impl Sealer<'_> {
    /// Seals `content` and returns the envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`]; nothing was made.
    pub fn seal(self, content: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let mut out = Vec::new();
        self.seal_into(content, |len, fill| {
            out.resize(len, 0);
            fill(&mut out);
        })?;
        Ok(out)
    }

    /// Seals `content` into a buffer that is lent: `lend` is told the envelope's length, and calls what
    /// it is given with a buffer of that length. That may be memory that lives no longer than the call,
    /// such as that of another language's new object.
    ///
    /// # Errors
    /// [`EnvelopeError`]; the buffer is then zero. [`EnvelopeError::Buffer`] if there was none of that
    /// length; one of another length is left as it is.
    pub fn seal_into(
        self,
        content: &[u8],
        lend: impl FnOnce(usize, Fill<'_>),
    ) -> Result<Sealed, EnvelopeError> {
        let sealing = Sealing::start(self)?;
        let layout = sealing.layout(content.len() as u64)?;
        let body_at = sealing.body_at(&layout)?;
        let len = body_at + layout.sealed_len();
        let id = lent(len, lend, |out| {
            let sealed = seal_into(sealing, &layout, body_at, content, out);
            if sealed.is_err() {
                out.fill(0);
            }
            sealed
        })?;
        Ok(Sealed { id, len })
    }
}

/// Fills a buffer; a second one is left as it is.
pub type Fill<'a> = &'a mut (dyn FnMut(&mut [u8]) + Send);

/// Does `work` on the buffer of `needed` bytes that is lent.
fn lent<T: Send>(
    needed: u64,
    lend: impl FnOnce(usize, Fill<'_>),
    work: impl FnOnce(&mut [u8]) -> Result<T, EnvelopeError> + Send,
) -> Result<T, EnvelopeError> {
    let mut work = Some(work);
    let mut done = Err(EnvelopeError::Buffer { given: 0, needed });
    lend(to_usize(needed)?, &mut |out| {
        let given = out.len() as u64;
        if given == needed
            && let Some(work) = work.take()
        {
            done = work(out);
        } else if work.is_some() {
            done = Err(EnvelopeError::Buffer { given, needed });
        }
    });
    done
}

fn seal_into(
    sealing: Sealing<'_>,
    layout: &Layout,
    body_at: u64,
    content: &[u8],
    out: &mut [u8],
) -> Result<EnvelopeId, EnvelopeError> {
    let wrong_length = || EnvelopeError::Buffer { given: 0, needed: body_at + layout.sealed_len() };
    let (front_out, body_out) = out.split_at_mut_checked(to_usize(body_at)?).ok_or_else(wrong_length)?;
    let prefix = sealing.body_prefix();
    let (prefix_out, mut rest) = body_out.split_at_mut_checked(prefix.len()).ok_or_else(wrong_length)?;
    prefix_out.copy_from_slice(&prefix);

    let mut digests = layout.new_digests()?;
    let jobs = layout.segments().zip(&mut digests).map_while(|(segment, digest)| {
        let (sealed, later) = std::mem::take(&mut rest).split_at_mut_checked(segment.sealed_len)?;
        rest = later;
        let start = usize::try_from(segment.index).ok()?.checked_mul(SEGMENT_LEN)?.min(content.len());
        Some((segment, content.get(start..start + segment.content_len)?, sealed, digest))
    });
    parallel::for_each(
        layout.workers(sealing.workers()),
        jobs,
        no_state,
        |(), (segment, content, sealed, digest)| {
            *digest = seal_segment(&sealing, &segment, content, sealed)?;
            Ok(())
        },
    )?;

    let mut rest = front_out;
    let id = sealing.finish(layout, &digests, &mut |bytes| {
        let (now, later) =
            std::mem::take(&mut rest).split_at_mut_checked(bytes.len()).ok_or_else(wrong_length)?;
        now.copy_from_slice(bytes);
        rest = later;
        Ok(())
    })?;
    if rest.is_empty() { Ok(id) } else { Err(wrong_length()) }
}

fn no_state() -> Result<(), EnvelopeError> {
    Ok(())
}

impl Opener<'_> {
    /// Opens an envelope in memory.
    ///
    /// # Errors
    /// [`EnvelopeError`]; nothing is released.
    pub fn open(&self, envelope: &[u8]) -> Result<Opened, EnvelopeError> {
        let mut content = SecretBytes::zeroed(0);
        let about = self.open_into(envelope, |len, fill| {
            content = SecretBytes::zeroed(len);
            fill(&mut content);
        })?;
        Ok(Opened { content, about })
    }

    /// Opens an envelope into a buffer that is lent, as for [`Sealer::seal_into`], once sender and
    /// lengths are verified: of the content's length.
    ///
    /// # Errors
    /// As [`Sealer::seal_into`].
    pub fn open_into(
        &self,
        envelope: &[u8],
        lend: impl FnOnce(usize, Fill<'_>),
    ) -> Result<About, EnvelopeError> {
        let mut body = envelope;
        let front = self.front(&mut body, Some(envelope.len() as u64))?;
        let workers = self.workers;
        lent(front.layout.content_len, lend, |out| open_body(workers, &front, body, out))?;
        let Front { manifest, arrival, .. } = front;
        Ok(About { manifest, arrival })
    }
}

/// Opens the segments of `body`, which begins after salt and commitment, into `content`.
fn open_body(
    workers: NonZeroUsize,
    front: &Front,
    mut body: &[u8],
    content: &mut [u8],
) -> Result<(), EnvelopeError> {
    let layout: Layout = front.layout;
    let mut rest = &mut *content;
    let jobs = layout.segments().map_while(|segment| {
        let (sealed, later) = body.split_at_checked(segment.sealed_len)?;
        body = later;
        let (out, later) = std::mem::take(&mut rest).split_at_mut_checked(segment.content_len)?;
        rest = later;
        Some((segment, sealed, out))
    });
    let opened = parallel::for_each(layout.workers(workers), jobs, no_state, |(), (segment, sealed, out)| {
        if segment.len == segment.content_len {
            return front.open_segment(&segment, sealed, out);
        }
        // Only the few segments with padding take the way over a buffer of their own.
        let mut padded = SecretBytes::zeroed(segment.len);
        front.open_segment(&segment, sealed, &mut padded)?;
        out.copy_from_slice(padded.get(..out.len()).unwrap_or_default());
        Ok(())
    });
    if opened.is_err() {
        wipe(content);
    }
    opened
}

/// A length that fits into this machine's memory.
fn to_usize(len: u64) -> Result<usize, EnvelopeError> {
    usize::try_from(len).map_err(|_| EnvelopeError::TooLarge { what: "content", limit: usize::MAX as u64 })
}
