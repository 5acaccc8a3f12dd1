"""The examples run, and do what they say."""

import os
import runpy
import sys
from pathlib import Path

import pytest
import vlec
from conftest import CYBER, ROOT, SEARCH

EXAMPLES = ROOT / "examples" / "python"


def test_the_tour(capsys):
    runpy.run_path(str(EXAMPLES / "tour.py"), run_name="__main__")
    told = capsys.readouterr().out
    assert "Not one of ours." in told and "duplicate - 'filed under 4/2026'" in told
    assert "revoked - " in told and "b'the end' GE/mia/cyber 5242887" in told


def test_the_first_day(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["first_day.py", str(tmp_path / "new")])
    runpy.run_path(str(EXAMPLES / "first_day.py"), run_name="__main__")
    told = capsys.readouterr().out
    assert "the van was seen\n" in told and "from GE/mia/cyber about CH-2026-17" in told
    made = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"ge.anchor", "ua.proposal", "ge-ua.note", "md.bundle", "cyber.request", "to-ge"} <= made
    with vlec.Centre.open(tmp_path / "new" / "ge", key=(tmp_path / "new" / "keys" / "ge.key").read_bytes()) as centre:
        assert centre.genesis.keys.threshold == 2 and len(centre.genesis.keys.roots) == 3
        assert centre.genesis.encode() == (tmp_path / "new" / "ge.anchor").read_bytes()


def test_chimera(tmp_path, monkeypatch, capsys):
    tmp_path = tmp_path / "new"
    monkeypatch.setattr(sys, "argv", ["chimera.py", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "chimera.py"), run_name="__main__")
    import chimera

    report = (tmp_path / "reports" / "report.md").read_text()
    assert report in capsys.readouterr().out
    for field in chimera.FIELDS:
        total = sum(chimera.invented(c, m)[field] for c in chimera.CODES for m in chimera.MONTHS)
        assert any(line.startswith(f"| {field} ") and line.endswith(f" {total} |") for line in report.splitlines())
    assert (tmp_path / "reports" / "report.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "inbox" / "UA-report.md").read_text() == report
    assert len(list((tmp_path / "mail").iterdir())) == 8


def test_chimera_runs_twice_in_one_folder(tmp_path):
    import chimera

    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "mine.txt").write_bytes(b"of somebody else")
    assert chimera.run(tmp_path).read_text() == chimera.run(tmp_path).read_text()
    assert (tmp_path / "mail" / "mine.txt").exists() and len(list((tmp_path / "mail").iterdir())) == 9


def test_chimera_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SystemExit, match="pip install matplotlib"):
        runpy.run_path(str(EXAMPLES / "chimera.py"), run_name="__main__")


def test_a_form_speaks_for_its_own_country_and_a_bad_one_is_left_out(countries, tmp_path, capsys, monkeypatch):
    import chimera

    monkeypatch.setattr(chimera, "AGENCIES", {"GE": CYBER})
    sealed = countries[CYBER].seal(b"country,month,field,number\nUA,2026-09,cases opened,1\n", to=SEARCH)
    (tmp_path / "x.csv.vlec").write_bytes(sealed)
    (tmp_path / "y.csv.vlec").write_bytes(
        countries[CYBER].seal(b"country,month,field,number\nGE,2026-09,cases opened,4\n", to=SEARCH)
    )
    again = b"country,month,field,number\nGE,2026-09,suspects detained,9\n"
    (tmp_path / "ya.csv.vlec").write_bytes(countries[CYBER].seal(again, to=SEARCH))
    (tmp_path / "z.csv.vlec").write_bytes(countries[CYBER].seal(b"\xff\0no form", to=SEARCH))
    (tmp_path / "w.csv.vlec").write_bytes(b"no envelope")
    totals = chimera.gather(countries[SEARCH], tmp_path, tmp_path)
    assert {field: dict(numbers) for field, numbers in totals.items() if numbers} == {
        "cases opened": {("GE", "2026-09"): 4}
    }
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4 and any("has sent a form of 'UA'" in line for line in told)
    assert any("has sent [('GE', '2026-09')] before" in line for line in told)


def test_the_watched_folder(countries, tmp_path):
    from watched_folder import WatchedFolder

    folders = [tmp_path / name for name in ("cyber", "search")]
    for folder in folders:
        folder.mkdir()
    here = WatchedFolder(countries[CYBER], folders[0], [SEARCH])
    there = WatchedFolder(countries[SEARCH], folders[1], [CYBER])
    (folders[0] / "outbox" / "report.pdf").write_bytes(b"a report")
    assert here.turn() == 1 and here.turn() == 0
    assert (folders[0] / "sent" / "report.pdf").exists()
    (envelope,) = (folders[0] / "mail").iterdir()
    arrived = folders[1] / "arrived"
    (arrived / "1.vlec").write_bytes(envelope.read_bytes())
    (arrived / "2.vlec").write_bytes(envelope.read_bytes())
    (arrived / "3.vlec").write_bytes(envelope.read_bytes()[:-1])
    (arrived / "4.vlec").write_bytes(countries[SEARCH].seal(b"for another", to=CYBER))
    assert there.turn() == 4
    (opened,) = (folders[1] / "inbox").iterdir()
    assert opened.name.endswith("-report.pdf") and opened.read_bytes() == b"a report"
    assert {path.name for path in (folders[1] / "done").iterdir()} == {"1.vlec", "2.vlec"}
    assert (folders[1] / "rejected" / "3.vlec.txt").read_text().startswith("truncated: ")
    assert (folders[1] / "rejected" / "4.vlec.txt").read_text().startswith("not-a-recipient: ")


