"""Makes `python/vlec/_vlec.pyi` from the compiled module, or compares it.

    python stubs.py [--check]

PyO3 describes each class in the library that it is compiled into (feature `introspect`), docstrings too; maturin
writes the stub. Signatures that are written by hand in the sources name types of other modules, which are
imported here.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
STUB = HERE / "python" / "vlec" / "_vlec.pyi"

NOTE = "# Made by stubs.py from the sources: do not edit.\n"
# Where the names of hand-written annotations come from.
NAMES = {
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "Iterable": "from collections.abc import Iterable",
    "Mapping": "from collections.abc import Mapping",
    "Buffer": "from typing_extensions import Buffer",
    "EnvelopeFile": "from vlec._reader import EnvelopeFile",
    "VlecError": "from vlec._errors import VlecError",
    "NoReturn": "from typing import NoReturn",
    "PathLike": "from os import PathLike",
    "Opening": "from vlec._opening import Opening",
}
NAMES |= {name: f"from vlec._enums import {name}" for name in ("Urgency", "Padding", "RevocationReason")}
NAMES |= {
    name: f"from vlec._types import {name}"
    for name in ("LabelsDict", "StrPath", "Passphrase", "Progress", "SupportsRead", "SupportsReadSeek", "SupportsWrite")
}
DOCSTRING = re.compile(r'("""[\s\S]*?""")')
ANNOTATION = re.compile(r'((?:: |-> )\**)"([^"\n]*)"')


def generate() -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = ["maturin", "generate-stubs", "--quiet", "--features", "introspect", "--out", folder]
        subprocess.run(command, cwd=HERE, check=True)
        (made,) = Path(folder).rglob("_vlec.pyi")
        return finish(made.read_text())


def finish(text: str) -> str:
    """Annotations without quotes, with what they name imported."""
    pieces = DOCSTRING.split(text)
    pieces[::2] = [ANNOTATION.sub(r"\1\2", piece) for piece in pieces[::2]]
    text = "".join(pieces)
    text = re.sub(r"^    open: Final.*$", "    open: ClassVar[Opening]", text, flags=re.M)
    code = DOCSTRING.sub("", text)
    imported = {word for line in re.findall(r"^from \S+ import (.*)$", text, re.M) for word in line.split(", ")}
    used = {name for name in NAMES if name not in imported and re.search(rf"\b{name}\b", code)}
    imports = {NAMES[name] for name in used}
    imports.add("from typing import ClassVar")
    start = text.index("\nfrom ")
    return NOTE + text[:start] + "\n" + "\n".join(sorted(imports)) + text[start:]


def main() -> int:
    made = generate()
    if "--check" not in sys.argv[1:]:
        STUB.write_text(made)
        return 0
    if STUB.read_text() == made:
        return 0
    print(f"{STUB.name} is not what the sources give: run stubs.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
