//! `vlec accept`: a delivery that was opened is not offered again.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vlec::{Acceptance, AgencyId, EnvelopeId};

use crate::failure::Failure;
use crate::files;
use crate::home::HomeArgs;
use crate::inputs::Tally;
use crate::kinds;
use crate::output;
use crate::session::{Done, Session};

const MAX_OUTCOME: usize = 1024;

/// What is remembered with an accepted envelope.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OutcomeArgs {
    /// What to remember with it, as a receipt's number; shown when it arrives again [default: the file's name]
    #[arg(long, value_name = "TEXT")]
    outcome: Option<String>,
}

impl OutcomeArgs {
    pub(crate) fn check(&self) -> Done<()> {
        match &self.outcome {
            Some(text) if text.len() > MAX_OUTCOME => {
                let text = format!("the outcome has {} bytes, {MAX_OUTCOME} are the most", text.len());
                Err(Failure::usage(text, "--outcome with a shorter text, as the number of a file"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn bytes<'a>(&'a self, otherwise: &'a str) -> &'a [u8] {
        let mut bytes = self.outcome.as_deref().unwrap_or(otherwise).as_bytes();
        // A path may be longer than what is remembered; its end says more.
        while bytes.len() > MAX_OUTCOME {
            bytes = bytes.get(1..).unwrap_or_default();
        }
        bytes
    }
}

/// Accept deliveries that were opened with --no-accept, or before the machine stopped
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec accept --home npu --outcome 'filed as 17/4' report.pdf.vlec\n  \
    vlec accept --home npu --sender GE/mia/cyber --id 00112233445566778899aabbccddeeff")]
pub(crate) struct AcceptArgs {
    /// The envelopes
    #[arg(value_name = "ENVELOPE", required_unless_present = "id", conflicts_with_all = ["id", "sender"])]
    envelopes: Vec<PathBuf>,
    /// Who sealed it, if the envelope is not at hand
    #[arg(long, value_name = "AGENCY", requires = "id")]
    sender: Option<AgencyId>,
    /// The envelope's id, if it is not at hand
    #[arg(long, value_name = "ID", requires = "sender")]
    id: Option<EnvelopeId>,
    #[command(flatten)]
    outcome: OutcomeArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl AcceptArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.outcome.check()?;
        let agency = self.home.agency(session)?;
        let mut tally = Tally::new();
        if let (Some(sender), Some(id)) = (&self.sender, self.id) {
            let accepted = accept(&agency, sender, id, self.outcome.bytes(""));
            let name = id.to_string();
            let done = accepted.map(|()| said(&name, sender, id));
            tally.take(Path::new(&name), done, session);
        }
        for path in &self.envelopes {
            let name = path.display().to_string();
            let done = files::open(path).and_then(|file| {
                // Another manifest under the same id must not be accepted in its place.
                let manifest = agency.pending(file)?;
                accept(&agency, &manifest.sender, manifest.id, self.outcome.bytes(&name))?;
                Ok(said(&name, &manifest.sender, manifest.id))
            });
            tally.take(path, done.map_err(|failure| kinds::about_envelope(failure, path)), session);
        }
        Ok(tally.end(session))
    }
}

pub(crate) fn accept(agency: &vlec::Agency, sender: &AgencyId, id: EnvelopeId, outcome: &[u8]) -> Done<()> {
    let results = agency.accept_all(&[Acceptance { sender, id, outcome }])?;
    Ok(results.into_iter().collect::<Result<(), _>>().map_err(vlec::Error::from)?)
}

fn said(name: &str, sender: &AgencyId, id: EnvelopeId) -> (serde_json::Value, String) {
    let record =
        json!({ "envelope": name, "sender": sender.to_string(), "id": id.to_string(), "accepted": true });
    let name = output::one_line(name);
    (record, format!("{name}  accepted, from {sender}\n"))
}
