//! `Genesis` and `Authority`: the keys that speak for a country (SPEC §4.3, `[EVT-10]`…`[EVT-13]`).
//!
//! ```text
//! 6: [1*16 root]   composite public keys (1984), strictly ascending
//! 7: threshold     1..=number of roots
//! 8: log           ML-DSA-44 ‖ Ed25519 (1344)
//! 9: witness       ML-DSA-44 ‖ Ed25519 (1344)
//! 10: recovery delay in seconds, Genesis only
//! ```

use super::super::error::RosterError;
use super::Written;
use crate::cbor::{Encoder, Malformed, Reader};
use crate::crypto::composite::{VERIFYING_KEY_LEN, VerifyingKey};
use crate::crypto::note_pair::{VERIFYING_PAIR_LEN, VerifyingPair};
use crate::ids::{Country, KeyId};
use crate::keys::authority::{LogPublicKey, RootPublicKey, WitnessPublicKey};

/// A country's root keys with their threshold, its log key pair and its witness key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityKeys {
    roots: Vec<RootPublicKey>,
    threshold: usize,
    log: LogPublicKey,
    witness: WitnessPublicKey,
}

/// What a roster begins with: keys, and the delay of a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    keys: AuthorityKeys,
    recovery_delay: u64,
}

impl AuthorityKeys {
    /// The most roots that a country may have.
    pub const MAX_ROOTS: usize = 16;

    /// Keys of `country`, any `threshold` of whose roots speak for it. The roots' order does not
    /// matter.
    ///
    /// # Errors
    /// [`RosterError::Draft`]: not 1 to 16 roots, one named twice, a threshold of 0 or above
    /// their number, or a key made for another country.
    pub fn new(
        country: Country,
        mut roots: Vec<RootPublicKey>,
        threshold: usize,
        log: LogPublicKey,
        witness: WitnessPublicKey,
    ) -> Result<Self, RosterError> {
        roots.sort_by(|a, b| a.key().components().cmp(&b.key().components()));
        let keys = Self { roots, threshold, log, witness };
        keys.check().map_err(RosterError::draft)?;
        let own = keys.roots.iter().all(|key| *key == RootPublicKey::new(country, key.key().clone()))
            && keys.log == LogPublicKey::new(country, keys.log.key().clone())
            && keys.witness == WitnessPublicKey::new(country, keys.witness.key().clone());
        if own { Ok(keys) } else { Err(RosterError::draft(Malformed { field: "the country's keys" })) }
    }

    /// The root keys.
    pub fn roots(&self) -> &[RootPublicKey] {
        &self.roots
    }

    /// How many distinct roots speak for the country.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The log's key pair.
    pub fn log(&self) -> &LogPublicKey {
        &self.log
    }

    /// The witness's key pair.
    pub fn witness(&self) -> &WitnessPublicKey {
        &self.witness
    }

    /// The root with this id.
    pub(crate) fn root(&self, id: &KeyId) -> Option<&RootPublicKey> {
        self.roots.iter().find(|root| root.id() == id)
    }

    /// Every key with its two component keys.
    pub(crate) fn components(&self) -> impl Iterator<Item = (KeyId, [&[u8]; 2])> {
        self.roots
            .iter()
            .map(|root| (*root.id(), root.key().components()))
            .chain([(*self.log.id(), self.log.key().components())])
            .chain([(*self.witness.id(), self.witness.key().components())])
    }

    /// `[EVT-10]`, `[EVT-11]`.
    fn check(&self) -> Result<(), Malformed> {
        let sorted = self.roots.is_sorted_by(|a, b| a.key().components() < b.key().components());
        if !(1..=Self::MAX_ROOTS).contains(&self.roots.len()) || !sorted {
            return Err(Malformed { field: "roots" });
        }
        if !(1..=self.roots.len()).contains(&self.threshold) {
            return Err(Malformed { field: "threshold" });
        }
        Ok(())
    }

    pub(super) fn write(&self, e: &mut Encoder<'_>) -> Written {
        e.u8(6)?.array(self.roots.len() as u64)?;
        for root in &self.roots {
            e.bytes(&root.key().to_bytes())?;
        }
        e.u8(7)?.u64(self.threshold as u64)?;
        e.u8(8)?.bytes(&self.log.key().to_bytes())?;
        e.u8(9)?.bytes(&self.witness.key().to_bytes())?;
        Ok(())
    }

    pub(super) fn read(country: Country, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.key("roots", 6)?;
        let count = r.array("roots", 1, Self::MAX_ROOTS as u64)?;
        let mut roots = Vec::new();
        for _ in 0..count {
            let key = r.fixed::<VERIFYING_KEY_LEN>("roots")?;
            let key = VerifyingKey::from_bytes(key).map_err(|_| Malformed { field: "roots" })?;
            roots.push(RootPublicKey::new(country, key));
        }
        r.key("threshold", 7)?;
        let threshold =
            usize::try_from(r.uint("threshold")?).map_err(|_| Malformed { field: "threshold" })?;
        r.key("log", 8)?;
        let log = LogPublicKey::new(country, read_pair("log", r)?);
        r.key("witness", 9)?;
        let witness = WitnessPublicKey::new(country, read_pair("witness", r)?);
        let keys = Self { roots, threshold, log, witness };
        keys.check()?;
        Ok(keys)
    }
}

impl Genesis {
    /// The shortest recovery delay: an hour. A delay of nothing would leave no time to cancel.
    pub const MIN_RECOVERY_DELAY: u64 = 3600;
    /// The longest recovery delay: 365 days, for which an agency would be cut off.
    pub const MAX_RECOVERY_DELAY: u64 = 365 * 86400;

    /// A roster's beginning. A recovered identity takes effect `recovery_delay` seconds after its
    /// event was published, for as long as the roster lives.
    ///
    /// # Errors
    /// [`RosterError::Draft`] if the delay is not between an hour and 365 days.
    pub fn new(keys: AuthorityKeys, recovery_delay: u64) -> Result<Self, RosterError> {
        let genesis = Self { keys, recovery_delay };
        genesis.check().map_err(RosterError::draft)?;
        Ok(genesis)
    }

    /// The country's first keys.
    pub fn keys(&self) -> &AuthorityKeys {
        &self.keys
    }

    /// The delay of a recovery in seconds.
    pub fn recovery_delay(&self) -> u64 {
        self.recovery_delay
    }

    /// `[EVT-13]`.
    fn check(&self) -> Result<(), Malformed> {
        if (Self::MIN_RECOVERY_DELAY..=Self::MAX_RECOVERY_DELAY).contains(&self.recovery_delay) {
            Ok(())
        } else {
            Err(Malformed { field: "recovery delay" })
        }
    }

    pub(super) fn write(&self, e: &mut Encoder<'_>) -> Written {
        self.keys.write(e)?;
        e.u8(10)?.u64(self.recovery_delay)?;
        Ok(())
    }

    pub(super) fn read(country: Country, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let keys = AuthorityKeys::read(country, r)?;
        r.key("recovery delay", 10)?;
        let genesis = Self { keys, recovery_delay: r.uint("recovery delay")? };
        genesis.check()?;
        Ok(genesis)
    }
}

fn read_pair(field: &'static str, r: &mut Reader<'_>) -> Result<VerifyingPair, Malformed> {
    let bytes = r.fixed::<VERIFYING_PAIR_LEN>(field)?;
    VerifyingPair::from_bytes(bytes).map_err(|_| Malformed { field })
}
