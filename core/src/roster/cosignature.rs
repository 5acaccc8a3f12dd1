//! What a pair of keys signs of a checkpoint, C2SP tlog-cosignature (SPEC §4.14).
//!
//! ```text
//! 0x01  the log's Ed25519       text
//! 0x04  a witness's Ed25519     "cosignature/v1\ntime " ‖ decimal time ‖ "\n" ‖ text
//! 0x06  ML-DSA-44 of either     "subtree/v1\n" ‖ 00 ‖ len u8 ‖ key name ‖ time u64 ‖ len u8 ‖ origin
//!                               ‖ start u64 = 0 ‖ end u64 = size ‖ root(32)
//!
//! signature of 0x01 = Ed25519 (64)
//!              0x04 = time u64 ‖ Ed25519 (64)
//!              0x06 = time u64 ‖ ML-DSA-44 (2420), empty context
//! ```

use super::anchor::TrustAnchor;
use super::checkpoint::{Checkpoint, CheckpointError};
use super::note::{KeyType, Line, Note, NoteKeyId, VerifierKey, key_id};
use crate::crypto::note_pair::{ED25519_SIGNATURE_LEN, ML_DSA_SIGNATURE_LEN, SigningPair, VerifyingPair};
use crate::random::Random;
use crate::time::Timestamp;

/// Times above it are malformed (`[LOG-32]`).
const MAX_TIME: u64 = (1 << 63) - 1;

/// A pair with the name under which it signs notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotePair {
    name: String,
    ed25519: KeyType,
    /// Of the Ed25519 key and of the ML-DSA-44 key.
    ids: [NoteKeyId; 2],
    key: VerifyingPair,
}

/// The times of a witness's two cosignatures, verified: of Ed25519 and of ML-DSA-44.
pub(super) type PairTimes = [Option<u64>; 2];

/// The key name of a country's witness.
pub(super) fn witness_name(anchor: &TrustAnchor) -> String {
    format!("{anchor}/witness")
}

impl NotePair {
    /// A country's log: its name is the origin (`[LOG-30]`).
    pub(super) fn log(anchor: &TrustAnchor, key: &VerifyingPair) -> Self {
        Self::new(anchor.to_string(), KeyType::Ed25519, key)
    }

    /// A witness.
    pub(super) fn witness(name: String, key: &VerifyingPair) -> Self {
        Self::new(name, KeyType::CosignatureEd25519, key)
    }

