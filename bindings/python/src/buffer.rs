//! Bytes on their way in and out.
//!
//! In: `bytes`, and views into them, are borrowed. Everything else can be written to by others while
//! the interpreter is released, so it is copied first, into memory that is wiped. Out: the result is
//! written straight into a new `bytes`.

use std::ops::Range;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
#[cfg(feature = "introspect")]
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};
use vlec::{Fill, Secret};
use zeroize::Zeroizing;

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
        let view = PyMemoryView::from(from)?;
        if !view.getattr("c_contiguous")?.extract::<bool>()? {
            let text =
                "the buffer is not contiguous: pass a copy, as bytes(view) or numpy.ascontiguousarray(array)";
            return Err(PyBufferError::new_err(text));
        }
        if view.getattr("nbytes")?.extract::<usize>()? == 0 {
            return Ok(Self::Copied(Zeroizing::default()));
        }
        // Bytes, whatever the items are.
        let view = view.call_method1("cast", ("B",))?;
        let buffer = PyBuffer::<u8>::get(&view)?;
        if let Some(borrowed) = Self::within_bytes(&view, &buffer)? {
            return Ok(borrowed);
        }
        let mut copy = Zeroizing::new(vec![0; buffer.item_count()]);
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
        let filled = |out: &mut [u8]| {
            py.detach(|| fill(out));
            Ok(())
        };
        PyBytes::new_with(py, len, filled).map(Bound::unbind)
    }))
}
