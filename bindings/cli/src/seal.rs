//! `vlec seal`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use vlec::{Agency, AgencyId, Labels, Letter, Padding, Rosters, Timestamp, Urgency};

use crate::failure::Failure;
use crate::files::{ForceArgs, is_stream};
use crate::home::HomeArgs;
use crate::inputs::{self, Choice, Expanded, Input, Kind, Tally};
use crate::maintain;
use crate::names;
use crate::near;
use crate::output;
use crate::places;
use crate::progress::Progress;
use crate::session::{Done, Session};
use crate::times;
use crate::waiting::Waiting;

const EXAMPLES: &str = "\
Examples:
  vlec seal --home cyber --to UA/npu/cyber --to MD/igp --label case=CH-2026-17 report.pdf
      writes report.pdf.vlec
  vlec seal --home cyber --to UA/npu/cyber -o outbox/ evidence/ notes.txt
      each file an envelope of its own: outbox/evidence/….vlec, outbox/notes.txt.vlec
  tar c case | vlec seal --home cyber --key-file key --to MD/igp --type application/x-tar - > case.tar.vlec
  vlec seal --home cyber --to UA/npu/cyber --label urgency=urgent --label deadline=2026-04-07T18:00:00Z call.wav

The manifest has the file's name, `_` in it for what no name may have there, which is then said. What comes from \
standard input and goes to standard output waits for its end, sealed, in the folder that TMPDIR names (/tmp unless \
set): nothing else does.

Labels: case, operation, handling (texts), in-reply-to, replaces (ids of envelopes), urgency (routine, priority, urgent, emergency), deadline (RFC 3339).";

