//! What a centre tells of the logs, and the proof that an event stands in one.

use super::Centre;
use super::rows::LOG_RESTORED;
use crate::error::Error;
use crate::replica::CountryStatus;
use crate::roster::InclusionProof;
use crate::roster::event::SignedEvent;
use crate::vault::store::Table;

impl Centre {
    /// Every pinned country, by its code.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn status(&self) -> Result<Vec<CountryStatus>, Error> {
        let mut all = self.replica.status();
        for status in &mut all {
            let country = status.anchor.country();
            if country == self.country() {
                status.pending = self.pending()?.len();
                status.relearn =
                    self.replica.read(|view| Ok(view.get(Table::Handle, LOG_RESTORED)?.is_some()))?;
            } else {
                let checked = self.replica.read(|view| Self::check_relearned(view, &status.anchor));
                status.relearn = match checked {
                    Err(Error::Relearn { .. }) => true,
                    other => other.map(|()| false)?,
                };
            }
        }
        Ok(all)
    }

    /// The proof that an event stands in a country's log, under the newest checkpoint: for a third
    /// party, who needs nothing else but the country's log key and a policy.
    ///
    /// # Errors
    /// [`Error::Roster`] if the event is not in what is published.
    pub fn proof(&self, event: &SignedEvent) -> Result<InclusionProof, Error> {
        self.check_process()?;
        // The own log knows where each of its events stands.
        let known = self.log.lock().as_ref().and_then(|end| end.place_of(event));
        self.replica.proof(event, known)
    }
}
