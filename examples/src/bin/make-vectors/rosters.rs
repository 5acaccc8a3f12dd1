//! Rosters that verify, and what they then say.

use vlec::Event;
use vlec::hazmat::world::NOW;

use crate::Result;
use crate::hex::hex;
use crate::party::Party;
use crate::story::{Answer, BORDER, CYBER, Case, DAY, NEW, Story, publish};

/// The recovery delay of the invented countries.
pub(crate) const DELAY: u64 = 3 * DAY;
pub(crate) const ALL: usize = 5;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    Ok(vec![
        rotation(story)?,
        recovery(story)?,
        recovery_wins(story)?,
        recovery_cancelled(story)?,
        withdrawal(story)?,
        authority(story)?,
        key_of_another(story)?,
        heard(story)?,
        revoked_twice(story)?,
        enrolment(story)?,
    ])
}

pub(crate) fn seal_to(agency: &'static str, after: u64, expect: &'static str, epoch: Option<u64>) -> Answer {
    Answer::SealTo { agency, now: NOW + after, expect, epoch }
}

pub(crate) fn seal_as(agency: &'static str, after: u64, party: &Party, expect: &'static str) -> Answer {
    Answer::SealAs { agency, now: NOW + after, identity_seed: hex(party.seed.expose()), expect }
}

pub(crate) fn sender(agency: &'static str, after: u64, party: &Party, expect: &'static str) -> Answer {
    Answer::Sender { agency, now: NOW + after, key_id: Story::id(party).to_string(), expect }
}

fn rotation(story: &Story<'_>) -> Result<Case> {
    let Story { cyber, cyber_next, .. } = story;
    let rotate = publish("rotation 1", 60, story.rotate(3, cyber_next)?, &[cyber, cyber_next])?;
    let epoch = story.epoch(CYBER, 4, 2, DAY as i64 - 3600, "GE/mia/cyber epoch 2")?;
    let epoch = publish("rotation 2", 120, epoch, &[cyber_next])?;
    Case::new(
        story,
        "rotation",
        "an identity is replaced; the old one's epoch goes on, what it signed counts",
        &["ROS-35", "ROS-53", "ROS-54", "ROS-55"],
        ALL,
    )
    .event(rotate)
    .event(epoch)
    .says(
        story,
        &[],
        vec![
            seal_as(CYBER, 120, cyber, "unknown-key"),
            seal_as(CYBER, 120, cyber_next, "ok"),
            sender(CYBER, 120, cyber, "ok"),
            sender(CYBER, 120, cyber_next, "ok"),
            seal_to(CYBER, 120, "ok", Some(1)),
            seal_to(CYBER, DAY - 3601, "ok", Some(1)),
            seal_to(CYBER, DAY - 3600, "ok", Some(2)),
            seal_to(CYBER, 2 * DAY - 3601, "ok", Some(2)),
            seal_to(CYBER, 2 * DAY - 3600, "no-epoch", None),
            seal_to(BORDER, 120, "ok", Some(1)),
            seal_to(NEW, 120, "not-enrolled", None),
        ],
    )
}

