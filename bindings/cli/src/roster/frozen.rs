//! Logs that have shown two rosters, and revocations that do not wait for a log.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::{Country, EquivocationProof};

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, OutArgs};
use crate::home::HomeArgs;
use crate::inputs::Tally;
use crate::kinds::{self, Kind};
use crate::session::{Done, Session};

/// Take a proof that a log has shown two rosters: no new key of that country counts any more
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster accuse MD.equivocation --home cyber")]
pub(crate) struct AccuseArgs {
    /// The proofs
    #[arg(required = true, value_name = "PROOF")]
    proofs: Vec<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl AccuseArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        let mut tally = Tally::new();
        for path in &self.proofs {
            let name = path.display().to_string();
            let proof = files::read_as(path, &kinds::EQUIVOCATION, EquivocationProof::decode, session);
            let done = proof.and_then(|proof| {
                let country = proof.anchor().country();
                party.accuse(proof)?;
                let record = json!({ "file": name, "country": country.to_string(), "frozen": true });
                Ok((record, format!("{country}  frozen: its log has shown two rosters\n")))
            });
            tally.take(path, done, session);
        }
        Ok(tally.end(session))
    }
}

/// Write the proof for which a country is frozen, to be passed on
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster frozen MD --home ua\n      writes MD.equivocation")]
pub(crate) struct FrozenArgs {
    /// The country
    country: Country,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl FrozenArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let party = self.home.party(session)?;
        let none = || {
            let text = format!("{} is not frozen: there is no proof against it", self.country);
            Failure::new("not-frozen", text).remedy("`vlec roster status --home …` shows which countries are")
        };
        let proof = party.frozen(self.country).ok_or_else(none)?;
        let path = self.out.write(format!("{}.equivocation", self.country), &proof.encode(), session)?;
        if !files::is_stream(&path) {
            let file = path.display().to_string();
            let sizes: Vec<_> = proof.checkpoints().iter().map(|note| note.checkpoint().size()).collect();
            let record = json!({ "file": file, "country": self.country.to_string(), "sizes": sizes });
            session.report(&record, |_| format!("{file}  pass it on: `vlec roster accuse`\n"));
        }
        Ok(Exit::Done)
    }
}

/// Take revocations at once, before the log brings them
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster hear AZ-customs-control-revoke-1a2b3c4d.event --home cyber")]
pub(crate) struct HearArgs {
    /// The revocations' files
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl HearArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        let mut tally = Tally::new();
        for path in &self.events {
            let name = path.display().to_string();
            let done = files::read_event(path, &kinds::REVOCATION, session).and_then(|event| {
                let kind = Kind::of_event(&event);
                party.hear(&event).map_err(|failure| match failure.code() {
                    "event-not-a-revocation" => kinds::REVOCATION.instead(failure.code(), &name, kind),
                    _ => failure,
                })?;
                let record = json!({ "file": name, "event": fields::event_json(&event) });
                Ok((record, format!("heard  {}\n", fields::event_text(&event))))
            });
            tally.take(path, done, session);
        }
        Ok(tally.end(session))
    }
}
