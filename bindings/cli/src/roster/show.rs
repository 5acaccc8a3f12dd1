//! Who is in a roster, and the life of one agency in it.

use clap::Args;
use serde_json::{Value, json};
use vlec::{AgencyId, AgencyView, EpochView, IdentityView, KeyId, Revocation, RevokedBy, Roster, Timestamp};

use crate::failure::{Exit, Failure};
use crate::fields;
use crate::home::{self, HomeArgs};
use crate::near;
use crate::output::{self, Paint, Style};
use crate::session::{Done, Session};
use crate::times::short;
use crate::waiting::Waiting;

use super::timeline::{Bar, Timeline};

/// Show a country's agencies, or the timeline of one agency's identities and epochs
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec roster show GE --home cyber\n  \
    vlec roster show UA/npu/cyber --home cyber")]
pub(crate) struct ShowArgs {
    /// A country, as GE, or an agency, as UA/npu/cyber
    subject: AgencyId,
    #[command(flatten)]
    home: HomeArgs,
}

impl ShowArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let party = self.home.party(session)?;
        let (country, now, paint) = (self.subject.country(), session.now(), session.paint());
        let shown = party.with_rosters(|rosters| -> Done<(Value, String)> {
            let none = || Failure::new("no-roster", format!("no roster of {country} is held")).about(country);
            let roster = rosters.roster(country).ok_or_else(none)?;
            if home::is_centre(&self.subject) {
                let agencies: Vec<_> = roster.agencies().collect();
                let records = agencies.iter().map(|agency| record(agency, now)).collect();
                return Ok((Value::Array(records), list(&agencies, now)));
            }
            let none = || {
                let plain = || {
                    let text = format!("{} is not in the roster of {country}", self.subject);
                    Failure::new("not-enrolled", text).about(country)
                };
                near::unknown(rosters, &self.subject).unwrap_or_else(plain)
            };
            let agency = roster.agency(&self.subject).ok_or_else(none)?;
            Ok((record(&agency, now), life(roster, &agency, now, paint)))
        });
        let (record, text) = shown?;
        session.print(&record, |_| text);
        Ok(Exit::Done)
    }
}

fn state(agency: &AgencyView<'_>, now: Timestamp) -> &'static str {
    match (agency.withdrawn(), agency.current_identity(now)) {
        (Some(_), _) => "withdrawn",
        (None, None) => "no identity",
        (None, Some(_)) if current(agency, now).is_none() => "no epoch",
        _ => "enrolled",
    }
}

fn current<'a>(agency: &AgencyView<'a>, now: Timestamp) -> Option<EpochView<'a>> {
    agency.epochs().rev().find(|epoch| epoch.window().seals_at(now) && epoch.revocation().is_none())
}

fn list(agencies: &[AgencyView<'_>], now: Timestamp) -> String {
    let rows = agencies.iter().map(|agency| {
        vec![
            agency.id().to_string(),
            agency.names().first().map(|name| name.name().to_owned()).unwrap_or_default(),
            agency.roles().iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" "),
            current(agency, now).map_or("-".into(), |epoch| epoch.number().to_string()),
            agency.current_identity(now).map_or("-".into(), |key| key.id().fingerprint()),
            Waiting::of(agency, now)
                .map_or_else(|| state(agency, now).into(), |it| format!("recovering, {}", it.when())),
        ]
    });
    output::table(&["agency", "name", "roles", "epoch", "identity", "state"], rows)
}

fn ended(revocation: &Revocation) -> String {
    let by = match revocation.by {
        RevokedBy::Owner => "its owner",
        RevokedBy::Roots => "the roots",
        RevokedBy::Recovery => "a recovery",
    };
    format!("revoked by {by}: {}", fields::reason(revocation.reason))
}

/// Names, roles, and a bar for each identity and epoch.
fn life(roster: &Roster, agency: &AgencyView<'_>, now: Timestamp, paint: Paint) -> String {
    let roles: Vec<_> = agency.roles().iter().map(|role| role.as_str()).collect();
    let names = agency.names().iter().map(|name| (name.language().to_owned(), name.name().to_owned()));
    let mut lines: Vec<(String, String)> = names.collect();
    lines.push(("roles".into(), if roles.is_empty() { "-".into() } else { roles.join(" ") }));
    lines.push(("enrolled".into(), short(agency.enrolled())));
    lines.extend(agency.withdrawn().map(|at| ("withdrawn".into(), short(at))));
    let waiting = Waiting::of(agency, now);
    lines.extend(waiting.map(|it| ("recovery".into(), format!("{}; {}", it.state(), it.remedy()))));
    let mut text = format!("{}\n", paint.text(Style::Strong, agency.id().as_str()));
    text.extend(lines.iter().map(|(name, value)| format!("  {name:<10} {value}\n")));
    text.push('\n');
    text.push_str(&Timeline::new(now, bars(roster, agency, now)).draw());
    text
}

