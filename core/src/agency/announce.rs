//! What is to be brought to the centre (SPEC §6.3, `[ROT-20]`).

use crate::error::Error;
use crate::roster::event::SignedEvent;

use super::Agency;

impl Agency {
    /// Returns the signed events that the roster does not hold, in the order in which the centre takes them:
    /// revocations of published keys, epochs, an identity's rotation. Until an imported roster holds them,
    /// each call gives the same bytes; to bring them twice does no harm.
    ///
    /// # Errors
    /// [`Error::Quarantined`]; [`Error::Vault`].
    pub fn announcements(&self) -> Result<Vec<SignedEvent>, Error> {
        self.replica.check_sound()?;
        Ok(self.situation()?.announcements())
    }
}
