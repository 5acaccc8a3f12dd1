//! The integrator's handle.

mod deliver;
mod roster;
mod seal;
mod upkeep;

use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::convert::{Name, QuarantineEnum, Time};
use crate::fault::{Answer, Fault, closed, work};
use crate::files::PathIn;
use crate::storage::{Vault, storage};
use crate::unlock::unlock;

/// An agency: its vault, the rosters that it holds, its keys, and everything that it does with them.
///
/// One agency is used by many threads as it is, and by `asyncio.to_thread`: the interpreter is released while it
/// works. What a call reports as done is durable. Nothing is sent anywhere.
///
/// >>> with Agency.create(None, "GE/mia/cyber", key=bytes(32)) as new:   # None: in memory
/// ...     new.id
/// 'GE/mia/cyber'
///
/// Two calls are named `open`:
///
/// ```
/// Agency.open(home, *, passphrase=None, key=None, anchor=None) -> Agency     of the class: a vault
/// agency.open(envelope) -> Opened                                            of an agency: an envelope
/// ```
///
/// The first opens the vault in the folder `home`, as it was made by `create`, and raises `VaultError`. The second
/// opens an envelope, any contiguous buffer, to be accepted next, and raises `DuplicateError`, `RosterStaleError`,
/// `RejectedError`, `OpenFailed` or `MalformedError`.
///
/// >>> opened = other.open(agency.seal(b"a reply", to=other.id))
/// >>> opened.content, opened.sender
/// (b'a reply', 'GE/mia/cyber')
/// >>> other.accept(opened, b"filed as 17/4")
///
/// Daily: `import_roster`, `maintain`, and `announcements` to the own centre.
#[pyclass(frozen, module = "vlec")]
pub struct Agency {
    handle: RwLock<Option<Arc<vlec::Agency>>>,
    id: String,
}

impl Agency {
    fn of(agency: vlec::Agency) -> Self {
        let id = agency.id().to_string();
        Self { handle: RwLock::new(Some(Arc::new(agency))), id }
    }

    pub(crate) fn handle(&self, py: Python<'_>) -> Answer<Arc<vlec::Agency>> {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner).clone();
        let handle = handle.ok_or_else(|| closed(py, "agency"))?;
        // Not every call of the library can refuse a forked process.
        handle.check_process()?;
        Ok(handle)
    }

    /// Works with the agency, without the interpreter.
    fn with<T: Send, E: Send + Into<Fault>>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&vlec::Agency) -> Result<T, E> + Send,
    ) -> Answer<T> {
        let handle = self.handle(py)?;
        // The last handle may close the vault: not under the interpreter's lock.
        work(py, move || run(&handle))?.map_err(Into::into)
    }
}

/// A folder of the vault or, with `None`, memory.
pub(crate) fn check_home(home: Option<&PathIn>, anchor: Option<&PathIn>) -> PyResult<()> {
    match (home, anchor) {
        (None, Some(_)) => Err(PyTypeError::new_err("a vault in memory has no anchor outside it")),
        _ => Ok(()),
    }
}

