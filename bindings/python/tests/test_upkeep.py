"""Rotation, identities, recovery, and the vault itself."""

import os
import shutil
from datetime import timedelta

import pytest
import vlec
from conftest import CYBER, SEARCH, raises

REASON = vlec.RevocationReason.KEY_LOSS


def test_maintenance_prepares_what_is_missing_and_removes_what_crashes_left(fresh, tmp_path):
    orphan = tmp_path / ".vlec-abc.tmp"
    orphan.write_bytes(b"")
    cyber = fresh[CYBER]
    policy = vlec.RotationPolicy(epoch=timedelta(hours=1), open_for=timedelta(hours=2), announce_ahead=3)
    cyber.set_rotation_policy(policy)
    assert cyber.rotation_policy == policy != vlec.RotationPolicy()
    assert repr(policy).startswith("RotationPolicy(epoch=datetime.timedelta(")
    due = {due.kind: due for due in cyber.due(tmp_path)}
    assert due[vlec.DueKind.ORPHAN].path == orphan
    assert due[vlec.DueKind.ORPHAN].behind is None
    done = cyber.maintain(tmp_path)
    # As soon as a second has gone by, one more epoch is prepared.
    assert vlec.DueKind.ORPHAN in [one.kind for one in done.done] and not orphan.exists()
    assert {one.kind for one in done.left} <= {vlec.DueKind.ANNOUNCE}
    states = [epoch.state for epoch in cyber.epochs()]
    assert states[:3] == [vlec.EpochState.CURRENT, vlec.EpochState.ANNOUNCED, vlec.EpochState.ANNOUNCED]
    with raises(vlec.StateError, "state"):
        cyber.set_rotation_policy(vlec.RotationPolicy(epoch=timedelta(minutes=1)))
    with pytest.raises(FileNotFoundError):
        cyber.maintain(tmp_path / "missing")


def test_an_agency_that_is_nowhere_is_told_to_enrol():
    with vlec.Agency.create(None, "GE/new", key=bytes(32)) as agency:
        assert agency.announcements() == [] and agency.epochs() == []
        with raises(vlec.RejectedError, "not-pinned"):
            agency.recovery_request()
        with raises(vlec.StateError, "no-identity"):
            agency.rotate_identity()
        with raises(vlec.RejectedError, "not-pinned"):
            agency.enrol_request(names={"en": "x"})


def test_an_identity_is_rotated_in_peace(fresh):
    cyber, before = fresh[CYBER], fresh[CYBER].fingerprint
    following = cyber.rotate_identity()
    assert cyber.rotate_identity() == following
    (event,) = cyber.announcements()
    assert event.kind is vlec.EventKind.IDENTITY and event.identity.id == following and not event.is_recovery
    fresh.upkeep()
    assert cyber.rosters.current_identity(CYBER) == following and cyber.fingerprint != before
    assert fresh[SEARCH].open(cyber.seal(b"new", to=SEARCH)).sender_key == following


def test_an_epoch_is_revoked_and_replaced(fresh):
    cyber = fresh[CYBER]
    event = cyber.revoke_epoch(1, reason=REASON)
    assert event.revocation.reason is REASON and event.revocation.by is vlec.RevokedBy.OWNER
    assert cyber.maintain().done[0].kind is vlec.DueKind.PREPARE
    # The revocation first. One in its place; and one more, if a second has gone by since the others were prepared.
    prepared = [epoch for epoch in cyber.epochs() if epoch.state is vlec.EpochState.PREPARED]
    announced = cyber.announcements()
    assert prepared[0].number == 4 and announced[0] == event
    assert [one.epoch for one in announced[1:]] == [epoch.number for epoch in prepared]
    assert [one.window for one in announced[1:]] == [epoch.window for epoch in prepared]
    with raises(vlec.StateError, "state"):
        cyber.revoke_epoch(99, reason=REASON)
    with pytest.raises(TypeError):
        cyber.revoke_epoch(2, reason="key-loss")


def test_clocks_and_passphrases_that_are_in_order_say_so(countries, cyber):
    for party in (cyber, countries.centres["GE"]):
        assert party.clock_behind is None and party.passphrase_is_normal


