//! `vlec roster`: what is known of all countries.

mod bundles;
mod frozen;
mod policy;
mod proofs;
mod show;
mod status;
mod timeline;

use clap::Subcommand;

pub(crate) use policy::PolicyArgs;
pub(crate) use status::{not_yet_json, not_yet_lines, print as print_status, verdict};

use crate::session::{Done, Session};

#[derive(Subcommand)]
pub(crate) enum RosterCommand {
    Import(bundles::ImportArgs),
    Export(bundles::ExportArgs),
    Status(status::StatusArgs),
    Show(show::ShowArgs),
    Policy(policy::PolicyArgs),
    Prove(proofs::ProveArgs),
    VerifyProof(proofs::VerifyProofArgs),
    Accuse(frozen::AccuseArgs),
    Frozen(frozen::FrozenArgs),
    Hear(frozen::HearArgs),
}

impl RosterCommand {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        match self {
            Self::Import(args) => args.run(session),
            Self::Export(args) => args.run(session),
            Self::Status(args) => args.run(session),
            Self::Show(args) => args.run(session),
            Self::Policy(args) => args.run(session),
            Self::Prove(args) => args.run(session),
            Self::VerifyProof(args) => args.run(session),
            Self::Accuse(args) => args.run(session),
            Self::Frozen(args) => args.run(session),
            Self::Hear(args) => args.run(session),
        }
    }
}
