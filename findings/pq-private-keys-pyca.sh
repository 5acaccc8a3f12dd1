#!/bin/sh
# pyca/cryptography reads private keys of ML-DSA and ML-KEM in PKCS#8 in one of the three forms of RFC 9881 and
# RFC 9935 alone, the seed. The expanded key, and seed and expanded key together, are refused, for the same key
# and by an error that does not say why. Other implementations read the expanded key alone, so that no form is
# read by all: carry the seed itself (32 bytes of ML-DSA, 64 of ML-KEM).
# cryptography 50.0.2, dilithium-py 1.5.1, kyber-py 1.2.0, seen on 2026-11-30.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    cryptography==50.0.2 dilithium-py==1.5.1 kyber-py==1.2.0
"$folder/venv/bin/python" - <<'PROGRAM'
from cryptography.hazmat.primitives.serialization import load_der_private_key
from dilithium_py.ml_dsa import ML_DSA_65
from kyber_py.ml_kem import ML_KEM_768


def item(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


seed = bytes(range(64))
for name, oid, own, expanded in [
    ("ML-DSA-65", "608648016503040312", seed[:32], ML_DSA_65._keygen_internal(seed[:32])[1]),
    ("ML-KEM-768", "608648016503040402", seed, ML_KEM_768._keygen_internal(seed[:32], seed[32:])[1]),
]:
    forms = {
        "seed": item(0x80, own),
        "expanded key": item(4, expanded),
        "both": item(0x30, item(4, own) + item(4, expanded)),
    }
    for form, key in forms.items():
        algorithm = item(0x30, item(6, bytes.fromhex(oid)))
        der = item(0x30, item(2, b"\0") + algorithm + item(4, key))
        try:
            read = load_der_private_key(der, None).private_bytes_raw() == own
            outcome = "read, the same seed" if read else "read, another seed"
        except ValueError:
            outcome = "refused"
        print(f"cryptography 50.0.2, {name}, {form}: {outcome}")
        assert outcome == ("read, the same seed" if form == "seed" else "refused"), (name, form, outcome)
PROGRAM
