//! `Identity`: an agency's next identity key, and who vouches for it (SPEC §4.6, `[EVT-35]`).
//!
//! ```text
//! 6: next   composite public key (1984)
//! 7: by     0 rotation: the identity before it   1 recovery: the roots
//! ```

use super::{Content, Written};
use crate::cbor::{Encoder, Malformed, Reader};
use crate::crypto::composite::{VERIFYING_KEY_LEN, VerifyingKey};
use crate::ids::AgencyId;
use crate::keys::identity::IdentityKey;

const ROTATION: u64 = 0;
const RECOVERY: u64 = 1;

pub(super) fn write_rotation(next: &IdentityKey, e: &mut Encoder<'_>) -> Written {
    write(next, ROTATION, e)
}

pub(super) fn write_recovery(next: &IdentityKey, e: &mut Encoder<'_>) -> Written {
    write(next, RECOVERY, e)
}

fn write(next: &IdentityKey, by: u64, e: &mut Encoder<'_>) -> Written {
    e.u8(6)?.bytes(&next.key().to_bytes())?.u8(7)?.u64(by)?;
    Ok(())
}

pub(super) fn read(subject: &AgencyId, r: &mut Reader<'_>) -> Result<Content, Malformed> {
    r.key("next", 6)?;
    let next = read_key("next", subject, r)?;
    r.key("by", 7)?;
    match r.uint("by")? {
        ROTATION => Ok(Content::Rotation(next)),
        RECOVERY => Ok(Content::Recovery(next)),
        _ => Err(Malformed { field: "by" }),
    }
}

pub(super) fn read_key(
    field: &'static str,
    subject: &AgencyId,
    r: &mut Reader<'_>,
) -> Result<IdentityKey, Malformed> {
    let key =
        VerifyingKey::from_bytes(r.fixed::<VERIFYING_KEY_LEN>(field)?).map_err(|_| Malformed { field })?;
    Ok(IdentityKey::new(subject.clone(), key))
}
