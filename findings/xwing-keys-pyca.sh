#!/bin/sh
# pyca/cryptography has X-Wing as a KEM of HPKE, but no X-Wing key: it takes an ML-KEM-768 key and an X25519 key as
# two objects, can write neither of the two as one, and reads no 32-byte seed. The seed of the X-Wing draft becomes
# the two by SHAKE-256(seed, 96): 64 bytes for ML-KEM, then 32 for X25519; the draft's public key is that of ML-KEM,
# then that of X25519. What it encrypts is one text: the 1,120 bytes of `enc`, then the ciphertext.
# cryptography 50.0.2, seen on 2026-11-30.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check cryptography==50.0.2
"$folder/venv/bin/python" - <<'PROGRAM'
import hashlib

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

private = [name for name in dir(hpke.MLKEM768X25519PrivateKey) if not name.startswith("_")]
public = [name for name in dir(hpke.MLKEM768X25519PublicKey) if not name.startswith("_")]
print("cryptography 50.0.2, MLKEM768X25519PrivateKey:", private, "PublicKey:", public)
assert private == ["public_key"] and public == []
seed = bytes(range(32))
try:
    hpke.MLKEM768X25519PrivateKey(seed)
    raise AssertionError("a seed is taken")
except TypeError as error:
    print("cryptography 50.0.2, from a seed:", type(error).__name__)
expanded = hashlib.shake_256(seed).digest(96)
ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
key = hpke.MLKEM768X25519PrivateKey(ml_kem, X25519PrivateKey.from_private_bytes(expanded[64:]))
suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
sealed = suite.encrypt(b"text", key.public_key(), b"info")
print("cryptography 50.0.2, 4 bytes of text sealed:", len(sealed), "bytes")
assert len(sealed) == 1120 + 4 + 16 and suite.decrypt(sealed, key, b"info") == b"text"
PROGRAM