/// Seal files to agencies
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SealArgs {
    /// Files and folders, without root keys and vaults in them; - is standard input
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Seal to this agency; may be given again
    #[arg(long, required = true, value_name = "AGENCY")]
    to: Vec<AgencyId>,
    /// The media type of the content, as text/plain [default: by the file's name]
    #[arg(long = "type", value_name = "TYPE")]
    content_type: Option<String>,
    /// What the content is about, as case=CH-2026-17; may be given again
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// How the content's length is hidden
    #[arg(long, value_enum, default_value_t = Pad::Padme)]
    padding: Pad,
    /// The file's name in the manifest, its extension too [default: the file's own]
    #[arg(long, value_name = "NAME", conflicts_with = "no_name")]
    name: Option<String>,
    /// Keep the file's name out of the manifest, its extension too
    #[arg(long)]
    no_name: bool,
    /// The envelope, or the folder for envelopes; - is standard output
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    home: HomeArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pad {
    /// Lengths of similar files look alike; at most 12 % more
    Padme,
    /// The exact length is visible to everyone
    None,
}

/// Where one envelope goes.
enum Target {
    Stream,
    File(PathBuf),
}

impl SealArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let labels = labels(&self.label)?;
        // What is wrong in the command is said before anybody is asked for a passphrase.
        self.letter(None, self.name.clone(), &labels)?;
        self.inputs.iter().try_for_each(|input| self.home.check_input(input))?;
        let Expanded { inputs, mut left_out, unread, kind } = inputs::expand(&self.inputs, choose, session)?;
        if self.name.is_some() && kind == Kind::Many {
            let text = "several files are not sealed under one name";
            return Err(Failure::usage(text, "a command for each, or without --name"));
        }
        places::check_contents(&inputs, self.home.unlock.file())?;
        let targets =
            inputs.iter().map(|input| self.target(input, kind, session)).collect::<Done<Vec<_>>>()?;
        for target in &targets {
            match target {
                Target::File(to) => self.home.check_file(to)?,
                Target::Stream => {}
            }
        }
        // What an earlier run of this command has written is no content that is missing.
        let is_target = |path: &Path| targets.iter().any(|to| matches!(to, Target::File(to) if to == path));
        left_out.retain(|left| !is_target(&left.path));
        let printed = targets.iter().any(|target| matches!(target, Target::Stream));
        let mut tally = Tally::writing(&inputs, printed);
        if inputs.is_empty() && !unread.is_empty() {
            tally.leave_out(&left_out, unread, session);
            return Ok(tally.end(session));
        }
        let agency = self.home.agency(session)?;
        if let Some(by) = agency.clock_behind() {
            session.warn(&maintain::clock_behind(by));
        }
        session.world.interrupt.watch()?;
        tally.leave_out(&left_out, unread, session);
        for (input, target) in inputs.iter().zip(&targets) {
            let sealed = self.seal(&agency, input, target, &labels, &mut tally, session);
            let sealed = sealed.map_err(|failure| self.about_party(failure, &agency, session.now()));
            if !tally.take(input.path(), sealed, session) {
                break;
            }
        }
        Ok(tally.end(session))
    }

    /// Which of the recipients it is, and which one may have been meant; or until when a recovery waits.
    fn about_party(&self, failure: Failure, agency: &Agency, now: Timestamp) -> Failure {
        let unknown = |rosters: &Rosters| self.to.iter().find_map(|to| near::unknown(rosters, to));
        let waits = |id: &AgencyId| {
            agency.with_rosters(|rosters| {
                let roster = rosters.roster(id.country())?;
                Waiting::of(&roster.agency(id)?, now)
            })
        };
        match failure.code() {
            "no-roster" | "not-enrolled" => {
                let found = agency.with_rosters(unknown).filter(|found| found.code() == failure.code());
                found.unwrap_or(failure)
            }
            "no-epoch" => waiting_for(self.to.iter().find_map(waits), failure),
            "unknown-key" | "revoked" | "no-identity" => waiting_for(waits(agency.id()), failure),
            _ => failure,
        }
    }

    /// The name in the manifest: the one that is chosen, or the file's own as far as it may stand there.
    fn sealed_name(&self, path: Option<&Path>, session: &mut Session) -> Option<String> {
        if self.name.is_some() || self.no_name {
            return self.name.clone();
        }
        let (path, own) = (path?, path?.file_name()?);
        let name = names::sealed(own);
        if own != name.as_str() {
            session.warn(&format!(
                "{}: its name is sealed as {name}, since it has what no file name in a manifest may have; --name \
                 chooses another, --no-name none",
                path.display()
            ));
        }
        Some(name)
    }

    fn letter(&self, path: Option<&Path>, name: Option<String>, labels: &Labels) -> Done<Letter> {
        let named = name.as_deref().map(Path::new).filter(|name| name.extension().is_some()).or(path);
        let guessed = || named.map(|path| mime_guess::from_path(path).first_or_octet_stream().to_string());
        let content_type = self.content_type.clone().or_else(guessed);
        let letter = Letter::new(
            self.to.iter().cloned(),
            content_type.as_deref().unwrap_or("application/octet-stream"),
        )
        .map_err(|error| Failure::usage(error.to_string(), "--type text/plain, or without --type"))?;
        let labels = Labels { file_name: name, ..labels.clone() };
        let letter = letter.labels(labels).map_err(|error| {
            let remedy = "a shorter text for a label; --name NAME, or --no-name, for a file with such a name";
            Failure::usage(error.to_string(), remedy)
        })?;
        Ok(letter.padding(match self.padding {
            Pad::Padme => Padding::Padme,
            Pad::None => Padding::None,
        }))
    }

    fn target(&self, input: &Input, kind: Kind, session: &Session) -> Done<Target> {
        let stream = || match session.world.terminals.stdout {
            true => Err(Failure::usage("an envelope is not text for a terminal", "-o FILE, or a pipe")),
            false => Ok(Target::Stream),
        };
        let (path, relative) = match (input, &self.output) {
            (_, Some(output)) if is_stream(output) && kind == Kind::One => return stream(),
            (_, Some(output)) if is_stream(output) => {
                return Err(Failure::usage("several envelopes do not go to one stream", "-o DIR"));
            }
            (Input::Stream, None) => return stream(),
            (Input::Stream, Some(output)) if inputs::is_folder(output) => {
                let text = "what comes from standard input has no name in a folder";
                return Err(Failure::usage(text, "-o with the name of a file"));
            }
            (Input::Stream, Some(output)) => return Ok(Target::File(output.clone())),
            (Input::File { path, relative }, _) => (path, relative),
        };
        Ok(Target::File(match &self.output {
            None => enveloped(path),
            Some(output) if kind == Kind::One && !inputs::is_folder(output) => output.clone(),
            Some(output) => enveloped(&output.join(relative)),
        }))
    }

    fn seal(
        &self,
        agency: &Agency,
        input: &Input,
        target: &Target,
        labels: &Labels,
        tally: &mut Tally,
        session: &mut Session,
    ) -> Done<(Value, String)> {
        if let Target::File(to) = target {
            tally.claim(to)?;
            if self.output.is_some() {
                inputs::make_folder_of(to)?;
            }
        }
        let existing = self.force.existing();
        let path = match input {
            Input::File { path, .. } => Some(path.as_path()),
            Input::Stream => None,
        };
        let letter = self.letter(path, self.sealed_name(path, session), labels)?;
        let sealed = match (input, target) {
            (Input::File { path, .. }, Target::File(to)) => {
                let mut progress =
                    Progress::of(&format!("sealing {}", path.display()), length(path), session);
                agency.seal_file_watched(&letter, path, to, existing, &mut |done| progress.at(done))?
            }
            (Input::File { path, .. }, Target::Stream) => {
                let mut progress =
                    Progress::of(&format!("sealing {}", path.display()), length(path), session);
                let mut watch = |done| progress.at(done);
                let sealed = agency.seal_file_to(&letter, path, &mut session.world.stdout, &mut watch);
                sealed.map_err(about_output)?
            }
            (Input::Stream, target) => {
                let progress = Progress::of("sealing", None, session);
                let interrupt = session.world.interrupt.clone();
                let reader = progress.reader(interrupt.reader(&mut *session.world.stdin));
                match target {
                    Target::File(to) => agency.seal_pipe_to_file(&letter, reader, to, existing)?,
                    Target::Stream => {
                        let spool = std::env::temp_dir();
                        let sealed = agency.seal_pipe(&letter, reader, &mut session.world.stdout, &spool);
                        sealed.map_err(|error| about_spool(error, &spool))?
                    }
                }
            }
        };
        let envelope = match target {
            Target::Stream => "standard output".into(),
            Target::File(to) => to.display().to_string(),
        };
        let record = json!({
            "file": input.name(), "envelope": envelope, "id": sealed.id.to_string(), "bytes": sealed.len,
            "to": self.to.iter().map(AgencyId::to_string).collect::<Vec<_>>(),
        });
        let envelope = output::one_line(&envelope);
        Ok((record, format!("{envelope}  {}  id {}\n", output::bytes(sealed.len), sealed.id)))
    }
}

