//! Centres with a clock and a source of randomness of the caller's, and the keys of one that is to
//! be hostile: for the model of four centres in `core/tests/model`.

use crate::centre::Centre;
use crate::error::Error;
use crate::ids::{AgencyId, Country};
use crate::keys::authority::{LogKey, RootKey, WitnessKey};
use crate::keys::directory::{DirectoryError, Recipient};
use crate::random::Random;
use crate::replica::Storage;
use crate::roster::Rosters;
use crate::sync::Reading;
use crate::time::{Clock, Timestamp};
use crate::vault::Unlock;

/// As [`Centre::found`]; `authority` is the roots, their threshold, and the recovery delay.
///
/// # Errors
/// As [`Centre::found`].
pub fn found_with(
    storage: Storage,
    country: Country,
    unlock: Unlock,
    authority: (&[&RootKey], usize, u64),
    clock: Clock,
    random: [Random; 2],
) -> Result<Centre, Error> {
    Centre::found_with(storage, country, unlock, authority, clock, random)
}

/// As [`Centre::open`].
///
/// # Errors
/// As [`Centre::open`].
pub fn open_with(
    storage: Storage,
    unlock: Unlock,
    clock: Clock,
    random: [Random; 2],
) -> Result<Centre, Error> {
    Centre::open_with(storage, unlock, clock, random)
}

/// The centre's verified rosters. It does nothing else while they are held.
pub fn rosters(centre: &Centre) -> Reading<'_, Rosters> {
    centre.replica().rosters()
}

/// The time by which the centre judges.
pub fn now(centre: &Centre) -> Timestamp {
    centre.replica().times().now
}

/// The present secret keys of the centre's log and witness.
///
/// # Errors
/// [`Error::Vault`].
pub fn keys(centre: &Centre) -> Result<(LogKey, WitnessKey), Error> {
    centre.own_keys()
}

/// Whom one would seal to, as [`Rosters::address`] resolves every one of its recipients.
///
/// # Errors
/// [`DirectoryError`].
pub fn recipient(rosters: &Rosters, agency: &AgencyId, now: Timestamp) -> Result<Recipient, DirectoryError> {
    rosters.recipient(agency, now)
}
