//! Opening, accepting, and reading again (SPEC §15, `[AGY-10]`…`[AGY-13]`).

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use zeroize::Zeroizing;

use crate::disk::Existing;
use crate::envelope::error::EnvelopeError;
use crate::envelope::file::{Watch, unwatched};
use crate::envelope::ledger::{Arrival, Ledger, LedgerError, Outcome};
use crate::envelope::memory::Fill;
use crate::envelope::open::{About, Opened, Opener};
use crate::envelope::pipe::EnvelopeStream;
use crate::envelope::reader::EnvelopeReader;
use crate::envelope::signed::{Evidence, VerifiedManifest};
use crate::error::Error;
use crate::ids::{AgencyId, EnvelopeId, KeyId};
use crate::keys::directory::{Directory, DirectoryError, Head, VerifiedSender, sealed};
use crate::replica::Replica;
use crate::time::Timestamp;
use crate::vault::ledger::{LedgerPolicy, VaultLedger};

use super::Agency;

/// An envelope that is to be accepted, and what the application made of it.
#[derive(Clone)]
pub struct Acceptance<'a> {
    /// Who sealed it.
    pub sender: &'a AgencyId,
    /// Its id.
    pub id: EnvelopeId,
    /// At most 1 KiB of the application's own, such as its receipt; it comes back with each duplicate.
    pub outcome: &'a [u8],
}

/// The outcome is the application's own, and goes into no log.
impl std::fmt::Debug for Acceptance<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sender, id, outcome } = self;
        write!(f, "Acceptance({id} from {sender}, outcome of {} bytes)", outcome.len())
    }
}

impl<'a> Acceptance<'a> {
    /// Accepts the envelope of this manifest.
    pub fn of(manifest: &'a VerifiedManifest, outcome: &'a [u8]) -> Self {
        Self { sender: &manifest.sender, id: manifest.id, outcome }
    }
}

/// The content of an envelope that was accepted before: to be read, not to be acted on again.
#[derive(Debug)]
pub struct Reopened(Opened);

impl Reopened {
    /// The content.
    pub fn content(&self) -> &[u8] {
        self.0.content()
    }

    /// The content itself; wiped when dropped.
    pub fn into_content(self) -> Zeroizing<Vec<u8>> {
        self.0.into_content()
    }

    /// Who sent it, to whom, when, and with which keys.
    pub fn manifest(&self) -> &VerifiedManifest {
        self.0.manifest()
    }
}

impl Agency {
    /// Opens an envelope: a delivery, [`Arrival::First`] or, until it is accepted, [`Arrival::Again`].
    /// That it arrived is durable before this returns.
    ///
    /// # Errors
    /// [`Error::Envelope`]. By its code: `duplicate`, with the first outcome; `conflict`;
    /// `roster-stale`, `roster-behind`, `no-roster`, `not-enrolled`, `unknown-key`: hold the envelope,
    /// import, and open it again; `roster-conflict`: ask the sender for its bundle; `clock-ahead`: set the clock or
    /// [confirm](Agency::confirm_time) it, and open it again; `epoch-destroyed`: never to be answered
    /// automatically.
    pub fn open(&self, envelope: &[u8]) -> Result<Opened, Error> {
        self.opening(|opener| opener.open(envelope))
    }

