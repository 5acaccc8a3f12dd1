//! Rosters with an event that breaks a rule, nearly always the last one.

use vlec::hazmat::Secret;
use vlec::hazmat::world::NOW;
use vlec::{Event, TrustAnchor};

use crate::Result;
use crate::party::Party;
use crate::rejected_signers;
use crate::story::{BORDER, CYBER, Case, NEW, Story, publish};

const ALL: usize = 5;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = order(story)?;
    cases.extend(chain(story)?);
    cases.extend(keys(story)?);
    cases.extend(rejected_signers::cases(story)?);
    Ok(cases)
}

pub(crate) fn withdraw(story: &Story<'_>, name: &str, serial: u64) -> Result<crate::world::Observed> {
    publish(name, 0, story.withdraw(BORDER, serial)?, &story.quorum(&[]))
}

/// `[ROS-20]` to `[ROS-22]`.
fn order(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str, events: usize| {
        Case::new(story, name, description, &[rule], events)
    };
    let other_digest: TrustAnchor = format!("vlec/1/GE/{}", "0".repeat(64)).parse()?;
    let digest = story.anchor.to_string().split_off("vlec/1/GE/".len());
    let other_country: TrustAnchor = format!("vlec/1/UA/{digest}").parse()?;
    let small = story.small.genesis()?;
    let small_anchor = small.anchor().ok_or("anchor")?;
    let second = publish("second genesis", 0, small, &story.small.parties())?;
    let epoch = publish("first epoch", 0, story.epoch(CYBER, 3, 2, 0, "e")?, &[&story.cyber])?;
    let abroad = Party::identity("UA/npu/cyber", "UA/npu/cyber identity")?;
    let abroad = publish("abroad", 0, story.epoch("UA/npu/cyber", 3, 2, 0, "e")?, &[&abroad])?;
    let elsewhere = Event::withdraw(&small_anchor, BORDER.parse()?, 3);
    let mut early = withdraw(story, "early", 3)?;
    early.at -= 1;
    let late = publish("late", 1, story.withdraw(BORDER, 3)?, &story.quorum(&[]))?;
    Ok(vec![
        case("no-events", "a roster without an event", "ROS-20", 0).fails("roster-empty"),
        case("anchor-of-other-digest", "the genesis is not the one that is pinned", "ROS-20", 1)
            .anchored(other_digest)
            .last_fails("event-not-the-anchor"),
        case("anchor-of-other-country", "the pinned digest under another country's name", "ROS-20", 1)
            .anchored(other_country)
            .last_fails("event-not-the-anchor"),
        case("first-is-no-genesis", "the first event announces an epoch", "ROS-20", 0)
            .event(epoch)
            .last_fails("event-not-the-anchor"),
        case("second-genesis", "another genesis of the country follows", "ROS-20", 1)
            .event(second)
            .last_fails("event-second-genesis"),
        case("time-went-back", "an event a second earlier than the one before it", "ROS-21", ALL)
            .event(early)
            .last_fails("event-time-went-back"),
        case("after-view", "an event a second later than the view", "ROS-21", ALL)
            .event(late)
            .viewed_at(NOW)
            .last_fails("event-after-view"),
        case("genesis-after-view", "the view is older than the genesis", "ROS-21", 1)
            .viewed_at(NOW - 1)
            .last_fails("event-after-view"),
        case("out-of-scope", "an epoch of another country's agency, which has signed it", "ROS-22", ALL)
            .attack(&["R4"])
            .event(abroad)
            .last_fails("event-out-of-scope"),
        case("other-roster", "signed by the same roots, for another roster of the country", "ROS-22", ALL)
            .event(publish("elsewhere", 0, elsewhere, &story.quorum(&[]))?)
            .last_fails("event-other-roster"),
    ])
}

/// `[ROS-23]`, `[ROS-24]`.
fn chain(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&["R5"])
    };
    let gone = |case: Case| -> Result<Case> { Ok(case.event(withdraw(story, "gone", 3)?)) };
    let nobody = publish("nobody", 0, story.withdraw("GE/nobody", 1)?, &story.quorum(&[]))?;
    let again = Party::identity(CYBER, "enrolled again")?;
    let again = publish("again", 0, story.enrol(&again)?, &story.quorum(&[&again]))?;
    let back = Party::identity(BORDER, "enrolled after withdrawal")?;
    let back = publish("back", 0, story.enrol(&back)?, &story.quorum(&[&back]))?;
    let epoch = publish("epoch after", 0, story.epoch(BORDER, 4, 2, 0, "e")?, &[&story.border])?;
    let revoke = publish(
        "revoke after",
        0,
        story.revoke_by_owner(BORDER, Story::id(&story.border))?,
        &[&story.border],
    )?;
    let serial = |name: &str, description: &str, serial: u64| -> Result<Case> {
        Ok(case(name, description, "ROS-24").event(withdraw(story, name, serial)?).last_fails("event-serial"))
    };
    let authority = Event::authority(&story.anchor, 2, story.small.keys()?);
    Ok(vec![
        case("not-enrolled", "an event of an agency that never joined", "ROS-23")
            .event(nobody)
            .last_fails("event-not-enrolled"),
        case("enrolled-twice", "an agency joins again under another identity", "ROS-23")
            .event(again)
            .last_fails("event-enrolled"),
        gone(case("epoch-after-withdrawal", "an agency that left announces an epoch", "ROS-23"))?
            .event(epoch)
            .last_fails("event-withdrawn"),
        gone(case("enrolled-after-withdrawal", "an agency that left joins again", "ROS-23"))?
            .event(back)
            .last_fails("event-withdrawn"),
        gone(case(
            "revoked-by-owner-after-withdrawal",
            "a key of an agency that left revokes itself",
            "ROS-23",
        ))?
        .event(revoke)
        .last_fails("event-withdrawn"),
        serial("serial-gap", "serial 4 where 3 follows", 4)?,
        serial("serial-repeated", "serial 2 where 3 follows", 2)?,
        serial("serial-0", "serial 0 where 3 follows", 0)?,
        serial("serial-max", "serial 2^64 - 1 where 3 follows", u64::MAX)?,
        case("authority-serial-gap", "authority event 2 where 1 follows", "ROS-24")
            .event(publish("authority gap", 0, authority, &[&story.small.root])?)
            .last_fails("event-serial"),
    ])
}

