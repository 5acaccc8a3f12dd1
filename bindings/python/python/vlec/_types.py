"""What signatures mean."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypedDict

if TYPE_CHECKING:
    from datetime import datetime

    from vlec._enums import Urgency

StrPath: TypeAlias = str | os.PathLike[str]
"""A path in the file system."""

Passphrase: TypeAlias = str | Callable[[], str]
"""A passphrase, or a function that asks for it."""

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes of content that are done, and how many there are, if that is known."""


class LabelsDict(TypedDict, total=False):
    """What `Labels` says, as a mapping: each of its keys may be left out."""

    case: str | None
    """The case it belongs to."""
    operation: str | None
    """The joint operation it belongs to."""
    in_reply_to: str | None
    """The id of the envelope that it answers."""
    handling: str | None
    """How it may be handled."""
    urgency: Urgency | None
    """How soon it is to be read."""
    deadline: datetime | None
    """When an answer is due: aware."""
    file_name: str | None
    """The content's file name: a name without a path."""
    replaces: str | None
    """The id of the earlier envelope that this one seals again."""


class SupportsRead(Protocol):
    """A binary file object that is read."""

    def read(self, size: int, /) -> bytes: ...


class SupportsReadSeek(SupportsRead, Protocol):
    """A binary file object that is read at any place."""

    def seek(self, offset: int, whence: int, /) -> int: ...


class SupportsWrite(Protocol):
    """A binary file object that is written."""

    def write(self, data: bytes, /) -> int: ...
