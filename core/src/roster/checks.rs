//! Verifies the signatures of many events on all processors, while the rules go on.
//!
//! ```text
//! rules ──push──▶ queue ──▶ workers           full queue: the one who pushes helps
//! ```
//!
//! Of several failures the first event's is told, as if everything had been done in order.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use super::Context;
use super::call::Check;
use super::error::{Rejection, RosterError};

/// Fewer checks than this are not worth a thread.
const FEW: usize = 8;
/// Longest queue, which bounds what waits in memory.
const MANY: usize = 64;

/// What is left to verify.
pub(super) struct Checks<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    shared: &'env Shared,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Context, Check)>,
    failed: Option<(Context, Rejection)>,
    closed: bool,
    started: bool,
}

/// Runs `work`, and every check that it pushes.
///
/// # Errors
/// The failure of the first event that has one, else that of `work`.
pub(super) fn run<T, E: From<RosterError>>(
    work: impl FnOnce(&Checks<'_, '_>) -> Result<T, E>,
) -> Result<T, E> {
    let shared = Shared::default();
    let done = thread::scope(|scope| {
        let close = Close(&shared);
        let done = work(&Checks { scope, shared: &shared });
        drop(close);
        while shared.run_next() {}
        done
    });
    let failed = shared.lock().failed.take();
    match failed {
        // Whatever stopped `work` came after every event that it had pushed.
        Some((context, reason)) => Err(context.rejected(reason).into()),
        None => done,
    }
}

/// Lets the workers end, also where a panic of the caller's ends the work.
struct Close<'a>(&'a Shared);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Checks<'_, '_> {
    /// Leaves the check to be run.
    ///
    /// # Errors
    /// A failure of one before it: there is no use in going on.
    pub(super) fn push(&self, context: Context, check: Check) -> Result<(), RosterError> {
        let mut queue = self.shared.lock();
        queue.waiting.push_back((context, check));
        if queue.waiting.len() > FEW && !queue.started {
            queue.started = true;
            self.start();
        }
        let (full, failed) = (queue.waiting.len() >= MANY, queue.failed.clone());
        drop(queue);
        self.shared.changed.notify_one();
        if full {
            self.shared.run_next();
        }
        failed.map_or(Ok(()), |(context, reason)| Err(context.rejected(reason)))
    }

    /// One worker for each processor but this thread's; without any, this thread does it all.
    fn start(&self) {
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).saturating_sub(1);
        for _ in 0..workers {
            let shared = self.shared;
            // Where a thread does not start, the others do its work.
            let _ = thread::Builder::new().spawn_scoped(self.scope, move || shared.work());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the oldest check, if one waits.
    fn run_next(&self) -> bool {
        let next = self.lock().waiting.pop_front();
        let Some((context, check)) = next else { return false };
        self.run(context, &check);
        true
    }

    fn run(&self, context: Context, check: &Check) {
        if let Err(reason) = check.run() {
            let mut queue = self.lock();
            if queue.failed.as_ref().is_none_or(|(first, _)| context.index < first.index) {
                queue.failed = Some((context, reason));
            }
        }
    }

    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some((context, check)) = queue.waiting.pop_front() {
                drop(queue);
                self.run(context, &check);
                queue = self.lock();
            } else if queue.closed {
                return;
            } else {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}
