//! `Identity`: an agency's next identity key (SPEC §4.6).
//!
//! ```text
//! 6: next   composite public key (1984)
//! ```

use super::Written;
use crate::cbor::{Encoder, Malformed, Reader};
use crate::crypto::composite::{VERIFYING_KEY_LEN, VerifyingKey};
use crate::ids::AgencyId;
use crate::keys::identity::IdentityKey;

pub(super) fn write(next: &IdentityKey, e: &mut Encoder<'_>) -> Written {
    e.u8(6)?.bytes(&next.key().to_bytes())?;
    Ok(())
}

pub(super) fn read(subject: &AgencyId, r: &mut Reader<'_>) -> Result<IdentityKey, Malformed> {
    r.key("next", 6)?;
    read_key("next", subject, r)
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
