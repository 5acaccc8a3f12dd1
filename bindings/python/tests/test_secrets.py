"""No secret is shown, copied or pickled: canaries are looked for wherever Python can look."""

import copy
import gc
import io
import logging
import pickle
import traceback

import pytest
import vlec
from conftest import CYBER, SEARCH

KEY = b"canary-key-canary-key-canary-key"
PASSPHRASE = "canary passphrase"
CONTENT = b"canary content, canary content"


@pytest.fixture(scope="module")
def things(countries, tmp_path_factory):
    """One of everything that the package makes, and what went into it."""
    home = tmp_path_factory.mktemp("secrets")
    agency = vlec.Agency.create(home / "agency", "GE/canary", key=KEY)
    file = vlec.RootFile.create(home / "root", "GE", key=KEY)
    root = file.open(key=KEY)
    centre = vlec.Centre.found(
        None, "GE", roots=[root], threshold=1, recovery_delay=__import__("datetime").timedelta(days=1), key=KEY
    )
    cyber, search = countries[CYBER], countries[SEARCH]
    sealed = cyber.seal(CONTENT, to=SEARCH)
    opened = search.open(sealed)
    search.accept(opened, b"canary outcome")
    reader = search.open_reader(io.BytesIO(cyber.seal(CONTENT, to=SEARCH)))
    genesis = centre.genesis
    return [
        agency, file, root, centre, opened, search.reopen(sealed), search.inspect(sealed), reader, reader.raw,
        reader.raw._reading, reader.delivery, opened.signed, opened.labels, opened.opened_with, opened.heads[0],
        vlec.EnvelopeHeader.read(sealed), genesis, genesis.anchor, genesis.keys, genesis.keys.roots[0],
        genesis.keys.log, genesis.keys.witness, search.rosters, search.rosters.country("GE"),
        search.rosters.agency(CYBER), search.rosters.agency(CYBER).identities[0],
        search.rosters.agency(CYBER).identities[0].key, search.rosters.agency(CYBER).epochs[0],
        search.rosters.agency(CYBER).epochs[0].window, search.rosters.policy("GE"), search.status()[0],
        search.epochs()[0], search.rotation_policy, search.maintain(), centre.pending()[0],
        centre.admit(genesis), countries.centres["UA"].witnessed("GE"), search.proof(countries.centres["GE"].genesis),
    ]  # fmt: skip


def canaries(text: str) -> bool:
    return "canary-key" in text or "canary passphrase" in text or "canary content" in text or "canary outcome" in text


def test_nothing_shows_a_secret(things):
    for thing in things:
        for text in (repr(thing), str(thing), f"{thing}", ascii(thing)):
            assert not canaries(text), type(thing)
        assert not hasattr(thing, "__dict__") or not canaries(repr(vars(thing)))


def test_nothing_is_copied_or_pickled(things):
    for thing in things:
        for act in (copy.copy, copy.deepcopy, *(lambda t, p=p: pickle.dumps(t, p) for p in range(6))):
            with pytest.raises(TypeError):
                act(thing)


def test_handles_and_keys_have_no_attribute_that_gives_a_secret(things):
    for thing in things:
        if isinstance(thing, vlec.Agency | vlec.Centre | vlec.RootKey | vlec.RootFile):
            for name in dir(thing):
                value = getattr(thing, name)
                assert not isinstance(value, bytes) or KEY not in value
            with pytest.raises(AttributeError):
                thing.secret = 1


def test_nothing_can_be_changed(things):
    for thing in things:
        if type(thing).__module__ == "vlec" and not isinstance(thing, io.IOBase):
            for name in [name for name in dir(thing) if not name.startswith("_")][:5]:
                with pytest.raises(AttributeError):
                    setattr(thing, name, None)


