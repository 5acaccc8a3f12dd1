//! Admission: an event is judged against the log's own end, and durable before it is acknowledged
//! (SPEC §4.20, `[BND-50]`…`[BND-52]`).

use super::Centre;
use super::keys;
use super::pending::Queue;
use crate::error::Error;
use crate::roster::Roster;
use crate::roster::event::{Content, SignedEvent};
use crate::time::Timestamp;
use crate::vault::edit::Edit;
use crate::vault::store::Table;

/// Where an event stands, or will stand, in the log. It is durable; asked again, the answer is the same,
/// but after a restore, until what the log has lost is back (`[BND-60]`).
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
        self.admit_locked(self.queue()?, event, |_| Ok(()))
    }

    /// The caller holds the log; `also` is written in the transaction of the admission.
    pub(super) fn admit_locked(
        &self,
        queue: Queue,
        event: &SignedEvent,
        also: impl Fn(&mut Edit<'_>) -> Result<(), Error>,
    ) -> Result<Admitted, Error> {
        if let Some(known) = self.known(&queue, event) {
            return Ok(known);
        }
        let follows = queue.is_whole();
        let (queue, place) = self.queue_with(queue, event)?;
        self.replica.write(|edit| {
            also(edit)?;
            // Without a gap nothing else has another place.
            match follows {
                true => Ok(edit.put(Table::Pending, &place.to_be_bytes(), &event.encode())?),
                false => queue.write(edit),
            }
        })?;
        Ok(Admitted { place, published: false })
    }

    /// `[BND-51]`: the event is there already, whoever has signed it: the leaf is the same. What waits
    /// behind a gap may be what belongs into it.
    fn known(&self, queue: &Queue, event: &SignedEvent) -> Option<Admitted> {
        let rosters = self.replica.rosters();
        let roster = rosters.roster(self.country());
        if let Some(place) = roster.and_then(|roster| roster.index_of(event)) {
            return Some(Admitted { place, published: true });
        }
        let ahead = queue.ready().iter().position(|known| known.body() == event.body())?;
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

    pub(super) fn now(&self) -> Timestamp {
        self.replica.times().now
    }

    /// The latest time of others that counts.
    pub(super) fn latest(&self) -> Timestamp {
        self.replica.times().latest()
    }
}
