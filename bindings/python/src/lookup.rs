//! Looking things up in verified rosters: lists for people, never keys to seal to.

use std::collections::BTreeMap;

use pyo3::prelude::*;

use crate::agency::Agency;
use crate::centre::Centre;
use crate::convert::{Many, Name, Time};
use crate::event::{AuthorityKeys, Revocation, TrustAnchor, Window, by_language};
use crate::fault::{Answer, work};
use crate::keys::IdentityKey;
use crate::manifest::Head;
use crate::note::{Policy, SignedCheckpoint};
use crate::record::record;

record! {
    /// A country's roster, as it is held.
    Roster {
        /// The country.
        country: String,
        /// The anchor from which it was verified.
        anchor: TrustAnchor,
        /// The number of events.
        size: u64,
        /// The time of the view.
        as_of: Time,
        /// The log's name, its size and the root of its tree.
        head: Head,
        /// The keys that speak for the country.
        authority: AuthorityKeys,
        /// The names of its agencies, enrolled or withdrawn.
        agencies: Many<String>,
        /// The newest checkpoint under which it was seen.
        checkpoint: Option<SignedCheckpoint>,
    }
}

record! {
    /// One identity of an agency.
    IdentityView {
        /// The key's id.
        key_id: String,
        /// The public key, which verifies what was signed once.
        key: IdentityKey,
        /// The identity that vouched for it; `None` if the roots did.
        vouched_by: Option<String>,
        /// When it was published.
        announced: Time,
        /// When it takes effect.
        takes_effect: Time,
        /// What ended it.
        revocation: Option<Revocation>,
    }
}

record! {
    /// One epoch of an agency.
    EpochView {
        /// The epoch's number.
        number: u64,
        /// The key's id.
        key_id: String,
        /// When the key is used.
        window: Window,
        /// When it was published.
        announced: Time,
        /// The identity that announced it.
        announced_by: String,
        /// What ended it.
        revocation: Option<Revocation>,
    }
}

/// One agency of a roster.
#[pyclass(frozen, module = "vlec")]
pub struct AgencyView {
    /// The agency's names for people, by language.
    #[pyo3(get)]
    names: BTreeMap<String, String>,
    /// The agency's name in the protocol.
    #[pyo3(get)]
    id: String,
    /// The agency's roles.
    #[pyo3(get)]
    roles: Many<String>,
    /// When its enrolment was published.
    #[pyo3(get)]
    enrolled: Time,
    /// When its withdrawal was published, if it has left.
    #[pyo3(get)]
    withdrawn: Option<Time>,
    /// Until when its recovered identity waits, if one does: until then only the roots act for it.
    #[pyo3(get)]
    recovering_until: Option<Time>,
    /// Every identity it has had, in order.
    #[pyo3(get)]
    identities: Many<IdentityView>,
    /// Every epoch it has announced whose bytes are still there, in order.
    #[pyo3(get)]
    epochs: Many<EpochView>,
}

#[pymethods]
impl AgencyView {
    fn __repr__(&self) -> String {
        format!("AgencyView({})", self.id)
    }
}

impl From<vlec::AgencyView<'_>> for AgencyView {
    fn from(agency: vlec::AgencyView<'_>) -> Self {
        let identity = |identity: vlec::IdentityView<'_>| IdentityView {
            key_id: identity.key_id().to_string(),
            key: IdentityKey(identity.key().clone()),
            vouched_by: identity.vouched_by().map(ToString::to_string),
            announced: identity.announced().into(),
            takes_effect: identity.takes_effect().into(),
            revocation: identity.revocation().map(Revocation::from),
        };
        let epoch = |epoch: vlec::EpochView<'_>| EpochView {
            number: epoch.number().0,
            key_id: epoch.key_id().to_string(),
            window: epoch.window().into(),
            announced: epoch.announced().into(),
            announced_by: epoch.announced_by().to_string(),
            revocation: epoch.revocation().map(Revocation::from),
        };
        Self {
            names: agency.names().iter().map(by_language).collect(),
            id: agency.id().to_string(),
            roles: agency.roles().iter().map(|role| role.as_str().to_owned()).collect(),
            enrolled: agency.enrolled().into(),
            withdrawn: agency.withdrawn().map(Time),
            recovering_until: agency.recovering_until(vlec::Timestamp::now()).map(Time),
            identities: agency.identities().map(identity).collect(),
            epochs: agency.epochs().map(epoch).collect(),
        }
    }
}

