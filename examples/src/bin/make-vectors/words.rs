//! Rosters on whose word a revocation is, and what it reaches: who speaks for an epoch, what was heard and
//! the log, identities that a thief made, and the evidence that is kept (`[ROS-37]` to `[ROS-42]`).

use vlec::event::{Reason, Revoke};
use vlec::hazmat::world::NOW;
use vlec::{Event, KeyId, Timestamp};

use crate::Result;
use crate::party::Party;
use crate::rosters::{ALL, DELAY, seal_as, seal_to, sender};
use crate::story::{BORDER, CYBER, Case, Evidence, NEW, Story, publish};
use crate::world::Observed;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = of_epochs(story)?;
    cases.extend(heard(story)?);
    cases.extend(thieves(story)?);
    cases.extend(evidence(story)?);
    cases.extend(comes_back(story)?);
    Ok(cases)
}

fn case(story: &Story<'_>, name: &str, what: &str, rule: &'static str) -> Case {
    Case::new(story, name, what, &[rule], ALL)
}

fn epoch_id(story: &Story<'_>, agency: &str, number: u64) -> Result<KeyId> {
    Ok(*story.world.epoch(agency, number)?.public().id())
}

fn rotated(story: &Story<'_>, name: &str, after: u64) -> Result<Observed> {
    publish(name, after, story.rotate(3, &story.cyber_next)?, &[&story.cyber, &story.cyber_next])
}

/// §4.10: an epoch is revoked by the current identity, or by the one that announced it.
fn of_epochs(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, border, border_next, .. } = story;
    let third = Party::identity(CYBER, "GE/mia/cyber third identity")?;
    let id = epoch_id(story, CYBER, 1)?;
    let revoke = |name: &str, after: u64, signers: &[&Party]| {
        publish(name, after, story.revoke_by_owner(CYBER, id)?, signers)
    };
    let then = |name: &str, after: u64| publish(name, after, story.rotate(4, &third)?, &[cyber_next, &third]);
    let by_roots = |name: &str, after: u64, party: &Party| {
        publish(name, after, story.revoke_by_roots(CYBER, Story::id(party))?, &story.quorum(&[]))
    };
    let recovered = publish("epoch 9", 60, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let border_id = epoch_id(story, BORDER, 1)?;
    let of_old = |after: u64, signer: &Party| {
        publish("epoch 10", after, story.revoke_by_owner(BORDER, border_id)?, &[signer])
    };
    Ok(vec![
        case(
            story,
            "epoch-revoked-by-current",
            "the identity that has replaced the announcer revokes the epoch",
            "ROS-38",
        )
        .attack(&["R13"])
        .event(rotated(story, "epoch 1", 60)?)
        .event(revoke("epoch 1b", 120, &[cyber_next])?)
        .says(story, &[], vec![seal_to(CYBER, 120, "no-epoch", None), sender(CYBER, 120, cyber, "ok")])?
        .revoked(id),
        case(
            story,
            "epoch-revoked-by-announcer",
            "the identity that announced the epoch revokes it, superseded as it is",
            "ROS-38",
        )
        .attack(&["R13"])
        .event(rotated(story, "epoch 2", 60)?)
        .event(revoke("epoch 2b", 120, &[cyber])?)
        .says(story, &[], vec![seal_to(CYBER, 120, "no-epoch", None)])?
        .revoked(id),
        case(
            story,
            "epoch-revoked-by-both",
            "current identity and announcer, where one is called for",
            "ROS-10",
        )
        .event(rotated(story, "epoch 3", 60)?)
        .event(revoke("epoch 3b", 120, &[cyber, cyber_next])?)
        .last_fails("event-signer-not-called-for"),
        case(
            story,
            "epoch-revoked-by-another-identity",
            "an identity of the agency that is neither",
            "ROS-38",
        )
        .event(rotated(story, "epoch 4", 60)?)
        .event(then("epoch 4b", 120)?)
        .event(revoke("epoch 4c", 180, &[cyber_next])?)
        .last_fails("event-signer-not-called-for"),
        case(
            story,
            "epoch-revoked-by-revoked-announcer",
            "the announcer has been revoked: its word counts no more",
            "ROS-38",
        )
        .attack(&["R13"])
        .event(rotated(story, "epoch 5", 60)?)
        .event(by_roots("epoch 5b", 120, cyber)?)
        .event(revoke("epoch 5c", 180, &[cyber])?)
        .last_fails("event-key-revoked"),
        case(
            story,
            "epoch-revoked-where-none-is-current",
            "the current identity has been revoked: the announcer's word is enough",
            "ROS-38",
        )
        .event(rotated(story, "epoch 6", 60)?)
        .event(by_roots("epoch 6b", 120, cyber_next)?)
        .event(revoke("epoch 6c", 180, &[cyber])?)
        .says(
            story,
            &[cyber_next],
            vec![seal_to(CYBER, 180, "no-epoch", None), sender(CYBER, 180, cyber, "ok")],
        )?
        .revoked(id),
        case(story, "epoch-revoked-during-recovery", "while a recovery waits, no owner revokes", "ROS-38")
            .attack(&["R14"])
            .event(recovered.clone())
            .event(of_old(120, border)?)
            .last_fails("event-recovering"),
        case(
            story,
            "epoch-revoked-after-recovery",
            "the recovered identity, once in effect, revokes an epoch of before",
            "ROS-38",
        )
        .event(recovered)
        .event(of_old(60 + DELAY, border_next)?)
        .says(story, &[border], vec![sender(BORDER, 60 + DELAY, border_next, "ok")])?
        .revoked(border_id),
        case(
            story,
            "key-of-another-by-nobodys-owner",
            "an agency that never joined revokes another one's key: whose key \
             it is comes first",
            "ROS-38",
        )
        .attack(&["R16"])
        .event(publish("epoch 11", 60, story.revoke_by_owner(NEW, Story::id(border))?, &[&story.new])?)
        .last_fails("event-not-its-key"),
    ])
}

