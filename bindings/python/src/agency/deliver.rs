//! Opening, accepting, and reading again.

use std::io::{Read, Write};
use std::ops::ControlFlow;

use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use vlec::{Acceptance, AgencyId, EnvelopeId};

use super::Agency;
use super::seal::{existing, lent_or};
use crate::buffer::{AnyBuffer, Lent, accepted_envelope, envelope, lend};
use crate::convert::{Name, parse};
use crate::fault::{Answer, Fault, Raised};
use crate::files::{Input, PathIn, Place, PyFile, SeekSend, Watch};
use crate::manifest::{
    Complete, Delivery, Evidence, Held, Manifest, Opened, Reopened, VerifiedManifest, delivery, opened,
    reopened, verified,
};
use crate::reader::Reading;

#[pymethods]
impl Agency {
    /// Opens an envelope, any contiguous buffer: what is returned has the verified `content`, and who sent it, to
    /// whom, when and about what. That it arrived is durable before this returns; it is offered again until it is
    /// accepted.
    ///
    /// For a path or a file object use `open_file`, `open_reader` or `open_stream`.
    ///
    /// Raises `DuplicateError`, with the first `outcome`; `RosterStaleError`: hold the envelope, import, and
    /// open it again; `RejectedError`, never to be answered automatically; `OpenFailed`; `MalformedError`.
    ///
    /// >>> opened = other.open(agency.seal(b"a reply", to=other.id))
    /// >>> opened.content, opened.sender
    /// (b'a reply', 'GE/mia/cyber')
    #[pyo3(name = "_open", signature = (envelope: "Buffer") -> "Opened")]
    fn open_envelope(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = envelope)] envelope: AnyBuffer<'_>,
    ) -> Answer<Py<Opened>> {
        let envelope = envelope.as_slice();
        let mut lent = None;
        let about = self
            .with(py, |agency| agency.open_into(envelope, |len, fill| lent = lend(len, fill)))
            .map_err(|failed| lent_or(&mut lent, failed))?;
        Ok(opened(py, about, given(lent)?)?)
    }

    /// Opens the envelope `source` into the file `target`; each is a path, or a binary file object.
    ///
    /// `replace` and `progress(done, total)` are as for `seal_file`: bytes of content. The total is `None` from
    /// path to path, where the call does not know it before it ends: `inspect(source).size` gives it. On any error
    /// there is no file; to a file
    /// object only verified content was written, and it was flushed if all went well.
    ///
    /// Raises `FileError`, or as `open`.
    #[pyo3(signature = (source: "StrPath | SupportsRead", target: "StrPath | SupportsWrite", *, replace: "bool" = false, progress: "Progress | None" = None) -> "Delivery")]
    fn open_file(
        &self,
        py: Python<'_>,
        source: Place<'_>,
        target: Place<'_>,
        replace: bool,
        progress: Option<Bound<'_, PyAny>>,
    ) -> Answer<Py<Delivery>> {
        let raised = Raised::default();
        let mut watch = Watch::new(progress, None, &raised);
        let about = match (source, target) {
            (Place::Path(from), Place::Path(to)) => self.with(py, move |agency| {
                agency.open_file_watched(&from, &to, existing(replace), &mut |done| watch.tell(done))
            }),
            (source, target) => {
                let input = source.reading(&raised)?;
                let output = match target {
                    Place::Path(to) => Target::Path(to, existing(replace)),
                    Place::File(to) => Target::File(PyFile::new(to, &raised)),
                };
                let copied = self.with(py, move |agency| copy(agency.open_pipe(input)?, output, watch));
                let (held, arrival) = raised.or(copied)?;
                return Ok(delivery(py, held, arrival, Complete::whole())?);
            }
        };
        let about = raised.or(about)?;
        let arrival = about.arrival();
        Ok(delivery(py, Held::Verified(Box::new(about.into_manifest())), arrival, Complete::whole())?)
    }

    /// Opens an envelope, a path or a seekable binary file object, to read its content at any place: an
    /// `io.BufferedReader` with the attributes of a `Delivery`. Each piece is verified before it is read.
    ///
    /// Raises `FileError`, or as `open`.
    #[pyo3(signature = (source: "StrPath | SupportsReadSeek") -> "EnvelopeFile")]
    fn open_reader<'py>(&self, py: Python<'py>, source: Place<'py>) -> Answer<Bound<'py, PyAny>> {
        let reading = match source {
            Place::Path(path) => {
                let reader = self.with(py, move |agency| agency.open_file_reader(&path))?;
                Reading::of_file(py, reader)?
            }
            Place::File(file) => {
                let raised = Raised::default();
                let file = PyFile::new(file, &raised);
                let reference = file.reference();
                let input: Box<dyn SeekSend> = Box::new(file);
                let reader = raised.or(self.with(py, move |agency| agency.open_reader(input)))?;
                Reading::anywhere(py, reader, reference, raised)?
            }
        };
        file_of(py, reading)
    }

    /// Opens an envelope that comes from front to back, as from a pipe: an `io.BufferedReader` with the
    /// attributes of a `Delivery`, which cannot seek. It may be accepted once all of its content has been read.
    ///
    /// Raises `FileError`, or as `open`.
    #[pyo3(signature = (source: "StrPath | SupportsRead") -> "EnvelopeFile")]
    fn open_stream<'py>(&self, py: Python<'py>, source: Place<'py>) -> Answer<Bound<'py, PyAny>> {
        let raised = Raised::default();
        let (input, file) = source.referred(&raised)?;
        let stream = raised.or(self.with(py, move |agency| agency.open_pipe(input)))?;
        file_of(py, Reading::front_to_back(py, stream, file, raised)?)
    }

    /// As `reopen`, from front to back, as `open_stream`.
    ///
    /// Raises as both.
    #[pyo3(signature = (source: "StrPath | SupportsRead") -> "EnvelopeFile")]
    fn reopen_stream<'py>(&self, py: Python<'py>, source: Place<'py>) -> Answer<Bound<'py, PyAny>> {
        let raised = Raised::default();
        let (input, file) = source.referred(&raised)?;
        let stream = raised.or(self.with(py, move |agency| agency.reopen_pipe(input)))?;
        file_of(py, Reading::front_to_back(py, stream, file, raised)?)
    }

    /// Accepts a delivery, durably before this returns; a receipt may leave after that. It is not delivered
    /// again. `outcome` is at most 1 KiB of the application's own, and comes back with each duplicate.
    ///
    /// A stream is accepted once all of its content has been read, `f.size` bytes; then its end is looked for
    /// here, and whatever follows it is a `MalformedError`. What `inspect` and `reopen` return was not delivered,
    /// and is not accepted.
    ///
    /// Raises `DuplicateError` if somebody was faster; `StateError`, `MalformedError`, `VaultError`.
    #[pyo3(signature = (delivery: "Delivery | EnvelopeFile", outcome: "Buffer | None" = None))]
    fn accept(
        &self,
        py: Python<'_>,
        delivery: &Bound<'_, PyAny>,
        outcome: Option<AnyBuffer<'_>>,
    ) -> Answer<()> {
        let (sender, id) = accepted(delivery)?;
        let outcome = outcome.as_ref().map_or(&[][..], AnyBuffer::as_slice);
        let one = Acceptance { sender: &sender, id, outcome };
        let done = self.with(py, |agency| agency.accept_all(&[one]))?;
        Ok(done.into_iter().try_for_each(|one| one)?)
    }

    /// Accepts many at once, which is much faster: pairs of a delivery and its outcome. The answer has, for
    /// each in order, `None` or the exception that `accept` would have raised.
    ///
    /// Raises `VaultError` or `MalformedError`; then none was accepted.
    #[pyo3(signature = (all: "Iterable[tuple[Delivery | EnvelopeFile, Buffer]]") -> "list[VlecError | None]")]
    fn accept_all(&self, py: Python<'_>, all: &Bound<'_, PyAny>) -> Answer<Vec<Option<Py<PyAny>>>> {
        let mut accepting = Vec::new();
        for pair in all.try_iter()? {
            let (delivery, outcome): (Bound<'_, PyAny>, AnyBuffer<'_>) = pair?.extract()?;
            accepting.push((accepted(&delivery)?, outcome));
        }
        let all: Vec<_> = accepting
            .iter()
            .map(|((sender, id), outcome)| Acceptance { sender, id: *id, outcome: outcome.as_slice() })
            .collect();
        let done = self.with(py, |agency| agency.accept_all(&all))?;
        let error = |one: Result<(), vlec::LedgerError>| {
            one.err().map(|error| PyErr::from(Fault::from(error)).into_value(py).into_any())
        };
        Ok(done.into_iter().map(error).collect())
    }

    /// Reads an accepted envelope again, while its epoch lives: no delivery, and nothing is written.
    ///
    /// Raises `StateError` if it was not accepted before, or as `open`.
    #[pyo3(signature = (envelope: "Buffer") -> "Reopened")]
    fn reopen(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = accepted_envelope)] envelope: AnyBuffer<'_>,
    ) -> Answer<Py<Reopened>> {
        let envelope = envelope.as_slice();
        let mut lent = None;
        let manifest = self
            .with(py, |agency| agency.reopen_into(envelope, |len, fill| lent = lend(len, fill)))
            .map_err(|failed| lent_or(&mut lent, failed))?;
        Ok(reopened(py, manifest, given(lent)?)?)
    }

    /// As `reopen`, from the envelope file `source` into the file `target`. The total that `progress` is given is
    /// `None`: `inspect(source).size` gives it.
    ///
    /// Raises as `reopen` and `open_file`.
    #[pyo3(signature = (source: "StrPath", target: "StrPath", *, replace: "bool" = false, progress: "Progress | None" = None) -> "VerifiedManifest")]
    fn reopen_file(
        &self,
        py: Python<'_>,
        source: PathIn,
        target: PathIn,
        replace: bool,
        progress: Option<Bound<'_, PyAny>>,
    ) -> Answer<Py<VerifiedManifest>> {
        let raised = Raised::default();
        let mut watch = Watch::new(progress, None, &raised);
        let manifest = self.with(py, move |agency| {
            agency.reopen_file_watched(&source.0, &target.0, existing(replace), &mut |done| watch.tell(done))
        });
        Ok(verified(py, Held::Verified(Box::new(raised.or(manifest)?)))?)
    }

    /// Verifies who sent an envelope, to whom, when and about what, on its first bytes: a buffer, a path,
    /// or a binary file object. No content is released, nothing is delivered, and nothing is written.
    ///
    /// Raises as `open`, but for what the ledger says.
    ///
    /// >>> other.inspect(agency.seal(b"", to=other.id, labels={"case": "CH-2026-17"})).labels.case
    /// 'CH-2026-17'
    #[pyo3(signature = (source: "Buffer | StrPath | SupportsRead") -> "VerifiedManifest")]
    fn inspect(&self, py: Python<'_>, source: Input<'_>) -> Answer<Py<VerifiedManifest>> {
        let agency = self.handle(py)?;
        let manifest = source.run(py, move |input| Ok(agency.inspect(input)?))?;
        Ok(verified(py, Held::Verified(Box::new(manifest)))?)
    }

    /// A delivery that arrived before and is not accepted yet, from its first bytes, to be accepted now: as after a
    /// crash between `open` and `accept`. Nothing is released, and nothing is written.
    ///
    /// It is for those who know that its content was read then. That it arrived does not say so: a copy that is
    /// damaged behind its first bytes has arrived, too. Who does not know it uses `open`.
    ///
    /// Raises `StateError` if it was never opened, `DuplicateError` if it was accepted, and as `inspect`.
    #[pyo3(signature = (source: "Buffer | StrPath | SupportsRead") -> "Delivery")]
    fn pending(&self, py: Python<'_>, source: Input<'_>) -> Answer<Py<Delivery>> {
        let agency = self.handle(py)?;
        let manifest = source.run(py, move |input| Ok(agency.pending(input)?))?;
        let held = Held::Verified(Box::new(manifest));
        Ok(delivery(py, held, vlec::Arrival::Again, Complete::whole())?)
    }

    /// What one sender signed under one id: nothing, or the first and up to three others, which convinces a third
    /// party. The manifests are there until the epochs have ended that they were sealed to; afterwards their
    /// digests and signatures are.
    ///
    /// Raises `VaultError`.
    fn conflicts(
        &self,
        py: Python<'_>,
        sender: Name<AgencyId>,
        id: Name<EnvelopeId>,
    ) -> Answer<Vec<Evidence>> {
        let all = self.with(py, move |agency| agency.conflicts(&sender.0, &id.0))?;
        Ok(all.into_iter().map(Evidence).collect())
    }
}

