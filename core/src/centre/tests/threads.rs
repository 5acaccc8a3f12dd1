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