impl From<&vlec::Roster> for Roster {
    fn from(roster: &vlec::Roster) -> Self {
        Self {
            country: roster.country().to_string(),
            anchor: TrustAnchor(*roster.anchor()),
            size: roster.size(),
            as_of: roster.as_of().into(),
            head: (&roster.head()).into(),
            authority: roster.authority().keys().into(),
            agencies: roster.agencies().map(|agency| agency.id().to_string()).collect(),
            checkpoint: roster.checkpoint().cloned().map(SignedCheckpoint),
        }
    }
}

/// Whose rosters are looked at.
pub(crate) enum Party {
    Agency(Py<Agency>),
    Centre(Py<Centre>),
}

/// The verified rosters that an agency or a centre holds, as they are at each question.
#[pyclass(frozen, module = "vlec")]
pub struct Rosters(pub(crate) Party);

impl Rosters {
    fn look<T: Send>(&self, py: Python<'_>, look: impl FnOnce(&vlec::Rosters) -> T + Send) -> Answer<T> {
        match &self.0 {
            Party::Agency(agency) => {
                let agency = agency.get().handle(py)?;
                Ok(work(py, move || agency.with_rosters(look))?)
            }
            Party::Centre(centre) => {
                let centre = centre.get().handle(py)?;
                Ok(work(py, move || centre.with_rosters(look))?)
            }
        }
    }
}

#[pymethods]
impl Rosters {
    /// The anchors that are pinned, by country.
    #[getter]
    fn pinned(&self, py: Python<'_>) -> Answer<Many<TrustAnchor>> {
        self.look(py, |rosters| rosters.pinned().copied().map(TrustAnchor).collect())
    }

    /// Every roster, by country.
    fn all(&self, py: Python<'_>) -> Answer<Many<Roster>> {
        self.look(py, |rosters| rosters.iter().map(Roster::from).collect())
    }

    /// The roster of a country, if one is held.
    fn country(&self, py: Python<'_>, country: Name<vlec::Country>) -> Answer<Option<Roster>> {
        self.look(py, |rosters| rosters.roster(country.0).map(Roster::from))
    }

    /// One agency, enrolled or withdrawn; `None` if its country's roster does not name it.
    fn agency(&self, py: Python<'_>, agency: Name<vlec::AgencyId>) -> Answer<Option<AgencyView>> {
        self.look(py, |rosters| {
            let roster = rosters.roster(agency.0.country())?;
            roster.agency(&agency.0).map(AgencyView::from)
        })
    }

    /// The id of the identity that signs for an agency now, if one does.
    fn current_identity(&self, py: Python<'_>, agency: Name<vlec::AgencyId>) -> Answer<Option<String>> {
        self.look(py, |rosters| {
            let agency = rosters.roster(agency.0.country())?.agency(&agency.0)?;
            agency.current_identity(vlec::Timestamp::now()).map(|key| key.id().to_string())
        })
    }

    /// The revocation of a key that a country's roster has logged or heard of.
    fn revocation(
        &self,
        py: Python<'_>,
        country: Name<vlec::Country>,
        key_id: Name<vlec::KeyId>,
    ) -> Answer<Option<Revocation>> {
        self.look(py, |rosters| rosters.roster(country.0)?.revocation(&key_id.0).map(Revocation::from))
    }

    /// Whose cosignatures the log of a country needs.
    fn policy(&self, py: Python<'_>, country: Name<vlec::Country>) -> Answer<Option<Policy>> {
        self.look(py, |rosters| rosters.policy(country.0).cloned().map(Policy))
    }

    fn __repr__(&self) -> &'static str {
        "Rosters(…)"
    }
}
