//! `vlec agency`: an agency's vault, from its creation to its announcements.

mod announce;
mod create;
mod epochs;
mod request;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use announce::{write_announcements, write_one};
pub(crate) use epochs::BOUNDS;

use crate::failure::Exit;
use crate::home::{HomeArgs, Party};
use crate::pin::{self, FingerprintArgs, Pinning};
use crate::session::{Done, Session};

#[derive(Subcommand)]
pub(crate) enum AgencyCommand {
    Create(create::CreateArgs),
    Pin(PinArgs),
    Repin(RepinArgs),
    Request(request::RequestArgs),
    Fingerprint(request::FingerprintOfArgs),
    Announce(announce::AnnounceArgs),
    Epochs(epochs::EpochsArgs),
    Policy(epochs::PolicyArgs),
}

impl AgencyCommand {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        match self {
            Self::Create(args) => args.run(session),
            Self::Pin(args) => args.pin.run(Pinning::First, session),
            Self::Repin(args) => args.pin.run(Pinning::Anew, session),
            Self::Request(args) => args.run(session),
            Self::Fingerprint(args) => args.run(session),
            Self::Announce(args) => args.run(session),
            Self::Epochs(args) => args.run(session),
            Self::Policy(args) => args.run(session),
        }
    }
}

/// Pin countries' anchors, after their fingerprints were compared; the own country's too
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec agency pin ge.anchor ua.anchor --home cyber\n      \
    with the own country's, the request to be enrolled is written: cyber/enrol.request\n  \
    vlec agency pin ua.anchor --home cyber --key-file key --fingerprint '81c1 5e0f …'")]
pub(crate) struct PinArgs {
    #[command(flatten)]
    pin: PinThoseArgs,
}

/// Pin a country that has begun anew: its old roster, and a freeze, are forgotten
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec agency repin md.anchor --home cyber")]
pub(crate) struct RepinArgs {
    #[command(flatten)]
    pin: PinThoseArgs,
}

#[derive(Args, Debug)]
struct PinThoseArgs {
    /// The anchors' files
    #[arg(required = true, value_name = "ANCHOR")]
    anchors: Vec<PathBuf>,
    #[command(flatten)]
    fingerprint: FingerprintArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl PinThoseArgs {
    fn run(self, pinning: Pinning, session: &mut Session) -> Done {
        let party = Party::Agency(Box::new(self.home.agency(session)?));
        let confirmed = pin::confirm_all(&self.anchors, &self.fingerprint, session)?;
        let pinned = pin::pin_all(&party, &confirmed, pinning)?;
        pin::report(&pinned, session);
        let Party::Agency(agency) = party else { return Ok(Exit::Done) };
        if pinned.iter().any(|anchor| anchor.country() == agency.id().country()) {
            request::write_first(&agency, &self.home, session)?;
        }
        Ok(Exit::Done)
    }
}
