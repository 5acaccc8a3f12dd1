//! Proofs for third parties that an event stands in a log.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use vlec::event::Content;
use vlec::{AgencyId, InclusionProof, RosterPolicy};

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, ForceArgs};
use crate::home::{HomeArgs, OptionalHomeArgs};
use crate::inputs;
use crate::kinds;
use crate::pin;
use crate::session::{Done, Session};
use crate::times::short;

/// Write the proof that an agency's events stand in its country's log, for a third party
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec roster prove GE/mia/cyber -o evidence/ --home npu\n      \
    each event with its proof: evidence/GE-mia-cyber-0001-enrol.event and ….tlog-proof")]
pub(crate) struct ProveArgs {
    /// The agency, or a country for its own events
    subject: AgencyId,
    /// The folder for events and proofs
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Only events of this kind: genesis, authority, enrol, epoch, identity, revoke, withdraw [default: all
    /// but epochs]
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl ProveArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_folder(&self.output)?;
        let party = self.home.party(session)?;
        let (mut records, mut text) = (Vec::new(), String::new());
        for (place, event) in party.events(&self.subject)? {
            let kind = event.event().kind().as_str();
            let wanted = match self.kind.as_slice() {
                [] => kind != "epoch",
                kinds => kinds.iter().any(|wanted| wanted == kind),
            };
            if !wanted {
                continue;
            }
            let proof = party.proof(&event)?;
            let path = self.output.join(files::event_name(&event));
            let proof_path = path.with_extension("tlog-proof");
            inputs::make_folder_of(&path)?;
            files::write(&path, &event.encode(), self.force.existing())?;
            files::write(&proof_path, proof.encode().as_bytes(), self.force.existing())?;
            let (path, proof_path) = (path.display().to_string(), proof_path.display().to_string());
            text.push_str(&format!("{path}  {proof_path}  {}\n", fields::event_text(&event)));
            records.push(json!({
                "place": place, "event": fields::event_json(&event), "event-file": path, "proof-file": proof_path,
            }));
        }
        if records.is_empty() {
            let text = format!("no such event of {} is in the rosters held", self.subject);
            return Err(Failure::new("not-enrolled", text).about(self.subject.country()));
        }
        session.report(&Value::Array(records), |_| text);
        Ok(Exit::Done)
    }
}

/// Verify that an event stands in a log: by the rosters of a home, or by an anchor and a policy
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec roster verify-proof x.tlog-proof --event x.event --home npu
  vlec roster verify-proof x.tlog-proof --event x.event --anchor ge.anchor --policy ge.policy
      without any vault; the anchor's fingerprint has been compared by whoever brought it")]
pub(crate) struct VerifyProofArgs {
    /// The proof
    proof: PathBuf,
    /// The event that it is of
    #[arg(long, value_name = "EVENT")]
    event: PathBuf,
    /// The country's anchor, in the place of a home
    #[arg(long, value_name = "FILE", requires = "policy", conflicts_with = "home")]
    anchor: Option<PathBuf>,
    /// Whose cosignatures its log needs, in the place of a home
    #[arg(long, value_name = "FILE", requires = "anchor")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    home: OptionalHomeArgs,
}

impl VerifyProofArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let event = files::read_event(&self.event, &kinds::EVENT, session)?;
        let proof = files::read_as(&self.proof, &kinds::PROOF, InclusionProof::decode, session)?;
        let name = self.proof.display().to_string();
        let latest = session.now().plus(RosterPolicy::default().max_skew);
        let at = match (&self.anchor, &self.policy, self.home.named()) {
            (Some(anchor), Some(policy), _) => {
                let (genesis, anchor) = pin::read_anchor(anchor, session)?;
                let policy = super::policy::read(policy, session)?;
                let (of, named) = (event.event().subject().country(), anchor.country());
                if of != named {
                    let text = format!("the event is one of {of}, and the anchor that of {named}");
                    return Err(Failure::new("not-the-anchor", text));
                }
                let Content::Genesis(first) = genesis.event().content() else {
                    return Err(Failure::new("not-the-anchor", "the anchor's file holds no genesis"));
                };
                proof.verify(&event.leaf(), &anchor, first.keys().log(), &policy, latest)
            }
            (_, _, Some(home)) => {
                let country = event.event().subject().country();
                let party = home.party(session)?;
                party.with_rosters(|rosters| {
                    let none = || {
                        Failure::new("no-roster", format!("no roster of {country} is held")).about(country)
                    };
                    let roster = rosters.roster(country).ok_or_else(none)?;
                    let policy = rosters.policy(country).ok_or_else(none)?;
                    // A proof outlives the key that signed its checkpoint: any that has signed for the log.
                    let by = |log| proof.verify(&event.leaf(), roster.anchor(), log, policy, latest);
                    let now = by(roster.authority().keys().log());
                    Done::Ok(match roster.log_keys().iter().rev().find_map(|log| by(log).ok()) {
                        Some(at) => Ok(at),
                        None => now,
                    })
                })?
            }
            _ => {
                let text = "nothing is named by which the proof could be verified";
                return Err(Failure::usage(text, "--home DIR, or --anchor FILE with --policy FILE"));
            }
        };
        let at = at.map_err(|error| Failure::from(error).of(&name))?;
        let record = json!({
            "verified": true, "place": proof.index(), "as-of": at.to_string(), "event": fields::event_json(&event),
        });
        session.print(&record, |_| {
            let text = fields::event_text(&event);
            format!("verified: {text}\n  stands at place {} of the log, as of {}\n", proof.index(), short(at))
        });
        Ok(Exit::Done)
    }
}
