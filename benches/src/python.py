# The other side of python.rs: answers each line `what length calls` with the nanoseconds of each call.
import sys
import time

import nacl.public
import pyrage
from countries import Countries

clock = time.perf_counter_ns


def block(work, argument, calls):
    times = []
    for _ in range(calls):
        start = clock()
        made = work(argument)
        times.append(clock() - start)
        del made
    return times


with Countries(["GE/mia/cyber", "MD/igp/search"]) as countries:
    cyber, search = countries["GE/mia/cyber"], countries["MD/igp/search"]
    key = nacl.public.PrivateKey.generate()
    sealing, opening = nacl.public.SealedBox(key.public_key), nacl.public.SealedBox(key)
    age = pyrage.x25519.Identity.generate()
    recipients, identities = [age.to_public()], [age]

    works = {
        "seal": (lambda content: content, lambda content: cyber.seal(content, to="MD/igp/search")),
        "open": (lambda content: cyber.seal(content, to="MD/igp/search"), search.open),
        "nacl-seal": (lambda content: content, sealing.encrypt),
        "nacl-open": (sealing.encrypt, opening.decrypt),
        "pyrage-seal": (lambda content: content, lambda content: pyrage.encrypt(content, recipients)),
        "pyrage-open": (
            lambda content: pyrage.encrypt(content, recipients),
            lambda sealed: pyrage.decrypt(sealed, identities),
        ),
    }
    for line in sys.stdin:
        what, length, calls = line.split()
        prepare, work = works[what]
        print(*block(work, prepare(b"\7" * int(length)), int(calls)), flush=True)
