//! Rosters whose events are signed by the right ones, of which one signature does not hold: who is
//! named in a genesis or an authority event shows possession, a pair with both halves (`[ROS-11]`, `[ROS-12]`).

use vlec::event::{AuthorityKeys, Genesis};
use vlec::hazmat::composite::SigningKey;
use vlec::hazmat::digest::sha256;
use vlec::hazmat::note_pair::SigningPair;
use vlec::hazmat::world::{NOW, seed};
use vlec::hazmat::{Label, composite_sign, label, seeded_random, signed_event};
use vlec::{Event, KeyId, SignedEvent};

use crate::Result;
use crate::cbor::{Map, bytes};
use crate::crooked::{self, Crook};
use crate::intermediates::composite_message;
use crate::party::{Party, sign};
use crate::rosters::{ALL, sender};
use crate::story::{CYBER, Case, NEW, Story};
use crate::world::Observed;

/// Length of the ML-DSA half.
const OF_PAIR: usize = 2420;
const OF_COMPOSITE: usize = 3309;

type Signature = (KeyId, Vec<u8>);

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = genesis(story)?;
    cases.extend(authority(story)?);
    cases.extend(missing(story)?);
    cases.extend(small_order(story)?);
    Ok(cases)
}

/// An honest signature, by randomness that follows from what is signed.
pub(crate) fn honest(party: &Party, label: Label, body: &[u8]) -> Result<Signature> {
    let id = Story::id(party);
    let random = seeded_random(sha256(&[id.as_bytes(), label.bytes(), body]));
    let signature = match party.role {
        "log" | "witness" => SigningPair::from_seed(&party.seed).sign(label, body, &random)?.to_vec(),
        _ => composite_sign(&SigningKey::from_seed(&party.seed), label.bytes(), body, &random)?.to_vec(),
    };
    Ok((id, signature))
}

pub(crate) fn signed(body: &[u8], mut signatures: Vec<Signature>) -> Vec<u8> {
    signatures.sort_by_key(|(signer, _)| *signer);
    signed_event(body, signatures)
}

/// `front` up to a length, `back` from there on.
fn spliced(front: &[u8], back: &[u8], at: usize) -> Vec<u8> {
    front.iter().take(at).chain(back.iter().skip(at)).copied().collect()
}

/// A body, who signs it, and one of these whose signature does not hold, each way.
fn bad_halves(
    body: &[u8],
    label: Label,
    parties: &[&Party],
    bad: &Party,
    other: &Party,
) -> Result<[(&'static str, &'static str, Vec<u8>); 2]> {
    let at = if matches!(bad.role, "log" | "witness") { OF_PAIR } else { OF_COMPOSITE };
    let (id, own) = honest(bad, label, body)?;
    let (_, foreign) = honest(other, label, body)?;
    let with = |signature: Vec<u8>| -> Result<Vec<u8>> {
        let others = parties.iter().filter(|party| Story::id(party) != id);
        let mut signatures = others.map(|party| honest(party, label, body)).collect::<Result<Vec<_>>>()?;
        signatures.push((id, signature));
        Ok(signed(body, signatures))
    };
    Ok([
        ("ml-dsa", "ML-DSA", with(spliced(&foreign, &own, at))?),
        ("ed25519", "Ed25519", with(spliced(&own, &foreign, at))?),
    ])
}

fn genesis(story: &Story<'_>) -> Result<Vec<Case>> {
    let small = &story.small;
    let event = small.genesis()?;
    let anchor = event.anchor().ok_or("anchor")?;
    let (event, _) = sign(event, &small.parties(), "possession")?;
    let (body, parties) = (event.body(), small.parties());
    let case = |name: &str, what: &str, event: &[u8], expect: &'static str| -> Result<Case> {
        let case = Case::new(story, name, what, &["ROS-12", "SIG-01"], 0).anchored(anchor).attack(&["S2"]);
        Ok(case.bytes(event)?.last_fails(expect))
    };
    let mut cases = Vec::new();
    for (bad, other) in [
        (&small.root, Party::root(story.country, "another root")),
        (&small.log, Party::log(story.country, "another log")),
        (&small.witness, Party::witness(story.country, "another witness")),
    ] {
        for (name, half, event) in bad_halves(body, label::SIGN_GENESIS, &parties, bad, &other)? {
            let what = format!("the {half} half of the {}'s signature is another one's", bad.role);
            let name = format!("genesis-{}-{name}-of-another", bad.role);
            cases.push(case(&name, &what, &event, "event-bad-signature")?);
        }
    }
    let others = || {
        [honest(&small.root, label::SIGN_GENESIS, body), honest(&small.witness, label::SIGN_GENESIS, body)]
    };
    let with_log = |signature: Vec<u8>| -> Result<Vec<u8>> {
        let mut signatures = others().into_iter().collect::<Result<Vec<_>>>()?;
        signatures.push((Story::id(&small.log), signature));
        Ok(signed(body, signatures))
    };
    let (_, of_other_kind) = honest(&small.log, label::SIGN_AUTHORITY, body)?;
    let (_, of_a_root) = honest(&small.root, label::SIGN_GENESIS, body)?;
    let bad = "event-bad-signature";
    cases.push(case(
        "genesis-log-of-other-kind",
        "the log's signature was made for an authority event",
        &with_log(of_other_kind)?,
        bad,
    )?);
    cases.push(case(
        "genesis-log-of-composite-length",
        "a root's signature under the log's id",
        &with_log(of_a_root)?,
        bad,
    )?);
    Ok(cases)
}

