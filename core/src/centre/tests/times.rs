//! Whose word the time of an event is, and what bundles that are put together otherwise can do.

use super::*;
use crate::ids::KeyId;

fn item(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
    out
}

fn items(bundle: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (mut out, mut rest) = (Vec::new(), bundle);
    while !rest.is_empty() {
        let len = u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize;
        out.push((rest[0], rest[5..5 + len].to_vec()));
        rest = &rest[5 + len..];
    }
    out
}

fn join(items: &[(u8, Vec<u8>)]) -> Vec<u8> {
    items.iter().flat_map(|(kind, bytes)| item(*kind, bytes)).collect()
}

fn collected(f: &Federation, log: &Party, witnesses: &[&Party]) -> Vec<SignedCheckpoint> {
    let proposal = log.centre.publish().unwrap();
    let mut notes = Vec::new();
    for w in witnesses {
        let note = w.centre.cosign(&proposal).unwrap();
        log.centre.collect(&note).unwrap();
        notes.push(note);
        f.world.wait(5);
    }
    for w in witnesses {
        let _ = w.centre.import(&*bundle(log, 0));
    }
    notes
}

fn witness_of(p: &Party) -> crate::keys::authority::WitnessKey {
    let (country, public) = (p.centre.country(), p.centre.witness_public().unwrap());
    p.centre.replica.read(|v| super::super::keys::witness_key(v, country, public.id())).unwrap()
}

/// The identity that signs for `GE/mia` by the view of `party`.
fn current(f: &Federation, party: &Party) -> Option<KeyId> {
    party.centre.with_rosters(|rosters| {
        let view = rosters.roster("GE".parse().unwrap()).unwrap();
        view.agency(&agency("GE/mia")).unwrap().current_identity(f.world.now()).map(|key| *key.id())
    })
}

#[test]
fn r15_a_time_that_a_liar_moves_back_does_not_spoil_a_vault() {
    let f = Federation::published();
    f.world.wait(100);
    f.enrol("GE/mia");
    let notes = collected(&f, &f.ge, &[&f.ua, &f.az]);
    let mut evil = notes[1].clone();
    evil.cosign(f.ua.centre.anchor(), &witness_of(&f.ua), t(1), &f.world.random()).unwrap();
    // In the place of the newest, which follows it: a bundle has two checkpoints of one size at most.
    let mut all = items(&bundle(&f.ge, 0));
    let at = all.iter().rposition(|(kind, _)| *kind == 2).unwrap();
    all[at] = (2, evil.encode().into_bytes());
    all.push((2, note(&f.ge).encode().into_bytes()));
    f.md.centre.import(&*join(&all)).unwrap();
    let again = Party::open(&f.world, &f.md.disk);
    let size = |centre: &Centre| centre.with_rosters(|r| r.roster("GE".parse().unwrap()).unwrap().size());
    assert_eq!(size(&again), size(&f.ge.centre));
}

#[test]
fn r6_a_lying_witness_does_not_shorten_the_delay_of_a_recovery() {
    let f = Federation::published();
    f.enrol("GE/mia");
    f.publish();
    f.world.wait(10 * DAY);
    f.publish();
    let thief = f.identity("GE/mia");
    let request = f.sign(Event::recovery(f.ge.centre.anchor(), 2, thief.public().clone()), &thief);
    f.ge.centre.recover(&request, &f.ge.two_roots()).unwrap();
    let notes = collected(&f, &f.ge, &[&f.ua, &f.az]);
    let mut evil = notes[1].clone();
    evil.cosign(f.ua.centre.anchor(), &witness_of(&f.ua), t(100), &f.world.random()).unwrap();
    let mut all = items(&bundle(&f.ge, 0));
    let at = all.iter().rposition(|(kind, _)| *kind == 2).unwrap();
    let good = std::mem::replace(&mut all[at], (2, evil.encode().into_bytes()));
    all.push(good);
    f.md.centre.import(&*join(&all)).unwrap();
    assert_eq!(current(&f, &f.md), None);
    f.world.wait(4 * DAY);
    f.publish();
    assert_eq!(current(&f, &f.md), Some(*thief.id()));
}

