//! How the process ends, for each stable code.

use crate::failure::Exit;

pub(crate) fn of(code: &str) -> Exit {
    match code {
        "usage" | "protected" => Exit::Usage,
        "wrong-passphrase" | "other-unlock" | "empty-passphrase" | "passphrase-form" | "no-terminal"
        | "hostile-parameters" | "secret-file" => Exit::Key,
        "no-roster"
        | "roster-stale"
        | "roster-behind"
        | "roster-conflict"
        | "not-enrolled"
        | "unknown-key"
        | "no-epoch"
        | "no-identity"
        | "ledger-unavailable"
        | "clock-jumped"
        | "clock-ahead"
        | "in-use"
        | "roster-from-future"
        | "roster-gap"
        | "relearn"
        | "log-behind"
        | "log-restored"
        | "proposal-not-of-now"
        | "not-pinned"
        | "checkpoint-no-quorum"
        | "roster-no-policy"
        | "event-recovering"
        | "not-pending"
        | "not-accepted" => Exit::Held,
        "malformed"
        | "truncated"
        | "trailing"
        | "unsupported-version"
        | "unsupported-suite"
        | "too-large"
        | "not-a-recipient"
        | "epoch-destroyed"
        | "unknown-critical-extension"
        | "open-failed"
        | "damaged"
        | "padding"
        | "duplicate"
        | "conflict"
        | "past-horizon"
        | "withdrawn"
        | "revoked"
        | "not-the-anchor"
        | "roster-other-anchor"
        | "roster-fork"
        | "roster-frozen"
        | "roster-no-equivocation"
        | "own-log"
        | "wrong-ceremony"
        | "not-confirmed"
        | "wrong-home"
        | "role-mismatch" => Exit::Refused,
        code if code.starts_with("event-") || code.starts_with("checkpoint-") => Exit::Refused,
        "quarantined" | "left-out" => Exit::Attention,
        "cancelled" | "interrupted" => Exit::Interrupted,
        _ => Exit::Failed,
    }
}
