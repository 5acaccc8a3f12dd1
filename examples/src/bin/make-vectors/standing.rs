//! Rosters on whose words hold, and from when: revocations of several kinds, what was heard, and
//! recoveries that wait.

use vlec::hazmat::world::NOW;

use crate::Result;
use crate::party::Party;
use crate::rosters::{ALL, DELAY, seal_as, seal_to, sender};
use crate::story::{BORDER, CYBER, Case, NEW, Story, publish};

pub(crate) fn good(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, border, border_next, .. } = story;
    let revoke_cyber = || story.revoke_by_owner(CYBER, Story::id(cyber));
    let heard = |name: &str, after: u64| publish(name, after, revoke_cyber()?, &[cyber]);
    let rotate = || publish("vouched", 120, story.rotate(3, cyber_next)?, &[cyber, cyber_next]);
    let case = |name: &str, description: &str, rule: &'static str, attack: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&[attack])
    };
    let border_epoch = *story.world.epoch(BORDER, 1)?.public().id();
    let by_owner = story.revoke_by_owner(BORDER, border_epoch)?;
    let taken = story.epoch(CYBER, 3, 2, 0, "GE/police/border epoch 1")?;
    let recover = story.recover(3, border_next)?;
    Ok(vec![
        case(
            "rotation-after-heard-revocation",
            "a thief rotates after the revocation was heard",
            "ROS-42",
            "R14",
        )
        .event(rotate()?)
        .hear(heard("heard first", 60)?)
        .says(
            story,
            &[cyber],
            vec![
                sender(CYBER, 120, cyber_next, "revoked"),
                seal_as(CYBER, 120, cyber_next, "revoked"),
                seal_to(CYBER, 120, "no-epoch", None),
            ],
        )?,
        case("rotation-before-heard-revocation", "a superseded identity is revoked later", "ROS-42", "R13")
            .event(rotate()?)
            .viewed_at(NOW + 180)
            .hear(heard("heard later", 180)?)
            .says(
                story,
                &[cyber],
                vec![
                    sender(CYBER, 180, cyber, "revoked"),
                    sender(CYBER, 180, cyber_next, "ok"),
                    seal_as(CYBER, 180, cyber_next, "ok"),
                    seal_to(CYBER, 180, "no-epoch", None),
                ],
            )?,
        case("recovery-in-old-view", "the view ends before the delay does", "ROS-43", "R14")
            .event(publish("old view", 60, recover, &story.quorum(&[border_next]))?)
            .viewed_at(NOW + DELAY + 59)
            .says(
                story,
                &[border],
                vec![
                    sender(BORDER, DELAY + 3600, border_next, "unknown-key"),
                    seal_as(BORDER, DELAY + 3600, border_next, "unknown-key"),
                ],
            )?,
        case(
            "owners-ban-is-its-own",
            "a key that its owner revoked is announced by another agency",
            "ROS-26",
            "R12",
        )
        .event(publish("own ban 1", 60, by_owner, &[border])?)
        .event(publish("own ban 2", 120, taken, &[cyber])?)
        .says(story, &[], vec![seal_to(BORDER, 120, "no-epoch", None), seal_to(CYBER, 120, "ok", Some(2))])?
        .revoked(border_epoch),
        case("revoked-by-owner-twice", "a revoked identity says so again", "ROS-40", "R13")
            .event(publish("again 1", 60, revoke_cyber()?, &[cyber])?)
            .event(publish("again 2", 120, revoke_cyber()?, &[cyber])?)
            .says(story, &[cyber], vec![sender(CYBER, 120, cyber, "revoked")])?,
    ])
}

pub(crate) fn rejected(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { border, border_next, new, .. } = story;
    let case = |name: &str, description: &str, rule: &'static str, attack: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&[attack])
    };
    let before = story.revoke_by_roots(NEW, Party::signer(new).id())?;
    let recover = publish("waits", 0, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let between = story.revoke_by_owner(BORDER, Story::id(border))?;
    Ok(vec![
        case(
            "enrolled-with-revoked-key",
            "the roots revoked the key before the agency joins",
            "ROS-23",
            "R5",
        )
        .event(publish("before enrolment", 0, before, &story.quorum(&[]))?)
        .event(publish("enrolled then", 0, story.enrol(new)?, &story.quorum(&[new]))?)
        .last_fails("event-key-revoked"),
        case(
            "revoked-by-owner-during-recovery",
            "the old identity revokes itself while a recovery waits",
            "ROS-38",
            "R14",
        )
        .event(recover)
        .event(publish("between", 0, between, &[border])?)
        .last_fails("event-recovering"),
    ])
}
