//! Independent jobs on a few threads, in the order of their numbers.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;

/// Works off `jobs` with `workers` threads, each with a state of its own. The jobs are taken in
/// order; after an error no further one is taken, and of several errors the earliest job's is
/// returned, so that the place of an error does not depend on timing.
pub(super) fn for_each<J: Send, S, E: Send>(
    workers: NonZeroUsize,
    jobs: impl Iterator<Item = J> + Send,
    state: impl Fn() -> Result<S, E> + Sync,
    work: impl Fn(&mut S, J) -> Result<(), E> + Sync,
) -> Result<(), E> {
    for_each_watched(workers, jobs, state, work, &mut || Ok(()))
}

/// As [`for_each`]; `watch` is called on the caller's thread, after each job that it has done itself,
/// and its error stops the others.
pub(super) fn for_each_watched<J: Send, S, E: Send>(
    workers: NonZeroUsize,
    jobs: impl Iterator<Item = J> + Send,
    state: impl Fn() -> Result<S, E> + Sync,
    work: impl Fn(&mut S, J) -> Result<(), E> + Sync,
    watch: &mut dyn FnMut() -> Result<(), E>,
) -> Result<(), E> {
    let jobs = Mutex::new(jobs.enumerate());
    let stop = AtomicBool::new(false);
    let run = |watch: &mut dyn FnMut() -> Result<(), E>| -> Result<(), (usize, E)> {
        let _ended = Ended(&stop);
        let mut state = state().map_err(|error| (0, error))?;
        while !stop.load(Ordering::Relaxed) {
            // A worker that panicked while it held the lock stops the others.
            let Some((number, job)) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) else { break };
            work(&mut state, job).and_then(|()| watch()).map_err(|error| (number, error))?;
        }
        Ok(())
    };
    let results: Vec<Result<(), (usize, E)>> = if workers.get() == 1 {
        vec![run(watch)]
    } else {
        thread::scope(|scope| {
            // Where the system gives no more threads, fewer do the work.
            let run = &run;
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, move || run(&mut || Ok(()))).ok();
            let others: Vec<_> = (1..workers.get()).map_while(spawn).collect();
            let mut results = vec![run(watch)];
            for other in others {
                match other.join() {
                    Ok(result) => results.push(result),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        })
    };
    let earliest = results.into_iter().filter_map(Result::err).min_by_key(|(number, _)| *number);
    earliest.map_or(Ok(()), |(_, error)| Err(error))
}

/// A worker ends when no job is left, or after an error or panic: in each case nobody is to go on.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One worker for each processor, at most eight. The system is asked once: its answer takes
/// longer than many an envelope, because it reads the control groups' files.
pub(super) fn default_workers() -> NonZeroUsize {
    static WORKERS: LazyLock<NonZeroUsize> = LazyLock::new(|| {
        let eight = NonZeroUsize::MIN.saturating_add(7);
        thread::available_parallelism().map_or(NonZeroUsize::MIN, |n| n.min(eight))
    });
    *WORKERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_and_the_earliest_error_is_returned() {
        for workers in [1, 2, 5] {
            let workers = NonZeroUsize::new(workers).unwrap();
            let mut done = vec![0; 100];
            let ok = for_each(
                workers,
                done.iter_mut(),
                || Ok::<_, ()>(()),
                |(), slot| {
                    *slot += 1;
                    Ok(())
                },
            );
            assert_eq!(ok, Ok(()));
            assert!(done.iter().all(|n| *n == 1));

            let failed = for_each(workers, 0..100, || Ok(()), |(), n| if n >= 40 { Err(n) } else { Ok(()) });
            assert_eq!(failed, Err(40));
        }
    }
}
