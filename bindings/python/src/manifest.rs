//! What an envelope says, as verified: who sent it, to whom, when, and about what.
//!
//! ```text
//! Manifest ◀─ VerifiedManifest ◀─┬─ Delivery ◀─ Opened
//!                                └─ Reopened
//! ```

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use vlec::{KeyId, SealedTo as CoreSealedTo};

use crate::buffer::AnyBuffer;
use crate::convert::{ArrivalEnum, Many, Time};
use crate::fault::Answer;
use crate::keys::IdentityKey;
use crate::letter::Labels;
use crate::record::{hash, record};

/// A manifest, and where it comes from.
pub(crate) enum Held {
    Verified(Box<vlec::VerifiedManifest>),
    /// Of a reader, which keeps the verified one.
    Copied(Box<Copied>),
    /// Verified under a key that the caller has chosen.
    Evidence(Box<vlec::Manifest>),
}

pub(crate) struct Copied {
    manifest: vlec::Manifest,
    signed: vlec::SignedManifest,
    opened_with: CoreSealedTo,
    digest: [u8; 64],
}

impl Held {
    pub(crate) fn copy(of: &vlec::VerifiedManifest) -> Self {
        Self::Copied(Box::new(Copied {
            manifest: vlec::Manifest::clone(of),
            signed: of.signed().clone(),
            opened_with: of.opened_with().clone(),
            digest: *of.digest(),
        }))
    }

    /// Of a stream, which keeps the verified one until its end.
    pub(crate) fn of_stream<R: Read>(of: &vlec::EnvelopeStream<R>) -> Self {
        Self::Copied(Box::new(Copied {
            manifest: of.manifest().clone(),
            signed: of.signed().clone(),
            opened_with: of.opened_with().clone(),
            digest: *of.digest(),
        }))
    }

    fn manifest(&self) -> &vlec::Manifest {
        match self {
            Self::Verified(manifest) => manifest,
            Self::Copied(copied) => &copied.manifest,
            Self::Evidence(manifest) => manifest,
        }
    }
}

record! {
    /// One recipient as the sender signed it.
    SealedTo {
        /// The agency.
        agency: String,
        /// The number of the epoch that was sealed to.
        epoch: u64,
        /// The id of that epoch's key.
        key_id: String,
    }
}

impl From<&CoreSealedTo> for SealedTo {
    fn from(to: &CoreSealedTo) -> Self {
        Self { agency: to.agency.to_string(), epoch: to.epoch.0, key_id: to.key_id.to_string() }
    }
}

record! {
    /// A view of one roster.
    Head {
        /// The log's name.
        origin: String,
        /// The number of events.
        size: u64,
        /// The root of the log's tree, 64 hexadecimal digits.
        root: String,
    }
}

impl From<&vlec::Head> for Head {
    fn from(head: &vlec::Head) -> Self {
        let root = KeyId::from_bytes(head.root).to_string();
        Self { origin: head.origin.clone(), size: head.size, root }
    }
}

/// What an envelope's sender has signed.
#[pyclass(frozen, subclass, module = "vlec")]
pub struct Manifest(pub(crate) Held);

#[pymethods]
impl Manifest {
    /// The envelope's id, by which a reply names it.
    #[getter]
    pub(crate) fn id(&self) -> String {
        self.0.manifest().id.to_string()
    }

    /// Who sealed it.
    #[getter]
    pub(crate) fn sender(&self) -> &str {
        self.0.manifest().sender.as_str()
    }

    /// The id of the identity under which it is signed.
    #[getter]
    fn sender_key(&self) -> String {
        self.0.manifest().sender_key.to_string()
    }

    /// All to whom it is sealed.
    #[getter]
    fn recipients(&self) -> Many<String> {
        self.0.manifest().recipients.iter().map(|to| to.agency.to_string()).collect()
    }

    /// The same, with their epochs and keys.
    #[getter]
    fn sealed_to(&self) -> Many<SealedTo> {
        self.0.manifest().recipients.iter().map(SealedTo::from).collect()
    }

    /// When it was sealed: the sender's word.
    #[getter]
    fn sealed_at(&self) -> Time {
        self.0.manifest().created.into()
    }

    /// The sender's sequence number; gaps are legal.
    #[getter]
    fn sequence(&self) -> u64 {
        self.0.manifest().sequence
    }

    /// The content's media type.
    #[getter]
    fn content_type(&self) -> &str {
        &self.0.manifest().content_type
    }

    /// The content's length in bytes.
    #[getter]
    fn size(&self) -> u64 {
        self.0.manifest().content_len
    }

