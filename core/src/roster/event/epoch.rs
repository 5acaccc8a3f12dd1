//! `Epoch`: an agency announces an epoch key (SPEC §4.5, `[EVT-30]`…`[EVT-32]`).
//!
//! ```text
//! 6: number       from 1
//! 7: key          X-Wing encapsulation key (1216)
//! 8: not_before   9: not_after   10: destroy_at      not_before < not_after <= destroy_at
//! ```

use super::Written;
use crate::cbor::{Encoder, Malformed, Reader};
use crate::crypto::xwing::{ENCAPSULATION_KEY_LEN, EncapsulationKey};
use crate::ids::{AgencyId, EpochNumber};
use crate::keys::epoch::{EpochKey, Window};

/// `[EVT-30]`: numbers begin at 1.
pub(super) fn check(epoch: &EpochKey) -> Result<(), Malformed> {
    if epoch.number().0 >= 1 { Ok(()) } else { Err(Malformed { field: "number" }) }
}

pub(super) fn write(epoch: &EpochKey, e: &mut Encoder<'_>) -> Written {
    let window = epoch.window();
    e.u8(6)?.u64(epoch.number().0)?.u8(7)?.bytes(&epoch.key().to_bytes())?;
    e.u8(8)?.u64(window.not_before().unix())?;
    e.u8(9)?.u64(window.not_after().unix())?;
    e.u8(10)?.u64(window.destroy_at().unix())?;
    Ok(())
}

pub(super) fn read(subject: &AgencyId, r: &mut Reader<'_>) -> Result<EpochKey, Malformed> {
    r.key("number", 6)?;
    let number = EpochNumber(r.uint("number")?);
    r.key("key", 7)?;
    let key = EncapsulationKey::from_bytes(r.fixed::<ENCAPSULATION_KEY_LEN>("key")?)
        .map_err(|_| Malformed { field: "key" })?;
    r.key("not_before", 8)?;
    let not_before = r.time("not_before")?;
    r.key("not_after", 9)?;
    let not_after = r.time("not_after")?;
    r.key("destroy_at", 10)?;
    let destroy_at = r.time("destroy_at")?;
    let window = Window::new(not_before, not_after, destroy_at).map_err(|_| Malformed { field: "window" })?;
    let epoch = EpochKey::new(subject.clone(), number, window, key);
    check(&epoch)?;
    Ok(epoch)
}