/// `[ROS-41]`: hearsay counts in questions, and decides nothing about the log.
fn heard(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, border, border_next, .. } = story;
    let own = |name: &str| publish(name, 60, story.revoke_by_owner(CYBER, Story::id(cyber))?, &[cyber]);
    let roots = publish("heard 3", 60, story.revoke_by_roots(CYBER, Story::id(cyber))?, &story.quorum(&[]))?;
    let epoch =
        |name: &str| publish(name, 120, story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 2")?, &[cyber]);
    let id = epoch_id(story, CYBER, 1)?;
    let again = publish("heard 6", 120, story.revoke_by_owner(CYBER, id)?, &[cyber])?;
    let recovered = publish("heard 7", 60, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let waiting = publish("heard 8", 120, story.revoke_by_owner(BORDER, Story::id(border))?, &[border])?;
    let abroad = || story.withdraw("UA/npu/cyber", 3);
    let ended = || {
        vec![
            seal_to(CYBER, 120, "no-epoch", None),
            seal_as(CYBER, 120, cyber, "revoked"),
            sender(CYBER, 120, cyber, "revoked"),
        ]
    };
    Ok(vec![
        case(
            story,
            "epoch-of-a-signer-heard-revoked",
            "an epoch follows in the log although its signer's revocation was heard",
            "ROS-41",
        )
        .attack(&["R13"])
        .hear(own("heard 1")?)
        .follow(epoch("heard 2")?)
        .says(story, &[cyber], ended())?,
        case(
            story,
            "epoch-of-a-signer-heard-revoked-by-roots",
            "the roots' word was heard: it does not bind the log either",
            "ROS-41",
        )
        .attack(&["R13"])
        .hear(roots)
        .follow(epoch("heard 2")?)
        .says(story, &[cyber], ended())?,
        case(
            story,
            "rotation-of-a-signer-heard-revoked",
            "a rotation follows in the log although its signer's revocation was \
             heard",
            "ROS-41",
        )
        .attack(&["R14"])
        .hear(own("heard 1")?)
        .follow(rotated(story, "heard 4", 120)?)
        .says(
            story,
            &[cyber],
            vec![sender(CYBER, 120, cyber_next, "revoked"), seal_as(CYBER, 120, cyber_next, "revoked")],
        )?,
        case(
            story,
            "event-refused-after-hearing",
            "what was heard opens nothing in the log: the serial is still the \
             next one",
            "ROS-41",
        )
        .hear(own("heard 1")?)
        .follow(publish("heard 5", 120, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber])?)
        .follow_fails("event-serial"),
        case(
            story,
            "heard-from-a-signer-heard-revoked",
            "an identity whose revocation was heard ends no epoch any more",
            "ROS-41",
        )
        .hear(own("heard 1")?)
        .hear(again)
        .fails("event-key-revoked"),
        case(
            story,
            "heard-withdrawal-of-another-country",
            "no revocation, and of another country: the kind is looked at first",
            "ROS-41",
        )
        .hear(publish("heard 9", 60, abroad()?, &story.quorum(&[]))?)
        .fails("event-not-a-revocation"),
        case(story, "heard-from-another-country", "a revocation of another country's key", "ROS-22")
            .attack(&["R4"])
            .hear(publish(
                "heard 10",
                60,
                story.revoke_by_owner("UA/npu/cyber", Story::id(cyber))?,
                &[cyber],
            )?)
            .fails("event-out-of-scope"),
        case(
            story,
            "heard-during-recovery",
            "the old identity's word is heard while a recovery waits",
            "ROS-38",
        )
        .attack(&["R14"])
        .event(recovered)
        .hear(waiting)
        .fails("event-recovering"),
    ])
}

