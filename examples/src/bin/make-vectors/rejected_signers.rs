//! Rosters with an event that the wrong ones signed, or that comes at the wrong time; and rosters that do
//! not take the place of another.

use vlec::hazmat::world::seed;
use vlec::hazmat::{composite::SigningKey, composite_sign, label, signed_event};
use vlec::{Event, KeyId};

use crate::Result;
use crate::party::{Party, sign};
use crate::rejected_rosters::withdraw;
use crate::story::{CYBER, Case, DAY, Story, publish};

const ALL: usize = 5;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = epochs(story)?;
    cases.extend(recoveries(story)?);
    cases.extend(signers(story)?);
    cases.extend(signatures(story)?);
    cases.extend(replaced(story)?);
    cases.push(heard(story)?);
    Ok(cases)
}

/// `[ROS-30]` to `[ROS-32]`.
fn epochs(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&["R5"])
    };
    let Story { cyber, border, cyber_next, .. } = story;
    let epoch = |name: &str, number: u64, start: i64, signer: &Party| -> Result<_> {
        publish(name, 0, story.epoch(CYBER, 3, number, start, "e")?, &[signer])
    };
    let rotate = publish("rotate", 0, story.rotate(3, cyber_next)?, &[cyber, cyber_next])?;
    let by_old = publish("by old", 0, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber])?;
    Ok(vec![
        case("epoch-gap", "epoch 3 where 2 follows", "ROS-30")
            .event(epoch("gap", 3, 0, cyber)?)
            .last_fails("event-epoch"),
        case("epoch-repeated", "epoch 1 where 2 follows", "ROS-30")
            .event(epoch("repeated", 1, 0, cyber)?)
            .last_fails("event-epoch"),
        case("epoch-by-replaced-identity", "signed by the identity before the current one", "ROS-32")
            .event(rotate)
            .event(by_old)
            .last_fails("event-signer-not-called-for"),
        case("epoch-by-another-agency", "signed by another agency's identity", "ROS-32")
            .event(epoch("another", 2, 0, border)?)
            .last_fails("event-signer-not-called-for"),
        case("epoch-by-roots", "the roots announce an epoch", "ROS-10")
            .event(publish("by roots", 0, story.epoch(CYBER, 3, 2, 0, "e")?, &story.quorum(&[]))?)
            .last_fails("event-signer-not-called-for"),
    ])
}

/// `[ROS-36]`, `[ROS-38]`.
fn recoveries(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, rule: &'static str| {
        Case::new(story, name, description, &[rule], ALL).attack(&["R6"])
    };
    let Story { cyber, border, cyber_next, .. } = story;
    let recover = || publish("recover", 0, story.recover(3, cyber_next)?, &story.quorum(&[cyber_next]));
    let early = publish("early epoch", 3 * DAY - 1, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber_next])?;
    let thief = Party::identity(CYBER, "a thief's identity")?;
    let rotate = publish("rotate between", 60, story.rotate(4, &thief)?, &[cyber, &thief])?;
    let cancel =
        publish("cancel", 0, story.revoke_by_roots(CYBER, Story::id(cyber_next))?, &story.quorum(&[]))?;
    let after = publish("after cancel", 0, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber_next])?;
    let itself = publish("itself", 0, story.revoke_by_owner(CYBER, Story::id(cyber))?, &[cyber])?;
    let then = publish("then", 0, story.epoch(CYBER, 3, 2, 0, "e")?, &[cyber])?;
    let revoke = |name: &str, description: &str, event: Event, signers: &[&Party]| -> Result<Case> {
        let event = publish(name, 0, event, signers)?;
        Ok(case(name, description, "ROS-38").event(event).last_fails("event-not-its-key"))
    };
    Ok(vec![
        case(
            "epoch-before-recovery-takes-effect",
            "the recovered identity signs a second too early",
            "ROS-36",
        )
        .event(recover()?)
        .event(early)
        .last_fails("event-recovering"),
        case("rotation-during-recovery", "the old identity rotates while a recovery waits", "ROS-36")
            .attack(&["R14"])
            .event(recover()?)
            .event(rotate)
            .last_fails("event-recovering"),
        case("epoch-after-cancelled-recovery", "the waiting identity was revoked", "ROS-36")
            .event(recover()?)
            .event(cancel)
            .event(after)
            .last_fails("event-no-identity"),
        case("epoch-after-revocation", "the identity has revoked itself", "ROS-32")
            .event(itself)
            .event(then)
            .last_fails("event-no-identity"),
        revoke(
            "revoke-of-another-agency",
            "another agency's key",
            story.revoke_by_roots(CYBER, Story::id(border))?,
            &story.quorum(&[]),
        )?,
        revoke(
            "revoke-of-a-root",
            "a root is replaced, not revoked",
            story.revoke_by_roots(CYBER, Story::id(&story.roots[2]))?,
            &story.quorum(&[]),
        )?,
        revoke(
            "revoke-of-unknown-key-by-owner",
            "only the roots revoke what nobody has seen",
            story.revoke_by_owner(CYBER, KeyId::from_bytes([5; 32]))?,
            &[cyber],
        )?,
        case("heard-is-no-revocation", "something else than a revocation is heard outside the log", "ROS-41")
            .hear(withdraw(story, "heard withdraw", 3)?)
            .fails("event-not-a-revocation"),
    ])
}

