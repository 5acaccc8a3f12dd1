//! Floor 5: a centre, the operator's handle (SPEC §4.20, §14).
//!
//! ```text
//! event ──admit──▶ pending ──publish──▶ proposal ──▶ the other centres: cosign ──▶ note
//!                                                                                  │
//! every party ◀── export ◀── own roster, published ◀── quorum ◀── collect ◀────────┘
//! ```

mod admit;
#[cfg(feature = "hazmat")]
mod audit;
mod ceremony;
mod collect;
mod cosign;
mod found;
mod keys;
mod pending;
mod publish;
mod relearn;
mod root_file;
mod rows;
mod status;
#[cfg(test)]
mod tests;

pub use admit::Admitted;
pub use ceremony::{Renewal, Successors};
pub use collect::Collected;
pub use relearn::Relearned;
pub use root_file::RootFile;

use std::io::{Read, Write};
use std::path::Path;

use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::replica::Replica;
use crate::roster::event::SignedEvent;
use crate::roster::log_end::LogEnd;
use crate::roster::{EquivocationProof, Imported, Policy, Rosters, TrustAnchor};
use crate::sync::{Exclusive, Locked};
use crate::time::{Span, Timestamp};
use crate::vault::{Condition, PassphraseForm, Unlock};

/// A country's centre: its log, its witness, and its view of all rosters.
///
/// All calls may be made from many threads. Nothing is sent anywhere: what other centres and
/// agencies are to have is returned as bytes.
///
/// ```
/// use vlec::{Centre, Collected, Country, Random, RootKey, Storage, Unlock};
///
/// # fn unlock() -> Unlock { Unlock::Key(vlec::Secret::new(|key| key.fill(7))) }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Four countries, each with a root key (in production three or more, in `RootFile`s).
/// let mut centres = Vec::new();
/// for name in ["GE", "UA", "AZ", "MD"] {
///     let country: Country = name.parse()?;
///     let root = RootKey::generate(country, &Random::system())?;
///     centres.push(Centre::found(Storage::memory(), country, unlock(), &[&root], 1, 86_400)?);
/// }
/// // Each pins the others, whose anchors people have compared.
/// for a in &centres {
///     for b in &centres {
///         a.pin(b.genesis(), b.anchor())?;
///     }
/// }
/// // Georgia's log proposes its first checkpoint; two others cosign it.
/// let [georgia, ukraine, azerbaijan, moldova] = &centres[..] else { unreachable!() };
/// let proposal = georgia.publish()?;
/// let note = ukraine.cosign(&proposal)?;
/// assert!(matches!(georgia.collect(&note)?, Collected::Waiting { .. }));
/// let note = azerbaijan.cosign(&proposal)?;
/// assert!(matches!(georgia.collect(&note)?, Collected::Published(_)));
/// // The bundle is for everybody.
/// let mut bundle = Vec::new();
/// georgia.export(georgia.country(), 0, &mut bundle)?;
/// assert_eq!(moldova.import(&bundle[..])?.size, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Centre {
    replica: Replica,
    genesis: SignedEvent,
    anchor: TrustAnchor,
    /// One admission, publication or collection at a time; and the log's end, once something was admitted.
    log: Exclusive<Option<LogEnd>>,
}

impl Centre {
    /// The country.
    pub fn country(&self) -> Country {
        self.anchor.country()
    }

    /// The country's trust anchor, for people to compare.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The country's first event, for others to pin.
    pub fn genesis(&self) -> &SignedEvent {
        &self.genesis
    }

    /// Whether the vault and its anchor belong together: see [`Self::leave_quarantine`].
    pub fn condition(&self) -> Condition {
        self.replica.vault().condition()
    }

    /// As [`Agency::check_process`](crate::Agency::check_process).
    ///
    /// # Errors
    /// As that.
    pub fn check_process(&self) -> Result<(), Error> {
        self.replica.check_process()
    }

