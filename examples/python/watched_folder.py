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
accepted, and then it is a duplicate.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
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
        """Looks once; says how much there was to do."""
        # Also removes what a crash has left in the folders in which files are made.
        self.agency.maintain(self.folder / "mail", self.folder / "inbox")
        held = self.put_back_held()
        todo = self.waiting("outbox"), self.waiting("arrived")
        for document in todo[0]:
            self.seal(document)
        for envelope in todo[1]:
            self.open(envelope)
        return len(todo[0]) + len(todo[1]) - held

    def waiting(self, name: str) -> list[Path]:
        return sorted(path for path in (self.folder / name).iterdir() if path.is_file())

    def put_back_held(self) -> int:
        """Held envelopes are tried again: rosters may have come."""
        held = self.waiting("held")
        for envelope in held:
            envelope.rename(self.folder / "arrived" / envelope.name)
        return len(held)

    def seal(self, document: Path) -> None:
        envelope = self.folder / "mail" / f"{document.name}.vlec"
        labels = vlec.Labels(file_name=document.name)
        # After a crash before the rename, the same document is sealed again.
        self.agency.seal_file(document, envelope, to=self.to, labels=labels, replace=True)
        document.rename(self.folder / "sent" / document.name)

    def open(self, envelope: Path) -> None:
        try:
            seen = self.agency.inspect(envelope)
            # With the id, so that no sender replaces what another has sent.
            name = f"{seen.id}-{seen.labels.file_name or 'content'}"
            delivery = self.agency.open_file(envelope, self.folder / "inbox" / name, replace=True)
            self.agency.accept(delivery, name.encode())
            self.move(envelope, "done")
        except vlec.DuplicateError:
            # It came twice, or a crash came between accepting and moving.
            self.move(envelope, "done")
        except vlec.RosterStaleError:
            self.move(envelope, "held")
        except (vlec.RejectedError, vlec.OpenFailed, vlec.MalformedError) as error:
            # Never answered automatically.
            self.move(envelope, "rejected")
            (self.folder / "rejected" / f"{envelope.name}.txt").write_text(f"{error.code}: {error}\n")

    def move(self, envelope: Path, to: str) -> None:
        envelope.rename(self.folder / to / envelope.name)


def main() -> None:
    home, folder, *to = sys.argv[1:]
    with vlec.Agency.open(home, key=Path(f"{home}.key").read_bytes()) as agency:
        watched = WatchedFolder(agency, Path(folder), to)
        while True:
            if watched.turn() == 0:
                time.sleep(2)


if __name__ == "__main__":
    main()