    /// What the content is about.
    #[getter]
    fn labels(&self) -> Labels {
        Labels(self.0.manifest().labels.clone())
    }

    /// The sender's view of the rosters.
    #[getter]
    fn heads(&self) -> Many<Head> {
        self.0.manifest().heads.iter().map(Head::from).collect()
    }

    /// Values of kinds that a later specification defines, by their number.
    #[getter]
    fn extensions(&self) -> BTreeMap<u64, Vec<u8>> {
        self.0.manifest().extensions.iter().map(|extension| (extension.id, extension.value.clone())).collect()
    }

    /// The manifest's bytes.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.manifest().encode())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let manifest = slf.get().0.manifest();
        Ok(format!(
            "{}({}, from {}, {} bytes)",
            slf.get_type().name()?,
            manifest.id,
            manifest.sender,
            manifest.content_len
        ))
    }
}

/// A manifest whose sender, recipients and signature have been verified by the rosters.
#[pyclass(frozen, subclass, extends = Manifest, module = "vlec")]
pub struct VerifiedManifest;

#[pymethods]
impl VerifiedManifest {
    /// The recipient whose key opened the envelope.
    #[getter]
    fn opened_with(slf: &Bound<'_, Self>) -> Option<SealedTo> {
        match &slf.as_super().get().0 {
            Held::Verified(manifest) => Some(manifest.opened_with().into()),
            Held::Copied(copied) => Some((&copied.opened_with).into()),
            Held::Evidence(_) => None,
        }
    }

    /// The signed bytes, to be kept as evidence.
    #[getter]
    fn signed(slf: &Bound<'_, Self>) -> Option<SignedManifest> {
        match &slf.as_super().get().0 {
            Held::Verified(manifest) => Some(SignedManifest(manifest.signed().clone())),
            Held::Copied(copied) => Some(SignedManifest(copied.signed.clone())),
            Held::Evidence(_) => None,
        }
    }

    /// SHA-512 of the manifest's bytes: the envelope's identity in a ledger.
    #[getter]
    fn digest<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyBytes>> {
        match &slf.as_super().get().0 {
            Held::Verified(manifest) => Some(PyBytes::new(slf.py(), manifest.digest())),
            Held::Copied(copied) => Some(PyBytes::new(slf.py(), &copied.digest)),
            Held::Evidence(_) => None,
        }
    }
}

/// An envelope that was opened, and is to be accepted.
#[pyclass(frozen, subclass, extends = VerifiedManifest, module = "vlec")]
pub struct Delivery {
    /// Whether it arrived before. That says nothing of its content: see `Arrival`.
    #[pyo3(get)]
    arrival: ArrivalEnum,
    pub(crate) complete: Complete,
}

/// Whether all of the content was verified, where it is read from front to back.
#[derive(Clone)]
pub(crate) struct Complete(Arc<AtomicBool>);

impl Complete {
    pub(crate) fn whole() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(crate) fn not_yet() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// An envelope that was opened in memory.
#[pyclass(frozen, extends = Delivery, module = "vlec")]
pub struct Opened {
    /// The content.
    #[pyo3(get)]
    content: Py<PyBytes>,
}

/// The content of an envelope that was accepted before: to be read, not to be acted on again.
#[pyclass(frozen, extends = VerifiedManifest, module = "vlec")]
pub struct Reopened {
    /// The content.
    #[pyo3(get)]
    content: Py<PyBytes>,
}

fn new<T: PyClass>(py: Python<'_>, made: impl Into<PyClassInitializer<T>>) -> PyResult<Py<T>> {
    Py::new(py, made)
}

pub(crate) fn verified(py: Python<'_>, held: Held) -> PyResult<Py<VerifiedManifest>> {
    new(py, PyClassInitializer::from(Manifest(held)).add_subclass(VerifiedManifest))
}

pub(crate) fn delivery(
    py: Python<'_>,
    held: Held,
    arrival: vlec::Arrival,
    complete: Complete,
) -> PyResult<Py<Delivery>> {
    let arrival = arrival.into();
    new(
        py,
        PyClassInitializer::from(Manifest(held))
            .add_subclass(VerifiedManifest)
            .add_subclass(Delivery { arrival, complete }),
    )
}

pub(crate) fn opened(py: Python<'_>, about: vlec::About, content: Py<PyBytes>) -> PyResult<Py<Opened>> {
    let arrival = about.arrival().into();
    let held = Held::Verified(Box::new(about.into_manifest()));
    let base = PyClassInitializer::from(Manifest(held)).add_subclass(VerifiedManifest);
    new(
        py,
        base.add_subclass(Delivery { arrival, complete: Complete::whole() }).add_subclass(Opened { content }),
    )
}

pub(crate) fn reopened(
    py: Python<'_>,
    manifest: vlec::VerifiedManifest,
    content: Py<PyBytes>,
) -> PyResult<Py<Reopened>> {
    let held = Held::Verified(Box::new(manifest));
    let base = PyClassInitializer::from(Manifest(held)).add_subclass(VerifiedManifest);
    new(py, base.add_subclass(Reopened { content }))
}

/// A manifest's bytes and signature: what a recipient shows to a third party.
#[pyclass(frozen, eq, module = "vlec")]
#[derive(Clone, PartialEq)]
pub struct SignedManifest(pub(crate) vlec::SignedManifest);

#[pymethods]
impl SignedManifest {
    #[new]
    #[pyo3(signature = (manifest: "Buffer", signature: "Buffer"))]
    fn new(py: Python<'_>, manifest: AnyBuffer<'_>, signature: AnyBuffer<'_>) -> PyResult<Self> {
        let wrong = |_| crate::fault::malformed(py, "the signature is malformed: it has another length");
        let signature = signature.as_slice().try_into().map_err(wrong)?;
        Ok(Self(vlec::SignedManifest { bytes: manifest.as_slice().to_vec(), signature }))
    }

