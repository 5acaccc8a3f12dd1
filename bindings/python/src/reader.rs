//! An opened envelope's content, read at any place or from front to back.

use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PySlice};
use pyo3::{PyTraverseError, PyVisit};
use vlec::{EnvelopeReader, EnvelopeStream};

use crate::buffer::zeroed;
use crate::fault::{Answer, Fault, Raised, busy, closed, work};
use crate::files::{ReadSend, Reference, SeekSend};
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
    /// How many bytes of content lie before the next.
    at: AtomicU64,
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
        Ok(Self::new(Source::OfFile(reader), Reference::default(), Raised::default(), complete, delivery))
    }

    pub(crate) fn anywhere(
        py: Python<'_>,
        reader: EnvelopeReader<Box<dyn SeekSend>>,
        file: Reference,
        raised: Raised,
    ) -> PyResult<Self> {
        let complete = Complete::whole();
        let delivery = delivery(py, Held::copy(reader.manifest()), reader.arrival(), complete.clone())?;
        Ok(Self::new(Source::Anywhere(reader), file, raised, complete, delivery))
    }

    pub(crate) fn front_to_back(
        py: Python<'_>,
        stream: EnvelopeStream<Box<dyn ReadSend>>,
        file: Reference,
        raised: Raised,
    ) -> PyResult<Self> {
        let complete = Complete::not_yet();
        let delivery = delivery(py, Held::of_stream(&stream), stream.arrival(), complete.clone())?;
        Ok(Self::new(Source::FrontToBack(stream), file, raised, complete, delivery))
    }

    fn new(
        source: Source,
        file: Reference,
        raised: Raised,
        complete: Complete,
        delivery: Py<Delivery>,
    ) -> Self {
        let seekable = !matches!(source, Source::FrontToBack(_));
        let (state, at) = (Mutex::new(State::Here(Box::new(source))), AtomicU64::new(0));
        Self { state, file, raised, complete, at, delivery, seekable }
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

/// A view of the bytes of a buffer that can be written to; nothing if it has none.
fn writable<'py>(buffer: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyMemoryView>>> {
    let view = PyMemoryView::from(buffer)?;
    if view.getattr("readonly")?.extract()? {
        return Err(PyTypeError::new_err("a buffer that can be written to is needed, as a bytearray"));
    }
    if view.getattr("nbytes")?.extract::<usize>()? == 0 {
        return Ok(None);
    }
    Ok(Some(view.call_method1("cast", ("B",))?.cast_into()?))
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
    #[pyo3(signature = (buffer: "Buffer", /) -> "int")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> Answer<usize> {
        // What cannot be written to is known before content is taken out.
        let Some(target) = writable(buffer)? else { return Ok(0) };
        let mut content = zeroed(target.len()?.min(PIECE))?;
        let out = &mut content[..];
        let read = self.with(py, move |source| match source {
            Source::OfFile(reader) => reader.read(out),
            Source::Anywhere(reader) => reader.read(out),
            Source::FrontToBack(stream) => stream.read(out),
        })?;
        if read == 0 {
            self.complete.set();
        }
        self.at.fetch_add(read as u64, Ordering::Relaxed);
        let part = target.get_item(PySlice::new(py, 0, read.try_into().map_err(PyErr::from)?, 1))?;
        PyBuffer::<u8>::get(&part)?.copy_from_slice(py, content.get(..read).unwrap_or_default())?;
        Ok(read)
    }

    /// How many bytes of content lie before the next.
    fn tell(&self) -> u64 {
        self.at.load(Ordering::Relaxed)
    }

    /// Moves to a place in the content, as `io.IOBase.seek` does.
    #[pyo3(signature = (offset, whence = 0, /))]
    fn seek(&self, py: Python<'_>, offset: i64, whence: i32) -> Answer<u64> {
        if !self.seekable {
            let text = "this envelope is read from front to back";
            let error = py.import("io")?.getattr("UnsupportedOperation")?.call1((text,))?;
            return Err(PyErr::from_value(error).into());
        }
        let to = match (whence, u64::try_from(offset)) {
            (0, Ok(offset)) => SeekFrom::Start(offset),
            (1, _) => SeekFrom::Current(offset),
            (2, _) => SeekFrom::End(offset),
            _ => return Err(PyValueError::new_err("no such place in the content").into()),
        };
        let at = self.with(py, move |source| match source {
            Source::OfFile(reader) => reader.seek(to),
            Source::Anywhere(reader) => reader.seek(to),
            Source::FrontToBack(_) => Err(std::io::Error::from(std::io::ErrorKind::NotSeekable)),
        })?;
        self.at.store(at, Ordering::Relaxed);
        Ok(at)
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
