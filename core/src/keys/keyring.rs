//! The epoch keys with which an agency opens, and the tombstones of those it destroyed.

use std::collections::BTreeMap;

use super::epoch::{Epoch, EpochKey};
use crate::ids::{AgencyId, EpochNumber, KeyId};
use crate::time::Timestamp;

/// An agency's epoch keys.
#[derive(Debug)]
pub struct Keyring {
    agency: AgencyId,
    /// After its country has begun anew, an agency has two epochs of one number for a while.
    slots: BTreeMap<(EpochNumber, KeyId), Slot>,
}

/// What an agency still has of one of its epochs.
#[derive(Debug)]
pub(crate) enum Slot {
    Held(Box<Epoch>),
    /// The secret is gone; the id remains, to tell late mail from mail for others.
    Destroyed(KeyId),
}

/// The epoch cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The epoch is another agency's.
    #[error("the epoch is {0}'s, not this keyring's agency's")]
    OtherAgency(AgencyId),
    /// The number is taken; a destroyed epoch does not come back.
    #[error("epoch {0} is already in the keyring, held or destroyed")]
    Taken(EpochNumber),
}

impl Keyring {
    /// An empty keyring for `agency`.
    pub fn new(agency: AgencyId) -> Self {
        Self { agency, slots: BTreeMap::new() }
    }

    /// The agency.
    pub fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// Adds an epoch.
    ///
    /// # Errors
    /// [`KeyringError`]; the epoch's secret is then wiped.
    pub fn add(&mut self, epoch: Epoch) -> Result<(), KeyringError> {
        let number = epoch.public().number();
        if self.slots.keys().any(|(taken, _)| *taken == number) {
            return Err(KeyringError::Taken(number));
        }
        self.add_beside(epoch)
    }

    /// As [`Keyring::add`], beside one of the same number from before the agency's country began anew.
    pub(crate) fn add_beside(&mut self, epoch: Epoch) -> Result<(), KeyringError> {
        let public = epoch.public();
        if *public.agency() != self.agency {
            return Err(KeyringError::OtherAgency(public.agency().clone()));
        }
        let key = (public.number(), *public.id());
        if self.slots.contains_key(&key) {
            return Err(KeyringError::Taken(key.0));
        }
        self.slots.insert(key, Slot::Held(Box::new(epoch)));
        Ok(())
    }

    /// Destroys the secret of every epoch of this number, and keeps the tombstone. Returns whether a secret
    /// was held.
    pub fn destroy(&mut self, number: EpochNumber) -> Held {
        let of_number = self.slots.range_mut((number, KeyId::from_bytes([0; 32]))..);
        let of_number = of_number.take_while(|((at, _), _)| *at == number);
        of_number.fold(Held::No, |held, (_, slot)| if slot.destroy() == Held::Yes { Held::Yes } else { held })
    }

    /// Destroys the secret of one epoch, and keeps its tombstone.
    pub(crate) fn destroy_key(&mut self, number: EpochNumber, id: KeyId) {
        self.slots.entry((number, id)).and_modify(|slot| {
            slot.destroy();
        });
    }

    /// Keeps the tombstone of an epoch that was destroyed before.
    pub(crate) fn bury(&mut self, number: EpochNumber, id: KeyId) {
        self.slots.insert((number, id), Slot::Destroyed(id));
    }

    /// Leaves nothing of an epoch to which nobody can seal.
    pub(crate) fn forget(&mut self, number: EpochNumber, id: KeyId) {
        self.slots.remove(&(number, id));
    }

    /// The held epochs whose `destroy_at` is not after `now`.
    pub fn due(&self, now: Timestamp) -> Vec<EpochNumber> {
        let due = |slot: &Slot| matches!(slot, Slot::Held(epoch) if !epoch.public().window().opens_at(now));
        self.slots.iter().filter(|(_, slot)| due(slot)).map(|((number, _), _)| *number).collect()
    }

    /// The public halves of the epochs whose secrets are held, newest first.
    pub fn held(&self) -> impl Iterator<Item = &EpochKey> {
        self.slots.values().rev().filter_map(|slot| match slot {
            Slot::Held(epoch) => Some(epoch.public()),
            Slot::Destroyed(_) => None,
        })
    }

    /// The epochs that were destroyed, newest first.
    pub fn destroyed(&self) -> impl Iterator<Item = EpochNumber> {
        let gone =
            |(key, slot): (&(EpochNumber, KeyId), &Slot)| matches!(slot, Slot::Destroyed(_)).then_some(key.0);
        self.slots.iter().rev().filter_map(gone)
    }

    /// The held epoch with this key.
    pub(crate) fn epoch(&self, id: &KeyId) -> Option<&Epoch> {
        self.slots.values().find_map(|slot| match slot {
            Slot::Held(epoch) if epoch.public().id() == id => Some(&**epoch),
            _ => None,
        })
    }

    /// The epochs with what is left of each, newest first.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (EpochNumber, &Slot)> {
        self.slots.iter().rev().map(|((number, _), slot)| (*number, slot))
    }
}

impl Slot {
    fn destroy(&mut self) -> Held {
        let Self::Held(epoch) = self else { return Held::No };
        *self = Self::Destroyed(*epoch.public().id());
        Held::Yes
    }

    pub(crate) fn id(&self) -> &KeyId {
        match self {
            Self::Held(epoch) => epoch.public().id(),
            Self::Destroyed(id) => id,
        }
    }
}

/// Whether there was a secret to destroy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// There was; it is wiped now.
    Yes,
    /// There was none.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::epoch::Window;
    use crate::secret::Secret;

    fn epoch(agency: &str, number: u64) -> Epoch {
        let at = |seconds| Timestamp::from_unix(seconds).unwrap();
        let window = Window::new(at(number * 10), at(number * 10 + 10), at(number * 10 + 20)).unwrap();
        Epoch::from_seed(agency.parse().unwrap(), EpochNumber(number), window, &Secret::new(|s| s.fill(1)))
    }

    #[test]
    fn r7_a_destroyed_epoch_leaves_its_number_and_does_not_come_back() {
        let mut keyring = Keyring::new("GE/mia".parse().unwrap());
        for number in [1, 2, 3] {
            keyring.add(epoch("GE/mia", number)).unwrap();
        }
        assert_eq!(keyring.due(Timestamp::from_unix(39).unwrap()), [EpochNumber(1)]);
        assert_eq!(keyring.destroy(EpochNumber(1)), Held::Yes);
        assert_eq!(keyring.destroy(EpochNumber(1)), Held::No);
        assert_eq!(keyring.destroy(EpochNumber(9)), Held::No);
        assert_eq!(
            keyring.held().map(EpochKey::number).collect::<Vec<_>>(),
            [EpochNumber(3), EpochNumber(2)]
        );
        assert_eq!(keyring.destroyed().collect::<Vec<_>>(), [EpochNumber(1)]);
        assert_eq!(keyring.add(epoch("GE/mia", 1)), Err(KeyringError::Taken(EpochNumber(1))));
        let other = keyring.add(epoch("GE/other", 4));
        assert_eq!(other, Err(KeyringError::OtherAgency("GE/other".parse().unwrap())));
    }
}
