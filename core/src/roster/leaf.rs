//! A leaf of the log: the record of one event (SPEC §4.9, `[ROS-03]`).
//!
//! ```text
//! leaf = [ kind, subject, serial, expiry, SHA-256 of the body ]
//! ```
//!
//! `expiry` is an epoch's `destroy_at`, and 0 for every other kind.

use super::event::{Content, SignedEvent};
use crate::cbor;
use crate::crypto::digest::sha256;

/// The leaf's bytes.
pub(super) fn encode(signed: &SignedEvent) -> Vec<u8> {
    let event = signed.event();
    let expiry = match event.content() {
        Content::Epoch(epoch) => epoch.window().destroy_at().unix(),
        _ => 0,
    };
    cbor::encode(|e| {
        e.array(5)?.u64(event.kind().number())?.str(event.subject().as_str())?;
        e.u64(event.serial())?.u64(expiry)?.bytes(&sha256(&[signed.body()]))?;
        Ok(())
    })
}
