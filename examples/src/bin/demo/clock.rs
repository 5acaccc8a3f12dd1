//! The demonstration's time. It is passed to every call as a value, so days go by without waiting.

use vlec::Timestamp;

use crate::error::{Context, Result};

pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;
/// 2026-04-07 08:00 UTC, the day after the latest document of the sample data.
const START: u64 = 1_775_548_800;

pub(crate) fn start() -> Result<Timestamp> {
    Timestamp::from_unix(START).context("set the clock")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_dates() {
        let shown = |seconds| show(Timestamp::from_unix(seconds).unwrap());
        assert_eq!(shown(0), "1970-01-01 00:00 UTC");
        assert_eq!(shown(1_709_164_800), "2024-02-29 00:00 UTC");
        assert_eq!(show(start().unwrap()), "2026-04-07 08:00 UTC");
    }
}
