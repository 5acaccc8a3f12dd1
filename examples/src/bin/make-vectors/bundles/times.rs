//! Which times events and views have, and what a recovery's delay is to a verifier (`[BND-22]` to `[BND-27]`,
//! `[ROS-37]`).

use vlec::hazmat::world::NOW;

use super::{Case, Item, Log, Logs, WORLD};
use crate::Result;
use crate::checkpoints::{Scene, note};
use crate::party::sign;
use crate::rosters::{DELAY, seal_to, sender};
use crate::story::{BORDER, DAY, Story};

/// Two sections: so many entries under the one note, the rest under the other.
fn sections(log: &Log<'_>, first: (usize, String), second: String) -> Vec<Item> {
    let (size, note) = first;
    let mut items = vec![log.header(0), Item::Checkpoint(note)];
    items.extend(log.entries(0, size));
    items.push(Item::Checkpoint(second));
    items.extend(log.entries(size, log.entries.len()));
    items
}

pub(super) fn cases(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let Logs { world, grown, .. } = logs;
    let new = |name: &str, what: &str, rule: &[&'static str]| {
        Case::new(scene, &format!("bundle-{name}"), what, rule)
    };
    let one_witness =
        |log: &Log<'_>, size: usize, at: u64| log.note_of(&log.text(size), &[&scene.log], at, 1);
    let three_two = |a: u64, b: u64| [a, a, a, b, b];
    let (now, later) = (NOW + 2, NOW + 102);
    let ahead = NOW + 10 * DAY;
    let mut cases = vec![
        new(
            "sections-of-two-times",
            "each event has the newest time of a witness of its own section, \
             the view the quorum's of the last",
            &["BND-22", "BND-24"],
        )
        .of(sections(world, (3, world.note(3, NOW)?), world.note(5, NOW + 100)?))
        .says(world.says_at(&three_two(now, later), NOW + 101)),
        new(
            "sections-whose-times-go-back",
            "the second section's witnesses have earlier times: neither events \
             nor view go back",
            &["BND-24", "BND-27"],
        )
        .of(sections(world, (3, world.note(3, NOW + 100)?), world.note(5, NOW + 50)?))
        .says(world.says_at(&three_two(later, later), NOW + 101)),
        new(
            "heartbeat-that-is-older",
            "a second checkpoint of the same size with earlier times: the view \
             keeps the later one",
            &["BND-24", "BND-27"],
        )
        .of(sections(world, (5, world.note(5, NOW + 100)?), world.note(5, NOW + 50)?))
        .says(world.says_at(&[later; 5], NOW + 101)),
        new(
            "increment-of-older-times",
            "a new event, cosigned at times before that of the view that is held",
            &["BND-24", "BND-27"],
        )
        .held("bundle-heartbeat")
        .of(grown.bundle(5, grown.note(6, NOW + 200)?))
        .says(grown.says_at(&[NOW + 301], NOW + 301)),
        new(
            "quorum-later",
            "a section without a quorum, then one with it: the former's events \
             have the verifier's time",
            &["BND-22", "BND-24"],
        )
        .of(sections(world, (3, one_witness(world, 3, NOW)?), world.note(5, NOW + 100)?))
        .says(world.says_at(&[NOW + 600; 5], NOW + 101)),
        new(
            "quorum-after-entries",
            "a checkpoint without a quorum over all entries, then one of the \
             same size with it",
            &["BND-22", "BND-24"],
        )
        .of(sections(world, (5, one_witness(world, 5, NOW)?), world.note(5, NOW + 100)?))
        .says(world.says_at(&[NOW + 600; 5], NOW + 101)),
        new("quorum-first-only", "a section with a quorum, then one without it", &["BND-22"])
            .of(sections(world, (3, world.note(3, NOW)?), one_witness(world, 5, NOW + 100)?))
            .expect("checkpoint-no-quorum", "R15"),
        new("of-a-clock-ahead", "a view that is taken while the clock is ten days ahead", &["BND-27"])
            .held("bundle-whole")
            .at(ahead)
            .of(world.bundle(5, world.note(5, ahead)?))
            .says(world.says(0, ahead + 1)),
        new(
            "older-than-a-view-of-a-clock-ahead",
            "an older view, where that which is held lies beyond the latest \
             time that counts",
            &["BND-27", "ROS-56"],
        )
        .held("bundle-of-a-clock-ahead")
        .of(world.bundle(5, world.note(5, NOW + 300)?))
        .says(world.says(0, NOW + 301)),
        new(
            "increment-after-a-clock-ahead",
            "a new event likewise: the view is of the quorum's time",
            &["BND-27", "ROS-56"],
        )
        .held("bundle-of-a-clock-ahead")
        .of(grown.bundle(5, grown.note(6, NOW + 300)?))
        .says(grown.says(1, NOW + 301)),
    ];
    cases.push(old_section(scene, grown)?);
    cases.extend(recovery(scene, story, world)?);
    Ok(cases)
}

