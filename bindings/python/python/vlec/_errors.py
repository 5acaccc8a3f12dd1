"""What calls raise: `help(vlec.VlecError)` shows all of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vlec._vlec import EquivocationProof


class VlecError(Exception):
    """Something was not done, and nothing was done by halves.

    Texts and codes are safe to log. The `code` is stable and the same in every language; what to do is decided by
    the class, and by the code only where that says more.

    ```
    VlecError ─┬─ MalformedError (ValueError)     bytes, names or values that are not of their form
               ├─ RejectedError                   a rule or a roster does not allow it
               │   ├─ RosterStaleError            hold what arrived, import newer rosters, and ask again
               │   ├─ DuplicateError              accepted before, with the first outcome
               │   └─ ForkError                   a log has shown two rosters, with the proof
               ├─ OpenFailed                      damaged or forged; deliberately without detail
               ├─ StateError (RuntimeError)       not now: the text says what to do first
               ├─ VaultError                      the vault, its passphrase, its disk
               ├─ FileError (OSError)             a file; the system's own error is its cause
               │   ├─ FileMissingError (FileNotFoundError)
               │   ├─ FileTakenError (FileExistsError)
               │   └─ FileAccessError (PermissionError)
               └─ InternalError (RuntimeError)    a fault in the library or the machine
    ```

    An argument of a wrong type is a `TypeError`, and what a file object, `progress` or `passphrase` raises comes out
    as it is. Where `import_roster` takes several bundles and more than one fails, there is an `ExceptionGroup`.

    **MalformedError**: give up, and get it again from its source; a value of the program's own is to be corrected.

    ```
    malformed, truncated, trailing, padding       an envelope, a name, a time or a key
    unsupported-version, unsupported-suite,       made by a newer library: update this one
    unknown-critical-extension
    too-large                                     beyond the limits of the specification
    draft, buffer, outcome-too-long               a type, label or extension; a length; more than 1 KiB
    crypto                                        a public key that the suite refuses
    event-malformed                               an event, a bundle, a proposal or a proof
    checkpoint-malformed, checkpoint-too-large    a note
    policy-malformed, policy-too-large,           a policy: the attribute `line` says where
    policy-log-line, policy-witness-key, policy-witness-twice, policy-name-taken, policy-name-unknown,
    policy-member-twice, policy-threshold, policy-not-a-pair, policy-quorum-none, policy-quorum-line
    ```

    **RosterStaleError**: hold the envelope, `import_roster` newer bundles, and ask again; to seal, likewise.

    ```
    no-roster, roster-stale                       none is held of that country, or it is older than policy allows
    roster-behind, roster-conflict                the sender has seen a newer one; or another one: ask for its bundle
    roster-from-future                            the clock is behind, or the country's is ahead
    clock-ahead                                   nothing confirms the clock: import, or set it, or `confirm_time`
    not-enrolled, unknown-key                     the agency or its key is not in the roster that is held
    no-epoch                                      its agency has announced none for now: it has to `maintain`
    ```

    **DuplicateError**: done; answer as `outcome` says, if at all. **ForkError**: pass on the `proof`, to `accuse`.

    ```
    duplicate                                     accepted before; `reopen` reads it again
    roster-fork                                   the country is frozen until a ceremony and `repin`
    ```

    **RejectedError**: give up, never answer automatically, and show it to people.

    ```
    not-a-recipient, epoch-destroyed              not sealed to this agency; or too late: have it sealed again
    past-horizon, conflict                        too old to be told from a replay; two under one id: `conflicts`
    revoked, withdrawn                            the key or the agency: believe nothing of it
    named-twice, recipient-count, other-sender    recipients, or whose manifest it is
    not-pinned, not-the-anchor                    pin the country in a ceremony; the genesis is another one's
    wrong-ceremony                                another event than the call is for
    proposal-not-of-now                           have it published again
    roster-empty, roster-older, roster-smaller,   a bundle or proposal that brings nothing: get a newer one
    roster-nothing-proposed
    roster-gap, roster-no-policy                  import what lies before it; pin those who cosign
    roster-other-anchor, roster-frozen            a ceremony, then `repin`
    roster-differs, roster-wrong-root,            keep it, and ask the country's centre
    roster-no-equivocation, event-bytes-missing
    checkpoint-no-quorum, checkpoint-no-time,     wait for more cosignatures; the signer mends its clock
    checkpoint-other, checkpoint-bad-signature,   another log's, or forged: get it again
    checkpoint-log-signature-missing, checkpoint-signed-twice, checkpoint-not-included, checkpoint-not-signed
    event-serial, event-epoch                     the agency imports its roster, and brings all `announcements` anew
    event-no-identity, event-recovering           have the agency recovered; or wait until the recovery counts
    event-enrolled, event-not-enrolled,           who is there, `rosters.agency` says
    event-withdrawn
    event-too-few-roots, event-signature-missing, event-signer-not-called-for, event-bad-signature
    event-not-the-anchor, event-second-genesis, event-out-of-scope, event-other-roster
    event-time-went-back, event-after-view, event-key-reused, event-component-reused, event-key-revoked,
    event-not-its-key, event-not-a-revocation
    ```

    **OpenFailed**: give up; fetch the envelope again, or have it sealed again.

    ```
    open-failed, damaged                          nothing of it, or of that piece, was released
    after-error                                   a stream is read on after it failed: open it again
    ```

    **StateError**: the text says what to do first; then the same again.

    ```
    state                                         the text says it
    no-identity                                   enrol, import the own roster, or recover
    quarantined, not-quarantined                  see `quarantine` and `leave_quarantine`
    clock-jumped                                  import a new roster, or `confirm_time`
    not-pending, not-accepted, not-read           `open` first; `accept` first; read the content to its end
    own-log, relearn, log-behind, log-restored    a centre's log: see `Centre.cosign` and `Centre.relearn`
    closed, busy                                  open it again; one call at a time
    cancelled                                     the work was stopped
    ```

    **VaultError**: retry later where the disk or another process is at fault; else an operator is needed.

    ```
    in-use, forked                                another process has it open; open it after the fork
    no-vault, not-a-vault, vault-exists,          the folder, or its anchor's, is another one than was meant
    anchor-taken, other-owner
    wrong-passphrase, other-unlock,               ask again; `key` in the place of `passphrase`, or the other way round
    empty-passphrase
    passphrase-form                               a new passphrase is one line of text: strip what is around it
    vault-lost                                    its anchor is there, its database is not: put a backup back
    newer-vault                                   made by a newer library: update this one
    store-full, store-read-only, store-io,        the disk or its rights: mend them, then the same again
    path, anchor-failed, ledger-unavailable, no-memory
    store-damaged, row-damaged, anchor-damaged,   restore it from a backup, without its anchor
    secret-out-of-reach, hostile-parameters
    root-file                                     a root key's file: take the copy that was made of it
    undone, reserved-table                        a fault of the program's; nothing was written
    ```

    **FileError**: retry when it is mended; `errno`, `filename` and `__cause__` say what the system said.

    ```
    io, path, exists                              a file or its name; there is one already: `replace`
    input-changed                                 somebody wrote to it meanwhile: the same again
    input-length                                  its listed length is not its content's: hand in a file object
    name-too-long, replace-only                   the folder's file system: a shorter name; or `replace`, as there is
                                                  no way to name a file without replacing
    roster-unreadable                             a bundle could not be read, or not be written
    ```

    **InternalError**: stop, and examine the machine; report it.

    ```
    internal, crypto, event-not-signed            a fault in the library; no randomness
    ```
    """

    code: str
    """The stable code, such as `roster-stale`."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process boundaries; their attributes are no secrets.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(cls: type[VlecError], args: tuple[Any, ...], state: dict[str, Any]) -> VlecError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class MalformedError(VlecError, ValueError):
    """Bytes, a name or a value are not of the form that they must have."""

    line: int | None
    """The line of a policy that is at fault."""

    def __init__(self, message: str, *, code: str, line: int | None = None) -> None:
        super().__init__(message, code=code)
        self.line = line


