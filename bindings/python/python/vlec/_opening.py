"""`Agency.open` opens a vault, `agency.open` an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from vlec._types import Passphrase, StrPath
    from vlec._vlec import Agency, Opened


class OpensEnvelope(Protocol):
    """Opens an envelope: see `Agency._open`."""

    def __call__(self, envelope: Buffer) -> Opened: ...


class Opening:
    """What the class and its instances call by the same name."""

    __slots__ = ()

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
        bytes. `anchor` is the folder of the anchor file, where it lies outside the home. A vault that does not
        fit its anchor is opened in quarantine: see `Agency.quarantine`.

        Raises `VaultError` if the passphrase is wrong, another process has it open, or a row was changed.
        """
        from vlec._vlec import Agency

        return Agency._unlock(home, passphrase=passphrase, key=key, anchor=anchor)

    @overload
    def __get__(self, instance: None, owner: type[Agency]) -> Opening: ...
    @overload
    def __get__(self, instance: Agency, owner: type[Agency] | None = None) -> OpensEnvelope: ...
    def __get__(self, instance: Agency | None, owner: type[Agency] | None = None) -> Opening | OpensEnvelope:
        return self if instance is None else instance._open
