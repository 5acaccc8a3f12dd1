//! Rotation, identities, the time, and the vault.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString, PyTuple};
use vlec::event::{DisplayName, Role};
use vlec::{EpochNumber, KeyId};

use super::Agency;
use crate::convert::{Name, ReasonEnum, Text, Whole, parse, text};
use crate::event::SignedEvent;
use crate::fault::Answer;
use crate::files::paths;
use crate::status::{Due, EpochStatus, Maintained, RotationPolicy};
use crate::unlock::unlock;

#[pymethods]
impl Agency {
    /// Does everything that is due and needs no human: rotates and destroys keys, prunes, and removes what
    /// crashes have left in `folders`, where the application seals and opens files. To be called often, at
    /// least once a day. What its `left` names is for people: `DueKind` says what to do. Then `announcements` are to
    /// be brought to the centre: without that nobody can seal to the agency after some days, three unless the
    /// `rotation_policy` says otherwise.
    ///
    /// Raises the error of the first step that failed; those before it are done, and calling it again goes on.
    #[pyo3(signature = (*folders: "StrPath") -> "Maintained")]
    fn maintain(&self, py: Python<'_>, folders: &Bound<'_, PyTuple>) -> Answer<Maintained> {
        let folders = paths(folders)?;
        let done = self.with(py, move |agency| agency.maintain(&each(&folders)))?;
        Ok(done.into())
    }

    /// What is due, in the vault and in `folders`.
    ///
    /// Raises `VaultError`, `FileError`.
    #[pyo3(signature = (*folders: "StrPath") -> "list[Due]")]
    fn due(&self, py: Python<'_>, folders: &Bound<'_, PyTuple>) -> Answer<Vec<Due>> {
        let folders = paths(folders)?;
        let due = self.with(py, move |agency| agency.due(&each(&folders)))?;
        Ok(due.into_iter().map(Due::from).collect())
    }

    /// The signed events that the roster does not hold, in the order in which the centre takes them. To
    /// bring them twice does no harm.
    ///
    /// Raises `StateError`, `VaultError`.
    fn announcements(&self, py: Python<'_>) -> Answer<Vec<SignedEvent>> {
        let events = self.with(py, vlec::Agency::announcements)?;
        Ok(events.into_iter().map(SignedEvent).collect())
    }

    /// The agency's epochs, oldest first.
    ///
    /// Raises `VaultError`.
    fn epochs(&self, py: Python<'_>) -> Answer<Vec<EpochStatus>> {
        Ok(self.with(py, vlec::Agency::epochs)?.into_iter().map(EpochStatus::from).collect())
    }

    /// How the agency's epochs follow each other.
    #[getter]
    fn rotation_policy(&self, py: Python<'_>) -> Answer<RotationPolicy> {
        Ok(self.with(py, vlec::Agency::rotation_policy)?.into())
    }

    /// Changes how the agency's epochs follow each other, from the next that is prepared.
    ///
    /// Raises `StateError` if a value is out of bounds.
    fn set_rotation_policy(&self, py: Python<'_>, policy: &Bound<'_, RotationPolicy>) -> Answer<()> {
        let policy = policy.get().into();
        self.with(py, move |agency| agency.set_rotation_policy(policy))
    }

    /// The request to be enrolled, signed by the agency's identity: people compare the fingerprint, then the
    /// country's roots countersign it at the centre. `names` are for people, by language.
    ///
    /// Raises `RejectedError` if the own country is not pinned, `StateError` if the agency is enrolled
    /// already, `MalformedError` for names or roles that are not of their form.
    #[pyo3(signature = (*, names: "Mapping[str, str]", roles: "Iterable[str] | None" = None) -> "SignedEvent")]
    fn enrol_request(
        &self,
        py: Python<'_>,
        names: &Bound<'_, PyMapping>,
        roles: Option<&Bound<'_, PyAny>>,
    ) -> Answer<SignedEvent> {
        let mut named = Vec::new();
        for pair in names.items()? {
            let (language, name): (Text, Text) = pair.extract()?;
            named.push(DisplayName::new(&language.0, &name.0)?);
        }
        let mut listed = Vec::new();
        if let Some(roles) = roles {
            for role in roles.try_iter()? {
                listed.push(parse::<Role>(py, text(role?.cast::<PyString>().map_err(PyErr::from)?)?)?);
            }
        }
        Ok(SignedEvent(self.with(py, move |agency| agency.enrol_request(named, listed))?))
    }

