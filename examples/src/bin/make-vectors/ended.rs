//! Rosters with epochs that have ended (`[ROS-25]`), with an event that breaks two rules, and in the place of others.

use vlec::hazmat::world::{NOW, seed};
use vlec::hazmat::{Secret, epoch, label};
use vlec::{EpochNumber, Event, KeyId, SignedEvent, Timestamp, TrustAnchor, Window};

use crate::Result;
use crate::party::Party;
use crate::possession::{honest, signed};
use crate::rosters::{ALL, seal_to};
use crate::story::{BORDER, CYBER, Case, Story, publish};
use crate::world::Observed;

/// When the short epoch of this file ends for good.
const END: u64 = 7200;

pub(crate) fn cases(story: &Story<'_>) -> Result<Vec<Case>> {
    let mut cases = ended(story)?;
    cases.extend(words_without_effect(story)?);
    cases.extend(two_faults(story)?);
    cases.push(two_events(story)?);
    cases.extend(replaced(story)?);
    Ok(cases)
}

/// An epoch of an hour, opened for one more.
fn short(story: &Story<'_>, agency: &str, serial: u64, number: u64, start: u64, key: &str) -> Result<Event> {
    let at = |seconds| Timestamp::from_unix(NOW + seconds).ok_or("time");
    let window = Window::new(at(start)?, at(start + 3600)?, at(start + END)?)?;
    let seed: Secret<32> = seed(key);
    let epoch = epoch(agency.parse()?, EpochNumber(number), window, &seed);
    Ok(Event::epoch(&story.anchor, serial, epoch.public().clone())?)
}

fn id_of(event: &Event) -> Result<KeyId> {
    match event.content() {
        vlec::event::Content::Epoch(epoch) => Ok(*epoch.id()),
        _ => Err("no epoch".into()),
    }
}

/// One second before `destroy_at`, and at it.
fn ended(story: &Story<'_>) -> Result<Vec<Case>> {
    const KEY: &str = "GE/mia/cyber short epoch";
    let Story { cyber, border, .. } = story;
    let first = short(story, CYBER, 3, 2, 0, KEY)?;
    let id = id_of(&first)?;
    let announced = publish("ended 1", 60, first, &[cyber])?;
    let again = |name: &str, after: u64| -> Result<Observed> {
        publish(name, after, short(story, CYBER, 4, 3, END, KEY)?, &[cyber])
    };
    let taken = |name: &str, after: u64| -> Result<Observed> {
        publish(name, after, short(story, BORDER, 3, 2, END, KEY)?, &[border])
    };
    let ban = publish("ended 4", 120, story.revoke_by_roots(CYBER, id)?, &story.quorum(&[]))?;
    let of_border = |name: &str, after: u64| -> Result<Observed> {
        publish(name, after, story.revoke_by_roots(BORDER, id)?, &story.quorum(&[]))
    };
    let case = |name: &str, what: &str, rule: &'static str| {
        Case::new(story, name, what, &[rule], ALL).event(announced.clone())
    };
    Ok(vec![
        case(
            "epoch-key-again-before-its-end",
            "an epoch's key again, a second before its destroy_at",
            "ROS-25",
        )
        .event(again("ended 2", END - 1)?)
        .last_fails("event-key-reused"),
        case(
            "epoch-key-again-at-its-end",
            "an epoch's key again, at its destroy_at: nothing is known of it \
             any more",
            "ROS-25",
        )
        .event(again("ended 3", END)?)
        .says(story, &[], vec![seal_to(CYBER, END, "ok", Some(3))])?,
        case(
            "banned-epoch-key-before-its-end",
            "another agency announces a key that the roots revoked, a second \
             before the epoch's destroy_at",
            "ROS-26",
        )
        .event(ban.clone())
        .event(taken("ended 5", END - 1)?)
        .last_fails("event-key-revoked"),
        case(
            "banned-epoch-key-at-its-end",
            "the same at its destroy_at: the ban of the public key has ended, \
             the key id stays revoked",
            "ROS-26",
        )
        .event(ban)
        .event(taken("ended 6", END)?)
        .says(story, &[], vec![seal_to(BORDER, END, "ok", Some(2))])?
        .revoked(id),
        case(
            "ended-key-of-another-before-its-end",
            "the roots revoke an epoch as another agency's, a second before its \
             destroy_at",
            "ROS-38",
        )
        .event(of_border("ended 7", END - 1)?)
        .last_fails("event-not-its-key"),
        case(
            "ended-key-of-another-at-its-end",
            "the same at its destroy_at: the key id is one that is not known",
            "ROS-38",
        )
        .event(of_border("ended 8", END)?)
        .says(story, &[], vec![])?
        .revoked(id),
    ])
}

