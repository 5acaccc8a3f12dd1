//! Reading a verified roster: lists and time lines for people, never keys to seal to.

use super::Roster;
use super::agency::{Agency, EpochRecord, IdentityRecord};
use super::event::{AuthorityKeys, DisplayName, Role};
use super::revocation::Revocation;
use super::state::State;
use crate::ids::{AgencyId, EpochNumber, KeyId};
use crate::keys::epoch::Window;
use crate::keys::identity::IdentityKey;
use crate::time::Timestamp;

/// The keys that speak for a country now.
#[derive(Clone, Copy, Debug)]
pub struct AuthorityView<'a> {
    pub(super) state: &'a State,
}

impl<'a> AuthorityView<'a> {
    /// The keys.
    pub fn keys(&self) -> &'a AuthorityKeys {
        &self.state.authority
    }

    /// The serial of the event that named them.
    pub fn serial(&self) -> u64 {
        self.state.authority_serial
    }

    /// The delay of a recovery in seconds.
    pub fn recovery_delay(&self) -> u64 {
        self.state.recovery_delay
    }
}

/// One agency of a roster.
#[derive(Clone, Copy, Debug)]
pub struct AgencyView<'a> {
    pub(super) roster: &'a Roster,
    pub(super) id: &'a AgencyId,
    pub(super) agency: &'a Agency,
}

impl<'a> AgencyView<'a> {
    /// The agency's name in the protocol.
    pub fn id(&self) -> &'a AgencyId {
        self.id
    }

    /// The agency's names for people, one for each language.
    pub fn names(&self) -> &'a [DisplayName] {
        &self.agency.names
    }

    /// The agency's roles.
    pub fn roles(&self) -> &'a [Role] {
        &self.agency.roles
    }

    /// When its enrolment was published.
    pub fn enrolled(&self) -> Timestamp {
        self.agency.enrolled
    }

    /// When its withdrawal was published, if it has left.
    pub fn withdrawn(&self) -> Option<Timestamp> {
        self.agency.withdrawn
    }

    /// The serial that the next event of its chain has.
    pub fn next_serial(&self) -> u64 {
        self.agency.serial.saturating_add(1)
    }

    /// The number that its next epoch has.
    pub fn next_epoch(&self) -> EpochNumber {
        self.agency.next_epoch()
    }

    /// The identity that signs for the agency at `now`: the last announced, unless it has ended,
    /// waits out a recovery's delay by `now` or by the time of the view, or the agency has left.
    pub fn current_identity(&self, now: Timestamp) -> Option<&'a IdentityKey> {
        let current = self.roster.current_at(self.agency, now).ok()?;
        self.agency.withdrawn.is_none().then_some(&**current)
    }

    /// Until when its recovered identity waits, by `now` or by the time of the view. Until then nobody
    /// signs for the agency but the roots; `None` if no recovery waits.
    pub fn recovering_until(&self, now: Timestamp) -> Option<Timestamp> {
        let last = self.identities().last()?;
        let until = last.record.waits_until.filter(|until| *until > now.min(self.roster.as_of()))?;
        let holds = last.revocation().is_none() && self.agency.withdrawn.is_none();
        holds.then_some(until)
    }

    /// The identity whose events the log admits at `now`, whatever was heard outside it.
    pub(crate) fn logged_identity(&self, now: Timestamp) -> Option<&'a IdentityKey> {
        let current = self.agency.current(now, |id| self.roster.state.is_revoked(id)).ok()?;
        self.agency.withdrawn.is_none().then_some(&**current)
    }

    /// Every identity it has had, in the order of their events.
    pub fn identities(&self) -> impl Iterator<Item = IdentityView<'a>> {
        let Self { roster, agency, .. } = *self;
        agency.identities.iter().map(move |record| IdentityView { roster, agency, record })
    }

    /// Every epoch it has announced, in the order of their numbers; but those that have ended and
    /// whose bytes have been dropped.
    pub fn epochs(&self) -> impl DoubleEndedIterator<Item = EpochView<'a>> {
        let Self { roster, agency, .. } = *self;
        agency.epochs.iter().flatten().map(move |record| EpochView { roster, agency, record })
    }
}

/// One identity of an agency.
#[derive(Clone, Copy, Debug)]
pub struct IdentityView<'a> {
    roster: &'a Roster,
    agency: &'a Agency,
    record: &'a IdentityRecord,
}

impl<'a> IdentityView<'a> {
    /// The key's id.
    pub fn key_id(&self) -> &'a KeyId {
        self.record.key.id()
    }

    /// The public key. It says nothing of whether the key holds: it verifies what was signed once.
    pub fn key(&self) -> &'a IdentityKey {
        &self.record.key
    }

    /// The identity that vouched for it by a rotation; `None` if the roots did.
    pub fn vouched_by(&self) -> Option<&'a KeyId> {
        self.record.vouched_by.as_ref()
    }

    /// When the key was published.
    pub fn announced(&self) -> Timestamp {
        self.record.announced
    }

    /// When the key takes effect: at once, or for a recovery after its delay.
    pub fn takes_effect(&self) -> Timestamp {
        self.record.waits_until.unwrap_or(self.record.announced)
    }

    /// What ended it: the key's own revocation, or one that had been heard of an identity before
    /// it when that vouched for it.
    pub fn revocation(&self) -> Option<Revocation> {
        self.roster.end_of_identity(self.agency, self.record.id())
    }
}

/// One epoch of an agency.
#[derive(Clone, Copy, Debug)]
pub struct EpochView<'a> {
    roster: &'a Roster,
    agency: &'a Agency,
    record: &'a EpochRecord,
}

impl<'a> EpochView<'a> {
    /// The epoch's number.
    pub fn number(&self) -> EpochNumber {
        self.record.key.number()
    }

    /// The key's id.
    pub fn key_id(&self) -> &'a KeyId {
        self.record.key.id()
    }

    /// When the key is used.
    pub fn window(&self) -> Window {
        self.record.key.window()
    }

    /// When the key was published.
    pub fn announced(&self) -> Timestamp {
        self.record.announced
    }

    /// The identity that announced it.
    pub fn announced_by(&self) -> &'a KeyId {
        &self.record.announced_by
    }

    /// The epoch's own revocation, or what ended the identity that announced it: either ends sealing.
    pub fn revocation(&self) -> Option<Revocation> {
        self.roster.end_of_epoch(self.agency, self.record)
    }
}