def test_what_comes_before_its_roster_is_held_and_opened_later(fresh, tmp_path):
    from watched_folder import WatchedFolder

    georgia, cyber, search = fresh.centres["GE"], fresh[CYBER], fresh[SEARCH]
    cyber.revoke_epoch(3, reason=vlec.RevocationReason.CEASED)
    for event in cyber.announcements():
        georgia.admit(event)
    fresh.publish_one("GE")
    bundle = georgia.export_roster("GE")
    cyber.import_roster(bundle)
    folder = WatchedFolder(search, tmp_path, [])
    (tmp_path / "arrived" / "1.vlec").write_bytes(cyber.seal(b"early", to=SEARCH))
    folder.turn()
    assert (tmp_path / "held" / "1.vlec").exists() and list((tmp_path / "inbox").iterdir()) == []
    search.import_roster(bundle)
    folder.turn()
    (opened,) = (tmp_path / "inbox").iterdir()
    assert opened.read_bytes() == b"early" and (tmp_path / "done" / "1.vlec").exists()


def watched(agency, folder):
    from watched_folder import WatchedFolder

    folder.mkdir()
    return WatchedFolder(agency, folder, [SEARCH])


def contents(folder):
    return sorted(path.read_bytes() for path in folder.iterdir())


def test_the_watched_folder_imports_bundles_and_announces(fresh, tmp_path, capsys):
    georgia, cyber, here = fresh.centres["GE"], fresh[CYBER], watched(fresh[CYBER], tmp_path / "here")
    rosters, to_centre = tmp_path / "here" / "rosters", tmp_path / "here" / "to-centre"
    cyber.rotate_identity()
    here.turn()
    (event,) = (path for path in to_centre.iterdir() if path.name.endswith("-identity.event"))
    assert event.name.startswith("GE-mia-cyber-0") and list(to_centre.glob(".*")) == []
    assert capsys.readouterr().err.count("DueKind.ANNOUNCE") == 1
    for path in sorted(to_centre.iterdir()):
        georgia.admit(path.read_bytes())
        path.unlink()
    fresh.publish_one("GE")
    (rosters / "ge.bundle").write_bytes(georgia.export_roster("GE"))
    (rosters / "none.bundle").write_bytes(b"no bundle")
    here.turn()
    assert cyber.rosters.country("GE").size == georgia.rosters.country("GE").size
    assert list(rosters.iterdir()) == []
    assert "malformed: " in (tmp_path / "here" / "rejected" / "none.bundle.txt").read_text()


def test_the_watched_folder_writes_an_event_once(fresh, tmp_path):
    cyber, here = fresh[CYBER], watched(fresh[CYBER], tmp_path / "here")
    cyber.rotate_identity()
    here.announce()
    (written,) = (tmp_path / "here" / "to-centre").iterdir()
    written.unlink()
    here.announce()
    assert list((tmp_path / "here" / "to-centre").iterdir()) == []


def test_the_watched_folder_says_what_is_left_once(countries, tmp_path, capsys):
    here = watched(countries[CYBER], tmp_path / "here")
    for due in ((), ("something",), ("something",), (), ("something",)):
        here.tell(due)
    assert capsys.readouterr().err == "due: something\n" * 2


def test_the_watched_folder_explains_itself_without_arguments(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["watched_folder.py"])
    with pytest.raises(SystemExit, match="python watched_folder.py HOME FOLDER RECIPIENT"):
        runpy.run_path(str(EXAMPLES / "watched_folder.py"), run_name="__main__")


def test_ctrl_c_ends_the_watched_folder_quietly(on_disk, tmp_path, monkeypatch):
    home = tmp_path / "homes" / CYBER.replace("/", "-")
    Path(f"{home}.key").write_bytes(on_disk.keys[CYBER])
    on_disk[CYBER].close()
    monkeypatch.setattr(sys, "argv", ["watched_folder.py", str(home), str(tmp_path), SEARCH])

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    runpy.run_path(str(EXAMPLES / "watched_folder.py"), run_name="__main__")
    assert (tmp_path / "to-centre").is_dir()


