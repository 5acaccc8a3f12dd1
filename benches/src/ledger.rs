//! The ledger on SQLite with real fsync: envelopes that arrive and are accepted in batches, and how
//! the time to find a duplicate grows with the number of rows.
//!
//! The envelopes are invented and not verified, so that the ledger alone is measured; their manifests
//! have the size of a manifest to one recipient.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use vlec::hazmat::{Entry, Secret, arrive_entries};
use vlec::hazmat::{LedgerPolicy, Rank, Shared, Vault};
use vlec::{
    AgencyId, Arrival, EnvelopeId, Epoch, EpochNumber, FileAnchor, Keyring, Outcome, Random, SignedManifest,
    SqliteStore, Table, Timestamp, Unlock, Window,
};

use crate::measure::{Fallible, time};
use crate::report::{Budget, Report};

const BATCH: usize = 1024;
const BATCHES: usize = 30;
const BUDGET: f64 = 5_000.0;
const MANIFEST: usize = 600;
const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
const LOOK_UPS: u64 = 20_000;

pub(crate) fn measure(folder: &Path, report: &mut Report) -> Fallible {
    let random = Random::system();
    let now = Timestamp::now();
    let store = SqliteStore::create(&folder.join("home"))?;
    let anchor = FileAnchor::new(&folder.join("anchor"))?;
    let owner: AgencyId = "GE/mia/cyber".parse()?;
    let unlock = Unlock::Key(Secret::new(|key| key.fill(1)));
    let vault = Vault::create(store, anchor, owner, unlock, Random::system(), now)?;
    let sender: AgencyId = "UA/npu/cyber".parse()?;
    let (signed, digest) = (SignedManifest { bytes: vec![5; MANIFEST], signature: [6; 3373] }, [7; 64]);
    let seconds = |n: u64| Timestamp::from_unix(now.unix() + n).unwrap_or(Timestamp::MAX);
    let window = Window::new(now, seconds(86_400), seconds(8 * 86_400))?;
    let epoch = Epoch::generate(vault.owner().clone(), EpochNumber(1), window, &random)?;
    let opened_with = Some(*epoch.public().id());
    let mut keyring = Keyring::new(vault.owner().clone());
    keyring.add(epoch)?;
    let keyring = Shared::new(Rank::Keyring, keyring);
    let numbers = AtomicU64::new(1);
    let entry = |id| Entry {
        sender: &sender,
        id,
        digest: &digest,
        created: now,
        replaces: None,
        signed: &signed,
        epoch: opened_with,
        sequence: numbers.fetch_add(1, Ordering::Relaxed),
    };
    let ledger = vault.ledger(LedgerPolicy::default(), now).with_keys(&keyring);
    let outcome = Outcome::new(b"receipt")?;

    let mut seconds = Vec::new();
    for _ in 0..BATCHES {
        let ids: Vec<EnvelopeId> =
            (0..BATCH).map(|_| random.bytes().map(EnvelopeId::from_bytes)).collect::<Result<_, _>>()?;
        let entries: Vec<_> = ids.iter().map(|id| entry(*id)).collect();
        let accepted: Vec<_> = ids.iter().map(|id| (&sender, id, &outcome)).collect();
        let batch = time(|| {
            let arrived = arrive_entries(&ledger, &entries)?;
            let first = arrived.iter().filter(|verdict| matches!(verdict, Ok(Arrival::First))).count();
            let accepted = ledger.accept_all(&accepted)?.iter().filter(|result| result.is_ok()).count();
            if (first, accepted) == (BATCH, BATCH) { Ok(()) } else { Err("the ledger is at fault".into()) }
        })?;
        seconds.push(batch.as_secs_f64());
    }
    let rate = (BATCH * BATCHES) as f64 / seconds.iter().sum::<f64>();
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(BATCHES / 2).copied().unwrap_or(f64::NAN);
    let medians = [("accepted per second", rate), ("milliseconds a batch", median * 1e3)];
    report.judge("ledger-accepted-of-5000/s", rate / BUDGET, Budget::AtLeast(1.0), &medians);
    report.note(format!(
        "ledger: {rate:.0} envelopes/s arrived and accepted, {BATCHES} batches of {BATCH}, two transactions \
         and {:.1} ms each; a manifest of {MANIFEST} bytes and its signature are kept of every one",
        median * 1e3
    ));

    singles(&vault, &sender, &entry, &mut *report)?;
    let few = look_ups(&vault, &sender, FEW, 0, &entry)?;
    let many = look_ups(&vault, &sender, MANY, FEW, &entry)?;
    let medians = [("µs at 10^4", few * 1e6), ("µs at 10^6", many * 1e6)];
    // A hundred times the rows: in a tree a third or so more levels, and pages that are not cached.
    report.judge("ledger-look-up-10^6-to-10^4", many / few, Budget::AtMost(4.0), &medians);
    report.note(format!(
        "ledger: a duplicate is found in {:.1} µs of 10^4 rows, {:.1} µs of 10^6",
        few * 1e6,
        many * 1e6
    ));
    Ok(())
}

