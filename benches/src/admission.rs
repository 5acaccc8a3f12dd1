//! What a log admits while nobody cosigns: the second half of many events against the first.

use std::thread;

use vlec::event::{DisplayName, Enrol, Event};
use vlec::{
    AgencyId, Centre, Country, Epoch, EpochNumber, Identity, Random, RootKey, Secret, SignedEvent, Signer,
    Storage, Timestamp, TrustAnchor, Unlock, Window,
};

use crate::measure::{Fallible, time};
use crate::report::{Budget, Report};
use crate::setting::default_workers;

/// Events of one agency: an enrolment and epochs.
const EACH: usize = 100;
const HALF: usize = 5000;
const ROUNDS: usize = 3;
const DAY: u64 = 86_400;

pub(crate) fn measure(report: &mut Report) -> Fallible {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round()?);
    }
    rounds.sort_by(|[a, b], [c, d]| (b / a).total_cmp(&(d / c)));
    let [first, second] = rounds.get(ROUNDS / 2).ok_or("rounds")?;
    let each = |seconds: &f64| seconds * 1e6 / HALF as f64;
    let medians = [("first µs for an event", each(first)), ("second µs for an event", each(second))];
    report.judge("admit-10000-linear", second / first, Budget::AtMost(1.5), &medians);
    Ok(())
}

/// How long each half took.
fn round() -> Fallible<[f64; 2]> {
    let (country, random): (Country, _) = ("GE".parse()?, Random::system());
    let root = RootKey::generate(country, &random)?;
    let unlock = Unlock::Key(Secret::new(|key| key.fill(7)));
    let centre = Centre::found(Storage::memory(), country, unlock, &[&root], 1, DAY)?;
    let events = events(centre.anchor(), &root, 2 * HALF)?;
    let (first, second) = events.split_at(HALF);
    let admit = |events: &[SignedEvent]| {
        time(|| Ok(events.iter().try_for_each(|event| centre.admit(event).map(drop))?))
    };
    let halves = [admit(first)?.as_secs_f64(), admit(second)?.as_secs_f64()];
    if centre.pending()?.len() == 2 * HALF + 1 { Ok(halves) } else { Err("events are missing".into()) }
}

fn events(anchor: &TrustAnchor, root: &RootKey, count: usize) -> Fallible<Vec<SignedEvent>> {
    let workers = default_workers().get();
    let all = thread::scope(|scope| {
        let work = |worker: usize| {
            let mine = (worker..count / EACH).step_by(workers);
            let made = mine.map(|n| agency(anchor, root, n).map_err(|error| error.to_string()));
            made.collect::<Result<Vec<_>, String>>()
        };
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker failed".to_owned())?);
        joined.collect::<Result<Vec<_>, String>>()
    })?;
    Ok(all.into_iter().flatten().flatten().collect())
}

fn agency(anchor: &TrustAnchor, root: &RootKey, n: usize) -> Fallible<Vec<SignedEvent>> {
    let (random, now) = (Random::system(), Timestamp::now());
    let id: AgencyId = format!("GE/many/n{n}").parse()?;
    let identity = Identity::generate(id.clone(), &random)?;
    let names = vec![DisplayName::new("en", "One of many")?];
    let enrol = Enrol::new(names, Vec::new(), identity.public().clone())?;
    let signers = [Signer::Root(root), Signer::Identity(&identity)];
    let mut events = vec![Event::enrol(anchor, enrol).sign(&signers, &random)?];
    for number in 1..EACH as u64 {
        let from = now.plus(number * DAY);
        let window = Window::new(from, from.plus(DAY), from.plus(8 * DAY))?;
        let epoch = Epoch::generate(id.clone(), EpochNumber(number), window, &random)?;
        let event = Event::epoch(anchor, number + 1, epoch.public().clone())?;
        events.push(event.sign(&[Signer::Identity(&identity)], &random)?);
    }
    Ok(events)
}
