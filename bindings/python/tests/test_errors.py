"""Families of exceptions, their codes and causes, and that they may be logged and sent on."""

import copy
import inspect
import pickle
import re
import traceback

import pytest
import vlec
from conftest import CYBER, ROOT, SEARCH, raises

FAMILIES = {
    vlec.MalformedError: ValueError,
    vlec.StateError: RuntimeError,
    vlec.InternalError: RuntimeError,
    vlec.FileError: OSError,
    vlec.FileMissingError: FileNotFoundError,
    vlec.FileTakenError: FileExistsError,
    vlec.FileAccessError: PermissionError,
    vlec.RosterStaleError: vlec.RejectedError,
    vlec.DuplicateError: vlec.RejectedError,
    vlec.ForkError: vlec.RejectedError,
    vlec.RejectedError: Exception,
    vlec.OpenFailed: Exception,
    vlec.VaultError: Exception,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_exceptions_inherit_twice_and_have_a_code(family):
    assert issubclass(family, vlec.VlecError) and issubclass(family, FAMILIES[family])
    error = family("what happened: what to do", code="a-code")
    assert (str(error), error.code) == ("what happened: what to do", "a-code")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(twin), str(twin), twin.code) == (family, str(error), "a-code")


def test_attributes_of_families_survive_a_process_boundary(search, mail):
    sealed = mail()
    search.accept(search.open(sealed), b"filed")
    with pytest.raises(vlec.DuplicateError) as caught:
        search.open(sealed)
    assert pickle.loads(pickle.dumps(caught.value)).outcome == b"filed"
    with pytest.raises(vlec.FileError) as caught:
        search.open_reader("missing")
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (twin.errno, twin.filename) == (2, "missing")
    assert pickle.loads(pickle.dumps(vlec.ForkError("x", code="y", proof=None))).proof is None


def test_a_cause_says_what_an_error_came_from(search, tmp_path):
    with pytest.raises(vlec.FileError) as caught:
        search.open_file(tmp_path / "missing", tmp_path / "out")
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    with pytest.raises(vlec.RosterStaleError) as caught:
        search.seal(b"", to="FR/police")
    assert caught.value.__cause__ is None, "nothing lies deeper"


def test_texts_are_the_cores(search):
    with pytest.raises(vlec.VlecError, match="^no roster of FR is known: "):
        search.seal(b"", to="FR/x")
    with pytest.raises(vlec.VlecError, match="^MD/x is not in the roster that is held: "):
        search.seal(b"", to="MD/x")


def test_a_file_that_may_not_be_read(search, tmp_path):
    import os

    if os.geteuid() == 0:
        # Root may read everything: a folder in a path is no folder for anybody.
        with pytest.raises(vlec.FileError) as caught:
            search.open_reader(__file__ + "/x")
        assert caught.value.errno == 20
        return
    path = tmp_path / "secret"
    path.write_bytes(b"")
    path.chmod(0)
    with pytest.raises(PermissionError) as caught:
        search.open_reader(path)
    assert isinstance(caught.value, vlec.FileAccessError)


def test_enumerations_are_real_ones(search, mail):
    import enum

    arrival = search.open(mail()).arrival
    assert isinstance(arrival, enum.Enum) and arrival is vlec.Arrival("first") is vlec.Arrival.FIRST
    assert SEARCH


def test_errors_are_named_as_a_program_names_them():
    for name in vlec.__all__:
        if name.endswith("Error") or name == "OpenFailed":
            assert getattr(vlec, name).__module__ == "vlec"
    with pytest.raises(vlec.MalformedError) as caught:
        vlec.TrustAnchor("none")
    shown = traceback.format_exception_only(caught.value)[0]
    assert shown.startswith("vlec.MalformedError: ")


def codes_of_the_core():
    """Of every error's `fn code`; why a vault is quarantined is no error's."""
    for file in (ROOT / "core" / "src").rglob("*.rs"):
        if "tests" not in file.parts:
            text = file.read_text().split("mod tests {")[0]
            for body in re.findall(r"pub fn code\(&self\) -> &'static str \{(.*?)\n    \}", text, re.S):
                yield from re.findall(r'=> "([a-z-]+)"', body)


