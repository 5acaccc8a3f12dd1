//! What roots say of agencies: enrolment and withdrawal.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vlec::event::{Content, Role};
use vlec::{AgencyId, RootKey, SignedEvent};

use crate::ceremony::RootArgs;
use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files;
use crate::home::HomeArgs;
use crate::kinds::{self, Kind};
use crate::pin::{self, FingerprintArgs};
use crate::roles;
use crate::session::{Done, Session};

/// Enrol an agency, after its fingerprint was compared
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec centre enrol cyber/enrol.request --role contact-24x7 --home ge
      shows what is asked for, asks for the agency's fingerprint and for the roots' passphrases
  vlec centre enrol enrol.request --home ge --key-file ge.key --root-key-file roots.key \\
      --fingerprint '81c1 5e0f …'")]
pub(crate) struct EnrolArgs {
    /// The agency's enrol.request
    request: PathBuf,
    /// A role that is meant to be granted, as contact-24x7; refused if the request asks for others
    #[arg(long, value_name = "ROLE")]
    role: Vec<Role>,
    #[command(flatten)]
    fingerprint: FingerprintArgs,
    #[command(flatten)]
    roots: RootArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl EnrolArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let request = files::read_event(&self.request, &kinds::ENROL, session)?;
        let Content::Enrol(enrol) = request.event().content() else {
            let (name, kind) = (self.request.display().to_string(), Kind::of_event(&request));
            return Err(kinds::ENROL.instead("wrong-ceremony", &name, kind));
        };
        let agency = request.event().subject().clone();
        super::check_own(&self.home, &agency, "enrolled")?;
        self.check_roles(enrol.roles(), &agency)?;
        roles::warn_of_near(enrol.roles(), session);
        let centre = self.home.centre(session)?;
        if session.world.terminals.stderr && !session.json {
            let names: Vec<_> =
                enrol.names().iter().map(|name| format!("{} ({})", name.name(), name.language())).collect();
            session.tell(&format!("{agency}: {}\n  roles: {}\n", names.join(", "), listed(enrol.roles())));
        }
        let shown = enrol.identity().id().fingerprint();
        self.fingerprint.confirm(&format!("the agency {agency}"), &shown, session)?;
        let threshold = super::threshold(&centre);
        let roots = self.roots.open(&self.home.home, centre.country(), threshold, session)?;
        let event = centre.enrol(&request, &roots.iter().collect::<Vec<&RootKey>>())?;
        held(&event, session);
        Ok(Exit::Done)
    }

    fn check_roles(&self, asked: &[Role], agency: &AgencyId) -> Done<()> {
        let names =
            |roles: &[Role]| roles.iter().map(|role| role.as_str().to_owned()).collect::<BTreeSet<_>>();
        if self.role.is_empty() || names(&self.role) == names(asked) {
            return Ok(());
        }
        let (asks, meant) = (listed(asked), listed(&self.role));
        let roles: String = self.role.iter().map(|role| format!(" --role {role}")).collect();
        let text = format!("{agency} asks for {asks}, and {meant} is meant to be granted");
        Err(Failure::new("role-mismatch", text).remedy(format!(
            "`vlec agency request{roles} --force --home …` at the agency makes the request anew"
        )))
    }
}

fn listed(roles: &[Role]) -> String {
    match roles {
        [] => "no role".into(),
        _ => roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", "),
    }
}

/// Withdraw an agency: it neither sends nor receives any more, and does not come back
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec centre withdraw GE/mia/cyber --home ge")]
pub(crate) struct WithdrawArgs {
    /// The agency
    agency: AgencyId,
    /// Do it without asking for the word
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    roots: RootArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl WithdrawArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        super::check_own(&self.home, &self.agency, "withdrawn")?;
        let centre = self.home.centre(session)?;
        let what = format!("{} is withdrawn for ever; its name is not used again.", self.agency);
        pin::confirm_word(self.yes, &what, "withdraw", "--yes", session)?;
        let threshold = super::threshold(&centre);
        let roots = self.roots.open(&self.home.home, centre.country(), threshold, session)?;
        let event = centre.withdraw(&self.agency, &roots.iter().collect::<Vec<&RootKey>>())?;
        held(&event, session);
        Ok(Exit::Done)
    }
}

/// Says what the log holds now.
pub(super) fn held(event: &SignedEvent, session: &mut Session) {
    let record = json!({ "event": fields::event_json(event), "published": false });
    session.report(&record, |_| {
        let text = fields::event_text(event);
        format!("{text}\n  in the log; `vlec centre publish` proposes it to the other centres\n")
    });
}