fn recovery(story: &Story<'_>) -> Result<Case> {
    let Story { border, border_next, .. } = story;
    let recover = publish("recovery 1", 60, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let epoch = story.epoch(BORDER, 4, 2, DELAY as i64, "GE/police/border epoch 2")?;
    let epoch = publish("recovery 2", 60 + DELAY, epoch, &[border_next])?;
    Case::new(
        story,
        "recovery",
        "the roots recover an identity, which takes effect after the delay",
        &["ROS-36", "ROS-54", "ROS-55"],
        ALL,
    )
    .attack(&["R6"])
    .event(recover)
    .event(epoch)
    .says(
        story,
        &[border],
        vec![
            seal_as(BORDER, DELAY + 59, border_next, "unknown-key"),
            seal_as(BORDER, DELAY + 60, border_next, "ok"),
            seal_as(BORDER, DELAY + 60, border, "revoked"),
            sender(BORDER, DELAY + 59, border_next, "unknown-key"),
            sender(BORDER, DELAY + 60, border_next, "ok"),
            sender(BORDER, DELAY + 60, border, "revoked"),
            seal_to(BORDER, DELAY + 60, "ok", Some(2)),
            // A clock further behind the view than the skew allows.
            seal_to(BORDER, DELAY - 241, "roster-from-future", None),
        ],
    )
}

fn recovery_wins(story: &Story<'_>) -> Result<Case> {
    let Story { cyber, cyber_next, .. } = story;
    let thief = Party::identity(CYBER, "a thief's identity")?;
    let theft = publish("recovery wins 1", 60, story.rotate(3, &thief)?, &[cyber, &thief])?;
    let recover =
        publish("recovery wins 2", 120, story.recover(4, cyber_next)?, &story.quorum(&[cyber_next]))?;
    Case::new(
        story,
        "recovery-after-theft",
        "a thief rotates first; the recovery revokes the thief's key too",
        &["ROS-36"],
        ALL,
    )
    .attack(&["R14"])
    .event(theft)
    .event(recover)
    .viewed_at(NOW + DELAY + 120)
    .says(
        story,
        &[cyber, &thief],
        vec![
            sender(CYBER, DELAY, &thief, "revoked"),
            seal_as(CYBER, DELAY, &thief, "revoked"),
            seal_as(CYBER, DELAY + 119, cyber_next, "unknown-key"),
            seal_as(CYBER, DELAY + 120, cyber_next, "ok"),
            // The first epoch was announced by a key that is revoked now.
            seal_to(CYBER, DELAY, "no-epoch", None),
        ],
    )
}

fn recovery_cancelled(story: &Story<'_>) -> Result<Case> {
    let Story { border, border_next, .. } = story;
    let again = Party::identity(BORDER, "a second recovery")?;
    let recover = publish("cancelled 1", 60, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let cancel = publish(
        "cancelled 2",
        120,
        story.revoke_by_roots(BORDER, Story::id(border_next))?,
        &story.quorum(&[]),
    )?;
    let second = publish("cancelled 3", 180, story.recover(4, &again)?, &story.quorum(&[&again]))?;
    Case::new(
        story,
        "recovery-cancelled",
        "the roots revoke the waiting identity and recover once more",
        &["ROS-36", "ROS-38"],
        ALL,
    )
    .attack(&["R14"])
    .event(recover)
    .event(cancel)
    .event(second)
    .viewed_at(NOW + DELAY + 180)
    .says(
        story,
        &[border, border_next],
        vec![
            seal_as(BORDER, DELAY + 120, border_next, "revoked"),
            seal_as(BORDER, DELAY + 179, &again, "unknown-key"),
            seal_as(BORDER, DELAY + 180, &again, "ok"),
        ],
    )
}

fn withdrawal(story: &Story<'_>) -> Result<Case> {
    let leave = publish("withdrawal", 60, story.withdraw(BORDER, 3)?, &story.quorum(&[]))?;
    let late = story.revoke_by_roots(BORDER, Story::id(&story.border))?;
    let late = publish("withdrawal 2", 120, late, &story.quorum(&[]))?;
    Case::new(
        story,
        "withdrawal",
        "an agency leaves; the roots may still revoke its key",
        &["ROS-23", "ROS-52"],
        ALL,
    )
    .event(leave)
    .event(late)
    .says(
        story,
        &[&story.border],
        vec![
            seal_to(BORDER, 120, "withdrawn", None),
            seal_as(BORDER, 120, &story.border, "withdrawn"),
            sender(BORDER, 120, &story.border, "withdrawn"),
            seal_to(CYBER, 120, "ok", Some(1)),
        ],
    )
}

fn authority(story: &Story<'_>) -> Result<Case> {
    let small = &story.small;
    let event = Event::authority(&story.anchor, 1, small.keys()?);
    let signers = [&small.root, &small.log, &small.witness, &story.roots[0], &story.roots[2]];
    let change = publish("authority 1", 60, event, &signers)?;
    let leave = publish("authority 2", 120, story.withdraw(BORDER, 3)?, &[&small.root])?;
    Case::new(
        story,
        "authority",
        "one root takes the place of three, and speaks alone",
        &["ROS-11", "ROS-24"],
        ALL,
    )
    .event(change)
    .event(leave)
    .says(story, &[], vec![seal_to(BORDER, 120, "withdrawn", None), seal_to(CYBER, 120, "ok", Some(1))])
}

fn key_of_another(story: &Story<'_>) -> Result<Case> {
    let event = story.epoch(CYBER, 3, 2, 0, "UA/npu/cyber epoch 1")?;
    Case::new(
        story,
        "epoch-key-of-another",
        "an agency announces another's key: another key id, nothing gained",
        &["ID-02", "ROS-25"],
        ALL,
    )
    .attack(&["R12"])
    .event(publish("key of another", 60, event, &[&story.cyber])?)
    .says(
        story,
        &[],
        vec![seal_to(CYBER, 60, "ok", Some(2)), seal_to("UA/npu/cyber", 60, "ok", Some(1))],
    )
}

fn heard(story: &Story<'_>) -> Result<Case> {
    let revoke = story.revoke_by_owner(CYBER, Story::id(&story.cyber))?;
    Case::new(
        story,
        "revocation-heard",
        "a revocation that is not in the log counts, and takes the epochs along",
        &["ROS-41", "ROS-54"],
        ALL,
    )
    .attack(&["R13"])
    .hear(publish("heard", 60, revoke, &[&story.cyber])?)
    .says(
        story,
        &[&story.cyber],
        vec![
            seal_as(CYBER, 60, &story.cyber, "revoked"),
            sender(CYBER, 60, &story.cyber, "revoked"),
            seal_to(CYBER, 60, "no-epoch", None),
        ],
    )
}

fn revoked_twice(story: &Story<'_>) -> Result<Case> {
    let by_owner = story.revoke_by_owner(CYBER, Story::id(&story.cyber))?;
    let by_roots = story.revoke_by_roots(CYBER, Story::id(&story.cyber))?;
    Case::new(story, "revoked-twice", "the owner revokes, then the roots", &["ROS-39", "ROS-40"], ALL)
        .event(publish("twice 1", 60, by_owner, &[&story.cyber])?)
        .event(publish("twice 2", 120, by_roots, &story.quorum(&[]))?)
        .says(story, &[&story.cyber], vec![sender(CYBER, 120, &story.cyber, "revoked")])
}

fn enrolment(story: &Story<'_>) -> Result<Case> {
    let enrol = publish("enrolment", 60, story.enrol(&story.new)?, &story.quorum(&[&story.new]))?;
    Case::new(
        story,
        "enrolment",
        "an agency joins and has no epoch yet; the roster replaces the one held",
        &["ROS-23", "ROS-50", "ROS-51"],
        ALL,
    )
    .event(enrol)
    .replaces_world()
    .says(
        story,
        &[],
        vec![
            seal_to(NEW, 60, "no-epoch", None),
            seal_as(NEW, 60, &story.new, "ok"),
            sender(NEW, 60, &story.new, "ok"),
            // Seven days, and a second more.
            seal_to(CYBER, 60 + 7 * DAY, "roster-stale", None),
        ],
    )
}
