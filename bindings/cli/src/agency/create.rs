//! `vlec agency create`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::AgencyId;

use crate::failure::{Exit, Failure};
use crate::home::{self, HomeArgs, Party};
use crate::pin::{self, FingerprintArgs, Pinning};
use crate::session::{Done, Session};

use super::request::{self, ProfileArgs};

/// Create an agency's vault, with an identity that nobody knows yet
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec agency create GE/mia/cyber --home cyber --anchor-dir /mnt/other-disk/cyber.anchor \\
      --role contact-24x7 --name 'en=Cybercrime unit' --pin ge.anchor
      shows the anchor's fingerprint, and writes cyber/enrol.request for the centre
  vlec agency create GE/mia/cyber --home cyber --key-file cyber.key
      for a service; the request is written when the own country is pinned")]
pub(crate) struct CreateArgs {
    /// The agency's name, as GE/mia/cyber
    agency: AgencyId,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Pin this anchor at once
    #[arg(long, value_name = "ANCHOR")]
    pin: Vec<PathBuf>,
    #[command(flatten)]
    fingerprint: FingerprintArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl CreateArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if home::is_centre(&self.agency) {
            let text = format!("{} is a country, whose centre is founded", self.agency);
            return Err(Failure::usage(text, "a name as in GE/mia/cyber, or `vlec centre found`"));
        }
        let profile = self.profile.check(session)?;
        if self.home.storage().is_ok_and(|storage| storage.owner().is_ok()) {
            let text = format!("{}: a vault is there already", self.home.home.display());
            return Err(Failure::new("vault-exists", text));
        }
        // What is not pinned is known before anything is there.
        let confirmed = pin::confirm_all(&self.pin, &self.fingerprint, session)?;
        let storage = self.home.create_storage()?;
        let unlock = self.home.unlock.new_one(self.agency.as_str(), session)?;
        let agency = home::create_agency(storage, self.agency.clone(), unlock, session)?;
        request::remember(&profile, &self.home)?;
        let (name, fingerprint) = (self.agency.to_string(), agency.fingerprint()?);
        let record = json!({
            "agency": name, "home": self.home.home.display().to_string(), "fingerprint": fingerprint,
        });
        let lies = self.home.where_the_anchor_lies();
        session.report(&record, |_| format!("{name}  created; its fingerprint is {fingerprint}\n{lies}"));
        let party = Party::Agency(Box::new(agency));
        let pinned = pin::pin_all(&party, &confirmed, Pinning::First)?;
        let Party::Agency(agency) = party else { return Ok(Exit::Done) };
        if pinned.iter().any(|anchor| anchor.country() == self.agency.country()) {
            request::write_first(&agency, &self.home, session)?;
        }
        Ok(Exit::Done)
    }
}
