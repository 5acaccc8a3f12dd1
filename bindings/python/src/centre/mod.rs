//! The operator's handle.

mod ceremony;
mod log;
mod roots;
mod roster;

pub use roots::{RootFile, RootKey};

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use pyo3::prelude::*;

use crate::agency::check_home;
use crate::convert::{Name, QuarantineEnum, Time, Whole};
use crate::event::{SignedEvent, TrustAnchor};
use crate::fault::{Answer, Fault, closed, work};
use crate::files::PathIn;
use crate::storage::{Vault, storage};
use crate::unlock::unlock;
use roots::Roots;

/// A country's centre: its log, its witness, and its view of all rosters.
///
/// It is used by many threads as it is; the interpreter is released while it works. Nothing is sent
/// anywhere: what other centres and agencies are to have is returned as bytes.
///
/// >>> root = RootKey.generate("GE")            # in production three or more, in `RootFile`s
/// >>> with Centre.found(None, "GE", roots=[root], threshold=1, recovery_delay=timedelta(days=3),
/// ...                   key=bytes(32)) as centre:
/// ...     centre.country, centre.anchor == centre.genesis.anchor
/// ('GE', True)
#[pyclass(frozen, module = "vlec")]
pub struct Centre {
    handle: RwLock<Option<Arc<vlec::Centre>>>,
    country: String,
}

impl Centre {
    fn of(centre: vlec::Centre) -> Self {
        let country = centre.country().to_string();
        Self { handle: RwLock::new(Some(Arc::new(centre))), country }
    }

    pub(crate) fn handle(&self, py: Python<'_>) -> Answer<Arc<vlec::Centre>> {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner).clone();
        let handle = handle.ok_or_else(|| closed(py, "centre"))?;
        // Not every call of the library can refuse a forked process.
        handle.check_process()?;
        Ok(handle)
    }

    /// Works with the centre, without the interpreter.
    fn with<T: Send, E: Send + Into<Fault>>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&vlec::Centre) -> Result<T, E> + Send,
    ) -> Answer<T> {
        let handle = self.handle(py)?;
        work(py, move || run(&handle))?.map_err(Into::into)
    }
}

#[pymethods]
impl Centre {
    /// Founds the roster of `country` in the folder `home`, or in memory with `None`: `threshold` of
    /// `roots` speak for it, and a recovered identity takes effect `recovery_delay` after its event was
    /// published. The log's and the witness's keys are made here, and never leave the vault, which is
    /// opened as an agency's: with `passphrase` or `key`, and `anchor`.
    ///
    /// `home` is made if it is missing, but not its parent; it must hold no vault, and other files in it do no harm.
    ///
    /// Raises `VaultError` if there is a vault already, or the folder cannot be written, `RejectedError` or
    /// `MalformedError` for roots, a threshold or a delay outside the limits.
    #[staticmethod]
    #[pyo3(signature = (home: "StrPath | None", country: "str", *, roots: "Iterable[RootKey]", threshold: "int", recovery_delay: "timedelta", passphrase: "Passphrase | None" = None, key: "Buffer | None" = None, anchor: "StrPath | None" = None) -> "Centre")]
    #[allow(clippy::too_many_arguments, reason = "keyword options of Python")]
    fn found(
        py: Python<'_>,
        home: Option<PathIn>,
        country: Name<vlec::Country>,
        roots: Roots,
        threshold: Whole<usize>,
        recovery_delay: Duration,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        anchor: Option<PathIn>,
    ) -> Answer<Self> {
        check_home(home.as_ref(), anchor.as_ref())?;
        let unlock = unlock(py, passphrase, key)?;
        let found = move || {
            let (storage, delay) = (storage(home, anchor, Vault::New)?, recovery_delay.as_secs());
            vlec::Centre::found(storage, country.0, unlock, &roots.borrow(), threshold.0, delay)
        };
        Ok(Self::of(work(py, found)??))
    }

    /// Opens a centre, and finishes what a crash left unfinished. One that does not fit its anchor is
    /// opened in quarantine: see `quarantine`.
    ///
    /// Raises `VaultError`; `StateError` if the founding was cut off, or the vault is an agency's.
    #[staticmethod]
    #[pyo3(signature = (home: "StrPath", *, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None, anchor: "StrPath | None" = None) -> "Centre")]
    fn open(
        py: Python<'_>,
        home: PathIn,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        anchor: Option<PathIn>,
    ) -> Answer<Self> {
        let unlock = unlock(py, passphrase, key)?;
        let open = move || vlec::Centre::open(storage(Some(home), anchor, Vault::Old)?, unlock);
        Ok(Self::of(work(py, open)??))
    }

    /// The country.
    #[getter]
    fn country(&self) -> &str {
        &self.country
    }

