//! Arrivals, acceptances, re-seals, conflicts, the horizon.

use proptest::prelude::*;

use super::*;
use crate::envelope::ledger::{Arrival, LedgerError, Outcome};
use crate::envelope::signed::SignedManifest;
use crate::vault::ledger::{LedgerPolicy, VaultLedger};
use crate::vault::ledger_rows::Entry;
use crate::{EnvelopeId, Table};

const DAY: u64 = 86_400;
const NOW: u64 = 1000 * DAY;

/// One envelope of an invented sender; `content` stands for the manifest.
#[derive(Clone, Copy)]
struct Mail {
    sender: &'static str,
    id: u8,
    content: u8,
    created: u64,
    replaces: Option<u8>,
}

fn mail(id: u8) -> Mail {
    Mail { sender: "UA/npu", id, content: id, created: NOW, replaces: None }
}

fn id(n: u8) -> EnvelopeId {
    EnvelopeId::from_bytes([n; 16])
}

fn signed(content: u8) -> SignedManifest {
    SignedManifest { bytes: vec![content; 300], signature: [content; 3373] }
}

fn ledger(vault: &Vault, now: u64) -> VaultLedger<'_> {
    vault.ledger(LedgerPolicy::default(), at(now))
}

fn said(verdict: Result<Arrival, LedgerError>) -> String {
    match verdict {
        Ok(Arrival::First) => "first".into(),
        Ok(Arrival::Again) => "again".into(),
        Err(LedgerError::Duplicate { outcome }) => format!("duplicate {}", outcome.as_bytes()[0]),
        Err(other) => other.code().into(),
    }
}

fn arrive(ledger: VaultLedger<'_>, mail: Mail) -> String {
    let (sender, signed) = (mail.sender.parse().unwrap(), signed(mail.content));
    let digest = [mail.content; 64];
    let (created, replaces) = (at(mail.created), mail.replaces.map(id));
    let entry = Entry {
        sender: &sender,
        id: id(mail.id),
        digest: &digest,
        created,
        replaces,
        signed: &signed,
        epoch: None,
        sequence: 0,
    };
    said(ledger.arrive_entries(&[entry]).unwrap().remove(0))
}

fn accept(ledger: VaultLedger<'_>, mail: Mail, outcome: u8) -> String {
    let outcome = Outcome::new(&[outcome]).unwrap();
    let accepted = ledger.accept(&mail.sender.parse().unwrap(), &id(mail.id), &outcome);
    said(accepted.map(|()| Arrival::First)).replace("first", "accepted")
}

fn vault() -> Vault {
    create(&MemoryStore::new(), &MemoryAnchor::new())
}

#[test]
fn l1_an_accepted_envelope_is_a_duplicate_with_its_first_outcome_after_restart_too() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    let today = ledger(&vault, NOW);
    assert_eq!(arrive(today, mail(1)), "first");
    assert_eq!(accept(today, mail(1), 7), "accepted");
    assert_eq!(arrive(today, mail(1)), "duplicate 7");
    assert_eq!(accept(today, mail(1), 8), "duplicate 7");
    assert_eq!(accept(today, mail(2), 8), "not-pending");
    drop(vault);
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(arrive(ledger(&vault, NOW), mail(1)), "duplicate 7");
    assert!(matches!(Outcome::new(&[0; 1025]), Err(LedgerError::OutcomeTooLong)));
}

#[test]
fn l10_what_was_not_accepted_is_offered_again_after_a_crash() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    assert_eq!(arrive(ledger(&create(&store, &anchor), NOW), mail(1)), "first");
    let vault = open(&store, &anchor).unwrap();
    assert_eq!(arrive(ledger(&vault, NOW), mail(1)), "again");
    assert_eq!(arrive(ledger(&vault, NOW), mail(1)), "again");
    assert_eq!(accept(ledger(&vault, NOW), mail(1), 1), "accepted");
}

#[test]
fn l10_a_sealed_again_envelope_is_the_same_delivery_in_whatever_order_it_comes() {
    let chain = [mail(1), Mail { replaces: Some(1), ..mail(2) }, Mail { replaces: Some(2), ..mail(3) }];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for accepted in 0..3 {
            let vault = vault();
            let today = ledger(&vault, NOW);
            let offered: Vec<_> = order.iter().map(|n| arrive(today, chain[*n])).collect();
            // Whoever does not know yet that two belong together offers both.
            let apart = order[..2] == [0, 2] || order[..2] == [2, 0];
            assert_eq!(offered, ["first", if apart { "first" } else { "again" }, "again"], "{order:?}");
            assert_eq!(accept(today, chain[order[accepted]], 9), "accepted");
            for one in chain {
                assert_eq!(arrive(today, one), "duplicate 9", "{order:?}");
                assert_eq!(accept(today, one, 5), "duplicate 9");
            }
        }
    }
}

