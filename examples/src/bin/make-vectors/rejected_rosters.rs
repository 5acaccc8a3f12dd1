//! Rosters with an event that breaks a rule, nearly always the last one.

use vlec::hazmat::world::{NOW, seed};
use vlec::hazmat::{Secret, composite::SigningKey, composite_sign, label, signed_event};
use vlec::{Event, KeyId, TrustAnchor};

use crate::Result;
use crate::party::{Party, sign};
use crate::story::{BORDER, CYBER, Case, DAY, NEW, Story, publish};

const ALL: usize = 5;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = order(story)?;
    cases.extend(chain(story)?);
    cases.extend(keys(story)?);
    cases.extend(epochs(story)?);
    cases.extend(recoveries(story)?);
    cases.extend(signers(story)?);
    cases.extend(signatures(story)?);
    cases.extend(replaced(story)?);
    Ok(cases)
}

fn withdraw(story: &Story<'_>, name: &str, serial: u64) -> Result<crate::world::Observed> {
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
            .as_of(NOW)
            .last_fails("event-after-view"),
        case("genesis-after-view", "the view is older than the genesis", "ROS-21", 1)
            .as_of(NOW - 1)
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
    let revoke =
        publish("revoke after", 0, story.revoke(BORDER, Story::id(&story.border))?, &[&story.border])?;
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
    let Story { cyber, border, small, .. } = story;
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
    let before = publish("before", 0, story.revoke(CYBER, *epoch.public().id())?, &story.quorum(&[]))?;
    let announced = story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 2")?;
    let border_epoch = *story.world.epoch(BORDER, 1)?.public().id();
    let revoked = publish("border epoch", 0, story.revoke(BORDER, border_epoch)?, &[border])?;
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
    let signers = [&small.root, &small.log, &small.witness, &story.roots[0], &story.roots[1]];
    let replaced = publish("replaced", 0, Event::authority(&story.anchor, 1, small.keys()?), &signers)?;
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
        case("epoch-begins-earlier", "epoch 2 begins a second before epoch 1", "ROS-31")
            .event(epoch("earlier", 2, -3601, cyber)?)
            .last_fails("event-not-before"),
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
    let recover = || publish("recover", 0, story.rotate(3, cyber_next)?, &story.quorum(&[cyber_next]));
    let early = publish("early epoch", 3 * DAY - 1, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber_next])?;
    let thief = Party::identity(CYBER, "a thief's identity")?;
    let rotate = publish("rotate between", 60, story.rotate(4, &thief)?, &[cyber, &thief])?;
    let cancel = publish("cancel", 0, story.revoke(CYBER, Story::id(cyber_next))?, &story.quorum(&[]))?;
    let after = publish("after cancel", 0, story.epoch(CYBER, 4, 2, 0, "e")?, &[cyber_next])?;
    let itself = publish("itself", 0, story.revoke(CYBER, Story::id(cyber))?, &[cyber])?;
    let then = publish("then", 0, story.epoch(CYBER, 3, 2, 0, "e")?, &[cyber])?;
    let revoke = |name: &str, description: &str, key: KeyId, signers: &[&Party]| -> Result<Case> {
        let event = publish(name, 0, story.revoke(CYBER, key)?, signers)?;
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
        revoke("revoke-of-another-agency", "another agency's key", Story::id(border), &story.quorum(&[]))?,
        revoke(
            "revoke-of-a-root",
            "a root is replaced, not revoked",
            Story::id(&story.roots[2]),
            &story.quorum(&[]),
        )?,
        revoke(
            "revoke-of-unknown-key-by-owner",
            "only the roots revoke what nobody has seen",
            KeyId::from_bytes([5; 32]),
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
            .event(rotate("recovery one", &[&roots[0], cyber_next])?)
            .last_fails("event-too-few-roots"),
        case("recovery-without-next", "the recovered identity shows no possession", "ROS-11")
            .attack(&["R6"])
            .event(rotate("recovery none", &story.quorum(&[]))?)
            .last_fails("event-signature-missing"),
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
        let case = Case::new(story, name, description, &["ROS-12"], ALL).attack(&[attack]);
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
    let genesis = publish("other anchor", 0, genesis, &story.small.parties())?;
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
