//! The clock seam: Unix seconds, from the system in production; and how times are shown.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the time comes from: the system in production, an injected source only for auditors.
///
/// Whoever holds the wall clock back must not keep what is old fresh: a running process also counts the
/// seconds that pass, and reads the later of both (SPEC §6.7, `[ROT-44]`).
pub struct Clock {
    source: Source,
    /// What the wall clock would have shown when the counter stood at 0, by the first reading, in milliseconds: in
    /// whole seconds the two, which change at different moments, would count up to one too many.
    zero: AtomicU64,
}

enum Source {
    System,
    #[cfg(any(test, feature = "hazmat"))]
    Injected {
        wall: Milliseconds<u64>,
        counter: Milliseconds<Option<u64>>,
    },
}

#[cfg(any(test, feature = "hazmat"))]
type Milliseconds<T> = Box<dyn Fn() -> T + Send + Sync>;

/// One reading of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The wall clock's.
    pub(crate) wall: Timestamp,
    /// The later of the wall clock's and of what has been counted since the first reading.
    pub(crate) counted: Timestamp,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::new(Source::System)
    }

    /// A clock given by the caller, which counts nothing. For tests: reachable only through `hazmat`.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn injected(wall: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let wall = move || wall().unix().saturating_mul(1000);
        Self::new(Source::Injected { wall: Box::new(wall), counter: Box::new(|| None) })
    }

    /// As [`Self::injected`], with a counter of seconds.
    #[cfg(test)]
    pub(crate) fn counting(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        counter: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self::counting_milliseconds(move || wall().unix() * 1000, move || counter() * 1000)
    }

    #[cfg(test)]
    fn counting_milliseconds(
        wall: impl Fn() -> u64 + Send + Sync + 'static,
        counter: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self::new(Source::Injected { wall: Box::new(wall), counter: Box::new(move || Some(counter())) })
    }

    fn new(source: Source) -> Self {
        let clock = Self { source, zero: AtomicU64::new(0) };
        clock.count_anew();
        clock
    }

    /// The time: the wall clock's, or by what has been counted if that is later.
    pub fn now(&self) -> Timestamp {
        self.read().counted
    }

    /// The wall clock, and what has been counted.
    pub(crate) fn read(&self) -> Reading {
        let wall = self.wall();
        let counted =
            self.counter().map_or(0, |passed| self.zero.load(Ordering::Acquire).saturating_add(passed));
        let [wall, counted] = [wall, counted.max(wall)]
            .map(|milliseconds| Timestamp::from_unix(milliseconds / 1000).unwrap_or(Timestamp::MAX));
        Reading { wall, counted }
    }

    /// Counts from what the wall clock shows now: the operator has said that it was ahead, and is right.
    pub(crate) fn count_anew(&self) {
        let zero = self.wall().saturating_sub(self.counter().unwrap_or_default());
        self.zero.store(zero, Ordering::Release);
    }

    /// Milliseconds since 1970.
    fn wall(&self) -> u64 {
        match &self.source {
            Source::System => milliseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected { wall, .. } => wall(),
        }
    }

    /// Milliseconds that pass whatever the wall clock is set to, those in which the machine sleeps included
    /// where the system counts them.
    fn counter(&self) -> Option<u64> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const COUNTER: rustix::time::ClockId = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const COUNTER: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
        match &self.source {
            Source::System => Duration::try_from(rustix::time::clock_gettime(COUNTER)).ok().map(milliseconds),
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected { counter, .. } => counter(),
        }
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::System => "Clock(system)",
            #[cfg(any(test, feature = "hazmat"))]
            Source::Injected { .. } => "Clock(injected)",
        })
    }
}

/// What time it is, as far as one party can know it (SPEC §6.7).
///
/// ```text
/// floor  the latest time at which the vault was written, as far as it was sure
/// clock  the later of the machine's clock and the floor
/// now    the later of clock and the newest quorum time, unless that is more than the skew ahead of clock
/// sure   what the wall clock shows, as far as floor and quorum times bear it out
/// latest the skew after clock: later times of others do not count
/// ```
///
/// Of others come two more: `at`, when an event was published, and `as_of`, the time of a view, both by the
/// word of a quorum (SPEC §4.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// By which others' clocks are judged: nobody else's word moves it.
    pub(crate) clock: Timestamp,
    /// For judging what is fresh and what has begun.
    pub(crate) now: Timestamp,
    /// For what cannot be taken back: destruction, and the floor.
    pub(crate) sure: Timestamp,
    /// The wall clock itself.
    pub(crate) wall: Timestamp,
    jumped: bool,
}

/// How far, in seconds, others' clocks may be ahead of this one.
pub(crate) const MAX_SKEW: u64 = 300;
/// A jump of the clock that nobody else confirms is not believed beyond this.
const MAX_JUMP: u64 = 2 * 86400;
/// How far the clock goes on its own: the age at which a roster is stale by default, and a jump.
const MAX_ALONE: u64 = 9 * 86400;

