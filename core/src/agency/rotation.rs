//! How often epochs change, and which windows are still missing (SPEC §6.1, `[ROT-10]`…`[ROT-13]`).
//!
//! ```text
//!        now
//! ───┬────┼─────┬──────────┬──────────┬─────────▶ time
//!    │ current  │    n + 1 │    n + 2 │   sealed to, without a gap
//!    └──────────┴──── open_for ──▶ destroyed
//! ```

use crate::error::Error;
use crate::keys::epoch::Window;
use crate::time::Timestamp;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// How an agency's epochs follow each other. A change takes effect with the next epoch that is
/// prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// For how many seconds an epoch is sealed to: an hour to 90 days; a day by default.
    pub epoch: u64,
    /// For how many seconds after that it is opened: an hour to a year; seven days by default.
    pub open_for: u64,
    /// How many whole epochs are announced beyond the current one: 1 to 30; 2 by default. For so long
    /// the centre may be out of reach before nobody can seal to the agency any more.
    pub announce_ahead: u64,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self { epoch: DAY, open_for: 7 * DAY, announce_ahead: 2 }
    }
}

impl RotationPolicy {
    pub(super) fn check(&self) -> Result<(), Error> {
        let Self { epoch, open_for, announce_ahead } = self;
        let holds = (HOUR..=90 * DAY).contains(epoch)
            && (HOUR..=365 * DAY).contains(open_for)
            && (1..=30).contains(announce_ahead);
        if holds {
            Ok(())
        } else {
            Err(Error::State(
                "the rotation policy is out of bounds: an epoch of an hour to 90 days, open for an hour to \
                 a year, 1 to 30 announced ahead",
            ))
        }
    }

    pub(super) fn encode(&self) -> [u8; 24] {
        let Self { epoch, open_for, announce_ahead } = self;
        let mut bytes = [0; 24];
        for (field, value) in bytes.chunks_exact_mut(8).zip([epoch, open_for, announce_ahead]) {
            field.copy_from_slice(&value.to_be_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (epoch, rest) = bytes.split_first_chunk()?;
        let (open_for, rest) = rest.split_first_chunk()?;
        let [epoch, open_for, announce_ahead] =
            [epoch, open_for, rest.try_into().ok()?].map(|bytes: &[u8; 8]| u64::from_be_bytes(*bytes));
        let policy = Self { epoch, open_for, announce_ahead };
        policy.check().is_ok().then_some(policy)
    }

    /// `[ROT-11]` The windows that are to be prepared, so that from `now` on there is one to seal to
    /// without a gap, until `announce_ahead` epochs after the current one. `live` are those of the
    /// epochs that can be sealed to, or will be.
    pub(super) fn missing(&self, live: &[Window], now: Timestamp) -> Vec<Window> {
        let goal = now.plus(self.epoch.saturating_mul(self.announce_ahead.saturating_add(1)));
        let mut windows = live.to_vec();
        loop {
            let from = covered_until(&windows, now);
            let until = from.plus(self.epoch);
            let next = Window::new(from, until, until.plus(self.open_for));
            match next {
                Ok(window) if from < goal => windows.push(window),
                _ => return windows.split_off(live.len()),
            }
        }
    }
}

/// Until when one window or another is open, beginning with `now`.
fn covered_until(windows: &[Window], now: Timestamp) -> Timestamp {
    let mut at = now;
    while let Some(end) = windows.iter().filter(|window| window.seals_at(at)).map(Window::not_after).max() {
        at = end;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn t(seconds: u64) -> Timestamp {
        Timestamp::from_unix(1_900_000_000 + seconds).unwrap()
    }

    fn starts(windows: &[Window]) -> Vec<u64> {
        windows.iter().map(|window| window.not_before().since(t(0)) / HOUR).collect()
    }

    #[test]
    fn the_first_epoch_begins_now_and_the_others_follow_it() {
        let policy = RotationPolicy::default();
        let first = policy.missing(&[], t(0));
        assert_eq!(starts(&first), [0, 24, 48]);
        assert_eq!(first[0].destroy_at(), t(8 * DAY));
        assert_eq!(policy.missing(&first, t(0)), []);
        assert_eq!(starts(&policy.missing(&first, t(DAY))), [72]);
    }

    #[test]
    fn a_late_maintenance_begins_anew_and_fills_no_past() {
        let policy = RotationPolicy::default();
        let first = policy.missing(&[], t(0));
        assert_eq!(starts(&policy.missing(&first, t(30 * DAY))), [720, 744, 768]);
    }

    #[test]
    fn a_revoked_current_epoch_is_replaced_at_once_and_the_later_ones_stay() {
        let policy = RotationPolicy::default();
        let first = policy.missing(&[], t(0));
        // Half a day later, the second and third being announced.
        assert_eq!(starts(&policy.missing(&first[1..], t(DAY / 2))), [12, 72]);
    }

    #[test]
    fn policies_out_of_bounds_are_refused() {
        let good = RotationPolicy::default();
        assert_eq!(RotationPolicy::decode(&good.encode()), Some(good));
        for bad in [
            RotationPolicy { epoch: HOUR - 1, ..good },
            RotationPolicy { epoch: u64::MAX, ..good },
            RotationPolicy { open_for: 0, ..good },
            RotationPolicy { announce_ahead: 0, ..good },
            RotationPolicy { announce_ahead: 31, ..good },
        ] {
            assert_eq!(bad.check().unwrap_err().code(), "state");
            assert_eq!(RotationPolicy::decode(&bad.encode()), None);
        }
    }

    proptest! {
        #[test]
        fn from_now_on_there_is_no_gap(
            starts in proptest::collection::vec((0..40_u64, 1..10_u64), 0..8), now in 0..50_u64,
        ) {
            let window = |(start, len)| {
                Window::new(t(start * HOUR), t((start + len) * HOUR), t((start + len + 1) * HOUR)).unwrap()
            };
            let policy = RotationPolicy { epoch: 5 * HOUR, open_for: HOUR, announce_ahead: 2 };
            let live: Vec<Window> = starts.into_iter().map(window).collect();
            let all = [live.clone(), policy.missing(&live, t(now * HOUR))].concat();
            for hour in now..now + 15 {
                prop_assert!(all.iter().any(|window| window.seals_at(t(hour * HOUR))), "{hour}");
            }
        }
    }
}
