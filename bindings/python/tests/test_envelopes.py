"""Sealing, opening, accepting and reading again, in memory."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import pytest
import vlec
from conftest import BORDER, CYBER, SEARCH, raises


def test_what_was_sealed_is_opened_with_everything_that_was_said(cyber, search):
    before = datetime.now(UTC).replace(microsecond=0)
    sealed = cyber.seal(
        b"whose car is this?",
        to=[SEARCH, BORDER],
        type="text/plain",
        labels={"case": "CH-2026-17", "urgency": vlec.Urgency.URGENT, "deadline": before + timedelta(days=1)},
        extensions={7: b"room", 3: bytearray(b"too")},
    )
    assert type(sealed) is bytes
    opened = search.open(sealed)
    assert type(opened.content) is bytes and opened.content == b"whose car is this?"
    assert (opened.sender, opened.recipients, opened.content_type) == (CYBER, (SEARCH, BORDER), "text/plain")
    assert before <= opened.sealed_at <= datetime.now(UTC) and opened.sealed_at.tzinfo is UTC
    assert (opened.labels.case, opened.labels.urgency) == ("CH-2026-17", vlec.Urgency.URGENT)
    assert opened.labels.deadline == before + timedelta(days=1)
    assert opened.extensions == {3: b"too", 7: b"room"}
    assert (opened.size, opened.arrival) == (18, vlec.Arrival.FIRST)
    assert opened.id == vlec.EnvelopeHeader.read(sealed).id
    assert opened.opened_with.agency == SEARCH and opened.opened_with in opened.sealed_to
    assert [head.origin[:9] for head in opened.heads] == ["vlec/1/AZ", "vlec/1/GE", "vlec/1/MD", "vlec/1/UA"]
    assert len(opened.digest) == 64 and opened.sequence >= 1 and opened.encode() == opened.signed.manifest
    assert opened.sender_key == search.rosters.current_identity(CYBER)


def test_all_labels_come_back(cyber, search, mail):
    first = vlec.EnvelopeHeader.read(mail()).id
    labels = vlec.Labels(
        case="a", operation="Chimera", in_reply_to=first, handling="eyes only", file_name="b.pdf", replaces=first
    )
    got = search.open(cyber.seal(b"", to=SEARCH, labels=labels)).labels
    assert got == labels and got != vlec.Labels()
    assert (got.operation, got.in_reply_to, got.handling) == ("Chimera", first, "eyes only")
    assert (got.file_name, got.replaces, got.deadline) == ("b.pdf", first, None)
    assert repr(vlec.Labels(case="a", file_name="b")) == "Labels(case, file_name)"


def test_padding_hides_the_length_unless_it_is_switched_off(cyber):
    def size(length, padding):
        return len(cyber.seal(bytes(length), to=SEARCH, padding=padding))

    assert size(1, None) == size(1000, vlec.Padding.PADME)
    assert size(1000, vlec.Padding.NONE) - size(1, vlec.Padding.NONE) == 999


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        ({"to": "MD/Igp"}, vlec.MalformedError, "malformed"),
        ({"to": []}, vlec.RejectedError, "recipient-count"),
        ({"to": [SEARCH, SEARCH]}, vlec.RejectedError, "named-twice"),
        ({"to": "MD/igp/nobody"}, vlec.RejectedError, "not-enrolled"),
        ({"to": "FR/police"}, vlec.RosterStaleError, "no-roster"),
        ({"to": SEARCH, "type": "text"}, vlec.MalformedError, "draft"),
        ({"to": SEARCH, "labels": {"case": ""}}, vlec.MalformedError, "draft"),
        ({"to": SEARCH, "labels": {"file_name": "../x"}}, vlec.MalformedError, "draft"),
        ({"to": SEARCH, "labels": {"replaces": "12"}}, vlec.MalformedError, "malformed"),
        ({"to": SEARCH, "extensions": {1: bytes(4097)}}, vlec.MalformedError, "draft"),
    ],
)
def test_what_is_not_sealed(cyber, arguments, kind, code):
    with raises(kind, code):
        cyber.seal(b"", **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": [b"MD/igp/search"]},
        {"to": SEARCH, "labels": {"colour": "red"}},
        {"to": SEARCH, "labels": {"urgency": "urgent"}},
        {"to": SEARCH, "padding": 1},
        {"to": SEARCH, "labels": 3},
        {},
    ],
)
def test_arguments_of_the_wrong_type(cyber, arguments):
    with pytest.raises(TypeError):
        cyber.seal(b"", **arguments)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        vlec.Labels(deadline=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="1970"):
        vlec.Labels(deadline=datetime(1969, 1, 1, tzinfo=UTC))


def test_options_are_named(cyber):
    with pytest.raises(TypeError):
        cyber.seal(b"", SEARCH)


def test_accepted_once_and_read_again(search, mail):
    sealed = mail(b"one")
    with raises(vlec.StateError, "not-accepted"):
        search.reopen(sealed)
    opened = search.open(sealed)
    assert search.open(sealed).arrival is vlec.Arrival.AGAIN
    search.accept(opened, b"filed under 17")
    with raises(vlec.DuplicateError, "duplicate") as caught:
        search.open(sealed)
    assert caught.value.outcome == b"filed under 17"
    with raises(vlec.DuplicateError, "duplicate"):
        search.accept(opened, b"again")
    again = search.reopen(sealed)
    assert (again.content, again.sender) == (b"one", CYBER) and type(again) is vlec.Reopened


def test_many_are_accepted_at_once(search, mail):
    first, second = (search.open(mail(content)) for content in (b"1", b"2"))
    search.accept(first)
    errors = search.accept_all([(first, b"x"), (second, bytearray(b"y"))])
    assert isinstance(errors[0], vlec.DuplicateError) and errors[0].outcome == b"" and errors[1] is None
    with raises(vlec.MalformedError, "outcome-too-long"):
        search.accept(first, bytes(1025))
    with pytest.raises(TypeError):
        search.accept(object())


def test_what_has_not_arrived_is_not_accepted(cyber, search, mail):
    with raises(vlec.StateError, "not-pending"):
        cyber.accept(search.open(mail()))


def test_inspecting_delivers_nothing(search, mail):
    sealed = mail(b"look")
    seen = search.inspect(sealed)
    assert type(seen) is vlec.VerifiedManifest and seen.size == 4 and not hasattr(seen, "content")
    assert search.open(sealed).arrival is vlec.Arrival.FIRST
    with raises(vlec.OpenFailed, "open-failed"):
        search.inspect(sealed[:2000] + bytes([sealed[2000] ^ 1]) + sealed[2001:])


def test_what_is_not_opened(cyber, search, mail):
    sealed = mail()
    for damaged, kind, code in [
        (b"", vlec.MalformedError, "truncated"),
        (sealed[:-1], vlec.MalformedError, "truncated"),
        (sealed + b"\0", vlec.MalformedError, "trailing"),
        (b"X" + sealed[1:], vlec.MalformedError, "malformed"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), vlec.OpenFailed, "damaged"),
        (sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:], vlec.OpenFailed, "open-failed"),
    ]:
        with raises(kind, code):
            search.open(damaged)
    with raises(vlec.RejectedError, "not-a-recipient"):
        cyber.open(sealed)


def test_a_signed_manifest_convinces_a_third_party(cyber, search, mail):
    signed = search.open(mail()).signed
    assert search.conflicts(CYBER, search.open(mail()).id) == []
    with raises(vlec.MalformedError, "malformed"):
        search.conflicts(CYBER, "12")
    key = search.rosters.agency(CYBER).identities[0].key
    copy = vlec.SignedManifest(signed.manifest, signed.signature)
    assert copy == signed and copy.verify(key).sender == CYBER
    with raises(vlec.RejectedError, "other-sender"):
        signed.verify(search.rosters.agency(SEARCH).identities[0].key)
    with raises(vlec.OpenFailed, "open-failed"):
        vlec.SignedManifest(signed.manifest, bytes(3373)).verify(key)
    with raises(vlec.MalformedError, "malformed"):
        vlec.SignedManifest(signed.manifest, b"short")
    assert vlec.IdentityKey.decode(CYBER, key.encode()) == key and key.fingerprint == cyber.fingerprint
    with raises(vlec.MalformedError, "crypto"):
        vlec.IdentityKey.decode(CYBER, key.encode()[:-1])


def test_the_header_shows_what_everybody_may_see(mail):
    sealed = mail()
    header = vlec.EnvelopeHeader.read(sealed)
    assert (header.version, header.suite, header.recipients) == (1, 1, 1)
    assert 1176 < header.front_size < len(sealed)


def test_asyncio(cyber, search):
    async def both():
        sealed = await asyncio.to_thread(cyber.seal, b"later", to=SEARCH)
        return await asyncio.to_thread(search.open, sealed)

    assert asyncio.run(both()).content == b"later"


def test_what_was_opened_and_not_accepted_is_accepted_later(cyber, search, mail):
    envelope = mail(b"pending")
    with raises(vlec.StateError, "not-pending"):
        search.pending(envelope)
    search.open(envelope)
    search.accept(search.pending(io.BytesIO(envelope)), b"later")
    with raises(vlec.DuplicateError, "duplicate"):
        search.pending(envelope)
    with search.reopen_stream(io.BytesIO(envelope)) as again:
        assert again.read() == b"pending" and again.sender == cyber.id
    with raises(vlec.StateError, "not-accepted"):
        search.reopen_stream(io.BytesIO(mail(b"new")))
    cyber.examine()
    assert cyber.rows_compared is not None, "the maintenance has done it"
