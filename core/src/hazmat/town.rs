//! Four invented centres in one process, which take events and publish bundles: for the examples and
//! tests of [`Agency`]. Every key and the clock are invented; never for real use.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::world::{NOW, WorldError, seed};
use crate::agency::Agency;
use crate::ids::{AgencyId, Country};
use crate::keys::Signer;
use crate::keys::authority::{LogKey, RootKey, WitnessKey};
use crate::keys::identity::Identity;
use crate::random::Random;
use crate::replica::Storage;
use crate::roster::bundle::{BundleWriter, Entry, Header};
use crate::roster::event::{AuthorityKeys, DisplayName, Enrol, Event, Genesis, SignedEvent};
use crate::roster::{BundleReader, Policy, RosterPolicy, Rosters, SignedCheckpoint, TrustAnchor};
use crate::secret::Secret;
use crate::time::{Clock, Timestamp};
use crate::vault::Unlock;

const COUNTRIES: [&str; 4] = ["GE", "UA", "AZ", "MD"];
/// Of every country here.
pub const RECOVERY_DELAY: u64 = 3 * 86_400;

/// The centres of four countries, and the clock by which they and their agencies go.
pub struct Town {
    clock: Arc<AtomicU64>,
    random: Random,
    centres: BTreeMap<Country, Centre>,
    rosters: Rosters,
}

/// One country's centre.
pub struct Centre {
    roots: Vec<RootKey>,
    log: LogKey,
    witness: WitnessKey,
    genesis: SignedEvent,
    anchor: TrustAnchor,
    /// Published and pending.
    events: Vec<SignedEvent>,
    published: usize,
    sections: Vec<SignedCheckpoint>,
}

