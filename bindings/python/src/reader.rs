//! An opened envelope's content, read at any place or from front to back.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PySlice};
use vlec::{EnvelopeReader, EnvelopeStream};
use zeroize::Zeroizing;

use crate::fault::{Answer, Fault, closed, work};
use crate::files::{Raised, ReadSend, SeekSend};
use crate::manifest::{Delivery, Held, delivery};

enum Source {
    OfFile(EnvelopeReader<std::fs::File>),
    Anywhere(EnvelopeReader<Box<dyn SeekSend>>),
    FrontToBack(EnvelopeStream<Box<dyn ReadSend>>),
}

/// What `python/vlec/_reader.py` makes a file object of.
#[pyclass(frozen, module = "vlec._vlec")]
pub struct Reading {
    source: Mutex<Option<Source>>,
    raised: Raised,
    /// What was opened.
    #[pyo3(get)]
    delivery: Py<Delivery>,
    /// Whether it can be read at any place.
    #[pyo3(get)]
    seekable: bool,
}

impl Reading {
    pub(crate) fn of_file(py: Python<'_>, reader: EnvelopeReader<std::fs::File>) -> PyResult<Self> {
        let delivery = delivery(py, Held::copy(reader.manifest()), reader.arrival())?;
        let (source, raised) = (Mutex::new(Some(Source::OfFile(reader))), Raised::default());
        Ok(Self { source, raised, delivery, seekable: true })
    }

    pub(crate) fn anywhere(
        py: Python<'_>,
        reader: EnvelopeReader<Box<dyn SeekSend>>,
        raised: Raised,
    ) -> PyResult<Self> {
        let delivery = delivery(py, Held::copy(reader.manifest()), reader.arrival())?;
        Ok(Self { source: Mutex::new(Some(Source::Anywhere(reader))), raised, delivery, seekable: true })
    }

    pub(crate) fn front_to_back(
        py: Python<'_>,
        stream: EnvelopeStream<Box<dyn ReadSend>>,
        raised: Raised,
    ) -> PyResult<Self> {
        let delivery = delivery(py, Held::copy(stream.manifest()), stream.arrival())?;
        Ok(Self { source: Mutex::new(Some(Source::FrontToBack(stream))), raised, delivery, seekable: false })
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&mut Source) -> std::io::Result<T> + Send,
    ) -> Answer<T> {
        let done = work(py, || {
            let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
            source.as_mut().map(run)
        })?;
        match done {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => self.raised.or(Err(failed(error))),
            None => Err(closed(py, "envelope").into()),
        }
    }
}

/// The library's own error, which `Read` has wrapped.
fn failed(error: std::io::Error) -> Fault {
    match error.downcast::<vlec::EnvelopeError>() {
        Ok(error) => error.into(),
        Err(source) if source.kind() == std::io::ErrorKind::InvalidInput => {
            Fault::Python(PyValueError::new_err(source.to_string()))
        }
        Err(source) => vlec::EnvelopeError::Io { doing: "read the envelope", source }.into(),
    }
}

#[pymethods]
impl Reading {
    /// Reads verified content into `buffer`; 0 at the end.
    #[pyo3(signature = (buffer: "Buffer") -> "int")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> Answer<usize> {
        let target = PyBuffer::<u8>::get(buffer)?;
        let mut content = Zeroizing::new(vec![0; target.item_count()]);
        let out = &mut content[..];
        let read = self.with(py, move |source| match source {
            Source::OfFile(reader) => reader.read(out),
            Source::Anywhere(reader) => reader.read(out),
            Source::FrontToBack(stream) => stream.read(out),
        })?;
        // A slice of the view is a view; of a bytearray it would be a copy.
        let end = read.try_into().unwrap_or_default();
        let part = PyMemoryView::from(buffer)?.get_item(PySlice::new(py, 0, end, 1))?;
        PyBuffer::<u8>::get(&part)?.copy_from_slice(py, content.get(..read).unwrap_or_default())?;
        Ok(read)
    }

    /// Moves to a place in the content, as `io.IOBase.seek` does.
    fn seek(&self, py: Python<'_>, offset: i64, whence: i32) -> Answer<u64> {
        let to = match (whence, u64::try_from(offset)) {
            (0, Ok(offset)) => SeekFrom::Start(offset),
            (1, _) => SeekFrom::Current(offset),
            (2, _) => SeekFrom::End(offset),
            _ => return Err(PyValueError::new_err("no such place in the content").into()),
        };
        self.with(py, move |source| match source {
            Source::OfFile(reader) => reader.seek(to),
            Source::Anywhere(reader) => reader.seek(to),
            Source::FrontToBack(_) => Err(std::io::Error::from(std::io::ErrorKind::NotSeekable)),
        })
    }

    /// Lets go of the envelope.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        // Another thread that reads may need the interpreter to come to its end.
        work(py, || drop(self.source.lock().unwrap_or_else(PoisonError::into_inner).take()))
    }

    fn __repr__(&self) -> &'static str {
        "Reading(…)"
    }
}
