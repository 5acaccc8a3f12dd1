//! Runs the vectors for one fault after the other. Compiled in the copy only, as a module of `own_vectors`.

use std::io::Write;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use vlec::faults::CHOSEN;

/// The one vector that is run, as `envelopes/head-ahead`; all of them if there is none.
static WANTED: Mutex<String> = Mutex::new(String::new());

pub(crate) fn wanted(folder: &str, file: &str) -> bool {
    let wanted = WANTED.lock().unwrap();
    wanted.is_empty() || file.strip_suffix(".json") == wanted.strip_prefix(folder).and_then(|w| w.strip_prefix('/'))
}

/// Whether the fault is found by the vector, or by any of the folder.
fn is_found(fault: usize, folder: &str, wanted: &str) -> Result<(), String> {
    let (_, suite) = SUITES.iter().find(|(name, _)| *name == folder).expect("no such folder");
    *WANTED.lock().unwrap() = wanted.to_owned();
    CHOSEN.store(fault, Ordering::Relaxed);
    let run = catch_unwind(suite);
    CHOSEN.store(usize::MAX, Ordering::Relaxed);
    run.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

/// The folders, those first whose vectors are likely to find a fault of this file.
fn likely(from: &str) -> impl Iterator<Item = &'static str> {
    let first: &[&str] = match from {
        "envelope" => &["envelopes"],
        "manifest" => &["manifests", "envelopes"],
        "crypto" => &["envelopes", "events", "rosters"],
        "checkpoint" => &["checkpoints"],
        "roster" => &["rosters", "bundles", "events"],
        "vault" => &["vault"],
        _ => &["bundles"],
    };
    let rest = SUITES.iter().map(|(name, _)| *name).filter(|name| !first.contains(name));
    first.iter().copied().chain(rest).collect::<Vec<_>>().into_iter()
}

fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

#[test]
fn every_fault_is_found() {
    std::panic::set_hook(Box::new(|_| {}));
    for (folder, _) in SUITES {
        if let Err(reason) = is_found(usize::MAX, folder, "") {
            say(&format!("without a fault: {reason}"));
            std::process::exit(1);
        }
    }
    let (mut survivors, mut others) = (Vec::new(), Vec::new());
    for (number, (name, from, killer)) in FAULTS.iter().enumerate() {
        if let Some((folder, _)) = killer.split_once('/')
            && is_found(number, folder, killer).is_err()
        {
            continue;
        }
        // Another one, then.
        let found = likely(from).find_map(|folder| {
            let reason = is_found(number, folder, "").err()?;
            let file = reason.lines().find_map(|line| Some(line.split_once(".json: ")?.0.to_owned()));
            Some(file.map_or(format!("{folder}: {reason}"), |file| format!("{folder}/{file}")))
        });
        match found {
            Some(vector) => others.push(format!("{name} {vector}")),
            None => survivors.push(*name),
        }
        say(&format!("{name}: not {killer}, but {:?}", others.last().filter(|_| survivors.last() != Some(name))));
    }
    for line in &others {
        say(line);
    }
    for name in &survivors {
        say(&format!("SURVIVES {name}"));
    }
    say(&format!("mutants: {} faults, {} survive", FAULTS.len(), survivors.len()));
    if !survivors.is_empty() || !others.is_empty() {
        std::process::exit(1);
    }
}
