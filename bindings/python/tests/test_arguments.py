"""What a wrong argument is told, and that events, notes and proposals may be files."""

import inspect
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import vlec
from conftest import CYBER, SEARCH, raises

KEY = bytes(32)
CONTENT = "content must be bytes-like, not "
ENVELOPE = "envelope must be bytes-like, not "
PLACE = r"a path \(str or os.PathLike\) or a binary file object is expected, not "
WRONG = {
    "content as text": (lambda a: a.seal("text", to=SEARCH), CONTENT + "str: encode it first; .* use seal_file"),
    "content as a path": (lambda a: a.seal(Path("x"), to=SEARCH), CONTENT + "PosixPath: .* use seal_file"),
    "content of another kind": (lambda a: a.seal(7, to=SEARCH), CONTENT + "int"),
    "envelope as a name": (lambda a: a.open("x.vlec"), ENVELOPE + "str: .* for a path use open_file"),
    "envelope as a path": (lambda a: a.open(Path("x.vlec")), ENVELOPE + "PosixPath: .* use open_file"),
    "accepted envelope as a path": (lambda a: a.reopen(Path("x.vlec")), ENVELOPE + "PosixPath: .* use reopen_file"),
    "outcome as text": (lambda a: a.accept_all([(None, "text")]), "a bytes-like object is expected, not str: encode"),
    "path as bytes": (lambda a: a.seal_file(b"x", "y", to=SEARCH), PLACE + "bytes: for a path use os.fsdecode first"),
    "source of another kind": (lambda a: a.open_stream(7), PLACE + "int"),
    "home as bytes": (lambda a: vlec.Agency.open(b"x", key=KEY), "is expected, not bytes: for a path use os.fsdecode"),
    "folder of another kind": (lambda a: a.maintain(7), r"a path \(str or os.PathLike\) is expected, not int"),
    "bundle of another kind": (lambda a: a.import_roster(7), "a bytes-like object, a path .* is expected, not int"),
    "recipient of another kind": (lambda a: a.seal(b"", to=7), "to: the name of a recipient as str, or an iterable"),
    "recipients of another kind": (lambda a: a.seal(b"", to=[7]), "to: the name of a recipient as str, or an iterable"),
    "labels of another kind": (lambda a: a.seal(b"", to=SEARCH, labels=7), "labels: a vlec.Labels, or a mapping"),
    "type of another kind": (lambda a: a.seal(b"", to=SEARCH, type=b"x"), "a str is expected, not bytes"),
    "name of another kind": (lambda a: a.export_roster(b"GE"), "a str is expected, not bytes"),
    "number of another kind": (lambda a: a.export_roster("GE", after=True), "a number is expected, not True or False"),
    "time as text": (lambda a: vlec.Labels(deadline="now"), "an aware datetime is expected, not str"),
    "key as text": (lambda a: vlec.Agency.create(None, CYBER, key="0" * 32), "key must be bytes-like, of 32 bytes"),
    "event as a name": (lambda a: a.hear("x.event"), r"os.PathLike, as pathlib.Path\(name\), is expected, not str"),
    "member by its value": (
        lambda a: vlec.Labels(urgency="urgent"),
        r"a member of vlec.Urgency \(Urgency.ROUTINE, .*Urgency.EMERGENCY\) is expected, not str",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_argument_of_a_wrong_type_is_told_what_to_do(cyber, wrong):
    call, text = WRONG[wrong]
    with pytest.raises(TypeError, match=text):
        call(cyber)


def test_a_wrong_argument_is_named():
    with pytest.raises(TypeError) as caught:
        vlec.Labels(urgency="urgent")
    assert "'urgency'" in caught.value.__notes__[0]


def test_a_root_key_is_given_in_a_list(fresh):
    for wrong, text in ((fresh.roots["GE"], "an iterable of RootKeys"), (["x"], "a RootKey is expected, not str")):
        with pytest.raises(TypeError, match=text):
            fresh.centres["GE"].withdraw(CYBER, roots=wrong)


@pytest.mark.parametrize("wrong", [datetime(2026, 1, 1), datetime(1969, 1, 1, tzinfo=UTC)], ids=["naive", "early"])
def test_a_time_that_is_none_is_malformed(wrong):
    with raises(vlec.MalformedError, "malformed") as caught:
        vlec.Labels(deadline=wrong)
    assert isinstance(caught.value, ValueError)
    assert wrong.tzinfo or "use an aware datetime, as datetime.now(UTC)" in str(caught.value)


def test_f9_a_bundle_that_fails_is_named_and_keeps_no_other_one_out(fresh, tmp_path):
    search = fresh[SEARCH]
    bundles = {code: centre.export_roster(code) for code, centre in fresh.centres.items()}
    (tmp_path / "ua.bundle").write_bytes(bundles["UA"][:-1])
    with vlec.Agency.create(None, "GE/new", key=KEY) as new:
        for one in fresh.centres.values():
            new.pin(one.genesis, one.anchor)
        with pytest.raises(vlec.MalformedError) as caught:
            new.import_roster(bundles["GE"], tmp_path / "ua.bundle", bundles["AZ"])
        assert caught.value.__notes__ == [f"bundle 2 of 3 ({tmp_path / 'ua.bundle'}) was not taken"]
        assert {code for code in bundles if new.rosters.country(code)} == {"GE", "AZ"}
        # Several are a group, and `except*` takes both.
        told = []
        for wrong in ((tmp_path / "ua.bundle", bundles["MD"], b"nothing", tmp_path / "missing"), (b"nothing",)):
            try:
                new.import_roster(*wrong)
            except* vlec.VlecError as failed:
                told.append([(error.code, *error.__notes__) for error in failed.exceptions])
        assert told == [
            [
                ("event-malformed", f"bundle 1 of 4 ({tmp_path / 'ua.bundle'}) was not taken"),
                ("event-malformed", "bundle 3 of 4 was not taken"),
                ("io", f"bundle 4 of 4 ({tmp_path / 'missing'}) was not taken"),
            ],
            [("event-malformed", "bundle 1 of 1 was not taken")],
        ]
        assert new.rosters.country("MD")
    centre = fresh.centres["MD"]
    with pytest.raises(ExceptionGroup, match="2 of 3 bundles were not taken, all others were") as group:
        centre.import_roster(b"nothing", bundles["GE"], tmp_path / "missing")
    assert [type(error) for error in group.value.exceptions] == [vlec.MalformedError, vlec.FileMissingError]
    with pytest.raises(TypeError) as wrong:
        search.import_roster(7)
    assert wrong.value.__notes__ == ["bundle 1 of 1 was not taken"]


def test_f9_ctrl_c_ends_an_import(fresh):
    class Pressed:
        def read(self, size):
            raise KeyboardInterrupt

    bundle = fresh.centres["GE"].export_roster("GE")
    with vlec.Agency.create(None, "GE/new", key=KEY) as new:
        new.pin(fresh.centres["GE"].genesis, fresh.centres["GE"].anchor)
        with pytest.raises(KeyboardInterrupt):
            new.import_roster(Pressed(), bundle)
        assert new.rosters.country("GE") is None


def test_f9_an_older_bundle_of_the_same_roster_is_no_failure(fresh):
    search, georgia = fresh[SEARCH], fresh.centres["GE"]
    older = georgia.export_roster("GE")
    georgia.withdraw(CYBER, roots=[fresh.roots["GE"]])
    fresh.publish()
    for party in (search, fresh.centres["UA"]):
        held, again = party.import_roster(georgia.export_roster("GE"), older)
        assert (held.older, again.older, again.new) == (False, True, 0)
        assert (again.country, again.size, again.as_of) == ("GE", held.size, held.as_of)


class Named(os.PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


def file(tmp_path, content):
    """A path, of another kind each time."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Named(path) if len(path.name) % 2 else path


def test_events_are_taken_from_files(fresh, tmp_path):
    georgia, genesis = fresh.centres["GE"], fresh.centres["GE"].genesis
    with vlec.Agency.create(None, "GE/new", key=KEY) as agency:
        agency.pin(file(tmp_path, genesis.encode()), genesis.anchor)
        agency.repin(file(tmp_path, genesis.encode()), genesis.anchor)
        request = agency.enrol_request(names={"en": "new"})
    event = georgia.enrol(file(tmp_path, request.encode()), roots=[fresh.roots["GE"]])
    assert not georgia.admit(file(tmp_path, event.encode())).published
    fresh.publish()
    proofs = [party.proof(file(tmp_path, event.encode())) for party in (georgia, fresh[CYBER])]
    assert proofs[0].index == proofs[1].index
    revocation = fresh[CYBER].revoke_epoch(3, reason=vlec.RevocationReason.CEASED)
    fresh[SEARCH].hear(file(tmp_path, revocation.encode()))
    fresh.centres["UA"].hear(file(tmp_path, revocation.encode()))
    fresh[CYBER].revoke_identity(
        georgia.rosters.current_identity(CYBER), reason=vlec.RevocationReason.KEY_LOSS
    )
    recovered = georgia.recover(file(tmp_path, fresh[CYBER].recovery_request().encode()), roots=[fresh.roots["GE"]])
    assert recovered.is_recovery


def test_proposals_and_notes_are_taken_from_files(fresh, tmp_path):
    georgia, moldova = fresh.centres["GE"], fresh.centres["MD"]
    georgia.withdraw(CYBER, roots=[fresh.roots["GE"]])
    proposal = file(tmp_path, georgia.publish())
    notes = [fresh.centres[code].cosign(proposal).encode() for code in ("UA", "MD")]
    assert georgia.collect(file(tmp_path, notes[0])).published is None
    assert georgia.collect(notes[1]).published is not None, "a str is the note's text"
    moldova.import_roster(georgia.export_roster("GE"))
    assert moldova.relearn(file(tmp_path, georgia.rosters.country("GE").checkpoint.encode())).done


def test_a_file_that_is_missing_is_a_file_error(fresh, tmp_path):
    georgia = fresh.centres["GE"]
    for call in (georgia.admit, georgia.cosign, georgia.collect):
        with pytest.raises(FileNotFoundError) as caught:
            call(tmp_path / "missing")
        assert caught.value.filename == str(tmp_path / "missing")


def test_a_name_in_the_place_of_a_note_is_told_of_paths(fresh):
    for call in (fresh.centres["GE"].collect, fresh.centres["GE"].relearn):
        with raises(vlec.MalformedError, "checkpoint-malformed") as caught:
            call("ge.note")
        assert str(caught.value).endswith(": a str is the note's text; for a file pass pathlib.Path(name)")
    with raises(vlec.MalformedError, "checkpoint-malformed") as caught:
        fresh.centres["GE"].collect("a note of\nseveral lines\n")
    assert "pathlib" not in str(caught.value)


def test_defaults_can_be_seen_in_signatures():
    for call, shown in (
        (vlec.Agency.seal, "type='application/octet-stream'"),
        (vlec.Agency.seal_file, "type='application/octet-stream'"),
        (vlec.Agency.export_roster, "after=0"),
        (vlec.Centre.export_roster_to, "after=0"),
    ):
        assert shown in str(inspect.signature(call))
    for cls in (vlec.Agency, vlec.Centre, vlec.RootFile, vlec.RotationPolicy, vlec.Labels, vlec.Policy):
        for name in dir(cls):
            assert "..." not in (getattr(getattr(cls, name), "__text_signature__", None) or ""), name


def test_agencies_and_centres_have_all_that_a_party_has():
    for name in [name for name in vars(vlec.Party) if not name.startswith("_")]:
        assert hasattr(vlec.Agency, name) and hasattr(vlec.Centre, name), name
    both = {name for name in dir(vlec.Agency) if hasattr(vlec.Centre, name) and not name.startswith("_")}
    assert both - set(vars(vlec.Party)) == {"open", "pending"}, "of one name, and different"


MISSPELT = """
import vlec

def seal(agency: vlec.Agency, labels: vlec.LabelsDict) -> bytes:
    agency.seal(b"", to="GE/a", labels={"case": "x", "urgency": vlec.Urgency.URGENT})
    agency.seal(b"", to="GE/a", labels={"cas": "x"})
    return agency.seal(b"", to="GE/a", labels=labels)

def both(party: vlec.Party) -> None:
    with party as same:
        same.pin(b"", "x")

def serve(agency: vlec.Agency, centre: vlec.Centre, path: vlec.StrPath, progress: vlec.Progress) -> None:
    both(agency)
    both(centre)
    agency.reopen_file(path, path, progress=progress)

def unlock(passphrase: vlec.Passphrase) -> vlec.Agency:
    return vlec.Agency.open("home", passphrase=passphrase)
"""


def test_a_misspelt_label_is_found_by_the_type_checker(tmp_path):
    (tmp_path / "misspelt.py").write_text(MISSPELT)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "misspelt.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line.split(":")[1] for line in errors] == ["6"] and "LabelsDict" in errors[0], done.stdout


def test_what_is_no_file_or_has_no_end_is_no_event_and_no_note(countries, tmp_path):
    georgia = countries.centres["GE"]
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "long").open("wb") as f:
        f.truncate(1 << 40)
    for call in (georgia.admit, georgia.collect, countries[CYBER].hear):
        for wrong in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
            with raises(vlec.FileError, "path"):
                call(wrong)
        with pytest.raises(vlec.MalformedError):
            call(tmp_path / "long")
