//! The agency's identities: which signs, how the next one takes its place, and how a key is revoked
//! (SPEC §6.4, `[ROT-30]`…`[ROT-33]`).

use std::sync::Arc;

use crate::error::Error;
use crate::ids::{EpochNumber, KeyId};
use crate::keys::Signer;
use crate::keys::identity::Identity;
use crate::roster::event::{DisplayName, Enrol, Event, Reason, Revoke, Role, SignedEvent};
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::vault::store::Table;

use super::Agency;
use super::rows::{IdentityRow, Outgoing};
use super::situation::Situation;

impl Agency {
    /// The request to be enrolled, signed by the agency's identity: people compare the identity's
    /// fingerprint, then the country's roots countersign it at the centre.
    ///
    /// # Errors
    /// [`Error::NotPinned`] for the own country; [`Error::State`] if the agency is enrolled already;
    /// [`Error::Roster`] for names or roles that are not of their form.
    pub fn enrol_request(&self, names: Vec<DisplayName>, roles: Vec<Role>) -> Result<SignedEvent, Error> {
        let anchor = self.anchor()?;
        self.replica.check_sound()?;
        if self.with_rosters(|rosters| {
            rosters.roster(self.id().country()).is_some_and(|roster| roster.agency(self.id()).is_some())
        }) {
            return Err(Error::State("the agency is in its country's roster: recover it instead"));
        }
        let identity = self.newcomer()?;
        let enrol = Enrol::new(names, roles, identity.public().clone())?;
        let event = Event::enrol(&anchor, enrol);
        Ok(event.sign(&[Signer::Identity(&identity)], self.replica.random())?)
    }

    /// The fingerprint of the identity that signs for the agency, or will once it is enrolled: what
    /// people compare.
    ///
    /// # Errors
    /// [`Error::NoIdentity`].
    pub fn fingerprint(&self) -> Result<String, Error> {
        self.check_process()?;
        let identity = self.signing_identity().or_else(|_| self.some_identity())?;
        Ok(identity.id().fingerprint())
    }

    /// Prepares the agency's next identity. It is durable before its rotation is among the
    /// [`Agency::announcements`], and signs once the roster names it; [`Agency::maintain`] then
    /// erases the one before. Asked again before that, it gives the same.
    ///
    /// Who has stolen an identity can do the same: after a theft have the agency recovered.
    ///
    /// # Errors
    /// [`Error::NoIdentity`] if no identity of the agency holds; [`Error::Vault`].
    pub fn rotate_identity(&self) -> Result<KeyId, Error> {
        let _upkeep = self.begin_upkeep()?;
        let Situation { rotation, lost_rotation, ground, .. } = self.situation()?;
        // A revoked identity vouches for nobody, whatever the log would still admit.
        if !ground.is_some_and(|ground| ground.in_force) {
            return Err(Error::NoIdentity(self.id().clone()));
        }
        match (rotation, lost_rotation) {
            (Some(next), _) => Ok(next),
            (None, Some(next)) => Ok(self.sign_rotation_anew()?.unwrap_or(next)),
            (None, None) => {
                let seed = self.replica.random().secret()?;
                let next = Identity::from_seed(self.id().clone(), &seed);
                let event = self.sign_rotation(&next)?;
                self.keep_identity(seed, next, Some(event))
            }
        }
    }

    /// `[ROT-21]` The same next identity, at the place that follows the roster now; another one, if that
    /// was revoked. Nothing is done while nobody may sign.
    pub(super) fn sign_rotation_anew(&self) -> Result<Option<KeyId>, Error> {
        let Situation { lost_rotation: Some(lost), ground: Some(ground), .. } = self.situation()? else {
            return Ok(None);
        };
        let held = |id: KeyId| self.identity(&id);
        let (Some(next), Some(_)) = (held(lost), ground.signer.and_then(held)) else { return Ok(None) };
        if !self.is_revoked(&next) {
            let event = self.sign_rotation(&next)?;
            self.replica.write(|edit| {
                let rows = IdentityRow::all(&edit.view())?;
                for row in rows.into_iter().filter(|row| row.key_id == lost) {
                    IdentityRow { event: Some(event.clone()), ..row }.put(edit)?;
                }
                Ok(())
            })?;
            return Ok(Some(lost));
        }
        let seed = self.replica.random().secret()?;
        let next = Identity::from_seed(self.id().clone(), &seed);
        let event = self.sign_rotation(&next)?;
        let row = IdentityRow { key_id: *next.id(), seed, event: Some(event) };
        self.replica.write(|edit| {
            edit.delete(Table::Identity, lost.as_bytes())?;
            row.put(edit)
        })?;
        let mut identities = self.identities.write();
        identities.remove(&lost);
        identities.insert(row.key_id, Arc::new(next));
        Ok(Some(row.key_id))
    }

