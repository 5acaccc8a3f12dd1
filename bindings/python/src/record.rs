//! Value objects: frozen, with typed attributes, compared by value, shown with their fields.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// `Name(field=value, …)`, of fields that are no secret and not `None`.
pub(crate) fn describe(of: &Bound<'_, PyAny>, fields: &[&str]) -> PyResult<String> {
    let mut shown = Vec::new();
    for field in fields {
        let value = of.getattr(*field)?;
        if !value.is_none() {
            shown.push(format!("{field}={}", value.repr()?));
        }
    }
    Ok(format!("{}({})", of.get_type().name()?, shown.join(", ")))
}

/// As Python hashes the values: what has the same ones has the same hash.
pub(crate) fn hash(of: &Bound<'_, PyAny>, fields: &[&str]) -> PyResult<isize> {
    let values = fields.iter().map(|field| of.getattr(*field)).collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(of.py(), values)?.hash()
}

/// A class of which every field is an attribute.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[pyo3::pyclass(frozen, get_all, eq, module = "vlec")]
        #[derive(Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub(crate) $field: $type,)*
        }

        #[pyo3::pymethods]
        impl $name {
            fn __repr__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<String> {
                $crate::record::describe(slf.as_any(), &[$(stringify!($field)),*])
            }

            fn __hash__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<isize> {
                $crate::record::hash(slf.as_any(), &[$(stringify!($field)),*])
            }

            #[pyo3(signature = () -> "NoReturn")]
            fn __reduce__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<()> {
                $crate::record::refuse_copies(slf.as_any())
            }
        }
    };
}

pub(crate) use record;

/// Neither `pickle`, of any protocol, nor `copy` makes another one.
macro_rules! uncopied {
    ($($class:ty),* $(,)?) => {$(
        #[pyo3::pymethods]
        impl $class {
            #[pyo3(signature = () -> "NoReturn")]
            fn __reduce__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<()> {
                $crate::record::refuse_copies(slf.as_any())
            }
        }
    )*};
}

pub(crate) use uncopied;

pub(crate) fn refuse_copies(of: &Bound<'_, PyAny>) -> PyResult<()> {
    let text = format!("{} is neither copied nor pickled", of.get_type().name()?);
    Err(pyo3::exceptions::PyTypeError::new_err(text))
}