/// A file that has changed while its envelope was being written out.
fn about_output(error: vlec::Error) -> Failure {
    let failure = Failure::from(error);
    match failure.code() {
        code @ "input-changed" => {
            let text = format!("{}: what has gone to standard output is not whole", failure.message());
            Failure::new(code, text)
        }
        _ => failure,
    }
}

/// Where what was sealed of a stream waits for its end.
fn about_spool(error: vlec::Error, spool: &Path) -> Failure {
    let (failure, folder) = (Failure::from(error), spool.display());
    match failure.message().starts_with(&folder.to_string()) {
        true => failure.remedy(format!(
            "room and rights in {folder}, where the sealed content waits for its end; or TMPDIR=DIR with another \
             folder; or -o FILE, in whose folder it waits then"
        )),
        false => failure,
    }
}

fn waiting_for(waiting: Option<Waiting>, failure: Failure) -> Failure {
    let Some(waiting) = waiting else { return failure };
    Failure::new(failure.code(), waiting.text()).remedy(waiting.remedy())
}

/// Envelopes, and what is being written, are not sealed again with the folder that they are in.
fn choose(path: &Path) -> Choice {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    match (name.ends_with(b".vlec"), name.starts_with(b".vlec-")) {
        (_, true) => Choice::Ignore,
        (true, _) => Choice::LeaveOut("an envelope"),
        _ => Choice::Take,
    }
}

fn enveloped(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".vlec");
    name.into()
}

fn length(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|found| found.len())
}

const KEYS: &str = "case, operation, handling, in-reply-to, urgency, deadline, replaces";

fn labels(given: &[String]) -> Done<Labels> {
    let mut labels = Labels::default();
    for label in given {
        let Some((key, value)) = label.split_once('=') else {
            let text = format!("the label {label:?} has no value");
            return Err(Failure::usage(text, "--label KEY=VALUE, as in --label case=CH-2026-17"));
        };
        let wrong = |problem: String| {
            Failure::usage(format!("the label {key}: {problem}"), format!("--label with one of {KEYS}"))
        };
        let id = || value.parse().map_err(|error: vlec::IdError| wrong(error.to_string()));
        let twice = match key {
            "case" => labels.case.replace(value.into()).is_some(),
            "operation" => labels.operation.replace(value.into()).is_some(),
            "handling" => labels.handling.replace(value.into()).is_some(),
            "in-reply-to" => labels.in_reply_to.replace(id()?).is_some(),
            "replaces" => labels.replaces.replace(id()?).is_some(),
            "urgency" => labels.urgency.replace(urgency(value).map_err(wrong)?).is_some(),
            "deadline" => labels.deadline.replace(times::parse(value).map_err(wrong)?).is_some(),
            _ => return Err(wrong("there is no such label".into())),
        };
        if twice {
            return Err(wrong("it is given twice".into()));
        }
    }
    Ok(labels)
}

fn urgency(value: &str) -> Result<Urgency, String> {
    Ok(match value {
        "routine" => Urgency::Routine,
        "priority" => Urgency::Priority,
        "urgent" => Urgency::Urgent,
        "emergency" => Urgency::Emergency,
        _ => return Err("expected routine, priority, urgent or emergency".into()),
    })
}
