//! The ledger, kept in a vault: what arrived, what was accepted, and with what outcome
//! (SPEC §12.7, `[LED-01]`…`[LED-09]`).

use crate::envelope::ledger::{Arrival, Ledger, LedgerError, Outcome};
use crate::envelope::signed::{Evidence, VerifiedManifest};
use crate::ids::{AgencyId, EnvelopeId};
use crate::keys::keyring::Keyring;
use crate::sync::Shared;
use crate::time::Timestamp;

use super::error::VaultError;
use super::evidence::{self, Converted, Kept, Keys};
use super::group::Batch;
use super::handle::Vault;
use super::ledger_rows::{self as rows, Entry};
use super::sequence::{self, Twice};
use super::state::Condition;
use super::store::Table;

const DAY: u64 = 86_400;
/// So many rows are pruned in one transaction.
const PAGE: usize = 512;

/// For so many seconds a number that was seen twice is reported.
const TOLD: u64 = 30 * DAY;

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

/// An acceptance that waits to be written.
#[derive(Debug)]
pub(super) struct Accepting {
    sender: AgencyId,
    id: EnvelopeId,
    outcome: Outcome,
    now: Timestamp,
}

/// What comes of one of many.
type Verdict<T> = Result<T, LedgerError>;

/// Whoever wrote for others has panicked.
const GONE: &str =
    "another thread has failed while it wrote, and this may have been accepted: accept it again";

/// The ledger of a vault at one time.
#[derive(Clone, Copy, Debug)]
pub struct VaultLedger<'a> {
    vault: &'a Vault,
    policy: LedgerPolicy,
    now: Timestamp,
    keys: Keys<'a>,
}

impl Vault {
    /// The ledger at `now`. Without the keys of the epochs it keeps of each manifest its digest and signature
    /// only.
    pub fn ledger(&self, policy: LedgerPolicy, now: Timestamp) -> VaultLedger<'_> {
        VaultLedger { vault: self, policy, now, keys: Keys(None) }
    }
}

impl<'a> VaultLedger<'a> {
    /// Keeps manifests as long as the epochs in this keyring that they were opened with (`[LED-11]`).
    #[must_use]
    pub fn with_keys(self, keyring: &'a Shared<Keyring>) -> Self {
        Self { keys: Keys(Some(keyring)), ..self }
    }

    /// Accepts an envelope, durably before this returns, with what the application made of it. A
    /// receipt may leave after that. Threads that accept at one time are written together.
    ///
    /// # Errors
    /// [`LedgerError::Duplicate`] with the first outcome if it, or one of its group, was accepted before;
    /// [`LedgerError::NotPending`]; [`LedgerError::Unavailable`].
    pub fn accept(&self, sender: &AgencyId, id: &EnvelopeId, outcome: &Outcome) -> Result<(), LedgerError> {
        self.vault.check_process().map_err(unavailable)?;
        let job = Accepting { sender: sender.clone(), id: *id, outcome: outcome.clone(), now: self.now };
        let done = self.vault.accepting.run(job, |batch| self.accept_batch(batch));
        done.unwrap_or_else(|| Err(LedgerError::Unavailable(GONE.into())))
    }

    /// `[LED-10]` Those who come while the transaction is filled are taken into it.
    fn accept_batch(&self, batch: &mut Batch<'_, Accepting, Verdict<()>>) -> Vec<Verdict<()>> {
        let write = self.vault.write(self.now, |edit| {
            let mut results = Vec::new();
            loop {
                batch.fill();
                let Some(Accepting { sender, id, outcome, now }) = batch.jobs().get(results.len()) else {
                    return Ok(results);
                };
                // Whoever asks the vault for its time waits for the transaction that is under way.
                let at = edit.at(*now);
                results.push(rows::accept(edit, sender, id, outcome, at)?);
            }
        });
        let error = match write {
            Ok(results) => return results,
            Err(error) => error,
        };
        let alone = |Accepting { sender, id, outcome, now }: &Accepting| {
            let write = self.vault.write(self.now, |edit| {
                let at = edit.at(*now);
                rows::accept(edit, sender, id, outcome, at)
            });
            write.map_err(unavailable)?
        };
        match error {
            // It is one job's row: the others do not bear it.
            VaultError::Row(table) if table != Table::Meta.name() => batch.jobs().iter().map(alone).collect(),
            error => batch.jobs().iter().map(|_| Err(unavailable_for(&error))).collect(),
        }
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
    pub fn arrive_all(&self, all: &[&VerifiedManifest]) -> Result<Vec<Verdict<Arrival>>, LedgerError> {
        let entries: Vec<Entry<'_>> = all.iter().map(|manifest| Entry::of(manifest)).collect();
        self.arrive_entries(&entries)
    }

    /// `[LED-01]` What the rows that stand already decide costs no write.
    pub(crate) fn arrive_entries(&self, entries: &[Entry<'_>]) -> Result<Vec<Verdict<Arrival>>, LedgerError> {
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
        // Sealed before the transaction: no lock of the keys is held in it.
        let keep = |entry: &Entry<'_>| {
            let of = (entry.epoch.as_ref(), entry.sequence);
            Kept::of(entry.digest, entry.signed, of, self.keys, &self.vault.random)
        };
        let kept: Result<Vec<Kept>, _> = entries.iter().map(keep).collect();
        let kept = kept.map_err(|error| unavailable(error.into()))?;
        let write = self.vault.write(self.now, |edit| {
            let all = entries.iter().zip(&kept);
            all.map(|(entry, kept)| rows::arrive(edit, entry, kept, now, horizon)).collect()
        });
        write.map_err(unavailable)
    }

    /// What is on record of an envelope; `None` if nothing is. Writes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub(crate) fn recall(
        &self,
        manifest: &VerifiedManifest,
    ) -> Result<Option<Verdict<Arrival>>, LedgerError> {
        let entry = Entry::of(manifest);
        self.vault.read(|view| rows::known(view, &entry, Timestamp::default())).map_err(unavailable)
    }

