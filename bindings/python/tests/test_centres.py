"""Ceremonies, the log, and what witnesses do."""

from datetime import UTC, datetime, timedelta

import pytest
import vlec
from conftest import CYBER, SEARCH, raises


def requesting(countries, name, **more):
    agency = vlec.Agency.create(None, name, key=bytes(32))
    for centre in countries.centres.values():
        agency.pin(centre.genesis, centre.anchor)
    return agency, agency.enrol_request(names={"en": name}, **more)


def test_root_files_hold_what_speaks_for_a_country(tmp_path):
    paths = [tmp_path / f"{number}.root" for number in range(3)]
    files = [vlec.RootFile.create(path, "GE", key=bytes([number] * 32)) for number, path in enumerate(paths)]
    assert files[0].country == "GE" and vlec.RootFile.read(paths[0]).public == files[0].public
    with pytest.raises(FileExistsError):
        vlec.RootFile.create(paths[0], "GE", key=bytes(32))
    with pytest.raises(FileNotFoundError):
        vlec.RootFile.read(tmp_path / "missing")
    (tmp_path / "damaged").write_bytes(b"VLECROOT")
    with raises(vlec.VaultError, "root-file"):
        vlec.RootFile.read(tmp_path / "damaged")
    with raises(vlec.VaultError, "wrong-passphrase"):
        files[1].open(key=bytes(32))
    with raises(vlec.VaultError, "other-unlock"):
        files[1].open(passphrase="x")
    roots = [file.open(key=bytes([number] * 32)) for number, file in enumerate(files)]
    assert roots[1].public == files[1].public and repr(roots[1]) == f"RootKey({files[1].public.fingerprint}…)"
    found = {"roots": roots, "recovery_delay": timedelta(days=3), "key": bytes(32)}
    with vlec.Centre.found(tmp_path / "GE", "GE", threshold=2, **found) as centre:
        assert len(centre.genesis.keys.roots) == 3 and [one.kind.value for one in centre.pending()] == ["genesis"]
        with raises(vlec.VaultError, "in-use"):
            vlec.Centre.open(tmp_path / "GE", key=bytes(32))
    with raises(vlec.VaultError, "vault-exists"):
        vlec.Centre.found(tmp_path / "GE", "GE", threshold=2, **found)
    with pytest.raises(vlec.VlecError):
        vlec.Centre.found(None, "GE", threshold=4, **found)
    with pytest.raises(vlec.VlecError):
        vlec.Centre.found(None, "GE", threshold=2, **{**found, "recovery_delay": timedelta(days=9999)})
    with pytest.raises(TypeError):
        vlec.Centre.found(None, "GE", threshold=2, **found, anchor=tmp_path)
    with vlec.Centre.open(tmp_path / "GE", key=bytes(32)) as centre:
        assert centre.quarantine is None and centre.country == "GE" and not centre.closed
    with roots[0] as root:
        root.public.encode()
    for call in (lambda: roots[0].__enter__(), lambda: vlec.Centre.found(None, "GE", threshold=2, **found)):
        with raises(vlec.StateError, "closed"):
            call()


def test_a_centre_is_founded_beside_other_files_and_again_after_a_ceremony_that_failed(tmp_path):
    (tmp_path / "notes.txt").write_text("of the ceremony")
    with vlec.RootKey.generate("GE") as root:
        found = {"roots": [root], "recovery_delay": timedelta(days=3), "key": bytes(32)}
        with pytest.raises(vlec.MalformedError):
            vlec.Centre.found(tmp_path, "GE", threshold=4, **found)
        vlec.Centre.found(tmp_path, "GE", threshold=1, **found).close()
    assert (tmp_path / "notes.txt").exists()


def test_an_agency_is_enrolled_by_the_roots_and_no_one_else(fresh):
    georgia = fresh.centres["GE"]
    agency, request = requesting(fresh, "GE/mia/new", roles=["contact-24x7", "liaison"])
    with raises(vlec.RejectedError, "event-too-few-roots"):
        georgia.enrol(request, roots=[])
    with vlec.RootKey.generate("GE") as stranger, raises(vlec.RejectedError, "event-signer-not-called-for"):
        georgia.enrol(request, roots=[fresh.roots["GE"], stranger])
    with raises(vlec.RejectedError, "wrong-ceremony"):
        georgia.recover(request, roots=[fresh.roots["GE"]])
    with raises(vlec.RejectedError, "wrong-ceremony"):
        georgia.enrol(georgia.genesis, roots=[fresh.roots["GE"]])
    with pytest.raises(TypeError):
        georgia.enrol(request, roots=["root"])
    event = georgia.enrol(request, roots=iter([fresh.roots["GE"]]))
    assert (event.kind, event.subject) == (vlec.EventKind.ENROL, "GE/mia/new")
    admitted = georgia.admit(event)
    assert not admitted.published and georgia.pending() == [event]
    fresh.publish()
    assert georgia.admit(event).published and georgia.pending() == []
    assert georgia.rosters.agency("GE/mia/new").roles == ("contact-24x7", "liaison")
    with raises(vlec.RejectedError, "event-out-of-scope"):
        fresh.centres["UA"].admit(event)
    agency.close()
    with pytest.raises(vlec.MalformedError):
        requesting(fresh, "GE/mia/other", roles=["Liaison"])


