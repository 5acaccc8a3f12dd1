//! The handles with a clock that the caller sets: for demonstrations, simulations and tests, in
//! which days go by without waiting.

use crate::agency::Agency;
use crate::centre::Centre;
use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::keys::authority::RootKey;
use crate::random::Random;
use crate::replica::Storage;
use crate::time::Clock;
use crate::vault::Unlock;

/// Who speaks for a country from its founding on.
#[derive(Clone, Copy, Debug)]
pub struct Ceremony<'a> {
    /// Every root.
    pub roots: &'a [&'a RootKey],
    /// How many of them speak for the country.
    pub threshold: usize,
    /// The delay of a recovery in seconds.
    pub recovery_delay: u64,
}

/// As [`Agency::create`].
///
/// # Errors
/// As that.
pub fn create(storage: Storage, agency: AgencyId, unlock: Unlock, clock: Clock) -> Result<Agency, Error> {
    Agency::create_from(storage, agency, unlock, clock, random())
}

/// As [`Agency::unlock`].
///
/// # Errors
/// As that.
pub fn open(storage: Storage, unlock: Unlock, clock: Clock) -> Result<Agency, Error> {
    Agency::open_from(storage, unlock, clock, random())
}

/// As [`Centre::found`].
///
/// # Errors
/// As that.
pub fn found(
    storage: Storage,
    country: Country,
    unlock: Unlock,
    ceremony: Ceremony<'_>,
    clock: Clock,
) -> Result<Centre, Error> {
    let Ceremony { roots, threshold, recovery_delay } = ceremony;
    Centre::found_with(storage, country, unlock, (roots, threshold, recovery_delay), clock, random())
}

/// As [`Centre::open`].
///
/// # Errors
/// As that.
pub fn open_centre(storage: Storage, unlock: Unlock, clock: Clock) -> Result<Centre, Error> {
    Centre::open_with(storage, unlock, clock, random())
}

fn random() -> [Random; 2] {
    [Random::system(), Random::system()]
}
