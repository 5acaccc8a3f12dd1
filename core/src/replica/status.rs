//! What a party sees of the countries' logs, and the proof that an event stands in one.

use super::Replica;
use crate::error::Error;
use crate::ids::Country;
use crate::roster::event::SignedEvent;
use crate::roster::{InclusionProof, RosterError, Rosters, TrustAnchor};
use crate::time::{Times, Timestamp};

/// A country's log, as this party sees it.
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
    /// The view is older than the policy allows, or there is none: nothing new is sealed.
    pub stale: bool,
    /// Who has cosigned the newest checkpoint, and when.
    pub cosigned: Vec<(Country, Timestamp)>,
    /// Who else would count.
    pub missing: Vec<Country>,
    /// Who has cosigned it, and when by the witness's clock, at a time that is still to come by the own
    /// one: one of the two is wrong. It counts once that time is here.
    pub not_yet: Vec<(Country, Timestamp)>,
    /// What time it is by the own clock.
    pub now: Timestamp,
    /// The time that the cosignatures give, if they are a quorum of the policy as it is now.
    pub quorum: Option<Timestamp>,
    /// Its log has shown two rosters: no new key of it counts.
    pub frozen: bool,
    /// How many events are admitted and not published: known of a centre's own log only.
    pub pending: usize,
    /// A centre's store was restored: the log is not cosigned until [`Centre::relearn`] has said so; the
    /// own log signs nothing new until every witness has spoken.
    ///
    /// [`Centre::relearn`]: crate::Centre::relearn
    pub relearn: bool,
}

impl Replica {
    /// Every pinned country, by its code; of a centre's own log only what is published.
    pub(crate) fn status(&self) -> Vec<CountryStatus> {
        let times = self.times();
        let rosters = self.rosters();
        rosters.pinned().map(|anchor| status(&rosters, anchor, times)).collect()
    }

    /// The proof that an event stands in a country's log, under the newest checkpoint. Where it stands may be
    /// known; otherwise the leaves are gone through.
    pub(crate) fn proof(&self, event: &SignedEvent, known: Option<u64>) -> Result<InclusionProof, Error> {
        self.check_process()?;
        let country = event.event().subject().country();
        let rosters = self.rosters();
        let roster = rosters.roster(country).ok_or(RosterError::NoRoster(country))?;
        let place = known.filter(|place| roster.is_at(*place, event)).or_else(|| roster.index_of(event));
        let place =
            place.ok_or(Error::State("the event is not published: wait until a quorum has cosigned it"))?;
        Ok(roster.inclusion(place)?)
    }
}

fn status(rosters: &Rosters, anchor: &TrustAnchor, times: Times) -> CountryStatus {
    let now = times.now;
    let country = anchor.country();
    let roster = rosters.roster(country);
    let (size, as_of) = roster.map_or((0, Timestamp::default()), |r| (r.size(), r.as_of()));
    let mut status = CountryStatus {
        anchor: *anchor,
        size,
        as_of,
        age: now.since(as_of),
        stale: rosters.fresh(country, now).is_err(),
        cosigned: Vec::new(),
        missing: Vec::new(),
        not_yet: Vec::new(),
        now,
        quorum: None,
        frozen: rosters.frozen(country).is_some(),
        pending: 0,
        relearn: false,
    };
    let Some(policy) = rosters.policy(country) else { return status };
    let checkpoint = roster.and_then(|roster| roster.checkpoint());
    let latest = times.latest();
    let cosigners = checkpoint.and_then(|note| note.cosigners(policy, latest).ok()).unwrap_or_default();
    for (name, country) in policy.countries() {
        match cosigners.iter().find(|(pair, _)| pair.name() == name) {
            Some((_, at)) => status.cosigned.push((country, *at)),
            None => status.missing.push(country),
        }
    }
    status.not_yet = checkpoint.and_then(|note| note.not_yet(policy, latest).ok()).unwrap_or_default();
    status.missing.retain(|country| status.not_yet.iter().all(|(early, _)| early != country));
    status.quorum = checkpoint.and_then(|note| note.time(policy, latest).ok());
    status
}