#[pymethods]
impl Agency {
    /// Opens a vault where it is asked of the class, an envelope where it is asked of an agency.
    #[classattr]
    fn open(py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("vlec._opening")?.getattr("Opening")?.call0()?.unbind())
    }

    /// Creates the agency's vault in the folder `home`, with an identity that nobody knows yet.
    ///
    /// `home` is made if it is missing, but not its parent; `None` keeps the vault in memory. The vault is
    /// opened with `passphrase`, a `str` or a function that returns one, or with `key`, any buffer of 32
    /// bytes. A passphrase that is read from a file has a line end, which is to be stripped. `anchor` is the folder of
    /// the anchor file, where it is to lie outside the home: backups leave it out.
    ///
    /// Raises `VaultError` if there is one already, or it cannot be written.
    #[staticmethod]
    #[pyo3(signature = (home: "StrPath | None", agency: "str", *, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None, anchor: "StrPath | None" = None) -> "Agency")]
    fn create(
        py: Python<'_>,
        home: Option<PathIn>,
        agency: Name<vlec::AgencyId>,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        anchor: Option<PathIn>,
    ) -> Answer<Self> {
        check_home(home.as_ref(), anchor.as_ref())?;
        let unlock = unlock(py, passphrase, key)?;
        let create = move || vlec::Agency::create(storage(home, anchor, Vault::New)?, agency.0, unlock);
        Ok(Self::of(work(py, create)??))
    }

    /// Opens the agency's vault in the folder `home`.
    ///
    /// It is opened with `passphrase`, a `str` or a function that returns one, or with `key`, any buffer of 32
    /// bytes. A passphrase that is read from a file has a line end, which is to be stripped. `anchor` is the folder of
    /// the anchor file, where it lies outside the home. A vault that does not fit its anchor is opened in quarantine:
    /// look at `quarantine` next.
    ///
    /// Raises `VaultError` if the passphrase is wrong, another process has it open, or a row was changed.
    #[staticmethod]
    #[pyo3(name = "_unlock", signature = (home: "StrPath", *, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None, anchor: "StrPath | None" = None) -> "Agency")]
    fn open_vault(
        py: Python<'_>,
        home: PathIn,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        anchor: Option<PathIn>,
    ) -> Answer<Self> {
        let unlock = unlock(py, passphrase, key)?;
        let open = move || vlec::Agency::unlock(storage(Some(home), anchor, Vault::Old)?, unlock);
        Ok(Self::of(work(py, open)??))
    }

    /// The agency's name.
    #[getter]
    fn id(&self) -> &str {
        &self.id
    }

    /// Closes the vault, when calls that other threads have begun have ended. Twice does no harm.
    fn close(&self, py: Python<'_>) -> Answer<()> {
        let handle = self.handle.write().unwrap_or_else(PoisonError::into_inner).take();
        Ok(work(py, move || drop(handle))?)
    }

    /// Whether the agency was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.handle.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
    /// the vault wrote last. Where they differ, it is quarantined.
    ///
    /// Raises `VaultError` if a row was changed, moved, put back or removed.
    fn examine(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Agency::examine)
    }

    /// Writes everything that the vault holds, but its anchor, into the new file `target`: a copy of one time, read
    /// back and compared before it has its name. To restore it, see "Backup and restore" in README.md.
    ///
    /// Raises `VaultError` if the rows are not what the vault wrote last, and as `seal_file` for the file.
    #[pyo3(signature = (target: "StrPath") -> "None")]
    fn backup(&self, py: Python<'_>, target: PathIn) -> Answer<()> {
        self.with(py, move |agency| agency.backup(&target.0))
    }

    /// When all rows of the vault were last compared with what it wrote, which `maintain()` does once a
    /// day; `None` if they never were.
    #[getter]
    fn rows_compared(&self, py: Python<'_>) -> Answer<Option<Time>> {
        self.with(py, |agency| Ok::<_, vlec::Error>(agency.rows_compared().map(Into::into)))
    }

    /// Why the vault is quarantined: store and anchor do not belong together. `None` if they do. What to do:
    /// `QuarantineReason`.
    #[getter]
    fn quarantine(&self, py: Python<'_>) -> Answer<Option<QuarantineEnum>> {
        Ok(match self.with(py, |agency| Ok::<_, vlec::Error>(agency.condition()))? {
            vlec::Condition::Sound => None,
            vlec::Condition::Quarantined(reason) => Some(reason.into()),
        })
    }

    #[pyo3(signature = () -> "Agency")]
    fn __enter__(slf: Bound<'_, Self>) -> Answer<Bound<'_, Self>> {
        slf.get().handle(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (*error: "object") -> "None")]
    fn __exit__(&self, py: Python<'_>, error: &Bound<'_, PyAny>) -> Answer<()> {
        let _raised_in_the_block = error;
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("Agency({}{})", self.id, if self.closed() { ", closed" } else { "" })
    }
}
