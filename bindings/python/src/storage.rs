//! The folders of vaults.

use pyo3::prelude::*;

use crate::fault::{Answer, work};
use crate::files::PathIn;

/// Whose vault is in the folder `home`, which is no secret; a centre is named by its country alone.
///
/// Raises `VaultError` if there is none, or another process has it open.
#[pyfunction]
#[pyo3(signature = (home: "StrPath", *, anchor: "StrPath | None" = None) -> "str")]
pub fn vault_owner(py: Python<'_>, home: PathIn, anchor: Option<PathIn>) -> Answer<String> {
    let owner = work(py, move || storage(Some(home), anchor, Vault::Old)?.owner())?;
    Ok(owner?.to_string())
}

/// Examines what the vault in the folder `home` occupies for damage, without a key.
///
/// Raises `VaultError` if it is damaged, there is none, or another process has it open.
#[pyfunction]
#[pyo3(signature = (home: "StrPath", *, anchor: "StrPath | None" = None) -> "None")]
pub fn examine_vault(py: Python<'_>, home: PathIn, anchor: Option<PathIn>) -> Answer<()> {
    Ok(work(py, move || storage(Some(home), anchor, Vault::Old)?.examine())??)
}

/// Whether a vault is to be made.
#[derive(Clone, Copy)]
pub(crate) enum Vault {
    New,
    Old,
}

/// The vault's storage; in memory where no folder is named.
pub(crate) fn storage(
    home: Option<PathIn>,
    anchor: Option<PathIn>,
    vault: Vault,
) -> Result<vlec::Storage, vlec::Error> {
    match (vault, home.map(|path| path.0), anchor.map(|path| path.0)) {
        (_, None, _) => Ok(vlec::Storage::memory()),
        (Vault::New, Some(home), None) => vlec::Storage::create(&home),
        (Vault::New, Some(home), Some(anchor)) => vlec::Storage::create_with_anchor(&home, &anchor),
        (Vault::Old, Some(home), None) => vlec::Storage::open(&home),
        (Vault::Old, Some(home), Some(anchor)) => vlec::Storage::open_with_anchor(&home, &anchor),
    }
}
