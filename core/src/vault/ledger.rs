//! The ledger, kept in a vault (SPEC §12.7).
