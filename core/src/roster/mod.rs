//! Floor 3: a country's roster, verified from its pinned anchor (SPEC §4).
//!
//! A roster is a sequence of signed events. [`Roster::verify`] folds them, one rule after the
//! other, into what the country says now; nothing else makes a [`Roster`], and only a [`Rosters`]
//! of verified rosters hands out keys to seal to.
//!
//! ```text
//! SignedEvent ──decode──▶ Observed (with its time) ──Roster::verify──▶ Roster ──▶ Rosters ──▶ Recipient
//! ```

mod agency;
mod anchor;
pub(crate) mod bundle;
mod call;
pub(crate) mod checkpoint;
mod checks;
mod collections;
mod cosignature;
mod directory;
mod equivocation;
mod error;
pub mod event;
mod fold;
mod fork;
mod held;
pub(crate) mod import;
mod inclusion;
pub(crate) mod leaf;
pub(crate) mod log;
pub(crate) mod log_end;
pub mod merkle;
mod note;
mod policy;
pub(crate) mod restore;
mod revocation;
mod rosters;
mod standing;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use anchor::{AnchorError, TrustAnchor};
pub use bundle::BundleReader;

pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use equivocation::EquivocationProof;
pub use error::{Rejection, RosterError};
pub use import::Imported;
pub use inclusion::InclusionProof;
pub use policy::{Policy, PolicyError, PolicyFault};
pub use revocation::{Revocation, RevokedBy};
pub use rosters::{RosterPolicy, Rosters};
pub use view::{AgencyView, AuthorityView, EpochView, IdentityView};

use event::SignedEvent;
use standing::{Heard, Word};
use state::State;

use crate::ids::{AgencyId, Country, KeyId};
use crate::keys::directory::Head;
use crate::time::Timestamp;

/// A signed event, and the time at which it is known to have been published.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The event, not verified.
    pub event: SignedEvent,
    /// When it was published, by the word of somebody other than its signers; without such a word,
    /// as before there is a log, when whoever imports it first saw it. That time is to be kept with
    /// the event: verified again at a later one, a rotation could seem to follow a revocation that
    /// was heard after it.
    pub at: Timestamp,
}

/// A country's roster: every event verified, from the pinned anchor on. A copy costs nothing.
///
/// See [`Rosters`] for an example.
#[derive(Clone, Debug)]
pub struct Roster {
    state: State,
    heard: Heard,
    /// The newest under which it was seen.
    checkpoint: Option<SignedCheckpoint>,
}

/// Without a log: for vectors of the rules, and for small tests.
#[cfg(any(test, feature = "hazmat"))]
impl Roster {
    /// Verifies a roster's events, in the order of the log, from `anchor` on. `as_of` is the time
    /// of the view: there was no other event then.
    ///
    /// # Errors
    /// [`RosterError::Empty`]; [`RosterError::Rejected`] names the event and the rule.
    pub fn verify(
        anchor: TrustAnchor,
        events: impl IntoIterator<Item = Observed>,
        as_of: Timestamp,
    ) -> Result<Self, RosterError> {
        let mut events = events.into_iter();
        let Observed { event, at } = events.next().ok_or(RosterError::Empty(anchor.country()))?;
        let context = Context::of(0, &event);
        let state = if at > as_of { Err(Rejection::AfterView) } else { State::genesis(anchor, event, at) };
        let state = state.map_err(|reason| context.rejected(reason))?;
        let mut roster = Self { state, heard: Heard::default(), checkpoint: None };
        roster.extend(events, as_of)?;
        Ok(roster)
    }

    /// Verifies further events, in the order of the log. Costs what the new events cost. With no
    /// events it says that there were no others until `as_of`.
    ///
    /// # Errors
    /// [`RosterError::OlderView`] if `as_of` is before that of the roster,
    /// [`RosterError::Rejected`]. The roster is then as it was before.
    pub fn extend(
        &mut self,
        events: impl IntoIterator<Item = Observed>,
        as_of: Timestamp,
    ) -> Result<(), RosterError> {
        self.extend_since(self.as_of(), events, as_of)
    }

    /// As [`Self::extend`], for views not older than `held`.
    fn extend_since(
        &mut self,
        held: Timestamp,
        events: impl IntoIterator<Item = Observed>,
        as_of: Timestamp,
    ) -> Result<(), RosterError> {
        if as_of < held {
            return Err(RosterError::OlderView { country: self.country(), held, offered: as_of });
        }
        let mut state = State { as_of, ..self.state.clone() };
        checks::run(|checks| {
            for Observed { event, at } in events {
                let context = Context::of(state.tree.size(), &event);
                let taken = state.take(event, at, fold::Phase::Appended);
                let check = taken.map_err(|reason| context.clone().rejected(reason))?;
                checks.push(context, check)?;
            }
            Ok::<_, RosterError>(())
        })?;
        self.state = state;
        Ok(())
    }