/// `[ROS-25]` to `[ROS-28]`. These rules come before any signature is looked at.
fn keys(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&["R5"])
    };
    let Story { cyber, small, .. } = story;
    let halves = |ml_dsa: &Party, ed25519: &Party| -> Result<Party> {
        let (ml_dsa, ed25519) = (ml_dsa.seed.expose(), ed25519.seed.expose());
        Party::identity_of(
            NEW,
            Secret::new(|out: &mut [u8; 64]| {
                out.iter_mut()
                    .zip(ml_dsa.iter().take(32).chain(ed25519.iter().skip(32)))
                    .for_each(|(o, s)| *o = *s);
            }),
        )
    };
    let reused = |name: &str, description: &str, identity: Party| -> Result<Case> {
        let enrol = publish(name, 0, story.enrol(&identity)?, &[&identity])?;
        Ok(case(name, description, "ROS-27")
            .attack(&["K4"])
            .event(enrol)
            .last_fails("event-component-reused"))
    };
    let epoch = story.world.epoch(CYBER, 2)?;
    let before =
        publish("before", 0, story.revoke_by_roots(CYBER, *epoch.public().id())?, &story.quorum(&[]))?;
    let announced = story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 2")?;
    let border_epoch = *story.world.epoch(BORDER, 1)?.public().id();
    let revoked =
        publish("border epoch", 0, story.revoke_by_roots(BORDER, border_epoch)?, &story.quorum(&[]))?;
    let taken = story.epoch(CYBER, 3, 2, 0, "GE/police/border epoch 1")?;
    let same_log = {
        let keys = small.keys()?;
        let witness = Party::witness(story.country, "small log");
        let roots = keys.roots().to_vec();
        vlec::event::AuthorityKeys::new(
            story.country,
            roots,
            1,
            keys.log().clone(),
            witness.as_witness()?.public().clone(),
        )?
    };
    let signers = [&small.root, &small.log, &small.witness, &story.roots[0], &story.roots[2]];
    let replaced = publish("authority 1", 0, Event::authority(&story.anchor, 1, small.keys()?), &signers)?;
    let old = vlec::event::AuthorityKeys::new(
        story.country,
        vec![story.roots[2].as_root()?.public().clone()],
        1,
        small.log.as_log()?.public().clone(),
        small.witness.as_witness()?.public().clone(),
    )?;
    let back = publish("back", 0, Event::authority(&story.anchor, 2, old), &[&small.root])?;
    Ok(vec![
        case("identity-reused", "the next identity is the present one", "ROS-25")
            .event(publish("identity reused", 0, story.rotate(3, cyber)?, &[cyber])?)
            .last_fails("event-key-reused"),
        case("epoch-key-reused", "epoch 2 has the key of epoch 1", "ROS-25")
            .event(publish(
                "epoch reused",
                0,
                story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 1")?,
                &[cyber],
            )?)
            .last_fails("event-key-reused"),
        case(
            "key-revoked-before-it-came",
            "the roots revoked a key id that nobody had seen; then it comes",
            "ROS-38",
        )
        .event(before)
        .event(publish("announced", 0, announced, &[cyber])?)
        .last_fails("event-key-revoked"),
        case("revoked-key-of-another", "an agency announces the public key that another revoked", "ROS-26")
            .event(revoked)
            .event(publish("taken", 0, taken, &[cyber])?)
            .last_fails("event-key-revoked"),
        reused(
            "component-ed25519",
            "the Ed25519 half of another agency's identity",
            halves(&story.new, cyber)?,
        )?,
        reused(
            "component-ml-dsa",
            "the ML-DSA half of another agency's identity",
            halves(cyber, &story.new)?,
        )?,
        reused(
            "component-of-a-root",
            "a root key as an identity",
            halves(&story.roots[2], &story.roots[2])?,
        )?,
        reused(
            "component-of-the-log",
            "the Ed25519 half of the log's pair",
            halves(&story.new, &Party::log(story.country, "GE log"))?,
        )?,
        case("component-twice-in-authority", "log and witness have one key pair", "ROS-27")
            .attack(&["K4"])
            .event(publish("same log", 0, Event::authority(&story.anchor, 1, same_log), &[&small.root])?)
            .last_fails("event-component-reused"),
        case("replaced-root-comes-back", "a root that was replaced is named again", "ROS-28")
            .event(replaced)
            .event(back)
            .last_fails("event-component-reused"),
    ])
}
