//! `envelopes/`: opened in every way; the honest ones sealed again, by the core and independently.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vlec::{Arrival, Opener, Rosters};

use crate::bytes::{Bytes, Hex, apply, check_digest};
use crate::sealing::Seal;
use crate::support::{Verdict, check_heading, ensure, load, root, run, same};
use crate::world::{FileEvent, World, time};
use crate::{bundles, intermediates, ledgers, ways};

/// Everything that an envelope may come to: the layers and codes of SPEC §5.6 and §7, in the order
/// in which opening gets there. The ledger is asked after the first part and before the second.
const BEFORE_THE_LEDGER: [&str; 27] = [
    "malformed",
    "unsupported-version",
    "unsupported-suite",
    "too-large",
    "not-a-recipient",
    "epoch-destroyed",
    "decapsulation",
    "header-mac",
    "manifest-commitment",
    "manifest",
    "no-roster",
    "roster-from-future",
    "roster-stale",
    "not-enrolled",
    "withdrawn",
    "unknown-key",
    "revoked",
    "signature",
    "roster-behind",
    "roster-conflict",
    "unknown-critical-extension",
    "body-root",
    "body-commitment",
    // Where the input's size is known; else they may come after the ledger.
    "truncated",
    "trailing",
    "no-epoch",
    "named-twice",
];
const AFTER_THE_LEDGER: [&str; 6] = ["ok", "duplicate", "conflict", "past-horizon", "damaged", "padding"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    description: String,
    rule: Vec<String>,
    #[serde(default)]
    attack: Vec<String>,
    expect: String,
    field: Option<String>,
    segment: Option<u64>,
    unsized_input: Option<Unsized>,
    roster: RosterFile,
    #[serde(default)]
    extend: Vec<Extension>,
    #[serde(default)]
    hear: Vec<Heard>,
    #[serde(default)]
    frozen: Vec<String>,
    recipient: Recipient,
    now: u64,
    max_content: Option<u64>,
    ledger: Option<Recorded>,
    horizon: Option<u64>,
    same_length_as: Option<String>,
    envelope: Bytes,
    content: Option<Bytes>,
    released: Bytes,
    seal: Option<Seal>,
    intermediates: Option<Value>,
}

