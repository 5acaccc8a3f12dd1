//! Floor 6: the integrator's handle (SPEC §15).
//!
//! ```text
//! Agency ─┬─ rosters: pin, import, hear            ─▶ Replica ─▶ Vault
//!         ├─ letter: seal …    ─ sequence, identity, addressed keys
//!         ├─ delivery: open …, accept, reopen     ─ keyring, ledger
//!         └─ upkeep: due, maintain, announcements ─ situation ◀─ rows, roster, time
//! ```

mod announce;
mod chain;
mod delivery;
mod due;
mod identity;
mod letter;
mod maintain;
mod outbox;
mod quarantine;
mod recovery;
mod rosters;
mod rotation;
pub(crate) mod rows;
mod sequence;
mod situation;
#[cfg(test)]
mod tests;

pub use delivery::{Acceptance, Reopened};
pub use due::Due;
pub use letter::{Letter, SealedMessage};
pub use maintain::Maintained;
pub use rotation::RotationPolicy;
pub use situation::{EpochState, EpochStatus};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::ids::{AgencyId, KeyId};
use crate::keys::epoch::Epoch;
use crate::keys::identity::Identity;
use crate::keys::keyring::Keyring;
use crate::random::Random;
use crate::replica::{Replica, Storage};
use crate::roster::TrustAnchor;
use crate::sync::{Exclusive, Locked, Rank, Shared};
use crate::time::{Clock, Span, Timestamp};
use crate::vault::store::Table;
use crate::vault::{Condition, PassphraseForm, Unlock};

use rows::{EpochRow, IdentityRow, Outgoing, SecretIs, damaged};
use sequence::Sequence;
use situation::{Kept, Situation};

/// An agency: its vault, the rosters that it holds, its keys, and everything that it does with them.
///
/// It is shared between threads as it is; every method takes `&self`. What a method reports as done
/// is durable. Nothing is sent anywhere: bundles, envelopes and events are bytes and files that the
/// application carries.
///
/// A day of an agency, with a centre in the same process for the example:
///
/// ```
/// use vlec::Letter;
/// # use vlec::hazmat::town::Town;
/// # let mut town = Town::new()?;
/// # let [cyber, border] = town.agencies()?;
///
/// // Once a day, or whenever the application likes: rotation, destruction, cleaning.
/// cyber.maintain(&[])?;
/// # border.maintain(&[])?;
/// for event in cyber.announcements()? {
/// #   town.centre_takes(&event)?;
///     // bring `event.encode()` to the country's centre
/// }
/// # for event in border.announcements()? { town.centre_takes(&event)?; }
/// // What the centres publish comes back as bundles.
/// # let bundles = town.publish()?;
/// for bundle in &bundles {
///     cyber.import(&bundle[..])?;
/// #   border.import(&bundle[..])?;
/// }
///
/// let letter = Letter::new(["GE/police/border".parse()?], "text/plain")?;
/// let sealed = cyber.seal(&letter, b"whose car is this?")?;
///
/// let arrived = border.open(&sealed.bytes)?;
/// assert_eq!(arrived.content(), b"whose car is this?");
/// border.accept(arrived.manifest(), b"filed under 17/2026")?;
/// assert_eq!(border.open(&sealed.bytes).unwrap_err().code(), "duplicate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Agency {
    replica: Replica,
    identities: Shared<BTreeMap<KeyId, Arc<Identity>>>,
    keyring: Shared<Keyring>,
    sequence: Sequence,
    /// Held by whoever changes identities or epochs; with the time of the last cleaning.
    upkeep: Exclusive<Timestamp>,
}

impl Agency {
    /// Creates the agency's vault in an empty storage, with an identity that nobody knows yet.
    ///
    /// # Errors
    /// [`Error::Vault`]: the storage is not empty, or cannot be written.
    pub fn create(storage: Storage, agency: AgencyId, unlock: Unlock) -> Result<Self, Error> {
        Self::create_from(storage, agency, unlock, Clock::system(), [Random::system(), Random::system()])
    }

    /// Opens the agency's vault. One that does not fit its anchor is opened in quarantine: see
    /// [`Agency::condition`].
    ///
    /// # Errors
    /// [`Error::Vault`]: the passphrase is wrong, another process has it open, a row was changed.
    pub fn unlock(storage: Storage, unlock: Unlock) -> Result<Self, Error> {
        Self::open_from(storage, unlock, Clock::system(), [Random::system(), Random::system()])
    }