    /// The country's trust anchor, for people to compare.
    #[getter]
    fn anchor(&self, py: Python<'_>) -> Answer<TrustAnchor> {
        Ok(TrustAnchor(*self.handle(py)?.anchor()))
    }

    /// The country's first event, for others to pin.
    #[getter]
    fn genesis(&self, py: Python<'_>) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.handle(py)?.genesis().clone()))
    }

    /// Closes the vault, when calls that other threads have begun have ended. Twice does no harm.
    fn close(&self, py: Python<'_>) -> Answer<()> {
        let handle = self.handle.write().unwrap_or_else(PoisonError::into_inner).take();
        Ok(work(py, move || drop(handle))?)
    }

    /// Whether the centre was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.handle.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
    /// the vault wrote last. Where they differ, it is quarantined.
    ///
    /// Raises `VaultError` if a row was changed, moved, put back or removed.
    fn examine(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Centre::examine)
    }

    /// Compares all rows of the vault with what it wrote last, unless that was done within a day. To be called
    /// once a day.
    ///
    /// Raises `VaultError` if they differ, and then the vault is quarantined.
    fn compare_rows(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Centre::compare_rows)
    }

    /// Writes everything that the vault holds, but its anchor, into the new file `target`: a copy of one time, read
    /// back and compared before it has its name. To restore it, see "Backup and restore" in README.md.
    ///
    /// Raises `VaultError` if the rows are not what the vault wrote last, and as `seal_file` for the file.
    #[pyo3(signature = (target: "StrPath") -> "None")]
    fn backup(&self, py: Python<'_>, target: PathIn) -> Answer<()> {
        self.with(py, move |centre| centre.backup(&target.0))
    }

    /// When all rows of the vault were last compared with what it wrote, which `compare_rows()` does once a
    /// day; `None` if they never were.
    #[getter]
    fn rows_compared(&self, py: Python<'_>) -> Answer<Option<Time>> {
        self.with(py, |centre| Ok::<_, vlec::Error>(centre.rows_compared().map(Into::into)))
    }

    /// Why the vault is quarantined: store and anchor do not belong together. `None` if they do.
    #[getter]
    fn quarantine(&self, py: Python<'_>) -> Answer<Option<QuarantineEnum>> {
        Ok(match self.with(py, |centre| Ok::<_, vlec::Error>(centre.condition()))? {
            vlec::Condition::Sound => None,
            vlec::Condition::Quarantined(reason) => Some(reason.into()),
        })
    }

    /// Ends the quarantine of a store that was restored or copied. Nothing new is signed until others have
    /// told what the store may have lost: import every country's newest bundle, the own one too; `relearn` the notes
    /// with which other witnesses have cosigned since; `publish` and `collect` until every witness has cosigned what
    /// the log remembers as its last. Words count from 300 seconds after this call on: see `relearn`.
    ///
    /// Raises `VaultError`; the vault is then still quarantined.
    fn leave_quarantine(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Centre::leave_quarantine)
    }

    /// The operator's word that the clock is right, after it jumped.
    fn confirm_time(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Centre::confirm_time)
    }

    /// Whether the vault opens with its passphrase however that is written. If not, it was made when a passphrase
    /// counted byte for byte: `change_unlock`, with the same passphrase, makes it so.
    #[getter]
    fn passphrase_is_normal(&self, py: Python<'_>) -> Answer<bool> {
        let form = self.with(py, |party: &vlec::Centre| Ok::<_, vlec::Error>(party.passphrase_form()))?;
        Ok(form == vlec::PassphraseForm::Normal)
    }

    /// By how much the clock is behind what the vault has seen, if that is more than five minutes: what is
    /// dated now is dated so much too late, or the clock is wrong.
    #[getter]
    fn clock_behind(&self, py: Python<'_>) -> Answer<Option<Duration>> {
        let behind = self.with(py, |party: &vlec::Centre| Ok::<_, vlec::Error>(party.clock_behind()))?;
        Ok(behind.map(|vlec::Span(seconds)| Duration::from_secs(seconds)))
    }

    /// Discards the vault's time floor. Call this after the clock ran ahead and has been corrected. Rosters that
    /// were imported while it was ahead resolve nothing any more: import those of now.
    fn set_clock_back(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Centre::set_clock_back)
    }

    /// Changes the passphrase or key of the vault.
    ///
    /// Raises `VaultError`.
    #[pyo3(signature = (*, passphrase: "Passphrase | None" = None, key: "Buffer | None" = None))]
    fn change_unlock(
        &self,
        py: Python<'_>,
        passphrase: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
    ) -> Answer<()> {
        let new = unlock(py, passphrase, key)?;
        self.with(py, move |centre| centre.change_unlock(new))
    }

    #[pyo3(signature = () -> "Centre")]
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
        format!("Centre({}{})", self.country, if self.closed() { ", closed" } else { "" })
    }
}
