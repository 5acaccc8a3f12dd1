//! What the opened vault tells.

use std::path::{Path, PathBuf};

use vlec::{Condition, Due, PassphraseForm, Reason, RosterPolicy, Span};

use crate::ceremony;
use crate::home::{HomeArgs, Party};
use crate::maintain;
use crate::output::{self, Style};
use crate::roster;
use crate::session::{Done, Session};
use crate::times::short;
use crate::waiting;

use super::{Finding, State};

const RECOVERY: &str = "recovery";

pub(super) fn all(
    party: &Party,
    home: &HomeArgs,
    folders: &[PathBuf],
    session: &Session,
) -> Done<Vec<Finding>> {
    let mut findings = vec![condition(party, home), clock(party, session)];
    if party.condition() == Condition::Sound {
        findings.extend(rosters(party)?);
        findings.extend(upkeep(party, home, folders, session)?);
        findings.extend(recoveries(party, session)?);
    }
    findings.extend(root_files(home)?);
    if party.passphrase_form() == PassphraseForm::AsGiven {
        findings.push(Finding::new("passphrase", State::Warning, maintain::RENEW_PASSPHRASE));
    }
    let has_none = Condition::Quarantined(Reason::AnchorMissing);
    if home.anchor_dir.is_none() && party.condition() != has_none {
        findings.push(Finding::new(
            "anchor",
            State::Note,
            "the anchor lies in the home: a snapshot of the disk takes both, and what is put back accepts and opens again \
             what it should not. Move HOME/anchor to another disk, and name it with --anchor-dir",
        ));
    }
    Ok(findings)
}

fn condition(party: &Party, home: &HomeArgs) -> Finding {
    let owner = party.owner();
    match party.condition() {
        Condition::Sound => match party.examine() {
            Ok(()) => {
                let last = match party.rows_compared() {
                    Some(at) => format!("compared by `vlec maintain` {}", short(at)),
                    None => "not compared by `vlec maintain` yet".into(),
                };
                Finding::fine("vault", format!("{owner}: every row opens, store and anchor fit; {last}"))
            }
            Err(failure) => Finding::new("vault", State::Wrong, format!("{owner}: {}", failure.message()))
                .remedy("restore the disk from a backup, without its anchor; then this again"),
        },
        // Its wrapped secrets may be out of reach: that is no damage of rows.
        Condition::Quarantined(reason) => {
            Finding::new("vault", State::Wrong, format!("quarantined: {reason}"))
                .remedy(way_out(reason, home))
        }
    }
}

/// What to look at first. Leaving ends every epoch, and with a false anchor nothing would have asked for it.
fn way_out(reason: Reason, home: &HomeArgs) -> String {
    const LEAVE: &str =
        "`vlec doctor --leave-quarantine --home …` ends every epoch, and mail that is under way is lost";
    let folder = home.anchor_folder().display().to_string();
    match reason {
        Reason::AnchorMissing => format!(
            "there is none in {folder}: name its folder with --anchor-dir, and see that its disk is mounted; only if the \
             anchor is really lost: {LEAVE}"
        ),
        Reason::AnchorOfAnother => {
            format!("{folder} is another vault's: name this one's folder with --anchor-dir")
        }
        _ => format!(
            "find out why; if this is a copy, go on with the original; if the store was restored on purpose: {LEAVE}"
        ),
    }
}

/// The clock beside the newest checkpoint.
fn clock(party: &Party, session: &Session) -> Finding {
    let check = "clock";
    let now = session.now();
    let newest = party.with_rosters(|rosters| rosters.iter().map(vlec::Roster::as_of).max());
    let skew = RosterPolicy::default().max_skew;
    if let Some(by) = party.clock_behind() {
        return Finding::new(check, State::Wrong, maintain::clock_behind(by));
    }
    match newest {
        Some(newest) if newest > now.plus(skew) => {
            let text = format!("it is {}, and the newest checkpoint is of {}", short(now), short(newest));
            Finding::new(check, State::Wrong, text)
                .remedy("set the clock; if the checkpoint is wrong, ask its country")
        }
        Some(newest) => Finding::fine(
            check,
            format!("{}, {} after the newest checkpoint", short(now), Span(now.since(newest))),
        ),
        None => {
            Finding::new(check, State::Note, format!("{}, and no checkpoint to compare with", short(now)))
        }
    }
}