    /// What one sender signed under one id: nothing, or the first and up to three others. It convinces a third
    /// party, and stays until the vault is gone; the manifests themselves go with their epochs.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub fn conflicts(&self, sender: &AgencyId, id: &EnvelopeId) -> Result<Vec<Evidence>, LedgerError> {
        let key = rows::row_key(sender, id);
        let kept = self.vault.read(|view| rows::conflicts_of(view, &key)).map_err(unavailable)?;
        Ok(kept.into_iter().map(|kept| kept.show(self.keys)).collect())
    }

    /// Senders of whom one sequence number was seen under two envelope ids within the last 30 days.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    pub fn sequence_twice(&self) -> Result<Vec<Twice>, LedgerError> {
        let since = self.told_since();
        self.vault.read(|view| sequence::seen(view, since)).map_err(unavailable)
    }

    fn told_since(&self) -> Timestamp {
        let now = self.vault.now_floor(self.now);
        Timestamp::from_unix(now.unix().saturating_sub(TOLD)).unwrap_or_default()
    }

    /// `[LED-12]` Puts the manifests of rows that an earlier version has written under the keys of their epochs,
    /// and drops those whose epoch has ended.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`]; what was converted until then stays so.
    pub fn convert(&self) -> Result<(), LedgerError> {
        loop {
            let cursor = self.vault.read(|view| view.get(Table::Handle, evidence::cursor_key()));
            let cursor = cursor.map_err(unavailable)?;
            if evidence::is_converted(cursor.as_ref().map(|cursor| cursor.as_slice())) == Converted::All {
                return Ok(());
            }
            let page = self.vault.write(self.now, |edit| evidence::convert(edit, self.keys, PAGE));
            page.map_err(unavailable)?;
        }
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
        let told = self.told_since();
        let all = self.vault.read(|view| sequence::seen(view, Timestamp::default())).map_err(unavailable)?;
        if all.iter().any(|twice| twice.seen < told) {
            self.vault.write(self.now, |edit| sequence::prune(edit, told)).map_err(unavailable)?;
        }
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
    unavailable_for(&error)
}

fn unavailable_for(error: &VaultError) -> LedgerError {
    LedgerError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hazmat::seeded_random;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::vault::store::Store;
    use crate::{MemoryAnchor, MemoryStore, Unlock};

    fn id(n: u8) -> EnvelopeId {
        EnvelopeId::from_bytes([n; 16])
    }

    fn arrive(ledger: VaultLedger<'_>, sender: &AgencyId, n: u8) {
        let signed = crate::envelope::signed::SignedManifest { bytes: vec![n; 300], signature: [n; 3373] };
        let (created, digest) = (ledger.now, [n; 64]);
        let entry = Entry {
            sender,
            id: id(n),
            digest: &digest,
            created,
            replaces: None,
            signed: &signed,
            epoch: None,
            sequence: 0,
        };
        assert!(matches!(ledger.arrive_entries(&[entry]).unwrap().remove(0), Ok(Arrival::First)));
    }

    /// Of those who are written together only the one whose row is damaged is told so.
    #[test]
    fn l4_a_damaged_row_keeps_nobody_else_of_its_transaction_out() {
        let (store, now) = (MemoryStore::new(), Timestamp::from_unix(1000 * DAY).unwrap());
        let unlock = Unlock::Key(Secret::new(|out| out.fill(1)));
        let random: Random = seeded_random([7; 32]);
        let owner = "GE/mia/cyber".parse().unwrap();
        let vault = Vault::create(store.clone(), MemoryAnchor::new(), owner, unlock, random, now).unwrap();
        let ledger = vault.ledger(LedgerPolicy::default(), now);
        let sender: AgencyId = "UA/npu".parse().unwrap();
        (1..=4).for_each(|n| arrive(ledger, &sender, n));
        let key = rows::row_key(&sender, &id(3));
        store.write(&mut |rows| rows.put(Table::Ledger, &key, b"damaged")).unwrap();

        let outcome = Outcome::new(b"taken").unwrap();
        let job = Accepting { sender: sender.clone(), id: id(1), outcome: outcome.clone(), now };
        let accept = |n: u8| ledger.accept(&sender, &id(n), &outcome);
        let mut others = Vec::new();
        let first = std::thread::scope(|scope| {
            let mut threads = Vec::new();
            let first = vault.accepting.run(job, |batch| {
                threads.extend((2..=4).map(|n| scope.spawn(move || accept(n))));
                while batch.jobs().len() < 4 {
                    batch.fill();
                    std::thread::yield_now();
                }
                ledger.accept_batch(batch)
            });
            others.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
            first.unwrap()
        });
        assert!(first.is_ok(), "{first:?}");
        let [second, third, fourth] = others.try_into().unwrap();
        assert!(second.is_ok() && fourth.is_ok(), "{second:?} {fourth:?}");
        assert!(
            matches!(&third, Err(LedgerError::Unavailable(text)) if text.contains("ledger")),
            "{third:?}"
        );
        assert!(matches!(accept(4), Err(LedgerError::Duplicate { .. })));
    }
}
