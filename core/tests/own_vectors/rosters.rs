//! `rosters/`: verified from the anchor; what is good says what the file says, and its root is computed
//! again without the core.

use std::collections::BTreeMap;

use serde::Deserialize;
use vlec::event::Content;
use vlec::{
    AgencyId, Directory, Identity, KeyId, RevokedBy, Roster, RosterError, RosterPolicy, Rosters, SignedEvent,
    TrustAnchor, hazmat,
};

use crate::bytes::Hex;
use crate::independent::cbor::{array, bytes, text, uint};
use crate::independent::sha256;
use crate::support::{Verdict, check_heading, ensure, load, run, same};
use crate::world::{FileEvent, World, secret, time};

/// Every code that a roster may be refused with (SPEC §7).
const CODES: [&str; 29] = [
    "event-after-view",
    "event-bad-signature",
    "event-component-reused",
    "event-enrolled",
    "event-epoch",
    "event-key-reused",
    "event-key-revoked",
    "event-malformed",
    "event-no-identity",
    "event-not-a-revocation",
    "event-not-before",
    "event-not-enrolled",
    "event-not-its-key",
    "event-not-the-anchor",
    "event-other-roster",
    "event-out-of-scope",
    "event-recovering",
    "event-second-genesis",
    "event-serial",
    "event-signature-missing",
    "event-signer-not-called-for",
    "event-time-went-back",
    "event-too-few-roots",
    "event-withdrawn",
    "roster-differs",
    "roster-empty",
    "roster-older",
    "roster-other-anchor",
    "roster-smaller",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    description: String,
    rule: Vec<String>,
    #[serde(default)]
    attack: Vec<String>,
    expect: String,
    index: Option<u64>,
    anchor: String,
    as_of: u64,
    world_events: usize,
    events: Vec<Published>,
    #[serde(default)]
    hear: Vec<FileEvent>,
    #[serde(default)]
    follow: Vec<FileEvent>,
    replaces_world: bool,
    held_until: Option<u64>,
    view: Option<View>,
}

/// An event, or where another vector has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    at: u64,
    event: Written,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Written {
    Hex(Hex),
    Elsewhere { of: String, index: usize },
}

type Vectors = BTreeMap<String, Vector>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct View {
    size: u64,
    root: Hex,
    revoked: Vec<String>,
    #[serde(default)]
    evidence: Vec<Evidence>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Evidence {
    key_id: String,
    seen: u64,
    effective: u64,
    reason: u64,
    by: String,
}

#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Answer {
    SealTo { agency: String, now: u64, expect: String, epoch: Option<u64> },
    SealAs { agency: String, now: u64, identity_seed: Hex, expect: String },
    Sender { agency: String, now: u64, key_id: String, expect: String },
}

#[test]
fn rosters_verify_or_fail_as_they_say() {
    let (world, vectors) = (World::load(), load("rosters"));
    run("rosters", &vectors, 170, |file, vector: &Vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        let events = events(&world, &vectors, vector)?;
        let verified = verify(&world, vector, &events);
        match (vector.expect.as_str(), &vector.view) {
            ("ok", Some(view)) => {
                let (roster, rosters) = verified.map_err(|error| error.to_string())?;
                let events: Vec<FileEvent> =
                    events.into_iter().chain(vector.follow.iter().cloned()).collect();
                check_view(vector, &events, view, &roster)?;
                view.answers.iter().try_for_each(|answer| check_answer(&world, &rosters, answer))
            }
            (code, None) if CODES.contains(&code) => match verified {
                Err(error) => {
                    same("code", error.code(), code)?;
                    let index = match &error {
                        // What is heard has no place in the log.
                        RosterError::Rejected { index, .. }
                            if vector.hear.is_empty() || !vector.follow.is_empty() =>
                        {
                            Some(*index)
                        }
                        _ => None,
                    };
                    same("index", index, vector.index)
                }
                Ok(_) => Err("verified, but must not".into()),
            },
            _ => Err("an expectation that is not known, or without what belongs to it".into()),
        }
    });
}

/// The events of the vector, those of the world first.
fn events(world: &World, vectors: &Vectors, vector: &Vector) -> Verdict<Vec<FileEvent>> {
    let known = world.files.iter().find(|file| file.country == "GE").ok_or("country")?;
    let own = vector.events.iter().map(|Published { at, event }| match event {
        Written::Hex(event) => Ok(FileEvent { at: *at, event: event.clone() }),
        Written::Elsewhere { of, index } => {
            match vectors.get(of).and_then(|vector| vector.events.get(*index)) {
                Some(Published { event: Written::Hex(event), .. }) => {
                    Ok(FileEvent { at: *at, event: event.clone() })
                }
                _ => Err(format!("{of} has no event {index}")),
            }
        }
    });
    known.events.iter().take(vector.world_events).cloned().map(Ok).chain(own).collect()
}