    fn new(name: String, ed25519: KeyType, key: &VerifyingPair) -> Self {
        let [ml_dsa, ed] = key.components();
        let ids = [key_id(&name, ed25519, ed), key_id(&name, KeyType::CosignatureMlDsa44, ml_dsa)];
        Self { name, ed25519, ids, key: key.clone() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The country whose witness it is, if it is named as one.
    pub(crate) fn witness_of(&self) -> Option<TrustAnchor> {
        self.name.strip_suffix("/witness")?.parse().ok()
    }

    /// The lines of the pair's keys.
    pub(super) fn lines(&self, note: &Note) -> Vec<Line> {
        note.lines.iter().filter(|line| self.has_signed(line)).cloned().collect()
    }

    pub(super) fn has_signed(&self, line: &Line) -> bool {
        self.ids.iter().any(|id| line.is_of(&self.name, *id))
    }

    /// The pair as two keys that other implementations take, Ed25519 first.
    pub(super) fn verifier_keys(&self) -> [VerifierKey; 2] {
        let [ml_dsa, ed25519] = self.key.components();
        [(self.ed25519, ed25519), (KeyType::CosignatureMlDsa44, ml_dsa)].map(|(key_type, key)| VerifierKey {
            name: self.name.clone(),
            key_type,
            key: key.to_vec(),
        })
    }

    /// Both lines of the pair at one time (`[LOG-31]`).
    pub(super) fn sign(
        &self,
        key: &SigningPair,
        checkpoint: &Checkpoint,
        at: Timestamp,
        random: &Random,
    ) -> Result<[Line; 2], CheckpointError> {
        let at = at.unix();
        if at == 0 {
            return Err(CheckpointError::NoTime);
        }
        let not_signed = CheckpointError::NotSigned;
        let text = checkpoint.text();
        let ed25519 = match self.ed25519 {
            KeyType::Ed25519 => key.sign_ed25519(text.as_bytes()).map_err(not_signed)?.to_vec(),
            _ => stamped(at, &key.sign_ed25519(&ed25519_message(&text, at)).map_err(not_signed)?),
        };
        let message = ml_dsa_message(&self.name, at, checkpoint)?;
        let ml_dsa = stamped(at, &key.sign_ml_dsa(&message, random).map_err(not_signed)?);
        let [ed25519_id, ml_dsa_id] = self.ids;
        let line = |key_id, signature| Line { name: self.name.clone(), key_id, signature };
        Ok([line(ed25519_id, ed25519), line(ml_dsa_id, ml_dsa)])
    }

    /// The log's two signatures: both are there and hold, and ML-DSA's time is one.
    pub(super) fn verify_log(
        &self,
        note: &Note,
        checkpoint: &Checkpoint,
    ) -> Result<Timestamp, CheckpointError> {
        let [ed25519_id, _] = self.ids;
        let missing = || CheckpointError::LogSignatureMissing;
        let ed25519 = note.signature_of(&self.name, ed25519_id)?.ok_or_else(missing)?;
        self.key.verify_ed25519(note.text.as_bytes(), ed25519).map_err(|_| self.bad())?;
        let time = self.verify_ml_dsa(note, checkpoint)?.ok_or_else(missing)?;
        Timestamp::from_unix(time).filter(|time| time.unix() > 0).ok_or(CheckpointError::NoTime)
    }

    /// A witness's cosignatures: what is there holds (`[LOG-34]`).
    pub(super) fn verify_witness(
        &self,
        note: &Note,
        checkpoint: &Checkpoint,
    ) -> Result<PairTimes, CheckpointError> {
        let [ed25519_id, _] = self.ids;
        let ed25519 = match note.signature_of(&self.name, ed25519_id)? {
            None => None,
            Some(signature) => {
                let (time, signature) = self.time_of(signature)?;
                let message = ed25519_message(&note.text, time);
                self.key.verify_ed25519(&message, signature).map_err(|_| self.bad())?;
                Some(time)
            }
        };
        Ok([ed25519, self.verify_ml_dsa(note, checkpoint)?])
    }

    fn verify_ml_dsa(&self, note: &Note, checkpoint: &Checkpoint) -> Result<Option<u64>, CheckpointError> {
        let [_, id] = self.ids;
        let Some(signature) = note.signature_of(&self.name, id)? else { return Ok(None) };
        let (time, signature) = self.time_of(signature)?;
        let message = ml_dsa_message(&self.name, time, checkpoint)?;
        self.key.verify_ml_dsa(&message, signature).map_err(|_| self.bad())?;
        Ok(Some(time))
    }

    fn time_of<'a>(&self, signature: &'a [u8]) -> Result<(u64, &'a [u8]), CheckpointError> {
        let (time, signature) = signature.split_first_chunk().ok_or_else(|| self.bad())?;
        match u64::from_be_bytes(*time) {
            0..=MAX_TIME => Ok((u64::from_be_bytes(*time), signature)),
            _ => Err(CheckpointError::Malformed { field: "time of a signature" }),
        }
    }

    fn bad(&self) -> CheckpointError {
        CheckpointError::BadSignature { key: self.name.clone() }
    }
}

/// The time that a line claims, told by its length alone: 0x04 and 0x06 have one.
pub(super) fn claimed_time(signature: &[u8]) -> Option<u64> {
    const LENGTHS: [usize; 2] = [8 + ED25519_SIGNATURE_LEN, 8 + ML_DSA_SIGNATURE_LEN];
    let (time, _) = signature.split_first_chunk()?;
    LENGTHS.contains(&signature.len()).then_some(u64::from_be_bytes(*time))
}

fn stamped(at: u64, signature: &[u8]) -> Vec<u8> {
    [&at.to_be_bytes()[..], signature].concat()
}

/// "Ed25519 signed message" of tlog-cosignature.
fn ed25519_message(text: &str, at: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {at}\n{text}").into_bytes()
}

/// `cosigned_message` of tlog-cosignature, of a checkpoint: it begins at leaf 0.
fn ml_dsa_message(name: &str, at: u64, checkpoint: &Checkpoint) -> Result<Vec<u8>, CheckpointError> {
    const LABEL: &[u8; 12] = b"subtree/v1\n\0";
    const START: [u8; 8] = [0; 8];
    let origin = checkpoint.anchor().to_string();
    let length = |text: &str| u8::try_from(text.len()).map(|length| [length]);
    let too_long = |_| CheckpointError::TooLarge { what: "key name" };
    Ok([
        &LABEL[..],
        &length(name).map_err(too_long)?,
        name.as_bytes(),
        &at.to_be_bytes(),
        &length(&origin).map_err(too_long)?,
        origin.as_bytes(),
        &START,
        &checkpoint.size().to_be_bytes(),
        checkpoint.root(),
    ]
    .concat())
}
