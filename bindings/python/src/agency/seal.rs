//! Sealing.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use vlec::{Existing, Letter};

use super::Agency;
use crate::buffer::{AnyBuffer, content, lend};
use crate::convert::{PaddingEnum, borrowed};
use crate::fault::{Answer, Fault, Raised};
use crate::files::{PathIn, Place, PyFile, Watch};
use crate::letter::Draft;
use crate::status::Sealed;

/// Whether a file that has the output's name is replaced.
pub(crate) fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Refuse }
}

#[pymethods]
impl Agency {
    /// Seals `content`, any contiguous buffer, and returns the envelope.
    ///
    /// `to` names one recipient or several, `type` the content's media type, `application/octet-stream` unless it is given, and
    /// `labels` what it is about.
    ///
    /// Raises `RosterStaleError` if the rosters are too old, `RejectedError` if they do not allow it,
    /// `MalformedError` for names, labels or types that are not of their form, `StateError`, `VaultError`.
    ///
    /// >>> sealed = agency.seal(b"whose car is this?", to="MD/igp/search", type="text/plain",
    /// ...                      labels={"case": "CH-2026-17"})
    /// >>> EnvelopeHeader.read(sealed).recipients
    /// 1
    #[pyo3(signature = (content: "Buffer", *, to: "str | Iterable[str]", r#type: "str" = "application/octet-stream", labels: "Labels | LabelsDict | None" = None, padding: "Padding | None" = None, extensions: "Mapping[int, Buffer] | None" = None) -> "bytes")]
    #[allow(clippy::too_many_arguments, reason = "keyword options of Python")]
    fn seal(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = content)] content: AnyBuffer<'_>,
        to: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = borrowed)] r#type: &str,
        labels: Option<&Bound<'_, PyAny>>,
        padding: Option<PaddingEnum>,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> Answer<Py<PyBytes>> {
        let letter = Draft { to, content_type: r#type, labels, padding, extensions }.letter()?;
        let content = content.as_slice();
        let mut lent = None;
        self.with(py, |agency| agency.seal_into(&letter, content, |len, fill| lent = lend(len, fill)))
            .map_err(|failed| lent_or(&mut lent, failed))?;
        lent.unwrap_or_else(|| Err(pyo3::exceptions::PyMemoryError::new_err(()))).map_err(Fault::Python)
    }

    /// Seals what is in `source` into the envelope `target`; each is a path, or a binary file object.
    ///
    /// A file that has the target's name is kept, unless `replace`. `progress(done, total)` is called on
    /// this thread; what it raises, as Ctrl-C, stops the work and comes out as it is. On any error there is
    /// no file, and nothing was written to a file object unless writing itself failed, or the source has changed
    /// since. From a path, nothing is spooled; from a file object, the sealed body is, in the folder of the target, or
    /// in the folder `spool`: the system's for temporary files (`TMPDIR`) unless it is given.
    ///
    /// Raises `FileError`, or as `seal`.
    #[pyo3(signature = (source: "StrPath | SupportsRead", target: "StrPath | SupportsWrite", *, to: "str | Iterable[str]", r#type: "str" = "application/octet-stream", labels: "Labels | LabelsDict | None" = None, padding: "Padding | None" = None, extensions: "Mapping[int, Buffer] | None" = None, replace: "bool" = false, progress: "Progress | None" = None, spool: "StrPath | None" = None) -> "Sealed")]
    #[allow(clippy::too_many_arguments, reason = "keyword options of Python")]
    fn seal_file(
        &self,
        py: Python<'_>,
        source: Place<'_>,
        target: Place<'_>,
        to: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = borrowed)] r#type: &str,
        labels: Option<&Bound<'_, PyAny>>,
        padding: Option<PaddingEnum>,
        extensions: Option<&Bound<'_, PyAny>>,
        replace: bool,
        progress: Option<Bound<'_, PyAny>>,
        spool: Option<PathIn>,
    ) -> Answer<Sealed> {
        let letter = Draft { to, content_type: r#type, labels, padding, extensions }.letter()?;
        let raised = Raised::default();
        let total = match &source {
            Place::Path(path) => std::fs::metadata(path).ok().map(|metadata| metadata.len()),
            Place::File(_) => None,
        };
        let watch = Watch::new(progress, total, &raised);
        let sealed = match (source, target) {
            (Place::Path(from), Place::Path(to)) => self.seal_path(py, &letter, &from, &to, replace, watch),
            (Place::Path(from), Place::File(to)) => {
                let (output, mut watch) = (PyFile::new(to, &raised), watch);
                self.with(py, move |agency| {
                    agency.seal_file_to(&letter, &from, output, &mut |done| watch.tell(done))
                })
            }
            (Place::File(from), Place::Path(to)) => {
                let input = Watched(PyFile::new(from, &raised), watch);
                self.with(py, move |agency| agency.seal_pipe_to_file(&letter, input, &to, existing(replace)))
            }
            (Place::File(from), Place::File(to)) => {
                let output = PyFile::new(to, &raised);
                let spool = spool.map_or_else(std::env::temp_dir, |path| path.0);
                let input = Watched(PyFile::new(from, &raised), watch);
                self.with(py, move |agency| agency.seal_pipe(&letter, input, output, &spool))
            }
        };
        raised.or(sealed).map(Sealed::from)
    }
}

impl Agency {
    fn seal_path(
        &self,
        py: Python<'_>,
        letter: &Letter,
        from: &std::path::Path,
        to: &std::path::Path,
        replace: bool,
        mut watch: Watch,
    ) -> Answer<vlec::Sealed> {
        self.with(py, move |agency| {
            agency.seal_file_watched(letter, from, to, existing(replace), &mut |done| watch.tell(done))
        })
    }
}

/// An input whose reading is watched.
struct Watched(PyFile, Watch);

impl std::io::Read for Watched {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(out)?;
        if read == 0 {
            return Ok(0);
        }
        match self.1.add(read as u64) {
            std::ops::ControlFlow::Continue(()) => Ok(read),
            std::ops::ControlFlow::Break(()) => Err(std::io::Error::other("stopped")),
        }
    }
}

/// Why the memory could not be had, rather than that there was none.
pub(super) fn lent_or(lent: &mut crate::buffer::Lent, failed: Fault) -> Fault {
    match lent.take() {
        Some(Err(error)) => Fault::Python(error),
        _ => failed,
    }
}
