//! `kill -9` at random moments of a vault at work. The seed is printed; `VLEC_SEED` repeats a run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vlec::Condition;

use crate::child::{command, home, soak};
use crate::script::{self, Fallible, Mail, accept, arrive, destroy, epochs, key, open, put_epochs};

/// How many epochs are held at a time.
const HELD: u64 = 3;

/// Works from the first number that the vault does not know, for as long as it lives.
#[test]
#[ignore = "run by other tests as a child"]
fn works() -> Fallible {
    let home = home();
    let vault = open(&home, key(1)).or_else(|_| script::create(&home))?;
    let first = std::env::var("VLEC_FAULT_FROM")?.parse()?;
    for n in first.. {
        arrive(&vault, n)?;
        println!("ack arrived {n}");
        put_epochs(&vault, &[n])?;
        println!("ack epoch {n}");
        accept(&vault, n)?;
        println!("ack accepted {n}");
        if n >= HELD {
            destroy(&vault, n - HELD)?;
            println!("ack destroyed {}", n - HELD);
        }
    }
    Ok(())
}

#[test]
fn l4_killed_at_random_moments_nothing_acknowledged_is_lost() {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut seed = std::env::var("VLEC_SEED").map_or(clock, |seed| seed.parse().unwrap());
    println!("VLEC_SEED={seed}");
    let kills = if soak() { 500 } else { 30 };
    let root = tempfile::tempdir().unwrap();
    let (mut from, mut alive) = (0, Vec::new());
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_micros((seed >> 33) % 60_000);
        let mut child =
            command("kills::works", root.path()).env("VLEC_FAULT_FROM", from.to_string()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || lines.lines().map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let acks = reader.join().unwrap();
        let last = |what: &str| {
            let ack =
                |line: &String| line.strip_prefix("ack ")?.strip_prefix(what)?.trim().parse::<u64>().ok();
            acks.iter().filter_map(ack).next_back()
        };
        let what = format!("kill {kill} after {moment:?}");
        if let Some(next) = examine(
            root.path(),
            &mut alive,
            &what,
            last("arrived"),
            last("accepted"),
            last("epoch"),
            last("destroyed"),
        ) {
            from = next;
        }
    }
    assert!(from > 0, "nothing was done before the kills");
    println!("{kills} kills, {from} envelopes");
}

/// Checks a vault after a kill; gives the number from which to go on.
fn examine(
    home: &Path,
    alive: &mut Vec<u64>,
    what: &str,
    arrived: Option<u64>,
    accepted: Option<u64>,
    put: Option<u64>,
    destroyed: Option<u64>,
) -> Option<u64> {
    let vault = match open(home, key(1)) {
        Ok(vault) => vault,
        Err(error) => {
            // Killed before the vault was there.
            assert!(arrived.is_none() && alive.is_empty(), "{what}: {error}");
            return None;
        }
    };
    assert_eq!(vault.condition(), Condition::Sound, "{what}");
    let known = arrived.into_iter().chain(accepted).max();
    if let Some(n) = accepted {
        assert_eq!(arrive(&vault, n).unwrap(), Mail::Accepted, "{what}: envelope {n}");
    }
    if let Some(n) = arrived {
        assert_ne!(arrive(&vault, n).unwrap(), Mail::Unknown, "{what}: envelope {n}");
    }
    let found = epochs(&vault);
    assert!(put.is_none_or(|n| found.contains(&n)), "{what}: epoch {put:?} in {found:?}");
    assert!(destroyed.is_none_or(|n| !found.contains(&n)), "{what}: epoch {destroyed:?} in {found:?}");
    for n in alive.iter().filter(|n| destroyed.is_none_or(|last| **n > last + 1)) {
        let next = destroyed.map_or(*alive.first().unwrap_or(&0), |last| last + 1);
        assert!(found.contains(n) || *n == next, "{what}: epoch {n} in {found:?}");
    }
    *alive = found;
    // Later runs begin with numbers nobody used, so that every answer is known.
    Some(known.map_or(0, |n| n + 1).max(alive.last().map_or(0, |n| n + 1)))
}