/// The beginning of a key's fingerprint, to tell rows apart; all of it is in the list and in `--json`.
fn begin(key: &KeyId) -> String {
    key.fingerprint().chars().take(9).collect()
}

fn bars(roster: &Roster, agency: &AgencyView<'_>, now: Timestamp) -> Vec<Bar> {
    let identities: Vec<IdentityView<'_>> = agency.identities().collect();
    let following = identities.iter().skip(1).map(|next| Some(next.takes_effect())).chain([None]);
    let mut bars: Vec<Bar> = Vec::new();
    for (number, (identity, next)) in identities.iter().zip(following).enumerate() {
        let revocation = identity.revocation();
        let signs = agency.current_identity(now).is_some_and(|key| key.id() == identity.key_id());
        let note = match &revocation {
            Some(revocation) => ended(revocation),
            None if signs => "signs".into(),
            None if identity.takes_effect() > now.min(roster.as_of()) => {
                format!("from {}", identity.takes_effect())
            }
            None => "replaced".into(),
        };
        bars.push(Bar {
            name: format!("identity {}", number + 1),
            from: identity.takes_effect(),
            until: [next, agency.withdrawn(), revocation.map(|it| it.seen)].into_iter().flatten().min(),
            after: None,
            note: format!("{}  {note}", begin(identity.key_id())),
        });
    }
    let current = current(agency, now).map(|epoch| epoch.number());
    for epoch in agency.epochs() {
        let (window, revocation) = (epoch.window(), epoch.revocation());
        let note = match &revocation {
            Some(revocation) => ended(revocation),
            None if Some(epoch.number()) == current => "sealed to now".into(),
            None if now < window.not_before() => "announced".into(),
            None if now < window.destroy_at() => "opened".into(),
            None => "over".into(),
        };
        let sealed_until = revocation.map_or(window.not_after(), |it| it.seen.min(window.not_after()));
        bars.push(Bar {
            name: format!("epoch {}", epoch.number()),
            from: window.not_before(),
            until: Some(sealed_until.max(window.not_before())),
            after: Some(window.destroy_at()),
            note: format!("{}  {note}", begin(epoch.key_id())),
        });
    }
    bars
}

fn record(agency: &AgencyView<'_>, now: Timestamp) -> Value {
    let revoked = |revocation: Option<Revocation>| {
        revocation.map(
            |it| json!({ "reason": fields::reason(it.reason), "text": ended(&it), "seen": it.seen.to_string() }),
        )
    };
    let identities = agency.identities().map(|identity| {
        json!({
            "key": identity.key_id().to_string(), "announced": identity.announced().to_string(),
            "takes-effect": identity.takes_effect().to_string(), "revoked": revoked(identity.revocation()),
        })
    });
    let epochs = agency.epochs().map(|epoch| {
        let window = epoch.window();
        json!({
            "epoch": epoch.number().0, "key": epoch.key_id().to_string(),
            "announced": epoch.announced().to_string(), "not-before": window.not_before().to_string(),
            "not-after": window.not_after().to_string(), "destroy-at": window.destroy_at().to_string(),
            "revoked": revoked(epoch.revocation()),
        })
    });
    let names = agency.names().iter().map(|name| json!({ "language": name.language(), "name": name.name() }));
    json!({
        "agency": agency.id().to_string(),
        "names": names.collect::<Vec<_>>(),
        "roles": agency.roles().iter().map(|role| role.as_str()).collect::<Vec<_>>(),
        "state": state(agency, now),
        "recovering-until": Waiting::of(agency, now).map(|it| it.until.to_string()),
        "enrolled": agency.enrolled().to_string(),
        "withdrawn": agency.withdrawn().map(|time| time.to_string()),
        "identities": identities.collect::<Vec<_>>(),
        "epochs": epochs.collect::<Vec<_>>(),
    })
}