def test_a_lost_agency_is_recovered_by_the_roots(fresh):
    cyber, georgia = fresh[CYBER], fresh.centres["GE"]
    cyber.revoke_identity(cyber.rosters.current_identity(CYBER), reason=REASON)
    with raises(vlec.StateError, "no-identity"):
        cyber.revoke_identity("0" * 64, reason=REASON)
    with pytest.raises(vlec.VlecError):
        cyber.seal(b"", to=SEARCH)
    request = cyber.recovery_request()
    assert request.is_recovery and vlec.DueKind.RECOVER in {due.kind for due in cyber.due()}
    event = georgia.recover(request, roots=[fresh.roots["GE"]])
    assert event.identity == request.identity
    fresh.publish()
    identity = cyber.rosters.agency(CYBER).identities[-1]
    assert identity.takes_effect - identity.announced == timedelta(days=3) and identity.vouched_by is None
    (waits,) = (due for due in cyber.due() if due.kind is vlec.DueKind.RECOVERING)
    assert waits.until == identity.takes_effect == cyber.rosters.agency(CYBER).recovering_until
    with raises(vlec.StateError, "no-identity"):
        cyber.seal(b"", to=SEARCH)


def test_a_vault_is_opened_with_what_it_was_made_with(tmp_path):
    home, asked = tmp_path / "home", []

    def ask():
        asked.append(1)
        return "corréct horse"

    with vlec.Agency.create(home, CYBER, passphrase=ask) as agency:
        assert agency.id == CYBER and not agency.closed and asked == [1]
        for call in (lambda: vlec.Agency.open(home, passphrase="x"), lambda: vlec.vault_owner(home)):
            with raises(vlec.VaultError, "in-use"):
                call()
    assert agency.closed and repr(agency) == f"Agency({CYBER}, closed)"
    assert vlec.vault_owner(home) == CYBER
    vlec.examine_vault(home)
    with raises(vlec.VaultError, "wrong-passphrase"):
        vlec.Agency.open(home, passphrase="wrong")
    with raises(vlec.VaultError, "other-unlock"):
        vlec.Agency.open(home, key=bytes(32))
    with raises(vlec.VaultError, "vault-exists"):
        vlec.Agency.create(home, CYBER, key=bytes(32))
    with raises(vlec.VaultError, "empty-passphrase"):
        vlec.Agency.create(tmp_path / "other", CYBER, passphrase="")
    for text in ("words\n", "\ufeffwords", "wo\0rds"):
        with raises(vlec.VaultError, "passphrase-form"):
            vlec.Agency.create(tmp_path / "other", CYBER, passphrase=text)
    with raises(vlec.StateError, "state"):
        vlec.Centre.open(home, passphrase=ask)
    with vlec.Agency.open(str(home), passphrase="corréct horse") as agency:
        agency.change_unlock(key=bytes(32))
    with vlec.Agency.open(home, key=bytearray(32)) as agency:
        assert agency.quarantine is None
        with raises(vlec.StateError, "state"):
            agency.leave_quarantine()
    for look in (vlec.vault_owner, vlec.examine_vault):
        with raises(vlec.VaultError, "no-vault"):
            look(tmp_path)
    with open(home / "vault.sqlite", "r+b") as database:
        database.seek(4096)
        database.write(bytes(4096))
    with raises(vlec.VaultError, "store-damaged"):
        vlec.examine_vault(home)
    with raises(vlec.VaultError, "no-vault"):
        vlec.Agency.open(tmp_path / "missing", key=bytes(32))


@pytest.mark.parametrize(
    "unlock",
    [{}, {"passphrase": "a", "key": bytes(32)}, {"passphrase": b"bytes"}, {"passphrase": lambda: None}, {"key": 1}],
)
def test_exactly_one_unlock_of_the_right_type(unlock, fresh):
    with pytest.raises(TypeError):
        vlec.Agency.create(None, CYBER, **unlock)
    with pytest.raises(TypeError):
        fresh[CYBER].change_unlock(**unlock)
    with pytest.raises(TypeError):
        fresh.centres["GE"].change_unlock(**unlock)


def test_what_asking_for_a_passphrase_raises_comes_out_as_it_is(tmp_path):
    def ask():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vlec.Agency.create(tmp_path / "home", CYBER, passphrase=ask)
    assert not (tmp_path / "home").exists()


def test_a_name_that_is_none():
    with raises(vlec.MalformedError, "malformed"):
        vlec.Agency.create(None, "ge/x", key=bytes(32))


def test_a_centre_changes_its_unlock(on_disk, tmp_path):
    georgia = on_disk.centres["GE"]
    georgia.change_unlock(key=b"n" * 32)
    georgia.close()
    home = tmp_path / "homes" / "GE"
    with raises(vlec.VaultError, "wrong-passphrase"):
        vlec.Centre.open(home, key=bytes(32))
    vlec.Centre.open(home, key=b"n" * 32).close()
    with raises(vlec.StateError, "closed"):
        georgia.publish()


