"""Paths and binary file objects, progress, and what stops the work."""

import errno
import io
import os
import signal
from pathlib import Path

import pytest
import vlec
from conftest import CONTENT, CYBER, SEARCH, raises


def test_paths_there_and_back(tmp_path, plain, cyber, search):
    told = []
    done = cyber.seal_file(
        str(plain), tmp_path / "out", to=[SEARCH], progress=lambda *what: told.append(what), labels={"case": "1"}
    )
    assert done.size == (tmp_path / "out").stat().st_size
    assert told[0] == (0, len(CONTENT)) and told[-1] == (len(CONTENT), len(CONTENT)) and told == sorted(told)
    opened = search.open_file(tmp_path / "out", tmp_path / "back")
    assert type(opened) is vlec.Delivery and (opened.id, opened.labels.case) == (done.id, "1")
    assert (tmp_path / "back").read_bytes() == CONTENT
    search.accept(opened, b"done")
    assert search.reopen_file(tmp_path / "out", tmp_path / "again").id == done.id
    assert (tmp_path / "again").read_bytes() == CONTENT


def test_file_objects_there_and_back(tmp_path, plain, cyber, search):
    envelopes = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    with plain.open("rb") as source:
        cyber.seal_file(source, envelopes[0], to=SEARCH)
    with envelopes[1].open("wb") as target:
        cyber.seal_file(plain, target, to=SEARCH)
    with plain.open("rb", buffering=0) as source, envelopes[2].open("wb") as target:
        assert cyber.seal_file(source, target, to=SEARCH, spool=tmp_path).size > len(CONTENT)
    for envelope in envelopes:
        out = io.BytesIO()
        with envelope.open("rb") as source:
            assert search.open_file(source, out).sender == CYBER
        assert out.getvalue() == CONTENT
        with envelope.open("rb") as source:
            search.open_file(source, tmp_path / "back", replace=True)
        assert (tmp_path / "back").read_bytes() == CONTENT


def test_a_file_that_exists_is_kept_unless_it_is_to_be_replaced(tmp_path, plain, sealed, cyber, search):
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    for call in (
        lambda: cyber.seal_file(plain, taken, to=SEARCH),
        lambda: cyber.seal_file(io.BytesIO(b""), taken, to=SEARCH),
        lambda: search.open_file(sealed, taken),
    ):
        with pytest.raises(FileExistsError) as caught:
            call()
        assert isinstance(caught.value, vlec.FileTakenError)
        assert (caught.value.code, caught.value.filename) == ("exists", str(taken))
        assert taken.read_bytes() == b"mine"
    search.open_file(sealed, taken, replace=True)
    assert taken.read_bytes() == CONTENT


def test_file_errors_are_the_systems_too(tmp_path, cyber, search):
    missing = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as caught:
        cyber.seal_file(missing, tmp_path / "out", to=SEARCH)
    error = caught.value
    assert isinstance(error, vlec.FileError) and isinstance(error, vlec.VlecError)
    assert (error.code, error.errno, error.filename) == ("io", 2, str(missing))
    assert isinstance(error.__cause__, OSError) and error.__cause__.errno == 2
    with pytest.raises(vlec.FileError):
        search.open_file(tmp_path, tmp_path / "out")
    with pytest.raises(FileNotFoundError):
        search.open_reader(missing)
    with pytest.raises(FileNotFoundError):
        search.open_stream(missing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["seal", "seal object", "seal to object", "open", "open object", "open to object", "reopen"])
