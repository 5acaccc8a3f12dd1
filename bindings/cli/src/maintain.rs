//! `vlec maintain`: what is due, done; for cron.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vlec::{Agency, Condition, Due, EpochState, EpochStatus, RosterPolicy, Span, Timestamp};

use crate::agency::write_announcements;
use crate::failure::Exit;
use crate::files::ForceArgs;
use crate::home::{HomeArgs, Party};
use crate::output::{self, Style};
use crate::roster;
use crate::session::{Done, Session};
use crate::times::short;
use crate::waiting::{self, Waiting};

/// Do what is due: rotate and destroy keys, clean up. The exit status says if something needs people
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec maintain --home cyber
  vlec maintain --home /var/lib/vlec/cyber --key-file /etc/vlec/cyber.key --announce /srv/to-centre --json
      in a crontab, every hour: exit status 6 says that somebody should look
  vlec maintain --dry-run --home cyber")]
pub(crate) struct MaintainArgs {
    /// Look for orphaned temporary files in these folders too
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Say what is due, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the events for the centre to the folder DIR
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    announce: Option<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl MaintainArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if let Some(folder) = &self.announce {
            self.home.check_folder(folder)?;
        }
        match self.home.party(session)? {
            Party::Agency(agency) => self.agency(&agency, session),
            Party::Centre(centre) => {
                if !self.dry_run && centre.condition() == Condition::Sound {
                    match centre.compare_rows() {
                        // It is what is due then.
                        Err(error) if error.code() == "quarantined" => {}
                        done => done?,
                    }
                }
                let (unpublished, waits) =
                    (waiting::unpublished(&centre)?, waiting::at(&centre, session.now()));
                centre_of(&Party::Centre(centre), &unpublished, &waits, session)
            }
        }
    }

    fn agency(&self, agency: &Agency, session: &mut Session) -> Done {
        let mut folders: Vec<&Path> = vec![&self.home.home];
        folders.extend(self.folders.iter().map(PathBuf::as_path));
        let (done, left) = match (self.dry_run, agency.condition()) {
            (false, Condition::Sound) => {
                let maintained = agency.maintain(&folders)?;
                (maintained.done, maintained.left)
            }
            _ => (Vec::new(), agency.due(&folders)?),
        };
        let (files, mut lines) = match &self.announce {
            Some(folder) if agency.condition() == Condition::Sound => {
                write_announcements(agency, folder, ForceArgs::default())?
            }
            _ => (Vec::new(), String::new()),
        };
        let now = session.now();
        let waits = left.iter().any(|due| matches!(due, Due::Recovering(_)));
        let uncovered = match agency.condition() {
            // Nothing can be announced while a recovery waits.
            Condition::Sound if !waits => uncovered(agency, now)?,
            _ => None,
        };
        let needs_people = left.iter().any(needs_people) || uncovered.is_some();
        let unpublished = uncovered.map(|until| json!({ "due": "unpublished", "until": until.to_string() }));
        let record = json!({
            "agency": agency.id().to_string(),
            "done": done.iter().map(due_json).collect::<Vec<_>>(),
            "left": left.iter().map(due_json).chain(unpublished).collect::<Vec<_>>(),
            "announced": files,
        });
        let mut text: String = done.iter().map(|due| format!("done  {}\n", due_text(due))).collect();
        text.extend(left.iter().map(|due| match due {
            Due::Announce(_) if !files.is_empty() => "due   for the centre, bring it these:\n".into(),
            _ => format!("due   {}\n", due_text(due)),
        }));
        text.extend(uncovered.map(|until| format!("due   {}: {BRING}\n", uncovered_text(until))));
        text.push_str(&std::mem::take(&mut lines));
        // Cron mails what is printed: nothing, unless something needs people.
        match needs_people {
            true => session.print(&record, |_| text),
            false => session.report(&record, |_| text),
        }
        Ok(if needs_people { Exit::Attention } else { Exit::Done })
    }
}