    /// The manifest as the sender encoded it.
    #[getter]
    fn manifest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.bytes)
    }

    /// The sender's composite signature.
    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.signature)
    }

    /// Verifies that `identity` signed the manifest, offline and without any secret. Whether the key was
    /// the sender's, and whether it was revoked later, the sender's roster says.
    ///
    /// Raises `MalformedError`, `RejectedError` if the manifest names another key, `OpenFailed` if the
    /// signature does not hold.
    fn verify(&self, identity: &Bound<'_, IdentityKey>) -> Answer<Manifest> {
        Ok(Manifest(Held::Evidence(Box::new(self.0.verify(&identity.get().0)?))))
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        hash(slf.as_any(), &["manifest", "signature"])
    }

    fn __repr__(&self) -> String {
        format!("SignedManifest({} bytes)", self.0.bytes.len())
    }
}

/// What is kept of a manifest that a sender signed: its digest and signature, and until the epoch ends that it was
/// sealed to, the manifest itself.
#[pyclass(frozen, module = "vlec")]
pub struct Evidence(pub(crate) vlec::Evidence);

#[pymethods]
impl Evidence {
    /// SHA-512 of the manifest's bytes, which is what the signature is over.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.digest)
    }

    /// The sender's composite signature.
    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.signature)
    }

    /// The manifest as the sender signed it; `None` once the epoch that it was sealed to has ended.
    #[getter]
    fn manifest(&self) -> Option<SignedManifest> {
        self.0.manifest.clone().map(SignedManifest)
    }

    /// Verifies that `identity` signed a manifest of this digest, offline and without any secret.
    ///
    /// Raises `OpenFailed` if the signature does not hold, and as `SignedManifest.verify` where the manifest is
    /// there.
    fn verify(&self, identity: &Bound<'_, IdentityKey>) -> Answer<()> {
        Ok(self.0.verify(&identity.get().0)?)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

record! {
    /// What an envelope shows without a key; nothing of it is authentic.
    EnvelopeHeader {
        /// The envelope's version.
        version: u8,
        /// The suite's number.
        suite: u16,
        /// The envelope's id.
        id: String,
        /// The number of recipients.
        recipients: usize,
        /// The bytes before the body: header and sealed manifest.
        front_size: u64,
    }
}

#[pymethods]
impl EnvelopeHeader {
    /// Reads an envelope's first bytes, from a buffer, a path, or a binary file object.
    ///
    /// Raises `MalformedError`, `FileError`.
    ///
    /// >>> EnvelopeHeader.read(b"PK, and no envelope")
    /// Traceback (most recent call last):
    ///     ...
    /// vlec.MalformedError: magic number is malformed: this is no envelope
    #[staticmethod]
    #[pyo3(signature = (source: "Buffer | StrPath | SupportsRead") -> "EnvelopeHeader")]
    fn read(py: Python<'_>, source: crate::files::Input) -> Answer<Self> {
        let header = source.run(py, |input| Ok(vlec::EnvelopeHeader::read(input)?))?;
        Ok(Self {
            version: header.version,
            suite: header.suite,
            id: header.id.to_string(),
            recipients: header.recipients,
            front_size: header.front_len,
        })
    }
}
