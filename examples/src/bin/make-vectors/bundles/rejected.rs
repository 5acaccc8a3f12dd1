//! Bundles of which one thing is wrong, and the first checkpoint over an authority event.

use vlec::Event;
use vlec::event::AuthorityKeys;
use vlec::hazmat::world::NOW;

use super::{Case, Item, Log, replaced};
use crate::Result;
use crate::cbor::{array, bytes, text, uint};
use crate::checkpoints::{Pair, Scene, Text};
use crate::events::leaf;
use crate::hex::hex;
use crate::party::{Party, sign};
use crate::story::Story;

pub(super) fn cases(scene: &Scene, world: &Log<'_>, grown: &Log<'_>, whole: &[Item]) -> Result<Vec<Case>> {
    let new = |name: &str, what: &str, rule: &[&'static str]| {
        Case::new(scene, &format!("bundle-{name}"), what, rule)
    };
    let with_note = |note: String| replaced(whole, 1, Item::Checkpoint(note));
    let one = world.note_of(&world.text(5), &[&scene.log], NOW, 1)?;
    let root = world.note_of(&Text { root: [1; 32], ..world.text(5) }, &[&scene.log], NOW, 3)?;
    let future = world.note(5, NOW + 1000)?;
    let unsigned = world.note_of(&world.text(5), &[&scene.next_log], NOW, 3)?;
    let other = Text { origin: scene.witnesses[0].name.replace("/witness", ""), ..world.text(5) };
    let other = world.note_of(&other, &[&scene.log], NOW, 3)?;
    let leaf_of = |at: usize| -> Result<Vec<Item>> {
        let event = world.event(at)?;
        Ok(replaced(whole, at + 2, Item::Leaf(hex(leaf(event)))))
    };
    let mut swapped = whole.to_vec();
    swapped.swap(3, 4);
    let raw = |bytes: &[u8]| Item::Raw(hex(bytes));
    let with_header = |item: &[u8]| {
        let length = u32::try_from(item.len()).unwrap_or_default().to_be_bytes();
        replaced(whole, 0, raw(&[&[1], &length[..], item].concat()))
    };
    let origin = scene.text.origin.as_str();
    let header = |format: &str, from: u64, peaks: &[Vec<u8>]| {
        array(&[text(format), text(origin), uint(from), array(peaks)])
    };
    let many: Vec<_> = (0..64).map(|_| bytes([1; 32])).collect();
    let mut after = whole.to_vec();
    after.push(Item::WorldEvent(0));
    let mut second = whole.to_vec();
    second.push(world.header(0));
    let mut unknown = whole.to_vec();
    unknown.push(raw(&[5, 0, 0, 0, 0]));
    let mut cut = whole.to_vec();
    cut.push(raw(&[2, 0, 0]));
    let mut long = whole.to_vec();
    long.push(raw(&[3, 0xff, 0xff, 0xff, 0xff]));
    let malformed = "event-malformed";
    let mut cases = Vec::new();
    for (name, what, rule, attack, expect, items) in [
        (
            "without-quorum",
            "one witness has cosigned",
            "BND-22",
            "R15",
            "checkpoint-no-quorum",
            with_note(one),
        ),
        (
            "from-the-future",
            "its times lie ahead of the clock",
            "BND-22",
            "R15",
            "checkpoint-no-quorum",
            with_note(future),
        ),
        (
            "other-log",
            "another pair has signed",
            "BND-23",
            "R15",
            "checkpoint-log-signature-missing",
            with_note(unsigned),
        ),
        ("other-root", "its entries give another root", "BND-25", "", "roster-wrong-root", with_note(root)),
        ("swapped", "two entries have changed places", "BND-24", "R5", "event-not-enrolled", swapped),
        (
            "epoch-dropped-early",
            "the leaf of an epoch that lives",
            "BND-26",
            "R9",
            "event-bytes-missing",
            leaf_of(2)?,
        ),
        ("enrol-dropped", "the leaf of an enrolment", "ROS-60", "R9", "event-bytes-missing", leaf_of(1)?),
        (
            "gap",
            "it begins after the end of what is held",
            "BND-20",
            "R9",
            "roster-gap",
            grown.bundle(5, grown.note(6, NOW)?),
        ),
        (
            "entry-first",
            "an entry under no checkpoint",
            "BND-04",
            "",
            malformed,
            vec![world.header(0), Item::WorldEvent(0)],
        ),
        ("entry-left-over", "an entry more than its checkpoint says", "BND-04", "", malformed, after),
        (
            "entry-missing",
            "an entry less than its checkpoint says",
            "BND-04",
            "F1",
            malformed,
            whole.iter().take(6).cloned().collect(),
        ),
        (
            "header-missing",
            "it begins with a checkpoint",
            "BND-01",
            "",
            malformed,
            whole.iter().skip(1).cloned().collect(),
        ),
        ("header-twice", "a second header", "BND-01", "", malformed, second),
        (
            "header-format",
            "another format",
            "BND-01",
            "",
            malformed,
            with_header(&header("vlec/2 bundle", 0, &[])),
        ),
        (
            "header-peaks",
            "a peak of no entries",
            "BND-02",
            "",
            malformed,
            with_header(&header("vlec/1 bundle", 0, &[bytes([1; 32])])),
        ),
        (
            "header-64-peaks",
            "more peaks than any tree has",
            "BND-02",
            "R10",
            malformed,
            with_header(&header("vlec/1 bundle", u64::MAX, &many)),
        ),
        ("other-origin", "a checkpoint of another log", "BND-03", "R4", malformed, with_note(other)),
        ("unknown-kind", "an item of kind 5", "BND-01", "", malformed, unknown),
        ("cut", "the last item is cut off", "BND-06", "F1", malformed, cut),
        ("long-item", "an event of 2^32 - 1 bytes", "BND-07", "D1", malformed, long),
        ("empty", "nothing but a header", "BND-27", "", "roster-smaller", vec![world.header(0)]),
    ] {
        cases.push(new(name, what, &[rule]).of(items).expect(expect, attack));
    }
    cases.push(
        new("smaller", "a log with fewer events than held", &["BND-27"])
            .held("bundle-increment")
            .of(whole.to_vec())
            .expect("roster-smaller", "R2"),
    );
    cases.push(
        new("older", "an older checkpoint over the same events", &["BND-27"])
            .held("bundle-heartbeat")
            .of(whole.to_vec())
            .expect("roster-older", "R2"),
    );
    cases.push(
        new("unsigned-fork", "another tree that the log has not signed", &["BND-21"])
            .held("bundle-increment")
            .of(vec![
                grown.header(5),
                Item::Checkpoint(grown.note_of(
                    &Text { root: [1; 32], ..grown.text(6) },
                    &[&scene.next_log],
                    NOW + 210,
                    3,
                )?),
                Item::Event(hex(grown.event(super::WORLD)?.encode())),
            ])
            .expect("roster-wrong-root", "R11"),
    );
    Ok(cases)
}

