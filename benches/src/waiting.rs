//! How long others wait while an agency takes a large bundle: it seals, opens and accepts meanwhile.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use vlec::hazmat::town::Town;
use vlec::hazmat::world::World;
use vlec::{Agency, Country, Letter, Policy, Storage};

use crate::measure::Fallible;
use crate::report::{Budget, Report};

/// Calls are made with as much between them as an agency with much mail has.
const PAUSE: Duration = Duration::from_millis(2);

pub(crate) fn measure(
    folder: &Path,
    bundle: &Path,
    world: &World,
    country: Country,
    report: &mut Report,
) -> Fallible {
    let (taker, sender) = agencies(folder, world, country)?;
    let to = |agency: &Agency| Letter::new([agency.id().clone()], "text/plain");
    let (mail, content) = (to(&taker)?, vec![7; 1024]);
    let idle = slowest(&taker, &sender, &mail, &content, &AtomicBool::new(true))?;
    let done = AtomicBool::new(false);
    let begun = Instant::now();
    let (calls, slowest, imported) = thread::scope(|scope| {
        let importing = scope.spawn(|| {
            let imported = File::open(bundle).map_err(|error| error.to_string());
            let imported = imported.and_then(|file| taker.import(file).map_err(|error| error.to_string()));
            done.store(true, Ordering::Release);
            imported.map(|imported| (imported, begun.elapsed()))
        });
        let slowest = slowest(&taker, &sender, &mail, &content, &done);
        let imported = importing.join().map_err(|_| "the import failed")??;
        let (calls, slowest) = slowest?;
        Fallible::Ok((calls, slowest, imported))
    })?;
    let (imported, took) = imported;
    let medians = [
        ("events", imported.new as f64),
        ("import s", took.as_secs_f64()),
        ("calls", calls as f64),
        ("slowest without an import ms", idle.1.as_secs_f64() * 1e3),
    ];
    let name = "import-100000-slowest-call-ms";
    report.judge(name, slowest.as_secs_f64() * 1e3, Budget::AtMost(50.0), &medians);
    report.note(format!(
        "{name}: sealing, opening and accepting 1 KiB, {calls} calls, while the same agency took {} events into \
         a database in {:.1} s; without an import {:.1} ms",
        imported.new,
        took.as_secs_f64(),
        idle.1.as_secs_f64() * 1e3,
    ));
    Ok(())
}

/// Seals, opens and accepts until it is done, a hundred times at least; so many calls, and the slowest.
fn slowest(
    taker: &Agency,
    sender: &Agency,
    mail: &Letter,
    content: &[u8],
    done: &AtomicBool,
) -> Fallible<(u64, Duration)> {
    let (mut calls, mut slowest) = (0, Duration::ZERO);
    while !done.load(Ordering::Acquire) || calls < 300 {
        let sealed = sender.seal(mail, content)?;
        let mut timed = |call: &mut dyn FnMut() -> Fallible| {
            let begun = Instant::now();
            call()?;
            slowest = slowest.max(begun.elapsed());
            calls += 1;
            Fallible::Ok(())
        };
        let mut opened = None;
        timed(&mut || {
            taker.seal(mail, content)?;
            Ok(())
        })?;
        timed(&mut || {
            opened = Some(taker.open(&sealed.bytes)?);
            Ok(())
        })?;
        let opened = opened.ok_or("it was opened")?;
        timed(&mut || {
            taker.accept(opened.manifest(), b"")?;
            Ok(())
        })?;
        thread::sleep(PAUSE);
    }
    Ok((calls, slowest))
}

/// One that has pinned the country's large log and keeps a database, and one that writes to it.
fn agencies(folder: &Path, world: &World, country: Country) -> Fallible<(Agency, Agency)> {
    let mut town = Town::new()?;
    let taker = town.enrolled_in(Storage::create(&folder.join("waiting"))?, "GE/mia/cyber")?;
    let sender = town.enrolled("GE/police/border")?;
    for _ in 0..2 {
        for bundle in town.publish()? {
            taker.import(&bundle[..])?;
            sender.import(&bundle[..])?;
        }
        for agency in [&taker, &sender] {
            agency.maintain(&[])?;
            for event in agency.announcements()? {
                town.centre_takes(&event)?;
            }
        }
    }
    for bundle in town.publish()? {
        taker.import(&bundle[..])?;
        sender.import(&bundle[..])?;
    }
    let authority = world.countries.get(&country).ok_or("country")?;
    taker.repin(authority.events.first().ok_or("genesis")?, &authority.anchor)?;
    let others = world.countries.iter().filter(|(other, _)| **other != country);
    let witnesses = others.map(|(_, other)| (other.anchor, other.witness.public().clone()));
    taker.set_policy(country, Policy::new(&witnesses.collect::<Vec<_>>(), 2)?)?;
    Ok((taker, sender))
}
