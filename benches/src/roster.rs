//! Taking rosters: against the speed of signature verification on all processors, and what new
//! events cost when many are held.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Write};
use std::path::Path;
use std::thread;

use vlec::event::{DisplayName, Enrol, Event};
use vlec::hazmat::composite::{SigningKey, VerifyingKey};
use vlec::hazmat::world::{Authority, NOW, World, seed};
use vlec::hazmat::{composite_sign, composite_verify};
use vlec::{
    AgencyId, BundleReader, Country, Epoch, EpochNumber, Identity, Random, Rosters, SignedEvent, Signer,
    Timestamp, Window,
};

use crate::measure::{Fallible, Run, interleave, time};
use crate::report::{Budget, Report};
use crate::setting::default_workers;
use crate::waiting;

/// Events of one agency: an enrolment and epochs.
const EACH: usize = 100;
/// Agencies of the largest roster.
const AGENCIES: usize = 1000;
/// Events that are verified in each round.
const SAMPLE: usize = 5000;
/// New events of an increment, which three agencies announce.
const NEW: usize = 96;
const ROUNDS: usize = 7;
const DAY: u64 = 86_400;

pub(crate) fn measure(folder: &Path, report: &mut Report) -> Fallible {
    let world = World::new()?;
    let country: Country = "UA".parse()?;
    let authority = world.countries.get(&country).ok_or("country")?;
    let events = events(authority, AGENCIES * EACH + NEW)?;
    let now = Timestamp::from_unix(NOW).ok_or("time")?;
    let bundle = |from, to| world.bundle(country, &events, from, &[(to, now)]);
    let import = |rosters: &mut Rosters, bundle: &[u8]| {
        Ok(black_box(rosters.import(BundleReader::new(bundle)?, now)?))
    };

    let sample = bundle(0, SAMPLE)?;
    // Each agency's first event has three signatures, the others have one; five are the genesis's.
    let signatures = SAMPLE + 2 * SAMPLE.div_ceil(EACH) + 4;
    let limit = Limit::new(signatures)?;
    let runs: [Run<'_>; 2] =
        [&mut || time(|| limit.verify()), &mut || time(|| import(&mut world.pinned()?, &sample))];
    let all = interleave(1, ROUNDS, runs)?;
    let medians = [
        ("verify µs", all.median(|[limit, _]| limit) * 1e6 / signatures as f64),
        ("import µs for an event", all.median(|[_, import]| import) * 1e6 / SAMPLE as f64),
    ];
    let ratio = all.median(|[limit, import]| limit / import);
    report.judge("roster-verify", ratio, Budget::AtLeast(0.9), &medians);

    // A roster of many: read from a file, as an import is.
    let path = folder.join("many.bundle");
    let whole = events.len() - NEW;
    File::create(&path)?.write_all(&bundle(0, whole)?)?;
    let mut many = world.pinned()?;
    let before = resident()?;
    let taken = time(|| {
        let file = BufReader::with_capacity(1 << 20, File::open(&path)?);
        Ok(many.import(BundleReader::new(file)?, now)?)
    })?;
    let held = resident()?.saturating_sub(before);
    waiting::measure(folder, &path, &world, country, report)?;
    std::fs::remove_file(&path)?;

    let mut few = world.pinned()?;
    import(&mut few, &bundle(0, EACH)?)?;
    let (to_many, to_few) = (bundle(whole, whole + NEW)?, bundle(EACH, EACH + NEW)?);
    let runs: [Run<'_>; 2] = [
        &mut || {
            let mut rosters = few.clone();
            time(|| import(&mut rosters, &to_few))
        },
        &mut || {
            let mut rosters = many.clone();
            time(|| import(&mut rosters, &to_many))
        },
    ];
    let all = interleave(1, ROUNDS, runs)?;
    let medians =
        [("to few ms", all.median(|[few, _]| few) * 1e3), ("to many ms", all.median(|[_, many]| many) * 1e3)];
    report.judge("roster-increment", all.median(|[few, many]| many / few), Budget::AtMost(1.5), &medians);
    report.note(format!(
        "roster: verification and import on {} processors, {SAMPLE} events; increments of {NEW} events to \
         {EACH} and to {whole}; {whole} events, none of them dropped, were taken in {:.1} s and held in {:.0} \
         bytes each",
        default_workers(),
        taken.as_secs_f64(),
        held as f64 / whole as f64,
    ));
    Ok(())
}

/// Composite verification alone, on every processor: of as many messages, by as many keys, as the
/// import has.
struct Limit {
    keys: Vec<VerifyingKey>,
    signed: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Limit {
    fn new(count: usize) -> Fallible<Self> {
        let (mut keys, mut signed) = (Vec::new(), Vec::with_capacity(count));
        let random = Random::system();
        while signed.len() < count {
            let key = SigningKey::from_seed(&seed(&format!("limit {}", keys.len())));
            for _ in 0..EACH.min(count - signed.len()) {
                // As long as an epoch's body.
                let mut message = vec![0; 1380];
                random.fill(&mut message)?;
                let signature = composite_sign(&key, b"limit", &message, &random)?.to_vec();
                signed.push((message, signature));
            }
            keys.push(key.verifying_key().clone());
        }
        Ok(Self { keys, signed })
    }

    fn verify(&self) -> Fallible {
        let workers = default_workers().get();
        let all_hold = thread::scope(|scope| {
            let work = |worker: usize| {
                let mine = self.signed.iter().enumerate().skip(worker).step_by(workers);
                mine.map(|(n, signed)| (self.keys.get(n / EACH), signed)).all(
                    |(key, (message, signature))| {
                        key.is_some_and(|key| composite_verify(key, b"limit", message, signature).is_ok())
                    },
                )
            };
            let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
            workers.into_iter().all(|worker| worker.join().unwrap_or(false))
        });
        if all_hold { Ok(()) } else { Err("a signature does not hold".into()) }
    }
}

/// The genesis, then each agency's events.
fn events(authority: &Authority, count: usize) -> Fallible<Vec<SignedEvent>> {
    let workers = default_workers().get();
    let agencies = count.div_ceil(EACH);
    let made = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|worker| {
                let numbers = (worker..agencies).step_by(workers);
                scope.spawn(move || {
                    let made =
                        numbers.map(|n| Ok((n, agency(authority, n).map_err(|error| error.to_string())?)));
                    made.collect::<Result<Vec<_>, String>>()
                })
            })
            .collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker failed".to_owned())?);
        joined.collect::<Result<Vec<_>, String>>()
    })?;
    let mut agencies: Vec<_> = made.into_iter().flatten().collect();
    agencies.sort_by_key(|(n, _)| *n);
    let genesis = authority.events.first().cloned().ok_or("genesis")?;
    let all = std::iter::once(genesis).chain(agencies.into_iter().flat_map(|(_, events)| events));
    Ok(all.take(count).collect())
}

