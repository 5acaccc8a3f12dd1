//! Recoveries that wait: the roots have vouched for an agency's new identity, and it does not count before
//! the country's delay is over (SPEC §4.11, `[ROS-36]`, `[ROS-43]`).

use serde_json::{Value, json};
use vlec::event::Content;
use vlec::{AgencyId, AgencyView, Centre, Country, Roster, Rosters, SignedEvent, Span, Timestamp};

use crate::home::Party;
use crate::session::Done;

/// An agency whose recovered identity does not count yet.
pub(crate) struct Waiting {
    pub(crate) agency: AgencyId,
    pub(crate) until: Timestamp,
    /// By the clock the delay is over; the view that is held ends before, and could not hold a cancellation.
    is_over: bool,
}

impl Waiting {
    /// Of one agency, if it waits.
    pub(crate) fn of(agency: &AgencyView<'_>, now: Timestamp) -> Option<Self> {
        let until = agency.recovering_until(now)?;
        Some(Self { agency: agency.id().clone(), until, is_over: until <= now })
    }

    /// Of a country, by name.
    pub(crate) fn all(rosters: &Rosters, country: Country, now: Timestamp) -> Vec<Self> {
        let agencies = rosters.roster(country).into_iter().flat_map(Roster::agencies);
        agencies.filter_map(|agency| Self::of(&agency, now)).collect()
    }

    pub(crate) fn text(&self) -> String {
        format!("the recovered identity of {} {}", self.agency, self.state())
    }

    pub(crate) fn state(&self) -> String {
        let until = self.until.to_string();
        match self.is_over {
            false => format!("takes effect {until}"),
            true => format!("is in effect since {until}, by a newer roster than the one held"),
        }
    }

    /// Beside its name.
    pub(crate) fn when(&self) -> String {
        format!("from {}", self.until)
    }

    /// What its agency, or its correspondents, do about it.
    pub(crate) fn remedy(&self) -> String {
        let country = self.agency.country();
        let import = format!("`vlec roster import {country}.bundle --home …`");
        match self.is_over {
            false => format!("wait until then; then {import} with a bundle published after it"),
            true => format!("{import} with a bundle published since"),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "agency": self.agency.to_string(), "until": self.until.to_string() })
    }
}

/// Everybody of `country` who waits, as far as the party knows.
pub(crate) fn in_country(party: &Party, country: Country, now: Timestamp) -> Vec<Waiting> {
    party.with_rosters(|rosters| Waiting::all(rosters, country, now))
}

/// Everybody of the centre's own country.
pub(crate) fn at(centre: &Centre, now: Timestamp) -> Vec<Waiting> {
    centre.with_rosters(|rosters| Waiting::all(rosters, centre.country(), now))
}

/// What is said of agencies whose recovery is in the log and not published: their delay has not begun.
pub(crate) fn unpublished(centre: &Centre) -> Done<Vec<String>> {
    let (pending, from) = (centre.pending()?, counts_from(delay(centre)));
    let recovered = pending.iter().filter(|event| matches!(event.event().content(), Content::Recovery(_)));
    Ok(recovered.map(|event| format!("the new identity of {} {from}", event.event().subject())).collect())
}

/// A centre's country's delay in seconds: its roster says it, or before the first publication its genesis.
pub(crate) fn delay(centre: &Centre) -> u64 {
    let published =
        centre.with_rosters(|rosters| Some(rosters.roster(centre.country())?.authority().recovery_delay()));
    published.unwrap_or_else(|| match centre.genesis().event().content() {
        Content::Genesis(genesis) => genesis.recovery_delay(),
        _ => 0,
    })
}

/// When the identity that a recovery names takes effect: known once that is published.
pub(crate) fn takes_effect(centre: &Centre, recovery: &SignedEvent) -> Option<Timestamp> {
    let Content::Recovery(next) = recovery.event().content() else { return None };
    centre.with_rosters(|rosters| {
        let agency = rosters.roster(centre.country())?.agency(recovery.event().subject())?;
        let published = agency.identities().find(|identity| identity.key_id() == next.id())?;
        Some(published.takes_effect())
    })
}

/// From when the delay counts.
pub(crate) fn counts_from(delay: u64) -> String {
    format!(
        "takes effect {} after the first checkpoint that holds the recovery and that a quorum has cosigned",
        Span(delay)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[ROS-43]`: by the clock alone it does not count.
    #[test]
    fn a_delay_that_is_over_asks_for_a_newer_roster() {
        let until = Timestamp::from_unix(1_775_548_837).unwrap();
        let waiting = |is_over| Waiting { agency: "GE/mia/cyber".parse().unwrap(), until, is_over };
        let (before, after) = (waiting(false), waiting(true));
        let date = "2026-04-07T08:00:37Z";
        assert_eq!(before.text(), format!("the recovered identity of GE/mia/cyber takes effect {date}"));
        assert!(before.remedy().starts_with("wait until then; then `vlec roster import GE.bundle"));
        assert_eq!(after.state(), format!("is in effect since {date}, by a newer roster than the one held"));
        assert!(after.remedy().starts_with("`vlec roster import GE.bundle"), "{}", after.remedy());
    }
}