def test_what_progress_raises_stops_the_work_and_comes_out_as_it_is(tmp_path, plain, sealed, cyber, search, kind):
    class MyError(Exception):
        pass

    def stop(done, total):
        if done >= 1 << 20:
            raise MyError(done)

    if kind == "reopen":
        search.accept(search.open_file(sealed, tmp_path / "first"))
        (tmp_path / "first").unlink()
    before = sorted(tmp_path.iterdir())
    out = tmp_path / "out"
    with pytest.raises(MyError), plain.open("rb") as plain_file, sealed.open("rb") as sealed_file:
        match kind:
            case "seal":
                cyber.seal_file(plain, out, to=SEARCH, progress=stop)
            case "seal object":
                cyber.seal_file(plain_file, out, to=SEARCH, progress=stop)
            case "seal to object":
                cyber.seal_file(plain, io.BytesIO(), to=SEARCH, progress=stop)
            case "open":
                search.open_file(sealed, out, progress=stop)
            case "open object":
                search.open_file(sealed_file, out, progress=stop)
            case "open to object":
                search.open_file(sealed, io.BytesIO(), progress=stop)
            case "reopen":
                search.reopen_file(sealed, out, progress=stop)
    assert sorted(tmp_path.iterdir()) == before, "no file is left"


def test_ctrl_c_stops_the_work(tmp_path, plain, cyber):
    def press(done, total):
        signal.raise_signal(signal.SIGINT)

    before = sorted(tmp_path.iterdir())
    # Python sets this handler when it starts, unless it was started to ignore the signal.
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            cyber.seal_file(plain, tmp_path / "out", to=SEARCH, progress=press)
    finally:
        signal.signal(signal.SIGINT, was)
    assert sorted(tmp_path.iterdir()) == before


class Faulty(io.RawIOBase):
    """Fails in the way that is asked for."""

    def __init__(self, way):
        self.way = way

    def read(self, size=-1):
        match self.way:
            case "raise":
                raise ConnectionResetError("the line is cut")
            case "more":
                return bytes(size + 1)
            case "text" | "other":
                return "text" if self.way == "text" else [7]
            case _:
                return None

    def write(self, data):
        match self.way:
            case "raise":
                raise ConnectionResetError("the line is cut")
            case "more":
                return len(data) + 1
            case "text" | "other":
                return "text" if self.way == "text" else -1
            case _:
                return None

    def seek(self, offset, whence=0):
        return None

    def seekable(self):
        return True


@pytest.mark.parametrize(
    ("way", "kind", "reading", "writing"),
    [
        ("raise", ConnectionResetError, "the line is cut", "the line is cut"),
        ("more", ValueError, "more than was asked for", "more than there was"),
        ("text", TypeError, "open it in binary mode", r"write\(\) of the file object has returned str, not a number"),
        ("other", (TypeError, ValueError), r"read\(\) of the file object has returned list", "no number of bytes"),
        ("none", BlockingIOError, "does not block and has nothing to read now", "takes nothing now"),
    ],
)
def test_f7_what_a_file_object_does_wrong_is_said(tmp_path, sealed, cyber, search, way, kind, reading, writing):
    with pytest.raises(kind, match=reading):
        cyber.seal_file(Faulty(way), tmp_path / "out", to=SEARCH)
    with pytest.raises(kind, match=reading):
        search.open_file(Faulty(way), tmp_path / "out")
    with pytest.raises(kind, match=reading):
        search.open_stream(Faulty(way))
    with pytest.raises(kind, match=reading):
        search.import_roster(Faulty(way))
    with pytest.raises(TypeError, match=r"seek\(\) of the file object has returned NoneType, not a position"):
        search.open_reader(Faulty("raise"))
    with pytest.raises(kind, match=writing):
        cyber.seal_file(io.BytesIO(b"content"), Faulty(way), to=SEARCH)
    with pytest.raises(kind, match=writing):
        search.open_file(sealed, Faulty(way))
    with pytest.raises(kind, match=writing):
        search.export_roster_to(Faulty(way), "GE")
    assert not (tmp_path / "out").exists()


