//! Looking at a centre: its anchor, its log's state, what is pending, what it has cosigned.

use clap::Args;
use serde_json::{Value, json};
use vlec::Country;

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, OutArgs};
use crate::home::{HomeArgs, Party};
use crate::pin;
use crate::roster;
use crate::session::{Done, Session};

/// Show the country's anchor again, speakable and as a QR code, or write its file
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  vlec centre anchor --home ge\n  vlec centre anchor --home ge -o ge.anchor"
)]
pub(crate) struct AnchorArgs {
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl AnchorArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let centre = self.home.centre(session)?;
        if self.out.output.is_some() {
            let path = self.out.write("", &centre.genesis().encode(), session)?;
            if files::is_stream(&path) {
                return Ok(Exit::Done);
            }
        }
        let (anchor, terminal) = (*centre.anchor(), session.world.terminals.stdout);
        session.print(&pin::anchor_json(&anchor), |paint| pin::anchor_text(&anchor, paint, terminal));
        Ok(Exit::Done)
    }
}

/// The state of every country's log, as this centre sees it
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre status --home ge")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    home: HomeArgs,
}

impl StatusArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = Party::Centre(Box::new(self.home.centre(session)?));
        roster::print_status(&party, session)
    }
}

/// Events that are in the log, and that no quorum has cosigned yet
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre pending --home ge")]
pub(crate) struct PendingArgs {
    #[command(flatten)]
    home: HomeArgs,
}

impl PendingArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let pending = self.home.centre(session)?.pending()?;
        let records = pending.iter().map(fields::event_json).collect();
        let lines = pending.iter().map(|event| format!("{}\n", fields::event_text(event)));
        session.print(&Value::Array(records), |_| lines.collect());
        Ok(Exit::Done)
    }
}

/// Write what this centre has cosigned last of a country's log, for a centre that was restored
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre witnessed AZ --home ge\n      writes AZ-cosigned-by-GE.note")]
pub(crate) struct WitnessedArgs {
    /// The log's country
    country: Country,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl WitnessedArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let centre = self.home.centre(session)?;
        let none = || {
            let text = format!("this centre has cosigned nothing of {} yet", self.country);
            Failure::new("nothing-cosigned", text).remedy("`vlec centre cosign PROPOSAL --home …`")
        };
        let note = centre.witnessed(self.country)?.ok_or_else(none)?;
        let usual = format!("{}-cosigned-by-{}.note", self.country, centre.country());
        let path = self.out.write(usual, note.encode().as_bytes(), session)?;
        if !files::is_stream(&path) {
            let (file, size) = (path.display().to_string(), note.checkpoint().size());
            session.report(&json!({ "file": file, "size": size }), |_| format!("{file}  size {size}\n"));
        }
        Ok(Exit::Done)
    }
}
