//! `vlec revoke`: at an agency its own keys, at a centre any agency's, with the roots' keys.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use vlec::event::{Reason, Revoke};
use vlec::{Agency, AgencyId, Centre, EpochNumber, KeyId, RootKey, Timestamp};

use crate::agency::write_one;
use crate::centre::{check_own, threshold};
use crate::ceremony::RootArgs;
use crate::failure::{Exit, Failure};
use crate::fields;
use crate::files::ForceArgs;
use crate::home::{HomeArgs, Party};
use crate::near;
use crate::pin;
use crate::session::{Done, Session};
use crate::times;

/// Revoke an epoch or an identity: an agency its own, a centre any agency's
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  vlec revoke --epoch 17 --reason key-compromise --home cyber
      nobody who hears of it seals to it any more; `vlec maintain` prepares the next
  vlec revoke AZ/customs/control --identity --reason key-compromise --since 2026-04-07T03:00:00Z --home az
      with the roots' keys; writes the event, for everybody to `vlec roster hear` at once
  vlec revoke --key 5f0c… --home cyber")]
pub(crate) struct RevokeArgs {
    /// The agency, at a centre
    agency: Option<AgencyId>,
    /// The epoch of this number
    #[arg(long, value_name = "N", group = "what")]
    epoch: Option<u64>,
    /// The identity that signs now
    #[arg(long, group = "what")]
    identity: bool,
    /// The key of this id: 64 digits
    #[arg(long, value_name = "KEYID", group = "what")]
    key: Option<KeyId>,
    /// Why
    #[arg(long, value_enum, default_value_t = Why::Unspecified)]
    reason: Why,
    /// From when its use is doubted; the roots alone may say so [default: now]
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    since: Option<Timestamp>,
    /// Do it without asking for the word
    #[arg(long)]
    yes: bool,
    /// The folder for the event
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    roots: RootArgs,
    #[command(flatten)]
    home: HomeArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Why {
    /// Not said
    Unspecified,
    /// Someone else may hold the secret
    KeyCompromise,
    /// The owner no longer has the secret
    KeyLoss,
    /// Another key has taken its place
    Superseded,
    /// The owner no longer does what the key was for
    Ceased,
}

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        match why {
            Why::Unspecified => Self::Unspecified,
            Why::KeyCompromise => Self::KeyCompromise,
            Why::KeyLoss => Self::KeyLoss,
            Why::Superseded => Self::Superseded,
            Why::Ceased => Self::Ceased,
        }
    }
}

