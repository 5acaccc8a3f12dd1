//! Paths and Python's file objects as the library's inputs and outputs, and who watches.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyo3::exceptions::{PyBlockingIOError, PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::buffer::{AnyBuffer, Bytes};
use crate::convert::expected;
use crate::fault::{Answer, Fault, Raised, failed, work};

/// A binary file object. After it has raised, it is not called again.
pub(crate) struct PyFile {
    file: Arc<Mutex<Option<Py<PyAny>>>>,
    raised: Raised,
}

impl PyFile {
    pub(crate) fn new(file: Bound<'_, PyAny>, raised: &Raised) -> Self {
        Self { file: Arc::new(Mutex::new(Some(file.unbind()))), raised: raised.clone() }
    }

    /// For the collector of cycles.
    pub(crate) fn reference(&self) -> Reference {
        Reference(Arc::downgrade(&self.file))
    }

    fn call<T>(&self, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> io::Result<T> {
        if self.raised.has() {
            return Err(failed());
        }
        Python::attach(|py| {
            py.check_signals()?;
            let file = self
                .file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_ref()
                .map(|file| file.clone_ref(py));
            let file = file.ok_or_else(|| PyValueError::new_err("the file object is gone"))?;
            call(file.bind(py))
        })
        .map_err(|error| self.raised.keep(error))
    }
}

/// The system's number for what would have to wait.
const EAGAIN: i32 = 11;

/// A method of a file object that has not returned what such a method returns.
fn returned(what: &Bound<'_, PyAny>, method: &str, expected: &str) -> PyErr {
    let class = what.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("{method}() of the file object has returned {class}, not {expected}"))
}

/// The one reference that a [`PyFile`] has to its file object, for as long as there is a `PyFile`. A file
/// object that knows who reads it is a cycle, which Python's collector finds and breaks with this.
#[derive(Default)]
pub(crate) struct Reference(Weak<Mutex<Option<Py<PyAny>>>>);

impl Reference {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(file) = self.0.upgrade() else { return Ok(()) };
        // Who holds the lock is about to use the object: it is no garbage.
        let Ok(file) = file.try_lock() else { return Ok(()) };
        visit.call(file.as_ref())
    }

    pub(crate) fn clear(&self) {
        let file = self.0.upgrade();
        // Not under the lock: letting go of an object may call anything.
        let gone = file.and_then(|file| file.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(gone);
    }
}

impl Read for PyFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.call(|file| {
            let chunk = file.call_method1("read", (out.len(),))?;
            if chunk.is_none() {
                let text = "the file object does not block and has nothing to read now: have it block, as with \
                            os.set_blocking, or read it to its end first";
                return Err(PyBlockingIOError::new_err((EAGAIN, text)));
            }
            if chunk.cast::<PyString>().is_ok() {
                return Err(PyTypeError::new_err("the file object gives text: open it in binary mode"));
            }
            let chunk: AnyBuffer<'_> = chunk.extract().map_err(|_| returned(&chunk, "read", "bytes"))?;
            let chunk = chunk.as_slice();
            let into = out.get_mut(..chunk.len());
            let into =
                into.ok_or_else(|| PyValueError::new_err("read() has returned more than was asked for"))?;
            into.copy_from_slice(chunk);
            Ok(chunk.len())
        })
    }
}

impl Write for PyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call(|file| {
            let written = file.call_method1("write", (PyBytes::new(file.py(), bytes),))?;
            if written.is_none() {
                let text = "write() has returned None: the file object does not block and takes nothing now, or it \
                            does not say how many bytes it has taken";
                return Err(PyBlockingIOError::new_err((EAGAIN, text)));
            }
            let count: i128 = written.extract().map_err(|_| returned(&written, "write", "a number of bytes"))?;
            match usize::try_from(count) {
                Ok(count) if count <= bytes.len() => Ok(count),
                Ok(_) => Err(PyValueError::new_err("write() has returned more than there was")),
                Err(_) => Err(PyValueError::new_err("write() has returned what is no number of bytes")),
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call(|file| match file.hasattr("flush")? {
            true => file.call_method0("flush").map(drop),
            false => Ok(()),
        })
    }
}

impl Seek for PyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.call(|file| {
            let at = match to {
                SeekFrom::Start(at) => file.call_method1("seek", (at, 0))?,
                SeekFrom::Current(by) => file.call_method1("seek", (by, 1))?,
                SeekFrom::End(by) => file.call_method1("seek", (by, 2))?,
            };
            at.extract().map_err(|_| returned(&at, "seek", "a position"))
        })
    }
}

