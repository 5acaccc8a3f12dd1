//! Names, times and enumerations on their way in and out.

use std::str::FromStr;

use pyo3::exceptions::{PyTypeError, PyValueError};
#[cfg(feature = "introspect")]
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDateTime, PyMapping, PyString, PyTuple, PyType, PyTzInfo};
#[cfg(feature = "introspect")]
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript};
use vlec::Timestamp;

use crate::fault::malformed;

/// The last second that a `datetime` can name.
const LAST: u64 = 253_402_300_799;

/// A time: an aware `datetime`, in UTC on the way out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl<'py> IntoPyObject<'py> for Time {
    type Target = PyDateTime;
    type Output = Bound<'py, PyDateTime>;
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const OUTPUT_TYPE: PyStaticExpr = PyDateTime::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let utc = PyTzInfo::utc(py)?;
        // What lies beyond the calendar is its last second.
        PyDateTime::from_timestamp(py, self.0.unix().min(LAST) as f64, Some(&utc))
    }
}

impl<'py> IntoPyObject<'py> for &Time {
    type Target = PyDateTime;
    type Output = Bound<'py, PyDateTime>;
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const OUTPUT_TYPE: PyStaticExpr = PyDateTime::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        (*self).into_pyobject(py)
    }
}

impl FromPyObject<'_, '_> for Time {
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const INPUT_TYPE: PyStaticExpr = PyDateTime::TYPE_HINT;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let py = from.py();
        let time = from.cast::<PyDateTime>().map_err(|_| expected(&from, "an aware datetime"))?;
        if time.call_method0("utcoffset")?.is_none() {
            let text = "a time without a time zone: use an aware datetime, as datetime.now(UTC)";
            return Err(malformed(py, text));
        }
        let seconds: f64 = time.call_method0("timestamp")?.extract()?;
        if !seconds.is_finite() {
            return Err(malformed(py, "the time is none"));
        }
        let at = (seconds >= 0.0).then(|| Timestamp::from_unix(seconds as u64)).flatten();
        at.map(Self).ok_or_else(|| malformed(py, "the time lies before 1970"))
    }
}

/// A name in its canonical text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name<T>(pub(crate) T);

impl<T: FromStr<Err: std::fmt::Display>> FromPyObject<'_, '_> for Name<T> {
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const INPUT_TYPE: PyStaticExpr = PyString::TYPE_HINT;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let given = from.cast::<PyString>().map_err(|_| expected(&from, "a str"))?;
        parse(from.py(), text(&given)?).map(Self)
    }
}

/// A text. What Python cannot encode is named without it: Python's own exception would hold it.
pub(crate) struct Text(pub(crate) String);

impl FromPyObject<'_, '_> for Text {
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const INPUT_TYPE: PyStaticExpr = PyString::TYPE_HINT;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let given = from.cast::<PyString>().map_err(|_| expected(&from, "a str"))?;
        Ok(Self(text(&given)?.to_owned()))
    }
}

/// A text that is borrowed: its default can be seen in the signature.
pub(crate) fn borrowed<'a>(from: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    text(from.cast::<PyString>().map_err(|_| expected(from, "a str"))?)
}

/// Something else was given; its type is named, and nothing of its value.
pub(crate) fn expected(given: &Bound<'_, PyAny>, what: &str) -> PyErr {
    match given.get_type().name() {
        Ok(kind) => PyTypeError::new_err(format!("{what} is expected, not {kind}")),
        Err(error) => error,
    }
}

pub(crate) fn text<'a>(of: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    of.to_str().map_err(|_| malformed(of.py(), "the text is malformed: it has half a surrogate pair"))
}

pub(crate) fn parse<T: FromStr<Err: std::fmt::Display>>(py: Python<'_>, text: &str) -> PyResult<T> {
    text.parse().map_err(|error: T::Err| malformed(py, &error.to_string()))
}

/// A number: neither `True` nor `False`.
pub(crate) struct Whole<T>(pub(crate) T);

impl<T: for<'a, 'py> FromPyObject<'a, 'py>> FromPyObject<'_, '_> for Whole<T> {
    type Error = PyErr;