/// `[ROS-10]`, `[ROS-11]`.
fn signers(story: &Story<'_>) -> Result<Vec<Case>> {
    let case =
        |name: &str, description: &str, rule: &'static str| Case::new(story, name, description, &[rule], ALL);
    let Story { cyber, cyber_next, small, roots, .. } = story;
    let rotate = |name: &str, signers: &[&Party]| publish(name, 0, story.rotate(3, cyber_next)?, signers);
    let recover = |name: &str, signers: &[&Party]| publish(name, 0, story.recover(3, cyber_next)?, signers);
    let revoked = |name: &str, event: Event, signers: &[&Party]| publish(name, 0, event, signers);
    let leave = |name: &str, signers: &[&Party]| publish(name, 0, story.withdraw(CYBER, 3)?, signers);
    let genesis = small.genesis()?;
    let anchor = genesis.anchor().ok_or("anchor")?;
    let genesis = publish("no witness", 0, genesis, &[&small.root, &small.log])?;
    let authority = Event::authority(&story.anchor, 1, small.keys()?);
    let authority =
        publish("one old root", 0, authority, &[&small.root, &small.log, &small.witness, &roots[0]])?;
    Ok(vec![
        Case::new(story, "genesis-without-witness", "the witness pair shows no possession", &["ROS-11"], 0)
            .anchored(anchor)
            .event(genesis)
            .last_fails("event-signature-missing"),
        case("authority-by-one-old-root", "one of the old roots, where two are needed", "ROS-11")
            .event(authority)
            .last_fails("event-too-few-roots"),
        case("enrol-without-identity", "the identity shows no possession", "ROS-11")
            .event(publish("no identity", 0, story.enrol(&story.new)?, &story.quorum(&[]))?)
            .last_fails("event-signature-missing"),
        case("withdraw-by-one-root", "one root, where two are needed", "ROS-11")
            .event(leave("one root", &[&roots[0]])?)
            .last_fails("event-too-few-roots"),
        case("withdraw-by-agency", "an agency withdraws itself", "ROS-10")
            .event(leave("agency", &[cyber])?)
            .last_fails("event-signer-not-called-for"),
        case("withdraw-by-roots-and-agency", "two roots and a signer too many", "ROS-10")
            .event(leave("too many", &story.quorum(&[cyber]))?)
            .last_fails("event-signer-not-called-for"),
        case("rotation-without-old", "only the next identity has signed", "ROS-11")
            .event(rotate("no old", &[cyber_next])?)
            .last_fails("event-signature-missing"),
        case("rotation-without-next", "the next identity shows no possession", "ROS-11")
            .event(rotate("no next", &[cyber])?)
            .last_fails("event-signature-missing"),
        case("recovery-by-one-root", "one root, where two are needed", "ROS-11")
            .attack(&["R6"])
            .event(recover("recovery one", &[&roots[0], cyber_next])?)
            .last_fails("event-too-few-roots"),
        case("recovery-without-next", "the recovered identity shows no possession", "ROS-11")
            .attack(&["R6"])
            .event(recover("recovery none", &story.quorum(&[]))?)
            .last_fails("event-signature-missing"),
        case("recovery-by-old", "a thief signs a recovery as if it were a rotation", "ROS-10")
            .attack(&["R14"])
            .event(recover("recovery old", &[cyber, cyber_next])?)
            .last_fails("event-signer-not-called-for"),
        case("rotation-by-roots", "the roots sign a rotation as if it were a recovery", "ROS-10")
            .attack(&["R14"])
            .event(rotate("rotation roots", &story.quorum(&[cyber_next]))?)
            .last_fails("event-signer-not-called-for"),
        case("owners-revoke-by-roots", "the roots sign an owner's revocation", "ROS-10")
            .attack(&["R13"])
            .event(revoked(
                "owners revoke",
                story.revoke_by_owner(CYBER, Story::id(cyber))?,
                &story.quorum(&[]),
            )?)
            .last_fails("event-signer-not-called-for"),
        case("roots-revoke-by-owner", "an owner signs the roots' revocation", "ROS-10")
            .attack(&["R13"])
            .event(revoked("roots revoke", story.revoke_by_roots(CYBER, Story::id(cyber))?, &[cyber])?)
            .last_fails("event-signer-not-called-for"),
    ])
}