def test_the_watched_folder_takes_the_longest_name_and_goes_on_after_a_failure(countries, tmp_path):
    cyber, there = countries[CYBER], watched(countries[SEARCH], tmp_path / "there")
    arrived = tmp_path / "there" / "arrived"
    for number, name in enumerate(("n" * 255, "ж" * 127, "x." + "e" * 253)):
        envelope = cyber.seal(b"%d" % number, to=SEARCH, labels={"file_name": name})
        (arrived / f"{number}{'v' * 254}").write_bytes(envelope)
    (arrived / "0000").symlink_to(tmp_path / "there" / "arrived" / f"0{'v' * 254}")
    there.turn()
    assert contents(tmp_path / "there" / "inbox") == [b"0", b"1", b"2"]
    assert all(len(path.name.encode()) <= 255 for path in (tmp_path / "there" / "inbox").iterdir())


def test_the_watched_folder_replaces_nothing(countries, tmp_path):
    cyber = countries[CYBER]
    here = watched(cyber, tmp_path / "here")
    for content in (b"first", b"second"):
        (tmp_path / "here" / "outbox" / "d.txt").write_bytes(content)
        here.turn()
    assert contents(tmp_path / "here" / "sent") == [b"first", b"second"]
    assert {path.name for path in (tmp_path / "here" / "sent").iterdir()} == {"d.txt", "d-1.txt"}
    assert len(contents(tmp_path / "here" / "mail")) == 2
    there = watched(countries[SEARCH], tmp_path / "there")
    for folder, content in (("held", b"old"), ("arrived", b"new")):
        (tmp_path / "there" / folder / "x").write_bytes(cyber.seal(content, to=SEARCH))
    there.turn()
    assert contents(tmp_path / "there" / "inbox") == [b"new", b"old"]
    assert len(contents(tmp_path / "there" / "done")) == 2


def test_an_agency_without_an_identity_opens_what_arrives_and_seals_later(fresh, tmp_path, capsys):
    cyber, search = fresh[CYBER], fresh[SEARCH]
    here = watched(cyber, tmp_path / "here")
    (tmp_path / "here" / "arrived" / "x").write_bytes(search.seal(b"for you", to=CYBER))
    (tmp_path / "here" / "outbox" / "d.txt").write_bytes(b"later")
    cyber.revoke_identity(cyber.rosters.current_identity(CYBER), reason=vlec.RevocationReason.KEY_LOSS)
    for _ in range(2):
        here.turn()
    assert contents(tmp_path / "here" / "inbox") == [b"for you"]
    assert contents(tmp_path / "here" / "sealing") == [b"later"] and contents(tmp_path / "here" / "mail") == []
    assert capsys.readouterr().err.count("'d.txt' waits: ") == 1, "said once"


def test_the_watched_folder_writes_through_no_link(countries, tmp_path):
    victim, folder = tmp_path / "victim", tmp_path / "folder"
    victim.write_bytes(b"mine")
    folder.mkdir()
    from watched_folder import write_whole

    (folder / ".x.event.tmp").symlink_to(victim)
    write_whole(folder / "x.event", b"event")
    assert victim.read_bytes() == b"mine" and (folder / "x.event").read_bytes() == b"event"
    assert not (folder / "x.event").is_symlink()


def test_the_watched_folder_follows_no_link_and_replaces_no_evidence(countries, tmp_path):
    there = watched(countries[SEARCH], tmp_path / "there")
    arrived, victim = tmp_path / "there" / "arrived", tmp_path / "victim"
    victim.write_bytes(b"mine")
    (arrived / "y.txt").symlink_to(victim)
    (arrived / "y").write_bytes(b"no envelope")
    for name in (b"x.txt", b"x", b"bad\xff"):
        (arrived / os.fsdecode(name)).write_bytes(b"junk " + name)
        there.turn()
    assert victim.read_bytes() == b"mine" and (arrived / "y.txt").is_symlink()
    kept = contents(tmp_path / "there" / "rejected")
    assert {b"no envelope", b"junk x.txt", b"junk x", b"junk bad\xff"} <= set(kept)
    assert len([note for note in kept if note.startswith(b"malformed: ")]) == 4


def test_mail_that_is_replayed_or_exchanged_takes_no_document_away(countries, tmp_path):
    cyber, search = countries[CYBER], countries[SEARCH]
    there = watched(search, tmp_path / "there")
    first, second = (cyber.seal(text, to=SEARCH, labels={"file_name": "a.txt"}) for text in (b"first", b"second"))
    arrived, inbox = tmp_path / "there" / "arrived" / "x", tmp_path / "there" / "inbox"
    for _ in range(2):
        arrived.write_bytes(first)
        there.turn()
        assert contents(inbox) == [b"first"]

    class Exchanges:
        def __getattr__(self, name):
            return getattr(search, name)

        def open_file(self, source, target, **options):
            source.write_bytes(second)
            return search.open_file(source, target, **options)

    there.agency = Exchanges()
    arrived.write_bytes(first)
    there.turn()
    assert contents(inbox) == [b"first", b"second"]