fn authority(story: &Story<'_>) -> Result<Vec<Case>> {
    let small = &story.small;
    let event = Event::authority(&story.anchor, 1, small.keys()?);
    let parties =
        [&small.root, &small.log, &small.witness, &story.roots[0], &story.roots[1], &story.roots[2]];
    let (event, _) = sign(event, &parties, "possession 2")?;
    let body = event.body();
    let mut cases = Vec::new();
    for (who, bad, other) in [
        ("new-root", &small.root, Party::root(story.country, "another root")),
        ("log", &small.log, Party::log(story.country, "another log")),
        ("witness", &small.witness, Party::witness(story.country, "another witness")),
        // Two suffice, and the third one's signature is looked at.
        ("third-root", &story.roots[2], Party::root(story.country, "another root")),
    ] {
        for (name, half, event) in bad_halves(body, label::SIGN_AUTHORITY, &parties, bad, &other)? {
            let what = format!("the {half} half of the {who}'s signature is another one's").replace('-', " ");
            let case = Case::new(
                story,
                &format!("authority-{who}-{name}-of-another"),
                &what,
                &["ROS-12", "SIG-01"],
                ALL,
            );
            cases.push(case.attack(&["S2"]).bytes(&event)?.last_fails("event-bad-signature"));
        }
    }
    Ok(cases)
}

/// `[ROS-11]`: everyone who is named has signed, whatever the threshold.
fn missing(story: &Story<'_>) -> Result<Vec<Case>> {
    let small = &story.small;
    let second = Party::root(story.country, "second small root");
    let (log, witness) = (small.log.as_log()?.public().clone(), small.witness.as_witness()?.public().clone());
    let two = [small.root.as_root()?.public().clone(), second.as_root()?.public().clone()];
    let keys = || AuthorityKeys::new(story.country, two.to_vec(), 1, log.clone(), witness.clone());
    let genesis = || -> Result<Event> { Ok(Event::genesis(story.country, Genesis::new(keys()?, 3600)?)) };
    let anchor = genesis()?.anchor().ok_or("anchor")?;
    let old = [&story.roots[0], &story.roots[1]];
    let mut cases = Vec::new();
    for (name, what, signers) in [
        (
            "a-root",
            "one of two roots shows no possession, where one may speak",
            vec![&small.root, &small.log, &small.witness],
        ),
        ("the-log", "the log's pair shows no possession", vec![&small.root, &second, &small.witness]),
        ("the-witness", "the witness's pair shows no possession", vec![&small.root, &second, &small.log]),
    ] {
        let (event, _) = sign(genesis()?, &signers, &format!("missing {name}"))?;
        let case =
            Case::new(story, &format!("genesis-without-{name}"), what, &["ROS-11"], 0).anchored(anchor);
        cases.push(case.event(Observed::new(NOW, &event)).last_fails("event-signature-missing"));
        let signers: Vec<&Party> = signers.into_iter().chain(old).collect();
        let event = Event::authority(&story.anchor, 1, keys()?);
        let (event, _) = sign(event, &signers, &format!("missing {name} 2"))?;
        let case = Case::new(story, &format!("authority-without-{name}"), what, &["ROS-11"], ALL);
        cases.push(case.event(Observed::new(NOW, &event)).last_fails("event-signature-missing"));
    }
    Ok(cases)
}

