"""What signatures mean."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol, TypeAlias

StrPath: TypeAlias = str | os.PathLike[str]
"""A path in the file system."""

Passphrase: TypeAlias = str | Callable[[], str]
"""A passphrase, or a function that asks for it."""

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes of content that are done, and how many there are, if that is known."""


class SupportsRead(Protocol):
    """A binary file object that is read."""

    def read(self, size: int, /) -> bytes: ...


class SupportsReadSeek(SupportsRead, Protocol):
    """A binary file object that is read at any place."""

    def seek(self, offset: int, whence: int, /) -> int: ...


class SupportsWrite(Protocol):
    """A binary file object that is written."""

    def write(self, data: bytes, /) -> int: ...
