//! An agency's epoch: a short-lived X-Wing key with its window of use.

use std::fmt;

use crate::crypto::digest::sha256;
use crate::crypto::kdf::expand_sha512;
use crate::crypto::xwing::{DecapsulationKey, EncapsulationKey};
use crate::ids::{AgencyId, EpochNumber, KeyId, KeyUse};
use crate::label;
use crate::random::{Random, RandomError};
use crate::secret::Secret;
use crate::time::Timestamp;

/// When an epoch's key is used: sealed to from `not_before` until `not_after`, opened with until
/// `destroy_at` (`[ROT-01]`). Each bound is the first second on its far side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    not_before: Timestamp,
    not_after: Timestamp,
    destroy_at: Timestamp,
}

/// The three times of a window are not in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("window is malformed: expected not_before < not_after <= destroy_at")]
pub struct WindowError;

impl Window {
    /// A window with `not_before < not_after <= destroy_at`.
    ///
    /// # Errors
    /// [`WindowError`] if the times are not in that order.
    pub fn new(
        not_before: Timestamp,
        not_after: Timestamp,
        destroy_at: Timestamp,
    ) -> Result<Self, WindowError> {
        if not_before < not_after && not_after <= destroy_at {
            Ok(Self { not_before, not_after, destroy_at })
        } else {
            Err(WindowError)
        }
    }

    /// The first second in which the key is sealed to.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The first second in which the key is no longer sealed to.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The first second in which the key no longer opens.
    pub fn destroy_at(&self) -> Timestamp {
        self.destroy_at
    }

    /// Whether the key is sealed to at `now`.
    pub fn seals_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// Whether the key still opens at `now`. It opens before `not_before` too: a sender's clock
    /// may be ahead of the recipient's.
    pub fn opens_at(&self, now: Timestamp) -> bool {
        now < self.destroy_at
    }
}

/// The secret half of one epoch; wiped when dropped.
pub struct Epoch {
    key: DecapsulationKey,
    evidence: Secret<32>,
    public: EpochKey,
}

/// The public half of one epoch.
#[derive(Clone, Debug)]
pub struct EpochKey {
    agency: AgencyId,
    number: EpochNumber,
    window: Window,
    id: KeyId,
    /// SHA-256 of the key's bytes.
    digest: [u8; 32],
    key: EncapsulationKey,
}

impl Epoch {
    /// A new random epoch key. Seeds are never derived from one another (`[ROT-02]`).
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn generate(
        agency: AgencyId,
        number: EpochNumber,
        window: Window,
        random: &Random,
    ) -> Result<Self, RandomError> {
        Ok(Self::from_seed(agency, number, window, &random.secret()?))
    }

    pub(crate) fn from_seed(
        agency: AgencyId,
        number: EpochNumber,
        window: Window,
        seed: &Secret<32>,
    ) -> Self {
        let key = DecapsulationKey::from_seed(seed);
        let public = EpochKey::new(agency, number, window, key.encapsulation_key().clone());
        let evidence = Secret::new(|out| expand_sha512(seed.expose(), &[label::EPOCH_EVIDENCE.bytes()], out));
        Self { key, evidence, public }
    }

    /// The public half.
    pub fn public(&self) -> &EpochKey {
        &self.public
    }

    pub(crate) fn key(&self) -> &DecapsulationKey {
        &self.key
    }

    /// `[LED-11]` What arrived for the epoch is kept under this key, and goes with the epoch's seed.
    pub(crate) fn evidence(&self) -> &Secret<32> {
        &self.evidence
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, evidence: _, public } = self;
        write!(f, "Epoch({}, {}, {}…)", public.agency, public.number, public.id.fingerprint())
    }
}

impl EpochKey {
    pub(crate) fn new(agency: AgencyId, number: EpochNumber, window: Window, key: EncapsulationKey) -> Self {
        let bytes = key.to_bytes();
        let (id, digest) = (KeyId::derive(KeyUse::Epoch(number), &agency, &bytes), sha256(&[&bytes]));
        Self { agency, number, window, id, digest, key }
    }

    /// The agency.
    pub fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// The epoch's number.
    pub fn number(&self) -> EpochNumber {
        self.number
    }

    /// When the key is used.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The key's id.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What the key is remembered by, whatever number and agency it has.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(crate) fn key(&self) -> &EncapsulationKey {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    #[test]
    fn r8_windows_are_half_open_and_ordered() {
        let window = Window::new(at(10), at(20), at(30)).unwrap();
        assert_eq!([9, 10, 19, 20].map(|t| window.seals_at(at(t))), [false, true, true, false]);
        assert_eq!([0, 29, 30].map(|t| window.opens_at(at(t))), [true, true, false]);
        for (a, b, c) in [(10, 10, 30), (20, 10, 30), (10, 20, 19)] {
            assert_eq!(Window::new(at(a), at(b), at(c)), Err(WindowError));
        }
    }

    #[test]
    fn debug_shows_owner_number_and_fingerprint_only() {
        let window = Window::new(at(1), at(2), at(3)).unwrap();
        let seed = Secret::new(|s| s.fill(1));
        let epoch = Epoch::from_seed("GE/mia".parse().unwrap(), EpochNumber(7), window, &seed);
        let id = epoch.public().id().fingerprint();
        assert_eq!(format!("{epoch:?}"), format!("Epoch(GE/mia, 7, {id}…)"));
    }
}