/// `[SIG-01]`: no cofactor, and no R of small order.
fn small_order(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    // An identity's signature of an epoch, and the log's of a genesis.
    let (epoch, _) = sign(story.epoch(CYBER, 3, 2, 0, "e")?, &[&story.cyber], "small order")?;
    let small = &story.small;
    let event = small.genesis()?;
    let anchor = event.anchor().ok_or("anchor")?;
    let (genesis, _) = sign(event, &small.parties(), "small order 2")?;
    for (crook, name, what) in [
        (Crook::MixedR, "mixed", "R has a component of small order: it holds with the cofactor alone"),
        (Crook::SmallR, "small", "R is of small order, and the equation holds"),
    ] {
        let (id, own) = honest(&story.cyber, label::SIGN_EPOCH, epoch.body())?;
        let message = composite_message(label::SIGN_EPOCH, epoch.body());
        let (_, ed25519) =
            crooked::sign(crook, story.cyber.seed.expose().get(32..).ok_or("seed")?, &message)?;
        let signature = [own.get(..OF_COMPOSITE).ok_or("signature")?, &ed25519].concat();
        let case = Case::new(story, &format!("signature-ed25519-{name}-r"), what, &["SIG-01"], ALL);
        let event = signed(epoch.body(), vec![(id, signature)]);
        cases.push(case.attack(&["S1"]).bytes(&event)?.last_fails("event-bad-signature"));

        let body = genesis.body();
        let (id, own) = honest(&small.log, label::SIGN_GENESIS, body)?;
        let message = [label::SIGN_GENESIS.bytes(), body].concat();
        let (_, ed25519) = crooked::sign(crook, small.log.seed.expose().get(32..).ok_or("seed")?, &message)?;
        let signature = [own.get(..OF_PAIR).ok_or("signature")?, &ed25519].concat();
        let others = [&small.root, &small.witness].map(|party| honest(party, label::SIGN_GENESIS, body));
        let mut signatures = others.into_iter().collect::<Result<Vec<_>>>()?;
        signatures.push((id, signature));
        let case =
            Case::new(story, &format!("genesis-log-ed25519-{name}-r"), what, &["SIG-01"], 0).anchored(anchor);
        let event = signed(body, signatures);
        cases.push(case.attack(&["S1"]).bytes(&event)?.last_fails("event-bad-signature"));
    }
    for (crook, name, what) in [
        (
            Crook::MixedKey,
            "fails",
            "the new identity's Ed25519 key has a component of small order, and \
             the signature holds with the cofactor alone",
        ),
        (
            Crook::MixedKeyHolds,
            "holds",
            "the new identity's Ed25519 key has a component of small order, and \
             the signature holds without the cofactor",
        ),
    ] {
        let (event, id) = enrolled_with(story, crook)?;
        let case =
            Case::new(story, &format!("identity-of-mixed-order-{name}"), what, &["SIG-01", "SIG-02"], ALL);
        let case = case.attack(&["S1"]).bytes(&event)?;
        cases.push(match crook {
            Crook::MixedKeyHolds => {
                case.says(story, &[], vec![sender(NEW, 0, &story.new, "ok").of_key(&id)])?
            }
            _ => case.last_fails("event-bad-signature"),
        });
    }
    Ok(cases)
}

/// An agency that joins with such a key, which signs.
fn enrolled_with(story: &Story<'_>, crook: Crook) -> Result<(Vec<u8>, KeyId)> {
    let secret = story.new.seed.expose();
    let ed25519_seed = secret.get(32..).ok_or("seed")?;
    let (public, _) = crooked::sign(crook, ed25519_seed, b"")?;
    let own = SigningKey::from_seed(&seed(&format!("{NEW} identity"))).verifying_key().to_bytes();
    let key = [own.get(..1952).ok_or("key")?, &public].concat();
    let (honest_event, _) = sign(story.enrol(&story.new)?, &[&story.new], "mixed order")?;
    let body = Map::parse(honest_event.body())?.set(8, bytes(&key)).bytes();
    let (_, signature) = honest(&story.new, label::SIGN_ENROL, &body)?;
    let message = composite_message(label::SIGN_ENROL, &body);
    let (_, ed25519) = crooked::sign(crook, ed25519_seed, &message)?;
    let signature = [signature.get(..OF_COMPOSITE).ok_or("signature")?, &ed25519].concat();
    let length = (NEW.len() as u64).to_be_bytes();
    let id = sha256(&[label::KEY_ID_IDENTITY.bytes(), &length, NEW.as_bytes(), &[0; 8], &key]);
    let id = KeyId::from_bytes(id);
    let roots = story.roots.iter().take(2).map(|root| honest(root, label::SIGN_ENROL, &body));
    let mut signatures = roots.collect::<Result<Vec<_>>>()?;
    signatures.push((id, signature));
    let event = signed(&body, signatures);
    SignedEvent::decode(&event)?;
    Ok((event, id))
}
