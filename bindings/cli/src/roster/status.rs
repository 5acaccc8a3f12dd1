//! The countries beside each other: size, age, cosigners, and what the policy makes of them.

use clap::Args;
use serde_json::{Value, json};
use vlec::{Country, CountryStatus, RosterPolicy, Span, Timestamp};

use crate::failure::Exit;
use crate::home::{HomeArgs, Party};
use crate::output::{self, Paint, Style};
use crate::session::{Done, Session};
use crate::waiting::{self, Waiting};

/// Every pinned country: size, age, cosigners, and what the policy makes of it
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster status --home cyber")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    home: HomeArgs,
}

impl StatusArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        print(&party, session)
    }
}

pub(crate) fn print(party: &Party, session: &mut Session) -> Done {
    let (all, now) = (party.status()?, session.now());
    let waiting = |status: &CountryStatus| waiting::in_country(party, status.anchor.country(), now);
    let recovering: Vec<Vec<Waiting>> = all.iter().map(waiting).collect();
    let unpublished = match party {
        Party::Centre(centre) => waiting::unpublished(centre)?,
        Party::Agency(_) => Vec::new(),
    };
    let records =
        all.iter().zip(&recovering).map(|(status, recovering)| record(status, recovering)).collect();
    session.print(&Value::Array(records), |paint| {
        let lines = recovering.iter().flatten().map(Waiting::text).chain(unpublished);
        let early = all.iter().map(|status| {
            let country = status.anchor.country();
            let lines = not_yet_lines(&status.not_yet, status.now);
            lines.lines().map(|line| format!("{country}: {line}\n")).collect::<String>()
        });
        table(&all, paint) + &early.chain(lines.map(|line| format!("{line}\n"))).collect::<String>()
    });
    Ok(Exit::Done)
}

/// What the policy makes of a roster: whether it works, whether people should act, and why.
pub(crate) fn verdict(status: &CountryStatus) -> (Style, &'static str) {
    let half = RosterPolicy::default().max_age / 2;
    match status {
        _ if status.frozen => (Style::Error, "frozen: its log has shown two rosters"),
        _ if status.size == 0 => (Style::Warning, "no roster: import its bundle"),
        _ if status.stale => (Style::Error, "stale: nothing is sealed by it; import a newer bundle"),
        _ if status.relearn => {
            (Style::Warning, "relearn: this centre was restored; `vlec centre relearn` notes of the others")
        }
        _ if status.quorum.is_none() => (Style::Warning, "no quorum by the policy as it is now"),
        _ if status.age > half => (Style::Warning, "old: import a newer bundle"),
        _ => (Style::Good, "fresh"),
    }
}

fn names(countries: impl Iterator<Item = Country>) -> String {
    let names: Vec<_> = countries.map(|country| country.to_string()).collect();
    if names.is_empty() { "-".into() } else { names.join(" ") }
}

/// Cosignatures that do not count yet, for machines.
pub(crate) fn not_yet_json(not_yet: &[(Country, Timestamp)]) -> Vec<Value> {
    not_yet
        .iter()
        .map(|(country, at)| json!({ "country": country.to_string(), "at": at.to_string() }))
        .collect()
}

/// The same for people: both times, and whose clocks they are of.
pub(crate) fn not_yet_lines(not_yet: &[(Country, Timestamp)], now: Timestamp) -> String {
    let line = |(country, at): &(Country, Timestamp)| {
        format!(
            "not counted: {country} cosigned at {at} by its clock, and by this one it is {now}; set the one that is \
             wrong, or wait until then\n"
        )
    };
    not_yet.iter().map(line).collect()
}

fn table(all: &[CountryStatus], paint: Paint) -> String {
    let rows = all.iter().map(|status| {
        vec![
            status.anchor.country().to_string(),
            status.size.to_string(),
            if status.pending > 0 { format!("+{}", status.pending) } else { String::new() },
            if status.size == 0 { "-".into() } else { Span(status.age).to_string() },
            names(status.cosigned.iter().map(|(country, _)| *country)),
            names(status.missing.iter().copied()),
            verdict(status).1.to_owned(),
        ]
    });
    let header = ["country", "events", "pending", "age", "cosigned by", "missing", "policy"];
    let plain = output::table(&header, rows);
    // Painted line by line: in the table's cells colour would count as width.
    let mut lines = plain.lines();
    let mut text =
        lines.next().map(|head| format!("{}\n", paint.text(Style::Strong, head))).unwrap_or_default();
    for (line, status) in lines.zip(all) {
        text.push_str(&format!("{}\n", paint.text(verdict(status).0, line)));
    }
    text
}

fn record(status: &CountryStatus, recovering: &[Waiting]) -> Value {
    let cosigned: Vec<_> = status
        .cosigned
        .iter()
        .map(|(country, at)| json!({ "country": country.to_string(), "at": at.to_string() }))
        .collect();
    let held = status.size > 0;
    json!({
        "country": status.anchor.country().to_string(),
        "fingerprint": status.anchor.fingerprint(),
        "size": status.size,
        "pending": status.pending,
        "as-of": held.then(|| status.as_of.to_string()),
        "age-seconds": held.then_some(status.age),
        "cosigned": cosigned,
        "not-yet": not_yet_json(&status.not_yet),
        "missing": status.missing.iter().map(Country::to_string).collect::<Vec<_>>(),
        "quorum-time": status.quorum.map(|time| time.to_string()),
        "stale": status.stale,
        "frozen": status.frozen,
        "relearn": status.relearn,
        "recovering": recovering.iter().map(Waiting::json).collect::<Vec<_>>(),
        "verdict": verdict(status).1,
    })
}
