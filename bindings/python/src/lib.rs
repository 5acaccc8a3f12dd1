//! `import vlec`: the handles of the library for Python (PyO3, the stable C interface from 3.11 on).
//!
//! ```text
//! python/vlec/ ─ errors, enumerations, readable files ─┐
//!                                                      ├─ _vlec, this crate ─ vlec, the library
//! tests, examples, stubs ──────────────────────────────┘
//! ```
//!
//! Nothing here decides anything: names are parsed, buffers are lent, the interpreter is released,
//! and errors become exceptions. What a secret was in is wiped when it is freed.

mod agency;
mod buffer;
mod centre;
mod convert;
mod event;
mod fault;
mod files;
mod keys;
mod letter;
mod lookup;
mod manifest;
mod note;
mod reader;
mod record;
mod status;
mod storage;
mod unlock;

use pyo3::prelude::*;

/// Freed memory is zero: neither content nor keys stay in the heap of this library.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The compiled half of the package `vlec`.
#[pymodule]
mod _vlec {
    /// The version, which the half in Python compares with its own.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name that Python gives it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::agency::Agency;
    #[pymodule_export]
    use super::centre::{Centre, RootFile, RootKey};
    #[pymodule_export]
    use super::event::{AuthorityKeys, Revocation, SignedEvent, TrustAnchor, Window};
    #[pymodule_export]
    use super::keys::{IdentityKey, LogPublicKey, RootPublicKey, WitnessPublicKey};
    #[pymodule_export]
    use super::letter::{Labels, shown};
    #[pymodule_export]
    use super::lookup::{AgencyView, EpochView, IdentityView, Roster, Rosters};
    #[pymodule_export]
    use super::manifest::{
        Delivery, EnvelopeHeader, Evidence, Head, Manifest, Opened, Reopened, SealedTo, SignedManifest,
        VerifiedManifest,
    };
    #[pymodule_export]
    use super::note::{EquivocationProof, InclusionProof, Policy, SignedCheckpoint};
    #[pymodule_export]
    use super::reader::Reading;
    #[pymodule_export]
    use super::status::{
        Admitted, Collected, CountryStatus, Due, EpochStatus, Imported, Maintained, Relearned,
        RotationPolicy, Sealed,
    };
    #[pymodule_export]
    use super::storage::{examine_vault, vault_owner};
}

record::uncopied!(
    agency::Agency,
    centre::Centre,
    centre::RootFile,
    centre::RootKey,
    event::SignedEvent,
    event::TrustAnchor,
    keys::IdentityKey,
    keys::LogPublicKey,
    keys::RootPublicKey,
    keys::WitnessPublicKey,
    letter::Labels,
    lookup::AgencyView,
    lookup::Rosters,
    manifest::Manifest,
    manifest::Evidence,
    manifest::SignedManifest,
    note::EquivocationProof,
    note::InclusionProof,
    note::Policy,
    note::SignedCheckpoint,
    reader::Reading,
    status::RotationPolicy,
);
