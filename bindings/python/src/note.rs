//! Checkpoints, proofs, and whose cosignatures count.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::buffer::AnyBuffer;
use crate::convert::{Many, Text, Time, Whole, expected, text};
use crate::event::{AnchorIn, TrustAnchor};
use crate::fault::{Answer, Fault, malformed_as};
use crate::files::{SHORT, contents, is_path_like};
use crate::keys::{LogPublicKey, WitnessPublicKey};
use crate::record::hash;

/// A checkpoint of a country's log with the signatures of the log and of witnesses, none of them verified.
///
/// Its text is a C2SP signed note, which may be sent as it is.
#[pyclass(frozen, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct SignedCheckpoint(pub(crate) vlec::SignedCheckpoint);

#[pymethods]
impl SignedCheckpoint {
    /// Reads a note, as `str` or in a buffer.
    ///
    /// Raises `MalformedError`.
    #[staticmethod]
    #[pyo3(signature = (note: "str | Buffer") -> "SignedCheckpoint")]
    fn decode(note: NoteIn) -> Self {
        Self(note.0)
    }

    /// The note's text.
    fn encode(&self) -> String {
        self.0.encode()
    }

    /// The anchor that names the log.
    #[getter]
    fn anchor(&self) -> TrustAnchor {
        TrustAnchor(*self.0.checkpoint().anchor())
    }

    /// The number of events.
    #[getter]
    fn size(&self) -> u64 {
        self.0.checkpoint().size()
    }

    /// The root of the log's tree.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.checkpoint().root())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        hash(slf.as_any(), &["anchor", "size", "root"])
    }

    fn __repr__(&self) -> String {
        let checkpoint = self.0.checkpoint();
        format!("SignedCheckpoint({}, size {})", checkpoint.anchor().country(), checkpoint.size())
    }
}

/// No bundle is longer (`[BND-10]`).
const LONGEST_BUNDLE: u64 = 1 << 32;

/// A proposal's bytes, or a file of them.
pub(crate) enum ProposalIn<'py> {
    Buffer(AnyBuffer<'py>),
    File(Vec<u8>),
}

impl ProposalIn<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Buffer(bytes) => bytes.as_slice(),
            Self::File(bytes) => bytes,
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for ProposalIn<'py> {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if is_path_like(&from)? {
            return Ok(Self::File(contents(&from, LONGEST_BUNDLE)?));
        }
        if from.is_instance_of::<PyString>() {
            return Err(expected(&from, "a proposal's bytes or an os.PathLike, as pathlib.Path(name),"));
        }
        from.extract().map(Self::Buffer)
    }
}

/// A checkpoint, its text, or a file of that. A `str` is text.
pub(crate) struct NoteIn(pub(crate) vlec::SignedCheckpoint);

impl FromPyObject<'_, '_> for NoteIn {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(note) = from.cast::<SignedCheckpoint>() {
            return Ok(Self(note.get().0.clone()));
        }
        let read = |text: &[u8]| -> Answer<Self> { Ok(Self(vlec::SignedCheckpoint::decode(text)?)) };
        if is_path_like(&from)? {
            return Ok(read(&contents(&from, SHORT)?)?);
        }
        let Ok(note) = from.cast::<PyString>() else {
            return Ok(read(from.extract::<AnyBuffer<'_>>()?.as_slice())?);
        };
        let note = text(&note)?;
        match vlec::SignedCheckpoint::decode(note.as_bytes()) {
            Ok(note) => Ok(Self(note)),
            // A note has several lines: this is a name.
            Err(error) if !note.contains('\n') => {
                let text = format!("{error}: a str is the note's text; for a file pass pathlib.Path(name)");
                Err(malformed_as(from.py(), error.code(), &text))
            }
            Err(error) => Err(Fault::from(error).into()),
        }
    }
}

/// A proof that an event stands at a place of a log; nothing in it is verified before `verify`.
#[pyclass(frozen, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct InclusionProof(vlec::InclusionProof);

impl From<vlec::InclusionProof> for InclusionProof {
    fn from(proof: vlec::InclusionProof) -> Self {
        Self(proof)
    }
}

#[pymethods]
impl InclusionProof {
    /// Reads a proof, a C2SP tlog-proof.
    ///
    /// Raises `MalformedError`.
    #[staticmethod]
    fn decode(proof: AnyBuffer<'_>) -> Answer<Self> {
        Ok(Self(vlec::InclusionProof::decode(proof.as_slice())?))
    }

