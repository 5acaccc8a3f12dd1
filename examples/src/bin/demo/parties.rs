//! Who takes part: four centres, and two agencies behind each.

use std::collections::BTreeMap;

use vlec::{AgencyId, Timestamp};

use crate::agency::Agency;
use crate::centre::Centre;
use crate::error::{Context, Result};
use crate::exchange::Exchange;
use crate::replica::Replica;

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

pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) centres: Vec<Centre>,
    pub(crate) agencies: BTreeMap<AgencyId, Agency>,
}

impl World {
    pub(crate) fn agency(&self, id: &AgencyId) -> Result<&Agency> {
        self.agencies.get(id).context(format!("find the agency {id}"))
    }

    pub(crate) fn centre(&self, agency: &AgencyId) -> Result<&Centre> {
        let centre = self.centres.iter().find(|centre| centre.country() == agency.country());
        centre.context(format!("find the centre of {agency}"))
    }

    /// Every party's own view of the rosters.
    pub(crate) fn replicas(&self) -> impl Iterator<Item = &Replica> {
        let centres = self.centres.iter().map(|centre| &centre.replica);
        centres.chain(self.agencies.values().map(|agency| &agency.replica))
    }

    pub(crate) fn replicas_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        let centres = self.centres.iter_mut().map(|centre| &mut centre.replica);
        centres.chain(self.agencies.values_mut().map(|agency| &mut agency.replica))
    }

    /// Every party verifies, for itself, what has been published since the last time.
    pub(crate) fn sync(&mut self, exchange: &Exchange) -> Result<()> {
        let now = self.now;
        self.replicas_mut().try_for_each(|replica| replica.sync(exchange, now))
    }
}
