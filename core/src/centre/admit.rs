//! Admission: an event is judged against the log's own end, and durable before it is acknowledged
//! (SPEC §4.20, `[BND-50]`…`[BND-52]`).

use super::Centre;
use super::keys;
use crate::error::Error;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::log_end::LogEnd;
use crate::time::Timestamp;
use crate::vault::edit::{Edit, View};
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
    /// [`Error::Roster`] with the rule that it breaks; [`Error::LogRestored`] after a restore, until the log goes
    /// on: agencies bring their events again. Nothing has changed then. [`Error::Vault`].
    pub fn admit(&self, event: &SignedEvent) -> Result<Admitted, Error> {
        let mut log = self.log()?;
        self.replica.read(|view| self.check_own_keys(view, event))?;
        self.admit_locked(&mut log, event, |_| Ok(()))
    }

    /// The caller holds the log; `also` is done in the transaction of the admission.
    pub(super) fn admit_locked(
        &self,
        log: &mut Option<LogEnd>,
        event: &SignedEvent,
        also: impl Fn(&mut Edit<'_>) -> Result<(), Error>,
    ) -> Result<Admitted, Error> {
        let end = self.end(log)?;
        let (place, published) = (end.size(), end.published());
        // [BND-51] It is there already, whoever has signed it.
        let known = end.place_of(event);
        if let Some(place) = known.filter(|place| *place < published) {
            return Ok(Admitted { place, published: true });
        }
        // [BND-56] Its place would not be sure.
        if self.is_restored()? {
            return Err(Error::LogRestored);
        }
        if let Some(place) = known {
            return Ok(Admitted { place, published: false });
        }
        let longer = end.with(event)?;
        // Where a write fails nobody knows whether it is durable.
        *log = None;
        self.replica.write(|edit| {
            also(edit)?;
            Ok(edit.put(Table::Pending, &place.to_be_bytes(), &event.encode())?)
        })?;
        *log = Some(longer);
        Ok(Admitted { place, published: false })
    }

    /// New keys of the log or the witness whose secrets are elsewhere would end this log.
    fn check_own_keys(&self, view: &View<'_>, event: &SignedEvent) -> Result<(), Error> {
        match event.event().content() {
            Content::Authority(new) => keys::check_held(view, new.log().id(), new.witness().id()),
            _ => Ok(()),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.replica.times().now
    }

    /// The latest time of others that counts.
    pub(super) fn latest(&self) -> Timestamp {
        self.replica.times().latest()
    }
}