    /// The proof's text.
    fn encode(&self) -> String {
        self.0.encode()
    }

    /// The event's place in the log, counted from 0.
    #[getter]
    fn index(&self) -> u64 {
        self.0.index()
    }

    /// The checkpoint, not verified.
    #[getter]
    fn checkpoint(&self) -> SignedCheckpoint {
        SignedCheckpoint(self.0.checkpoint().clone())
    }

    /// That the event of this `leaf` stands at `index` of the log of `anchor`, whose keys are `log`,
    /// and the time at which a quorum of `policy` has said so, none of it later than `latest`.
    ///
    /// Raises `RejectedError`.
    #[pyo3(signature = (leaf: "Buffer", *, anchor: "TrustAnchor | str", log: "LogPublicKey", policy: "Policy", latest: "datetime") -> "datetime")]
    fn verify(
        &self,
        leaf: AnyBuffer<'_>,
        anchor: AnchorIn,
        log: &Bound<'_, LogPublicKey>,
        policy: &Bound<'_, Policy>,
        latest: Time,
    ) -> Answer<Time> {
        let (log, policy) = (&log.get().0, &policy.get().0);
        Ok(Time(self.0.verify(leaf.as_slice(), &anchor.0, log, policy, latest.0)?))
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        slf.call_method0("encode")?.hash()
    }

    fn __repr__(&self) -> String {
        format!("InclusionProof(index {}, {})", self.0.index(), self.checkpoint().__repr__())
    }
}

/// Two signed checkpoints of one log that cannot both be of an honest one.
#[pyclass(frozen, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct EquivocationProof(pub(crate) vlec::EquivocationProof);

impl From<vlec::EquivocationProof> for EquivocationProof {
    fn from(proof: vlec::EquivocationProof) -> Self {
        Self(proof)
    }
}

#[pymethods]
impl EquivocationProof {
    /// Reads a proof, and verifies nothing: `accuse` does.
    ///
    /// Raises `MalformedError`.
    #[staticmethod]
    fn decode(proof: AnyBuffer<'_>) -> Answer<Self> {
        Ok(Self(vlec::EquivocationProof::decode(proof.as_slice())?))
    }

    /// The bytes of the proof, for everybody to verify.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.encode())
    }

    /// The log.
    #[getter]
    fn anchor(&self) -> TrustAnchor {
        TrustAnchor(*self.0.anchor())
    }

    /// The two checkpoints, the smaller first.
    #[getter]
    fn checkpoints(&self) -> (SignedCheckpoint, SignedCheckpoint) {
        let [first, second] = self.0.checkpoints();
        (SignedCheckpoint(first.clone()), SignedCheckpoint(second.clone()))
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        slf.call_method0("encode")?.hash()
    }

    fn __repr__(&self) -> String {
        format!("EquivocationProof({})", self.0.anchor().country())
    }
}

/// Whose cosignatures a checkpoint of one country's log needs: a C2SP tlog-policy.
#[pyclass(frozen, eq, str = "{0}", module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct Policy(pub(crate) vlec::Policy);

#[pymethods]
impl Policy {
    /// Reads a policy.
    ///
    /// Raises `MalformedError`, with the `line` and what is wrong with it as its cause.
    #[staticmethod]
    #[pyo3(signature = (text: "str") -> "Policy")]
    fn parse(text: Text) -> Answer<Self> {
        Ok(Self(vlec::Policy::parse(&text.0)?))
    }

    /// `threshold` of the witnesses of these countries.
    ///
    /// Raises `MalformedError` if a country or key is named twice, or the threshold is out of bounds.
    #[staticmethod]
    #[pyo3(signature = (witnesses: "Iterable[tuple[TrustAnchor | str, WitnessPublicKey]]", *, threshold: "int") -> "Policy")]
    fn of(witnesses: &Bound<'_, PyAny>, threshold: Whole<usize>) -> Answer<Self> {
        let mut all = Vec::new();
        for witness in witnesses.try_iter()? {
            let (anchor, key): (AnchorIn, Bound<'_, WitnessPublicKey>) = witness?.extract()?;
            all.push((anchor.0, key.get().0.clone()));
        }
        Ok(Self(vlec::Policy::new(&all, threshold.0)?))
    }

    /// The policy as it was read, comments too.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// The key names of the witnesses, in the order of the policy.
    #[getter]
    fn witnesses(&self) -> Many<String> {
        self.0.witnesses().map(str::to_owned).collect()
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        hash(slf.as_any(), &["text"])
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
