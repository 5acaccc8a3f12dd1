"""The first day: three countries found their centres, two agencies are enrolled, a file goes from one to the other.

    python first_day.py [FOLDER]

Every vault is opened for one step and closed again, and what one party hands to another is a file under the name
that the operator's shell (`vlec`) gives it: each step may be done by that instead, and each on a machine of its own.

```
ge/ ua/ md/          the centres' vaults                  ge.anchor    for others to pin
cyber/ npu/          the agencies' vaults                 ge.proposal  for others to cosign
keys/                what opens them: 32 bytes each       ua-ge.note   UA's cosignature of GE's proposal
roots/ge-1.root …    the country's root keys              ge.bundle    the published roster, for everybody
cyber.request        to be enrolled                       to-ge/       an agency's events, for its centre
```

All of it is invented. Here one key opens a root key's file; in earnest each root key has a passphrase and a keeper
of its own, and all fingerprints are compared by people, over the telephone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import vlec
from watched_folder import event_name

COUNTRIES = ("GE", "UA", "MD")
# The agency of each home.
AGENCIES = {"cyber": "GE/mia/cyber", "npu": "UA/npu/cyber"}


class FirstDay:
    """What happens in the folder, step by step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("keys", "roots", "inbox"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def new_key(self, name: str) -> bytes:
        """A file that only its owner reads; one that exists is not replaced."""
        file, key = self.folder / "keys" / f"{name}.key", os.urandom(32)
        file.touch(mode=0o600, exist_ok=False)
        file.write_bytes(key)
        return key

    def key(self, name: str) -> bytes:
        return (self.folder / "keys" / f"{name}.key").read_bytes()

    def file(self, name: str) -> Path:
        return self.folder / name

    def centre(self, country: str) -> vlec.Centre:
        home = country.lower()
        return vlec.Centre.open(self.folder / home, key=self.key(home))

    def agency(self, home: str) -> vlec.Agency:
        return vlec.Agency.open(self.folder / home, key=self.key(home))

    @contextmanager
    def roots(self, country: str, count: int) -> Iterator[list[vlec.RootKey]]:
        """So many of a country's root keys, opened for as long as they sign."""
        files = sorted((self.folder / "roots").glob(f"{country.lower()}-*.root"))[:count]
        keys = [vlec.RootFile.read(file).open(key=self.key(file.stem)) for file in files]
        try:
            yield keys
        finally:
            for key in keys:
                key.close()

    def found(self, country: str) -> None:
        """A key ceremony: of three root keys any two speak for the country."""
        home = country.lower()
        for number in (1, 2, 3):
            name = f"{home}-{number}"
            vlec.RootFile.create(self.folder / "roots" / f"{name}.root", country, key=self.new_key(name))
        with (
            self.roots(country, 3) as roots,
            vlec.Centre.found(
                self.folder / home,
                country,
                roots=roots,
                threshold=2,
                recovery_delay=timedelta(days=3),
                key=self.new_key(home),
            ) as centre,
        ):
            self.file(f"{home}.anchor").write_bytes(centre.genesis.encode())
            print(country, "reads out", centre.anchor.fingerprint)

    def pin_all(self, party: vlec.Party, own: str = "") -> None:
        """Every country but the own one of a centre."""
        for country in COUNTRIES:
            if country != own:
                genesis = vlec.SignedEvent.decode(self.file(f"{country.lower()}.anchor").read_bytes())
                assert genesis.anchor is not None
                # In earnest the anchor is what was heard, and not what came with the file.
                party.pin(genesis, genesis.anchor)

    def create(self, home: str) -> None:
        """An agency makes its vault, pins every country, and asks to be enrolled."""
        with vlec.Agency.create(self.folder / home, AGENCIES[home], key=self.new_key(home)) as agency:
            self.pin_all(agency)
            request = agency.enrol_request(names={"en": "Cyber police (invented)"}, roles=["contact-24x7"])
            self.file(f"{home}.request").write_bytes(request.encode())
            print(agency.id, "reads out", agency.fingerprint)

    def enrol(self, home: str) -> None:
        """Its country's roots countersign the request, after people have compared the fingerprint."""
        country = AGENCIES[home][:2]
        request = vlec.SignedEvent.decode(self.file(f"{home}.request").read_bytes())
        assert request.identity is not None
        print(country, "compares ", request.identity.fingerprint)
        with self.roots(country, 2) as roots, self.centre(country) as centre:
            centre.enrol(request, roots=roots)

    def publish(self, country: str) -> None:
        """The centre proposes, the others cosign, it collects; the bundle is for everybody."""
        name = country.lower()
        with self.centre(country) as centre:
            self.file(f"{name}.proposal").write_bytes(centre.publish())
        for witness in COUNTRIES:
            if witness != country:
                with self.centre(witness) as other:
                    note = other.cosign(self.file(f"{name}.proposal").read_bytes())
                    self.file(f"{witness.lower()}-{name}.note").write_text(note.encode())
        with self.centre(country) as centre:
            for note_file in sorted(self.folder.glob(f"*-{name}.note")):
                centre.collect(note_file.read_text())
            self.file(f"{name}.bundle").write_bytes(centre.export_roster(country))

    def publish_all(self) -> None:
        """Every country's log, then everybody imports every bundle: daily."""
        for country in COUNTRIES:
            self.publish(country)
        bundles = sorted(self.folder.glob("*.bundle"))
        for country in COUNTRIES:
            with self.centre(country) as centre:
                centre.import_roster(*bundles)
        for home in AGENCIES:
            with self.agency(home) as agency:
                agency.import_roster(*bundles)

    def maintain(self, home: str) -> None:
        """An agency prepares its epochs, and its centre admits them: daily, before the centre publishes."""
        country = AGENCIES[home][:2]
        bag = self.file(f"to-{country.lower()}")
        bag.mkdir(exist_ok=True)
        with self.agency(home) as agency:
            for due in agency.maintain().left:
                print(agency.id, "has", due)
            for event in agency.announcements():
                # In the order of their serials, as the centre takes them.
                (bag / event_name(event)).write_bytes(event.encode())
        with self.centre(country) as centre:
            for event_file in sorted(bag.iterdir()):
                centre.admit(event_file.read_bytes())

    def run(self) -> bytes:
        """All of it; gives what was opened at the end."""
        for country in COUNTRIES:
            self.found(country)
        for country in COUNTRIES:
            with self.centre(country) as centre:
                self.pin_all(centre, own=country)
        for home in AGENCIES:
            self.create(home)
            self.enrol(home)
        self.publish_all()
        for home in AGENCIES:
            self.maintain(home)
        self.publish_all()

        report, envelope = self.file("report.txt"), self.file("report.txt.vlec")
        report.write_text("the van was seen\n")
        with self.agency("cyber") as cyber:
            sealed = cyber.seal_file(
                report, envelope, to=AGENCIES["npu"], type="text/plain", labels={"case": "CH-2026-17"}
            )
            print("sealed", sealed.id, "of", sealed.size, "bytes")
        with self.agency("npu") as npu:
            opened = self.folder / "inbox" / "report.txt"
            delivery = npu.open_file(envelope, opened)
            print("opened", delivery.id, "from", delivery.sender, "about", delivery.labels.case)
            npu.accept(delivery, b"filed as 17/4")
        return opened.read_bytes()


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="first-day-"))
    print(FirstDay(place).run().decode(), end="")
    print(f"in {place}")
