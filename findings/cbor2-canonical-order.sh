#!/bin/sh
# cbor2 for Python: `canonical=True` sorts the keys of a map by their length first, as RFC 7049 §3.9 did. The
# deterministic encoding of RFC 8949 §4.2.1 sorts them byte by byte: 100 (18 64) stands before -1 (20) there, and
# behind it here. Maps whose keys are unsigned integers alone come out the same.
# cbor2 6.3.0, seen on 2026-11-30.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check cbor2==6.3.0
"$folder/venv/bin/python" - <<'PROGRAM'
import cbor2

mixed = cbor2.dumps({100: 0, -1: 0}, canonical=True)
bytewise = bytes.fromhex("a2" "186400" "2000")
print("cbor2 6.3.0, {100: 0, -1: 0}:", mixed.hex(), "; RFC 8949 4.2.1:", bytewise.hex())
assert mixed.hex() == "a22000186400" and mixed != bytewise
unsigned = cbor2.dumps({1000: 1, 24: 2, 2: 3}, canonical=True)
print("cbor2 6.3.0, unsigned keys alone:", unsigned.hex())
assert unsigned == bytes.fromhex("a3" "0203" "181802" "1903e801")
PROGRAM
