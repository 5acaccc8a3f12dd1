//! Floor 3: the envelope (SPEC §5).
//!
//! ```text
//! envelope = header ‖ manifest_len u64 ‖ sealed manifest ‖ sealed body
//!            │         │                 │                 └ segments: digested, sealed, opened in parallel
//!            │         │                 └ front: manifest, signature, padding, one digest per segment
//!            └ one stanza per recipient, a MAC over all of it
//! ```
//!
//! Sealing goes through [`seal::Sealing`], opening through [`open::Front`]; memory, files, pipes
//! and readers differ only in where the bytes come from and go to.

pub(crate) mod draft;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod front;
pub(crate) mod header;
pub(crate) mod keys;
pub(crate) mod labels;
pub(crate) mod ledger;
pub(crate) mod manifest;
pub(crate) mod memory;
pub(crate) mod open;
pub(crate) mod outside;
pub(crate) mod padding;
mod parallel;
pub(crate) mod pipe;
pub(crate) mod reader;
pub(crate) mod seal;
pub(crate) mod segments;
pub(crate) mod signed;