#[test]
fn l10_a_re_seal_after_acceptance_is_a_duplicate_and_one_of_something_never_seen_is_first() {
    let vault = vault();
    let today = ledger(&vault, NOW);
    arrive(today, mail(1));
    accept(today, mail(1), 4);
    assert_eq!(arrive(today, Mail { replaces: Some(1), ..mail(2) }), "duplicate 4");
    assert_eq!(arrive(today, Mail { replaces: Some(2), ..mail(3) }), "duplicate 4");
    // The first went to a destroyed epoch; only its re-seal arrives.
    assert_eq!(arrive(today, Mail { replaces: Some(10), ..mail(11) }), "first");
    assert_eq!(accept(today, mail(11), 5), "accepted");
    assert_eq!(arrive(today, mail(10)), "duplicate 5");
    // Circles and itself.
    assert_eq!(arrive(today, Mail { replaces: Some(20), ..mail(20) }), "first");
    assert_eq!(arrive(today, Mail { replaces: Some(31), ..mail(30) }), "first");
    assert_eq!(arrive(today, Mail { replaces: Some(30), ..mail(31) }), "again");
    assert_eq!(accept(today, mail(31), 6), "accepted");
    assert_eq!(arrive(today, mail(30)), "duplicate 6");
}

#[test]
fn l10_two_acceptances_that_are_found_to_belong_together_keep_the_earlier_outcome() {
    let vault = vault();
    arrive(ledger(&vault, NOW), mail(1));
    accept(ledger(&vault, NOW), mail(1), 1);
    arrive(ledger(&vault, NOW), Mail { replaces: Some(2), ..mail(3) });
    accept(ledger(&vault, NOW + 5), mail(3), 3);
    assert_eq!(arrive(ledger(&vault, NOW + 6), Mail { replaces: Some(1), ..mail(2) }), "duplicate 1");
    for n in 1..=3 {
        let replaces = [None, Some(1), Some(2)][usize::from(n) - 1];
        let said = arrive(ledger(&vault, NOW + 7), Mail { replaces, ..mail(n) });
        assert_eq!(said, "duplicate 1");
    }
}

#[test]
fn l2_another_manifest_under_one_id_is_a_conflict_and_both_are_kept() {
    let vault = vault();
    let today = ledger(&vault, NOW);
    let sender = "UA/npu".parse().unwrap();
    assert_eq!(arrive(today, mail(1)), "first");
    assert!(today.conflicts(&sender, &id(1)).unwrap().is_empty());
    for content in [50, 51, 50, 52, 53, 54] {
        assert_eq!(arrive(today, Mail { content, ..mail(1) }), "conflict");
    }
    let kept = today.conflicts(&sender, &id(1)).unwrap();
    assert_eq!(kept.iter().map(|kept| kept.digest[0]).collect::<Vec<_>>(), [1, 50, 51, 52]);
    assert_eq!(kept.iter().map(|kept| kept.signature[0]).collect::<Vec<_>>(), [1, 50, 51, 52]);
    // A conflict known and full costs no write, and the first goes on as if nothing had come.
    let before = vault.generation();
    assert_eq!(arrive(today, Mail { content: 60, ..mail(1) }), "conflict");
    assert_eq!(vault.generation(), before);
    assert_eq!(accept(today, mail(1), 1), "accepted");
    assert_eq!(arrive(today, Mail { content: 51, ..mail(1) }), "conflict");
    assert_eq!(arrive(today, mail(1)), "duplicate 1");
}

#[test]
fn l2_another_senders_same_id_touches_nobody() {
    let vault = vault();
    let today = ledger(&vault, NOW);
    arrive(today, mail(1));
    accept(today, mail(1), 1);
    let other = Mail { sender: "UA/np", content: 9, replaces: None, ..mail(1) };
    assert_eq!(arrive(today, other), "first");
    assert_eq!(arrive(today, Mail { id: 2, replaces: Some(1), ..other }), "again");
    assert_eq!(arrive(today, mail(1)), "duplicate 1");
    assert_eq!(accept(today, other, 2), "accepted");
}

