//! The auditors' door: the primitives themselves, seeded randomness, and hostile envelopes.
//!
//! Behind the feature `hazmat`, off by default. It adds names and changes no behaviour. Nothing
//! here is needed to use the library, and most of it is easy to misuse: a seeded source makes
//! every key predictable, a repeated encapsulation seed reveals file keys. It exists so that an
//! auditor can run vectors of their own and build envelopes that an honest sender never makes.

#[doc(hidden)]
pub mod centre;
pub mod forge;
#[doc(hidden)]
pub mod fuzz;
mod published;
pub mod timed;
pub mod town;
#[doc(hidden)]
pub mod vault;
pub mod world;

use std::sync::Mutex;

pub use crate::crypto::{
    CryptoError, chunked, composite, digest, hpke, kdf, note_pair,
    xwing::{self, CIPHERTEXT_LEN, EncapsulationKey},
};
pub use crate::envelope::header::{Stanza, hint};
pub use crate::label::Label;
pub use crate::roster::merkle;
pub use crate::secret::Secret;
pub use crate::sync::{Rank, Reading, Shared};
pub use crate::vault::Entry;
pub use crate::vault::edit::{Edit, PlainRow, View};
pub use crate::vault::handle::Vault;
pub use crate::vault::ledger::LedgerPolicy;

use crate::envelope::error::EnvelopeError;
use crate::envelope::ledger::{Arrival, LedgerError};
use crate::envelope::manifest::Manifest;
use crate::ids::{AgencyId, Country, EpochNumber, KeyId};
use crate::keys::authority::{LogKey, LogPublicKey, RootKey, WitnessKey};
use crate::keys::epoch::{Epoch, Window};
use crate::keys::identity::Identity;
use crate::random::Random;
use crate::roster::{BundleReader, CheckpointError, Policy, RosterError, Rosters, SignedCheckpoint};
use crate::time::{Clock, Timestamp};
pub use crate::vault::ledger::VaultLedger;

/// Every domain-separation label.
pub mod label {
    pub use crate::label::*;
}

/// A deterministic source: the BLAKE3 output stream keyed with `seed`. Never for real keys.
pub fn seeded_random(seed: [u8; 32]) -> Random {
    let stream = Mutex::new(blake3::Hasher::new_keyed(&seed).finalize_xof());
    Random::injected(move |out| match stream.lock() {
        Ok(mut stream) => {
            stream.fill(out);
            true
        }
        Err(_) => false,
    })
}

/// A source that calls `fill`, which says whether it could. For vectors and fault tests.
pub fn injected_random(fill: impl Fn(&mut [u8]) -> bool + Send + Sync + 'static) -> Random {
    Random::injected(fill)
}

/// A clock that calls `now`. For simulations and tests.
pub fn injected_clock(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
    Clock::injected(now)
}

/// X-Wing `EncapsulateDerand(pk, eseed)`.
///
/// # Errors
/// As [`EncapsulationKey::encapsulate`].
pub fn encapsulate_derand(
    key: &EncapsulationKey,
    eseed: &Secret<64>,
) -> Result<(Secret<32>, [u8; CIPHERTEXT_LEN]), CryptoError> {
    key.encapsulate_derand(eseed)
}

/// `Composite-ML-DSA.Sign` with any context of at most 255 bytes.
///
/// # Errors
/// As [`composite::SigningKey::sign`].
pub fn composite_sign(
    key: &composite::SigningKey,
    context: &[u8],
    message: &[u8],
    random: &Random,
) -> Result<[u8; composite::SIGNATURE_LEN], CryptoError> {
    key.sign_with(context, message, random)
}

/// `Composite-ML-DSA.Verify` with any context of at most 255 bytes.
///
/// # Errors
/// [`CryptoError::OpenFailed`].
pub fn composite_verify(
    key: &composite::VerifyingKey,
    context: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    key.verify_with(context, message, signature)
}

/// HPKE `KeySchedule` in base mode for any suite id with HKDF-SHA256: key and base nonce.
pub fn hpke_key_schedule(suite_id: &[u8; 10], shared: &Secret<32>, info: &[u8]) -> (Secret<32>, Secret<12>) {
    let schedule = hpke::key_schedule(suite_id, shared, &[info]);
    (schedule.key, schedule.base_nonce)
}

/// The layer at which opening failed, which neither `Debug` nor `Display` of the error shows; its
/// code for every error that hides nothing.
pub fn failing_layer(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::OpenFailed(failure) => failure.layer(),
        other => other.code(),
    }
}

/// Records arrivals that nobody verified.
///
/// # Errors
/// As [`VaultLedger::arrive_all`].
pub fn arrive_entries(
    ledger: &VaultLedger<'_>,
    entries: &[Entry<'_>],
) -> Result<Vec<Result<Arrival, LedgerError>>, LedgerError> {
    ledger.arrive_entries(entries)
}

/// Decodes a manifest's bytes without verifying anything.
///
/// # Errors
/// [`EnvelopeError::Malformed`].
pub fn decode_manifest(bytes: &[u8]) -> Result<Manifest, EnvelopeError> {
    Ok(Manifest::decode(bytes)?)
}

/// An identity from its 64-byte seed.
pub fn identity(agency: AgencyId, seed: &Secret<64>) -> Identity {
    Identity::from_seed(agency, seed)
}

/// An epoch from its 32-byte seed.
pub fn epoch(agency: AgencyId, number: EpochNumber, window: Window, seed: &Secret<32>) -> Epoch {
    Epoch::from_seed(agency, number, window, seed)
}

/// The keys of a country's authority, each from its 64-byte seed.
pub fn authority_keys(
    country: Country,
    root: &Secret<64>,
    log: &Secret<64>,
    witness: &Secret<64>,
) -> (RootKey, LogKey, WitnessKey) {
    (
        RootKey::from_seed(country, root),
        LogKey::from_seed(country, log),
        WitnessKey::from_seed(country, witness),
    )
}

/// The bytes of a signed roster event with any body and any signatures, in the order given.
pub fn signed_event(body: &[u8], signatures: impl IntoIterator<Item = (KeyId, Vec<u8>)>) -> Vec<u8> {
    crate::roster::event::encode_signed(body, signatures)
}

/// That both keys of the log's pair have signed a checkpoint, and the log's own time.
///
/// # Errors
/// [`CheckpointError`].
pub fn checkpoint_log_time(
    checkpoint: &SignedCheckpoint,
    key: &LogPublicKey,
) -> Result<Timestamp, CheckpointError> {
    checkpoint.verify_log(key)
}

/// What a witness verifies of a proposal: the checkpoint that it may cosign, with the lines of the log
/// alone, and the log's own time. `last` is what it has cosigned of this log before.
///
/// # Errors
/// [`RosterError`].
pub fn examine_proposal(
    rosters: &Rosters,
    proposal: BundleReader<impl std::io::Read>,
    now: Timestamp,
    last: Option<&SignedCheckpoint>,
) -> Result<(SignedCheckpoint, Timestamp), RosterError> {
    rosters
        .examine(proposal, crate::time::Times::at(now), last)
        .map(|proposed| (proposed.checkpoint, proposed.signed_at))
}

/// A checkpoint's time by the word of a quorum, none of it after `latest`.
///
/// # Errors
/// [`CheckpointError`].
pub fn checkpoint_time(
    checkpoint: &SignedCheckpoint,
    policy: &Policy,
    latest: Timestamp,
) -> Result<Timestamp, CheckpointError> {
    checkpoint.time(policy, latest)
}