def test_names_and_roles_that_are_not_of_their_form(fresh):
    agency, _ = requesting(fresh, "GE/x")
    for wrong in ({"names": {"EN": "x"}}, {"names": {}}, {"names": {"en": ""}}):
        with raises(vlec.MalformedError, "draft"):
            agency.enrol_request(**wrong)
    with raises(vlec.MalformedError, "draft"):
        agency.enrol_request(names={"en": "x"}, roles=["a", "a"])
    with pytest.raises(TypeError):
        agency.enrol_request(names={"en": "x"}, roles=[1])
    with raises(vlec.StateError, "state"):
        fresh[CYBER].enrol_request(names={"en": "x"})


def test_the_roots_revoke_a_key_and_everybody_may_hear_it(fresh):
    georgia, search = fresh.centres["GE"], fresh[SEARCH]
    sealed = fresh[CYBER].seal(b"stolen", to=SEARCH)
    key_id = georgia.rosters.current_identity(CYBER)
    since = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    event = georgia.revoke(
        CYBER, key_id, reason=vlec.RevocationReason.KEY_COMPROMISE, effective=since, roots=[fresh.roots["GE"]]
    )
    assert event.revocation.key_id == key_id and event.revocation.by is vlec.RevokedBy.ROOTS
    assert (event.revocation.effective, event.revocation.seen) == (since, None)
    search.hear(event)
    fresh.centres["UA"].hear(event.encode())
    assert search.rosters.revocation("GE", key_id).reason is vlec.RevocationReason.KEY_COMPROMISE
    with raises(vlec.RejectedError, "revoked") as caught:
        search.open(sealed)
    assert isinstance(caught.value.__cause__, vlec.RejectedError) and caught.value.__cause__.code == "revoked"
    with raises(vlec.RejectedError, "event-not-a-revocation"):
        search.hear(georgia.genesis)
    with raises(vlec.RejectedError, "event-out-of-scope"):
        georgia.revoke(
            SEARCH, "0" * 64, reason=vlec.RevocationReason.CEASED, effective=since, roots=[fresh.roots["GE"]]
        )
    for wrong in ({"key_id": "0" * 64}, {"effective": since + timedelta(days=2)}):
        given = {"key_id": key_id, "effective": since, **wrong}
        with raises(vlec.StateError, "state"):
            georgia.revoke(CYBER, reason=vlec.RevocationReason.CEASED, roots=[fresh.roots["GE"]], **given)


def test_a_withdrawn_agency_does_not_come_back(fresh):
    event = fresh.centres["GE"].withdraw(CYBER, roots=[fresh.roots["GE"]])
    assert event.kind is vlec.EventKind.WITHDRAW
    assert fresh.centres["GE"].withdraw(CYBER, roots=[fresh.roots["GE"]]) == event
    fresh.publish()
    with raises(vlec.RejectedError, "withdrawn"):
        fresh[SEARCH].seal(b"", to=CYBER)
    assert fresh[SEARCH].rosters.agency(CYBER).withdrawn is not None
    assert vlec.DueKind.WITHDRAWN in {due.kind for due in fresh[CYBER].due()}
    with raises(vlec.RejectedError, "event-not-enrolled"):
        fresh.centres["GE"].withdraw("GE/nobody", roots=[fresh.roots["GE"]])


def test_a_country_changes_the_keys_that_speak_for_it(fresh):
    georgia = fresh.centres["GE"]
    old, new = fresh.roots["GE"], vlec.RootKey.generate("GE")
    with pytest.raises(TypeError):
        georgia.authority(roots=[old, new], new_roots=[old.public])
    event = georgia.authority(
        roots=[old, new], new_roots=[old.public, new.public], threshold=2, renew_log=True, renew_witness=True
    )
    assert event.kind is vlec.EventKind.AUTHORITY and event.keys.threshold == 2
    assert event.keys.log != georgia.genesis.keys.log and event.keys.witness != georgia.genesis.keys.witness
    with raises(vlec.StateError, "state"):
        georgia.authority(roots=[old, new])
    fresh.publish()
    assert georgia.rosters.country("GE").authority == event.keys
    with raises(vlec.RejectedError, "event-too-few-roots"):
        georgia.withdraw(CYBER, roots=[old])
    georgia.withdraw(CYBER, roots=[old, new])