    /// Whether the key was revoked before the roster has named it.
    fn is_revoked(&self, identity: &Identity) -> bool {
        let now = self.replica.times().now;
        self.with_rosters(|rosters| {
            let roster = rosters.roster(self.id().country());
            roster.is_some_and(|roster| roster.is_revoked_before_use(identity.public(), now))
        })
    }

    /// An identity to be enrolled with.
    fn newcomer(&self) -> Result<Arc<Identity>, Error> {
        let identity = self.some_identity()?;
        if !self.is_revoked(&identity) {
            return Ok(identity);
        }
        let id = self.add_identity(&self.replica.random().secret()?)?;
        self.identity(&id).ok_or_else(|| Error::NoIdentity(self.id().clone()))
    }

    fn sign_rotation(&self, next: &Identity) -> Result<SignedEvent, Error> {
        let none = || Error::NoIdentity(self.id().clone());
        let ground = self.situation()?.ground.ok_or_else(none)?;
        let current = ground.signer.and_then(|id| self.identity(&id)).ok_or_else(none)?;
        let event = Event::rotation(&ground.anchor, ground.serial, next.public().clone());
        Ok(event.sign(&[Signer::Identity(&current), Signer::Identity(next)], self.replica.random())?)
    }

    /// Revokes one of the agency's epochs, known to this vault or not: nobody seals to it any more who
    /// hears of it. What was sealed to it is still opened until its end. The event is heard here at
    /// once, is among the [`Agency::announcements`], and may be given to anybody to
    /// [`hear`](Agency::hear). Call [`Agency::maintain`] next: it prepares the epoch that takes its place.
    ///
    /// # Errors
    /// [`Error::State`] if neither the vault nor the roster has the epoch; [`Error::NoIdentity`].
    pub fn revoke_epoch(&self, number: EpochNumber, reason: Reason) -> Result<SignedEvent, Error> {
        let _upkeep = self.begin_upkeep()?;
        let in_roster = self.with_rosters(|rosters| {
            let agency = rosters.roster(self.id().country())?.agency(self.id())?;
            agency.epochs().find(|epoch| epoch.number() == number).map(|epoch| *epoch.key_id())
        });
        // Of two of one number, the one of the roster that is held now.
        let epochs = self.situation()?.epochs.into_iter().filter(|epoch| epoch.number == number);
        let in_vault = epochs.max_by_key(|epoch| epoch.window.not_after());
        let key_id = in_roster.or(in_vault.map(|epoch| epoch.key_id));
        let key_id = key_id.ok_or(Error::State("the agency has no epoch of this number"))?;
        let identity = self.signing_identity()?;
        self.revoke(&key_id, reason, &identity)
    }

    /// Revokes one of the agency's identities. Without one that holds, the agency is mute until the
    /// country's roots recover it. To replace an identity in peace, use [`Agency::rotate_identity`]:
    /// the one before is then revoked without loss of mail.
    ///
    /// # Errors
    /// [`Error::NoIdentity`] if the vault does not hold the identity's secret.
    pub fn revoke_identity(&self, key_id: &KeyId, reason: Reason) -> Result<SignedEvent, Error> {
        let _upkeep = self.begin_upkeep()?;
        self.check_successor_stands(key_id)?;
        // Signed before its secret was erased.
        let ready = self.replica.read(|view| Outgoing::get(view, key_id))?;
        if let Some(event) = ready.and_then(|ready| ready.event) {
            let not_before = Timestamp::default();
            let now = Outgoing { key_id: *key_id, not_before, event: Some(event.clone()) };
            self.replica.write(|edit| now.put(edit))?;
            self.replica.hear(&event)?;
            return Ok(event);
        }
        let identity = self.identity(key_id).ok_or_else(|| Error::NoIdentity(self.id().clone()))?;
        self.revoke(key_id, reason, &identity)
    }

