//! The demonstration's time: every party reads the same clock, which is set, so that days go by
//! without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vlec::{Clock, Timestamp, hazmat};

use crate::error::{Context, Result};

pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;
/// 2026-04-07 08:00 UTC, the day after the latest document of the sample data.
const START: u64 = 1_775_548_800;

/// A clock that stands until it is set.
#[derive(Clone)]
pub(crate) struct SimulatedClock(Arc<AtomicU64>);

impl SimulatedClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    /// Sets the clock to so many seconds after the start, and returns the time.
    pub(crate) fn set(&self, after_start: u64) -> Result<Timestamp> {
        self.0.store(START + after_start, Ordering::SeqCst);
        self.now()
    }

    pub(crate) fn now(&self) -> Result<Timestamp> {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst)).context("read the clock")
    }

    /// For one party.
    pub(crate) fn hand(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        hazmat::injected_clock(move || {
            Timestamp::from_unix(seconds.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
        })
    }
}

/// `2026-04-07 08:00 UTC`, by the proleptic Gregorian calendar.
pub(crate) fn show(time: Timestamp) -> String {
    let (days, second) = (time.unix() / DAY, time.unix() % DAY);
    // Days since 0000-03-01, so that the day of a leap year stands at the end of its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let month = if months_from_march < 10 { months_from_march + 3 } else { months_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / HOUR, second % HOUR / 60)
}

/// `2026-04-07T08:00:00Z`
pub(crate) fn rfc3339(time: Timestamp) -> String {
    let shown = show(time);
    format!(
        "{}T{}:{:02}Z",
        shown.get(..10).unwrap_or_default(),
        shown.get(11..16).unwrap_or_default(),
        time.unix() % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_dates() {
        let shown = |seconds| show(Timestamp::from_unix(seconds).unwrap());
        assert_eq!(shown(0), "1970-01-01 00:00 UTC");
        assert_eq!(shown(1_709_164_800), "2024-02-29 00:00 UTC");
        assert_eq!(show(SimulatedClock::new().now().unwrap()), "2026-04-07 08:00 UTC");
    }
}
