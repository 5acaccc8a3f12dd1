//! `vlec inspect`: what an envelope shows; nothing is delivered and nothing in the vault changes.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vlec::{Agency, EnvelopeHeader, VerifiedManifest};

use crate::failure::Failure;
use crate::fields;
use crate::files;
use crate::home::OptionalHomeArgs;
use crate::inputs;
use crate::kinds;
use crate::output;
use crate::session::{Done, Session};

/// Show what an envelope says: without a key its header, with --home its verified manifest
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  vlec inspect report.pdf.vlec\n  vlec inspect --home npu --json report.pdf.vlec\n  \
    vlec inspect --home npu --evidence case-17/ report.pdf.vlec\n      \
    the signed manifest for a third party, and any other that the sender signed under the same id"
)]
pub(crate) struct InspectArgs {
    /// The envelopes; - is standard input
    #[arg(required = true, value_name = "ENVELOPE")]
    envelopes: Vec<PathBuf>,
    /// Write the signed manifests to the folder DIR, for a third party
    #[arg(long, value_name = "DIR", requires = "home")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    home: OptionalHomeArgs,
}

impl InspectArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if let (Some(folder), Some(home)) = (&self.evidence, self.home.named()) {
            home.check_folder(folder)?;
        }
        let agency = self.home.named().map(|home| home.agency(session)).transpose()?;
        let (mut shown, mut texts, mut end) = (Vec::new(), String::new(), crate::failure::Exit::Done);
        for path in &self.envelopes {
            let name = path.display().to_string();
            match self.inspect(path, agency.as_ref(), session) {
                Ok((record, text)) => {
                    shown.push(inputs::of_input(record, path));
                    texts.push_str(&format!("{}\n{text}", output::one_line(&name)));
                }
                Err(failure) => {
                    let failure = kinds::about_envelope(failure, path);
                    let record = json!({ "envelope": name, "error": failure.json() });
                    shown.push(inputs::of_input(record, path));
                    end = end.and(failure.exit_code());
                    if !session.json {
                        session.fail(&failure);
                    }
                }
            }
        }
        session.print(&Value::Array(shown), |_| texts);
        Ok(end)
    }

    fn inspect(&self, path: &Path, agency: Option<&Agency>, session: &mut Session) -> Done<(Value, String)> {
        let name = path.display().to_string();
        let length =
            (!files::is_stream(path)).then(|| fs::metadata(path).ok()).flatten().map(|found| found.len());
        let Some(agency) = agency else {
            let header = match files::is_stream(path) {
                true => EnvelopeHeader::read(&mut session.world.stdin)?,
                false => EnvelopeHeader::read(files::open(path)?)?,
            };
            return Ok(outside(&name, length, &header));
        };
        let manifest = match files::is_stream(path) {
            true => agency.inspect(&mut session.world.stdin)?,
            false => agency.inspect(files::open(path)?)?,
        };
        let evidence = self.evidence.as_deref().map(|folder| keep(folder, agency, &manifest)).transpose()?;
        let own = manifest.opened_with();
        let mut text = fields::manifest_text(&manifest);
        text.push_str(&format!(
            "  {:<12} {}, epoch {}; signature verified\n",
            "read as", own.agency, own.epoch
        ));
        let mut record = json!({
            "envelope": name, "verified": true, "bytes": length, "manifest": fields::manifest_json(&manifest),
            "read-as": { "agency": own.agency.to_string(), "epoch": own.epoch.0 },
        });
        if let (Some(written), Value::Object(fields)) = (evidence, &mut record) {
            text.push_str(
                &written.iter().map(|file| format!("  {:<12} {file}\n", "evidence")).collect::<String>(),
            );
            fields.insert("evidence".into(), written.into());
        }
        Ok((record, text))
    }
}

fn outside(name: &str, length: Option<u64>, header: &EnvelopeHeader) -> (Value, String) {
    let record = json!({
        "envelope": name, "verified": false, "id": header.id.to_string(), "version": header.version,
        "suite": header.suite, "recipients": header.recipients, "front-bytes": header.front_len, "bytes": length,
    });
    let mut text = format!("  {:<12} {}\n", "id", header.id);
    text.push_str(&format!("  {:<12} {}, suite {}\n", "version", header.version, header.suite));
    text.push_str(&format!(
        "  {:<12} {}\n",
        "sealed to",
        output::counted(header.recipients as u64, "recipient")
    ));
    if let Some(length) = length {
        text.push_str(&format!("  {:<12} {}\n", "length", output::bytes(length)));
    }
    text.push_str("  nothing of this is verified: --home of a recipient shows more\n");
    (record, text)
}

/// What is kept of a manifest: itself, or its SHA-512 once the epoch that it was sealed to has ended.
enum Kept<'a> {
    Manifest(&'a [u8]),
    Digest(&'a [u8; 64]),
}

/// The manifest that the sender signed, and the others that it signed under the same id.
fn keep(folder: &Path, agency: &Agency, manifest: &VerifiedManifest) -> Done<Vec<String>> {
    fs::create_dir_all(folder).map_err(|error| Failure::path(folder, "make the folder", &error))?;
    let own = manifest.signed();
    let mut all: Vec<(Kept<'_>, &[u8])> = vec![(Kept::Manifest(&own.bytes), &own.signature)];
    let others = agency.conflicts(&manifest.sender, &manifest.id)?;
    for other in others.iter().filter(|other| other.digest != *manifest.digest()) {
        let kept = match &other.manifest {
            Some(signed) => Kept::Manifest(&signed.bytes),
            None => Kept::Digest(&other.digest),
        };
        all.push((kept, &other.signature));
    }
    let mut written = Vec::new();
    for (number, (kept, signature)) in all.iter().enumerate() {
        let stem = match number {
            0 => manifest.id.to_string(),
            _ => format!("{}-conflict-{number}", manifest.id),
        };
        let kept = match kept {
            Kept::Manifest(bytes) => ("manifest", *bytes),
            Kept::Digest(digest) => ("sha512", digest.as_slice()),
        };
        let parts: [(&str, &[u8]); 2] = [kept, ("signature", signature)];
        for (kind, bytes) in parts {
            let path = folder.join(format!("{stem}.{kind}"));
            files::write(&path, bytes, vlec::Existing::Refuse)?;
            written.push(path.display().to_string());
        }
    }
    Ok(written)
}