#[test]
fn l1_past_the_horizon_fails_closed_before_and_after_pruning() {
    let vault = vault();
    arrive(ledger(&vault, NOW), mail(1));
    accept(ledger(&vault, NOW), mail(1), 1);
    arrive(ledger(&vault, NOW), mail(2));
    // One second inside the horizon, one outside.
    let day90 = NOW + 90 * DAY;
    assert_eq!(arrive(ledger(&vault, day90), mail(3)), "first");
    assert_eq!(arrive(ledger(&vault, day90 + 1), mail(4)), "past-horizon");
    // What is known stays known until it is pruned.
    assert_eq!(arrive(ledger(&vault, day90 + 1), mail(1)), "duplicate 1");
    assert_eq!(arrive(ledger(&vault, day90 + 1), mail(2)), "again");
    assert_eq!(ledger(&vault, NOW + 120 * DAY).prune().unwrap(), 0);
    assert_eq!(ledger(&vault, NOW + 120 * DAY + 1).prune().unwrap(), 2);
    let later = ledger(&vault, NOW + 120 * DAY + 1);
    for n in [1, 2] {
        assert_eq!(arrive(later, mail(n)), "past-horizon");
    }
    // It arrived at day 90 and is still there; a clock set back prunes and forgets nothing.
    assert_eq!(arrive(later, mail(3)), "again");
    assert_eq!(arrive(ledger(&vault, NOW), mail(1)), "past-horizon");
}

#[test]
fn l1_what_its_sender_dated_ahead_is_kept_until_that_date_has_passed() {
    let vault = vault();
    let ahead = Mail { created: NOW + 400 * DAY, ..mail(1) };
    arrive(ledger(&vault, NOW), ahead);
    accept(ledger(&vault, NOW), ahead, 1);
    assert_eq!(ledger(&vault, NOW + 300 * DAY).prune().unwrap(), 0);
    assert_eq!(arrive(ledger(&vault, NOW + 300 * DAY), ahead), "duplicate 1");
}

#[test]
fn l10_a_group_is_pruned_as_a_whole() {
    let vault = vault();
    arrive(ledger(&vault, NOW), mail(1));
    accept(ledger(&vault, NOW), mail(1), 1);
    let again = |n: u8, day| Mail { replaces: Some(n - 1), created: NOW + day * DAY, ..mail(n) };
    assert_eq!(arrive(ledger(&vault, NOW + 25 * DAY), again(2, 25)), "duplicate 1");
    assert_eq!(arrive(ledger(&vault, NOW + 50 * DAY), again(3, 50)), "duplicate 1");
    let rows = |table| vault.read(|view| Ok(view.range(table, &[], &[], 99)?.len())).unwrap();
    assert_eq!(ledger(&vault, NOW + 160 * DAY).prune().unwrap(), 0);
    assert_eq!((rows(Table::Ledger), rows(Table::LedgerTime)), (3, 3));
    assert_eq!(arrive(ledger(&vault, NOW + 160 * DAY), again(3, 50)), "duplicate 1");
    assert_eq!(ledger(&vault, NOW + 171 * DAY).prune().unwrap(), 3);
    assert_eq!((rows(Table::Ledger), rows(Table::LedgerTime)), (0, 0));
}

#[test]
fn a_decided_arrival_costs_no_write_and_a_batch_costs_one() {
    let vault = vault();
    let today = ledger(&vault, NOW);
    arrive(today, mail(1));
    let before = vault.generation();
    assert_eq!(arrive(today, mail(1)), "again");
    assert_eq!(arrive(today, Mail { created: 1, ..mail(9) }), "past-horizon");
    assert_eq!(vault.generation(), before);
    let sender: AgencyId = "UA/npu".parse().unwrap();
    let (digests, all): (Vec<_>, Vec<_>) = [2, 3, 2, 1].iter().map(|n| ([*n; 64], signed(*n))).unzip();
    let entry = |(digest, signed): (&'static [u8; 64], &'static SignedManifest)| Entry {
        sender: Box::leak(Box::new(sender.clone())),
        id: id(digest[0]),
        digest,
        created: at(NOW),
        replaces: None,
        signed,
        epoch: None,
        sequence: 0,
    };
    let (digests, all) = (digests.leak(), all.leak());
    let entries: Vec<_> = digests.iter().zip(all.iter()).map(entry).collect();
    let said: Vec<_> = today.arrive_entries(&entries).unwrap().into_iter().map(said).collect();
    assert_eq!(said, ["first", "first", "again", "again"]);
    assert_eq!(vault.generation(), before + 1);
    let outcome = Outcome::new(&[1]).unwrap();
    let ids = [id(2), id(3), id(2), id(8)];
    let all: Vec<_> = ids.iter().map(|id| (&sender, id, &outcome)).collect();
    let codes: Vec<_> = today
        .accept_all(&all)
        .unwrap()
        .into_iter()
        .map(|one| one.map_or_else(|e| e.code(), |()| "ok"))
        .collect();
    assert_eq!(codes, ["ok", "ok", "duplicate", "not-pending"]);
    assert_eq!(vault.generation(), before + 2);
}