/// The signatures of a section whose entries are held are not looked at.
fn old_section(scene: &Scene, grown: &Log<'_>) -> Result<Case> {
    let text = grown.text(3);
    let [ed, ml] = scene.log.log_lines(&grown.text(4), NOW)?.map(|line| line.text);
    let bad = note(&text.text(), [ed.as_str(), &ml]);
    let items = sections(grown, (3, bad), grown.note(6, NOW + 300)?);
    let case = Case::new(
        scene,
        "bundle-bad-signature-of-an-old-section",
        "the log's lines of a checkpoint that is smaller than what is held \
             do not verify",
        &["BND-21"],
    );
    Ok(case.held("bundle-increment").of(items).says(grown.says(0, NOW + 301)))
}

/// A quorum has cosigned what a recovered identity signed before its delay was over by this bundle's times.
fn recovery(scene: &Scene, story: &Story<'_>, world: &Log<'_>) -> Result<Vec<Case>> {
    let next = &story.border_next;
    let (recover, _) = sign(story.recover(3, next)?, &story.quorum(&[next]), "bundle recovery 1")?;
    let epoch = story.epoch(BORDER, 4, 2, DELAY as i64, "GE/police/border epoch 2")?;
    let (epoch, _) = sign(epoch, &[next], "bundle recovery 2")?;
    let rotation = story.rotate(5, &crate::party::Party::identity(BORDER, "after a recovery")?)?;
    let last = crate::party::Party::identity(BORDER, "after a recovery")?;
    let (rotation, _) = sign(rotation, &[next, &last], "bundle recovery 3")?;
    let log = world.with(&[&recover, &epoch, &rotation]);
    let mut items = vec![log.header(WORLD), Item::Checkpoint(log.note(6, NOW + 200)?)];
    items.extend(log.entries(5, 6));
    items.push(Item::Checkpoint(log.note(8, NOW + 300)?));
    items.extend(log.entries(6, 8));
    let new =
        |name: &str, what: &str| Case::new(scene, &format!("bundle-{name}"), what, &["ROS-37", "ROS-43"]);
    let asked = |after: u64, code: &'static str, epoch: Option<u64>, other: &'static str| {
        vec![
            seal_to(BORDER, after, if epoch.is_some() { "ok" } else { "no-epoch" }, epoch),
            sender(BORDER, after, next, code),
            sender(BORDER, after, &last, code),
            sender(BORDER, after, &story.border, other),
        ]
    };
    let mut taken = log.says_at(&[NOW + 202, NOW + 302, NOW + 302], NOW + 301);
    taken.answers = asked(600, "unknown-key", None, "revoked");
    let over = DELAY + 202;
    let heartbeat = |after: u64| -> Result<Vec<Item>> { Ok(log.bundle(8, log.note(8, NOW + after - 1)?)) };
    let mut early = log.says(0, NOW + over - 1);
    early.answers = asked(over, "unknown-key", None, "revoked");
    let mut late = log.says(0, NOW + over);
    late.answers = asked(over, "ok", Some(2), "revoked");
    late.answers.extend(asked(over - 1, "unknown-key", None, "revoked"));
    Ok(vec![
        new(
            "recovery-whose-delay-others-judged",
            "what a recovered identity signed is taken, a minute after the \
             recovery by the verifier's reckoning, and counts only later",
        )
        .held("bundle-whole")
        .of(items)
        .says(taken),
        new("recovery-a-second-before-its-end", "the view ends a second before the delay does")
            .held("bundle-recovery-whose-delay-others-judged")
            .at(NOW + over + 600)
            .of(heartbeat(over - 1)?)
            .says(early),
        new(
            "recovery-at-its-end",
            "view and clock have reached the end of the delay; then a clock \
             that has not",
        )
        .held("bundle-recovery-whose-delay-others-judged")
        .at(NOW + over + 600)
        .of(heartbeat(over)?)
        .says(late),
    ])
}