const THREADS: usize = 8;
const SINGLES: usize = 400;
const ROUNDS: u64 = 5;

/// Acceptances one at a time, each durable before it returns: by one thread, and by eight.
fn singles<'a>(
    vault: &Vault,
    sender: &AgencyId,
    entry: &impl Fn(EnvelopeId) -> Entry<'a>,
    report: &mut Report,
) -> Fallible {
    let ledger = vault.ledger(LedgerPolicy::default(), Timestamp::now());
    let outcome = Outcome::new(b"receipt")?;
    let arrived = |round: u64| {
        let ids: Vec<EnvelopeId> = (0..SINGLES as u64).map(|n| id((1 << 40) + (round << 20) + n)).collect();
        arrive_entries(&ledger, &ids.iter().map(|id| entry(*id)).collect::<Vec<_>>())?;
        Ok::<_, Box<dyn std::error::Error>>(ids)
    };
    let accept = |ids: &[EnvelopeId]| ids.iter().all(|id| ledger.accept(sender, id, &outcome).is_ok());
    let (mut ratios, mut merged, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (alone, together) = (arrived(2 * round)?, arrived(2 * round + 1)?);
        let one = time(|| if accept(&alone) { Ok(()) } else { Err("an acceptance failed".into()) })?;
        let before = vault.generation();
        let all = time(|| {
            let done = std::thread::scope(|scope| {
                let parts = together.chunks(SINGLES / THREADS);
                let threads: Vec<_> = parts.map(|ids| scope.spawn(move || accept(ids))).collect();
                threads.into_iter().all(|thread| thread.join().unwrap_or(false))
            });
            if done { Ok(()) } else { Err("an acceptance failed".into()) }
        })?;
        merged.push(SINGLES as f64 / (vault.generation() - before) as f64);
        ratios.push(one.as_secs_f64() / all.as_secs_f64());
        rates.push((SINGLES as f64 / one.as_secs_f64(), SINGLES as f64 / all.as_secs_f64()));
    }
    ratios.sort_by(f64::total_cmp);
    merged.sort_by(f64::total_cmp);
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = ROUNDS as usize / 2;
    let median = |values: &[f64]| values.get(middle).copied().unwrap_or(f64::NAN);
    let (one, all) = rates.get(middle).copied().unwrap_or((f64::NAN, f64::NAN));
    let medians =
        [("by one thread", one), ("by eight threads", all), ("in one transaction", median(&merged))];
    report.judge("ledger-single-8-threads-to-1", median(&ratios), Budget::AtLeast(4.0), &medians);
    report.note(format!(
        "ledger: single acceptances, each durable before it returns: {one:.0} a second by one thread, {all:.0} by \
         eight, {:.1} of which are written in one transaction",
        median(&merged)
    ));
    Ok(())
}

/// Fills the ledger to `rows` rows and measures the mean time to find one of them again.
fn look_ups<'a>(
    vault: &Vault,
    sender: &AgencyId,
    rows: u64,
    held: u64,
    entry: &impl Fn(EnvelopeId) -> Entry<'a>,
) -> Fallible<f64> {
    let ledger = vault.ledger(LedgerPolicy::default(), Timestamp::now());
    if held == 0 {
        arrive_entries(&ledger, &[entry(id(0))])?;
    }
    // The first one's row serves for all: the rows differ in their keys.
    let key = |n| [&[sender.as_str().len() as u8], sender.as_str().as_bytes(), id(n).as_bytes()].concat();
    let row = vault.read(|view| view.get(Table::Ledger, &key(0)))?.ok_or("row")?;
    let numbers: Vec<u64> = (held.max(1)..rows).collect();
    for page in numbers.chunks(20_000) {
        vault.write(Timestamp::now(), |edit| {
            page.iter().try_for_each(|n| edit.put(Table::Ledger, &key(*n), &row))
        })?;
    }
    let start = Instant::now();
    for n in 0..LOOK_UPS {
        let known = arrive_entries(&ledger, &[entry(id(n.wrapping_mul(48_271) % rows))])?;
        if !matches!(black_box(known).first(), Some(Ok(Arrival::Again))) {
            return Err("a row is not found".into());
        }
    }
    Ok(start.elapsed().as_secs_f64() / LOOK_UPS as f64)
}

/// Ids that lie as random ones do.
fn id(n: u64) -> EnvelopeId {
    let mut id = [0; 16];
    let high = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    id.iter_mut()
        .zip(high.to_be_bytes().into_iter().chain(n.to_be_bytes()))
        .for_each(|(to, byte)| *to = byte);
    EnvelopeId::from_bytes(id)
}