/// A centre's own work is its operators': it is only looked at.
fn centre_of(party: &Party, unpublished: &[String], recovering: &[Waiting], session: &mut Session) -> Done {
    let status = party.status()?;
    let pending = status.iter().map(|status| status.pending).max().unwrap_or_default();
    let mut left: Vec<(Value, String)> = Vec::new();
    let half = RosterPolicy::default().max_age / 2;
    for status in &status {
        let (style, verdict) = roster::verdict(status);
        if !matches!(style, Style::Good) || status.age > half {
            let country = status.anchor.country();
            left.push((
                json!({ "due": "refresh", "country": country.to_string() }),
                format!("{country}: {verdict}"),
            ));
        }
    }
    if pending > 0 {
        let text = match pending {
            1 => "1 event is not published: `vlec centre publish`".into(),
            _ => format!("{pending} events are not published: `vlec centre publish`"),
        };
        left.push((json!({ "due": "publish", "count": pending }), text));
    }
    if let Condition::Quarantined(reason) = party.condition() {
        let text = format!("the vault is quarantined: {reason}; see `vlec doctor`");
        left.push((json!({ "due": "quarantine", "reason": reason.code() }), text));
    }
    let (records, lines): (Vec<_>, Vec<_>) = left.into_iter().unzip();
    let end = if records.is_empty() { Exit::Done } else { Exit::Attention };
    let record = json!({
        "centre": party.owner().to_string(), "done": [], "left": records,
        "recovering": recovering.iter().map(Waiting::json).collect::<Vec<_>>(),
    });
    let text = || {
        let waits = unpublished.iter().cloned().chain(recovering.iter().map(Waiting::text));
        let waits = waits.map(|line| format!("waits {line}\n"));
        lines.iter().map(|line| format!("due   {line}\n")).chain(waits).collect()
    };
    match end {
        Exit::Done => session.report(&record, |_| text()),
        _ => session.print(&record, |_| text()),
    }
    Ok(end)
}

/// What helps where epochs are prepared and nobody knows of them.
pub(crate) const BRING: &str =
    "`vlec agency announce`, to the centre; then `vlec roster import` its new bundle";

/// Until when others should be able to seal to the agency, by epochs that are published, and are not: one
/// epoch's length from now. Until then there is time to bring the next ones.
pub(crate) fn uncovered(agency: &Agency, now: Timestamp) -> Done<Option<Timestamp>> {
    let enrolled = agency.with_rosters(|rosters| {
        let view = rosters.roster(agency.id().country()).and_then(|roster| roster.agency(agency.id()));
        view.is_some_and(|view| view.withdrawn().is_none())
    });
    if !enrolled {
        return Ok(None);
    }
    let is_published =
        |epoch: &EpochStatus| matches!(epoch.state, EpochState::Announced | EpochState::Current);
    let published: Vec<_> =
        agency.epochs()?.into_iter().filter(is_published).map(|epoch| epoch.window).collect();
    let length = match published.last() {
        Some(window) => window.not_after().since(window.not_before()),
        None => agency.rotation_policy()?.epoch,
    };
    let until = now.plus(length);
    Ok(if published.iter().any(|window| window.seals_at(until)) { None } else { Some(until) })
}

pub(crate) fn uncovered_text(until: Timestamp) -> String {
    format!("the published epochs do not reach to {}", short(until))
}

/// What neither this command nor the next one does by itself.
pub(crate) fn needs_people(due: &Due) -> bool {
    !matches!(
        due,
        Due::Announce(_) | Due::Prepare(_) | Due::Destroy(_) | Due::RetireIdentity(_) | Due::Orphan(_)
    )
}