/// `[ROS-42]`.
fn thieves(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, .. } = story;
    let thief = Party::identity(CYBER, "a thief's second identity")?;
    let back = Party::identity(CYBER, "GE/mia/cyber recovered identity")?;
    let revoke = |name: &str, after: u64| {
        publish(name, after, story.revoke_by_owner(CYBER, Story::id(cyber))?, &[cyber])
    };
    let second = publish("thief 2", 180, story.rotate(4, &thief)?, &[cyber_next, &thief])?;
    let epoch = publish("thief 3", 240, story.epoch(CYBER, 5, 2, 0, "GE/mia/cyber epoch 2")?, &[&thief])?;
    let recovered = publish("thief 4", 300, story.recover(6, &back)?, &story.quorum(&[&back]))?;
    let announced = publish(
        "thief 5",
        300 + DELAY,
        story.epoch(CYBER, 7, 3, DELAY as i64, "GE/mia/cyber epoch 3")?,
        &[&back],
    )?;
    Ok(vec![
        case(
            story,
            "thief-rotates-twice",
            "two rotations after the revocation was heard: both identities, and \
             the epoch, have ended",
            "ROS-42",
        )
        .attack(&["R14"])
        .event(rotated(story, "thief 1", 120)?)
        .event(second.clone())
        .event(epoch.clone())
        .hear(revoke("thief heard", 60)?)
        .says(
            story,
            &[cyber],
            vec![
                sender(CYBER, 240, cyber_next, "revoked"),
                sender(CYBER, 240, &thief, "revoked"),
                seal_as(CYBER, 240, &thief, "revoked"),
                seal_to(CYBER, 240, "no-epoch", None),
            ],
        )?,
        case(story, "recovery-after-a-thief-rotated-twice", "the roots' recovery begins anew", "ROS-42")
            .attack(&["R14"])
            .hear(revoke("thief heard", 60)?)
            .follow(rotated(story, "thief 1", 120)?)
            .follow(second)
            .follow(epoch)
            .follow(recovered)
            .follow(announced)
            .says(
                story,
                &[cyber, cyber_next, &thief],
                vec![
                    sender(CYBER, 300 + DELAY, &thief, "revoked"),
                    sender(CYBER, 300 + DELAY, &back, "ok"),
                    seal_as(CYBER, 300 + DELAY, &back, "ok"),
                    seal_to(CYBER, 300 + DELAY, "ok", Some(3)),
                ],
            )?,
        case(
            story,
            "rotation-in-the-second-of-the-hearing",
            "the rotation is of the very second in which the revocation was \
             heard: its identity has ended too",
            "ROS-42",
        )
        .attack(&["R14"])
        .event(rotated(story, "thief 6", 60)?)
        .hear(revoke("thief heard", 60)?)
        .says(story, &[cyber], vec![sender(CYBER, 60, cyber_next, "revoked")])?,
        case(
            story,
            "rotation-a-second-before-the-hearing",
            "the rotation is a second earlier: its identity goes on",
            "ROS-42",
        )
        .attack(&["R14"])
        .event(rotated(story, "thief 7", 59)?)
        .viewed_at(NOW + 60)
        .hear(revoke("thief heard", 60)?)
        .says(
            story,
            &[cyber],
            vec![sender(CYBER, 60, cyber_next, "ok"), sender(CYBER, 60, cyber, "revoked")],
        )?,
        case(
            story,
            "rotation-in-the-second-of-a-logged-revocation",
            "the log has rotation and revocation in one second, and nothing was \
             heard: the next identity goes on",
            "ROS-42",
        )
        .event(rotated(story, "thief 6", 60)?)
        .event(revoke("thief heard", 60)?)
        .says(
            story,
            &[cyber],
            vec![sender(CYBER, 60, cyber_next, "ok"), sender(CYBER, 60, cyber, "revoked")],
        )?,
    ])
}

