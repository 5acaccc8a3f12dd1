//! What was not done, as an exception (`python/vlec/_errors.py`).
//!
//! A core error becomes the exception of its family, with its stable code and its text, and what it
//! came from as `__cause__`. Texts of the core are safe to log; nothing else is put into an exception.

use std::any::Any;
use std::error::Error as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use vlec::{DirectoryError, DiskError, EnvelopeError, Error, LedgerError, RosterError};

use crate::note::EquivocationProof;

/// Why a call fails.
pub(crate) enum Fault {
    Core(Box<Error>),
    Python(PyErr),
}

/// The answer of a call.
pub(crate) type Answer<T> = Result<T, Fault>;

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

macro_rules! from_core {
    ($($error:ty),*) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::Core(Box::new(error.into()))
            }
        }
    )*};
}

from_core!(
    Error,
    EnvelopeError,
    DirectoryError,
    RosterError,
    LedgerError,
    vlec::CheckpointError,
    vlec::PolicyError,
    vlec::CryptoError,
    vlec::RandomError
);

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Python(error) => error,
            Fault::Core(error) => Python::attach(|py| exception(py, &error)),
        }
    }
}

/// What Python code raised in the middle of the library's work. It comes out as it is.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    pub(crate) fn keep(&self, error: PyErr) -> io::Error {
        // The first is why; those after it come of it. Not under the lock: an exception that goes may call
        // anything.
        let later = {
            let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if first.is_some() { Some(error) } else { first.replace(error) }
        };
        drop(later);
        failed()
    }

    pub(crate) fn has(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The answer, or what was raised instead.
    pub(crate) fn or<T>(&self, answer: Answer<T>) -> Answer<T> {
        let raised = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match raised {
            Some(error) if answer.is_err() => Err(Fault::Python(error)),
            _ => answer,
        }
    }
}

/// What the library sees of it.
pub(crate) fn failed() -> io::Error {
    io::Error::other("the file object failed")
}

/// The arguments of an exception beside its text.
struct Shape<'py> {
    class: &'static str,
    code: &'static str,
    more: Bound<'py, PyDict>,
}

fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let made = Shape { class: class_of(error), code: error.code(), more: PyDict::new(py) };
    finish(py, made, error).unwrap_or_else(|failed| failed)
}

fn finish(py: Python<'_>, mut shape: Shape<'_>, error: &Error) -> PyResult<PyErr> {
    match error {
        Error::Envelope(EnvelopeError::Ledger(LedgerError::Duplicate { outcome })) => {
            shape.more.set_item("outcome", PyBytes::new(py, outcome.as_bytes()))?;
        }
        Error::Envelope(EnvelopeError::Io { source, .. }) => shape.of_file(source, None)?,
        Error::Envelope(EnvelopeError::Disk(DiskError::Io { path, source, .. })) => {
            shape.of_file(source, Some(path))?;
        }
        Error::Envelope(EnvelopeError::Disk(DiskError::Path { path, .. })) => {
            let kind = match error.code() == "exists" {
                true => io::Error::from(io::ErrorKind::AlreadyExists),
                false => io::Error::from(io::ErrorKind::InvalidInput),
            };
            shape.of_file(&kind, Some(path))?;
        }
        Error::Envelope(EnvelopeError::Disk(DiskError::Changed { path } | DiskError::Length { path })) => {
            shape.more.set_item("filename", path.as_os_str())?;
        }
        Error::Roster(RosterError::Unreadable { kind, code, .. }) => {
            let system = code.map_or_else(|| (*kind).into(), io::Error::from_raw_os_error);
            shape.of_file(&system, None)?;
            let cause = cause(py, shape.code, &system)?;
            return shape.raise(py, &error.to_string(), Some(cause));
        }
        Error::Roster(RosterError::Fork(proof)) => {
            shape
                .more
                .set_item("proof", EquivocationProof::from((**proof).clone()).into_bound_py_any(py)?)?;
        }
        Error::Roster(RosterError::Policy(policy)) => {
            shape.more.set_item("line", policy.line())?;
            let cause = raise(py, "MalformedError", shape.code, &policy.fault().to_string(), None)?;
            return shape.raise(py, &error.to_string(), Some(cause));
        }
        _ => {}
    }
    let cause = error.source().map(|source| cause(py, shape.code, source)).transpose()?;
    shape.raise(py, &error.to_string(), cause)
}

