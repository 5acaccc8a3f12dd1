//! Who takes part: four centres, and two agencies behind each. Each has a vault in its own folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use vlec::hazmat::timed;
use vlec::{Agency, AgencyId, Centre, Country, Secret, Storage, Unlock};

use crate::clock::SimulatedClock;
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::shell::{Ran, Shell};

/// Agency, name, role.
pub(crate) const AGENCIES: [(&str, &str, &str); 8] = [
    ("GE/mia/cyber", "Cybercrime unit", "contact-24x7"),
    ("GE/police/border", "Border police", "liaison"),
    ("UA/npu/cyber", "Cyber police", "contact-24x7"),
    ("UA/dpsu/border", "Border guard", "liaison"),
    ("AZ/mia/crime", "Department against organised crime", "contact-24x7"),
    ("AZ/customs/control", "Customs control", "liaison"),
    ("MD/igp/search", "Search section", "contact-24x7"),
    ("MD/pg/mla", "Mutual legal assistance", "liaison"),
];

/// In the order in which each asks the next ones to cosign.
pub(crate) const RING: [&str; 4] = ["GE", "UA", "AZ", "MD"];

/// Opens every vault and root key here. In a real system each has its own: a passphrase, or a key of a
/// service.
const KEY: [u8; 32] = *b"an invented key for everything..";

pub(crate) struct World {
    pub(crate) clock: SimulatedClock,
    pub(crate) shell: Shell,
    /// How many events of each country have been handed on in bundles.
    pub(crate) handed_on: BTreeMap<Country, u64>,
    pub(crate) agencies: BTreeSet<AgencyId>,
    homes: PathBuf,
}

impl World {
    pub(crate) fn new(exchange: &Exchange) -> Result<Self> {
        let clock = SimulatedClock::new();
        let key = exchange.secret(&KEY)?;
        Ok(Self {
            shell: Shell::new(clock.clone(), &key),
            clock,
            handed_on: BTreeMap::new(),
            agencies: BTreeSet::new(),
            homes: exchange.homes(),
        })
    }

    pub(crate) fn centres(&self) -> impl Iterator<Item = Country> {
        self.handed_on.keys().copied()
    }

    /// The folder in which a party's vault is.
    pub(crate) fn home(&self, party: &AgencyId) -> PathBuf {
        self.homes.join(party.as_str().replace('/', "-"))
    }

    /// Runs a command in a party's home.
    pub(crate) fn vlec(&self, party: &AgencyId, words: &[String]) -> Result<Value> {
        self.shell.run(&self.home(party), words)
    }

    /// As [`Self::vlec`], where it may be refused.
    pub(crate) fn try_vlec(&self, party: &AgencyId, words: &[String]) -> Ran {
        self.shell.try_run(&self.home(party), words)
    }

    /// An agency's handle, for checks that look deeper than a command does. No command runs while it is held.
    pub(crate) fn agency(&self, id: &AgencyId) -> Result<Agency> {
        let storage = Storage::open(&self.home(id)).context(format!("find the agency {id}"))?;
        Ok(timed::open(storage, unlock(), self.clock.hand())?)
    }

    /// As [`Self::agency`], of a centre.
    pub(crate) fn centre(&self, country: Country) -> Result<Centre> {
        let storage =
            Storage::open(&self.home(&country.into())).context(format!("find the centre of {country}"))?;
        Ok(timed::open_centre(storage, unlock(), self.clock.hand())?)
    }
}

fn unlock() -> Unlock {
    Unlock::Key(Secret::new(|key| *key = KEY))
}
