//! `world.json`: verified rosters and everybody's keys.

use std::collections::BTreeMap;

use serde::Deserialize;
use vlec::hazmat::{self, Secret};
use vlec::{
    Epoch, EpochNumber, Identity, Keyring, Observed, Roster, RosterPolicy, Rosters, SignedEvent, Timestamp,
    Window,
};

use crate::bytes::{Hex, hex};
use crate::support::{read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "now")]
    _now: u64,
    rosters: Vec<FileRoster>,
    agencies: Vec<Agency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileRoster {
    pub(crate) country: String,
    pub(crate) anchor: String,
    pub(crate) as_of: u64,
    size: u64,
    root: Hex,
    pub(crate) events: Vec<FileEvent>,
}

/// A signed event and the time of its publication.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEvent {
    pub(crate) at: u64,
    pub(crate) event: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agency {
    agency: String,
    identity_seed: Hex,
    identity_key_id: String,
    epochs: Vec<FileEpoch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEpoch {
    pub(crate) number: u64,
    not_before: u64,
    not_after: u64,
    destroy_at: u64,
    pub(crate) seed: Hex,
    pub(crate) key_id: String,
}

pub(crate) struct World {
    pub(crate) rosters: Rosters,
    pub(crate) files: Vec<FileRoster>,
    agencies: BTreeMap<String, Agency>,
}

pub(crate) fn time(seconds: u64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

pub(crate) fn secret<const N: usize>(bytes: &Hex) -> Secret<N> {
    Secret::new(|out| *out = bytes.array())
}

impl FileEvent {
    pub(crate) fn observed(&self) -> Observed {
        Observed { event: SignedEvent::decode(&self.event.0).unwrap(), at: time(self.at) }
    }
}

impl World {
    /// Reads and verifies the file.
    pub(crate) fn load() -> Self {
        let file: File = read(&root().join("world.json"));
        let mut rosters = Rosters::new(RosterPolicy::default());
        for roster in &file.rosters {
            let events = roster.events.iter().map(FileEvent::observed);
            let verified =
                Roster::verify(roster.anchor.parse().unwrap(), events, time(roster.as_of)).unwrap();
            assert_eq!(verified.country().as_str(), roster.country);
            let head = verified.head();
            assert_eq!((head.size, &head.root[..]), (roster.size, &*roster.root.0), "{}", roster.country);
            rosters.insert(verified, time(roster.as_of)).unwrap();
        }
        let agencies = file.agencies.into_iter().map(|agency| (agency.agency.clone(), agency)).collect();
        let world = Self { rosters, files: file.rosters, agencies };
        for (name, agency) in &world.agencies {
            assert_eq!(world.identity(name).id().to_string(), agency.identity_key_id);
            for epoch in &agency.epochs {
                assert_eq!(world.epoch(name, epoch.number).public().id().to_string(), epoch.key_id);
            }
        }
        world
    }

    pub(crate) fn identity(&self, agency: &str) -> Identity {
        hazmat::identity(agency.parse().unwrap(), &secret(&self.agencies[agency].identity_seed))
    }

    pub(crate) fn identity_seed(&self, agency: &str) -> [u8; 64] {
        self.agencies[agency].identity_seed.array()
    }

    pub(crate) fn file_epoch(&self, agency: &str, number: u64) -> &FileEpoch {
        self.agencies[agency].epochs.iter().find(|epoch| epoch.number == number).unwrap()
    }

    fn epoch(&self, agency: &str, number: u64) -> Epoch {
        let epoch = self.file_epoch(agency, number);
        let [not_before, not_after, destroy_at] =
            [epoch.not_before, epoch.not_after, epoch.destroy_at].map(time);
        let window = Window::new(not_before, not_after, destroy_at).unwrap();
        hazmat::epoch(agency.parse().unwrap(), EpochNumber(number), window, &secret(&epoch.seed))
    }

    /// A keyring with the epochs that are held, and the tombstones of those destroyed.
    pub(crate) fn keyring(&self, agency: &str, held: &[u64], destroyed: &[u64]) -> Keyring {
        let mut keyring = Keyring::new(agency.parse().unwrap());
        for number in held.iter().chain(destroyed) {
            keyring.add(self.epoch(agency, *number)).unwrap();
        }
        for number in destroyed {
            keyring.destroy(EpochNumber(*number));
        }
        keyring
    }

    /// Size and root of each country's roster.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (&str, u64, &[u8])> {
        self.files.iter().map(|file| (file.anchor.as_str(), file.size, &*file.root.0))
    }

    /// A key id's bytes.
    pub(crate) fn key_id(&self, agency: &str, number: u64) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(self.file_epoch(agency, number).key_id.as_bytes()).unwrap()
    }

    /// An identity's id in hexadecimal.
    pub(crate) fn identity_id(&self, agency: &str) -> String {
        hex(self.identity(agency).id().as_bytes())
    }
}
