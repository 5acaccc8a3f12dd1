//! Writes the seeds of the fuzz targets: `fuzz-seeds VECTORS SEEDS`.
//!
//! The seeds are the bytes in the project's vectors: every `envelope`, `manifest`, `event` and `bundle`, good
//! or bad, the events' bodies, the texts of a log, and the records of a vault. For `mutate`, whose inputs are
//! decisions, there is one seed for each kind of change.

mod bundles;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde_json::Value;
use vlec::event::{Reason, Revoke};
use vlec::hazmat::fuzz::next_identity;
use vlec::hazmat::world::World;
use vlec::{AgencyId, Event, SignedEvent};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Fields of the vectors, each the name of a target too.
const FIELDS: [&str; 3] = ["envelope", "manifest", "event"];
/// Texts of the folder `checkpoints`, for one target, or for two.
const TEXTS: [&str; 3] = ["note", "policy", "proof"];
/// Bytes of the folder `vault`.
const RECORDS: [&str; 6] = ["sealed", "wrapped", "header", "state", "slot", "file"];
/// The targets.
const TARGETS: [&str; 7] = ["envelope", "manifest", "event", "checkpoint", "bundle", "record", "mutate"];
/// Of an anchor's file.
const SLOT: usize = 4096;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(vectors), Some(seeds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fuzz-seeds VECTORS SEEDS".into());
    };
    for target in TARGETS {
        let folder = seeds.join(target);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
    }
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let seed = seeds.join(target).join(name);
        if let Ok(event) = SignedEvent::decode(bytes) {
            fs::write(seed.with_extension("body"), event.body())?;
        }
        fs::write(seed, bytes)
    };
    let world = world_events(&read(&vectors.join("world.json"))?)?;
    for path in files(&vectors)? {
        let name = path.file_stem().and_then(OsStr::to_str).ok_or("name of a vector")?;
        let folder = path.parent().ok_or("folder of a vector")?;
        for (number, (target, bytes)) in inputs(&read(&path)?, folder, &world)?.into_iter().enumerate() {
            write(target, &format!("{name}-{number}"), &bytes)?;
        }
    }
    for (name, event) in next_events(&World::new()?)? {
        write("event", name, &event.encode())?;
    }
    for change in 0..24 {
        write("mutate", &format!("change-{change}"), &decisions(change))?;
    }
    for target in TARGETS {
        let count = fs::read_dir(seeds.join(target))?.count();
        println!("fuzz-seeds: {target}: {count}");
        if count == 0 {
            return Err(format!("no seed for {target} in {}", vectors.display()).into());
        }
    }
    Ok(())
}

/// Events that may come next in the invented world, whose keys the target has.
fn next_events(world: &World) -> Result<Vec<(&'static str, SignedEvent)>> {
    let agency: AgencyId = "UA/npu/cyber".parse()?;
    let (anchor, signers) = {
        let authority = world.countries.get(&agency.country()).ok_or("country")?;
        (authority.anchor, authority.quorum())
    };
    let identity = world.member(agency.as_str())?.identity.public().clone();
    let next = next_identity(&agency).public().clone();
    let (first, second) = (world.epoch(agency.as_str(), 1)?, world.epoch(agency.as_str(), 2)?);
    let revoke =
        |id| Event::revoke(&anchor, agency.clone(), Revoke::by_roots(id, Reason::KeyLoss, world.now));
    let events = [
        ("world-revoke-epoch", revoke(*first.public().id())),
        ("world-revoke-identity", revoke(*identity.id())),
        ("world-epoch", Event::epoch(&anchor, 3, second.public().clone())?),
        ("world-rotation", Event::rotation(&anchor, 3, next.clone())),
        ("world-recovery", Event::recovery(&anchor, 3, next)),
        ("world-withdraw", Event::withdraw(&anchor, agency.clone(), 3)),
    ];
    let sign = |(name, event): (&'static str, Event)| Ok((name, event.sign(&signers, &world.random)?));
    events.into_iter().map(sign).collect()
}

/// One change of this kind, then the body described and signed anew.
fn decisions(change: u8) -> Vec<u8> {
    const RESEAL: u8 = 3;
    let (base, reader, way, changes) = (change % 5, 0, change % 3, 2);
    [&[base, reader, way, changes, change, 0, 1, 1, 2, 0, 1, RESEAL][..], &[0; 16]].concat()
}

/// The JSON files in a folder and the folders in it, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension() == Some(OsStr::new("json")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// The events of GE's roster.
fn world_events(world: &Value) -> Result<Vec<Vec<u8>>> {
    let mut rosters = world["rosters"].as_array().ok_or("rosters")?.iter();
    let ge = rosters.find(|roster| roster["country"] == "GE").ok_or("GE")?;
    let events = ge["events"].as_array().ok_or("events")?.iter();
    events.map(|event| hex(event["event"].as_str().ok_or("event")?)).collect()
}

type Inputs = Vec<(&'static str, Vec<u8>)>;

/// The bytes of all fields that are inputs, at any depth.
fn inputs(value: &Value, folder: &Path, world: &[Vec<u8>]) -> Result<Inputs> {
    let mut found = Vec::new();
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match input(name, value, folder, world)? {
                    Some(input) => found.extend(input),
                    None => found.extend(inputs(value, folder, world)?),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                found.extend(inputs(item, folder, world)?);
            }
        }
        _ => {}
    }
    Ok(found)
}