impl Shape<'_> {
    fn of_file(&mut self, source: &io::Error, path: Option<&Path>) -> PyResult<()> {
        self.class = match source.kind() {
            io::ErrorKind::NotFound => "FileMissingError",
            io::ErrorKind::AlreadyExists => "FileTakenError",
            io::ErrorKind::PermissionDenied => "FileAccessError",
            _ => "FileError",
        };
        // EEXIST, where the core has found out by itself.
        let known = (source.kind() == io::ErrorKind::AlreadyExists).then_some(17);
        self.more.set_item("errno", source.raw_os_error().or(known))?;
        self.more.set_item("filename", path.map(Path::as_os_str))
    }

    fn raise(self, py: Python<'_>, text: &str, cause: Option<PyErr>) -> PyResult<PyErr> {
        let error = raise(py, self.class, self.code, text, Some(&self.more))?;
        error.set_cause(py, cause);
        Ok(error)
    }
}

/// An exception of the class of this name.
fn raise(
    py: Python<'_>,
    class: &str,
    code: &str,
    text: &str,
    more: Option<&Bound<'_, PyDict>>,
) -> PyResult<PyErr> {
    let arguments = more.map_or_else(|| Ok(PyDict::new(py)), |more| more.copy())?;
    arguments.set_item("code", code)?;
    let class = py.import("vlec._errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((text,), Some(&arguments))?))
}

/// What an error came from, as far back as it is known.
fn cause(py: Python<'_>, code: &str, source: &(dyn std::error::Error + 'static)) -> PyResult<PyErr> {
    if let Some(system) = source.downcast_ref::<io::Error>() {
        let text = system.to_string();
        return Ok(pyo3::exceptions::PyOSError::new_err((system.raw_os_error(), text)));
    }
    let (class, code) = match source.downcast_ref::<DirectoryError>() {
        Some(error) => (directory_class(error), error.code()),
        None => ("VlecError", code),
    };
    let error = raise(py, class, code, &source.to_string(), None)?;
    if let Some(deeper) = source.source() {
        error.set_cause(py, Some(cause(py, code, deeper)?));
    }
    Ok(error)
}

fn class_of(error: &Error) -> &'static str {
    match error {
        Error::Envelope(error) => envelope_class(error),
        Error::Directory(error) => directory_class(error),
        Error::Roster(error) => roster_class(error),
        Error::Vault(vlec::VaultError::Random(_)) => "InternalError",
        Error::Vault(vlec::VaultError::Quarantined(_) | vlec::VaultError::NotQuarantined) => "StateError",
        Error::Vault(_) | Error::RootFile => "VaultError",
        Error::NotTheAnchor(_)
        | Error::NotPinned(_)
        | Error::ProposalNotOfNow { .. }
        | Error::WrongCeremony(_) => "RejectedError",
        _ => "StateError",
    }
}

