//! What a centre tells of the logs, and the proof that an event stands in one.

use super::Centre;
use super::rows::LOG_RESTORED;
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::SignedEvent;
use crate::roster::{InclusionProof, RosterError, TrustAnchor};
use crate::time::Timestamp;
use crate::vault::store::Table;

/// A country's log, as this centre sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountryStatus {
    /// The pinned anchor.
    pub anchor: TrustAnchor,
    /// The number of events in the view; 0 if there is none yet.
    pub size: u64,
    /// The time of the view.
    pub as_of: Timestamp,
    /// How many seconds that is ago.
    pub age: u64,
    /// Who has cosigned the newest checkpoint, and when.
    pub cosigned: Vec<(Country, Timestamp)>,
    /// Who else would count.
    pub missing: Vec<Country>,
    /// The time that the cosignatures give, if they are a quorum of the policy as it is now.
    pub quorum: Option<Timestamp>,
    /// Its log has shown two rosters: no new key of it counts.
    pub frozen: bool,
    /// How many events are admitted and not published: known of the own log only.
    pub pending: usize,
    /// The store was restored: the log is not cosigned until [`Centre::relearn`] has said so; the own
    /// log signs nothing new until every witness has spoken.
    pub relearn: bool,
}

impl Centre {
    /// Every pinned country, by its code.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn status(&self) -> Result<Vec<CountryStatus>, Error> {
        let (now, pending) = (self.now(), self.pending_events()?.len());
        let mut all = {
            let rosters = self.replica.rosters();
            let status = |anchor: &TrustAnchor| {
                let country = anchor.country();
                let roster = rosters.roster(country);
                let (size, as_of) = roster.map_or((0, Timestamp::default()), |r| (r.size(), r.as_of()));
                let checkpoint = roster.and_then(|roster| roster.checkpoint());
                let policy = rosters.policy(country);
                let mut status = CountryStatus {
                    anchor: *anchor,
                    size,
                    as_of,
                    age: now.since(as_of),
                    cosigned: Vec::new(),
                    missing: Vec::new(),
                    quorum: None,
                    frozen: rosters.frozen(country).is_some(),
                    pending: if country == self.country() { pending } else { 0 },
                    relearn: false,
                };
                let Some(policy) = policy else { return status };
                let latest = rosters.latest(now);
                let cosigners =
                    checkpoint.and_then(|note| note.cosigners(policy, latest).ok()).unwrap_or_default();
                for (name, country) in policy.countries() {
                    match cosigners.iter().find(|(pair, _)| pair.name() == name) {
                        Some((_, at)) => status.cosigned.push((country, *at)),
                        None => status.missing.push(country),
                    }
                }
                status.quorum = checkpoint.and_then(|note| note.time(policy, latest).ok());
                status
            };
            rosters.pinned().map(status).collect::<Vec<_>>()
        };
        for status in &mut all {
            let country = status.anchor.country();
            status.relearn = match country == self.country() {
                true => self.replica.read(|view| Ok(view.get(Table::Handle, LOG_RESTORED)?.is_some()))?,
                false => self.check_relearned(country).is_err(),
            };
        }
        Ok(all)
    }

    /// The proof that an event stands in a country's log, under the newest checkpoint: for a third
    /// party, who needs nothing else but the country's log key and a policy.
    ///
    /// # Errors
    /// [`Error::Roster`] if the event is not in what is published.
    pub fn proof(&self, event: &SignedEvent) -> Result<InclusionProof, Error> {
        let country = event.event().subject().country();
        let rosters = self.replica.rosters();
        let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
        let place = roster.index_of(event);
        let place =
            place.ok_or(Error::State("the event is not published: wait until a quorum has cosigned it"))?;
        Ok(roster.inclusion(place)?)
    }
}