def test_a_restored_vault_is_quarantined_until_its_owner_decides(tmp_path):
    home, anchor, key = tmp_path / "home", tmp_path / "anchor", os.urandom(32)
    vlec.Agency.create(home, CYBER, key=key, anchor=anchor).close()
    assert vlec.vault_owner(home, anchor=anchor) == CYBER
    backup = shutil.copytree(home, tmp_path / "backup")
    with vlec.Agency.open(home, key=key, anchor=anchor) as agency:
        agency.set_rotation_policy(vlec.RotationPolicy(announce_ahead=3))
    with vlec.Agency.open(backup, key=key, anchor=anchor) as agency:
        assert agency.quarantine is vlec.QuarantineReason.STORE_OLDER
        (due,) = agency.due()
        assert (due.kind, due.reason) == (vlec.DueKind.QUARANTINE, vlec.QuarantineReason.STORE_OLDER)
        with raises(vlec.StateError, "quarantined"):
            agency.announcements()
        agency.leave_quarantine()
        assert agency.quarantine is None


def test_a_closed_agency_says_so():
    agency = vlec.Agency.create(None, CYBER, key=bytes(32))
    agency.close()
    agency.close()
    rosters = agency.rosters
    for call in (
        lambda: agency.seal(b"", to=SEARCH),
        lambda: agency.open(b""),
        lambda: agency.quarantine,
        lambda: agency.maintain(),
        lambda: agency.__enter__(),
        lambda: rosters.all(),
    ):
        with raises(vlec.StateError, "closed"):
            call()
    assert agency.id == CYBER
    with pytest.raises(TypeError):
        vlec.Agency()
    with pytest.raises(TypeError):
        vlec.Agency.create(None, CYBER, key=bytes(32), anchor="x")


def test_a_block_closes_also_when_it_fails():
    with pytest.raises(ZeroDivisionError), vlec.Agency.create(None, CYBER, key=bytes(32)) as agency:
        1 / 0  # noqa: B018
    assert agency.closed


def test_a_backup_is_restored_without_its_journal_and_leaves_the_quarantine(on_disk, tmp_path):
    cyber, search, key = on_disk[CYBER], on_disk[SEARCH], on_disk.keys[SEARCH]
    copy = tmp_path / "search.sqlite"
    accepted = cyber.seal(b"before", to=SEARCH, type="text/plain")
    search.accept(search.open(accepted), b"kept")
    search.backup(copy)
    with raises(vlec.FileTakenError, "exists"):
        search.backup(copy)
    later = cyber.seal(b"after", to=SEARCH, type="text/plain")
    search.accept(search.open(later), b"lost")
    assert search.rows_compared is not None and search.quarantine is None
    home = tmp_path / "restored"
    home.mkdir(mode=0o700)
    shutil.copytree(on_disk.place(SEARCH) / "anchor", home / "anchor")
    shutil.copy(copy, home / "vault.sqlite")
    with vlec.Agency.open(home, key=key) as restored:
        assert restored.quarantine is vlec.QuarantineReason.STORE_OLDER
        with raises(vlec.StateError, "quarantined"):
            restored.open(later)
        restored.leave_quarantine()
        assert restored.quarantine is None
    (home / "vault.sqlite").unlink()
    with raises(vlec.VaultError, "vault-lost"):
        vlec.Agency.open(home, key=key)


def test_a_centre_compares_its_rows_and_is_backed_up(on_disk, tmp_path):
    centre = on_disk.centres["GE"]
    centre.compare_rows()
    assert centre.rows_compared is not None
    centre.backup(tmp_path / "ge.sqlite")
    assert (tmp_path / "ge.sqlite").stat().st_mode & 0o777 == 0o600


def test_b6_a_passphrase_is_one_however_its_letters_are_typed(tmp_path):
    with vlec.Agency.create(tmp_path / "home", "GE/new", passphrase="ge\u0301nie") as agency:
        assert agency.passphrase_is_normal and agency.clock_behind is None
    with vlec.Agency.open(tmp_path / "home", passphrase="g\u00e9nie") as agency:
        assert agency.passphrase_is_normal


def test_b8_labels_are_made_in_one_form_and_shown_safely():
    assert vlec.shown("A\u200b-1 e\u0301") == "A\\u{200b}-1 \u00e9"
    with vlec.Agency.create(None, "GE/new", key=bytes(32)) as agency:
        with raises(vlec.MalformedError, "draft"):
            agency.seal(b"", to="GE/new", labels={"case": "A\u200b-1"})
