//! `vlec passphrase`: another passphrase or key for a vault.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::Exit;
use crate::home::HomeArgs;
use crate::secrets::{self, Source, Use};
use crate::session::{Done, Session};

/// Change the passphrase or key of a vault; everything in it is sealed anew
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec passphrase --home cyber\n  \
    vlec passphrase --home cyber --passphrase-file old --new-key-file new.key\n      \
    from then on the old one opens nothing, but in backups that were made before")]
pub(crate) struct PassphraseArgs {
    #[command(flatten)]
    new: NewArgs,
    #[command(flatten)]
    home: HomeArgs,
}

#[derive(Args, Debug)]
#[group(id = "new-unlock", multiple = false)]
struct NewArgs {
    /// Read the new passphrase from FILE, which nobody else may read
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from the open file descriptor N
    #[arg(long, value_name = "N")]
    new_passphrase_fd: Option<u32>,
    /// Put the vault under the key of 32 bytes in FILE, which nobody else may read
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    /// Read the key of 32 bytes from the open file descriptor N
    #[arg(long, value_name = "N")]
    new_key_fd: Option<u32>,
}

impl PassphraseArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        let owner = party.owner().to_string();
        let NewArgs { new_passphrase_file, new_passphrase_fd, new_key_file, new_key_fd } = self.new;
        let source =
            Source::of(new_passphrase_file.as_ref(), new_passphrase_fd, new_key_file.as_ref(), new_key_fd);
        let new = match source {
            Some(source) => source.read()?,
            None => secrets::ask_twice(&owner, Use::NextOfVault, session)?,
        };
        party.change_unlock(new)?;
        let record = json!({ "owner": owner, "changed": true });
        session.report(&record, |_| format!("{owner}  sealed anew\n"));
        Ok(Exit::Done)
    }
}
