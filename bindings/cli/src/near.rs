//! Names that are in no roster: which one it is, and which one may have been meant.

use vlec::{AgencyId, AgencyView, Roster, Rosters};

use crate::failure::Failure;
use crate::times::short;

/// Up to so many letters are mistyped, left out, too many, or exchanged with the next.
const SLIPS: usize = 2;
/// So many names are shown where none is near.
const SHOWN: usize = 4;

/// Why nothing is known of `agency`, if that is so.
pub(crate) fn unknown(rosters: &Rosters, agency: &AgencyId) -> Option<Failure> {
    let country = agency.country();
    let near = nearest(rosters, agency).map(|name| format!("did you mean {name}? "));
    let near = near.unwrap_or_default();
    let Some(roster) = rosters.roster(country) else {
        let text = format!("no roster of {country} is held, and {agency} would be in it");
        return Some(Failure::new("no-roster", text).remedy(format!(
            "{near}`vlec roster import {country}.bundle --home …`, after `vlec agency pin` with its anchor"
        )));
    };
    if roster.agency(agency).is_some() {
        return None;
    }
    let text = format!("{agency} is not in the roster of {country}, as of {}", short(roster.as_of()));
    let near = if near.is_empty() { others(roster) } else { near };
    Some(Failure::new("not-enrolled", text).remedy(format!(
        "{near}if it was enrolled lately, `vlec roster import {country}.bundle --home …` with a newer bundle"
    )))
}

/// The name that differs least in its country; where nothing is held of that, the same name in a country that
/// differs by one slip. Who is asked for in a country that is held, is not looked for in another.
fn nearest<'a>(rosters: &'a Rosters, wanted: &AgencyId) -> Option<&'a AgencyId> {
    let names = rosters.iter().flat_map(Roster::agencies).filter(is_there).map(|agency| agency.id());
    let is_held = rosters.roster(wanted.country()).is_some();
    let slips = |name: &&AgencyId| strsim::osa_distance(name.as_str(), wanted.as_str());
    let may_be_meant = |name: &&AgencyId| match is_held {
        true => name.country() == wanted.country() && slips(name) <= SLIPS,
        false => labels(name) == labels(wanted) && slips(name) == 1,
    };
    names.filter(may_be_meant).min_by_key(slips)
}

/// The one of `known` that `text` is a slip of, unless it is one of them.
pub(crate) fn slip_of<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let slips = |known: &&'a str| strsim::osa_distance(known, text);
    known.iter().copied().min_by_key(slips).filter(|known| (1..=SLIPS).contains(&slips(known)))
}

/// What follows the country.
fn labels(agency: &AgencyId) -> &str {
    agency.as_str().get(2..).unwrap_or_default()
}

/// What the country has instead.
fn others(roster: &Roster) -> String {
    let country = roster.country();
    let names: Vec<_> =
        roster.agencies().filter(is_there).map(|agency| agency.id().as_str()).take(SHOWN + 1).collect();
    match names.as_slice() {
        [] => format!("{country} has no agencies; "),
        few if few.len() <= SHOWN => format!("{country} has {}; ", few.join(", ")),
        _ => format!("`vlec roster show {country} --home …` lists its agencies; "),
    }
}

fn is_there(agency: &AgencyView<'_>) -> bool {
    agency.withdrawn().is_none()
}
