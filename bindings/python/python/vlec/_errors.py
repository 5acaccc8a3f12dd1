"""What calls raise. Texts and codes are safe to log; the codes are stable and the same in every language.

```
VlecError ─┬─ MalformedError (ValueError)       bytes, names or values that are not of their form
           ├─ RejectedError                     a rule or a roster does not allow it
           │   ├─ RosterStaleError              hold what arrived, import newer rosters, and ask again
           │   ├─ DuplicateError                accepted before, with the first outcome
           │   └─ ForkError                     a log has shown two rosters, with the proof
           ├─ OpenFailed                        damaged or forged; deliberately without detail
           ├─ StateError (RuntimeError)         not now: the text says what to do first
           ├─ VaultError                        the vault, its passphrase, its disk
           ├─ FileError (OSError)               a file; the system's own error is its cause
           │   ├─ FileMissingError (FileNotFoundError)
           │   ├─ FileTakenError (FileExistsError)
           │   └─ FileAccessError (PermissionError)
           └─ InternalError (RuntimeError)      a fault in the library or the machine
```
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vlec._vlec import EquivocationProof


class VlecError(Exception):
    """Something was not done, and nothing was done by halves."""

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