/// What a field gives to targets, if it is one of those that do.
fn input(name: &str, value: &Value, folder: &Path, world: &[Vec<u8>]) -> Result<Option<Inputs>> {
    if let Some(target) = FIELDS.into_iter().find(|field| *field == name) {
        return Ok(bytes(value, folder)?.map(|bytes| vec![(target, bytes)]));
    }
    let of = |name: &str| folder.file_name() == Some(OsStr::new(name));
    Ok(match (value, value.as_str()) {
        (_, Some(text)) if of("checkpoints") && TEXTS.contains(&name) => {
            let text = text.as_bytes().to_vec();
            let too = (name != "note").then(|| ("record", text.clone()));
            Some([("checkpoint", text)].into_iter().chain(too).collect())
        }
        (_, Some(proof)) if of("bundles") && name == "proof" => Some(vec![("record", hex(proof)?)]),
        (_, Some(record)) if of("vault") && RECORDS.contains(&name) => Some(vec![("record", hex(record)?)]),
        (Value::Array(slots), _) if of("vault") && name == "slots" => {
            let mut file = Vec::new();
            for (end, slot) in [SLOT, 2 * SLOT].into_iter().zip(slots) {
                file.extend(hex(slot.as_str().ok_or("slot")?)?);
                file.resize(end, 0);
            }
            Some(vec![("record", file)])
        }
        (Value::Array(items), _) if of("bundles") && name == "bundle" => {
            let events = inputs(value, folder, world)?;
            Some([("bundle", bundles::assemble(items, world)?)].into_iter().chain(events).collect())
        }
        _ => None,
    })
}

fn hex(text: &str) -> Result<Vec<u8>> {
    Ok(HEXLOWER.decode(text.as_bytes())?)
}

/// Bytes that are written out, or that are another vector's with edits; none for the long ones.
fn bytes(value: &Value, folder: &Path) -> Result<Option<Vec<u8>>> {
    if let Some(text) = value.as_str() {
        return if text.contains('…') { Ok(None) } else { hex(text).map(Some) };
    }
    let (Some(base), Some(edits)) = (value["base"].as_str(), value["edits"].as_array()) else {
        return Ok(None);
    };
    let Some(base) = bytes(&read(&folder.join(base))?["envelope"], folder)? else { return Ok(None) };
    let (mut out, mut at) = (Vec::new(), 0);
    for edit in edits {
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        let place = number(&edit["at"]).ok_or("edit without a place")?;
        out.extend_from_slice(base.get(at..place).ok_or("edit outside its base")?);
        out.extend(HEXLOWER.decode(edit["insert"].as_str().unwrap_or_default().as_bytes())?);
        if let (Some(from), Some(length)) = (number(&edit["copy"]["from"]), number(&edit["copy"]["length"])) {
            out.extend_from_slice(base.get(from..from + length).ok_or("copy outside its base")?);
        }
        at = place + number(&edit["remove"]).ok_or("edit without a length")?;
    }
    out.extend_from_slice(base.get(at..).ok_or("edit outside its base")?);
    Ok(Some(out))
}
