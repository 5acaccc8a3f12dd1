//! Rosters in a vault.