fn due_json(due: &Due) -> Value {
    match due {
        Due::Quarantine(reason) => json!({ "due": "quarantine", "reason": reason.code() }),
        Due::ConfirmTime => json!({ "due": "confirm-time" }),
        Due::ClockBehind(seconds) => json!({ "due": "clock-behind", "seconds": seconds }),
        Due::RenewPassphrase => json!({ "due": "renew-passphrase" }),
        Due::Refresh(country) => json!({ "due": "refresh", "country": country.to_string() }),
        Due::Enrol => json!({ "due": "enrol" }),
        Due::Withdrawn => json!({ "due": "withdrawn" }),
        Due::Recover => json!({ "due": "recover" }),
        Due::Recovering(until) => json!({ "due": "recovering", "until": until.to_string() }),
        Due::ForeignIdentity(key) => json!({ "due": "foreign-identity", "key": key.to_string() }),
        Due::ForeignEpoch(number) => json!({ "due": "foreign-epoch", "epoch": number.0 }),
        Due::SequenceTwice(sender) => json!({ "due": "sequence-twice", "sender": sender.to_string() }),
        Due::Announce(count) => json!({ "due": "announce", "count": count }),
        Due::Revoke(count) => json!({ "due": "revoke", "count": count }),
        Due::Prepare(count) => json!({ "due": "prepare", "count": count }),
        Due::Destroy(number) => json!({ "due": "destroy", "epoch": number.0 }),
        Due::RetireIdentity(key) => json!({ "due": "retire-identity", "key": key.to_string() }),
        Due::Orphan(path) => json!({ "due": "orphan", "path": path.display().to_string() }),
        _ => json!({ "due": "unknown" }),
    }
}

/// What a passphrase that opens by its bytes alone means, and what to do.
pub(crate) const RENEW_PASSPHRASE: &str = "another keyboard or language may write this vault's passphrase in other \
    bytes, which do not open it: `vlec passphrase`, with the same passphrase again";

/// What a clock that is behind means, and what to do.
pub(crate) fn clock_behind(by: Span) -> String {
    format!(
        "the clock is {by} behind what this vault has seen, and envelopes are dated by the later one: set the \
         clock; if it is right now and was ahead before, `vlec doctor --set-clock-back`"
    )
}

/// One thing that is due, and who does it.
pub(crate) fn due_text(due: &Due) -> String {
    match due {
        Due::Quarantine(reason) => format!("the vault is quarantined: {reason}; see `vlec doctor`"),
        Due::ConfirmTime => {
            "more than two days have passed since all that this vault has seen, or the clock is ahead: `vlec roster import` a \
             new bundle, which confirms the time; or, if the clock is right, `vlec doctor --confirm-time`"
                .into()
        }
        Due::ClockBehind(seconds) => clock_behind(Span(*seconds)),
        Due::RenewPassphrase => RENEW_PASSPHRASE.into(),
        Due::Refresh(country) => format!("{country}: `vlec roster import` its newest bundle"),
        Due::Enrol => {
            "not in the country's roster: bring enrol.request to the centre, import its bundle".into()
        }
        Due::Withdrawn => "the agency has been withdrawn".into(),
        Due::Recover => "the identity is revoked: `vlec recover`".into(),
        Due::Recovering(until) => format!(
            "the recovered identity takes effect {until}: wait until then, then `vlec roster import` a bundle published \
             after it"
        ),
        Due::ForeignIdentity(key) => format!(
            "the roster names the identity {}, which is not in this vault: unless it is yours, `vlec recover`",
            key.fingerprint()
        ),
        Due::ForeignEpoch(number) => format!(
            "the roster holds epoch {number}, which is not in this vault: unless it is yours, `vlec revoke --epoch \
             {number}`"
        ),
        Due::SequenceTwice(sender) => format!(
            "{sender} has used a sequence number twice: a copy of its vault is at work beside it; tell it"
        ),
        Due::Announce(count) => {
            format!("{} for the centre: `vlec agency announce`", output::counted(*count, "event"))
        }
        Due::Revoke(count) => format!(
            "{} to be revoked once an identity signs: `vlec roster import` the own country's bundle, or `vlec recover`",
            output::counted(*count, "key")
        ),
        Due::Prepare(count) => format!("{} to prepare", output::counted(*count, "epoch")),
        Due::Destroy(number) => format!("epoch {number} to destroy"),
        Due::RetireIdentity(key) => format!("the replaced identity {} to erase", key.fingerprint()),
        Due::Orphan(path) => format!("{} to remove, left by a crash", path.display()),
        other => format!("{other:?}"),
    }
}