fn envelope_class(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::OpenFailed(_) | EnvelopeError::Damaged { .. } | EnvelopeError::AfterError => {
            "OpenFailed"
        }
        EnvelopeError::Sender(error) => directory_class(error),
        EnvelopeError::ClockAhead(_) => "RosterStaleError",
        EnvelopeError::NotARecipient | EnvelopeError::EpochDestroyed(_) | EnvelopeError::OtherSender => {
            "RejectedError"
        }
        EnvelopeError::Ledger(error) => match error {
            LedgerError::Duplicate { .. } => "DuplicateError",
            LedgerError::Unavailable(_) => "VaultError",
            LedgerError::OutcomeTooLong => "MalformedError",
            LedgerError::NotPending | LedgerError::NotAccepted => "StateError",
            _ => "RejectedError",
        },
        EnvelopeError::Crypto(vlec::CryptoError::Malformed(_) | vlec::CryptoError::TooLong(_)) => {
            "MalformedError"
        }
        EnvelopeError::Crypto(vlec::CryptoError::OpenFailed) => "OpenFailed",
        EnvelopeError::Crypto(_) => "InternalError",
        EnvelopeError::Io { .. } | EnvelopeError::Disk(_) => "FileError",
        EnvelopeError::Cancelled | EnvelopeError::NotRead => "StateError",
        _ => "MalformedError",
    }
}

/// What a newer roster can mend is held; what it cannot is rejected.
fn directory_class(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::NoRoster(_)
        | DirectoryError::RosterConflict { .. }
        | DirectoryError::NotEnrolled(_)
        | DirectoryError::UnknownKey(_)
        | DirectoryError::NoEpoch(_)
        | DirectoryError::Stale { .. }
        | DirectoryError::FromFuture { .. }
        | DirectoryError::RosterBehind { .. } => "RosterStaleError",
        _ => "RejectedError",
    }
}

fn roster_class(error: &RosterError) -> &'static str {
    match error {
        RosterError::Malformed { .. }
        | RosterError::Draft { .. }
        | RosterError::Policy(_)
        | RosterError::Checkpoint(
            vlec::CheckpointError::Malformed { .. } | vlec::CheckpointError::TooLarge { .. },
        ) => "MalformedError",
        RosterError::Fork(_) => "ForkError",
        RosterError::Unreadable { .. } => "FileError",
        RosterError::NotSigned(_) => "InternalError",
        _ => "RejectedError",
    }
}

/// A value of the caller's is not of its form.
pub(crate) fn malformed(py: Python<'_>, text: &str) -> PyErr {
    raise(py, "MalformedError", "malformed", text, None).unwrap_or_else(|failed| failed)
}

/// As [`malformed`], with a code of its own.
pub(crate) fn malformed_as(py: Python<'_>, code: &str, text: &str) -> PyErr {
    raise(py, "MalformedError", code, text, None).unwrap_or_else(|failed| failed)
}

/// A handle was closed.
pub(crate) fn closed(py: Python<'_>, what: &str) -> PyErr {
    let text = format!("the {what} is closed: open it again");
    raise(py, "StateError", "closed", &text, None).unwrap_or_else(|failed| failed)
}

/// A handle is being used by another call.
pub(crate) fn busy(py: Python<'_>, what: &str) -> PyErr {
    let text = format!("the {what} is busy with another call: wait for its end");
    raise(py, "StateError", "busy", &text, None).unwrap_or_else(|failed| failed)
}

/// Works without the interpreter. A fault in the library becomes an exception that can be caught; its
/// text stays in the library, for it could hold anything.
pub(crate) fn work<T: Send>(py: Python<'_>, run: impl FnOnce() -> T + Send) -> PyResult<T> {
    static QUIET: Once = Once::new();
    // Of this library alone: others that are written in Rust have a hook of their own.
    QUIET.call_once(|| std::panic::set_hook(Box::new(place)));
    py.detach(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)))
        .map_err(|fault| panicked(py, fault))
}

/// Where a fault came up, and nothing of what it said.
fn place(fault: &std::panic::PanicHookInfo<'_>) {
    let place = fault.location().map(ToString::to_string).unwrap_or_default();
    let _unheard = writeln!(io::stderr(), "vlec: a fault in the library at {place}");
}

fn panicked(py: Python<'_>, fault: Box<dyn Any + Send>) -> PyErr {
    drop(fault);
    let text = "a fault in the library: what was asked for was not done; report it";
    raise(py, "InternalError", "internal", text, None).unwrap_or_else(|failed| failed)
}
