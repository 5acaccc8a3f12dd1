//! What the roots do (SPEC §4.10): each event is signed here, judged, and durable before this returns.

use super::Centre;
use super::keys::New;
use crate::error::Error;
use crate::ids::{AgencyId, KeyId};
use crate::keys::Signer;
use crate::keys::authority::{RootKey, RootPublicKey};
use crate::roster::RosterError;
use crate::roster::event::{AuthorityKeys, Content, Event, EventKind, Revoke, SignedEvent};
use crate::roster::log_end::LogEnd;

/// Whether a key pair of the centre goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renewal {
    /// It does.
    #[default]
    Keep,
    /// A new one takes its place.
    Renew,
}

/// The keys that are to speak for the country; what is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Successors {
    /// The roots, and how many of them speak for the country.
    pub roots: Option<(Vec<RootPublicKey>, usize)>,
    /// The log's key pair.
    pub log: Renewal,
    /// The witness's key pair.
    pub witness: Renewal,
}

impl Centre {
    /// Enrols the agency that has made and signed `request`. Roots that have signed it elsewhere count too.
    ///
    /// # Errors
    /// [`Error::WrongCeremony`]; [`Error::Roster`] with the rule that it breaks; [`Error::Vault`].
    pub fn enrol(&self, request: &SignedEvent, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        match request.event().content() {
            Content::Enrol(_) => self.countersign(request, roots),
            _ => Err(Error::WrongCeremony(request.event().kind())),
        }
    }

    /// Recovers the agency that has made and signed `request`: every earlier identity of it is revoked
    /// at once, and the new one takes effect after the country's delay. Where a thief's events race
    /// the request, revoke the stolen identity first.
    ///
    /// # Errors
    /// As [`Self::enrol`].
    pub fn recover(&self, request: &SignedEvent, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        match request.event().content() {
            Content::Recovery(_) => self.countersign(request, roots),
            _ => Err(Error::WrongCeremony(request.event().kind())),
        }
    }

    /// Revokes a key of an agency, in force for everybody who sees the returned event: pass it on, the log
    /// is slower. A log that was restored does not admit it before it goes on: revoke again then.
    ///
    /// The rules let the roots revoke any key id. Here it must be one that is known, published or pending,
    /// so that a slip of the pen is not taken for a revocation; but at a centre that was restored and may not
    /// know yet what it has published. The effective time, since when use of the key is doubted, is none to come.
    ///
    /// # Errors
    /// [`Error::State`] for an unknown key or a time to come; as [`Self::enrol`].
    pub fn revoke(
        &self,
        agency: &AgencyId,
        revoke: Revoke,
        roots: &[&RootKey],
    ) -> Result<SignedEvent, Error> {
        let mut log = self.log()?;
        let restored = self.is_restored()?;
        let judges = agency.country() == self.country() && !restored;
        if judges && !self.knows(agency, revoke.key_id())? {
            return Err(Error::State("the agency has no such key: look its keys up in the roster"));
        }
        if revoke.effective().is_some_and(|at| at > self.latest()) {
            return Err(Error::State(
                "the effective time is to come: it says since when the key is doubted, and its end is at once",
            ));
        }
        let event = Event::revoke(&self.anchor, agency.clone(), revoke);
        if restored {
            let event = self.sign_by(event, roots)?;
            self.replica.hear(&event)?;
            return Ok(event);
        }
        self.hold(&mut log, event, roots)
    }

    /// Whether the agency has the key, in the roster or in what waits for it.
    fn knows(&self, agency: &AgencyId, key_id: &KeyId) -> Result<bool, Error> {
        let published = self.with_rosters(|rosters| {
            let agency = rosters.roster(self.country())?.agency(agency)?;
            let mut keys =
                agency.identities().map(|it| it.key_id()).chain(agency.epochs().map(|it| it.key_id()));
            keys.find(|id| *id == key_id).map(drop)
        });
        let is_its_key = |event: &SignedEvent| {
            event.event().subject() == agency
                && match event.event().content() {
                    Content::Enrol(enrol) => enrol.identity().id() == key_id,
                    Content::Rotation(next) | Content::Recovery(next) => next.id() == key_id,
                    Content::Epoch(key) => key.id() == key_id,
                    _ => false,
                }
        };
        Ok(published.is_some() || self.pending()?.iter().any(is_its_key))
    }

