//! `vlec open`, `vlec reopen`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vlec::{Agency, Arrival, EnvelopeId, Manifest, NewFile, VerifiedManifest};

use crate::delivery::{self, OutcomeArgs};
use crate::failure::Failure;
use crate::fields;
use crate::files::{self, ForceArgs, is_stream};
use crate::home::HomeArgs;
use crate::inputs::{self, Choice, Expanded, Input, Kind, Tally};
use crate::kinds;
use crate::names;
use crate::output;
use crate::progress::Progress;
use crate::session::{Done, Session};

const EXAMPLES: &str = "\
Examples:
  vlec open --home npu report.pdf.vlec
      verifies, then writes report.pdf, by the name in the manifest
  vlec open --home npu -o inbox/ outbox/
      every envelope in the folder, as the same tree of files below inbox/
  vlec open --home npu --key-file key - < case.tar.vlec | tar x
  vlec open --home npu --no-accept report.pdf.vlec && file-it report.pdf && vlec accept --home npu report.pdf.vlec
      accepted by the one who files it: until then it is offered again

An envelope is accepted once its content is durable. If the machine stops in between, it is offered
again, and said to be (`again`): the file that is there may be whole. What goes into a pipe stays pending
until `vlec accept`: whether its reader keeps it is not known here.";

/// Open envelopes
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Leave the delivery pending: it is offered again until `vlec accept`
    #[arg(long)]
    no_accept: bool,
    #[command(flatten)]
    outcome: OutcomeArgs,
    #[command(flatten)]
    home: HomeArgs,
}

/// Read envelopes again that were accepted before; no new delivery
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec reopen --home npu -o again/ report.pdf.vlec\n\n\
    It works while the epoch to which it was sealed lives; for longer keeping, seal it to yourself.")]
pub(crate) struct ReopenArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    home: HomeArgs,
}

#[derive(Args, Debug)]
struct PlaceArgs {
    /// Envelopes, and folders with envelopes; - is standard input
    #[arg(required = true, value_name = "ENVELOPE")]
    inputs: Vec<PathBuf>,
    /// The file for the content, or the folder; - is standard output
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

/// Where the content goes.
enum Target {
    Stream,
    File(PathBuf),
    /// Under the name that the manifest gives.
    In(PathBuf),
}

impl OpenArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.outcome.check()?;
        self.place.run(&self.home, session, |agency, input, target, tally, session| {
            let (manifest, arrival, to) = self.open(agency, input, target, tally, session)?;
            let durable = match target {
                Target::Stream => (session.world.settle)()
                    .map_err(|error| Failure::io("write standard output to the disk", &error))?,
                Target::File(_) | Target::In(_) => true,
            };
            let accepted = durable && !self.no_accept;
            if !durable && !self.no_accept {
                let (sender, id) = (&manifest.sender, manifest.id);
                session.warn(&format!(
                    "{}: pending, since its reader may not have kept it: `vlec accept --sender {sender} --id {id}`",
                    input.name()
                ));
            }
            if accepted {
                delivery::accept(agency, &manifest.sender, manifest.id, self.outcome.bytes(&to))?;
            }
            let again = arrival == Arrival::Again;
            if again {
                session
                    .warn(&format!("{}: offered again, it was opened before and not accepted", input.name()));
            }
            let mut record = record(input, &to, &manifest);
            if let Value::Object(fields) = &mut record {
                fields.insert("arrival".into(), if again { "again" } else { "first" }.into());
                fields.insert("accepted".into(), accepted.into());
            }
            let pending = if accepted { "" } else { ", pending until `vlec accept`" };
            Ok((record, format!("{}{pending}\n", line(&to, &manifest))))
        })
    }

    fn open(
        &self,
        agency: &Agency,
        input: &Input,
        target: &Target,
        tally: &mut Tally,
        session: &mut Session,
    ) -> Done<(Manifest, Arrival, String)> {
        let existing = self.place.force.existing();
        match (input, target) {
            (Input::File { path, .. }, Target::Stream) => {
                let file = files::open(path)?;
                let progress =
                    Progress::of(&format!("opening {}", path.display()), Some(file.size()), session);
                let reader = progress.reader(file);
                let mut content = agency.open_pipe(reader)?;
                content.copy_to(&mut session.world.stdout)?;
                let about = content.finish()?;
                flushed(session)?;
                Ok((plain(about.manifest()), about.arrival(), "standard output".into()))
            }
            (Input::File { path, .. }, target) => {
                let (to, named) = self.place.name(agency, path, target)?;
                tally.claim(&to)?;
                inputs::make_folder_of(&to)?;
                let length = path.metadata().ok().map(|found| found.len());
                let mut progress = Progress::of(&format!("opening {}", path.display()), length, session);
                let about = agency.open_file_watched(path, &to, existing, &mut |done| progress.at(done));
                let about = about.map_err(about_existing)?;
                check_named(path, named, about.manifest())?;
                Ok((plain(about.manifest()), about.arrival(), to.display().to_string()))
            }
            (Input::Stream, target) => {
                let interrupt = session.world.interrupt.clone();
                let progress = Progress::of("opening", None, session);
                let reader = progress.reader(interrupt.reader(&mut *session.world.stdin));
                match target {
                    Target::Stream => {
                        let mut content = agency.open_pipe(reader)?;
                        content.copy_to(&mut session.world.stdout)?;
                        let about = content.finish()?;
                        flushed(session)?;
                        Ok((plain(about.manifest()), about.arrival(), "standard output".into()))
                    }
                    Target::File(to) => {
                        let about = agency.open_pipe_to_file(reader, to, existing)?;
                        Ok((plain(about.manifest()), about.arrival(), to.display().to_string()))
                    }
                    Target::In(folder) => {
                        let mut content = agency.open_pipe(reader)?;
                        let to = folder.join(names::of(content.manifest(), None));
                        inputs::make_folder_of(&to)?;
                        let mut file = NewFile::create(&to, existing)?;
                        content.copy_to(&mut file)?;
                        let about = content.finish()?;
                        file.finish()?;
                        Ok((plain(about.manifest()), about.arrival(), to.display().to_string()))
                    }
                }
            }
        }
    }
}

