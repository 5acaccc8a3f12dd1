#!/bin/sh
# Codes that ISO 3166-1 leaves to its users (AA, QM-QZ, XA-XZ, ZZ) are not all free where names come from CLDR: XA is
# "Pseudo-Accents" and XB "Pseudo-Bidi", made for tests of translations and translated themselves, QO is "Outlying
# Oceania" and ZZ "Unknown Region". An exercise that calls its centres XA and XB shows these names to its users. AA, QM,
# QN, QP-QZ, XC-XJ and XL-XZ have no name there, and the program can give its own.
# Babel 2.19.0, seen on 2026-12-01 with Python 3.11; Intl.DisplayNames of Node 20 names XA, XB, QO and ZZ alike.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Babel==2.19.0
"$folder/venv/bin/python" - <<'PROGRAM'
from string import ascii_uppercase as letters

from babel import Locale

codes = ["AA", *("Q" + letter for letter in letters[12:]), *("X" + letter for letter in letters), "ZZ"]
english = Locale("en").territories
named = {code: english[code] for code in codes if code in english}
print("Babel 2.19.0, codes for users with a name:", named)
assert named == {
    "QO": "Outlying Oceania",
    "XA": "Pseudo-Accents",
    "XB": "Pseudo-Bidi",
    "XK": "Kosovo",
    "ZZ": "Unknown Region",
}, named
for language, name in [("ka", "ფსევდო-აქცენტები"), ("uk", "Псевдоакценти"), ("az", "Psevdo-Aksent")]:
    print(f"Babel 2.19.0, {language}, XA:", Locale(language).territories["XA"])
    assert Locale(language).territories["XA"] == name
PROGRAM
