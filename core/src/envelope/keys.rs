//! The keys of one envelope, all of its file key (SPEC §5.1 to §5.4).
//!
//! ```text
//! header key(64), manifest key(32), body key(32) = HKDF-Expand-SHA-512(file key, label ‖ envelope id)
//! ```

use crate::crypto::chunked::{MessageKey, SALT_LEN};
use crate::crypto::kdf::{Derivation, hmac_sha512};
use crate::ids::EnvelopeId;
use crate::label;
use crate::secret::Secret;

use super::header::MAC_LEN;

/// What is derived from a file key, for the envelope of one id.
pub(crate) struct FileKeys {
    header: Secret<64>,
    manifest: Secret<32>,
    body: Secret<32>,
    id: EnvelopeId,
}

impl FileKeys {
    pub(crate) fn derive(file_key: &Secret<32>, id: &EnvelopeId) -> Self {
        let from = Derivation::new(file_key.expose(), id);
        let (header, manifest) = (from.key(label::HEADER_KEY), from.key(label::MANIFEST_KEY));
        Self { header, manifest, body: from.key(label::BODY_KEY), id: *id }
    }

    /// First 32 bytes of `HMAC-SHA-512(header key, every byte before it)`, SPEC §5.1.4.
    pub(crate) fn header_mac(&self, bytes: &[u8]) -> [u8; MAC_LEN] {
        hmac_sha512(self.header.expose(), &[bytes])
    }

    /// The key of the sealed front.
    pub(crate) fn front(&self, salt: [u8; SALT_LEN]) -> MessageKey {
        MessageKey::derive(&self.manifest, salt, &[label::MANIFEST_CONTEXT.bytes(), self.id.as_bytes()])
    }

    /// The key of the sealed body.
    pub(crate) fn body(&self, salt: [u8; SALT_LEN]) -> MessageKey {
        MessageKey::derive(&self.body, salt, &[label::BODY_CONTEXT.bytes(), self.id.as_bytes()])
    }
}