fn verify(world: &World, vector: &Vector, all: &[FileEvent]) -> Result<(Roster, Rosters), RosterError> {
    let anchor: TrustAnchor = vector.anchor.parse().unwrap();
    let mut roster = Roster::verify(anchor, all.iter().map(FileEvent::observed), time(vector.as_of))?;
    // Event by event, a roster comes to the same head.
    let mut stepwise = Roster::verify(anchor, all.iter().take(1).map(FileEvent::observed), time(all[0].at))?;
    for event in &all[1..] {
        stepwise.extend([event.observed()], time(event.at))?;
    }
    assert_eq!(stepwise.head(), roster.head(), "{}", vector.name);
    for event in &vector.hear {
        roster.hear(event.observed())?;
    }
    roster.extend(vector.follow.iter().map(FileEvent::observed), time(vector.as_of))?;
    let mut rosters = if vector.replaces_world {
        let mut held = world.rosters.clone();
        if let Some(until) = vector.held_until {
            held.extend(roster.country(), [], time(until), time(until))?;
        }
        held
    } else {
        let mut others = Rosters::new(RosterPolicy::default());
        for other in world.rosters.iter().filter(|other| other.country() != roster.country()) {
            others.insert(other.clone(), time(vector.as_of))?;
        }
        others
    };
    rosters.insert(roster.clone(), time(vector.as_of))?;
    Ok((roster, rosters))
}

fn check_view(vector: &Vector, events: &[FileEvent], view: &View, roster: &Roster) -> Verdict {
    let head = roster.head();
    same("size", head.size, view.size)?;
    same("root", &head.root[..], &*view.root.0)?;
    same("origin", &head.origin, &vector.anchor)?;
    let leaves: Vec<[u8; 32]> = events.iter().map(|event| leaf_hash(&event.observed().event)).collect();
    same("root computed again", &tree(&leaves)[..], &*view.root.0)?;
    let ids = roster.agencies().flat_map(|agency| {
        let identities = agency.identities().map(|identity| *identity.key_id());
        identities.chain(agency.epochs().map(|epoch| *epoch.key_id())).collect::<Vec<KeyId>>()
    });
    let mut revoked: Vec<String> =
        ids.filter(|id| roster.revocation(id).is_some()).map(|id| id.to_string()).collect();
    revoked.sort();
    same("revoked", &revoked, &view.revoked)?;
    view.evidence.iter().try_for_each(|told| {
        let id: KeyId = told.key_id.parse().map_err(|_| "key id")?;
        let kept = roster.revocation(&id).ok_or("not revoked")?;
        let by = match kept.by {
            RevokedBy::Owner => "owner",
            RevokedBy::Recovery => "recovery",
            RevokedBy::Roots => "roots",
        };
        let kept = (kept.seen.unix(), kept.effective.unix(), kept.reason.number(), by);
        same("evidence", kept, (told.seen, told.effective, told.reason, told.by.as_str()))
    })
}

/// `[ROS-03]`.
fn leaf_hash(signed: &SignedEvent) -> [u8; 32] {
    let event = signed.event();
    let expiry = match event.content() {
        Content::Epoch(epoch) => epoch.window().destroy_at().unix(),
        _ => 0,
    };
    let leaf = array(&[
        uint(event.kind().number()),
        text(event.subject().as_str()),
        uint(event.serial()),
        uint(expiry),
        bytes(&sha256(&[signed.body()])),
    ]);
    sha256(&[&[0], &leaf])
}

/// RFC 6962 §2.1.
fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], &tree(left), &tree(right)])
        }
    }
}

pub(crate) fn check_answer(world: &World, rosters: &Rosters, answer: &Answer) -> Verdict {
    let seal = |identity: &Identity, to: &str, now: u64| {
        let to: AgencyId = to.parse().unwrap();
        rosters.address(identity, &[to], time(now)).map(|addressed| addressed.recipients()[0].epoch().0)
    };
    let code = |result: Result<u64, vlec::DirectoryError>| match result {
        Ok(epoch) => ("ok", Some(epoch)),
        Err(error) => (error.code(), None),
    };
    let what = |what: &str, agency: &str, now: u64| format!("{what} {agency} at {now}");
    match answer {
        Answer::SealTo { agency, now, expect, epoch } => {
            ensure((expect == "ok") == epoch.is_some(), "an answer that names its epoch is ok")?;
            let told = code(seal(&world.identity("UA/npu/cyber"), agency, *now));
            same(&what("seal to", agency, *now), told, (expect.as_str(), *epoch))
        }
        Answer::SealAs { agency, now, identity_seed, expect } => {
            let identity = hazmat::identity(agency.parse().unwrap(), &secret(identity_seed));
            // The sender is looked at first; the recipient's one epoch has ended by then.
            let told = match seal(&identity, "UA/npu/cyber", *now) {
                Err(vlec::DirectoryError::NoEpoch(_)) => "ok",
                other => code(other).0,
            };
            same(&what("seal as", agency, *now), told, expect.as_str())
        }
        Answer::Sender { agency, now, key_id, expect } => {
            let sender = rosters.sender(&agency.parse().unwrap(), &key_id.parse().unwrap(), time(*now));
            let told = sender.map_or_else(|error| error.code(), |_| "ok");
            same(&what("sender", agency, *now), told, expect.as_str())
        }
    }
}