/// `[ROS-62]`: an owner's word on a key that the roster does not know, or no longer.
fn words_without_effect(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, border, border_next, .. } = story;
    let first = short(story, BORDER, 3, 2, 0, "GE/police/border short epoch")?;
    let own = id_of(&first)?;
    let first = publish("word 1", 60, first, &[border])?;
    // What another agency is about to announce.
    let coming = story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 2")?;
    let foreign = id_of(&coming)?;
    let announced = publish("word 2", END + 60, coming, &[cyber])?;
    let word = |name: &str, after: u64, id: KeyId, signer: &Party| {
        publish(name, after, story.revoke_by_owner(BORDER, id)?, &[signer])
    };
    let itself = publish("word 3", 70, story.revoke_by_owner(BORDER, Story::id(border))?, &[border])?;
    let rotated = publish("word 4", 70, story.rotate(4, border_next)?, &[border, border_next])?;
    let case = |name: &str, what: &str| {
        Case::new(story, name, what, &["ROS-62"], ALL).attack(&["R16"]).event(first.clone())
    };
    let sealed = || vec![seal_to(CYBER, END + 60, "ok", Some(2)), seal_to(BORDER, END + 60, "ok", Some(1))];
    let not_its_key = "event-not-its-key";
    Ok(vec![
        case(
            "word-on-a-coming-key",
            "an agency of which an epoch has ended revokes what another is about to announce: a leaf, and nothing else",
        )
        .event(word("word 5", END, foreign, border)?)
        .event(announced.clone())
        .says(story, &[], sealed())?,
        case("word-on-a-coming-key-too-early", "a second before the epoch has ended")
            .event(word("word 6", END - 1, foreign, border)?)
            .last_fails(not_its_key),
        case("word-of-a-superseded-identity", "signed by an identity that was replaced, and is not revoked")
            .event(rotated)
            .event(word("word 5", END, foreign, border)?)
            .event(announced)
            .says(story, &[], sealed())?,
        case("word-of-a-revoked-identity", "signed by an identity that has revoked itself")
            .event(itself)
            .event(word("word 5", END, foreign, border)?)
            .last_fails(not_its_key),
        case("word-of-another-agency", "signed by the identity of another agency")
            .event(word("word 7", END, foreign, cyber)?)
            .last_fails(not_its_key),
        case("word-on-a-coming-key-heard", "nobody hears it")
            .viewed_at(NOW + END)
            .hear(word("word 5", END, foreign, border)?)
            .fails(not_its_key),
        case("word-on-an-own-ended-epoch", "an agency revokes an epoch at its destroy_at: a leaf, and nothing else")
            .event(word("word 8", END, own, border)?)
            .says(story, &[], vec![seal_to(BORDER, END, "ok", Some(1))])?,
        case("word-on-an-own-epoch-before-its-end", "a second before: the epoch is revoked")
            .event(word("word 9", END - 1, own, border)?)
            .says(story, &[], vec![])?
            .revoked(own),
        case("word-on-an-own-ended-epoch-heard", "nobody hears it")
            .viewed_at(NOW + END)
            .hear(word("word 8", END, own, border)?)
            .fails(not_its_key),
    ])
}