    /// The fingerprint of the identity that signs for the agency, or will once it is enrolled: what people
    /// compare.
    #[getter]
    fn fingerprint(&self, py: Python<'_>) -> Answer<String> {
        self.with(py, vlec::Agency::fingerprint)
    }

    /// Prepares the agency's next identity, and returns its key's id. Its rotation is among the
    /// `announcements`; it signs once the roster names it.
    ///
    /// Raises `StateError` if no identity of the agency holds.
    fn rotate_identity(&self, py: Python<'_>) -> Answer<String> {
        Ok(self.with(py, vlec::Agency::rotate_identity)?.to_string())
    }

    /// Revokes one of the agency's epochs: nobody seals to it any more who hears of it. The event is among
    /// the `announcements`, and may be given to anybody to `hear`. Call `maintain` next.
    ///
    /// Raises `StateError` if there is no such epoch, or no identity holds.
    #[pyo3(signature = (number: "int", *, reason: "RevocationReason") -> "SignedEvent")]
    fn revoke_epoch(&self, py: Python<'_>, number: Whole<u64>, reason: ReasonEnum) -> Answer<SignedEvent> {
        let number = EpochNumber(number.0);
        Ok(SignedEvent(self.with(py, move |agency| agency.revoke_epoch(number, reason.0))?))
    }

    /// Revokes one of the agency's identities. Without one that holds, the agency is mute until the roots
    /// recover it: to replace an identity in peace, use `rotate_identity`.
    ///
    /// Raises `StateError` if the vault does not hold the identity's secret.
    #[pyo3(signature = (key_id: "str", *, reason: "RevocationReason") -> "SignedEvent")]
    fn revoke_identity(
        &self,
        py: Python<'_>,
        key_id: Name<KeyId>,
        reason: ReasonEnum,
    ) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.with(py, move |agency| agency.revoke_identity(&key_id.0, reason.0))?))
    }

    /// The request to be recovered, signed by the agency's next identity: the country's roots countersign it
    /// at the centre. What people compare is `request.identity.fingerprint`: where a rotation was prepared, that is
    /// another one than `agency.fingerprint`.
    ///
    /// Raises `StateError` if the agency is not in its country's roster.
    fn recovery_request(&self, py: Python<'_>) -> Answer<SignedEvent> {
        Ok(SignedEvent(self.with(py, vlec::Agency::recovery_request)?))
    }

    /// Ends the quarantine, on the operator's decision: every epoch in the store is destroyed and revoked.
    /// Mail that was under way is lost. Next, in this order: `import_roster` with every country's newest bundle,
    /// `maintain`, and `announcements` to the centre.
    ///
    /// Raises `StateError` if the agency is not in quarantine.
    fn leave_quarantine(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Agency::leave_quarantine)
    }

    /// The operator's word that the clock is right although it jumped: see `DueKind.CONFIRM_TIME`.
    fn confirm_time(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Agency::confirm_time)
    }

    /// Whether the vault opens with its passphrase however that is written. If not, it was made when a passphrase
    /// counted byte for byte: `change_unlock`, with the same passphrase, makes it so.
    #[getter]
    fn passphrase_is_normal(&self, py: Python<'_>) -> Answer<bool> {
        let form = self.with(py, |party: &vlec::Agency| Ok::<_, vlec::Error>(party.passphrase_form()))?;
        Ok(form == vlec::PassphraseForm::Normal)
    }

    /// By how much the clock is behind what the vault has seen, if that is more than five minutes: what is
    /// dated now is dated so much too late, or the clock is wrong.
    #[getter]
    fn clock_behind(&self, py: Python<'_>) -> Answer<Option<Duration>> {
        let behind = self.with(py, |party: &vlec::Agency| Ok::<_, vlec::Error>(party.clock_behind()))?;
        Ok(behind.map(|vlec::Span(seconds)| Duration::from_secs(seconds)))
    }

    /// Discards the vault's time floor. Call this after the clock ran ahead and has been corrected. Rosters that
    /// were imported while it was ahead resolve nothing any more: import those of now.
    fn set_clock_back(&self, py: Python<'_>) -> Answer<()> {
        self.with(py, vlec::Agency::set_clock_back)
    }

    /// Changes the passphrase or key, and seals everything in the vault anew.
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
        self.with(py, move |agency| agency.change_unlock(new))
    }
}

fn each(folders: &[PathBuf]) -> Vec<&Path> {
    folders.iter().map(PathBuf::as_path).collect()
}