def codes_of_the_specification():
    for table in re.findall(r"\| Code \|.*?\n\n", (ROOT / "SPEC.md").read_text(), re.S):
        for row in table.strip().splitlines()[2:]:
            yield from re.findall(r"[a-z][a-z-]+", row.split("|")[1])


def documented_codes():
    """The codes of each class, as `help(vlec.VlecError)` lists them."""
    text = inspect.cleandoc(vlec.VlecError.__doc__)
    for names, table in re.findall(r"^\*\*(\w+)\*\*.*?```\n(.*?)```", text, re.S | re.M):
        for line in table.splitlines():
            yield from ((names, code) for code in re.findall(r"[a-z]+(?:-[a-z]+)*", line.split("  ")[0]))


def test_help_of_the_base_lists_every_code():
    documented = {code for _, code in documented_codes()}
    binding = (ROOT / "bindings/python/src/fault.rs").read_text()
    own = set(re.findall(r'raise\(py, "\w+", "([a-z-]+)"', binding))
    assert own == {"malformed", "closed", "busy", "internal"}
    assert documented == set(codes_of_the_core()) | own
    assert set(codes_of_the_specification()) <= documented


def test_help_of_the_base_lists_a_code_under_the_class_that_is_raised(fresh):
    documented = list(documented_codes())
    assert {code for code in {code for _, code in documented} if sum(code == other for _, other in documented) > 1} == {
        "crypto", "path"
    }  # fmt: skip
    assert {(class_name, code) for code, class_name in BY_ROSTERS.items()} <= set(documented)


# What a newer roster can mend is held; what it cannot is rejected.
BY_ROSTERS = {
    "no-roster": "RosterStaleError",
    "roster-stale": "RosterStaleError",
    "roster-from-future": "RosterStaleError",
    "roster-behind": "RosterStaleError",
    "roster-conflict": "RosterStaleError",
    "not-enrolled": "RosterStaleError",
    "unknown-key": "RosterStaleError",
    "no-epoch": "RosterStaleError",
    "withdrawn": "RejectedError",
    "revoked": "RejectedError",
    "named-twice": "RejectedError",
    "recipient-count": "RejectedError",
}


def test_every_code_of_the_rosters_is_of_the_family_that_says_what_to_do():
    core = (ROOT / "core/src/keys/directory.rs").read_text()
    codes = dict(re.findall(r'Self::(\w+)(?:\([^)]*\)| \{[^}]*\})? => "([a-z-]+)"', core))
    binding = (ROOT / "bindings/python/src/fault.rs").read_text()
    (arms,) = re.findall(r"fn directory_class\(.*?\{(.*?)\n\}", binding, re.S)
    stale = set(re.findall(r"DirectoryError::(\w+)", arms.split("=>")[0]))
    families = {code: "RosterStaleError" if name in stale else "RejectedError" for name, code in codes.items()}
    assert families == BY_ROSTERS


def test_who_is_not_in_the_roster_yet_is_held(search):
    with raises(vlec.RosterStaleError, "not-enrolled"):
        search.seal(b"", to="MD/x")


def test_mail_of_a_new_sender_or_a_new_key_is_held_until_its_roster_is_here(fresh):
    cyber, search, georgia = fresh[CYBER], fresh[SEARCH], fresh.centres["GE"]
    del fresh.agencies[SEARCH]
    fresh._enrol("AZ/new")
    cyber.rotate_identity()
    for event in cyber.announcements():
        georgia.admit(event)
    fresh.publish()
    fresh.upkeep()
    early = [fresh[sender].seal(b"early", to=SEARCH) for sender in ("AZ/new", CYBER)]
    for envelope, code in zip(early, ("not-enrolled", "unknown-key"), strict=True):
        with pytest.raises(vlec.RosterStaleError) as caught:
            search.open(envelope)
        assert caught.value.code in (code, "roster-behind")
    search.import_roster(*(centre.export_roster(code) for code, centre in fresh.centres.items()))
    assert [search.open(envelope).content for envelope in early] == [b"early", b"early"]
