//! Root keys, and the files in which they are kept.

use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;

use crate::convert::{Name, expected};
use crate::fault::{Answer, closed, work};
use crate::files::PathIn;
use crate::keys::RootPublicKey;
use crate::unlock::unlock;

/// The secret half of one of a country's root keys. It has no bytes to be read; leave its `with` block as
/// soon as it has signed.
#[pyclass(frozen, module = "vlec")]
pub struct RootKey {
    key: RwLock<Option<Arc<vlec::RootKey>>>,
    public: RootPublicKey,
}

impl RootKey {
    fn of(key: vlec::RootKey) -> Self {
        let public = RootPublicKey(key.public().clone());
        Self { key: RwLock::new(Some(Arc::new(key))), public }
    }

    fn key(&self, py: Python<'_>) -> PyResult<Arc<vlec::RootKey>> {
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner).clone();
        key.ok_or_else(|| closed(py, "root key"))
    }
}

#[pymethods]
impl RootKey {
    /// A new key that is kept nowhere: for trials. A country's roots are made by `RootFile.create`.
    #[staticmethod]
    fn generate(py: Python<'_>, country: Name<vlec::Country>) -> Answer<Self> {
        let key = work(py, move || vlec::RootKey::generate(country.0, &vlec::Random::system()))?;
        Ok(Self::of(key?))
    }

    /// The public half.
    #[getter]
    fn public(&self) -> RootPublicKey {
        self.public.clone()
    }

    /// Wipes the key, when calls that other threads have begun have ended.
    fn close(&self) {
        self.key.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    #[pyo3(signature = () -> "RootKey")]
    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().key(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (*error: "object") -> "None")]
    fn __exit__(&self, error: &Bound<'_, PyAny>) {
        let _raised_in_the_block = error;
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("RootKey({}…)", self.public.0.id().fingerprint())
    }
}

/// Root keys that sign together.
pub(crate) struct Roots(Vec<Arc<vlec::RootKey>>);

impl Roots {
    pub(crate) fn borrow(&self) -> Vec<&vlec::RootKey> {
        self.0.iter().map(Arc::as_ref).collect()
    }
}

impl FromPyObject<'_, '_> for Roots {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let what = "an iterable of RootKeys, as RootFile.open returns them,";
        let root = |root: PyResult<Bound<'_, PyAny>>| {
            let root = root?;
            let key = root.cast::<RootKey>().map_err(|_| expected(&root, "a RootKey"))?;
            key.get().key(from.py())
        };
        from.try_iter().map_err(|_| expected(&from, what))?.map(root).collect::<PyResult<_>>().map(Self)
    }
}

/// A root key's file, read and not opened.
#[pyclass(frozen, module = "vlec")]
pub struct RootFile(vlec::RootFile);

#[pymethods]
impl RootFile {
    /// Makes a root key of `country`, and a file that holds it under `passphrase` or `key`. A file that
    /// exists is never replaced.
    ///
    /// Raises `FileError`; `VaultError` for an empty passphrase.
    #[staticmethod]
    #[pyo3(signature = (path: "StrPath", country: "str", *, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None) -> "RootFile")]
    fn create(
        py: Python<'_>,
        path: PathIn,
        country: Name<vlec::Country>,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
    ) -> Answer<Self> {
        let secret = unlock(py, passphrase, key)?;
        Ok(Self(work(py, move || vlec::RootFile::create(&path.0, country.0, &secret))??))
    }

    /// Reads a file.
    ///
    /// Raises `FileError`; `VaultError` if it is damaged, or none.
    #[staticmethod]
    #[pyo3(signature = (path: "StrPath") -> "RootFile")]
    fn read(py: Python<'_>, path: PathIn) -> Answer<Self> {
        Ok(Self(work(py, move || vlec::RootFile::read(&path.0))??))
    }

    /// The key, to sign with. Warns if only the bytes of the passphrase that were given have opened it: another
    /// keyboard or language may write others.
    ///
    /// Raises `VaultError` for the wrong passphrase or key.
    #[pyo3(signature = (*, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None) -> "RootKey")]
    fn open(
        &self,
        py: Python<'_>,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
    ) -> Answer<RootKey> {
        let secret = unlock(py, passphrase, key)?;
        let (key, form) = work(py, || self.0.open_with_form(&secret))??;
        if form == vlec::PassphraseForm::AsGiven {
            let text = c"another keyboard or language may write this passphrase in other bytes, which do not open the root key";
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
        }
        Ok(RootKey::of(key))
    }

    /// Whose root it is.
    #[getter]
    fn country(&self) -> String {
        self.0.country().to_string()
    }

    /// The public half, as the file says; opening it shows that the secret is its own.
    #[getter]
    fn public(&self) -> RootPublicKey {
        RootPublicKey(self.0.public().clone())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