    /// `[ROS-42]` Whom a key vouches for when its revocation is heard, or later, ends with it: the one
    /// that has taken its place must have been published before.
    fn check_successor_stands(&self, key_id: &KeyId) -> Result<(), Error> {
        let now = self.replica.times().now;
        let too_early = self.with_rosters(|rosters| {
            let agency = rosters.roster(self.id().country())?.agency(self.id())?;
            let mut later = agency.identities().skip_while(|identity| identity.key_id() != key_id).skip(1);
            later.find(|identity| now <= identity.announced()).map(drop)
        });
        match too_early {
            None => Ok(()),
            Some(()) => Err(Error::State(
                "the next identity was published just now, and would end with this one: revoke it later",
            )),
        }
    }

    /// Durable, then heard; the same event each time.
    fn revoke(&self, key_id: &KeyId, reason: Reason, identity: &Identity) -> Result<SignedEvent, Error> {
        let known = self.replica.read(|view| Outgoing::get(view, key_id))?;
        let event = match known.and_then(|known| known.event) {
            Some(event) => event,
            None => {
                let event = self.sign_revocation(key_id, reason, identity)?;
                let not_before = Timestamp::default();
                let outgoing = Outgoing { key_id: *key_id, not_before, event: Some(event.clone()) };
                self.replica.write(|edit| outgoing.put(edit))?;
                event
            }
        };
        self.hear_own(&event)?;
        Ok(event)
    }

    pub(super) fn sign_revocation(
        &self,
        key_id: &KeyId,
        reason: Reason,
        identity: &Identity,
    ) -> Result<SignedEvent, Error> {
        let event = Event::revoke(&self.anchor()?, self.id().clone(), Revoke::by_owner(*key_id, reason));
        Ok(event.sign(&[Signer::Identity(identity)], self.replica.random())?)
    }

    /// The identity that the roster names now.
    pub(super) fn signing_identity(&self) -> Result<Arc<Identity>, Error> {
        let now = self.replica.times().now;
        let id = self.with_rosters(|rosters| {
            let agency = rosters.roster(self.id().country())?.agency(self.id())?;
            agency.current_identity(now).map(|key| *key.id())
        });
        id.and_then(|id| self.identity(&id)).ok_or_else(|| Error::NoIdentity(self.id().clone()))
    }

    /// An identity to ask in the name of, where none is named by the roster.
    pub(super) fn some_identity(&self) -> Result<Arc<Identity>, Error> {
        let identities: Vec<_> = self.identities.read().values().cloned().collect();
        let usable = identities.iter().find(|identity| !self.is_revoked(identity));
        usable.or(identities.first()).cloned().ok_or_else(|| Error::NoIdentity(self.id().clone()))
    }

    pub(super) fn identity(&self, id: &KeyId) -> Option<Arc<Identity>> {
        self.identities.read().get(id).cloned()
    }

    pub(super) fn add_identity(&self, seed: &Secret<64>) -> Result<KeyId, Error> {
        let identity = Identity::from_seed(self.id().clone(), seed);
        let seed = Secret::new(|out| out.copy_from_slice(seed.expose()));
        self.keep_identity(seed, identity, None)
    }

    /// Durable first.
    pub(super) fn keep_identity(
        &self,
        seed: Secret<64>,
        identity: Identity,
        event: Option<SignedEvent>,
    ) -> Result<KeyId, Error> {
        let row = IdentityRow { key_id: *identity.id(), seed, event };
        self.replica.write(|edit| row.put(edit))?;
        self.identities.write().insert(row.key_id, Arc::new(identity));
        Ok(row.key_id)
    }
}
