//! A checkpoint, C2SP tlog-checkpoint (SPEC §4.14): how large a country's log is, and its root.
//!
//! ```text
//! vlec/1/GE/<64 hexadecimal digits>      the origin: the trust anchor's text
//! 17                                     the number of leaves
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     the root
//!
//! — vlec/1/GE/… Az3grl…                  the log, Ed25519
//! — vlec/1/GE/… hI2DJw…                  the log, ML-DSA-44
//! — vlec/1/UA/…/witness mJirIk…          a witness, Ed25519
//! — vlec/1/UA/…/witness TnKKVH…          a witness, ML-DSA-44
//! ```

use std::fmt;

use super::anchor::TrustAnchor;
use super::cosignature::{NotePair, claimed_time, witness_name};
use super::merkle::MAX_SIZE;
use super::note::{Line, Note, decimal, hash_from_base64, to_base64};
use super::policy::Policy;
use crate::crypto::CryptoError;
use crate::ids::Country;
use crate::keys::authority::{LogKey, LogPublicKey, WitnessKey, WitnessPublicKey};
use crate::random::Random;
use crate::time::Timestamp;

/// What a log says of itself: its name, its size and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    anchor: TrustAnchor,
    size: u64,
    root: [u8; 32],
}

/// A checkpoint with the signatures of a log and of witnesses, none of them verified.
///
/// ```
/// # let (random, now) = (vlec::Random::system(), vlec::Timestamp::now());
/// # let anchor: vlec::TrustAnchor = format!("vlec/1/GE/{}", "a1".repeat(32)).parse()?;
/// # let other: vlec::TrustAnchor = format!("vlec/1/UA/{}", "b2".repeat(32)).parse()?;
/// # let log = vlec::LogKey::generate(anchor.country(), &random)?;
/// # let witness = vlec::WitnessKey::generate(other.country(), &random)?;
/// use vlec::{Checkpoint, SignedCheckpoint};
/// let checkpoint = Checkpoint::new(anchor, 5, [7; 32])?;
/// // The log signs; the witness of another country cosigns what it was sent.
/// let sent = SignedCheckpoint::sign(checkpoint, &log, now, &random)?.encode();
/// let mut received = SignedCheckpoint::decode(sent.as_bytes())?;
/// received.cosign(&other, &witness, now, &random)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    /// Its text is the checkpoint's.
    note: Note,
}

/// A checkpoint, or what proves something by one, is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A field is not of its form.
    #[error("{field} of a checkpoint is malformed: get the checkpoint again from its source")]
    Malformed {
        /// The field.
        field: &'static str,
    },
    /// More than the format allows.
    #[error("{what} of a checkpoint is over the limit: get the checkpoint again from its source")]
    TooLarge {
        /// What is too large.
        what: &'static str,
    },
    /// One of the log's two signatures is not there.
    #[error("a signature of the log is missing: its checkpoints bear one of each of its two keys")]
    LogSignatureMissing,
    /// A known key's signature does not verify.
    #[error("a signature of {key:?} does not verify: get the checkpoint again from its source")]
    BadSignature {
        /// The key's name.
        key: String,
    },
    /// A known key has signed more than once.
    #[error("{key:?} has signed twice with one key: get the checkpoint again from its source")]
    SignedTwice {
        /// The key's name.
        key: String,
    },
    /// The log's time, or that of a signature to be made, is none.
    #[error("the time of signing is 0 or out of range: set the clock of the signer")]
    NoTime,
    /// The policy asks for more cosignatures.
    #[error("too few witnesses have cosigned the checkpoint: collect more cosignatures")]
    NoQuorum,
    /// A quorum has cosigned, at times that are still to come by the own clock.
    #[error(
        "a quorum of witnesses has cosigned the checkpoint, by their clocks at {from}, and by the clock here nothing \
         after {latest} counts: set whichever clock is wrong, or wait"
    )]
    QuorumToCome {
        /// From when the cosignatures count.
        from: Timestamp,
        /// The latest time that counts: the own clock, and the skew that is allowed.
        latest: Timestamp,
    },
    /// The other checkpoint says something else.
    #[error("the checkpoints differ in origin, size or root: cosignatures of one do not count for another")]
    OtherCheckpoint,
    /// The proof of inclusion does not hold.
    #[error("the event is not where the proof says: get the proof again from its source")]
    NotIncluded,
    /// A signature could not be made.
    #[error("the checkpoint was not signed: {0}")]
    NotSigned(CryptoError),
}

