//! An agency's own epochs, and how they follow each other.

use clap::Args;
use serde_json::{Value, json};
use vlec::{EpochState, EpochStatus, RotationPolicy, Span};

use crate::failure::{Exit, Failure};
use crate::home::HomeArgs;
use crate::output;
use crate::session::{Done, Session};
use crate::times::{self, short};

/// List the agency's epochs, with what each is doing now
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec agency epochs --home cyber")]
pub(crate) struct EpochsArgs {
    #[command(flatten)]
    home: HomeArgs,
}

impl EpochsArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let epochs = self.home.agency(session)?.epochs()?;
        let records = epochs.iter().map(record).collect();
        session.print(&Value::Array(records), |_| {
            let rows = epochs.iter().map(|epoch| {
                let window = epoch.window;
                vec![
                    epoch.number.to_string(),
                    state(epoch.state).into(),
                    short(window.not_before()),
                    short(window.not_after()),
                    short(window.destroy_at()),
                    epoch.key_id.fingerprint(),
                ]
            });
            output::table(&["epoch", "state", "sealed to from", "until", "opened until", "key"], rows)
        });
        Ok(Exit::Done)
    }
}

fn state(state: EpochState) -> &'static str {
    match state {
        EpochState::Prepared => "prepared",
        EpochState::Announced => "announced",
        EpochState::Current => "current",
        EpochState::Retiring => "retiring",
        EpochState::Destroyed => "destroyed",
    }
}

fn record(epoch: &EpochStatus) -> Value {
    json!({
        "epoch": epoch.number.0, "state": state(epoch.state), "key": epoch.key_id.to_string(),
        "not-before": epoch.window.not_before().to_string(), "not-after": epoch.window.not_after().to_string(),
        "destroy-at": epoch.window.destroy_at().to_string(),
    })
}

/// What a policy may be.
pub(crate) const BOUNDS: &str = "--epoch 1h to 90d, --open-for 1h to 365d, --ahead 1 to 30";

/// Show how the agency's epochs follow each other, or change it from the next epoch on
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec agency policy --home cyber\n  \
    vlec agency policy --epoch 7d --open-for 30d --ahead 3 --home cyber")]
pub(crate) struct PolicyArgs {
    /// For how long an epoch is sealed to: 1h to 90d
    #[arg(long, value_name = "TIME", value_parser = times::seconds)]
    epoch: Option<u64>,
    /// For how long after that it is opened: 1h to 365d
    #[arg(long, value_name = "TIME", value_parser = times::seconds)]
    open_for: Option<u64>,
    /// How many epochs are announced beyond the current one: 1 to 30
    #[arg(long, value_name = "N")]
    ahead: Option<u64>,
    #[command(flatten)]
    home: HomeArgs,
}

impl PolicyArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let agency = self.home.agency(session)?;
        let before = agency.rotation_policy()?;
        let policy = RotationPolicy {
            epoch: self.epoch.unwrap_or(before.epoch),
            open_for: self.open_for.unwrap_or(before.open_for),
            announce_ahead: self.ahead.unwrap_or(before.announce_ahead),
        };
        if policy != before {
            agency.set_rotation_policy(policy).map_err(|error| Failure::from(error).when("state", BOUNDS))?;
        }
        let RotationPolicy { epoch, open_for, announce_ahead } = policy;
        let record =
            json!({ "epoch-seconds": epoch, "open-for-seconds": open_for, "announce-ahead": announce_ahead });
        session.print(&record, |_| {
            let (epoch, open_for) = (Span(epoch), Span(open_for));
            format!(
                "an epoch is sealed to for {epoch}, opened for {open_for} more; {announce_ahead} are announced \
                 ahead\n"
            )
        });
        Ok(Exit::Done)
    }
}