/// Which of two rules an event is told to break: the order of SPEC §4.11.
fn two_faults(story: &Story<'_>) -> Result<Vec<Case>> {
    let Story { cyber, cyber_next, border, border_next, .. } = story;
    let revoked = publish("two 1", 0, story.revoke_by_owner(CYBER, Story::id(cyber))?, &[cyber])?;
    let recovering = publish("two 2", 0, story.recover(3, border_next)?, &story.quorum(&[border_next]))?;
    let gone = publish("two 3", 0, story.withdraw(BORDER, 3)?, &story.quorum(&[]))?;
    let case = |name: &str, what: &str, event: Observed, expect: &'static str| {
        Case::new(story, &format!("two-faults-{name}"), what, &["§4.11"], ALL).event(event).last_fails(expect)
    };
    let after = |name: &str, what: &str, first: &Observed, event: Observed, expect: &'static str| {
        Case::new(story, &format!("two-faults-{name}"), what, &["§4.11"], ALL)
            .event(first.clone())
            .event(event)
            .last_fails(expect)
    };
    let nobodys: TrustAnchor = format!("vlec/1/GE/{}", "0".repeat(64)).parse()?;
    let mut early = publish("two 4", 0, story.epoch("UA/npu/cyber", 3, 2, 0, "e")?, &[cyber])?;
    early.at -= 1;
    let foreign =
        publish("two 5", 0, Event::withdraw(&nobodys, "UA/npu/cyber".parse()?, 3), &story.quorum(&[]))?;
    Ok(vec![
        case("time-and-country", "too early, and of another country", early, "event-time-went-back"),
        case(
            "country-and-roster",
            "of another country, and for another roster",
            foreign,
            "event-out-of-scope",
        ),
        after(
            "withdrawn-and-serial",
            "of an agency that has left, and of a wrong serial",
            &gone,
            publish("two 6", 0, story.epoch(BORDER, 9, 2, 0, "e")?, &[border])?,
            "event-withdrawn",
        ),
        after(
            "serial-and-identity",
            "of a wrong serial, and the identity is revoked",
            &revoked,
            publish("two 7", 0, story.epoch(CYBER, 9, 2, 0, "e")?, &[cyber])?,
            "event-serial",
        ),
        after(
            "identity-and-number",
            "the identity is revoked, and the epoch's number is wrong",
            &revoked,
            publish("two 8", 0, story.epoch(CYBER, 3, 9, 0, "e")?, &[cyber])?,
            "event-no-identity",
        ),
        case(
            "number-and-key",
            "the epoch's number is wrong, and the agency has had its key",
            publish("two 9", 0, story.epoch(CYBER, 3, 9, 0, "GE/mia/cyber epoch 1")?, &[cyber])?,
            "event-epoch",
        ),
        case(
            "key-and-signer",
            "the agency has had the key, and another one has signed",
            publish("two 10", 0, story.epoch(CYBER, 3, 2, 0, "GE/mia/cyber epoch 1")?, &[border])?,
            "event-key-reused",
        ),
        after(
            "next-key-and-identity",
            "a rotation to a key that the agency has had, while a recovery waits",
            &recovering,
            publish("two 11", 0, story.rotate(4, border)?, &[border])?,
            "event-key-revoked",
        ),
        after(
            "enrolled-and-key",
            "enrolled already, with a key that it has",
            &revoked,
            publish("two 12", 0, story.enrol(cyber)?, &story.quorum(&[cyber]))?,
            "event-enrolled",
        ),
        case(
            "signer-and-missing",
            "one has signed who is not called for, and one is missing",
            publish("two 13", 0, story.rotate(3, cyber_next)?, &[cyber_next, border])?,
            "event-signer-not-called-for",
        ),
        case(
            "missing-and-roots",
            "a signer is missing, and a root",
            publish("two 14", 0, story.recover(3, cyber_next)?, &[&story.roots[0]])?,
            "event-signature-missing",
        ),
    ])
}

/// Of two events that fail the first is told, though its signature is verified after the other's rules.
fn two_events(story: &Story<'_>) -> Result<Case> {
    let event = publish("two events 1", 0, story.epoch(CYBER, 3, 2, 0, "e")?, &[&story.cyber])?;
    let event = SignedEvent::decode(&data_encoding::HEXLOWER.decode(event.event.as_bytes())?)?;
    let (id, mut signature) = honest(&story.cyber, label::SIGN_EPOCH, event.body())?;
    signature.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    let gap = publish("two events 2", 0, story.withdraw(BORDER, 9)?, &story.quorum(&[]))?;
    let what = "a signature that does not verify, and after it an event of a wrong serial: the first is told";
    let case = Case::new(story, "two-faults-of-two-events", what, &["§4.11"], ALL);
    let case = case.bytes(&signed(event.body(), vec![(id, signature)]))?;
    Ok(case.last_fails("event-bad-signature").event(gap))
}

/// `[ROS-50]`: the order in which a roster is compared with the one that it is to replace.
fn replaced(story: &Story<'_>) -> Result<Vec<Case>> {
    let case = |name: &str, what: &str, events: usize| {
        Case::new(story, name, what, &["ROS-50"], events).attack(&["R2"]).replaces_world()
    };
    let epoch = |serial: u64, number: u64| {
        let key = format!("other {number}");
        publish(&key, 0, story.epoch(CYBER, serial, number, 0, &key)?, &[&story.cyber])
    };
    let genesis = story.small.genesis()?;
    let anchor = genesis.anchor().ok_or("anchor")?;
    let genesis = publish("second genesis", 0, genesis, &story.small.parties())?;
    Ok(vec![
        case("replaced-by-older", "the same events in a view that is a second older", ALL)
            .held_until(NOW + 1)
            .fails("roster-older"),
        case(
            "replaced-by-older-of-a-clock-ahead",
            "the view that is held lies further ahead of the clock than the skew",
            ALL,
        )
        .held_until(NOW + 301)
        .says(story, &[], vec![seal_to(CYBER, 60, "ok", Some(1))])?,
        case(
            "replaced-by-older-within-the-skew",
            "the view that is held lies ahead of the clock by the skew",
            ALL,
        )
        .held_until(NOW + 300)
        .fails("roster-older"),
        case("replaced-by-smaller-and-older", "fewer events, in an older view", 3)
            .held_until(NOW + 1)
            .fails("roster-smaller"),
        case("replaced-by-different-and-older", "other events, in an older view", 3)
            .held_until(NOW + 1)
            .event(epoch(3, 2)?)
            .event(epoch(4, 3)?)
            .fails("roster-differs"),
        case("replaced-by-other-anchor-and-smaller", "of another anchor, and smaller, in an older view", 0)
            .held_until(NOW + 1)
            .anchored(anchor)
            .event(genesis)
            .fails("roster-other-anchor"),
    ])
}