def failures(tmp_path):
    """Calls that fail with a secret in their hands."""
    vlec.Agency.create(tmp_path / "home", "GE/x", passphrase=PASSPHRASE).close()
    yield lambda: vlec.Agency.open(tmp_path / "home", passphrase=PASSPHRASE + " and more")
    yield lambda: vlec.Agency.open(tmp_path / "home", key=KEY)
    yield lambda: vlec.Agency.create(tmp_path / "home", "GE/x", key=KEY)
    yield lambda: vlec.Agency.create(None, "ge", key=KEY)
    yield lambda: vlec.Agency.create(None, "GE/x", key=KEY + b"x")
    yield lambda: vlec.Agency.create(None, "GE/x", key=KEY, passphrase=PASSPHRASE)
    yield lambda: vlec.RootFile.create(tmp_path / "home", "GE", passphrase=PASSPHRASE)
    with vlec.Agency.create(None, "GE/y", key=KEY) as agency:
        yield lambda: agency.seal(CONTENT, to="GE/y")
        yield lambda: agency.seal(CONTENT, to=7)
        yield lambda: agency.open(CONTENT)
        yield lambda: agency.change_unlock(passphrase=PASSPHRASE.encode())


def test_exceptions_and_logs_hold_no_secret(tmp_path, caplog):
    count = 0
    for call in failures(tmp_path):
        with pytest.raises(Exception) as caught:
            call()
        error = caught.value
        text = "".join(traceback.format_exception_only(error)) + repr(error) + repr(error.args)
        while error is not None:
            text += repr(vars(error))
            error = error.__cause__ or error.__context__
        logging.getLogger("test").error("failed", exc_info=None)
        assert not canaries(text)
        count += 1
    assert count == 11 and not canaries(caplog.text)


def test_what_a_call_was_given_is_let_go(cyber):
    content = bytearray(CONTENT)
    cyber.seal(content, to=SEARCH)
    assert gc.get_referrers(content) == [] or all(
        isinstance(owner, dict) or type(owner).__name__ in ("frame", "list") for owner in gc.get_referrers(content)
    )


HALF = "canary passphrase \udcff"


def unencodable(tmp_path):
    """Calls with a text that is no Unicode, which Python's own exception would hold."""
    vlec.Agency.create(tmp_path / "home", "GE/x", passphrase=PASSPHRASE).close()
    vlec.RootFile.create(tmp_path / "root", "GE", key=KEY)
    yield lambda: vlec.Agency.open(tmp_path / "home", passphrase=HALF)
    yield lambda: vlec.Agency.open(tmp_path / "home", passphrase=lambda: HALF)
    yield lambda: vlec.Agency.create(None, "GE/x", passphrase=HALF)
    yield lambda: vlec.Agency.create(None, HALF, key=KEY)
    yield lambda: vlec.Centre.open(tmp_path / "home", passphrase=HALF)
    yield lambda: vlec.RootFile.read(tmp_path / "root").open(passphrase=HALF)
    yield lambda: vlec.TrustAnchor(HALF)
    yield lambda: vlec.Policy.parse(HALF)
    yield lambda: vlec.SignedCheckpoint.decode(HALF)
    for label in ("case", "operation", "in_reply_to", "handling", "file_name", "replaces"):
        yield lambda label=label: vlec.Labels(**{label: HALF})
    with vlec.Agency.create(None, "GE/y", passphrase=PASSPHRASE) as agency:
        yield lambda: agency.change_unlock(passphrase=HALF)
        yield lambda: agency.seal(b"", to=HALF)
        yield lambda: agency.seal(b"", to=[HALF])
        yield lambda: agency.seal(b"", to="GE/y", type=HALF)
        yield lambda: agency.enrol_request(names={"en": "x"}, roles=[HALF])
        yield lambda: agency.enrol_request(names={"en": HALF}, roles=[])


def test_a_text_that_cannot_be_encoded_is_malformed_and_not_shown(tmp_path):
    for call in unencodable(tmp_path):
        with pytest.raises(vlec.MalformedError) as caught:
            call()
        error = caught.value
        assert error.code == "malformed" and error.__cause__ is None and error.__context__ is None
        assert not canaries(repr(error) + repr(vars(error)))


def test_no_frame_of_the_package_holds_what_opens_a_vault(tmp_path):
    vlec.Agency.create(tmp_path / "home", "GE/x", passphrase=PASSPHRASE).close()
    for secret in ({"passphrase": PASSPHRASE + " and more"}, {"key": KEY}):
        with pytest.raises(vlec.VaultError) as caught:
            vlec.Agency.open(tmp_path / "home", **secret)
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        frames = [frame for frame in shown.stack if frame.filename != __file__]
        assert not any(canaries(repr(frame.locals)) for frame in frames)
        assert not any("vlec" in frame.filename.split("/")[-2:-1] for frame in frames), "no frame at all"
