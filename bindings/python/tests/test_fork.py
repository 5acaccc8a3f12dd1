"""A process that was forked from one with an open vault has no vault."""

import multiprocessing

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
