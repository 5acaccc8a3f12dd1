"""Sub-interpreters of every kind and at every time are refused, and the main interpreter goes on.

Run by `test_interpreters.py`, and by `scripts/python` with each version of Python that there is: `interpreters.py`.
"""

import os
import subprocess
import sys

NAME = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"

INSIDE = """
import os, sys
sys.path[:] = {path!r}
try:
    import vlec
except ImportError as error:
    said = str(error)
else:
    said = "imported"
os.write({pipe}, said.encode())
"""


def said_by_another(legacy: bool) -> str:
    """What `import vlec` says in another interpreter of this process."""
    interpreters = __import__(NAME)
    if NAME == "_interpreters":
        other = interpreters.create("legacy" if legacy else "isolated")
    else:
        other = interpreters.create(isolated=not legacy)
    read, write = os.pipe()
    interpreters.run_string(other, INSIDE.format(path=sys.path, pipe=write))
    interpreters.destroy(other)
    return os.read(read, 10_000).decode()


def one(legacy: bool, main_first: bool) -> None:
    if main_first:
        import vlec
    said = said_by_another(legacy)
    assert said.startswith("vlec serves the main interpreter of a process"), said
    import vlec

    assert vlec.Agency.create(None, "GE/a", key=bytes(32)).id == "GE/a"


def main() -> None:
    """Each in a process of its own: what one leaves behind would meet the next."""
    try:
        __import__(NAME)
    except ImportError:
        print("sub-interpreters: skipped, this Python makes none")
        return
    for legacy in "01":
        for main_first in "01":
            subprocess.run([sys.executable, __file__, legacy, main_first], check=True, timeout=60)


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else one(*(arg == "1" for arg in sys.argv[1:]))
