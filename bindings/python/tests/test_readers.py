"""Content that is read at any place, or from front to back."""

import array
import ctypes
import gc
import io
import mmap
import os
import signal
import threading
import weakref

import numpy as np
import pytest
import vlec
from conftest import CONTENT, CYBER, SEARCH, raises


def test_a_pipe(cyber, search):
    reading, writing = os.pipe()
    with open(writing, "wb") as target:
        cyber.seal_file(io.BytesIO(b"through a pipe"), target, to=SEARCH)
    with open(reading, "rb") as source, search.open_stream(source) as stream:
        assert not stream.seekable() and stream.read() == b"through a pipe"
        search.accept(stream, b"done")


def test_a_reader_seeks(sealed, search):
    with search.open_reader(sealed) as f:
        assert isinstance(f, io.BufferedReader) and isinstance(f.raw, io.RawIOBase) and f.seekable()
        assert f.seek(-3, io.SEEK_END) == len(CONTENT) - 3 and f.read() == b"end" and f.read(1) == b""
        assert f.seek(1 << 20) and f.read(4096) == CONTENT[1 << 20 : (1 << 20) + 4096]
        assert f.seek(-4096, io.SEEK_CUR) == 1 << 20 == f.tell()
        into = bytearray(2_000_000)
        f.seek(0)
        assert f.readinto(into) == len(into) and into == CONTENT[: len(into)]
        assert (f.sender, f.recipients, f.size, f.content_type) == (
            CYBER, (SEARCH,), len(CONTENT), "application/octet-stream",
        )  # fmt: skip
        assert f.id == f.delivery.id and f.sealed_at == f.delivery.sealed_at
        assert f.labels == vlec.Labels() and f.arrival in vlec.Arrival
        assert f.delivery.signed.manifest and f.delivery.digest and f.delivery.opened_with.agency == SEARCH
        with pytest.raises(ValueError):
            f.seek(-1)
        raw = f.raw
        search.accept(f)
    with pytest.raises(ValueError):
        f.read()
    with raises(vlec.StateError, "closed"):
        raw._reading.readinto(bytearray(1))
    raw.close()


def test_a_reader_over_lines_and_over_a_file_object(cyber, search):
    sealed = io.BytesIO(b"skipped" + cyber.seal(b"one\ntwo\n", to=SEARCH))
    sealed.seek(7)
    with search.open_reader(sealed) as f:
        assert list(f) == [b"one\n", b"two\n"]


def test_damaged_content_is_not_read_and_the_rest_is(sealed, search):
    envelope = bytearray(sealed.read_bytes())
    envelope[-100] ^= 1
    with search.open_reader(io.BytesIO(envelope)) as f:
        assert f.read(1000) == CONTENT[:1000]
        f.seek(-3, io.SEEK_END)
        with raises(vlec.OpenFailed, "damaged"):
            f.read()
    with search.open_stream(io.BytesIO(envelope)) as f:
        assert f.read(1 << 20) == CONTENT[: 1 << 20]
        with raises(vlec.OpenFailed, "damaged"):
            f.read()


def test_a_stream_cannot_seek(cyber, search):
    with search.open_stream(io.BytesIO(cyber.seal(b"content", to=SEARCH))) as f:
        with pytest.raises(io.UnsupportedOperation):
            f.seek(0)
        assert f.read(3) == b"con" and f.tell() == 3


def test_a_stream_is_accepted_once_it_has_ended(sealed, search):
    with search.open_stream(sealed) as f:
        assert f.raw.readinto(bytearray(0)) == 0
        for read in (0, 1, len(CONTENT) - 2):
            assert len(f.read(read)) == read
            for early in (f, f.delivery):
                with raises(vlec.StateError, "state"):
                    search.accept(early)
        assert f.read() == CONTENT[-1:]
        search.accept(f, b"whole")


@pytest.mark.parametrize("content", [b"", b"small", CONTENT], ids=len)
def test_a_stream_of_which_exactly_the_content_was_read_is_accepted(cyber, search, content):
    with search.open_stream(io.BytesIO(cyber.seal(content, to=SEARCH))) as f:
        assert f.read(f.size) == content
        search.accept(f, b"whole")
        assert f.read() == b""


def test_content_that_was_fetched_and_not_handed_out_was_not_read(cyber, search):
    with search.open_stream(io.BytesIO(cyber.seal(b"small", to=SEARCH))) as f:
        assert f.read(4) == b"smal"
        with raises(vlec.StateError, "state"):
            search.accept(f)


def test_a_stream_that_goes_on_behind_its_content_is_not_accepted(cyber, search):
    with search.open_stream(io.BytesIO(cyber.seal(b"small", to=SEARCH) + b"x")) as f:
        assert f.read(f.size) == b"small"
        with raises(vlec.MalformedError, "trailing"):
            search.accept(f)
        with pytest.raises(vlec.VlecError):
            search.accept(f)


def test_the_last_byte_is_read_without_waiting_for_the_end(cyber, search):
    reading, writing = os.pipe()
    sealed = cyber.seal(b"small", to=SEARCH)
    with open(reading, "rb", buffering=0) as source, open(writing, "wb", buffering=0) as target:
        target.write(sealed)
        with search.open_stream(source) as f:
            # The other side has not hung up: whoever waited for that would wait here for ever.
            assert f.read(f.size) == b"small"
            target.close()
            search.accept(f)


