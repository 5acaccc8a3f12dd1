"""One agency, many threads; the interpreter is released; memory does not grow."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import vlec
from conftest import CYBER, SEARCH


def test_eight_threads_on_one_agency(countries):
    cyber, search, start = countries[CYBER], countries[SEARCH], threading.Barrier(8)

    def day(number):
        start.wait()
        ids = []
        for turn in range(20):
            content = bytes([number, turn]) * (1 + 1000 * turn)
            sealed = cyber.seal(content, to=[SEARCH])
            opened = search.open(sealed)
            assert opened.content == content
            search.accept(opened, bytes([number]))
            with pytest.raises(vlec.DuplicateError):
                search.open(sealed)
            cyber.maintain()
            cyber.rosters.agency(SEARCH)
            ids.append((opened.id, opened.sequence))
        return ids

    with ThreadPoolExecutor(8) as pool:
        all_ids = [pair for ids in pool.map(day, range(8)) for pair in ids]
    assert len({id for id, _ in all_ids}) == len({sequence for _, sequence in all_ids}) == 160


def test_one_of_eight_accepts(countries, mail):
    search, start = countries[SEARCH], threading.Barrier(8)
    opened = search.open(mail())

    def accept(number):
        start.wait()
        try:
            search.accept(opened, bytes([number]))
        except vlec.DuplicateError as error:
            return error.outcome
        return bytes([number])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(accept, range(8)))) == 1


RELEASED = """
import sys, threading
import vlec

# Nobody takes the interpreter from this thread: the other one runs when the library has released it.
sys.setswitchinterval(3600)
ran, gate = [], threading.Lock()
gate.acquire()

def run():
    with gate:
        ran.append(True)

threading.Thread(target=run).start()
gate.release()
for _ in range(100_000):
    if ran:
        break
    try:
        vlec.EnvelopeHeader.read(sys.argv[1])
    except vlec.MalformedError:
        pass
print(ran)
"""


def test_the_interpreter_is_released_while_the_library_works(tmp_path):
    (tmp_path / "file").write_bytes(b"no envelope")
    command = [sys.executable, "-c", RELEASED, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[True]\n"


def test_closing_waits_for_nobody_and_breaks_nothing():
    agency = vlec.Agency.create(None, "GE/x", key=bytes(32))
    inside, go_on = threading.Event(), threading.Event()

    class Waits:
        def read(self, size):
            inside.set()
            assert go_on.wait(60)
            return b""

    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(agency.import_roster, Waits())
        assert inside.wait(60)
        agency.close()
        assert agency.closed
        go_on.set()
        with pytest.raises(vlec.MalformedError):
            importing.result()


LEAKS = """
import resource, sys
sys.path.insert(0, {examples!r})
import vlec
from countries import Countries

def rss():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()

with Countries(["GE/a", "MD/b"]) as countries:
    a, b = countries["GE/a"], countries["MD/b"]
    sealed = a.seal(b"x", to="MD/b")
    delivery = b.open(sealed)
    opened = 0

    def calls(number):
        for n in range(number):
            repr(b.rosters.agency("GE/a").epochs[0].window); b.status(); b.inspect(sealed).labels
            vlec.Labels(case="c"); vlec.EnvelopeHeader.read(bytearray(sealed)); delivery.sealed_to; a.quarantine
            try:
                a.seal(b"x", to="MD/nobody")
            except vlec.RejectedError:
                pass
            try:
                b.open(b"VLEC")
            except vlec.MalformedError:
                pass
            if n % 10 == 0:
                b.open(sealed); a.seal(bytes(2000), to="MD/b", labels={{"case": "x"}})

    calls({warm})
    before = rss()
    calls({count})
    print(rss() - before)
"""


def test_memory_is_flat_over_100_000_calls():
    examples = str(Path(__file__).resolve().parents[3] / "examples" / "python")
    # Nine calls in each turn, and two more in every tenth.
    program = LEAKS.format(examples=examples, warm=2000, count=11_000)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2 << 20, "bytes more than after the warm-up"
