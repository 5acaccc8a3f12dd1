//! The log's and the witness's secrets: in the vault, out of it for the time of one signature.

use super::Centre;
use super::rows::damaged;
use crate::error::Error;
use crate::ids::{Country, KeyId};
use crate::keys::authority::{LogKey, LogPublicKey, WitnessKey, WitnessPublicKey};
use crate::random::Random;
use crate::roster::event::{Content, SignedEvent};
use crate::roster::log;
use crate::secret::Secret;
use crate::vault::edit::{Edit, View};
use crate::vault::store::Table;

const LOG: u8 = 0;
const WITNESS: u8 = 1;

/// A new key that is not yet in the vault.
pub(super) struct New<K> {
    pub(super) key: K,
    seed: Secret<64>,
}

impl New<LogKey> {
    pub(super) fn log(country: Country, random: &Random) -> Result<Self, Error> {
        let seed = random.secret()?;
        Ok(Self { key: LogKey::from_seed(country, &seed), seed })
    }

    pub(super) fn keep(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        Ok(edit.put(Table::Authority, &row(LOG, self.key.id()), self.seed.expose())?)
    }
}

impl New<WitnessKey> {
    pub(super) fn witness(country: Country, random: &Random) -> Result<Self, Error> {
        let seed = random.secret()?;
        Ok(Self { key: WitnessKey::from_seed(country, &seed), seed })
    }

    pub(super) fn keep(&self, edit: &mut Edit<'_>) -> Result<(), Error> {
        Ok(edit.put(Table::Authority, &row(WITNESS, self.key.id()), self.seed.expose())?)
    }
}

/// The log key with this id, if it is here.
pub(super) fn log_key(view: &View<'_>, country: Country, id: &KeyId) -> Result<LogKey, Error> {
    Ok(LogKey::from_seed(country, &seed(view, LOG, id)?))
}

/// The witness key with this id, if it is here.
pub(super) fn witness_key(view: &View<'_>, country: Country, id: &KeyId) -> Result<WitnessKey, Error> {
    Ok(WitnessKey::from_seed(country, &seed(view, WITNESS, id)?))
}

/// That the secrets of these keys of the log and the witness are here.
pub(super) fn check_held(view: &View<'_>, log: &KeyId, witness: &KeyId) -> Result<(), Error> {
    seed(view, LOG, log)?;
    seed(view, WITNESS, witness).map(drop)
}

fn seed(view: &View<'_>, role: u8, id: &KeyId) -> Result<Secret<64>, Error> {
    let missing =
        Error::State("the secret of the country's present key is not in this vault: open the right one");
    let row = view.get(Table::Authority, &row(role, id))?.ok_or(missing)?;
    let bytes: &[u8; 64] = row.as_slice().try_into().map_err(|_| damaged(Table::Authority))?;
    Ok(Secret::new(|out| *out = *bytes))
}

fn row(role: u8, id: &KeyId) -> Vec<u8> {
    [&[role], id.as_bytes().as_slice()].concat()
}

impl Centre {
    /// The log keys that sign a checkpoint over `pending` (`[BND-23]`).
    pub(super) fn log_signers(&self, pending: &[SignedEvent]) -> Vec<LogPublicKey> {
        let rosters = self.replica.rosters();
        let published = rosters.roster(self.country()).map(|roster| roster.authority().keys().log());
        log::log_keys(published, pending)
    }

    /// The witness key that other countries know from what was published.
    pub(super) fn witness_public(&self) -> Result<WitnessPublicKey, Error> {
        let rosters = self.replica.rosters();
        if let Some(roster) = rosters.roster(self.country()) {
            return Ok(roster.authority().keys().witness().clone());
        }
        match self.genesis.event().content() {
            Content::Genesis(genesis) => Ok(genesis.keys().witness().clone()),
            _ => Err(damaged(Table::Pin)),
        }
    }

    /// Erases the keys that neither the published authority nor a pending one names.
    pub(super) fn erase_old_keys(&self, pending: &[SignedEvent]) -> Result<(), Error> {
        // Without the roster, be it that it was lost, nobody knows which these are.
        if self.replica.rosters().roster(self.country()).is_none() {
            return Ok(());
        }
        let mut live: Vec<Vec<u8>> = self.log_signers(pending).iter().map(|key| row(LOG, key.id())).collect();
        live.push(row(WITNESS, self.witness_public()?.id()));
        live.extend(pending.iter().filter_map(|event| match event.event().content() {
            Content::Authority(keys) => Some(row(WITNESS, keys.witness().id())),
            _ => None,
        }));
        let held = self.replica.read(|view| Ok(view.range(Table::Authority, &[], &[], usize::MAX)?))?;
        let old: Vec<_> = held.into_iter().map(|(key, _)| key).filter(|key| !live.contains(key)).collect();
        if old.is_empty() {
            return Ok(());
        }
        self.replica.destroy(|edit| Ok(old.iter().try_for_each(|key| edit.delete(Table::Authority, key))?))
    }
}
