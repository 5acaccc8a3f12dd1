//! What an operator does next, and how the process ends, for each stable code.

use crate::failure::Exit;

/// The commands that help, for codes whose messages do not say it all.
pub(crate) fn of(code: &str) -> Option<&'static str> {
    Some(match code {
        "wrong-passphrase" => {
            "the right passphrase; mind the keyboard's layout and Caps Lock, and which home it is for"
        }
        "other-unlock" => {
            "--key-file for a vault under a key, a prompt or --passphrase-file for a passphrase"
        }
        "empty-passphrase" => "a passphrase of several words",
        "no-vault" => "--home with the folder in which `vlec agency create` or `vlec centre found` made it",
        "in-use" => "wait until the other process that works in this home has ended",
        "store-damaged" => "restore the disk from a backup, then `vlec doctor --home …`",
        "vault-exists" => "another folder; or work with the vault that is there: `vlec doctor --home …`",
        "no-roster" => "`vlec roster import XX.bundle --home …` with the bundle of that country",
        "roster-gap" => {
            "`vlec roster import XX.bundle --home …` with the country's whole bundle, here where the events before \
             are missing; then the same again"
        }
        "roster-stale" => {
            "get the country's newest bundle, `vlec roster import XX.bundle --home …`, then the same again"
        }
        "roster-behind" => {
            "keep the envelope, `vlec roster import XX.bundle --home …` with a newer bundle, then open it again"
        }
        "roster-conflict" => "keep the envelope; ask its sender for its bundle, and import that",
        "not-pinned" => "`vlec agency pin xx.anchor --home …` (or `vlec centre pin`), in a ceremony",
        "not-enrolled" | "unknown-key" => "`vlec roster import XX.bundle --home …` with a newer bundle",
        "no-epoch" => {
            "`vlec roster import XX.bundle --home …`; if that does not help, the recipient has to run `vlec \
             maintain` and bring its announcements to its centre"
        }
        "no-identity" => {
            "`vlec roster import` the own country's bundle; `vlec doctor --home …` says what is due"
        }
        "quarantined" => "`vlec doctor --home …` says why, and how it is left",
        "clock-jumped" => "`vlec roster import` a new bundle, or `vlec doctor --confirm-time --home …`",
        "duplicate" => "`vlec reopen ENVELOPE -o FILE --home …` reads it again, as no new delivery",
        "not-accepted" => "`vlec open ENVELOPE --home …`: it has not been accepted yet",
        "not-pending" => "`vlec open ENVELOPE --home …` first",
        "conflict" => {
            "`vlec inspect ENVELOPE --home … --evidence DIR` writes what a third party needs to judge"
        }
        "epoch-destroyed" => "ask the sender to seal it again, with --label replaces=ID; never automatically",
        "not-a-recipient" => {
            "--home of an agency to which it was sealed; `vlec inspect` shows how many there are"
        }
        "open-failed" | "damaged" | "truncated" | "trailing" | "body-length" => {
            "fetch the envelope again; if it stays so, ask its sender to seal it again"
        }
        "malformed" => "check that the file is what it is taken for: `vlec inspect FILE` knows an envelope",
        "past-horizon" => "ask the sender to seal it again",
        "roster-frozen" => {
            "a new ceremony with that country, then `vlec centre repin` or `vlec agency repin`"
        }
        "not-the-anchor" => "get the anchor file again, from another source",
        "roster-other-anchor" => {
            "if the country has begun anew in a ceremony: `vlec agency repin xx.anchor` or `vlec centre repin`"
        }
        "roster-no-policy" => {
            "pin the other countries, whose witnesses cosign: `vlec agency pin xx.anchor --home …`, \
             or `vlec centre pin`"
        }
        "own-log" => "hand the proposal to the other centres; their notes come back to `vlec centre collect`",
        "relearn" => "`vlec centre relearn NOTE --home …` with notes of two other witnesses",
        "log-behind" => {
            "`vlec roster import` the own bundle from a peer, then `vlec centre admit` what is missing"
        }
        "proposal-not-of-now" => "have its centre `vlec centre publish` again, and check both clocks",
        "wrong-ceremony" => {
            "`vlec centre enrol` takes enrol.request, `vlec recover` recover.request, `vlec centre admit` events"
        }
        "root-file" => "another copy of the root key's file",
        "event-too-few-roots" => "--root FILE for further root keys, until the threshold is reached",
        "event-enrolled" => "`vlec recover` if its identity is lost",
        "left-out" => "name it on the command line if it is meant",
        "exists" => "another name with -o, or --force to replace it",
        "path-unsafe" => "`chmod go-rwx FILE`: it is for its owner only",
        "cancelled" | "interrupted" => "the same command again",
        "no-terminal" => {
            "--passphrase-file FILE, --passphrase-fd N or --key-file FILE; a terminal is needed to be asked"
        }
        "not-confirmed" => "compare again over another channel; nothing was changed",
        "io" => "check the path, the rights and the space on the disk",
        _ => return None,
    })
}

pub(crate) fn exit_of(code: &str) -> Exit {
    match code {
        "usage" | "protected" => Exit::Usage,
        "wrong-passphrase" | "other-unlock" | "empty-passphrase" | "no-terminal" | "hostile-parameters"
        | "secret-file" => Exit::Key,
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
        | "in-use"
        | "roster-from-future"
        | "roster-gap"
        | "relearn"
        | "log-behind"
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
