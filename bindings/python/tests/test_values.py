"""Values are compared, hashed and shown by their attributes."""

from datetime import UTC, datetime, timedelta

import vlec
from conftest import CYBER, SEARCH


def test_values_with_equal_attributes_have_equal_hashes(fresh):
    search = fresh[SEARCH]
    views = lambda: (  # noqa: E731
        vlec.Labels(case="x", deadline=datetime(2026, 1, 1, tzinfo=UTC)),
        vlec.RotationPolicy(epoch=timedelta(hours=3)),
        search.epochs()[0],
        search.epochs()[0].window,
        search.rosters.country("GE"),
        search.rosters.agency(CYBER).identities[0],
        search.rosters.agency(CYBER).identities[0].key,
        search.rosters.country("GE").authority,
        search.import_roster(fresh.centres["GE"].export_roster("GE"))[0],
        search.rosters.policy("GE"),
        search.proof(fresh.centres["GE"].genesis),
        vlec.SignedManifest(b"manifest", bytes(3373)),
        # A second that goes by makes others due.
        *(due for due in search.due() if due.kind is vlec.DueKind.ANNOUNCE),
    )
    search.rotate_identity()
    for one, other in zip(views(), views(), strict=True):
        assert one == other and hash(one) == hash(other) and len({one, other}) == 1
    assert hash(vlec.Labels(case="x")) != hash(vlec.Labels(case="y"))


def test_what_is_due_shows_only_what_it_has(fresh):
    fresh[SEARCH].rotate_identity()
    (due,) = (due for due in fresh[SEARCH].due() if due.kind is vlec.DueKind.ANNOUNCE)
    assert repr(due) == f"Due(kind=<DueKind.ANNOUNCE: 'announce'>, count={due.count})"


def test_every_value_that_is_compared_has_a_hash():
    for name in vlec.__all__:
        cls = getattr(vlec, name)
        if isinstance(cls, type) and not issubclass(cls, dict) and cls.__eq__ is not object.__eq__:
            assert cls.__hash__, name
