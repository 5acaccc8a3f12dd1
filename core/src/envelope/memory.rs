//! Sealing and opening in memory.

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
        let len = self.sealed_len(content.len() as u64)?;
        let mut out = vec![0; to_usize(len)?];
        self.seal_into(content, &mut out)?;
        Ok(out)
    }

    /// Seals `content` into `out`, which is exactly [`Sealer::sealed_len`] bytes long. A buffer
    /// that is used again spares the system the making of new pages.
    ///
    /// # Errors
    /// [`EnvelopeError`]; `out` is then zero.
    pub fn seal_into(self, content: &[u8], out: &mut [u8]) -> Result<Sealed, EnvelopeError> {
        let len = out.len() as u64;
        let sealed = Sealing::start(self).and_then(|sealing| seal_into(sealing, content, out));
        if sealed.is_err() {
            out.fill(0);
        }
        Ok(Sealed { id: sealed?, len })
    }
}

fn seal_into(sealing: Sealing<'_>, content: &[u8], out: &mut [u8]) -> Result<EnvelopeId, EnvelopeError> {
    let layout = sealing.layout(content.len() as u64)?;
    let body_at = sealing.body_at(&layout)?;
    let needed = body_at + layout.sealed_len();
    let wrong_length = || EnvelopeError::Buffer { given: 0, needed };
    if out.len() as u64 != needed {
        return Err(EnvelopeError::Buffer { given: out.len() as u64, needed });
    }
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
    let id = sealing.finish(&layout, &digests, &mut |bytes| {
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
        let (front, body) = self.front_of(envelope)?;
        let mut content = SecretBytes::zeroed(to_usize(front.layout.content_len)?);
        open_body(self, &front, body, &mut content)?;
        let Front { manifest, arrival, .. } = front;
        Ok(Opened { content, about: About { manifest, arrival } })
    }

    /// Opens an envelope into `out`, which is as long as the content or longer; returns how many
    /// bytes of it are content.
    ///
    /// # Errors
    /// [`EnvelopeError`]; `out` is then zero.
    pub fn open_into(&self, envelope: &[u8], out: &mut [u8]) -> Result<(usize, About), EnvelopeError> {
        let opened = self.front_of(envelope).and_then(|(front, body)| {
            let len = to_usize(front.layout.content_len)?;
            let given = out.len() as u64;
            let content = out
                .get_mut(..len)
                .ok_or(EnvelopeError::Buffer { given, needed: front.layout.content_len })?;
            open_body(self, &front, body, content)?;
            let Front { manifest, arrival, .. } = front;
            Ok((len, About { manifest, arrival }))
        });
        if opened.is_err() {
            wipe(out);
        }
        opened
    }

    fn front_of<'b>(&self, envelope: &'b [u8]) -> Result<(Front, &'b [u8]), EnvelopeError> {
        let mut rest = envelope;
        let front = self.front(&mut rest, Some(envelope.len() as u64))?;
        Ok((front, rest))
    }
}

/// Opens the segments of `body`, which begins after salt and commitment, into `content`.
fn open_body(
    opener: &Opener<'_>,
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
    let opened =
        parallel::for_each(layout.workers(opener.workers), jobs, no_state, |(), (segment, sealed, out)| {
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