impl ReopenArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.place.run(&self.home, session, |agency, input, target, tally, session| {
            let Input::File { path, .. } = input else {
                let text = "an envelope is read again from a file, not from standard input";
                return Err(Failure::usage(text, "write it to a file first"));
            };
            let (manifest, to) = if let Target::Stream = target {
                let file = files::open(path)?;
                let progress =
                    Progress::of(&format!("opening {}", path.display()), Some(file.size()), session);
                let mut content = agency.reopen_pipe(progress.reader(file))?;
                content.copy_to(&mut session.world.stdout)?;
                let about = content.finish()?;
                flushed(session)?;
                (plain(about.manifest()), "standard output".into())
            } else {
                let (to, named) = self.place.name(agency, path, target)?;
                tally.claim(&to)?;
                inputs::make_folder_of(&to)?;
                let length = path.metadata().ok().map(|found| found.len());
                let mut progress = Progress::of(&format!("opening {}", path.display()), length, session);
                let existing = self.place.force.existing();
                let manifest =
                    agency.reopen_file_watched(path, &to, existing, &mut |done| progress.at(done))?;
                check_named(path, named, &manifest)?;
                (plain(&manifest), to.display().to_string())
            };
            let text = format!("{}, accepted before\n", line(&to, &manifest));
            Ok((record(input, &to, &manifest), text))
        })
    }
}