    pub(crate) fn create_from(
        storage: Storage,
        agency: AgencyId,
        unlock: Unlock,
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let replica = Replica::create(storage, agency.clone(), unlock, clock, random)?;
        let this = Self::over(replica, Keyring::new(agency), BTreeMap::new());
        this.add_identity(&this.replica.random().secret()?)?;
        Ok(this)
    }

    pub(crate) fn open_from(
        storage: Storage,
        unlock: Unlock,
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let replica = Replica::open(storage, unlock, clock, random)?;
        // Only a centre keeps keys of authority.
        if replica.read(|view| Ok(!view.range(Table::Authority, &[], &[], 1)?.is_empty()))? {
            return Err(Error::State("the vault is a centre's: open it as one"));
        }
        let identities = load_identities(&replica)?;
        rewrite_old(&replica)?;
        let keyring = load_keyring(&replica)?;
        let this = Self::over(replica, keyring, identities);
        // A crash may have come between the vault and its first identity.
        if this.condition() == Condition::Sound && this.identities.read().is_empty() {
            this.add_identity(&this.replica.random().secret()?)?;
        }
        Ok(this)
    }

    fn over(replica: Replica, keyring: Keyring, identities: BTreeMap<KeyId, Arc<Identity>>) -> Self {
        Self {
            replica,
            identities: Shared::new(Rank::Identities, identities),
            keyring: Shared::new(Rank::Keyring, keyring),
            sequence: Sequence::new(),
            upkeep: Exclusive::new(Rank::Upkeep, Timestamp::default()),
        }
    }

    /// The agency's name.
    pub fn id(&self) -> &AgencyId {
        self.replica.owner()
    }

    /// Whether store and anchor belong together. In quarantine nothing is sealed, opened or written:
    /// see [`Agency::leave_quarantine`].
    pub fn condition(&self) -> Condition {
        self.replica.vault().condition()
    }

    /// That this is the process which opened the vault. A process that was forked from it is refused
    /// everything that can fail; what cannot fail, such as [`Agency::with_rosters`], may wait there for ever
    /// for a thread that was not forked with it.
    ///
    /// # Errors
    /// [`Error::Vault`]: `forked`.
    pub fn check_process(&self) -> Result<(), Error> {
        self.replica.check_process()
    }

