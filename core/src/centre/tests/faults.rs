//! L4, L5: the power fails at every write, of the log or of a witness, and everything goes on.

use super::*;

/// What an operator has to do, and does again until it is done.
struct Work {
    request: SignedEvent,
    epoch: SignedEvent,
}

impl Federation {
    fn twin(&self) -> Self {
        let [ge, ua, az, md] = self.all().map(Party::twin);
        Self { world: self.world.clone(), ge, ua, az, md }
    }
}

type Step = fn(&Federation, &Work, &mut Vec<Vec<u8>>) -> Result<(), Error>;

fn publish(federation: &Federation, _: &Work, out: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    out.push(federation.ge.centre.publish()?);
    Ok(())
}

fn cosign(federation: &Federation, _: &Work, out: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    let proposal = out.last().unwrap().clone();
    let [ua, az] = [&federation.ua, &federation.az].map(|party| party.centre.cosign(&proposal));
    let (ua, az) = (ua?, az?);
    out.push(ua.encode().into_bytes());
    out.push(az.encode().into_bytes());
    Ok(())
}

#[allow(clippy::ptr_arg, reason = "all steps are of one type")]
fn collect(federation: &Federation, _: &Work, out: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    for note in &out[out.len() - 2..] {
        federation.ge.centre.collect(&SignedCheckpoint::decode(note)?)?;
    }
    Ok(())
}

fn spread(federation: &Federation, _: &Work, _: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    let bundle = bundle(&federation.ge, 0);
    for party in [&federation.ua, &federation.az, &federation.md] {
        party.centre.import(&*bundle)?;
    }
    Ok(())
}

fn renew(federation: &Federation, _: &Work, _: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    if !federation.ge.centre.pending()?.is_empty() {
        return Ok(());
    }
    let successors = Successors { roots: None, log: Renewal::Renew, witness: Renewal::Renew };
    let roots: Vec<_> = federation.ge.roots.iter().collect();
    federation.ge.centre.authority(&successors, &roots).map(drop)
}

const STEPS: &[Step] = &[
    |federation, work, _| federation.ge.centre.enrol(&work.request, &federation.ge.two_roots()).map(drop),
    publish,
    |federation, work, _| federation.ge.centre.admit(&work.epoch).map(drop),
    publish,
    cosign,
    collect,
    spread,
    renew,
    publish,
    cosign,
    collect,
    spread,
    publish,
    cosign,
    collect,
    spread,
];

/// Everything, with `after_error` and `between` at their places. The heads that all hold in the end.
fn run(
    federation: &mut Federation,
    work: &Work,
    mut after_error: impl FnMut(&mut Federation),
    mut between: impl FnMut(&mut Federation),
) {
    let mut out = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        for attempt in 0.. {
            match step(federation, work, &mut out) {
                Ok(()) => break,
                Err(error) if attempt == 0 => {
                    assert_eq!(error.code(), "store-full", "step {number}");
                    after_error(federation);
                }
                Err(error) => panic!("step {number}: {error}"),
            }
        }
        federation.world.wait(1);
        between(federation);
    }
    let keys = federation
        .ge
        .centre
        .replica
        .read(|view| Ok(view.range(crate::vault::store::Table::Authority, &[], &[], 100)?.len()));
    assert_eq!(keys.unwrap(), 2);
    assert!(federation.ge.centre.pending().unwrap().is_empty());
    for party in federation.all() {
        assert_eq!(size_of_ge(party), 4);
        assert_eq!(note(party), note(&federation.ge));
        assert_eq!(party.centre.frozen(federation.ge.centre.country()), None);
    }
}

fn prepared() -> (Federation, Work) {
    let federation = Federation::published();
    let identity = federation.identity("GE/mia");
    let (request, epoch) = (federation.request(&identity), federation.epoch(&identity, 2, 1));
    (federation, Work { request, epoch })
}

#[test]
fn everything_goes_on_after_a_restart_between_any_two_steps() {
    let (federation, work) = prepared();
    for steps in 0..STEPS.len() {
        let (mut federation, mut left) = (federation.twin(), steps);
        run(
            &mut federation,
            &work,
            |_| {},
            |federation| {
                if left == 0 {
                    federation.all_mut().into_iter().for_each(Party::reopen);
                }
                left = left.wrapping_sub(1);
            },
        );
    }
    let mut federation = federation.twin();
    run(
        &mut federation,
        &work,
        |_| {},
        |federation| {
            federation.all_mut().into_iter().for_each(Party::reopen);
        },
    );
}

/// The n-th write of one centre fails; whether it had become durable, nobody is told.
fn with_fault(who: usize, behind: bool, restart: bool) {
    let (federation, work) = prepared();
    for left in 0.. {
        let mut federation = federation.twin();
        let fault = Arc::clone(&federation.all()[who].disk.fault);
        fault.left.store(left, Ordering::SeqCst);
        fault.behind.store(behind, Ordering::SeqCst);
        fault.armed.store(true, Ordering::SeqCst);
        let after_error = |federation: &mut Federation| {
            let [ge, ua, ..] = federation.all_mut();
            if restart {
                [ge, ua][who].reopen();
            }
        };
        run(&mut federation, &work, after_error, |_| {});
        if fault.armed.load(Ordering::SeqCst) {
            assert!(left > 5, "only {left} writes");
            return;
        }
    }
}

#[test]
fn l4_the_power_fails_before_any_write_of_the_log() {
    with_fault(0, false, true);
}

#[test]
fn l4_the_power_fails_behind_any_write_of_the_log() {
    with_fault(0, true, true);
}

#[test]
fn l4_the_power_fails_at_any_write_of_a_witness() {
    with_fault(1, false, true);
    with_fault(1, true, true);
}

#[test]
fn l5_a_full_disk_at_any_write_has_no_partial_effect() {
    with_fault(0, false, false);
    with_fault(1, false, false);
}