fn given(lent: Lent) -> Answer<Py<PyBytes>> {
    Ok(lent.unwrap_or_else(|| Err(PyMemoryError::new_err(())))?)
}

/// Sender and id of what is to be accepted: what was opened, to its end.
fn accepted(delivery: &Bound<'_, PyAny>) -> Answer<(AgencyId, EnvelopeId)> {
    let py = delivery.py();
    let of = match delivery.cast::<Delivery>() {
        Ok(delivery) => delivery.clone(),
        Err(_) => {
            let file = py.import("vlec._reader")?.getattr("EnvelopeFile")?;
            if !delivery.is_instance(&file)? {
                let text = "only what was opened is accepted: a Delivery or an EnvelopeFile";
                return Err(PyTypeError::new_err(text).into());
            }
            // Reading what there is does not say that nothing follows it.
            delivery.call_method0("_look_for_end")?;
            delivery.getattr("delivery")?.cast_into::<Delivery>().map_err(PyErr::from)?
        }
    };
    if !of.get().complete.is_whole() {
        let text =
            "the content has not been read to its end: read on until nothing comes, then accept the file";
        return Err(vlec::Error::State(text).into());
    }
    let manifest: &Manifest = of.as_super().as_super().get();
    Ok((parse(py, manifest.sender())?, parse(py, &manifest.id())?))
}

