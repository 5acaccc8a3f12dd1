"""A watched folder: what appears in `outbox` is sealed, what arrives in `arrived` is opened.

    python watched_folder.py HOME FOLDER RECIPIENT…      (a key of 32 bytes in the file HOME.key)

```
FOLDER/outbox/   documents, put there under their final name   ─▶  sent/      as they were
                                                                ─▶  mail/      envelopes, for the relay
FOLDER/arrived/  envelopes from the relay                       ─▶  inbox/     opened
                                                                ─▶  done/      accepted
                                                                ─▶  held/      to be opened with newer rosters
                                                                ─▶  rejected/  with a note that says why
```

Every step is durable before the next, and may be done again after a crash: an envelope is offered until it is
accepted, and then it is a duplicate. A crash may seal a document twice, under two ids. No file takes the place
of another but one that a crash has left under the same digest.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

import vlec

FOLDERS = ("outbox", "sent", "mail", "arrived", "inbox", "done", "held", "rejected")


class WatchedFolder:
    """An agency's folders."""

    def __init__(self, agency: vlec.Agency, folder: Path, to: Iterable[str]) -> None:
        self.agency = agency
        self.folder = folder
        self.to = tuple(to)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o700)

    def turn(self) -> int:
        """Looks once; says how much was done."""
        # Also removes what a crash has left in the folders in which files are made.
        self.agency.maintain(self.folder / "mail", self.folder / "inbox")
        held = self.put_back_held()
        sealed = [self.attempt(self.seal, document) for document in self.waiting("outbox")]
        opened = [self.attempt(self.open, envelope) for envelope in self.waiting("arrived")]
        return sum(sealed) + sum(opened) - held

    def attempt(self, step: Callable[[Path], None], path: Path) -> bool:
        """A file that cannot be worked on stays where it is, and the others go on."""
        try:
            step(path)
        except (vlec.RejectedError, vlec.MalformedError, OSError) as error:
            print(f"{path.name!r} waits: {error}", file=sys.stderr)
            return False
        return True

    def waiting(self, name: str) -> list[Path]:
        return sorted(path for path in (self.folder / name).iterdir() if path.is_file())

    def put_back_held(self) -> int:
        """Held envelopes are tried again: rosters may have come."""
        held = self.waiting("held")
        for envelope in held:
            move(envelope, self.folder / "arrived")
        return len(held)

    def seal(self, document: Path) -> None:
        labels = vlec.Labels(file_name=document.name)
        self.agency.seal_file(document, self.folder / "mail" / f"{uuid.uuid4()}.vlec", to=self.to, labels=labels)
        move(document, self.folder / "sent")

    def open(self, envelope: Path) -> None:
        try:
            seen = self.agency.inspect(envelope)
            assert seen.digest is not None
            # By the digest: another envelope has another one, whatever its sender calls it.
            name = f"{seen.digest.hex()[:32]}-{shortened(seen.labels.file_name or 'content')}"
            target = self.folder / "inbox" / name
            # What is there under the same digest is what a crash has left.
            delivery = self.agency.open_file(envelope, target, replace=True)
            if delivery.digest != seen.digest:
                target.unlink()
                raise vlec.FileError("the envelope was exchanged while it was opened", code="input-changed")
            self.agency.accept(delivery, name.encode())
            move(envelope, self.folder / "done")
        except vlec.DuplicateError:
            # It came twice, or a crash came between accepting and moving.
            move(envelope, self.folder / "done")
        except vlec.RosterStaleError:
            move(envelope, self.folder / "held")
        except (vlec.RejectedError, vlec.OpenFailed, vlec.MalformedError) as error:
            # Never answered automatically.
            rejected = move(envelope, self.folder / "rejected")
            rejected.with_name(f"{shortened(rejected.name)}.txt").write_text(f"{error.code}: {error}\n")


def shortened(name: str, most: int = 200) -> str:
    """So many bytes at most, with the name's ending."""
    ending = os.path.splitext(name)[1]
    ending = ending if len(ending.encode()) <= 20 else ""
    kept = name.removesuffix(ending).encode()[: most - len(ending.encode())].decode(errors="ignore")
    return kept + ending


def move(path: Path, folder: Path) -> Path:
    """Under a name that is free: a link is made or refused at once, where a rename replaces."""
    stem, ending = os.path.splitext(shortened(path.name))
    for number in itertools.count():
        target = folder / (path.name if number == 0 else f"{stem}-{number}{ending}")
        try:
            target.hardlink_to(path)
        except FileExistsError:
            if not target.samefile(path):
                continue
            # A crash came between the two steps.
        path.unlink()
        return target
    raise AssertionError("numbers have no end")


def main() -> None:
    home, folder, *to = sys.argv[1:]
    with vlec.Agency.open(home, key=Path(f"{home}.key").read_bytes()) as agency:
        watched = WatchedFolder(agency, Path(folder), to)
        while True:
            if watched.turn() == 0:
                time.sleep(2)


if __name__ == "__main__":
    main()
