//! `kill -9` at random moments of a vault at work. The seed is printed; `VLEC_SEED` repeats a run.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vlec::Condition;

use crate::child::{STARTING, command, home, soak, start};
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
    let (mut from, mut held) = (0, BTreeSet::new());
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_micros((seed >> 33) % 60_000);
        let mut command = command("kills::works", root.path());
        let mut child = start(command.env("VLEC_FAULT_FROM", from.to_string()));
        let lines = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let acks = lines.lines().map_while(Result::ok).filter(|line| line.starts_with("ack "));
            acks.collect::<Vec<_>>()
        });
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let acks = reader.join().unwrap();
        let numbers = |what: &str| -> Vec<u64> {
            let ack = |line: &String| line.strip_prefix("ack ")?.strip_prefix(what)?.trim().parse().ok();
            acks.iter().filter_map(ack).collect()
        };
        let what = format!("kill {kill} after {moment:?}");
        let _open = STARTING.read().unwrap_or_else(PoisonError::into_inner);
        let vault = match open(root.path(), key(1)) {
            Ok(vault) => vault,
            // Killed before the vault was there.
            Err(_) if from == 0 && acks.is_empty() => continue,
            Err(error) => panic!("{what}: {error}"),
        };
        assert_eq!(vault.condition(), Condition::Sound, "{what}");
        let arrived = numbers("arrived");
        for n in numbers("accepted") {
            assert_eq!(arrive(&vault, n).unwrap(), Mail::Accepted, "{what}: envelope {n}");
        }
        for n in &arrived {
            assert_ne!(arrive(&vault, *n).unwrap(), Mail::Unknown, "{what}: envelope {n}");
        }
        held.extend(numbers("epoch"));
        let destroyed = numbers("destroyed");
        held.retain(|n| !destroyed.contains(n));
        let found: BTreeSet<u64> = epochs(&vault).into_iter().collect();
        // One epoch may have come or gone without a word.
        let differing = held.symmetric_difference(&found).count();
        assert!(differing <= 1, "{what}: {held:?} acknowledged, {found:?} found");
        held = found;
        // Past the number that may have arrived without a word.
        from = arrived.last().map_or(from, |n| *n) + 2;
    }
    assert!(from > kills, "hardly anything was done before the kills: {from}");
    println!("{kills} kills, {from} envelopes");
}
