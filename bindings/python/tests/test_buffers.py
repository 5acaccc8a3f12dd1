"""Any contiguous buffer in, `bytes` out."""

import array
import ctypes
import mmap
import subprocess
import sys
from datetime import UTC, datetime
from unicodedata import normalize

import numpy as np
import pytest
import vlec
from conftest import SEARCH, raises
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

shared = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def mapped(content: bytes) -> mmap.mmap:
    area = mmap.mmap(-1, max(1, len(content)))
    area[: len(content)] = content
    return area


def as_items(content: bytes, item: str) -> memoryview:
    return memoryview(content).cast(item) if len(content) % 4 == 0 else memoryview(content)


def shows(text: str) -> bool:
    """Whether each character shows something: what does not is left out of a label."""
    return vlec.shown(text) == normalize("NFC", text)


KINDS = {
    "bytes": bytes,
    "bytearray": bytearray,
    "view": memoryview,
    "view of a bytearray": lambda content: memoryview(bytearray(content)),
    "slice of bytes": lambda content: memoryview(b"before" + content + b"after")[6 : 6 + len(content)],
    "slice of a bytearray": lambda content: memoryview(bytearray(b"x" + content))[1:],
    "map": lambda content: memoryview(mapped(content))[: len(content)],
    "array": lambda content: array.array("b", content),
    "numpy": lambda content: np.frombuffer(content, dtype=np.uint8).copy(),
    "read-only numpy": lambda content: np.frombuffer(content, dtype=np.uint8),
    "ctypes": lambda content: (ctypes.c_ubyte * len(content)).from_buffer_copy(content),
    "floats": lambda content: as_items(content, "f"),
    "view of a view": lambda content: memoryview(memoryview(content)[:]).toreadonly(),
}


@pytest.mark.parametrize("kind", KINDS)
@shared
@given(content=st.binary(max_size=5000))
def test_every_kind_of_buffer_goes_there_and_back(cyber, search, kind, content):
    sealed = cyber.seal(KINDS[kind](content), to=SEARCH)
    assert search.open(KINDS[kind](sealed)).content == content


@shared
@given(
    content=st.binary(max_size=300_000),
    case=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).filter(shows),
    start=st.integers(0, 300_000),
    length=st.integers(0, 300_000),
)
def test_slices_seal_what_they_show(cyber, search, content, case, start, length):
    part = memoryview(content)[start : start + length]
    opened = search.open(cyber.seal(part, to=SEARCH, labels={"case": case}))
    assert (opened.content, opened.labels.case) == (part.tobytes(), normalize("NFC", case))


def test_contents_around_a_segment_go_there_and_back(cyber, search):
    for length in (0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20):
        content = bytes(range(256)) * (length // 256) + bytes(length % 256)
        assert search.open(cyber.seal(content, to=SEARCH)).content == content


@pytest.mark.parametrize(
    "buffer",
    [
        memoryview(b"abcdef")[::2],
        memoryview(bytearray(b"abcdef"))[::-1],
        np.zeros((4, 4))[:, 1],
        np.asfortranarray(np.ones((3, 2))),
    ],
)
def test_what_is_not_contiguous_is_refused_with_what_to_do(cyber, buffer):
    with pytest.raises(BufferError, match="not contiguous: pass a copy"):
        cyber.seal(buffer, to=SEARCH)


@pytest.mark.parametrize("wrong", ["text", 7, None, [1, 2], object()])
def test_what_is_no_buffer_is_refused(cyber, wrong):
    with pytest.raises(TypeError):
        cyber.seal(wrong, to=SEARCH)


def test_a_buffer_is_free_again_afterwards(cyber):
    content = bytearray(b"grows")
    cyber.seal(content, to=SEARCH)
    content.extend(b" afterwards")
    area = mapped(b"mapped")
    cyber.seal(area, to=SEARCH)
    area.close()


def test_what_others_change_meanwhile_is_a_copy(cyber, search):
    content = np.arange(1 << 18, dtype=np.uint32)
    expected = content.tobytes()
    sealed = cyber.seal(content, to=SEARCH)
    content[:] = 0
    assert search.open(sealed).content == expected


def test_keys_are_buffers_of_32_bytes():
    for key in (bytes(32), bytearray(32), memoryview(bytes(32)), np.zeros(4, dtype=np.uint64)):
        vlec.Agency.create(None, "GE/a", key=key).close()
    for wrong in (b"", bytes(31), bytes(33)):
        with raises(vlec.MalformedError, "malformed"):
            vlec.Agency.create(None, "GE/a", key=wrong)
    with pytest.raises(TypeError):
        vlec.Agency.create(None, "GE/a", key="0" * 32)


HUGE = """
import mmap, resource
import vlec
area = mmap.mmap(-1, 1 << 36, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
resource.setrlimit(resource.RLIMIT_AS, (1 << 37, 1 << 37))
with vlec.Agency.create(None, "GE/x", key=bytes(32)) as agency:
    for call in (vlec.EnvelopeHeader.read, agency.inspect):
        try:
            call(area)
        except vlec.MalformedError as error:
            print(error.code)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 35, 1 << 35))
    try:
        agency.open(area)
    except MemoryError as error:
        print("no memory")
    print(agency.id)
"""


def test_a_length_that_memory_has_not_is_a_memory_error_and_first_bytes_are_not_copied_whole():
    done = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split("\n"), done.returncode) == (["malformed", "malformed", "no memory", "GE/x", ""], 0)


def test_what_is_read_from_front_to_back_may_be_any_buffer(countries, search, mail):
    sealed, bundle = mail(), countries.centres["GE"].export_roster("GE")
    for kind in (bytearray, memoryview, lambda content: np.frombuffer(content, dtype=np.uint8).copy()):
        assert vlec.EnvelopeHeader.read(kind(sealed)).id == search.inspect(kind(sealed)).id
        assert search.import_roster(kind(bundle))[0].country == "GE"
    with pytest.raises(BufferError, match="not contiguous"):
        search.inspect(np.zeros(1000, dtype=np.uint8)[::2])


def test_what_a_buffer_raises_comes_out(search):
    closed = mapped(b"gone")
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        search.inspect(closed)

    class Raises:
        def __buffer__(self, flags):
            raise TypeError("of its own")

    if sys.version_info >= (3, 12):
        for call in (search.inspect, search.open):
            with pytest.raises(TypeError, match="of its own"):
                call(Raises())


def test_a_truth_is_no_number_and_infinity_no_time(countries, search):
    for call in (
        lambda: search.export_roster("GE", after=True),
        lambda: search.revoke_epoch(True, reason=vlec.RevocationReason.CEASED),
        lambda: vlec.RotationPolicy(announce_ahead=True),
        lambda: vlec.Policy.of([], threshold=True),
        lambda: search.seal(b"", to=SEARCH, extensions={True: b""}),
    ):
        with pytest.raises(TypeError, match="not True or False"):
            call()

    class Never(datetime):
        def timestamp(self):
            return float("inf")

    with pytest.raises(ValueError):
        vlec.Labels(deadline=Never(2026, 1, 1, tzinfo=UTC))
