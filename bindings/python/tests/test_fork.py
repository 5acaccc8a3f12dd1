"""A process that was forked from one with an open vault has no vault."""

import multiprocessing
import threading

import pytest
import vlec
from conftest import CYBER, SEARCH


def attempts(agency, envelope):
    """What each use gives in the other process."""
    uses = [
        lambda: agency.seal(b"", to=SEARCH, type="text/plain"),
        lambda: agency.open(envelope),
        lambda: agency.maintain(),
        lambda: agency.announcements(),
    ]
    codes = []
    for use in uses:
        try:
            use()
            codes.append("done")
        except vlec.VlecError as error:
            codes.append(error.code)
    return codes


def child(agency, envelope, answers):
    answers.put(attempts(agency, envelope))
    agency.close()


def test_a_forked_process_uses_nothing_and_takes_nothing_away(on_disk):
    context = multiprocessing.get_context("fork")
    sender, receiver = on_disk[CYBER], on_disk[SEARCH]
    first, second = (sender.seal(text, to=SEARCH, type="text/plain") for text in (b"first", b"second"))
    receiver.accept(receiver.open(first), b"")
    answers = context.Queue()
    forked = context.Process(target=child, args=(receiver, second, answers))
    forked.start()
    codes = answers.get()
    forked.join()
    assert codes == ["forked"] * 4 and forked.exitcode == 0

    # What the first process does afterwards is durable.
    receiver.accept(receiver.open(second), b"")
    for envelope in (first, second):
        with pytest.raises(vlec.DuplicateError):
            receiver.open(envelope)


def busy_child(agency, answers):
    for use in (
        lambda: agency.epochs(),
        lambda: agency.maintain(),
        lambda: agency.leave_quarantine(),
        lambda: agency.status(),
        lambda: agency.fingerprint,
        lambda: agency.due(),
        lambda: agency.quarantine,
        lambda: agency.frozen("GE"),
        lambda: agency.rosters.all(),
    ):
        try:
            use()
            answers.put("done")
        except vlec.VlecError as error:
            answers.put(error.code)


def test_a_process_that_is_forked_while_threads_are_busy_waits_for_none_of_them(on_disk):
    context, agency, stop = multiprocessing.get_context("fork"), on_disk[SEARCH], threading.Event()

    def work():
        while not stop.is_set():
            agency.maintain()
            agency.confirm_time()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            answers = context.SimpleQueue()
            forked = context.Process(target=busy_child, args=(agency, answers))
            forked.start()
            forked.join(60)
            assert forked.exitcode == 0
            assert [answers.get() for _ in range(9)] == ["forked"] * 9
    finally:
        stop.set()
        for thread in threads:
            thread.join()
