//! The request to be enrolled. Names and roles are said at the creation, and kept in the home until the
//! own country is pinned, without which nothing can be asked of it.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};
use vlec::event::{DisplayName, Role};
use vlec::{Agency, Existing};

use crate::failure::{Exit, Failure};
use crate::files::{self, OutArgs};
use crate::home::HomeArgs;
use crate::roles;
use crate::session::{Done, Session};

const PROFILE: &str = "enrol.json";
const REQUEST: &str = "enrol.request";

/// What an agency is called, and what it is there for.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ProfileArgs {
    /// What the agency is there for, as contact-24x7 or liaison; other roles, as the centres have agreed, have 1 to 32
    /// of a-z, 0-9 and -; may be given again
    #[arg(long, value_name = "ROLE")]
    role: Vec<Role>,
    /// The agency's name for people, with its language, as 'en=Cybercrime unit'; once for each language
    #[arg(long, value_name = "LANG=NAME")]
    name: Vec<String>,
}

/// Names and roles that are of their form.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    names: Vec<DisplayName>,
    roles: Vec<Role>,
}

impl ProfileArgs {
    pub(super) fn check(&self, session: &mut Session) -> Done<Profile> {
        let name = |text: &String| {
            let remedy = "--name 'en=Cybercrime unit'";
            let (language, name) = text
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("the name {text:?} has no language"), remedy))?;
            DisplayName::new(language, name)
                .map_err(|error| Failure::usage(format!("the name {text:?}: {error}"), remedy))
        };
        let names = self.name.iter().map(name).collect::<Done<_>>()?;
        roles::warn_of_near(&self.role, session);
        Ok(Profile { names, roles: self.role.clone() })
    }

    fn is_empty(&self) -> bool {
        self.role.is_empty() && self.name.is_empty()
    }
}

/// Make the request to be enrolled anew, as with other names or roles
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    vlec agency request --role liaison --name 'en=Border police' --force --home border")]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    home: HomeArgs,
}

impl RequestArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let profile = self.profile.check(session)?;
        self.home.check_out(&self.out)?;
        let agency = self.home.agency(session)?;
        let profile = match self.profile.is_empty() {
            true => recall(&self.home)?,
            false => {
                remember(&profile, &self.home)?;
                profile
            }
        };
        write(&agency, &profile, &self.home, &self.out, session)?;
        Ok(Exit::Done)
    }
}

/// Show the fingerprint of the agency's identity, to be read to its centre
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec agency fingerprint --home cyber")]
pub(crate) struct FingerprintOfArgs {
    #[command(flatten)]
    home: HomeArgs,
}

impl FingerprintOfArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let agency = self.home.agency(session)?;
        let fingerprint = agency.fingerprint()?;
        let record = json!({ "agency": agency.id().to_string(), "fingerprint": fingerprint });
        session.print(&record, |_| format!("{fingerprint}\n"));
        Ok(Exit::Done)
    }
}

/// The first time the own country is pinned.
pub(super) fn write_first(agency: &Agency, home: &HomeArgs, session: &mut Session) -> Done<()> {
    let enrolled = agency.with_rosters(|rosters| {
        rosters.roster(agency.id().country()).is_some_and(|roster| roster.agency(agency.id()).is_some())
    });
    if enrolled || home.file(REQUEST).exists() {
        return Ok(());
    }
    write(agency, &recall(home)?, home, &OutArgs::default(), session)
}

fn write(
    agency: &Agency,
    profile: &Profile,
    home: &HomeArgs,
    out: &OutArgs,
    session: &mut Session,
) -> Done<()> {
    let mut names = profile.names.clone();
    if names.is_empty() {
        names.push(DisplayName::new("en", agency.id().as_str())?);
    }
    let request = agency.enrol_request(names, profile.roles.clone()).map_err(|error| {
        let remedy =
            "`vlec recover --home …` if its identity is lost; `vlec rotate --identity` replaces one in peace";
        Failure::from(error).when("state", remedy)
    })?;
    let path = out.write(home.file(REQUEST), &request.encode(), session)?;
    if files::is_stream(&path) {
        return Ok(());
    }
    let (file, fingerprint) = (path.display().to_string(), agency.fingerprint()?);
    let record = json!({ "request": file, "fingerprint": fingerprint });
    session.report(&record, |_| {
        let country = agency.id().country();
        format!(
            "{file}  for the centre of {country}; read it the fingerprint over another channel:\n\n    \
             {fingerprint}\n\n"
        )
    });
    Ok(())
}

pub(super) fn remember(profile: &Profile, home: &HomeArgs) -> Done<()> {
    let names = profile.names.iter().map(|name| json!({ "language": name.language(), "name": name.name() }));
    let roles: Vec<_> = profile.roles.iter().map(|role| role.as_str()).collect();
    let text = format!("{:#}\n", json!({ "names": names.collect::<Vec<_>>(), "roles": roles }));
    files::write(&home.file(PROFILE), text.as_bytes(), Existing::Replace)
}

fn recall(home: &HomeArgs) -> Done<Profile> {
    let path = home.file(PROFILE);
    match std::fs::read(&path) {
        Ok(bytes) => parse(&bytes).ok_or_else(|| damaged(&path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Profile::default()),
        Err(error) => Err(Failure::path(&path, "read", &error)),
    }
}

fn parse(bytes: &[u8]) -> Option<Profile> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let name =
        |name: &Value| DisplayName::new(name.get("language")?.as_str()?, name.get("name")?.as_str()?).ok();
    let role = |role: &Value| role.as_str()?.parse().ok();
    Some(Profile {
        names: value.get("names")?.as_array()?.iter().map(name).collect::<Option<_>>()?,
        roles: value.get("roles")?.as_array()?.iter().map(role).collect::<Option<_>>()?,
    })
}

fn damaged(path: &Path) -> Failure {
    Failure::new("profile-damaged", format!("{} is not what was written there", path.display()))
        .remedy("`vlec agency request --role … --name … --force --home …` writes it anew")
}