#[derive(Deserialize)]
enum RosterFile {
    #[serde(rename = "world.json")]
    World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsized {
    expect: String,
    segment: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extension {
    country: String,
    as_of: u64,
    events: Vec<FileEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heard {
    country: String,
    at: u64,
    event: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipient {
    agency: String,
    held: Vec<u64>,
    destroyed: Vec<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    sender: String,
    envelope_id: String,
    manifest_sha512: Hex,
    accepted: bool,
}

type Vectors = BTreeMap<String, Vector>;

#[test]
fn envelopes_open_or_fail_as_they_say_in_every_way() {
    let (world, vectors) = (World::load(), load("envelopes"));
    run("envelopes", &vectors, 261, |file, vector: &Vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        check_form(vector)?;
        let envelope = resolve(&vectors, &vector.envelope, vector)?;
        check_opening(&world, vector, &envelope)?;
        if let Some(other) = &vector.same_length_as {
            let other = vectors.get(other).ok_or("same_length_as: no such vector")?;
            same("length", envelope.len(), resolve(&vectors, &other.envelope, other)?.len())?;
        }
        vector.seal.as_ref().map_or(Ok(()), |seal| check_sealing(&world, vector, seal, &envelope))
    });
}

/// Expectations that are not known fail, and so does a file that says less than its kind must.
fn check_form(vector: &Vector) -> Verdict {
    let known = |expect: &String| {
        BEFORE_THE_LEDGER.contains(&expect.as_str()) || AFTER_THE_LEDGER.contains(&expect.as_str())
    };
    ensure(known(&vector.expect), &format!("expectation {} is not known", vector.expect))?;
    if let Some(Unsized { expect, .. }) = &vector.unsized_input {
        ensure(known(expect), &format!("expectation {expect} is not known"))?;
    }
    ensure(vector.field.is_some() == (vector.expect == "malformed"), "malformed names its field")?;
    ensure(vector.segment.is_some() == (vector.expect == "damaged"), "damaged names its segment")?;
    ensure(vector.content.is_some() == (vector.expect == "ok"), "what opens has a content")?;
    ensure(vector.seal.is_some() == vector.intermediates.is_some(), "what is sealed again has intermediates")
}

/// The envelope's bytes.
fn resolve(vectors: &Vectors, envelope: &Bytes, vector: &Vector) -> Verdict<Vec<u8>> {
    match envelope {
        Bytes::Hex(Hex(bytes)) => Ok(bytes.clone()),
        Bytes::Pattern { .. } => Err("an envelope is no pattern".into()),
        Bytes::Digest { length, sha256 } => {
            let path = root().join("long").join(format!("{}.envelope", vector.name));
            let envelope = std::fs::read(path).map_err(|error| error.to_string())?;
            check_digest(&envelope, *length, sha256).map(|()| envelope)
        }
        Bytes::Edited { base, edits, length, sha256 } => {
            let base = vectors.get(base).ok_or("no such base")?;
            let envelope = apply(&resolve(vectors, &base.envelope, base)?, edits);
            check_digest(&envelope, *length, sha256).map(|()| envelope)
        }
    }
}

fn check_opening(world: &World, vector: &Vector, envelope: &[u8]) -> Verdict {
    let rosters = rosters(world, vector)?;
    // An envelope that was sealed honestly opens for each of its recipients.
    let Recipient { agency, held, destroyed } = &vector.recipient;
    let others = vector.seal.iter().flat_map(|seal| &seal.to).filter(|to| *to != agency);
    for agency in std::iter::once(agency).chain(others) {
        let keyring = world.keyring(agency, held, destroyed);
        let ledger = ways::OneRow {
            held: vector.ledger.as_ref().map(Recorded::row),
            too_old: vector.horizon.map(|seconds| vector.now.saturating_sub(seconds)),
            asked: RefCell::default(),
        };
        let opener = Opener::new(&keyring, &rosters, &ledger, time(vector.now));
        let opener = vector.max_content.map_or(opener, |bytes| opener.max_content(bytes));
        let outcomes = ways::all(envelope, &opener);
        for (way, outcome) in &outcomes {
            let checked = check_outcome(vector, *way, outcome);
            checked.map_err(|reason| format!("{agency}, {}: {reason}", way.name))?;
        }
        check_asked(vector, &ledger.asked.borrow(), &outcomes)?;
        if vector.ledger.is_some() || vector.horizon.is_some() {
            let vault = ledgers::vault(vector.ledger.as_ref().map(Recorded::row), time(vector.now));
            let policy = ledgers::policy(vector.horizon);
            let ledger = vault.ledger(policy, time(vector.now));
            let way = ways::Way { name: "open, with a vault's ledger", sized: true, whole: true };
            let opener = Opener::new(&keyring, &rosters, &ledger, time(vector.now));
            let opener = vector.max_content.map_or(opener, |bytes| opener.max_content(bytes));
            check_outcome(vector, way, &ways::memory(envelope, &opener))
                .map_err(|reason| format!("{agency}, {}: {reason}", way.name))?;
        }
    }
    Ok(())
}

fn check_outcome(vector: &Vector, way: ways::Way, outcome: &ways::Outcome) -> Verdict {
    let (expect, field, segment) = match &vector.unsized_input {
        Some(other) if !way.sized => (&other.expect, None, other.segment),
        _ => (&vector.expect, vector.field.clone(), vector.segment),
    };
    same("verdict", &outcome.verdict, &ways::Told { expect: expect.clone(), field, segment })?;
    if vector.expect == "ok" {
        let again = vector.ledger.as_ref().is_some_and(|row| !row.accepted);
        same("arrival", outcome.arrival, Some(if again { Arrival::Again } else { Arrival::First }))?;
        return same("content", &outcome.released, &vector.content.as_ref().ok_or("content")?.plain()?);
    }
    // A reader knows of a wrong length when it opens.
    let by_its_length = way.sized && ["truncated", "trailing"].contains(&expect.as_str());
    let released = if way.whole || by_its_length { Vec::new() } else { vector.released.plain()? };
    ensure(outcome.released == released, "other bytes were released")
}

/// The ledger is asked once by each way that gets there, and by none that does not.
fn check_asked(vector: &Vector, asked: &[[u8; 64]], outcomes: &[(ways::Way, ways::Outcome)]) -> Verdict {
    if asked.iter().any(|manifest| Some(manifest) != asked.first()) {
        return Err("the ledger was asked about several manifests".into());
    }
    let after = |expect: &str| AFTER_THE_LEDGER.contains(&expect);
    let sized = outcomes.iter().filter(|(way, outcome)| way.sized && after(&outcome.verdict.expect)).count();
    let pipes = outcomes.iter().filter(|(way, _)| !way.sized).count();
    let told = vector.unsized_input.as_ref().map_or(&vector.expect, |other| &other.expect);
    let by_pipes: &[usize] = match told.as_str() {
        // In the header or in the body.
        "truncated" if vector.released.plain()?.is_empty() => &[0, pipes],
        "truncated" | "trailing" => &[pipes],
        told if after(told) => &[pipes],
        _ => &[0],
    };
    ensure(
        by_pipes.iter().any(|pipes| asked.len() == sized + pipes),
        &format!("the ledger was asked {} times", asked.len()),
    )
}

fn rosters(world: &World, vector: &Vector) -> Verdict<Rosters> {
    let RosterFile::World = vector.roster;
    let mut rosters = world.rosters.clone();
    for Extension { country, as_of, events } in &vector.extend {
        let events = events.iter().map(FileEvent::observed);
        rosters
            .extend(country.parse().unwrap(), events, time(*as_of), time(*as_of))
            .map_err(|error| error.to_string())?;
    }
    for Heard { country, at, event } in &vector.hear {
        let heard = FileEvent { at: *at, event: event.clone() }.observed();
        rosters.hear(country.parse().unwrap(), heard).map_err(|error| error.to_string())?;
    }
    for file in &vector.frozen {
        rosters.accuse(bundles::proof(file)?).map_err(|error| error.to_string())?;
    }
    Ok(rosters)
}

fn check_sealing(world: &World, vector: &Vector, seal: &Seal, envelope: &[u8]) -> Verdict {
    let content = vector.content.as_ref().ok_or("no content")?.plain()?;
    ensure(seal.seal(world, &content)? == envelope, "the core seals other bytes")?;
    let (independent, computed) = intermediates::seal(world, seal, &content);
    intermediates::compare(&computed, vector.intermediates.as_ref().ok_or("no intermediates")?)?;
    ensure(independent == envelope, "an independent implementation seals other bytes")
}

impl Recorded {
    fn row(&self) -> (String, String, Vec<u8>, bool) {
        (self.sender.clone(), self.envelope_id.clone(), self.manifest_sha512.0.clone(), self.accepted)
    }
}
