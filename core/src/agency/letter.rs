//! Sealing (SPEC §15, `[AGY-01]`…`[AGY-03]`).

use std::io::{Read, Write};
use std::path::Path;

use crate::disk::Existing;
use crate::envelope::draft::Draft;
use crate::envelope::error::EnvelopeError;
use crate::envelope::file::Watch;
use crate::envelope::labels::Labels;
use crate::envelope::memory::Fill;
use crate::envelope::padding::Padding;
use crate::envelope::seal::{Sealed, Sealer};
use crate::error::Error;
use crate::ids::{AgencyId, EnvelopeId};
use crate::keys::directory::{Addressed, DirectoryError};

use super::Agency;

/// To whom content is sealed, and what is said of it.
///
/// ```
/// use vlec::{Labels, Letter};
/// let letter = Letter::new(["UA/npu/cyber".parse()?], "application/pdf")?
///     .labels(Labels { case: Some("CH-2026-17".into()), ..Labels::default() })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Letter {
    to: Vec<AgencyId>,
    /// Without its sequence number.
    draft: Draft,
}

/// An envelope in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    /// Its id, by which a reply names it.
    pub id: EnvelopeId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// A letter to these agencies, with content of this media type.
    ///
    /// # Errors
    /// [`Error::Envelope`] if the type is not of the form `type/subtype`.
    pub fn new(to: impl IntoIterator<Item = AgencyId>, content_type: &str) -> Result<Self, Error> {
        Ok(Self { to: to.into_iter().collect(), draft: Draft::new(content_type, 0)? })
    }

    /// Sets the labels.
    ///
    /// # Errors
    /// [`Error::Envelope`] if a text is too long, empty or has control characters, or the file name
    /// is not a plain name.
    pub fn labels(self, labels: Labels) -> Result<Self, Error> {
        Ok(Self { draft: self.draft.labels(labels)?, ..self })
    }

    /// Sets how the content's length is hidden; [`Padding::Padme`] unless set.
    #[must_use]
    pub fn padding(self, padding: Padding) -> Self {
        Self { draft: self.draft.padding(padding), ..self }
    }

    /// Adds an extension that a recipient may pass over.
    ///
    /// # Errors
    /// [`Error::Envelope`] for the 33rd extension, a value over 4,096 bytes, or an id twice.
    pub fn extension(self, id: u64, value: &[u8]) -> Result<Self, Error> {
        Ok(Self { draft: self.draft.extension(id, value)?, ..self })
    }
}

impl Agency {
    /// Seals `content`.
    ///
    /// # Errors
    /// [`Error::Directory`] if the rosters do not allow it, as when one is too old;
    /// [`Error::NoIdentity`], [`Error::Quarantined`], [`Error::Envelope`], [`Error::Vault`].
    pub fn seal(&self, letter: &Letter, content: &[u8]) -> Result<SealedMessage, Error> {
        let mut bytes = Vec::new();
        let Sealed { id, .. } = self.seal_into(letter, content, |len, fill| {
            bytes.resize(len, 0);
            fill(&mut bytes);
        })?;
        Ok(SealedMessage { id, bytes })
    }

    /// As [`Agency::seal`], into a buffer that is lent: `lend` is told the envelope's length, and calls
    /// what it is given with a buffer of that length, which it need not outlive.
    ///
    /// # Errors
    /// As [`Agency::seal`]; the buffer is then zero. `buffer` if there was none of that length.
    pub fn seal_into(
        &self,
        letter: &Letter,
        content: &[u8],
        lend: impl FnOnce(usize, Fill<'_>),
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_into(content, lend))
    }

    /// Seals the file `from` into the envelope `to`.
    ///
    /// # Errors
    /// As [`Agency::seal`]; then there is no file under the name `to` that was not there before.
    pub fn seal_file(
        &self,
        letter: &Letter,
        from: &Path,
        to: &Path,
        existing: Existing,
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_file(from, to, existing))
    }

    /// As [`Agency::seal_file`]; `watch` is called on this thread with the bytes of content that are
    /// sealed, about once for each MiB and processor, and may stop the work.
    ///
    /// # Errors
    /// As that; `cancelled` if `watch` has stopped it.
    pub fn seal_file_watched(
        &self,
        letter: &Letter,
        from: &Path,
        to: &Path,
        existing: Existing,
        watch: &mut Watch<'_>,
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_file_watched(from, to, existing, watch))
    }

    /// Seals the file `from` and writes the envelope to `output`, from front to back; the file is read twice, and
    /// nothing is spooled. `watch` is as for [`Agency::seal_file_watched`].
    ///
    /// # Errors
    /// As that; nothing was written unless writing itself failed, `watch` has stopped it, or the file has changed
    /// between the readings. What was written then is not whole, and nobody opens it.
    pub fn seal_file_to(
        &self,
        letter: &Letter,
        from: &Path,
        output: impl Write,
        watch: &mut Watch<'_>,
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_file_to(from, output, watch))
    }

    /// Seals all that `input` gives and writes the envelope to `output`. The sealed body is spooled in
    /// an unnamed file in the folder `spool`.
    ///
    /// # Errors
    /// As [`Agency::seal`]; nothing was written unless writing itself failed.
    pub fn seal_pipe(
        &self,
        letter: &Letter,
        input: impl Read,
        output: impl Write,
        spool: &Path,
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_pipe(input, output, spool))
    }

    /// As [`Agency::seal_pipe`], into the envelope file `to`; the spool is in its folder.
    ///
    /// # Errors
    /// As [`Agency::seal_file`].
    pub fn seal_pipe_to_file(
        &self,
        letter: &Letter,
        input: impl Read,
        to: &Path,
        existing: Existing,
    ) -> Result<Sealed, Error> {
        self.sealing(letter, |sealer| sealer.seal_pipe_to_file(input, to, existing))
    }

    /// Who signs and to which keys is settled first; no lock is held while content is read.
    fn sealing<T>(
        &self,
        letter: &Letter,
        seal: impl FnOnce(Sealer<'_>) -> Result<T, EnvelopeError>,
    ) -> Result<T, Error> {
        self.replica.check_sound()?;
        let now = self.replica.times().now;
        // If none holds, the rosters say why.
        let identity = self.signing_identity().or_else(|_| self.some_identity())?;
        let to = self.replica.rosters().address(&identity, &letter.to, now).map(Addressed::detached);
        let to = to.map_err(|error| match error {
            // What a newer roster may mend of others is nothing to wait for in one's own name.
            DirectoryError::NotEnrolled(agency)
            | DirectoryError::UnknownKey(agency)
            | DirectoryError::Revoked(agency)
                if agency == *self.id() =>
            {
                Error::NoIdentity(agency)
            }
            other => other.into(),
        })?;
        let sequence = self.sequence.next(&self.replica)?;
        let draft = Draft { sequence, ..letter.draft.clone() };
        Ok(seal(Sealer::new(&identity, to, draft, self.replica.random())?)?)
    }
}
