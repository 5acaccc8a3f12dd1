//! `vlec recover`: an agency whose identity is lost or stolen asks, its country's roots answer.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::event::Content;
use vlec::{Due, RootKey};

use crate::centre::{check_own, threshold};
use crate::ceremony::RootArgs;
use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::{self, OutArgs};
use crate::home::{HomeArgs, Party};
use crate::kinds::{self, Kind};
use crate::pin::FingerprintArgs;
use crate::session::{Done, Session};
use crate::waiting;

/// Recover an agency whose identity is lost or stolen: at the agency the request, at its centre the answer
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec recover --home cyber
      writes cyber/recover.request, for the centre
  vlec recover cyber/recover.request --home ge
      after its fingerprint was compared; every earlier identity is revoked at once, the new one takes
      effect the country's delay after the first checkpoint that holds the recovery and that a quorum has
      cosigned: `vlec roster show`, `roster status`, `doctor` and `maintain` say until when to wait")]
pub(crate) struct RecoverArgs {
    /// The agency's recover.request, at its centre
    request: Option<PathBuf>,
    #[command(flatten)]
    fingerprint: FingerprintArgs,
    #[command(flatten)]
    roots: RootArgs,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl RecoverArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        self.home.check_out(&self.out)?;
        let read = |path: &PathBuf| -> Done<_> {
            let request = files::read_event(path, &kinds::RECOVER, session)?;
            check_own(&self.home, request.event().subject(), "recovered")?;
            Ok((path.clone(), request))
        };
        let request = self.request.as_ref().map(read).transpose()?;
        match (self.home.party(session)?, request) {
            (Party::Agency(agency), None) => {
                if agency.due(&[])?.iter().any(|due| matches!(due, Due::Recovering(_))) {
                    session.warn("a recovery waits already: this request is for yet another identity");
                }
                let request = agency.recovery_request().map_err(|error| {
                    Failure::from(error).when("state", format!(
                        "`vlec roster import {0}.bundle --home …`; who never was in it asks with `vlec agency request`",
                        agency.id().country()
                    ))
                })?;
                let Content::Recovery(next) = request.event().content() else {
                    return Err(Failure::new("wrong-ceremony", "the request is not one of recovery"));
                };
                let path = self.out.write(self.home.file("recover.request"), &request.encode(), session)?;
                if files::is_stream(&path) {
                    return Ok(Exit::Done);
                }
                let (file, fingerprint) = (path.display().to_string(), next.id().fingerprint());
                let country = agency.id().country();
                let delay = agency
                    .with_rosters(|rosters| Some(rosters.roster(country)?.authority().recovery_delay()));
                let record = json!({ "request": file, "fingerprint": fingerprint, "delay-seconds": delay });
                session.report(&record, |_| {
                    let delay = waiting::counts_from(delay.unwrap_or_default());
                    format!(
                        "{file}  for the centre; read it the fingerprint over another channel:\n\n    \
                         {fingerprint}\n\nThe new identity {delay}; `vlec doctor --home …` then says \
                         until when that is.\n"
                    )
                });
                Ok(Exit::Done)
            }
            (Party::Centre(centre), Some((path, request))) => {
                let Content::Recovery(next) = request.event().content() else {
                    let (name, kind) = (path.display().to_string(), Kind::of_event(&request));
                    return Err(kinds::RECOVER.instead("wrong-ceremony", &name, kind));
                };
                let agency = request.event().subject();
                let (what, shown) = (format!("the next identity of {agency}"), next.id().fingerprint());
                self.fingerprint.confirm(&what, &shown, session)?;
                let roots =
                    self.roots.open(&self.home.home, centre.country(), threshold(&centre), session)?;
                let event = centre.recover(&request, &roots.iter().collect::<Vec<&RootKey>>())?;
                let delay = waiting::delay(&centre);
                let until = waiting::takes_effect(&centre, &event);
                let record = json!({
                    "event": fields::event_json(&event), "published": until.is_some(), "delay-seconds": delay,
                    "takes-effect": until.map(|time| time.to_string()),
                });
                session.report(&record, |_| {
                    let text = fields::event_text(&event);
                    match until {
                        Some(until) => {
                            format!("{text}\n  published; it takes effect {until}\n")
                        }
                        None => format!(
                            "{text}\n  in the log; it {}\n  `vlec centre publish` proposes it to the other \
                             centres\n",
                            waiting::counts_from(delay)
                        ),
                    }
                });
                Ok(Exit::Done)
            }
            (Party::Agency(agency), Some(_)) => {
                let text = format!("{} does not answer requests; its country's centre does", agency.id());
                Err(Failure::new("wrong-home", text)
                    .remedy("--home of the centre; or without a request, to make one"))
            }
            (Party::Centre(_), None) => {
                let text = "a centre answers a request, and none is named";
                Err(Failure::usage(text, "vlec recover recover.request --home …"))
            }
        }
    }
}