class RejectedError(VlecError):
    """A rule, a roster or the ledger does not allow it."""


class RosterStaleError(RejectedError):
    """A roster is missing, too old, another one, or does not know the agency or its key: hold what arrived,
    import, and ask again.
    """


class DuplicateError(RejectedError):
    """The envelope was accepted before."""

    outcome: bytes
    """What the application made of it then."""

    def __init__(self, message: str, *, code: str, outcome: bytes = b"") -> None:
        super().__init__(message, code=code)
        self.outcome = outcome


class ForkError(RejectedError):
    """A country's log has shown two rosters: pass on the proof."""

    proof: EquivocationProof | None
    """The proof, for everybody to verify."""

    def __init__(self, message: str, *, code: str, proof: EquivocationProof | None = None) -> None:
        super().__init__(message, code=code)
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key != "proof"}
        return _rebuild, (type(self), self.args, {**state, "proof": None})


class OpenFailed(VlecError):
    """The envelope is damaged, forged, or not for this key; deliberately without detail."""


class StateError(VlecError, RuntimeError):
    """It cannot be asked for now; the text says what to do first."""


class VaultError(VlecError):
    """The vault was not opened, read or written."""


class InternalError(VlecError, RuntimeError):
    """A fault in the library or the machine."""


class FileError(VlecError, OSError):
    """A file could not be read or written, or changed meanwhile."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        errno: int | None = None,
        filename: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.errno = errno
        self.strerror = message
        self.filename = filename

    def __str__(self) -> str:
        # The message names the file already.
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        state = {"errno": self.errno, "strerror": self.strerror, "filename": self.filename}
        return _rebuild_file, (type(self), self.args, self.__dict__.copy(), state)


def _rebuild_file(
    cls: type[FileError], args: tuple[Any, ...], state: dict[str, Any], of_file: dict[str, Any]
) -> FileError:
    error = _rebuild(cls, args, state)
    assert isinstance(error, FileError)
    for name, value in of_file.items():
        setattr(error, name, value)
    return error


class FileMissingError(FileError, FileNotFoundError):
    """There is no such file."""


class FileTakenError(FileError, FileExistsError):
    """There is such a file already: name another, or ask for it to be replaced."""


class FileAccessError(FileError, PermissionError):
    """The file may not be read or written."""


# Where a program finds them, and tracebacks name them.
for _error in [VlecError, *VlecError.__subclasses__(), *RejectedError.__subclasses__(), *FileError.__subclasses__()]:
    _error.__module__ = "vlec"
