//! The one table of domain-separation labels (SPEC §2.3, `[LBL-01]`).
//!
//! Every label is ASCII, contains no zero byte and ends in one, so no label is a prefix of another.

/// A domain-separation label. Only the constants of this module exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label(&'static str);

impl Label {
    /// The label's bytes, the closing 0x00 included.
    pub const fn bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Label({:?})", self.0)
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Label = Label(concat!($text, "\0"));)*

        /// Every label with its name, in the order of SPEC §2.3.
        #[cfg(any(test, feature = "hazmat"))]
        pub const ALL: &[(&str, Label)] = &[$((stringify!($name), $name)),*];
    };
}

labels! {
    /// Key id of an agency's identity key.
    KEY_ID_IDENTITY = "vlec/1 key-id identity";
    /// Key id of an agency's epoch key.
    KEY_ID_EPOCH = "vlec/1 key-id epoch";
    /// Key id of a country's root key.
    KEY_ID_ROOT = "vlec/1 key-id root";
    /// Key id of a country's log key pair.
    KEY_ID_LOG = "vlec/1 key-id log";
    /// Key id of a country's witness key pair.
    KEY_ID_WITNESS = "vlec/1 key-id witness";
    /// Header key, derived from the file key.
    HEADER_KEY = "vlec/1 header key";
    /// Manifest key, derived from the file key.
    MANIFEST_KEY = "vlec/1 manifest key";
    /// Body key, derived from the file key.
    BODY_KEY = "vlec/1 body key";
    /// HPKE `info` of a stanza.
    STANZA = "vlec/1 stanza";
    /// Hint of a stanza.
    HINT = "vlec/1 hint";
    /// Cobblestone-256 context of the manifest.
    MANIFEST_CONTEXT = "vlec/1 manifest context";
    /// Cobblestone-256 context of the body.
    BODY_CONTEXT = "vlec/1 body context";
    /// Key of the segment digests, derived from the content salt.
    SEGMENT_DIGEST = "vlec/1 segment digest";
    /// Key of the body root, derived from the content salt.
    BODY_ROOT = "vlec/1 body root";
    /// Signature of a manifest.
    SIGN_MANIFEST = "vlec/1 sign manifest";
    /// Signature of a `Genesis` event.
    SIGN_GENESIS = "vlec/1 sign event genesis";
    /// Signature of an `Authority` event.
    SIGN_AUTHORITY = "vlec/1 sign event authority";
    /// Signature of an `Enrol` event.
    SIGN_ENROL = "vlec/1 sign event enrol";
    /// Signature of an `Epoch` event.
    SIGN_EPOCH = "vlec/1 sign event epoch";
    /// Signature of an `Identity` event.
    SIGN_IDENTITY = "vlec/1 sign event identity";
    /// Signature of a `Revoke` event.
    SIGN_REVOKE = "vlec/1 sign event revoke";
    /// Signature of a `Withdraw` event.
    SIGN_WITHDRAW = "vlec/1 sign event withdraw";
    /// Associated data of a vault's sealed row.
    VAULT_ROW = "vlec/1 vault row";
    /// Associated data of the wrapped vault key.
    VAULT_KEY = "vlec/1 vault key";
    /// Associated data of a secret wrapped under the anchor's key.
    VAULT_SECRET = "vlec/1 vault secret";
    /// Key of an epoch's evidence, derived from the epoch's seed.
    EPOCH_EVIDENCE = "vlec/1 epoch evidence";
    /// Associated data of a manifest that is kept as evidence.
    VAULT_EVIDENCE = "vlec/1 vault evidence";
    /// Key of the sums over a vault's rows.
    VAULT_SUMS = "vlec/1 vault sums";
    /// Associated data of a root key's file.
    ROOT_FILE = "vlec/1 root file";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_distinct_and_prefix_free() {
        for (i, (_, a)) in ALL.iter().enumerate() {
            let (last, text) = a.bytes().split_last().unwrap();
            assert!(*last == 0 && text.iter().all(u8::is_ascii_graphic_or_space));
            for (j, (_, b)) in ALL.iter().enumerate() {
                assert!(i == j || !b.bytes().starts_with(a.bytes()), "{a:?} {b:?}");
            }
        }
    }

    trait GraphicOrSpace {
        fn is_ascii_graphic_or_space(&self) -> bool;
    }
    impl GraphicOrSpace for u8 {
        fn is_ascii_graphic_or_space(&self) -> bool {
            (0x20..0x7f).contains(self)
        }
    }
}