    #[cfg(feature = "introspect")]
    const INPUT_TYPE: PyStaticExpr = pyo3::types::PyInt::TYPE_HINT;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if from.is_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("a number is expected, not True or False"));
        }
        from.extract().map(Self).map_err(Into::into)
    }
}

/// The same, with a default that can be seen in the signature.
pub(crate) fn whole(from: &Bound<'_, PyAny>) -> PyResult<u64> {
    from.extract::<Whole<u64>>().map(|number| number.0)
}

/// Values that do not change: a `tuple`.
#[derive(Clone, PartialEq)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> FromIterator<T> for Many<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

macro_rules! many {
    ($of:ty) => {
        impl<'a, 'py, T> IntoPyObject<'py> for $of
        where
            T: Clone + IntoPyObject<'py>,
        {
            type Target = PyTuple;
            type Output = Bound<'py, PyTuple>;
            type Error = PyErr;

            #[cfg(feature = "introspect")]
            const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
                type_hint_identifier!("builtins", "tuple"),
                T::OUTPUT_TYPE,
                PyStaticExpr::Constant { value: pyo3::inspect::PyStaticConstant::Ellipsis }
            );

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                PyTuple::new(py, self.0.iter().cloned())
            }
        }
    };
}

many!(Many<T>);
many!(&'a Many<T>);

/// A real `enum.Enum` of `python/vlec/_enums.py`, by the text of its values.
macro_rules! enumeration {
    ($name:ident, $class:literal, $core:ty, { $($text:literal => $value:path),* $(,)? }) => {
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $core);

        impl $name {
            fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
                static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
                CLASS.import(py, "vlec._enums", $class)
            }

            #[allow(unreachable_patterns, reason = "only the core's open enumerations have others")]
            fn text(self) -> &'static str {
                match self.0 {
                    $($value => $text,)*
                    _ => "unknown",
                }
            }
        }

        impl From<$core> for $name {
            fn from(value: $core) -> Self {
                Self(value)
            }
        }

        enumeration!(@out $name, $name, $class);
        enumeration!(@out $name, &$name, $class);

        impl FromPyObject<'_, '_> for $name {
            type Error = PyErr;

            #[cfg(feature = "introspect")]
            const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("vlec._enums", $class);

            fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
                let class = Self::class(from.py())?;
                if !from.is_instance(class)? {
                    return Err(no_member(&from, class)?);
                }
                let value = from.getattr("value")?;
                match value.cast::<PyString>()?.to_str()? {
                    $($text => Ok(Self($value)),)*
                    _ => Err(PyValueError::new_err(concat!("not a value of vlec.", $class))),
                }
            }
        }
    };
    (@out $name:ident, $of:ty, $class:literal) => {
        impl<'py> IntoPyObject<'py> for $of {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;

            #[cfg(feature = "introspect")]
            const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("vlec._enums", $class);

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                $name::class(py)?.call1((self.text(),))
            }
        }
    };
}

/// Which members there are, where something else was given.
fn no_member(given: &Bound<'_, PyAny>, class: &Bound<'_, PyType>) -> PyResult<PyErr> {
    let name = class.name()?;
    let members = class.getattr("__members__")?.cast_into::<PyMapping>()?.keys()?;
    let members: Vec<_> = members.iter().map(|member| format!("{name}.{member}")).collect();
    Ok(expected(given, &format!("a member of vlec.{name} ({})", members.join(", "))))
}

use vlec::event::{Reason, Revoker};
use vlec::{Arrival, EpochState, EventKind, Padding, RevokedBy, Urgency};