/// Calls `progress(done, total)` on the caller's thread, and notices Ctrl-C.
pub(crate) struct Watch {
    progress: Option<Py<PyAny>>,
    total: Option<u64>,
    done: u64,
    raised: Raised,
}

impl Watch {
    pub(crate) fn new(progress: Option<Bound<'_, PyAny>>, total: Option<u64>, raised: &Raised) -> Self {
        Self { progress: progress.map(Bound::unbind), total, done: 0, raised: raised.clone() }
    }

    /// Of so many.
    pub(crate) fn of(self, total: u64) -> Self {
        Self { total: Some(total), ..self }
    }

    /// So many more bytes are done.
    pub(crate) fn add(&mut self, more: u64) -> ControlFlow<()> {
        self.tell(self.done.saturating_add(more))
    }

    /// So many bytes are done.
    pub(crate) fn tell(&mut self, done: u64) -> ControlFlow<()> {
        self.done = done;
        if self.raised.has() {
            return ControlFlow::Break(());
        }
        let told = Python::attach(|py| {
            py.check_signals()?;
            match &self.progress {
                Some(progress) => progress.call1(py, (done, self.total)).map(drop),
                None => Ok(()),
            }
        });
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                let _kept = self.raised.keep(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// A path.
pub(crate) struct PathIn(pub(crate) PathBuf);

impl FromPyObject<'_, '_> for PathIn {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        path(&from, "a path (str or os.PathLike)").map(Self)
    }
}

/// Paths, out of the way of a call that takes any number of them.
pub(crate) fn paths(from: &Bound<'_, PyTuple>) -> PyResult<Vec<PathBuf>> {
    from.iter().map(|one| one.extract::<PathIn>().map(|path| path.0)).collect()
}

fn path(from: &Bound<'_, PyAny>, what: &str) -> PyResult<PathBuf> {
    let wrong = |error: PyErr| match error.is_instance_of::<PyTypeError>(from.py()) {
        true if from.is_instance_of::<PyBytes>() => {
            PyTypeError::new_err(format!("{what} is expected, not bytes: for a path use os.fsdecode first"))
        }
        true => expected(from, what),
        false => error,
    };
    from.extract().map_err(wrong)
}

/// Whether it names a file, as a `pathlib.Path` does.
pub(crate) fn is_path_like(from: &Bound<'_, PyAny>) -> PyResult<bool> {
    from.hasattr("__fspath__")
}

/// Longer than any event or note.
pub(crate) const SHORT: u64 = 1 << 20;

/// What is in a file, of which no more than `limit` bytes are read: what is longer is not of its form.
pub(crate) fn contents(from: &Bound<'_, PyAny>, limit: u64) -> Answer<Vec<u8>> {
    let PathIn(path) = from.extract()?;
    work(from.py(), move || {
        let mut bytes = Vec::new();
        let read = open(&path)?.take(limit).read_to_end(&mut bytes);
        let failed = |source| vlec::DiskError::Io { path, doing: "read the file", source };
        read.map_err(|source| vlec::EnvelopeError::from(failed(source)))?;
        Ok(bytes)
    })?
}

/// A path, or a binary file object.
pub(crate) enum Place<'py> {
    Path(PathBuf),
    File(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Place<'py> {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if from.hasattr("read")? || from.hasattr("write")? {
            return Ok(Self::File(from.to_owned()));
        }
        path(&from, "a path (str or os.PathLike) or a binary file object").map(Self::Path)
    }
}

impl Place<'_> {
    /// As an input that is read from front to back.
    pub(crate) fn reading(self, raised: &Raised) -> Answer<Box<dyn ReadSend>> {
        self.referred(raised).map(|(input, _)| input)
    }

    /// The same, which outlives the call.
    pub(crate) fn referred(self, raised: &Raised) -> Answer<(Box<dyn ReadSend>, Reference)> {
        match self {
            Self::Path(path) => Ok((Box::new(open(&path)?), Reference::default())),
            Self::File(file) => {
                let file = PyFile::new(file, raised);
                let reference = file.reference();
                Ok((Box::new(file), reference))
            }
        }
    }
}

