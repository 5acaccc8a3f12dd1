//! Bytes on their way in and out.
//!
//! In: `bytes`, and views into them, are borrowed. Everything else can be written to by others while
//! the interpreter is released, so it is copied first, into memory that is wiped. Out: the result is
//! written straight into a new `bytes`.

use std::io::{self, BufReader, Read};
use std::ops::Range;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyMemoryError, PyTypeError};
use pyo3::ffi;
#[cfg(feature = "introspect")]
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyString};
use vlec::{Fill, Secret};
use zeroize::Zeroizing;

use crate::fault::Raised;

/// What any object with the buffer protocol holds.
pub(crate) enum AnyBuffer<'py> {
    Borrowed(Bound<'py, PyBytes>, Range<usize>),
    Copied(Zeroizing<Vec<u8>>),
}

impl AnyBuffer<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes, range) => bytes.as_bytes().get(range.clone()).unwrap_or_default(),
            Self::Copied(bytes) => bytes,
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for AnyBuffer<'py> {
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const INPUT_TYPE: PyStaticExpr = pyo3::type_hint_identifier!("typing_extensions", "Buffer");

    fn extract(from: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match from.cast::<PyBytes>() {
            Ok(bytes) => Ok(Self::whole(bytes.to_owned())),
            Err(_) => Self::of_view(&from),
        }
    }
}

impl<'py> AnyBuffer<'py> {
    fn whole(bytes: Bound<'py, PyBytes>) -> Self {
        let range = 0..bytes.as_bytes().len();
        Self::Borrowed(bytes, range)
    }

    fn of_view(from: &Bound<'py, PyAny>) -> PyResult<Self> {
        let Some((view, buffer)) = byte_view(from)? else { return Ok(Self::Copied(Zeroizing::default())) };
        if let Some(borrowed) = Self::within_bytes(&view, &buffer)? {
            return Ok(borrowed);
        }
        let mut copy = zeroed(buffer.item_count())?;
        buffer.copy_to_slice(from.py(), &mut copy)?;
        Ok(Self::Copied(copy))
    }

    /// A view into a `bytes`, which nobody can write to.
    fn within_bytes(view: &Bound<'py, PyAny>, buffer: &PyBuffer<u8>) -> PyResult<Option<Self>> {
        let owner = view.getattr("obj")?;
        let Ok(bytes) = owner.cast_into::<PyBytes>() else { return Ok(None) };
        let start = (buffer.buf_ptr() as usize).checked_sub(bytes.as_bytes().as_ptr() as usize);
        let range = start.and_then(|start| Some(start..start.checked_add(buffer.item_count())?));
        let range = range.filter(|range| buffer.readonly() && bytes.as_bytes().get(range.clone()).is_some());
        Ok(range.map(|range| Self::Borrowed(bytes, range)))
    }
}

/// The content of `seal`.
pub(crate) fn content<'py>(from: &Bound<'py, PyAny>) -> PyResult<AnyBuffer<'py>> {
    named(from, "content", "seal_file")
}

/// The envelope of `open`.
pub(crate) fn envelope<'py>(from: &Bound<'py, PyAny>) -> PyResult<AnyBuffer<'py>> {
    named(from, "envelope", "open_file")
}

/// The envelope of `reopen`.
pub(crate) fn accepted_envelope<'py>(from: &Bound<'py, PyAny>) -> PyResult<AnyBuffer<'py>> {
    named(from, "envelope", "reopen_file")
}

/// A buffer for which others would name a file, and the call that takes one.
fn named<'py>(from: &Bound<'py, PyAny>, name: &str, of_path: &str) -> PyResult<AnyBuffer<'py>> {
    if is_buffer(from)? {
        return from.extract();
    }
    let kind = from.get_type().name()?;
    let text = match from.is_instance_of::<PyString>() {
        true => format!("{name} must be bytes-like, not str: encode it first; for a path use {of_path}"),
        false => format!("{name} must be bytes-like, not {kind}: for a path or a file object use {of_path}"),
    };
    Err(PyTypeError::new_err(text))
}

/// Whether it is meant as one: what it says itself when it is asked comes out as it is.
fn is_buffer(from: &Bound<'_, PyAny>) -> PyResult<bool> {
    if from.get_type().hasattr("__buffer__")? {
        return Ok(true);
    }
    match PyMemoryView::from(from) {
        Ok(_) => Ok(true),
        Err(error) => Ok(!error.is_instance_of::<PyTypeError>(from.py())),
    }
}

/// What is read from front to back, and need not be read whole.
pub(crate) enum Bytes<'py> {
    Borrowed(AnyBuffer<'py>),
    /// Of others, who may write to it: each byte is read once.
    Lent(Py<PyAny>),
}

impl<'py> Bytes<'py> {
    pub(crate) fn of(from: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = from.cast::<PyBytes>() {
            return Ok(Self::Borrowed(AnyBuffer::whole(bytes.to_owned())));
        }
        let Some((view, buffer)) = byte_view(from)? else {
            return Ok(Self::Borrowed(AnyBuffer::Copied(Zeroizing::default())));
        };
        Ok(match AnyBuffer::within_bytes(&view, &buffer)? {
            Some(borrowed) => Self::Borrowed(borrowed),
            None => Self::Lent(view.unbind()),
        })
    }

