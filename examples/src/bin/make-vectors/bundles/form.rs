//! Bundles that are not of their form, or not for whoever reads them; and which of two faults is told.

use vlec::event::AuthorityKeys;
use vlec::hazmat::world::NOW;

use super::{Case, Item, Log, Logs, WORLD, replaced, tree};
use crate::Result;
use crate::cbor::{array, head, text, uint};
use crate::checkpoints::{Pair, Scene, Text, note};
use crate::hex::hex;
use crate::more_checkpoints::filling;
use crate::party::{Party, sign};
use crate::story::{CYBER, Story};

const LIMIT: usize = 65_536;

pub(super) fn cases(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let mut cases = malformed(scene, logs)?;
    cases.extend(not_for_here(scene, logs)?);
    cases.extend(two_faults(scene, story, logs)?);
    Ok(cases)
}

fn new(scene: &Scene, name: &str, what: &str, rule: &[&'static str]) -> Case {
    Case::new(scene, &format!("bundle-{name}"), what, rule)
}

fn malformed(scene: &Scene, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let world = &logs.world;
    let whole = world.bundle(0, world.note(5, NOW)?);
    let none = Text { size: 0, root: tree(&[]), ..world.text(0) };
    let none = world.note_of(&none, &[&scene.log], NOW, 3)?;
    let mut shrinks = whole.clone();
    shrinks.push(Item::Checkpoint(world.note(3, NOW + 100)?));
    let header = |encoded: Vec<u8>| -> Result<Vec<Item>> {
        let length = u32::try_from(encoded.len())?.to_be_bytes();
        Ok(replaced(&whole, 0, Item::Raw(hex([&[1], &length[..], &encoded].concat()))))
    };
    let long =
        [head(4, 4), text("vlec/1 bundle"), text(&scene.text.origin), vec![0x18, 0], head(4, 0)].concat();
    let capital = scene.text.origin.replace("/GE/", "/ge/");
    let country = array(&[text("vlec/1 bundle"), text(&capital), uint(0), head(4, 0)]);
    let mut cut = world.note(5, NOW)?;
    cut.pop();
    let mut cases = vec![
        new(scene, "size-zero", "a checkpoint of no events", &["BND-05"])
            .of(vec![world.header(0), Item::Checkpoint(none)])
            .expect("event-malformed", ""),
        new(scene, "size-decreases", "a checkpoint that is smaller than the one before it", &["BND-05"])
            .of(shrinks)
            .expect("event-malformed", ""),
        new(scene, "header-long-number", "the header's number in two bytes", &["BND-06", "CBOR-01"])
            .of(header(long)?)
            .expect("event-malformed", "E6"),
        new(scene, "header-trailing", "a byte follows in the header", &["BND-06", "CBOR-02"])
            .of(header(
                [array(&[text("vlec/1 bundle"), text(&scene.text.origin), uint(0), head(4, 0)]), vec![0]]
                    .concat(),
            )?)
            .expect("event-malformed", "E6"),
        new(scene, "header-origin", "an origin that is no trust anchor's text", &["BND-01"])
            .of(header(country)?)
            .expect("event-malformed", ""),
        new(scene, "note-malformed", "a note without its last newline", &["LOG-20", "BND-03"])
            .of(replaced(&whole, 1, Item::Checkpoint(cut)))
            .expect("checkpoint-malformed", ""),
        new(scene, "first-is-no-genesis", "the first entry announces an agency", &["ROS-20"])
            .of(vec![world.header(0), Item::Checkpoint(world.note(1, NOW)?), Item::WorldEvent(1)])
            .expect("event-not-the-anchor", "R3"),
    ];
    // A line of an unknown key that fills the note up to the limit of a bundle's items, and one byte more.
    let good = world.note(5, NOW)?;
    for (name, what, over) in [
        ("checkpoint-of-64-kib", "a note of 65,536 bytes", 0),
        ("checkpoint-over-64-kib", "a note of 65,537 bytes", 1),
    ] {
        let (name_of_key, fill) = filling(LIMIT + over - good.len());
        let note = format!("{good}— {name_of_key} …\n");
        if fill.fill(&note).len() != LIMIT + over {
            return Err("a note that is not of the length that it is to have".into());
        }
        let case =
            new(scene, name, what, &["BND-07"]).of(replaced(&whole, 1, Item::LongCheckpoint { note, fill }));
        cases.push(match over {
            0 => case.says(world.says(5, NOW + 1)),
            _ => case.expect("event-malformed", "D1"),
        });
    }
    Ok(cases)
}

fn not_for_here(scene: &Scene, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let world = &logs.world;
    let whole = world.bundle(0, world.note(5, NOW)?);
    let headed = |origin: String| replaced(&whole, 0, Item::Header { origin, from: 0, peaks: Vec::new() });
    let abroad = scene.witnesses[0].name.replace("/witness", "");
    let other = format!("vlec/1/GE/{}", "0".repeat(64));
    let mut unnamed =
        new(scene, "without-policy", "nobody has said whose cosignatures count", &["BND-08", "BND-22"])
            .of(whole.clone())
            .expect("roster-no-policy", "");
    unnamed.policy = None;
    Ok(vec![
        new(scene, "of-a-country-not-pinned", "of another country's log", &["BND-01"])
            .of(headed(abroad))
            .expect("no-roster", "R4"),
        new(scene, "of-another-anchor", "of another log of the country", &["BND-01"])
            .of(headed(other))
            .expect("roster-other-anchor", "R3"),
        new(scene, "of-a-frozen-country", "the log has been shown to fork", &["BND-42"])
            .held("proof-equal-size")
            .of(logs.grown.bundle(6, logs.grown.note(6, NOW + 400)?))
            .expect("roster-frozen", "R1"),
        unnamed,
    ])
}

/// The order of SPEC §4.18.
fn two_faults(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let Logs { world, grown, .. } = logs;
    let stranger = &scene.next_log;
    let neither = |log: &Log<'_>, at: u64| log.note_of(&log.text(log.entries.len()), &[stranger], at, 1);
    // UA's cosignature of another size, and no line of the log.
    let text = world.text(5);
    let [ed, ml] = scene.witnesses[0].witness_lines(&world.text(4), NOW)?.map(|line| line.text);
    let bad = note(&text.text(), [ed.as_str(), &ml]);
    let mut cases = vec![
        new(
            scene,
            "neither-quorum-nor-log",
            "cosigned by one witness, and not signed by the log",
            &["BND-22", "BND-23"],
        )
        .of(world.bundle(0, neither(world, NOW)?))
        .expect("checkpoint-log-signature-missing", "R15"),
        new(
            scene,
            "neither-quorum-nor-log-of-an-increment",
            "the same over an event that follows",
            &["BND-22", "BND-23"],
        )
        .held("bundle-whole")
        .of(grown.bundle(5, neither(grown, NOW + 200)?))
        .expect("checkpoint-log-signature-missing", "R15"),
        new(
            scene,
            "bad-witness-and-no-log",
            "a witness's line that does not verify, and none of the log",
            &["BND-22", "BND-23"],
        )
        .of(world.bundle(0, bad))
        .expect("checkpoint-bad-signature", "R15"),
    ];
    cases.extend(after_authority(scene, story, logs)?);
    let mut wrong = grown.bundle(5, neither(grown, NOW + 200)?);
    wrong.pop();
    wrong.push(Item::Event("00".into()));
    cases.push(
        new(
            scene,
            "no-log-and-a-bad-event",
            "not signed by the log, and an entry that is no event: the log's \
             lines are looked at first",
            &["BND-23"],
        )
        .held("bundle-whole")
        .of(wrong)
        .expect("checkpoint-log-signature-missing", "R15"),
    );
    Ok(cases)
}

/// What the log pair of an authority event signs is looked at after the entries and the root.
fn after_authority(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let (event, _) = sign(story.epoch(CYBER, 9, 2, 0, "e")?, &[&story.cyber], "bundle two faults")?;
    let log = logs.changed.with(&[&event]);
    let wrong_root = Text { root: [1; 32], ..logs.changed.text(6) };
    let note = |log: &Log<'_>, text: &Text| log.note_of(text, &[&scene.log], NOW + 200, 3);
    let (twice, first, second) = two_changes(scene, story, logs)?;
    let with = |pairs: &[&Pair]| twice.note_of(&twice.text(7), pairs, NOW + 200, 3);
    let missing = "checkpoint-log-signature-missing";
    Ok(vec![
        new(
            scene,
            "bad-event-and-no-new-log",
            "the new log pair has not signed, and an event after it is of a \
             wrong serial",
            &["BND-23", "BND-24"],
        )
        .held("bundle-whole")
        .of(log.bundle(WORLD, note(&log, &log.text(7))?))
        .expect("event-serial", "R15"),
        new(
            scene,
            "wrong-root-and-no-new-log",
            "the new log pair has not signed, and the root is another",
            &["BND-23", "BND-25"],
        )
        .held("bundle-whole")
        .of(logs.changed.bundle(WORLD, note(&logs.changed, &wrong_root)?))
        .expect("roster-wrong-root", "R15"),
        new(
            scene,
            "two-authorities",
            "two authority events in one section, under all three log pairs",
            &["BND-23", "LOG-35"],
        )
        .held("bundle-whole")
        .of(twice.bundle(WORLD, with(&[&scene.log, &first, &second])?))
        .says(twice.says(2, NOW + 201)),
        new(
            scene,
            "two-authorities-without-the-first",
            "the log pair between them has not signed",
            &["BND-23", "LOG-35"],
        )
        .held("bundle-whole")
        .of(twice.bundle(WORLD, with(&[&scene.log, &second])?))
        .expect(missing, "R1"),
    ])
}

/// Another authority event after the first, and the names of both new log pairs.
fn two_changes<'a>(scene: &Scene, story: &Story<'_>, logs: &Logs<'a>) -> Result<(Log<'a>, Pair, Pair)> {
    let authority = story.world.countries.get(&story.country).ok_or("country")?;
    let third = Party::log(story.country, "GE log 3");
    let roots = authority.roots.iter().map(|root| root.public().clone()).collect();
    let (log, witness) = (third.as_log()?.public().clone(), authority.witness.public().clone());
    let keys = AuthorityKeys::new(story.country, roots, 2, log, witness)?;
    let witness = Party::witness(story.country, "GE witness");
    let signers: Vec<&Party> = story.roots.iter().chain([&third, &witness]).collect();
    let (event, _) =
        sign(vlec::Event::authority(&story.anchor, 2, keys), &signers, "bundle two authorities")?;
    let pair = |seed: &str| Pair { name: scene.text.origin.clone(), seed: seed.to_owned() };
    Ok((logs.changed.with(&[&event]), pair(&scene.next_log.seed), pair("GE log 3")))
}
