"""Opens the envelopes of the project's vectors from SPEC.md alone: nothing of the library is used.

    python envelope.py VECTORS

HPKE with X-Wing, ML-DSA-65, Ed25519, AES-256-GCM and HKDF are those of pyca/cryptography, BLAKE3 is that of its
authors. An epoch's seed becomes the two keys that pyca/cryptography takes for X-Wing by SPEC §2.5, `[INT-03]`.
Every vector that opens is opened, and so is every one whose header, front or signature fails; what a roster, a
ledger or the policy decides is not judged here.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
COMPOSITE = b"COMPSIG-MLDSA65-Ed25519-SHA512"
CHUNK, SEGMENT = 16_384, 1 << 20
STANZA = 8 + 1120 + 48


class Failed(Exception):
    """An envelope does not open; the text is the layer of SPEC §5.6."""


def label(text: str) -> bytes:
    """SPEC §2.3."""
    return b"vlec/1 " + text.encode() + b"\0"


def expand(key: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA512(), length, info).derive(key)


def derive(key: bytes, name: str, envelope_id: bytes, length: int = 32) -> bytes:
    """SPEC §2.4."""
    return expand(key, label(name) + envelope_id, length)


def xwing_key(seed: bytes) -> hpke.MLKEM768X25519PrivateKey:
    """SPEC §2.5: the ML-KEM seeds d and z, then the X25519 scalar."""
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    return hpke.MLKEM768X25519PrivateKey(ml_kem, X25519PrivateKey.from_private_bytes(expanded[64:]))


def xwing_public(seed: bytes) -> bytes:
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return ml_kem + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def key_id(use: str, agency: str, epoch: int, public: bytes) -> bytes:
    """SPEC §3.2."""
    name = agency.encode()
    numbers = len(name).to_bytes(8, "big"), epoch.to_bytes(8, "big")
    return hashlib.sha256(label(f"key-id {use}") + numbers[0] + name + numbers[1] + public).digest()


def cobblestone(key: bytes, context: bytes, sealed: bytes, layers: tuple[str, str]) -> bytes:
    """SPEC §2.5: the whole message, every chunk verified."""
    salt, commitment, chunks = sealed[:24], sealed[24:56], sealed[56:]
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    material = expand(key, info, 76)
    if not hmac.compare_digest(material[44:], commitment):
        raise Failed(layers[0])
    cipher, nonce, plain = AESGCM(material[:32]), int.from_bytes(material[32:44], "big"), b""
    for number in range(len(chunks) // (CHUNK + 16) + 1):
        chunk = chunks[number * (CHUNK + 16) : (number + 1) * (CHUNK + 16)]
        try:
            plain += cipher.decrypt((nonce ^ number).to_bytes(12, "big"), chunk, b"")
        except (InvalidTag, ValueError):
            raise Failed(layers[1]) from None
    return plain


def cbor(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The one item of SPEC §2.2 that begins at `at`, and where it ends."""
    major, number, at = data[at] >> 5, data[at] & 31, at + 1
    if number >= 24:
        width = 1 << (number - 24)
        number, at = int.from_bytes(data[at : at + width], "big"), at + width
    if major == 0:
        return number, at
    if major in (2, 3):
        value = data[at : at + number]
        return (value if major == 2 else value.decode()), at + number
    items = []
    for _ in range(number * (2 if major == 5 else 1)):
        item, at = cbor(data, at)
        items.append(item)
    return (dict(zip(items[::2], items[1::2], strict=True)) if major == 5 else items), at


def verify(identity: bytes, manifest: bytes, signature: bytes) -> None:
    """SPEC §2.5: both halves of the composite signature."""
    context = label("sign manifest")
    message = b"CompositeAlgorithmSignatures2025" + COMPOSITE + bytes([len(context)]) + context
    message += hashlib.sha512(manifest).digest()
    try:
        ml_dsa = MLDSA65PublicKey.from_public_bytes(identity[:1952])
        ml_dsa.verify(signature[:3309], message, COMPOSITE)
        Ed25519PublicKey.from_public_bytes(identity[1952:]).verify(signature[3309:], message)
    except InvalidSignature:
        raise Failed("signature") from None


