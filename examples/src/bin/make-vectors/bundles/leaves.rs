//! Epochs of which only the leaf is left, and keys that come back after their epoch (`[ROS-60]`, `[BND-26]`,
//! `[ROS-25]`).

use vlec::hazmat::world::NOW;

use super::{Case, Item, Log, Logs, WORLD, replaced};
use crate::Result;
use crate::cbor::{array, bytes, text, uint};
use crate::checkpoints::Scene;
use crate::hex::hex;
use crate::party::sign;
use crate::rosters::sender;
use crate::story::{BORDER, CYBER, DAY, NEW, Story};

/// The epochs of the world have ended.
const LATE: u64 = NOW + 9 * DAY;

fn leaf(kind: u64, agency: &str, serial: u64, expiry: u64) -> Vec<u8> {
    array(&[uint(kind), text(agency), uint(serial), uint(expiry), bytes([9; 32])])
}

fn epoch(agency: &str, serial: u64) -> Vec<u8> {
    leaf(4, agency, serial, NOW + DAY)
}

pub(super) fn cases(scene: &Scene, story: &Story<'_>, logs: &Logs<'_>) -> Result<Vec<Case>> {
    let world = &logs.world;
    // After the world's five events, which are held.
    let after = |name: &str, what: &str, rule: &[&'static str], log: &Log<'_>| -> Result<Case> {
        let size = log.entries.len();
        let case = Case::new(scene, &format!("bundle-{name}"), what, rule).held("bundle-whole").at(LATE);
        Ok(case.of(log.bundle(WORLD, log.note(size, LATE)?)))
    };
    let refused = |name: &str, what: &str, leaf: Vec<u8>, expect: &'static str| -> Result<Case> {
        Ok(after(name, what, &["ROS-60"], &world.with_leaf(leaf))?.expect(expect, "R9"))
    };
    let numbered = |serial: u64, number: u64, key: &str| -> Result<_> {
        let name = format!("leaf {serial} {number} {key}");
        Ok(sign(story.epoch(CYBER, serial, number, 9 * DAY as i64, key)?, &[&story.cyber], &name)?.0)
    };
    let third = numbered(4, 3, "GE/mia/cyber epoch 3")?;
    let second = numbered(4, 2, "GE/mia/cyber epoch 3")?;
    let (gone, _) = sign(story.withdraw(BORDER, 3)?, &story.quorum(&[]), "leaf withdraw")?;
    let counts = world.with_leaf(epoch(CYBER, 3)).with(&[&third]);
    let mut says = counts.says_at(&[LATE + 2; 2], LATE + 1);
    says.answers = vec![sender(CYBER, 9 * DAY, &story.cyber, "ok")];
    let ends_now = world.with_leaf(leaf(4, CYBER, 3, LATE + 1));
    let first_lives = world.with_leaf(leaf(4, CYBER, 3, LATE + 2)).with_leaf(epoch(CYBER, 4));
    let mut cases = vec![
        refused(
            "leaf-of-another-country",
            "an ended epoch of another country's agency",
            epoch("UA/npu/cyber", 3),
            "event-out-of-scope",
        )?,
        refused(
            "leaf-of-nobody",
            "an ended epoch of an agency that never joined",
            epoch(NEW, 2),
            "event-not-enrolled",
        )?,
        after(
            "leaf-after-withdrawal",
            "an ended epoch of an agency that has left",
            &["ROS-60", "ROS-23"],
            &world.with(&[&gone]).with_leaf(epoch(BORDER, 4)),
        )?
        .expect("event-withdrawn", "R9"),
        refused(
            "leaf-serial-gap",
            "an ended epoch of serial 4 where 3 follows",
            epoch(CYBER, 4),
            "event-serial",
        )?,
        refused(
            "leaf-serial-repeated",
            "an ended epoch of serial 2 where 3 follows",
            epoch(CYBER, 2),
            "event-serial",
        )?,
        refused(
            "leaf-of-a-rotation",
            "a rotation of which only the leaf is left",
            leaf(5, CYBER, 3, 0),
            "event-bytes-missing",
        )?,
        refused(
            "leaf-of-a-foreign-rotation",
            "a rotation of another country: its kind is looked at first",
            leaf(5, "UA/npu/cyber", 3, 0),
            "event-bytes-missing",
        )?,
        refused(
            "leaf-of-kind-8",
            "a leaf of a kind that is not known",
            leaf(8, CYBER, 3, 0),
            "event-malformed",
        )?,
        refused(
            "leaf-trailing",
            "a byte follows the leaf",
            [epoch(CYBER, 3), vec![0]].concat(),
            "event-malformed",
        )?,
        after(
            "leaf-counts",
            "serial and number of an epoch that is known by its leaf alone count",
            &["ROS-60"],
            &counts,
        )?
        .says(says),
        after(
            "leaf-number-again",
            "the number of an epoch that is known by its leaf alone comes again",
            &["ROS-60", "ROS-30"],
            &world.with_leaf(epoch(CYBER, 3)).with(&[&second]),
        )?
        .expect("event-epoch", "R9"),
        after("leaf-that-ends-now", "an epoch whose destroy_at is the view's time", &["BND-26"], &ends_now)?
            .says(ends_now.says(1, LATE + 1)),
        refused(
            "leaf-that-lives-for-a-second",
            "an epoch whose destroy_at is a second after the view's time",
            leaf(4, CYBER, 3, LATE + 2),
            "event-bytes-missing",
        )?,
        after(
            "leaf-that-lives-before-one-that-ended",
            "of two leaves the first one's epoch lives",
            &["BND-26"],
            &first_lives,
        )?
        .expect("event-bytes-missing", "R9"),
    ];
    let first = world.note(1, LATE)?;
    let items = vec![world.header(0), Item::Checkpoint(first), Item::Leaf(hex(leaf(1, "GE", 0, 0)))];
    cases.push(
        Case::new(scene, "bundle-leaf-first", "the genesis's leaf in its place", &["ROS-20", "ROS-60"])
            .at(LATE)
            .of(items)
            .expect("event-not-the-anchor", "R9"),
    );
    let again = numbered(3, 2, "GE/mia/cyber epoch 1")?;
    let reused = world.with(&[&again]);
    for (name, what, held) in [
        (
            "key-of-a-dropped-epoch",
            "the key of an epoch that is known by its leaf alone comes back",
            "bundle-dropped-epoch",
        ),
        ("key-of-an-ended-epoch", "the same where the epoch's event is held", "bundle-whole"),
    ] {
        let items = reused.bundle(WORLD, reused.note(6, LATE + 100)?);
        let case = Case::new(scene, &format!("bundle-{name}"), what, &["ROS-25"]).held(held).at(LATE + 200);
        cases.push(case.of(items).says(reused.says_at(&[LATE + 102], LATE + 101)));
    }
    // [ROS-62] The agency's one epoch is known by its leaf alone.
    let unknown = story.revoke_by_owner(CYBER, vlec::KeyId::from_bytes([5; 32]))?;
    let (unknown, _) = sign(unknown, &[&story.cyber], "leaf word")?;
    let word = world.with(&[&unknown]);
    cases.push(
        Case::new(
            scene,
            "bundle-word-on-an-unknown-key",
            "an owner revokes a key that nobody knows, where an epoch is known by its leaf alone",
            &["ROS-62"],
        )
        .held("bundle-dropped-epoch")
        .at(LATE + 200)
        .of(word.bundle(WORLD, word.note(6, LATE + 100)?))
        .says(word.says(1, LATE + 101)),
    );
    let mut twice =
        replaced(&world.bundle(0, world.note(5, LATE)?), 4, Item::Leaf(hex(super::leaf(world.event(2)?))));
    twice.push(Item::Checkpoint(reused.note(6, LATE + 100)?));
    twice.push(Item::Event(hex(again.encode())));
    cases.push(
        Case::new(
            scene,
            "bundle-key-of-a-leaf-before-it",
            "an epoch's leaf, and its key again, in one bundle",
            &["ROS-25", "ROS-60"],
        )
        .at(LATE + 200)
        .of(twice)
        .says(reused.says(6, LATE + 101)),
    );
    Ok(cases)
}