impl Times {
    /// `[ROT-40]`, `[ROT-41]`, step by step. `quorum` is the newest quorum time that is held, or 0.
    pub(crate) fn of(reading: Reading, floor: Timestamp, quorum: Timestamp) -> Self {
        let clock = reading.counted.max(floor);
        let believed = if quorum <= clock.plus(MAX_SKEW) { quorum } else { Timestamp::default() };
        let now = clock.max(believed);
        let wall = reading.wall.max(floor);
        let known = floor.max(believed.min(wall));
        let sure = if wall.since(known) > MAX_JUMP { known } else { wall };
        // A clock that is led ahead in small steps is not believed for ever.
        let alone = if quorum.unix() > 0 { quorum.plus(MAX_ALONE).max(floor) } else { Timestamp::MAX };
        let sure = sure.min(alone);
        Self { clock, now, sure, wall: reading.wall, jumped: sure < wall }
    }

    /// One time for everything.
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { clock: now, now, sure: now, wall: now, jumped: false }
    }

    /// The latest time of others that counts: beyond it, their clocks are ahead (`[ROS-56]`).
    pub(crate) fn latest(&self) -> Timestamp {
        self.clock.plus(MAX_SKEW)
    }

    /// Whether the clock is so far ahead that nothing is destroyed by its word.
    pub(crate) fn jumped(&self) -> bool {
        self.jumped
    }

    /// By how many seconds the wall clock is behind what was seen before, if that is more than clocks differ.
    pub(crate) fn behind(&self) -> Option<u64> {
        Some(self.now.since(self.wall)).filter(|seconds| *seconds > MAX_SKEW)
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

    fn t(seconds: u64) -> Timestamp {
        Timestamp::from_unix(1_900_000_000 + seconds).unwrap()
    }

    fn times(wall: u64, counted: u64, floor: u64, quorum: u64) -> [u64; 3] {
        let reading = Reading { wall: t(wall), counted: t(counted) };
        let Times { clock, now, sure, .. } = Times::of(reading, t(floor), t(quorum));
        [clock, now, sure].map(|time| time.since(t(0)))
    }

    #[test]
    fn the_times_of_a_party_are_what_the_specification_says() {
        const DAY: u64 = 86_400;
        // The clock is believed; so is a quorum that is a little ahead of it, but for destroying.
        assert_eq!(times(1000, 1000, 900, 950), [1000, 1000, 1000]);
        assert_eq!(times(1000, 1000, 900, 1300), [1000, 1300, 1000]);
        assert_eq!(times(1000, 1000, 900, 1301), [1000, 1000, 1000]);
        // Behind the floor, the floor; held back while seconds pass, what was counted, but for destroying.
        assert_eq!(times(500, 500, 900, 950), [900, 950, 900]);
        assert_eq!(times(1000, 5000, 900, 950), [5000, 5000, 1000]);
        // A jump is believed once a quorum has confirmed it, and alone for nine days.
        assert_eq!(times(3 * DAY, 3 * DAY, 900, 950), [3 * DAY, 3 * DAY, 950]);
        assert_eq!(times(3 * DAY, 3 * DAY, 900, 2 * DAY), [3 * DAY; 3]);
        assert_eq!(times(12 * DAY, 12 * DAY, 11 * DAY, 2 * DAY), [12 * DAY, 12 * DAY, 11 * DAY]);
    }

    #[test]
    fn r21_seconds_that_pass_are_counted_while_the_wall_clock_is_held_back() {
        use std::sync::Arc;
        let (wall, counter) = (Arc::new(AtomicU64::new(1_900_000_000)), Arc::new(AtomicU64::new(50)));
        let shown = Arc::clone(&wall);
        let counted = Arc::clone(&counter);
        let clock = Clock::counting(
            move || Timestamp::from_unix(shown.load(Ordering::SeqCst)).unwrap(),
            move || counted.load(Ordering::SeqCst),
        );
        assert_eq!(clock.now(), t(0));
        counter.store(150, Ordering::SeqCst);
        assert_eq!(clock.read(), Reading { wall: t(0), counted: t(100) });
        // Set ahead it is followed; set back it is not, until somebody says so.
        wall.fetch_add(1000, Ordering::SeqCst);
        assert_eq!(clock.now(), t(1000));
        wall.fetch_sub(2000, Ordering::SeqCst);
        assert_eq!(clock.now(), t(100));
        clock.count_anew();
        counter.store(151, Ordering::SeqCst);
        assert_eq!(clock.now(), Timestamp::from_unix(1_900_000_000 - 999).unwrap());
    }

    #[test]
    fn what_is_counted_is_not_ahead_of_a_wall_clock_that_goes_as_it_should() {
        use std::sync::Arc;
        let passed = Arc::new(AtomicU64::new(0));
        let [wall, counter] = [1_900_000_000_100_u64, 50_900].map(|start| {
            let passed = Arc::clone(&passed);
            move || start + passed.load(Ordering::SeqCst)
        });
        let clock = Clock::counting_milliseconds(wall, counter);
        for after in [0, 150, 899, 900, 1200] {
            passed.store(after, Ordering::SeqCst);
            let Reading { wall, counted } = clock.read();
            assert_eq!(counted, wall, "{after} ms later");
        }
    }

    #[test]
    fn the_systems_clock_counts() {
        let clock = Clock::system();
        assert!(clock.counter().is_some());
        assert!(clock.now() >= clock.read().wall);
    }

    #[test]
    fn spans_are_shown_in_two_units() {
        let shown = [0, 59, 60, 3601, 90_000, 86_400 * 9 + 61, 7384].map(|seconds| Span(seconds).to_string());
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 h", "1 d 1 h", "9 d", "2 h 3 min"]);
    }
}
