//! Many threads at once.

use std::sync::Barrier;
use std::thread;

use super::*;

#[test]
fn r3_of_two_forks_that_race_a_witness_cosigns_one() {
    let federation = Federation::published();
    let liar = federation.ge.twin();
    federation.enrol("GE/mia");
    let request = federation.request(&federation.identity("GE/ghost"));
    liar.centre.enrol(&request, &federation.ge.two_roots()).unwrap();
    let proposals = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    for round in 0..24 {
        let ua = federation.ua.twin();
        let start = Barrier::new(2);
        let cosigned = thread::scope(|scope| {
            let threads = proposals.each_ref().map(|proposal| {
                let (centre, start) = (&ua.centre, &start);
                scope.spawn(move || {
                    start.wait();
                    centre.cosign(proposal)
                })
            });
            threads.map(|thread| thread.join().unwrap())
        });
        let kept = ua.centre.witnessed(federation.ge.centre.country()).unwrap().unwrap();
        let good: Vec<_> = cosigned.iter().filter_map(|done| done.as_ref().ok()).collect();
        assert_eq!(good.len(), 1, "round {round}: {cosigned:?}");
        assert_eq!(*good[0], kept, "round {round}");
        assert!(ua.centre.frozen(federation.ge.centre.country()).is_some(), "round {round}");
    }
}

#[test]
fn events_are_admitted_and_published_from_many_threads() {
    let federation = Federation::published();
    let requests: Vec<_> =
        (0..8).map(|n| federation.request(&federation.identity(&format!("GE/agency-{n}")))).collect();
    let ge = &federation.ge;
    thread::scope(|scope| {
        for requests in requests.chunks(4) {
            scope.spawn(|| {
                requests.iter().for_each(|request| drop(ge.centre.enrol(request, &ge.two_roots()).unwrap()))
            });
        }
        scope.spawn(|| {
            for _ in 0..6 {
                let proposal = ge.centre.publish().unwrap();
                for witness in [&federation.ua, &federation.az] {
                    // What was published last may not have come to the witness, and a note may be late.
                    let Ok(note) = witness.centre.cosign(&proposal) else { continue };
                    let _ = ge.centre.collect(&note);
                }
                federation.spread();
            }
        });
        scope.spawn(|| {
            for _ in 0..6 {
                let proposal = federation.ua.centre.publish().unwrap();
                ge.centre.cosign(&proposal).unwrap();
                assert_eq!(ge.centre.status().unwrap().len(), 4);
            }
        });
    });
    federation.publish();
    assert_eq!(size_of_ge(&federation.md), 9);
    for party in federation.all() {
        assert_eq!(party.centre.frozen(ge.centre.country()), None);
    }
}

/// Whatever is written meanwhile, wherever a clock is asked.
fn cosigned_while(
    federation: &Federation,
    proposal: &[u8],
    code: &str,
    act: fn(&Centre, &[u8]),
    bytes: &[u8],
) {
    for left in 0.. {
        let disk = federation.ua.disk.cloned();
        let ua = Arc::new(Party::open(&federation.world, &disk));
        let (other, bytes): (Weak<Centre>, _) = (Arc::downgrade(&ua), bytes.to_vec());
        let act = move || act(&other.upgrade().unwrap(), &bytes);
        let (cosigned, happened) = federation.world.meanwhile(left, act, || ua.cosign(proposal));
        if !happened {
            assert!(left > 1, "only {left} places");
            cosigned.unwrap();
            return;
        }
        assert_eq!(refused(cosigned), code, "at place {left}");
    }
}

#[test]
fn r3_a_freeze_between_a_witnesss_look_and_its_write_is_seen() {
    let federation = Federation::published();
    let liar = federation.ge.twin();
    federation.enrol("GE/mia");
    let request = federation.request(&federation.identity("GE/ghost"));
    liar.centre.enrol(&request, &federation.ge.two_roots()).unwrap();
    let [honest, forged] = [&federation.ge, &liar].map(|log| log.centre.publish().unwrap());
    federation.az.centre.cosign(&honest).unwrap();
    federation.az.centre.cosign(&forged).unwrap_err();
    let proof = federation.az.centre.frozen(federation.ge.centre.country()).unwrap().encode();
    let accuse = |ua: &Centre, proof: &[u8]| ua.accuse(EquivocationProof::decode(proof).unwrap()).unwrap();
    cosigned_while(&federation, &honest, "roster-frozen", accuse, &proof);
}

#[test]
fn r3_a_pin_between_a_witnesss_look_and_its_write_is_seen() {
    let federation = Federation::published();
    federation.enrol("GE/mia");
    let proposal = federation.ge.centre.publish().unwrap();
    let anew = Party::found(&federation.world, "GE", 3, 2).centre.genesis().encode();
    let repin = |ua: &Centre, genesis: &[u8]| {
        let genesis = SignedEvent::decode(genesis).unwrap();
        ua.repin(&genesis, &genesis.event().anchor().unwrap()).unwrap();
    };
    cosigned_while(&federation, &proposal, "roster-other-anchor", repin, &anew);
}

#[test]
fn r17_a_pin_of_the_same_anchor_while_a_first_bundle_is_taken_leaves_no_gap() {
    let federation = Federation::new();
    // More than one transaction takes.
    (0..160).for_each(|n| drop(federation.enrol(&format!("GE/agency-{n}"))));
    let proposal = federation.ge.centre.publish().unwrap();
    for witness in [&federation.ua, &federation.az] {
        federation.ge.centre.collect(&witness.centre.cosign(&proposal).unwrap()).unwrap();
    }
    let bundle = bundle(&federation.ge, 0);
    // Before the second of its transactions that write entries.
    let disk = federation.md.disk.cloned();
    let md = Arc::new(Party::open(&federation.world, &disk));
    let (other, genesis) = (Arc::downgrade(&md), federation.ge.centre.genesis().clone());
    let repin = move || {
        other.upgrade().unwrap().repin(&genesis, &genesis.event().anchor().unwrap()).unwrap();
    };
    let (imported, happened) = federation.world.meanwhile(3, repin, || md.import(&*bundle));
    assert!(happened);
    assert_eq!(imported.unwrap().size, 161);
    drop(md);
    let md = Party::open(&federation.world, &disk);
    let held = md.with_rosters(|rosters| rosters.roster("GE".parse().unwrap()).map(|r| r.size()));
    assert_eq!(held, Some(161));
}