impl RevokeArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        if self.epoch.is_none() && !self.identity && self.key.is_none() {
            return Err(Failure::usage("no key is named", "--epoch N, --identity or --key KEYID"));
        }
        self.home.check_folder(&self.output)?;
        if let Some(agency) = &self.agency {
            check_own(&self.home, agency, "served")?;
        }
        let party = self.home.party(session)?;
        let event = match &party {
            Party::Agency(agency) => self.own(agency, session)?,
            Party::Centre(centre) => self.by_roots(centre, session)?,
        };
        let (mut record, line) = write_one(&event, &self.output, self.force)?;
        if let serde_json::Value::Object(fields) = &mut record {
            fields.insert("reason".into(), json!(fields::reason(self.reason.into())));
        }
        if matches!(party, Party::Centre(_)) {
            // Written first: whatever fails here, everybody else can hear it.
            party.hear(&event)?;
        }
        session.report(&record, |_| {
            format!("{line}  in force here; give it to everybody to `vlec roster hear`, and to the centre\n")
        });
        Ok(Exit::Done)
    }

    fn own(&self, agency: &Agency, session: &mut Session) -> Done<vlec::SignedEvent> {
        if self.agency.as_ref().is_some_and(|named| named != agency.id()) || self.since.is_some() {
            let text = format!("{} revokes its own keys, from now on", agency.id());
            return Err(Failure::usage(
                text,
                "--home of the country's centre, for others' keys and for --since",
            ));
        }
        let reason = self.reason.into();
        let epoch =
            |number| agency.epochs().map(|epochs| epochs.into_iter().find(|epoch| epoch.number == number));
        let by_key = match self.key {
            Some(key) => agency.epochs()?.into_iter().find(|epoch| epoch.key_id == key),
            None => None,
        };
        match (self.epoch.map(EpochNumber).or(by_key.map(|epoch| epoch.number)), self.key) {
            (Some(number), _) => {
                let shown = epoch(number)?.map(|epoch| format!(", {}", epoch.key_id.fingerprint()));
                let what = format!("Epoch {number}{} will be revoked for ever.", shown.unwrap_or_default());
                pin::confirm_word(self.yes, &what, "revoke", "--yes", session)?;
                Ok(agency.revoke_epoch(number, reason).map_err(|error| {
                    Failure::from(error).when("state", "`vlec agency epochs --home …` lists them")
                })?)
            }
            (None, key) => {
                let party_now = session.now();
                let current = agency.with_rosters(|rosters| {
                    let view = rosters.roster(agency.id().country())?.agency(agency.id())?;
                    view.current_identity(party_now).map(|identity| *identity.id())
                });
                let key = key.or(current).ok_or_else(|| no_identity(agency.id()))?;
                let what = format!(
                    "The identity {} will be revoked for ever. Without another one the agency is mute until its \
                     centre recovers it.",
                    key.fingerprint()
                );
                pin::confirm_word(self.yes, &what, "revoke", "--yes", session)?;
                Ok(agency
                    .revoke_identity(&key, reason)
                    .map_err(|error| Failure::from(error).when("state", "the same command a little later"))?)
            }
        }
    }

    fn by_roots(&self, centre: &Centre, session: &mut Session) -> Done<vlec::SignedEvent> {
        let Some(agency) = &self.agency else {
            let text = "no agency is named, whose key the roots revoke";
            return Err(Failure::usage(text, "vlec revoke AGENCY --epoch N|--identity|--key KEYID --home …"));
        };
        let now = session.now();
        let key = match self.key {
            Some(key) => key,
            None => centre.with_rosters(|rosters| -> Done<KeyId> {
                let view = rosters.roster(agency.country()).and_then(|roster| roster.agency(agency));
                let view = view.ok_or_else(|| {
                    near::unknown(rosters, agency).unwrap_or_else(|| {
                        Failure::new("not-enrolled", format!("{agency} is not in the published roster"))
                    })
                })?;
                let key = match self.epoch {
                    Some(number) => {
                        view.epochs().find(|epoch| epoch.number().0 == number).map(|epoch| *epoch.key_id())
                    }
                    // After a recovery the last one may be the next, which is not to be lost.
                    None => view.current_identity(now).map(|identity| *identity.id()),
                };
                key.ok_or_else(|| {
                    Failure::new("no-such-key", format!("{agency} has no such key in the published roster"))
                        .remedy(format!("`vlec roster show {agency} --home …` lists them"))
                })
            })?,
        };
        let what = format!("The key {} of {agency} will be revoked for ever.", key.fingerprint());
        if self.yes && !session.json {
            session.tell(&format!("{what}\n"));
        }
        pin::confirm_word(self.yes, &what, "revoke", "--yes", session)?;
        let roots = self.roots.open(&self.home.home, centre.country(), threshold(centre), session)?;
        let revoke = Revoke::by_roots(key, self.reason.into(), self.since.unwrap_or(now));
        let event = centre.revoke(agency, revoke, &roots.iter().collect::<Vec<&RootKey>>())?;
        if centre.status()?.iter().any(|own| own.anchor == *centre.anchor() && own.relearn) {
            session.warn("the log was restored and has not admitted it: pass it on, and revoke again once the log goes on");
        }
        Ok(event)
    }
}

fn no_identity(agency: &AgencyId) -> Failure {
    Failure::new("no-identity", format!("{agency} has no identity that holds"))
}