    /// `[ROS-50]`, but for the time of the view: the roster begins with the events of `held`.
    fn check_continues(&self, held: &Self) -> Result<(), RosterError> {
        let country = self.country();
        if self.anchor() != held.anchor() {
            return Err(RosterError::OtherAnchor(country));
        }
        if self.size() < held.size() {
            return Err(RosterError::Smaller { country, held: held.size(), offered: self.size() });
        }
        if self.state.tree.root_at(held.size()) != Some(held.state.tree.root()) {
            return Err(RosterError::Differs { country, size: held.size() });
        }
        Ok(())
    }
}

impl Roster {
    /// Takes a revocation that is not in the log, or not yet. It is in force at once in every
    /// question, and leaves the roster's head, the time of its view, and which events may follow as
    /// they are. Whom the revoked identity vouches for from then on counts for nothing, until the
    /// roots recover the agency: an owner revokes a superseded identity only once its successor
    /// has been published.
    ///
    /// # Errors
    /// [`RosterError::Rejected`]. The roster is then as it was before.
    pub fn hear(&mut self, revocation: Observed) -> Result<(), RosterError> {
        let word = self.judge(revocation)?;
        self.heard.note(word);
        Ok(())
    }

    /// As [`Roster::judge_heard`].
    fn judge(&self, Observed { event, at }: Observed) -> Result<Word, RosterError> {
        let context = Context::of(self.size(), &event);
        self.judge_heard(event, at).map_err(|reason| context.rejected(reason))
    }

    #[cfg(test)]
    fn dump(&self) -> Vec<String> {
        let mut heard: Vec<_> = self.heard.iter().map(|heard| format!("{heard:?}")).collect();
        heard.sort();
        [self.state.dump(), heard].concat()
    }

    /// Whether the event is the genesis of `anchor`, signed by every key that it names.
    ///
    /// # Errors
    /// [`RosterError::Rejected`].
    pub(crate) fn check_genesis(anchor: &TrustAnchor, genesis: &SignedEvent) -> Result<(), RosterError> {
        let context = Context::of(0, genesis);
        let state = State::genesis(*anchor, genesis.clone(), Timestamp::default());
        state.map(drop).map_err(|reason| context.rejected(reason))
    }

    /// The tree of the first `size` events.
    pub(crate) fn peaks_at(&self, size: u64) -> Option<merkle::Peaks> {
        self.state.tree.peaks_at(size)
    }

    /// The country.
    pub fn country(&self) -> Country {
        self.state.anchor.country()
    }

    /// The anchor from which the roster was verified.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.state.anchor
    }

    /// The log's name: the anchor's text.
    pub fn origin(&self) -> String {
        self.state.anchor.to_string()
    }

    /// The time of the view.
    pub fn as_of(&self) -> Timestamp {
        self.state.as_of
    }

    /// The number of events.
    pub fn size(&self) -> u64 {
        self.state.tree.size()
    }

    /// The log's name, its size, and the root of its tree.
    pub fn head(&self) -> Head {
        Head { origin: self.origin(), size: self.size(), root: self.state.tree.root() }
    }

    /// The keys that speak for the country.
    pub fn authority(&self) -> AuthorityView<'_> {
        AuthorityView { state: &self.state }
    }

    /// One agency, enrolled or withdrawn.
    pub fn agency(&self, id: &AgencyId) -> Option<AgencyView<'_>> {
        let (id, agency) = self.state.agencies.get_key_value(id)?;
        Some(AgencyView { roster: self, id, agency })
    }

    /// Every agency, enrolled or withdrawn, by name.
    pub fn agencies(&self) -> impl Iterator<Item = AgencyView<'_>> {
        let mut agencies: Vec<_> = self.state.agencies.iter().collect();
        agencies.sort_by_key(|(id, _)| *id);
        agencies.into_iter().map(move |(id, agency)| AgencyView { roster: self, id, agency })
    }

    /// Whether the log itself holds a revocation of the key.
    pub(crate) fn has_logged(&self, key_id: &KeyId) -> bool {
        self.state.is_revoked(key_id)
    }

    /// The newest checkpoint under which the roster was seen.
    pub fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.checkpoint.as_ref()
    }
}

/// Which event it was, for the error.
#[derive(Clone)]
struct Context {
    index: u64,
    kind: event::EventKind,
    subject: AgencyId,
}

impl Context {
    fn of(index: u64, signed: &SignedEvent) -> Self {
        Self { index, kind: signed.event().kind(), subject: signed.event().subject().clone() }
    }

    fn rejected(self, reason: Rejection) -> RosterError {
        let Self { index, kind, subject } = self;
        RosterError::Rejected { index, kind, subject, reason }
    }
}
