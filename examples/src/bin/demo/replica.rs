//! A party's own copy of the four rosters, verified by that party from the anchors it has pinned.

use vlec::{Observed, Roster, RosterPolicy, Rosters, Timestamp, TrustAnchor};

use crate::error::{Context, Result};
use crate::exchange::Exchange;

pub(crate) struct Replica {
    anchors: Vec<TrustAnchor>,
    rosters: Rosters,
}

impl Replica {
    /// Nothing pinned, nothing known.
    pub(crate) fn new() -> Self {
        Self { anchors: Vec::new(), rosters: Rosters::new(RosterPolicy::default()) }
    }

    /// Pins an anchor that came as a file, if its fingerprint is the one that was read out.
    pub(crate) fn pin(&mut self, anchor: TrustAnchor, read_out: &str) -> Result<()> {
        if anchor.fingerprint() != read_out {
            return Err(format!("the anchor of {} is not the one read out", anchor.country()).into());
        }
        self.anchors.push(anchor);
        Ok(())
    }

    /// Verifies what has been published since the last time. This party saw it now.
    pub(crate) fn sync(&mut self, exchange: &Exchange, now: Timestamp) -> Result<()> {
        for anchor in &self.anchors {
            let country = anchor.country();
            let known = self.rosters.roster(country).map(Roster::size);
            let events = exchange.events(country, known.unwrap_or(0))?;
            let observed = events.into_iter().map(|event| Observed { event, at: now });
            let taken = match known {
                Some(_) => self.rosters.extend(country, observed, now, now),
                None => self.rosters.import_events(*anchor, observed, now),
            };
            taken.context(format!("take the roster of {country}"))?;
        }
        Ok(())
    }

    pub(crate) fn rosters(&self) -> &Rosters {
        &self.rosters
    }
}
