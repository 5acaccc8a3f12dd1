//! Who seals and who opens in these measurements: agencies of the invented world, with the
//! operating system's randomness.

use std::num::NonZeroUsize;

use vlec::hazmat::world::World;
use vlec::{AgencyId, Draft, EnvelopeError, Identity, Keyring, Opener, Random, Sealer, Unrecorded};

use crate::measure::Fallible;

const SENDER: &str = "GE/mia/cyber";
const RECIPIENT: &str = "UA/npu/cyber";

/// A sender, a recipient and their rosters, in memory.
pub(crate) struct Setting {
    world: World,
    pub(crate) random: Random,
    recipient: AgencyId,
}

impl Setting {
    pub(crate) fn new() -> Fallible<Self> {
        Ok(Self { world: World::new()?, random: Random::system(), recipient: RECIPIENT.parse()? })
    }

    fn sender(&self) -> Fallible<&Identity> {
        Ok(&self.world.member(SENDER)?.identity)
    }

    fn keyring(&self) -> Fallible<&Keyring> {
        Ok(&self.world.member(RECIPIENT)?.keyring)
    }

    /// A sealer to one recipient, looked up in the rosters as every sender must.
    pub(crate) fn sealer(&self, workers: NonZeroUsize) -> Fallible<Sealer<'_>> {
        let (sender, now) = (self.sender()?, self.world.now);
        let to = self.world.rosters.address(sender, std::slice::from_ref(&self.recipient), now)?;
        let sealer = Sealer::new(sender, to, draft()?, &self.random)?;
        Ok(sealer.workers(workers))
    }

    /// The recipient's opener, which remembers nothing.
    pub(crate) fn opener(&self, workers: NonZeroUsize) -> Fallible<Opener<'_>> {
        let world = &self.world;
        Ok(Opener::new(self.keyring()?, &world.rosters, &Unrecorded, world.now).workers(workers))
    }
}

/// What is said of the content in these measurements.
pub(crate) fn draft() -> Result<Draft, EnvelopeError> {
    Draft::new("application/octet-stream", 1)
}

/// One worker.
pub(crate) const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// As many workers as the library takes unless it is told otherwise.
pub(crate) fn default_workers() -> NonZeroUsize {
    let eight = NonZeroUsize::MIN.saturating_add(7);
    std::thread::available_parallelism().map_or(ONE, |n| n.min(eight))
}