    /// Withdraws an agency: it is neither recipient nor sender any more, and does not come back.
    ///
    /// # Errors
    /// As [`Self::enrol`].
    pub fn withdraw(&self, agency: &AgencyId, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        let mut log = self.log()?;
        let pending = self.pending()?;
        let of_agency = |event: &&SignedEvent| event.event().subject() == agency;
        if let Some(known) =
            pending.iter().filter(of_agency).find(|e| e.event().kind() == EventKind::Withdraw)
        {
            return Ok(known.clone());
        }
        let published = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(self.country());
            roster.and_then(|roster| roster.agency(agency)).map_or(1, |agency| agency.next_serial())
        };
        let ahead = pending.iter().filter(of_agency).map(|event| event.event().serial() + 1).max();
        let serial = published.max(ahead.unwrap_or_default());
        self.hold(&mut log, Event::withdraw(&self.anchor, agency.clone(), serial), roots)
    }

    /// Changes the keys that speak for the country. `roots` are all those that are to speak from then
    /// on, and at least the threshold of those that do now. New keys of log and witness are made here;
    /// the checkpoint over the event is signed by the log's old pair and its new one, and the old
    /// secrets are erased once a quorum has cosigned it.
    ///
    /// # Errors
    /// [`Error::State`] before the first publication, and while such a change is pending; as
    /// [`Self::enrol`].
    pub fn authority(&self, successors: &Successors, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        let mut held_log = self.log()?;
        let pending = self.pending()?;
        if pending
            .iter()
            .any(|event| matches!(event.event().kind(), EventKind::Genesis | EventKind::Authority))
        {
            return Err(Error::State("the present keys are not published yet: publish, then change them"));
        }
        let (keys, serial) = {
            let rosters = self.replica.rosters();
            let roster = rosters.roster(self.country()).ok_or(RosterError::NoRoster(self.country()))?;
            (roster.authority().keys().clone(), roster.authority().serial() + 1)
        };
        let (country, random) = (self.country(), self.replica.random());
        let log = (successors.log == Renewal::Renew).then(|| New::log(country, random)).transpose()?;
        let witness =
            (successors.witness == Renewal::Renew).then(|| New::witness(country, random)).transpose()?;
        let log_key = log.as_ref().map_or(keys.log(), |new| new.key.public()).clone();
        let witness_key = witness.as_ref().map_or(keys.witness(), |new| new.key.public()).clone();
        let (public, threshold) =
            successors.roots.clone().unwrap_or_else(|| (keys.roots().to_vec(), keys.threshold()));
        let next = AuthorityKeys::new(country, public, threshold, log_key, witness_key)?;
        let held = self.replica.read(|view| {
            let log = super::keys::log_key(view, country, keys.log().id())?;
            Ok((log, super::keys::witness_key(view, country, keys.witness().id())?))
        })?;
        let mut signers: Vec<_> = roots.iter().map(|root| Signer::Root(root)).collect();
        signers.push(Signer::Log(log.as_ref().map_or(&held.0, |new| &new.key)));
        signers.push(Signer::Witness(witness.as_ref().map_or(&held.1, |new| &new.key)));
        let event = Event::authority(&self.anchor, serial, next).sign(&signers, random)?;
        self.admit_locked(&mut held_log, &event, |edit| {
            log.iter().try_for_each(|new| new.keep(edit))?;
            witness.iter().try_for_each(|new| new.keep(edit))
        })?;
        Ok(event)
    }

    fn countersign(&self, request: &SignedEvent, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        let mut log = self.log()?;
        if let Some(known) = self.waiting(&mut log, request)? {
            return Ok(known);
        }
        let unsigned = roots.iter().filter(|root| request.signers().all(|signer| signer != root.id()));
        let signers: Vec<_> = unsigned.map(|root| Signer::Root(root)).collect();
        let event = request.clone().countersign(&signers, self.replica.random())?;
        self.admit_locked(&mut log, &event, |_| Ok(()))?;
        Ok(event)
    }

    /// Signs and admits an event of the roots alone.
    fn hold(&self, log: &mut Option<LogEnd>, event: Event, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        let event = self.sign_by(event, roots)?;
        if let Some(known) = self.waiting(log, &event)? {
            return Ok(known);
        }
        self.admit_locked(log, &event, |_| Ok(()))?;
        Ok(event)
    }

    fn sign_by(&self, event: Event, roots: &[&RootKey]) -> Result<SignedEvent, Error> {
        let signers: Vec<_> = roots.iter().map(|root| Signer::Root(root)).collect();
        Ok(event.sign(&signers, self.replica.random())?)
    }
}
