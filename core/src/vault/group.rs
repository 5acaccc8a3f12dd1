//! Many callers, one transaction (SPEC §12.7, `[LED-10]`).
//!
//! ```text
//! caller 1 ─ leads: BEGIN · 1 · takes 2, 3 · COMMIT ─▶ results of 1, 2, 3
//! caller 2, 3 ─ wait ──────────────────────────────▶ each takes its own
//! caller 4 ─ came too late: leads the next one
//! ```

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many jobs are done in one transaction at most.
const MAX: usize = 1024;
/// So often at most a leader lets others run who are about to come.
const YIELDS: usize = 64;

/// Jobs that wait to be done together, and results that wait to be taken.
#[derive(Debug)]
pub(super) struct Group<J, R> {
    queue: Mutex<Queue<J, R>>,
    done: Condvar,
}

#[derive(Debug)]
struct Queue<J, R> {
    next: u64,
    waiting: Vec<(u64, J)>,
    /// `None`: whoever led has panicked.
    results: BTreeMap<u64, Option<R>>,
    leader: Leader,
    /// How many jobs the last transaction did.
    last: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Leader {
    None,
    One,
}

impl<J, R> Default for Group<J, R> {
    fn default() -> Self {
        let queue =
            Queue { next: 0, waiting: Vec::new(), results: BTreeMap::new(), leader: Leader::None, last: 0 };
        Self { queue: Mutex::new(queue), done: Condvar::new() }
    }
}

impl<J, R> Group<J, R> {
    /// Has the job done: by another caller who leads, or by `lead`, which does all that wait, its own among
    /// them, and gives a result for each in order. `None` if whoever led has panicked.
    pub(super) fn run(&self, job: J, lead: impl FnOnce(&mut Batch<'_, J, R>) -> Vec<R>) -> Option<R> {
        let mut queue = self.queue();
        let ticket = queue.next;
        queue.next = queue.next.wrapping_add(1);
        queue.waiting.push((ticket, job));
        while queue.leader == Leader::One {
            queue = self.done.wait(queue).unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = queue.results.remove(&ticket) {
                return result;
            }
        }
        queue.leader = Leader::One;
        // Its own goes first: behind a full transaction's jobs it would be left to somebody else.
        let own = queue.waiting.iter().position(|(waiting, _)| *waiting == ticket);
        let last = queue.last;
        let (tickets, jobs) = own.map(|place| queue.waiting.remove(place)).into_iter().unzip();
        drop(queue);
        let mut batch = Batch { group: self, tickets, jobs, results: Vec::new() };
        batch.gather(last);
        batch.results = lead(&mut batch);
        drop(batch);
        self.queue().results.remove(&ticket).flatten()
    }

    fn queue(&self) -> MutexGuard<'_, Queue<J, R>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a leader does in one transaction.
pub(super) struct Batch<'a, J, R> {
    group: &'a Group<J, R>,
    tickets: Vec<u64>,
    jobs: Vec<J>,
    results: Vec<R>,
}

impl<J, R> Batch<'_, J, R> {
    /// Those who were written together last come back now: they run before the next transaction begins.
    fn gather(&mut self, last: usize) {
        self.fill();
        let all = if last > 1 { last.saturating_add(self.jobs.len()) } else { 1 };
        for _ in 0..YIELDS {
            if self.jobs.len() >= all {
                return;
            }
            std::thread::yield_now();
            self.fill();
        }
    }

    /// Takes in who has come meanwhile.
    pub(super) fn fill(&mut self) {
        let mut queue = self.group.queue();
        let room = MAX.saturating_sub(self.jobs.len()).min(queue.waiting.len());
        for (ticket, job) in queue.waiting.drain(..room) {
            self.tickets.push(ticket);
            self.jobs.push(job);
        }
    }

    /// The jobs so far: the leader's own, then the others in the order in which they came.
    pub(super) fn jobs(&self) -> &[J] {
        &self.jobs
    }
}

impl<J, R> Drop for Batch<'_, J, R> {
    /// Hands out the results, also where `lead` has panicked, and lets the next one lead.
    fn drop(&mut self) {
        let mut queue = self.group.queue();
        let mut results = self.results.drain(..);
        for ticket in &self.tickets {
            queue.results.insert(*ticket, results.next());
        }
        queue.leader = Leader::None;
        queue.last = self.tickets.len();
        drop(queue);
        self.group.done.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn squares(batch: &mut Batch<'_, u64, u64>) -> Vec<u64> {
        batch.fill();
        batch.jobs().iter().map(|n| n * n).collect()
    }

    #[test]
    fn each_caller_gets_its_own_result() {
        let (group, leaders) = (Group::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (group, leaders) = (&group, &leaders);
                scope.spawn(move || {
                    for n in (0..200).map(|n| 1000 * thread + n) {
                        let lead = |batch: &mut Batch<'_, u64, u64>| {
                            leaders.fetch_add(1, Ordering::Relaxed);
                            squares(batch)
                        };
                        assert_eq!(group.run(n, lead), Some(n * n));
                    }
                });
            }
        });
        assert!((1..=1600).contains(&leaders.load(Ordering::Relaxed)));
        assert!(group.queue().results.is_empty() && group.queue().waiting.is_empty());
    }

    #[test]
    fn a_leader_that_panics_lets_the_next_one_lead() {
        let group = Group::<u64, u64>::default();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            group.run(1, |_| panic!("expected by this test"))
        }));
        assert!(panicked.is_err());
        assert_eq!(group.run(3, squares), Some(9));
    }

    /// However many came before: a leader does its own job.
    #[test]
    fn a_leader_behind_a_full_transaction_gets_its_own_result() {
        let group = Group::default();
        let mut queue = group.queue();
        queue.next = MAX as u64;
        queue.waiting = (0..MAX as u64).map(|ticket| (ticket, ticket)).collect();
        drop(queue);
        assert_eq!(group.run(5000, squares), Some(25_000_000));
        assert_eq!(group.queue().waiting.len(), 1);
    }

    /// Who came before the leader had begun is done by it.
    #[test]
    fn those_who_wait_are_done_together() {
        let group = Group::<u64, u64>::default();
        let mut sizes = Vec::new();
        std::thread::scope(|scope| {
            let first = group.run(0, |batch| {
                let others: Vec<_> = (1..=5)
                    .map(|n| {
                        scope.spawn({
                            let group = &group;
                            move || group.run(n, squares)
                        })
                    })
                    .collect();
                while batch.jobs().len() < 6 {
                    batch.fill();
                    std::thread::yield_now();
                }
                sizes.push(batch.jobs().len());
                drop(others);
                batch.jobs().iter().map(|n| n * n).collect()
            });
            assert_eq!(first, Some(0));
        });
        assert_eq!(sizes, [6]);
    }
}
