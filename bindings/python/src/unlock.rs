//! What opens a vault or a root key's file.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use vlec::{SecretText, Unlock};

use crate::fault::malformed;
use crate::{buffer, convert};

/// One of `passphrase`, a `str` or what returns one, and `key`, a buffer of 32 bytes.
pub(crate) fn unlock(
    py: Python<'_>,
    passphrase: Option<Bound<'_, PyAny>>,
    key: Option<Bound<'_, PyAny>>,
) -> PyResult<Unlock> {
    match (passphrase, key) {
        (Some(given), None) => {
            let text = if given.is_callable() { given.call0()? } else { given };
            let wrong =
                || PyTypeError::new_err("the passphrase must be a str, or a function that returns one");
            let text = text.cast_into::<PyString>().map_err(|_| wrong())?;
            Ok(Unlock::Passphrase(SecretText::new(convert::text(&text)?.to_owned())))
        }
        (None, Some(key)) if key.is_instance_of::<PyString>() => {
            let text =
                "key must be bytes-like, of 32 bytes, not str: bytes.fromhex(text) if that is hexadecimal";
            Err(PyTypeError::new_err(text))
        }
        (None, Some(key)) => match buffer::secret(&key)? {
            Some(key) => Ok(Unlock::Key(key)),
            None => Err(malformed(py, "the key is not of 32 bytes")),
        },
        _ => Err(PyTypeError::new_err("give either passphrase or key")),
    }
}
