//! What goes between centres: proposals, notes; and events that agencies bring.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use vlec::event::Content;
use vlec::{BundleReader, Centre, Collected, Country, EventKind, Relearned, SignedEvent};

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, OutArgs};
use crate::home::HomeArgs;
use crate::inputs::{self, Tally};
use crate::kinds::{self, Kind};
use crate::output;
use crate::roster;
use crate::session::{Done, Session};
use crate::waiting::{self, Waiting};

/// Take events that agencies have signed: epochs, rotations, revocations
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre admit inbox/*.event --home ge\n      \
    in the order of each agency's chain; one that is there already does no harm\n  \
    vlec centre admit --lost first.event second.event --home ge\n      \
    after a restore, what the log has signed and its store has lost: all of it, in its order")]
pub(crate) struct AdmitArgs {
    /// The events' files
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<PathBuf>,
    /// These are, in this order, the events that the log has signed and its restored store has lost
    #[arg(long)]
    lost: bool,
    #[command(flatten)]
    home: HomeArgs,
}

impl AdmitArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if self.lost {
            return self.readmit(session);
        }
        let (mut events, mut unread) = (Vec::new(), Vec::new());
        for path in &self.events {
            match files::read_event(path, &kinds::EVENT, session) {
                Ok(event) => events.push((path, event)),
                Err(failure) => unread.push((path.clone(), failure)),
            }
        }
        // Files come in any order, a chain has one. A revocation lies outside it, and may need its key's event.
        let key = |event: &SignedEvent| (event.event().kind() == EventKind::Revoke, event.event().serial());
        events.sort_by_key(|(_, event)| key(event));
        let mut tally = Tally::new();
        tally.leave_out(&[], unread, session);
        if events.is_empty() {
            return Ok(tally.end(session));
        }
        let centre = self.home.centre(session)?;
        for (path, event) in &events {
            let name = &path.display().to_string();
            let admitted =
                centre.admit(event).map_err(|error| not_admitted(error, name, event)).map(|admitted| {
                    let state = if admitted.published { "published" } else { "pending" };
                    let record = json!({
                        "file": name, "event": fields::event_json(event), "place": admitted.place,
                        "published": admitted.published,
                    });
                    (record, format!("{state:<10} {:>6}  {}\n", admitted.place, fields::event_text(event)))
                });
            tally.take(path, admitted, session);
        }
        Ok(tally.end(session))
    }

    /// All of them, in the order in which they are named, or none.
    fn readmit(&self, session: &mut Session) -> Done {
        let read = self.events.iter().map(|path| files::read_event(path, &kinds::EVENT, session));
        let events = read.collect::<Done<Vec<_>>>()?;
        self.home.centre(session)?.readmit(&events)?;
        let record = |(path, event): (&PathBuf, &SignedEvent)| {
            let record = json!({ "file": path.display().to_string(), "event": fields::event_json(event) });
            inputs::of_input(record, path)
        };
        let records = self.events.iter().zip(&events).map(record).collect();
        let lines = events.iter().map(|event| format!("back       {}\n", fields::event_text(event)));
        session.print(&Value::Array(records), |_| lines.collect());
        Ok(Exit::Done)
    }
}

/// A request that no root has signed yet is another command's.
fn not_admitted(error: vlec::Error, name: &str, event: &SignedEvent) -> Failure {
    let kind = Kind::of_event(event);
    let is_request = matches!(event.event().content(), Content::Enrol(_) | Content::Recovery(_));
    match error.code() {
        "event-too-few-roots" | "event-enrolled" if is_request => {
            Failure::from(error).remedy(kind.taken_by())
        }
        _ => Failure::from(error).of(name),
    }
}

/// Sign a checkpoint over the log, and write the proposal for the other centres to cosign
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec centre publish --home ge
      writes GE.proposal; with nothing new it is a heartbeat, which makes everybody's view a newer one
  vlec centre publish --home ge -o ge.bundle --force")]
pub(crate) struct PublishArgs {
    /// For a witness that holds only the first N events
    #[arg(long = "for", value_name = "N")]
    held: Option<u64>,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl PublishArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let centre = self.home.centre(session)?;
        let proposal = match self.held {
            Some(held) => centre.publish_for(held)?,
            None => centre.publish()?,
        };
        let pending = centre.pending()?.len() as u64;
        let path = self.out.write(format!("{}.proposal", centre.country()), &proposal, session)?;
        if files::is_stream(&path) {
            return Ok(Exit::Done);
        }
        let file = path.display().to_string();
        let record = json!({ "file": file, "pending": pending });
        session.report(&record, |_| {
            let new = output::counted(pending, "new event");
            format!("{file}  {new}: for the other centres to `vlec centre cosign`\n")
        });
        Ok(Exit::Done)
    }
}

/// Judge other countries' proposals, and cosign them
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre cosign AZ.proposal --home ge\n      \
    writes AZ-cosigned-by-GE.note, for the centre of AZ to `vlec centre collect`; of several proposals the own \
    one is passed over")]
pub(crate) struct CosignArgs {
    /// The proposals
    #[arg(required = true, value_name = "PROPOSAL")]
    proposals: Vec<PathBuf>,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl CosignArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if self.proposals.len() > 1 && self.out.output.is_some() {
            let text = "several notes do not go into one file";
            return Err(Failure::usage(text, "a command for each, or without -o"));
        }
        self.home.check_out(&self.out)?;
        let centre = self.home.centre(session)?;
        let mut tally = Tally::writing(&[], self.out.output.as_deref().is_some_and(files::is_stream));
        for path in &self.proposals {
            let name = path.display().to_string();
            let cosigned = files::read(path, session).and_then(|proposal| {
                let cosigned = self.cosign(&centre, &proposal, session);
                cosigned.map_err(|failure| kinds::PROPOSAL.or(failure, &name, &proposal))
            });
            let cosigned = match cosigned {
                Err(failure) if self.proposals.len() > 1 && failure.code() == "own-log" => {
                    session.warn(&format!(
                        "{name}: passed over, since it is of the own log, which others cosign"
                    ));
                    continue;
                }
                cosigned => cosigned,
            };
            tally.take(path, cosigned, session);
        }
        Ok(tally.end(session))
    }

    fn cosign(&self, centre: &Centre, proposal: &[u8], session: &mut Session) -> Done<(Value, String)> {
        let country = BundleReader::new(proposal)?.anchor().country();
        let note = centre.cosign(proposal)?;
        let usual = format!("{country}-cosigned-by-{}.note", centre.country());
        let written = self.out.write(usual, note.encode().as_bytes(), session)?;
        let (written, size) = (written.display().to_string(), note.checkpoint().size());
        let record = json!({ "file": written, "country": country.to_string(), "size": size });
        Ok((record, format!("{written}  {}\n", output::counted(size, "event"))))
    }
}

/// Take the notes with which other centres have cosigned; at a quorum the log is published
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  vlec centre collect GE-cosigned-by-*.note -o ge.bundle --home ge\n      \
    at a quorum writes the bundle for everybody"
)]
pub(crate) struct CollectArgs {
    /// The notes
    #[arg(required = true, value_name = "NOTE")]
    notes: Vec<PathBuf>,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl CollectArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let centre = self.home.centre(session)?;
        let (mut end, mut state, mut failed) = (Exit::Done, None, Vec::new());
        let mut early = BTreeMap::new();
        for path in &self.notes {
            let collected = files::read_note(path, session).and_then(|note| Ok(centre.collect(&note)?));
            let remedy = "`vlec centre publish --home …`; the others cosign what it writes";
            match collected.map_err(|failure| failure.when("state", remedy)) {
                Ok(collected) => {
                    if let Collected::Waiting { not_yet, .. } = &collected {
                        early.extend(not_yet.iter().copied());
                    }
                    state = Some(collected);
                }
                Err(failure) => {
                    let failure = failure.of(&path.display().to_string());
                    failed.push(inputs::failed(path, &failure));
                    end = end.and(session.fail(&failure));
                }
            }
        }
        match state {
            None => {}
            Some(Collected::Waiting { cosigned, mut missing, now, .. }) => {
                early.retain(|country, _| !cosigned.contains(country));
                missing.retain(|country| !early.contains_key(country));
                let (cosigned, missing) = (names(&cosigned), names(&missing));
                let not_yet: Vec<_> = early.into_iter().collect();
                let record = json!({
                    "published": false, "cosigned": cosigned, "missing": missing,
                    "not-yet": roster::not_yet_json(&not_yet), "failed": failed,
                });
                session.print(&record, |_| {
                    let (cosigned, missing) = (listed(&cosigned), listed(&missing));
                    let lines = roster::not_yet_lines(&not_yet, now);
                    format!("waiting: cosigned by {cosigned}, missing {missing}\n{lines}")
                });
                // Nothing was written: what reads the bundle must not go on.
                end = end.and(Exit::Held);
            }
            Some(Collected::Published(imported)) => {
                let file = self.bundle(&centre, session)?;
                if file.as_deref() == Some("-") {
                    return Ok(end);
                }
                let recovering = waiting::at(&centre, session.now());
                let record = json!({
                    "published": true, "country": imported.country.to_string(), "size": imported.size,
                    "new": imported.new, "as-of": imported.as_of.to_string(), "file": file,
                    "recovering": recovering.iter().map(Waiting::json).collect::<Vec<_>>(), "failed": failed,
                });
                session.report(&record, |_| {
                    let usual = || format!("`vlec roster export {}` writes the bundle", imported.country);
                    let (size, next) = (output::counted(imported.size, "event"), file.unwrap_or_else(usual));
                    let mut text = format!("published: {size}, {} new; {next}\n", imported.new);
                    text.extend(recovering.iter().map(|waiting| format!("  {}\n", waiting.text())));
                    text
                });
            }
        }
        Ok(end)
    }

    /// The bundle for everybody, if it is asked for; says where.
    fn bundle(&self, centre: &Centre, session: &mut Session) -> Done<Option<String>> {
        if self.out.output.is_none() {
            return Ok(None);
        }
        let mut bundle = Vec::new();
        centre.export(centre.country(), 0, &mut bundle)?;
        Ok(Some(self.out.write("", &bundle, session)?.display().to_string()))
    }
}

/// After a restore: take from other witnesses what this centre may have lost the memory of
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre relearn AZ-by-UA.note AZ-by-MD.note --home ge\n      \
    `vlec centre witnessed AZ` at the other centres writes such notes; as many are needed as leave too few\n      \
    other witnesses for a quorum")]
pub(crate) struct RelearnArgs {
    /// The notes
    #[arg(required = true, value_name = "NOTE")]
    notes: Vec<PathBuf>,
    #[command(flatten)]
    home: HomeArgs,
}

impl RelearnArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let centre = self.home.centre(session)?;
        let mut tally = Tally::new();
        let mut waiting = BTreeSet::new();
        for path in &self.notes {
            let name = path.display().to_string();
            let done = files::read_note(path, session).and_then(|note| {
                let (relearned, country) = (centre.relearn(&note)?, note.checkpoint().anchor().country());
                match relearned {
                    Relearned::Done => waiting.remove(&country),
                    Relearned::Waiting { .. } => waiting.insert(country),
                };
                Ok(told(&name, country, &relearned))
            });
            tally.take(path, done, session);
        }
        let end = if waiting.is_empty() { tally.end(session) } else { tally.show(session) };
        Ok(if waiting.is_empty() { end } else { end.and(Exit::Held) })
    }
}

/// What a note has brought of one log, for machines and for people.
fn told(file: &str, country: Country, relearned: &Relearned) -> (Value, String) {
    let Relearned::Waiting { cosigned, missing, needed, too_old, not_yet, since, now } = relearned else {
        let record = json!({ "file": file, "country": country.to_string(), "done": true });
        return (record, format!("{country}  known again\n"));
    };
    let (cosigned, missing) = (names(cosigned), names(missing));
    let record = json!({
        "file": file, "country": country.to_string(), "done": false, "needed": needed, "cosigned": cosigned,
        "missing": missing, "too-old": roster::not_yet_json(too_old), "not-yet": roster::not_yet_json(not_yet),
        "since": since.to_string(),
    });
    let mut text = format!(
        "{country}  waits for {needed} more: cosigned since {since} by {}, missing {}\n",
        listed(&cosigned),
        listed(&missing)
    );
    text.extend(too_old.iter().map(|(witness, at)| {
        format!(
            "{country}: not counted: {witness} cosigned at {at}, which is before {since}; {country} is to publish anew, \
             and {witness} to cosign that\n"
        )
    }));
    text.extend(roster::not_yet_lines(not_yet, *now).lines().map(|line| format!("{country}: {line}\n")));
    (record, text)
}

fn names(countries: &[Country]) -> Vec<String> {
    countries.iter().map(Country::to_string).collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nobody".into() } else { names.join(" ") }
}