enumeration!(UrgencyEnum, "Urgency", Urgency, {
    "routine" => Urgency::Routine, "priority" => Urgency::Priority,
    "urgent" => Urgency::Urgent, "emergency" => Urgency::Emergency,
});
enumeration!(PaddingEnum, "Padding", Padding, { "padme" => Padding::Padme, "none" => Padding::None });
enumeration!(ArrivalEnum, "Arrival", Arrival, { "first" => Arrival::First, "again" => Arrival::Again });
enumeration!(EpochStateEnum, "EpochState", EpochState, {
    "prepared" => EpochState::Prepared, "announced" => EpochState::Announced,
    "current" => EpochState::Current, "retiring" => EpochState::Retiring, "destroyed" => EpochState::Destroyed,
});
enumeration!(EventKindEnum, "EventKind", EventKind, {
    "genesis" => EventKind::Genesis, "authority" => EventKind::Authority, "enrol" => EventKind::Enrol,
    "epoch" => EventKind::Epoch, "identity" => EventKind::Identity, "revoke" => EventKind::Revoke,
    "withdraw" => EventKind::Withdraw,
});
enumeration!(ReasonEnum, "RevocationReason", Reason, {
    "unspecified" => Reason::Unspecified, "key-compromise" => Reason::KeyCompromise,
    "key-loss" => Reason::KeyLoss, "superseded" => Reason::Superseded, "ceased" => Reason::Ceased,
});
enumeration!(RevokedByEnum, "RevokedBy", RevokedBy, {
    "owner" => RevokedBy::Owner, "recovery" => RevokedBy::Recovery, "roots" => RevokedBy::Roots,
});
enumeration!(QuarantineEnum, "QuarantineReason", Quarantine, {
    "anchor-missing" => Quarantine::AnchorMissing, "anchor-damaged" => Quarantine::AnchorDamaged,
    "anchor-of-another" => Quarantine::AnchorOfAnother, "store-older" => Quarantine::StoreOlder,
    "anchor-older" => Quarantine::AnchorOlder, "diverged" => Quarantine::Diverged,
    "rows-differ" => Quarantine::RowsDiffer, "unknown" => Quarantine::Unknown,
});

/// `vlec::Reason`, without the table that only its text names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quarantine {
    AnchorMissing,
    AnchorDamaged,
    AnchorOfAnother,
    StoreOlder,
    AnchorOlder,
    Diverged,
    RowsDiffer,
    Unknown,
}

impl From<vlec::Reason> for QuarantineEnum {
    fn from(reason: vlec::Reason) -> Self {
        Self(match reason {
            vlec::Reason::AnchorMissing => Quarantine::AnchorMissing,
            vlec::Reason::AnchorDamaged => Quarantine::AnchorDamaged,
            vlec::Reason::AnchorOfAnother => Quarantine::AnchorOfAnother,
            vlec::Reason::StoreOlder => Quarantine::StoreOlder,
            vlec::Reason::AnchorOlder => Quarantine::AnchorOlder,
            vlec::Reason::Diverged => Quarantine::Diverged,
            vlec::Reason::RowsDiffer(_) => Quarantine::RowsDiffer,
            _ => Quarantine::Unknown,
        })
    }
}
enumeration!(DueKindEnum, "DueKind", DueKind, {
    "quarantine" => DueKind::Quarantine, "confirm-time" => DueKind::ConfirmTime,
    "clock-behind" => DueKind::ClockBehind, "renew-passphrase" => DueKind::RenewPassphrase, "refresh" => DueKind::Refresh,
    "enrol" => DueKind::Enrol, "withdrawn" => DueKind::Withdrawn, "recover" => DueKind::Recover,
    "recovering" => DueKind::Recovering, "foreign-identity" => DueKind::ForeignIdentity, "foreign-epoch" => DueKind::ForeignEpoch,
    "sequence-twice" => DueKind::SequenceTwice,
    "announce" => DueKind::Announce, "revoke" => DueKind::Revoke, "prepare" => DueKind::Prepare, "destroy" => DueKind::Destroy,
    "retire-identity" => DueKind::RetireIdentity, "orphan" => DueKind::Orphan, "other" => DueKind::Other,
});

/// The kinds of [`vlec::Due`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DueKind {
    Quarantine,
    ConfirmTime,
    ClockBehind,
    RenewPassphrase,
    Refresh,
    Enrol,
    Withdrawn,
    Recover,
    Recovering,
    ForeignIdentity,
    ForeignEpoch,
    SequenceTwice,
    Announce,
    Revoke,
    Prepare,
    Destroy,
    RetireIdentity,
    Orphan,
    /// Of a later library.
    Other,
}

impl From<Revoker> for RevokedByEnum {
    fn from(by: Revoker) -> Self {
        Self(match by {
            Revoker::Owner => RevokedBy::Owner,
            Revoker::Roots => RevokedBy::Roots,
        })
    }
}