def test_f7_a_pipe_that_does_not_block_is_said_and_one_that_does_is_read(cyber, search):
    read, write = os.pipe()
    os.set_blocking(read, False)
    with os.fdopen(read, "rb", buffering=0) as f, os.fdopen(write, "wb", buffering=0) as giver:
        with pytest.raises(BlockingIOError, match="os.set_blocking") as caught:
            cyber.seal_file(f, io.BytesIO(), to=SEARCH)
        assert caught.value.errno == errno.EAGAIN
        os.set_blocking(read, True)
        giver.write(b"content")
        giver.close()
        out = io.BytesIO()
        cyber.seal_file(f, out, to=SEARCH)
    assert search.open(out.getvalue()).content == b"content"


class Short(io.RawIOBase):
    """Gives and takes a few bytes at a time."""

    def __init__(self, content=b""):
        self.content, self.at, self.taken = content, 0, b""

    def read(self, size=-1):
        piece = self.content[self.at : self.at + min(size, 1000)]
        self.at += len(piece)
        return piece

    def write(self, data):
        self.taken += bytes(data[:1000])
        return min(len(data), 1000)


def test_f7_short_reads_and_writes_are_no_end(cyber, search):
    content = bytes(range(256)) * 40
    sealed, opened = Short(), Short()
    cyber.seal_file(Short(content), sealed, to=SEARCH)
    search.open_file(Short(sealed.taken), opened)
    assert opened.taken == content


UNLISTED = Path("/proc/version")


def test_f7_a_file_whose_listed_length_is_not_its_contents_is_refused_or_whole(tmp_path, cyber, search):
    assert UNLISTED.stat().st_size == 0 and UNLISTED.read_bytes()
    for call in (
        lambda: cyber.seal_file(UNLISTED, tmp_path / "out", to=SEARCH),
        lambda: cyber.seal_file(UNLISTED, io.BytesIO(), to=SEARCH),
        lambda: search.open_file(UNLISTED, tmp_path / "out"),
        lambda: search.open_file(UNLISTED, io.BytesIO()),
        lambda: search.open_reader(UNLISTED),
        lambda: search.open_stream(UNLISTED),
        lambda: search.inspect(UNLISTED),
        lambda: search.pending(UNLISTED),
        lambda: search.import_roster(UNLISTED),
        lambda: search.hear(UNLISTED),
        lambda: vlec.EnvelopeHeader.read(UNLISTED),
    ):
        with raises(vlec.FileError, "input-length") as caught:
            call()
        assert caught.value.filename == str(UNLISTED)
    assert not (tmp_path / "out").exists()
    out = io.BytesIO()
    with UNLISTED.open("rb") as f:
        cyber.seal_file(f, out, to=SEARCH)
    assert search.open(out.getvalue()).content == UNLISTED.read_bytes()


def test_f7_links_pipes_and_devices_are_refused_on_every_way_in(tmp_path, plain, sealed, cyber, search):
    """What is meant as a stream is a file object."""
    (tmp_path / "plain link").symlink_to(plain)
    (tmp_path / "sealed link").symlink_to(sealed)
    os.mkfifo(tmp_path / "pipe")
    for call, link in (
        (lambda it: cyber.seal_file(it, tmp_path / "out", to=SEARCH), "plain link"),
        (lambda it: cyber.seal_file(it, io.BytesIO(), to=SEARCH), "plain link"),
        (lambda it: search.open_file(it, tmp_path / "out"), "sealed link"),
        (lambda it: search.open_file(it, io.BytesIO()), "sealed link"),
        (lambda it: search.open_reader(it), "sealed link"),
        (lambda it: search.open_stream(it), "sealed link"),
        (lambda it: search.reopen_stream(it), "sealed link"),
        (lambda it: search.inspect(it), "sealed link"),
        (lambda it: search.pending(it), "sealed link"),
        (lambda it: search.import_roster(it), "sealed link"),
        (lambda it: vlec.EnvelopeHeader.read(it), "sealed link"),
    ):
        for wrong in (tmp_path / link, tmp_path / "pipe", Path("/dev/null"), tmp_path):
            with raises(vlec.FileError, "path"):
                call(wrong)


