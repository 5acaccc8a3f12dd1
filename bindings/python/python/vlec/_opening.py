"""`Agency.open` opens a vault, `agency.open` an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from vlec._types import Passphrase, StrPath
    from vlec._vlec import Agency, Opened


class OpensVault(Protocol):
    """`Agency.open`, of the class."""

    def __call__(
        self,
        home: StrPath,
        *,
        passphrase: Passphrase | None = None,
        key: Buffer | None = None,
        anchor: StrPath | None = None,
    ) -> Agency:
        """Opens the agency's vault in the folder `home`.

        It is opened with `passphrase`, a `str` or a function that returns one, or with `key`, any buffer of 32
        bytes. A passphrase that is read from a file has a line end, which is to be stripped. `anchor` is the folder
        of the anchor file, where it lies outside the home. A vault that does not fit its anchor is opened in
        quarantine: look at `quarantine` next.

        Raises `VaultError` if the passphrase is wrong, another process has it open, or a row was changed.

        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Agency.create(f"{folder}/cyber", "GE/mia/cyber", key=bytes(32)).close()
        ...     with Agency.open(f"{folder}/cyber", key=bytes(32)) as agency:
        ...         agency.id, agency.quarantine
        ('GE/mia/cyber', None)
        """
        ...


class OpensEnvelope(Protocol):
    """`agency.open`, of an agency."""

    def __call__(self, envelope: Buffer) -> Opened:
        """Opens an envelope, any contiguous buffer: what is returned has the verified `content`, and who sent it, to
        whom, when and about what. That it arrived is durable before this returns; it is offered again until it is
        accepted.

        For a path or a file object use `open_file`, `open_reader` or `open_stream`.

        Raises `DuplicateError`, with the first `outcome`; `RosterStaleError`: hold the envelope, import, and open it
        again; `RejectedError`, never to be answered automatically; `OpenFailed`; `MalformedError`.

        >>> opened = other.open(agency.seal(b"a reply", to=other.id))
        >>> opened.content, opened.sender
        (b'a reply', 'GE/mia/cyber')
        """
        ...


# It gives what the compiled half has, and calls nothing itself: a frame of Python would hold the passphrase, and a
# traceback that shows local variables would show it.
class Opening:
    """`Agency.open(home, …)` opens a vault, `agency.open(envelope)` an envelope.

    ```
    Agency.open(home, *, passphrase=None, key=None, anchor=None) -> Agency
    ```

    Opens the agency's vault in the folder `home`, with `passphrase`, a `str` or a function that returns one, or with
    `key`, any buffer of 32 bytes. `anchor` is the folder of the anchor file, where it lies outside the home. Look at
    `quarantine` next. Raises `VaultError`.

    ```
    agency.open(envelope) -> Opened
    ```

    Opens an envelope, any contiguous buffer; for a path or a file object use `open_file`, `open_reader` or
    `open_stream`. That it arrived is durable before this returns; it is offered again until it is accepted. Raises
    `DuplicateError`, `RosterStaleError`, `RejectedError`, `OpenFailed`, `MalformedError`.

    >>> opened = other.open(agency.seal(b"a reply", to=other.id))
    >>> opened.content, opened.sender
    (b'a reply', 'GE/mia/cyber')
    """

    __slots__ = ()

    @overload
    def __get__(self, instance: None, owner: type[Agency]) -> OpensVault: ...
    @overload
    def __get__(self, instance: Agency, owner: type[Agency] | None = None) -> OpensEnvelope: ...
    def __get__(self, instance: Agency | None, owner: type[Agency] | None = None) -> OpensVault | OpensEnvelope:
        if instance is not None:
            return instance._open
        assert owner is not None
        return owner._unlock
