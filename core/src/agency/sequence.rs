//! The numbers that envelopes carry: increasing, gaps are legal (SPEC §15, `[AGY-03]`).

use std::ops::Range;

use crate::error::Error;
use crate::replica::Replica;
use crate::sync::{Exclusive, Rank};

use super::rows;

/// So many numbers are reserved at a time: durable before the first of them is used.
pub(super) const BLOCK: u64 = 1024;

/// What is reserved and not used.
pub(super) struct Sequence(Exclusive<Range<u64>>);

impl Sequence {
    pub(super) const fn new() -> Self {
        Self(Exclusive::new(Rank::Sequence, 0..0))
    }

    pub(super) fn next(&self, replica: &Replica) -> Result<u64, Error> {
        let mut reserved = self.0.lock();
        if let Some(next) = reserved.next() {
            return Ok(next);
        }
        let from = replica.write(|edit| {
            let from = rows::sequence(&edit.view())?;
            rows::put_sequence(edit, from.saturating_add(BLOCK))?;
            Ok(from)
        })?;
        *reserved = from..from.saturating_add(BLOCK);
        reserved.next().ok_or(Error::State("there are no sequence numbers left"))
    }

    /// Uses nothing more of what was reserved.
    pub(super) fn forget(&self) {
        *self.0.lock() = 0..0;
    }
}