/// `[ROS-12]`.
fn signatures(story: &Story<'_>) -> Result<Vec<Case>> {
    let (good, _) = sign(story.epoch(CYBER, 3, 2, 0, "e")?, &[&story.cyber], "signatures")?;
    let (body, signer) = (good.body(), Story::id(&story.cyber));
    let key = |name: &str| SigningKey::from_seed(&seed(name));
    let random = vlec::hazmat::seeded_random([1; 32]);
    let made = |name: &str, context: &[u8], body: &[u8]| -> Result<Vec<u8>> {
        Ok(composite_sign(&key(name), context, body, &random)?.to_vec())
    };
    let own = "GE/mia/cyber identity";
    let honest = made(own, label::SIGN_EPOCH.bytes(), body)?;
    let other = made("GE/police/border identity", label::SIGN_EPOCH.bytes(), body)?;
    let half = |ml_dsa: &[u8], ed25519: &[u8]| -> Vec<u8> {
        ml_dsa.iter().take(3309).chain(ed25519.iter().skip(3309)).copied().collect()
    };
    let case = |name: &str, description: &str, attack: &'static str, signature: Vec<u8>| -> Result<Case> {
        let case = Case::new(story, name, description, &["ROS-12", "EVT-08"], ALL).attack(&[attack]);
        Ok(case.bytes(&signed_event(body, [(signer, signature)]))?.last_fails("event-bad-signature"))
    };
    let mut changed = honest.clone();
    changed.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    Ok(vec![
        case("signature-changed", "one bit of the signature", "S2", changed)?,
        case(
            "signature-of-another",
            "another agency's signature under this signer's id",
            "R12",
            other.clone(),
        )?,
        case(
            "signature-ml-dsa-of-another",
            "the ML-DSA half is another agency's",
            "S2",
            half(&other, &honest),
        )?,
        case(
            "signature-ed25519-of-another",
            "the Ed25519 half is another agency's",
            "S2",
            half(&honest, &other),
        )?,
        case(
            "signature-of-other-kind",
            "the signature was made for an enrol event",
            "S3",
            made(own, label::SIGN_ENROL.bytes(), body)?,
        )?,
        case(
            "signature-of-manifest",
            "the signature was made for a manifest",
            "S3",
            made(own, label::SIGN_MANIFEST.bytes(), body)?,
        )?,
        case(
            "signature-of-other-body",
            "the signature is of another body",
            "S2",
            made(own, label::SIGN_EPOCH.bytes(), &body[1..])?,
        )?,
        case(
            "signature-of-pair-length",
            "a signature of a pair's length under an identity",
            "S2",
            vec![0; 2484],
        )?,
    ])
}

/// `[ROS-41]`: what is heard is signed as in the log.
fn heard(story: &Story<'_>) -> Result<Case> {
    let revoke = story.revoke_by_owner(CYBER, Story::id(&story.cyber))?;
    let (good, _) = sign(revoke, &[&story.cyber], "heard-badly-signed")?;
    let key = SigningKey::from_seed(&seed("GE/police/border identity"));
    let random = vlec::hazmat::seeded_random([2; 32]);
    let other = composite_sign(&key, label::SIGN_REVOKE.bytes(), good.body(), &random)?.to_vec();
    let event = signed_event(good.body(), [(Story::id(&story.cyber), other)]);
    let heard =
        crate::world::Observed::new(vlec::hazmat::world::NOW + 60, &vlec::SignedEvent::decode(&event)?);
    Ok(Case::new(
        story,
        "heard-badly-signed",
        "a revocation is heard whose signature is another agency's",
        &["ROS-41", "ROS-12"],
        ALL,
    )
    .attack(&["R13"])
    .hear(heard)
    .fails("event-bad-signature"))
}

/// `[ROS-50]`: rosters that verify and do not take the place of the one held.
fn replaced(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, description: &str, events: usize| {
        Case::new(story, name, description, &["ROS-50"], events).attack(&["R2"]).replaces_world()
    };
    let epoch = |serial: u64, number: u64| {
        publish(
            &format!("other {number}"),
            0,
            story.epoch(CYBER, serial, number, 0, &format!("other {number}"))?,
            &[&story.cyber],
        )
    };
    let genesis = story.small.genesis()?;
    let anchor = genesis.anchor().ok_or("anchor")?;
    let genesis = publish("second genesis", 0, genesis, &story.small.parties())?;
    Ok(vec![
        case("replaced-by-smaller", "three events, where five are held", 3).fails("roster-smaller"),
        case("replaced-by-different", "five events of another root than the five that are held", 3)
            .attack(&["R1"])
            .event(epoch(3, 2)?)
            .event(epoch(4, 3)?)
            .fails("roster-differs"),
        case("replaced-by-other-anchor", "a roster of the country from another anchor", 0)
            .anchored(anchor)
            .event(genesis)
            .fails("roster-other-anchor"),
    ])
}