/// Where content goes that is not copied from path to path.
enum Target {
    Path(std::path::PathBuf, vlec::Existing),
    File(PyFile),
}

/// Writes all content, watched: how much there is, the manifest has said.
fn copy<R: Read>(
    mut stream: vlec::EnvelopeStream<R>,
    target: Target,
    watch: Watch,
) -> Answer<(Held, vlec::Arrival)> {
    let watch = watch.of(stream.manifest().content_len);
    let about = match target {
        Target::Path(path, existing) => {
            let new = |path: &std::path::Path| vlec::NewFile::create(path, existing);
            let mut output = Watched { to: new(&path).map_err(vlec::EnvelopeError::from)?, watch };
            output.begin()?;
            stream.copy_to(&mut output)?;
            let about = stream.finish()?;
            output.to.finish().map_err(vlec::EnvelopeError::from)?;
            about
        }
        Target::File(file) => {
            let mut output = Watched { to: file, watch };
            output.begin()?;
            stream.copy_to(&mut output)?;
            let failed = |source| vlec::EnvelopeError::Io { doing: "write the content", source };
            output.flush().map_err(failed)?;
            stream.finish()?
        }
    };
    let arrival = about.arrival();
    Ok((Held::Verified(Box::new(about.into_manifest())), arrival))
}

/// An output whose writing is watched.
struct Watched<W> {
    to: W,
    watch: Watch,
}

impl<W> Watched<W> {
    fn begin(&mut self) -> Answer<()> {
        match self.watch.tell(0) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(vlec::EnvelopeError::Cancelled.into()),
        }
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        match self.watch.add(written as u64) {
            ControlFlow::Continue(()) => Ok(written),
            ControlFlow::Break(()) => Err(std::io::Error::other("stopped")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// As a file object.
fn file_of(py: Python<'_>, reading: Reading) -> Answer<Bound<'_, PyAny>> {
    Ok(py.import("vlec._reader")?.getattr("EnvelopeFile")?.call1((reading,))?)
}
