//! The two handles together, by the public interface alone: four centres, two agencies of two
//! countries, a day's rotation, mail, an answer, and a stolen identity.

// Helpers outside `#[test]` functions may fail loudly too: this is a test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::error::Error;

use vlec::event::{DisplayName, Reason};
use vlec::{
    Agency, Centre, Collected, Country, Due, EpochState, Letter, MemoryAnchor, MemoryStore, Random, RootKey,
    Secret, SignedEvent, Storage, Unlock,
};

type Tested = Result<(), Box<dyn Error>>;

const COUNTRIES: [&str; 4] = ["GE", "UA", "AZ", "MD"];

fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| key.fill(7)))
}

struct World {
    centres: Vec<Centre>,
    roots: Vec<RootKey>,
    agencies: Vec<Agency>,
}

impl World {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (mut centres, mut roots) = (Vec::new(), Vec::new());
        for name in COUNTRIES {
            let country: Country = name.parse()?;
            let root = RootKey::generate(country, &Random::system())?;
            centres.push(Centre::found(Storage::memory(), country, unlock(), &[&root], 1, 3600)?);
            roots.push(root);
        }
        for a in &centres {
            for b in &centres {
                a.pin(b.genesis(), b.anchor())?;
            }
        }
        let world = Self { centres, roots, agencies: Vec::new() };
        world.publish()?;
        Ok(world)
    }

    fn centre(&self, country: &str) -> Result<(&Centre, &RootKey), &'static str> {
        let mut held = self.centres.iter().zip(&self.roots);
        held.find(|(centre, _)| centre.country().as_str() == country).ok_or("no such country")
    }

    fn join(&mut self, name: &str) -> Tested {
        let agency = Agency::create(Storage::memory(), name.parse()?, unlock())?;
        for centre in &self.centres {
            agency.pin(centre.genesis(), centre.anchor())?;
        }
        let request = agency.enrol_request(vec![DisplayName::new("en", "An agency")?], vec![])?;
        let (centre, root) = self.centre(agency.id().country().as_str())?;
        centre.enrol(&SignedEvent::decode(&request.encode())?, &[root])?;
        self.agencies.push(agency);
        Ok(())
    }

    /// Every centre proposes, two others cosign, everybody imports.
    fn publish(&self) -> Tested {
        for centre in &self.centres {
            let proposal = centre.publish()?;
            let mut published = false;
            for other in self.centres.iter().filter(|other| other.country() != centre.country()).take(2) {
                published = matches!(centre.collect(&other.cosign(&proposal)?)?, Collected::Published(_));
            }
            assert!(published);
            let mut bundle = Vec::new();
            centre.export(centre.country(), 0, &mut bundle)?;
            for other in &self.centres {
                other.import(&bundle[..])?;
            }
            for agency in &self.agencies {
                agency.import(&bundle[..])?;
            }
        }
        Ok(())
    }

    fn day(&self) -> Tested {
        for agency in &self.agencies {
            agency.maintain(&[])?;
            for event in agency.announcements()? {
                self.centre(agency.id().country().as_str())?
                    .0
                    .admit(&SignedEvent::decode(&event.encode())?)?;
            }
        }
        self.publish()
    }
}

#[test]
fn agencies_of_two_countries_write_to_each_other() -> Tested {
    let mut world = World::new()?;
    world.join("GE/mia/cyber")?;
    world.join("UA/npu/cyber")?;
    world.publish()?;
    world.day()?;
    let [georgia, ukraine] = &world.agencies[..] else { return Err("two agencies".into()) };
    let states: Vec<_> = georgia.epochs()?.iter().map(|epoch| epoch.state).collect();
    assert_eq!(states, [EpochState::Current, EpochState::Announced, EpochState::Announced]);
    // A second later, an epoch more is to be prepared.
    let due = georgia.due(&[])?;
    assert!(due.iter().all(|due| matches!(due, Due::Prepare(1))), "{due:?}");

    let letter = Letter::new([ukraine.id().clone()], "text/plain")?;
    let sealed = georgia.seal(&letter, b"whose car is this?")?;
    let opened = ukraine.open(&sealed.bytes)?;
    assert_eq!(opened.content(), b"whose car is this?");
    ukraine.accept(opened.manifest(), b"17/2026")?;
    assert_eq!(ukraine.open(&sealed.bytes).unwrap_err().code(), "duplicate");
    let labels = vlec::Labels { in_reply_to: Some(sealed.id), ..Default::default() };
    let answer = Letter::new([georgia.id().clone()], "text/plain")?.labels(labels)?;
    assert!(georgia.open(&ukraine.seal(&answer, b"nobody's")?.bytes).is_ok());

    // A rotation, and the centre takes it as it takes epochs.
    let next = georgia.rotate_identity()?;
    world.day()?;
    assert_eq!(georgia.fingerprint()?, next.fingerprint());
    assert!(georgia.maintain(&[])?.done.iter().any(|done| matches!(done, Due::RetireIdentity(_))));
    assert!(ukraine.open(&georgia.seal(&letter, b"again")?.bytes).is_ok());

    // Stolen: revoked, and recovered by the roots.
    let event = georgia.revoke_identity(&next, Reason::KeyCompromise)?;
    ukraine.hear(&event)?;
    assert!(georgia.due(&[])?.contains(&Due::Recover));
    assert_eq!(georgia.seal(&letter, b"x").unwrap_err().code(), "no-identity");
    let (centre, root) = world.centre("GE")?;
    centre.admit(&event)?;
    centre.recover(&georgia.recovery_request()?, &[root])?;
    world.day()?;
    assert!(!georgia.due(&[])?.contains(&Due::Recover));
    Ok(())
}

#[test]
fn a_centres_vault_is_not_opened_as_an_agencys() -> Tested {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let storage = || Storage::new(store.clone(), anchor.clone());
    let country: Country = "GE".parse()?;
    let root = RootKey::generate(country, &Random::system())?;
    drop(Centre::found(storage(), country, unlock(), &[&root], 1, 3600)?);
    assert_eq!(Agency::unlock(storage(), unlock()).unwrap_err().code(), "state");
    assert_eq!(Centre::open(storage(), unlock())?.country(), country);
    Ok(())
}
