//! Trust anchors and signed roster events.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use vlec::event::Content;

use crate::buffer::AnyBuffer;
use crate::convert::{EventKindEnum, Many, Name, ReasonEnum, RevokedByEnum, Time, expected};
use crate::fault::{Answer, Fault};
use crate::files::{SHORT, contents, is_path_like};
use crate::keys::{IdentityKey, LogPublicKey, RootPublicKey, WitnessPublicKey};
use crate::record::record;

/// A country and the hash of its genesis: what other countries pin in a ceremony.
///
/// >>> anchor = TrustAnchor("vlec/1/GE/" + "a1" * 32)
/// >>> anchor.country, anchor.fingerprint
/// ('GE', 'a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1')
#[pyclass(frozen, eq, hash, str = "{0}", module = "vlec")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrustAnchor(pub(crate) vlec::TrustAnchor);

#[pymethods]
impl TrustAnchor {
    #[new]
    fn new(text: Name<vlec::TrustAnchor>) -> Self {
        Self(text.0)
    }

    /// The country.
    #[getter]
    fn country(&self) -> String {
        self.0.country().to_string()
    }

    /// The form that two people read to each other.
    #[getter]
    fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    fn __repr__(&self) -> String {
        format!("TrustAnchor('{}')", self.0)
    }
}

/// A trust anchor, or its text.
pub(crate) struct AnchorIn(pub(crate) vlec::TrustAnchor);

impl FromPyObject<'_, '_> for AnchorIn {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        match from.cast::<TrustAnchor>() {
            Ok(anchor) => Ok(Self(anchor.get().0)),
            Err(_) => from.extract::<Name<_>>().map(|anchor| Self(anchor.0)),
        }
    }
}

record! {
    /// When an epoch's key is used: sealed to from `not_before` until `not_after`, opened until `destroy_at`.
    Window {
        /// The first second in which the key is sealed to.
        not_before: Time,
        /// The first second in which the key is no longer sealed to.
        not_after: Time,
        /// The first second in which the key no longer opens.
        destroy_at: Time,
    }
}

impl From<vlec::Window> for Window {
    fn from(window: vlec::Window) -> Self {
        Self {
            not_before: window.not_before().into(),
            not_after: window.not_after().into(),
            destroy_at: window.destroy_at().into(),
        }
    }
}

record! {
    /// A key that is revoked.
    Revocation {
        /// The key's id, where the event names it.
        key_id: Option<String>,
        /// Why.
        reason: ReasonEnum,
        /// Who revoked it.
        by: RevokedByEnum,
        /// When it was published; `None` in an event.
        seen: Option<Time>,
        /// From when the key's use is doubted; `None` if the owner's event states no time.
        effective: Option<Time>,
    }
}

impl From<vlec::Revocation> for Revocation {
    fn from(revocation: vlec::Revocation) -> Self {
        let vlec::Revocation { seen, effective, reason, by } = revocation;
        Self {
            key_id: None,
            reason: reason.into(),
            by: by.into(),
            seen: Some(seen.into()),
            effective: Some(effective.into()),
        }
    }
}

impl From<vlec::event::Revoke> for Revocation {
    fn from(revoke: vlec::event::Revoke) -> Self {
        Self {
            key_id: Some(revoke.key_id().to_string()),
            reason: revoke.reason().into(),
            by: revoke.by().into(),
            seen: None,
            effective: revoke.effective().map(Time),
        }
    }
}

record! {
    /// The keys that speak for a country.
    AuthorityKeys {
        /// The roots.
        roots: Many<RootPublicKey>,
        /// How many of them speak for the country.
        threshold: usize,
        /// The log's key pair.
        log: LogPublicKey,
        /// The witness's key pair.
        witness: WitnessPublicKey,
    }
}

impl From<&vlec::event::AuthorityKeys> for AuthorityKeys {
    fn from(keys: &vlec::event::AuthorityKeys) -> Self {
        Self {
            roots: keys.roots().iter().cloned().map(RootPublicKey).collect(),
            threshold: keys.threshold(),
            log: LogPublicKey(keys.log().clone()),
            witness: WitnessPublicKey(keys.witness().clone()),
        }
    }
}

/// A signed roster event, not verified: that it holds, a roster says that has taken it.
#[pyclass(frozen, module = "vlec")]
#[derive(Clone)]
pub struct SignedEvent(pub(crate) vlec::SignedEvent);

impl SignedEvent {
    fn content(&self) -> &Content {
        self.0.event().content()
    }
}

