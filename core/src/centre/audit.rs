//! What an auditor may see of a centre, and take from one that is to be hostile: through `hazmat` alone.

use super::Centre;
use super::keys;
use crate::error::Error;
use crate::keys::authority::{LogKey, WitnessKey};
use crate::replica::Replica;

impl Centre {
    pub(crate) fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The present keys of the log and of the witness.
    pub(crate) fn own_keys(&self) -> Result<(LogKey, WitnessKey), Error> {
        let (log, witness) = (self.log_signers(&[]), self.witness_public()?);
        let log = log.last().ok_or(Error::State("the centre has published nothing yet"))?;
        self.replica.read(|view| {
            let log = keys::log_key(view, self.country(), log.id())?;
            Ok((log, keys::witness_key(view, self.country(), witness.id())?))
        })
    }
}