impl Town {
    /// Founds the centres and publishes their rosters.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn new() -> Result<Self, WorldError> {
        Self::found(Arc::new(AtomicU64::new(NOW)), "town")
    }

    /// The same countries with new keys and empty rosters, by the same clock.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn founded_anew(&self) -> Result<Self, WorldError> {
        Self::found(Arc::clone(&self.clock), "second town")
    }

    fn found(clock: Arc<AtomicU64>, name: &str) -> Result<Self, WorldError> {
        let random = super::seeded_random(*seed::<32>(name).expose());
        let mut centres = BTreeMap::new();
        for country in COUNTRIES {
            let country: Country = country.parse()?;
            centres.insert(country, Centre::found(country, name, &random)?);
        }
        let mut rosters = Rosters::new(RosterPolicy::default());
        for (country, centre) in &centres {
            let others = centres.iter().filter(|(other, _)| *other != country);
            let witnesses: Vec<_> =
                others.map(|(_, other)| (other.anchor, other.witness.public().clone())).collect();
            rosters.pin(centre.anchor)?;
            rosters.set_policy(*country, Policy::new(&witnesses, 2)?)?;
        }
        let mut town = Self { clock, random, centres, rosters };
        town.publish()?;
        Ok(town)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.load(Ordering::SeqCst)).unwrap_or_default()
    }

    /// The clock goes on.
    pub fn advance(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The clock is set, forward or back.
    pub fn set_clock(&self, to: Timestamp) {
        self.clock.store(to.unix(), Ordering::SeqCst);
    }

    /// The town's clock.
    pub fn clock(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Clock::injected(move || Timestamp::from_unix(clock.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX))
    }

    /// Two agencies of Georgia, enrolled, with the rosters of their day.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn agencies(&mut self) -> Result<[Agency; 2], WorldError> {
        let [a, b] = [self.enrolled("GE/mia/cyber")?, self.enrolled("GE/police/border")?];
        let bundles = self.publish()?;
        for bundle in &bundles {
            a.import(&bundle[..])?;
            b.import(&bundle[..])?;
        }
        Ok([a, b])
    }

    /// A new agency with everything pinned, whose enrolment is pending.
    ///
    /// # Errors
    /// If the name is taken or not of its form.
    pub fn enrolled(&mut self, name: &str) -> Result<Agency, WorldError> {
        self.enrolled_in(Storage::memory(), name)
    }

    /// As [`Town::enrolled`], in a storage of the caller's.
    ///
    /// # Errors
    /// If the name is taken or not of its form, or the storage fails.
    pub fn enrolled_in(&mut self, storage: Storage, name: &str) -> Result<Agency, WorldError> {
        let agency = self.newcomer_in(storage, name)?;
        self.enrol(&agency)?;
        Ok(agency)
    }

    /// Enrols an agency that has the town's countries pinned; it is pending.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn enrol(&mut self, agency: &Agency) -> Result<(), WorldError> {
        let names = vec![DisplayName::new("en", &format!("Agency {}", agency.id()))?];
        let request = agency.enrol_request(names, vec!["contact-24x7".parse()?])?;
        let signed = self.countersign(&request)?;
        Ok(self.centre_takes(&signed)?)
    }

    /// Pins every country anew.
    ///
    /// # Errors
    /// If the agency's vault fails.
    pub fn repin(&self, agency: &Agency) -> Result<(), WorldError> {
        for centre in self.centres.values() {
            agency.repin(&centre.genesis, &centre.anchor)?;
        }
        Ok(())
    }

    /// A new agency with everything pinned, of which no roster knows.
    ///
    /// # Errors
    /// If the name is not of its form, or the storage fails.
    pub fn newcomer_in(&self, storage: Storage, name: &str) -> Result<Agency, WorldError> {
        let name: AgencyId = name.parse()?;
        let agency = Agency::create_from(storage, name, Self::key(), self.clock(), Self::system_random())?;
        for centre in self.centres.values() {
            agency.pin(&centre.genesis, &centre.anchor)?;
        }
        Ok(agency)
    }

    /// Opens the vault of one of the town's agencies again.
    ///
    /// # Errors
    /// As [`Agency::unlock`].
    pub fn unlock(&self, storage: Storage) -> Result<Agency, crate::error::Error> {
        Agency::open_from(storage, Self::key(), self.clock(), Self::system_random())
    }

    /// What unlocks every vault here.
    pub fn key() -> Unlock {
        Unlock::Key(Secret::new(|key| key.fill(7)))
    }

    fn system_random() -> [Random; 2] {
        [Random::system(), Random::system()]
    }

    /// As two of the country's roots sign it.
    ///
    /// # Errors
    /// If it is signed by them already.
    pub fn countersign(&self, event: &SignedEvent) -> Result<SignedEvent, WorldError> {
        let centre = self.centre(event.event().subject().country())?;
        let roots: Vec<_> = centre.roots.iter().take(2).map(Signer::Root).collect();
        Ok(event.clone().countersign(&roots, &self.random)?)
    }

    /// An event of the roots alone.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign_by_roots(&self, event: Event) -> Result<SignedEvent, WorldError> {
        let centre = self.centre(event.subject().country())?;
        let roots: Vec<_> = centre.roots.iter().take(2).map(Signer::Root).collect();
        Ok(event.sign(&roots, &self.random)?)
    }

    /// Other roots take the place of a country's; it is pending.
    ///
    /// # Errors
    /// If the centre does not take the event.
    pub fn replace_roots(&mut self, country: Country) -> Result<(), WorldError> {
        let centre = self.centre(country)?;
        let new = |n| RootKey::from_seed(country, &seed(&format!("{} later root {n}", centre.anchor)));
        let new: Vec<RootKey> = (1..=3).map(new).collect();
        let public = new.iter().map(|root| root.public().clone()).collect();
        let (log, witness) = (centre.log.public().clone(), centre.witness.public().clone());
        let keys = AuthorityKeys::new(country, public, 2, log, witness)?;
        let serial = self.rosters.roster(country).map_or(0, |roster| roster.authority().serial()) + 1;
        let mut signers: Vec<Signer<'_>> =
            centre.roots.iter().take(2).chain(&new).map(Signer::Root).collect();
        signers.extend([Signer::Log(&centre.log), Signer::Witness(&centre.witness)]);
        let event = Event::authority(&centre.anchor, serial, keys).sign(&signers, &self.random)?;
        self.centre_takes(&event)?;
        self.centres.get_mut(&country).ok_or("country")?.roots = new;
        Ok(())
    }

    /// A centre, by its country.
    ///
    /// # Errors
    /// If there is none.
    pub fn centre(&self, country: Country) -> Result<&Centre, WorldError> {
        Ok(self.centres.get(&country).ok_or("no such country")?)
    }

    /// The centre of the event's country takes it, or says why not. One that it has is passed over.
    ///
    /// # Errors
    /// The rule that the event breaks.
    pub fn centre_takes(&mut self, event: &SignedEvent) -> Result<(), crate::roster::RosterError> {
        let (country, now) = (event.event().subject().country(), self.now());
        let unknown = crate::roster::RosterError::NoRoster(country);
        let centre = self.centres.get_mut(&country).ok_or(unknown)?;
        if centre.events.iter().any(|held| held.body() == event.body()) {
            return Ok(());
        }
        let pending = centre.events.get(centre.published..).unwrap_or_default();
        self.rosters.admissible(country, pending, event, now)?;
        centre.events.push(event.clone());
        Ok(())
    }

    /// Every centre publishes what is pending, cosigned by the others, or its view of now. Gives one
    /// bundle for each country.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn publish(&mut self) -> Result<Vec<Vec<u8>>, WorldError> {
        let now = self.now();
        let countries: Vec<Country> = self.centres.keys().copied().collect();
        let mut bundles = Vec::new();
        for country in countries {
            let checkpoint = self.checkpoint(country, now)?;
            let centre = self.centres.get_mut(&country).ok_or("country")?;
            centre.published = centre.events.len();
            // The first over each size dates its events; of those that follow, the last counts.
            let of_size = |section: &SignedCheckpoint| section.checkpoint().size() == centre.published as u64;
            if centre.sections.iter().filter(|section| of_size(section)).count() == 2 {
                centre.sections.pop();
            }
            centre.sections.push(checkpoint);
            let bundle = centre.bundle()?;
            self.rosters.import(BundleReader::new(&bundle[..])?, now)?;
            bundles.push(bundle);
        }
        Ok(bundles)
    }

    /// What a lying centre shows to two: of one size, cosigned by witnesses that lie too, and not the same.
    ///
    /// # Errors
    /// Never, unless this crate is at fault.
    pub fn forked(&mut self, country: Country) -> Result<[Vec<u8>; 2], WorldError> {
        let random = super::seeded_random(*seed::<32>("fork").expose());
        let mut bundles = Vec::new();
        for name in ["one", "other"] {
            let id: AgencyId = format!("{country}/{name}").parse()?;
            let identity = Identity::generate(id, &random)?;
            let names = vec![DisplayName::new("en", name)?];
            let centre = self.centre(country)?;
            let enrol = Enrol::new(names, Vec::new(), identity.public().clone())?;
            let mut signers: Vec<Signer<'_>> = centre.roots.iter().take(2).map(Signer::Root).collect();
            signers.push(Signer::Identity(&identity));
            let event = Event::enrol(&centre.anchor, enrol).sign(&signers, &random)?;
            let centre = self.centres.get_mut(&country).ok_or("country")?;
            centre.events.push(event);
            let checkpoint = self.checkpoint(country, self.now())?;
            let centre = self.centres.get_mut(&country).ok_or("country")?;
            centre.sections.push(checkpoint);
            bundles.push(centre.bundle()?);
            centre.sections.pop();
            centre.events.pop();
        }
        let [one, other] = <[_; 2]>::try_from(bundles).map_err(|_| "two")?;
        Ok([one, other])
    }

    fn checkpoint(&self, country: Country, now: Timestamp) -> Result<SignedCheckpoint, WorldError> {
        let centre = self.centre(country)?;
        let pending = centre.events.get(centre.published..).unwrap_or_default();
        let checkpoint = self.rosters.propose(centre.anchor, pending)?;
        let mut signed = SignedCheckpoint::sign(checkpoint, &centre.log, now, &self.random)?;
        for (_, other) in self.centres.iter().filter(|(other, _)| **other != country) {
            signed.cosign(&other.anchor, &other.witness, now, &self.random)?;
        }
        Ok(signed)
    }
}