#[pymethods]
impl SignedEvent {
    /// Reads an event from its bytes.
    ///
    /// Raises `MalformedError`.
    #[staticmethod]
    fn decode(event: AnyBuffer<'_>) -> Answer<Self> {
        Ok(Self(vlec::SignedEvent::decode(event.as_slice())?))
    }

    /// The event's bytes, to be brought to a centre.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.encode())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.encode(py)
    }

    /// What the event is about.
    #[getter]
    fn kind(&self) -> EventKindEnum {
        self.0.event().kind().into()
    }

    /// The country of a genesis or an authority, the agency of every other event.
    #[getter]
    fn subject(&self) -> &str {
        self.0.event().subject().as_str()
    }

    /// The event's place in the subject's chain.
    #[getter]
    fn serial(&self) -> u64 {
        self.0.event().serial()
    }

    /// The ids of the keys that have signed.
    #[getter]
    fn signers(&self) -> Many<String> {
        self.0.signers().map(ToString::to_string).collect()
    }

    /// The bytes that are signed.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.body())
    }

    /// The event's leaf in the log, with which an `InclusionProof` is verified.
    #[getter]
    fn leaf<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.leaf())
    }

    /// The trust anchor that a genesis makes.
    #[getter]
    fn anchor(&self) -> Option<TrustAnchor> {
        self.0.event().anchor().map(TrustAnchor)
    }

    /// The identity that an enrolment, a rotation or a recovery names.
    #[getter]
    fn identity(&self) -> Option<IdentityKey> {
        match self.content() {
            Content::Enrol(enrol) => Some(IdentityKey(enrol.identity().clone())),
            Content::Rotation(next) | Content::Recovery(next) => Some(IdentityKey(next.clone())),
            _ => None,
        }
    }

    /// Whether the roots, and not the identity before it, vouch for the identity.
    #[getter]
    fn is_recovery(&self) -> bool {
        matches!(self.content(), Content::Recovery(_))
    }

    /// The names of an enrolment, by language.
    #[getter]
    fn names(&self) -> BTreeMap<String, String> {
        match self.content() {
            Content::Enrol(enrol) => enrol.names().iter().map(by_language).collect(),
            _ => BTreeMap::new(),
        }
    }

    /// The roles of an enrolment.
    #[getter]
    fn roles(&self) -> Many<String> {
        match self.content() {
            Content::Enrol(enrol) => enrol.roles().iter().map(|role| role.as_str().to_owned()).collect(),
            _ => Many(Vec::new()),
        }
    }

    /// The number of the epoch that is announced.
    #[getter]
    fn epoch(&self) -> Option<u64> {
        match self.content() {
            Content::Epoch(epoch) => Some(epoch.number().0),
            _ => None,
        }
    }

    /// When the epoch that is announced is used.
    #[getter]
    fn window(&self) -> Option<Window> {
        match self.content() {
            Content::Epoch(epoch) => Some(epoch.window().into()),
            _ => None,
        }
    }

    /// What is revoked.
    #[getter]
    fn revocation(&self) -> Option<Revocation> {
        match self.content() {
            Content::Revoke(revoke) => Some((*revoke).into()),
            _ => None,
        }
    }

    /// The keys that a genesis or an authority names.
    #[getter]
    fn keys(&self) -> Option<AuthorityKeys> {
        match self.content() {
            Content::Genesis(genesis) => Some(genesis.keys().into()),
            Content::Authority(keys) => Some(keys.into()),
            _ => None,
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0.encode() == self.0.encode())
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.body().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let event = self.0.event();
        format!("SignedEvent({} of {}, serial {})", event.kind(), event.subject(), event.serial())
    }
}

/// A name, by its language.
pub(crate) fn by_language(name: &vlec::event::DisplayName) -> (String, String) {
    (name.language().to_owned(), name.name().to_owned())
}

/// An event, its bytes, or a file of them.
pub(crate) struct EventIn(pub(crate) vlec::SignedEvent);

impl FromPyObject<'_, '_> for EventIn {
    type Error = PyErr;

    fn extract(from: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(event) = from.cast::<SignedEvent>() {
            return Ok(Self(event.get().0.clone()));
        }
        if is_path_like(&from)? {
            return Ok(Self(vlec::SignedEvent::decode(&contents(&from, SHORT)?).map_err(Fault::from)?));
        }
        if from.is_instance_of::<PyString>() {
            let what = "a SignedEvent, its bytes or an os.PathLike, as pathlib.Path(name),";
            return Err(expected(&from, what));
        }
        Ok(Self(SignedEvent::decode(from.extract()?)?.0))
    }
}