/// An input that may be read on another thread.
pub(crate) trait ReadSend: Read + Send {}
impl<T: Read + Send> ReadSend for T {}

/// One that may be read at any place.
pub(crate) trait SeekSend: Read + Seek + Send {}
impl<T: Read + Seek + Send> SeekSend for T {}

/// Held to the rules of files: what is no regular file is a stream, and comes as a file object.
pub(crate) fn open(path: &Path) -> Answer<vlec::SourceFile> {
    Ok(vlec::SourceFile::open(path).map_err(vlec::EnvelopeError::from)?)
}

/// What is read from front to back: a buffer, a path, or a binary file object.
pub(crate) enum Input<'py> {
    Buffer(Bytes<'py>),
    Place(Place<'py>),
}

impl<'py> FromPyObject<'_, 'py> for Input<'py> {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        // A memory map has both: it is a buffer.
        let is_path = from.cast::<PyString>().is_ok() || is_path_like(&from)?;
        if is_path {
            return from.extract().map(Self::Place);
        }
        match Bytes::of(&from) {
            Ok(bytes) => Ok(Self::Buffer(bytes)),
            Err(error) => {
                // It is no buffer, unless it has said so itself.
                let is_none = error.is_instance_of::<PyTypeError>(from.py())
                    && !from.get_type().hasattr("__buffer__")?;
                match from.hasattr("read")? {
                    _ if !is_none => Err(error),
                    true => Ok(Self::Place(Place::File(from.to_owned()))),
                    false => {
                        let what = "a bytes-like object, a path (str or os.PathLike) or a binary file object";
                        Err(expected(&from, what))
                    }
                }
            }
        }
    }
}

/// Takes bundles one after the other. Each that fails is an exception, with a note of which it was; several are a
/// group, once the others are taken.
pub(crate) fn each_bundle<T>(
    bundles: &Bound<'_, PyTuple>,
    take: impl Fn(Input<'_>) -> Answer<T>,
) -> Answer<Vec<T>> {
    let (py, count) = (bundles.py(), bundles.len());
    let (mut taken, mut failed) = (Vec::new(), Vec::new());
    for (place, bundle) in bundles.iter().enumerate() {
        match bundle.extract().map_err(Fault::from).and_then(&take) {
            Ok(done) => taken.push(done),
            Err(fault) => {
                let error = PyErr::from(fault);
                let name = match bundle.extract::<PathBuf>() {
                    Ok(path) => format!(" ({})", path.display()),
                    Err(_) => String::new(),
                };
                let note = format!("bundle {} of {count}{name} was not taken", place + 1);
                error.value(py).call_method1("add_note", (note,))?;
                // Ctrl-C ends it.
                if !error.is_instance_of::<PyException>(py) {
                    return Err(error.into());
                }
                failed.push(error);
            }
        }
    }
    match failed.len() {
        0 => Ok(taken),
        1 => Err(failed.remove(0).into()),
        several => {
            let text = format!("{several} of {count} bundles were not taken, all others were");
            let errors: Vec<_> = failed.into_iter().map(|error| error.into_value(py)).collect();
            let group = py.import("builtins")?.getattr("ExceptionGroup")?.call1((text, errors))?;
            Err(PyErr::from_value(group).into())
        }
    }
}

impl Input<'_> {
    /// Reads it without the interpreter.
    pub(crate) fn run<T: Send>(
        self,
        py: Python<'_>,
        read: impl FnOnce(&mut dyn Read) -> Answer<T> + Send,
    ) -> Answer<T> {
        match self {
            Self::Buffer(buffer) => {
                let raised = Raised::default();
                let mut bytes = buffer.reader(&raised);
                let done = work(py, move || read(&mut *bytes))?;
                raised.or(done)
            }
            Self::Place(Place::Path(path)) => work(py, move || read(&mut io::BufReader::new(open(&path)?)))?,
            Self::Place(Place::File(file)) => {
                let raised = Raised::default();
                let input = PyFile::new(file, &raised);
                let done = work(py, move || read(&mut io::BufReader::with_capacity(1 << 16, input)))?;
                raised.or(done)
            }
        }
    }
}
