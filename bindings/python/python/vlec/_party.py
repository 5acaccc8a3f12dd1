"""What agencies and centres have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from os import PathLike

    from typing_extensions import Buffer

    from vlec._enums import QuarantineReason
    from vlec._types import Passphrase, StrPath, SupportsRead, SupportsWrite
    from vlec._vlec import (
        CountryStatus,
        EquivocationProof,
        Imported,
        InclusionProof,
        Policy,
        Rosters,
        SignedEvent,
        TrustAnchor,
    )


class Party(Protocol):
    """An `Agency` or a `Centre`, for code that serves both: a vault, and the rosters in it.

    It is a type for annotations; both classes describe its methods.
    """

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        ...

    @property
    def quarantine(self) -> QuarantineReason | None:
        """Why the vault is quarantined; `None` if it is not."""
        ...

    @property
    def rosters(self) -> Rosters:
        """The verified rosters, to look things up in."""
        ...

    def close(self) -> None:
        """Closes the vault. Twice does no harm."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...

    def examine(self) -> None:
        """Opens every row of the vault, also those that nothing has asked for yet."""
        ...

    def backup(self, target: StrPath) -> None:
        """Writes everything that the vault holds, but its anchor, into a new file."""
        ...

    @property
    def rows_compared(self) -> datetime | None:
        """When all rows of the vault were last compared with what it wrote."""
        ...

    def change_unlock(self, *, passphrase: Passphrase | None = None, key: Buffer | None = None) -> None:
        """Changes the passphrase or key of the vault."""
        ...

    def confirm_time(self) -> None:
        """The operator's word that the clock is right, after it jumped."""
        ...

    def set_clock_back(self) -> None:
        """Discards the vault's time floor, after the clock ran ahead and has been corrected."""
        ...

    @property
    def passphrase_is_normal(self) -> bool:
        """Whether the vault opens with its passphrase however that is written."""
        ...

    @property
    def clock_behind(self) -> timedelta | None:
        """By how much the clock is behind what the vault has seen."""
        ...

    def leave_quarantine(self) -> None:
        """Ends the quarantine, on the operator's decision."""
        ...

    def pin(self, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """Pins a country's anchor, which people have compared."""
        ...

    def repin(self, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """Pins an anchor in the place of another, after a new ceremony."""
        ...

    def set_policy(self, country: str, policy: Policy) -> None:
        """Says whose cosignatures the log of a country needs."""
        ...

    def import_roster(self, *bundles: Buffer | StrPath | SupportsRead) -> tuple[Imported, ...]:
        """Takes roster bundles."""
        ...

    def export_roster(self, country: str, *, after: int = 0) -> bytes:
        """A bundle of what is held of a country."""
        ...

    def export_roster_to(self, file: SupportsWrite, country: str, *, after: int = 0) -> None:
        """The same, written to a binary file object."""
        ...

    def status(self) -> list[CountryStatus]:
        """Every pinned country, by its code."""
        ...

    def events(self, subject: str) -> list[tuple[int, SignedEvent]]:
        """The published events of an agency or a country, with their places."""
        ...

    def proof(self, event: SignedEvent | Buffer | PathLike[str]) -> InclusionProof:
        """The proof that an event stands in a country's log."""
        ...

    def hear(self, revocation: SignedEvent | Buffer | PathLike[str]) -> None:
        """Takes a revocation that is not in the log, or not yet."""
        ...

    def accuse(self, proof: EquivocationProof) -> None:
        """Takes a proof that a country's log has shown two rosters."""
        ...

    def frozen(self, country: str) -> EquivocationProof | None:
        """The proof for which a country is frozen."""
        ...
