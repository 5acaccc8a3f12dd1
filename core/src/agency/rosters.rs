//! The rosters that the agency holds.

use std::io::{Read, Write};

use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::replica::CountryStatus;
use crate::roster::event::SignedEvent;
use crate::roster::{EquivocationProof, Imported, InclusionProof, Policy, Rosters, TrustAnchor};

use super::Agency;

impl Agency {
    /// Pins a country's anchor, which people have compared in a ceremony, with the genesis that it is
    /// the hash of. The own country is pinned like every other.
    ///
    /// # Errors
    /// [`Error::NotTheAnchor`]; [`Error::Roster`] if another anchor is pinned.
    pub fn pin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        self.replica.pin(genesis, anchor)
    }

    /// Pins an anchor in the place of another, after a new ceremony: the country has begun anew.
    ///
    /// # Errors
    /// As [`Agency::pin`].
    pub fn repin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        self.replica.repin(genesis, anchor)
    }

    /// Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other pinned
    /// countries', of at most six and of two at least.
    ///
    /// # Errors
    /// [`Error::NotPinned`].
    pub fn set_policy(&self, country: Country, policy: Policy) -> Result<(), Error> {
        self.replica.set_policy(country, policy)
    }

    /// Takes a roster bundle, of at most 4 GiB: read to its end, verified, durable, then in force. While
    /// it is read, nobody waits.
    ///
    /// # Errors
    /// [`Error::NotPinned`], [`Error::Roster`]; everything is then as it was before, but that a fork
    /// freezes its country. [`Error::older_bundle_of`] says of an older bundle that it is one.
    pub fn import(&self, bundle: impl Read) -> Result<Imported, Error> {
        self.replica.import(self.replica.incoming(bundle)?)
    }

    /// Writes a bundle of what is held of a country after its first `from` events.
    ///
    /// # Errors
    /// [`Error::Roster`].
    pub fn export(&self, country: Country, from: u64, output: impl Write) -> Result<(), Error> {
        self.replica.export(country, from, output)
    }

    /// The published events of an agency of any country, or of a country itself, in the order of its
    /// log, with their places counted from 0; but for ended epochs whose bytes have been dropped.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn events(&self, subject: &AgencyId) -> Result<Vec<(u64, SignedEvent)>, Error> {
        self.replica.events(subject)
    }

    /// Takes a proof that a country's log has shown two rosters: the country is frozen.
    ///
    /// # Errors
    /// [`Error::Roster`] if it proves nothing.
    pub fn accuse(&self, proof: EquivocationProof) -> Result<(), Error> {
        self.replica.accuse(proof)
    }

    /// The proof for which a country is frozen: no new key of it counts, until it is pinned anew.
    pub fn frozen(&self, country: Country) -> Option<EquivocationProof> {
        self.with_rosters(|rosters| rosters.frozen(country).cloned())
    }

    /// Takes a revocation that is not in the log, or not yet: it is in force at once.
    ///
    /// # Errors
    /// [`Error::Roster`].
    pub fn hear(&self, revocation: &SignedEvent) -> Result<(), Error> {
        self.replica.hear(revocation)
    }

    /// Every pinned country, by its code.
    pub fn status(&self) -> Vec<CountryStatus> {
        self.replica.status()
    }

    /// The proof that an event stands in a country's log, under the newest checkpoint: for a third
    /// party, who needs nothing else but the country's log key and a policy.
    ///
    /// # Errors
    /// [`Error::Roster`] if the event is not in what is published.
    pub fn proof(&self, event: &SignedEvent) -> Result<InclusionProof, Error> {
        self.replica.proof(event, None)
    }

    /// Looks something up in the verified rosters. They do not change meanwhile: `look` must be short,
    /// and must not call the agency.
    pub fn with_rosters<T>(&self, look: impl FnOnce(&Rosters) -> T) -> T {
        look(&self.replica.rosters())
    }
}
