//! What a file is, by its first bytes: so that one that was taken for another is called by its name. Nothing
//! is verified here, and nothing that is accepted depends on it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use vlec::{EventKind, SignedEvent};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// So much is looked at, at most: a vault's database says within it whose it is.
pub(crate) const HEAD: u64 = 256;

/// Whose database it is stands there, in SQLite's own format.
const APPLICATION: std::ops::Range<usize> = 68..72;

/// What is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Envelope,
    Bundle,
    Note,
    Anchor,
    Authority,
    Enrolment,
    Epoch,
    Identity,
    Revocation,
    Withdrawal,
    Equivocation,
    Proof,
    Policy,
    RootKey,
    VaultAnchor,
    VaultDatabase,
}

impl Kind {
    /// By the first bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        Some(match head {
            [b'V', b'L', b'E', b'C', b'R', b'O', b'O', b'T', ..] => Self::RootKey,
            [b'V', b'L', b'E', b'C', b'A', b'N', b'C', b'H', ..] => Self::VaultAnchor,
            [b'V', b'L', b'E', b'C', 0..=31, ..] => Self::Envelope,
            // An item of kind 1, its length, and an array of four that begins with the format's name.
            [1, _, _, _, _, 0x84, 0x6d, rest @ ..] if rest.starts_with(b"vlec/1 bundle") => Self::Bundle,
            [0x85, 0x73, rest @ ..] if rest.starts_with(b"vlec/1 equivocation") => Self::Equivocation,
            _ if head.starts_with(b"vlec/1/") => Self::Note,
            _ if head.starts_with(b"c2sp.org/tlog-proof@") => Self::Proof,
            _ if head.starts_with(b"SQLite format 3\0") && head.get(APPLICATION) == Some(b"VLEC") => {
                Self::VaultDatabase
            }
            _ if is_policy(head) => Self::Policy,
            _ => return event(head),
        })
    }

    /// By what the file at `path` begins with; of what is no regular file, and cannot be read, nothing.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        Self::of(&head(path))
    }

    pub(crate) fn of_event(event: &SignedEvent) -> Self {
        match event.event().kind() {
            EventKind::Genesis => Self::Anchor,
            EventKind::Authority => Self::Authority,
            EventKind::Enrol => Self::Enrolment,
            EventKind::Epoch => Self::Epoch,
            EventKind::Identity => Self::Identity,
            EventKind::Revoke => Self::Revocation,
            EventKind::Withdraw => Self::Withdrawal,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Envelope => "an envelope",
            Self::Bundle => "a roster's bundle or proposal",
            Self::Note => "a checkpoint's note",
            Self::Anchor => "a country's anchor",
            Self::Authority => "an event with a country's new keys",
            Self::Enrolment => "a request to be enrolled",
            Self::Epoch => "an agency's event with an epoch",
            Self::Identity => "an event with an agency's next identity",
            Self::Revocation => "a revocation",
            Self::Withdrawal => "an agency's withdrawal",
            Self::Equivocation => "a proof that a log has shown two rosters",
            Self::Proof => "a proof that an event stands in a log",
            Self::Policy => "a policy",
            Self::RootKey => "a root key's file",
            Self::VaultAnchor => "a vault's anchor",
            Self::VaultDatabase => "a vault's database",
        }
    }

    /// What is done with it.
    pub(crate) fn taken_by(self) -> &'static str {
        match self {
            Self::Envelope => "`vlec open` takes an envelope",
            Self::Bundle => "`vlec roster import` takes a bundle, `vlec centre cosign` a proposal",
            Self::Note => {
                "`vlec centre collect` takes a note of the own log, `vlec centre relearn` of others'"
            }
            Self::Anchor => "`vlec agency pin` and `vlec centre pin` take an anchor",
            Self::Enrolment => "`vlec centre enrol` takes an enrol.request",
            Self::Identity => {
                "`vlec recover` at the centre takes a recover.request, `vlec centre admit` a rotation"
            }
            Self::Authority | Self::Withdrawal => "`vlec centre admit` takes it",
            Self::Epoch => "`vlec centre admit` takes it",
            Self::Revocation => "`vlec roster hear` and `vlec centre admit` take it",
            Self::Equivocation => "`vlec roster accuse` takes it",
            Self::Proof => "`vlec roster verify-proof` takes it",
            Self::Policy => "`vlec roster policy XX --set` takes it",
            Self::RootKey => "--root takes it; it never leaves its officer's medium",
            Self::VaultAnchor | Self::VaultDatabase => "it never leaves its home",
        }
    }
}

/// What a command needs.
#[derive(Debug)]
pub(crate) struct Expected {
    what: &'static str,
    made_by: &'static str,
    kinds: &'static [Kind],
}

pub(crate) const ENVELOPE: Expected =
    Expected { what: "an envelope", made_by: "`vlec seal` writes one", kinds: &[Kind::Envelope] };
