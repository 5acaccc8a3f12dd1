//! Runs in turn, and what follows from their times.

use std::error::Error;
use std::time::{Duration, Instant};

/// A measurement stops at the first error.
pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

/// One side of a comparison; it returns the time that counts.
pub(crate) type Run<'a> = &'a mut dyn FnMut() -> Fallible<Duration>;

/// The seconds that each of `N` runs took in each round.
pub(crate) struct Rounds<const N: usize>(Vec<[f64; N]>);

/// How long `work` takes.
pub(crate) fn time<T>(work: impl FnOnce() -> Fallible<T>) -> Fallible<Duration> {
    let start = Instant::now();
    std::hint::black_box(work()?);
    Ok(start.elapsed())
}

/// Runs every side once in each round, every other round in the reverse order, so that none always
/// finds the caches as the same other one left them. Warm-up rounds come first and do not count.
pub(crate) fn interleave<const N: usize>(
    warm_ups: usize,
    rounds: usize,
    mut runs: [Run<'_>; N],
) -> Fallible<Rounds<N>> {
    let mut all = Vec::with_capacity(rounds);
    for round in 0..warm_ups + rounds {
        let mut seconds = [0.0; N];
        let mut sides = runs.iter_mut().zip(&mut seconds);
        let run = |(side, seconds): (&mut Run<'_>, &mut f64)| -> Fallible {
            *seconds = side()?.as_secs_f64();
            Ok(())
        };
        if round % 2 == 0 { sides.try_for_each(run) } else { sides.rev().try_for_each(run) }?;
        if round >= warm_ups {
            all.push(seconds);
        }
    }
    Ok(Rounds(all))
}

impl<const N: usize> Rounds<N> {
    /// The median of what `of` makes of each round: a ratio of times of the same round, or one of
    /// them.
    pub(crate) fn median(&self, of: impl Fn([f64; N]) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.iter().map(|round| of(*round)).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match (values.len() % 2, values.get(middle.wrapping_sub(1)), values.get(middle)) {
            (0, Some(low), Some(high)) => f64::midpoint(*low, *high),
            (_, _, Some(value)) => *value,
            _ => f64::NAN,
        }
    }

    /// The mean of what `of` makes of each round.
    pub(crate) fn mean(&self, of: impl Fn([f64; N]) -> f64) -> f64 {
        self.0.iter().map(|round| of(*round)).sum::<f64>() / self.0.len() as f64
    }
}
