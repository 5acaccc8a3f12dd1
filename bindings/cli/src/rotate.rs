//! `vlec rotate`: epochs ahead, or the next identity.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::RotationPolicy;

use crate::agency::{BOUNDS, write_announcements};
use crate::failure::{Exit, Failure};
use crate::files::ForceArgs;
use crate::home::HomeArgs;
use crate::session::{Done, Session};

/// Prepare the epochs that are missing, or the agency's next identity, and write the events for the centre
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec rotate --home cyber
      prepares the epochs that are missing
  vlec rotate --ahead 7 --home cyber
      announces seven epochs ahead from now on, as before a holiday of the centre
  vlec rotate --identity --home cyber
      in peace; after a theft it is `vlec recover`")]
pub(crate) struct RotateArgs {
    /// Prepare the agency's next identity
    #[arg(long, conflicts_with = "ahead")]
    identity: bool,
    /// Announce so many epochs beyond the current one, from now on
    #[arg(long, value_name = "N")]
    ahead: Option<u64>,
    /// The folder for the events
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl RotateArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_folder(&self.output)?;
        let agency = self.home.agency(session)?;
        let next = match self.identity {
            true => Some(agency.rotate_identity()?),
            false => {
                if let Some(announce_ahead) = self.ahead {
                    let policy = RotationPolicy { announce_ahead, ..agency.rotation_policy()? };
                    agency
                        .set_rotation_policy(policy)
                        .map_err(|error| Failure::from(error).when("state", BOUNDS))?;
                }
                agency.maintain(&[])?;
                None
            }
        };
        let (files, text) = write_announcements(&agency, &self.output, self.force)?;
        let record = json!({ "identity": next.map(|key| key.to_string()), "announced": files });
        session.report(&record, |_| {
            let next = next.map(|key| format!("the next identity is {}\n", key.fingerprint()));
            let hint = if text.is_empty() { "nothing to announce\n" } else { "bring these to the centre\n" };
            format!("{}{text}{hint}", next.unwrap_or_default())
        });
        Ok(Exit::Done)
    }
}