    /// Pins a country: `anchor` is what people have compared, `genesis` what came with it.
    ///
    /// # Errors
    /// [`Error::NotTheAnchor`]; [`Error::Roster`] if another anchor is pinned.
    pub fn pin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        self.replica.pin(genesis, anchor)
    }

    /// Pins a country anew after a ceremony: its old roster, and its freeze, are forgotten.
    ///
    /// # Errors
    /// [`Error::OwnLog`] for the own country, else as [`Self::pin`].
    pub fn repin(&self, genesis: &SignedEvent, anchor: &TrustAnchor) -> Result<(), Error> {
        if anchor.country() == self.country() {
            return Err(Error::OwnLog(self.country()));
        }
        self.replica.repin(genesis, anchor)
    }

    /// Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other
    /// pinned countries', of at most six and of two at least.
    ///
    /// # Errors
    /// [`Error::NotPinned`].
    pub fn set_policy(&self, country: Country, policy: Policy) -> Result<(), Error> {
        self.replica.set_policy(country, policy)
    }

    /// Takes a bundle of any country, of at most 4 GiB. While it is read, nobody waits.
    ///
    /// # Errors
    /// [`Error::NotPinned`]; [`Error::Roster`], of which a fork is kept and freezes the country.
    /// [`Error::older_bundle_of`] says of an older bundle that it is one.
    pub fn import(&self, bundle: impl Read) -> Result<Imported, Error> {
        let bundle = self.replica.incoming(bundle)?;
        if bundle.anchor().country() == self.country() {
            self.import_own(bundle)
        } else {
            let imported = self.replica.import(bundle)?;
            self.check_witnessed(imported.country)?;
            Ok(imported)
        }
    }

    /// Writes what was published of a country's roster after its first `from` events.
    ///
    /// # Errors
    /// [`Error::Roster`] if nothing is held, or less than `from`.
    pub fn export(&self, country: Country, from: u64, output: impl Write) -> Result<(), Error> {
        self.replica.export(country, from, output)
    }

    /// Looks something up in the verified rosters. They do not change meanwhile: `look` must be short,
    /// and must not call the centre.
    pub fn with_rosters<T>(&self, look: impl FnOnce(&Rosters) -> T) -> T {
        look(&self.replica.rosters())
    }

    /// The published events of an agency of any country, or of a country itself, in the order of its
    /// log, with their places counted from 0; but for ended epochs whose bytes have been dropped.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn events(&self, subject: &AgencyId) -> Result<Vec<(u64, SignedEvent)>, Error> {
        self.replica.events(subject)
    }

    /// Takes a proof that a log has shown two rosters: no new key of that country counts any more.
    ///
    /// # Errors
    /// [`Error::Roster`] if it proves nothing.
    pub fn accuse(&self, proof: EquivocationProof) -> Result<(), Error> {
        self.replica.accuse(proof)
    }

    /// The proof that froze a country, to be passed on.
    pub fn frozen(&self, country: Country) -> Option<EquivocationProof> {
        self.replica.rosters().frozen(country).cloned()
    }

    /// Takes a revocation of any country that is not in its log, or not yet.
    ///
    /// # Errors
    /// [`Error::Roster`].
    pub fn hear(&self, revocation: &SignedEvent) -> Result<(), Error> {
        self.replica.hear(revocation)
    }

    /// The operator's word that the clock is right, after it jumped.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn confirm_time(&self) -> Result<(), Error> {
        self.replica.confirm_time()
    }

    /// Returns which text of the passphrase has opened the vault. If it was the bytes as given,
    /// [`Centre::change_unlock`] with the same passphrase makes it one that every keyboard gives.
    pub fn passphrase_form(&self) -> PassphraseForm {
        self.replica.vault().passphrase_form()
    }

    /// Returns by how much the clock is behind what the vault has seen, if that is more than five minutes: see
    /// [`Centre::set_clock_back`].
    pub fn clock_behind(&self) -> Option<Span> {
        self.replica.times().behind().map(Span)
    }

    /// Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
    /// the vault wrote last. Where they differ, it is quarantined.
    ///
    /// # Errors
    /// [`Error::Vault`]: a row was changed, moved, put back or removed, or the store cannot be read.
    pub fn examine(&self) -> Result<(), Error> {
        Ok(self.replica.vault().examine()?)
    }

    /// Compares all rows of the vault with what it wrote last, unless that was done within a day: in steps
    /// between which others read and write. To be called once a day.
    ///
    /// # Errors
    /// [`Error::Vault`]: rows differ, and the vault is quarantined; the store cannot be read.
    pub fn compare_rows(&self) -> Result<(), Error> {
        self.replica.compare_if_due()
    }

    /// When all rows of the vault were last compared with what it wrote; `None` if they never were.
    pub fn rows_compared(&self) -> Option<Timestamp> {
        self.replica.rows_compared()
    }

    /// Writes everything that the vault holds, but its anchor, into the new file `to`: a consistent copy, as of one moment,
    /// read back and compared before it has its name. To restore it, close the vault, take `vault.sqlite` and the
    /// journal `vault.sqlite-wal` out of the home, put the file there as `vault.sqlite`, and leave the anchor as it
    /// is: the vault is then opened in quarantine, and [`Centre::leave_quarantine`] is the way out.
    ///
    /// # Errors
    /// [`Error::Vault`]: the file exists or cannot be written, or the rows are not what the vault wrote last.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        self.replica.backup(to)
    }

    /// The operator's word that the clock was ahead when the vault was written, and is right now: times
    /// begin with the clock's again, or with the newest that a quorum of witnesses has given.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn set_clock_back(&self) -> Result<(), Error> {
        self.replica.set_clock_back()
    }

    /// Changes the passphrase or key of the vault.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn change_unlock(&self, new: Unlock) -> Result<(), Error> {
        self.replica.change_unlock(new)
    }

    fn log(&self) -> Result<Locked<'_, Option<LogEnd>>, Error> {
        self.check_process()?;
        let guard = self.log.lock();
        self.replica.check_sound()?;
        Ok(guard)
    }
}
