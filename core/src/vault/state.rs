//! The state row: which generation the store holds (SPEC §12.4).
//!
//! ```text
//! state = generation u64 ‖ tag(16) ‖ previous tag(16) ‖ wrapping key's number u64 ‖ floor u64 ‖ rows
//! rows  = compared u64 ‖ differing table u8, or 0 ‖ n u8 ‖ n × (table u8 ‖ sum(16)); nothing at all in an older state
//! ```

use crate::time::Timestamp;

use super::anchor::AnchorState;
use super::store::Table;
use super::sums::{Sums, summed};

/// The state's row key in the table `Meta`.
pub(super) const KEY: &[u8] = b"state";

/// A random mark of one generation.
pub(crate) type Tag = [u8; 16];

/// What every write transaction writes anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Counts the write transactions.
    pub generation: u64,
    /// This generation's mark.
    pub tag: Tag,
    /// The mark of the generation before.
    pub previous: Tag,
    /// The number of the wrapping key under which the secrets are.
    pub wrapping: u64,
    /// No time before this one is believed (`[VLT-40]`).
    pub floor: Timestamp,
    /// What the rows are; `None` in a state that was written before that was kept.
    pub rows: Option<RowState>,
}

/// What the rows are, and when they were last compared with that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowState {
    /// When all of them were compared last while others wrote; zero if never (`[VLT-15]`).
    pub compared: Timestamp,
    /// A table whose rows were found to differ: the quarantine outlasts the process.
    pub differs: Option<Table>,
    /// The sum of each table.
    pub sums: Sums,
}

impl State {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Self { generation, tag, previous, wrapping, floor, rows } = self;
        let (generation, wrapping, floor) =
            (generation.to_be_bytes(), wrapping.to_be_bytes(), floor.unix().to_be_bytes());
        let mut state = [generation.as_slice(), tag, previous, &wrapping, &floor].concat();
        if let Some(RowState { compared, differs, sums }) = rows {
            state.extend_from_slice(&compared.unix().to_be_bytes());
            state.push(differs.map_or(0, Table::number));
            sums.encode(&mut state);
        }
        state
    }

    /// Takes exactly the bytes of a state.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (generation, rest) = bytes.split_first_chunk()?;
        let (tag, rest) = rest.split_first_chunk()?;
        let (previous, rest) = rest.split_first_chunk()?;
        let (wrapping, rest) = rest.split_first_chunk()?;
        let (floor, rest) = rest.split_first_chunk()?;
        let rows = if rest.is_empty() { None } else { Some(RowState::decode(rest)?) };
        Some(Self {
            generation: u64::from_be_bytes(*generation),
            tag: *tag,
            previous: *previous,
            wrapping: u64::from_be_bytes(*wrapping),
            floor: Timestamp::from_unix(u64::from_be_bytes(*floor))?,
            rows,
        })
    }

    /// `[VLT-31]` What store and anchor say together.
    pub(super) fn compare(&self, anchor: &AnchorState) -> Standing {
        let held = anchor.keys.iter().any(|key| key.number == self.wrapping);
        match (anchor.generation, anchor.tag) {
            (generation, tag) if (generation, tag) == (self.generation, self.tag) => {
                if held {
                    Standing::Equal
                } else {
                    Standing::Apart(Reason::AnchorDamaged)
                }
            }
            (generation, tag)
                if generation.checked_add(1) == Some(self.generation) && tag == self.previous =>
            {
                if held {
                    Standing::Ahead
                } else {
                    Standing::Apart(Reason::AnchorDamaged)
                }
            }
            (generation, _) if generation > self.generation => Standing::Apart(Reason::StoreOlder),
            (generation, _) if generation < self.generation => Standing::Apart(Reason::AnchorOlder),
            _ => Standing::Apart(Reason::Diverged),
        }
    }
}

impl RowState {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (compared, rest) = bytes.split_first_chunk()?;
        let (differs, sums) = rest.split_first()?;
        let differs = match differs {
            0 => None,
            number => Some(summed().find(|table| table.number() == *number)?),
        };
        let compared = Timestamp::from_unix(u64::from_be_bytes(*compared))?;
        Some(Self { compared, differs, sums: Sums::decode(sums)? })
    }
}

/// How the store stands to the anchor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Equal,
    /// The store's last write was not acknowledged.
    Ahead,
    Apart(Reason),
}

/// Whether store and anchor belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// They do.
    Sound,
    /// They do not: nothing is written until the owner leaves the quarantine.
    Quarantined(Reason),
}

/// Why a vault is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// There is no anchor: the store was copied to another machine, or the anchor was lost.
    AnchorMissing,
    /// The anchor cannot be read, or lacks the key it should hold.
    AnchorDamaged,
    /// The anchor is another vault's. Name the right one.
    AnchorOfAnother,
    /// The store is older than the anchor: a snapshot was restored.
    StoreOlder,
    /// The anchor is older than the store: it was restored, or a copy of the store wrote elsewhere.
    AnchorOlder,
    /// Both are of one generation and differ: a copy of the store has written.
    Diverged,
    /// The rows of this table are not those that the vault last wrote: some were put back or removed, or
    /// the files are of different times.
    RowsDiffer(&'static str),
}

impl Reason {
    /// The stable code that bindings carry.
    pub fn code(self) -> &'static str {
        match self {
            Self::AnchorMissing => "anchor-missing",
            Self::AnchorDamaged => "anchor-damaged",
            Self::AnchorOfAnother => "anchor-of-another",
            Self::StoreOlder => "store-older",
            Self::AnchorOlder => "anchor-older",
            Self::Diverged => "diverged",
            Self::RowsDiffer(_) => "rows-differ",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::AnchorMissing => "there is no anchor where it was looked for",
            Self::AnchorDamaged => "its anchor is damaged",
            Self::AnchorOfAnother => "the anchor is another vault's",
            Self::StoreOlder => "its store is older than its anchor, as after the restoring of a snapshot",
            Self::AnchorOlder => "its anchor is older than its store",
            Self::Diverged => "a copy of its store has been in use",
            Self::RowsDiffer(table) => {
                return write!(
                    f,
                    "the rows of its table {table} are not those that it wrote last, as after files of different \
                     times were put together, or rows were put back or removed"
                );
            }
        };
        f.write_str(text)
    }
}