#[test]
fn who_asks_for_three_witnesses_takes_what_two_have_published_first() {
    let f = Federation::new();
    let others = [&f.ua, &f.az, &f.md].map(|p| (*p.centre.anchor(), p.centre.witness_public().unwrap()));
    f.md.centre.set_policy("GE".parse().unwrap(), Policy::new(&others, 3).unwrap()).unwrap();
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    assert_eq!(refused(f.md.centre.import(&*bundle(&f.ge, 0))), "checkpoint-no-quorum");
    let all = Federation::new();
    let others =
        [&all.ua, &all.az, &all.md].map(|p| (*p.centre.anchor(), p.centre.witness_public().unwrap()));
    all.md.centre.set_policy("GE".parse().unwrap(), Policy::new(&others, 3).unwrap()).unwrap();
    collected(&all, &all.ge, &[&all.ua, &all.az, &all.md]);
    assert_eq!(all.md.centre.import(&*bundle(&all.ge, 0)).unwrap().size, 1);
}

#[test]
fn neither_a_renewed_witness_key_nor_a_recovery_before_it_holds_up_a_newcomer() {
    let f = Federation::new();
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    collected(&f, &f.ua, &[&f.ge, &f.az]);
    f.enrol("GE/mia");
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    let next = f.identity("GE/mia");
    let request = f.sign(Event::recovery(f.ge.centre.anchor(), 2, next.public().clone()), &next);
    f.ge.centre.recover(&request, &f.ge.two_roots()).unwrap();
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    f.world.wait(4 * DAY);
    f.ge.centre.admit(&f.epoch(&next, 3, 1)).unwrap();
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    let all = Successors { roots: None, log: Renewal::Keep, witness: Renewal::Renew };
    let roots: Vec<_> = f.ua.roots.iter().collect();
    f.ua.centre.authority(&all, &roots).unwrap();
    collected(&f, &f.ua, &[&f.ge, &f.az]);
    f.enrol("GE/customs");
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    // Knows the new key from the roster, or the old one from the genesis.
    f.md.centre.import(&*bundle(&f.ua, 0)).unwrap();
    assert_eq!(f.md.centre.import(&*bundle(&f.ge, 0)).unwrap().size, 5);
}

#[test]
fn a_witness_that_cannot_take_what_is_published_cosigns_what_continues_it() {
    let f = Federation::new();
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    f.md.centre.import(&*bundle(&f.ge, 0)).unwrap();
    collected(&f, &f.ua, &[&f.ge, &f.az]);
    // Only UA and AZ cosign; then UA has another key, which MD knows.
    f.enrol("GE/mia");
    collected(&f, &f.ge, &[&f.ua, &f.az]);
    let all = Successors { roots: None, log: Renewal::Keep, witness: Renewal::Renew };
    let roots: Vec<_> = f.ua.roots.iter().collect();
    f.ua.centre.authority(&all, &roots).unwrap();
    collected(&f, &f.ua, &[&f.ge, &f.az]);
    f.md.centre.import(&*bundle(&f.ua, 0)).unwrap();
    f.enrol("GE/customs");
    assert_eq!(refused(f.md.centre.import(&*bundle(&f.ge, 0))), "checkpoint-no-quorum");
    assert_eq!(refused(f.md.centre.cosign(&f.ge.centre.publish().unwrap())), "roster-gap");
    let note = f.md.centre.cosign(&f.ge.centre.publish_for(1).unwrap()).unwrap();
    f.ge.centre.collect(&note).unwrap();
    let note = f.az.centre.cosign(&f.ge.centre.publish().unwrap()).unwrap();
    f.ge.centre.collect(&note).unwrap();
    assert_eq!(f.md.centre.import(&*bundle(&f.ge, 0)).unwrap().size, 3);
}

#[test]
fn a_witness_that_lags_behind_takes_a_proposal_of_the_size_that_is_published() {
    let f = Federation::published();
    f.enrol("GE/mia");
    // Published, and its view renewed: two checkpoints of one size. MD holds neither.
    for _ in 0..2 {
        collected(&f, &f.ge, &[&f.ua, &f.az]);
        f.world.wait(DAY);
    }
    assert_eq!(size_of_ge(&f.md), 1);
    let proposal = f.ge.centre.publish_for(1).unwrap();
    f.ge.centre.collect(&f.md.centre.cosign(&proposal).unwrap()).unwrap();
    // What is imported has the first and the newest.
    assert_eq!(refused(f.md.centre.import(&*proposal)), "event-malformed");
    assert_eq!(f.md.centre.import(&*bundle(&f.ge, 1)).unwrap().size, 2);
}