fn rosters(party: &Party) -> Done<Vec<Finding>> {
    let check = "rosters";
    let status = party.status()?;
    if status.is_empty() {
        let none = Finding::new(check, State::Warning, "no country is pinned")
            .remedy("`vlec agency pin xx.anchor --home …` in a ceremony");
        return Ok(vec![none]);
    }
    let finding = |status: &vlec::CountryStatus| {
        let (style, verdict) = roster::verdict(status);
        let country = status.anchor.country();
        let state = match style {
            Style::Error => State::Wrong,
            Style::Warning => State::Warning,
            _ => State::Fine,
        };
        let finding = Finding::new(check, state, format!("{country}: {verdict}"));
        match state {
            State::Fine => finding,
            _ if status.relearn && status.size > 0 && !status.stale => finding.remedy(format!(
                "have the other centres run `vlec centre witnessed {country}`, and take their notes with `vlec centre relearn`"
            )),
            _ if status.frozen => finding.remedy("a new ceremony with that country, then `repin`"),
            _ => finding.remedy(format!("`vlec roster import {country}.bundle --home …`")),
        }
    };
    let mut findings: Vec<Finding> = status.iter().map(finding).collect();
    let pending: usize = status.iter().map(|status| status.pending).sum();
    if pending > 0 {
        findings.push(
            Finding::new(
                "log",
                State::Note,
                format!("{} not published", output::counted(pending as u64, "event")),
            )
            .remedy("`vlec centre publish --home …`"),
        );
    }
    Ok(findings)
}

/// Rotation, announcements, orphans: what `vlec maintain` would do, or cannot.
fn upkeep(party: &Party, home: &HomeArgs, folders: &[PathBuf], session: &Session) -> Done<Vec<Finding>> {
    let Party::Agency(agency) = party else { return Ok(Vec::new()) };
    let mut all: Vec<&Path> = vec![&home.home];
    all.extend(folders.iter().map(PathBuf::as_path));
    let due = agency.due(&all)?;
    let mut findings: Vec<Finding> = Vec::new();
    let has_its_own =
        |due: &&Due| !matches!(due, Due::Refresh(_) | Due::ClockBehind(_) | Due::RenewPassphrase);
    for due in due.iter().filter(has_its_own) {
        findings.push(match due {
            Due::Orphan(path) => {
                let text = format!("{} was left by a crash", path.display());
                Finding::new("orphaned files", State::Warning, text)
                    .remedy("`vlec maintain --home …` removes it")
            }
            Due::Revoke(_) => Finding::new("rotation", State::Warning, maintain::due_text(due)),
            Due::Prepare(_) | Due::Destroy(_) | Due::RetireIdentity(_) => {
                let text = maintain::due_text(due);
                Finding::new("rotation", State::Warning, text).remedy("`vlec maintain --home …`, from cron")
            }
            Due::Recovering(_) => Finding::new(RECOVERY, State::Warning, maintain::due_text(due)),
            Due::Announce(_) => Finding::new("rotation", State::Note, maintain::due_text(due)),
            _ => Finding::new("rotation", State::Wrong, maintain::due_text(due)),
        });
    }
    let waits = due.iter().any(|due| matches!(due, Due::Recovering(_)));
    let uncovered = if waits { None } else { maintain::uncovered(agency, session.now())? };
    if let Some(until) = uncovered {
        let text = maintain::uncovered_text(until);
        findings.push(Finding::new("rotation", State::Warning, text).remedy(maintain::BRING));
    }
    if findings.iter().all(|finding| finding.check != "rotation") {
        let epochs = agency.epochs()?.len() as u64;
        findings.push(Finding::fine(
            "rotation",
            format!("{} held, nothing is due", output::counted(epochs, "epoch")),
        ));
    }
    if findings.iter().all(|finding| finding.check != "orphaned files") {
        findings.push(Finding::fine("orphaned files", "none"));
    }
    Ok(findings)
}

/// A centre's agencies that are being recovered: from when the delay counts, and until when.
fn recoveries(party: &Party, session: &Session) -> Done<Vec<Finding>> {
    let Party::Centre(centre) = party else { return Ok(Vec::new()) };
    let unpublished = waiting::unpublished(centre)?
        .into_iter()
        .map(|text| Finding::new(RECOVERY, State::Note, text).remedy("`vlec centre publish --home …`"));
    let waits = waiting::at(centre, session.now());
    let waits = waits.iter().map(|waiting| Finding::new(RECOVERY, State::Note, waiting.text()));
    Ok(unpublished.chain(waits).collect())
}

/// Whoever steals the home must not get the country with it.
fn root_files(home: &HomeArgs) -> Done<Vec<Finding>> {
    let mut files = ceremony::found(&home.file("roots"))?;
    files.extend(ceremony::found(&home.home)?);
    let finding = |path: &PathBuf| {
        Finding::new("root keys", State::Warning, format!("{} lies in the home", path.display()))
            .remedy("move it to its officer's medium, away from this machine; ceremonies take --root FILE")
    };
    Ok(files.iter().map(finding).collect())
}
