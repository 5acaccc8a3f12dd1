//! What an operator does next, for each stable code. `XX` and `xx` stand for the country, where that is known.

/// The commands that help, for codes whose messages do not say it all.
pub(crate) fn of(code: &str) -> Option<&'static str> {
    Some(match code {
        "wrong-passphrase" => {
            "the right passphrase; mind the keyboard's layout and Caps Lock, and which home it is for"
        }
        "other-unlock" => {
            "--key-file or --key-fd for a vault under a key, a prompt or --passphrase-file for a passphrase"
        }
        "empty-passphrase" => "a passphrase of several words",
        "passphrase-form" => {
            "one line of UTF-8 text, without a byte order mark: `printf %s 'words' > FILE`, with umask 077"
        }
        "name-too-long" => "a shorter name with -o; the manifest keeps the name of the file that is sealed",
        "replace-only" => "--force, once it is sure that nothing of that name is needed; or another folder",
        "vault-lost" => "`vlec backup --help` says how a backup is restored",
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
        "clock-ahead" => {
            "compare this machine's clock with another one: if it is wrong, set it; if it is right, `vlec roster \
             import` a new bundle, or `vlec doctor --confirm-time --home …`; then open the envelope again"
        }
        "clock-jumped" => "`vlec roster import` a new bundle, or `vlec doctor --confirm-time --home …`",
        "duplicate" => "`vlec reopen ENVELOPE -o FILE --home …` reads it again, as no new delivery",
        "not-accepted" => "`vlec open ENVELOPE --home …`: it has not been accepted yet",
        "not-pending" => "`vlec open ENVELOPE --home …` first",
        "conflict" => {
            "`vlec inspect ENVELOPE --home … --evidence DIR` writes what a third party needs to judge"
        }
        "epoch-destroyed" => "ask the sender to seal it again, with --label replaces=ID; never automatically",
        "not-a-recipient" => {
            "--home of an agency to which it was sealed; `vlec inspect` shows how many there are; if it is this one, fetch the \
             envelope again"
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
            "pin at least two countries besides XX, each with `vlec agency pin` or `vlec centre pin` and its anchor: a \
             log needs the cosignatures of two others, so that three countries are the least"
        }
        "own-log" => "hand the proposal to the other centres; their notes come back to `vlec centre collect`",
        "relearn" => {
            "from that time on, have the other centres run `vlec centre witnessed XX`, and bring their notes to `vlec \
             centre relearn NOTE --home …`, which says how many more are needed"
        }
        "log-restored" => {
            "`vlec centre publish`, every other centre `vlec centre cosign`, `vlec centre collect`; then the same again"
        }
        "log-behind" => {
            "`vlec roster import` the own bundle from a peer, then `vlec centre admit --lost` what is missing"
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
            "--passphrase-file FILE, --passphrase-fd N, --key-file FILE or --key-fd N; a terminal is needed to be asked"
        }
        "not-confirmed" => "compare again over another channel; nothing was changed",
        "event-malformed" | "checkpoint-malformed" | "checkpoint-too-large" => {
            "get the file again from its source; if it stays so, ask who wrote it for another one"
        }
        "event-bad-signature"
        | "event-bytes-missing"
        | "event-after-view"
        | "event-time-went-back"
        | "checkpoint-bad-signature"
        | "checkpoint-log-signature-missing"
        | "checkpoint-signed-twice"
        | "checkpoint-not-included"
        | "roster-wrong-root"
        | "roster-empty" => {
            "get the file again, from another source too; if it stays so, tell the centre of its country"
        }
        "checkpoint-no-quorum" => {
            "wait until more centres have cosigned, or set the clock that is wrong: `vlec roster policy XX --home …` shows whose notes count"
        }
        "checkpoint-no-time" => "the signer sets its clock, and signs again",
        "checkpoint-other" => {
            "what belongs together: a note with the newest proposal, a proof with its own event"
        }
        "event-serial" | "event-epoch" => {
            "at the agency `vlec roster import XX.bundle --home …`, then `vlec agency announce`: all that it \
             writes, to the centre"
        }
        "event-not-enrolled" => {
            "check the name: `vlec roster show XX --home …` lists the agencies; `vlec centre enrol` enrols one"
        }
        "event-withdrawn" | "withdrawn" => {
            "`vlec roster show XX --home …` shows who is there; who was withdrawn does not come back under its name"
        }
        "event-no-identity" => "`vlec recover --home …` at the agency, then its request at the centre",
        "event-recovering" => {
            "wait until the time that is named; `vlec roster show AGENCY --home …` shows it too"
        }
        "event-key-reused" | "event-component-reused" | "event-key-revoked" => {
            "`vlec maintain --home …` at the agency prepares others, `vlec agency announce` writes them"
        }
        "event-not-its-key" => "`vlec roster show AGENCY --home … --json` lists the keys of an agency",
        "event-signature-missing" | "event-signer-not-called-for" => {
            "get the event again from whoever it is of: `vlec agency announce` writes an agency's"
        }
        "event-not-the-anchor" | "event-second-genesis" | "event-out-of-scope" | "event-other-roster" => {
            "bring it to the centre of its own country; if that has begun anew, `vlec agency repin`, and then \
             `vlec agency announce` again"
        }
        "event-not-a-revocation" => "`vlec centre admit` takes an agency's other events",
        "roster-differs" => "keep both bundles, and ask the country's centre and those that cosigned them",
        "roster-from-future" => {
            "compare this machine's clock with another one; if it is right, ask the country's centre about its own"
        }
        "roster-no-equivocation" => "ask whoever sent the proof for it again; nothing is frozen",
        "roster-nothing-proposed" => {
            "nothing is to be done here; its centre proposes anew with `vlec centre publish`"
        }
        "roster-older" | "roster-smaller" => "a newer bundle: what is held is newer than this one",
        "roster-unreadable" => {
            "check the file, the rights and the disk, also in the folder that TMPDIR names, where a long bundle waits; \
             then the same again"
        }
        "revoked" => {
            "ask the sender to seal it again when it has another identity; if it is one's own, `vlec recover`"
        }
        "named-twice" => "each --to once",
        "recipient-count" => "--to for 1 to 1024 agencies; a second command for the others",
        "padding" => "tell the sender that its software is at fault, and ask for the content again",
        "unsupported-version" | "unsupported-suite" | "unknown-critical-extension" | "newer-vault" => {
            "a newer `vlec`: `vlec --version` says which one this is"
        }
        "too-large" => {
            "check that it is the file that was meant; what is larger than 1 TiB is sealed in parts"
        }
        "input-changed" => "the same again when nobody writes to the file any more",
        "input-length" => {
            "a copy of it in a regular file; or - as a stream, `… - < FILE`, where the command takes one"
        }
        "path" => "the name of the file or folder itself: not a link, and nothing that others may write to",
        "not-a-vault" => {
            "--home with the folder in which `vlec agency create` or `vlec centre found` made it"
        }
        "store-full" => "make room on the disk; then the same again",
        "store-read-only" => "make the home and its files writable for who runs `vlec`; then the same again",
        "store-io" | "anchor-failed" | "ledger-unavailable" => {
            "check the path, the rights and the disk; then the same again"
        }
        "anchor-taken" => "another --anchor-dir: in this one lies another vault's",
        "anchor-damaged" | "row-damaged" | "secret-out-of-reach" => {
            "`vlec doctor --home …`; then restore the disk from a backup, without its anchor"
        }
        "other-owner" => "--home of the agency that is meant",
        "hostile-parameters" => "another copy of the file or disk: this one was tampered with",
        "no-memory" => "end other programs, or use a machine with more memory",
        "crypto" | "event-not-signed" | "checkpoint-not-signed" => {
            "do not work on this machine until it was examined: its memory or its random source has failed"
        }
        "secret-file" => {
            "a regular file that nobody else may read: of text for a passphrase, of 32 bytes for a key"
        }
        "state" => "`vlec doctor --home …` says how things stand",
        code if code.starts_with("policy-") => {
            "correct the line that is named; `vlec roster policy XX --home …` prints a policy that is in force"
        }
        "io" => "check the path, the rights and the space on the disk",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What only a program meets that calls the library; and codes that have their remedy where they arise.
    const WITHOUT: [&str; 21] = [
        "after-error",
        "buffer",
        "draft",
        "not-read",
        "forked",
        "other-sender",
        "outcome-too-long",
        "reserved-table",
        "undone",
        "no-roots",
        "no-such-key",
        "not-frozen",
        "not-quarantined",
        "nothing-cosigned",
        "profile-damaged",
        "protected",
        "role-mismatch",
        "roster-fork",
        "usage",
        "wrong-home",
        "wrong-root",
    ];

    /// The first column of every table of codes.
    fn codes(document: &str) -> Vec<&str> {
        let mut codes = Vec::new();
        for table in document.split("\n| Code |").skip(1) {
            let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
            let names = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split(','));
            codes.extend(names.map(|name| name.trim().trim_matches('`')));
        }
        codes
    }

    #[test]
    fn every_code_that_is_documented_says_what_to_do_next() {
        let documents = [include_str!("../../../SPEC.md"), include_str!("../README.md")];
        let all: Vec<&str> = documents.into_iter().flat_map(codes).collect();
        assert!(all.len() > 130, "{all:?}");
        let mut missing: Vec<&str> = all.iter().filter(|code| of(code).is_none()).copied().collect();
        missing.sort_unstable();
        missing.dedup();
        let mut known = WITHOUT;
        known.sort_unstable();
        assert_eq!(missing, known);
    }
}