/// The log after an authority event.
pub(super) fn changed<'a>(scene: &Scene, story: &Story<'_>, world: &Log<'a>) -> Result<Log<'a>> {
    let authority = story.world.countries.get(&story.country).ok_or("country")?;
    let next = Party::log(story.country, &scene.next_log.seed);
    let roots = authority.roots.iter().map(|root| root.public().clone()).collect();
    let (log, witness) = (next.as_log()?.public().clone(), authority.witness.public().clone());
    let keys = AuthorityKeys::new(story.country, roots, 2, log, witness)?;
    let event = Event::authority(&story.anchor, 1, keys);
    let witness = Party::witness(story.country, "GE witness");
    let signers: Vec<&Party> = story.roots.iter().chain([&next, &witness]).collect();
    let (event, _) = sign(event, &signers, "bundle 3")?;
    Ok(world.with(&[&event]))
}

/// The first checkpoint over an authority event.
pub(super) fn authority_changes(scene: &Scene, story: &Story<'_>, world: &Log<'_>) -> Result<Vec<Case>> {
    let changed = changed(scene, story, world)?;
    let case = |name: &str, what: &str, logs: &[&Pair]| -> Result<Case> {
        let note = changed.note_of(&changed.text(6), logs, NOW + 200, 3)?;
        Ok(Case::new(scene, &format!("bundle-{name}"), what, &["BND-23", "LOG-35"])
            .held("bundle-whole")
            .of(changed.bundle(5, note)))
    };
    let missing = "checkpoint-log-signature-missing";
    Ok(vec![
        case("authority", "a new log key, under both", &[&scene.log, &scene.next_log])?
            .says(changed.says(1, NOW + 201)),
        case("authority-old-log", "a new log key, under the old one alone", &[&scene.log])?
            .expect(missing, "R1"),
        case("authority-new-log", "a new log key, under itself alone", &[&scene.next_log])?
            .expect(missing, "R1"),
    ])
}