class Reader:
    """An agency with the seeds of its epochs, and everybody's identity."""

    def __init__(self, agency: str, epochs: dict[int, bytes], identities: dict[bytes, bytes]) -> None:
        self.identities = identities
        self.epochs = {
            key_id("epoch", agency, number, xwing_public(seed)): xwing_key(seed)
            for number, seed in epochs.items()
        }

    def open(self, envelope: bytes) -> bytes:
        """The steps of SPEC §5.6, from an envelope that is of its form."""
        envelope_id, count = envelope[7:23], int.from_bytes(envelope[23:25], "big")
        end = 25 + count * STANZA
        stanzas = [envelope[at : at + STANZA] for at in range(25, end, STANZA)]
        file_key = self.file_key(envelope_id, stanzas)
        header_key = derive(file_key, "header key", envelope_id, 64)
        mac = hmac.digest(header_key, envelope[:end], "sha512")[:32]
        if not hmac.compare_digest(mac, envelope[end : end + 32]):
            raise Failed("header-mac")

        at = end + 32
        length, at = int.from_bytes(envelope[at : at + 8], "big"), at + 8
        manifest_key = derive(file_key, "manifest key", envelope_id)
        context = label("manifest context") + envelope_id
        front = cobblestone(
            manifest_key, context, envelope[at : at + length], ("manifest-commitment", "manifest")
        )
        size = int.from_bytes(front[:4], "big")
        signed, signature = front[4 : 4 + size], front[4 + size : 4 + size + 3373]
        digests = front[-(-(4 + size + 3373) // 1024) * 1024 :]
        manifest, _ = cbor(signed)
        if manifest[4][1] not in self.identities:
            raise Failed("unknown-key")
        verify(self.identities[manifest[4][1]], signed, signature)

        salt, body_length = manifest[11], manifest[10]
        root_key = derive(salt, "body root", envelope_id)
        root = blake3(body_length.to_bytes(8, "big") + digests, key=root_key).digest()
        if root != manifest[12]:
            raise Failed("body-root")
        sealed = envelope[at + length :]
        if sealed[24:56] != manifest[13]:
            raise Failed("body-commitment")
        body_key, context = derive(file_key, "body key", envelope_id), label("body context") + envelope_id
        body = cobblestone(body_key, context, sealed, ("body-commitment", "damaged"))
        segment_key = derive(salt, "segment digest", envelope_id)
        for number in range(-(-len(body) // SEGMENT)):
            segment = body[number * SEGMENT : (number + 1) * SEGMENT]
            if blake3(segment, key=segment_key).digest() != digests[32 * number : 32 * number + 32]:
                raise Failed("damaged")
        content = int.from_bytes(manifest[9], "big")
        if any(body[content:]):
            raise Failed("padding")
        return body[:content]

    def file_key(self, envelope_id: bytes, stanzas: list[bytes]) -> bytes:
        """SPEC §5.1.2 and §5.1.3."""
        for key, private in self.epochs.items():
            hint = hmac.digest(key, label("hint") + envelope_id, "sha512")[:8]
            for stanza in stanzas:
                if stanza[:8] != hint:
                    continue
                info = label("stanza") + b"\0\1" + envelope_id + key
                try:
                    return SUITE.decrypt(stanza[8:], private, info)
                except (InvalidTag, ValueError):
                    raise Failed("decapsulation") from None
        raise Failed("not-a-recipient")


class Vectors:
    """The files of `envelopes/` and their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {
            path.name: json.loads(path.read_text()) for path in sorted((folder / "envelopes").glob("*.json"))
        }
        world = json.loads((folder / "world.json").read_text())
        self.agencies = {agency["agency"]: agency for agency in world["agencies"]}
        self.identities = {}
        for agency in self.agencies.values():
            seed = bytes.fromhex(agency["identity_seed"])
            ml_dsa = MLDSA65PrivateKey.from_seed_bytes(seed[:32]).public_key().public_bytes_raw()
            ed25519 = Ed25519PrivateKey.from_private_bytes(seed[32:]).public_key().public_bytes_raw()
            self.identities[bytes.fromhex(agency["identity_key_id"])] = ml_dsa + ed25519

    def envelope(self, name: str) -> bytes:
        given = self.files[name]["envelope"]
        if isinstance(given, str):
            return bytes.fromhex(given)
        if "base" not in given:
            data = (self.folder / "long" / name.replace(".json", ".envelope")).read_bytes()
        else:
            base, data, at = self.envelope(given["base"]), b"", 0
            for edit in given["edits"]:
                data += base[at : edit["at"]] + bytes.fromhex(edit.get("insert", ""))
                if copy := edit.get("copy"):
                    data += base[copy["from"] : copy["from"] + copy["length"]]
                at = edit["at"] + edit["remove"]
            data += base[at:]
        assert hashlib.sha256(data).hexdigest() == given["sha256"], name
        return data

    @staticmethod
    def content(given: str | dict[str, Any]) -> bytes:
        if isinstance(given, str):
            return bytes.fromhex(given)
        return bytes(i % 251 for i in range(given["length"]))

    def reader(self, name: str) -> Reader:
        recipient = self.files[name]["recipient"]
        agency = self.agencies[recipient["agency"]]
        seeds = {epoch["number"]: bytes.fromhex(epoch["seed"]) for epoch in agency["epochs"]}
        held = {number: seeds[number] for number in recipient["held"]}
        return Reader(recipient["agency"], held, self.identities)


def main() -> None:
    vectors, opened, refused = Vectors(Path(sys.argv[1])), 0, 0
    layers = {"decapsulation", "header-mac", "manifest-commitment", "manifest", "signature"}
    layers |= {"body-root", "body-commitment"}
    for name, vector in vectors.files.items():
        expect = vector["expect"]
        if expect == "ok" and "extend" not in vector:
            got = vectors.reader(name).open(vectors.envelope(name))
            assert got == vectors.content(vector["content"]), name
            opened += 1
        elif expect in layers and not vector["name"].startswith("order-"):
            try:
                vectors.reader(name).open(vectors.envelope(name))
            except Failed as error:
                assert str(error) == expect, (name, str(error), expect)
                refused += 1
            else:
                raise AssertionError(f"{name} opens")
    assert opened >= 25 and refused >= 40, (opened, refused)
    print(f"interop: python: {opened} envelopes opened, {refused} refused, without the library")


if __name__ == "__main__":
    main()
