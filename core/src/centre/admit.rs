//! Admission: an event is judged against the log's own end, and durable before it is acknowledged
//! (SPEC §4.20, `[BND-50]`…`[BND-52]`).

use super::Centre;
use super::keys;
use super::rows::damaged;
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::{Roster, Rosters};
use crate::time::Timestamp;
use crate::vault::edit::{Edit, PlainRow, View};
use crate::vault::store::Table;

/// Where an event stands, or will stand, in the log. It is durable; asked again, the answer is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The event's place, counted from 0.
    pub place: u64,
    /// Whether a quorum has cosigned it.
    pub published: bool,
}

impl Centre {
    /// Admits an event that its own signers have signed: an agency's epoch, rotation or revocation.
    ///
    /// # Errors
    /// [`Error::Roster`] with the rule that it breaks; nothing has changed then. [`Error::Vault`].
    pub fn admit(&self, event: &SignedEvent) -> Result<Admitted, Error> {
        let _log = self.log()?;
        self.check_own_keys(event)?;
        self.admit_locked(&self.pending_events()?, event, |_| Ok(()))
    }

    /// The caller holds the log; `also` is written in the transaction of the admission.
    pub(super) fn admit_locked(
        &self,
        pending: &[SignedEvent],
        event: &SignedEvent,
        also: impl Fn(&mut Edit<'_>) -> Result<(), Error>,
    ) -> Result<Admitted, Error> {
        if let Some(known) = self.known(pending, event) {
            return Ok(known);
        }
        let place = {
            let mut rosters = self.replica.rosters_mut();
            // [BND-50] What may follow now may follow later too ([BND-52]).
            rosters.admissible(self.country(), pending, event, self.now())?;
            published(&rosters, self.country()) + pending.len() as u64
        };
        let bytes = event.encode();
        self.replica.write(|edit| {
            also(edit)?;
            Ok(edit.put(Table::Pending, &place.to_be_bytes(), &bytes)?)
        })?;
        Ok(Admitted { place, published: false })
    }

    /// `[BND-51]`: the event is there already, whoever has signed it: the leaf is the same.
    fn known(&self, pending: &[SignedEvent], event: &SignedEvent) -> Option<Admitted> {
        let rosters = self.replica.rosters();
        let roster = rosters.roster(self.country());
        if let Some(place) = roster.and_then(|roster| roster.index_of(event)) {
            return Some(Admitted { place, published: true });
        }
        let ahead = pending.iter().position(|known| known.body() == event.body())?;
        Some(Admitted { place: roster.map_or(0, Roster::size) + ahead as u64, published: false })
    }

    /// New keys of the log or the witness whose secrets are elsewhere would end this log.
    fn check_own_keys(&self, event: &SignedEvent) -> Result<(), Error> {
        let (Content::Authority(new), country) = (event.event().content(), self.country()) else {
            return Ok(());
        };
        self.replica.read(|view| {
            keys::log_key(view, country, new.log().id())?;
            keys::witness_key(view, country, new.witness().id()).map(drop)
        })
    }

    /// Events that were admitted and that no quorum has cosigned yet, in the order of the log.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn pending(&self) -> Result<Vec<SignedEvent>, Error> {
        self.pending_events()
    }

    pub(super) fn pending_events(&self) -> Result<Vec<SignedEvent>, Error> {
        let first = published(&self.replica.rosters(), self.country());
        self.replica.read(|view| pending_from(view, first))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.replica.times().now
    }
}

/// How many events of the country a quorum has cosigned.
pub(super) fn published(rosters: &Rosters, country: Country) -> u64 {
    rosters.roster(country).map_or(0, Roster::size)
}

/// Places follow one another from `first` on.
pub(super) fn pending_from(view: &View<'_>, first: u64) -> Result<Vec<SignedEvent>, Error> {
    let rows = view.range(Table::Pending, &first.to_be_bytes(), &[], usize::MAX)?;
    let event = |(place, (key, row)): (u64, PlainRow)| match key == place.to_be_bytes() {
        true => Ok(SignedEvent::decode(&row)?),
        false => Err(damaged(Table::Pending)),
    };
    (first..).zip(rows).map(event).collect()
}
