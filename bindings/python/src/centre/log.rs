//! The log: admission, publication, and what witnesses do.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use vlec::Country;

use super::Centre;
use crate::convert::Name;
use crate::event::{EventIn, SignedEvent};
use crate::fault::Answer;
use crate::note::{NoteIn, ProposalIn, SignedCheckpoint};
use crate::status::{Admitted, Collected, Relearned};

#[pymethods]
impl Centre {
    /// Admits an event that its own signers have signed: an agency's epoch, rotation or revocation. It is
    /// durable; asked again, the answer is the same.
    ///
    /// Raises `RejectedError` with the rule that it breaks; `StateError` after a restore, until the log goes on:
    /// agencies bring their events again. Nothing has changed then.
    #[pyo3(signature = (event: "SignedEvent | Buffer | PathLike[str]") -> "Admitted")]
    fn admit(&self, py: Python<'_>, event: EventIn) -> Answer<Admitted> {
        Ok(self.with(py, move |centre| centre.admit(&event.0))?.into())
    }

    /// After a restore: takes again, all at once and in their order, the events that the log has signed and the
    /// store has lost. What `relearn` was told of must be the end of them; else nothing has changed.
    ///
    /// Raises `StateError` if they do not give the tree that the log has signed; `RejectedError` with the rule that
    /// one breaks.
    #[pyo3(signature = (*events: "SignedEvent | Buffer | PathLike[str]"))]
    fn readmit(&self, py: Python<'_>, events: &Bound<'_, PyTuple>) -> Answer<()> {
        let events: Vec<_> =
            events.iter().map(|event| Ok(event.extract::<EventIn>()?.0)).collect::<PyResult<_>>()?;
        self.with(py, move |centre| centre.readmit(&events))
    }

    /// Events that were admitted and that no quorum has cosigned yet, in the order of the log.
    ///
    /// Raises `VaultError`.
    fn pending(&self, py: Python<'_>) -> Answer<Vec<SignedEvent>> {
        Ok(self.with(py, vlec::Centre::pending)?.into_iter().map(SignedEvent).collect())
    }

    /// Signs a checkpoint over everything that is pending, and returns the proposal for the other centres
    /// to `cosign`. With nothing pending it is a heartbeat.
    ///
    /// Raises `StateError` if the log has signed what this store does not hold.
    fn publish<'py>(&self, py: Python<'py>) -> Answer<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.with(py, vlec::Centre::publish)?))
    }

    /// As `publish`, for a witness that holds the first `held` events only and cannot take the others yet.
    ///
    /// Raises as that; `RejectedError` if less than `held` is published.
    fn publish_for<'py>(&self, py: Python<'py>, held: u64) -> Answer<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.with(py, move |centre| centre.publish_for(held))?))
    }

    /// Judges another country's proposal by the own view and rules, and cosigns it: the note is for its log
    /// to `collect`.
    ///
    /// Raises `ForkError`, which freezes the country; `RejectedError`, `StateError`.
    #[pyo3(signature = (proposal: "Buffer | PathLike[str]") -> "SignedCheckpoint")]
    fn cosign(&self, py: Python<'_>, proposal: ProposalIn<'_>) -> Answer<SignedCheckpoint> {
        let proposal = proposal.as_slice();
        Ok(SignedCheckpoint(self.with(py, |centre| centre.cosign(proposal))?))
    }

    /// The newest checkpoint of a country's log that this witness has cosigned.
    ///
    /// Raises `VaultError`.
    fn witnessed(&self, py: Python<'_>, country: Name<Country>) -> Answer<Option<SignedCheckpoint>> {
        Ok(self.with(py, move |centre| centre.witnessed(country.0))?.map(SignedCheckpoint))
    }

    /// Takes the cosignatures of a note that another centre has returned; at a quorum the roster is
    /// published.
    ///
    /// Raises `RejectedError`; `StateError` if nothing was proposed.
    #[pyo3(signature = (note: "SignedCheckpoint | str | Buffer | PathLike[str]") -> "Collected")]
    fn collect(&self, py: Python<'_>, note: NoteIn) -> Answer<Collected> {
        Ok(self.with(py, move |centre| centre.collect(&note.0))?.into())
    }

    /// Takes a checkpoint of which this centre may have lost the memory. Says whether that log is cosigned
    /// again, or the own log goes on (`done`); if not, who has been heard, how many more are needed, and whose
    /// cosignature does not count for its time.
    ///
    /// Another country's log is cosigned again only once so many other witnesses of its policy have cosigned, since the
    /// quarantine was left, checkpoints of it that the own view has, that the others are too few for a quorum: two of
    /// three of which two make one, three of five of which three do. Pin, import and set policies first.
    /// "Since then" begins 300 seconds after `leave_quarantine`, by the times of their cosignatures: a note
    /// that was made before does not count, and `witnessed` of another centre may return one. So, five minutes later,
    /// that log is to `publish` anew, the others `cosign` it, and their notes are brought here. Without a quorum a
    /// proposal stays the same for half a day, and so do the times in it: with a quorum and nothing new, `publish`
    /// gives a new time.
    ///
    /// The own log goes on once every witness of its policy has cosigned, since then, the checkpoint that it remembers
    /// as its last: `publish`, have all of them `cosign` it, and `collect`. One that has cosigned a later one refuses:
    /// get what it holds (`witnessed`), and bring that note here. Where nobody has published what the log ends with,
    /// `readmit` the events that are missing. Until the log goes on nothing is admitted.
    ///
    /// Raises `RejectedError`; `ForkError`, which freezes the country.
    #[pyo3(signature = (note: "SignedCheckpoint | str | Buffer | PathLike[str]") -> "Relearned")]
    fn relearn(&self, py: Python<'_>, note: NoteIn) -> Answer<Relearned> {
        Ok(self.with(py, move |centre| centre.relearn(&note.0))?.into())
    }
}
