//! Revocations on their way to the log (SPEC §6.4, `[ROT-32]`).

use crate::error::Error;
use crate::roster::event::{Content, Reason, SignedEvent};
use crate::vault::store::Table;

use super::Agency;
use super::due::Due;
use super::rows::Outgoing;
use super::situation::Situation;

impl Agency {
    /// Drops what the log holds. A revocation that nobody could sign when it was decided, or whose signer
    /// a rotation or a recovery has replaced, is signed by the identity that signs now.
    pub(super) fn tend_outbox(&self, done: &mut Vec<Due>) -> Result<(), Error> {
        let Situation { settled, unsigned, .. } = self.situation()?;
        let mut signed = Vec::new();
        if let (false, Ok(identity)) = (unsigned.is_empty(), self.signing_identity()) {
            for row in unsigned {
                let event = self.sign_revocation(&row.key_id, reason(&row), &identity)?;
                signed.push((Outgoing { event: Some(event.clone()), ..row }, event));
            }
        }
        if settled.is_empty() && signed.is_empty() {
            return Ok(());
        }
        self.replica.write(|edit| {
            settled.iter().try_for_each(|id| edit.delete(Table::Outbox, id.as_bytes()))?;
            signed.iter().try_for_each(|(row, _)| row.put(edit))
        })?;
        signed.iter().try_for_each(|(_, event)| self.hear_own(event))?;
        done.extend((!signed.is_empty()).then_some(Due::Revoke(signed.len() as u64)));
        Ok(())
    }

    /// An epoch that the roster does not know is no fault: nobody can seal to it yet.
    pub(super) fn hear_own(&self, revocation: &SignedEvent) -> Result<(), Error> {
        match self.replica.hear(revocation) {
            Err(Error::Roster(error)) if error.code() == "event-not-its-key" => Ok(()),
            heard => heard,
        }
    }
}

fn reason(row: &Outgoing) -> Reason {
    match row.event.as_ref().map(|event| event.event().content()) {
        Some(Content::Revoke(revoke)) => revoke.reason(),
        _ => Reason::KeyLoss,
    }
}
