//! The real binary, from outside: every command, as it is meant and as it is not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub)]

mod agencies;
mod centres;
mod doctors;
mod firsts;
mod handbook;
mod inputs;
mod kills;
mod kinds;
mod letters;
mod memory;
mod names;
mod prompts;
mod readme;
mod restored;
mod rosters;
mod secrets;
#[cfg(feature = "hazmat")]
mod told;
mod town;
mod upkeep;
mod wrong;
