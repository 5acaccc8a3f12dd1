//! An opened envelope's content, read at any place or from front to back.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PySlice};
use pyo3::{PyTraverseError, PyVisit};
use vlec::{EnvelopeReader, EnvelopeStream};

use crate::buffer::zeroed;
use crate::fault::{Answer, Fault, busy, closed, work};
use crate::files::{Raised, ReadSend, Reference, SeekSend};
use crate::manifest::{Complete, Delivery, Held, delivery};

enum Source {
    OfFile(EnvelopeReader<std::fs::File>),
    Anywhere(EnvelopeReader<Box<dyn SeekSend>>),
    FrontToBack(EnvelopeStream<Box<dyn ReadSend>>),
}

/// What is in the place of the source. No lock is held while it is read: that may call Python, which may
/// call anything.
enum State {
    Here(Box<Source>),
    Busy,
    Closed,
}

/// At most so much is read in one call, whatever was asked for.
const PIECE: usize = 1 << 20;

/// What `python/vlec/_reader.py` makes a file object of.
#[pyclass(frozen, module = "vlec._vlec")]
pub struct Reading {
    state: Mutex<State>,
    /// To the source, where that is a file object.
    file: Reference,
    raised: Raised,
    complete: Complete,
    /// What was opened.
    #[pyo3(get)]
    delivery: Py<Delivery>,
    /// Whether it can be read at any place.
    #[pyo3(get)]
    seekable: bool,
}

impl Reading {
    pub(crate) fn of_file(py: Python<'_>, reader: EnvelopeReader<std::fs::File>) -> PyResult<Self> {
        let complete = Complete::whole();
        let delivery = delivery(py, Held::copy(reader.manifest()), reader.arrival(), complete.clone())?;
        let (state, raised) = (here(Source::OfFile(reader)), Raised::default());
        Ok(Self { state, file: Reference::default(), raised, complete, delivery, seekable: true })
    }

    pub(crate) fn anywhere(
        py: Python<'_>,
        reader: EnvelopeReader<Box<dyn SeekSend>>,
        file: Reference,
        raised: Raised,
    ) -> PyResult<Self> {
        let complete = Complete::whole();
        let delivery = delivery(py, Held::copy(reader.manifest()), reader.arrival(), complete.clone())?;
        let state = here(Source::Anywhere(reader));
        Ok(Self { state, file, raised, complete, delivery, seekable: true })
    }

    pub(crate) fn front_to_back(
        py: Python<'_>,
        stream: EnvelopeStream<Box<dyn ReadSend>>,
        file: Reference,
        raised: Raised,
    ) -> PyResult<Self> {
        let complete = Complete::not_yet();
        let delivery = delivery(py, Held::copy(stream.manifest()), stream.arrival(), complete.clone())?;
        let state = here(Source::FrontToBack(stream));
        Ok(Self { state, file, raised, complete, delivery, seekable: false })
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&mut Source) -> std::io::Result<T> + Send,
    ) -> Answer<T> {
        let mut source = match self.take() {
            State::Here(source) => source,
            State::Busy => return Err(busy(py, "envelope").into()),
            State::Closed => return Err(closed(py, "envelope").into()),
        };
        let done = work(py, || {
            let done = run(&mut source);
            // Closed meanwhile, it stays so, and the source is let go without the interpreter.
            drop(self.put_back(source));
            done
        });
        match done {
            Ok(done) => self.raised.or(done.map_err(failed)),
            Err(fault) => {
                self.replace(State::Closed);
                Err(fault.into())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, state: State) -> State {
        std::mem::replace(&mut *self.lock(), state)
    }

    /// The source, to be put back; or why it is not here.
    fn take(&self) -> State {
        let mut state = self.lock();
        match *state {
            State::Closed => State::Closed,
            _ => std::mem::replace(&mut *state, State::Busy),
        }
    }

    fn put_back(&self, source: Box<Source>) -> Option<Box<Source>> {
        let mut state = self.lock();
        if matches!(*state, State::Closed) {
            return Some(source);
        }
        *state = State::Here(source);
        None
    }
}

fn here(source: Source) -> Mutex<State> {
    Mutex::new(State::Here(Box::new(source)))
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
        let mut content = zeroed(target.item_count().min(PIECE))?;
        let out = &mut content[..];
        let read = self.with(py, move |source| match source {
            Source::OfFile(reader) => reader.read(out),
            Source::Anywhere(reader) => reader.read(out),
            Source::FrontToBack(stream) => stream.read(out),
        })?;
        if read == 0 && !content.is_empty() {
            self.complete.set();
        }
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
        let before = self.replace(State::Closed);
        work(py, move || drop(before))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.delivery)?;
        self.file.traverse(&visit)
    }

    fn __clear__(&self) {
        self.file.clear();
    }

    fn __repr__(&self) -> &'static str {
        "Reading(…)"
    }
}
