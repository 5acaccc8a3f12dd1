//! `vlec centre`: a country's log and witness, and the ceremonies of its roots.

mod authority;
mod enrol;
mod exchange;
mod found;
mod look;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use vlec::event::Content;
use vlec::{AgencyId, Centre, SignedEvent};

use crate::failure::{Exit, Failure};
use crate::home::{HomeArgs, Party, is_centre};
use crate::pin::{self, FingerprintArgs, Pinning};
use crate::roster;
use crate::session::{Done, Session};

#[derive(Subcommand)]
pub(crate) enum CentreCommand {
    Found(found::FoundArgs),
    Root(found::RootKeyArgs),
    Anchor(look::AnchorArgs),
    Pin(PinArgs),
    Repin(RepinArgs),
    Enrol(enrol::EnrolArgs),
    Admit(exchange::AdmitArgs),
    Publish(exchange::PublishArgs),
    Cosign(exchange::CosignArgs),
    Collect(exchange::CollectArgs),
    Relearn(exchange::RelearnArgs),
    Witnessed(look::WitnessedArgs),
    Authority(authority::AuthorityArgs),
    Withdraw(enrol::WithdrawArgs),
    Status(look::StatusArgs),
    Pending(look::PendingArgs),
    Policy(roster::PolicyArgs),
}

impl CentreCommand {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        match self {
            Self::Found(args) => args.run(session),
            Self::Root(args) => args.run(session),
            Self::Anchor(args) => args.run(session),
            Self::Pin(args) => args.pin.run(Pinning::First, session),
            Self::Repin(args) => args.pin.run(Pinning::Anew, session),
            Self::Enrol(args) => args.run(session),
            Self::Admit(args) => args.run(session),
            Self::Publish(args) => args.run(session),
            Self::Cosign(args) => args.run(session),
            Self::Collect(args) => args.run(session),
            Self::Relearn(args) => args.run(session),
            Self::Witnessed(args) => args.run(session),
            Self::Authority(args) => args.run(session),
            Self::Withdraw(args) => args.run(session),
            Self::Status(args) => args.run(session),
            Self::Pending(args) => args.run(session),
            Self::Policy(args) => args.run(session),
        }
    }
}

/// Pin other countries' anchors, after their fingerprints were compared
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec centre pin ua.anchor --home ge\n  \
    vlec centre pin ua.anchor --home ge --key-file key --fingerprint '81c1 5e0f …'")]
pub(crate) struct PinArgs {
    #[command(flatten)]
    pin: PinThoseArgs,
}

/// Pin a country that has begun anew: its old roster, and a freeze, are forgotten
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre repin md.anchor --home ge")]
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
        let party = Party::Centre(Box::new(self.home.centre(session)?));
        let confirmed = pin::confirm_all(&self.anchors, &self.fingerprint, session)?;
        let pinned = pin::pin_all(&party, &confirmed, pinning)?;
        pin::report(&pinned, session);
        Ok(Exit::Done)
    }
}

/// What a centre does with root keys, it does for agencies of its own country. That is said before anybody is asked for
/// a secret; `done` says what was meant, as in "enrolled".
pub(crate) fn check_own(home: &HomeArgs, agency: &AgencyId, done: &str) -> Done<()> {
    let theirs = agency.country();
    let owner = home.storage().and_then(|storage| Ok(storage.owner()?));
    match owner {
        Ok(owner) if is_centre(&owner) && owner.country() != theirs => {
            let text =
                format!("{agency} is {done} by the centre of {theirs}, and this is the centre of {owner}");
            let remedy = format!("the same command at the centre of its own country, {theirs}");
            Err(Failure::new("event-out-of-scope", text).remedy(remedy))
        }
        // What else is wrong is said where the home is opened.
        _ => Ok(()),
    }
}

/// How many roots speak for the country now: by the published roster, or before that by the genesis.
pub(crate) fn threshold(centre: &Centre) -> usize {
    let country = centre.country();
    let published =
        centre.with_rosters(|rosters| Some(rosters.roster(country)?.authority().keys().threshold()));
    published.unwrap_or_else(|| threshold_of(centre.genesis()))
}

fn threshold_of(genesis: &SignedEvent) -> usize {
    match genesis.event().content() {
        Content::Genesis(genesis) => genesis.keys().threshold(),
        _ => 1,
    }
}
