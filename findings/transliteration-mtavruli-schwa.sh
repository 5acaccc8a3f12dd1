#!/bin/sh
# Unidecode (Python) and transliteration (JavaScript), which names are often made searchable with, lose Georgian in
# capitals: Mtavruli (U+1C90-1CBF), what upper() gives for a Georgian word since Unicode 11, becomes the empty text, and
# with no error. Two names in capitals are thus one key. Azerbaijani ə becomes an at sign: "M@mm@dov". anyascii has
# both. Whoever compares names of persons by such a key makes the letters small first, and never behind it.
# Unidecode 1.4.0, anyascii 0.3.3, transliteration 2.6.1, seen on 2026-12-01 with Python 3.11 and Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Unidecode==1.4.0 anyascii==0.3.3
"$folder/venv/bin/python" - <<'PROGRAM'
from anyascii import anyascii
from unidecode import unidecode

for text, first, second in [
    ("თბილისი", "t`bilisi", "tbilisi"),
    ("თბილისი".upper(), "", "TBILISI"),
    ("ბათუმი".upper(), "", "BATUMI"),
    ("Məmmədov", "M@mm@dov", "Memmedov"),
]:
    print(f"{text}: Unidecode 1.4.0: {unidecode(text)!r}; anyascii 0.3.3: {anyascii(text)!r}")
    assert (unidecode(text), anyascii(text)) == (first, second)
PROGRAM
cd "$folder"
npm install --silent --no-audit --no-fund --no-save transliteration@2.6.1
cat > main.mjs <<'PROGRAM'
import assert from 'node:assert'
import { transliterate } from 'transliteration'

for (const [text, expected] of [
  ['თბილისი', 't`bilisi'],
  ['თბილისი'.toUpperCase(), ''],
  ['Məmmədov', 'M@mm@dov'],
]) {
  console.log(`${text}: transliteration 2.6.1: '${transliterate(text)}'`)
  assert.equal(transliterate(text), expected)
}
PROGRAM
node main.mjs
