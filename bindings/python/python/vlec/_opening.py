"""`Agency.open` opens a vault, `agency.open` an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from vlec._types import Passphrase, StrPath
    from vlec._vlec import Agency, Opened


class OpensVault(Protocol):
    """Opens a vault: see `Agency._unlock`."""

    def __call__(
        self,
        home: StrPath,
        *,
        passphrase: Passphrase | None = None,
        key: Buffer | None = None,
        anchor: StrPath | None = None,
    ) -> Agency: ...


class OpensEnvelope(Protocol):
    """Opens an envelope: see `Agency._open`."""

    def __call__(self, envelope: Buffer) -> Opened: ...


class Opening:
    """What the class and its instances call by the same name.

    It gives what the compiled half has, and calls nothing itself: a frame of Python would hold the passphrase,
    and a traceback that shows local variables would show it.
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
