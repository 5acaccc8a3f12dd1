//! The rosters that the agency holds.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use vlec::{AgencyId, Country};

use super::Agency;
use crate::convert::{Many, Name, whole};
use crate::event::{AnchorIn, EventIn, SignedEvent};
use crate::fault::{Answer, Raised};
use crate::files::{Input, PyFile, each_bundle};
use crate::lookup::{Party, Rosters};
use crate::note::{EquivocationProof, InclusionProof, Policy};
use crate::status::{CountryStatus, Imported, held, imported};

#[pymethods]
impl Agency {
    /// Pins a country's anchor, which people have compared in a ceremony, with the genesis that it is the
    /// hash of. The own country is pinned like every other.
    ///
    /// Raises `RejectedError` if they do not belong together, or another anchor is pinned.
    #[pyo3(signature = (genesis: "SignedEvent | Buffer | PathLike[str]", anchor: "TrustAnchor | str"))]
    fn pin(&self, py: Python<'_>, genesis: EventIn, anchor: AnchorIn) -> Answer<()> {
        self.with(py, move |agency| agency.pin(&genesis.0, &anchor.0))
    }

    /// Pins an anchor in the place of another, after a new ceremony: the country has begun anew.
    ///
    /// Raises as `pin`.
    #[pyo3(signature = (genesis: "SignedEvent | Buffer | PathLike[str]", anchor: "TrustAnchor | str"))]
    fn repin(&self, py: Python<'_>, genesis: EventIn, anchor: AnchorIn) -> Answer<()> {
        self.with(py, move |agency| agency.repin(&genesis.0, &anchor.0))
    }

    /// Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other pinned
    /// countries', of at most six and of two at least.
    ///
    /// Raises `RejectedError` if the country is not pinned.
    fn set_policy(&self, py: Python<'_>, country: Name<Country>, policy: &Bound<'_, Policy>) -> Answer<()> {
        let policy = policy.get().0.clone();
        self.with(py, move |agency| agency.set_policy(country.0, policy))
    }

    /// Takes roster bundles, each a path, a buffer, or a binary file object: verified, then durable, then
    /// in force. One that is older than what is held of the same roster brings nothing and is no failure: `older`
    /// says so. One that is not taken keeps no other one out: when all were tried, its exception is raised, with a
    /// note of which it was (`error.__notes__`); of several, an `ExceptionGroup` of theirs. `except*` takes both.
    ///
    /// Raises `ForkError`, with the `proof`, if a log has shown two rosters; `RejectedError`,
    /// `MalformedError`, `FileError`.
    #[pyo3(signature = (*bundles: "Buffer | StrPath | SupportsRead") -> "tuple[Imported, ...]")]
    fn import_roster(&self, py: Python<'_>, bundles: &Bound<'_, PyTuple>) -> Answer<Many<Imported>> {
        let take = |bundle: Input<'_>| -> Answer<Imported> {
            let agency = self.handle(py)?;
            bundle.run(py, move |input| {
                let done = agency.import(input);
                imported(done, |country| agency.with_rosters(|rosters| held(rosters, country)))
            })
        };
        Ok(Many(each_bundle(bundles, take)?))
    }

    /// A bundle of what is held of a country after its first `after` events.
    ///
    /// Raises `RejectedError`.
    #[pyo3(signature = (country: "str", *, after: "int" = 0) -> "bytes")]
    fn export_roster<'py>(
        &self,
        py: Python<'py>,
        country: Name<Country>,
        #[pyo3(from_py_with = whole)] after: u64,
    ) -> Answer<Bound<'py, PyBytes>> {
        let bundle = self.with(py, move |agency| {
            let mut bundle = Vec::new();
            agency.export(country.0, after, &mut bundle).map(|()| bundle)
        })?;
        Ok(PyBytes::new(py, &bundle))
    }

    /// As `export_roster`, written to a binary file object.
    ///
    /// Raises as that.
    #[pyo3(signature = (file: "SupportsWrite", country: "str", *, after: "int" = 0))]
    fn export_roster_to(
        &self,
        py: Python<'_>,
        file: Bound<'_, PyAny>,
        country: Name<Country>,
        #[pyo3(from_py_with = whole)] after: u64,
    ) -> Answer<()> {
        let raised = Raised::default();
        let output = std::io::BufWriter::with_capacity(1 << 20, PyFile::new(file, &raised));
        raised.or(self.with(py, move |agency| agency.export(country.0, after, output)))
    }

    /// The verified rosters, to look things up in.
    #[getter]
    fn rosters(slf: Bound<'_, Self>) -> Rosters {
        Rosters(Party::Agency(slf.unbind()))
    }

    /// Every pinned country, by its code.
    fn status(&self, py: Python<'_>) -> Answer<Vec<CountryStatus>> {
        let all = self.with(py, |agency| Ok::<_, vlec::Error>(agency.status()))?;
        Ok(all.into_iter().map(CountryStatus::from).collect())
    }

    /// The published events of an agency of any country, or of a country itself, in the order of its log,
    /// with their places counted from 0; but for ended epochs whose bytes have been dropped.
    ///
    /// Raises `VaultError`.
    fn events(&self, py: Python<'_>, subject: Name<AgencyId>) -> Answer<Vec<(u64, SignedEvent)>> {
        let events = self.with(py, move |agency| agency.events(&subject.0))?;
        Ok(events.into_iter().map(|(place, event)| (place, SignedEvent(event))).collect())
    }

    /// The proof that an event stands in a country's log, under the newest checkpoint: for a third party,
    /// who needs nothing else but the country's log key and a policy.
    ///
    /// Raises `StateError` or `RejectedError` if the event is not in what is published.
    #[pyo3(signature = (event: "SignedEvent | Buffer | PathLike[str]") -> "InclusionProof")]
    fn proof(&self, py: Python<'_>, event: EventIn) -> Answer<InclusionProof> {
        Ok(self.with(py, move |agency| agency.proof(&event.0))?.into())
    }

    /// Takes a proof that a country's log has shown two rosters: the country is frozen.
    ///
    /// Raises `RejectedError` if it proves nothing.
    fn accuse(&self, py: Python<'_>, proof: &Bound<'_, EquivocationProof>) -> Answer<()> {
        let proof = proof.get().0.clone();
        self.with(py, move |agency| agency.accuse(proof))
    }

    /// The proof for which a country is frozen: no new key of it counts, until it is pinned anew.
    fn frozen(&self, py: Python<'_>, country: Name<Country>) -> Answer<Option<EquivocationProof>> {
        let proof = self.with(py, move |agency| Ok::<_, vlec::Error>(agency.frozen(country.0)))?;
        Ok(proof.map(EquivocationProof::from))
    }

    /// Takes a revocation that is not in the log, or not yet: it is in force at once.
    ///
    /// Raises `RejectedError`.
    #[pyo3(signature = (revocation: "SignedEvent | Buffer | PathLike[str]"))]
    fn hear(&self, py: Python<'_>, revocation: EventIn) -> Answer<()> {
        self.with(py, move |agency| agency.hear(&revocation.0))
    }
}
