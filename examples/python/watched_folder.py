"""A watched folder: what appears in `outbox` is sealed, what arrives in `arrived` is opened.

    python watched_folder.py HOME FOLDER RECIPIENT…

HOME is the agency's vault, and the file HOME.key beside it the key of 32 bytes that opens it. They are made once,
and the agency is enrolled, as first_day.py shows:

    umask 077; head -c 32 /dev/urandom > HOME.key
    python -c 'import vlec; vlec.Agency.create("HOME", "GE/mia/cyber", key=open("HOME.key", "rb").read()).close()'

```
FOLDER/outbox/   documents, put there under their final name   ─▶  sent/       as they were
                                                                ─▶  mail/       envelopes, for the relay
FOLDER/arrived/  envelopes from the relay                       ─▶  inbox/      opened
                                                                ─▶  done/       accepted
                                                                ─▶  held/       to be opened with newer rosters
                                                                ─▶  rejected/   with a note that says why
FOLDER/rosters/  bundles of all countries, daily                ─▶  imported, and removed; or rejected/
                                                                    to-centre/  events, for the own centre
```

What lies in `to-centre` is brought to the centre daily, and the centres' bundles into `rosters`: an agency that does
neither cannot be sealed to after three days, and after seven seals nothing more. Files of both are put there under
their final name, too. What people have to see to is printed when it changes.

Every step is durable before the next, and may be done again after a crash: an envelope is offered until it is
accepted, and then it is a duplicate. A crash may seal a document twice, under two ids. No file takes the place
of another but one that a crash has left under the same digest.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import vlec

# What is being opened; a crash leaves it, and the next envelope takes its place.
OPENING = ".opening"
FOLDERS = ("outbox", "sent", "mail", "arrived", "inbox", "done", "held", "rejected", "rosters", "to-centre")


class WatchedFolder:
    """An agency's folders."""

    def __init__(self, agency: vlec.Agency, folder: Path, to: Iterable[str]) -> None:
        self.agency = agency
        self.folder = folder
        self.to = tuple(to)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o700)
        self.announced: set[str] = set()
        self.left: tuple[vlec.Due, ...] = ()

    def turn(self) -> int:
        """Looks once; says how much was done."""
        taken = [self.attempt(self.take_roster, bundle) for bundle in self.waiting("rosters")]
        # Also removes what a crash has left in the folders in which files are made.
        self.tell(self.agency.maintain(self.folder / "mail", self.folder / "inbox").left)
        self.announce()
        held = self.put_back_held()
        sealed = [self.attempt(self.seal, document) for document in self.waiting("outbox")]
        opened = [self.attempt(self.open, envelope) for envelope in self.waiting("arrived")]
        return sum(taken) + sum(sealed) + sum(opened) - held

    def take_roster(self, bundle: Path) -> None:
        """A bundle is verified, and durable in the vault, before its file is removed."""
        try:
            self.agency.import_roster(bundle)
        except (vlec.RejectedError, vlec.MalformedError) as error:
            self.reject(bundle, error)
        else:
            bundle.unlink()

    def tell(self, left: tuple[vlec.Due, ...]) -> None:
        """What maintenance has left to people, when it is not what it was."""
        if left != self.left:
            for due in left:
                print(f"due: {due}", file=sys.stderr)
        self.left = left

    def announce(self) -> None:
        """Writes what the roster does not hold, each event once in the life of this process: to bring them
        to the centre twice does no harm.
        """
        for event in self.agency.announcements():
            name = event_name(event)
            if name not in self.announced:
                write_whole(self.folder / "to-centre" / name, event.encode())
                self.announced.add(name)

    def attempt(self, step: Callable[[Path], None], path: Path) -> bool:
        """A file that cannot be worked on stays where it is, and the others go on."""
        try:
            step(path)
        except (vlec.RejectedError, vlec.MalformedError, OSError) as error:
            print(f"{path.name!r} waits: {error}", file=sys.stderr)
            return False
        return True

    def waiting(self, name: str) -> list[Path]:
        """Who carries files here may put in anything: a link could lead out of the folder."""
        files = (path for path in (self.folder / name).iterdir() if path.is_file() and not path.is_symlink())
        return sorted(path for path in files if not path.name.startswith("."))

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
        inbox = self.folder / "inbox"
        try:
            # Which envelope it is, is known when it has been opened: who carries it may exchange it until then.
            delivery = self.agency.open_file(envelope, inbox / OPENING, replace=True)
            assert delivery.digest is not None
            # By the digest: another envelope has another one, whatever its sender calls it.
            name = f"{delivery.digest.hex()[:32]}-{shortened(delivery.labels.file_name or 'content')}"
            # What is there under the same digest is what a crash has left.
            (inbox / OPENING).replace(inbox / name)
            make_durable(inbox)
            self.agency.accept(delivery, name.encode())
            move(envelope, self.folder / "done")
        except vlec.DuplicateError:
            # It came twice, or a crash came between accepting and moving.
            move(envelope, self.folder / "done")
        except vlec.RosterStaleError:
            move(envelope, self.folder / "held")
        except (vlec.RejectedError, vlec.OpenFailed, vlec.MalformedError) as error:
            # Never answered automatically.
            self.reject(envelope, error)

    def reject(self, path: Path, error: vlec.VlecError) -> None:
        """With a note beside it, which takes the place of nothing either."""
        rejected = move(path, self.folder / "rejected")
        for name in numbered(f"{shortened(rejected.name)}.txt"):
            with contextlib.suppress(FileExistsError), rejected.with_name(name).open("x") as note:
                note.write(f"{error.code}: {error}\n")
                return


def event_name(event: vlec.SignedEvent) -> str:
    """As the operator's shell names an event's file."""
    subject = event.subject.replace("/", "-")
    if event.revocation is not None:
        return f"{subject}-revoke-{(event.revocation.key_id or '')[:8]}.event"
    return f"{subject}-{event.serial:04}-{event.kind.value}.event"


def write_whole(path: Path, content: bytes) -> None:
    """Under the file's name there is all of it, or nothing."""
    unfinished = path.with_name(f".{path.name}.tmp")
    with unfinished.open("wb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    unfinished.replace(path)


def make_durable(folder: Path) -> None:
    """The names in it, that is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def shortened(name: str, most: int = 200) -> str:
    """So many bytes at most, with the name's ending; without those that are no text."""
    stem, ending = os.path.splitext(os.fsencode(name).decode(errors="ignore"))
    if len(ending.encode()) > 20:
        stem, ending = stem + ending, ""
    return stem.encode()[: most - len(ending.encode())].decode(errors="ignore") + ending


def numbered(name: str) -> Iterator[str]:
    """The name, then others of its kind."""
    yield name
    stem, ending = os.path.splitext(shortened(name))
    yield from (f"{stem}-{number}{ending}" for number in itertools.count(1))


def move(path: Path, folder: Path) -> Path:
    """Under a name that is free: a link is made or refused at once, where a rename replaces."""
    for name in numbered(path.name):
        target = folder / name
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
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    home, folder, *to = sys.argv[1:]
    with vlec.Agency.open(home, key=Path(f"{home}.key").read_bytes()) as agency:
        watched = WatchedFolder(agency, Path(folder), to)
        while True:
            if watched.turn() == 0:
                time.sleep(2)


if __name__ == "__main__":
    # What Ctrl-C has stopped is done again at the next start.
    with contextlib.suppress(KeyboardInterrupt):
        main()
