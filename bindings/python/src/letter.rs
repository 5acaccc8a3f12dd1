//! To whom content is sealed, and what is said of it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use vlec::{AgencyId, EnvelopeId, Letter};

use crate::buffer::AnyBuffer;
use crate::convert::{Name, PaddingEnum, Text, Time, UrgencyEnum, Whole, expected, parse, text};
use crate::fault::Answer;
use crate::record::hash;

/// What content is about. Texts have 1 to 255 bytes and no control characters.
///
/// A mapping with the same keys will do wherever labels are expected; `LabelsDict` is its type.
///
/// >>> labels = Labels(case="CH-2026-17", urgency=Urgency.URGENT)
/// >>> labels.case, labels.urgency.value
/// ('CH-2026-17', 'urgent')
#[pyclass(frozen, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct Labels(pub(crate) vlec::Labels);

#[pymethods]
impl Labels {
    #[new]
    #[pyo3(signature = (*, case: "str | None" = None, operation: "str | None" = None, in_reply_to: "str | None" = None, handling: "str | None" = None, urgency: "Urgency | None" = None, deadline: "datetime | None" = None, file_name: "str | None" = None, replaces: "str | None" = None))]
    #[allow(clippy::too_many_arguments, reason = "keyword options of Python")]
    fn new(
        case: Option<Text>,
        operation: Option<Text>,
        in_reply_to: Option<Name<EnvelopeId>>,
        handling: Option<Text>,
        urgency: Option<UrgencyEnum>,
        deadline: Option<Time>,
        file_name: Option<Text>,
        replaces: Option<Name<EnvelopeId>>,
    ) -> Self {
        let text = |given: Option<Text>| given.map(|text| text.0);
        Self(vlec::Labels {
            case: text(case),
            operation: text(operation),
            in_reply_to: in_reply_to.map(|id| id.0),
            handling: text(handling),
            urgency: urgency.map(|urgency| urgency.0),
            deadline: deadline.map(|at| at.0),
            file_name: text(file_name),
            replaces: replaces.map(|id| id.0),
        })
    }

    /// The case it belongs to.
    #[getter]
    fn case(&self) -> Option<&str> {
        self.0.case.as_deref()
    }

    /// The joint operation it belongs to.
    #[getter]
    fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The id of the envelope that it answers.
    #[getter]
    fn in_reply_to(&self) -> Option<String> {
        self.0.in_reply_to.map(|id| id.to_string())
    }

    /// How it may be handled.
    #[getter]
    fn handling(&self) -> Option<&str> {
        self.0.handling.as_deref()
    }

    /// How soon it is to be read.
    #[getter]
    fn urgency(&self) -> Option<UrgencyEnum> {
        self.0.urgency.map(UrgencyEnum)
    }

    /// When an answer is due.
    #[getter]
    fn deadline(&self) -> Option<Time> {
        self.0.deadline.map(Time)
    }

    /// The content's file name: a name without a path.
    #[getter]
    fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    /// The id of the earlier envelope that this one seals again.
    #[getter]
    fn replaces(&self) -> Option<String> {
        self.0.replaces.map(|id| id.to_string())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        hash(slf.as_any(), &ALL)
    }

    /// Which labels there are: their texts belong to a case, and go into no log.
    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Another's text as it may be shown to people: in NFC, with every character that shows nothing, or turns the
/// direction of writing, written out. Labels are what their sender has signed: compare and show them so.
///
/// >>> shown("A-1\u200b7")
/// 'A-1\\u{200b}7'
#[pyfunction]
#[pyo3(signature = (text: "str", /) -> "str")]
pub(crate) fn shown(text: Text) -> String {
    vlec::shown(&text.0)
}

const ALL: [&str; 8] =
    ["case", "operation", "in_reply_to", "handling", "urgency", "deadline", "file_name", "replaces"];

/// Labels, or a mapping with their names.
fn labels(from: &Bound<'_, PyAny>) -> PyResult<vlec::Labels> {
    if let Ok(labels) = from.cast::<Labels>() {
        return Ok(labels.get().0.clone());
    }
    let py = from.py();
    let named = PyDict::new(py);
    let what = "labels: a vlec.Labels, or a mapping with its keys,";
    named.update(from.cast::<PyMapping>().map_err(|_| expected(from, what))?)?;
    let made = py.get_type::<Labels>().call((), Some(&named))?.cast_into::<Labels>()?;
    Ok(made.get().0.clone())
}

/// What every sealing call is told.
pub(crate) struct Draft<'a, 'py> {
    pub(crate) to: &'a Bound<'py, PyAny>,
    pub(crate) content_type: &'a str,
    pub(crate) labels: Option<&'a Bound<'py, PyAny>>,
    pub(crate) padding: Option<PaddingEnum>,
    pub(crate) extensions: Option<&'a Bound<'py, PyAny>>,
}

impl Draft<'_, '_> {
    pub(crate) fn letter(self) -> Answer<Letter> {
        let mut letter = Letter::new(recipients(self.to)?, self.content_type)?;
        if let Some(given) = self.labels {
            letter = letter.labels(labels(given)?)?;
        }
        if let Some(padding) = self.padding {
            letter = letter.padding(padding.0);
        }
        if let Some(extensions) = self.extensions {
            for pair in extensions.cast::<PyMapping>().map_err(PyErr::from)?.items()? {
                let (id, value): (Whole<u64>, AnyBuffer<'_>) = pair.extract()?;
                letter = letter.extension(id.0, value.as_slice())?;
            }
        }
        Ok(letter)
    }
}

/// One name, or several.
fn recipients(to: &Bound<'_, PyAny>) -> PyResult<Vec<AgencyId>> {
    if let Ok(one) = to.cast::<PyString>() {
        return Ok(vec![parse(to.py(), text(one)?)?]);
    }
    let mut all = Vec::new();
    let wrong =
        || PyTypeError::new_err("to: the name of a recipient as str, or an iterable of names, is expected");
    for name in to.try_iter().map_err(|_| wrong())? {
        let name = name?;
        all.push(parse(to.py(), text(name.cast::<PyString>().map_err(|_| wrong())?)?)?);
    }
    Ok(all)
}
