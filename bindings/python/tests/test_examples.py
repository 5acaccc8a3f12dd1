"""The examples run, and do what they say."""

import runpy
import sys

import vlec
from conftest import CYBER, ROOT, SEARCH

EXAMPLES = ROOT / "examples" / "python"


def test_the_tour(capsys):
    runpy.run_path(str(EXAMPLES / "tour.py"), run_name="__main__")
    told = capsys.readouterr().out
    assert "Not one of ours." in told and "duplicate - 'filed under 4/2026'" in told
    assert "revoked - " in told and "b'the end' GE/mia/cyber 5242887" in told


def test_chimera(tmp_path, monkeypatch, capsys):
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


def test_a_form_speaks_for_its_own_country_and_a_bad_one_is_left_out(countries, tmp_path, capsys):
    import chimera

    sealed = countries[CYBER].seal(b"country,month,field,number\nUA,2026-09,cases opened,1\n", to=SEARCH)
    (tmp_path / "x.csv.vlec").write_bytes(sealed)
    (tmp_path / "y.csv.vlec").write_bytes(
        countries[CYBER].seal(b"country,month,field,number\nGE,2026-09,cases opened,4\n", to=SEARCH)
    )
    (tmp_path / "z.csv.vlec").write_bytes(countries[CYBER].seal(b"\xff\0no form", to=SEARCH))
    (tmp_path / "w.csv.vlec").write_bytes(b"no envelope")
    totals = chimera.gather(countries[SEARCH], tmp_path, tmp_path)
    assert {field: dict(numbers) for field, numbers in totals.items() if numbers} == {
        "cases opened": {("GE", "2026-09"): 4}
    }
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3 and any("has sent a form of 'UA'" in line for line in told)


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


def test_an_envelope_that_is_exchanged_while_it_is_opened_is_not_accepted(countries, tmp_path):
    cyber, search = countries[CYBER], countries[SEARCH]
    there = watched(search, tmp_path / "there")
    other = cyber.seal(b"another", to=SEARCH)
    (tmp_path / "there" / "arrived" / "x").write_bytes(cyber.seal(b"inspected", to=SEARCH))

    class Exchanges:
        def __getattr__(self, name):
            return getattr(search, name)

        def inspect(self, path):
            seen = search.inspect(path)
            path.write_bytes(other)
            return seen

    there.agency = Exchanges()
    there.turn()
    assert contents(tmp_path / "there" / "inbox") == [] == contents(tmp_path / "there" / "done")
    assert search.open(other).arrival is vlec.Arrival.AGAIN