impl CheckpointError {
    /// The stable code that bindings carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "checkpoint-malformed",
            Self::TooLarge { .. } => "checkpoint-too-large",
            Self::LogSignatureMissing => "checkpoint-log-signature-missing",
            Self::BadSignature { .. } => "checkpoint-bad-signature",
            Self::SignedTwice { .. } => "checkpoint-signed-twice",
            Self::NoTime => "checkpoint-no-time",
            Self::NoQuorum | Self::QuorumToCome { .. } => "checkpoint-no-quorum",
            Self::OtherCheckpoint => "checkpoint-other",
            Self::NotIncluded => "checkpoint-not-included",
            Self::NotSigned(_) => "checkpoint-not-signed",
        }
    }
}

impl Checkpoint {
    /// The checkpoint of the log of `anchor` with `size` leaves and this root.
    ///
    /// # Errors
    /// [`CheckpointError::TooLarge`] if the size is over 2^63 − 1.
    pub fn new(anchor: TrustAnchor, size: u64, root: [u8; 32]) -> Result<Self, CheckpointError> {
        let sized = size <= MAX_SIZE;
        sized.then_some(Self { anchor, size, root }).ok_or(CheckpointError::TooLarge { what: "tree size" })
    }

    /// The anchor that names the log.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub fn root(&self) -> &[u8; 32] {
        &self.root
    }

    /// The text that is signed: origin, size and root, a line each (`[LOG-10]`).
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.anchor, self.size, to_base64(&self.root))
    }

    /// The keys of a log as C2SP verifier keys, for other implementations: of type 0x01 and 0x06.
    pub fn log_vkeys(anchor: &TrustAnchor, key: &LogPublicKey) -> [String; 2] {
        NotePair::log(anchor, key.key()).verifier_keys().map(|vkey| vkey.to_string())
    }

    /// Three lines and nothing more (`[LOG-10]` to `[LOG-13]`).
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = |field| CheckpointError::Malformed { field };
        let mut lines = text.strip_suffix('\n').ok_or(malformed("text"))?.split('\n');
        let origin = lines.next().and_then(|line| line.parse().ok()).ok_or(malformed("origin"))?;
        let size = lines.next().and_then(decimal).ok_or(malformed("tree size"))?;
        let root = lines.next().and_then(hash_from_base64).ok_or(malformed("root hash"))?;
        if lines.next().is_some() {
            return Err(malformed("extension line"));
        }
        Self::new(origin, size, root)
    }
}

impl SignedCheckpoint {
    /// Signs a checkpoint with the log's pair (`[LOG-30]`, `[LOG-31]`).
    ///
    /// # Errors
    /// [`CheckpointError::NoTime`] if `at` is 0; [`CheckpointError::NotSigned`].
    pub fn sign(
        checkpoint: Checkpoint,
        key: &LogKey,
        at: Timestamp,
        random: &Random,
    ) -> Result<Self, CheckpointError> {
        let note = Note { text: checkpoint.text(), lines: Vec::new() };
        Self { checkpoint, note }.countersign(key, at, random)
    }

    /// Adds the signatures of a second pair of the same log: the first checkpoint over an
    /// `Authority` event bears those of the old pair and of the new one.
    ///
    /// # Errors
    /// As [`Self::sign`]; [`CheckpointError::TooLarge`] if there is no room for two more lines.
    pub fn countersign(
        mut self,
        key: &LogKey,
        at: Timestamp,
        random: &Random,
    ) -> Result<Self, CheckpointError> {
        let pair = NotePair::log(&self.checkpoint.anchor, key.public().key());
        self.put(pair.sign(key.pair(), &self.checkpoint, at, random)?)?;
        Ok(self)
    }

    /// Adds the cosignatures of the witness of the country of `witness`, or replaces those that it
    /// has made before. What a cosignature says of the log, the caller has checked and made durable.
    ///
    /// # Errors
    /// As [`Self::countersign`]; the checkpoint is then as it was.
    pub fn cosign(
        &mut self,
        witness: &TrustAnchor,
        key: &WitnessKey,
        at: Timestamp,
        random: &Random,
    ) -> Result<(), CheckpointError> {
        let pair = NotePair::witness(witness_name(witness), key.public().key());
        self.put(pair.sign(key.pair(), &self.checkpoint, at, random)?)
    }

