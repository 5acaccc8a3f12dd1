//! Founding a country's log, and opening it again.

use super::Centre;
use super::keys::New;
use super::rows::damaged;
use crate::error::Error;
use crate::ids::Country;
use crate::keys::Signer;
use crate::keys::authority::RootKey;
use crate::random::Random;
use crate::replica::{Replica, Storage};
use crate::roster::event::{AuthorityKeys, Event, Genesis, SignedEvent};
use crate::sync::{Exclusive, Rank};
use crate::time::Clock;
use crate::vault::Unlock;
use crate::vault::store::Table;

const AN_AGENCYS: &str = "the vault is an agency's: open it as one";

impl Centre {
    /// Founds the roster of `country` in an empty storage: `threshold` of `roots` speak for it, and
    /// a recovered identity takes effect `recovery_delay` seconds after its event was published.
    /// The log's and the witness's keys are made here, and never leave the vault.
    ///
    /// # Errors
    /// [`Error::Vault`] if the storage is not empty, or cannot be written; [`Error::Roster`] for
    /// roots, a threshold or a delay outside the limits. The storage is then to be emptied.
    pub fn found(
        storage: Storage,
        country: Country,
        unlock: Unlock,
        roots: &[&RootKey],
        threshold: usize,
        recovery_delay: u64,
    ) -> Result<Self, Error> {
        let random = [Random::system(), Random::system()];
        Self::found_with(
            storage,
            country,
            unlock,
            (roots, threshold, recovery_delay),
            Clock::system(),
            random,
        )
    }

    pub(crate) fn found_with(
        storage: Storage,
        country: Country,
        unlock: Unlock,
        (roots, threshold, recovery_delay): (&[&RootKey], usize, u64),
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let [_, drawn] = &random;
        let (log, witness) = (New::log(country, drawn)?, New::witness(country, drawn)?);
        let public = roots.iter().map(|root| root.public().clone()).collect();
        let (log_key, witness_key) = (log.key.public().clone(), witness.key.public().clone());
        let keys = AuthorityKeys::new(country, public, threshold, log_key, witness_key)?;
        let event = Event::genesis(country, Genesis::new(keys, recovery_delay)?);
        let anchor = event.anchor().ok_or_else(|| damaged(Table::Pin))?;
        let mut signers: Vec<_> = roots.iter().map(|root| Signer::Root(root)).collect();
        signers.extend([Signer::Log(&log.key), Signer::Witness(&witness.key)]);
        let genesis = event.sign(&signers, drawn)?;
        let replica = Replica::create(storage, country.into(), unlock, clock, random)?;
        let bytes = genesis.encode();
        replica.write(|edit| {
            log.keep(edit)?;
            witness.keep(edit)?;
            Ok(edit.put(Table::Pending, &0_u64.to_be_bytes(), &bytes)?)
        })?;
        replica.pin(&genesis, &anchor)?;
        Ok(Self { replica, genesis, anchor, log: Exclusive::new(Rank::Log, None) })
    }

    /// Opens a centre, and finishes what a crash left unfinished. One whose store and anchor do not
    /// belong together is opened in quarantine: it tells, and does nothing.
    ///
    /// # Errors
    /// [`Error::Vault`]: no vault, the wrong passphrase, damage; [`Error::State`] if the founding was
    /// cut off, or the vault is an agency's.
    pub fn open(storage: Storage, unlock: Unlock) -> Result<Self, Error> {
        Self::open_with(storage, unlock, Clock::system(), [Random::system(), Random::system()])
    }

    pub(crate) fn open_with(
        storage: Storage,
        unlock: Unlock,
        clock: Clock,
        random: [Random; 2],
    ) -> Result<Self, Error> {
        let replica = Replica::open(storage, unlock, clock, random)?;
        let country: Country = replica.owner().as_str().parse().map_err(|_| Error::State(AN_AGENCYS))?;
        let first = replica.read(|view| {
            let first = view.get(Table::Pending, &0_u64.to_be_bytes())?;
            match view.get(Table::Pin, country.as_str().as_bytes())? {
                Some(pin) => Ok(Some(pin)),
                None => Ok(first),
            }
        })?;
        // Only an agency keeps identities. One may have a country's name.
        if replica.read(|view| Ok(!view.range(Table::Identity, &[], &[], 1)?.is_empty()))? {
            return Err(Error::State(AN_AGENCYS));
        }
        let cut_off = Error::State("the founding was cut off: empty the storage and found the centre again");
        let genesis = SignedEvent::decode(&first.ok_or(cut_off)?)?;
        let anchor = genesis.event().anchor().ok_or_else(|| damaged(Table::Pin))?;
        let centre = Self { replica, genesis, anchor, log: Exclusive::new(Rank::Log, None) };
        if centre.replica.check_sound().is_ok() {
            centre.pin_itself()?;
            centre.tidy(&mut *centre.log()?)?;
            // [BND-56] Cut off in the middle of an import.
            centre.note_if_behind()?;
        }
        Ok(centre)
    }

    /// Unless it is pinned: opening writes only what is missing.
    pub(super) fn pin_itself(&self) -> Result<(), Error> {
        if self.replica.rosters().pinned().any(|anchor| *anchor == self.anchor) {
            return Ok(());
        }
        self.replica.pin(&self.genesis, &self.anchor)
    }
}
