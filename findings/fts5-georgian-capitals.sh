#!/bin/sh
# SQLite's FTS5 folds case by tables of Unicode 6.1: a Georgian word in capitals (Mtavruli, Unicode 11, what upper() of
# Python, Go, Java and JavaScript gives) is a word of its own there, and neither finds the one in small letters nor is
# found by it. Latin and Cyrillic are folded. Azerbaijani falls apart the same way: BAKI does not find Bakı (I is i),
# though İ finds i. Fold the text with a newer Unicode before it is indexed and before it is asked for.
# apsw 3.54.1.0 (SQLite 3.54.1), seen on 2026-12-01 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check apsw==3.54.1.0
"$folder/venv/bin/python" - <<'PROGRAM'
import apsw

database = apsw.Connection(":memory:")
database.execute("create virtual table place using fts5(name)")
print("SQLite", apsw.sqlite_lib_version())


def found(stored: str, asked: str) -> bool:
    database.execute("delete from place")
    database.execute("insert into place values (?)", (stored,))
    return bool(database.execute("select 1 from place where place match ?", (f'"{asked}"',)).fetchall())


for stored, asked, expected in [
    ("თბილისი", "თბილისი", True),
    ("თბილისი", "თბილისი".upper(), False),
    ("თბილისი".upper(), "თბილისი".upper(), True),
    ("თბილისი".upper(), "თბილისი", False),
    ("Київ", "Київ".upper(), True),
    ("Gəncə", "GƏNCƏ", True),
    ("Bakı", "BAKI", False),
    ("İsmayıllı", "ismayıllı", True),
]:
    outcome = found(stored, asked)
    print(f"{stored} is stored, {asked} asked for: {'found' if outcome else 'not found'}")
    assert outcome == expected
PROGRAM
