//! Why an envelope was not sealed or not opened.
//!
//! Three families: *malformed* names the field, *rejected* names the policy, and *open failed*
//! says nothing more, because before the signature holds a difference would be an oracle.

use std::fmt;
use std::io;

use crate::cbor;
use crate::crypto::CryptoError;
use crate::disk::DiskError;
use crate::ids::EpochNumber;
use crate::keys::directory::DirectoryError;
use crate::random::RandomError;

use super::ledger::LedgerError;

/// The field by which an envelope is told from everything else.
pub(super) const MAGIC_NUMBER: &str = "magic number";

/// An envelope was not sealed, or not opened. Messages are safe to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The bytes are not of the form that SPEC §5 gives; the field is named.
    #[error("{field} is malformed{}", if *.0 == MAGIC_NUMBER { ": this is no envelope" } else { "" }, field = .0)]
    Malformed(&'static str),
    /// The envelope ends before its signed length, or before it could say one.
    #[error("the envelope ends early, in the {0}: fetch it again")]
    Truncated(&'static str),
    /// Bytes follow the envelope's end.
    #[error("bytes follow the end of the envelope")]
    Trailing,
    /// A version this library does not know.
    #[error("version {0} is not supported: update the library")]
    UnsupportedVersion(u8),
    /// A suite this library does not know.
    #[error("suite {0} is not supported: update the library")]
    UnsupportedSuite(u16),
    /// A value over its limit.
    #[error("the {what} is larger than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in bytes or items.
        limit: u64,
    },
    /// No stanza is for a key of this keyring.
    #[error("the envelope is not for this agency, or its header is damaged")]
    NotARecipient,
    /// The envelope is for an epoch that was destroyed. Local knowledge: never answer it automatically.
    #[error("the envelope is for epoch {0}, which was destroyed: ask the sender to seal it again")]
    EpochDestroyed(EpochNumber),
    /// By the clock the epoch has ended, but nothing else confirms the time: its secret is still there.
    #[error(
        "the envelope is for epoch {0}, which has ended by this machine's clock, and nothing confirms that \
         time: compare the clock, set it or confirm it, and open the envelope again"
    )]
    ClockAhead(EpochNumber),
    /// The rosters do not vouch for the sender. After `no-roster`, `roster-stale`, `not-enrolled` and
    /// `unknown-key`, hold the envelope and open it again with a newer roster.
    #[error("the sender is not accepted: {0}")]
    Sender(#[source] DirectoryError),
    /// A signed critical extension that this library does not know.
    #[error("critical extension {0} is not known: update the library")]
    UnknownCriticalExtension(u64),
    /// Decryption or a signature failed; deliberately without detail.
    #[error("the envelope cannot be opened: it is damaged, forged or not for this key")]
    OpenFailed(OpenFailure),
    /// A segment of the body is not what the sender signed.
    #[error("segment {segment} of the body is damaged: fetch the envelope again")]
    Damaged {
        /// The segment's number; each holds 1 MiB of the padded content.
        segment: u64,
    },
    /// Whoever watched the work asked for its end.
    #[error("stopped on request: nothing was left behind")]
    Cancelled,
    /// An earlier read or write of the same stream failed.
    #[error("an earlier read or write of this stream failed: open the envelope again")]
    AfterError,
    /// A stream is to be accepted, and content of it is left to be read.
    #[error("the content was not read to its end: read all of it, then accept the envelope")]
    NotRead,
    /// The signed content is followed by padding that is not zero.
    #[error("the padding is not zero: the sender's software is at fault")]
    Padding,
    /// The ledger refused the arrival.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The identity is not the one for which recipients were addressed.
    #[error("the identity is not the sender for whom the recipients were looked up")]
    OtherSender,
    /// A draft's value is not of its form.
    #[error("{what} is not acceptable: {expected}")]
    Draft {
        /// Which value.
        what: &'static str,
        /// What is expected of it.
        expected: &'static str,
    },
    /// The buffer for the result is not of the right length.
    #[error("the buffer holds {given} bytes, {needed} are needed")]
    Buffer {
        /// The buffer's length.
        given: u64,
        /// The length it must have.
        needed: u64,
    },
    /// No randomness, or a faulty machine; nothing was made.
    #[error(transparent)]
    Crypto(CryptoError),
    /// Reading or writing failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file could not be read or written, or changed meanwhile.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl EnvelopeError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Truncated(_) => "truncated",
            Self::Trailing => "trailing",
            Self::UnsupportedVersion(_) => "unsupported-version",
            Self::UnsupportedSuite(_) => "unsupported-suite",
            Self::TooLarge { .. } => "too-large",
            Self::NotARecipient => "not-a-recipient",
            Self::EpochDestroyed(_) => "epoch-destroyed",
            Self::ClockAhead(_) => "clock-ahead",
            Self::Sender(error) => error.code(),
            Self::UnknownCriticalExtension(_) => "unknown-critical-extension",
            Self::OpenFailed(_) => "open-failed",
            Self::Damaged { .. } => "damaged",
            Self::Cancelled => "cancelled",
            Self::AfterError => "after-error",
            Self::NotRead => "not-read",
            Self::Padding => "padding",
            Self::Ledger(error) => error.code(),
            Self::OtherSender => "other-sender",
            Self::Draft { .. } => "draft",
            Self::Buffer { .. } => "buffer",
            Self::Crypto(_) => "crypto",
            Self::Io { .. } => "io",
            Self::Disk(error) => error.code(),
        }
    }

    pub(crate) fn failed(layer: Layer) -> Self {
        Self::OpenFailed(OpenFailure(layer))
    }

    /// An input error: the end is a fault of the envelope, anything else of the machine.
    pub(crate) fn reading(part: &'static str, source: io::Error) -> Self {
        match source.downcast::<DiskError>() {
            // What a `SourceFile` says.
            Ok(error) => error.into(),
            Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated(part),
            Err(source) => Self::Io { doing: "read the envelope", source },
        }
    }

    /// For the `Read` and `Seek` traits, which speak `io::Error`.
    pub(crate) fn into_io(self) -> io::Error {
        match self {
            Self::Io { source, .. } => source,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}

impl From<CryptoError> for EnvelopeError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<RandomError> for EnvelopeError {
    fn from(error: RandomError) -> Self {
        Self::Crypto(error.into())
    }
}

impl From<cbor::Malformed> for EnvelopeError {
    fn from(error: cbor::Malformed) -> Self {
        Self::Malformed(error.field)
    }
}

/// The layer that failed, known to auditors only: neither `Debug` nor `Display` shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OpenFailure(Layer);

/// The layers whose failures look alike from outside, in the order of SPEC §5.6.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Decapsulation,
    HeaderMac,
    ManifestCommitment,
    Manifest,
    Signature,
    BodyCommitment,
    BodyRoot,
}

impl OpenFailure {
    /// The layer's name.
    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) fn layer(self) -> &'static str {
        match self.0 {
            Layer::Decapsulation => "decapsulation",
            Layer::HeaderMac => "header-mac",
            Layer::ManifestCommitment => "manifest-commitment",
            Layer::Manifest => "manifest",
            Layer::Signature => "signature",
            Layer::BodyCommitment => "body-commitment",
            Layer::BodyRoot => "body-root",
        }
    }
}

impl fmt::Debug for OpenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("OpenFailure(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_different_layers_look_alike() {
        let shown = |layer| {
            let error = EnvelopeError::failed(layer);
            format!("{error} {error:?} {}", error.code())
        };
        for layer in [
            Layer::HeaderMac,
            Layer::ManifestCommitment,
            Layer::Manifest,
            Layer::Signature,
            Layer::BodyCommitment,
            Layer::BodyRoot,
        ] {
            assert_eq!(shown(layer), shown(Layer::Decapsulation));
        }
    }
}
