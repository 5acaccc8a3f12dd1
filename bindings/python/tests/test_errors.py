"""Families of exceptions, their codes and causes, and that they may be logged and sent on."""

import copy
import pickle

import pytest
import vlec
from conftest import SEARCH

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
    with pytest.raises(vlec.VlecError, match="^FR/x is not enrolled$|^no roster of FR is known: "):
        search.seal(b"", to="FR/x")
    with pytest.raises(vlec.VlecError, match="^MD/x is not enrolled$"):
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