    /// As [`Agency::open`], into a buffer that is lent, as for [`Agency::seal_into`], once sender and
    /// lengths are verified: of the content's length.
    ///
    /// # Errors
    /// As [`Agency::open`]; the buffer is then zero. `buffer` if there was none of that length.
    pub fn open_into(&self, envelope: &[u8], lend: impl FnOnce(usize, Fill<'_>)) -> Result<About, Error> {
        self.opening(|opener| opener.open_into(envelope, lend))
    }

    /// Opens the envelope `from` into the file `to`.
    ///
    /// # Errors
    /// As [`Agency::open`]; then there is no file under the name `to` that was not there before.
    pub fn open_file(&self, from: &Path, to: &Path, existing: Existing) -> Result<About, Error> {
        self.opening(|opener| opener.open_file(from, to, existing))
    }

    /// As [`Agency::open_file`]; `watch` is called on this thread with the bytes of content that are
    /// opened, about once for each MiB and processor, and may stop the work.
    ///
    /// # Errors
    /// As that; `cancelled` if `watch` has stopped it: the envelope may be opened again.
    pub fn open_file_watched(
        &self,
        from: &Path,
        to: &Path,
        existing: Existing,
        watch: &mut Watch<'_>,
    ) -> Result<About, Error> {
        self.opening(|opener| opener.open_file_watched(from, to, existing, watch))
    }

    /// Opens an envelope whose bytes come one after another. Once all content was read,
    /// [`EnvelopeStream::finish`] gives the manifest that may be accepted.
    ///
    /// # Errors
    /// As [`Agency::open`].
    pub fn open_pipe<R: Read>(&self, input: R) -> Result<EnvelopeStream<R>, Error> {
        self.opening(|opener| opener.open_pipe(input))
    }

    /// As [`Agency::open_pipe`], into the file `to`.
    ///
    /// # Errors
    /// As [`Agency::open_file`].
    pub fn open_pipe_to_file(&self, input: impl Read, to: &Path, existing: Existing) -> Result<About, Error> {
        self.opening(|opener| opener.open_pipe_to_file(input, to, existing))
    }

    /// Opens an envelope to read its content at any place.
    ///
    /// # Errors
    /// As [`Agency::open`].
    pub fn open_reader<R: Read + Seek>(&self, input: R) -> Result<EnvelopeReader<R>, Error> {
        self.opening(|opener| opener.open_reader(input))
    }

    /// Opens the envelope `from` to read its content at any place.
    ///
    /// # Errors
    /// As [`Agency::open`].
    pub fn open_file_reader(&self, from: &Path) -> Result<EnvelopeReader<File>, Error> {
        self.opening(|opener| opener.open_file_reader(from))
    }

    /// Accepts a delivery, durably before this returns; a receipt may leave after that. It is not
    /// delivered again. `outcome` is at most 1 KiB of the application's own.
    ///
    /// # Errors
    /// [`Error::Envelope`]: `duplicate`, with the first outcome, if somebody was faster;
    /// `not-pending`; `outcome-too-long`; `ledger-unavailable`.
    pub fn accept(&self, manifest: &VerifiedManifest, outcome: &[u8]) -> Result<(), Error> {
        let outcome = Outcome::new(outcome)?;
        Ok(self.ledger()?.accept(&manifest.sender, &manifest.id, &outcome)?)
    }

    /// As [`Agency::accept`], many in one transaction, which is much faster: one result for each, in
    /// order; all that succeeded are durable when this returns.
    ///
    /// # Errors
    /// `ledger-unavailable`, `outcome-too-long`; then none was accepted.
    pub fn accept_all(&self, all: &[Acceptance<'_>]) -> Result<Vec<Result<(), LedgerError>>, Error> {
        let outcomes = all.iter().map(|one| Outcome::new(one.outcome)).collect::<Result<Vec<_>, _>>()?;
        let all: Vec<_> =
            all.iter().zip(&outcomes).map(|(one, outcome)| (one.sender, &one.id, outcome)).collect();
        Ok(self.ledger()?.accept_all(&all)?)
    }

    /// Reads an accepted envelope again, while its epoch lives: no delivery, and nothing is written.
    ///
    /// # Errors
    /// [`Error::Envelope`] as [`Agency::open`]; `not-accepted` if it was not accepted before.
    pub fn reopen(&self, envelope: &[u8]) -> Result<Reopened, Error> {
        self.reopening(|opener| opener.open(envelope)).map(Reopened)
    }

    /// As [`Agency::reopen`], into a buffer that is lent, as for [`Agency::open_into`].
    ///
    /// # Errors
    /// As both.
    pub fn reopen_into(
        &self,
        envelope: &[u8],
        lend: impl FnOnce(usize, Fill<'_>),
    ) -> Result<VerifiedManifest, Error> {
        self.reopening(|opener| opener.open_into(envelope, lend)).map(About::into_manifest)
    }

    /// As [`Agency::reopen`], from the envelope `from` into the file `to`.
    ///
    /// # Errors
    /// As [`Agency::reopen`] and [`Agency::open_file`].
    pub fn reopen_file(&self, from: &Path, to: &Path, existing: Existing) -> Result<VerifiedManifest, Error> {
        self.reopen_file_watched(from, to, existing, &mut unwatched)
    }

    /// As [`Agency::reopen_file`], watched as [`Agency::open_file_watched`].
    ///
    /// # Errors
    /// As both.
    pub fn reopen_file_watched(
        &self,
        from: &Path,
        to: &Path,
        existing: Existing,
        watch: &mut Watch<'_>,
    ) -> Result<VerifiedManifest, Error> {
        let about = self.reopening(|opener| opener.open_file_watched(from, to, existing, watch))?;
        Ok(about.into_manifest())
    }

    /// As [`Agency::reopen`], of an envelope whose bytes come one after another, as [`Agency::open_pipe`].
    ///
    /// # Errors
    /// As both.
    pub fn reopen_pipe<R: Read>(&self, input: R) -> Result<EnvelopeStream<R>, Error> {
        self.reopening(|opener| opener.open_pipe(input))
    }

    /// Verifies who sent an envelope, to whom, when and about what: steps 1 to 10 of opening it, on its
    /// first bytes. No content is released, nothing is delivered, and nothing is written.
    ///
    /// # Errors
    /// As [`Agency::open`], but for what the ledger says.
    pub fn inspect(&self, envelope: impl Read) -> Result<VerifiedManifest, Error> {
        self.replica.check_sound()?;
        self.open_with(&Unasked, |opener| opener.manifest(envelope))
    }

    /// As [`Agency::inspect`], of a delivery that was opened and is not accepted yet: this manifest, and not
    /// another that the sender signed under the same id.
    ///
    /// # Errors
    /// As [`Agency::inspect`]; `not-pending`; `duplicate`; `conflict` if it was found to be one.
    pub fn pending(&self, envelope: impl Read) -> Result<VerifiedManifest, Error> {
        self.open_with(&Pending(self.ledger()?), |opener| opener.manifest(envelope))
    }

    /// What one sender signed under one id: nothing, or the first and up to three others, which convinces a
    /// third party. The manifests are there until the epochs have ended that they were sealed to; afterwards
    /// their digests and signatures are.
    ///
    /// # Errors
    /// [`Error::Envelope`]: `ledger-unavailable`.
    pub fn conflicts(&self, sender: &AgencyId, id: &EnvelopeId) -> Result<Vec<Evidence>, Error> {
        Ok(self.ledger_at(self.replica.times().sure).conflicts(sender, id)?)
    }

    /// What it writes is dated with a time that is sure: a clock that jumped must not be believed
    /// because mail came.
    fn ledger(&self) -> Result<VaultLedger<'_>, Error> {
        self.replica.check_sound()?;
        Ok(self.ledger_at(self.replica.times().sure))
    }

    pub(super) fn ledger_at(&self, sure: Timestamp) -> VaultLedger<'_> {
        self.replica.vault().ledger(LedgerPolicy::default(), sure).with_keys(&self.keyring)
    }

    fn opening<T>(&self, open: impl FnOnce(&Opener<'_>) -> Result<T, EnvelopeError>) -> Result<T, Error> {
        self.open_with(&self.ledger()?, open)
    }

    fn reopening<T>(&self, open: impl FnOnce(&Opener<'_>) -> Result<T, EnvelopeError>) -> Result<T, Error> {
        self.open_with(&Accepted(self.ledger()?), open)
    }

    fn open_with<T>(
        &self,
        ledger: &dyn Ledger,
        open: impl FnOnce(&Opener<'_>) -> Result<T, EnvelopeError>,
    ) -> Result<T, Error> {
        let (directory, times) = (Asking(&self.replica), self.replica.times());
        Ok(open(&Opener::shared(self.id(), &self.keyring, &directory, ledger, times))?)
    }
}

/// The rosters, locked for one question at a time: never while input is awaited.
struct Asking<'a>(&'a Replica);

impl sealed::Sealed for Asking<'_> {}

impl Directory for Asking<'_> {
    fn sender(
        &self,
        agency: &AgencyId,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<VerifiedSender, DirectoryError> {
        self.0.rosters().sender(agency, key_id, now)
    }

    fn check_heads(&self, heads: &[Head]) -> Result<(), DirectoryError> {
        self.0.rosters().check_heads(heads)
    }
}

/// Lets pass what was accepted, and records nothing.
struct Accepted<'a>(VaultLedger<'a>);

/// Lets pass what arrived and waits to be accepted, and records nothing.
struct Pending<'a>(VaultLedger<'a>);

/// Lets everything pass, for a manifest that is only looked at.
struct Unasked;

impl Ledger for Unasked {
    fn arrive(&self, _: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        Ok(Arrival::First)
    }
}

impl Ledger for Pending<'_> {
    fn arrive(&self, manifest: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        match self.0.recall(manifest)? {
            Some(Ok(Arrival::Again)) => Ok(Arrival::Again),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Err(LedgerError::NotPending),
        }
    }
}

impl Ledger for Accepted<'_> {
    fn arrive(&self, manifest: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        match self.0.recall(manifest)? {
            Some(Err(LedgerError::Duplicate { .. })) => Ok(Arrival::Again),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Err(LedgerError::NotAccepted),
        }
    }
}
