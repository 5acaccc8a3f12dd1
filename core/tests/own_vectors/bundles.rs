//! `bundles/`: taken or refused as they say, over what is held; and proofs that a log has forked.

use std::collections::BTreeMap;

use serde::Deserialize;
use vlec::event::Content;
use vlec::hazmat::examine_proposal;
use vlec::{
    BundleReader, EquivocationProof, Policy, Roster, RosterError, RosterPolicy, Rosters, SignedCheckpoint,
    SignedEvent, TrustAnchor,
};

use crate::bytes::{Fill, Hex, filled};
use crate::independent::cbor::{array, bytes, text, uint};
use crate::rosters::{Answer, check_answer};
use crate::support::{Verdict, check_heading, ensure, load, read, root, run, same};
use crate::world::{World, time};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    description: String,
    rule: Vec<String>,
    #[serde(default)]
    attack: Vec<String>,
    expect: String,
    anchor: String,
    policy: Option<String>,
    now: u64,
    held: Option<String>,
    witness: Option<Witness>,
    #[serde(default)]
    bundle: Vec<Item>,
    proof: Option<Hex>,
    says: Option<Says>,
}

/// Who judges a proposal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Witness {
    last: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposed {
    note: String,
    signed_at: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    size: u64,
    new: u64,
    as_of: u64,
    root: Hex,
    #[serde(default)]
    at: Vec<u64>,
    #[serde(default)]
    answers: Vec<Answer>,
    proposed: Option<Proposed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Item {
    Header { origin: String, from: u64, peaks: Vec<Hex> },
    Checkpoint(String),
    LongCheckpoint { note: String, fill: Fill },
    WorldEvent(usize),
    Event(Hex),
    Leaf(Hex),
    Raw(Hex),
}

#[derive(Deserialize)]
struct PolicyFile {
    policy: String,
}

/// The proof that a file has.
pub(crate) fn proof(file: &str) -> Verdict<EquivocationProof> {
    let vector: Vector = read(&root().join("bundles").join(file));
    EquivocationProof::decode(&vector.proof.ok_or("no proof")?.0).map_err(|error| error.to_string())
}

#[test]
fn bundles_and_proofs_are_taken_or_refused_as_they_say() {
    let (world, vectors) = (World::load(), load::<Vector>("bundles"));
    run("bundles", &vectors, 140, |file, vector| {
        check_heading(file, &vector.name, &vector.description, &vector.rule, &vector.attack)?;
        let anchor: TrustAnchor = vector.anchor.parse().map_err(|_| "anchor")?;
        let mut rosters = Rosters::new(RosterPolicy::default());
        rosters.pin(anchor).map_err(|error| error.to_string())?;
        if let Some(file) = &vector.policy {
            let policy: PolicyFile = read(&root().join("checkpoints").join(file));
            let policy = Policy::parse(&policy.policy).map_err(|error| error.to_string())?;
            rosters.set_policy(anchor.country(), policy).map_err(|error| error.to_string())?;
        }
        hold(&world, &vectors, vector.held.as_deref(), &mut rosters)?;
        let before = rosters.roster(anchor.country()).map(vlec::Roster::head);
        let frozen = rosters.frozen(anchor.country()).is_some();
        let outcome = match &vector.witness {
            Some(witness) => examine(&world, vector, witness, &rosters)?,
            None => judge(&world, vector, &mut rosters),
        };
        same("code", outcome.as_ref().map_or_else(RosterError::code, |_| "ok"), vector.expect.as_str())?;
        let after = rosters.roster(anchor.country());
        if let (Err(RosterError::Fork(proof)), Some(expected)) = (&outcome, &vector.proof) {
            same("proof", proof.encode(), expected.0.clone())?;
            // A witness keeps the proof by itself.
            let frozen = rosters.frozen(anchor.country()) == Some(&**proof);
            ensure(frozen || vector.witness.is_some(), "not frozen")?;
        } else {
            let accused = outcome.is_ok() && vector.proof.is_some();
            ensure(rosters.frozen(anchor.country()).is_some() == (frozen || accused), "frozen, or not")?;
        }
        let Ok(new) = outcome else { return same("head", after.map(vlec::Roster::head), before) };
        let (roster, says) = (after.ok_or("no roster")?, vector.says.as_ref().ok_or("nothing said")?);
        let head = roster.head();
        same("size, new, time", (head.size, new, roster.as_of().unix()), (says.size, says.new, says.as_of))?;
        same("root", Hex(head.root.to_vec()), says.root.clone())?;
        check_times(&world, vector, roster, &says.at)?;
        for others in world.rosters.iter().filter(|other| other.country() != anchor.country()) {
            rosters.insert(others.clone(), others.as_of()).map_err(|error| error.to_string())?;
        }
        says.answers.iter().try_for_each(|answer| check_answer(&world, &rosters, answer))
    });
}

/// The times of the new events, as far as a roster tells them: those of the authority it does not.
fn check_times(world: &World, vector: &Vector, roster: &Roster, at: &[u64]) -> Verdict {
    let entries: Vec<Option<SignedEvent>> =
        vector.bundle.iter().filter_map(|item| entry(world, item)).collect();
    let new = entries.len().checked_sub(at.len()).ok_or("more times than entries")?;
    for (event, at) in entries.into_iter().skip(new).zip(at) {
        let Some(event) = event else { continue };
        let agency = roster.agency(event.event().subject());
        let told = match event.event().content() {
            Content::Enrol(_) => agency.map(|agency| agency.enrolled()),
            Content::Epoch(key) => agency
                .and_then(|agency| agency.epochs().find(|epoch| epoch.key_id() == key.id()))
                .map(|epoch| epoch.announced()),
            Content::Rotation(next) | Content::Recovery(next) => agency
                .and_then(|agency| agency.identities().find(|identity| identity.key_id() == next.id()))
                .map(|identity| identity.announced()),
            Content::Revoke(revoke) => roster.revocation(revoke.key_id()).map(|revocation| revocation.seen),
            Content::Withdraw => agency.and_then(|agency| agency.withdrawn()),
            _ => continue,
        };
        same("time of an event", told.map(|time| time.unix()), Some(*at))?;
    }
    Ok(())
}

/// An entry of a bundle: of a leaf there is no event.
fn entry(world: &World, item: &Item) -> Option<Option<SignedEvent>> {
    let ge = world.files.iter().find(|roster| roster.country == "GE").unwrap();
    let bytes = match item {
        Item::WorldEvent(place) => &ge.events[*place].event,
        Item::Event(event) => event,
        Item::Leaf(_) => return Some(None),
        _ => return None,
    };
    Some(Some(SignedEvent::decode(&bytes.0).unwrap()))
}

/// Takes what the vector holds, and what that one holds before it.
fn hold(
    world: &World,
    vectors: &BTreeMap<String, Vector>,
    held: Option<&str>,
    rosters: &mut Rosters,
) -> Verdict {
    let Some(file) = held else { return Ok(()) };
    let vector = vectors.get(file).ok_or_else(|| format!("no {file}"))?;
    hold(world, vectors, vector.held.as_deref(), rosters)?;
    judge(world, vector, rosters).map(drop).map_err(|error| format!("{file}: {error}"))
}

/// How many events are new.
fn judge(world: &World, vector: &Vector, rosters: &mut Rosters) -> Result<u64, RosterError> {
    if vector.bundle.is_empty() {
        let proof = vector.proof.as_ref().map_or(&[][..], |proof| &proof.0);
        return EquivocationProof::decode(proof).and_then(|proof| rosters.accuse(proof)).map(|()| 0);
    }
    let bundle = assemble(world, &vector.bundle);
    rosters.import(BundleReader::new(&*bundle)?, time(vector.now)).map(|imported| imported.new)
}

/// As a witness: what may be cosigned is what the file says, and nothing is new in the own view.
fn examine(
    world: &World,
    vector: &Vector,
    witness: &Witness,
    rosters: &Rosters,
) -> Verdict<Result<u64, RosterError>> {
    let last = witness.last.as_ref().map(|note| SignedCheckpoint::decode(note.as_bytes()).unwrap());
    let bundle = assemble(world, &vector.bundle);
    let bundle = BundleReader::new(&*bundle).map_err(|error| error.to_string())?;
    Ok(match examine_proposal(rosters, bundle, time(vector.now), last.as_ref()) {
        Err(error) => Err(error),
        Ok((note, signed_at)) => {
            let told =
                vector.says.as_ref().and_then(|says| says.proposed.as_ref()).ok_or("nothing proposed")?;
            same("note", note.encode(), told.note.clone())?;
            same("signed at", signed_at.unix(), told.signed_at)?;
            Ok(0)
        }
    })
}

/// The bundle without the core.
fn assemble(world: &World, items: &[Item]) -> Vec<u8> {
    let ge = world.files.iter().find(|roster| roster.country == "GE").unwrap();
    let item = |kind: u8, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[kind], &length[..], bytes].concat()
    };
    let encoded = items.iter().flat_map(|part| match part {
        Item::Header { origin, from, peaks } => {
            let peaks: Vec<_> = peaks.iter().map(|peak| bytes(&peak.0)).collect();
            item(1, &array(&[text("vlec/1 bundle"), text(origin), uint(*from), array(&peaks)]))
        }
        Item::Checkpoint(note) => item(2, note.as_bytes()),
        Item::LongCheckpoint { note, fill } => item(2, filled(note, Some(fill)).unwrap().as_bytes()),
        Item::WorldEvent(place) => item(3, &ge.events[*place].event.0),
        Item::Event(event) => item(3, &event.0),
        Item::Leaf(leaf) => item(4, &leaf.0),
        Item::Raw(raw) => raw.0.clone(),
    });
    encoded.collect()
}
