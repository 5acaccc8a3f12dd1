//! Writes the project's own vectors: `make-vectors FOLDER`.
//!
//! Every byte follows from fixed seeds, so two runs write the same files. What a vector expects is
//! written here by hand beside the way it is made; the core is asked for bytes, never for verdicts.
//! `core/tests/vectors/README.md` describes the files.
#![allow(clippy::unit_arg, reason = "a change in one line, where the closure may fail")]

mod body;
mod bundles;
mod case;
mod cbor;
mod checkpoints;
mod crooked;
mod ended;
mod events;
mod front;
mod good;
mod header;
mod heads;
mod hex;
mod inclusions;
mod intermediates;
mod malformed_events;
mod malformed_fields;
mod malformed_manifests;
mod manifest_limits;
mod manifest_texts;
mod manifests;
mod more_checkpoints;
mod orders;
mod output;
mod padme;
mod party;
mod policies;
mod possession;
mod rejected_checkpoints;
mod rejected_rosters;
mod rejected_signers;
mod rosters;
mod sealing;
mod sender;
mod standing;
mod story;
mod streams;
mod vault;
mod words;
mod worked_example;
mod worked_roster;
mod worked_vault;
mod world;

use output::Output;
use vlec::hazmat::world::World;

/// Whatever goes wrong here is a fault of this program or of the core.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or("usage: make-vectors FOLDER")?;
    let output = Output::new(folder.into())?;
    let world = World::new()?;
    output.write("", "padme", &padme::table()?)?;
    output.write("", "world", &world::describe(&world)?)?;

    let forge = case::Forge::new(&world)?;
    let mut envelopes = good::cases(&forge)?;
    envelopes.extend(header::cases(&forge)?);
    envelopes.extend(front::cases(&forge)?);
    envelopes.extend(sender::cases(&forge)?);
    envelopes.extend(body::cases(&forge)?);
    envelopes.extend(streams::cases(&forge)?);
    envelopes.extend(heads::cases(&forge)?);
    envelopes.extend(orders::cases(&forge)?);
    let envelope = |name| worked_roster::find(&envelopes, |case: &case::Case| &case.name, name);
    let (honest, several) = (envelope(good::HONEST)?, envelope("several-recipients")?);
    output.write_bytes("long", &format!("{}.envelope", good::LARGE), &good::large(&forge)?)?;
    for mut case in envelopes {
        if case.name == good::HONEST {
            output.write_text("worked-example.md", &worked_example::write(&case)?)?;
        } else {
            case.envelope = case.envelope.compact(good::HONEST, &forge.single)?;
        }
        output.write("envelopes", &case.name, &case)?;
    }
    for case in manifests::cases()? {
        output.write("manifests", &case.name, &case)?;
    }
    let malformed = malformed_events::cases(&world)?;
    let events = events::cases(&world)?;
    let event = |name| worked_roster::find(&events, |case: &events::Case| &case.name, name);
    let (epoch, genesis) = (event("epoch")?, event("genesis")?);
    for case in events.into_iter().chain(malformed) {
        output.write("events", &case.name, &case)?;
    }
    let story = story::Story::new(&world)?;
    let mut rosters = rosters::cases(&story)?;
    rosters.extend(standing::good(&story)?);
    rosters.extend(rejected_rosters::cases(&story)?);
    rosters.extend(standing::rejected(&story)?);
    rosters.extend(possession::cases(&story)?);
    rosters.extend(words::cases(&story)?);
    rosters.extend(ended::cases(&story)?);
    story::share_events(&mut rosters);
    for case in rosters {
        output.write("rosters", &case.name, &case)?;
    }
    let scene = checkpoints::Scene::new(&world)?;
    let mut log = checkpoints::cases(&scene)?;
    log.extend(rejected_checkpoints::cases(&scene)?);
    log.extend(policies::cases(&scene)?);
    log.extend(inclusions::cases(&scene)?);
    log.extend(more_checkpoints::cases(&scene)?);
    for case in log {
        output.write("checkpoints", &case.name, &case)?;
    }
    let bundles = bundles::cases(&scene, &story)?;
    let of = |name| worked_roster::find(&bundles, |case: &bundles::Case| &case.name, name);
    let (bundle, proof) = (of("bundle-increment")?, of("proof-equal-size")?);
    let in_vault = vault::Shown { honest, several, epoch: epoch.clone() };
    let shown = worked_roster::Shown { epoch, genesis, bundle, proof };
    output.write_text("worked-roster.md", &worked_roster::write(&world, &shown)?)?;
    for case in bundles {
        output.write("bundles", &case.name, &case)?;
    }
    let vault = vault::cases(&world, &in_vault)?;
    let of = |name| worked_roster::find(&vault, |case: &vault::Case| &case.name, name);
    let shown = worked_vault::Shown {
        sums: of("sums-two-tables")?,
        state: of("state-sums")?,
        row: of("row-state")?,
        evidence: of("evidence")?,
    };
    output.write_text("worked-vault.md", &worked_vault::write(&shown)?)?;
    for case in vault {
        output.write("vault", &case.name, &case)?;
    }
    Ok(())
}
