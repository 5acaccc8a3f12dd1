"""A watched folder: what appears in `outbox` is sealed, what arrives in `arrived` is opened.

    python watched_folder.py HOME FOLDER RECIPIENT…

HOME is the agency's vault, and the file HOME.key beside it the key of 32 bytes that opens it. They are made once,
and the agency is enrolled, as first_day.py shows:

    umask 077; head -c 32 /dev/urandom > HOME.key
    python -c 'import vlec; vlec.Agency.create("HOME", "GE/mia/cyber", key=open("HOME.key", "rb").read()).close()'

```
FOLDER/outbox/   documents, put there under their final name   ─▶  sealing/    while they are sealed
                                                                ─▶  sent/       as they were
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
their final name, too, and all of them belong to who runs this. What people have to see to is printed when it changes.

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
FOLDERS = (
    "outbox", "sealing", "sent", "mail", "arrived", "inbox", "done", "held", "rejected", "rosters", "importing",
    "to-centre",
)  # fmt: skip


class WatchedFolder:
    """An agency's folders."""

    def __init__(self, agency: vlec.Agency, folder: Path, to: Iterable[str]) -> None:
        self.agency = agency
        self.folder = folder
        self.to = tuple(to)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o700)
        self.announced: set[bytes] = set()
        self.left: tuple[vlec.Due, ...] = ()
        self.waits: dict[str, str] = {}

    def turn(self) -> int:
        """Looks once; says how much was done."""
        # Taken out first: what cannot be taken out would be worked on again in every turn, and what is put there
        # meanwhile would be taken for what was worked on.
        self.each("rosters", lambda bundle: move(bundle, self.folder / "importing"))
        taken = self.each("importing", self.take_roster)
        # Also removes what a crash has left in the folders in which files are made.
        self.tell(self.agency.maintain(self.folder / "mail", self.folder / "inbox").left)
        self.announce()
        # Held envelopes are tried again: rosters may have come.
        held = self.each("held", lambda envelope: move(envelope, self.folder / "arrived"))
        opened = self.each("arrived", self.open)
        self.each("outbox", lambda document: move(document, self.folder / "sealing"))
        sealed = self.each("sealing", self.seal)
        return taken + opened + sealed - held

    def each(self, name: str, step: Callable[[Path], object]) -> int:
        """Works on every file of a folder, and says on how many. One that cannot be worked on stays where it is,
        and the others go on.
        """
        done = 0
        for path in self.waiting(name):
            try:
                step(path)
                done += 1
                self.waits.pop(path.name, None)
            except (vlec.RejectedError, vlec.MalformedError, vlec.StateError, OSError) as error:
                if self.waits.get(path.name) != str(error):
                    print(f"{path.name!r} waits: {error}", file=sys.stderr)
                self.waits[path.name] = str(error)
        return done

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
            content = event.encode()
            if content not in self.announced:
                write_whole(self.folder / "to-centre" / event_name(event), content)
                self.announced.add(content)

    def waiting(self, name: str) -> list[Path]:
        """Who carries files here may put in anything: a link could lead out of the folder."""
        files = (path for path in (self.folder / name).iterdir() if path.is_file() and not path.is_symlink())
        return sorted(path for path in files if not path.name.startswith("."))

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
    """Under the file's name there is all of it, or nothing; through nothing that is there already."""
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.unlink(missing_ok=True)
    with unfinished.open("xb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    unfinished.replace(path)
    make_durable(path.parent)


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
