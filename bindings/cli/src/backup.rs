//! `vlec backup`: one file with everything but the anchor.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::home::HomeArgs;
use crate::session::{Done, Session};

/// Write all that the vault holds, but its anchor, into one file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec backup --home cyber /srv/backup/cyber.sqlite

To restore it: end every process that has the vault open; take vault.sqlite and vault.sqlite-wal out of the home; \
copy the file there as vault.sqlite, for its owner only; leave the anchor as it is. Then `vlec doctor --home cyber` \
says that the vault is quarantined. When `vlec doctor --leave-quarantine --home cyber` is the way out, when it is \
not, and what comes after it: bindings/cli/README.md, \"Backup, restore, quarantine\".")]
pub(crate) struct BackupArgs {
    /// The new file
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    home: HomeArgs,
}

impl BackupArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_file(&self.to)?;
        let party = self.home.party(session)?;
        let failed =
            |failure: Failure| failure.when("exists", "another FILE, or move the one that is there away");
        party.backup(&self.to).map_err(failed)?;
        let to = self.to.display().to_string();
        let record = json!({ "owner": party.owner().to_string(), "backup": to });
        session.report(&record, |_| format!("{to}: written, read back and compared\n"));
        Ok(Exit::Done)
    }
}
