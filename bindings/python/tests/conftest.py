"""What the tests share: four invented countries, whose helper is that of the examples."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import vlec

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "examples" / "python"))

from countries import Countries  # noqa: E402

CYBER, SEARCH, BORDER = "GE/mia/cyber", "MD/igp/search", "UA/border/post-7"


@pytest.fixture(scope="session")
def countries() -> Iterator[Countries]:
    """For tests that change no roster."""
    with Countries([CYBER, SEARCH, BORDER]) as countries:
        yield countries


@pytest.fixture
def fresh() -> Iterator[Countries]:
    """For tests that change rosters."""
    with Countries([CYBER, SEARCH]) as countries:
        yield countries


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Countries]:
    """With vaults in folders."""
    home = tmp_path / "homes"
    home.mkdir()
    with Countries([CYBER, SEARCH], home) as countries:
        yield countries


@pytest.fixture(scope="session")
def cyber(countries: Countries) -> vlec.Agency:
    return countries[CYBER]


@pytest.fixture(scope="session")
def search(countries: Countries) -> vlec.Agency:
    return countries[SEARCH]


@pytest.fixture(scope="session")
def mail(cyber: vlec.Agency) -> Callable[[bytes], bytes]:
    """An envelope of `cyber` to `search`."""
    return lambda content=b"content": cyber.seal(content, to=SEARCH, type="text/plain")


CONTENT = os.urandom(3 << 20) + b"end"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A file of `CONTENT`."""
    path = tmp_path / "plain"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def sealed(tmp_path: Path, plain: Path, cyber: vlec.Agency) -> Path:
    """The same, sealed by `cyber` to `search`."""
    path = tmp_path / "sealed.vlec"
    cyber.seal_file(plain, path, to=SEARCH)
    return path


def raises(kind: type[vlec.VlecError], code: str):
    """The class and the stable code."""
    return pytest.raises(kind, check=lambda error: error.code == code)
