"""The content of an opened envelope as a file object."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from vlec._enums import Arrival
    from vlec._vlec import Delivery, Labels, Reading

# A quarter of what is verified at once.
_BUFFER_SIZE = 256 * 1024


class RawEnvelope(io.RawIOBase):
    """Without a buffer: each read is a piece of one verified segment."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        # As they are: a signal that raises in a frame of Python, after content was taken out and before the
        # buffer above has it, would leave a hole.
        self.readinto = reading.readinto  # type: ignore[method-assign]
        self.seek = reading.seek  # type: ignore[method-assign]
        self.tell = reading.tell  # type: ignore[method-assign]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._reading.seekable

    def close(self) -> None:
        if not self.closed:
            self._reading.close()
        super().close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("an opened envelope is neither copied nor pickled")


class EnvelopeFile(io.BufferedReader):
    """Verified content, read at any place or from front to back, with what the envelope says of it.

    >>> sealed = agency.seal(b"a long report", to=other.id, labels={"file_name": "report.txt"})
    >>> with other.open_reader(io.BytesIO(sealed)) as f:
    ...     f.seek(2), f.read(4), f.sender, f.labels.file_name
    (2, b'long', 'GE/mia/cyber', 'report.txt')
    """

    delivery: Delivery
    """What was opened: who sent it, to whom, when, and with which keys."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(RawEnvelope(reading), _BUFFER_SIZE)
        self.delivery = reading.delivery

    @property
    def id(self) -> str:
        """The envelope's id, by which a reply names it."""
        return self.delivery.id

    @property
    def sender(self) -> str:
        """Who sealed it."""
        return self.delivery.sender

    @property
    def recipients(self) -> tuple[str, ...]:
        """All to whom it is sealed."""
        return self.delivery.recipients

    @property
    def sealed_at(self) -> datetime:
        """When it was sealed: the sender's word."""
        return self.delivery.sealed_at

    @property
    def content_type(self) -> str:
        """The content's media type."""
        return self.delivery.content_type

    @property
    def size(self) -> int:
        """The content's length in bytes."""
        return self.delivery.size

    @property
    def labels(self) -> Labels:
        """What the content is about."""
        return self.delivery.labels

    @property
    def arrival(self) -> Arrival:
        """Whether it arrived before. That says nothing of its content: see `Arrival`."""
        return self.delivery.arrival

    def _look_for_end(self) -> None:
        """Of a stream whose content was all read. Not by the read itself, which would wait for what may not come."""
        if not self.closed and not self.seekable() and self.tell() == self.size:
            self.raw.readinto(memoryview(bytearray(1)))

    def __repr__(self) -> str:
        return f"EnvelopeFile({self.delivery!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an opened envelope is neither copied nor pickled")