@pytest.mark.parametrize("content", [b"small", CONTENT], ids=len)
def test_a_cut_stream_is_not_accepted(cyber, search, content):
    with search.open_stream(io.BytesIO(cyber.seal(content, to=SEARCH)[:-1])) as f:
        with pytest.raises(vlec.MalformedError):
            f.read(f.size)
        with raises(vlec.StateError, "state"):
            search.accept(f)


def test_a_read_takes_a_mebibyte_at_most(sealed, search):
    with search.open_reader(sealed) as f:
        into = bytearray(3 << 20)
        assert f.raw.readinto(into) == 1 << 20
        f.seek(0)
        assert f.readinto(into) == len(into) and into == CONTENT[: len(into)]
        huge = mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
        f.seek(0)
        assert f.raw.readinto(huge) == 1 << 20
        huge.close()


class Calls(io.BytesIO):
    """Calls something while it is read."""

    hook = None

    def read(self, size=-1):
        if self.hook:
            hook, self.hook = self.hook, None
            hook()
        return super().read(size)


def test_what_a_file_object_does_while_it_is_read_blocks_nobody(sealed, search):
    source = Calls(sealed.read_bytes())
    f = search.open_reader(source)
    told = []

    def again():
        with raises(vlec.StateError, "busy"):
            f.raw.readinto(bytearray(1))
        told.append("busy")

    source.hook = again
    assert f.raw.readinto(bytearray(100)) == 100 and told == ["busy"]
    f.seek(2 << 20)
    source.hook = f.raw._reading.close
    assert f.raw.readinto(bytearray(100)) == 100, "what has begun comes to its end"
    with raises(vlec.StateError, "closed"):
        f.raw.readinto(bytearray(1))


def opened(how, search, source):
    if how == "reopen_stream":
        search.accept(search.open(source.getvalue()))
    return getattr(search, how)(source)


WAYS = ["open_reader", "open_stream", "reopen_stream"]


@pytest.mark.parametrize("how", WAYS)
def test_a_file_object_that_knows_its_reader_is_collected_with_it(cyber, search, how):
    source = Calls(cyber.seal(b"content", to=SEARCH))
    source.reader = opened(how, search, source)
    assert source.reader.read(3) == b"con"
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("how", WAYS)
def test_the_collector_leaves_a_reader_that_is_used(cyber, search, how):
    source = Calls(cyber.seal(b"content", to=SEARCH))
    source.reader = f = opened(how, search, source)
    source.hook = gc.collect
    del source
    gc.collect()
    assert f.read() == b"content"


@pytest.mark.parametrize("how", WAYS)
def test_a_closed_reader_lets_go_of_its_file_object(cyber, search, how):
    source = Calls(cyber.seal(b"content", to=SEARCH))
    f, gone = opened(how, search, source), weakref.ref(source)
    del source
    assert gone() is not None
    f.close()
    assert gone() is None


@pytest.mark.parametrize(
    "target",
    [
        bytearray(8),
        memoryview(bytearray(8)).cast("B", [2, 4]),
        np.zeros((2, 4), dtype=np.uint8),
        array.array("I", [0, 0]),
        (ctypes.c_ubyte * 8)(),
    ],
    ids=["bytearray", "two dimensions", "numpy", "array", "ctypes"],
)
def test_every_buffer_that_can_be_written_to_is_read_into(cyber, search, target):
    with search.open_reader(io.BytesIO(cyber.seal(b"contents", to=SEARCH))) as f:
        assert f.raw.readinto(target) == 8 == f.tell() and bytes(memoryview(target)) == b"contents"


@pytest.mark.parametrize("target", [b"12345", memoryview(b"12345"), np.zeros((4, 4), dtype=np.uint8)[:, 1]])
def test_what_cannot_be_read_into_takes_no_content_out(cyber, search, target):
    with search.open_stream(io.BytesIO(cyber.seal(b"contents", to=SEARCH))) as f:
        with pytest.raises((TypeError, BufferError)):
            f.raw.readinto(target)
        assert f.tell() == 0 and f.read() == b"contents"


class Alarm(Exception):
    pass


def test_a_signal_that_comes_while_content_is_read_leaves_no_hole(sealed, search):
    """What the call would have returned that the signal ends is lost, and nothing else."""
    main, pieces, go_on = threading.main_thread().ident, {}, threading.Event()

    def alarm(number, frame):
        raise Alarm

    def give():
        go_on.wait()
        for _ in range(200):
            signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, alarm)
    giver = threading.Thread(target=give)
    giver.start()
    try:
        with search.open_stream(sealed) as f:
            at, piece = 0, b"x"
            while piece:
                try:
                    go_on.set()
                    at = f.tell()
                    piece = f.read(4096)
                    pieces[at] = piece
                except Alarm:
                    pass
            while giver.is_alive():
                try:
                    giver.join()
                except Alarm:
                    pass
            assert f.tell() == len(CONTENT)
    finally:
        giver.join()
        signal.signal(signal.SIGUSR1, before)
    assert all(CONTENT[at : at + len(piece)] == piece for at, piece in pieces.items())
