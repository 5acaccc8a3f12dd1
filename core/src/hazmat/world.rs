//! A small invented world for examples, vectors, fuzzing and measurements: four countries with
//! two agencies each, every key from a fixed seed. Nobody's keys; never for real use.

use std::collections::BTreeMap;

use crate::ids::{AgencyId, Country, EpochNumber};
use crate::keys::Signer;
use crate::keys::authority::{LogKey, RootKey, WitnessKey};
use crate::keys::epoch::{Epoch, Window};
use crate::keys::identity::Identity;
use crate::keys::keyring::Keyring;
use crate::random::Random;
use crate::roster::event::{AuthorityKeys, DisplayName, Enrol, Event, Genesis, SignedEvent};
use crate::roster::{Observed, RosterPolicy, Rosters, TrustAnchor};
use crate::secret::Secret;
use crate::time::Timestamp;

/// The eight agencies.
pub const AGENCIES: [&str; 8] = [
    "GE/mia/cyber",
    "GE/police/border",
    "UA/npu/cyber",
    "UA/dpsu/border",
    "AZ/mia/crime",
    "AZ/customs/control",
    "MD/igp/search",
    "MD/pg/mla",
];

/// 2026-11-02T08:00:00Z, when everything in this world happens.
pub const NOW: u64 = 1_793_606_400;
const DAY: u64 = 86_400;

/// Anything that can go wrong here is a fault of this crate.
pub type WorldError = Box<dyn std::error::Error>;

/// Four countries and what each party holds.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// A deterministic source.
    pub random: Random,
    /// Everybody's verified rosters.
    pub rosters: Rosters,
    /// Each country's authority and its signed events, in order.
    pub countries: BTreeMap<Country, Authority>,
    /// Each agency's keys.
    pub members: BTreeMap<AgencyId, Member>,
}

/// What a country's centre holds.
#[derive(Debug)]
pub struct Authority {
    /// Three roots, two of which speak for the country.
    pub roots: Vec<RootKey>,
    /// The log's key pair.
    pub log: LogKey,
    /// The witness's key pair.
    pub witness: WitnessKey,
    /// The roster's anchor.
    pub anchor: TrustAnchor,
    /// The roster's events.
    pub events: Vec<SignedEvent>,
}

/// What an agency holds.
#[derive(Debug)]
pub struct Member {
    /// Its identity.
    pub identity: Identity,
    /// Its epochs.
    pub keyring: Keyring,
}

impl World {
    /// Founds the four countries, enrols the agencies and announces an epoch for each.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn new() -> Result<Self, WorldError> {
        let now = Timestamp::from_unix(NOW).ok_or("time")?;
        let random = super::seeded_random(*seed::<32>("random").expose());
        let rosters = Rosters::new(RosterPolicy::default());
        let mut world = Self { now, random, rosters, countries: BTreeMap::new(), members: BTreeMap::new() };
        for name in AGENCIES {
            let agency: AgencyId = name.parse()?;
            let country = agency.country();
            if !world.countries.contains_key(&country) {
                world.countries.insert(country, Authority::found(country, &world.random)?);
            }
            let authority = world.countries.get_mut(&country).ok_or("country")?;
            let member = authority.admit(&agency, &world.random)?;
            world.members.insert(agency, member);
        }
        world.rosters = world.verify_rosters()?;
        Ok(world)
    }

    /// Verifies every country's events anew.
    ///
    /// # Errors
    /// If an event was added that the rules refuse.
    pub fn verify_rosters(&self) -> Result<Rosters, WorldError> {
        let mut rosters = Rosters::new(RosterPolicy::default());
        for authority in self.countries.values() {
            let events = authority.events.iter().cloned();
            let observed = events.map(|event| Observed { event, at: self.now });
            rosters.import_events(authority.anchor, observed, self.now)?;
        }
        Ok(rosters)
    }

    /// One agency's keys.
    ///
    /// # Errors
    /// If there is no agency of this name.
    pub fn member(&self, agency: &str) -> Result<&Member, WorldError> {
        Ok(self.members.get(&agency.parse()?).ok_or("no such agency")?)
    }

    /// An agency's epoch, made again from its seed.
    ///
    /// # Errors
    /// If the name is not an agency's.
    pub fn epoch(&self, agency: &str, number: u64) -> Result<Epoch, WorldError> {
        epoch(&agency.parse()?, number)
    }
}

impl Authority {
    fn found(country: Country, random: &Random) -> Result<Self, WorldError> {
        let root = |n| RootKey::from_seed(country, &seed(&format!("{country} root {n}")));
        let roots: Vec<RootKey> = (1..=3).map(root).collect();
        let log = LogKey::from_seed(country, &seed(&format!("{country} log")));
        let witness = WitnessKey::from_seed(country, &seed(&format!("{country} witness")));
        let public = roots.iter().map(|root| root.public().clone()).collect();
        let keys = AuthorityKeys::new(country, public, 2, log.public().clone(), witness.public().clone())?;
        let genesis = Event::genesis(country, Genesis::new(keys, 3 * DAY)?);
        let anchor = genesis.anchor().ok_or("anchor")?;
        let mut signers: Vec<Signer<'_>> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(&log), Signer::Witness(&witness)]);
        let events = vec![genesis.sign(&signers, random)?];
        Ok(Self { roots, log, witness, anchor, events })
    }

    /// Two roots, enough to speak for the country.
    pub fn quorum(&self) -> Vec<Signer<'_>> {
        self.roots.iter().take(2).map(Signer::Root).collect()
    }

    fn admit(&mut self, agency: &AgencyId, random: &Random) -> Result<Member, WorldError> {
        let identity = Identity::from_seed(agency.clone(), &seed(&format!("{agency} identity")));
        let name = DisplayName::new("en", &format!("Agency {agency}"))?;
        let enrol = Enrol::new(vec![name], vec!["contact-24x7".parse()?], identity.public().clone())?;
        let mut signers = self.quorum();
        signers.push(Signer::Identity(&identity));
        let enrol = Event::enrol(&self.anchor, enrol).sign(&signers, random)?;
        let first = epoch(agency, 1)?;
        let announced = Event::epoch(&self.anchor, 2, first.public().clone())?;
        self.events.extend([enrol, announced.sign(&[Signer::Identity(&identity)], random)?]);
        let mut keyring = Keyring::new(agency.clone());
        keyring.add(first)?;
        Ok(Member { identity, keyring })
    }
}

/// `N` bytes that follow from a name.
pub fn seed<const N: usize>(name: &str) -> Secret<N> {
    Secret::new(|out| {
        blake3::Hasher::new_derive_key("vlec invented world").update(name.as_bytes()).finalize_xof().fill(out)
    })
}

/// Epoch `number`, of a day each, open for seven more.
fn epoch(agency: &AgencyId, number: u64) -> Result<Epoch, WorldError> {
    let start = NOW - 3600 + number.saturating_sub(1) * DAY;
    let at = |seconds| Timestamp::from_unix(seconds).ok_or("time");
    let window = Window::new(at(start)?, at(start + DAY)?, at(start + 8 * DAY)?)?;
    let seed = seed(&format!("{agency} epoch {number}"));
    Ok(Epoch::from_seed(agency.clone(), EpochNumber(number), window, &seed))
}
