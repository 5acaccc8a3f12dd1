//! Value objects: frozen, with typed attributes, compared by value, shown with their fields.

use pyo3::prelude::*;

/// `Name(field=value, …)`, of fields that are no secret.
pub(crate) fn describe(of: &Bound<'_, PyAny>, fields: &[&str]) -> PyResult<String> {
    let shown = fields.iter().map(|field| Ok(format!("{field}={}", of.getattr(*field)?.repr()?)));
    Ok(format!("{}({})", of.get_type().name()?, shown.collect::<PyResult<Vec<_>>>()?.join(", ")))
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
