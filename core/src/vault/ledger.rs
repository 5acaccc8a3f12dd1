//! The ledger, kept in a vault: what arrived, what was accepted, and with what outcome
//! (SPEC §12.7, `[LED-01]`…`[LED-09]`).

use crate::envelope::ledger::{Arrival, Ledger, LedgerError, Outcome};
use crate::envelope::signed::{SignedManifest, VerifiedManifest};
use crate::ids::{AgencyId, EnvelopeId};
use crate::time::Timestamp;

use super::error::VaultError;
use super::handle::Vault;
use super::ledger_rows::{self as rows, Entry, Verdict};
use super::state::Condition;

const DAY: u64 = 86_400;
/// So many rows are pruned in one transaction.
const PAGE: usize = 512;

/// What an operator decides about the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerPolicy {
    /// How old, in seconds since it was sealed, an envelope may be when it arrives for the first time.
    /// 90 days by default.
    pub horizon: u64,
    /// For how long, in seconds, a sender may seal the same thing again with `replaces`. 30 days by default.
    pub resend: u64,
}

impl Default for LedgerPolicy {
    fn default() -> Self {
        Self { horizon: 90 * DAY, resend: 30 * DAY }
    }
}

/// The ledger of a vault at one time.
#[derive(Clone, Copy, Debug)]
pub struct VaultLedger<'a> {
    vault: &'a Vault,
    policy: LedgerPolicy,
    now: Timestamp,
}

impl Vault {
    /// The ledger at `now`.
    pub fn ledger(&self, policy: LedgerPolicy, now: Timestamp) -> VaultLedger<'_> {
        VaultLedger { vault: self, policy, now }
    }
}

impl VaultLedger<'_> {
    /// Accepts an envelope, durably before this returns, with what the application made of it. A
    /// receipt may leave after that.
    ///
    /// # Errors
    /// [`LedgerError::Duplicate`] with the first outcome if it, or one of its group, was accepted before;
    /// [`LedgerError::NotPending`]; [`LedgerError::Unavailable`].
    pub fn accept(&self, sender: &AgencyId, id: &EnvelopeId, outcome: &Outcome) -> Result<(), LedgerError> {
        only(self.accept_all(&[(sender, id, outcome)])?)
    }

    /// As [`VaultLedger::accept`], many in one transaction: the results are in order, and all that
    /// succeeded are durable when this returns.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`]; then none was accepted.
    pub fn accept_all(
        &self,
        all: &[(&AgencyId, &EnvelopeId, &Outcome)],
    ) -> Result<Vec<Result<(), LedgerError>>, LedgerError> {
        let now = self.vault.now_floor(self.now);
        let write = self.vault.write(self.now, |edit| {
            all.iter().map(|(sender, id, outcome)| rows::accept(edit, sender, id, outcome, now)).collect()
        });
        write.map_err(unavailable)
    }

    #[cfg(any(test, feature = "hazmat"))]
    /// As [`Ledger::arrive`], many in one transaction: the results are in order, and all arrivals
    /// are durable when this returns.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`]; then none was recorded.
    pub fn arrive_all(&self, all: &[&VerifiedManifest]) -> Result<Vec<Verdict>, LedgerError> {
        let entries: Vec<Entry<'_>> = all.iter().map(|manifest| Entry::of(manifest)).collect();
        self.arrive_entries(&entries)
    }

    /// `[LED-01]` What the rows that stand already decide costs no write.
    pub(crate) fn arrive_entries(&self, entries: &[Entry<'_>]) -> Result<Vec<Verdict>, LedgerError> {
        if let Condition::Quarantined(reason) = self.vault.condition() {
            return Err(unavailable(VaultError::Quarantined(reason)));
        }
        let now = self.vault.now_floor(self.now);
        let horizon =
            Timestamp::from_unix(now.unix().saturating_sub(self.policy.horizon)).unwrap_or_default();
        let known = self.vault.read(|view| {
            entries.iter().map(|entry| rows::known(view, entry, horizon)).collect::<Result<Vec<_>, _>>()
        });
        let known = known.map_err(unavailable)?;
        if known.iter().all(Option::is_some) {
            return Ok(known.into_iter().flatten().collect());
        }
        let write = self.vault.write(self.now, |edit| {
            entries.iter().map(|entry| rows::arrive(edit, entry, now, horizon)).collect()
        });
        write.map_err(unavailable)
    }

    /// What is on record of an envelope; `None` if nothing is. Writes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub(crate) fn recall(&self, manifest: &VerifiedManifest) -> Result<Option<Verdict>, LedgerError> {
        let entry = Entry::of(manifest);
        self.vault.read(|view| rows::known(view, &entry, Timestamp::default())).map_err(unavailable)
    }

    /// The manifests that one sender signed under one id: none, or the first and up to three others. They
    /// convince a third party, and stay until the vault is gone.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub fn conflicts(&self, sender: &AgencyId, id: &EnvelopeId) -> Result<Vec<SignedManifest>, LedgerError> {
        let key = rows::row_key(sender, id);
        self.vault.read(|view| rows::conflicts_of(view, &key)).map_err(unavailable)
    }

    /// Removes the rows that no envelope within the horizon can ask for: those that arrived, and were sealed,
    /// longer ago than horizon and resend time together. Gives their number.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`]; what was removed until then stays removed.
    pub fn prune(&self) -> Result<u64, LedgerError> {
        let now = self.vault.now_floor(self.now);
        let age = self.policy.horizon.saturating_add(self.policy.resend);
        let until = Timestamp::from_unix(now.unix().saturating_sub(age)).unwrap_or_default();
        let mut pruned = 0;
        loop {
            let due = self.vault.read(|view| rows::is_due(view, until)).map_err(unavailable)?;
            if due == rows::News::No {
                return Ok(pruned);
            }
            let page = self.vault.write(self.now, |edit| rows::prune(edit, until, PAGE));
            pruned += page.map_err(unavailable)?;
        }
    }
}

impl Ledger for VaultLedger<'_> {
    fn arrive(&self, manifest: &VerifiedManifest) -> Result<Arrival, LedgerError> {
        only(self.arrive_entries(&[Entry::of(manifest)])?)
    }
}

/// The one result of a batch of one.
fn only<T>(results: Vec<Result<T, LedgerError>>) -> Result<T, LedgerError> {
    let none = || LedgerError::Unavailable("no result".into());
    results.into_iter().next().ok_or_else(none)?
}

fn unavailable(error: VaultError) -> LedgerError {
    LedgerError::Unavailable(error.to_string())
}
