//! Envelopes whose sender has seen other rosters, or newer ones (`[ENV-27]`).

use vlec::hazmat::digest::sha256;
use vlec::hazmat::world::{Authority, NOW};
use vlec::{Head, Observed, Roster, Timestamp};

use crate::Result;
use crate::case::{CONTENT, Case, Forge};
use crate::hex::Bytes;

pub(crate) fn cases(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let mut cases = held_up(forge)?;
    cases.extend(passed(forge)?);
    cases.extend(frozen(forge)?);
    Ok(cases)
}

/// A country's head as the world has it.
pub(crate) fn head(forge: &Forge<'_>, country: &str) -> Result<Head> {
    let country = country.parse()?;
    Ok(forge.world.rosters.roster(country).ok_or("roster")?.head())
}

/// The head of the roster's first events.
fn earlier(forge: &Forge<'_>, country: &str, size: usize) -> Result<Head> {
    let authority: &Authority = forge.world.countries.get(&country.parse()?).ok_or("country")?;
    let at = Timestamp::from_unix(NOW).ok_or("time")?;
    let events = authority.events.iter().take(size).cloned().map(|event| Observed { event, at });
    Ok(Roster::verify(authority.anchor, events, at)?.head())
}

/// With these heads, signed by the sender.
fn signed(forge: &Forge<'_>, name: &str, heads: Vec<Head>) -> Result<Vec<u8>> {
    forge.signed(name, |manifest| manifest.heads = heads)
}

fn held_up(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, expect: &str, heads: Vec<Head>| -> Result<Case> {
        let rule = if expect == "roster-behind" { "ROS-57" } else { "ROS-58" };
        let case = Case::new(name, description, &["ENV-27", rule]).attack(&["R2", "R11"]).expect(expect);
        Ok(case.envelope(signed(forge, name, heads)?))
    };
    let (ge, ua) = (head(forge, "GE")?, head(forge, "UA")?);
    let longer = |head: &Head, size: u64| Head { size, ..head.clone() };
    let other = |mut head: Head| {
        head.root[31] ^= 1;
        head
    };
    let none = Head { origin: ge.origin.clone(), size: 0, root: [0; 32] };
    Ok(vec![
        case(
            "head-ahead",
            "the sender has seen one event more of its country's roster",
            "roster-behind",
            vec![longer(&ge, ge.size + 1)],
        )?,
        case(
            "head-ahead-of-recipients-country",
            "the sender has seen one event more of the recipient's country's roster",
            "roster-behind",
            vec![ge.clone(), longer(&ua, ua.size + 1)],
        )?,
        case("head-ahead-2-64", "a roster of 2^64 - 1 events", "roster-behind", vec![longer(&ge, u64::MAX)])?,
        case(
            "head-of-another-root",
            "as many events, and another root",
            "roster-conflict",
            vec![other(ge.clone())],
        )?,
        case(
            "head-of-another-root-before",
            "fewer events, and another root than the roster had at that size",
            "roster-conflict",
            vec![other(earlier(forge, "GE", 3)?)],
        )?,
        case(
            "head-of-the-root-before",
            "as many events, and the root of one event fewer",
            "roster-conflict",
            vec![Head { root: earlier(forge, "GE", ge.size as usize - 1)?.root, ..ge.clone() }],
        )?,
        case(
            "head-of-no-events-other-root",
            "no events, and not the empty tree's root",
            "roster-conflict",
            vec![none],
        )?,
        case(
            "head-twice",
            "the country's head, and behind it another one of the same country",
            "roster-conflict",
            vec![ge.clone(), other(ge.clone())],
        )?,
        case(
            "head-of-another-root-last",
            "of four heads the last one differs",
            "roster-conflict",
            vec![head(forge, "AZ")?, ge, head(forge, "MD")?, other(ua)],
        )?,
    ])
}

/// What holds nothing up.
fn passed(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, heads: Vec<Head>| -> Result<Case> {
        let case = Case::new(name, description, &["ENV-27", "MAN-08"]).content(Bytes::hex(CONTENT));
        Ok(case.envelope(signed(forge, name, heads)?))
    };
    let strange = |origin: &str| Head { origin: origin.to_owned(), size: 99, root: [9; 32] };
    let ge = head(forge, "GE")?;
    let other_anchor = format!("vlec/1/GE/{}", "00".repeat(32));
    Ok(vec![
        case("heads-none", "the sender says nothing of rosters", Vec::new())?,
        case(
            "head-of-fewer-events",
            "the sender has seen fewer events, with the root of that size",
            vec![earlier(forge, "GE", 1)?, earlier(forge, "UA", 3)?],
        )?,
        case(
            "head-of-no-events",
            "no events, with the empty tree's root",
            vec![Head { origin: ge.origin.clone(), size: 0, root: sha256(&[]) }],
        )?,
        case(
            "heads-in-another-order",
            "the heads are in no order",
            vec![head(forge, "UA")?, head(forge, "AZ")?, ge],
        )?,
        case(
            "head-not-pinned",
            "the head of a country that the recipient has not pinned",
            vec![strange(&format!("vlec/1/PL/{}", "11".repeat(32)))],
        )?,
        case(
            "head-of-another-anchor",
            "the head of a pinned country's other anchor",
            vec![strange(&other_anchor)],
        )?,
        case("head-of-no-anchor", "an origin that is no anchor", vec![strange("a log of another kind")])?,
    ])
}

/// The log of GE has shown two trees.
fn frozen(forge: &Forge<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, heads: Vec<Head>| -> Result<Case> {
        let case = Case::new(name, description, &["ENV-27", "ROS-59"]).attack(&["R1", "R11"]);
        Ok(case.frozen("proof-equal-size.json").envelope(signed(forge, name, heads)?))
    };
    let opens = |name: &str, description: &str, heads: Vec<Head>| -> Result<Case> {
        Ok(case(name, description, heads)?.content(Bytes::hex(CONTENT)))
    };
    let (ge, ua) = (head(forge, "GE")?, head(forge, "UA")?);
    let ahead = |head: &Head| Head { size: head.size + 1, ..head.clone() };
    let other = |head: &Head| {
        let mut head = head.clone();
        head.root[31] ^= 1;
        head
    };
    Ok(vec![
        opens(
            "head-of-a-frozen-country-ahead",
            "the country is frozen here, and the sender has seen one event more of it",
            vec![ahead(&ge)],
        )?,
        opens(
            "head-of-a-frozen-country-of-another-root",
            "the country is frozen here, and the sender holds another tree of it",
            vec![other(&ge)],
        )?,
        opens(
            "head-of-a-frozen-country-of-another-root-before",
            "the country is frozen here, and the sender holds another tree of fewer events",
            vec![other(&earlier(forge, "GE", 3)?), ua.clone()],
        )?,
        opens(
            "head-of-a-frozen-country-twice",
            "both trees of a country that is frozen here",
            vec![ge.clone(), other(&ge)],
        )?,
        case(
            "head-of-a-frozen-country-and-one-ahead",
            "behind the head of a frozen country that of another one is ahead",
            vec![other(&ge), ahead(&ua)],
        )?
        .expect("roster-behind"),
        case(
            "head-of-a-frozen-country-and-one-of-another-root",
            "behind the head of a frozen country that of another one differs",
            vec![ahead(&ge), other(&ua)],
        )?
        .expect("roster-conflict"),
    ])
}
