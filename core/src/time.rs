//! The clock seam: Unix seconds, from the system in production; and how times are shown.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from: the system in production, an injected source only for auditors.
pub struct Clock(Source);

enum Source {
    System,
    #[cfg(any(test, feature = "hazmat"))]
    Injected(Box<dyn Fn() -> Timestamp + Send + Sync>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock given by the caller. For tests: reachable only through `hazmat`.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn injected(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Injected(Box::new(now)))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock(system)",
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected(_) => "Clock(injected)",
        })
    }
}

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest time the formats carry: 2^53 − 1 seconds, so that every language reads it exactly.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The time `seconds` after 1970, or `None` past [`Timestamp::MAX`].
    pub const fn from_unix(seconds: u64) -> Option<Self> {
        if seconds <= Self::MAX.0 { Some(Self(seconds)) } else { None }
    }

    /// Seconds since 1970.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// This time moved forward, at most to [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        let moved = self.0.saturating_add(seconds);
        if moved <= Self::MAX.0 { Self(moved) } else { Self::MAX }
    }

    /// Seconds from `earlier` to this time, 0 if it is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The system clock's time; the only production source. A clock before 1970 reads as 0,
    /// which no validity window contains.
    pub fn now() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Self::from_unix(seconds).unwrap_or(Self::MAX)
    }
}

/// RFC 3339 in UTC, as `2026-04-07T08:00:37Z`. Past the year 9999 that has no form: `@` and the seconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(time) => write!(f, "{time}"),
            None => write!(f, "@{}", self.0),
        }
    }
}

/// So many seconds, shown in the largest two units that tell: `1 d 1 h`.
///
/// ```
/// assert_eq!(vlec::Span(90_000).to_string(), "1 d 1 h");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
        let Self(seconds) = *self;
        let largest = UNITS.iter().position(|(length, _)| seconds >= *length).unwrap_or(UNITS.len() - 1);
        let mut rest = seconds;
        for (place, (length, unit)) in UNITS.iter().enumerate().skip(largest).take(2) {
            let count = rest / length;
            rest %= length;
            match (place > largest, count) {
                (false, _) => write!(f, "{count} {unit}")?,
                (true, 0) => {}
                (true, _) => write!(f, " {count} {unit}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_utc_as_long_as_they_have_a_form() {
        let shown = |seconds| Timestamp::from_unix(seconds).unwrap().to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00Z");
        assert_eq!(shown(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(shown(1_775_548_837), "2026-04-07T08:00:37Z");
        assert_eq!(Timestamp::MAX.to_string(), "@9007199254740991");
    }

    #[test]
    fn spans_are_shown_in_two_units() {
        let shown = [0, 59, 60, 3601, 90_000, 86_400 * 9 + 61, 7384].map(|seconds| Span(seconds).to_string());
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 h", "1 d 1 h", "9 d", "2 h 3 min"]);
    }
}