#[test]
fn l3_two_threads_with_one_envelope_are_offered_it_as_first_once() {
    for _ in 0..50 {
        let vault = vault();
        let firsts = std::thread::scope(|scope| {
            let run = || (1..=5).filter(|n| arrive(ledger(&vault, NOW), mail(*n)) == "first").count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(firsts, 5);
    }
}

#[test]
fn l6_a_quarantined_ledger_releases_nothing() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    let old = store.snapshot();
    arrive(ledger(&vault, NOW), mail(1));
    let vault = open(&old, &anchor).unwrap();
    let sender = "UA/npu".parse().unwrap();
    let (digest, signed) = ([1; 64], signed(1));
    let entry = Entry {
        sender: &sender,
        id: id(1),
        digest: &digest,
        created: at(1),
        replaces: None,
        signed: &signed,
        epoch: None,
        sequence: 0,
    };
    assert_eq!(ledger(&vault, NOW).arrive_entries(&[entry]).unwrap_err().code(), "ledger-unavailable");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A model: sets of ids that were named together, and what was accepted of each.
    #[test]
    fn l10_the_ledger_agrees_with_sets(steps in proptest::collection::vec((0u8..12, 0u8..14, any::<bool>()), 1..60)) {
        let vault = vault();
        let mut replaces: [Option<Option<u8>>; 12] = [None; 12];
        let mut set: Vec<u8> = (0..12).collect();
        let mut outcome: [Option<u8>; 12] = [None; 12];
        let mut arrived = [0; 12];
        for (step, (n, earlier, accepts)) in (0u8..).zip(steps) {
            let today = ledger(&vault, NOW + u64::from(step));
            if accepts {
                let expected = match (replaces[usize::from(n)], outcome[usize::from(set[usize::from(n)])]) {
                    (None, _) => "not-pending".into(),
                    (_, Some(first)) => format!("duplicate {first}"),
                    _ => "accepted".into(),
                };
                if expected == "accepted" {
                    outcome[usize::from(set[usize::from(n)])] = Some(step);
                }
                prop_assert_eq!(accept(today, mail(n), step), expected);
                continue;
            }
            let known = replaces[usize::from(n)].is_some();
            let named = *replaces[usize::from(n)].get_or_insert((earlier < 12 && earlier != n).then_some(earlier));
            if let (false, Some(named)) = (known, named) {
                let (a, b) = (set[usize::from(n)], set[usize::from(named)]);
                if a != b {
                    set.iter_mut().filter(|s| **s == b).for_each(|s| *s = a);
                    outcome[usize::from(a)] = match (outcome[usize::from(a)], outcome[usize::from(b)]) {
                        (Some(x), Some(y)) => Some(x.min(y)),
                        (x, y) => x.or(y),
                    };
                    arrived[usize::from(a)] += arrived[usize::from(b)];
                }
            }
            let s = usize::from(set[usize::from(n)]);
            let expected = match outcome[s] {
                Some(first) => format!("duplicate {first}"),
                None if arrived[s] > 0 => "again".into(),
                None => "first".into(),
            };
            arrived[s] += u8::from(!known);
            prop_assert_eq!(arrive(today, Mail { replaces: named, ..mail(n) }), expected);
        }
    }
}

#[test]
fn l4_threads_that_accept_at_one_time_each_get_their_own_word() {
    let vault = vault();
    let today = ledger(&vault, NOW);
    (1..=200).for_each(|n| assert_eq!(arrive(today, mail(n)), "first"));
    let said: Vec<Vec<String>> = std::thread::scope(|scope| {
        // Every envelope is accepted by two threads, and one that never arrived by all.
        let run = |thread: u8| {
            let mine = (1..=200).filter(|n| n % 4 == thread % 4);
            let said = mine.chain([250]).map(|n| {
                let said = accept(today, mail(n), 10 + thread);
                assert!(n > 200 || arrive(today, mail(n)).starts_with("duplicate"));
                said
            });
            said.collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |what: &str| said.iter().flatten().filter(|said| said.starts_with(what)).count();
    assert_eq!((count("accepted"), count("duplicate"), count("not-pending")), (200, 200, 8));
    vault.examine().unwrap();
}

#[test]
fn l4_a_transaction_that_fails_fails_for_each_that_was_in_it() {
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let vault = create(&store, &anchor);
    arrive(ledger(&vault, NOW), mail(1));
    // Another handle writes underneath.
    open(&store, &anchor).unwrap().write(at(1), |_| Ok(())).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(accept(ledger(&vault, NOW), mail(1), 1), "ledger-unavailable"));
        }
    });
}