/// `[ROS-39]`, `[ROS-40]`: what is kept of a revocation.
fn evidence(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, border, border_next, .. } = story;
    let id = Story::id(cyber);
    let by_roots = |name: &str, after: u64, reason: Reason, effective: u64| -> Result<Observed> {
        let time = Timestamp::from_unix(effective).ok_or("time")?;
        let event = Event::revoke(&story.anchor, CYBER.parse()?, Revoke::by_roots(id, reason, time));
        publish(name, after, event, &story.quorum(&[]))
    };
    let by_owner = |name: &str, after: u64, reason: Reason| -> Result<Observed> {
        let event = Event::revoke(&story.anchor, CYBER.parse()?, Revoke::by_owner(id, reason));
        publish(name, after, event, &[cyber])
    };
    let says = |case: Case, seen: u64, effective: u64, reason: u64, by: &'static str| {
        let told = Evidence { key_id: id.to_string(), seen: NOW + seen, effective, reason, by };
        Ok::<_, Box<dyn std::error::Error>>(
            case.says(story, &[cyber], vec![sender(CYBER, 300, cyber, "revoked")])?.evidence(told),
        )
    };
    let new = |name: &str, what: &str, rule: &'static str| case(story, name, what, rule).attack(&["R13"]);
    let recovered = publish("evidence 9", 60, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let after =
        publish("evidence 10", 120, story.revoke_by_roots(BORDER, Story::id(border))?, &story.quorum(&[]))?;
    let of_border = |reason: u64, by, effective: u64| Evidence {
        key_id: Story::id(border).to_string(),
        seen: NOW + 60,
        effective,
        reason,
        by,
    };
    Ok(vec![
        says(
            new(
                "evidence-by-owner",
                "an owner dates nothing back: the effective time is that of publication",
                "ROS-39",
            )
            .event(by_owner("evidence 1", 120, Reason::KeyCompromise)?),
            120,
            NOW + 120,
            1,
            "owner",
        )?,
        says(
            new("evidence-by-roots", "the roots say since when the key is doubted", "ROS-39")
                .event(by_roots("evidence 2", 120, Reason::KeyLoss, NOW - 3600)?),
            120,
            NOW - 3600,
            2,
            "roots",
        )?,
        says(
            new(
                "evidence-by-roots-in-the-future",
                "a stated time after the publication: that of publication counts",
                "ROS-39",
            )
            .event(by_roots("evidence 3", 120, Reason::KeyLoss, NOW + 121)?),
            120,
            NOW + 120,
            2,
            "roots",
        )?,
        says(
            new(
                "evidence-merged",
                "the roots' word after the owner's: the earliest times, and the \
             roots' reason",
                "ROS-40",
            )
            .event(by_owner("evidence 4", 60, Reason::KeyCompromise)?)
            .event(by_roots("evidence 5", 120, Reason::Ceased, NOW - 60)?),
            60,
            NOW - 60,
            4,
            "roots",
        )?,
        says(
            new(
                "evidence-merged-later-effective",
                "the owner's publication is earlier than the time that the roots state",
                "ROS-40",
            )
            .event(by_owner("evidence 4", 60, Reason::KeyCompromise)?)
            .event(by_roots("evidence 6", 120, Reason::Superseded, NOW + 90)?),
            60,
            NOW + 60,
            3,
            "roots",
        )?,
        says(
            new(
                "evidence-among-equals",
                "of two words of the roots the reason of the lower number counts, \
             unspecified last",
                "ROS-40",
            )
            .event(by_roots("evidence 7", 60, Reason::Unspecified, NOW)?)
            .event(by_roots("evidence 5", 120, Reason::Ceased, NOW)?)
            .event(by_roots("evidence 8", 180, Reason::KeyLoss, NOW)?),
            60,
            NOW,
            2,
            "roots",
        )?,
        new(
            "evidence-by-recovery",
            "what a recovery revokes: reason 0, since the recovery's publication",
            "ROS-40",
        )
        .event(recovered.clone())
        .says(story, &[border], vec![sender(BORDER, 60, border, "revoked")])?
        .evidence(of_border(0, "recovery", NOW + 60)),
        new("evidence-by-recovery-and-roots", "the roots' reason counts before a recovery's", "ROS-40")
            .event(recovered)
            .event(after)
            .says(story, &[border], vec![sender(BORDER, 120, border, "revoked")])?
            .evidence(of_border(1, "roots", NOW)),
    ])
}