#[test]
fn r1_what_was_heard_stays_heard_when_the_roster_is_taken_anew() {
    let f = Federation::published();
    let mia = f.enrol("GE/mia");
    f.publish();
    let revoke = Revoke::by_roots(*mia.id(), Reason::KeyCompromise, f.world.now());
    let event = f.ge.centre.revoke(mia.agency(), revoke, &f.ge.two_roots()).unwrap();
    f.ua.centre.hear(&event).unwrap();
    f.ua.centre.repin(f.ge.centre.genesis(), f.ge.centre.anchor()).unwrap();
    f.ua.centre.import(&*bundle(&f.ge, 0)).unwrap();
    let revoked = f.ua.centre.with_rosters(|r| r.roster("GE".parse().unwrap()).unwrap().revocation(mia.id()));
    assert!(revoked.is_some());
}

/// A limit, and how far it goes (SPEC §11): the log's Ed25519 line bears no time.
#[test]
fn r2_whoever_has_the_ml_dsa_half_of_a_log_alone_moves_its_time_and_nothing_else() {
    let f = Federation::published();
    // The Ed25519 line of one proposal, and everything else of a later one.
    let mixed = |old: &[u8], new: &[u8]| {
        let [old, new] = [old, new].map(items);
        let note = |items: &[(u8, Vec<u8>)]| String::from_utf8(items[1].1.clone()).unwrap();
        let lines = |note: &str| note.lines().map(str::to_owned).collect::<Vec<_>>();
        let (before, mut now) = (lines(&note(&old)), lines(&note(&new)));
        now[4].clone_from(&before[4]);
        let mut items = new;
        items[1].1 = (now.join("\n") + "\n").into_bytes();
        join(&items)
    };
    let first = f.ge.centre.publish().unwrap();
    f.world.wait(2 * DAY);
    assert_eq!(refused(f.ua.centre.cosign(&first)), "proposal-not-of-now");
    let later = f.ge.centre.publish().unwrap();
    let note = f.ua.centre.cosign(&mixed(&first, &later)).unwrap();
    assert_eq!(note.checkpoint().size(), 1);
    f.enrol("GE/mia");
    let longer = f.ge.centre.publish().unwrap();
    assert_eq!(refused(f.az.centre.cosign(&mixed(&first, &longer))), "checkpoint-bad-signature");
    f.az.centre.cosign(&longer).unwrap();
}

/// `GE/mia` waits out the delay of a recovery.
fn recovering(f: &Federation) -> crate::keys::identity::Identity {
    f.enrol("GE/mia");
    f.publish();
    let next = f.identity("GE/mia");
    let request = f.sign(Event::recovery(f.ge.centre.anchor(), 2, next.public().clone()), &next);
    f.ge.centre.recover(&request, &f.ge.two_roots()).unwrap();
    f.publish();
    next
}

#[test]
fn r21_a_log_whose_clock_was_ahead_judges_by_the_time_that_was_set() {
    let f = Federation::published();
    let next = recovering(&f);
    f.world.wait(4 * DAY);
    f.enrol("GE/customs");
    f.world.go_back(4 * DAY);
    f.ge.centre.set_clock_back().unwrap();
    assert_eq!(refused(f.ge.centre.admit(&f.epoch(&next, 3, 1))), "event-recovering");
    f.world.wait(4 * DAY);
    f.ge.centre.admit(&f.epoch(&next, 3, 1)).unwrap();
}

#[test]
fn r21_what_a_clock_that_was_ahead_has_admitted_keeps_nothing_else_out() {
    let mut f = Federation::published();
    let next = recovering(&f);
    f.world.wait(4 * DAY);
    f.ge.centre.admit(&f.epoch(&next, 3, 1)).unwrap();
    f.world.go_back(4 * DAY);
    f.ge.centre.set_clock_back().unwrap();
    f.enrol("GE/customs");
    f.ge.reopen();
    f.enrol("GE/border");
    assert_eq!(f.ge.centre.pending().unwrap().len(), 3);
    f.world.wait(4 * DAY);
    f.publish();
}

/// A longer roster takes the places of what waits: whether a delay was over was judged when it was admitted.
#[test]
fn r21_what_goes_behind_a_longer_roster_is_not_judged_by_a_clock_that_was_set_back() {
    let f = Federation::published();
    let next = recovering(&f);
    let mut old = f.ge.twin();
    f.enrol("GE/customs");
    f.publish();
    old.reopen();
    f.world.wait(4 * DAY);
    let epoch = f.epoch(&next, 3, 1);
    old.centre.admit(&epoch).unwrap();
    f.world.go_back(4 * DAY);
    old.centre.set_clock_back().unwrap();
    old.centre.import(&*bundle_of_ge(&f.ua)).unwrap();
    let [kept] = old.centre.pending().unwrap().try_into().unwrap();
    assert!(kept.encode() == epoch.encode());
}