    /// Changes the passphrase or key, and seals everything in the vault anew.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn change_unlock(&self, new: Unlock) -> Result<(), Error> {
        self.replica.change_unlock(new)
    }

    /// Returns which text of the passphrase has opened the vault: see [`Due::RenewPassphrase`].
    pub fn passphrase_form(&self) -> PassphraseForm {
        self.replica.vault().passphrase_form()
    }

    /// The operator has compared the clock, and it is right although it jumped: see
    /// [`Due::ConfirmTime`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn confirm_time(&self) -> Result<(), Error> {
        self.replica.confirm_time()
    }

    /// Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
    /// the vault wrote last. Where they differ, it is quarantined.
    ///
    /// # Errors
    /// [`Error::Vault`]: a row was changed, moved, put back or removed, or the store cannot be read.
    pub fn examine(&self) -> Result<(), Error> {
        Ok(self.replica.vault().examine()?)
    }

    /// Writes everything that the vault holds, but its anchor, into the new file `to`: a consistent copy, as of one moment,
    /// read back and compared before it has its name. To restore it, close the vault, take `vault.sqlite` and the
    /// journal `vault.sqlite-wal` out of the home, put the file there as `vault.sqlite`, and leave the anchor as it
    /// is: the vault is then opened in quarantine, and [`Agency::leave_quarantine`] is the way out.
    ///
    /// # Errors
    /// [`Error::Vault`]: the file exists or cannot be written, or the rows are not what the vault wrote last.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        self.replica.backup(to)
    }

    /// Returns by how much the clock is behind what the vault has seen, if that is more than five minutes:
    /// what is sealed now is dated so much too late, or the clock is wrong. See [`Due::ClockBehind`].
    pub fn clock_behind(&self) -> Option<Span> {
        self.replica.times().behind().map(Span)
    }

    /// Discards the vault's time floor. Call this after the clock ran ahead and has been corrected. Rosters
    /// that were imported while it was ahead resolve nothing any more: import those of now.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn set_clock_back(&self) -> Result<(), Error> {
        self.replica.set_clock_back()
    }

    /// The agency's epochs, in the order of their numbers. After its country has begun anew, those of before
    /// are among them until they end.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn epochs(&self) -> Result<Vec<EpochStatus>, Error> {
        Ok(self.situation()?.epochs)
    }

    /// How the agency's epochs follow each other.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn rotation_policy(&self) -> Result<RotationPolicy, Error> {
        self.replica.read(rows::policy)
    }

    /// Changes how the agency's epochs follow each other, from the next that is prepared.
    ///
    /// # Errors
    /// [`Error::State`] if a value is out of bounds; [`Error::Vault`].
    pub fn set_rotation_policy(&self, policy: RotationPolicy) -> Result<(), Error> {
        policy.check()?;
        self.replica.write(|edit| rows::put_policy(edit, &policy))
    }

    fn situation(&self) -> Result<Situation, Error> {
        self.check_process()?;
        let times = self.replica.times();
        let kept = self.replica.read(|view| {
            Ok(Kept {
                policy: rows::policy(view)?,
                epochs: EpochRow::all(view)?,
                identities: IdentityRow::all(view)?,
                outgoing: Outgoing::all(view)?,
            })
        })?;
        Ok(Situation::of(self.id(), kept, &self.replica.rosters(), times))
    }

    /// The anchor of the agency's own country.
    fn anchor(&self) -> Result<TrustAnchor, Error> {
        self.check_process()?;
        let country = self.id().country();
        let rosters = self.replica.rosters();
        rosters.pinned().find(|anchor| anchor.country() == country).copied().ok_or(Error::NotPinned(country))
    }

    /// For whoever changes identities or epochs: one at a time, and not in quarantine.
    fn begin_upkeep(&self) -> Result<Locked<'_, Timestamp>, Error> {
        self.check_process()?;
        let guard = self.upkeep.lock();
        self.replica.check_sound()?;
        Ok(guard)
    }
}

fn load_identities(replica: &Replica) -> Result<BTreeMap<KeyId, Arc<Identity>>, Error> {
    let rows = replica.read(IdentityRow::all)?;
    let load = |row: IdentityRow| {
        let identity = Identity::from_seed(replica.owner().clone(), &row.seed);
        if *identity.id() == row.key_id {
            Ok((row.key_id, Arc::new(identity)))
        } else {
            Err(damaged(Table::Identity))
        }
    };
    rows.into_iter().map(load).collect()
}

/// `[ROT-23]`
fn rewrite_old(replica: &Replica) -> Result<(), Error> {
    let country = replica.owner().country();
    let pinned = replica.rosters().pinned().find(|anchor| anchor.country() == country).copied();
    let is_old = |row: &EpochRow| row.anchor.is_none();
    match pinned {
        Some(anchor) if replica.check_sound().is_ok() && replica.read(EpochRow::all)?.iter().any(is_old) => {
            replica.write(|edit| EpochRow::rewrite_old(edit, anchor.digest()))
        }
        _ => Ok(()),
    }
}

/// In quarantine no secret is taken out of the vault.
fn load_keyring(replica: &Replica) -> Result<Keyring, Error> {
    let mut keyring = Keyring::new(replica.owner().clone());
    if replica.check_sound().is_err() {
        return Ok(keyring);
    }
    replica.read(|view| {
        for EpochRow { number, key_id, window, secret, .. } in EpochRow::all(view)? {
            if secret == SecretIs::Destroyed {
                keyring.bury(number, key_id);
                continue;
            }
            let seed = view.get_wrapped(key_id.as_bytes())?.ok_or_else(|| damaged(Table::Epoch))?;
            let epoch = Epoch::from_seed(replica.owner().clone(), number, window, &seed);
            if *epoch.public().id() != key_id {
                return Err(damaged(Table::Epoch));
            }
            keyring.add_beside(epoch)?;
        }
        Ok(())
    })?;
    Ok(keyring)
}

impl std::fmt::Debug for Agency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { replica, identities: _, keyring: _, sequence: _, upkeep: _ } = self;
        write!(f, "Agency({}, {:?})", replica.owner(), self.condition())
    }
}