fn agency(authority: &Authority, n: usize) -> Fallible<Vec<SignedEvent>> {
    let random = Random::system();
    let id: AgencyId = format!("UA/many/n{n}").parse()?;
    let identity = Identity::generate(id.clone(), &random)?;
    let enrol =
        Enrol::new(vec![DisplayName::new("en", "One of many")?], Vec::new(), identity.public().clone())?;
    let mut signers = authority.quorum();
    signers.push(Signer::Identity(&identity));
    let mut events = vec![Event::enrol(&authority.anchor, enrol).sign(&signers, &random)?];
    for number in 1..EACH as u64 {
        let at = |day: u64| Timestamp::from_unix(NOW + day * DAY).ok_or("time");
        let window = Window::new(at(number)?, at(number + 1)?, at(number + 8)?)?;
        let epoch = Epoch::generate(id.clone(), EpochNumber(number), window, &random)?;
        let event = Event::epoch(&authority.anchor, number + 1, epoch.public().clone())?;
        events.push(event.sign(&[Signer::Identity(&identity)], &random)?);
    }
    Ok(events)
}

/// What this process holds now, in bytes.
fn resident() -> Fallible<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
    Ok(kibibytes.ok_or("/proc/self/status has no VmRSS")?.trim().parse::<u64>()? * 1024)
}