impl Centre {
    fn found(country: Country, town: &str, random: &Random) -> Result<Self, WorldError> {
        let root = |n| RootKey::from_seed(country, &seed(&format!("{country} {town} root {n}")));
        let roots: Vec<RootKey> = (1..=3).map(root).collect();
        let log = LogKey::from_seed(country, &seed(&format!("{country} {town} log")));
        let witness = WitnessKey::from_seed(country, &seed(&format!("{country} {town} witness")));
        let public = roots.iter().map(|root| root.public().clone()).collect();
        let keys = AuthorityKeys::new(country, public, 2, log.public().clone(), witness.public().clone())?;
        let genesis = Event::genesis(country, Genesis::new(keys, RECOVERY_DELAY)?);
        let anchor = genesis.anchor().ok_or("anchor")?;
        let mut signers: Vec<Signer<'_>> = roots.iter().map(Signer::Root).collect();
        signers.extend([Signer::Log(&log), Signer::Witness(&witness)]);
        let genesis = genesis.sign(&signers, random)?;
        let events = vec![genesis.clone()];
        Ok(Self { roots, log, witness, genesis, anchor, events, published: 0, sections: Vec::new() })
    }

    /// The roster's anchor.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// Everything that was published.
    fn bundle(&self) -> Result<Vec<u8>, WorldError> {
        let header = Header { anchor: self.anchor, from: Default::default() };
        let mut bundle = BundleWriter::new(Vec::new(), &header)?;
        let mut next = 0;
        for section in &self.sections {
            bundle.checkpoint(section)?;
            let size = usize::try_from(section.checkpoint().size())?;
            for event in self.events.get(next..size).unwrap_or_default() {
                bundle.entry(&Entry::event(event))?;
            }
            next = size;
        }
        Ok(bundle.finish())
    }
}

impl std::fmt::Debug for Town {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Town({})", self.now())
    }
}

impl std::fmt::Debug for Centre {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Centre({})", self.anchor)
    }
}