    /// Takes over the lines of another note of this checkpoint, at most 16 in all. Of two lines of
    /// one key the newer is kept. Nothing is verified, and a false line makes the whole note
    /// useless: verify what comes from elsewhere first.
    ///
    /// # Errors
    /// [`CheckpointError::OtherCheckpoint`], [`CheckpointError::TooLarge`]; the checkpoint is then
    /// as it was.
    pub fn merge(&mut self, other: &Self) -> Result<(), CheckpointError> {
        if self.checkpoint != other.checkpoint {
            return Err(CheckpointError::OtherCheckpoint);
        }
        let is_newer = |line: &&Line| {
            let held = self.note.lines.iter().find(|held| held.is_of(&line.name, line.key_id));
            held.is_none_or(|held| claimed_time(&line.signature) > claimed_time(&held.signature))
        };
        let newer: Vec<Line> = other.note.lines.iter().filter(is_newer).cloned().collect();
        self.put(newer)
    }

    /// The note's bytes.
    pub fn encode(&self) -> String {
        self.note.encode()
    }

    /// Reads a note. Nothing is verified.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`], [`CheckpointError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::decode(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(&note.text)?, note })
    }

    /// What is said to be signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// That both keys of the log's pair have signed, and the log's own time (`[LOG-33]`).
    ///
    /// # Errors
    /// [`CheckpointError::LogSignatureMissing`], [`CheckpointError::BadSignature`],
    /// [`CheckpointError::SignedTwice`], [`CheckpointError::NoTime`].
    pub(crate) fn verify_log(&self, key: &LogPublicKey) -> Result<Timestamp, CheckpointError> {
        NotePair::log(&self.checkpoint.anchor, key.key()).verify_log(&self.note, &self.checkpoint)
    }

    /// The checkpoint's time by the word of witnesses: the largest at which a quorum of `policy` has
    /// cosigned it (`[LOG-52]`). Times of 0 and times after `latest` do not count.
    ///
    /// # Errors
    /// [`CheckpointError::BadSignature`] and [`CheckpointError::SignedTwice`] for every witness that
    /// the policy names; [`CheckpointError::NoQuorum`].
    pub(crate) fn time(&self, policy: &Policy, latest: Timestamp) -> Result<Timestamp, CheckpointError> {
        self.times(policy, latest).map(|(time, _)| time)
    }

    /// As [`Self::time`], and the latest time of a witness of the policy that counts: the first says
    /// since when at the latest the view held, the second when at the latest it was published.
    ///
    /// # Errors
    /// As that.
    pub(crate) fn times(
        &self,
        policy: &Policy,
        latest: Timestamp,
    ) -> Result<(Timestamp, Timestamp), CheckpointError> {
        let counted = |time: &u64| (1..=latest.unix()).contains(time);
        let newest = std::cell::Cell::new(Timestamp::default());
        let verify = |witness: &NotePair| {
            let times = witness.verify_witness(&self.note, &self.checkpoint)?;
            let [ed25519, ml_dsa] = times.map(|time| time.filter(counted).and_then(Timestamp::from_unix));
            let time = ed25519.zip(ml_dsa).map(|(ed25519, ml_dsa)| ed25519.min(ml_dsa));
            newest.set(newest.get().max(time.unwrap_or_default()));
            Ok(time)
        };
        let quorum = policy.evaluate(verify)?.ok_or(CheckpointError::NoQuorum)?;
        Ok((quorum, newest.get()))
    }

    /// Why the checkpoint has no quorum at `latest`: too few have cosigned, or at a time that is still to come.
    pub(crate) fn why_no_quorum(&self, policy: &Policy, latest: Timestamp) -> CheckpointError {
        match self.time(policy, Timestamp::MAX) {
            Ok(from) => CheckpointError::QuorumToCome { from, latest },
            Err(error) => error,
        }
    }

    /// The lines of these pairs of the log that hold, and no others.
    pub(crate) fn signed_by<'k>(&self, keys: impl IntoIterator<Item = &'k LogPublicKey>) -> Self {
        let pairs = keys.into_iter().map(|key| NotePair::log(&self.checkpoint.anchor, key.key()));
        let good: Vec<_> =
            pairs.filter(|pair| pair.verify_log(&self.note, &self.checkpoint).is_ok()).collect();
        let is_good = |line: &&Line| good.iter().any(|pair| pair.has_signed(line));
        let lines = self.note.lines.iter().filter(is_good).cloned().collect();
        let note = Note { text: self.note.text.clone(), lines };
        Self { checkpoint: self.checkpoint, note }
    }

    /// Whether both keys of this witness have cosigned.
    pub(crate) fn is_cosigned_by(&self, witness: &TrustAnchor, key: &WitnessPublicKey) -> bool {
        let pair = NotePair::witness(witness_name(witness), key.key());
        matches!(pair.verify_witness(&self.note, &self.checkpoint), Ok([Some(_), Some(_)]))
    }

    /// Who of the policy's witnesses has cosigned, and when: both signatures hold, and their times
    /// count (`[LOG-52]`).
    ///
    /// # Errors
    /// As [`Self::time`], but no quorum is asked for.
    pub(crate) fn cosigners<'p>(
        &self,
        policy: &'p Policy,
        latest: Timestamp,
    ) -> Result<Vec<(&'p NotePair, Timestamp)>, CheckpointError> {
        let mut cosigners = Vec::new();
        for pair in policy.pairs() {
            let times = pair.verify_witness(&self.note, &self.checkpoint)?;
            let [ed25519, ml_dsa] = times.map(|time| time.filter(|time| (1..=latest.unix()).contains(time)));
            let time = ed25519.zip(ml_dsa).and_then(|(a, b)| Timestamp::from_unix(a.min(b)));
            cosigners.extend(time.map(|time| (pair, time)));
        }
        Ok(cosigners)
    }

    /// Who of the policy's witnesses has cosigned, with both signatures holding, at a time after `latest`:
    /// it does not count yet.
    ///
    /// # Errors
    /// As [`Self::cosigners`].
    pub(crate) fn not_yet(
        &self,
        policy: &Policy,
        latest: Timestamp,
    ) -> Result<Vec<(Country, Timestamp)>, CheckpointError> {
        let mut not_yet = Vec::new();
        for pair in policy.pairs() {
            let [ed25519, ml_dsa] = pair.verify_witness(&self.note, &self.checkpoint)?;
            let both = ed25519.zip(ml_dsa).filter(|(a, b)| *a.min(b) > 0);
            let at = both.and_then(|(a, b)| Timestamp::from_unix(a.max(b))).filter(|at| *at > latest);
            not_yet.extend(pair.witness_of().map(|anchor| anchor.country()).zip(at));
        }
        Ok(not_yet)
    }

    /// As [`Self::merge`], but only what counts is taken: the verified pairs of the policy's
    /// witnesses, none of a time after `latest`. A hostile note can fill no line of this one.
    ///
    /// # Errors
    /// As [`Self::merge`] and [`Self::cosigners`]; the checkpoint is then as it was.
    pub(crate) fn take(
        &mut self,
        other: &Self,
        policy: &Policy,
        latest: Timestamp,
    ) -> Result<(), CheckpointError> {
        if self.checkpoint != other.checkpoint {
            return Err(CheckpointError::OtherCheckpoint);
        }
        let cosigners = other.cosigners(policy, latest)?;
        let lines = cosigners.iter().flat_map(|(pair, _)| pair.lines(&other.note)).collect();
        let note = Note { text: other.note.text.clone(), lines };
        self.merge(&Self { checkpoint: other.checkpoint, note })
    }

    /// All of the lines, or none.
    fn put(&mut self, lines: impl IntoIterator<Item = Line>) -> Result<(), CheckpointError> {
        let mut note = self.note.clone();
        lines.into_iter().try_for_each(|line| note.put(line))?;
        self.note = note;
        Ok(())
    }
}

impl fmt::Debug for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoint, note } = self;
        let lines = note.lines.len();
        write!(f, "SignedCheckpoint({}, {}, {lines} lines)", checkpoint.anchor, checkpoint.size)
    }
}
