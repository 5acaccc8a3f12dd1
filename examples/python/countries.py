"""Four countries with their agencies in one process, for the examples and the tests. All of it is invented.

In production each centre and each agency is a machine of its own, and bundles, events and notes are files or
messages between them; the order of the steps is the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import TracebackType

import vlec

CODES = ("GE", "UA", "AZ", "MD")


class Countries:
    """Centres that have pinned each other, and the agencies that they have enrolled."""

    def __init__(self, agencies: Iterable[str], home: Path | None = None) -> None:
        """Vaults are in folders below `home`, or in memory."""
        self._home = home
        self.keys: dict[str, bytes] = {}
        self.roots: dict[str, vlec.RootKey] = {}
        self.centres: dict[str, vlec.Centre] = {}
        self.agencies: dict[str, vlec.Agency] = {}
        for code in CODES:
            self._found(code)
        for centre in self.centres.values():
            self._pin_all(centre)
        for name in agencies:
            self._enrol(name)
        self.publish()
        self.upkeep()

    def place(self, name: str) -> Path | None:
        """The folder of a vault."""
        return None if self._home is None else self._home / name.replace("/", "-")

    def _found(self, code: str) -> None:
        # In production: three or more `RootFile`s, each under a passphrase of its own.
        self.roots[code] = vlec.RootKey.generate(code)
        self.keys[code] = os.urandom(32)
        self.centres[code] = vlec.Centre.found(
            self.place(code),
            code,
            roots=[self.roots[code]],
            threshold=1,
            recovery_delay=timedelta(days=3),
            key=self.keys[code],
        )

    def _pin_all(self, party: vlec.Party) -> None:
        for centre in self.centres.values():
            # People have compared `centre.anchor.fingerprint`.
            party.pin(centre.genesis, centre.anchor)

    def _enrol(self, name: str) -> None:
        self.keys[name] = os.urandom(32)
        agency = vlec.Agency.create(self.place(name), name, key=self.keys[name])
        self._pin_all(agency)
        request = agency.enrol_request(names={"en": f"Agency {name} (invented)"}, roles=["liaison"])
        self.centres[name[:2]].enrol(request.encode(), roots=[self.roots[name[:2]]])
        self.agencies[name] = agency

    def publish(self) -> dict[str, bytes]:
        """Every log is cosigned by two others and published; every party imports all bundles."""
        for code in self.centres:
            self.publish_one(code)
        bundles = {code: centre.export_roster(code) for code, centre in self.centres.items()}
        for code, centre in self.centres.items():
            centre.import_roster(*(bundle for of, bundle in bundles.items() if of != code))
        for agency in self.agencies.values():
            agency.import_roster(*bundles.values())
        return bundles

    def publish_one(self, code: str) -> None:
        """One log is cosigned by two others, and published."""
        centre = self.centres[code]
        proposal = centre.publish()
        for witness in (other for of, other in self.centres.items() if of != code):
            if centre.collect(witness.cosign(proposal)).published:
                return

    def upkeep(self) -> None:
        """Every agency rotates its keys and brings its events to its centre, which publishes them."""
        for name, agency in self.agencies.items():
            agency.maintain()
            for event in agency.announcements():
                self.centres[name[:2]].admit(event.encode())
        self.publish()

    def __getitem__(self, agency: str) -> vlec.Agency:
        return self.agencies[agency]

    def close(self) -> None:
        """Closes every vault."""
        parties: list[vlec.Party] = [*self.agencies.values(), *self.centres.values()]
        for party in parties:
            party.close()

    def __enter__(self) -> Countries:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
