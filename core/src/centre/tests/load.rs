//! R20: what admission costs does not grow with what waits.

use super::*;
use crate::roster::log_end::folded;

/// An event of mia's whose signature is another's, and one whose signature is false.
fn junk(federation: &Federation, mia: &Identity, number: u64) -> [SignedEvent; 2] {
    let unsigned = federation.epoch(&federation.identity("GE/mia"), number + 1, number);
    let mut bytes = federation.epoch(mia, number + 1, number).encode();
    *bytes.last_mut().unwrap() ^= 1;
    [unsigned, SignedEvent::decode(&bytes).unwrap()]
}

#[test]
fn r20_events_are_folded_once_and_junk_before_a_full_queue_at_most_once() {
    let federation = Federation::published();
    let mia = federation.enrol("GE/mia");
    let ge = &federation.ge.centre;
    let begun = folded();
    for number in 0..40 {
        ge.admit(&federation.epoch(&mia, number + 2, number + 1)).unwrap();
        let [unsigned, false_one] = junk(&federation, &mia, number + 2);
        assert_eq!(refused(ge.admit(&unsigned)), "event-signer-not-called-for");
        assert_eq!(refused(ge.admit(&false_one)), "event-bad-signature");
    }
    assert_eq!(folded() - begun, 3 * 40);
    // What is there already needs no judgement.
    let known = ge.pending().unwrap();
    let begun = folded();
    known.iter().for_each(|event| assert!(ge.admit(event).is_ok()));
    assert_eq!(folded(), begun);
}

#[test]
fn r20_whoever_reads_the_rosters_holds_up_no_admission() {
    let federation = Federation::published();
    let request = federation.request(&federation.identity("GE/mia"));
    federation.ge.centre.with_rosters(|_| {
        std::thread::scope(|scope| {
            let enrolled = scope.spawn(|| federation.ge.centre.enrol(&request, &federation.ge.two_roots()));
            enrolled.join().unwrap().unwrap();
        });
    });
}

/// All that waits is judged as of one time: a delay begins when it is published.
#[test]
fn r6_a_recovery_that_waits_to_be_published_is_not_over() {
    let federation = Federation::published();
    federation.enrol("GE/mia");
    federation.publish();
    let next = federation.identity("GE/mia");
    let request = Event::recovery(federation.ge.centre.anchor(), 2, next.public().clone());
    let request = federation.sign(request, &next);
    let ge = &federation.ge.centre;
    ge.recover(&request, &federation.ge.two_roots()).unwrap();
    for wait in [0, DELAY / 2, DELAY, 30 * DAY] {
        federation.world.wait(wait);
        assert_eq!(refused(ge.admit(&federation.epoch(&next, 3, 1))), "event-recovering");
    }
    federation.publish();
    federation.world.wait(DELAY + 60);
    ge.admit(&federation.epoch(&next, 3, 1)).unwrap();
}
