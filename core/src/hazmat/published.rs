//! Bundles of the invented world: a country's log with the three others as its witnesses.

use crate::ids::Country;
use crate::roster::bundle::{BundleWriter, Entry, Header};
use crate::roster::event::SignedEvent;
use crate::roster::merkle::Peaks;
use crate::roster::{Checkpoint, Policy, RosterPolicy, Rosters, SignedCheckpoint, leaf};
use crate::time::Timestamp;

use super::world::{World, WorldError};

impl World {
    /// Rosters with all countries pinned and none imported; two of the others witness each log.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn pinned(&self) -> Result<Rosters, WorldError> {
        let mut rosters = Rosters::new(RosterPolicy::default());
        for (country, authority) in &self.countries {
            rosters.pin(authority.anchor)?;
            let others = self.countries.iter().filter(|(other, _)| *other != country);
            let keys = others.map(|(_, other)| (other.anchor, other.witness.public().clone()));
            rosters.set_policy(*country, Policy::new(&keys.collect::<Vec<_>>(), 2)?)?;
        }
        Ok(rosters)
    }

    /// A bundle of `events` as the log of `country`: a section ends at each of `sections`, a number of
    /// events, with the time at which everybody cosigned it. What stands before the first `from`
    /// events is left out.
    ///
    /// # Errors
    /// [`WorldError`] for a country or a section that is not there.
    pub fn bundle(
        &self,
        country: Country,
        events: &[SignedEvent],
        from: usize,
        sections: &[(usize, Timestamp)],
    ) -> Result<Vec<u8>, WorldError> {
        let authority = self.countries.get(&country).ok_or("no such country")?;
        let leaves = |count: usize| events.iter().take(count).map(|event| leaf::Leaf::of(event).encode());
        let mut peaks = Peaks::default();
        leaves(from).for_each(|leaf| peaks.push(&leaf));
        let header = Header { anchor: authority.anchor, from: peaks.clone() };
        let mut bundle = BundleWriter::new(Vec::new(), &header)?;
        let mut next = from;
        for (size, at) in sections {
            let new = events.get(next..*size).ok_or("no such section")?;
            new.iter().for_each(|event| peaks.push(&leaf::Leaf::of(event).encode()));
            let checkpoint = Checkpoint::new(authority.anchor, peaks.size(), peaks.root())?;
            let mut signed = SignedCheckpoint::sign(checkpoint, &authority.log, *at, &self.random)?;
            for (other, witness) in &self.countries {
                if *other != country {
                    signed.cosign(&witness.anchor, &witness.witness, *at, &self.random)?;
                }
            }
            bundle.checkpoint(&signed)?;
            new.iter().try_for_each(|event| bundle.entry(&Entry::event(event)))?;
            next = *size;
        }
        Ok(bundle.finish())
    }
}
