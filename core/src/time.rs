//! The clock seam: Unix seconds, from the system in production.

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

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