def test_publishing_is_proposing_cosigning_and_collecting(fresh):
    georgia, ukraine, azerbaijan = (fresh.centres[code] for code in ("GE", "UA", "AZ"))
    with raises(vlec.StateError, "own-log"):
        georgia.cosign(georgia.publish())
    with raises(vlec.MalformedError, "event-malformed"):
        ukraine.cosign(b"no proposal")
    _, request = requesting(fresh, "GE/mia/new")
    georgia.enrol(request, roots=[fresh.roots["GE"]])
    proposal = georgia.publish()
    first = georgia.collect(ukraine.cosign(proposal))
    assert first.published is None and first.cosigned == ("UA",) and set(first.missing) == {"AZ", "MD"}
    assert first.not_yet == () and first.now.tzinfo is not None
    second = georgia.collect(azerbaijan.cosign(proposal).encode())
    assert second.published.country == "GE" and second.published.new == 1
    held = georgia.rosters.country("GE").size
    # Moldova did not hear of it.
    assert fresh.centres["MD"].cosign(georgia.publish_for(held - 1)).size == held
    with raises(vlec.RejectedError, "checkpoint-other"):
        georgia.collect(fresh.centres["GE"].witnessed("UA"))


def test_a_restored_centre_relearns_before_it_signs(on_disk, tmp_path):
    import shutil

    countries, home = on_disk, tmp_path / "homes"
    countries.centres["UA"].close()
    shutil.copytree(home / "UA", tmp_path / "backup", ignore=shutil.ignore_patterns("anchor"))
    ukraine = vlec.Centre.open(home / "UA", key=countries.keys["UA"])
    countries.centres["UA"] = ukraine
    countries.upkeep()
    ukraine.close()
    for name in ("vault.sqlite", "vault.sqlite-wal", "vault.sqlite-shm"):
        (home / "UA" / name).unlink(missing_ok=True)
        if (tmp_path / "backup" / name).exists():
            shutil.copy(tmp_path / "backup" / name, home / "UA" / name)
    with vlec.Centre.open(home / "UA", key=countries.keys["UA"]) as ukraine:
        assert ukraine.quarantine is vlec.QuarantineReason.STORE_OLDER
        with raises(vlec.StateError, "quarantined"):
            ukraine.publish()
        ukraine.leave_quarantine()
        assert ukraine.quarantine is None
        with raises(vlec.StateError, "relearn"):
            ukraine.cosign(countries.centres["GE"].publish())
        ukraine.import_roster(*(c.export_roster(n) for n, c in countries.centres.items() if n != "UA"))
        ukraine.import_roster(countries.centres["GE"].export_roster("UA"))
        told = ukraine.relearn(countries.centres["AZ"].witnessed("GE"))
        # It was made before the restore: that says nothing of what was lost.
        assert (told.done, told.needed, told.cosigned, told.not_yet) == (False, 2, (), ())
        assert set(told.missing) == {"AZ", "MD"}
        assert all(at < told.since for _, at in told.too_old) and ("AZ" in dict(told.too_old))
        assert told.now is not None
        with raises(vlec.MalformedError, "checkpoint-malformed"):
            ukraine.relearn("no note")
        assert any(one.relearn for one in ukraine.status())


def test_l6_what_a_restored_log_has_lost_is_brought_back(on_disk, tmp_path):
    import shutil

    countries, home, key = on_disk, tmp_path / "homes" / "GE", on_disk.keys["GE"]
    countries.centres["GE"].close()
    shutil.copytree(home, tmp_path / "backup", ignore=shutil.ignore_patterns("anchor"))
    with vlec.Agency.create(None, "GE/customs", key=bytes(32)) as customs:
        customs.pin(countries.centres["UA"].genesis, countries.centres["UA"].anchor)
        with vlec.Centre.open(home, key=key) as georgia:
            customs.pin(georgia.genesis, georgia.anchor)
            request = customs.enrol_request(names={"en": "Customs (invented)"}, roles=[])
            lost = georgia.enrol(request, roots=[countries.roots["GE"]])
            # One witness alone has seen what the log has signed.
            countries.centres["UA"].cosign(georgia.publish())
    (home / "vault.sqlite-wal").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup" / "vault.sqlite", home / "vault.sqlite")
    countries.centres["GE"] = georgia = vlec.Centre.open(home, key=key)
    georgia.leave_quarantine()
    georgia.relearn(countries.centres["UA"].witnessed("GE"))
    with raises(vlec.StateError, "log-behind"):
        georgia.publish()
    with raises(vlec.StateError, "log-restored"):
        georgia.admit(lost)
    with raises(vlec.StateError, "log-behind"):
        georgia.readmit()
    georgia.readmit(lost)
    assert [event.encode() for event in georgia.pending()] == [lost.encode()]


def test_the_operators_word_on_the_clock(fresh):
    for party in (fresh.centres["GE"], fresh[CYBER]):
        assert party.confirm_time() is None and party.set_clock_back() is None


def test_a_sound_centre_has_no_quarantine_to_leave(fresh):
    with raises(vlec.StateError, "not-quarantined"):
        fresh.centres["GE"].leave_quarantine()