    pub(crate) fn reader<'a>(&'a self, raised: &'a Raised) -> Box<dyn Read + Send + 'a> {
        match self {
            Self::Borrowed(bytes) => Box::new(bytes.as_slice()),
            Self::Lent(view) => Box::new(BufReader::with_capacity(1 << 16, Lender { view, at: 0, raised })),
        }
    }
}

/// Reads a piece at a time, with the interpreter.
struct Lender<'a> {
    view: &'a Py<PyAny>,
    at: usize,
    raised: &'a Raised,
}

impl Read for Lender<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let copied = Python::attach(|py| -> PyResult<usize> {
            py.check_signals()?;
            let end = self.at.saturating_add(out.len());
            let piece =
                self.view.bind(py).get_item(PySlice::new(py, self.at.try_into()?, end.try_into()?, 1))?;
            let piece = PyBuffer::<u8>::get(&piece)?;
            let read = piece.item_count();
            piece.copy_to_slice(py, out.get_mut(..read).unwrap_or_default())?;
            self.at += read;
            Ok(read)
        });
        copied.map_err(|error| self.raised.keep(error))
    }
}

/// A buffer as bytes, whatever its items are; nothing if there are none.
fn byte_view<'py>(from: &Bound<'py, PyAny>) -> PyResult<Option<(Bound<'py, PyAny>, PyBuffer<u8>)>> {
    let view = match PyMemoryView::from(from) {
        Err(_) if !is_buffer(from)? => return Err(no_buffer(from)?),
        view => view?,
    };
    if !view.getattr("c_contiguous")?.extract::<bool>()? {
        let text =
            "the buffer is not contiguous: pass a copy, as bytes(view) or numpy.ascontiguousarray(array)";
        return Err(PyBufferError::new_err(text));
    }
    if view.getattr("nbytes")?.extract::<usize>()? == 0 {
        return Ok(None);
    }
    let view = view.call_method1("cast", ("B",))?;
    let buffer = PyBuffer::<u8>::get(&view)?;
    Ok(Some((view, buffer)))
}

fn no_buffer(from: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let remedy = match () {
        () if from.is_instance_of::<PyString>() => ": encode it first",
        () if from.hasattr("__fspath__")? => ": read it first, as path.read_bytes()",
        () => "",
    };
    let kind = from.get_type().name()?;
    Ok(PyTypeError::new_err(format!("a bytes-like object is expected, not {kind}{remedy}")))
}

/// Memory of a length that is the caller's word: `MemoryError` where there is none, and wiped.
pub(crate) fn zeroed(len: usize) -> PyResult<Zeroizing<Vec<u8>>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| PyMemoryError::new_err(()))?;
    bytes.resize(len, 0);
    Ok(Zeroizing::new(bytes))
}

/// Exactly 32 bytes, into memory that is wiped.
pub(crate) fn secret(from: &Bound<'_, PyAny>) -> PyResult<Option<Secret<32>>> {
    let buffer: AnyBuffer<'_> = from.extract()?;
    match <&[u8; 32]>::try_from(buffer.as_slice()) {
        Ok(bytes) => Ok(Some(Secret::new(|secret| secret.copy_from_slice(bytes)))),
        Err(_) => Ok(None),
    }
}

/// A `bytes` that the library has filled, or why there is none.
pub(crate) type Lent = Option<PyResult<Py<PyBytes>>>;

/// Lets the library fill a new `bytes`: the interpreter is there to make it, not while it is filled.
pub(crate) fn lend(len: usize, fill: Fill<'_>) -> Lent {
    Some(Python::attach(|py| {
        let new = if len < LARGE { small(py, len, fill) } else { large(py, len, fill) };
        new.map(Bound::unbind)
    }))
}

/// From this length on, memory comes from the system, whose pages are zeros already.
const LARGE: usize = 1 << 16;

fn small<'py>(py: Python<'py>, len: usize, fill: Fill<'_>) -> PyResult<Bound<'py, PyBytes>> {
    let filled = |out: &mut [u8]| {
        py.detach(|| fill(out));
        Ok(())
    };
    PyBytes::new_with(py, len, filled)
}

/// `bytes(len)`: zeros that nobody has to write. [`PyBytes::new_with`] writes them, on this thread, which for
/// large content takes a good part of the time in which all threads fill them.
#[expect(unsafe_code, reason = "PyO3 lends memory of a new `bytes` only after it has written zeros to it")]
fn large<'py>(py: Python<'py>, len: usize, fill: Fill<'_>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = py.get_type::<PyBytes>().call1((len,))?.cast_into_exact::<PyBytes>()?;
    debug_assert_eq!(bytes.as_bytes().len(), len);
    // SAFETY: a `bytes`, of which Python gives the address of its bytes.
    let start = unsafe { ffi::PyBytes_AsString(bytes.as_ptr()) };
    // SAFETY: `len` bytes of an object that was made here, all of them initialised. Nobody else has a reference
    // to it, and it stays alive and unseen until this function returns it.
    let out = unsafe { std::slice::from_raw_parts_mut(start.cast::<u8>(), len) };
    py.detach(|| fill(out));
    Ok(bytes)
}
