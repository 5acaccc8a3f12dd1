//! A national centre: three root keys, any two of which speak for the country.

use std::path::Path;

use vlec::event::{AuthorityKeys, Content, Genesis, Reason, Revoke};
use vlec::{
    AgencyId, Country, Event, KeyId, LogKey, Random, RootKey, SignedEvent, Signer, Timestamp, TrustAnchor,
    WitnessKey,
};

use crate::clock::DAY;
use crate::error::{Context, Result};
use crate::exchange::{self, Exchange};
use crate::replica::Replica;

pub(crate) struct Centre {
    country: Country,
    roots: [RootKey; 3],
    anchor: TrustAnchor,
    random: Random,
    pub(crate) replica: Replica,
}

impl Centre {
    /// Makes the country's keys and the first event of its roster.
    pub(crate) fn found(country: Country) -> Result<(Self, SignedEvent)> {
        let random = Random::system();
        let root = || RootKey::generate(country, &random);
        let roots = [root()?, root()?, root()?];
        let log = LogKey::generate(country, &random)?;
        let witness = WitnessKey::generate(country, &random)?;

        let public = roots.iter().map(|root| root.public().clone()).collect();
        let keys = AuthorityKeys::new(country, public, 2, log.public().clone(), witness.public().clone())?;
        let genesis = Event::genesis(country, Genesis::new(keys, 3 * DAY)?);
        let anchor = genesis.anchor().context("make an anchor")?;
        let mut signers: Vec<Signer<'_>> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(&log), Signer::Witness(&witness)]);
        let genesis = genesis.sign(&signers, &random)?;
        Ok((Self { country, roots, anchor, random, replica: Replica::new() }, genesis))
    }

    pub(crate) fn country(&self) -> Country {
        self.country
    }

    pub(crate) fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// One root holder signs a request that arrived as a file, if it enrols the key whose
    /// fingerprint the agency read out, and passes it on.
    pub(crate) fn countersign(&self, root: usize, request: &Path, read_out: &str) -> Result<()> {
        let event = exchange::read_event(request)?;
        match event.event().content() {
            Content::Enrol(enrol) if enrol.identity().id().fingerprint() == read_out => {}
            _ => return Err(format!("{} does not enrol the key read out", request.display()).into()),
        }
        let root = self.roots.get(root).context("find the root")?;
        exchange::write_event(request, &event.countersign(&[Signer::Root(root)], &self.random)?)
    }

    /// Two roots revoke an agency's key.
    pub(crate) fn revoke(
        &self,
        agency: &AgencyId,
        key: KeyId,
        effective: Timestamp,
        exchange: &Exchange,
    ) -> Result<()> {
        let revoke = Revoke::by_roots(key, Reason::KeyCompromise, effective);
        let [first, second, _] = &self.roots;
        let event = Event::revoke(&self.anchor, agency.clone(), revoke)
            .sign(&[Signer::Root(first), Signer::Root(second)], &self.random)?;
        exchange.publish(self.country, &event)
    }
}