/// `[ROS-25]`, `[ROS-26]`: what comes back, under which code.
fn comes_back(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, .. } = story;
    let id = epoch_id(story, CYBER, 1)?;
    let by_owner = publish("back 1", 60, story.revoke_by_owner(CYBER, id)?, &[cyber])?;
    let by_roots = publish("back 2", 60, story.revoke_by_roots(CYBER, id)?, &story.quorum(&[]))?;
    let again = publish("back 3", 120, story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 1")?, &[cyber])?;
    let revoked = publish("back 4", 120, story.revoke_by_owner(CYBER, Story::id(cyber))?, &[cyber])?;
    let return_of = publish("back 5", 180, story.rotate(4, cyber)?, &[cyber_next, cyber])?;
    Ok(vec![
        case(
            story,
            "own-revoked-epoch-key-again",
            "the public key of an epoch that its owner revoked, under the next \
             number",
            "ROS-26",
        )
        .event(by_owner)
        .event(again.clone())
        .last_fails("event-key-reused"),
        case(
            story,
            "epoch-key-again-that-the-roots-revoked",
            "the same, and the roots had revoked it",
            "ROS-26",
        )
        .event(by_roots)
        .event(again)
        .last_fails("event-key-revoked"),
        case(
            story,
            "own-revoked-identity-again",
            "an identity that revoked itself is to come back",
            "ROS-26",
        )
        .event(rotated(story, "back 6", 60)?)
        .event(revoked)
        .event(return_of.clone())
        .last_fails("event-key-revoked"),
        case(story, "superseded-identity-again", "an identity that was replaced is to come back", "ROS-25")
            .event(rotated(story, "back 6", 60)?)
            .event(return_of)
            .last_fails("event-key-reused"),
    ])
}
