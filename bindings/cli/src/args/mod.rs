//! The commands and their options. Each command's own are beside what it does.

mod wrong;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::session::{Done, Session};
use crate::{
    agency, backup, centre, delivery, doctor, handbook, inspect, maintain, open, passphrase, recover, revoke,
    roster, rotate, seal,
};

const EXITS: &str = "\
Exit status:
  0    done
  1    failed: the machine, a file, or several inputs for several reasons
  2    not called as it must be; nothing was done
  3    a passphrase or key does not open what it is for, or is missing
  4    held for now: import a newer roster, or wait, and do the same again
  5    refused for good
  6    it works, and something needs attention (doctor, maintain; a quarantine)
  130  interrupted; no file is half-written

`vlec help COMMAND` explains a command, with examples.";

/// The operator's shell of VLEC: ceremonies, rotation, recovery, sealing and opening
#[derive(Parser)]
#[command(name = "vlec", bin_name = "vlec", version, after_help = EXITS, arg_required_else_help = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
struct Common {
    /// Print JSON, also for errors
    #[arg(long, global = true, display_order = 900)]
    json: bool,
    /// Ask nobody anything; what is missing is an error
    #[arg(long, global = true, display_order = 901)]
    no_input: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// A country's centre: its log, its witness, its ceremonies
    #[command(subcommand)]
    Centre(centre::CentreCommand),
    /// An agency's vault: creating it, pinning countries, enrolment, epochs
    #[command(subcommand)]
    Agency(agency::AgencyCommand),
    /// The countries' rosters: who is in them, how fresh they are
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    Seal(seal::SealArgs),
    Open(open::OpenArgs),
    Accept(delivery::AcceptArgs),
    Reopen(open::ReopenArgs),
    Inspect(inspect::InspectArgs),
    Maintain(maintain::MaintainArgs),
    Backup(backup::BackupArgs),
    Rotate(rotate::RotateArgs),
    Revoke(revoke::RevokeArgs),
    Recover(recover::RecoverArgs),
    Passphrase(passphrase::PassphraseArgs),
    Doctor(doctor::DoctorArgs),
    Completions(handbook::CompletionsArgs),
    Man(handbook::ManArgs),
}

impl Command {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        match self {
            Self::Centre(command) => command.run(session),
            Self::Agency(command) => command.run(session),
            Self::Roster(command) => command.run(session),
            Self::Seal(args) => args.run(session),
            Self::Open(args) => args.run(session),
            Self::Accept(args) => args.run(session),
            Self::Reopen(args) => args.run(session),
            Self::Inspect(args) => args.run(session),
            Self::Maintain(args) => args.run(session),
            Self::Backup(args) => args.run(session),
            Self::Rotate(args) => args.run(session),
            Self::Revoke(args) => args.run(session),
            Self::Recover(args) => args.run(session),
            Self::Passphrase(args) => args.run(session),
            Self::Doctor(args) => args.run(session),
            Self::Completions(args) => args.run(session),
            Self::Man(args) => args.run(session),
        }
    }
}

/// `None`: help or the version was asked for, and printed.
pub(crate) fn parse(args: &[OsString], session: &mut Session) -> Done<Option<Command>> {
    session.json = args.iter().skip(1).any(|arg| arg == "--json");
    match Cli::try_parse_from(args) {
        Ok(Cli { common: Common { json, no_input }, command }) => {
            (session.json, session.no_input) = (json, no_input);
            Ok(Some(command))
        }
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let text = error.render();
            let text =
                if session.world.terminals.colour { text.ansi().to_string() } else { text.to_string() };
            session.write(text.as_bytes());
            Ok(None)
        }
        Err(error) => Err(wrong::failure(&error, args)),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