def test_from_a_path_nothing_is_spooled_and_the_folder_of_a_spool_is_named(tmp_path, plain, cyber, search):
    nowhere, out = tmp_path / "nowhere", io.BytesIO()
    cyber.seal_file(plain, out, to=SEARCH, spool=nowhere)
    assert search.open(out.getvalue()).content == CONTENT
    with plain.open("rb") as f, pytest.raises(FileNotFoundError, match="nowhere: cannot create a file"):
        cyber.seal_file(f, io.BytesIO(), to=SEARCH, spool=nowhere)


def test_headers_and_manifests_of_files(sealed, search):
    header = vlec.EnvelopeHeader.read(sealed)
    with sealed.open("rb") as f:
        assert vlec.EnvelopeHeader.read(f) == header
    assert search.inspect(sealed).id == search.inspect(str(sealed)).id == header.id
    with sealed.open("rb") as f:
        assert search.inspect(f).id == header.id
    with pytest.raises(FileNotFoundError):
        vlec.EnvelopeHeader.read(sealed.with_name("missing"))


def test_a_path_that_is_sealed_into_a_file_object_is_held_to_the_rules_of_files(tmp_path, plain, cyber):
    (tmp_path / "link").symlink_to(plain)
    for wrong in (tmp_path / "link", tmp_path):
        with raises(vlec.FileError, "path"):
            cyber.seal_file(wrong, io.BytesIO(), to=SEARCH)

    def change(done, total):
        with plain.open("r+b") as f:
            f.write(b"changed")

    def grow(done, total):
        with plain.open("ab") as f:
            f.write(b"more")

    for act in (change, grow):
        out = io.BytesIO()
        with raises(vlec.FileError, "input-changed"):
            cyber.seal_file(plain, out, to=SEARCH, progress=act)
        assert out.getvalue() == b""


def test_only_what_was_opened_is_accepted(cyber, search):
    sealed = cyber.seal(b"content", to=SEARCH)
    delivery = search.open(sealed)
    for wrong in (search.inspect(sealed), delivery.signed, sealed, delivery.id, type("X", (), {"delivery": delivery})()):
        with pytest.raises(TypeError):
            search.accept(wrong)
        with pytest.raises(TypeError):
            search.accept_all([(wrong, b"")])
    search.accept(delivery)
    with pytest.raises(TypeError):
        search.accept(search.reopen(sealed))


def test_progress_of_opening_counts_content(tmp_path, sealed, search):
    ways = ((sealed, io.BytesIO()), (io.BytesIO(sealed.read_bytes()), io.BytesIO()), (sealed.open("rb"), tmp_path / "x"))
    for source, target in ways:
        told = []
        search.open_file(source, target, progress=lambda *what: told.append(what))
        assert told[0] == (0, len(CONTENT)) and told[-1] == (len(CONTENT), len(CONTENT)) and told == sorted(told)


def test_what_is_opened_into_a_file_object_is_flushed(tmp_path, sealed, search):
    with (tmp_path / "out").open("wb", buffering=64 << 20) as target:
        search.open_file(sealed, target)
        assert (tmp_path / "out").read_bytes() == CONTENT


def test_the_first_exception_of_a_file_object_comes_out_and_it_is_not_called_again(countries, sealed, search):
    class Fails:
        def __init__(self):
            self.calls = 0

        def write(self, data):
            self.calls += 1
            raise (KeyboardInterrupt if self.calls == 1 else ValueError)(self.calls)

        def flush(self):
            self.calls += 1

    for call in (
        lambda to: search.export_roster_to(to, "GE"),
        lambda to: search.open_file(sealed, to),
        lambda to: search.seal_file(sealed, to, to=CYBER),
    ):
        to = Fails()
        with pytest.raises(KeyboardInterrupt):
            call(to)
        assert to.calls == 1
