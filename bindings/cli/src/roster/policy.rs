//! Whose cosignatures a country's log needs.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vlec::{Country, Policy};

use crate::failure::{Exit, Failure};
use crate::files;
use crate::home::HomeArgs;
use crate::kinds;
use crate::session::{Done, Session};

/// Show or set whose cosignatures a country's log needs
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec roster policy GE --home cyber > ge.policy\n  \
    vlec roster policy GE --set ge.policy --home cyber\n      \
    a file of the C2SP form tlog-policy, without log lines\n\n\
    Unless one is set, the log of a country needs a majority of the other pinned countries' witnesses, of at most \
    six and of two at least: three countries are the least.")]
pub(crate) struct PolicyArgs {
    /// The log's country
    country: Country,
    /// Set it to what is in FILE
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl PolicyArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let new = self.set.as_deref().map(|path| read(path, session)).transpose()?;
        let party = self.home.party(session)?;
        if let Some(policy) = new {
            party.set_policy(self.country, policy)?;
        }
        let none = || Failure::from(vlec::RosterError::NoPolicy(self.country));
        let text = party.with_rosters(|rosters| Some(rosters.policy(self.country)?.text().to_owned()));
        let text = text.ok_or_else(none)?;
        let record = json!({ "country": self.country.to_string(), "policy": text });
        let ended = if text.ends_with('\n') { text } else { format!("{text}\n") };
        match self.set {
            Some(_) => session.report(&record, |_| ended),
            None => session.print(&record, |_| ended),
        }
        Ok(Exit::Done)
    }
}

pub(super) fn read(path: &Path, session: &mut Session) -> Done<Policy> {
    let decode = |bytes: &[u8]| {
        let text =
            std::str::from_utf8(bytes).map_err(|_| Failure::new("policy-malformed", "it is not a text"))?;
        Policy::parse(text).map_err(Failure::from)
    };
    files::read_as(path, &kinds::POLICY, decode, session)
}
