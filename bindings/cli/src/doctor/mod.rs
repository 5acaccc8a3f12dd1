//! `vlec doctor`: checks a home from the disk up, and offers the ways out that the core has.

mod checks;
mod disk;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::home::{HomeArgs, Party};
use crate::output::{Paint, Style};
use crate::pin;
use crate::session::{Done, Session};

/// Check a home: permissions, store, clock, rotation, staleness, orphaned files; and help it out
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec doctor --home cyber
  vlec doctor --home cyber --confirm-time
      the clock has been compared with another one, and is right although it jumped
  vlec doctor --home cyber --leave-quarantine
      the store was restored, on purpose: every epoch in it is destroyed and revoked, and mail that was under
      way is lost; its senders seal it again. What comes next is printed, in its order
Exit status: 0 all is well, 6 something needs attention.")]
pub(crate) struct DoctorArgs {
    /// Look for orphaned temporary files in these folders too
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// End the quarantine of a store that was restored or copied
    #[arg(long, group = "way-out")]
    leave_quarantine: bool,
    /// The clock is right, although it jumped
    #[arg(long, group = "way-out")]
    confirm_time: bool,
    /// The clock was ahead when the vault was written, and is right now
    #[arg(long, group = "way-out")]
    set_clock_back: bool,
    /// Do it without asking for the word
    #[arg(long, requires = "way-out")]
    yes: bool,
    #[command(flatten)]
    home: HomeArgs,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fine,
    /// Nothing is wrong, and it is good to know.
    Note,
    Warning,
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    check: &'static str,
    state: State,
    text: String,
    remedy: Option<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, text: impl Into<String>) -> Self {
        Self { check, state, text: text.into(), remedy: None }
    }

    fn fine(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Fine, text)
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Fine => Style::Good,
            Self::Note => Style::Faint,
            Self::Warning => Style::Warning,
            Self::Wrong => Style::Error,
        }
    }
}

impl DoctorArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let mut findings = disk::permissions(&self.home);
        let storage = self.home.storage();
        findings.push(disk::store(&storage));
        if let Err(failure) = storage {
            // Nothing more can be looked at.
            print(&findings, session);
            return Err(failure);
        }
        drop(storage);
        match self.home.party(session) {
            Ok(party) => {
                self.way_out(&party, session)?;
                findings.extend(checks::all(&party, &self.home, &self.folders, session)?);
                if self.leave_quarantine {
                    findings.extend(after_quarantine(&party));
                }
            }
            Err(failure) => {
                print(&findings, session);
                return Err(failure);
            }
        }
        print(&findings, session);
        let bad = findings.iter().any(|finding| matches!(finding.state, State::Warning | State::Wrong));
        Ok(if bad { Exit::Attention } else { Exit::Done })
    }

    fn way_out(&self, party: &Party, session: &mut Session) -> Done<()> {
        if self.leave_quarantine {
            let why = match party.condition() {
                vlec::Condition::Quarantined(reason) => reason.to_string(),
                vlec::Condition::Sound => {
                    let text = format!("{} is not in quarantine", party.owner());
                    return Err(Failure::new("not-quarantined", text).remedy("nothing has to be done"));
                }
            };
            let what = format!(
                "The vault is in quarantine: {why}. The anchor was looked for in {}. Every epoch in this vault is destroyed and \
                 revoked; mail that was under way is lost, and its senders seal it again. First find out why store and anchor \
                 do not fit.",
                self.home.anchor_folder().display()
            );
            pin::confirm_word(self.yes, &what, "leave", "--yes", session)?;
            party.leave_quarantine()?;
        }
        if self.confirm_time {
            let what = format!("It is {} by this machine's clock.", crate::times::short(session.now()));
            pin::confirm_word(self.yes, &what, "right", "--yes", session)?;
            party.confirm_time()?;
        }
        if self.set_clock_back {
            let now = crate::times::short(session.now());
            let what = format!("It is {now} by this machine's clock, and what the vault remembers is later.");
            pin::confirm_word(self.yes, &what, "back", "--yes", session)?;
            party.set_clock_back()?;
        }
        Ok(())
    }
}

/// That the quarantine was left, and what comes next, in this order.
fn after_quarantine(party: &Party) -> Vec<Finding> {
    const AGENCY: [&str; 5] = [
        "1. `vlec roster import` the newest bundle of every country",
        "2. `vlec maintain --home …`, which prepares new epochs",
        "3. `vlec agency announce --home …`: bring all that it writes to the centre",
        "4. the centre runs `vlec centre admit` and publishes; `vlec roster import` its new bundle here",
        "5. tell everybody who has sealed to this agency since the backup to seal it again",
    ];
    const CENTRE: [&str; 5] = [
        "1. pin the countries and set the policies that the store has lost",
        "2. `vlec roster import` the newest bundle of every country, the own one from another centre",
        "3. from now on, have the other centres run `vlec centre witnessed` for each country, and bring their notes to \
         `vlec centre relearn`, which says how many more are needed",
        "4. if `vlec centre publish` refuses with log-behind: `vlec centre admit --lost` with all lost events, in their order",
        "5. `vlec centre publish --home …`; the others cosign, and `vlec centre collect` takes their notes. Agencies bring \
         their events again",
    ];
    let steps = match party {
        Party::Agency(_) => AGENCY,
        Party::Centre(_) => CENTRE,
    };
    let left = Finding::new("quarantine", State::Note, "left; in this order, what is next:");
    let steps = steps.into_iter().map(|step| Finding::new("next", State::Note, step));
    std::iter::once(left).chain(steps).collect()
}

fn print(findings: &[Finding], session: &mut Session) {
    let record = |finding: &Finding| {
        json!({
            "check": finding.check, "state": finding.state.name(), "text": finding.text, "remedy": finding.remedy,
        })
    };
    let records = findings.iter().map(record).collect();
    session
        .print(&Value::Array(records), |paint| findings.iter().map(|finding| line(finding, paint)).collect());
}

fn line(finding: &Finding, paint: Paint) -> String {
    let state = paint.text(finding.state.style(), &format!("{:<7}", finding.state.name()));
    let remedy = finding.remedy.as_ref().map(|remedy| format!("{:27}try: {remedy}\n", ""));
    format!("{state}  {:<16}  {}\n{}", finding.check, finding.text, remedy.unwrap_or_default())
}