impl PlaceArgs {
    fn run(
        &self,
        home: &HomeArgs,
        session: &mut Session,
        mut open: impl FnMut(&Agency, &Input, &Target, &mut Tally, &mut Session) -> Done<(Value, String)>,
    ) -> Done {
        let choose = |path: &Path| match path.extension().is_some_and(|extension| extension == "vlec") {
            true => Choice::Take,
            false => Choice::Ignore,
        };
        let Expanded { inputs, left_out, unread, kind } = inputs::expand(&self.inputs, choose, session)?;
        let targets =
            inputs.iter().map(|input| self.target(input, kind, session)).collect::<Done<Vec<_>>>()?;
        // Names come from others: where they are used nothing must depend on a name.
        for target in &targets {
            match target {
                Target::Stream => {}
                Target::File(to) => home.check_file(to)?,
                Target::In(folder) => home.check_folder(folder)?,
            }
        }
        let printed = targets.iter().any(|target| matches!(target, Target::Stream));
        let mut tally = Tally::writing(&inputs, printed);
        if inputs.is_empty() && !unread.is_empty() {
            tally.leave_out(&left_out, unread, session);
            return Ok(tally.end(session));
        }
        let agency = home.agency(session)?;
        session.world.interrupt.watch()?;
        tally.leave_out(&left_out, unread, session);
        for (input, target) in inputs.iter().zip(&targets) {
            let opened = open(&agency, input, target, &mut tally, session).map_err(|failure| match input {
                Input::File { path, .. } => kinds::about_envelope(failure, path),
                Input::Stream => failure,
            });
            if !tally.take(input.path(), opened, session) {
                break;
            }
        }
        Ok(tally.end(session))
    }

    fn target(&self, input: &Input, kind: Kind, session: &Session) -> Done<Target> {
        let stream = || match session.world.terminals.stdout {
            // What another party wrote could command the terminal.
            true => Err(Failure::usage("content is not written to a terminal", "-o FILE, or a pipe")),
            false => Ok(Target::Stream),
        };
        match (input, &self.output) {
            (_, Some(output)) if is_stream(output) && kind == Kind::One => stream(),
            (_, Some(output)) if is_stream(output) => {
                Err(Failure::usage("the contents of several envelopes do not go to one stream", "-o DIR"))
            }
            (Input::Stream, None) => stream(),
            (_, Some(output)) if kind == Kind::One && !inputs::is_folder(output) => {
                Ok(Target::File(output.clone()))
            }
            (Input::Stream, Some(output)) => Ok(Target::In(output.clone())),
            (Input::File { path, .. }, None) => Ok(Target::In(parent(path))),
            (Input::File { relative, .. }, Some(output)) => Ok(Target::In(output.join(parent(relative)))),
        }
    }

    /// The manifest is verified before its name is used; its id, if it was.
    fn name(&self, agency: &Agency, envelope: &Path, target: &Target) -> Done<(PathBuf, Option<EnvelopeId>)> {
        let folder = match target {
            Target::File(to) => return Ok((to.clone(), None)),
            Target::In(folder) => folder,
            Target::Stream => return Err(Failure::new("state", "a stream has no name")),
        };
        let manifest = agency.inspect(files::open(envelope)?)?;
        Ok((folder.join(names::of(&manifest, Some(envelope))), Some(manifest.id)))
    }
}

/// Another envelope was put in the place of the one that gave the name: what it holds has a wrong one.
fn check_named(envelope: &Path, named: Option<EnvelopeId>, opened: &Manifest) -> Done<()> {
    match named.is_none_or(|named| named == opened.id) {
        true => Ok(()),
        false => {
            let text = format!("{}: changed while it was being opened", envelope.display());
            Err(Failure::new("input-changed", text).remedy("the file that was written has another's name"))
        }
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Before the delivery is accepted, everything must have been taken.
fn flushed(session: &mut Session) -> Done<()> {
    session.world.stdout.flush().map_err(|error| Failure::io("write to standard output", &error))
}

fn about_existing(error: vlec::Error) -> Failure {
    let is_there = error.code() == "exists";
    let failure = Failure::from(error);
    match is_there {
        true => failure.remedy(
            "another name with -o, or --force to replace it; if an earlier opening was stopped after it had \
             written the file, `vlec accept ENVELOPE`",
        ),
        false => failure,
    }
}

fn plain(manifest: &VerifiedManifest) -> Manifest {
    Manifest::clone(manifest)
}

fn record(input: &Input, to: &str, manifest: &Manifest) -> Value {
    json!({ "envelope": input.name(), "file": to, "manifest": fields::manifest_json(manifest) })
}

fn line(to: &str, manifest: &Manifest) -> String {
    let length = output::bytes(manifest.content_len);
    let to = output::one_line(to);
    format!("{to}  {}, {length}, from {}", manifest.content_type, manifest.sender)
}
