//! What the roots do: each event is signed here, judged, and durable before a call returns.

use pyo3::prelude::*;
use vlec::event::Revoke;
use vlec::{AgencyId, KeyId, Renewal, Successors};

use super::Centre;
use super::roots::Roots;
use crate::convert::{Name, ReasonEnum, Time};
use crate::event::{EventIn, SignedEvent};
use crate::fault::Answer;
use crate::keys::RootPublicKey;

#[pymethods]
impl Centre {
    /// Enrols the agency that has made and signed `request`. Roots that have signed it elsewhere count too.
    ///
    /// Raises `RejectedError` with the rule that it breaks.
    #[pyo3(signature = (request: "SignedEvent | Buffer | PathLike[str]", *, roots: "Iterable[RootKey]") -> "SignedEvent")]
    fn enrol(&self, py: Python<'_>, request: EventIn, roots: Roots) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.with(py, move |centre| centre.enrol(&request.0, &roots.borrow()))?))
    }

    /// Recovers the agency that has made and signed `request`: every earlier identity of it is revoked at
    /// once, and the new one takes effect after the country's delay.
    ///
    /// Raises as `enrol`.
    #[pyo3(signature = (request: "SignedEvent | Buffer | PathLike[str]", *, roots: "Iterable[RootKey]") -> "SignedEvent")]
    fn recover(&self, py: Python<'_>, request: EventIn, roots: Roots) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.with(py, move |centre| centre.recover(&request.0, &roots.borrow()))?))
    }

    /// Revokes a key of an agency. It is in force at once for everybody who sees the returned event: pass it on to
    /// `hear`, the log is slower. `effective` says since when the key's use is doubted, as long before now as is known.
    ///
    /// `key_id` is that of an identity or an epoch: `rosters.current_identity(agency)` gives the identity that signs
    /// now, `opened.sender_key` the one that has signed an envelope, and `rosters.agency(agency)` all of them.
    ///
    /// A log that was restored does not admit it before it goes on: revoke again then.
    ///
    /// Raises as `enrol`.
    #[pyo3(signature = (agency: "str", key_id: "str", *, reason: "RevocationReason", effective: "datetime", roots: "Iterable[RootKey]") -> "SignedEvent")]
    fn revoke(
        &self,
        py: Python<'_>,
        agency: Name<AgencyId>,
        key_id: Name<KeyId>,
        reason: ReasonEnum,
        effective: Time,
        roots: Roots,
    ) -> Answer<SignedEvent> {
        let revoke = Revoke::by_roots(key_id.0, reason.0, effective.0);
        Ok(SignedEvent(self.with(py, move |centre| centre.revoke(&agency.0, revoke, &roots.borrow()))?))
    }

    /// Withdraws an agency: it is neither recipient nor sender any more, and does not come back.
    ///
    /// Raises as `enrol`.
    #[pyo3(signature = (agency: "str", *, roots: "Iterable[RootKey]") -> "SignedEvent")]
    fn withdraw(&self, py: Python<'_>, agency: Name<AgencyId>, roots: Roots) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.with(py, move |centre| centre.withdraw(&agency.0, &roots.borrow()))?))
    }

    /// Changes the keys that speak for the country; what is not named stays. `roots` are all those that are
    /// to speak from then on, and at least the threshold of those that do now; with `new_roots`, their
    /// public halves, comes their `threshold`. New keys of log and witness are made here.
    ///
    /// Raises `StateError` before the first publication, and while such a change is pending; as `enrol`.
    #[pyo3(signature = (*, roots: "Iterable[RootKey]", new_roots: "Iterable[RootPublicKey] | None" = None, threshold: "int | None" = None, renew_log: "bool" = false, renew_witness: "bool" = false) -> "SignedEvent")]
    fn authority(
        &self,
        py: Python<'_>,
        roots: Roots,
        new_roots: Option<&Bound<'_, PyAny>>,
        threshold: Option<usize>,
        renew_log: bool,
        renew_witness: bool,
    ) -> Answer<SignedEvent> {
        let renewal = |renew| if renew { Renewal::Renew } else { Renewal::Keep };
        let named = match (new_roots, threshold) {
            (None, None) => None,
            (Some(new), Some(threshold)) => {
                let public = |root: PyResult<Bound<'_, PyAny>>| {
                    Ok::<_, PyErr>(root?.cast::<RootPublicKey>()?.get().0.clone())
                };
                Some((new.try_iter()?.map(public).collect::<PyResult<_>>()?, threshold))
            }
            _ => {
                let text = "new_roots and their threshold are given together";
                return Err(pyo3::exceptions::PyTypeError::new_err(text).into());
            }
        };
        let successors =
            Successors { roots: named, log: renewal(renew_log), witness: renewal(renew_witness) };
        Ok(SignedEvent(self.with(py, move |centre| centre.authority(&successors, &roots.borrow()))?))
    }
}