pub(crate) const BUNDLE: Expected = Expected {
    what: "a country's bundle",
    made_by: "`vlec centre collect -o` and `vlec roster export` write one",
    kinds: &[Kind::Bundle],
};
pub(crate) const PROPOSAL: Expected = Expected {
    what: "a centre's proposal",
    made_by: "`vlec centre publish` writes one",
    kinds: &[Kind::Bundle],
};
pub(crate) const NOTE: Expected = Expected {
    what: "a centre's note",
    made_by: "`vlec centre cosign` and `vlec centre witnessed` write one",
    kinds: &[Kind::Note],
};
pub(crate) const ANCHOR: Expected = Expected {
    what: "a country's anchor",
    made_by: "`vlec centre found` and `vlec centre anchor -o` write it",
    kinds: &[Kind::Anchor],
};
pub(crate) const ENROL: Expected = Expected {
    what: "an agency's enrol.request",
    made_by: "`vlec agency request` writes it",
    kinds: &[Kind::Enrolment],
};
pub(crate) const RECOVER: Expected = Expected {
    what: "an agency's recover.request",
    made_by: "`vlec recover` at the agency writes it",
    kinds: &[Kind::Identity],
};
pub(crate) const EVENT: Expected = Expected {
    what: "an event",
    made_by: "`vlec agency announce` writes an agency's events, `vlec roster prove` published ones",
    kinds: &[
        Kind::Anchor,
        Kind::Authority,
        Kind::Enrolment,
        Kind::Epoch,
        Kind::Identity,
        Kind::Revocation,
        Kind::Withdrawal,
    ],
};
pub(crate) const REVOCATION: Expected =
    Expected { what: "a revocation", made_by: "`vlec revoke` writes one", kinds: &[Kind::Revocation] };
pub(crate) const EQUIVOCATION: Expected = Expected {
    what: "a proof that a log has shown two rosters",
    made_by: "`vlec roster frozen` writes one",
    kinds: &[Kind::Equivocation],
};
pub(crate) const PROOF: Expected = Expected {
    what: "a proof that an event stands in a log",
    made_by: "`vlec roster prove` writes one",
    kinds: &[Kind::Proof],
};
pub(crate) const POLICY: Expected =
    Expected { what: "a policy", made_by: "`vlec roster policy XX` prints one", kinds: &[Kind::Policy] };
pub(crate) const ROOT: Expected = Expected {
    what: "a root key's file",
    made_by: "`vlec centre found` and `vlec centre root` write them",
    kinds: &[Kind::RootKey],
};

impl Expected {
    /// A file that is not of its form: what was needed, and what this is, where that can be told.
    pub(crate) fn or(&self, failure: Failure, name: &str, head: &[u8]) -> Failure {
        let name = files::called(name);
        if !is_about_form(failure.code()) {
            return failure.of(name);
        }
        match Kind::of(head) {
            Some(kind) if self.kinds.contains(&kind) => failure.of(name),
            Some(kind) => self.instead(failure.code(), name, kind),
            None if head.is_empty() => {
                let text = format!("{name} is empty, and {} is needed", self.what);
                Failure::new(failure.code(), text).remedy(self.made_by)
            }
            None => {
                let text = format!("{name} is not {}: {}", self.what, failure.message());
                let remedy = failure.what_to_do().unwrap_or(self.made_by);
                Failure::new(failure.code(), text).remedy(remedy)
            }
        }
    }

    /// Another kind than is needed.
    pub(crate) fn instead(&self, code: &'static str, name: &str, kind: Kind) -> Failure {
        let text = format!("{name} is {}, and {} is needed", kind.name(), self.what);
        Failure::new(code, text).remedy(format!("{}; {}", self.made_by, kind.taken_by()))
    }
}

/// What was to be opened, and is no envelope.
pub(crate) fn about_envelope(failure: Failure, path: &Path) -> Failure {
    ENVELOPE.or(failure, &path.display().to_string(), &head(path))
}

/// Whether a file may have been taken for another.
fn is_about_form(code: &str) -> bool {
    code.ends_with("malformed") || ["truncated", "unsupported-version", "root-file"].contains(&code)
}

/// The first bytes of a regular file: opening another kind of file may wait for ever.
pub(crate) fn head(path: &Path) -> Zeroizing<Vec<u8>> {
    // A vault's anchor begins with keys, nearly.
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD as usize));
    if fs::metadata(path).is_ok_and(|found| found.is_file()) {
        let _ = File::open(path).map(|file| file.take(HEAD).read_to_end(&mut head));
    }
    head
}

/// A signed event is an array of its body and its signatures; the body a map that begins with its kind.
fn event(head: &[u8]) -> Option<Kind> {
    let body = match head {
        [0x82, 0x58, _, body @ ..] | [0x82, 0x59, _, _, body @ ..] => body,
        _ => return None,
    };
    let [0xa1..=0xb7, 1, kind, ..] = body else { return None };
    Some(match kind {
        1 => Kind::Anchor,
        2 => Kind::Authority,
        3 => Kind::Enrolment,
        4 => Kind::Epoch,
        5 => Kind::Identity,
        6 => Kind::Revocation,
        7 => Kind::Withdrawal,
        _ => return None,
    })
}

fn is_policy(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let lines = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let word = lines.and_then(|line| line.split_whitespace().next());
    word.is_some_and(|word| ["witness", "group", "quorum"].contains(&word))
}
