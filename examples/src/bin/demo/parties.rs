//! Who takes part: four centres, and two agencies behind each. Each has a vault in its own folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use vlec::{Agency, AgencyId, Centre, Country, RootFile, RootKey, SecretText, Unlock};

use crate::clock::SimulatedClock;
use crate::error::{Context, Result};

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

pub(crate) struct World {
    pub(crate) clock: SimulatedClock,
    pub(crate) centres: BTreeMap<Country, National>,
    pub(crate) agencies: BTreeMap<AgencyId, Agency>,
}

/// A national centre, and where the officers of its roots keep their keys.
pub(crate) struct National {
    pub(crate) centre: Centre,
    pub(crate) roots: Vec<PathBuf>,
    /// How many events have been handed on in bundles.
    pub(crate) handed_on: u64,
}

impl World {
    pub(crate) fn agency(&self, id: &AgencyId) -> Result<&Agency> {
        self.agencies.get(id).context(format!("find the agency {id}"))
    }

    pub(crate) fn national(&self, country: Country) -> Result<&National> {
        self.centres.get(&country).context(format!("find the centre of {country}"))
    }
}

impl National {
    /// Two officers open their root keys, which are dropped when the ceremony is over.
    pub(crate) fn two_roots(&self) -> Result<Vec<RootKey>> {
        self.roots.iter().take(2).map(|path| Ok(RootFile::read(path)?.open(&passphrase("root"))?)).collect()
    }
}

/// In a real system each party has its own, typed by a person or kept by a service.
pub(crate) fn passphrase(whose: &str) -> Unlock {
    Unlock::Passphrase(SecretText::new(format!("invented passphrase of a {whose}")))
}
